use crate::bytes;
use etm_mechanism::{Candidate, MinerId, Votes, beacon, draw};
use etm_types::bytes::hex;
use etm_types::{Round, Slot};
use serde_json::{Value, json};

pub fn vectors() -> Value {
    let lucky = [1usize, 5, 101].map(|members| {
        json!({
            "round": "77", "beacon": hex(&bytes::<32>(50)), "members": members,
            "place": beacon::lucky(Round(77), &bytes(50), members),
        })
    });
    json!({
        "about": "Orders keyed by a beacon: who is on turn in a slot, who is lucky, who is drawn. Places are indexes into the committee.",
        "slots": [slots(0, 5), slots(77, 101)],
        "lucky": lucky,
        "draws": [held(&[5, 1, 1, 1, 12], 3), held(&[1 << 40, 1 << 90, 3], 3), held(&[9; 30], 10)],
    })
}

fn slots(round: u64, members: usize) -> Value {
    let seed = bytes(50);
    let places: Vec<usize> = (1..=24)
        .map(|slot| beacon::on_turn(Round(round), &seed, Slot(slot), members))
        .collect();
    json!({
        "round": round.to_string(), "beacon": hex(&seed), "members": members, "first_slot": 1, "places": places,
    })
}

fn held(weights: &[u128], count: usize) -> Value {
    let candidates: Vec<Candidate> = (10u32..)
        .zip(weights)
        .map(|(id, weight)| Candidate {
            miner: MinerId(id),
            votes: Votes(*weight),
            produced: 0,
            slots: 0,
            weight: Votes(*weight),
        })
        .collect();
    let seed = bytes(51);
    let picks = draw::draw(Round(9), &seed, &candidates, count).unwrap();
    json!({
        "round": "9",
        "beacon": hex(&seed),
        "candidates": candidates.iter().map(|candidate| json!({
            "miner": candidate.miner.0, "weight": candidate.weight.to_string(),
        })).collect::<Vec<_>>(),
        "count": count,
        "picks": picks.iter().map(|pick| json!({
            "hash": hex(&pick.hash), "total": pick.total.to_string(), "x": pick.point.to_string(), "miner": pick.miner.0,
        })).collect::<Vec<_>>(),
    })
}
