//! Where execution reads the state.

use etm_types::StateKey;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;

/// Reads values of the state as of one block.
pub trait Source: Sync {
    /// Why a read fails.
    type Error: Send;

    /// The values of `keys`, in their order; `None` where there is none.
    fn get_many(
        &self,
        keys: &[StateKey],
    ) -> impl Future<Output = Result<Vec<Option<Vec<u8>>>, Self::Error>> + Send;
}

impl<S: Source> Source for &S {
    type Error = S::Error;

    fn get_many(
        &self,
        keys: &[StateKey],
    ) -> impl Future<Output = Result<Vec<Option<Vec<u8>>>, Self::Error>> + Send {
        (**self).get_many(keys)
    }
}

/// A state in memory: for tests, tools, and for reading a bundle of proven records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemorySource {
    pub values: BTreeMap<StateKey, Vec<u8>>,
}

impl MemorySource {
    /// Applies a changeset.
    pub fn apply(&mut self, changes: &BTreeMap<StateKey, Option<Vec<u8>>>) {
        for (key, value) in changes {
            match value {
                Some(value) => self.values.insert(*key, value.clone()),
                None => self.values.remove(key),
            };
        }
    }
}

impl Source for MemorySource {
    type Error = Infallible;

    async fn get_many(&self, keys: &[StateKey]) -> Result<Vec<Option<Vec<u8>>>, Infallible> {
        Ok(keys
            .iter()
            .map(|key| self.values.get(key).cloned())
            .collect())
    }
}
