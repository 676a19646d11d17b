//! The signature schemes of the rounds a node knows the committee of.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use commonware_codec::{Copying, Read as _};
use commonware_consensus::types::{Epoch, Participant};
use commonware_cryptography::{
    bls12381::primitives::group::{G2, Private},
    certificate::{Provider, Scoped},
};
use commonware_utils::{
    TryCollect as _,
    ordered::{BiMap, Map, Quorum as _},
};
use thiserror::Error;

use super::{
    counters::ToEngine as _,
    types::{PublicKey, Scheme, public_key},
};
use etm_types::{Committee, Round};

/// Why a committee cannot sign.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CommitteeError {
    /// A node key is no ed25519 key.
    #[error("the node key of miner {0} is no ed25519 key")]
    NodeKey(u32),
    /// A BLS key is no point of G2.
    #[error("the BLS key of miner {0} is no point of G2")]
    BlsKey(u32),
    /// Two members share a key: registration has to refuse the second.
    #[error("two members of the committee share a key")]
    Duplicate,
}

/// Schemes by round, shared by marshal, the orchestrator and consensus.
#[derive(Clone, Debug)]
pub struct Schemes {
    namespace: Arc<[u8]>,
    signer: Option<Private>,
    schemes: Arc<RwLock<BTreeMap<Epoch, Arc<Scheme>>>>,
}

impl Schemes {
    /// An empty provider of a node that signs with `signer` whenever its key is in the committee.
    pub fn new(namespace: Vec<u8>, signer: Option<Private>) -> Self {
        Self {
            namespace: namespace.into(),
            signer,
            schemes: Arc::default(),
        }
    }

    /// Makes the committee of `round` known and returns its members, in the order drawn, as positions in the
    /// committee sorted by node key.
    ///
    /// # Errors
    /// [`CommitteeError`] if a key is malformed or double.
    pub fn register(
        &self,
        round: Round,
        committee: &Committee,
    ) -> Result<Vec<Participant>, CommitteeError> {
        let (scheme, order) = self.scheme_of(committee)?;
        self.schemes
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(round.to_engine(), Arc::new(scheme));
        Ok(order)
    }

    /// The scheme of a committee, and its members as [`Self::register`] returns them.
    ///
    /// # Errors
    /// [`CommitteeError`] if a key is malformed or double.
    pub fn scheme_of(
        &self,
        committee: &Committee,
    ) -> Result<(Scheme, Vec<Participant>), CommitteeError> {
        let keys = committee
            .members
            .iter()
            .map(|member| {
                let node =
                    public_key(&member.node.0).ok_or(CommitteeError::NodeKey(member.miner.0))?;
                let bls = bls_key(&member.bls.0).ok_or(CommitteeError::BlsKey(member.miner.0))?;
                Ok((node, bls))
            })
            .collect::<Result<Vec<_>, CommitteeError>>()?;
        let drawn: Vec<PublicKey> = keys.iter().map(|(node, _)| node.clone()).collect();
        let map: Map<PublicKey, G2> = keys
            .into_iter()
            .try_collect()
            .map_err(|_| CommitteeError::Duplicate)?;
        let order = drawn
            .iter()
            .filter_map(|node| map.keys().index(node))
            .collect();
        let participants: BiMap<PublicKey, G2> =
            map.try_into().map_err(|_| CommitteeError::Duplicate)?;
        let scheme = self
            .signer
            .clone()
            .and_then(|signer| Scheme::signer(&self.namespace, participants.clone(), signer))
            .unwrap_or_else(|| Scheme::verifier(&self.namespace, participants));
        Ok((scheme, order))
    }

    /// Forgets the rounds before `round`.
    pub fn retire_before(&self, round: Round) {
        let mut schemes = self.schemes.write().unwrap_or_else(PoisonError::into_inner);
        *schemes = schemes.split_off(&round.to_engine());
    }
}

fn bls_key(bytes: &[u8; 96]) -> Option<G2> {
    G2::read_cfg(&mut Copying(&bytes[..]), &()).ok()
}

impl Provider for Schemes {
    type Scope = Epoch;
    type Scheme = Scheme;

    fn scoped(&self, scope: Epoch) -> Option<Scoped<Scheme>> {
        self.scheme(scope).map(Scoped::scheme)
    }

    fn scheme(&self, scope: Epoch) -> Option<Arc<Scheme>> {
        self.schemes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&scope)
            .cloned()
    }
}
