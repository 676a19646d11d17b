//! What a block takes.

use super::Fake;
use super::rules::{RICH, fake};
use crate::{AccountView, Limits, Mempool, Pooled as _, Room, Scarce, Selection};
use etm_types::Height;

const ROOM: Room = Room {
    count: usize::MAX,
    bytes: usize::MAX,
    scarce: Scarce {
        requests: usize::MAX,
        proofs: usize::MAX,
        resignations: usize::MAX,
    },
};

fn pool_of(transactions: impl IntoIterator<Item = Fake>) -> Mempool<Fake> {
    let mut pool = Mempool::new(Limits::default(), Height(0));
    for transaction in transactions {
        pool.insert(transaction, RICH).unwrap();
    }
    pool
}

/// What is chosen, and how many accounts had to be looked at.
fn choose(
    pool: &Mempool<Fake>,
    room: Room,
    look: impl Fn(u8) -> Option<AccountView>,
) -> (Vec<u64>, usize) {
    choose_at(pool, Height(1), room, look)
}

/// The same for the block at `height`.
fn choose_at(
    pool: &Mempool<Fake>,
    height: Height,
    room: Room,
    look: impl Fn(u8) -> Option<AccountView>,
) -> (Vec<u64>, usize) {
    let (mut selection, mut chosen, mut looks) = (Selection::new(height, room), Vec::new(), 0);
    for transaction in pool.in_order() {
        if selection.is_full() {
            break;
        }
        if selection.needs(&transaction.facts()) {
            selection.look(transaction.account, look(transaction.account));
            looks += 1;
        }
        if selection.offer(&transaction.facts()) {
            chosen.push(transaction.id);
        }
    }
    (chosen, looks)
}

fn rich(_: u8) -> Option<AccountView> {
    Some(RICH)
}

#[test]
fn fills_count_and_bytes() {
    let pool = pool_of((0..5).map(|id| fake(id, id as u8, 0, 5)));
    let count = |bytes, count| {
        choose(
            &pool,
            Room {
                bytes,
                count,
                ..ROOM
            },
            rich,
        )
        .0
        .len()
    };
    assert_eq!(
        (count(250, 9), count(1_000, 3), count(0, 9), count(1_000, 0)),
        (2, 3, 0, 0)
    );
}

#[test]
fn passes_over_what_does_not_fit_with_all_that_follows_it() {
    let large = Fake {
        size: 300,
        ..fake(1, 1, 0, 9)
    };
    let pool = pool_of([large, fake(2, 1, 1, 9), fake(3, 2, 0, 1)]);
    assert_eq!(choose(&pool, Room { bytes: 250, ..ROOM }, rich).0, [3]);
}

#[test]
fn a_block_without_bytes_left_looks_at_few_more() {
    let large = |id: u64| Fake {
        size: 300,
        ..fake(id, (id % 200) as u8, id / 200, 9)
    };
    let pool = pool_of((0..4_000).map(large));
    let (chosen, looks) = choose(&pool, Room { bytes: 650, ..ROOM }, rich);
    assert_eq!((chosen.len(), looks), (2, 2));
}

#[test]
fn a_flood_of_requests_does_not_keep_transfers_out() {
    let request = |id| Fake {
        request: true,
        ..fake(id, (id % 50) as u8, id / 50, 9)
    };
    // What follows a request that is passed over has to wait with it.
    let others = [fake(100, 60, 0, 1), fake(101, 49, 2, 9)];
    let pool = pool_of((0..100).map(request).chain(others));
    let scarce = Scarce {
        requests: 3,
        proofs: 0,
        resignations: 0,
    };
    let (chosen, looks) = choose(&pool, Room { scarce, ..ROOM }, rich);
    assert_eq!(chosen, [0, 1, 2, 100]);
    assert_eq!(looks, 4, "who has no room is not looked at");
}

#[test]
fn what_the_state_makes_impossible_takes_no_place() {
    let spending = Fake {
        spends: 100,
        ..fake(4, 2, 0, 7)
    };
    let pool = pool_of([
        // In the block before, which is not final yet.
        fake(1, 1, 0, 9),
        fake(2, 1, 1, 9),
        // Of an account that is gone.
        fake(3, 3, 0, 8),
        // Moves away what the next ones would pay with.
        spending,
        fake(5, 2, 1, 7),
        fake(6, 2, 2, 7),
        // Held back by a nonce that the block before used up otherwise.
        fake(7, 4, 0, 6),
        fake(8, 5, 0, 1),
    ]);
    let look = |account| match account {
        1 => Some(AccountView {
            nonce: 1,
            balance: 9,
        }),
        2 => Some(AccountView {
            nonce: 0,
            balance: 100,
        }),
        3 => None,
        4 => Some(AccountView {
            nonce: 3,
            balance: 9,
        }),
        _ => Some(RICH),
    };
    let (chosen, _) = choose(&pool, Room { count: 3, ..ROOM }, look);
    assert_eq!(chosen, [2, 4, 8]);
}

#[test]
fn what_expires_before_the_block_takes_no_place() {
    // The pool knows of blocks that are final: the one that is built may be a few heights above them.
    let short = |one: Fake| Fake {
        expires_at: Height(2),
        ..one
    };
    let free = Fake {
        free: true,
        size: 200,
        ..fake(4, 4, 0, 0)
    };
    let pool = pool_of([
        short(fake(1, 1, 0, 9)),
        fake(2, 1, 1, 9),
        fake(3, 3, 0, 1),
        short(free),
    ]);
    let room = Room {
        count: 2,
        bytes: 250,
        ..ROOM
    };
    let at = |height| choose_at(&pool, Height(height), room, rich).0;
    assert_eq!(at(2), [4], "in time, with no bytes left for others");
    assert_eq!(at(3), [3], "late, with what follows it");
    // In a block that is not final yet: what follows it may come.
    let moved_on = |account| match account {
        1 => Some(AccountView { nonce: 1, ..RICH }),
        _ => Some(RICH),
    };
    let (chosen, _) = choose_at(&pool, Height(3), room, moved_on);
    assert_eq!(chosen, [2, 3]);
}
