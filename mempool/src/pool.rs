//! The pool and its indices.

mod eviction;

use etm_execution::is_late;
use etm_types::{Height, limits::MAX_TRANSACTION_BYTES};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::facts::{
    AccountView, Admitted, Facts, Included, Limits, Pooled, Removal, RemovalReason, Summary,
    ToExceed,
};
use crate::not_admitted::NotAdmitted;
use crate::order::InOrder;
use crate::queue::{self, Cost, Entry, HeadKey, Queue, Tail};
use crate::recent::Recent;
use crate::scarcities::{Kind, Scarcities};
use eviction::Gone;

/// The pool. See the [crate] for its rules.
pub struct Mempool<T: Pooled> {
    limits: Limits,
    accounts: BTreeMap<T::Account, Queue<T>>,
    /// First transaction of every account that has one ready, best first.
    heads: BTreeSet<(HeadKey, T::Account)>,
    /// Last transaction of every account, worst first.
    tails: BTreeSet<(Tail, T::Account)>,
    scarce: Scarcities<T::Account>,
    by_hash: HashMap<[u8; 32], (T::Account, u64)>,
    by_expiry: BTreeSet<(Height, T::Account, u64)>,
    recent: Recent<T::Account>,
    /// Accounts whose balance may have become less since it was looked at. Some may have no transactions left.
    stale: BTreeSet<T::Account>,
    /// What was found to be used up while something else was refused: told with the next block.
    used_up: Vec<Removal>,
    /// The last finalized height the pool was told of.
    height: Height,
    arrivals: u64,
    ready: usize,
    bytes: usize,
    free: usize,
}

impl<T: Pooled> Mempool<T> {
    /// An empty pool on a chain whose tip is at `height`.
    pub fn new(limits: Limits, height: Height) -> Self {
        Self {
            limits,
            accounts: BTreeMap::new(),
            heads: BTreeSet::new(),
            tails: BTreeSet::new(),
            scarce: Scarcities::default(),
            by_hash: HashMap::new(),
            by_expiry: BTreeSet::new(),
            recent: Recent::default(),
            stale: BTreeSet::new(),
            used_up: Vec::new(),
            height,
            arrivals: 0,
            ready: 0,
            bytes: 0,
            free: 0,
        }
    }

    /// What can be refused without looking at the sender's account, and without knowing whether the transaction is genuine.
    ///
    /// # Errors
    /// [`NotAdmitted`]; [`insert`](Self::insert) would refuse it for the same reason.
    pub fn glance(&self, transaction: &Facts<T::Account>) -> Result<(), NotAdmitted> {
        self.check_known(transaction)?;
        let (account, nonce) = (&transaction.account, transaction.nonce);
        let queue = self.accounts.get(account);
        let next = self
            .recent
            .next(account, queue.map_or(0, |queue| queue.next));
        if nonce < next && !transaction.is_free {
            return Err(NotAdmitted::NonceTooLow { next, nonce });
        }
        let full = self.by_hash.len() >= self.limits.count;
        match self.worst() {
            Some(Tail::Ready(worst, _))
                if full && queue.is_none() && !transaction.is_free && transaction.fee <= worst =>
            {
                Err(NotAdmitted::PoolFull {
                    fee: transaction.fee,
                    worst,
                })
            }
            _ => Ok(()),
        }
    }

    /// What [`insert`](Self::insert) would say, apart from the bounds of the whole pool. For asking before costly checks.
    ///
    /// # Errors
    /// [`NotAdmitted`]
    pub fn would_take(
        &self,
        transaction: &Facts<T::Account>,
        view: AccountView,
    ) -> Result<(), NotAdmitted> {
        self.check_known(transaction)?;
        let account = &transaction.account;
        let queue = self.accounts.get(account);
        let next = self.recent.next(account, view.nonce);
        let next = queue.map_or(next, |queue| next.max(queue.next));
        self.check(transaction, queue, next, view.balance).map(drop)
    }

    /// Whether the very same transaction is here, or was in a block lately.
    fn check_known(&self, transaction: &Facts<T::Account>) -> Result<(), NotAdmitted> {
        let hash = transaction.hash;
        if self.by_hash.contains_key(&hash) {
            return Err(NotAdmitted::AlreadyPending);
        }
        if let Some(height) = self.recent.height_of(&hash) {
            return Err(NotAdmitted::AlreadyFinal { height });
        }
        let next_height = self.height.saturating_add(1);
        if is_late(transaction.expires_at, next_height) {
            return Err(NotAdmitted::Expired {
                expires_at: transaction.expires_at,
                next_height,
            });
        }
        Ok(())
    }

    /// Takes a transaction in, if the rules allow it. `view` is its sender's account at the tip, or a few blocks before
    /// it: nonces used up since are known here, and the account is looked at again.
    pub fn insert(
        &mut self,
        transaction: T,
        mut view: AccountView,
    ) -> Result<Admitted, NotAdmitted> {
        let facts = transaction.facts();
        self.check_known(&facts)?;
        let account = facts.account.clone();
        let seen = view.nonce;
        view.nonce = self.recent.next(&account, seen);
        let mut removed = self.advance(&account, view.nonce);
        let queue = self.accounts.get(&account);
        let next = queue.map_or(view.nonce, |queue| queue.next);
        let verdict = self.check(&facts, queue, next, view.balance);
        let victim = match verdict {
            Ok(victim) => victim,
            Err(reason) => {
                self.forget_if_empty(&account);
                self.used_up.extend(removed);
                return Err(reason);
            }
        };

        let (hash, nonce) = (facts.hash, facts.nonce);
        let entry = Entry {
            transaction: Arc::new(transaction),
            arrival: self.arrivals,
        };
        let before: Vec<Gone<T>> = victim
            .and_then(|(nonce, reason)| {
                self.take(&account, nonce).map(|entry| Gone {
                    entry,
                    reason,
                    next,
                })
            })
            .into_iter()
            .collect();
        self.put(&account, next, entry);
        match self.make_room(hash, before) {
            Ok(gone) => {
                self.arrivals += 1;
                // All of the account was just measured against this look, if it is as new as what the pool knows.
                if seen < next {
                    self.stale.insert(account.clone());
                } else {
                    self.stale.remove(&account);
                }
                removed.extend(gone);
                let held = self
                    .accounts
                    .get(&account)
                    .is_some_and(|queue| nonce >= queue.next_free());
                Ok(Admitted { held, removed })
            }
            Err(reason) => {
                self.used_up.extend(removed);
                Err(reason)
            }
        }
    }

    /// The rules for one transaction, apart from the bounds of the whole pool. Tells which transaction of the account has to go for it.
    fn check(
        &self,
        transaction: &Facts<T::Account>,
        queue: Option<&Queue<T>>,
        next: u64,
        balance: u64,
    ) -> Result<Option<(u64, RemovalReason)>, NotAdmitted> {
        let nonce = transaction.nonce;
        if nonce < next {
            return Err(NotAdmitted::NonceTooLow { next, nonce });
        }
        let limit = next.saturating_add(self.limits.nonce_gap);
        if nonce > limit {
            return Err(NotAdmitted::NonceTooHigh { next, nonce, limit });
        }
        let old = queue
            .and_then(|queue| queue.entries.get(&nonce))
            .map(|entry| entry.transaction.facts());
        let both_free = transaction.is_free && old.as_ref().is_some_and(|old| old.is_free);
        if let Some(old) = old.as_ref().filter(|_| both_free) {
            // A newer sign of life takes the place of an older one.
            if transaction.expires_at <= old.expires_at {
                return Err(NotAdmitted::AlreadyPending);
            }
        } else if let Some(old) = &old {
            queue::replaces(old.fee, transaction.fee)?;
        }
        let pending = queue
            .into_iter()
            .flat_map(|queue| queue.entries.range(next..));
        let pending = pending.map(|(_, entry)| Cost::from(&entry.transaction.facts()));
        let required = queue::required(pending, &[Cost::from(transaction)]);
        if required > balance {
            return Err(NotAdmitted::CannotPayFee { required, balance });
        }
        if transaction.is_free && !both_free {
            let own = queue.is_some_and(|queue| {
                queue
                    .entries
                    .values()
                    .any(|entry| entry.transaction.facts().is_free)
            });
            if own || self.free >= self.limits.free {
                return Err(NotAdmitted::FreeLimit);
            }
        }
        if old.is_some() {
            return Ok(Some((nonce, RemovalReason::Replaced)));
        }
        let Some(queue) = queue.filter(|queue| queue.entries.len() >= self.limits.per_account)
        else {
            return Ok(None);
        };
        // An account at its cap may still fill a gap: its own last transaction makes room.
        match queue.entries.last_key_value() {
            Some((last, _)) if nonce < *last => Ok(Some((*last, RemovalReason::Evicted))),
            _ => Err(NotAdmitted::AccountLimit {
                limit: self.limits.per_account,
            }),
        }
    }

    /// The block at `height` is final: what it holds and what it made impossible goes, and what has expired. Heights may be skipped,
    /// not go back.
    pub fn on_finalized(
        &mut self,
        height: Height,
        block: impl IntoIterator<Item = Included<T::Account>>,
    ) -> Vec<Removal> {
        let mut removed = std::mem::take(&mut self.used_up);
        let (mut hashes, mut accounts) = (Vec::new(), Vec::new());
        for included in block {
            hashes.push(included.hash);
            match included.nonce {
                Some(nonce) => accounts.push((included.account, nonce.saturating_add(1))),
                // One is enough for a while: others of the same sender would be refused.
                None => {
                    for nonce in self.free_of(&included.account) {
                        let entry = self.take(&included.account, nonce);
                        removed.extend(entry.map(|entry| removal(&entry, RemovalReason::Used)));
                    }
                }
            }
        }
        for (account, next) in &accounts {
            removed.extend(self.advance(account, *next));
            self.forget_if_empty(account);
            self.stale.insert(account.clone());
        }
        self.recent.add(height, &hashes, &accounts);
        self.height = self.height.max(height);
        while let Some((expires_at, account, nonce)) = self.by_expiry.first().cloned() {
            if !is_late(expires_at, self.height.next()) {
                break;
            }
            match self.take(&account, nonce) {
                Some(entry) => removed.push(removal(&entry, RemovalReason::Expired)),
                None => {
                    self.by_expiry.pop_first();
                }
            }
        }
        let accounts = &self.accounts;
        self.stale.retain(|account| accounts.contains_key(account));
        removed
    }

    fn free_of(&self, account: &T::Account) -> Vec<u64> {
        let queue = self.accounts.get(account).into_iter();
        queue
            .flat_map(|queue| &queue.entries)
            .filter(|(_, entry)| entry.transaction.facts().is_free)
            .map(|(nonce, _)| *nonce)
            .collect()
    }

    /// Accounts with transactions here that a final block moved on, at most `max`: their balance is to be looked at again, and told
    /// with [`recheck`](Self::recheck). Until then they are named again.
    pub fn to_recheck(&self, max: usize) -> Vec<T::Account> {
        let waiting = self.stale.iter();
        let waiting = waiting.filter(|account| self.accounts.contains_key(account));
        waiting.take(max).cloned().collect()
    }

    /// A balance that certainly pays all of an account's transactions.
    pub fn need_of(&self, account: &T::Account) -> u64 {
        self.accounts.get(account).map_or(0, Queue::need)
    }

    /// Looks at an account's transactions anew: the first that can't be paid goes, with all after it. A look that is older than what
    /// the pool knows changes nothing.
    pub fn recheck(&mut self, account: &T::Account, view: AccountView) -> Vec<Removal> {
        let mut removed = self.advance(account, view.nonce);
        self.forget_if_empty(account);
        let Some(queue) = self.accounts.get(account) else {
            self.stale.remove(account);
            return removed;
        };
        if view.nonce < queue.next {
            return removed;
        }
        self.stale.remove(account);
        for nonce in queue.beyond(view.balance) {
            let entry = self.take(account, nonce);
            removed.extend(entry.map(|entry| removal(&entry, RemovalReason::Invalid)));
        }
        removed
    }

    /// Removes a transaction that was found invalid; those of its account after it are held from now on.
    pub fn remove_invalid(&mut self, hash: &[u8; 32]) -> Option<Removal> {
        let (account, nonce) = self.by_hash.get(hash).cloned()?;
        self.take(&account, nonce)
            .map(|entry| removal(&entry, RemovalReason::Invalid))
    }

    /// Those that can be included, best first, each account's in the order of nonces.
    pub fn in_order(&self) -> InOrder<'_, T> {
        InOrder::new(&self.accounts, &self.heads)
    }

    /// All of them: first those that can be included, in the order of [`in_order`](Self::in_order), then those that are held.
    pub fn all(&self) -> impl Iterator<Item = (Arc<T>, bool)> {
        let held = self.accounts.values().flat_map(|queue| {
            let held = queue.entries.range(queue.next_free()..);
            held.map(|(_, entry)| (Arc::clone(&entry.transaction), true))
        });
        let ready = self.in_order().map(|transaction| (transaction, false));
        ready.chain(held)
    }

    /// The height of the block that held the transaction with this hash, if it is one of the last few.
    pub fn finalized_at(&self, hash: &[u8; 32]) -> Option<Height> {
        self.recent.height_of(hash)
    }

    /// The transaction with this hash, and whether it is held.
    pub fn get(&self, hash: &[u8; 32]) -> Option<(Arc<T>, bool)> {
        let (account, nonce) = self.by_hash.get(hash)?;
        let queue = self.accounts.get(account)?;
        let entry = queue.entries.get(nonce)?;
        Some((Arc::clone(&entry.transaction), *nonce >= queue.next_free()))
    }

    /// The transactions of an account in the order of nonces, and whether each is held.
    pub fn of_account(&self, account: &T::Account) -> Vec<(Arc<T>, bool)> {
        let Some(queue) = self.accounts.get(account) else {
            return Vec::new();
        };
        let free = queue.next_free();
        queue
            .entries
            .iter()
            .map(|(nonce, entry)| (Arc::clone(&entry.transaction), *nonce >= free))
            .collect()
    }

    /// The nonce to use for a new transaction of an account whose next nonce on the chain is `nonce`.
    pub fn next_nonce(&self, account: &T::Account, nonce: u64) -> u64 {
        let nonce = self.recent.next(account, nonce);
        self.accounts.get(account).map_or(nonce, |queue| {
            let mut next = nonce.max(queue.next);
            while queue.entries.contains_key(&next) {
                next = next.saturating_add(1);
            }
            next
        })
    }

    /// The pool in figures.
    pub fn summary(&self) -> Summary {
        let no_room_for_large =
            self.bytes.saturating_add(MAX_TRANSACTION_BYTES) > self.limits.bytes;
        let full = self.by_hash.len() >= self.limits.count || no_room_for_large;
        let all = match self.worst() {
            Some(Tail::Ready(worst, _)) if full => Some(worst),
            _ => None,
        };
        let of = |kind| self.scarce.to_exceed(kind, self.limits.scarce);
        Summary {
            count: self.by_hash.len(),
            held: self.by_hash.len() - self.ready,
            bytes: self.bytes,
            to_exceed: ToExceed {
                all,
                requests: of(Kind::Requests),
                proofs: of(Kind::Proofs),
                resignations: of(Kind::Resignations),
            },
        }
    }

    fn worst(&self) -> Option<Tail> {
        self.tails.first().map(|(tail, _)| *tail)
    }

    /// Its bounds.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Drops what a new next nonce of an account uses up.
    fn advance(&mut self, account: &T::Account, next: u64) -> Vec<Removal> {
        let mut removed = Vec::new();
        let Some(queue) = self.accounts.get(account) else {
            return removed;
        };
        if queue.next >= next {
            return removed;
        }
        let used: Vec<u64> = queue
            .entries
            .range(..next)
            .map(|(nonce, _)| *nonce)
            .collect();
        self.unindex(account);
        if let Some(queue) = self.accounts.get_mut(account) {
            queue.next = next;
            for nonce in used {
                if let Some(entry) = queue.entries.remove(&nonce) {
                    removed.push(removal(&entry, RemovalReason::Used));
                    self.by_hash.remove(&entry.transaction.facts().hash);
                    self.by_expiry.remove(&(
                        entry.transaction.facts().expires_at,
                        account.clone(),
                        nonce,
                    ));
                    self.bytes -= entry.transaction.facts().size;
                    self.free -= usize::from(entry.transaction.facts().is_free);
                }
            }
        }
        self.index(account);
        removed
    }

    fn put(&mut self, account: &T::Account, next: u64, entry: Entry<T>) {
        self.unindex(account);
        let nonce = entry.transaction.facts().nonce;
        self.by_hash
            .insert(entry.transaction.facts().hash, (account.clone(), nonce));
        self.by_expiry
            .insert((entry.transaction.facts().expires_at, account.clone(), nonce));
        self.bytes += entry.transaction.facts().size;
        self.free += usize::from(entry.transaction.facts().is_free);
        self.accounts
            .entry(account.clone())
            .or_insert_with(|| Queue::new(next))
            .entries
            .insert(nonce, entry);
        self.index(account);
    }

    fn take(&mut self, account: &T::Account, nonce: u64) -> Option<Entry<T>> {
        self.unindex(account);
        let entry = self
            .accounts
            .get_mut(account)
            .and_then(|queue| queue.entries.remove(&nonce));
        self.index(account);
        self.forget_if_empty(account);
        let entry = entry?;
        self.by_hash.remove(&entry.transaction.facts().hash);
        self.by_expiry
            .remove(&(entry.transaction.facts().expires_at, account.clone(), nonce));
        self.bytes -= entry.transaction.facts().size;
        self.free -= usize::from(entry.transaction.facts().is_free);
        Some(entry)
    }

    /// Takes an account out of the indices that depend on its whole queue, before the queue changes.
    fn unindex(&mut self, account: &T::Account) {
        let Some(queue) = self.accounts.get(account) else {
            return;
        };
        self.ready -= queue.ready();
        self.scarce.remove(account, queue);
        if let Some(key) = queue.head_key() {
            self.heads.remove(&(key, account.clone()));
        }
        if let Some(key) = queue.tail() {
            self.tails.remove(&(key, account.clone()));
        }
    }

    /// Puts it back after the change.
    fn index(&mut self, account: &T::Account) {
        let Some(queue) = self.accounts.get(account) else {
            return;
        };
        self.ready += queue.ready();
        self.scarce.insert(account, queue);
        if let Some(key) = queue.head_key() {
            self.heads.insert((key, account.clone()));
        }
        if let Some(key) = queue.tail() {
            self.tails.insert((key, account.clone()));
        }
    }

    fn forget_if_empty(&mut self, account: &T::Account) {
        if self
            .accounts
            .get(account)
            .is_some_and(|queue| queue.entries.is_empty())
        {
            self.accounts.remove(account);
        }
    }
}

fn removal<T: Pooled>(entry: &Entry<T>, reason: RemovalReason) -> Removal {
    Removal {
        hash: entry.transaction.facts().hash,
        reason,
    }
}
