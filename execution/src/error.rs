//! Why a transaction or a block is refused.

use crate::overlay::{Key, Miss};
use etm_mechanism as mechanism;
use etm_types::amount::format_etm;
use etm_types::keys::KeyError;
use etm_types::miner_keys::ProofError;
use etm_types::{Height, MinerId, NodeKey, Round, Slot, Units};
use thiserror::Error;

/// Why a transaction can't stand in a block. It pays nothing and changes nothing.
///
/// A transaction that may stand in a block can still ask for something that is refused: then it pays its fee, and its
/// receipt says why ([`Refusal`](etm_types::Refusal)).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Invalid {
    /// Its encoding is too long.
    #[error("the transaction has {length} bytes, at most {max} are allowed")]
    TooLarge {
        /// Bytes found.
        length: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// It is for another chain.
    #[error("the transaction is for another chain")]
    WrongChain,
    /// The signature does not hold.
    #[error("{0}")]
    WrongSignature(#[from] KeyError),
    /// A heartbeat is signed by a key that is not the miner's node key.
    #[error("the heartbeat is not signed by the node key of miner {0}")]
    WrongNodeKey(MinerId),
    #[error("the fee is {} ETM, at least {} are asked for", format_etm(*fee), format_etm(*min))]
    FeeTooLow {
        /// The fee offered.
        fee: Units,
        /// The least fee.
        min: Units,
    },
    /// A heartbeat has a fee or a nonce.
    #[error("a heartbeat has fee 0 and nonce 0")]
    HeartbeatFields,
    /// An amount is 0.
    #[error("the amount must be at least 0.00000001 ETM")]
    NoAmount,
    /// A proof of possession does not hold.
    #[error("{0}")]
    WrongProof(#[from] ProofError),
    #[error("the transaction expired at height {expires_at}, the block has height {height}")]
    Expired {
        /// The last height at which it could be included.
        expires_at: Height,
        /// The height of the block.
        height: Height,
    },
    /// Its nonce was used before.
    #[error("the account's next nonce is {expected}, the transaction has {found}")]
    NonceTooLow {
        /// The nonce that comes next.
        expected: u64,
        /// The nonce found.
        found: u64,
    },
    /// Nonces before its own are missing.
    #[error("the account's next nonce is {expected}, the transaction has {found}")]
    NonceTooHigh {
        /// The nonce that comes next.
        expected: u64,
        /// The nonce found.
        found: u64,
    },
    /// The balance does not cover the fee.
    #[error("the balance does not cover the fee of {} ETM", format_etm(*fee))]
    CannotPayFee { fee: Units },
    /// A heartbeat names a miner that is not registered.
    #[error("miner {0} is not registered")]
    MinerNotRegistered(MinerId),
    /// A heartbeat is for another round, or its seed is not that of the round.
    #[error(
        "the heartbeat is for round {found}, or its seed is not the one of round {expected}, which is running"
    )]
    HeartbeatRound {
        /// The running round.
        expected: Round,
        /// The heartbeat's.
        found: Round,
    },
    /// A heartbeat came too soon.
    #[error("the next heartbeat of the miner is accepted in round {next}")]
    HeartbeatTooEarly { next: Round },
    /// The block has no room for it.
    #[error("the block has no room for the transaction")]
    NoRoom,
}

/// Why a block is invalid. A peer can bring this about.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BlockError {
    /// The height does not follow the state's.
    #[error("the state is at height {state}, the block has height {block}")]
    Height { state: Height, block: Height },
    /// The round is not that of the height.
    #[error("height {height} belongs to round {expected}, not {found}")]
    Round {
        height: Height,
        expected: Round,
        /// The round claimed.
        found: Round,
    },
    /// The parent's slot or beacon is not what the state says.
    #[error("the block's parent is not the block the state is of")]
    Parent,
    /// The slot does not come after the parent's, or far too late.
    #[error("slot {slot} can't follow slot {parent}")]
    Slot {
        /// The block's.
        slot: Slot,
        /// The parent's in the same round; 0 for the first block of a round.
        parent: Slot,
    },
    /// Somebody else is on turn.
    #[error("node {expected} is on turn in slot {slot}, not {found}")]
    Leader {
        slot: Slot,
        /// The member on turn.
        expected: NodeKey,
        /// Who made the block.
        found: NodeKey,
    },
    /// The timestamp is too early.
    #[error("timestamp {found} ms is before {earliest} ms, the parent's plus the slot time")]
    Timestamp {
        /// The earliest allowed, in milliseconds.
        earliest: u64,
        /// The block's.
        found: u64,
    },
    /// The beacon contribution is not the producer's.
    #[error("the beacon contribution is invalid: {0}")]
    Vrf(KeyError),
    /// Too many transactions.
    #[error("{found} transactions, at most {max} are allowed")]
    TransactionCount {
        /// Transactions found.
        found: usize,
        /// Transactions allowed.
        max: usize,
    },
    /// The transactions take too many bytes.
    #[error("the transactions take {found} bytes, at most {max} are allowed")]
    TransactionBytes {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// Too many registrations and changes of keys.
    #[error("{found} registrations and changes of keys, at most {max} are allowed")]
    Proofs {
        /// Registrations and changes found.
        found: usize,
        /// Registrations and changes allowed.
        max: usize,
    },
    /// Too many requests that wait for the end of the round.
    #[error("{found} requests for the end of the round, at most {max} are allowed in a block")]
    Requests {
        /// Requests found.
        found: usize,
        /// Requests allowed.
        max: usize,
    },
    /// Too many resignations.
    #[error("{found} resignations, at most {max} are allowed in a block")]
    Resignations {
        /// Resignations found.
        found: usize,
        /// Resignations allowed.
        max: usize,
    },
    #[error("transaction {index}: {reason}")]
    Transaction { index: usize, reason: Invalid },
}

/// Why a block was not executed.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum ExecutionError<E> {
    #[error("invalid block: {0}")]
    Invalid(#[from] BlockError),
    /// The state can't be read.
    #[error("the state can't be read: {0}")]
    Source(E),
    /// The state contradicts itself: its storage is damaged, or it is not of this chain.
    #[error("the state is damaged: {0}")]
    Damaged(String),
}

/// Why an attempt to execute stopped.
#[derive(Debug)]
pub(crate) enum Halt {
    /// A record is not loaded.
    NotLoaded(Key),
    Invalid(BlockError),
    /// The state is damaged.
    Damaged(String),
}

impl Halt {
    /// As the end of it: nothing more will be loaded.
    pub fn into_error<E>(self) -> ExecutionError<E> {
        match self {
            Self::NotLoaded(key) => ExecutionError::Damaged(format!("{key:?} was not read")),
            Self::Invalid(error) => ExecutionError::Invalid(error),
            Self::Damaged(reason) => ExecutionError::Damaged(reason),
        }
    }
}

impl From<Miss> for Halt {
    fn from(miss: Miss) -> Self {
        match miss {
            Miss::NotLoaded(key) => Self::NotLoaded(key),
            Miss::Absent(_) => Self::Damaged(miss.to_string()),
        }
    }
}

impl From<mechanism::Error<Miss>> for Halt {
    fn from(error: mechanism::Error<Miss>) -> Self {
        match error {
            mechanism::Error::Store(miss) => miss.into(),
            other => Self::Damaged(other.to_string()),
        }
    }
}

impl From<BlockError> for Halt {
    fn from(error: BlockError) -> Self {
        Self::Invalid(error)
    }
}
