//! Whose life is told.

use etm_types::state::Record;
use etm_types::{Address, StateKey};

use crate::error::{HistoryError, Result};

/// An account, or what is known of one where the history began with a snapshot: the key under which the state has its position. A life
/// that was written down under the key is that of the account until its first request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holder {
    Account(Address),
    Hidden(StateKey),
}

impl Holder {
    /// As it stands in the tables.
    pub(crate) const fn bytes(&self) -> &[u8] {
        match self {
            Self::Account(address) => &address.0,
            Self::Hidden(key) => &key.0,
        }
    }

    pub(crate) fn of_bytes(bytes: &[u8]) -> Result<Self> {
        let key = || <[u8; 32]>::try_from(bytes).map(|key| Self::Hidden(StateKey(key)));
        <[u8; 20]>::try_from(bytes)
            .map(|address| Self::Account(Address(address)))
            .or_else(|_| key())
            .map_err(|_| HistoryError::Damaged("whose a life is"))
    }

    /// Under which key its life began, if it is that of an account.
    pub(crate) fn origin(&self) -> Option<Self> {
        match self {
            Self::Account(address) => Some(Self::Hidden(Record::Position(address).key())),
            Self::Hidden(_) => None,
        }
    }
}
