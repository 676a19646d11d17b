//! The state: a flat map from 32-byte keys to short values, both with documented encodings, so that anyone who is
//! given a value with a proof can find out what it says.
//!
//! A key is `SHA-256(tag || fields)`, the tags and fields being those of [`Record`]. The values are the canonical
//! encodings of the types named there, in the order in which their fields are declared. An absent key stands for what
//! its record says.

use crate::address::Address;
use crate::bytes::byte_string;
use crate::hash::Hash;
use crate::keys::{BlsPublicKey, NodeKey};
use etm_mechanism::{CohortId, MinerId, MinerName, Round};

mod chain;
mod mechanism;
#[cfg(test)]
mod tests;

pub use chain::{
    AccountRecord, CandidateList, ChainRecord, NodeRecord, Presence, PresenceEntry, RoundMember,
    RoundRecord,
};

/// The key of a record in the state.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateKey(pub [u8; 32]);
byte_string!(StateKey, 32, "state key");

/// What a key of the state names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record<'a> {
    /// Tag `etm/state/chain/v1`: [`ChainRecord`]. Always there.
    Chain,
    /// Tag `etm/state/globals/v1`: [`etm_mechanism::Globals`]. Always there.
    Globals,
    /// Tag `etm/state/tally/v1`: [`etm_mechanism::Tally`], a list. Always there.
    Tally,
    /// Tag `etm/state/account/v1`, the 20 bytes of the address: [`AccountRecord`]. Absent: the account does not exist.
    Account(&'a Address),
    /// Tag `etm/state/position/v1`, the address: [`etm_mechanism::PositionRecord`]. Absent: nothing is locked.
    Position(&'a Address),
    /// Tag `etm/state/pending/v1`, the address: [`etm_mechanism::Pending`]. Absent: no request of the running round.
    Pending(&'a Address),
    /// Tag `etm/state/registration/v1`, the address: [`NodeRecord`] of a registration that takes effect at the end of
    /// the round.
    Registration(&'a Address),
    /// Tag `etm/state/miner/v1`, `u32be(id)`: [`etm_mechanism::Miner`]. Absent: the miner neither is registered nor serves.
    Miner(MinerId),
    /// Tag `etm/state/node/v1`, `u32be(id)`: [`NodeRecord`]. There exactly if the miner is.
    Node(MinerId),
    /// Tag `etm/state/node-key/v1`, the key: the [`Address`] that ever registered it.
    NodeKey(&'a NodeKey),
    /// Tag `etm/state/bls-key/v1`, the key: the [`Address`] that ever registered it.
    BlsKey(&'a BlsPublicKey),
    /// Tag `etm/state/presence/v1`, `u32be(page)`: [`Presence`] of the miners `64 * page .. 64 * (page + 1)`.
    Presence(u32),
    /// Tag `etm/state/directory/v1`: a list of `u32` pages.
    Directory,
    /// Tag `etm/state/standings/v1`, `u32be(page)`: [`etm_mechanism::Standings`], a list. Absent: empty.
    Standings(u32),
    /// Tag `etm/state/cohorts/v1`, `0` for the positions without a miner, or `1 || u32be(id)`:
    /// [`etm_mechanism::Cohorts`], a list. Absent: empty.
    Cohorts(Option<MinerId>),
    /// Tag `etm/state/cohort/v1`, `u64be(id)`: [`etm_mechanism::CohortNode`].
    CohortNode(CohortId),
    /// Tag `etm/state/name/v1`, the bytes of the name: [`etm_mechanism::NameHolder`]. Absent: the name is free.
    Name(&'a MinerName),
    /// Tag `etm/state/requests/v1`, `u32be(block of the round, from 0)`: a list of [`etm_mechanism::Queued`].
    Requests(u32),
    /// Tag `etm/state/committee/v1`, `u64be(round)`: [`crate::Committee`]. There for the running round and the next.
    Committee(Round),
    /// Tag `etm/state/retiring/v1`: a list of miner ids. Absent: empty.
    Retiring,
    /// Tag `etm/state/round/v1`, `u64be(round)`: [`RoundRecord`] of a finished round. Kept for a while.
    Round(Round),
}

impl Record<'_> {
    /// The key under which the record is kept.
    pub fn key(&self) -> StateKey {
        let hash = |tag: &str, fields: &[u8]| {
            StateKey(Hash::of(&[b"etm/state/", tag.as_bytes(), b"/v1", fields]).0)
        };
        match self {
            Self::Chain => hash("chain", &[]),
            Self::Globals => hash("globals", &[]),
            Self::Tally => hash("tally", &[]),
            Self::Account(address) => hash("account", address.as_bytes()),
            Self::Position(address) => hash("position", address.as_bytes()),
            Self::Pending(address) => hash("pending", address.as_bytes()),
            Self::Registration(address) => hash("registration", address.as_bytes()),
            Self::Miner(id) => hash("miner", &id.0.to_be_bytes()),
            Self::Node(id) => hash("node", &id.0.to_be_bytes()),
            Self::NodeKey(key) => hash("node-key", key.as_bytes()),
            Self::BlsKey(key) => hash("bls-key", key.as_bytes()),
            Self::Presence(page) => hash("presence", &page.to_be_bytes()),
            Self::Directory => hash("directory", &[]),
            Self::Standings(page) => hash("standings", &page.to_be_bytes()),
            Self::Cohorts(None) => hash("cohorts", &[0]),
            Self::Cohorts(Some(id)) => {
                let [a, b, c, d] = id.0.to_be_bytes();
                hash("cohorts", &[1, a, b, c, d])
            }
            Self::CohortNode(id) => hash("cohort", &id.0.to_be_bytes()),
            Self::Name(name) => hash("name", name.as_str().as_bytes()),
            Self::Requests(block) => hash("requests", &block.to_be_bytes()),
            Self::Committee(round) => hash("committee", &round.0.to_be_bytes()),
            Self::Retiring => hash("retiring", &[]),
            Self::Round(round) => hash("round", &round.0.to_be_bytes()),
        }
    }
}
