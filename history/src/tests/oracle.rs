//! The life of an account told the plain way, round by round from genesis: what the strides of `life.rs` are held to.

use std::ops::Range;

use etm_mechanism::{Position, weight};
use etm_types::{Address, Payload, TimeGain, Units};
use ruint::aliases::U256;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::{HistoryError, Result};
use crate::feed::ChainFacts;
use crate::read::transaction_at;
use crate::value::{int, maybe_uint, uint, votes};
use crate::{Cause, Change, SeatFacts};

/// What a position earned in a round in which its miner had a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earning {
    pub round: u64,
    /// What the miner's seat was like.
    pub seat: SeatFacts,
    /// What was earned.
    pub earned: Units,
}

/// The life of an account's positions up to the last finished round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// The state from each of these rounds on, until the next entry; rising.
    pub states: Vec<(u64, Option<Position>)>,
    /// Rounds in which something was shared with it, rising.
    pub earnings: Vec<Earning>,
    /// Changes in the order in which they happened.
    pub changes: Vec<Change>,
    /// All it earned in all its positions' lives.
    pub earned: Units,
    /// What the position that exists now has earned in its life.
    pub earned_by_present: Units,
    /// The round at whose end the present position began; none if it is from genesis (or there is none).
    pub since_round: Option<u64>,
    /// Rounds that are finished: `0 .. finished`.
    pub finished: u64,
}

impl Life {
    /// The state during a round.
    pub fn during(&self, round: u64) -> Option<Position> {
        let after = self.states.partition_point(|(from, _)| *from <= round);
        self.states[..after].last().and_then(|(_, state)| *state)
    }

    /// Stretches of rounds in which there was a position, with the state, rising.
    pub fn stretches(&self) -> impl DoubleEndedIterator<Item = (Range<u64>, Position)> + '_ {
        self.states
            .iter()
            .enumerate()
            .filter_map(|(index, (from, state))| {
                let until = self
                    .states
                    .get(index + 1)
                    .map_or(self.finished, |(next, _)| *next);
                state
                    .filter(|_| *from < until)
                    .map(|state| (*from..until, state))
            })
    }
}

/// `delta(t) = floor(p * g(t) * 2^64 / S)`.
fn delta(pool: Units, t: TimeGain, votes: u128) -> Option<U256> {
    let product: U256 = (U256::from(pool.0) * U256::from(weight::g(t))) << 64;
    product.checked_div(U256::from(votes))
}

struct RequestRow {
    round: u64,
    sequence: u64,
    height: u64,
    place: u32,
    applied: bool,
}

struct Teller<'a> {
    connection: &'a Connection,
    life: Life,
    state: Option<Position>,
    /// Gains of the present position in units of 2^-64.
    gains: U256,
}

/// Tells the life of an account's positions.
pub(crate) fn tell(connection: &Connection, chain: &ChainFacts, account: &Address) -> Result<Life> {
    let finished: u64 = connection
        .prepare_cached("SELECT COALESCE(MAX(round) + 1, 0) FROM rounds")?
        .query_row([], |row| uint(row, 0))?;
    let mut requests = connection.prepare_cached(
        "SELECT round, sequence, height, place, applied FROM requests
         WHERE account = ?1 AND applied IS NOT NULL ORDER BY round, sequence",
    )?;
    let requests: Vec<RequestRow> = requests
        .query_map([account.0], |row| {
            let (round, sequence, height) = (uint(row, 0)?, uint(row, 1)?, uint(row, 2)?);
            Ok(RequestRow {
                round,
                sequence,
                height,
                place: row.get(3)?,
                applied: row.get(4)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    let mut teller = Teller {
        connection,
        life: Life {
            finished,
            ..Life::default()
        },
        state: None,
        gains: U256::ZERO,
    };
    if let Some(position) = chain.genesis_position(account) {
        let state = Position {
            locked: position.locked,
            t: position.time_gain,
            miner: position.miner,
        };
        teller.change(0, Cause::Genesis, Some(state));
        teller.life.states.push((0, Some(state)));
    }
    let mut ticks = connection
        .prepare_cached("SELECT round, days FROM rounds WHERE days > 0 ORDER BY round")?;
    let ticks: Vec<(u64, u64)> = ticks
        .query_map([], |row| Ok((uint(row, 0)?, uint(row, 1)?)))?
        .collect::<rusqlite::Result<_>>()?;

    let (mut round, mut next) = (0, 0);
    while round < finished {
        let resigned = teller.resignation()?;
        let pending = requests.get(next).map(|request| request.round);
        let end = [pending, resigned.map(|(round, _)| round)]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(finished);
        let end = end.min(finished - 1).max(round);
        teller.rounds(round, end, &ticks)?;
        while let Some(request) = requests.get(next).filter(|request| request.round == end) {
            teller.resign_before(end, Some(request.sequence))?;
            teller.request(request)?;
            next += 1;
        }
        teller.resign_before(end, None)?;
        teller.note(end + 1);
        round = end + 1;
    }
    teller.life.earned_by_present = Units(u64::try_from(teller.gains >> 64).unwrap_or(u64::MAX));
    Ok(teller.life)
}

impl Teller<'_> {
    /// The end of rounds `first ..= last`, steps 3 to 6: the miner voted for doesn't change in between.
    fn rounds(&mut self, first: u64, last: u64, ticks: &[(u64, u64)]) -> Result<()> {
        if self.state.is_none() {
            return Ok(());
        }
        let mut seats = Vec::new();
        if let Some(miner) = self.state.and_then(|state| state.miner) {
            let mut statement = self.connection.prepare_cached(
                "SELECT round, produced, pool, lucky, votes FROM seats WHERE miner = ?1 AND round BETWEEN ?2 AND ?3 ORDER BY round",
            )?;
            let mut rows = statement.query(params![miner.0, int(first)?, int(last)?])?;
            while let Some(row) = rows.next()? {
                let pool = Units(uint(row, 2)?);
                let seat = SeatFacts {
                    produced: uint(row, 1)?,
                    pool,
                    lucky: row.get(3)?,
                    votes: votes(row, 4)?,
                };
                seats.push((uint(row, 0)?, seat));
            }
        }
        let mut seats = seats.into_iter().peekable();
        let from = ticks.partition_point(|(round, _)| *round < first);
        let mut ticks = ticks[from..]
            .iter()
            .copied()
            .take_while(|(round, _)| *round <= last)
            .peekable();
        loop {
            let round = match (seats.peek(), ticks.peek()) {
                (None, None) => return Ok(()),
                (Some((seat, _)), Some((tick, _))) => *seat.min(tick),
                (Some((round, _)), None) | (None, Some((round, _))) => *round,
            };
            if let Some((_, seat)) = seats.next_if(|(seat, _)| *seat == round) {
                self.earn(round, seat)?;
                self.step(round, Cause::Halving, |t| t.halved(seat.produced));
            }
            if let Some((_, days)) = ticks.next_if(|(tick, _)| *tick == round) {
                self.step(round, Cause::Days(days), |t| t.after_days(days));
            }
            self.note(round + 1);
        }
    }

    fn earn(&mut self, round: u64, seat: SeatFacts) -> Result<()> {
        let Some(state) = self.state else {
            return Ok(());
        };
        let before = self.gains >> 64;
        if let Some(delta) = delta(seat.pool, state.t, seat.votes) {
            self.gains += delta * U256::from(weight::w(state.locked));
        }
        let earned = u64::try_from((self.gains >> 64) - before);
        let earned = Units(earned.map_err(|_| HistoryError::Damaged("more earned than there is"))?);
        self.life.earned = Units(self.life.earned.0.saturating_add(earned.0));
        self.life.earnings.push(Earning {
            round,
            seat,
            earned,
        });
        Ok(())
    }

    fn step(&mut self, round: u64, cause: Cause, step: impl Fn(TimeGain) -> TimeGain) {
        let Some(state) = self.state else { return };
        let time_gain = step(state.t);
        if time_gain != state.t {
            self.change(
                round,
                cause,
                Some(Position {
                    t: time_gain,
                    ..state
                }),
            );
        }
    }

    /// Step 7 for one request of the account.
    fn request(&mut self, request: &RequestRow) -> Result<()> {
        let transaction = transaction_at(self.connection, request.height, request.place)?
            .ok_or(HistoryError::Damaged("a request has no transaction"))?;
        let after = match (self.state, transaction.payload()) {
            (_, Payload::Register { .. } | Payload::Resign) => return Ok(()),
            (state, _) if !request.applied => state,
            (None, Payload::Lock { amount }) => {
                self.gains = U256::ZERO;
                self.life.since_round = Some(request.round);
                Some(Position {
                    locked: *amount,
                    t: TimeGain::MIN,
                    miner: None,
                })
            }
            (Some(state), Payload::Lock { amount }) => {
                let time_gain = state.t.topped_up(state.locked, *amount);
                Some(Position {
                    locked: Units(state.locked.0.saturating_add(amount.0)),
                    t: time_gain,
                    ..state
                })
            }
            (Some(state), Payload::Unlock { amount }) => {
                let locked = Units(state.locked.0.saturating_sub(amount.0));
                if locked == Units::ZERO {
                    self.gains = U256::ZERO;
                    self.life.since_round = None;
                    None
                } else {
                    Some(Position { locked, ..state })
                }
            }
            (Some(state), Payload::Vote { miner }) => Some(match state.miner {
                None => Position {
                    miner: Some(*miner),
                    ..state
                },
                Some(old) if old == *miner => state,
                Some(_) => Position {
                    miner: Some(*miner),
                    t: state.t.halved(1),
                    ..state
                },
            }),
            (Some(state), Payload::Withdraw) if state.miner.is_some() => Some(Position {
                miner: None,
                t: state.t.halved(1),
                ..state
            }),
            (state, _) => state,
        };
        let (height, place, applied) = (request.height, request.place, request.applied);
        self.change(
            request.round,
            Cause::Request {
                height,
                place,
                applied,
            },
            after,
        );
        Ok(())
    }

    /// When the miner voted for resigned, if it did: the round and the place among its requests.
    fn resignation(&self) -> Result<Option<(u64, u64)>> {
        let Some(miner) = self.state.and_then(|state| state.miner) else {
            return Ok(None);
        };
        let mut statement = self
            .connection
            .prepare_cached("SELECT resigned_round, resigned_sequence FROM miners WHERE id = ?1")?;
        let row = statement
            .query_row([miner.0], |row| {
                Ok((maybe_uint(row, 0)?, maybe_uint(row, 1)?))
            })
            .optional()?;
        Ok(row.and_then(|(round, sequence)| round.zip(sequence)))
    }

    /// Takes the vote away if its miner resigned at the end of `round` before the request with this place (or at all).
    fn resign_before(&mut self, round: u64, sequence: Option<u64>) -> Result<()> {
        let Some((resigned, place)) = self.resignation()? else {
            return Ok(());
        };
        if resigned != round || sequence.is_some_and(|sequence| place > sequence) {
            return Ok(());
        }
        if let Some((state, miner)) = self.state.and_then(|state| Some((state, state.miner?))) {
            self.change(
                round,
                Cause::MinerResigned(miner),
                Some(Position {
                    miner: None,
                    ..state
                }),
            );
        }
        Ok(())
    }

    fn change(&mut self, round: u64, cause: Cause, after: Option<Position>) {
        let before = core::mem::replace(&mut self.state, after);
        self.life.changes.push(Change {
            round,
            cause,
            before,
            after,
        });
    }

    /// Writes down the state from `round` on, if it is new.
    fn note(&mut self, round: u64) {
        let last = self.life.states.last().and_then(|(_, state)| *state);
        if last != self.state || (self.life.states.is_empty() && self.state.is_some()) {
            self.life.states.push((round, self.state));
        }
    }
}
