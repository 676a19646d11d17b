//! Every record of the state; the first byte chooses which.
#![no_main]

use etm_mechanism::{CohortNode, Cohorts, Globals, Miner, MinerId, NameHolder, Pending, PositionRecord, Queued, Standings, Tally};
use etm_types::codec::{Wire, from_bytes, to_bytes};
use etm_types::state::{AccountRecord, CandidateList, ChainRecord, NodeRecord, Presence, RoundRecord};
use etm_types::{Address, Committee, MinerKeys};
use libfuzzer_sys::fuzz_target;

fn check<T: Wire>(bytes: &[u8]) {
    if let Ok(value) = from_bytes::<T>(bytes) {
        assert_eq!(to_bytes(&value), bytes);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    match kind % 19 {
        0 => check::<ChainRecord>(bytes),
        1 => check::<Globals>(bytes),
        2 => check::<Tally>(bytes),
        3 => check::<AccountRecord>(bytes),
        4 => check::<PositionRecord>(bytes),
        5 => check::<Pending>(bytes),
        6 => check::<NodeRecord>(bytes),
        7 => check::<Miner<Address>>(bytes),
        8 => check::<Presence>(bytes),
        9 => check::<Standings>(bytes),
        10 => check::<Cohorts>(bytes),
        11 => check::<CohortNode>(bytes),
        12 => check::<NameHolder>(bytes),
        13 => check::<Vec<Queued<Address>>>(bytes),
        14 => check::<Committee>(bytes),
        15 => check::<Vec<MinerId>>(bytes),
        16 => check::<RoundRecord>(bytes),
        17 => check::<CandidateList>(bytes),
        _ => check::<MinerKeys>(bytes),
    }
});
