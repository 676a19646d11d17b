//! The first thing that went wrong with a node.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    collections::VecDeque,
    io::{self, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, Once, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use commonware_runtime::Error;
use tokio::sync::Notify;
use tracing::{debug, error};

/// What is noted about a node while it runs. Clones share it.
#[derive(Clone)]
pub struct Faults(Arc<Notes>);

/// What ends a node, unless it is a file.
#[derive(Clone)]
struct End {
    /// How it is told.
    said: String,
    /// Whether a task panicked; otherwise the engine can't go on, and says why.
    panicked: bool,
    /// What the task that ended it had read last, as far as it is about that.
    read: Option<Arc<str>>,
}

/// The file of each folder that a task read last, the newest at the end: what turns out to be damaged was just read, by whoever finds that out.
#[derive(Clone, Default)]
pub(super) struct LastRead(Arc<Mutex<VecDeque<Arc<str>>>>);

/// Folders that are remembered: a task may open several archives at once, of a few folders each, and go on with the others before the one
/// that is damaged is heard of.
const FOLDERS: usize = 32;

impl LastRead {
    fn note(&self, file: &Arc<str>) {
        let mut files = lock(&self.0);
        if files.back().is_some_and(|last| Arc::ptr_eq(last, file)) {
            return;
        }
        // Mostly it is one of those, and no name need be read.
        let same = files.iter().position(|other| Arc::ptr_eq(other, file));
        let beside = || files.iter().position(|other| folder(other) == folder(file));
        if let Some(at) = same.or_else(beside) {
            files.remove(at);
        } else if files.len() == FOLDERS {
            files.pop_front();
        }
        files.push_back(Arc::clone(file));
    }

    /// The last file that `said` may be about: if it names a part of the storage, one of that part.
    fn about(&self, said: &str) -> Option<Arc<str>> {
        let files = lock(&self.0);
        let words: Vec<&str> = said.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let named = |file: &&Arc<str>| {
            folder(file).rsplit('/').next().is_some_and(|part| {
                PARTS
                    .iter()
                    .any(|name| part.split('-').any(|of| of == *name) && words.contains(name))
            })
        };
        let found = files.iter().rev().find(named).or(files.back());
        found.cloned()
    }
}

/// Archives that the engine opens at once, as it names them when it can't.
const PARTS: [&str; 5] = [
    "verified",
    "notarized",
    "certified",
    "notarizations",
    "finalizations",
];

/// What is said where files together don't make sense, and how the names of these files begin: none of them is known to be the damaged one.
const TOGETHER: [(&str, &str); 3] = [
    (
        "which this node certified and nobody else has",
        "node-marshal-cache-",
    ),
    (
        "processed position must be backed by a stored block",
        "node-blocks-",
    ),
    ("database init failed: TargetMismatch", "node-state-"),
];

fn folder(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A guarded task that runs.
pub(super) struct Running {
    pub label: String,
    pub faults: Faults,
    pub read: LastRead,
}

impl Running {
    /// Notes that it panicked, unless the hook of panics did.
    pub fn panicked(self: Arc<Self>, payload: &(dyn Any + Send)) {
        if !NOTED.take() {
            let _inside = Inside::task(Some(Arc::clone(&self)));
            self.faults.panicked(&self.label, payload);
        }
    }
}

struct Notes {
    /// Where the node keeps its files.
    directory: PathBuf,
    /// The first file that failed.
    disk: Mutex<Option<String>>,
    /// What ended it first.
    end: Mutex<Option<End>>,
    /// What was read last outside of guarded tasks, where the node is opened.
    read: LastRead,
    /// Whether the node was told to stop: tasks that fail from then on miss their neighbours.
    stops: AtomicBool,
    /// Where it listens.
    listens: OnceLock<SocketAddr>,
    happened: Notify,
}

impl Faults {
    /// Nothing has gone wrong yet with the node in `directory`.
    pub fn new(directory: &Path) -> Self {
        Self(Arc::new(Notes {
            directory: directory.to_owned(),
            disk: Mutex::default(),
            end: Mutex::default(),
            read: LastRead::default(),
            stops: AtomicBool::new(false),
            listens: OnceLock::new(),
            happened: Notify::new(),
        }))
    }

    /// Notes why the engine can't go on; whoever calls this ends by itself.
    ///
    /// A node that can't read its state knows nothing about a block. An answer would be journaled and differ from
    /// everybody else's, so it gives none and ends.
    pub fn note(&self, what: &str) {
        self.ends(what.to_owned(), false);
    }

    /// The node is about to listen there.
    pub fn listens(&self, address: SocketAddr) {
        let _ = self.0.listens.set(address);
    }

    /// The node was told to stop: nothing that fails from now on has a cause of its own.
    pub fn stops(&self) {
        self.0.stops.store(true, Ordering::SeqCst);
    }

    /// Whether the node was told to stop.
    pub fn is_stopping(&self) -> bool {
        self.0.stops.load(Ordering::SeqCst)
    }

    /// Says why the engine can't go on, which ends it, and never returns.
    pub async fn end(&self, what: &str) -> ! {
        error!(what, "this node can't go on");
        self.note(what);
        futures::future::pending().await
    }

    fn ends(&self, said: String, panicked: bool) {
        let read = self.read(&said);
        lock(&self.0.end).get_or_insert(End {
            said,
            panicked,
            read,
        });
        self.0.happened.notify_waiters();
    }

    /// What the running task has read last that `said` may be about.
    fn read(&self, said: &str) -> Option<Arc<str>> {
        self.with_read(|read| read.about(said))
    }

    fn with_read<T>(&self, with: impl FnOnce(&LastRead) -> T) -> T {
        TASK.with_borrow(|task| with(task.as_ref().map_or(&self.0.read, |task| &task.read)))
    }

    /// Waits for what ends the node. A file that failed does, even if whoever used it took that for something else.
    pub async fn happened(self) {
        loop {
            let notified = self.0.happened.notified();
            if lock(&self.0.end).is_some() || lock(&self.0.disk).is_some() {
                return;
            }
            notified.await;
        }
    }

    /// What went wrong first, as a sentence; `otherwise` if nothing is noted.
    pub fn cause(&self, otherwise: Option<&str>) -> Option<String> {
        if let Some(disk) = get(&self.0.disk) {
            return Some(disk);
        }
        let end = get(&self.0.end);
        let said = match &end {
            Some(end) => &end.said,
            None => otherwise?,
        };
        if said.contains("BindFailed") {
            let at = self.0.listens.get().map(ToString::to_string);
            return Some(format!(
                "another program took the address {} that this node listens on, just before it did: stop that program, or choose another \
                 address, and start the node again",
                at.unwrap_or_default()
            ));
        }
        if said.contains("epoch time") {
            return Some(
                "this machine's clock stands before 1970: set it, and start the node again".into(),
            );
        }
        if said.contains("BlobMissing") || said.contains("PartitionMissing") {
            return Some(format!(
                "a file is gone from {} ({said}): put back a copy of the whole folder that was made while the node \
                 was stopped, or move what is left away, and the node fetches the chain from its peers again",
                self.0.directory.display()
            ));
        }
        let read = end
            .as_ref()
            .map_or_else(|| self.read(said), |end| end.read.clone());
        if speaks_of_damage(said) {
            return Some(self.damaged(said, read));
        }
        let panicked = end.as_ref().is_some_and(|end| end.panicked);
        if !panicked || (read.is_none() && self.0.read.about(said).is_none()) {
            return Some(said.to_owned());
        }
        // It may have learnt of a file from a neighbour that it can't name.
        let last = read.map_or_else(String::new, |file| {
            format!(" (the last one that task read was {file})")
        });
        Some(format!(
            "{said}; it may be that a file is damaged{last}: if it ends like this again, put back a copy of the whole folder, or move {} \
             away",
            self.0.directory.display()
        ))
    }

    /// Why the files could not be opened, as a sentence: the disk failed, or what `said` speaks of is damaged.
    pub fn unreadable(&self, said: &str) -> String {
        get(&self.0.disk).unwrap_or_else(|| self.damaged(said, self.read(said)))
    }

    fn damaged(&self, said: &str, read: Option<Arc<str>>) -> String {
        let folder = self.0.directory.display();
        let file = match (together(said), read) {
            (Some(part), _) => format!("one of {folder}/{part}*"),
            (None, Some(file)) => file.to_string(),
            (None, None) => folder.to_string(),
        };
        format!(
            "{file} is damaged or incomplete ({said}), and the node does not go on with it: put back a copy of the whole \
             folder {folder} that was made while the node was stopped, or move that folder away, and the node fetches the \
             chain from its peers again"
        )
    }

    /// The name of a file of the node.
    pub(super) fn file(&self, partition: &str, name: &[u8]) -> Arc<str> {
        let folder = self.0.directory.join(partition);
        format!("{}/{}", folder.display(), etm_types::bytes::hex(name)).into()
    }

    /// Notes that `file` is being read.
    pub(super) fn reads(&self, file: &Arc<str>) {
        self.with_read(|read| read.note(file));
    }

    /// Notes how an operation on `file` ended, and passes it on.
    pub(super) fn check<T>(&self, file: &str, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &result
            && let Some(sentence) = self.disk_fault(file, error)
        {
            let mut disk = lock(&self.0.disk);
            if disk.is_none() {
                error!(file, %error, "a file of the node failed");
                *disk = Some(sentence);
                self.0.happened.notify_waiters();
            }
        }
        result
    }

    /// Notes that `task` panicked.
    pub fn panicked(&self, task: &str, payload: &(dyn Any + Send)) {
        let said = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no reason given".into());
        let place = PLACE.with(RefCell::take);
        if self.0.stops.load(Ordering::SeqCst) {
            debug!(task, said, place, "a task failed as the node was stopping");
            return;
        }
        if lock(&self.0.end).is_none() {
            error!(task, said, place, "a task of the node failed");
        } else {
            // The neighbours of the first.
            debug!(task, said, place, "a task of the node failed too");
        }
        self.ends(format!("its task {task} failed: {said}"), true);
    }

    /// A sentence for what the operating system says about a file; `None` for what is no failure of the disk (to ask for
    /// what is not there is part of opening a folder).
    fn disk_fault(&self, file: &str, error: &Error) -> Option<String> {
        let reason: &io::Error = match error {
            Error::Io(reason)
            | Error::BlobOpenFailed(_, _, reason)
            | Error::BlobResizeFailed(_, _, reason)
            | Error::BlobSyncFailed(_, _, reason) => reason,
            // The reason is lost: ask again.
            Error::ReadFailed => {
                let reason = std::fs::read_dir(&self.0.directory).err()?;
                return Some(sentence(file, &reason));
            }
            // What could not be written is not damaged by that, whatever the answer is now.
            Error::WriteFailed | Error::PartitionCreationFailed(_) => {
                return Some(match probe(&self.0.directory) {
                    Err(reason) => sentence(file, &reason),
                    Ok(()) if crate::files::is_as_large_as_may_be(Path::new(file)) => {
                        sentence(file, &io::ErrorKind::FileTooLarge.into())
                    }
                    Ok(()) => format!(
                        "{file} could not be written, and the system did not say why: see that the disk has room and is sound, and start again, nothing final is lost"
                    ),
                });
            }
            _ => return None,
        };
        // Without a number it is no answer of the operating system: the file is shorter than it should be.
        reason.raw_os_error()?;
        Some(sentence(file, reason))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn get<T: Clone>(mutex: &Mutex<Option<T>>) -> Option<T> {
    lock(mutex).clone()
}

/// Writes into a folder what a node writes at once at most, to hear of the system why that does not work.
fn probe(folder: &Path) -> io::Result<()> {
    const FILE: &str = "probe";
    const BYTES: usize = 1 << 20;
    let path = folder.join(FILE);
    let written = std::fs::File::create(&path).and_then(|mut file| {
        file.write_all(&vec![0x5a; BYTES])?;
        file.sync_all()
    });
    // What there is of it must not take the room that is missing.
    let _ = std::fs::remove_file(path);
    written
}

/// What an error of the operating system means for the one who has to mend it.
pub(crate) fn sentence(file: &str, reason: &io::Error) -> String {
    use io::ErrorKind as Kind;
    match reason.kind() {
        Kind::StorageFull | Kind::QuotaExceeded => format!(
            "the disk is full: {file} could not be written; make room and start again, nothing final is lost"
        ),
        _ if matches!(reason.raw_os_error(), Some(EMFILE | ENFILE)) => format!(
            "no more files can be opened ({file} was next): {}; {}",
            crate::files::limit_text(),
            crate::files::ADVICE
        ),
        Kind::FileTooLarge => format!(
            "{file} can't become larger: {}, and nothing final is lost",
            crate::files::size_text()
        ),
        Kind::ReadOnlyFilesystem | Kind::PermissionDenied => format!(
            "{file} can't be used by this user: {reason}; the whole folder must be readable and writable"
        ),
        _ => format!(
            "{file}: {reason}; the disk or the file system needs a look before the node is started again"
        ),
    }
}

/// This process has too many files open.
const EMFILE: i32 = 24;
/// All processes together have.
const ENFILE: i32 = 23;

/// Whether a failure speaks of what was read rather than of what was done.
fn speaks_of_damage(said: &str) -> bool {
    const WORDS: [&str; 29] = [
        "nothing is stored",
        "can't be read",
        "checksum",
        "corrupt",
        "Corrupt",
        "damaged",
        "does not match",
        "Mismatch",
        "mismatch",
        "InsufficientLength",
        "insufficient length",
        "MissingRecord",
        "missing record",
        "Missing",
        "missing",
        "EndOfBuffer",
        "UnexpectedEof",
        "failed to fill whole buffer",
        "codec",
        "Codec",
        "Invalid",
        "invalid",
        "journal",
        "failed to init",
        "failed to open",
        "failed to read",
        "failed to get",
        "failed to load",
        "failed to replay",
    ];
    WORDS.iter().any(|word| said.contains(word)) || together(said).is_some()
}

/// How the names of the files begin that don't go together, if it is that.
fn together(said: &str) -> Option<&'static str> {
    let found = TOGETHER.iter().find(|(what, _)| said.contains(what));
    found.map(|(_, part)| *part)
}

thread_local! {
    /// The guarded task that runs on this thread right now.
    static TASK: RefCell<Option<Arc<Running>>> = const { RefCell::new(None) };
    /// Whether a guarded task runs on this thread right now.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    /// Whether the panic that unwinds this thread is noted.
    static NOTED: Cell<bool> = const { Cell::new(false) };
    /// Where the last guarded panic of this thread was.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What this thread does until this is dropped belongs to a node: whoever holds it reports the panic.
pub struct Inside(bool, Option<Arc<Running>>);

impl Inside {
    /// From now on.
    pub fn enter() -> Self {
        Self::task(None)
    }

    /// From now on, and it is that task.
    pub(super) fn task(task: Option<Arc<Running>>) -> Self {
        Self(INSIDE.replace(true), TASK.replace(task))
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(self.0);
        TASK.set(self.1.take());
    }
}

/// From now on panics of guarded tasks are noted and logged, and no longer written to standard error; others are
/// reported as before.
pub fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !INSIDE.get() {
                return before(info);
            }
            let place = info.location().map(ToString::to_string);
            PLACE.with(|kept| *kept.borrow_mut() = place);
            // What it holds is dropped after this, and whoever waits for that fails next, perhaps on another thread.
            if let Some(task) = TASK.with_borrow(Clone::clone) {
                task.faults.panicked(&task.label, info.payload());
                NOTED.set(true);
            }
        }));
    });
}
