//! Runs scenarios on the mechanism, in memory.

use crate::{
    AccountState, BlockEntry, CommitteeState, GenesisEntry, GenesisState, MinerState, Operation,
    ParamsEntry, PositionState, RequestEntry, RoundEntry, RoundState, Scenario, ScenarioError,
    States, StatesFormat,
};
use etm_mechanism::{
    Error, Genesis, GenesisError, GenesisMiner, GenesisPosition, Mechanism, MemoryStore, MinerId,
    MinerName, Params, PositionView, Request, Round, RoundReport, Store, TimeGain, Verdict,
};
use std::convert::Infallible;

type Failure = Error<Infallible>;

/// Runs a scenario and answers the states after genesis and after each round. A malformed scenario is refused as a whole.
pub fn run(scenario: &Scenario) -> Result<States, ScenarioError> {
    let mut runner = Runner::new(&scenario.params, &scenario.genesis)?;
    let genesis = runner.genesis_state()?;
    let rounds = scenario.rounds.iter().enumerate();
    let rounds = rounds
        .map(|(index, round)| {
            let state = runner.round(round);
            state.map_err(|error| error.within(&format!("rounds[{index}]")))
        })
        .collect::<Result<_, _>>()?;
    Ok(States {
        format: StatesFormat::V1,
        genesis,
        rounds,
    })
}

/// A scenario on its way, one round after the other.
#[derive(Clone, Debug)]
pub struct Runner {
    mechanism: Mechanism<MemoryStore<String>>,
    report: Option<RoundReport<String>>,
}

impl Runner {
    pub fn new(params: &ParamsEntry, genesis: &GenesisEntry) -> Result<Self, ScenarioError> {
        let params = params.resolve();
        params
            .check()
            .map_err(|error| ScenarioError::new("params", error))?;
        Ok(Self {
            mechanism: found(params, genesis).map_err(|error| error.within("genesis"))?,
            report: None,
        })
    }

    /// The mechanism as it is now.
    pub const fn mechanism(&self) -> &Mechanism<MemoryStore<String>> {
        &self.mechanism
    }

    /// What the end of the last round did.
    pub const fn report(&self) -> Option<&RoundReport<String>> {
        self.report.as_ref()
    }

    /// The state after genesis.
    pub fn genesis_state(&self) -> Result<GenesisState, ScenarioError> {
        let committee = |round| {
            let members = self.mechanism.store().committee(round);
            let members = members.map_err(Error::Store).map_err(damaged)?;
            Ok((round.0, ids(&members.unwrap_or_default())))
        };
        Ok(GenesisState {
            committees: [committee(Round(0))?, committee(Round(1))?].into(),
        })
    }

    /// Runs a round and answers the state after it. After an error the runner is of no further use.
    pub fn round(&mut self, round: &RoundEntry) -> Result<RoundState, ScenarioError> {
        self.round_with(round, |_| {})
    }

    /// The same, and shows the mechanism after each block and after the end of the round.
    pub fn round_with(
        &mut self,
        round: &RoundEntry,
        mut observe: impl FnMut(&Mechanism<MemoryStore<String>>),
    ) -> Result<RoundState, ScenarioError> {
        let globals = self.mechanism.globals().map_err(damaged)?;
        let blocks = u64::from(self.mechanism.params().blocks_per_round);
        let expected = blocks - u64::from(globals.round == Round(0));
        if round.blocks.len() as u64 != expected {
            let found = round.blocks.len();
            let message = format!("round {} has {expected} blocks, not {found}", globals.round);
            return Err(ScenarioError::new("blocks", message));
        }
        let mut rejected = Vec::new();
        for (index, block) in round.blocks.iter().enumerate() {
            let refused = self
                .block(block)
                .map_err(|error| error.within(&format!("blocks[{index}]")))?;
            rejected.extend(refused.into_iter().map(|request| (index, request)));
            observe(&self.mechanism);
        }
        let report = self.mechanism.end_round(&round.beacon.0, |_| true);
        let report = report.map_err(|error| ScenarioError::new(".", error))?;
        observe(&self.mechanism);
        let state = self.state(&report, rejected).map_err(damaged)?;
        self.report = Some(report);
        Ok(state)
    }

    /// Runs a block and answers which requests were rejected.
    fn block(&mut self, block: &BlockEntry) -> Result<Vec<usize>, ScenarioError> {
        let globals = self.mechanism.globals().map_err(damaged)?;
        if block.timestamp <= globals.timestamp {
            let message = format!(
                "timestamps increase: {} is not above {}",
                block.timestamp, globals.timestamp
            );
            return Err(ScenarioError::new("timestamp", message));
        }
        let mut rejected = Vec::new();
        for (index, request) in block.requests.iter().enumerate() {
            let accepted = self.request(request);
            if !accepted.map_err(|error| ScenarioError::new(format!("requests[{index}]"), error))? {
                rejected.push(index);
            }
        }
        if block.fees.0 > 0 {
            self.mechanism
                .collect_fees(block.fees.into())
                .map_err(|error| ScenarioError::new("fees", error))?;
        }
        let missed: Vec<_> = block.missed.iter().copied().map(MinerId).collect();
        self.mechanism
            .block(MinerId(block.producer), &missed, block.timestamp)
            .map_err(|error| {
                // The producer is counted first.
                let place = missed.iter().position(|missed| matches!(error, Error::NotInCommittee { miner, .. } if miner == *missed));
                match place {
                    Some(place) if missed[place].0 != block.producer => {
                        ScenarioError::new(format!("missed[{place}]"), error)
                    }
                    _ => ScenarioError::new("producer", error),
                }
            })?;
        Ok(rejected)
    }

    /// Whether a request is accepted.
    fn request(&mut self, entry: &RequestEntry) -> Result<bool, Failure> {
        let request = match &entry.operation {
            Operation::Lock(amount) => Request::Lock((*amount).into()),
            Operation::Unlock(amount) => Request::Unlock((*amount).into()),
            Operation::Vote(miner) => Request::Vote(MinerId(*miner)),
            Operation::Withdraw => Request::Withdraw,
            Operation::Register(name) => match MinerName::new(name) {
                Ok(name) => Request::Register(name),
                Err(_) => return Ok(false),
            },
            Operation::Resign => Request::Resign,
            Operation::Transfer(transfer) => Request::Transfer {
                to: transfer.to.clone(),
                amount: transfer.amount.into(),
            },
        };
        let verdict = self.mechanism.request(&entry.account, request)?;
        Ok(matches!(verdict, Verdict::Accepted(_)))
    }

    fn state(
        &self,
        report: &RoundReport<String>,
        rejected: Vec<(usize, usize)>,
    ) -> Result<RoundState, Failure> {
        let globals = self.mechanism.globals()?;
        let standings = self.mechanism.standings()?;
        let registered = standings.iter().filter(|(_, standing)| standing.registered);
        let miners = registered.map(|(miner, standing)| MinerState {
            id: miner.0,
            votes: standing.votes.into(),
            produced: standing.produced,
            slots: standing.slots,
            coefficient: crate::Figure(standing.coefficient(globals.average).into()),
            weight: standing.weight(globals.average).into(),
        });
        let miners = miners.collect();
        let (mut accounts, mut positions) = (Vec::new(), Vec::new());
        for id in self.mechanism.store().accounts() {
            if let Some(PositionView { position, earned }) = self.mechanism.position(&id)? {
                positions.push(PositionState {
                    account: id.clone(),
                    locked: position.locked.into(),
                    t: position.t.get(),
                    miner: position.miner.map(|miner| miner.0),
                    earned: earned.into(),
                });
            }
            let account = self.mechanism.store().account(&id)?.unwrap_or_default();
            accounts.push(AccountState {
                id,
                free: account.free.into(),
            });
        }
        Ok(RoundState {
            round: report.round.0,
            rejected,
            lucky: report.lucky.0,
            carry: globals.carry.into(),
            v_avg: crate::Figure(globals.average.into()),
            miners,
            positions,
            accounts,
            committee: CommitteeState {
                round: report.draw.round.0,
                members: ids(&report.draw.members),
            },
            bonus_issued: globals.bonus_issued.into(),
            fees_pending: globals.fees_pending.into(),
        })
    }
}

fn ids(members: &[MinerId]) -> Vec<u32> {
    members.iter().map(|miner| miner.0).collect()
}

/// An error that no scenario can bring about.
fn damaged(error: Failure) -> ScenarioError {
    ScenarioError::new(".", error)
}

/// The mechanism at genesis; paths are relative to it.
fn found(
    params: Params,
    genesis: &GenesisEntry,
) -> Result<Mechanism<MemoryStore<String>>, ScenarioError> {
    let accounts = genesis.accounts.iter();
    let accounts = accounts.map(|entry| (entry.id.clone(), entry.free.into()));
    let miners = genesis.miners.iter().enumerate();
    let miners = miners.map(|(index, entry)| {
        let name = MinerName::new(&entry.name);
        Ok(GenesisMiner {
            owner: entry.owner.clone(),
            name: name
                .map_err(|error| ScenarioError::new(format!("miners[{index}].name"), error))?,
        })
    });
    let positions = genesis.positions.iter().enumerate();
    let positions = positions.map(|(index, entry)| {
        let outside = || {
            let message = format!("the time gain is 1 to 32, not {}", entry.t);
            ScenarioError::new(format!("positions[{index}].t"), message)
        };
        Ok(GenesisPosition {
            account: entry.account.clone(),
            locked: entry.locked.into(),
            t: TimeGain::new(entry.t).ok_or_else(outside)?,
            miner: entry.miner.map(MinerId),
        })
    });
    let genesis = Genesis {
        timestamp: genesis.timestamp,
        beacon: genesis.beacon.0,
        accounts: accounts.collect(),
        miners: miners.collect::<Result<_, ScenarioError>>()?,
        positions: positions.collect::<Result<_, ScenarioError>>()?,
    };
    Mechanism::genesis(params, MemoryStore::new(), genesis).map_err(invalid)
}

fn invalid(error: GenesisError<String, Infallible>) -> ScenarioError {
    let path = match &error {
        GenesisError::AccountTwice { index, .. } => format!("accounts[{index}].id"),
        GenesisError::OwnerTwice { index, .. } => format!("miners[{index}].owner"),
        GenesisError::NameTwice { index, .. } => format!("miners[{index}].name"),
        GenesisError::PositionTwice { index, .. } => format!("positions[{index}].account"),
        GenesisError::BelowMinLock { index, .. } => format!("positions[{index}].locked"),
        GenesisError::UnknownMiner { index, .. } => format!("positions[{index}].miner"),
        GenesisError::TooFewCandidates { .. } => "positions".to_owned(),
        GenesisError::TooManyMiners => "miners".to_owned(),
        GenesisError::Params(_) | GenesisError::Mechanism(_) | GenesisError::Supply => {
            ".".to_owned()
        }
    };
    ScenarioError::new(path, error)
}
