//! History follows the node: a thread of its own, block by block, at its own pace. The node knows nothing of it.

use etm_history::{History, Recorded};
use etm_node::feed::{Feed, FeedError};
use std::{
    io,
    num::NonZeroU64,
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::watch,
};

/// How often a file that nobody writes is looked after, and one that can't be written is tried again.
const LOOK: Duration = Duration::from_secs(1);

/// How often a block that is lost is asked for, each time after [`LOOK`], before a history gives up.
const TRIES: u32 = 20;

/// How often a trouble that lasts is told again.
const TELL: Duration = Duration::from_secs(60);

/// Starts the thread; it ends with the node, or once `stop` says so. With `keep` it forgets all but the last so many rounds.
///
/// # Errors
/// The system gives no thread, or nothing to wait with.
pub fn start(
    history: Arc<History>,
    feed: Feed,
    keep: Option<NonZeroU64>,
    stop: watch::Receiver<bool>,
) -> io::Result<JoinHandle<()>> {
    let follower = Follower {
        history,
        feed,
        keep,
        stop,
        // Of its own: it goes on to its own end, whatever has ended around it.
        runtime: Builder::new_current_thread().enable_time().build()?,
        told: None,
        put_aside: 0,
        in_vain: 0,
    };
    std::thread::Builder::new()
        .name("etm-history".into())
        .spawn(move || {
            let _dies = Dies(Arc::clone(&follower.history));
            follower.run();
        })
}

/// Says so if the thread ends by a fault of its own: nobody else would.
struct Dies(Arc<History>);

impl Drop for Dies {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0
                .note(&"the thread that writes it panicked; start the node again");
        }
    }
}

struct Follower {
    history: Arc<History>,
    feed: Feed,
    /// Rounds that are kept; none for all.
    keep: Option<NonZeroU64>,
    stop: watch::Receiver<bool>,
    runtime: Runtime,
    /// The trouble that was told last, and when.
    told: Option<(String, Instant)>,
    put_aside: u64,
    /// How often in a row the next block could not be had.
    in_vain: u32,
}

impl Follower {
    fn run(mut self) {
        while !*self.stop.borrow() {
            let step = self.step();
            self.tell();
            if !step.unwrap_or(true) {
                return;
            }
        }
    }

    /// Takes the next block, or waits for one; false once the node has ended, none if something is wrong.
    fn step(&mut self) -> Option<bool> {
        let wanted = match self.history.wanted() {
            Ok(wanted) => wanted,
            Err(error) if error.is_for_good() => {
                self.history.begin_none(error.to_string());
                return Some(false);
            }
            Err(_) => {
                self.pause();
                return None;
            }
        };
        // While there is nothing to write, one piece after the other; else one a block.
        let removed = self.prune();
        if self.feed.height() < wanted {
            match removed {
                Some(true) => return Some(true),
                Some(false) => self.history.whole(),
                None => {}
            }
            self.pause_until(self.feed.wait(wanted));
        }
        match self.runtime.block_on(self.feed.get(wanted)) {
            Ok(block) => match self.history.follow(&block) {
                Ok(Recorded::Written | Recorded::AlreadyThere) => Some(true),
                Err(_) => {
                    self.pause();
                    None
                }
            },
            Err(FeedError::Ahead(_)) => Some(true),
            Err(FeedError::Closed) => Some(false),
            Err(error) if self.is_hopeless(&error) => {
                self.history.give_up(format!(
                    "this node can't write its history from block {wanted} on: {error}; put back a copy of history.db, ask another node, or \
                     begin with an empty folder"
                ));
                Some(false)
            }
            Err(error) => {
                self.history.note(&error);
                self.pause();
                None
            }
        }
    }

    /// Removes a piece of what is not kept; false if there is nothing to remove, none if that fails. What comes is written all the same.
    fn prune(&self) -> Option<bool> {
        let Some(keep) = self.keep else {
            return Some(false);
        };
        let removed = self.history.prune(keep.get());
        removed.inspect_err(|error| self.history.note(error)).ok()
    }

    /// Whether the next block can't be had, time after time: a node that has just crashed has its last blocks again in a moment.
    fn is_hopeless(&mut self, error: &FeedError) -> bool {
        if !error.is_for_good() {
            self.in_vain = 0;
            return false;
        }
        self.in_vain += 1;
        self.in_vain >= TRIES
    }

    /// Waits for something, at most until the file is to be looked after again.
    fn pause_until(&mut self, happens: impl Future<Output = ()>) {
        let stop = &mut self.stop;
        self.runtime.block_on(async {
            tokio::select! {
                () = happens => {}
                () = tokio::time::sleep(LOOK) => {}
                // An error means that the service is gone: the loop ends as well.
                _ = stop.wait_for(|stop| *stop) => {}
            }
        });
    }

    fn pause(&mut self) {
        self.pause_until(std::future::pending());
    }

    /// Says in the log what goes wrong when it begins, now and then while it lasts, and when it is over.
    fn tell(&mut self) {
        let condition = self.history.condition();
        if condition.put_aside != self.put_aside {
            self.put_aside = condition.put_aside;
            let why = condition.put_aside_because.unwrap_or_default();
            let kept = condition.put_aside_as.unwrap_or_default();
            let kept = kept.display();
            if condition.put_aside_whole {
                tracing::warn!(
                    why,
                    %kept,
                    "the history that was here is none of this node's: it is kept, and one is begun anew. Put it back with the chain/ that it was \
                     written from to have it again, or remove it"
                );
            } else {
                tracing::warn!(why, %kept, "the history was damaged: it was put aside and is begun anew");
            }
        }
        match (condition.trouble, &self.told) {
            (Some(trouble), told) => {
                let again = told
                    .as_ref()
                    .is_some_and(|(last, at)| *last == trouble && at.elapsed() < TELL);
                if !again {
                    tracing::error!(
                        trouble,
                        "the history is not whole; the chain goes on without it"
                    );
                    self.told = Some((trouble, Instant::now()));
                }
            }
            (None, Some(_)) => {
                tracing::info!("the history is whole again");
                self.told = None;
            }
            (None, None) => {}
        }
    }
}
