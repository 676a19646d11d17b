//! A history that begins with a snapshot: what it takes from there instead of from genesis.
//!
//! Positions stand in `positions` and `lives` under the keys that the state has for them, until their accounts do something: what an account
//! comes to is told from what is written down under its key. Nothing is counted from before. The round before the first and its last block have
//! a row each that says what the next ones take up from them; it is before the first round that is kept, so nobody is told of it.

use std::fs::File;
use std::path::PathBuf;

use etm_execution::base::{Base, BaseError, Head, KnownMiner, KnownPosition};
use etm_mechanism::Position;
use etm_types::codec::to_bytes;
use etm_types::{Address, Hash, Height, MinerId, Round, Units};
use rusqlite::{Connection, OptionalExtension, params};

use crate::cancel::Cancel;
use crate::error::{HistoryError, Result};
use crate::feed::ChainFacts;
use crate::fill::{Filling, Wanted};
use crate::holder::Holder;
use crate::kept::{BEGAN, KEPT, REMOVED, set};
use crate::rows::{count_position, write_position, write_standing};
use crate::schema;
use crate::value::{int, uint};

/// What a node began with, if not with genesis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The block whose state it began with, the last of its round.
    pub height: Height,
    pub hash: Hash,
    /// What the state was ([`etm_execution::base`]).
    pub file: PathBuf,
}

impl Origin {
    fn failed(&self, error: BaseError) -> HistoryError {
        HistoryError::NoOrigin {
            height: self.height,
            for_good: error.is_for_good(),
            why: format!("{}: {error}", self.file.display()),
        }
    }
}

/// Writes what a history begins with into new tables, or goes on with that.
pub(crate) fn fill(filling: &mut Filling<'_>, origin: &Origin) -> Result<()> {
    let stop = filling.stop;
    let failed = |error| match stop.is_cancelled() {
        true => HistoryError::Stopped,
        false => origin.failed(error),
    };
    let base = open(origin, filling.chain, stop).map_err(failed)?;
    let head = &base.head;
    let began = head.globals.round;
    let last = filling.begin(base.seal)?;
    let positions = base.positions.map(|position| position.map_err(failed));
    let ahead = positions.skip_while(|position| match (position, &last) {
        (Ok(position), Some(last)) => position.key.0[..] <= last[..],
        _ => false,
    });
    filling.pieces(base.count, ahead, |connection, position| {
        enter(connection, began.0, &position)
    })?;
    let last = filling.last_miner()?;
    let ahead = base.miners.iter().filter(|miner| Some(miner.id) > last);
    filling.pieces(base.count, ahead.map(Ok), |connection, miner| {
        enter_miner(connection, head.header.round, miner)
    })?;
    filling.end(base.count, head.globals.locked, |connection| {
        let first = head.header.height.next();
        // Only what knows of removed rounds can read such a file.
        set(connection, BEGAN, &began.0.to_be_bytes())?;
        set(connection, KEPT, &began.0.to_be_bytes())?;
        set(connection, REMOVED, &first.0.to_be_bytes())?;
        last_round(connection, head)?;
        for committee in &head.committees {
            connection
                .prepare_cached("INSERT INTO committees (round, encoded) VALUES (?1, ?2)")?
                .execute(params![int(committee.round.0)?, to_bytes(committee)])?;
        }
        Ok(schema::PRUNED)
    })
}

fn open<'a>(
    origin: &Origin,
    chain: &ChainFacts,
    stop: &'a Cancel,
) -> std::result::Result<Base<Wanted<'a, File>>, BaseError> {
    let file = Wanted::new(File::open(&origin.file)?, stop);
    let base = Base::read(file, chain.id)?;
    if base.head.header.hash() != origin.hash {
        return Err(BaseError::Damaged(
            "it is not of the block that the node began with",
        ));
    }
    Ok(base)
}

/// Writes down a miner as it is before the first round. All positions are.
fn enter_miner(connection: &Connection, last: Round, miner: &KnownMiner) -> Result<()> {
    let resigned = (!miner.standing.registered).then_some(last.0);
    connection
        .prepare_cached(
            "INSERT INTO miners (id, name, owner, resigned_round, resigned_sequence) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            miner.id.0,
            miner.name.as_str(),
            miner.owner.0,
            resigned.map(int).transpose()?,
            resigned.map(|_| 0),
        ])?;
    write_standing(connection, miner.id, last, &miner.standing)
}

/// The round before the first and its last block, as far as the next ones go on from them.
fn last_round(connection: &Connection, head: &Head) -> Result<()> {
    let (header, globals) = (&head.header, &head.globals);
    let (round, height) = (int(header.round.0)?, int(header.height.0)?);
    connection
        .prepare_cached(
            "INSERT INTO blocks (height, hash, round, slot, timestamp_ms, producer, transactions, fees, missed, encoded, receipts, certificate)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, 0, ?7, x'', x'')",
        )?
        .execute(params![
            height,
            header.hash().0,
            round,
            int(header.slot.0)?,
            int(header.timestamp_ms)?,
            header.producer.0,
            to_bytes(header),
        ])?;
    // All that was issued and is not carried over was shared out.
    let distributed = globals.bonus_issued.0.saturating_sub(globals.carry.0);
    connection
        .prepare_cached(
            "INSERT INTO rounds (round, first_height, last_height, timestamp_ms, missed, transactions, collected, fees, fee_share, fees_pending,
             bonus, carry_in, carry_out, lucky, days, average, seed, beacon, applied, void, kept, members, drawn, candidates, locked, distributed)
             VALUES (?1, ?2, ?2, ?3, 0, 0, 0, 0, 0, ?4, 0, 0, ?5, 0, 0, ?6, x'', ?7, 0, 0, 0, x'', x'', x'', ?8, ?9)",
        )?
        .execute(params![
            round,
            height,
            int(header.timestamp_ms)?,
            int(globals.fees_pending.0)?,
            int(globals.carry.0)?,
            int(globals.average)?,
            header.beacon.0,
            int(globals.locked.0)?,
            int(distributed)?,
        ])?;
    Ok(())
}

/// Writes down a position under the key that the state has for it, as it is before the round `began`.
fn enter(connection: &Connection, began: u64, position: &KnownPosition) -> Result<()> {
    let KnownPosition { key, fraction, .. } = position;
    let Position { locked, t, miner } = position.position;
    count_position(connection, miner, locked, 1)?;
    let (locked, miner) = (int(locked.0)?, miner.map(|miner| miner.0));
    connection
        .prepare_cached("INSERT INTO positions (account, locked, miner) VALUES (?1, ?2, ?3)")?
        .execute(params![key.0, locked, miner])?;
    let mut gains = [0; 32];
    gains[24..].copy_from_slice(&fraction.to_be_bytes());
    connection
        .prepare_cached(
            "INSERT INTO lives (account, round, locked, time_gain, miner, gains, earned_before, rounds, shared, changes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, 0, 0)",
        )?
        .execute(params![key.0, int(began)?, locked, t.get(), miner, gains])?;
    Ok(())
}

/// The position that an account had since the beginning, which changes at the end of `round` for the first time: from then on it is the
/// account's own. None if there was none, or that was before.
pub(crate) fn leave(
    connection: &Connection,
    account: &Address,
    round: i64,
) -> Result<Option<Position>> {
    if crate::kept::began(connection)?.is_none() {
        return Ok(None);
    }
    let Some(key) = Holder::Account(*account).origin() else {
        return Ok(None);
    };
    let position = connection
        .prepare_cached(
            "SELECT locked, CASE WHEN resigned_round IS NULL THEN miner END
             FROM positions LEFT JOIN miners ON miners.id = positions.miner WHERE account = ?1 AND since_round IS NULL",
        )?
        .query_row([key.bytes()], |row| {
            Ok(Position {
                miner: row.get::<_, Option<u32>>(1)?.map(MinerId),
                ..Position::new(Units(uint(row, 0)?))
            })
        })
        .optional()?;
    if position.is_some() {
        connection
            .prepare_cached("UPDATE positions SET since_round = ?2 WHERE account = ?1")?
            .execute(params![key.bytes(), round])?;
    }
    Ok(position)
}

/// The same for a request that changes nothing: the position is the account's own from then on as it is.
pub(crate) fn take_over(connection: &Connection, account: &Address, round: i64) -> Result<()> {
    match leave(connection, account, round)? {
        Some(position) => write_position(connection, account, &position, round),
        None => Ok(()),
    }
}
