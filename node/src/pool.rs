//! The pool of pending transactions as the node uses it: fed by users and peers, drained by blocks.

mod budget;
mod choose;
mod door;
mod fill;
mod look;
mod own;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use etm_execution::{Chain, Invalid};
use etm_mempool::{Included, Limits, Mempool, PooledTransaction, Removal, Summary};
use etm_types::{Address, Block, Hash, Height, Payload, Slot, Transaction};
use tokio::sync::broadcast;

pub(crate) use budget::{Bucket, Budgets};
pub(crate) use door::REFUSED_COST;
pub use door::SubmitError;
use fill::Fill;
use own::Own;

/// Slots after which a transaction is passed on again.
pub(crate) const PASS_ON_SLOTS: u64 = 5;

/// Transactions that a slow listener may fall behind before it misses some.
const PENDING_EVENTS: usize = 1_024;

/// A transaction that entered the pool, and whether it is held until nonces before it arrive.
pub type Entered = (Arc<PooledTransaction>, bool);

/// How many slots of its round were missed between a block and its parent.
pub const fn missed(slot: Slot, parent_slot: Slot) -> u64 {
    slot.since(parent_slot).saturating_sub(1)
}

/// The pool of one node.
pub struct Pool {
    chain: Chain,
    limits: Limits,
    inner: Mutex<Inner>,
    fill: Fill,
    entered: broadcast::Sender<Entered>,
    /// Time of the node in milliseconds, as it was told last.
    now_ms: AtomicU64,
}

struct Inner {
    mempool: Mempool<PooledTransaction>,
    /// Those that users gave to this node: passed on again until they are final.
    own: Own,
    /// What accounts may still ask in vain.
    budgets: Budgets<Address>,
    /// What was refused lately: each costs its sender once.
    refused: Budgets<[u8; 32]>,
}

impl Inner {
    fn forget(&mut self, removed: &[Removal]) {
        for removal in removed {
            self.own.forget(&removal.hash);
        }
    }
}

impl Pool {
    /// An empty pool.
    pub fn new(chain: Chain, limits: Limits) -> Self {
        Self {
            fill: Fill::new(chain.params.max_block_transactions),
            chain,
            limits,
            inner: Mutex::new(Inner {
                mempool: Mempool::new(limits, Height(0)),
                own: Own::default(),
                budgets: Budgets::new(door::ACCOUNT_BUDGET),
                refused: Budgets::new(door::ONCE),
            }),
            entered: broadcast::channel(PENDING_EVENTS).0,
            now_ms: AtomicU64::new(0),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bounds of the pool.
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Tells the time, in milliseconds of a clock that does not go back.
    pub fn tick(&self, now_ms: u64) {
        self.now_ms.fetch_max(now_ms, Ordering::Relaxed);
    }

    fn now_ms(&self) -> u64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    /// Tells of every transaction that enters from now on, whoever sent it.
    pub fn subscribe(&self) -> broadcast::Receiver<Entered> {
        self.entered.subscribe()
    }

    /// Takes out what was found invalid when a block was built.
    pub fn drop_invalid(&self, dropped: impl IntoIterator<Item = (Hash, Invalid)>) {
        let mut inner = self.inner();
        for (hash, reason) in dropped {
            // What only has to wait stays. What its account can't pay is decided by final blocks alone: the one before this may never
            // be final.
            if matches!(
                reason,
                Invalid::NoRoom
                    | Invalid::NonceTooHigh { .. }
                    | Invalid::NonceTooLow { .. }
                    | Invalid::CannotPayFee { .. }
            ) {
                continue;
            }
            let removed = inner.mempool.remove_invalid(&hash.0);
            inner.forget(removed.as_slice());
        }
    }

    /// A block is final: what it holds, what it made impossible and what has expired goes. Accounts in it wait to be looked at
    /// again ([`Pool::recheck`]).
    pub fn on_finalized(&self, block: &Block) {
        self.fill.came(
            block.body.transactions.len(),
            missed(block.header.slot, block.header.parent_slot),
        );
        let included = block.body.transactions.iter().map(Included::from);
        let mut inner = self.inner();
        let removed = inner.mempool.on_finalized(block.header.height, included);
        inner.forget(&removed);
    }

    /// At most `max` of those that users gave to this node and that are to be passed on now, the longest unsent first. They count as
    /// passed on.
    pub fn to_pass_on(&self, max: usize) -> Vec<Transaction> {
        let mut inner = self.inner();
        let mut transactions = Vec::new();
        for hash in inner.own.due(self.now_ms(), max) {
            match inner.mempool.get(&hash) {
                Some((pooled, _)) => transactions.push(pooled.transaction().clone()),
                // What left the pool keeps nothing back.
                None => inner.own.forget(&hash),
            }
        }
        drop(inner);
        self.passed_on(&transactions);
        transactions
    }

    /// These are passed on. They are due again after five slots; a heartbeat, which has no longer than its round, after one slot.
    pub(crate) fn passed_on(&self, transactions: &[Transaction]) {
        let (now_ms, slot_ms) = (self.now_ms(), self.chain.params.slot_ms);
        let mut inner = self.inner();
        for transaction in transactions {
            let slots = match transaction.unsigned.payload {
                Payload::Heartbeat { .. } => 1,
                _ => PASS_ON_SLOTS,
            };
            let pause_ms = slot_ms.saturating_mul(slots);
            let due_ms = now_ms.saturating_add(pause_ms).max(1);
            inner.own.put_off(&transaction.hash().0, due_ms);
        }
    }

    /// Whether a user gave this node a transaction that is in the pool.
    pub fn owns(&self, hash: &Hash) -> bool {
        self.inner().own.has(&hash.0)
    }

    /// Transactions of this node's users that are not final yet, those of an account in its order.
    pub fn own(&self) -> Vec<Transaction> {
        let inner = self.inner();
        let waiting = inner.own.all().filter_map(|hash| inner.mempool.get(hash));
        let mut own: Vec<Transaction> = waiting
            .map(|(pooled, _)| pooled.transaction().clone())
            .collect();
        own.sort_by_key(|transaction| {
            let unsigned = &transaction.unsigned;
            (unsigned.sender, unsigned.nonce)
        });
        own
    }

    /// The pool in figures.
    pub fn summary(&self) -> Summary {
        self.inner().mempool.summary()
    }

    /// The best transactions and whether each is held; those that are held come last.
    pub fn best(&self, count: usize) -> Vec<(Arc<PooledTransaction>, bool)> {
        self.inner().mempool.all().take(count).collect()
    }

    /// Whether a transaction with this hash is here.
    pub fn has(&self, hash: &Hash) -> bool {
        self.inner().mempool.get(&hash.0).is_some()
    }

    /// A transaction by its hash, and whether it is held.
    pub fn get(&self, hash: &Hash) -> Option<(Arc<PooledTransaction>, bool)> {
        self.inner().mempool.get(&hash.0)
    }

    /// The transactions of one sender in the order of nonces, and whether each is held.
    pub fn of_account(&self, sender: &Address) -> Vec<(Arc<PooledTransaction>, bool)> {
        self.inner().mempool.of_account(sender)
    }

    /// The nonce a new transaction of `account` should have, if the chain's next one is `nonce`.
    pub fn next_nonce(&self, account: &Address, nonce: u64) -> u64 {
        self.inner().mempool.next_nonce(account, nonce)
    }
}
