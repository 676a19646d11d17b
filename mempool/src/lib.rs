//! The pool of transactions that wait to be included: bounded, pure, no I/O, no clock, no threads.
//!
//! * **Order**: by fee, then by arrival, while an account's transactions keep the order of their nonces ([`Mempool::in_order`]).
//!   A [`Selection`] takes of them what a block has room for and the state allows; what it passes over takes nobody's place.
//! * **Gaps**: a transaction whose nonce is ahead of the account's next one is *held* until the nonces before it arrive.
//! * **Bounds**: count and bytes of the pool, count per account, how far ahead a nonce may be. When the pool is full, the worst
//!   transaction makes room for a better one: held ones first, of the account that has the most of them and of such the oldest, whatever they offer; then those
//!   that pay least, then those that came last. Only the last transaction of an account can be worst of all, since leaving out one in the middle
//!   would hold back those after it (what is scarce, below, is no matter of the last). Who fills the pool with what can't be included thus takes no place from those who don't, and of those
//!   who hold a few from nobody but with as many accounts as there are places.
//! * **Scarce things**: blocks take few resignations, few transactions with proofs, and not many requests, so that these leave the pool
//!   slowly, and with them what waits behind them in their accounts. Each kind has a part of the pool ([`Limits::scarce`]), in which all this
//!   counts: beyond it, the worst of it goes, and nothing else makes room for it.
//! * **Solvency**: whatever an account's pending transactions move, each of them can still pay its fee after those before it. An account
//!   that a final block moved on is looked at again ([`Mempool::to_recheck`]); what it can't pay any more goes.
//! * **Replacement**: another transaction with the same nonce needs a fee at least a tenth higher.
//! * **Expiry** by height.
//! * **Free transactions** (heartbeats pay no fee and use up no nonce) rank before all others, one per sender and few in all: without
//!   them a miner could not stay a candidate while the pool is full of paying ones. A newer one takes the place of an older one.
//!   Whoever fills the pool must check that they are due.
//!
//! Every operation costs `O(c log n)`, `n` transactions in the pool, `c` of the account (bounded by the cap per account).
//!
//! What this crate deliberately lacks: checks of signatures, balances beyond what it is told, state, the network. A transaction is checked before
//! it comes here; whether it is really valid is decided when a block is built.

mod facts;
mod not_admitted;
mod of_chain;
mod order;
mod pool;
mod queue;
mod recent;
mod scarcities;
mod selection;

pub use etm_execution::Scarce;
pub use facts::{
    AccountView, Admitted, Facts, Included, Limits, Pooled, Removal, RemovalReason, Summary,
    ToExceed,
};
pub use not_admitted::NotAdmitted;
pub use of_chain::{PooledTransaction, facts_of};
pub use order::InOrder;
pub use pool::Mempool;
pub use queue::{Cost, replaces, required};
pub use selection::{Room, Selection};

#[cfg(test)]
mod tests;
