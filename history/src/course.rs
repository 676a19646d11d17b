//! Courses: what becomes of positions over many seats of their miner, worked out once for all of them.
//!
//! Positions that vote for one miner differ in what they hold and in their time gain. What a round makes of the time gain, and what it
//! shares per weight, depends on the time gain alone, of which there are 32. So each time a miner has had [`LENGTH`] more seats, what
//! they did is summed up for each of the 32, and the sums of as many sums likewise, and so on. Whoever tells the life of a position
//! (`life.rs`) takes these in strides: its cost grows with the logarithm of the seats, not with their number. Writing them costs a
//! fixed number of steps a seat.

use etm_types::{MinerId, Round, TimeGain, Units, Votes};
use ruint::aliases::U256;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::{HistoryError, Result};
use crate::kept;
use crate::value::{int, uint, votes};

/// Seats of a course of level 0, and courses of a level in one of the next. Few in the tests, so that short chains have many levels.
pub(crate) const LENGTH: u64 = if cfg!(test) { 4 } else { 64 };

/// The highest level: more seats than there will be rounds.
const LEVELS: u32 = if cfg!(test) { 12 } else { 6 };

/// Time gains.
const GAINS: usize = 32;

/// The seat of a miner in one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatFacts {
    /// Blocks it produced.
    pub produced: u64,
    pub pool: Units,
    /// Whether it was lucky.
    pub lucky: bool,
    /// Its votes `S`.
    pub votes: Votes,
}

impl SeatFacts {
    /// Whether something was shared.
    pub(crate) fn shares(&self) -> bool {
        self.pool.0 > 0 && self.votes.0 > 0
    }

    /// What a unit of weight earns, in units of 2^-64.
    pub(crate) fn delta(&self, t: TimeGain) -> U256 {
        etm_mechanism::delta(self.pool, self.votes, t)
    }
}

/// A seat with its place among the miner's seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) number: u64,
    pub(crate) round: Round,
    pub(crate) facts: SeatFacts,
}

const SEAT: &str = "SELECT number, round, produced, pool, lucky, votes FROM seats";

fn seat(row: &Row<'_>) -> rusqlite::Result<Seat> {
    Ok(Seat {
        number: uint(row, 0)?,
        round: uint(row, 1).map(Round)?,
        facts: SeatFacts {
            produced: uint(row, 2)?,
            pool: Units(uint(row, 3)?),
            lucky: row.get(4)?,
            votes: Votes(votes(row, 5)?),
        },
    })
}

/// The first seat of a miner in a round or after it.
pub(crate) fn seat_from(connection: &Connection, miner: u32, round: Round) -> Result<Option<Seat>> {
    let mut statement = connection.prepare_cached(&format!(
        "{SEAT} WHERE miner = ?1 AND round >= ?2 ORDER BY round LIMIT 1"
    ))?;
    Ok(statement
        .query_row(params![miner, int(round.0)?], seat)
        .optional()?)
}

/// Which of its seats a miner had in a round: the first is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeatNumber {
    pub(crate) miner: MinerId,
    pub(crate) number: u64,
}

/// A seat of a miner by its number.
pub(crate) fn seat_at(connection: &Connection, miner: u32, number: u64) -> Result<Option<Seat>> {
    let mut statement =
        connection.prepare_cached(&format!("{SEAT} WHERE miner = ?1 AND number = ?2"))?;
    Ok(statement
        .query_row(params![miner, int(number)?], seat)
        .optional()?)
}

/// Day boundaries that a round passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticks {
    pub(crate) round: Round,
    pub(crate) days: u64,
}

/// Day boundaries of rounds `from .. until`, at most as many as it takes to bring any time gain to its greatest.
pub(crate) fn ticks(connection: &Connection, from: Round, until: Round) -> Result<Vec<Ticks>> {
    if from >= until {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare_cached(
        "SELECT round, days FROM rounds WHERE days > 0 AND round >= ?1 AND round < ?2 ORDER BY round LIMIT ?3",
    )?;
    let rows = statement.query_map(params![int(from.0)?, int(until.0)?, GAINS as i64], |row| {
        Ok(Ticks {
            round: uint(row, 0).map(Round)?,
            days: uint(row, 1)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What becomes of a position with one time gain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// What a unit of weight earns, in units of 2^-64.
    pub(crate) gains: U256,
    /// How often the time gain changes.
    pub(crate) changes: u32,
    pub(crate) end: TimeGain,
}

impl Path {
    const fn new(start: TimeGain) -> Self {
        Self {
            gains: U256::ZERO,
            changes: 0,
            end: start,
        }
    }

    fn step(&mut self, next: TimeGain) {
        self.changes += u32::from(next != self.end);
        self.end = next;
    }

    fn seat(&mut self, facts: &SeatFacts) {
        self.gains += facts.delta(self.end);
        self.step(self.end.halved(facts.produced));
    }

    fn days(&mut self, days: u64) {
        self.step(self.end.after_days(days));
    }

    fn follow(&mut self, next: &Self) {
        self.gains += next.gains;
        self.changes += next.changes;
        self.end = next.end;
    }
}

/// What rounds `first ..= last` make of positions that vote for a miner, the first and last of which it had seats in.
pub(crate) struct Course {
    pub(crate) first: Round,
    pub(crate) last: Round,
    pub(crate) seats: u64,
    /// Seats in which something was shared.
    pub(crate) shared: u64,
    paths: Vec<Path>,
}

impl Course {
    pub(crate) fn path(&self, start: TimeGain) -> Option<&Path> {
        self.paths.get(usize::from(start.get()).checked_sub(1)?)
    }

    fn starts() -> Vec<Path> {
        let gains = 1..=GAINS as u8;
        gains.filter_map(TimeGain::new).map(Path::new).collect()
    }

    fn write(&self, connection: &Connection, miner: u32, level: u32, number: u64) -> Result<()> {
        let mut bytes = Vec::with_capacity(GAINS * 37);
        for path in &self.paths {
            bytes.extend_from_slice(&path.gains.to_be_bytes::<32>());
            bytes.extend_from_slice(&path.changes.to_be_bytes());
            bytes.push(path.end.get());
        }
        connection
            .prepare_cached(
                "INSERT INTO courses (miner, level, number, first_round, last_round, shared, paths)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                miner,
                level,
                int(number)?,
                int(self.first.0)?,
                int(self.last.0)?,
                int(self.shared)?,
                bytes
            ])?;
        Ok(())
    }
}

/// Seats of a course of a level.
const fn seats_of(level: u32) -> u64 {
    LENGTH.saturating_pow(level + 1)
}

fn course_at(
    connection: &Connection,
    miner: u32,
    level: u32,
    number: u64,
) -> Result<Option<Course>> {
    let row = connection
        .prepare_cached(
            "SELECT first_round, last_round, shared, paths FROM courses WHERE miner = ?1 AND level = ?2 AND number = ?3",
        )?
        .query_row(params![miner, level, int(number)?], |row| {
            let bytes: Vec<u8> = row.get(3)?;
            Ok((uint(row, 0)?, uint(row, 1)?, uint(row, 2)?, bytes))
        })
        .optional()?;
    let Some((first, last, shared, bytes)) = row else {
        return Ok(None);
    };
    let path = |bytes: &[u8; 37]| {
        let (gains, rest) = bytes.split_first_chunk::<32>()?;
        let (changes, end) = rest.split_first_chunk::<4>()?;
        Some(Path {
            gains: U256::from_be_bytes(*gains),
            changes: u32::from_be_bytes(*changes),
            end: TimeGain::new(*end.first()?)?,
        })
    };
    let paths: Option<Vec<Path>> = bytes.as_chunks::<37>().0.iter().map(path).collect();
    let paths = paths.filter(|paths| paths.len() == GAINS);
    Ok(Some(Course {
        first: Round(first),
        last: Round(last),
        seats: seats_of(level),
        shared,
        paths: paths.ok_or(HistoryError::Damaged("a course of a miner"))?,
    }))
}

/// The longest course that begins with a seat and ends before round `before`.
pub(crate) fn course(
    connection: &Connection,
    miner: u32,
    number: u64,
    before: Round,
) -> Result<Option<Course>> {
    for level in (0..LEVELS).rev() {
        let seats = seats_of(level);
        if !number.is_multiple_of(seats) {
            continue;
        }
        let last = seat_at(connection, miner, number + seats - 1)?;
        if last.is_some_and(|last| last.round < before)
            && let Some(course) = course_at(connection, miner, level, number / seats)?
        {
            return Ok(Some(course));
        }
    }
    Ok(None)
}

/// Forgets a seat of a miner's, the oldest that is there, with the courses that begin with it.
pub(crate) fn forget(connection: &Connection, seat: SeatNumber) -> Result<()> {
    let SeatNumber { miner, number } = seat;
    for level in 0..LEVELS {
        let seats = seats_of(level);
        if !number.is_multiple_of(seats) {
            break;
        }
        connection
            .prepare_cached("DELETE FROM courses WHERE miner = ?1 AND level = ?2 AND number = ?3")?
            .execute(params![miner.0, level, int(number / seats)?])?;
    }
    Ok(())
}

/// Sums up what ends with this seat, the newest of its miner: a course of level 0, perhaps one of level 1, and so on. The round of
/// the seat is written.
pub(crate) fn extend(connection: &Connection, seat: SeatNumber) -> Result<()> {
    let SeatNumber {
        miner: MinerId(miner),
        number,
    } = seat;
    for level in 0..LEVELS {
        let seats = seats_of(level);
        if !(number + 1).is_multiple_of(seats) {
            return Ok(());
        }
        let first = number + 1 - seats;
        if seat_at(connection, miner, first)?.is_none() {
            // Nobody begins before the first seat that is kept.
            let kept = kept::kept(connection)?;
            return match kept {
                Round::ZERO => Err(HistoryError::Damaged("a miner lacks a seat it had")),
                _ => Ok(()),
            };
        }
        let course = if level == 0 {
            of_seats(connection, miner, first)?
        } else {
            of_courses(connection, miner, level, first)?
        };
        course.write(connection, miner, level, first / seats)?;
    }
    Ok(())
}

fn of_seats(connection: &Connection, miner: u32, number: u64) -> Result<Course> {
    let mut statement = connection.prepare_cached(&format!(
        "{SEAT} WHERE miner = ?1 AND number >= ?2 ORDER BY number LIMIT ?3"
    ))?;
    let seats = statement.query_map(params![miner, int(number)?, int(LENGTH)?], seat)?;
    let seats: Vec<Seat> = seats.collect::<rusqlite::Result<_>>()?;
    let (Some(first), Some(last)) = (seats.first(), seats.last()) else {
        return Err(HistoryError::Damaged("a miner lacks a seat it had"));
    };
    let mut course = Course {
        first: first.round,
        last: last.round,
        seats: LENGTH,
        shared: 0,
        paths: Course::starts(),
    };
    let mut next = course.first;
    for seat in &seats {
        let mut days = ticks(connection, next, seat.round)?;
        for path in &mut course.paths {
            days.iter().for_each(|ticks| path.days(ticks.days));
            path.seat(&seat.facts);
        }
        days = ticks(connection, seat.round, seat.round.next())?;
        for path in &mut course.paths {
            days.iter().for_each(|ticks| path.days(ticks.days));
        }
        course.shared += u64::from(seat.facts.shares());
        next = seat.round.next();
    }
    Ok(course)
}

fn of_courses(connection: &Connection, miner: u32, level: u32, first: u64) -> Result<Course> {
    let number = first / seats_of(level - 1);
    let part = |number| {
        let part = course_at(connection, miner, level - 1, number)?;
        part.ok_or(HistoryError::Damaged("a miner lacks a course"))
    };
    let mut whole = part(number)?;
    whole.seats = seats_of(level);
    for number in number + 1..number + LENGTH {
        let next = part(number)?;
        let days = ticks(connection, whole.last.next(), next.first)?;
        for path in &mut whole.paths {
            days.iter().for_each(|ticks| path.days(ticks.days));
            if let Some(next) = next.path(path.end).copied() {
                path.follow(&next);
            }
        }
        whole.last = next.last;
        whole.shared += next.shared;
    }
    Ok(whole)
}
