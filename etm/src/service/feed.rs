//! The way of finalized blocks from the node to the history: one thread, block by block, answered when durable.

use etm_api::Api;
use etm_node::feed::{Consumer, FinalizedBlock};
use std::{io, sync::mpsc};
use tokio::runtime::Handle;

type Delivery = (
    etm_history::FinalizedBlock,
    mpsc::Sender<Result<(), String>>,
);

/// Blocks older than this when they are executed were caught up with: their time to finality says nothing.
const CAUGHT_UP_MS: u64 = 10_000;

/// The node's end: hands a block over and waits for the answer.
pub struct Feed(mpsc::Sender<Delivery>);

/// The history's end.
pub struct Writer(mpsc::Receiver<Delivery>);

impl Feed {
    /// Both ends.
    pub fn new() -> (Self, Writer) {
        let (sender, receiver) = mpsc::channel();
        (Self(sender), Writer(receiver))
    }
}

impl Consumer for Feed {
    fn accept(&self, block: &FinalizedBlock) -> Result<(), String> {
        let gone = || "the history is closed".to_owned();
        let age = block
            .finalized_ms
            .saturating_sub(block.block.header.timestamp_ms);
        let finalized = etm_history::FinalizedBlock {
            block: block.block.clone(),
            hash: block.hash,
            certificate: block.certificate.clone(),
            receipts: block.receipts.clone(),
            report: block.report.clone(),
            finalized_ms: (age < CAUGHT_UP_MS).then_some(block.finalized_ms),
        };
        let (answer, answered) = mpsc::channel();
        self.0.send((finalized, answer)).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())?
    }
}

impl Writer {
    /// Starts the thread that writes; it ends with the node.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn run(self, api: Api, runtime: Handle) -> io::Result<()> {
        let write = move || {
            for (block, answer) in self.0 {
                let result = runtime
                    .block_on(api.finalized(block))
                    .map_err(|error| error.to_string());
                // Nobody waits for the answer if the node was stopped in between.
                let _ = answer.send(result);
            }
        };
        std::thread::Builder::new()
            .name("etm-history".into())
            .spawn(write)
            .map(drop)
    }
}
