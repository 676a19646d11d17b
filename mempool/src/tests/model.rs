//! The pool against a plain list from which everything is recomputed by its definition.

use proptest::prelude::*;

use super::{Fake, hash, room};
use crate::{AccountView, Limits, Mempool, Pooled, Refusal, Room, Scarce};

const LIMITS: Limits = Limits {
    count: 8,
    bytes: 1_500,
    per_account: 4,
    nonce_gap: 5,
    free: 2,
};

#[derive(Clone)]
struct Model {
    /// In the order of arrival.
    list: Vec<Fake>,
    nonces: [u64; 5],
    height: u64,
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
            let rank = self
                .of(tail.account)
                .iter()
                .map(|fake| Self::rank(fake))
                .min();
            let arrival = self.list.iter().position(|fake| fake == *tail);
            (self.is_ready(tail), rank, std::cmp::Reverse(arrival))
        })
    }

    fn insert(&mut self, fake: &Fake, balance: u64) -> Result<(), Refusal> {
        let own: Vec<Fake> = self.of(fake.account).into_iter().cloned().collect();
        let next = self.nonces[usize::from(fake.account)];
        if self.list.iter().any(|other| other.id == fake.id) {
            return Err(Refusal::AlreadyPending);
        }
        if fake.expires_at <= self.height {
            return Err(Refusal::Expired {
                expires_at: fake.expires_at,
                next_height: self.height + 1,
            });
        }
        if fake.nonce < next {
            return Err(Refusal::NonceTooLow {
                next,
                nonce: fake.nonce,
            });
        }
        if fake.nonce > next + LIMITS.nonce_gap {
            return Err(Refusal::NonceTooHigh {
                next,
                nonce: fake.nonce,
                limit: next + LIMITS.nonce_gap,
            });
        }
        let old = own.iter().find(|other| other.nonce == fake.nonce);
        let both_free = fake.free && old.is_some_and(|old| old.free);
        if let Some(old) = old.filter(|_| both_free) {
            if fake.expires_at <= old.expires_at {
                return Err(Refusal::AlreadyPending);
            }
        } else if let Some(old) = old {
            let required = old.fee + old.fee.div_ceil(10).max(1);
            if fake.fee < required {
                return Err(Refusal::ReplacementFeeTooLow {
                    fee: fake.fee,
                    required,
                });
            }
        }
        let required = own.iter().map(|other| other.fee).sum::<u64>()
            - old.map_or(0, |old| old.fee)
            + fake.fee;
        if required > balance {
            return Err(Refusal::CannotPayFee { required, balance });
        }
        let free = self.list.iter().filter(|other| other.free).count();
        if fake.free && !both_free && (own.iter().any(|other| other.free) || free >= LIMITS.free) {
            return Err(Refusal::FreeLimit);
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
                    return Err(Refusal::AccountLimit {
                        limit: LIMITS.per_account,
                    });
                }
            }
        }
        self.list.push(fake.clone());
        while self.list.len() > LIMITS.count || self.bytes() > LIMITS.bytes {
            let worst = self.worst().map(|worst| worst.id).unwrap();
            if worst == fake.id {
                self.list = saved;
                let worst = self.worst().map(|tail| {
                    self.of(tail.account)
                        .iter()
                        .map(|fake| Self::rank(fake))
                        .min()
                });
                return Err(Refusal::PoolFull {
                    fee: fake.fee,
                    worst: worst.flatten().unwrap_or(0),
                });
            }
            self.list.retain(|other| other.id != worst);
        }
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.list.iter().map(|fake| fake.size).sum()
    }

    fn candidates(&self, limit_bytes: usize, limit_count: usize, requests: usize) -> Vec<u64> {
        let (mut chosen, mut passed): (Vec<&Fake>, Vec<u8>) = (Vec::new(), Vec::new());
        let mut next = self.nonces;
        while chosen.len() < limit_count {
            let heads = self.list.iter().enumerate().filter(|(_, fake)| {
                fake.nonce == next[usize::from(fake.account)] && !passed.contains(&fake.account)
            });
            let best =
                heads.min_by_key(|(arrival, fake)| (std::cmp::Reverse(Self::rank(fake)), *arrival));
            let Some((_, best)) = best else { break };
            let full = chosen.iter().map(|fake| fake.size).sum::<usize>() + best.size > limit_bytes
                || best.request && chosen.iter().filter(|fake| fake.request).count() == requests;
            if full {
                passed.push(best.account);
                continue;
            }
            next[usize::from(best.account)] += 1;
            chosen.push(best);
        }
        chosen.iter().map(|fake| fake.id).collect()
    }

    fn finalized(&mut self, height: u64, account: u8, used: u64) {
        self.nonces[usize::from(account)] += used;
        self.height = self.height.max(height);
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
        0..12u64,
        50..600usize,
        prop::bool::weighted(0.1),
        any::<bool>(),
        20..120u64,
    )
        .prop_map(
            |(account, ahead, fee, lifetime, size, free, request, balance)| {
                let fee = if free { 0 } else { fee };
                Step::Insert {
                    account,
                    ahead,
                    fee,
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
        2 => (0..2u64, 0..5u8, 0..3u64).prop_map(|(blocks, account, used)| Step::Finalize { blocks, account, used }),
        1 => (0..20usize).prop_map(|which| Step::Invalid { which }),
        2 => (0..1_600usize, 0..10usize, 0..4usize).prop_map(|(bytes, count, requests)| Step::Candidates { bytes, count, requests }),
    ];
    prop::collection::vec(step, 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_the_model(steps in steps()) {
        let mut pool = Mempool::new(LIMITS, 0);
        let mut model = Model { list: Vec::new(), nonces: [0; 5], height: 0 };
        let mut all: Vec<(Fake, u64)> = Vec::new();
        for step in steps {
            match step {
                Step::Insert { account, ahead, fee, lifetime, size, free, request, balance } => {
                    let nonce = (model.nonces[usize::from(account)] + ahead).saturating_sub(1);
                    let expires_at = model.height + lifetime;
                    let fake = Fake { id: all.len() as u64, account, nonce, fee, expires_at, size, free, request };
                    all.push((fake.clone(), balance));
                    let view = AccountView { nonce: model.nonces[usize::from(account)], balance };
                    prop_assert_eq!(pool.insert(fake.clone(), view).map(|_| ()), model.insert(&fake, balance));
                }
                Step::Again { which } => {
                    let Some((fake, balance)) = all.get(which).cloned() else { continue };
                    let view = AccountView { nonce: model.nonces[usize::from(fake.account)], balance };
                    prop_assert_eq!(pool.insert(fake.clone(), view).map(|_| ()), model.insert(&fake, balance));
                }
                Step::Finalize { blocks, account, used } => {
                    let height = model.height + blocks;
                    model.finalized(height, account, used);
                    pool.on_finalized(height, [], [(account, model.nonces[usize::from(account)])]);
                }
                Step::Invalid { which } => {
                    let known = pool.remove_invalid(&hash(which as u64)).is_some();
                    prop_assert_eq!(known, model.list.iter().any(|fake| fake.id == which as u64));
                    model.list.retain(|fake| fake.id != which as u64);
                }
                Step::Candidates { bytes, count, requests } => {
                    let limits = Room { scarce: Scarce { requests, proofs: 0 }, ..room(bytes, count) };
                    let chosen: Vec<u64> = pool.candidates(limits).iter().map(|fake| fake.id).collect();
                    prop_assert_eq!(chosen, model.candidates(bytes, count, requests));
                }
            }
            let summary = pool.summary();
            let held = model.list.iter().filter(|fake| !model.is_ready(fake)).count();
            prop_assert_eq!((summary.count, summary.held, summary.bytes), (model.list.len(), held, model.bytes()));
            for fake in &model.list {
                prop_assert_eq!(pool.get(&fake.hash()).map(|(_, held)| held), Some(!model.is_ready(fake)));
            }
            for account in 0..5 {
                let own: Vec<u64> = pool.of_account(&account).iter().map(|(fake, _)| fake.id).collect();
                prop_assert_eq!(own, model.of(account).iter().map(|fake| fake.id).collect::<Vec<_>>());
            }
        }
    }
}
