//! Why a transaction doesn't get in.

use etm_types::amount::format_etm;
use etm_types::{Height, Units};

fn etm(units: u64) -> String {
    format_etm(Units(units))
}

/// Why a transaction doesn't get in. The pool is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// The very same transaction is in the pool.
    #[error("the transaction is pending already")]
    AlreadyPending,
    /// The very same transaction is in a final block.
    #[error("the transaction is final already, in block {height}")]
    AlreadyFinal {
        /// The block.
        height: Height,
    },
    /// The nonce is used up.
    #[error("the account's next nonce is {next}, the transaction has {nonce}")]
    NonceTooLow {
        /// The account's next nonce.
        next: u64,
        /// The transaction's.
        nonce: u64,
    },
    /// The nonce is too far ahead.
    #[error(
        "the account's next nonce is {next}, the transaction has {nonce}; at most {limit} is held"
    )]
    NonceTooHigh {
        /// The account's next nonce.
        next: u64,
        /// The transaction's.
        nonce: u64,
        /// The largest that would be held.
        limit: u64,
    },
    /// A transaction with this nonce is pending and the fee is not enough higher.
    #[error(
        "a transaction with this nonce is pending; to replace it the fee must be at least {} ETM, it is {}",
        etm(*required),
        etm(*fee)
    )]
    ReplacementFeeTooLow {
        /// The transaction's fee.
        fee: u64,
        /// The least fee that would replace.
        required: u64,
    },
    /// The account has too many transactions pending.
    #[error("the account has {limit} transactions pending, as many as are allowed")]
    AccountLimit {
        /// How many are allowed.
        limit: usize,
    },
    /// The pool is full of better ones.
    #[error(
        "the pool is full: the worst in it pays {} ETM, this one {}",
        etm(*worst),
        etm(*fee)
    )]
    PoolFull {
        /// The transaction's fee.
        fee: u64,
        /// The fee that has to be exceeded.
        worst: u64,
    },
    /// The pool holds as many as it may that use up what a block has little of - requests, resignations, or those with proofs - or wait behind
    /// such.
    #[error(
        "the pool is full of requests like this, or like one that it waits behind: the worst of them pays {} ETM, this one {}",
        etm(*worst),
        etm(*fee)
    )]
    ScarceFull {
        /// The transaction's fee.
        fee: u64,
        /// The fee that has to be exceeded.
        worst: u64,
    },
    /// The pool is full, and no account has more that are held.
    #[error(
        "the pool is full, and a gap holds back this transaction, with {held} of its account: send the missing ones before it"
    )]
    PoolFullForHeld {
        /// How many of the account would be held, this one among them.
        held: usize,
    },
    /// The expiry height has passed.
    #[error("the transaction expired at height {expires_at}, the next block is {next_height}")]
    Expired {
        /// The transaction's expiry height.
        expires_at: Height,
        /// The height of the next block.
        next_height: Height,
    },
    /// The balance doesn't cover the fee of each pending transaction of the account, whatever those before it move.
    #[error(
        "to pay the fee of each of its pending transactions after what those before it may move, the account needs {} ETM, its balance is {}",
        etm(*required),
        etm(*balance)
    )]
    CannotPayFee {
        /// What it needs, with this transaction.
        required: u64,
        balance: u64,
    },
    /// There are too many free transactions.
    #[error("too many free transactions are pending")]
    FreeLimit,
}
