use super::*;
use etm_types::{ChainId, Height, Memo, MinerId, SecretKey, Units};

fn key() -> SecretKey {
    SecretKey::from_seed([7; 32])
}

fn unsigned(nonce: u64, payload: Payload) -> UnsignedTransaction {
    UnsignedTransaction {
        chain: ChainId([1; 32]),
        sender: key().public_key(),
        nonce,
        fee: Units(10),
        expires_at: Height(9),
        payload,
    }
}

fn transfer(amount: u64, to: u8) -> Payload {
    Payload::Transfer {
        recipient: Address::of(&SecretKey::from_seed([to; 32]).public_key()),
        amount: Units(amount),
        memo: Memo::empty(),
    }
}

fn list() -> (tempfile::TempDir, Lately) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chains/signed.json");
    (folder, Lately(Some(path)))
}

const NOW: u64 = 1_800_000_000_000;
const HOUR: u64 = 3_600_000;

#[test]
fn the_very_same_within_a_day_is_a_doubt() {
    let (_folder, lately) = list();
    let first = unsigned(4, transfer(5, 8));
    assert_eq!(lately.doubt_at(&first, NOW), None);
    let signed = first.clone().sign(&key());
    lately.note_at(&signed, NOW).unwrap();
    let again = unsigned(5, transfer(5, 8));
    let doubt = lately.doubt_at(&again, NOW + 2 * HOUR).unwrap();
    let named = format!("2 h 0 min ago, as transaction {}", signed.hash());
    assert!(doubt.contains(&named), "{doubt}");
    // Another fee makes no other payment, and a clock that was set back no later day.
    let dearer = UnsignedTransaction {
        fee: Units(11),
        ..again.clone()
    };
    assert!(lately.doubt_at(&dearer, NOW - HOUR).is_some());
    // With its nonce it counts once.
    assert_eq!(lately.doubt_at(&first, NOW), None);
    assert_eq!(lately.doubt_at(&again, NOW + 24 * HOUR), None);
    let others = [
        unsigned(5, transfer(6, 8)),
        unsigned(5, transfer(5, 9)),
        UnsignedTransaction {
            chain: ChainId([2; 32]),
            ..again
        },
    ];
    for other in others {
        assert_eq!(lately.doubt_at(&other, NOW), None);
    }
}

/// What costs its fee only is changed at will; what is sent to oneself takes the place of what waits.
#[test]
fn only_what_takes_money_is_remembered() {
    let (_folder, lately) = list();
    let asks = |payload: Payload| {
        lately
            .note_at(&unsigned(4, payload.clone()).sign(&key()), NOW)
            .unwrap();
        lately.doubt_at(&unsigned(5, payload), NOW).is_some()
    };
    assert!(asks(Payload::Lock { amount: Units(3) }));
    assert!(!asks(Payload::Unlock { amount: Units(3) }));
    assert!(!asks(Payload::Vote { miner: MinerId(3) }));
    assert!(!asks(transfer(1, 7)));
}

#[test]
fn the_list_is_short_and_one_that_is_damaged_is_none() {
    let (_folder, lately) = list();
    for nonce in 0..60 {
        let signed = unsigned(nonce, transfer(nonce, 8)).sign(&key());
        lately.note_at(&signed, NOW).unwrap();
    }
    assert_eq!(lately.entries().len(), MOST);
    assert_eq!(lately.doubt_at(&unsigned(99, transfer(9, 8)), NOW), None);
    assert!(
        lately
            .doubt_at(&unsigned(99, transfer(59, 8)), NOW)
            .is_some()
    );
    let path = lately.0.clone().unwrap();
    for text in ["", "{}", "[1]", "\0"] {
        std::fs::write(&path, text).unwrap();
        assert_eq!(lately.doubt_at(&unsigned(99, transfer(59, 8)), NOW), None);
    }
    lately
        .note_at(&unsigned(1, transfer(1, 8)).sign(&key()), NOW)
        .unwrap();
    assert_eq!(lately.entries().len(), 1);
    // Without a home folder nothing is remembered, and everything is signed.
    let none = Lately(None);
    none.note_at(&unsigned(1, transfer(1, 8)).sign(&key()), NOW)
        .unwrap();
    assert_eq!(none.doubt_at(&unsigned(2, transfer(1, 8)), NOW), None);
}
