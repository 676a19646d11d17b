//! The tip, as all parts of a node see it.

use etm_types::{Header, Height};
use tokio::sync::watch::{Receiver, Sender};

/// The newest finalized and executed block of a node.
#[derive(Clone, Debug)]
pub struct Tip(Sender<Header>);

impl Tip {
    /// A tip that begins with `header`.
    pub fn new(header: Header) -> Self {
        Self(Sender::new(header))
    }

    pub fn get(&self) -> Header {
        self.0.borrow().clone()
    }

    pub fn height(&self) -> Height {
        self.0.borrow().height
    }

    /// Goes on with the newest block of an earlier run, if none has come since.
    pub fn resume(&self, header: &Header) {
        self.0.send_if_modified(|newest| {
            let newer = header.height > newest.height;
            if newer {
                newest.clone_from(header);
            }
            newer
        });
    }

    /// Goes on with a block that has just become final.
    pub(super) fn advance(&self, header: Header) {
        self.0.send_replace(header);
    }

    /// Sees every change, or the last of several.
    pub fn subscribe(&self) -> Receiver<Header> {
        self.0.subscribe()
    }
}
