use crate::{block, bytes};
use etm_mechanism::{
    Candidate, Cohort, CohortId, CohortNode, Cohorts, Miner, Pending, PositionRecord, Standing,
    Standings, TimeGain,
};
use etm_types::bytes::hex;
use etm_types::codec::{Wire, to_bytes};
use etm_types::state::{
    AccountRecord, CandidateList, ChainRecord, NodeRecord, Presence, PresenceEntry, Record,
    RoundMember, RoundRecord,
};
use etm_types::{
    Address, Beacon, BlsPublicKey, DialAddress, Height, MinerId, MinerName, NodeKey, Round, Slot,
    Units, Votes,
};
use serde_json::{Value, json};

fn entry<T: Wire>(record: &str, key: Record<'_>, fields: Value, value: &T) -> Value {
    json!({ "record": record, "key": key.key().to_string(), "fields": fields, "value": hex(&to_bytes(value)) })
}

pub fn vectors() -> Value {
    let address = Address(bytes(9));
    let name = MinerName::new("a.miner_1").unwrap();
    let id = MinerId(7);
    let standing = Standing {
        votes: Votes(1 << 80),
        produced: 3,
        slots: 4,
        registered: true,
    };
    let candidates = CandidateList(vec![Candidate {
        miner: id,
        votes: Votes(1 << 80),
        produced: 3,
        slots: 4,
        weight: Votes(3 << 78),
    }]);
    let cohort = Cohort {
        id: CohortId(5),
        t: TimeGain::MAX,
        rank: 1,
        references: 2,
        weight: 1_000_000,
        gain: 1 << 70,
    };
    json!({
        "about": "Records of the state: keys and values. Miner id 7, cohort 5, round 12, page 0; numbers of 64 bits and more are strings.",
        "address": address.to_string(),
        "records": [
            entry("chain", Record::Chain, json!({
                "height": "302", "slot": "105", "timestamp_ms": "1700000000123", "beacon": hex(&bytes::<32>(13)),
                "free_total": "5", "accounts": "6",
            }), &ChainRecord {
                height: Height(302), slot: Slot(105), timestamp_ms: 1_700_000_000_123, beacon: Beacon(bytes(13)),
                free_total: Units(5), accounts: 6,
            }),
            entry("account", Record::Account(&address), json!({ "free": "1250000000", "nonce": "3", "miner": 7 }),
                &AccountRecord { free: Units(1_250_000_000), nonce: 3, miner: Some(id) }),
            entry("account", Record::Account(&Address(bytes(10))), json!({ "free": "0", "nonce": "0", "miner": null }),
                &AccountRecord::default()),
            entry("position", Record::Position(&address), json!({
                "locked": "100000000", "weight": "1000000", "cohort": "5", "base": (1u128 << 66).to_string(),
            }), &PositionRecord { locked: Units(100_000_000), weight: 1_000_000, cohort: CohortId(5), base: 1 << 66 }),
            entry("pending", Record::Pending(&address), json!({
                "locked": "100000000", "vote": 7, "registers": false, "resigns": true,
            }), &Pending { locked: Units(100_000_000), vote: Some(id), registers: false, resigns: true }),
            entry("cohort", Record::CohortNode(CohortId(5)), json!({ "live": 7 }), &CohortNode::Live(Some(id))),
            entry("cohort", Record::CohortNode(CohortId(6)), json!({
                "into": "5", "shift": "9", "references": "2",
            }), &CohortNode::Merged { into: CohortId(5), shift: 9, references: 2 }),
            entry("cohorts", Record::Cohorts(Some(id)), json!([{
                "id": "5", "t": 32, "rank": 1, "references": "2", "weight": "1000000", "gain": (1u128 << 70).to_string(),
            }]), &Cohorts::new(vec![cohort]).unwrap()),
            entry("cohorts", Record::Cohorts(None), json!([]), &Cohorts::default()),
            entry("miner", Record::Miner(id), json!({
                "owner": address.to_string(), "name": name.as_str(), "deposit": "100000000000",
            }), &Miner { owner: address, name, deposit: Units(100_000_000_000) }),
            entry("node", Record::Node(id), json!({
                "node": hex(&bytes::<32>(1)), "bls": hex(&bytes::<96>(2)), "dial": "127.0.0.1:4000", "contact": null,
            }), &NodeRecord {
                node: NodeKey(bytes(1)), bls: BlsPublicKey(bytes(2)),
                dial: DialAddress::new("127.0.0.1:4000").unwrap(), contact: None,
            }),
            entry("standings", Record::Standings(0), json!([{
                "miner": 7, "votes": (1u128 << 80).to_string(), "produced": "3", "slots": "4", "registered": true,
            }]), &Standings(vec![(id, standing)])),
            entry("presence", Record::Presence(0), json!([{ "miner": 7, "seen": "12", "heartbeat": "11" }]),
                &Presence(vec![PresenceEntry { miner: id, seen: Round(12), heartbeat: Some(Round(11)) }])),
            entry("committee", Record::Committee(Round(12)), json!({ "as": "the committee in blocks.json, for round 12" }),
                &block::committee(12)),
            round(&candidates),
        ],
        "candidates": { "encoding": hex(&to_bytes(&candidates)), "hash": candidates.hash().to_string() },
    })
}

fn round(candidates: &CandidateList) -> Value {
    let id = MinerId(7);
    let record = RoundRecord {
        round: Round(12),
        first_height: Height(1212),
        last_height: Height(1312),
        seed: Beacon(bytes(20)),
        beacon: Beacon(bytes(21)),
        fees: Units(1),
        fee_share: Units(2),
        fees_pending: Units(3),
        bonus: Units(4),
        lucky: id,
        carry: Units(5),
        days: 6,
        average: 7,
        members: vec![RoundMember {
            miner: id,
            produced: 8,
            missed: 9,
            fees: Units(10),
            votes: Votes(11),
            pool: Units(12),
        }],
        candidates: 1,
        candidates_hash: candidates.hash(),
        kept: false,
        drawn: vec![id],
    };
    let fields = json!({
        "round": "12", "first_height": "1212", "last_height": "1312",
        "seed": record.seed.to_string(), "beacon": record.beacon.to_string(),
        "fees": "1", "fee_share": "2", "fees_pending": "3", "bonus": "4", "lucky": 7, "carry": "5", "days": "6",
        "average": "7",
        "members": [{ "miner": 7, "produced": "8", "missed": "9", "fees": "10", "votes": "11", "pool": "12" }],
        "candidates": 1, "candidates_hash": record.candidates_hash.to_string(), "kept": false, "drawn": [7],
    });
    entry("round", Record::Round(Round(12)), fields, &record)
}
