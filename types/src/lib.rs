//! What travels between the parts of an En-Tan-Mo network: keys, addresses, transactions, blocks, receipts, proofs
//! and the shapes of the HTTP API.
//!
//! * [`codec`] is the one binary encoding: canonical, total, bounded. Golden vectors for other languages are in
//!   `vectors/wire`.
//! * [`api`] holds the JSON shapes; nothing else here is serializable by serde.
//!
//! The crate decides no rule of the chain (that is `etm-execution`) and knows neither consensus nor networking.

pub mod address;
pub mod amount;
pub mod api;
pub mod block;
pub mod bytes;
pub mod codec;
pub mod facts;
pub mod files;
pub mod finalized;
pub mod hash;
pub mod keys;
pub mod limits;
pub mod merkle;
pub mod miner_keys;
pub mod namespace;
pub mod range;
pub mod receipt;
pub mod state;
pub mod table;
#[cfg(test)]
mod testing;
pub mod text;
pub mod transaction;

pub use address::{Address, AddressError};
pub use block::{Block, Body, Committee, Header, Member};
pub use etm_mechanism::{Day, Height, MinerId, MinerName, Round, Slot, TimeGain, Units, Votes};
pub use finalized::{BlockOutcome, FinalizedBlock};
pub use hash::{Beacon, ChainId, Hash};
pub use keys::{
    BlsProof, BlsPublicKey, BlsSecret, BlsSignature, NodeKey, PublicKey, SecretKey, Signature,
};
pub use miner_keys::{MinerKeys, MinerSecrets};
pub use receipt::{Outcome, Receipt, Refusal, RequestSummary, explain};
pub use state::StateKey;
pub use text::{Contact, DialAddress, Memo, Reach};
pub use transaction::{Payload, Transaction, UnsignedTransaction};
