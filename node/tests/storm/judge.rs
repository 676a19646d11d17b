//! What every finalized block is held to.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
};

use etm_execution::{BlockContext, Genesis, MemorySource, Source, check_all, execute, read};
use etm_mechanism::{RoundReport, beacon};
use etm_node::node::decode_certificate;
use etm_types::{
    Address, Beacon, Block, Committee, Hash, Height, Member, MinerId, NodeKey, Receipt, Round,
    Slot, StateKey, Units,
};
use futures::FutureExt as _;

/// A finalized block as a node tells it.
pub struct Told<'a> {
    pub block: &'a Block,
    pub hash: Hash,
    pub certificate: &'a [u8],
    pub receipts: &'a [Receipt],
    pub report: Option<&'a RoundReport<Address>>,
    /// When it came, by a clock that is right, in milliseconds since 1970.
    pub now_ms: u64,
}

/// A slot that passed without a block of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    pub round: Round,
    pub slot: Slot,
    /// The node on turn.
    pub node: NodeKey,
    /// The height of the block before.
    pub parent: u64,
}

/// Executes every finalized block by itself, in memory, and holds each node's blocks against it.
pub struct Judge(Mutex<Case>);

/// What is known so far.
pub struct Case {
    genesis: Arc<Genesis>,
    state: MemorySource,
    /// Hash of every block, from height 1.
    pub chain: Vec<Hash>,
    /// When the first node finalized each, and its timestamp.
    beacon: Beacon,
    timestamp_ms: u64,
    committees: BTreeMap<Round, Committee>,
    /// Beacon of the last block of the round before the running one.
    seed: Beacon,
    /// The newest height each node finalized.
    pub heights: BTreeMap<usize, Height>,
    pub missed: Vec<Missed>,
    /// Where each transaction stands.
    pub included: BTreeMap<Hash, Height>,
    /// Of every block that is full, from height 1, the least that somebody paid to be in it.
    prices: Vec<Option<Units>>,
    /// The most reads of the state a block took.
    pub reads: usize,
    /// Whether the time of a block has to have come when a node tells of it.
    clocks_hold: bool,
    /// The first thing that is wrong.
    pub finding: Option<String>,
}

/// Counts how often execution waits for the state.
struct Counting<'a> {
    inner: &'a MemorySource,
    reads: AtomicUsize,
}

impl Source for Counting<'_> {
    type Error = std::convert::Infallible;

    async fn get_many(&self, keys: &[StateKey]) -> Result<Vec<Option<Vec<u8>>>, Self::Error> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.inner.get_many(keys).await
    }
}

impl Judge {
    pub fn new(genesis: Arc<Genesis>, clocks_hold: bool) -> Self {
        let committees = genesis.committees().unwrap().clone();
        Self(Mutex::new(Case {
            state: MemorySource {
                values: genesis.state().unwrap(),
            },
            chain: Vec::new(),
            beacon: genesis.draft().beacon,
            seed: genesis.draft().beacon,
            timestamp_ms: genesis.draft().timestamp_ms,
            committees: committees.into_iter().map(|c| (c.round, c)).collect(),
            genesis,
            heights: BTreeMap::new(),
            missed: Vec::new(),
            included: BTreeMap::new(),
            prices: Vec::new(),
            reads: 0,
            clocks_hold,
            finding: None,
        }))
    }

    pub fn case(&self) -> MutexGuard<'_, Case> {
        self.0.lock().unwrap()
    }

    /// Takes a block of a node.
    pub fn hear(&self, node: usize, told: &Told<'_>) {
        let mut case = self.case();
        if case.finding.is_some() {
            return;
        }
        if let Err(finding) = case.hear(node, told) {
            case.finding = Some(format!("node {node}: {finding}"));
        }
    }

    /// Something else is wrong.
    pub fn report(&self, finding: String) {
        self.case().finding.get_or_insert(finding);
    }
}

impl Case {
    /// The height of the chain.
    pub fn height(&self) -> Height {
        Height(self.chain.len() as u64)
    }

    /// How many of the blocks with these heights would have had room for a transaction with this fee: they are not full, or
    /// hold one that pays less. Those that pay more come first, and among equals those that came first.
    pub fn had_room(&self, heights: std::ops::RangeInclusive<u64>, fee: Units) -> usize {
        let prices = (1..).zip(&self.prices);
        let prices = prices.filter(|(height, _)| heights.contains(height));
        prices
            .filter(|(_, price)| price.is_none_or(|price| price < fee))
            .count()
    }

    fn hear(&mut self, node: usize, told: &Told<'_>) -> Result<(), String> {
        let header = &told.block.header;
        let height = header.height;
        if header.hash() != told.hash {
            return Err(format!("the hash of block {height} is wrong"));
        }
        // In order; after a crash some come again.
        let last = self.heights.entry(node).or_insert(Height(0));
        if height == Height(0) || height > Height(last.next().0) {
            return Err(format!("went from height {last} to {height}"));
        }
        *last = height.max(*last);
        let chain = self.genesis.chain();
        if chain.params.is_last_of_round(height) {
            self.check_certificate(told)?;
        }
        let index = usize::try_from(height.saturating_sub(1).0).unwrap();
        if let Some(known) = self.chain.get(index) {
            return if *known == told.hash {
                Ok(())
            } else {
                Err(format!("has another block at height {height}"))
            };
        }
        self.execute(told)?;
        self.chain.push(told.hash);
        Ok(())
    }

    /// The last block of a round has a certificate of its own, signed by enough members.
    fn check_certificate(&self, told: &Told<'_>) -> Result<(), String> {
        let header = &told.block.header;
        // Older committees are forgotten: a block that comes again was looked at the first time.
        let Some(committee) = self.committees.get(&header.round) else {
            return Ok(());
        };
        let members = committee.members.len();
        let certificate = decode_certificate(told.certificate, members)
            .ok_or_else(|| format!("no certificate at the boundary {}", header.height))?;
        let quorum = members - (members - 1) / 3;
        if certificate.hash != told.hash
            || certificate.round != header.round
            || certificate.signers.len() < quorum
        {
            return Err(format!("wrong certificate at {}", header.height));
        }
        Ok(())
    }

    fn on_turn(&self, round: Round, slot: Slot) -> Option<&Member> {
        let members = &self.committees.get(&round)?.members;
        let index = beacon::on_turn(round, &self.seed.0, slot, members.len());
        members.get(index)
    }

    /// The nonce of the next transaction of an account as of the newest block.
    pub fn nonce_of(&self, address: &Address) -> u64 {
        let params = &self.genesis.chain().params;
        let account = read::account(&self.state, params, address);
        account.now_or_never().unwrap().unwrap().record.nonce
    }

    /// The miner that an account owns as of the newest block.
    pub fn miner_of(&self, owner: &Address) -> Option<MinerId> {
        let params = &self.genesis.chain().params;
        let account = read::account(&self.state, params, owner);
        account.now_or_never().unwrap().unwrap().record.miner
    }

    fn execute(&mut self, told: &Told<'_>) -> Result<(), String> {
        let header = &told.block.header;
        let height = header.height;
        let chain = self.genesis.clone();
        let chain = chain.chain();
        let earliest = self.timestamp_ms + chain.params.slot_ms;
        if header.timestamp_ms < earliest {
            return Err(format!("block {height} is earlier than its slot"));
        }
        if self.clocks_hold && header.timestamp_ms > told.now_ms {
            return Err(format!(
                "block {height} is {} ms ahead of every clock that is right",
                header.timestamp_ms - told.now_ms
            ));
        }
        let transactions = check_all(chain, told.block.body.transactions.clone())
            .map_err(|error| format!("block {height}: {error:?}"))?;
        let context = BlockContext::of(header, self.beacon);
        let source = Counting {
            inner: &self.state,
            reads: AtomicUsize::new(0),
        };
        let outcome = execute(&source, chain, &context, &transactions)
            .now_or_never()
            .unwrap()
            .map_err(|error| format!("block {height}: {error}"))?;
        self.reads = self.reads.max(source.reads.into_inner());
        if outcome.receipts != told.receipts || outcome.report.as_ref() != told.report {
            return Err(format!("other receipts at height {height}"));
        }
        self.state.apply(&outcome.changes);
        let supply = read::supply(&self.state).now_or_never().unwrap().unwrap();
        if !supply.conserved {
            return Err(format!("tokens are not conserved at height {height}"));
        }
        for transaction in &transactions {
            if let Some(before) = self.included.insert(*transaction.hash(), height) {
                return Err(format!(
                    "{:?} stands in blocks {before} and {height}",
                    transaction.hash()
                ));
            }
        }
        let full = transactions.len() >= chain.params.max_block_transactions as usize;
        // Heartbeats are free, and not for sale.
        let fees = told.block.body.transactions.iter();
        let fees = fees.map(|transaction| transaction.unsigned.fee);
        let price = fees.filter(|fee| *fee > Units::ZERO).min();
        self.prices.push(price.filter(|_| full));
        self.check_slots(told.block, outcome.producer)?;
        self.timestamp_ms = header.timestamp_ms;
        self.beacon = header.beacon;
        if chain.params.is_last_of_round(height) {
            self.seed = header.beacon;
            let committee = told.block.body.committee.clone();
            let committee = committee.ok_or("the last block of a round carries no committee")?;
            self.committees.insert(committee.round, committee);
            self.committees = self.committees.split_off(&header.round);
        }
        Ok(())
    }

    /// The block is of the member on turn, and the slots before it are counted.
    fn check_slots(&mut self, block: &Block, producer: MinerId) -> Result<(), String> {
        let header = &block.header;
        let on_turn = self.on_turn(header.round, header.slot);
        if on_turn.map(|member| member.miner) != Some(producer) {
            return Err(format!(
                "miner {producer} was not on turn at {}",
                header.height
            ));
        }
        for slot in header.parent_slot.next().until(header.slot) {
            let on_turn = self.on_turn(header.round, slot);
            let node = on_turn.ok_or("nobody is on turn")?.node;
            self.missed.push(Missed {
                round: header.round,
                slot,
                node,
                parent: header.height.saturating_sub(1).0,
            });
        }
        Ok(())
    }
}
