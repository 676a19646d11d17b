//! Export as scenario files (`etm-scenario/1`), for the replay and the lab.
//!
//! These are the only routes whose cost grows with the number of accounts or blocks; one runs at a time, others wait for their turn,
//! and what is too large is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use etm_execution::read;
use etm_history::History;
use etm_mechanism::Params;
use etm_scenario::export::{Clock, pay_fee};
use etm_scenario::{
    Amount, Beacon, BlockEntry, CommitteeState, Document, Figure, GenesisAccount, GenesisEntry,
    GenesisMinerEntry, GenesisPositionEntry, Operation, ParamsEntry, Record, RecordFormat,
    RecordedCandidate, RecordedPosition, RecordedRound, RequestEntry, RoundEntry, Scenario,
    ScenarioFormat,
};
use etm_types::api::error::ErrorCode;
use etm_types::{Address, Height, Outcome, Receipt, Refusal, Round, Transaction};

use crate::error::{ApiError, ApiResult};
use crate::reader::read_state;
use crate::state::{Api, Asked};
use crate::view::table::Table;

/// Blocks of a run that are exported at most.
const MAX_BLOCKS: u64 = 50_000;
/// How often the export of the present is begun anew because a round ended meanwhile.
const CURRENT_TRIES: u32 = 5;
/// Positions that are exported at most.
const MAX_POSITIONS: usize = 100_000;

fn parameters(api: &Api) -> Result<(Clock, ParamsEntry), ApiError> {
    let chain = api.genesis().chain();
    let params: Params = chain.params.mechanism;
    let clock =
        Clock::milliseconds(chain.genesis_timestamp_ms, params.day_seconds).ok_or_else(|| {
            ApiError::new(
                ErrorCode::TooLarge,
                "a day of this chain can't be written in milliseconds",
            )
        })?;
    Ok((
        clock,
        ParamsEntry {
            day_seconds: Some(clock.day_seconds),
            ..ParamsEntry::from(params)
        },
    ))
}

/// The mechanism's state as it is now: a genesis with the present candidates and positions, and no rounds.
///
/// What a scenario can't hold is left out: the miners' counters begin anew, so do earned fractions; miners are numbered anew in the order
/// of their ids; earned bonus is in the free balance; accounts without a position or a miner are left out; what is accepted and not in
/// effect is not counted. All positions are those of one and the same round; balances are as of the moment each was read.
#[utoipa::path(get, path = "/scenario/current", tag = "scenario", responses((status = 200, description = "An etm-scenario/1 document", body = Object)))]
pub(crate) async fn current(Asked(api): Asked) -> ApiResult<Scenario> {
    let _turn = api.turn(&api.shared.exports).await?;
    // Positions change at the end of a round only. If one ends while they are read, they are read anew: never a mixture.
    for _ in 0..CURRENT_TRIES {
        let table = api.table().await?;
        let running = table.globals.round;
        let Some(genesis) = api.present(table).await? else {
            continue;
        };
        let (after, _) = read_state!(api, reader => read::globals(&reader))?;
        if after.0.round == running {
            let (_, params) = parameters(&api)?;
            return Ok(Json(Scenario {
                format: ScenarioFormat::V1,
                params,
                genesis,
                rounds: Vec::new(),
            }));
        }
    }
    let message = "rounds end faster than the state can be read; try again";
    Err(ApiError::new(ErrorCode::Unavailable, message))
}

impl Api {
    /// Accounts, miners and positions in the round of the table; none if the history is not in that round.
    async fn present(&self, table: Arc<Table>) -> Result<Option<GenesisEntry>, ApiError> {
        let params = *self.params();
        let mut miners = Vec::new();
        let mut numbers = BTreeMap::new();
        for row in table.rows.iter().filter(|row| row.view.standing.registered) {
            numbers.insert(
                row.miner.id,
                u32::try_from(miners.len()).unwrap_or(u32::MAX),
            );
            miners.push(GenesisMinerEntry {
                owner: row.miner.owner.clone(),
                name: row.miner.name.clone(),
            });
        }
        let Some(holders) = self.holders(table.globals.round.0).await? else {
            return Ok(None);
        };
        let owners = table
            .rows
            .iter()
            .filter_map(|row| row.miner.owner.parse::<Address>().ok());
        let mut wanted: Vec<Address> = holders.into_iter().chain(owners).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let (mut accounts, mut positions) = (Vec::new(), Vec::new());
        for address in wanted {
            let (view, _) = read_state!(self, reader => read::account(&reader, &params, &address))?;
            accounts.push(GenesisAccount {
                id: address.to_string(),
                free: Amount(view.balance().0),
            });
            if let Some(position) = view.position {
                positions.push(GenesisPositionEntry {
                    account: address.to_string(),
                    locked: Amount(position.locked.0),
                    t: position.t.get(),
                    miner: position
                        .miner
                        .and_then(|miner| numbers.get(&miner.0).copied()),
                });
            }
        }
        Ok(Some(GenesisEntry {
            timestamp: table.globals.timestamp.saturating_mul(1_000),
            beacon: Beacon(table.globals.beacon),
            accounts,
            miners,
            positions,
        }))
    }

    /// Who has a position in the running round `round`; none if the history is not in that round.
    async fn holders(&self, round: u64) -> Result<Option<Vec<Address>>, ApiError> {
        let reading = self.history(|history| {
            Ok((
                history.running_round()?,
                history.holders(MAX_POSITIONS + 1)?,
            ))
        });
        let (running, holders) = reading.await?;
        if running != Round(round) {
            return Ok(None);
        }
        if holders.len() > MAX_POSITIONS {
            let message = format!(
                "there are more than {MAX_POSITIONS} positions, the most that are exported"
            );
            return Err(ApiError::new(ErrorCode::TooLarge, message));
        }
        Ok(Some(holders))
    }

    /// The positions of the running round, by account; none if a round ended meanwhile.
    async fn positions(&self, round: u64) -> Result<Option<Vec<RecordedPosition>>, ApiError> {
        let Some(holders) = self.holders(round).await? else {
            return Ok(None);
        };
        let params = *self.params();
        let mut positions = Vec::with_capacity(holders.len());
        for address in holders {
            let (view, _) = read_state!(self, reader => read::account(&reader, &params, &address))?;
            positions.extend(view.position.map(|position| RecordedPosition {
                account: address.to_string(),
                locked: Amount(position.locked.0),
                t: position.t.get(),
                miner: position.miner.map(|miner| miner.0),
            }));
        }
        positions.sort_unstable_by(|left, right| left.account.cmp(&right.account));
        let (after, _) = read_state!(self, reader => read::globals(&reader))?;
        Ok((after.0.round == Round(round)).then_some(positions))
    }
}

/// Devnets: the whole run up to the last finished round, and what the node recorded of it, so that a replay can be compared: `etm replay --check`. The account `fees` collects all fees; times
/// are in milliseconds. (A run in which a candidate with votes was not ready can't be replayed: scenarios know no readiness.)
#[utoipa::path(get, path = "/scenario/full", tag = "scenario", responses((status = 200, description = "An object of an etm-scenario/1 document `scenario` and an etm-record/1 document `record`", body = Object)))]
pub(crate) async fn full(Asked(api): Asked) -> ApiResult<Document> {
    if !api.params().devnet {
        return Err(ApiError::new(
            ErrorCode::NotADevnet,
            "whole runs are exported from devnets only",
        ));
    }
    let _turn = api.turn(&api.shared.exports).await?;
    for _ in 0..CURRENT_TRIES {
        let (running, _) = read_state!(api, reader => read::globals(&reader))?;
        let finished = running.0.round;
        let last = finished.checked_sub(1);
        let too_many =
            last.is_some_and(|last| api.shared.history.last_height(last) > Height(MAX_BLOCKS));
        if too_many {
            let message =
                format!("the run has more than {MAX_BLOCKS} blocks, the most that are exported");
            return Err(ApiError::new(ErrorCode::TooLarge, message));
        }
        let Some(mut positions) = api.positions(finished.0).await? else {
            continue;
        };
        // Before the first end of a round there is nothing to compare.
        if finished == Round(0) {
            positions.clear();
        }
        return api
            .blocking(move |api| run(api, finished.0, positions))
            .await
            .map(Json);
    }
    let message = "rounds end faster than the state can be read; try again";
    Err(ApiError::new(ErrorCode::Unavailable, message))
}

/// The rounds before `finished`, with what was recorded of them.
fn run(api: &Api, finished: u64, positions: Vec<RecordedPosition>) -> Result<Document, ApiError> {
    let (clock, params) = parameters(api)?;
    let history = &api.shared.history;
    let (mut entries, mut recorded) = (Vec::new(), Vec::new());
    for number in 0..finished {
        let (entry, record) = round(history, number)?;
        entries.push(entry);
        recorded.push(record);
    }
    Ok(Document {
        scenario: Scenario {
            format: ScenarioFormat::V1,
            params,
            genesis: genesis(api, &clock),
            rounds: entries,
        },
        states: None,
        record: Some(Record {
            format: RecordFormat::V1,
            rounds: recorded,
            positions,
        }),
    })
}

fn genesis(api: &Api, clock: &Clock) -> GenesisEntry {
    let draft = api.genesis().draft();
    let accounts = draft.accounts.iter();
    let positions = draft.positions.iter();
    let miners = draft.miners.iter();
    GenesisEntry {
        timestamp: clock.genesis_timestamp,
        beacon: Beacon(draft.beacon.0),
        accounts: accounts
            .map(|(id, free)| GenesisAccount {
                id: id.to_string(),
                free: Amount(free.0),
            })
            .collect(),
        miners: miners
            .map(|miner| GenesisMinerEntry {
                owner: miner.owner.to_string(),
                name: miner.name.as_str().to_owned(),
            })
            .collect(),
        positions: positions
            .map(|(account, position)| GenesisPositionEntry {
                account: account.to_string(),
                locked: Amount(position.locked.0),
                t: position.time_gain.get(),
                miner: position.miner.map(|miner| miner.0),
            })
            .collect(),
    }
}

fn round(history: &History, number: u64) -> Result<(RoundEntry, RecordedRound), ApiError> {
    let mut record = recorded(history, number)?;
    let mut entry = RoundEntry {
        blocks: Vec::new(),
        beacon: Beacon([0; 32]),
    };
    for height in history
        .first_height(Round(number))
        .through(history.last_height(Round(number)))
    {
        let recorded = history
            .finalized(height)?
            .ok_or_else(|| ApiError::internal(&"a block is missing"))?;
        let header = &recorded.block.header;
        let missed = recorded
            .receipts
            .iter()
            .filter_map(|receipt| match receipt {
                Receipt::Missed { miner, .. } => Some(miner.0),
                _ => None,
            });
        let mut block = BlockEntry {
            producer: header.producer.0,
            missed: missed.collect(),
            timestamp: header.timestamp_ms,
            fees: Amount(0),
            requests: Vec::new(),
        };
        for (transaction, receipt) in recorded
            .block
            .body
            .transactions
            .iter()
            .zip(&recorded.receipts)
        {
            if add(&mut block, transaction, receipt)? {
                let request = block.requests.len().saturating_sub(1);
                record.rejected.push((entry.blocks.len(), request));
            }
        }
        for receipt in &recorded.receipts {
            match receipt {
                Receipt::Bonus { carry, .. } => record.carry = Amount(carry.0),
                Receipt::Lucky { miner, .. } => record.lucky = miner.0,
                Receipt::Fees { remainder, .. } => record.fees_pending = Amount(remainder.0),
                _ => {}
            }
        }
        entry.blocks.push(block);
        entry.beacon = Beacon(header.beacon.0);
    }
    Ok((entry, record))
}

/// What the draw at the end of a round recorded; the rest follows from the blocks.
fn recorded(history: &History, number: u64) -> Result<RecordedRound, ApiError> {
    let draw = history
        .draw(Round(number))?
        .ok_or_else(|| ApiError::internal(&"the draw of a round is missing"))?;
    let candidates = draw.candidates.iter().map(|candidate| RecordedCandidate {
        id: candidate.miner.0,
        votes: Figure(candidate.votes.0),
        produced: candidate.produced,
        slots: candidate.slots,
        weight: Figure(candidate.weight.0),
    });
    Ok(RecordedRound {
        round: number,
        rejected: Vec::new(),
        lucky: 0,
        carry: Amount(0),
        v_avg: Figure(draw.average.into()),
        candidates: candidates.collect(),
        committee: CommitteeState {
            round: draw.round.0,
            members: draw.members.iter().map(|miner| miner.0).collect(),
        },
        fees_pending: Amount(0),
    })
}

/// Adds a transaction to a block of the scenario. Answers whether the chain rejected what was added last.
fn add(
    block: &mut BlockEntry,
    transaction: &Transaction,
    receipt: &Receipt,
) -> Result<bool, ApiError> {
    let Receipt::Transaction { fee, outcome, .. } = receipt else {
        return Err(ApiError::internal(&"a transaction has no receipt"));
    };
    let account = transaction.sender().to_string();
    pay_fee(block, &account, Amount(fee.0))
        .ok_or_else(|| ApiError::internal(&"the fees of a block overflow"))?;
    // What the chain refused for reasons of its own never reached the mechanism.
    if matches!(
        outcome,
        Outcome::Refused(Refusal::KeyTaken | Refusal::NotAllowed)
    ) {
        return Ok(false);
    }
    let Some(request) = transaction.payload().request() else {
        return Ok(false);
    };
    let operation = Operation::from(request);
    block.requests.push(RequestEntry { account, operation });
    Ok(matches!(outcome, Outcome::Refused(_)))
}
