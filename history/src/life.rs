//! The life of one account's positions, told from the seats of the miners it voted for, the day boundaries and its own requests.
//!
//! Nothing is recorded per position and round. What a position went through follows from rows that are there anyway, and what it earned
//! is recomputed with the same integers as mechanism.md section 8, step 3, and so is exact to the unit.
//!
//! Two things keep that cheap however old the account and the chain are: where requests of an account took effect, what its life had
//! come to by then is written down (table `lives`), so the past before is not gone through again; and from there on seats are taken in
//! strides (`course.rs`). A page costs steps in proportion to its own length and to the logarithm of the seats in between.

use etm_mechanism::{Action, Inapplicable, Position};
use etm_types::{Height, Round, TimeGain, Units};
use rusqlite::{Connection, OptionalExtension, params};

use crate::course::{self, SeatFacts, Ticks, seat_at, seat_from, ticks};
use crate::error::{HistoryError, Result};
use crate::feed::ChainFacts;
use crate::holder::Holder;
use crate::kept;
use crate::rows::transaction_at;
use crate::stand::{Cause, Change, STAND, Stand, Wanted, change, stand, step, whole};
use crate::value::{int, maybe_uint, uint};

/// What an account's positions have come to up to the last finished round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// All they earned.
    pub earned: Units,
    /// What the position that exists now has earned in its life.
    pub earned_by_present: Units,
    /// The round at whose end the present position began; none if it is from genesis (or there is none).
    pub since_round: Option<Round>,
    /// Rounds that are finished: `0 .. finished`.
    pub finished: Round,
    /// Whether the history goes back to the beginning of the present position.
    pub whole: bool,
}

/// A round in which there was a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lived {
    pub(crate) round: Round,
    /// The position during it.
    pub(crate) state: Position,
    /// The seat of the miner voted for, if it had one.
    pub(crate) seat: Option<SeatFacts>,
    pub(crate) earned: Units,
}

struct RequestRow {
    sequence: u64,
    height: Height,
    place: u32,
    applied: bool,
}

/// When a miner resigned: the round, and its place among the round's requests.
#[derive(Clone, Copy)]
struct Resignation {
    round: Round,
    sequence: u64,
}

/// Tells lives, and counts the steps that it takes.
pub(crate) struct Teller<'a> {
    connection: &'a Connection,
    chain: &'a ChainFacts,
    /// Seats, courses, stretches of days and requests gone through so far.
    pub(crate) steps: u64,
}

impl<'a> Teller<'a> {
    pub(crate) const fn new(connection: &'a Connection, chain: &'a ChainFacts) -> Self {
        Self {
            connection,
            chain,
            steps: 0,
        }
    }

    pub(crate) fn finished(&self) -> Result<Round> {
        Ok(self
            .connection
            .prepare_cached("SELECT COALESCE(MAX(round) + 1, 0) FROM rounds")?
            .query_row([], |row| uint(row, 0).map(Round))?)
    }

    /// How a life begins at genesis.
    fn genesis(&self, account: &Holder) -> Stand {
        let position = match account {
            Holder::Account(address) => self.chain.genesis_position(address),
            Holder::Hidden(_) => None,
        };
        let state = position.map(|position| Position {
            locked: position.locked,
            t: position.time_gain,
            miner: position.miner,
        });
        Stand {
            // That it is there is the first change.
            changes: state.is_some().into(),
            state,
            ..Stand::default()
        }
    }

    /// The newest stand that is written down at `round` or before it, or the beginning.
    pub(crate) fn stand_at(&self, account: &Holder, round: Round) -> Result<Stand> {
        self.stand_with("round <= ?2 ORDER BY round DESC", account, round.0)
    }

    /// The newest stand that is written down with at most so many changes before it, or the beginning.
    fn stand_before_change(&self, account: &Holder, number: u64) -> Result<Stand> {
        let most = "changes <= ?2 ORDER BY changes DESC, round DESC";
        self.stand_with(most, account, number)
    }

    fn stand_with(&self, most: &str, account: &Holder, number: u64) -> Result<Stand> {
        if let Some(stand) = self.written(most, account, number)? {
            return Ok(stand);
        }
        let Some(began) = kept::began(self.connection)? else {
            return Ok(self.genesis(account));
        };
        // With a snapshot: as it stood there, if there was a position.
        let origin = match account.origin() {
            Some(origin) => self.written(most, &origin, number)?,
            None => None,
        };
        Ok(origin.unwrap_or(Stand {
            round: began,
            ..Stand::default()
        }))
    }

    fn written(&self, most: &str, account: &Holder, number: u64) -> Result<Option<Stand>> {
        let row = self
            .connection
            .prepare_cached(&format!("{STAND} WHERE account = ?1 AND {most} LIMIT 1"))?
            .query_row(params![account.bytes(), int(number)?], stand)
            .optional()?;
        row.map(whole).transpose()
    }

    /// What an account's positions have come to.
    pub(crate) fn life(&mut self, account: &Holder) -> Result<(Stand, Life)> {
        let finished = self.finished()?;
        let mut stand = self.stand_at(account, finished)?;
        self.tell(account, &mut stand, finished, None)?;
        let life = Life {
            earned: stand.earned(),
            earned_by_present: stand.earned_by_present(),
            since_round: stand.since,
            finished,
            whole: stand.since.is_some() || kept::began(self.connection)?.is_none(),
        };
        Ok((stand, life))
    }

    /// Changes by their numbers.
    pub(crate) fn changes(
        &mut self,
        account: &Holder,
        numbers: std::ops::Range<u64>,
    ) -> Result<Vec<Change>> {
        let finished = self.finished()?;
        let mut stand = self.stand_before_change(account, numbers.start)?;
        let mut wanted = Wanted {
            numbers,
            found: Vec::new(),
        };
        if wanted.numbers.start == 0
            && kept::began(self.connection)?.is_none()
            && let Some(state) = self.genesis(account).state
        {
            wanted.found.push(Change {
                round: Round::ZERO,
                cause: Cause::Genesis,
                before: None,
                after: Some(state),
            });
        }
        self.tell(account, &mut stand, finished, Some(&mut wanted))?;
        Ok(wanted.found)
    }

    /// The last `count` rounds before `before` in which there was a position, or only those in which something was shared with it,
    /// newest first.
    pub(crate) fn rounds(
        &mut self,
        account: &Holder,
        before: Round,
        only_shared: bool,
        count: usize,
    ) -> Result<Vec<Lived>> {
        let kept = kept::kept(self.connection)?;
        let mut lived: Vec<Lived> = Vec::new();
        let mut until = before;
        while until > kept && lived.len() < count {
            // What is locked and the vote stay as they are from here on, but for a miner that resigns.
            let mut stand = self.stand_at(account, until.saturating_sub(1))?;
            let (from, missing) = (stand.round, count - lived.len());
            self.steps += 1;
            let rounds = match stand.state {
                None => Vec::new(),
                Some(state) if only_shared => self.shared(state, from, until, missing)?,
                Some(_) => {
                    let first = until.saturating_sub(missing as u64).max(from);
                    first.until(until).collect()
                }
            };
            let mut part = Vec::with_capacity(rounds.len());
            for round in rounds {
                self.tell(account, &mut stand, round, None)?;
                let (Some(state), before) = (stand.state, stand.earned().0) else {
                    continue;
                };
                let seat = match state.miner {
                    Some(miner) => seat_from(self.connection, miner.0, round)?,
                    None => None,
                };
                self.tell(account, &mut stand, round.next(), None)?;
                part.push(Lived {
                    round,
                    state,
                    seat: seat
                        .filter(|seat| seat.round == round)
                        .map(|seat| seat.facts),
                    earned: Units(stand.earned().0.saturating_sub(before)),
                });
            }
            lived.extend(part.into_iter().rev());
            until = from;
        }
        Ok(lived)
    }

    /// The last rounds of `from .. until` in which the miner of a position shared something, rising.
    fn shared(
        &mut self,
        state: Position,
        from: Round,
        until: Round,
        count: usize,
    ) -> Result<Vec<Round>> {
        let Some(miner) = state.miner else {
            return Ok(Vec::new());
        };
        let resigned = self.resignation(Some(state))?;
        let until = resigned.map_or(until, |resigned| until.min(resigned.round.next()));
        let mut statement = self.connection.prepare_cached(
            "SELECT round FROM seats WHERE miner = ?1 AND shares = 1 AND round >= ?2 AND round < ?3 ORDER BY round DESC LIMIT ?4",
        )?;
        let rounds = statement.query_map(
            params![miner.0, int(from.0)?, int(until.0)?, count as i64],
            |row| uint(row, 0).map(Round),
        )?;
        let mut rounds = rounds.collect::<rusqlite::Result<Vec<Round>>>()?;
        rounds.reverse();
        self.steps += rounds.len() as u64;
        Ok(rounds)
    }

    /// Writes down what the life of an account has come to by the end of `round`, in which requests of it took effect. All else that is
    /// recorded of the round is written.
    pub(crate) fn write_down(&mut self, account: &Holder, round: Round) -> Result<()> {
        let mut stand = self.stand_at(account, round)?;
        self.tell(account, &mut stand, round.next(), None)?;
        self.write(account, &stand)
    }

    /// Writes down what the life of an account had come to before a round, unless that follows from nothing but what is written down.
    pub(crate) fn write_down_before(&mut self, account: &Holder, round: Round) -> Result<()> {
        let mut stand = self.stand_at(account, round)?;
        if stand.round == round || stand.state.is_none() {
            return Ok(());
        }
        self.tell(account, &mut stand, round, None)?;
        self.write(account, &stand)
    }

    fn write(&self, account: &Holder, stand: &Stand) -> Result<()> {
        let state = stand.state;
        self.connection
            .prepare_cached(
                "INSERT INTO lives (account, round, locked, time_gain, miner, gains, earned_before, since_round, rounds, shared, changes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                account.bytes(),
                int(stand.round.0)?,
                state.map(|state| int(state.locked.0)).transpose()?,
                state.map_or(0, |state| state.t.get()),
                state.and_then(|state| state.miner).map(|miner| miner.0),
                stand.gains.to_be_bytes::<32>(),
                int(stand.earned_before)?,
                stand.since.map(|round| int(round.0)).transpose()?,
                int(stand.rounds)?,
                int(stand.shared)?,
                int(stand.changes)?,
            ])?;
        Ok(())
    }

    /// Goes on from a stand until round `until` is to come, or all wanted changes are found.
    pub(crate) fn tell(
        &mut self,
        account: &Holder,
        stand: &mut Stand,
        until: Round,
        mut wanted: Option<&mut Wanted>,
    ) -> Result<()> {
        while stand.round < until {
            let ends = [
                self.next_requests(account, stand.round)?,
                self.resignation(stand.state)?
                    .map(|resigned| resigned.round),
            ];
            let end = ends.into_iter().flatten().min().unwrap_or(Round::MAX);
            let end = end.min(until.saturating_sub(1)).max(stand.round);
            self.advance(stand, end.next(), wanted.as_deref_mut())?;
            if wanted.as_ref().is_some_and(|wanted| wanted.is_full()) {
                return Ok(());
            }
            for request in self.requests(account, end)? {
                self.resign_before(stand, end, Some(request.sequence), wanted.as_deref_mut())?;
                self.request(stand, end, &request, wanted.as_deref_mut())?;
            }
            self.resign_before(stand, end, None, wanted.as_deref_mut())?;
        }
        Ok(())
    }

    /// The ends of all rounds before `until`, steps 3 to 6: what is locked and for whom it votes stays as it is.
    pub(crate) fn advance(
        &mut self,
        stand: &mut Stand,
        until: Round,
        mut wanted: Option<&mut Wanted>,
    ) -> Result<()> {
        let Some(state) = stand.state else {
            stand.round = until;
            return Ok(());
        };
        stand.rounds += until.since(stand.round);
        let mut at = stand.round;
        stand.round = until;
        if let Some(miner) = state.miner {
            let mut next = seat_from(self.connection, miner.0, at)?;
            while let Some(seat) = next.filter(|seat| seat.round < until) {
                self.days(stand, at, seat.round, wanted.as_deref_mut())?;
                let course = course::course(self.connection, miner.0, seat.number, until)?;
                let stride = course.as_ref().and_then(|course| {
                    let path = course.path(stand.state?.t)?;
                    let passed = wanted.as_ref().is_none_or(|wanted| {
                        path.changes == 0
                            || stand.changes + u64::from(path.changes) <= wanted.numbers.start
                    });
                    passed.then_some((course, path))
                });
                self.steps += 1;
                let seats = if let Some((course, path)) = stride {
                    stand.earn(path.gains);
                    stand.shared += course.shared;
                    stand.changes += u64::from(path.changes);
                    stand.state = stand.state.map(|state| Position {
                        t: path.end,
                        ..state
                    });
                    at = course.last.next();
                    course.seats
                } else {
                    self.seat(stand, seat.round, &seat.facts, wanted.as_deref_mut());
                    self.days(stand, seat.round, seat.round.next(), wanted.as_deref_mut())?;
                    at = seat.round.next();
                    1
                };
                if wanted.as_ref().is_some_and(|wanted| wanted.is_full()) {
                    return Ok(());
                }
                next = seat_at(self.connection, miner.0, seat.number + seats)?;
            }
        }
        self.days(stand, at, until, wanted)
    }

    fn seat(
        &self,
        stand: &mut Stand,
        round: Round,
        facts: &SeatFacts,
        wanted: Option<&mut Wanted>,
    ) {
        let Some(state) = stand.state else { return };
        stand.earn(facts.delta(state.t));
        stand.shared += u64::from(facts.shares());
        let after = state.after_round(facts.produced, 0);
        step(stand, round, Cause::Halving, after, wanted);
    }

    fn days(
        &mut self,
        stand: &mut Stand,
        from: Round,
        until: Round,
        mut wanted: Option<&mut Wanted>,
    ) -> Result<()> {
        if stand.state.is_none_or(|state| state.t == TimeGain::MAX) {
            return Ok(());
        }
        self.steps += 1;
        for Ticks { round, days } in ticks(self.connection, from, until)? {
            if let Some(state) = stand.state {
                let after = state.after_round(0, days);
                step(
                    stand,
                    round,
                    Cause::Days(days),
                    after,
                    wanted.as_deref_mut(),
                );
            }
        }
        Ok(())
    }

    /// The next round from `round` on in which requests of the account were settled.
    fn next_requests(&mut self, account: &Holder, round: Round) -> Result<Option<Round>> {
        self.steps += 1;
        Ok(self
            .connection
            .prepare_cached(
                "SELECT round FROM requests WHERE account = ?1 AND round >= ?2 AND applied IS NOT NULL ORDER BY round LIMIT 1",
            )?
            .query_row(params![account.bytes(), int(round.0)?], |row| uint(row, 0).map(Round))
            .optional()?)
    }

    fn requests(&mut self, account: &Holder, round: Round) -> Result<Vec<RequestRow>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT sequence, height, place, applied FROM requests
             WHERE account = ?1 AND round = ?2 AND applied IS NOT NULL ORDER BY sequence",
        )?;
        let rows = statement.query_map(params![account.bytes(), int(round.0)?], |row| {
            Ok(RequestRow {
                sequence: uint(row, 0)?,
                height: uint(row, 1).map(Height)?,
                place: row.get(2)?,
                applied: row.get(3)?,
            })
        })?;
        let rows: Vec<RequestRow> = rows.collect::<rusqlite::Result<_>>()?;
        self.steps += rows.len() as u64;
        Ok(rows)
    }

    /// Step 7 for one request of the account.
    fn request(
        &self,
        stand: &mut Stand,
        round: Round,
        request: &RequestRow,
        wanted: Option<&mut Wanted>,
    ) -> Result<()> {
        let transaction = transaction_at(self.connection, request.height, request.place)?
            .ok_or(HistoryError::Damaged("a request has no transaction"))?;
        let request_of = transaction.payload().request();
        let action = request_of.and_then(|request| request.action(Units::ZERO));
        let Some(action) = action.filter(Action::is_of_position) else {
            return Ok(());
        };
        let after = match request.applied {
            true => Position::after(stand.state, &action, |_| true).map_err(impossible)?,
            false => stand.state,
        };
        match (stand.state, after) {
            (None, Some(_)) => stand.since = Some(round),
            (Some(_), None) => stand.end(),
            _ => {}
        }
        let cause = Cause::Request {
            height: request.height,
            place: request.place,
            applied: request.applied,
        };
        change(stand, round, cause, after, wanted);
        Ok(())
    }

    /// When the miner voted for resigned, if it did.
    fn resignation(&mut self, state: Option<Position>) -> Result<Option<Resignation>> {
        let Some(miner) = state.and_then(|state| state.miner) else {
            return Ok(None);
        };
        let row = self
            .connection
            .prepare_cached("SELECT resigned_round, resigned_sequence FROM miners WHERE id = ?1")?
            .query_row([miner.0], |row| {
                Ok((maybe_uint(row, 0)?, maybe_uint(row, 1)?))
            })
            .optional()?;
        let row = row.and_then(|(round, sequence)| round.map(Round).zip(sequence));
        Ok(row.map(|(round, sequence)| Resignation { round, sequence }))
    }

    /// Takes the vote away if its miner resigned at the end of `round` before the request with this place (or at all).
    fn resign_before(
        &mut self,
        stand: &mut Stand,
        round: Round,
        sequence: Option<u64>,
        wanted: Option<&mut Wanted>,
    ) -> Result<()> {
        let Some(resigned) = self.resignation(stand.state)? else {
            return Ok(());
        };
        if resigned.round != round || sequence.is_some_and(|sequence| resigned.sequence > sequence)
        {
            return Ok(());
        }
        if let Some((state, miner)) = stand.state.and_then(|state| Some((state, state.miner?))) {
            let after = Some(state.abandoned_by(miner));
            change(stand, round, Cause::MinerResigned(miner), after, wanted);
        }
        Ok(())
    }
}

/// A request that took effect was accepted, so it is possible.
const fn impossible(_: Inapplicable) -> HistoryError {
    HistoryError::Damaged("a request took effect that is impossible")
}
