use super::*;
use crate::act::preview_fixtures::{account, parameters};
use etm_types::{
    Address, Memo, MinerId, Payload, SecretKey, UnsignedTransaction, api::transaction, codec,
};
use serde_json::{Value, json};

const CHAIN: ChainId = ChainId([7; 32]);

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed([seed; 32])
}

/// What the key of the account, or another, signs.
fn signed(by: u8, nonce: u64, payload: Payload) -> Transaction {
    let key = key(by);
    let unsigned = UnsignedTransaction {
        chain: CHAIN,
        sender: key.public_key(),
        nonce,
        fee: Units(1),
        expires_at: Height(100),
        payload,
    };
    unsigned.sign(&key)
}

fn vote() -> Payload {
    Payload::Vote { miner: MinerId(2) }
}

/// An account with the key 1, of which the nonce 5 is the next one.
fn own() -> Account {
    let mut account = account(100, 600, 20, Some(1));
    account.address = Address::of(&key(1).public_key()).to_string();
    account.nonce = 5;
    account
}

fn told(request: &Value, height: Option<u64>) -> PendingRequest {
    serde_json::from_value(json!({
        "request": request, "transaction": null, "height": height, "effective_round": 3
    }))
    .unwrap()
}

fn voted() -> Value {
    json!({ "kind": "vote", "miner": { "id": 2, "name": "m2" } })
}

fn held(told: &PendingRequest, signed: &Transaction, last: Option<u64>) -> Result<u64, String> {
    Asked::Accepted(told).held(signed, CHAIN, &parameters(3), &own(), last)
}

type Result<T, E> = std::result::Result<T, E>;

#[test]
fn an_accepted_request_is_what_was_signed() {
    let first = own().effective_round * u64::from(parameters(3).blocks_per_round);
    let request = told(&voted(), Some(first));
    let own = signed(1, 4, vote());
    assert_eq!(held(&request, &own, None), Ok(4));
    assert_eq!(held(&request, &own, Some(3)), Ok(4));
    let other = |payload| signed(1, 4, payload);
    let mut anothers_chain = own.unsigned.clone();
    anothers_chain.chain = ChainId([8; 32]);
    let mut forged = own.clone();
    forged.signature.0[3] ^= 1;
    let refused = [
        (other(Payload::Withdraw), None, "something else"),
        (
            other(Payload::Vote { miner: MinerId(3) }),
            None,
            "something else",
        ),
        (
            other(Payload::Transfer {
                recipient: Address([1; 20]),
                amount: Units(1),
                memo: Memo::new("").unwrap(),
            }),
            None,
            "something else",
        ),
        (signed(2, 4, vote()), None, "it is of "),
        (anothers_chain.sign(&key(1)), None, "it is of chain"),
        (forged, None, "signature"),
        // One that waits, and one that was told of before.
        (signed(1, 5, vote()), None, "expired"),
        (own.clone(), Some(4), "its nonce is 4"),
    ];
    for (transaction, last, with) in refused {
        let reason = held(&request, &transaction, last).unwrap_err();
        assert!(reason.contains(with), "{reason}");
    }
    // What was signed for another round is none of this one.
    for height in [None, Some(first - 1), Some(self::own().height + 1)] {
        let reason = held(&told(&voted(), height), &own, None).unwrap_err();
        assert!(reason.contains("no block of the running round"), "{reason}");
    }
    let mut early = own.unsigned;
    early.expires_at = Height(first - 1);
    let reason = held(&request, &early.sign(&key(1)), None).unwrap_err();
    assert!(reason.contains("expired"), "{reason}");
}

#[test]
fn what_waits_is_what_was_signed() {
    let own = signed(1, 5, vote());
    let named = |id: MinerId| etm_types::api::MinerRef {
        id: id.0,
        name: "m2".to_owned(),
    };
    let summary = TransactionSummary {
        hash: own.hash().into(),
        status: transaction::TransactionStatus::Pending,
        height: None,
        index: None,
        timestamp_ms: None,
        sender: own.sender().to_string(),
        nonce: 5,
        fee: Units(1).into(),
        expires_at: 100,
        size: u32::try_from(codec::to_bytes(&own).len()).unwrap(),
        payload: transaction::Payload::of(&own.unsigned.payload, named),
        outcome: None,
    };
    let held = |summary: &TransactionSummary, signed: &Transaction| {
        Asked::Waits(summary).held(signed, CHAIN, &parameters(3), &self::own(), None)
    };
    assert_eq!(held(&summary, &own), Ok(5));
    // One that expired waits for nothing: it may be in a block long since.
    let mut late = self::own();
    for (height, waits) in [(99, true), (100, false)] {
        late.height = height;
        let judged = Asked::Waits(&summary).held(&own, CHAIN, &parameters(3), &late, None);
        assert_eq!(judged.is_ok(), waits, "{height}: {judged:?}");
    }
    for lie in [
        |told: &mut TransactionSummary| told.nonce = 6,
        |told: &mut TransactionSummary| told.fee.0 += 1,
        |told: &mut TransactionSummary| told.expires_at += 1,
        |told: &mut TransactionSummary| told.payload = transaction::Payload::Withdraw,
    ] {
        let mut other = summary.clone();
        lie(&mut other);
        assert_eq!(held(&other, &own), Err("it says something else".to_owned()));
    }
}
