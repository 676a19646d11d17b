use super::*;
use crate::see::block::tests::told as told_block;
use etm_types::{
    Address, Hash as Sha256, MinerName, Outcome, Refusal, RequestSummary, Round, Slot, Units,
    Votes,
    api::{Bytes, Hash},
};
use serde_json::{Value, json};

/// One of every kind.
fn all() -> Vec<Receipt> {
    let (miner, owner, account) = (MinerId(3), Address([1; 20]), Address([2; 20]));
    let amount = Units(700);
    let sent = |outcome| Receipt::Transaction {
        hash: Sha256([5; 32]),
        sender: account,
        fee: amount,
        outcome,
    };
    let asked = |request| Receipt::Request {
        account,
        request,
        applied: true,
    };
    vec![
        sent(Outcome::Accepted),
        sent(Outcome::Refused(Refusal::NoPosition)),
        Receipt::Missed {
            slot: Slot(2),
            miner,
        },
        Receipt::Reward {
            miner,
            owner,
            amount,
        },
        Receipt::Fees {
            total: amount,
            per_block: Units(2),
            remainder: Units(1),
        },
        Receipt::FeeShare {
            miner,
            owner,
            blocks: 4,
            amount,
        },
        Receipt::Bonus {
            total: amount,
            pool: Units(6),
            lucky: Units(7),
            carry: Units(8),
        },
        Receipt::Lucky { miner, amount },
        Receipt::Pool {
            miner,
            amount,
            votes: Votes(9),
        },
        Receipt::Halving { miner, blocks: 2 },
        Receipt::DayTick { days: 1 },
        asked(RequestSummary::Lock(amount)),
        asked(RequestSummary::Unlock(amount)),
        asked(RequestSummary::Vote(MinerId(4))),
        asked(RequestSummary::Withdraw),
        asked(RequestSummary::Register(
            MinerName::new("abc").unwrap(),
            miner,
        )),
        asked(RequestSummary::Resign),
        Receipt::Average { v_avg: 11 },
        Receipt::Draw {
            round: Round(4),
            candidates: 12,
            candidates_hash: Sha256([6; 32]),
            total: Votes(13),
            members: vec![miner, MinerId(4)],
            kept: false,
        },
        Receipt::DepositReturned {
            miner,
            owner,
            amount,
        },
    ]
}

/// The block with these receipts, and what an honest node tells of them.
fn honest(all: &[Receipt]) -> (Block, BlockReceipts) {
    let encoded: Vec<Vec<u8>> = all.iter().map(codec::to_bytes).collect();
    let leaves: Vec<&[u8]> = encoded.iter().map(Vec::as_slice).collect();
    let mut block = told_block();
    block.header.receipts_root = Hash(merkle::root(&leaves).0);
    let named = |id: MinerId| MinerRef {
        id: id.0,
        name: format!("miner-{id}"),
    };
    let effect = Effect::Waiting {
        round: block.summary.round,
        height: 99,
    };
    let told = BlockReceipts {
        height: block.summary.height,
        hash: block.summary.hash,
        receipts_root: block.header.receipts_root,
        receipts: all
            .iter()
            .map(|one| ReceiptInfo::of(one, effect, named))
            .collect(),
        encoded: encoded.into_iter().map(Bytes).collect(),
    };
    (block, told)
}

/// The paths of all values of a document that hold no others.
pub fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, field)| leaves(field, &format!("{path}/{name}"), found)),
        Value::Array(items) => (0..)
            .zip(items)
            .for_each(|(place, item): (u32, _)| leaves(item, &format!("{path}/{place}"), found)),
        _ => found.push(path.to_owned()),
    }
}

/// Another value of the same kind.
pub fn forged(value: &Value) -> Value {
    match value {
        Value::Bool(told) => json!(!told),
        Value::Number(told) => json!(told.as_u64().unwrap() + 1),
        Value::String(told) => match told.as_bytes() {
            [b'0'..=b'8', ..] => json!(format!("9{}", &told[1..])),
            [b'a'..=b'f' | b'9', rest @ ..] if !rest.is_empty() => {
                json!(format!("1{}", &told[1..]))
            }
            _ => json!(format!("{told}x")),
        },
        other => panic!("{other}"),
    }
}

/// Whatever single figure a node forges, it is found out, but for words: these are shown as this program has them, or are the name of a miner.
#[test]
fn no_figure_of_a_receipt_is_the_nodes_word() {
    let (block, told) = honest(&all());
    assert_eq!(checked(&block, told.clone()).unwrap(), told);
    let document = serde_json::to_value(&told).unwrap();
    let mut paths = Vec::new();
    leaves(&document, "", &mut paths);
    let mut refused = 0;
    for path in paths {
        if document.pointer(&path).unwrap().is_null() {
            continue;
        }
        let mut lies = document.clone();
        let value = lies.pointer_mut(&path).unwrap();
        *value = forged(value);
        // A kind that is none, or a hash that is none, ends before.
        let Ok(lies) = serde_json::from_value::<BlockReceipts>(lies) else {
            continue;
        };
        match checked(&block, lies) {
            Err(failure) => {
                assert_eq!(failure.exit, Exit::Unreachable, "{path}");
                refused += 1;
            }
            Ok(shown) if path.ends_with("/message") => assert_eq!(shown, told, "{path}"),
            Ok(_) => assert!(
                path.ends_with("/outcome/effect/height"),
                "{path} is believed"
            ),
        }
    }
    assert!(refused > 60, "{refused}");
}

#[test]
fn receipts_that_are_left_out_added_or_exchanged_are_none() {
    let (block, told) = honest(&all());
    let refused = |lie: &dyn Fn(&mut BlockReceipts), with: &str| {
        let mut lies = told.clone();
        lie(&mut lies);
        let failure = checked(&block, lies).unwrap_err();
        assert!(failure.message.contains(with), "{failure}");
    };
    refused(
        &|told| drop(told.receipts.pop()),
        "shows 19 of the 20 receipts",
    );
    refused(
        &|told| {
            told.receipts.pop();
            told.encoded.pop();
        },
        "are not those of block 42",
    );
    refused(&|told| told.encoded.clear(), "are not those of block 42");
    refused(&|told| told.encoded.swap(2, 3), "are not those of block 42");
    refused(
        &|told| told.receipts.swap(2, 3),
        "receipt 3 of block 42 is not",
    );
    refused(&|told| told.height = 43, "its receipts are of block 43");
}
