use super::*;
use serde_json::{Value, json};

impl Answer for String {
    type Asked<'a> = ();

    fn stray(&self, (): ()) -> Option<Stray> {
        None
    }
}

fn told(stray: Option<Stray>) -> Option<String> {
    stray.map(|stray| stray.told)
}

#[test]
fn digits_are_an_id_and_all_else_a_name() {
    for asked in ["3", "#3", "amber"] {
        assert_eq!(of_miner(3, "amber", asked), None, "{asked}");
    }
    for asked in ["4", "#4", "birch", "#amber", ""] {
        let stray = told(of_miner(3, "amber", asked));
        assert_eq!(stray.as_deref(), Some("the miner amber (#3)"), "{asked}");
    }
    // A stranger may be called by another's id.
    assert!(of_miner(7, "3", "3").is_some());
}

#[test]
fn a_block_is_the_one_of_that_height_or_hash() {
    let hash = Hash([7; 32]);
    assert_eq!(of_block(9, hash, "9"), None);
    assert_eq!(of_block(9, hash, &hash.to_string()), None);
    assert!(of_block(9, hash, "8").is_some());
    assert!(of_block(9, hash, &Hash([8; 32]).to_string()).is_some());
}

#[test]
fn rows_only_fall_and_are_no_more_than_asked_for() {
    assert_eq!(falling("round", [8, 6, 5], Some(9), Some(3)), None);
    assert_eq!(falling("round", [], None, None), None);
    for (rows, before, row) in [
        (&[9, 8][..], Some(9), "round 9"),
        (&[8, 8], None, "round 8"),
        (&[7, 8], None, "round 8"),
        (&[3, 2, 1], Some(9), "3 rows"),
    ] {
        let stray = falling("round", rows.iter().copied(), before, Some(2));
        assert_eq!(told(stray).as_deref(), Some(row), "{rows:?}");
    }
}

fn transfer(from: &str, to: &str, height: u64) -> Value {
    json!({
        "hash": Hash([u8::try_from(height).unwrap(); 32]), "status": "finalized", "height": height, "index": 0, "timestamp_ms": 1,
        "sender": from, "nonce": 0, "fee": "1", "expires_at": 9, "size": 1, "outcome": null,
        "payload": { "kind": "transfer", "recipient": to, "amount": "1", "memo": "" },
    })
}

#[test]
fn transactions_are_of_the_account_and_each_is_there_once() {
    let stray = |rows: &[Value]| {
        let page = json!({ "total": rows.len(), "transactions": rows, "next": null });
        let page: TransactionPage = serde_json::from_value(page).unwrap();
        told(page.stray(("A", &TransactionsQuery::default())))
    };
    let (sent, received) = (transfer("A", "B", 5), transfer("B", "A", 4));
    assert_eq!(stray(&[sent.clone(), received.clone()]), None);
    let other = stray(&[sent.clone(), transfer("B", "C", 3)]);
    assert!(other.is_some_and(|other| other.ends_with(" of B")));
    for rows in [[received.clone(), sent.clone()], [sent.clone(), sent]] {
        let unordered = stray(&rows);
        assert!(unordered.is_some_and(|told| told.ends_with("after an older one")));
    }
}
