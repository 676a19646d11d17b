//! Writing what a history begins with, in pieces of one SQL transaction each, so that nobody waits for all of it: a stop ends it after the
//! piece that is being written, and it goes on there when the node is started again, after a crash as well.
//!
//! Positions come first, then miners, each by what rises; so the last that is written says where to go on. Until all is written the file has a
//! version of its own, nobody reads it, and it says what it is being filled from: with anything else it is begun anew.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Bound;

use etm_types::codec::to_bytes;
use etm_types::{Address, ChainId, Hash, MinerId, Units};
use rusqlite::{Connection, OptionalExtension, params};

use crate::cancel::Cancel;
use crate::error::{HistoryError, Result};
use crate::feed::ChainFacts;
use crate::kept::{set, unset};
use crate::rows::count_position;
use crate::schema;
use crate::value::{int, uint};

/// Positions or miners of a piece.
const PIECE: usize = if cfg!(test) { 64 } else { 4_096 };

/// The chain it is of.
const CHAIN: &str = "chain";
/// What the file is being filled from.
const FILLING: &str = "filling";

/// A file that is being filled.
pub(crate) struct Filling<'a> {
    pub(crate) connection: &'a mut Connection,
    pub(crate) chain: &'a ChainFacts,
    /// The node stops.
    pub(crate) stop: &'a Cancel,
    /// Is told how many positions of how many there are.
    pub(crate) tell: &'a dyn Fn(u64, u64),
}

/// Which chain a file is of, if it says so.
pub(crate) fn chain(connection: &Connection) -> Result<Option<ChainId>> {
    Ok(hash(connection, CHAIN)?.map(ChainId))
}

/// Whether the file says that it is not whole yet.
pub(crate) fn is_unfinished(connection: &Connection) -> Result<bool> {
    Ok(hash(connection, FILLING)?.is_some())
}

fn hash(connection: &Connection, key: &str) -> Result<Option<[u8; 32]>> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

impl Filling<'_> {
    /// Begins with something that has this seal, or goes on with it. Gives whose position was written last.
    pub(crate) fn begin(&mut self, seal: Hash) -> Result<Option<Vec<u8>>> {
        match hash(self.connection, FILLING)? {
            Some(source) if source == seal.0 => {}
            Some(_) => return Err(HistoryError::Unfinished),
            None => {
                let transaction = self.connection.transaction()?;
                set(&transaction, CHAIN, &self.chain.id.0)?;
                set(&transaction, FILLING, &seal.0)?;
                transaction.pragma_update(None, "user_version", schema::UNFINISHED)?;
                transaction.commit()?;
            }
        }
        let mut statement = self
            .connection
            .prepare("SELECT account FROM positions ORDER BY account DESC LIMIT 1")?;
        Ok(statement.query_row([], |row| row.get(0)).optional()?)
    }

    /// The miner that was written last.
    pub(crate) fn last_miner(&self) -> Result<Option<MinerId>> {
        let last = self
            .connection
            .query_row("SELECT MAX(id) FROM miners", [], |row| row.get(0));
        Ok(last.map(|id: Option<u32>| id.map(MinerId))?)
    }

    /// Writes some rows, piece by piece.
    pub(crate) fn pieces<T>(
        &mut self,
        count: u64,
        rows: impl Iterator<Item = Result<T>>,
        write: impl Fn(&Connection, T) -> Result<()>,
    ) -> Result<()> {
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            if self.stop.is_cancelled() {
                return Err(HistoryError::Stopped);
            }
            let transaction = self.connection.transaction()?;
            for row in rows.by_ref().take(PIECE) {
                write(&transaction, row?)?;
            }
            let (written, _) = sum(&transaction)?;
            transaction.commit()?;
            (self.tell)(written, count);
        }
        Ok(())
    }

    /// Writes the rest, which gives the version of the file; from then on it is whole. So many positions must be there, which hold so much.
    pub(crate) fn end(
        &mut self,
        count: u64,
        locked: Units,
        write: impl FnOnce(&Connection) -> Result<u32>,
    ) -> Result<()> {
        let transaction = self.connection.transaction()?;
        if sum(&transaction)? != (count, locked.0) {
            return Err(HistoryError::Damaged(
                "what it begins with is not all there",
            ));
        }
        let version = write(&transaction)?;
        transaction.pragma_update(None, "user_version", version)?;
        unset(&transaction, FILLING)?;
        Ok(transaction.commit()?)
    }

    /// All of it, of a history that begins with genesis.
    pub(crate) fn genesis(&mut self) -> Result<()> {
        let chain = self.chain;
        let draft = chain.genesis.draft();
        let count = draft.positions.len() as u64;
        let last = self.begin(chain.genesis_hash)?;
        let last = last.and_then(|last| last.try_into().ok()).map(Address);
        let after = last.map_or(Bound::Unbounded, Bound::Excluded);
        let ahead = draft.positions.range((after, Bound::Unbounded));
        self.pieces(count, ahead.map(Ok), |connection, (account, position)| {
            count_position(connection, position.miner, position.locked, 1)?;
            connection
                .prepare_cached(
                    "INSERT INTO positions (account, locked, miner) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![
                    account.0,
                    int(position.locked.0)?,
                    position.miner.map(|miner| miner.0)
                ])?;
            Ok(())
        })?;
        let last = self.last_miner()?;
        let miners = (0..).map(MinerId).zip(&draft.miners);
        let ahead = miners.filter(|(id, _)| Some(*id) > last);
        self.pieces(count, ahead.map(Ok), |connection, (id, miner)| {
            connection
                .prepare_cached("INSERT INTO miners (id, name, owner) VALUES (?1, ?2, ?3)")?
                .execute(params![id.0, miner.name.as_str(), miner.owner.0])?;
            Ok(())
        })?;
        let locked = draft.positions.values().map(|position| position.locked.0);
        self.end(count, Units(locked.sum()), |connection| {
            for committee in chain.genesis.committees()? {
                connection.execute(
                    "INSERT INTO committees (round, encoded) VALUES (?1, ?2)",
                    params![int(committee.round.0)?, to_bytes(committee)],
                )?;
            }
            Ok(schema::VERSION)
        })
    }
}

/// How many positions are written, and what they hold.
fn sum(connection: &Connection) -> Result<(u64, u64)> {
    let mut statement = connection
        .prepare_cached("SELECT COALESCE(SUM(voters), 0), COALESCE(SUM(locked), 0) FROM sizes")?;
    Ok(statement.query_row([], |row| Ok((uint(row, 0)?, uint(row, 1)?)))?)
}

/// What is read as long as the node does not stop.
pub(crate) struct Wanted<'a, R> {
    source: R,
    stop: &'a Cancel,
}

impl<'a, R> Wanted<'a, R> {
    pub(crate) const fn new(source: R, stop: &'a Cancel) -> Self {
        Self { source, stop }
    }
}

impl<R: Read> Read for Wanted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_cancelled() {
            return Err(io::Error::other("the node stops"));
        }
        self.source.read(buffer)
    }
}

impl<R: Seek> Seek for Wanted<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.source.seek(to)
    }
}
