use crate::bytes;
use etm_types::block::receipts_root;
use etm_types::bytes::hex;
use etm_types::codec::to_bytes;
use etm_types::merkle;
use etm_types::{
    Address, Hash, MinerId, MinerName, Outcome, Receipt, Refusal, RequestSummary, Round, Slot,
    Units, Votes,
};
use serde_json::{Value, json};

pub fn vectors() -> Value {
    let (descriptions, receipts): (Vec<Value>, Vec<Receipt>) = examples().into_iter().unzip();
    let encoded: Vec<Vec<u8>> = receipts.iter().map(to_bytes).collect();
    let proof = merkle::prove(&encoded, 3).unwrap();
    let selection = merkle::select(&encoded, &[1, 4, 5]).unwrap();
    let listed: Vec<Value> = descriptions
        .into_iter()
        .zip(&encoded)
        .map(|(fields, encoding)| json!({ "fields": fields, "encoding": hex(encoding) }))
        .collect();
    let refusals: Vec<Value> = Refusal::ALL
        .iter()
        .map(|refusal| {
            let encoding = hex(&to_bytes(&Outcome::Refused(*refusal)));
            json!({ "code": refusal.code(), "message": refusal.message(), "encoding": encoding })
        })
        .collect();
    json!({
        "about": "Receipts, in the order of their tags. The leaves of the receipts tree are the encodings.",
        "receipts": listed,
        "root": receipts_root(&receipts).to_string(),
        "proof_of_receipt_3": {
            "encoding": hex(&to_bytes(&proof)),
            "path": proof.path.iter().map(Hash::to_string).collect::<Vec<_>>(),
        },
        "selection": {
            "indexes": selection.indexes,
            "count": selection.count,
            "path": selection.path.iter().map(Hash::to_string).collect::<Vec<_>>(),
        },
        "refusals": refusals,
    })
}

fn examples() -> Vec<(Value, Receipt)> {
    let (miner, owner, amount, votes) = (
        MinerId(7),
        Address(bytes(9)),
        Units(1_250_000_000),
        Votes(1 << 80),
    );
    let (who, much, many) = (owner.to_string(), amount.to_string(), votes.to_string());
    let hash = Hash(bytes(30));
    let mut examples = vec![
        (
            json!({ "kind": "transaction", "hash": hash.to_string(), "sender": who, "fee": "10000000", "outcome": "accepted" }),
            Receipt::Transaction {
                hash,
                sender: owner,
                fee: Units(10_000_000),
                outcome: Outcome::Accepted,
            },
        ),
        (
            json!({ "kind": "transaction", "hash": hash.to_string(), "sender": who, "fee": "10000000", "outcome": "no_position" }),
            Receipt::Transaction {
                hash,
                sender: owner,
                fee: Units(10_000_000),
                outcome: Outcome::Refused(Refusal::NoPosition),
            },
        ),
        (
            json!({ "kind": "missed", "slot": "19", "miner": 7 }),
            Receipt::Missed {
                slot: Slot(19),
                miner,
            },
        ),
        (
            json!({ "kind": "reward", "miner": 7, "owner": who, "amount": much }),
            Receipt::Reward {
                miner,
                owner,
                amount,
            },
        ),
        (
            json!({ "kind": "fee_share", "miner": 7, "owner": who, "blocks": "3", "amount": much }),
            Receipt::FeeShare {
                miner,
                owner,
                blocks: 3,
                amount,
            },
        ),
        (
            json!({ "kind": "bonus", "total": much, "pool": "5", "lucky": "6", "carry": "8" }),
            Receipt::Bonus {
                total: amount,
                pool: Units(5),
                lucky: Units(6),
                carry: Units(8),
            },
        ),
        (
            json!({ "kind": "lucky", "miner": 7, "amount": much }),
            Receipt::Lucky { miner, amount },
        ),
        (
            json!({ "kind": "pool", "miner": 7, "amount": much, "votes": many }),
            Receipt::Pool {
                miner,
                amount,
                votes,
            },
        ),
        (
            json!({ "kind": "halving", "miner": 7, "blocks": "2" }),
            Receipt::Halving { miner, blocks: 2 },
        ),
        (
            json!({ "kind": "day_tick", "days": "1" }),
            Receipt::DayTick { days: 1 },
        ),
    ];
    let requests = [
        (
            json!({ "kind": "lock", "amount": much }),
            RequestSummary::Lock(amount),
        ),
        (
            json!({ "kind": "unlock", "amount": much }),
            RequestSummary::Unlock(amount),
        ),
        (
            json!({ "kind": "vote", "miner": 7 }),
            RequestSummary::Vote(miner),
        ),
        (json!({ "kind": "withdraw" }), RequestSummary::Withdraw),
        (
            json!({ "kind": "register", "name": "abc", "miner": 7 }),
            RequestSummary::Register(MinerName::new("abc").unwrap(), miner),
        ),
        (json!({ "kind": "resign" }), RequestSummary::Resign),
    ];
    for (fields, request) in requests {
        let applied = request != RequestSummary::Withdraw;
        examples.push((
            json!({ "kind": "request", "account": who, "request": fields, "applied": applied }),
            Receipt::Request {
                account: owner,
                request,
                applied,
            },
        ));
    }
    examples.extend([
        (json!({ "kind": "average", "v_avg": "4294967296" }), Receipt::Average { v_avg: 1 << 32 }),
        (json!({ "kind": "draw", "round": "9", "candidates": 4, "candidates_hash": hash.to_string(), "total": many, "members": [7, 1], "kept": false }),
         Receipt::Draw { round: Round(9), candidates: 4, candidates_hash: hash, total: votes, members: vec![miner, MinerId(1)], kept: false }),
        (json!({ "kind": "deposit_returned", "miner": 7, "owner": who, "amount": much }),
         Receipt::DepositReturned { miner, owner, amount }),
        (json!({ "kind": "fees", "total": much, "per_block": "5", "remainder": "8" }),
         Receipt::Fees { total: amount, per_block: Units(5), remainder: Units(8) }),
    ]);
    examples
}
