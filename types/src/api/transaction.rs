//! Transactions.

use serde::{Deserialize, Serialize};

use super::receipt::{Outcome, ReceiptInfo};
use super::request::Request;
use super::{Amount, Bytes, Hash, MinerRef};
use crate::codec::to_bytes;
use crate::{Contact, MinerId, MinerName, Units};
use etm_mechanism::Request as Asked;

/// The body of `POST /api/v1/transactions`: a transaction that was signed elsewhere. No secret ever belongs into a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SubmitRequest {
    /// The canonical encoding of the signed transaction, in hex.
    pub transaction: Bytes,
}

/// What became of a submitted transaction, at the time of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubmitResponse {
    pub hash: Hash,
    /// How far it is. `pending` if it was not asked to wait, or if the wait ran out: then follow `GET transactions/{hash}`.
    pub status: TransactionStatus,
    /// The block, once it is included.
    pub height: Option<u64>,
    /// Whether the request in it was accepted, once it is included.
    pub outcome: Option<Outcome>,
}

/// How far a transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TransactionStatus {
    /// In the pool, next in line for a block.
    Pending,
    /// In the pool, held back until the nonces before it are there.
    Held,
    /// In a block that is not final yet.
    Included,
    /// In a final block: it stays.
    Finalized,
}

/// `GET /api/v1/transactions/{hash}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Transaction {
    #[serde(flatten)]
    pub summary: TransactionSummary,
    /// The sender's public key.
    pub public_key: Hash,
    pub signature: Bytes,
    /// The canonical encoding.
    pub encoded: Bytes,
    /// The block it is in.
    pub block_hash: Option<Hash>,
    /// The receipts it has.
    pub receipts: Vec<ReceiptInfo>,
}

/// A transaction as a row of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransactionSummary {
    pub hash: Hash,
    /// How far it is.
    pub status: TransactionStatus,
    /// The block it is in.
    pub height: Option<u64>,
    /// Its place in the block.
    pub index: Option<u32>,
    /// Timestamp of the block.
    pub timestamp_ms: Option<u64>,
    /// Who sent it. (For a heartbeat the address of the node key, which is no account's.)
    pub sender: String,
    pub nonce: u64,
    pub fee: Amount,
    /// The last height at which it may be included.
    pub expires_at: u64,
    /// Its size in bytes.
    pub size: u32,
    /// What it does.
    pub payload: Payload,
    /// What the chain made of it, once it is in a block.
    pub outcome: Option<Outcome>,
}

impl TransactionSummary {
    /// Whether the transaction says all that is told here of what was signed; the name of a miner, and what became of it, it doesn't say.
    pub fn is_of(&self, signed: &crate::Transaction) -> bool {
        let unsigned = &signed.unsigned;
        let encoding = to_bytes(signed);
        let named = |id: MinerId| MinerRef {
            id: id.0,
            name: self
                .payload
                .miner()
                .map(|miner| miner.name.clone())
                .unwrap_or_default(),
        };
        self.hash == Hash::from(crate::Transaction::hash_of_encoding(&encoding))
            && self.sender == signed.sender().to_string()
            && self.nonce == unsigned.nonce
            && self.fee == Amount::from(unsigned.fee)
            && self.expires_at == unsigned.expires_at.0
            && usize::try_from(self.size) == Ok(encoding.len())
            && self.payload == Payload::of(&unsigned.payload, named)
    }
}

/// What a transaction does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Payload {
    /// Send tokens.
    Transfer {
        /// Who gets them.
        recipient: String,
        /// How much.
        amount: Amount,
        /// Up to 64 bytes of text that go with it. From a stranger: show it as text only.
        memo: String,
    },
    /// Lock tokens.
    Lock {
        /// How much.
        amount: Amount,
    },
    /// Unlock tokens.
    Unlock {
        /// How much.
        amount: Amount,
    },
    /// Vote for a miner.
    Vote {
        /// The miner; its name is empty if it never existed.
        miner: MinerRef,
    },
    /// Withdraw the vote.
    Withdraw,
    /// Register as a miner.
    Register {
        name: String,
        /// The node's network key (ed25519).
        node_key: Hash,
        /// The key of votes and beacon (BLS12-381, 96 bytes).
        bls_key: Bytes,
        /// Where the node is dialled.
        dial_address: String,
        /// How people reach the miner. From a stranger: show it as text only.
        contact: Option<String>,
    },
    /// Replace what a miner registered about its node.
    Update {
        /// New network key, if it changes.
        node_key: Option<Hash>,
        /// New BLS key, if it changes.
        bls_key: Option<Bytes>,
        /// Where the node is dialled from now on.
        dial_address: String,
        /// How people reach the miner from now on; none to have none.
        contact: Option<String>,
    },
    /// Resign as a miner.
    Resign,
    /// A node's sign of life, sent by its node key.
    Heartbeat {
        miner: MinerRef,
        /// The round it was sent in.
        round: u64,
    },
}

impl Payload {
    /// A signed payload as the API shows it, with miners as `named` names them.
    pub fn of(payload: &crate::Payload, named: impl Fn(MinerId) -> MinerRef) -> Self {
        use crate::Payload as Signed;
        let text = |contact: &Option<Contact>| contact.as_ref().map(ToString::to_string);
        match payload {
            Signed::Transfer {
                recipient,
                amount,
                memo,
            } => Self::Transfer {
                recipient: recipient.to_string(),
                amount: Amount::from(*amount),
                memo: memo.as_str().to_owned(),
            },
            Signed::Lock { amount } => Self::Lock {
                amount: Amount::from(*amount),
            },
            Signed::Unlock { amount } => Self::Unlock {
                amount: Amount::from(*amount),
            },
            Signed::Vote { miner } => Self::Vote {
                miner: named(*miner),
            },
            Signed::Withdraw => Self::Withdraw,
            Signed::Register {
                name,
                keys,
                dial,
                contact,
            } => Self::Register {
                name: name.as_str().to_owned(),
                node_key: Hash::from(keys.node),
                bls_key: Bytes(to_bytes(&keys.bls)),
                dial_address: dial.as_str().to_owned(),
                contact: text(contact),
            },
            Signed::Update {
                keys,
                dial,
                contact,
            } => Self::Update {
                node_key: keys.as_ref().map(|keys| Hash::from(keys.node)),
                bls_key: keys.as_ref().map(|keys| Bytes(to_bytes(&keys.bls))),
                dial_address: dial.as_str().to_owned(),
                contact: text(contact),
            },
            Signed::Resign => Self::Resign,
            Signed::Heartbeat { miner, round, .. } => Self::Heartbeat {
                miner: named(*miner),
                round: round.0,
            },
        }
    }

    /// The miner that it names.
    pub const fn miner(&self) -> Option<&MinerRef> {
        match self {
            Self::Vote { miner } | Self::Heartbeat { miner, .. } => Some(miner),
            _ => None,
        }
    }

    /// What it asks of the mechanism; `None` if it asks for nothing, or for a name that is none.
    pub fn asked(&self) -> Option<Asked<String>> {
        Some(match self {
            Self::Transfer {
                recipient, amount, ..
            } => Asked::Transfer {
                to: recipient.clone(),
                amount: Units(amount.0),
            },
            Self::Lock { amount } => Asked::Lock(Units(amount.0)),
            Self::Unlock { amount } => Asked::Unlock(Units(amount.0)),
            Self::Vote { miner } => Asked::Vote(MinerId(miner.id)),
            Self::Withdraw => Asked::Withdraw,
            Self::Register { name, .. } => Asked::Register(MinerName::new(name).ok()?),
            Self::Resign => Asked::Resign,
            Self::Update { .. } | Self::Heartbeat { .. } => return None,
        })
    }

    /// What it asks of the mechanism for the end of the round, as it is shown; `None` for what happens at once.
    pub fn request(&self) -> Option<Request> {
        Some(match self {
            Self::Lock { amount } => Request::Lock { amount: *amount },
            Self::Unlock { amount } => Request::Unlock { amount: *amount },
            Self::Vote { miner } => Request::Vote {
                miner: miner.clone(),
            },
            Self::Withdraw => Request::Withdraw,
            Self::Register { name, .. } => Request::Register { name: name.clone() },
            Self::Resign => Request::Resign,
            Self::Transfer { .. } | Self::Update { .. } | Self::Heartbeat { .. } => return None,
        })
    }
}

/// A page of transactions, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransactionPage {
    /// How many match, all pages together.
    pub total: u64,
    /// The round from which on `total` counts and there are transactions, where the node began with a snapshot and can't know what was
    /// before; null if from genesis.
    pub counted_from: Option<u64>,
    pub transactions: Vec<TransactionSummary>,
    /// `cursor` of the next page, if there is one.
    pub next: Option<u64>,
}
