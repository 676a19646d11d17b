//! How values stand in the tables.

use etm_types::{Address, Votes};
use rusqlite::Row;

use crate::error::{HistoryError, Result};

/// A figure as SQLite keeps it.
pub(crate) fn int(value: u64) -> Result<i64> {
    i64::try_from(value).map_err(|_| HistoryError::OutOfRange)
}

/// A figure from a column.
pub(crate) fn uint(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

/// A figure from a column that may be empty.
pub(crate) fn maybe_uint(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<u64>> {
    let value: Option<i64> = row.get(column)?;
    value
        .map(|value| {
            u64::try_from(value)
                .map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
        })
        .transpose()
}

/// A count as the API's 32 bits carry it.
pub(crate) fn small(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// A count from a column as the API's 32 bits carry it.
pub(crate) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u32> {
    uint(row, column).map(small)
}

/// 32 bytes from a column.
pub(crate) fn hash(row: &Row<'_>, column: usize) -> rusqlite::Result<[u8; 32]> {
    row.get(column)
}

/// Votes as a column.
pub(crate) fn votes_bytes(votes: Votes) -> [u8; 16] {
    votes.0.to_be_bytes()
}

pub(crate) fn votes(row: &Row<'_>, column: usize) -> rusqlite::Result<u128> {
    row.get(column).map(u128::from_be_bytes)
}

pub(crate) fn address(row: &Row<'_>, column: usize) -> rusqlite::Result<Address> {
    row.get(column).map(Address)
}

/// Miner ids as a column.
pub(crate) fn ids_bytes(ids: impl IntoIterator<Item = u32>) -> Vec<u8> {
    ids.into_iter().flat_map(u32::to_be_bytes).collect()
}

/// Miner ids from a column.
pub(crate) fn ids(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<u32>> {
    let bytes: Vec<u8> = row.get(column)?;
    Ok(bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|id| u32::from_be_bytes(*id))
        .collect())
}

/// The power of ten of a position's amount.
pub(crate) fn size_class(locked: u64) -> u32 {
    locked.checked_ilog10().unwrap_or(0)
}
