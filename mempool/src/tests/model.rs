//! The pool against a plain list from which everything is recomputed by its definition.

use etm_types::Height;
use proptest::prelude::*;

use super::{Fake, foreign, hash, included};
use crate::{AccountView, Included, Limits, Mempool, NotAdmitted, Pooled, Room, Scarce, Selection};

const LIMITS: Limits = Limits {
    count: 8,
    bytes: 1_500,
    per_account: 4,
    nonce_gap: 5,
    free: 1,
    scarce: Scarce {
        requests: 3,
        proofs: 9,
        resignations: 9,
    },
};

#[derive(Clone)]
struct Model {
    /// In the order of arrival.
    list: Vec<Fake>,
    nonces: [u64; 5],
    height: Height,
    /// The transactions of each block so far.
    blocks: Vec<(u64, Vec<[u8; 32]>)>,
    /// Accounts that blocks moved on and nobody looked at since.
    stale: std::collections::BTreeSet<u8>,
}

impl Model {
    fn of(&self, account: u8) -> Vec<&Fake> {
        let mut own: Vec<&Fake> = self
            .list
            .iter()
            .filter(|fake| fake.account == account)
            .collect();
        own.sort_by_key(|fake| fake.nonce);
        own
    }

    fn is_ready(&self, fake: &Fake) -> bool {
        (self.nonces[usize::from(fake.account)]..fake.nonce).all(|nonce| {
            self.of(fake.account)
                .iter()
                .any(|other| other.nonce == nonce)
        })
    }

    fn rank(fake: &Fake) -> u64 {
        if fake.free { u64::MAX } else { fake.fee }
    }

    fn worst(&self) -> Option<&Fake> {
        let tails = (0..5).filter_map(|account| self.of(account).last().copied());
        tails.min_by_key(|tail| {
            let arrival = self.list.iter().position(|fake| fake == *tail);
            let place = arrival.unwrap() as i64;
            let (held, least) = (self.held(tail.account) as i64, self.least(tail.account));
            match held {
                0 => (true, 0, least, -place),
                held => (false, -held, None, place),
            }
        })
    }

    /// The least that one of an account offers up to a nonce.
    fn least_up_to(&self, fake: &Fake) -> u64 {
        let before = self.of(fake.account).into_iter();
        let before = before.filter(|other| other.nonce <= fake.nonce);
        before.map(Self::rank).min().unwrap()
    }

    /// Whether one is a request, or comes after one of its account.
    fn is_behind_request(&self, fake: &Fake) -> bool {
        let mut own = self.of(fake.account).into_iter();
        own.any(|other| other.request && !other.free && other.nonce <= fake.nonce)
    }

    /// Of the requests that can be included and of what waits behind them the one to go, if they are `more` than so many.
    fn worst_request(&self, more: usize) -> Option<&Fake> {
        let requests = self.list.iter().enumerate();
        let requests = requests
            .filter(|(_, fake)| !fake.free && self.is_ready(fake) && self.is_behind_request(fake));
        if requests.clone().count() <= more {
            return None;
        }
        requests
            .min_by_key(|(arrival, fake)| (self.least_up_to(fake), std::cmp::Reverse(*arrival)))
            .map(|(_, fake)| fake)
    }

    /// How many of an account wait for others.
    fn held(&self, account: u8) -> usize {
        let all = self.of(account);
        all.iter().filter(|fake| !self.is_ready(fake)).count()
    }

    /// The least that one of an account offers.
    fn least(&self, account: u8) -> Option<u64> {
        self.of(account).iter().map(|fake| Self::rank(fake)).min()
    }

    fn insert(&mut self, fake: &Fake, balance: u64) -> Result<(), NotAdmitted> {
        let own: Vec<Fake> = self.of(fake.account).into_iter().cloned().collect();
        let next = self.nonces[usize::from(fake.account)];
        if self.list.iter().any(|other| other.id == fake.id) {
            return Err(NotAdmitted::AlreadyPending);
        }
        let last = self.blocks.iter().rev().take(8);
        let held = |(_, hashes): &&(u64, Vec<[u8; 32]>)| hashes.contains(&hash(fake.id));
        if let Some((height, _)) = last.clone().find(held) {
            return Err(NotAdmitted::AlreadyFinal {
                height: Height(*height),
            });
        }
        if fake.expires_at <= self.height {
            return Err(NotAdmitted::Expired {
                expires_at: fake.expires_at,
                next_height: self.height.next(),
            });
        }
        if fake.nonce < next {
            return Err(NotAdmitted::NonceTooLow {
                next,
                nonce: fake.nonce,
            });
        }
        if fake.nonce > next + LIMITS.nonce_gap {
            return Err(NotAdmitted::NonceTooHigh {
                next,
                nonce: fake.nonce,
                limit: next + LIMITS.nonce_gap,
            });
        }
        let old = own.iter().find(|other| other.nonce == fake.nonce);
        let both_free = fake.free && old.is_some_and(|old| old.free);
        if let Some(old) = old.filter(|_| both_free) {
            if fake.expires_at <= old.expires_at {
                return Err(NotAdmitted::AlreadyPending);
            }
        } else if let Some(old) = old {
            let required = old.fee + old.fee.div_ceil(10).max(1);
            if fake.fee < required {
                return Err(NotAdmitted::ReplacementFeeTooLow {
                    fee: fake.fee,
                    required,
                });
            }
        }
        let mut all: Vec<&Fake> = own
            .iter()
            .filter(|other| other.nonce != fake.nonce)
            .chain([fake])
            .collect();
        all.sort_by_key(|other| other.nonce);
        let needs = |index: usize| {
            let before: u64 = all[..index].iter().map(|one| one.fee + one.spends).sum();
            before + all[index].fee
        };
        let required = (0..all.len()).map(needs).max().unwrap();
        if required > balance {
            return Err(NotAdmitted::CannotPayFee { required, balance });
        }
        let free = self.list.iter().filter(|other| other.free).count();
        if fake.free && !both_free && (own.iter().any(|other| other.free) || free >= LIMITS.free) {
            return Err(NotAdmitted::FreeLimit);
        }
        let saved = self.list.clone();
        if let Some(old) = old {
            self.list.retain(|other| other.id != old.id);
        } else if own.len() >= LIMITS.per_account {
            match own.last() {
                Some(last) if fake.nonce < last.nonce => {
                    self.list.retain(|other| other.id != last.id)
                }
                _ => {
                    return Err(NotAdmitted::AccountLimit {
                        limit: LIMITS.per_account,
                    });
                }
            }
        }
        self.list.push(fake.clone());
        loop {
            if let Some(worst) = self.worst_request(LIMITS.scarce.requests) {
                if worst.id == fake.id {
                    self.list = saved;
                    let worst = self.worst_request(0).map(|worst| self.least_up_to(worst));
                    return Err(NotAdmitted::ScarceFull {
                        fee: fake.fee,
                        worst: worst.unwrap_or(fake.fee),
                    });
                }
                let worst = worst.id;
                self.list.retain(|other| other.id != worst);
                continue;
            }
            if self.list.len() <= LIMITS.count && self.bytes() <= LIMITS.bytes {
                break;
            }
            let worst = self.worst().map(|worst| worst.id).unwrap();
            if worst == fake.id {
                let held = self.held(fake.account);
                self.list = saved;
                if held > 0 {
                    return Err(NotAdmitted::PoolFullForHeld { held });
                }
                let worst = self.worst().map(|tail| tail.account);
                let worst = worst
                    .filter(|account| self.held(*account) == 0)
                    .and_then(|account| self.least(account));
                return Err(NotAdmitted::PoolFull {
                    fee: fake.fee,
                    worst: worst.unwrap_or(fake.fee),
                });
            }
            self.list.retain(|other| other.id != worst);
        }
        self.stale.remove(&fake.account);
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.list.iter().map(|fake| fake.size).sum()
    }

    /// Looks at an account again.
    fn recheck(&mut self, account: u8, nonce: u64, balance: u64) {
        if nonce < self.nonces[usize::from(account)] && !self.of(account).is_empty() {
            return;
        }
        self.stale.remove(&account);
        let own: Vec<Fake> = self.of(account).into_iter().cloned().collect();
        let mut before = 0;
        for one in own {
            before += one.fee;
            if before > balance {
                self.list
                    .retain(|fake| fake.account != account || fake.nonce < one.nonce);
                return;
            }
            before += one.spends;
        }
    }

    fn candidates(&self, limit_bytes: usize, limit_count: usize, requests: usize) -> Vec<u64> {
        let (mut chosen, mut passed): (Vec<&Fake>, Vec<u8>) = (Vec::new(), Vec::new());
        let mut next = self.nonces;
        loop {
            let heads = self.list.iter().enumerate().filter(|(_, fake)| {
                fake.nonce == next[usize::from(fake.account)] && !passed.contains(&fake.account)
            });
            let best =
                heads.min_by_key(|(arrival, fake)| (std::cmp::Reverse(Self::rank(fake)), *arrival));
            let Some((_, best)) = best else { break };
            // Free ones use up no place, and nothing that is scarce.
            let paying = chosen.iter().filter(|fake| !fake.free);
            let full = chosen.iter().map(|fake| fake.size).sum::<usize>() + best.size > limit_bytes
                || !best.free && paying.clone().count() == limit_count
                || !best.free
                    && best.request
                    && paying.filter(|fake| fake.request).count() == requests;
            if full {
                passed.push(best.account);
                continue;
            }
            next[usize::from(best.account)] += 1;
            chosen.push(best);
        }
        chosen.iter().map(|fake| fake.id).collect()
    }

    fn finalized(&mut self, height: Height, block: &[Included<u8>]) {
        self.height = self.height.max(height);
        let hashes = block.iter().map(|included| included.hash).collect();
        self.blocks.push((height.0, hashes));
        for one in block {
            let nonce = &mut self.nonces[usize::from(one.account)];
            match one.nonce {
                Some(used) => *nonce = (*nonce).max(used + 1),
                None => self
                    .list
                    .retain(|fake| fake.account != one.account || !fake.free),
            }
            if one.nonce.is_some() {
                self.stale.insert(one.account);
            }
        }
        let (nonces, height) = (self.nonces, self.height);
        self.list.retain(|fake| {
            fake.nonce >= nonces[usize::from(fake.account)] && fake.expires_at > height
        });
    }
}

#[derive(Clone, Debug)]
enum Step {
    Insert {
        account: u8,
        ahead: u64,
        fee: u64,
        spends: u64,
        lifetime: u64,
        size: usize,
        free: bool,
        request: bool,
        balance: u64,
    },
    Again {
        which: usize,
    },
    Finalize {
        blocks: u64,
        account: u8,
        used: u64,
        /// Whether the transactions used are those of the pool, where it has them.
        own: bool,
    },
    Recheck {
        account: u8,
        behind: u64,
        balance: u64,
    },
    Invalid {
        which: usize,
    },
    Candidates {
        bytes: usize,
        count: usize,
        requests: usize,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let insert = (
        0..5u8,
        0..7u64,
        0..30u64,
        0..20u64,
        0..12u64,
        50..600usize,
        any::<bool>(),
        20..120u64,
    )
        .prop_map(
            |(account, ahead, fee, spends, lifetime, size, request, balance)| {
                // Who sends free ones sends nothing else.
                let free = account >= 3;
                let fee = if free { 0 } else { fee };
                Step::Insert {
                    account,
                    ahead,
                    fee,
                    spends,
                    lifetime,
                    size,
                    free,
                    request,
                    balance,
                }
            },
        );
    let step = prop_oneof![
        12 => insert,
        1 => (0..20usize).prop_map(|which| Step::Again { which }),
        2 => (0..2u64, 0..5u8, 0..3u64, any::<bool>())
            .prop_map(|(blocks, account, used, own)| Step::Finalize { blocks, account, used, own }),
        2 => (0..5u8, 0..2u64, 0..120u64).prop_map(|(account, behind, balance)| Step::Recheck { account, behind, balance }),
        1 => (0..20usize).prop_map(|which| Step::Invalid { which }),
        2 => (0..1_600usize, 0..10usize, 0..4usize).prop_map(|(bytes, count, requests)| Step::Candidates { bytes, count, requests }),
    ];
    prop::collection::vec(step, 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_the_model(steps in steps()) {
        let mut pool = Mempool::new(LIMITS, Height(0));
        let mut model = Model {
            list: Vec::new(),
            nonces: [0; 5],
            height: Height(0),
            blocks: Vec::new(),
            stale: Default::default(),
        };
        let mut all: Vec<(Fake, u64)> = Vec::new();
        for step in steps {
            match step {
                Step::Insert { account, ahead, fee, spends, lifetime, size, free, request, balance } => {
                    let nonce = (model.nonces[usize::from(account)] + ahead).saturating_sub(1);
                    let expires_at = model.height.saturating_add(lifetime);
                    let fake = Fake { id: all.len() as u64, account, nonce, fee, spends, expires_at, size, free, request };
                    all.push((fake.clone(), balance));
                    let view = AccountView { nonce: model.nonces[usize::from(account)], balance };
                    prop_assert_eq!(pool.insert(fake.clone(), view).map(|_| ()), model.insert(&fake, balance));
                }
                Step::Again { which } => {
                    let Some((fake, balance)) = all.get(which).cloned() else { continue };
                    let view = AccountView { nonce: model.nonces[usize::from(fake.account)], balance };
                    prop_assert_eq!(pool.insert(fake.clone(), view).map(|_| ()), model.insert(&fake, balance));
                }
                Step::Finalize { blocks, account, used, own } => {
                    let height = model.height.saturating_add(blocks);
                    let next = model.nonces[usize::from(account)];
                    let block: Vec<Included<u8>> = (next..next + used)
                        .map(|nonce| {
                            let entry = model.of(account).into_iter().find(|fake| fake.nonce == nonce && !fake.free);
                            entry.filter(|_| own).map_or_else(|| foreign(account, nonce), included)
                        })
                        .chain(model.list.iter().filter(|fake| own && fake.free && used == 0).map(included))
                        .collect();
                    model.finalized(height, &block);
                    pool.on_finalized(height, block);
                }
                Step::Recheck { account, behind, balance } => {
                    let nonce = model.nonces[usize::from(account)].saturating_sub(behind);
                    pool.recheck(&account, AccountView { nonce, balance });
                    model.recheck(account, nonce, balance);
                }
                Step::Invalid { which } => {
                    let known = pool.remove_invalid(&hash(which as u64)).is_some();
                    prop_assert_eq!(known, model.list.iter().any(|fake| fake.id == which as u64));
                    model.list.retain(|fake| fake.id != which as u64);
                }
                Step::Candidates { bytes, count, requests } => {
                    let scarce = Scarce { requests, proofs: 0, resignations: 0 };
                    let mut selection = Selection::new(model.height.next(), Room { count, bytes, scarce });
                    let mut chosen = Vec::new();
                    for fake in pool.in_order() {
                        if selection.needs(&fake.facts()) {
                            let nonce = model.nonces[usize::from(fake.account)];
                            selection.look(fake.account, Some(AccountView { nonce, balance: u64::MAX }));
                        }
                        if selection.offer(&fake.facts()) {
                            chosen.push(fake.id);
                        }
                    }
                    prop_assert_eq!(chosen, model.candidates(bytes, count, requests));
                }
            }
            model.stale.retain(|account| model.list.iter().any(|fake| fake.account == *account));
            prop_assert_eq!(pool.to_recheck(9), model.stale.iter().copied().collect::<Vec<_>>());
            let summary = pool.summary();
            let held = model.list.iter().filter(|fake| !model.is_ready(fake)).count();
            prop_assert_eq!((summary.count, summary.held, summary.bytes), (model.list.len(), held, model.bytes()));
            for fake in &model.list {
                prop_assert_eq!(pool.get(&hash(fake.id)).map(|(_, held)| held), Some(!model.is_ready(fake)));
            }
            for account in 0..5 {
                let own: Vec<u64> = pool.of_account(&account).iter().map(|(fake, _)| fake.id).collect();
                prop_assert_eq!(own, model.of(account).iter().map(|fake| fake.id).collect::<Vec<_>>());
            }
        }
    }
}
