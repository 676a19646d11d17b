//! The database file: one writer, many readers.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use etm_types::api::MinerRef;
use etm_types::codec::to_bytes;
use etm_types::{MinerId, Units};
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};

use crate::error::{HistoryError, Result};
use crate::feed::ChainFacts;
use crate::schema;
use crate::value::{int, size_class};

/// Read connections that are kept open.
const READERS: usize = 8;

/// The history of one chain in one file.
///
/// Writing ([`History::record`]) and reading may happen at the same time from any threads; a reader sees the history as of one block.
pub struct History {
    path: PathBuf,
    chain: Arc<ChainFacts>,
    pub(crate) writer: Mutex<Writer>,
    readers: Mutex<Vec<Connection>>,
    names: RwLock<HashMap<u32, String>>,
}

/// The writing connection and what it knows by heart.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    /// Votes and counters last recorded for each miner.
    pub(crate) standings: HashMap<u32, (u128, u64, u64)>,
}

impl History {
    /// Opens the file at `path`, or makes it.
    ///
    /// # Errors
    /// [`HistoryError`] if the file can't be opened, is of another chain, newer or damaged.
    pub fn open(path: &Path, chain: Arc<ChainFacts>) -> Result<Self> {
        let mut connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // Everything can be written anew from the chain: a power cut may cost the last blocks, never the file.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        connection.set_prepared_statement_cache_capacity(64);
        schema::migrate(&mut connection)?;
        begin(&mut connection, &chain)?;
        let mut standings = HashMap::new();
        let mut names = HashMap::new();
        {
            let mut statement = connection.prepare(
                "SELECT miner, votes, produced, slots, MAX(round) FROM standings GROUP BY miner",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let figures = (
                    crate::value::votes(row, 1)?,
                    crate::value::uint(row, 2)?,
                    crate::value::uint(row, 3)?,
                );
                standings.insert(row.get(0)?, figures);
            }
            let mut statement = connection.prepare("SELECT id, name FROM miners")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                names.insert(row.get(0)?, row.get(1)?);
            }
        }
        Ok(Self {
            path: path.to_owned(),
            chain,
            writer: Mutex::new(Writer {
                connection,
                standings,
            }),
            readers: Mutex::new(Vec::new()),
            names: RwLock::new(names),
        })
    }

    /// The chain.
    pub const fn chain(&self) -> &Arc<ChainFacts> {
        &self.chain
    }

    /// A miner with its name; the name is empty if there never was a miner with this id.
    pub fn miner_ref(&self, id: MinerId) -> MinerRef {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        MinerRef {
            id: id.0,
            name: names.get(&id.0).cloned().unwrap_or_default(),
        }
    }

    pub(crate) fn learn_names(&self, new: Vec<(u32, String)>) {
        self.names
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(new);
    }

    /// Runs `read` on a connection that sees one state of the history throughout.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut connection = match lock(&self.readers).pop() {
            Some(connection) => connection,
            None => self.reader()?,
        };
        let answer = {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
            read(&transaction)
        };
        let mut readers = lock(&self.readers);
        if readers.len() < READERS {
            readers.push(connection);
        }
        answer
    }

    fn reader(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        Ok(connection)
    }
}

/// Locks, also after another thread panicked while it held the lock: what is guarded is whole at any time.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes genesis into a new file, or checks that an old one is of this chain.
fn begin(connection: &mut Connection, chain: &ChainFacts) -> Result<()> {
    let recorded: Option<[u8; 32]> = connection
        .query_row("SELECT value FROM meta WHERE key = 'chain'", [], |row| {
            row.get(0)
        })
        .optional()?;
    if let Some(recorded) = recorded {
        if recorded == chain.id.0 {
            return Ok(());
        }
        let recorded = etm_types::ChainId(recorded).to_string();
        return Err(HistoryError::WrongChain {
            recorded,
            expected: chain.id.to_string(),
        });
    }
    let transaction = connection.transaction()?;
    transaction.execute(
        "INSERT INTO meta (key, value) VALUES ('chain', ?1)",
        [chain.id.0],
    )?;
    for (id, miner) in chain.genesis.miners.iter().enumerate() {
        transaction.execute(
            "INSERT INTO miners (id, name, owner) VALUES (?1, ?2, ?3)",
            params![id as i64, miner.name.as_str(), miner.owner.0],
        )?;
    }
    for position in &chain.genesis.positions {
        transaction.execute(
            "INSERT INTO positions (account, locked, miner) VALUES (?1, ?2, ?3)",
            params![
                position.account.0,
                int(position.locked.0)?,
                position.miner.map(|miner| miner.0)
            ],
        )?;
        count_position(&transaction, position.miner, position.locked, 1)?;
    }
    for committee in &chain.committees {
        transaction.execute(
            "INSERT INTO committees (round, encoded) VALUES (?1, ?2)",
            params![int(committee.round)?, to_bytes(committee)],
        )?;
    }
    Ok(transaction.commit()?)
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
