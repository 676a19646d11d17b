//! What every node is held to.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use commonware_runtime::{Clock as _, deterministic::Context};
use etm_execution::{BlockContext, Genesis, MemorySource, check_all, execute, read};
use etm_node::feed::{Feed, FeedError};
use etm_types::{Address, FinalizedBlock, Hash, Height, MinerId, Receipt, Round, Slot};
use futures::FutureExt as _;

/// Re-executes every finalized block by itself, in memory, and holds each node's blocks against it.
#[derive(Debug)]
pub struct Reference {
    pub genesis: Arc<Genesis>,
    state: MemorySource,
    /// Hash of every block, from height 1.
    chain: Vec<Hash>,
    /// The newest height each node finalized.
    pub heights: BTreeMap<usize, Height>,
    /// Slots missed so far: round and slot.
    pub missed: Vec<(Round, Slot)>,
    /// The missed slots each miner is charged with, those of the running round included.
    pub charged: BTreeMap<MinerId, u64>,
    /// Time of the newest block.
    pub timestamp_ms: u64,
    /// Transactions so far.
    pub transactions: usize,
    /// The members of each round's committee as carried by the blocks.
    pub drawn: BTreeMap<Round, Vec<MinerId>>,
    /// How many miners were ready when a round had ended, and so took part in the draws from there on.
    pub ready: BTreeMap<Round, usize>,
    /// Who sent how many transactions that are final.
    pub senders: BTreeMap<Address, u64>,
    /// Who produced how many blocks.
    pub produced: BTreeMap<MinerId, u64>,
}

impl Reference {
    /// A reference at genesis.
    pub fn new(genesis: Arc<Genesis>) -> Self {
        Self {
            state: MemorySource {
                values: genesis.state().unwrap(),
            },
            genesis,
            chain: Vec::new(),
            heights: BTreeMap::new(),
            missed: Vec::new(),
            charged: BTreeMap::new(),
            timestamp_ms: 0,
            transactions: 0,
            drawn: BTreeMap::new(),
            ready: BTreeMap::new(),
            senders: BTreeMap::new(),
            produced: BTreeMap::new(),
        }
    }

    fn accept(&mut self, node: usize, finalized: &FinalizedBlock) -> Result<(), String> {
        let header = &finalized.block.header;
        let height = header.height;
        if header.hash() != finalized.hash {
            return Err(format!("node {node}: the hash of block {height} is wrong"));
        }
        // In order; after a crash some come again.
        let last = self.heights.entry(node).or_insert(Height(0));
        if height > Height(last.next().0) {
            return Err(format!("node {node} went from height {last} to {height}"));
        }
        *last = height.max(*last);
        let index = usize::try_from(height.saturating_sub(1).0).unwrap();
        if let Some(known) = self.chain.get(index) {
            return if *known == finalized.hash {
                Ok(())
            } else {
                Err(format!("node {node} has another block at height {height}"))
            };
        }
        self.execute(finalized)?;
        self.chain.push(finalized.hash);
        Ok(())
    }

    fn execute(&mut self, finalized: &FinalizedBlock) -> Result<(), String> {
        let header = &finalized.block.header;
        let chain = self.genesis.chain();
        let record = read::chain_record(&self.state)
            .now_or_never()
            .unwrap()
            .unwrap();
        let transactions = check_all(chain, finalized.block.body.transactions.clone())
            .map_err(|error| format!("{error:?}"))?;
        let context = BlockContext::of(header, record.beacon);
        let outcome = execute(&self.state, chain, &context, &transactions)
            .now_or_never()
            .unwrap()
            .map_err(|error| error.to_string())?;
        if outcome.receipts != finalized.outcome.receipts
            || outcome.report != finalized.outcome.report
        {
            return Err(format!("other receipts at height {}", header.height));
        }
        if chain.params.is_last_of_round(header.height) && finalized.certificate.is_empty() {
            return Err(format!("no certificate at the boundary {}", header.height));
        }
        self.state.apply(&outcome.changes);
        let supply = read::supply(&self.state).now_or_never().unwrap().unwrap();
        if !supply.conserved {
            return Err(format!(
                "tokens are not conserved at height {}",
                header.height
            ));
        }
        let missed = header.parent_slot.next().until(header.slot);
        self.missed.extend(missed.map(|slot| (header.round, slot)));
        for receipt in &outcome.receipts {
            if let Receipt::Missed { miner, .. } = receipt {
                *self.charged.entry(*miner).or_insert(0) += 1;
            }
        }
        self.timestamp_ms = header.timestamp_ms;
        self.transactions += transactions.len();
        for transaction in &finalized.block.body.transactions {
            *self.senders.entry(transaction.sender()).or_insert(0) += 1;
        }
        *self.produced.entry(header.producer).or_insert(0) += 1;
        if let Some(committee) = &finalized.block.body.committee {
            self.drawn.insert(
                committee.round,
                committee
                    .members
                    .iter()
                    .map(|member| member.miner)
                    .collect(),
            );
            self.ready.insert(header.round, self.count_ready());
        }
        Ok(())
    }

    /// The hash of the block at a height.
    pub fn hash(&self, height: Height) -> Option<Hash> {
        let index = usize::try_from(height.checked_sub(1)?.0).ok()?;
        self.chain.get(index).copied()
    }

    fn count_ready(&self) -> usize {
        let params = &self.genesis.chain().params;
        let miners = read::miners(&self.state, params).now_or_never();
        let miners = miners.unwrap().unwrap();
        miners.iter().filter(|miner| miner.ready).count()
    }

    /// Hashes of the chain from height 1.
    pub fn hashes(&self) -> Vec<Hash> {
        self.chain.iter().take(30).copied().collect()
    }
}

/// How often a block may be asked for in vain: a node that crashes loses its archives a moment before its followers.
const TRIES: u32 = 100;

/// The next block of a node, once it is there; none once the node has ended.
pub async fn next(
    context: &Context,
    feed: &Feed,
    node: usize,
    height: Height,
) -> Option<FinalizedBlock> {
    feed.wait(height).await;
    let mut tries = 0;
    while tries < TRIES {
        match feed.get(height).await {
            Ok(block) => return Some(block),
            Err(FeedError::Closed) => return None,
            Err(FeedError::Gone(_) | FeedError::Lost(_)) => tries += 1,
            // It comes from a peer, who may be away.
            Err(FeedError::Uncertified(_)) => {}
            Err(error) => panic!("node {node}: {error}"),
        }
        context.sleep(Duration::from_millis(10)).await;
    }
    panic!("node {node} does not have block {height}");
}

/// One node's way to the reference: follows it from the height the reference knows of it.
pub async fn follow(context: Context, feed: Feed, node: usize, reference: Arc<Mutex<Reference>>) {
    loop {
        let known = reference.lock().unwrap().heights.get(&node).copied();
        let Some(block) = next(
            &context,
            &feed,
            node,
            Height(known.unwrap_or(Height(0)).next().0),
        )
        .await
        else {
            return;
        };
        let accepted = reference.lock().unwrap().accept(node, &block);
        if let Err(reason) = accepted {
            panic!("{reason}");
        }
    }
}
