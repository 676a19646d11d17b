//! The pool and its indices.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};
use std::sync::Arc;

use crate::queue::{Entry, HeadKey, Queue, TailKey};
use crate::recent::Recent;
use crate::{Pooled, Refusal, Room};

/// How many transactions that don't fit are passed over while candidates are chosen.
const MAX_PASSED_OVER: usize = 256;

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
}

impl Default for Limits {
    /// 20,000 transactions, 16 MiB, 64 an account, 1,024 free ones.
    fn default() -> Self {
        Self {
            count: 20_000,
            bytes: 16 << 20,
            per_account: 64,
            nonce_gap: 64,
            free: 1_024,
        }
    }
}

/// What the chain says about an account at the tip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Its hash.
    pub hash: [u8; 32],
    /// Why.
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
    /// It was found invalid when a block was built.
    Invalid,
}

/// The pool in figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Transactions in the pool.
    pub count: usize,
    /// Of these, held back by a gap.
    pub held: usize,
    /// Their bytes.
    pub bytes: usize,
    /// The fee that a newcomer has to exceed; none while there is room.
    pub fee_to_exceed: Option<u64>,
}

/// A transaction that was taken out, with what is needed to put it back.
struct Gone<T> {
    entry: Entry<T>,
    reason: RemovalReason,
    /// The next nonce of its account.
    next: u64,
}

/// The pool. See the [crate] for its rules.
pub struct Mempool<T: Pooled> {
    limits: Limits,
    accounts: BTreeMap<T::Account, Queue<T>>,
    /// First transaction of every account that has one ready, best first.
    heads: BTreeSet<(HeadKey, T::Account)>,
    /// Last transaction of every account, worst first.
    tails: BTreeSet<(TailKey, T::Account)>,
    by_hash: HashMap<[u8; 32], (T::Account, u64)>,
    by_expiry: BTreeSet<(u64, T::Account, u64)>,
    recent: Recent<T::Account>,
    /// The last finalized height the pool was told of.
    height: u64,
    arrivals: u64,
    ready: usize,
    bytes: usize,
    free: usize,
}

impl<T: Pooled> Mempool<T> {
    /// An empty pool on a chain whose tip is at `height`.
    pub fn new(limits: Limits, height: u64) -> Self {
        Self {
            limits,
            accounts: BTreeMap::new(),
            heads: BTreeSet::new(),
            tails: BTreeSet::new(),
            by_hash: HashMap::new(),
            by_expiry: BTreeSet::new(),
            recent: Recent::default(),
            height,
            arrivals: 0,
            ready: 0,
            bytes: 0,
            free: 0,
        }
    }

    /// Takes a transaction in, if the rules allow it. `view` is its sender's account at the tip, or a few blocks before
    /// it: nonces used up since are known here.
    pub fn insert(&mut self, transaction: T, mut view: AccountView) -> Result<Admitted, Refusal> {
        if self.by_hash.contains_key(&transaction.hash()) {
            return Err(Refusal::AlreadyPending);
        }
        let account = transaction.account();
        view.nonce = self.recent.next(&account, view.nonce);
        let mut removed = self.advance(&account, view.nonce);
        let queue = self.accounts.get(&account);
        let next = queue.map_or(view.nonce, |queue| queue.next);
        let verdict = self.check(&transaction, queue, next, view.balance);
        let victim = match verdict {
            Ok(victim) => victim,
            Err(refusal) => {
                self.forget_if_empty(&account);
                return Err(refusal);
            }
        };

        let (hash, nonce) = (transaction.hash(), transaction.nonce());
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
                removed.extend(gone);
                let held = self
                    .accounts
                    .get(&account)
                    .is_some_and(|queue| nonce >= queue.next_free());
                Ok(Admitted { held, removed })
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// The rules for one transaction, apart from the bounds of the whole pool. Tells which transaction of the account has to go for it.
    fn check(
        &self,
        transaction: &T,
        queue: Option<&Queue<T>>,
        next: u64,
        balance: u64,
    ) -> Result<Option<(u64, RemovalReason)>, Refusal> {
        let nonce = transaction.nonce();
        let next_height = self.height.saturating_add(1);
        if transaction.expires_at() < next_height {
            return Err(Refusal::Expired {
                expires_at: transaction.expires_at(),
                next_height,
            });
        }
        if nonce < next {
            return Err(Refusal::NonceTooLow { next, nonce });
        }
        let limit = next.saturating_add(self.limits.nonce_gap);
        if nonce > limit {
            return Err(Refusal::NonceTooHigh { next, nonce, limit });
        }
        let old = queue
            .and_then(|queue| queue.entries.get(&nonce))
            .map(|entry| &entry.transaction);
        let both_free = transaction.is_free() && old.is_some_and(|old| old.is_free());
        if let Some(old) = old.filter(|_| both_free) {
            // A newer sign of life takes the place of an older one.
            if transaction.expires_at() <= old.expires_at() {
                return Err(Refusal::AlreadyPending);
            }
        } else if let Some(old) = old {
            let required = old.fee().saturating_add(old.fee().div_ceil(10).max(1));
            if transaction.fee() < required {
                return Err(Refusal::ReplacementFeeTooLow {
                    fee: transaction.fee(),
                    required,
                });
            }
        }
        let fees = queue.map_or(0, Queue::fees) - old.map_or(0, |old| old.fee());
        let required = fees.saturating_add(transaction.fee());
        if required > balance {
            return Err(Refusal::CannotPayFee { required, balance });
        }
        if transaction.is_free() && !both_free {
            let own = queue.is_some_and(|queue| {
                queue
                    .entries
                    .values()
                    .any(|entry| entry.transaction.is_free())
            });
            if own || self.free >= self.limits.free {
                return Err(Refusal::FreeLimit);
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
            _ => Err(Refusal::AccountLimit {
                limit: self.limits.per_account,
            }),
        }
    }

    /// Evicts the worst until the pool is within its bounds. If `newcomer` turns out to be the worst, everything is put back.
    fn make_room(
        &mut self,
        newcomer: [u8; 32],
        before: Vec<Gone<T>>,
    ) -> Result<Vec<Removal>, Refusal> {
        let mut gone = before;
        while self.by_hash.len() > self.limits.count || self.bytes > self.limits.bytes {
            let Some((_, account)) = self.tails.first().cloned() else {
                break;
            };
            let Some(queue) = self.accounts.get(&account) else {
                break;
            };
            let next = queue.next;
            let Some(last) = queue.entries.last_key_value().map(|(nonce, _)| *nonce) else {
                break;
            };
            let Some(entry) = self.take(&account, last) else {
                break;
            };
            if entry.transaction.hash() != newcomer {
                gone.push(Gone {
                    entry,
                    reason: RemovalReason::Evicted,
                    next,
                });
                continue;
            }
            for old in gone {
                self.put(&old.entry.transaction.account(), old.next, old.entry);
            }
            let worst = self.tails.first().map_or(0, |((_, rank, _), _)| *rank);
            return Err(Refusal::PoolFull {
                fee: entry.transaction.fee(),
                worst,
            });
        }
        Ok(gone
            .iter()
            .map(|gone| removal(&gone.entry, gone.reason))
            .collect())
    }

    /// A block is final: it has the transactions with the hashes `included`, the nonces of `accounts` moved on, and transactions may
    /// have expired. Heights may be skipped, not go back.
    pub fn on_finalized<'a>(
        &mut self,
        height: u64,
        included: impl IntoIterator<Item = &'a [u8; 32]>,
        accounts: impl IntoIterator<Item = (T::Account, u64)>,
    ) -> Vec<Removal> {
        let mut removed = Vec::new();
        for hash in included {
            // Free ones don't use a nonce up; the others go with their account's nonces below.
            if let Some((account, nonce)) = self.by_hash.get(hash).cloned()
                && self
                    .get(hash)
                    .is_some_and(|(transaction, _)| transaction.is_free())
                && let Some(entry) = self.take(&account, nonce)
            {
                removed.push(removal(&entry, RemovalReason::Used));
            }
        }
        let accounts: Vec<(T::Account, u64)> = accounts.into_iter().collect();
        for (account, next) in &accounts {
            removed.extend(self.advance(account, *next));
            self.forget_if_empty(account);
        }
        self.recent.add(height, &accounts);
        self.height = self.height.max(height);
        while let Some((expires_at, account, nonce)) = self.by_expiry.first().cloned() {
            if expires_at > self.height {
                break;
            }
            match self.take(&account, nonce) {
                Some(entry) => removed.push(removal(&entry, RemovalReason::Expired)),
                None => {
                    self.by_expiry.pop_first();
                }
            }
        }
        removed
    }

    /// Removes a transaction that was found invalid; those of its account after it are held from now on.
    pub fn remove_invalid(&mut self, hash: &[u8; 32]) -> Option<Removal> {
        let (account, nonce) = self.by_hash.get(hash).cloned()?;
        self.take(&account, nonce)
            .map(|entry| removal(&entry, RemovalReason::Invalid))
    }

    /// What a block should include, in order: best first, each account's in the order of nonces, as there is room.
    pub fn candidates(&self, mut room: Room) -> Vec<Arc<T>> {
        let mut chosen = Vec::new();
        let mut passed_over = 0;
        let mut heads = self.heads.iter().peekable();
        // The transactions that follow one that is chosen, best first.
        let mut followers: BinaryHeap<Reverse<(HeadKey, &T::Account, u64)>> = BinaryHeap::new();
        while chosen.len() < room.count && passed_over < MAX_PASSED_OVER {
            let follower = followers.peek().map(|Reverse((key, _, _))| key);
            let use_head = match (heads.peek(), follower) {
                (None, None) => break,
                (Some((head, _)), Some(follower)) => head <= follower,
                (head, _) => head.is_some(),
            };
            let (account, nonce) = if use_head {
                let Some((_, account)) = heads.next() else {
                    break;
                };
                let Some(queue) = self.accounts.get(account) else {
                    continue;
                };
                (account, queue.next)
            } else {
                let Some(Reverse((_, account, nonce))) = followers.pop() else {
                    break;
                };
                (account, nonce)
            };
            let Some(queue) = self.accounts.get(account) else {
                continue;
            };
            let Some(entry) = queue.entries.get(&nonce) else {
                continue;
            };
            let Some(scarce) = room.scarce.less(entry.transaction.scarce()) else {
                continue;
            };
            let Some(bytes) = room.bytes.checked_sub(entry.transaction.size()) else {
                passed_over += 1;
                continue;
            };
            (room.bytes, room.scarce) = (bytes, scarce);
            chosen.push(Arc::clone(&entry.transaction));
            let follower = nonce
                .checked_add(1)
                .and_then(|nonce| Some((nonce, queue.entries.get(&nonce)?)));
            if let Some((nonce, entry)) = follower {
                followers.push(Reverse((
                    (Reverse(entry.rank()), entry.arrival),
                    account,
                    nonce,
                )));
            }
        }
        chosen
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
        let full = self.by_hash.len() >= self.limits.count;
        let fee_to_exceed = if full {
            self.tails.first().map(|((_, rank, _), _)| *rank)
        } else {
            None
        };
        Summary {
            count: self.by_hash.len(),
            held: self.by_hash.len() - self.ready,
            bytes: self.bytes,
            fee_to_exceed,
        }
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
                    self.by_hash.remove(&entry.transaction.hash());
                    self.by_expiry.remove(&(
                        entry.transaction.expires_at(),
                        account.clone(),
                        nonce,
                    ));
                    self.bytes -= entry.transaction.size();
                    self.free -= usize::from(entry.transaction.is_free());
                }
            }
        }
        self.index(account);
        removed
    }

    fn put(&mut self, account: &T::Account, next: u64, entry: Entry<T>) {
        self.unindex(account);
        let nonce = entry.transaction.nonce();
        self.by_hash
            .insert(entry.transaction.hash(), (account.clone(), nonce));
        self.by_expiry
            .insert((entry.transaction.expires_at(), account.clone(), nonce));
        self.bytes += entry.transaction.size();
        self.free += usize::from(entry.transaction.is_free());
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
        self.by_hash.remove(&entry.transaction.hash());
        self.by_expiry
            .remove(&(entry.transaction.expires_at(), account.clone(), nonce));
        self.bytes -= entry.transaction.size();
        self.free -= usize::from(entry.transaction.is_free());
        Some(entry)
    }

    /// Takes an account out of the indices that depend on its whole queue, before the queue changes.
    fn unindex(&mut self, account: &T::Account) {
        let Some(queue) = self.accounts.get(account) else {
            return;
        };
        self.ready -= queue.ready();
        if let Some(key) = queue.head_key() {
            self.heads.remove(&(key, account.clone()));
        }
        if let Some(key) = queue.tail_key() {
            self.tails.remove(&(key, account.clone()));
        }
    }

    /// Puts it back after the change.
    fn index(&mut self, account: &T::Account) {
        let Some(queue) = self.accounts.get(account) else {
            return;
        };
        self.ready += queue.ready();
        if let Some(key) = queue.head_key() {
            self.heads.insert((key, account.clone()));
        }
        if let Some(key) = queue.tail_key() {
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
        hash: entry.transaction.hash(),
        reason,
    }
}
