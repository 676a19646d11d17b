//! The database file: one writer, many readers.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use etm_mechanism::Standing;
use etm_types::api::MinerRef;
use etm_types::{Height, MinerId};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use tokio::sync::watch;

use crate::cancel::Cancel;
use crate::condition::{Condition, Health};
use crate::error::{HistoryError, Result};
use crate::feed::ChainFacts;
use crate::fill::{self, Filling};
use crate::lock::lock;
use crate::origin::{self, Origin};
use crate::rows::{hash_at, tip};
use crate::schema;

/// Read connections that are kept open.
const READERS: usize = 8;

/// How long a write waits for another process that has the file locked before it is given up, to be tried again.
const WRITER_PATIENCE: Duration = Duration::from_millis(500);

/// How long a read waits, where it has to wait at all.
const READER_PATIENCE: Duration = Duration::from_secs(1);

/// The history of one chain in one file.
///
/// Writing ([`History::record`]) and reading may happen at the same time from any threads; a reader sees the history as of one block.
/// The file may go away or break at any time: [`History::wanted`] and [`History::follow`] begin it anew.
pub struct History {
    pub(crate) path: PathBuf,
    chain: Arc<ChainFacts>,
    /// What it begins with, if not with genesis.
    pub(crate) origin: Option<Origin>,
    /// Said when the node stops.
    stop: Cancel,
    /// Set once nothing more is written.
    pub(crate) end: OnceLock<End>,
    store: RwLock<Option<Arc<Store>>>,
    /// Names of miners, which never change: known also while the file is begun anew.
    names: RwLock<HashMap<u32, String>>,
    recorded: watch::Sender<Height>,
    /// The first block that was not removed.
    pub(crate) first: AtomicU64,
    pub(crate) health: Health,
    /// The block that last condemned a file.
    pub(crate) condemning: Mutex<Option<Height>>,
}

/// Why nothing more is written.
pub(crate) struct End {
    pub(crate) why: String,
    /// Whether there is nothing at all.
    pub(crate) empty: bool,
}

/// The open file.
pub(crate) struct Store {
    path: PathBuf,
    identity: Identity,
    /// The log beside it, once there is one.
    log: Mutex<Option<Identity>>,
    /// The most bytes it had: it never becomes shorter by itself.
    longest: AtomicU64,
    pub(crate) writer: Mutex<Writer>,
    readers: Mutex<Vec<Connection>>,
}

/// The writing connection and what it knows by heart.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    /// Votes and counters last recorded for miners, as far as they were asked for.
    pub(crate) standings: HashMap<MinerId, Standing>,
}

/// Which file it is, whatever its name leads to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity(u64, u64);

/// What became of the file that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// It is where it was.
    There,
    /// It is no longer there, or another is.
    Lost,
    /// Its log is no longer there, or another is.
    LogLost,
    /// It is shorter than it was.
    Shorter,
}

impl Identity {
    fn of(path: &Path) -> std::io::Result<Self> {
        Self::from(&std::fs::metadata(path)?)
    }

    fn from(metadata: &std::fs::Metadata) -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            Ok(Self(metadata.dev(), metadata.ino()))
        }
        #[cfg(not(unix))]
        {
            let created = metadata.created()?.duration_since(std::time::UNIX_EPOCH);
            let created = created.unwrap_or_default();
            Ok(Self(created.as_secs(), created.subsec_nanos().into()))
        }
    }
}

impl History {
    /// A history whose file is not open yet: [`History::wanted`] opens it. Nothing can fail here.
    pub fn new(path: &Path, chain: Arc<ChainFacts>) -> Self {
        let miners = chain.genesis.draft().miners.iter();
        let names = (0..).zip(miners.map(|miner| miner.name.as_str().to_owned()));
        Self {
            path: path.to_owned(),
            names: RwLock::new(names.collect()),
            chain,
            origin: None,
            stop: Cancel::default(),
            end: OnceLock::new(),
            store: RwLock::default(),
            recorded: watch::Sender::new(Height::ZERO),
            first: AtomicU64::new(0),
            health: Health::default(),
            condemning: Mutex::default(),
        }
    }

    /// As [`History::new`], of a node that began with a snapshot: the history begins after it.
    pub fn after(path: &Path, chain: Arc<ChainFacts>, origin: Origin) -> Self {
        Self {
            origin: Some(origin),
            ..Self::new(path, chain)
        }
    }

    /// No history, on purpose: nothing is written, and whoever reads is told `why`.
    pub fn off(chain: Arc<ChainFacts>, why: impl Into<String>) -> Self {
        Self {
            end: OnceLock::from(End {
                why: why.into(),
                empty: true,
            }),
            ..Self::new(Path::new(""), chain)
        }
    }

    /// Why there is no history, if there is none.
    pub fn is_off(&self) -> Option<&str> {
        let end = self.end.get().filter(|end| end.empty);
        end.map(|end| end.why.as_str())
    }

    /// Why nothing more is written, if so: there is no history, or the blocks it lacks can't be had.
    pub fn has_ended(&self) -> Option<&str> {
        self.end.get().map(|end| end.why.as_str())
    }

    /// Opens the file at `path`, or makes it.
    ///
    /// # Errors
    /// [`HistoryError`] if the file can't be opened, is of another chain, newer or damaged.
    pub fn open(path: &Path, chain: Arc<ChainFacts>) -> Result<Self> {
        let history = Self::new(path, chain);
        history.reopen()?;
        Ok(history)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file, or makes it, in the place of what was open; gives its height.
    pub(crate) fn reopen(&self) -> Result<Height> {
        self.close();
        let (store, names) = match self.open_store() {
            Err(HistoryError::Unfinished) => {
                self.remove();
                self.open_store()?
            }
            opened => opened?,
        };
        *self.store.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(store));
        self.learn_names(names);
        let height = self.height()?;
        self.read(|connection| self.look_how_far(connection))?;
        self.recorded.send_replace(height);
        Ok(height)
    }

    fn open_store(&self) -> Result<(Store, Vec<(u32, String)>)> {
        let told = Cell::new(false);
        let tell = |written, all| {
            told.set(true);
            self.note(&format!(
                "what it begins with is being written: {written} of {all} positions"
            ));
        };
        let (chain, origin) = (&self.chain, self.origin.as_ref());
        let opened = Store::open(&self.path, chain, origin, &self.stop, &tell);
        if told.get() {
            self.health.note(None);
        }
        opened
    }

    /// The node stops: what a history begins with is not written to its end. As long as this process runs it can't be opened again if that is
    /// not all there.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Lets go of the file, and waits until nobody reads it any more: the last to close a file of SQLite's tidies up by its name, which may
    /// be that of another file by then.
    pub(crate) fn close(&self) {
        let store = self
            .store
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        self.recorded.send_replace(Height::ZERO);
        while store
            .as_ref()
            .is_some_and(|store| Arc::strong_count(store) > 1)
        {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub(crate) fn store(&self) -> Result<Arc<Store>> {
        if let Some(why) = self.is_off() {
            return Err(HistoryError::Off(why.to_owned()));
        }
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        store.clone().ok_or(HistoryError::Closed)
    }

    /// The height up to which the history is written, now and whenever it changes; 0 while there is none.
    pub fn recorded(&self) -> watch::Receiver<Height> {
        self.recorded.subscribe()
    }

    pub(crate) fn reached(&self, height: Height) {
        self.recorded.send_replace(height);
    }

    /// How it does.
    pub fn condition(&self) -> Condition {
        self.health.condition()
    }

    /// Remembers why the history can't be written, until something is written, or there is nothing to write.
    pub fn note(&self, trouble: &dyn Display) {
        self.health.note(Some(trouble));
    }

    /// There is no block that it lacks: whatever was wrong with it is over.
    pub fn whole(&self) {
        self.health.is_whole();
    }

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

    /// Takes up names that are known from elsewhere.
    pub fn learn_names(&self, new: Vec<(u32, String)>) {
        self.names
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(new);
    }

    /// Runs `read` on a connection that sees one state of the history throughout. Once the file is known to be damaged there are no
    /// answers from it.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let store = self.store()?;
        if let Some(condemned) = self.health.condemned() {
            return Err(condemned);
        }
        // While the store is held it is not closed, so what is found is found in the present file.
        store.read(read).map_err(|error| self.suspect(error))
    }

    /// What whoever met `error` is told. If only another file can help, the next look after the file puts it aside.
    pub(crate) fn suspect(&self, error: HistoryError) -> HistoryError {
        let error = self.explained(error);
        let at_fault = error.condemns_the_file()
            || (error.is_of_the_disk() && self.health.glitch(Instant::now()));
        if at_fault {
            self.health.condemn_as(&error, error.is_foreign());
        }
        match self.health.condemned() {
            Some(condemned) if at_fault => condemned,
            _ => error,
        }
    }
}

impl Store {
    pub(crate) fn open(
        path: &Path,
        chain: &ChainFacts,
        origin: Option<&Origin>,
        stop: &Cancel,
        tell: &dyn Fn(u64, u64),
    ) -> Result<(Self, Vec<(u32, String)>)> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(WRITER_PATIENCE)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // Everything can be written anew from the chain: a power cut may cost the last blocks, never the file.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        connection.set_prepared_statement_cache_capacity(64);
        schema::prepare(&mut connection)?;
        begin(&mut connection, chain, origin, stop, tell)?;
        let looked = std::fs::metadata(path)
            .and_then(|metadata| Ok((Identity::from(&metadata)?, metadata.len())));
        // Deleted while it was opened: the next try makes it anew.
        let (identity, length) = looked.map_err(|_| HistoryError::Closed)?;
        let names = {
            let mut statement = connection.prepare("SELECT id, name FROM miners")?;
            let names = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            names.collect::<rusqlite::Result<_>>()?
        };
        let store = Self {
            path: path.to_owned(),
            identity,
            log: Mutex::new(Identity::of(&log_of(path)).ok()),
            longest: AtomicU64::new(length),
            writer: Mutex::new(Writer {
                connection,
                standings: HashMap::new(),
            }),
            readers: Mutex::new(Vec::new()),
        };
        Ok((store, names))
    }

    /// Whether the path still leads to the file that was opened.
    pub(crate) fn look(&self) -> Look {
        let metadata = match std::fs::metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Look::Lost,
            // That says nothing about the file; whoever uses it will hear more.
            Err(_) => return Look::There,
        };
        if Identity::from(&metadata).ok() != Some(self.identity) {
            return Look::Lost;
        }
        let present = Identity::of(&log_of(&self.path)).ok();
        let mut log = lock(&self.log);
        if log.is_some() && *log != present {
            return Look::LogLost;
        }
        *log = present;
        let length = metadata.len();
        if length < self.longest.fetch_max(length, Ordering::Relaxed) {
            return Look::Shorter;
        }
        Look::There
    }

    /// Reads the whole file, which became shorter: no block up to the one that is `recorded` may be missing.
    pub(crate) fn check(&self, recorded: Height) -> Result<()> {
        let length = std::fs::metadata(&self.path).map_or(0, |metadata| metadata.len());
        let connection = self.reader()?;
        let said: rusqlite::Result<String> =
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
        let tip = tip(&connection).ok().flatten().map(|(height, _)| height);
        if said.is_ok_and(|said| said == "ok") && tip.unwrap_or(Height::ZERO) == recorded {
            self.longest.store(length, Ordering::Relaxed);
            return Ok(());
        }
        Err(HistoryError::Damaged("the file was cut off"))
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut connection = match lock(&self.readers).pop() {
            Some(connection) => connection,
            None => self.reader()?,
        };
        let cancel = Cancel::current();
        if let Some(cancel) = &cancel {
            cancel.watch(&mut connection)?;
        }
        let answer = {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
            read(&transaction)
        };
        if cancel.is_some() {
            Cancel::unwatch(&mut connection)?;
        }
        let mut readers = lock(&self.readers);
        if readers.len() < READERS {
            readers.push(connection);
        }
        answer
    }

    /// Closes the connections of readers, and with them what they know by heart.
    #[cfg(test)]
    pub(crate) fn forget(&self) {
        lock(&self.readers).clear();
    }

    fn reader(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.busy_timeout(READER_PATIENCE)?;
        Ok(connection)
    }
}

/// Where SQLite keeps what is not in the file yet.
pub(crate) fn log_of(path: &Path) -> PathBuf {
    with_suffix(path, "-wal")
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Writes what a history begins with into a new file, or into one in which not all of it is, or checks that an old one is of this chain.
fn begin(
    connection: &mut Connection,
    chain: &ChainFacts,
    origin: Option<&Origin>,
    stop: &Cancel,
    tell: &dyn Fn(u64, u64),
) -> Result<()> {
    match fill::chain(connection)? {
        Some(recorded) if recorded != chain.id => {
            return Err(HistoryError::WrongChain {
                recorded: recorded.to_string(),
                expected: chain.id.to_string(),
            });
        }
        Some(_) if !fill::is_unfinished(connection)? => return reaches(connection, origin),
        Some(_) | None => {}
    }
    let mut filling = Filling {
        connection,
        chain,
        stop,
        tell,
    };
    match origin {
        Some(origin) => origin::fill(&mut filling, origin),
        None => filling.genesis(),
    }
}

/// Refuses a file that does not lead beyond the block that the node began with: nobody here has the blocks in between.
fn reaches(connection: &Connection, origin: Option<&Origin>) -> Result<()> {
    let Some(origin) = origin else { return Ok(()) };
    let tip = tip(connection)?.map_or(Height::ZERO, |(height, _)| height);
    if tip < origin.height {
        return Err(HistoryError::OtherBeginning(format!(
            "ends with block {tip}, before block {}, with whose snapshot this node began",
            origin.height
        )));
    }
    match hash_at(connection, origin.height)? {
        Some(hash) if hash != origin.hash => Err(HistoryError::OtherBeginning(format!(
            "has another block {} than the one with whose snapshot this node began",
            origin.height
        ))),
        _ => Ok(()),
    }
}
