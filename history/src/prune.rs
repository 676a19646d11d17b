//! Forgetting old rounds, in pieces, so that nobody waits for it.
//!
//! What accounts and miners have come to is told from their rounds (`life.rs`), so these can't simply be removed. Pruning goes round and
//! round in two parts, each of which is cut into pieces of one SQL transaction:
//!
//! 1. For every account, what its life had come to before the round that will be the first is written down: `lives` has a row of it then,
//!    and no round before that row is gone through again.
//! 2. Pages end at that round from now on, and the blocks before it are removed, with their transactions, requests and rounds.
//!
//! What stays of the past: totals of miners and accounts, the newest votes and counters of each miner before that round, the newest
//! transaction of each account, by which its transactions are counted. The file does not shrink: its free pages are used again.

use std::sync::atomic::Ordering;

use etm_types::{Height, MinerId, Payload, Round};
use rusqlite::{Connection, OptionalExtension, params};

use crate::course::{self, SeatNumber};
use crate::error::{HistoryError, Result};
use crate::feed::ChainFacts;
use crate::holder::Holder;
use crate::kept::{KEPT, REMOVED, began, kept, number, set, unset};
use crate::life::Teller;
use crate::lock::lock;
use crate::rows::block_at;
use crate::schema;
use crate::store::History;
use crate::value::{ids, int, maybe_uint, uint};

/// Accounts of a piece of the first part.
const ACCOUNTS: usize = if cfg!(test) { 3 } else { 256 };

/// Blocks of a piece of the second.
const BLOCKS: u64 = if cfg!(test) { 3 } else { 32 };

/// Of the rounds that are kept, which part is removed at once: all accounts are gone through each time.
const PART: u64 = 8;

/// The one that will be, while accounts are gone through.
const COMING: &str = "coming";
/// The account gone through last.
const ACCOUNT: &str = "account";

impl History {
    /// Does a piece of what it takes to forget the rounds before the last `rounds` finished ones; false if there is nothing to do.
    /// At least so many stay.
    ///
    /// # Errors
    /// [`HistoryError`]; then nothing was done.
    pub fn prune(&self, rounds: u64) -> Result<bool> {
        self.prune_piece(rounds)
            .map_err(|error| self.suspect(error))
    }

    fn prune_piece(&self, rounds: u64) -> Result<bool> {
        let store = self.store()?;
        let mut writer = lock(&store.writer);
        let transaction = writer.connection.transaction()?;
        let more = piece(&transaction, self.chain(), rounds.max(1))?;
        transaction.commit()?;
        self.look_how_far(&writer.connection)?;
        Ok(more)
    }

    /// The first block of the history, if earlier ones were removed.
    pub fn first_kept(&self) -> Option<Height> {
        let first = Height(self.first.load(Ordering::Relaxed));
        (first > Height::ZERO).then_some(first)
    }

    pub(crate) fn look_how_far(&self, connection: &Connection) -> Result<()> {
        let first = self.height_not_pruned(connection, Height::MAX)?;
        self.first.store(first.0, Ordering::Relaxed);
        Ok(())
    }

    /// Refuses what was before the first round that is kept; gives that round.
    pub(crate) fn not_pruned(&self, connection: &Connection, round: Round) -> Result<Round> {
        let kept = kept(connection)?;
        if round < kept {
            return Err(self.pruned(connection, kept)?);
        }
        Ok(kept)
    }

    /// As [`History::not_pruned`], of a block.
    pub(crate) fn height_not_pruned(
        &self,
        connection: &Connection,
        height: Height,
    ) -> Result<Height> {
        let kept = kept(connection)?;
        let first = match kept {
            Round::ZERO => Height::ZERO,
            kept => self.first_height(kept),
        };
        // Nobody has block 0.
        if height > Height::ZERO && height < first {
            return Err(self.pruned(connection, kept)?);
        }
        Ok(first)
    }

    /// What whoever asks for what was before the first round that is kept is told.
    pub(crate) fn pruned(&self, connection: &Connection, kept: Round) -> Result<HistoryError> {
        Ok(HistoryError::Pruned {
            round: kept,
            height: self.first_height(kept),
            began: began(connection)? == Some(kept),
        })
    }
}

fn piece(connection: &Connection, chain: &ChainFacts, rounds: u64) -> Result<bool> {
    let kept = kept(connection)?;
    if let Some(coming) = number(connection, COMING)? {
        go_through(connection, chain, kept, Round(coming))?;
        return Ok(true);
    }
    let first = chain.params.first_height(kept).unwrap_or(Height::MAX);
    let removed = Height(number(connection, REMOVED)?.unwrap_or(1));
    if kept > Round::ZERO && removed < first {
        let until = first.min(removed.saturating_add(BLOCKS));
        for height in removed.until(until) {
            remove(connection, chain, kept, height)?;
        }
        set(connection, REMOVED, &until.0.to_be_bytes())?;
        return Ok(true);
    }
    let finished = Teller::new(connection, chain).finished()?;
    let coming = finished.saturating_sub(rounds);
    if coming.since(kept) < (rounds / PART).max(1) || coming <= kept {
        return Ok(false);
    }
    // A program that knows nothing of pruning would take what is left for a whole history.
    connection.pragma_update(None, "user_version", schema::PRUNED)?;
    set(connection, COMING, &coming.0.to_be_bytes())?;
    Ok(true)
}

/// The first part: some more accounts.
fn go_through(
    connection: &Connection,
    chain: &ChainFacts,
    kept: Round,
    coming: Round,
) -> Result<()> {
    let after: Option<Vec<u8>> = connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([ACCOUNT], |row| row.get(0))
        .optional()?;
    let after = after.unwrap_or_default();
    let mut accounts: Vec<Vec<u8>> = Vec::new();
    // Some had a position then and have none now, others have one since the beginning and never did anything.
    for table in ["lives", "positions"] {
        let mut statement = connection.prepare_cached(&format!(
            "SELECT DISTINCT account FROM {table} WHERE account > ?1 ORDER BY account LIMIT ?2"
        ))?;
        let rows = statement.query_map(params![after, ACCOUNTS as i64], |row| row.get(0))?;
        accounts.extend(rows.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    accounts.sort_unstable();
    accounts.dedup();
    accounts.truncate(ACCOUNTS);
    let mut teller = Teller::new(connection, chain);
    for account in &accounts {
        let holder = Holder::of_bytes(account)?;
        connection
            .prepare_cached(
                "DELETE FROM lives WHERE account = ?1
                 AND round < (SELECT MAX(round) FROM lives WHERE account = ?1 AND round <= ?2)",
            )?
            .execute(params![account, int(kept.0)?])?;
        match ended(connection, &holder)? {
            // It goes on in what is written down of its account.
            Some(ended) if ended < kept => forget(connection, account)?,
            Some(ended) if ended < coming => {}
            _ => teller.write_down_before(&holder, coming)?,
        }
    }
    match accounts.last() {
        Some(last) => set(connection, ACCOUNT, last),
        None => {
            unset(connection, ACCOUNT)?;
            unset(connection, COMING)?;
            set(connection, KEPT, &coming.0.to_be_bytes())
        }
    }
}

/// The round at whose end a life that is written down under a key became that of an account, if it did.
fn ended(connection: &Connection, holder: &Holder) -> Result<Option<Round>> {
    let Holder::Hidden(key) = holder else {
        return Ok(None);
    };
    let ended = connection
        .prepare_cached("SELECT since_round FROM positions WHERE account = ?1")?
        .query_row([key.0], |row| maybe_uint(row, 0))
        .optional()?;
    Ok(ended.flatten().map(Round))
}

fn forget(connection: &Connection, account: &[u8]) -> Result<()> {
    for table in ["lives", "positions"] {
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE account = ?1"))?
            .execute([account])?;
    }
    Ok(())
}

/// The second part: a block, and its round if it is the last of it.
fn remove(connection: &Connection, chain: &ChainFacts, kept: Round, height: Height) -> Result<()> {
    let Some((block, _)) = block_at(connection, height)? else {
        return Err(HistoryError::Damaged("a block is missing"));
    };
    let at = int(height.0)?;
    for transaction in &block.body.transactions {
        connection
            .prepare_cached("DELETE FROM transactions WHERE hash = ?1")?
            .execute([transaction.hash().0])?;
        let recipient = match transaction.payload() {
            Payload::Transfer { recipient, .. } => Some(*recipient),
            _ => None,
        };
        for account in recipient.into_iter().chain([transaction.sender()]) {
            connection
                .prepare_cached(
                    "DELETE FROM activity WHERE account = ?1 AND height <= ?2 AND number <
                     (SELECT number FROM activity WHERE account = ?1 ORDER BY height DESC, place DESC LIMIT 1)",
                )?
                .execute(params![account.0, at])?;
        }
    }
    for table in ["missed", "requests", "blocks"] {
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE height = ?1"))?
            .execute([at])?;
    }
    match chain.params.last_height(block.header.round) {
        Some(last) if last == height => remove_round(connection, kept, block.header.round),
        _ => Ok(()),
    }
}

fn remove_round(connection: &Connection, kept: Round, round: Round) -> Result<()> {
    let number = int(round.0)?;
    let mut concerned: Vec<u32> = Vec::new();
    let mut statement = connection
        .prepare_cached("SELECT miner, number FROM seats WHERE round = ?1 ORDER BY place")?;
    let rows = statement.query_map([number], |row| {
        Ok(SeatNumber {
            miner: MinerId(row.get(0)?),
            number: uint(row, 1)?,
        })
    })?;
    for seat in rows.collect::<rusqlite::Result<Vec<_>>>()? {
        course::forget(connection, seat)?;
        concerned.push(seat.miner.0);
    }
    let candidates = connection
        .prepare_cached("SELECT candidates FROM rounds WHERE round = ?1")?
        .query_row([number], |row| ids(row, 0))?;
    for miner in concerned.into_iter().chain(candidates) {
        connection
            .prepare_cached(
                "DELETE FROM standings WHERE miner = ?1
                 AND round < (SELECT MAX(round) FROM standings WHERE miner = ?1 AND round < ?2)",
            )?
            .execute(params![miner, int(kept.0)?])?;
    }
    for table in ["seats", "committees", "rounds"] {
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE round = ?1"))?
            .execute([number])?;
    }
    Ok(())
}
