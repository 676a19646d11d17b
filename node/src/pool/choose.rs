//! What a block is made of, and what final blocks leave of the pool.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use etm_execution::{CheckedTransaction, ExecutionError, Source};
use etm_mempool::{Pooled as _, PooledTransaction, Room, Scarce, Selection};
use etm_types::{Address, Height, Payload};

use super::{
    Pool,
    look::{look, whole},
};
use crate::reader::{StateReader, StateUnavailable};

/// Transactions whose senders are looked at in one batch.
const BATCH: usize = 1_024;

/// Accounts of which a block's maker finds out what they earned, where their free balance does not pay.
const MAX_EARNED_LOOKS: usize = 256;

impl Pool {
    /// The best transactions that fit the block at `height`, before which so many slots were `missed`, and that `source`, the state it is built on, allows, in the order in
    /// which they are to stand.
    ///
    /// What is impossible takes no place: candidates are drawn until the block is full or the pool is exhausted. Each transaction of
    /// the pool is drawn once at most and each account looked at once, so the work is bounded by the pool's own bounds: one read for
    /// every 1,024 transactions, and some more for 256 accounts.
    ///
    /// # Errors
    /// [`ExecutionError`] if the state can't be read or is damaged.
    pub async fn choose<S: Source>(
        &self,
        source: &S,
        height: Height,
        missed: u64,
    ) -> Result<Vec<CheckedTransaction>, ExecutionError<S::Error>> {
        let params = &self.chain.params;
        let running = params.round_of(height);
        let room = Room {
            count: self.fill.most(missed),
            bytes: params.transaction_bytes(height),
            scarce: Scarce::room(params),
        };
        let mut selection = Selection::new(height, room);
        let all: Vec<Arc<PooledTransaction>> = self.inner().mempool.in_order().collect();
        let mut earned = MAX_EARNED_LOOKS;
        let mut short: BTreeSet<Address> = BTreeSet::new();
        let mut chosen = Vec::new();
        for batch in all.chunks(BATCH) {
            if selection.is_full() {
                break;
            }
            let mut wanted: BTreeMap<Address, u64> = BTreeMap::new();
            for pooled in batch {
                if selection.needs(&pooled.facts()) {
                    let need = wanted.entry(*pooled.sender()).or_default();
                    let facts = pooled.facts();
                    let cost = facts.fee.saturating_add(facts.spends);
                    *need = need.saturating_add(cost);
                }
            }
            let wanted: Vec<(Address, u64)> = wanted.into_iter().collect();
            let (_, views) = look(source, params, &wanted, false).await?;
            for ((account, need), view) in wanted.into_iter().zip(views) {
                if view.is_some_and(|view| view.balance < need) {
                    short.insert(account);
                }
                selection.look(account, view);
            }
            for pooled in batch {
                let late = matches!(
                    pooled.transaction().payload(),
                    Payload::Heartbeat { round, .. } if *round != running
                );
                // What was earned is found out for what has room alone, so that each look is paid for by a fee.
                let (facts, account) = (pooled.facts(), *pooled.sender());
                if earned > 0 && selection.is_next(&facts) && short.remove(&account) {
                    earned -= 1;
                    selection.look(account, Some(whole(source, params, &account).await?));
                }
                if !late && selection.offer(&facts) {
                    chosen.push(pooled.checked().clone());
                }
            }
        }
        Ok(chosen)
    }

    /// Looks again at the accounts that final blocks moved on: what they can't pay any more leaves the pool, on every node.
    ///
    /// # Errors
    /// [`StateUnavailable`]; then those that are left wait for the next time.
    pub async fn recheck(&self, reader: &dyn StateReader) -> Result<(), StateUnavailable> {
        let source = reader.source();
        let mut before = Vec::new();
        loop {
            let wanted: Vec<(Address, u64)> = {
                let mempool = &self.inner().mempool;
                let accounts = mempool.to_recheck(BATCH).into_iter();
                accounts
                    .map(|account| (account, mempool.need_of(&account)))
                    .collect()
            };
            // A look that came too early is repeated after the next block, not at once.
            if wanted.is_empty() || wanted == before {
                return Ok(());
            }
            let (_, views) = look(&source, &self.chain.params, &wanted, true).await?;
            let mut inner = self.inner();
            for ((account, _), view) in wanted.iter().zip(views) {
                let removed = inner.mempool.recheck(account, view.unwrap_or_default());
                inner.forget(&removed);
            }
            drop(inner);
            before = wanted;
        }
    }
}
