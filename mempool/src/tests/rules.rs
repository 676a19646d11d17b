//! The rules, one by one.

use super::{Fake, foreign, hash, included};
use crate::{
    AccountView, Included, Limits, Mempool, NotAdmitted, Pooled as _, RemovalReason, Scarce,
};
use etm_types::Height;

pub(super) const LIMITS: Limits = Limits {
    count: 4,
    bytes: 1_000,
    per_account: 3,
    nonce_gap: 5,
    free: 1,
    scarce: Scarce {
        requests: 9,
        proofs: 9,
        resignations: 9,
    },
};
pub(super) const RICH: AccountView = AccountView {
    nonce: 0,
    balance: u64::MAX,
};

pub(super) fn fake(id: u64, account: u8, nonce: u64, fee: u64) -> Fake {
    Fake {
        id,
        account,
        nonce,
        fee,
        spends: 0,
        expires_at: Height(100),
        size: 100,
        free: false,
        request: false,
    }
}

pub(super) fn ids(pool: &Mempool<Fake>) -> Vec<u64> {
    pool.in_order().map(|transaction| transaction.id).collect()
}

#[test]
fn orders_by_fee_then_arrival_within_nonces() {
    let mut pool = Mempool::new(
        Limits {
            count: 10,
            ..LIMITS
        },
        Height(0),
    );
    for transaction in [
        fake(1, 1, 0, 5),
        fake(2, 1, 1, 50),
        fake(3, 2, 0, 7),
        fake(4, 3, 0, 7),
    ] {
        pool.insert(transaction, RICH).unwrap();
    }
    assert_eq!(ids(&pool), [3, 4, 1, 2]);
}

#[test]
fn holds_gaps_until_they_are_filled() {
    let mut pool = Mempool::new(LIMITS, Height(0));
    assert!(pool.insert(fake(2, 1, 1, 9), RICH).unwrap().held);
    assert_eq!(ids(&pool), [] as [u64; 0]);
    assert_eq!(pool.get(&hash(2)).map(|(_, held)| held), Some(true));
    assert_eq!((pool.next_nonce(&1, 0), pool.summary().held), (0, 1));
    assert!(!pool.insert(fake(1, 1, 0, 3), RICH).unwrap().held);
    assert_eq!(ids(&pool), [1, 2]);
    assert_eq!((pool.next_nonce(&1, 0), pool.summary().held), (2, 0));
    assert_eq!(
        pool.insert(fake(3, 1, 6, 3), RICH),
        Err(NotAdmitted::NonceTooHigh {
            next: 0,
            nonce: 6,
            limit: 5
        })
    );
}

#[test]
fn replaces_for_a_tenth_more() {
    let mut pool = Mempool::new(LIMITS, Height(0));
    pool.insert(fake(1, 1, 0, 105), RICH).unwrap();
    assert_eq!(
        pool.insert(fake(1, 1, 0, 105), RICH),
        Err(NotAdmitted::AlreadyPending)
    );
    assert_eq!(
        pool.insert(fake(2, 1, 0, 115), RICH),
        Err(NotAdmitted::ReplacementFeeTooLow {
            fee: 115,
            required: 116
        })
    );
    let admitted = pool.insert(fake(3, 1, 0, 116), RICH).unwrap();
    assert_eq!(
        admitted
            .removed
            .iter()
            .map(|gone| (gone.hash, gone.reason))
            .collect::<Vec<_>>(),
        [(hash(1), RemovalReason::Replaced)]
    );
    assert_eq!(ids(&pool), [3]);
}

#[test]
fn caps_accounts_but_lets_them_fill_gaps() {
    let mut pool = Mempool::new(LIMITS, Height(0));
    for (id, nonce) in [(1, 1), (2, 2), (3, 3)] {
        pool.insert(fake(id, 1, nonce, 5), RICH).unwrap();
    }
    assert_eq!(
        pool.insert(fake(4, 1, 4, 500), RICH),
        Err(NotAdmitted::AccountLimit { limit: 3 })
    );
    let admitted = pool.insert(fake(5, 1, 0, 5), RICH).unwrap();
    assert_eq!(admitted.removed[0].hash, hash(3));
    assert_eq!(ids(&pool), [5, 1, 2]);
}

#[test]
fn counts_the_fees_of_all_pending_ones() {
    let mut pool = Mempool::new(LIMITS, Height(0));
    let view = AccountView {
        nonce: 0,
        balance: 10,
    };
    pool.insert(fake(1, 1, 0, 6), view).unwrap();
    assert_eq!(
        pool.insert(fake(2, 1, 1, 5), view),
        Err(NotAdmitted::CannotPayFee {
            required: 11,
            balance: 10
        })
    );
    pool.insert(fake(3, 1, 0, 10), view).unwrap();
}

#[test]
fn those_who_fill_the_pool_with_what_is_held_take_no_place_from_others() {
    let mut pool = Mempool::new(LIMITS, Height(0));
    // Two accounts never send their first transaction, and offer much.
    for (id, account, nonce) in [(1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 2, 2)] {
        pool.insert(fake(id, account, nonce, 50), RICH).unwrap();
    }
    assert_eq!(
        pool.summary().to_exceed.all,
        None,
        "room is made for any that can be included"
    );
    // One that came out of order stays until the one before it is there.
    let admitted = pool.insert(fake(5, 3, 1, 1), RICH).unwrap();
    assert!(admitted.held);
    assert_eq!(admitted.removed.len(), 1);
    for (id, account) in [(6, 4), (7, 5)] {
        pool.insert(fake(id, account, 0, 1), RICH).unwrap();
    }
    assert!(pool.get(&hash(5)).is_some());
    let (_, held) = pool.get(&hash(6)).unwrap();
    assert!(!held);
    assert_eq!(
        pool.insert(fake(8, 2, 3, 90), RICH),
        Err(NotAdmitted::PoolFullForHeld { held: 2 }),
        "an offer that nobody pays counts for nothing"
    );
}

#[test]
fn evicts_the_worst_and_puts_all_back_if_that_is_the_newcomer() {
    let mut pool = Mempool::new(LIMITS, Height(0));
    for (id, account, fee) in [(1, 1, 4), (2, 2, 3), (3, 3, 5), (4, 4, 6)] {
        pool.insert(fake(id, account, 0, fee), RICH).unwrap();
    }
    assert_eq!(pool.summary().to_exceed.all, Some(3));
    assert_eq!(
        pool.insert(fake(5, 5, 0, 3), RICH),
        Err(NotAdmitted::PoolFull { fee: 3, worst: 3 })
    );
    assert_eq!(
        pool.insert(fake(6, 5, 1, 99), RICH),
        Err(NotAdmitted::PoolFullForHeld { held: 1 }),
        "held ones are worst"
    );
    // 650 bytes need the room of several; the newcomer is worse than the second of them.
    assert!(
        pool.insert(
            Fake {
                size: 950,
                ..fake(7, 5, 0, 4)
            },
            RICH
        )
        .is_err()
    );
    assert_eq!(ids(&pool), [4, 3, 1, 2]);
    assert_eq!(
        pool.insert(fake(8, 5, 0, 4), RICH).unwrap().removed[0].hash,
        hash(2)
    );
}

#[test]
fn a_dear_follower_does_not_protect_a_cheap_head() {
    let mut pool = Mempool::new(LIMITS, Height(0));
    pool.insert(fake(1, 1, 0, 1), RICH).unwrap();
    pool.insert(fake(2, 1, 1, 1_000), RICH).unwrap();
    pool.insert(fake(3, 2, 0, 5), RICH).unwrap();
    pool.insert(fake(4, 3, 0, 5), RICH).unwrap();
    assert_eq!(
        pool.insert(fake(5, 4, 0, 5), RICH).unwrap().removed[0].hash,
        hash(2)
    );
}

#[test]
fn free_ones_go_first_and_are_few() {
    let mut pool = Mempool::new(LIMITS, Height(0));
    pool.insert(fake(1, 1, 0, u64::MAX / 2), RICH).unwrap();
    let poor = AccountView {
        nonce: 0,
        balance: 0,
    };
    pool.insert(
        Fake {
            free: true,
            ..fake(2, 2, 0, 0)
        },
        poor,
    )
    .unwrap();
    assert_eq!(
        pool.insert(
            Fake {
                free: true,
                ..fake(3, 3, 0, 0)
            },
            poor
        ),
        Err(NotAdmitted::FreeLimit)
    );
    assert_eq!(ids(&pool), [2, 1]);
    assert_eq!(
        pool.insert(
            Fake {
                free: true,
                expires_at: Height(99),
                ..fake(4, 2, 0, 0)
            },
            poor
        ),
        Err(NotAdmitted::AlreadyPending)
    );
    let newer = pool
        .insert(
            Fake {
                free: true,
                expires_at: Height(101),
                ..fake(5, 2, 0, 0)
            },
            poor,
        )
        .unwrap();
    assert_eq!(newer.removed[0].hash, hash(2));
    assert_eq!(ids(&pool), [5, 1]);
    assert_eq!(
        pool.on_finalized(
            Height(1),
            [Included {
                hash: hash(77),
                account: 2,
                nonce: None
            }]
        )
        .len(),
        1,
        "one that is included makes the others of its sender useless, though no nonce moved"
    );
    assert_eq!(ids(&pool), [1]);
}

#[test]
fn finalized_blocks_use_up_and_expire() {
    let mut pool = Mempool::new(LIMITS, Height(10));
    assert_eq!(
        pool.insert(
            Fake {
                expires_at: Height(10),
                ..fake(9, 9, 0, 5)
            },
            RICH
        ),
        Err(NotAdmitted::Expired {
            expires_at: Height(10),
            next_height: Height(11)
        })
    );
    pool.insert(fake(1, 1, 0, 5), RICH).unwrap();
    pool.insert(fake(2, 1, 1, 5), RICH).unwrap();
    pool.insert(
        Fake {
            expires_at: Height(11),
            ..fake(3, 2, 0, 5)
        },
        RICH,
    )
    .unwrap();
    let first = included(&fake(1, 1, 0, 5));
    let removed = pool.on_finalized(Height(11), [first, foreign(7, 2)]);
    let removed: Vec<_> = removed
        .iter()
        .map(|gone| (gone.hash, gone.reason))
        .collect();
    assert_eq!(
        removed,
        [
            (hash(1), RemovalReason::Used),
            (hash(3), RemovalReason::Expired)
        ]
    );
    assert_eq!(ids(&pool), [2]);
    assert_eq!(
        pool.insert(fake(4, 1, 0, 5), RICH),
        Err(NotAdmitted::NonceTooLow { next: 1, nonce: 0 })
    );
}

#[test]
fn an_invalid_one_goes_and_those_after_it_wait() {
    let mut pool = Mempool::new(LIMITS, Height(0));
    pool.insert(fake(1, 1, 0, 5), RICH).unwrap();
    pool.insert(fake(2, 1, 1, 5), RICH).unwrap();
    assert_eq!(
        pool.remove_invalid(&hash(1)).map(|gone| gone.reason),
        Some(RemovalReason::Invalid)
    );
    assert_eq!(
        (pool.remove_invalid(&hash(1)), pool.summary().held),
        (None, 1)
    );
}

#[test]
fn a_look_at_an_older_state_lets_no_used_nonce_in() {
    let mut pool = Mempool::new(LIMITS, Height(0));
    pool.insert(fake(1, 1, 0, 5), RICH).unwrap();
    pool.on_finalized(Height(1), [included(&fake(1, 1, 0, 5))]);
    // The state of height 0 said that nonce 0 comes next.
    let stale = RICH;
    let used = Err(NotAdmitted::NonceTooLow { next: 1, nonce: 0 });
    assert_eq!(pool.insert(fake(2, 1, 0, 5), stale), used);
    assert_eq!(pool.next_nonce(&1, 0), 1);
    assert!(!pool.insert(fake(3, 1, 1, 5), stale).unwrap().held);
    // Nobody's look is many blocks old: what is remembered stays bounded.
    pool.on_finalized(Height(2), [included(&fake(3, 1, 1, 5))]);
    assert_eq!(
        pool.insert(fake(3, 1, 1, 5), stale),
        Err(NotAdmitted::AlreadyFinal { height: Height(2) })
    );
    assert_eq!(pool.finalized_at(&hash(3)), Some(Height(2)));
    for height in 3..20 {
        pool.on_finalized(Height(height), [foreign(2, height)]);
    }
    assert_eq!((pool.next_nonce(&1, 0), pool.next_nonce(&2, 0)), (0, 20));
    assert_eq!(pool.finalized_at(&hash(3)), None);
}

/// A pool with room for ten, of which four may be requests.
fn with_a_part_for_requests() -> Mempool<Fake> {
    let limits = Limits {
        count: 10,
        per_account: 5,
        scarce: Scarce {
            requests: 4,
            ..LIMITS.scarce
        },
        ..LIMITS
    };
    Mempool::new(limits, Height(0))
}

fn request(id: u64, account: u8, nonce: u64, fee: u64) -> Fake {
    Fake {
        request: true,
        ..fake(id, account, nonce, fee)
    }
}

#[test]
fn what_blocks_take_little_of_keeps_nothing_else_out() {
    let mut pool = with_a_part_for_requests();
    // More than fit, and each offers more than all others that come.
    for id in 0..20 {
        let verdict = pool.insert(request(id, id as u8, 0, 50), RICH);
        assert_eq!(verdict.is_ok(), id < 4, "{verdict:?}");
    }
    for id in 20..26 {
        pool.insert(fake(id, id as u8, 0, 1), RICH).unwrap();
    }
    assert_eq!(pool.summary().count, 10);
    // They compete among themselves.
    let full = NotAdmitted::ScarceFull { fee: 50, worst: 50 };
    assert_eq!(pool.insert(request(30, 30, 0, 50), RICH), Err(full));
    let to_exceed = pool.summary().to_exceed;
    let told = |fake: Fake| to_exceed.by(fake.facts().scarce);
    assert_eq!(told(request(30, 30, 0, 50)), Some(50));
    assert_eq!(told(fake(30, 30, 0, 50)), Some(1));
    let admitted = pool.insert(request(31, 31, 0, 51), RICH).unwrap();
    assert_eq!(admitted.removed.len(), 1);
    assert_eq!(admitted.removed[0].hash, hash(3));
    assert_eq!(pool.summary().count, 10);
}

#[test]
fn what_waits_behind_a_request_takes_no_other_part_of_the_pool() {
    let mut pool = with_a_part_for_requests();
    // One request, and what can't be included before it.
    pool.insert(request(0, 1, 0, 50), RICH).unwrap();
    for nonce in 1..5 {
        let verdict = pool.insert(fake(nonce, 1, nonce, 50), RICH);
        assert_eq!(verdict.is_ok(), nonce < 4, "{verdict:?}");
    }
    for id in 20..26 {
        pool.insert(fake(id, id as u8, 0, 1), RICH).unwrap();
    }
    assert_eq!(pool.summary().count, 10);
    // A transfer that a request replaces brings all behind it.
    let mut pool = with_a_part_for_requests();
    for nonce in 0..5 {
        pool.insert(fake(nonce, 1, nonce, 50), RICH).unwrap();
    }
    let admitted = pool.insert(request(10, 1, 0, 60), RICH).unwrap();
    let gone: Vec<_> = admitted.removed.iter().map(|gone| gone.hash).collect();
    assert_eq!(gone, [hash(0), hash(4)]);
}

#[test]
fn what_is_behind_something_cheap_counts_for_no_more() {
    let mut pool = with_a_part_for_requests();
    pool.insert(request(1, 1, 0, 2), RICH).unwrap();
    for nonce in 1..4 {
        pool.insert(request(1 + nonce, 1, nonce, 90), RICH).unwrap();
    }
    // Nobody pays the ninety before the two: whoever offers three comes before them all, and they are held.
    let admitted = pool.insert(request(10, 2, 0, 3), RICH).unwrap();
    assert_eq!(admitted.removed[0].hash, hash(4));
    for id in 11..14 {
        pool.insert(request(id, id as u8, 0, 3), RICH).unwrap();
    }
    assert_eq!(ids(&pool), [10, 11, 12, 13]);
}

#[test]
fn requests_that_are_held_take_no_part() {
    let mut pool = with_a_part_for_requests();
    for account in 0..5 {
        pool.insert(request(account.into(), account, 1, 90), RICH)
            .unwrap();
    }
    for account in 10..14 {
        let admitted = pool.insert(request(account.into(), account, 0, 1), RICH);
        assert!(admitted.unwrap().removed.is_empty());
    }
    // A gap that is closed brings one more than there may be: the worst goes.
    let admitted = pool.insert(fake(20, 0, 0, 90), RICH).unwrap();
    assert_eq!(admitted.removed[0].hash, hash(13));
}
