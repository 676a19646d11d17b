//! A small world for the tests of the crate's public face.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test program uses a part")]

pub mod traced;

use etm_mechanism::{
    Genesis, GenesisMiner, GenesisPosition, Height, Mechanism, MinerId, MinerName, Params,
    RoundReport, Store, TimeGain, Units,
};
use std::fmt::Debug;

pub const ETM: u64 = 100_000_000;

pub fn params() -> Params {
    Params {
        committee: 2,
        blocks_per_round: 3,
        min_committee: 1,
        deposit: Units(2 * ETM),
        ..Params::mainnet()
    }
}

/// Accounts 0..`voters` with 10 ETM free and 5 ETM locked for miner `account % miners`; miners are owned by 1000, 1001 ...
pub fn genesis(miners: u32, voters: u32) -> Genesis<u32> {
    Genesis {
        timestamp: 100,
        beacon: [1; 32],
        accounts: (0..voters)
            .map(|account| (account, Units(10 * ETM)))
            .collect(),
        miners: (0..miners)
            .map(|id| GenesisMiner {
                owner: 1_000 + id,
                name: MinerName::new(&format!("m{id}")).unwrap(),
            })
            .collect(),
        positions: (0..voters)
            .map(|account| GenesisPosition {
                account,
                locked: Units(5 * ETM),
                t: TimeGain::new((account % 32 + 1) as u8).unwrap(),
                miner: Some(MinerId(account % miners)),
            })
            .collect(),
    }
}

/// The blocks that are left of the round, all by the first member of the committee, and the end of the round.
pub fn finish<S: Store>(mechanism: &mut Mechanism<S>) -> RoundReport<S::Account>
where
    S::Error: Debug,
{
    blocks(mechanism);
    let beacon = [mechanism.globals().unwrap().round.0 as u8; 32];
    mechanism.end_round(&beacon, |_| true).unwrap()
}

/// The blocks that are left of the round.
pub fn blocks<S: Store>(mechanism: &mut Mechanism<S>)
where
    S::Error: Debug,
{
    let globals = mechanism.globals().unwrap();
    let last = globals.round.next().0 * u64::from(mechanism.params().blocks_per_round) - 1;
    let producer = mechanism.store().committee(globals.round).unwrap().unwrap()[0];
    for height in globals.height.next().through(Height(last)) {
        mechanism.block(producer, &[], 100 + height.0).unwrap();
    }
}
