use alloc::vec;
use etm_mechanism::{
    Genesis, GenesisMiner, GenesisPosition, Mechanism, MemoryStore, MinerId, MinerName, Params, Request, TimeGain,
    Units, check, verify_draw,
};

#[unsafe(no_mangle)]
pub extern "C" fn probe() -> bool {
    round().is_some()
}

fn round() -> Option<()> {
    let params = Params { blocks_per_round: 2, min_committee: 1, ..Params::mainnet() };
    let genesis = Genesis {
        timestamp: 0,
        beacon: [0; 32],
        accounts: vec![(1u32, Units::ETM)],
        miners: vec![GenesisMiner { owner: 1u32, name: MinerName::new("m").ok()? }],
        positions: vec![GenesisPosition { account: 1u32, locked: Units::ETM, t: TimeGain::MIN, miner: Some(MinerId(0)) }],
    };
    let mut mechanism = Mechanism::genesis(params, MemoryStore::<u32>::new(), genesis).ok()?;
    mechanism.request(&1, Request::Withdraw).ok()?;
    mechanism.block(MinerId(0), &[], 1).ok()?;
    let report = mechanism.end_round(&[1; 32], |_| true).ok()?;
    check::all(&mechanism).ok()?.ok()?;
    verify_draw(&report.draw).ok()
}
