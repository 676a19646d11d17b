//! Rows that reading, writing and forgetting ask for alike.

use etm_mechanism::{Position, Standing};
use etm_types::codec::{Reader, Wire as _};
use etm_types::{Address, Block, Hash, Height, MinerId, Receipt, Round, Transaction, Units, Votes};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Result;
use crate::value::{hash, int, size_class, uint, votes, votes_bytes};

/// The last recorded block.
pub(crate) fn tip(connection: &Connection) -> Result<Option<(Height, Hash)>> {
    let mut statement = connection
        .prepare_cached("SELECT height, hash FROM blocks ORDER BY height DESC LIMIT 1")?;
    Ok(statement
        .query_row([], |row| {
            Ok((uint(row, 0).map(Height)?, Hash(hash(row, 1)?)))
        })
        .optional()?)
}

/// The hash of a block.
pub(crate) fn hash_at(connection: &Connection, height: Height) -> Result<Option<Hash>> {
    let mut statement = connection.prepare_cached("SELECT hash FROM blocks WHERE height = ?1")?;
    Ok(statement
        .query_row([int(height.0)?], |row| hash(row, 0).map(Hash))
        .optional()?)
}

/// A block and its receipts.
pub(crate) fn block_at(
    connection: &Connection,
    height: Height,
) -> Result<Option<(Block, Vec<Receipt>)>> {
    let Ok(height) = i64::try_from(height.0) else {
        return Ok(None);
    };
    let mut statement =
        connection.prepare_cached("SELECT encoded, receipts FROM blocks WHERE height = ?1")?;
    let row: Option<(Vec<u8>, Vec<u8>)> = statement
        .query_row([height], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((block, receipts)) = row else {
        return Ok(None);
    };
    let mut reader = Reader::new(&receipts);
    let receipts = reader.list("receipts", 0, etm_types::limits::MAX_RECEIPTS)?;
    let mut reader = Reader::new(&block);
    Ok(Some((Block::read(&mut reader)?, receipts)))
}

/// The transaction at a place of a block.
pub(crate) fn transaction_at(
    connection: &Connection,
    height: Height,
    place: u32,
) -> Result<Option<Transaction>> {
    let block = block_at(connection, height)?;
    Ok(block.and_then(|(block, _)| block.body.transactions.into_iter().nth(place as usize)))
}

/// Counts a position in (`sign` 1) or out (-1).
pub(crate) fn count_position(
    connection: &Connection,
    miner: Option<MinerId>,
    locked: Units,
    sign: i64,
) -> Result<()> {
    let miner = miner.map_or(-1, |miner| i64::from(miner.0));
    connection
        .prepare_cached(
            "INSERT INTO sizes (miner, class, voters, locked) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET voters = voters + excluded.voters, locked = locked + excluded.locked",
        )?
        .execute(params![miner, size_class(locked.0), sign, sign * int(locked.0)?])?;
    Ok(())
}

/// Writes what a position is from a `round` on; one that was there before keeps the round since when it is.
pub(crate) fn write_position(
    connection: &Connection,
    account: &Address,
    position: &Position,
    round: i64,
) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO positions (account, locked, miner, since_round) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET locked = excluded.locked, miner = excluded.miner",
        )?
        .execute(params![
            account.0,
            int(position.locked.0)?,
            position.miner.map(|miner| miner.0),
            round
        ])?;
    Ok(())
}

/// Writes votes and counters of a miner after a round, with what is locked behind it.
pub(crate) fn write_standing(
    connection: &Connection,
    miner: MinerId,
    round: Round,
    standing: &Standing,
) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO standings (miner, round, votes, produced, slots, locked, voters)
             SELECT ?1, ?2, ?3, ?4, ?5, COALESCE(SUM(locked), 0), COALESCE(SUM(voters), 0) FROM sizes WHERE miner = ?1",
        )?
        .execute(params![
            miner.0,
            int(round.0)?,
            votes_bytes(standing.votes),
            int(standing.produced)?,
            int(standing.slots)?
        ])?;
    Ok(())
}

/// Votes and counters of a miner after the last round up to `round` in which they changed.
pub(crate) fn standing_at(
    connection: &Connection,
    miner: MinerId,
    round: i64,
) -> Result<Option<Standing>> {
    let mut statement = connection.prepare_cached(
        "SELECT votes, produced, slots FROM standings WHERE miner = ?1 AND round <= ?2 ORDER BY round DESC LIMIT 1",
    )?;
    let standing = statement.query_row(params![miner.0, round], |row| {
        let (produced, slots) = (uint(row, 1)?, uint(row, 2)?);
        Ok(Standing::new(Votes(votes(row, 0)?), produced, slots))
    });
    Ok(standing.optional()?)
}
