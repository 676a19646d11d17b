//! The pool of pending transactions as the node uses it: fed by users and peers, drained by blocks.

#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use etm_execution::{Chain, ChainParams, CheckedTransaction, Invalid, check, read};
use etm_mempool::{
    AccountView, Admitted, Limits, Mempool, PooledTransaction, Refusal, Room, Scarce, Summary,
};
use etm_types::{Address, Block, Hash, Payload, Transaction};
use thiserror::Error;

use crate::reader::{StateReader, StateUnavailable};

/// Why a transaction is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SubmitError {
    /// It can't stand in a block of this chain now.
    #[error("{0}")]
    Invalid(#[from] Invalid),
    /// The pool does not take it.
    #[error("{0}")]
    Pool(#[from] Refusal),
    /// The state can't be read now.
    #[error("{0}")]
    Unavailable(#[from] StateUnavailable),
}

/// The pool of one node.
pub struct Pool {
    chain: Chain,
    limits: Limits,
    inner: Mutex<Inner>,
}

struct Inner {
    mempool: Mempool<PooledTransaction>,
    /// Those of the pool, with the checks that need no state behind them.
    checked: HashMap<[u8; 32], CheckedTransaction>,
    /// Those that users gave to this node: passed on again until they are in a block.
    own: HashSet<[u8; 32]>,
}

impl Pool {
    /// An empty pool.
    pub fn new(chain: Chain, limits: Limits) -> Self {
        Self {
            chain,
            limits,
            inner: Mutex::new(Inner {
                mempool: Mempool::new(limits, 0),
                checked: HashMap::new(),
                own: HashSet::new(),
            }),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bounds of the pool.
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Checks a transaction and takes it in. `own` ones are passed on again until they are in a block.
    ///
    /// # Errors
    /// [`SubmitError`]; the pool is as it was.
    pub async fn submit(
        &self,
        reader: &dyn StateReader,
        transaction: Transaction,
        own: bool,
    ) -> Result<(Hash, Admitted), SubmitError> {
        let pooled = PooledTransaction::new(transaction);
        // Cheaper than a signature, and what gossip brings most.
        if self
            .inner()
            .mempool
            .get(&etm_mempool::Pooled::hash(&pooled))
            .is_some()
        {
            return Err(Refusal::AlreadyPending.into());
        }
        let checked = check(&self.chain, pooled.transaction().clone())?;
        let view = self.view(reader, &checked).await?;
        let hash = *checked.hash();
        let mut inner = self.inner();
        let admitted = inner.mempool.insert(pooled, view)?;
        inner.checked.insert(hash.0, checked);
        if own {
            inner.own.insert(hash.0);
        }
        for removal in &admitted.removed {
            inner.checked.remove(&removal.hash);
            inner.own.remove(&removal.hash);
        }
        Ok((hash, admitted))
    }

    /// What the chain says about the sender; for a heartbeat, whether it is due.
    async fn view(
        &self,
        reader: &dyn StateReader,
        checked: &CheckedTransaction,
    ) -> Result<AccountView, SubmitError> {
        let source = reader.source();
        let params = &self.chain.params;
        let failed = |error: etm_execution::ExecutionError<StateUnavailable>| match error {
            etm_execution::ExecutionError::Source(error) => error,
            other => StateUnavailable(other.to_string()),
        };
        let record = read::chain_record(&source).await.map_err(failed)?;
        let next_height = record.height.saturating_add(1);
        let expires_at = checked.transaction().unsigned.expires_at;
        if expires_at < next_height {
            return Err(Invalid::Expired {
                expires_at,
                height: next_height,
            }
            .into());
        }
        if let Payload::Heartbeat { miner, round, seed } = checked.transaction().payload() {
            let view = read::miner(&source, params, *miner)
                .await
                .map_err(failed)?
                .filter(|view| view.standing.registered)
                .ok_or(Invalid::MinerNotRegistered(*miner))?;
            if view.node.node != etm_types::NodeKey(checked.transaction().unsigned.sender.0) {
                return Err(Invalid::WrongNodeKey(*miner).into());
            }
            let (globals, _) = read::globals(&source).await.map_err(failed)?;
            let running = params.round_of(next_height);
            if *round != running || seed.0 != globals.beacon {
                return Err(Invalid::HeartbeatRound {
                    expected: running,
                    found: *round,
                }
                .into());
            }
            let last = view.presence.and_then(|presence| presence.heartbeat);
            let next = last.map_or(0, |last| last.saturating_add(params.heartbeat_rounds()));
            if running < next {
                return Err(Invalid::HeartbeatTooEarly { next }.into());
            }
            return Ok(AccountView {
                nonce: 0,
                balance: 0,
            });
        }
        let account = read::account(&source, params, checked.sender())
            .await
            .map_err(failed)?;
        Ok(AccountView {
            nonce: account.record.nonce,
            balance: account.balance().0,
        })
    }

    /// The best transactions that fit the block at `height`, in the order in which they are to stand.
    pub fn candidates(&self, height: u64) -> Vec<CheckedTransaction> {
        let params = &self.chain.params;
        let room = Room {
            count: usize::try_from(params.max_block_transactions).unwrap_or(usize::MAX),
            bytes: params.transaction_bytes(height),
            scarce: Scarce {
                requests: params.block_requests(),
                proofs: ChainParams::MAX_BLOCK_PROOFS,
            },
        };
        let inner = self.inner();
        inner
            .mempool
            .candidates(room)
            .iter()
            .filter_map(|pooled| {
                inner
                    .checked
                    .get(&etm_mempool::Pooled::hash(pooled.as_ref()))
                    .cloned()
            })
            .collect()
    }

    /// Takes out what was found invalid when a block was built.
    pub fn drop_invalid(&self, dropped: impl IntoIterator<Item = (Hash, Invalid)>) {
        let mut inner = self.inner();
        for (hash, reason) in dropped {
            // What only has to wait stays, and so does what the parent holds: it is gone when the parent is final, and
            // needed again if it never is.
            if matches!(
                reason,
                Invalid::NoRoom | Invalid::NonceTooHigh { .. } | Invalid::NonceTooLow { .. }
            ) {
                continue;
            }
            inner.mempool.remove_invalid(&hash.0);
            inner.checked.remove(&hash.0);
            inner.own.remove(&hash.0);
        }
    }

    /// A block is final: what it holds, what it made impossible and what has expired goes.
    pub fn on_finalized(&self, block: &Block) {
        let transactions = &block.body.transactions;
        let hashes: Vec<[u8; 32]> = transactions.iter().map(|tx| tx.hash().0).collect();
        let accounts = transactions
            .iter()
            .filter(|tx| !tx.payload().is_heartbeat())
            .map(|tx| (tx.sender(), tx.unsigned.nonce.saturating_add(1)));
        let mut inner = self.inner();
        let removed = inner
            .mempool
            .on_finalized(block.header.height, &hashes, accounts);
        for removal in removed {
            inner.checked.remove(&removal.hash);
            inner.own.remove(&removal.hash);
        }
    }

    /// Transactions of this node's users that still wait.
    pub fn own(&self) -> Vec<Transaction> {
        let inner = self.inner();
        inner
            .own
            .iter()
            .filter_map(|hash| Some(inner.checked.get(hash)?.transaction().clone()))
            .collect()
    }

    /// The pool in figures.
    pub fn summary(&self) -> Summary {
        self.inner().mempool.summary()
    }

    /// The best paying transactions that are ready.
    pub fn best(&self, count: usize) -> Vec<Arc<PooledTransaction>> {
        self.inner().mempool.candidates(Room::of_count(count))
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
