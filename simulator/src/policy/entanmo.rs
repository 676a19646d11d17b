//! En-Tan-Mo as specified, on the mechanism crate.

use super::contract::{
    Entry, MinerState, Outlook, Policy, PolicyError, PositionState, Round, Seats, Start,
};
use crate::{
    time_gain::{self, Halving},
    units::etm,
    world::{NOBODY, World},
};
use etm_mechanism::{
    Genesis, GenesisMiner, GenesisPosition, Mechanism, MemoryStore, MinerId, MinerName, Numbered,
    Request, Store, TimeGain, Units, Verdict, Votes,
};

pub const ENTRY: Entry = Entry {
    name: "entanmo",
    title: "En-Tan-Mo",
    about: "votes (t*T)^(3/4) of each position, committee drawn by votes times performance; run on the mechanism crate",
    seats: Seats::Drawn,
    start: |world, start| Ok(Box::new(EnTanMo::new(world, start)?)),
};

/// Accounts are numbered as in the world.
type Memory = MemoryStore<u32, Numbered>;

/// The mechanism in memory.
pub struct EnTanMo {
    mechanism: Mechanism<Memory>,
    miners: usize,
    committee: Vec<u32>,
    missed: Vec<MinerId>,
}

fn fault(round: u64) -> impl Fn(etm_mechanism::Error<std::convert::Infallible>) -> PolicyError {
    move |error| PolicyError::Round {
        round,
        reason: error.to_string(),
    }
}

/// Votes as people see them.
fn shown(votes: Votes) -> f64 {
    votes.0 as f64 / Votes::ONE.0 as f64
}

impl EnTanMo {
    /// The mechanism at genesis.
    pub fn new(world: &World, start: &Start) -> Result<Self, PolicyError> {
        let mechanism = Mechanism::genesis_with(
            start.params,
            Memory::with_hasher(Numbered),
            genesis(world, start)?,
            positions(world),
        );
        let mechanism = mechanism.map_err(|error| PolicyError::Genesis(error.to_string()))?;
        let mut policy = Self {
            mechanism,
            miners: world.miners.len(),
            committee: Vec::new(),
            missed: Vec::new(),
        };
        policy.load_committee(0)?;
        Ok(policy)
    }

    /// The mechanism, to look into.
    #[cfg(test)]
    pub const fn mechanism(&self) -> &Mechanism<Memory> {
        &self.mechanism
    }

    fn load_committee(&mut self, round: u64) -> Result<(), PolicyError> {
        let Ok(committee) = self
            .mechanism
            .store()
            .committee(etm_mechanism::Round(round));
        let reason = || PolicyError::Round {
            round,
            reason: "there is no committee".into(),
        };
        let committee = committee.ok_or_else(reason)?;
        self.committee = committee.iter().map(|miner| miner.0).collect();
        Ok(())
    }
}

/// The genesis of a world, but for its positions.
fn genesis(world: &World, start: &Start) -> Result<Genesis<u32>, PolicyError> {
    let mut miners = Vec::with_capacity(world.miners.len());
    for (id, miner) in world.miners.iter().enumerate() {
        let name = MinerName::new(&format!("m{id}"));
        let name = name.map_err(|error| PolicyError::Genesis(error.to_string()))?;
        miners.push(GenesisMiner {
            owner: miner.owner,
            name,
        });
    }
    Ok(Genesis {
        timestamp: 0,
        beacon: start.beacon,
        accounts: Vec::new(),
        miners,
        positions: Vec::new(),
    })
}

/// The positions of a world, made one after the other: there may be millions.
fn positions(world: &World) -> impl Iterator<Item = GenesisPosition<u32>> + '_ {
    let positions = world.stake.iter().zip(&world.vote).enumerate();
    positions.map(|(account, (stake, vote))| GenesisPosition {
        account: account as u32,
        locked: Units(*stake),
        t: world
            .time_gain
            .get(account)
            .and_then(|t| TimeGain::new(*t))
            .unwrap_or(TimeGain::MIN),
        miner: (*vote != NOBODY).then_some(MinerId(*vote)),
    })
}

impl Policy for EnTanMo {
    fn committee(&self) -> &[u32] {
        &self.committee
    }

    fn play(&mut self, round: &Round<'_>) -> Result<(), PolicyError> {
        let fault = fault(round.number);
        for change in round.moves {
            let request = Request::Vote(MinerId(change.to));
            let verdict = self
                .mechanism
                .request(&change.voter, request)
                .map_err(&fault)?;
            if let Verdict::Rejected(rejection) = verdict {
                let reason = format!("a vote was rejected: {rejection}");
                return Err(PolicyError::Round {
                    round: round.number,
                    reason,
                });
            }
        }
        let mut missed = round.missed;
        for block in round.blocks {
            let (before, after) = missed.split_at(missed.len().min(block.missed as usize));
            missed = after;
            self.missed.clear();
            self.missed
                .extend(before.iter().map(|miner| MinerId(*miner)));
            self.mechanism
                .block(MinerId(block.producer), &self.missed, block.timestamp)
                .map_err(&fault)?;
        }
        self.mechanism
            .end_round(&round.beacon, |_| true)
            .map_err(&fault)?;
        self.load_committee(round.number + 1)
    }

    fn miners(&self) -> Result<Vec<MinerState>, PolicyError> {
        let globals = self.mechanism.globals().map_err(fault(0))?;
        let standings = self.mechanism.standings().map_err(fault(globals.round.0))?;
        let mut states = vec![
            MinerState {
                votes: 0.0,
                weight: 0.0
            };
            self.miners
        ];
        for (id, standing) in standings {
            if let Some(state) = states.get_mut(id.0 as usize) {
                state.votes = shown(standing.votes);
                state.weight = shown(standing.weight(globals.average));
            }
        }
        Ok(states)
    }

    fn position(&self, voter: u32) -> Result<PositionState, PolicyError> {
        let view = self.mechanism.position(&voter).map_err(fault(0))?;
        Ok(view.map_or(
            PositionState {
                t: 1,
                votes: 0.0,
                earned: 0.0,
            },
            |view| PositionState {
                t: view.position.t.get(),
                votes: shown(view.position.votes()),
                earned: etm(view.earned.0),
            },
        ))
    }

    fn outlook(&self) -> Outlook {
        Outlook {
            votes_of: power_3_4,
            gain: time_gain::gain,
            weight_of: |votes| votes,
            seats: Seats::Drawn,
            halving: Some(Halving::EachBlock),
        }
    }
}

/// `x^(3/4)`.
pub fn power_3_4(x: f64) -> f64 {
    let root = libm::sqrt(x);
    root * libm::sqrt(root)
}
