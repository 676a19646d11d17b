//! The first round that is kept, and other figures of the file as a whole.

use etm_types::Round;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Result;

/// Where it is.
pub(crate) const KEPT: &str = "kept";
/// The same of the first block that is still there.
pub(crate) const REMOVED: &str = "removed";

/// The first round that is kept.
pub(crate) fn kept(connection: &Connection) -> Result<Round> {
    Ok(Round(number(connection, KEPT)?.unwrap_or(0)))
}

/// The first round of a history that began with a snapshot: all that is counted is counted from there. None if it began with genesis.
pub(crate) const BEGAN: &str = "began";

/// The first round that this history ever had, if it did not begin with genesis.
pub(crate) fn began(connection: &Connection) -> Result<Option<Round>> {
    Ok(number(connection, BEGAN)?.map(Round))
}

/// The same, as the API shows it.
pub(crate) fn counted_from(connection: &Connection) -> Result<Option<u64>> {
    Ok(began(connection)?.map(|began| began.0))
}

pub(crate) fn number(connection: &Connection, key: &str) -> Result<Option<u64>> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    let bytes: Option<[u8; 8]> = statement.query_row([key], |row| row.get(0)).optional()?;
    Ok(bytes.map(u64::from_be_bytes))
}

pub(crate) fn set(connection: &Connection, key: &str, value: &[u8]) -> Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")?
        .execute(params![key, value])?;
    Ok(())
}

pub(crate) fn unset(connection: &Connection, key: &str) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM meta WHERE key = ?1")?
        .execute([key])?;
    Ok(())
}
