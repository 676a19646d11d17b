//! What an account can pay, while its balance and its transactions change.

use super::rules::{LIMITS, RICH, fake, ids};
use super::{Fake, foreign, hash, included};
use crate::{AccountView, Included, Limits, Mempool, NotAdmitted, Pooled as _, RemovalReason};
use etm_types::Height;
use proptest::prelude::*;

fn spending(id: u64, nonce: u64, fee: u64, spends: u64) -> Fake {
    Fake {
        spends,
        ..fake(id, 1, nonce, fee)
    }
}

fn has(nonce: u64, balance: u64) -> AccountView {
    AccountView { nonce, balance }
}

#[test]
fn amounts_count_beside_fees() {
    let mut pool = Mempool::new(LIMITS, Height(0));
    pool.insert(spending(1, 0, 2, 7), has(0, 10)).unwrap();
    // 2 + 7 leave 1: enough for this fee, whatever it moves; a refused amount takes nothing.
    pool.insert(spending(2, 1, 1, 1_000), has(0, 10)).unwrap();
    let refused = |required| {
        Err(NotAdmitted::CannotPayFee {
            required,
            balance: 10,
        })
    };
    assert_eq!(
        pool.insert(spending(3, 2, 1, 0), has(0, 10)),
        refused(1_011)
    );
    // To replace the first by a dearer one would leave nothing for the second.
    assert_eq!(pool.insert(spending(4, 0, 3, 7), has(0, 10)), refused(11));
    pool.insert(spending(5, 0, 3, 6), has(0, 10)).unwrap();
    assert_eq!(ids(&pool), [5, 2]);
}

#[test]
fn what_fills_a_gap_must_leave_enough_for_those_behind_it() {
    let mut pool = Mempool::new(LIMITS, Height(0));
    pool.insert(spending(1, 1, 4, 0), has(0, 10)).unwrap();
    let refused = Err(NotAdmitted::CannotPayFee {
        required: 11,
        balance: 10,
    });
    assert_eq!(pool.insert(spending(2, 0, 1, 6), has(0, 10)), refused);
    pool.insert(spending(3, 0, 1, 5), has(0, 10)).unwrap();
    assert_eq!(ids(&pool), [3, 1]);
}

#[test]
fn what_can_be_refused_at_a_glance_is() {
    let mut pool = Mempool::new(LIMITS, Height(3));
    assert_eq!(
        pool.glance(
            &Fake {
                expires_at: Height(3),
                ..fake(9, 9, 0, 5)
            }
            .facts()
        ),
        Err(NotAdmitted::Expired {
            expires_at: Height(3),
            next_height: Height(4)
        })
    );
    for account in 1..=4 {
        assert_eq!(
            pool.glance(&fake(account, account as u8, 0, 5).facts()),
            Ok(())
        );
        pool.insert(fake(account, account as u8, 0, 5), RICH)
            .unwrap();
    }
    assert_eq!(
        pool.glance(&fake(1, 1, 0, 5).facts()),
        Err(NotAdmitted::AlreadyPending)
    );
    let full = |fee| Err(NotAdmitted::PoolFull { fee, worst: 5 });
    assert_eq!(pool.glance(&fake(9, 9, 0, 5).facts()), full(5));
    assert_eq!(pool.glance(&fake(9, 9, 0, 6).facts()), Ok(()));
    assert_eq!(
        pool.glance(&fake(9, 1, 0, 5).facts()),
        Ok(()),
        "a replacement may come"
    );
    pool.on_finalized(Height(4), [included(&fake(1, 1, 0, 5))]);
    assert_eq!(
        pool.glance(&fake(1, 1, 0, 5).facts()),
        Err(NotAdmitted::AlreadyFinal { height: Height(4) })
    );
    assert_eq!(
        pool.glance(&fake(9, 1, 0, 9).facts()),
        Err(NotAdmitted::NonceTooLow { next: 1, nonce: 0 })
    );
    assert_eq!(
        pool.would_take(&fake(9, 1, 1, 9).facts(), has(0, 9)),
        Ok(())
    );
    assert_eq!(
        pool.would_take(&fake(9, 1, 1, 9).facts(), has(0, 8)),
        Err(NotAdmitted::CannotPayFee {
            required: 9,
            balance: 8
        })
    );
}

#[test]
fn an_account_that_a_block_moved_on_is_looked_at_again() {
    let mut pool = Mempool::new(LIMITS, Height(0));
    for nonce in 0..3 {
        pool.insert(spending(nonce, nonce, 2, 1), has(0, 9))
            .unwrap();
    }
    pool.insert(fake(7, 2, 0, 5), RICH).unwrap();
    assert_eq!(pool.to_recheck(9), [] as [u8; 0]);
    // Another transaction of the account, which this pool never saw, moved all but 3 away.
    pool.on_finalized(Height(1), [foreign(1, 0)]);
    assert_eq!(pool.to_recheck(9), [1]);
    assert_eq!(
        pool.recheck(&1, has(0, 0)),
        [],
        "an older look says nothing"
    );
    assert_eq!(pool.to_recheck(9), [1]);
    let removed = pool.recheck(&1, has(1, 3));
    let removed: Vec<_> = removed
        .iter()
        .map(|gone| (gone.hash, gone.reason))
        .collect();
    assert_eq!(removed, [(hash(2), RemovalReason::Invalid)]);
    assert_eq!((pool.to_recheck(9), ids(&pool)), (vec![], vec![7, 1]));
    // With nothing left there is nothing to look at.
    pool.on_finalized(Height(2), [foreign(1, 1)]);
    assert_eq!(pool.to_recheck(9), [] as [u8; 0]);
}

/// The state may be a block ahead of what the pool was told.
#[test]
fn a_look_from_after_a_block_counts_nothing_twice() {
    let mut pool = Mempool::new(LIMITS, Height(0));
    pool.insert(spending(1, 0, 5, 80), has(0, 100)).unwrap();
    // The first is in a block: 15 are left, and its own costs count no more.
    assert_eq!(
        pool.would_take(&spending(2, 1, 5, 0).facts(), has(1, 15)),
        Ok(())
    );
    let dear = pool.insert(spending(3, 1, 16, 0), has(1, 15));
    assert!(matches!(
        dear,
        Err(NotAdmitted::CannotPayFee { required: 16, .. })
    ));
    // What went in the meantime is told with the block.
    let removed = pool.on_finalized(Height(1), [included(&spending(1, 0, 5, 80))]);
    assert_eq!(
        removed.iter().map(|gone| gone.hash).collect::<Vec<_>>(),
        [hash(1)]
    );
}

#[test]
fn a_look_from_before_a_block_is_repeated() {
    let mut pool = Mempool::new(LIMITS, Height(0));
    pool.on_finalized(Height(1), [foreign(1, 0)]);
    pool.insert(spending(1, 1, 5, 0), has(0, 100)).unwrap();
    assert_eq!(pool.to_recheck(9), [1]);
    assert_eq!(pool.recheck(&1, has(1, 4)).len(), 1);
    assert_eq!(pool.summary().count, 0);
    // One that knows of the block does not have to be.
    pool.insert(spending(2, 1, 4, 0), has(1, 4)).unwrap();
    assert_eq!(pool.to_recheck(9), [] as [u8; 0]);
}

/// Accounts as a chain keeps them.
#[derive(Default)]
struct Ledger {
    accounts: [(u64, u64); 4],
}

impl Ledger {
    fn view(&self, account: u8) -> AccountView {
        let (nonce, balance) = self.accounts[usize::from(account)];
        AccountView { nonce, balance }
    }

    /// Puts a transaction into a block, if the chain takes it; what it moves, it may be refused.
    fn apply(&mut self, fake: &Fake, refused: bool) -> Option<Included<u8>> {
        let (nonce, balance) = &mut self.accounts[usize::from(fake.account)];
        if fake.nonce != *nonce || fake.fee > *balance {
            return None;
        }
        *nonce += 1;
        *balance -= fake.fee;
        if !refused && fake.spends <= *balance {
            *balance -= fake.spends;
            let next = usize::from((fake.account + 1) % 4);
            self.accounts[next].1 += fake.spends;
        }
        Some(included(fake))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever others put into blocks, and whatever of it is refused: once the accounts of a block are looked at again, the pool
    /// holds nothing that could not be included, one after the other, whatever each of them moves.
    #[test]
    fn after_a_look_at_the_accounts_all_can_pay(
        steps in prop::collection::vec(
            (0..4u8, 0..4u64, 1..9u64, 0..30u64, prop::collection::vec(any::<(bool, bool, bool)>(), 0..6)),
            1..60,
        )
    ) {
        let limits = Limits { count: 12, ..Limits::default() };
        let mut pool = Mempool::new(limits, Height(0));
        let mut ledger = Ledger { accounts: [(0, 60); 4] };
        for (height, (account, ahead, fee, spends, block)) in (1..).zip(steps) {
            let nonce = ledger.view(account).nonce + ahead;
            let fake = |id, fee, spends| Fake { id, account, nonce, fee, spends, expires_at: Height(1_000), size: 1, free: false, request: false };
            let _ = pool.insert(fake(2 * height, fee, spends), ledger.view(account));
            let mut included = Vec::new();
            for (foreign, refused, skip) in block {
                // The best of the pool, or another transaction of its account, which moves all it can.
                let Some(best) = pool.in_order().nth(usize::from(skip)) else { continue };
                let other = Fake { id: u64::MAX - height, spends: ledger.view(best.account).balance.saturating_sub(best.fee), ..best.as_ref().clone() };
                included.extend(ledger.apply(if foreign { &other } else { &best }, refused));
            }
            pool.on_finalized(Height(height), included);
            for account in pool.to_recheck(9) {
                pool.recheck(&account, ledger.view(account));
            }
            prop_assert!(pool.to_recheck(9).is_empty());
            for account in 0..4 {
                let mut left = ledger.view(account).balance;
                for (fake, _) in pool.of_account(&account) {
                    prop_assert!(fake.fee <= left, "{:?} has {left} left for {fake:?}", ledger.view(account));
                    left = left.saturating_sub(fake.fee + fake.spends);
                }
            }
        }
    }
}
