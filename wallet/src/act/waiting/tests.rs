use super::*;
use crate::act::preview::tests::{ETM, account, miner, page, parameters, send, vote_for};
use etm_types::MinerName;
use serde_json::json;

const FEE: u64 = ETM / 10;

/// An account with transactions that wait, from its nonce on.
fn waiting(mut account: Account, payloads: &[serde_json::Value]) -> Account {
    for (nonce, payload) in (account.nonce..).zip(payloads) {
        let transaction = json!({
            "hash": format!("{nonce:064x}"), "status": "pending", "height": null, "index": null, "timestamp_ms": null, "sender": "A",
            "nonce": nonce, "fee": FEE.to_string(), "expires_at": 600, "size": 200, "payload": payload, "outcome": null
        });
        let transaction = serde_json::from_value(transaction).unwrap();
        account.pending_transactions.push(transaction);
        account.next_nonce = nonce + 1;
    }
    // The node gives them in any order.
    account.pending_transactions.reverse();
    account
}

fn lock(amount: u64) -> serde_json::Value {
    json!({ "kind": "lock", "amount": (amount * ETM).to_string() })
}

fn judged(account: &Account, asked: &Request<String>, nonce: u64) -> Result<Preview> {
    let vote = etm_types::Votes::ONE.0;
    let miners = page(vec![
        miner(0, 1000 * vote, 10, 10),
        miner(1, 1000 * vote, 10, 10),
    ]);
    let parameters = parameters(1);
    let counted = count_in(account, &parameters, miners, nonce);
    counted.explain(Preview::new(
        &counted.scene(&parameters),
        &Change::Asks(asked.clone()),
        Units(FEE),
    ))
}

#[test]
fn what_waits_has_spent_its_part_of_the_balance() {
    let account = waiting(account(100, 0, 1, None), &[lock(60)]);
    let second = Request::Lock(Units(60 * ETM));
    let refused = judged(&account, &second, account.next_nonce).unwrap_err();
    assert_eq!(refused.code, "insufficient_balance");
    assert!(
        refused.message.contains("1 transaction of this account"),
        "{refused:?}"
    );
    // To the unit: both fees and both locks.
    let rest = 40 * ETM - 2 * FEE;
    let fits = judged(&account, &Request::Lock(Units(rest)), account.next_nonce).unwrap();
    assert_eq!(fits.balance_after.0, 0);
    assert!(
        judged(
            &account,
            &Request::Lock(Units(rest + 1)),
            account.next_nonce
        )
        .is_err()
    );
    // What replaces it is judged without it.
    assert!(judged(&account, &second, account.nonce).is_ok());
}

#[test]
fn a_position_is_what_waiting_requests_make_of_it() {
    // The lock that waits makes the position that the vote needs; the vote that waits makes the next one a switch.
    let vote = json!({ "kind": "vote", "miner": { "id": 0, "name": "m0" } });
    let account = waiting(account(100, 0, 1, None), &[lock(16), vote]);
    let early = judged(&account, &vote_for(1), account.nonce).unwrap_err();
    assert_eq!(early.code, "no_position");
    let first = judged(&account, &vote_for(1), account.nonce + 1).unwrap();
    assert_eq!(first.before.unwrap().miner, None);
    let second = judged(&account, &vote_for(1), account.next_nonce).unwrap();
    assert_eq!(second.before.unwrap().miner.unwrap().id, 0);
    let too_much = judged(
        &account,
        &Request::Unlock(Units(17 * ETM)),
        account.next_nonce,
    );
    assert_eq!(too_much.unwrap_err().code, "unlock_exceeds_position");
}

#[test]
fn what_will_be_refused_takes_its_fee_alone() {
    let account = waiting(account(100, 0, 1, None), &[lock(90), lock(90)]);
    let left = judged(&account, &send(ETM), account.next_nonce).unwrap();
    assert_eq!(left.balance_before.0, 10 * ETM - 2 * FEE);
}

#[test]
fn a_registration_that_waits_is_the_only_one() {
    let register = json!({
        "kind": "register", "name": "zed", "node_key": "00".repeat(32), "bls_key": "00".repeat(96), "dial_address": "a:1", "contact": null
    });
    let account = waiting(account(100, 0, 1, None), &[register]);
    let name = MinerName::new("zoe").unwrap();
    let again = judged(&account, &Request::Register(name), account.next_nonce).unwrap_err();
    assert_eq!(again.code, "already_registered");
    // The deposit is gone, too.
    let left = judged(&account, &send(ETM), account.next_nonce).unwrap();
    assert_eq!(left.balance_before.0, 90 * ETM - FEE);
}

#[derive(serde::Deserialize)]
struct Case {
    about: String,
    free: u64,
    position: Option<Held>,
    waiting: Vec<serde_json::Value>,
    left: Amount,
    after: Option<Left>,
}

#[derive(serde::Deserialize)]
struct Held {
    locked: u64,
    time_gain: u8,
    miner: Option<u32>,
}

#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
struct Left {
    locked: Amount,
    time_gain: u8,
    miner: Option<u32>,
}

/// The page reads the same file.
#[test]
fn what_waits_leaves_what_the_vectors_say() {
    let text = include_str!("../../../../vectors/previews/waiting.json");
    let mut file: serde_json::Value = serde_json::from_str(text).unwrap();
    let cases: Vec<Case> = serde_json::from_value(file["cases"].take()).unwrap();
    assert_eq!(cases.len(), 14);
    let miners = page(vec![miner(0, 0, 10, 10), miner(1, 0, 10, 10)]);
    for case in cases {
        let began = match &case.position {
            None => account(case.free, 0, 1, None),
            Some(held) => account(case.free, held.locked, held.time_gain, held.miner),
        };
        let account = waiting(began, &case.waiting);
        let counted = count_in(&account, &parameters(1), miners.clone(), account.next_nonce);
        let left = counted.account.projected.map(|position| Left {
            locked: position.locked,
            time_gain: position.time_gain,
            miner: position.miner.map(|miner| miner.id),
        });
        assert_eq!(counted.account.balance, case.left, "{}", case.about);
        assert_eq!(left, case.after, "{}", case.about);
    }
}

/// A nonce that was missing sets free what waits behind it, and that is told before the signature.
#[test]
fn what_waits_for_a_nonce_is_named_where_it_is_filled() {
    let send = json!({ "kind": "transfer", "recipient": "B", "amount": (3 * ETM).to_string(), "memo": "" });
    let mut held = waiting(
        account(100, 0, 1, None),
        &[lock(1), lock(2), send, lock(4), lock(5)],
    );
    // Of the nonces 0 to 4 those of 1 and 3 are not there.
    held.pending_transactions
        .retain(|transaction| ![1, 3].contains(&transaction.nonce));
    held.next_nonce = 1;
    let told = released(&held, 1, 0).unwrap();
    let hash = format!("{:064x}", 2);
    assert!(
        told.starts_with("1 transaction of this account waited for it")
            && told.ends_with(&format!("nonce 2: send 3 ETM to B ({hash})")),
        "{told}"
    );
    assert_eq!(released(&held, 3, 0), None, "nonce 1 is still missing");
    assert_eq!(released(&held, 0, 0), None, "it takes another one's place");
    assert_eq!(released(&held, 5, 0), None, "nothing comes behind it");
    // A lock with its vote fills two.
    assert_eq!(released(&held, 1, 1), None, "nonce 3 is still missing");
    held.pending_transactions
        .retain(|transaction| transaction.nonce != 2);
    held.pending_transactions[0].nonce = 3;
    let told = released(&held, 1, 1).unwrap();
    assert!(told.contains("nonce 3: lock 5 ETM"), "{told}");
}

fn released(account: &Account, nonce: u64, further: u64) -> Option<String> {
    let mut preview = judged(account, &Request::Lock(Units(5 * ETM)), 0).unwrap();
    preview.note_released(account, nonce, further);
    let mut told = preview.warnings.into_iter();
    let told = told.find(|warning| warning.code == "releases");
    told.map(|warning| warning.message)
}

#[test]
fn what_waits_with_a_nonce_gives_its_place_for_a_higher_fee() {
    let account = Account {
        nonce: 8,
        ..account(100, 10, 1, None)
    };
    // Nonce 7 is missing.
    let account = Account {
        nonce: 7,
        next_nonce: 7,
        ..waiting(account, &[lock(1)])
    };
    let code = |nonce, further, fee| {
        let checked = Preview::check_nonces(&account, nonce, further, Units(fee));
        checked.err().map(|failure| failure.code)
    };
    let (least, higher) = (ETM / 10, ETM / 10 + ETM / 100);
    let too_low = Some("replacement_fee_too_low".to_owned());
    assert_eq!(code(8, 0, higher - 1), too_low);
    assert_eq!(code(8, 0, higher), None);
    assert_eq!(code(7, 0, least), None);
    // A vote behind a lock would take it.
    assert_eq!(code(7, 1, least), too_low);
    assert_eq!(code(7, 1, higher), None);
    let replaces = |nonce, further| {
        let miners = page(vec![]);
        let scene = Scene {
            account: &account,
            parameters: &parameters(1),
            miners: &miners,
        };
        let change = Change::Asks(Request::Lock(Units(ETM)));
        let mut preview = Preview::new(&scene, &change, Units(higher)).unwrap();
        preview.note_nonce(&account, nonce, further);
        preview
            .warnings
            .iter()
            .any(|warning| warning.code == "replaces")
    };
    assert!(replaces(8, 0) && replaces(7, 1) && !replaces(7, 0));
}
