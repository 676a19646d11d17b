//! Real histories, in SQLite on disk, that follow simulated nodes and lose what a power cut may take, and more.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use commonware_cryptography::Digestible as _;
use commonware_runtime::{Clock as _, deterministic::Context};
use etm_execution::Genesis;
use etm_history::{ChainFacts, History};
use etm_node::{engine::block::EngineBlock, feed::Feed};
use etm_types::Hash;

use crate::reference::next;

/// Blocks between two copies of a history that a cut may bring back.
const COPY: u64 = 5;

/// What a cut makes of a history's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cut {
    /// An older file comes back: its last blocks were never synced.
    Older,
    /// The log of the last blocks is truncated.
    TornLog,
    /// A byte of the log is not what was written.
    FlippedLog,
    /// The file is gone.
    Gone,
    /// The file is full of something else.
    Garbage,
}

const CUTS: [Cut; 5] = [
    Cut::Older,
    Cut::TornLog,
    Cut::FlippedLog,
    Cut::Gone,
    Cut::Garbage,
];

/// The histories of a network. Clones share everything.
#[derive(Clone)]
pub struct Histories(Arc<Shared>);

struct Shared {
    folder: tempfile::TempDir,
    /// Starts so far, and the newest history of each node.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    starts: usize,
    cuts: Vec<Cut>,
    histories: std::collections::BTreeMap<usize, Arc<History>>,
}

impl Histories {
    /// No history yet.
    pub fn new() -> Self {
        Self(Arc::new(Shared {
            folder: tempfile::tempdir().unwrap(),
            state: Mutex::default(),
        }))
    }

    fn path(&self, node: usize) -> PathBuf {
        self.0.folder.path().join(format!("history-{node}.db"))
    }

    /// The history of a node that starts. One that was there before has been through a cut.
    pub fn open(&self, genesis: &Arc<Genesis>, block: &EngineBlock, node: usize) -> Arc<History> {
        let path = self.path(node);
        let mut state = self.0.state.lock().unwrap();
        state.starts += 1;
        // Closes the file of the node that crashed.
        if state.histories.remove(&node).is_some() {
            let cut = CUTS[state.cuts.len() % CUTS.len()];
            state.cuts.push(cut);
            self.cut(node, cut);
        }
        let facts = ChainFacts::new(genesis, Hash(block.digest().0));
        let history = Arc::new(History::new(&path, Arc::new(facts)));
        state.histories.insert(node, Arc::clone(&history));
        history
    }

    fn cut(&self, node: usize, cut: Cut) {
        let path = self.path(node);
        let log = path.with_extension("db-wal");
        match cut {
            Cut::Older => {
                // Closing wrote the log into the file; the copy is older.
                let copy = path.with_extension("copy");
                if copy.exists() {
                    fs::copy(copy, &path).unwrap();
                    let _ = fs::remove_file(log);
                }
            }
            Cut::TornLog | Cut::FlippedLog => {
                // The file as of the copy, and the log as it was then, damaged.
                let (copy, copied_log) =
                    (path.with_extension("copy"), path.with_extension("copy-wal"));
                if !copied_log.exists() {
                    return;
                }
                fs::copy(copy, &path).unwrap();
                let mut bytes = fs::read(copied_log).unwrap();
                let middle = bytes.len() / 2;
                if cut == Cut::TornLog {
                    bytes.truncate(middle);
                } else if let Some(byte) = bytes.get_mut(middle) {
                    *byte ^= 0x40;
                }
                fs::write(log, bytes).unwrap();
            }
            Cut::Gone => fs::remove_file(path).unwrap(),
            Cut::Garbage => fs::write(path, vec![0x5a; 40_000]).unwrap(),
        }
    }

    /// What befell the histories so far.
    pub fn cuts(&self) -> Vec<Cut> {
        self.0.state.lock().unwrap().cuts.clone()
    }

    /// The histories by node.
    pub fn all(&self) -> Vec<(usize, Arc<History>)> {
        let state = self.0.state.lock().unwrap();
        let histories = state.histories.iter();
        histories
            .map(|(node, history)| (*node, Arc::clone(history)))
            .collect()
    }
}

/// Lets a history follow a node, as the node's service does it.
pub async fn follow(context: Context, feed: Feed, node: usize, history: Arc<History>) {
    loop {
        let wanted = history.wanted().unwrap();
        let Some(block) = next(&context, &feed, node, wanted).await else {
            return;
        };
        // A failure was noted; a file at fault is replaced, and other blocks are wanted.
        if history.follow(&block).is_ok() && wanted.0.is_multiple_of(COPY) {
            let path = history.path();
            let _ = fs::copy(path, path.with_extension("copy"));
            let _ = fs::copy(
                path.with_extension("db-wal"),
                path.with_extension("copy-wal"),
            );
        }
        context.sleep(Duration::from_millis(1)).await;
    }
}
