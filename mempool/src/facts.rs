//! What the pool is told and what it answers.

use etm_execution::{Scarce, Terms};
use etm_types::{Height, Units};

/// Bounds of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most transactions.
    pub count: usize,
    /// Most bytes of transactions.
    pub bytes: usize,
    /// Most transactions of one account.
    pub per_account: usize,
    /// How far a nonce may be ahead of the account's next one.
    pub nonce_gap: u64,
    /// Most free transactions.
    pub free: usize,
    /// Most transactions that could be included and use up what a block has little of, or wait behind one that does, by what is used up.
    pub scarce: Scarce,
}

impl Limits {
    /// So many transactions and bytes, 64 an account, 1,024 free ones. A half may be requests; an eighth may be resignations, and an eighth may
    /// bring proofs, each with what waits behind it. So whatever fills the pool with what leaves it slowly, three eighths are left for all else.
    pub const fn of(count: usize, bytes: usize) -> Self {
        Self {
            count,
            bytes,
            per_account: 64,
            nonce_gap: 64,
            free: 1_024,
            scarce: Scarce {
                requests: count / 2,
                proofs: count / 8,
                resignations: count / 8,
            },
        }
    }
}

impl Default for Limits {
    /// 20,000 transactions, 16 MiB.
    fn default() -> Self {
        Self::of(20_000, 16 << 20)
    }
}

/// What the pool goes by of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts<A> {
    pub hash: [u8; 32],
    /// Who sent it.
    pub account: A,
    pub nonce: u64,
    /// In units.
    pub fee: u64,
    /// What it takes from the sender's balance beside the fee, at most, in units.
    pub spends: u64,
    /// The last height at which it may be included.
    pub expires_at: Height,
    /// Bytes of its encoding.
    pub size: usize,
    /// Whether the chain takes it without a fee.
    pub is_free: bool,
    /// Of the things of which a block may hold few, those it uses up.
    pub scarce: Scarce,
}

impl<A> Facts<A> {
    pub(crate) const fn terms(&self) -> Terms {
        Terms {
            nonce: self.nonce,
            fee: Units(self.fee),
            expires_at: self.expires_at,
        }
    }
}

/// What the chain says about an account at the tip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountView {
    /// The nonce of its next transaction.
    pub nonce: u64,
    /// What it can spend, in units.
    pub balance: u64,
}

/// A transaction got in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// True if it is held until nonces before it arrive.
    pub held: bool,
    /// Transactions that had to go.
    pub removed: Vec<Removal>,
}

/// A transaction left the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    pub hash: [u8; 32],
    pub reason: RemovalReason,
}

/// Why a transaction left the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovalReason {
    /// It is in a final block, or another of the same account with the same nonce is.
    Used,
    /// Its expiry height passed.
    Expired,
    /// Another with the same nonce and a higher fee took its place.
    Replaced,
    /// The pool was full, and it was the worst.
    Evicted,
    /// Its account can't pay for it any more, or it was found invalid when a block was built.
    Invalid,
}

/// The pool in figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Transactions in the pool.
    pub count: usize,
    /// Of these, held back by a gap.
    pub held: usize,
    pub bytes: usize,
    pub to_exceed: ToExceed,
}

/// The fees in units that newcomers have to exceed which aren't held. None while there is room, or others that are held would make it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ToExceed {
    /// Of the whole pool, once it is full, or the largest transaction no longer fits its bytes.
    pub all: Option<u64>,
    /// Of the part for requests, once that is full.
    pub requests: Option<u64>,
    pub proofs: Option<u64>,
    pub resignations: Option<u64>,
}

impl ToExceed {
    /// What a newcomer has to exceed that uses up these.
    pub fn by(&self, scarce: Scarce) -> Option<u64> {
        let parts = [
            (scarce.requests, self.requests),
            (scarce.proofs, self.proofs),
            (scarce.resignations, self.resignations),
        ];
        let parts = parts.into_iter().filter(|(uses, _)| *uses > 0);
        parts.map(|(_, fee)| fee).fold(self.all, Option::max)
    }
}

/// A transaction of a final block, as far as the pool has to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Included<A> {
    pub hash: [u8; 32],
    /// Who sent it.
    pub account: A,
    /// The nonce it used up; none if it is free.
    pub nonce: Option<u64>,
}

/// A transaction as far as the pool has to know it.
pub trait Pooled {
    /// Identity of the sender.
    type Account: Clone + Ord;

    /// What the pool goes by.
    fn facts(&self) -> Facts<Self::Account>;
}
