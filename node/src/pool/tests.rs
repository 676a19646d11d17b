//! Pools of several nodes over a chain in memory.

mod door;
mod poisoned;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use commonware_storage::{mmr::Family, qmdb::sync::Request};
use etm_execution::{
    BlockContext, ChainParams, CheckedTransaction, Draft, DraftMiner, DraftPosition, Genesis,
    MemorySource, Outcome, build, read, vrf_message,
};
use etm_mechanism::{TimeGain, beacon};
use etm_mempool::Limits;
use etm_types::{
    Address, Beacon, Block, Body, DialAddress, Hash, Header, Height, Memo, MinerId, MinerName,
    MinerSecrets, Payload, Round, SecretKey, Slot, StateKey, Transaction, Units,
    UnsignedTransaction, namespace,
};
use futures::executor::block_on;

use super::Pool;
use crate::reader::{BoxFuture, Proofs, ReaderSource, StateReader, StateUnavailable};

pub(crate) const ETM: u64 = Units::ETM.0;

pub(crate) fn key(name: &str, number: usize) -> SecretKey {
    let number = (number as u64).to_be_bytes();
    SecretKey::from_seed(Hash::of(&[b"test key", name.as_bytes(), &number]).0)
}

pub(crate) fn address(key: &SecretKey) -> Address {
    Address::of(&key.public_key())
}

/// The state a node has finalized.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<MemorySource>>, Arc<AtomicUsize>);

impl Memory {
    /// How often it was read.
    pub(crate) fn reads(&self) -> usize {
        self.1.load(Ordering::Relaxed)
    }
}

impl StateReader for Memory {
    fn get_many<'a>(
        &'a self,
        keys: &'a [StateKey],
    ) -> BoxFuture<'a, Result<Vec<Option<Vec<u8>>>, StateUnavailable>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        let state = self.0.lock().unwrap();
        let values = keys.iter().map(|key| state.values.get(key).cloned());
        let values = values.collect();
        Box::pin(async move { Ok(values) })
    }

    fn prove<'a>(&'a self, _: &'a [StateKey]) -> BoxFuture<'a, Result<Proofs, StateUnavailable>> {
        Box::pin(async { Err(StateUnavailable("no proofs here".into())) })
    }

    fn operations(
        &self,
        _: Request<Family>,
        _: usize,
    ) -> BoxFuture<'_, Result<Option<Vec<u8>>, StateUnavailable>> {
        unreachable!("nobody takes a snapshot of it")
    }

    fn source(&self) -> ReaderSource<'_> {
        ReaderSource(self)
    }

    fn close(&self) {}
}

/// A chain with the pools of several nodes that produce in turn. Blocks become final one block late.
pub(crate) struct Network {
    pub(crate) genesis: Genesis,
    secrets: Vec<MinerSecrets>,
    pools: Vec<Pool>,
    /// After the last block.
    state: MemorySource,
    /// After the last final block: what all nodes read.
    pub(crate) memory: Memory,
    tip: Option<Header>,
    /// The last block, which is not final yet.
    last: Option<(Block, Outcome)>,
}

impl Network {
    /// A sign of life of a founding miner in the first round.
    pub(crate) fn beat(&self, miner: u32, expires_at: Height) -> Transaction {
        let node = &self.secrets[miner as usize].node;
        let (globals, _) = block_on(read::globals(&self.state)).unwrap();
        UnsignedTransaction {
            chain: self.genesis.chain().id,
            sender: node.public_key(),
            nonce: 0,
            fee: Units::ZERO,
            expires_at,
            payload: Payload::Heartbeat {
                miner: MinerId(miner),
                round: Round(0),
                seed: Beacon(globals.beacon),
            },
        }
        .sign(node)
    }

    /// `nodes` producers, and accounts with so many units.
    pub(crate) fn new(
        nodes: usize,
        params: ChainParams,
        accounts: impl IntoIterator<Item = (Address, u64)>,
    ) -> Self {
        let params = ChainParams {
            mechanism: etm_mechanism::Params {
                committee: nodes as u32,
                min_committee: 1,
                ..params.mechanism
            },
            ..params
        };
        let mut draft = Draft::new("etm-pool", params, 1_000, Beacon([1; 32]));
        let secrets: Vec<MinerSecrets> = (0..nodes)
            .map(|node| MinerSecrets::from_seed([node as u8 + 1; 32]))
            .collect();
        for (node, secrets) in secrets.iter().enumerate() {
            let owner = address(&key("owner", node));
            draft.accounts.insert(owner, Units(2_000 * ETM));
            draft.miners.push(DraftMiner {
                owner,
                name: MinerName::new(&format!("miner{node}")).unwrap(),
                keys: secrets.prove(&owner),
                dial: DialAddress::new(format!("127.0.0.1:{}", 4_000 + node)).unwrap(),
                contact: None,
            });
            let position = DraftPosition {
                locked: Units(1_000 * ETM),
                time_gain: TimeGain::new(1).unwrap(),
                miner: Some(MinerId(node as u32)),
            };
            draft.positions.insert(owner, position);
        }
        draft.accounts.extend(
            accounts
                .into_iter()
                .map(|(account, units)| (account, Units(units))),
        );
        let genesis = Genesis::new(draft).unwrap();
        let mut state = MemorySource::default();
        state.apply(&genesis.changes().unwrap());
        let pool = |_| Pool::new(genesis.chain().clone(), Limits::default());
        Self {
            pools: (0..nodes).map(pool).collect(),
            memory: Memory(Arc::new(Mutex::new(state.clone())), Arc::default()),
            state,
            secrets,
            tip: None,
            last: None,
            genesis,
        }
    }

    fn height(&self) -> Height {
        self.tip.as_ref().map_or(Height(0), |tip| tip.height)
    }

    pub(crate) fn sign(
        &self,
        key: &SecretKey,
        nonce: u64,
        fee: u64,
        payload: Payload,
    ) -> Transaction {
        self.sign_until(key, nonce, fee, payload, Height(1_000))
    }

    pub(crate) fn sign_until(
        &self,
        key: &SecretKey,
        nonce: u64,
        fee: u64,
        payload: Payload,
        expires_at: Height,
    ) -> Transaction {
        UnsignedTransaction {
            chain: self.genesis.chain().id,
            sender: key.public_key(),
            nonce,
            fee: Units(fee),
            expires_at,
            payload,
        }
        .sign(key)
    }

    /// Gives a transaction to one node; tells whether it took it.
    fn give(&self, node: usize, transaction: &Transaction) -> bool {
        block_on(self.pools[node].submit(&self.memory, transaction.clone(), false)).is_ok()
    }

    /// Gives transactions to all nodes.
    fn give_all<'a>(&self, transactions: impl IntoIterator<Item = &'a Transaction>) {
        for transaction in transactions {
            for node in 0..self.pools.len() {
                self.give(node, transaction);
            }
        }
    }

    /// The next block, made by `node` whoever is on turn; the one before it becomes final. Answers the transactions.
    fn produce(&mut self, node: usize) -> Vec<Transaction> {
        let chain = &self.genesis.chain().clone();
        let height = self.height().next();
        let round = chain.params.round_of(height);
        let (globals, _) = block_on(read::globals(&self.state)).unwrap();
        let committee = block_on(read::committee(&self.state, round))
            .unwrap()
            .unwrap();
        let same_round = self.tip.as_ref().filter(|tip| tip.round == round);
        let parent_slot = same_round.map_or(0, |tip| tip.slot.0);
        let on_turn = |slot: &u64| {
            let place =
                beacon::on_turn(round, &globals.beacon, Slot(*slot), committee.members.len());
            committee.members[place].node == self.secrets[node].node.node_key()
        };
        let slot = (parent_slot + 1..).find(on_turn).unwrap();
        let parent_beacon = self
            .tip
            .as_ref()
            .map_or(self.genesis.draft().beacon, |tip| tip.beacon);
        let parent_time = self
            .tip
            .as_ref()
            .map_or(chain.genesis_timestamp_ms, |tip| tip.timestamp_ms);
        let vrf = self.secrets[node].bls.sign(
            &namespace::vrf(&chain.id),
            &vrf_message(&parent_beacon, height),
        );
        let context = BlockContext {
            height,
            round,
            slot: Slot(slot),
            parent_slot: Slot(parent_slot),
            parent_beacon,
            timestamp_ms: parent_time + chain.params.slot_ms,
            vrf,
            leader: self.secrets[node].node.node_key(),
        };
        let candidates = self.candidates(node, height);
        let built = block_on(build(&self.state, chain, &context, &candidates)).unwrap();
        // What the pool offers by its own look at the accounts is what the block lets in.
        assert_eq!(built.dropped, []);
        self.finalize();
        let outcome = built.outcome;
        self.state.apply(&outcome.changes);
        let header = Header {
            chain: chain.id,
            height,
            round,
            slot: Slot(slot),
            parent_slot: Slot(parent_slot),
            parent: Hash::ZERO,
            timestamp_ms: context.timestamp_ms,
            producer: outcome.producer,
            leader: context.leader,
            vrf,
            beacon: outcome.beacon,
            transactions_root: Hash::ZERO,
            state_root: Hash::ZERO,
            ops_root: Hash::ZERO,
            ops_start: 0,
            ops_end: height.0,
            receipts_root: Hash::ZERO,
            committee_root: Hash::ZERO,
        };
        self.tip = Some(header.clone());
        let body = Body {
            transactions: built.included.clone(),
            committee: None,
        };
        self.last = Some((Block { header, body }, outcome));
        built.included
    }

    /// The last block becomes final.
    fn finalize(&mut self) {
        if let Some((block, outcome)) = self.last.take() {
            self.memory.0.lock().unwrap().apply(&outcome.changes);
            for pool in &self.pools {
                pool.on_finalized(&block);
                block_on(pool.recheck(&self.memory)).unwrap();
            }
        }
    }

    fn candidates(&self, node: usize, height: Height) -> Vec<CheckedTransaction> {
        block_on(self.pools[node].choose(&self.state, height, 0)).unwrap()
    }
}

pub(crate) fn transfer(recipient: Address, amount: u64) -> Payload {
    Payload::Transfer {
        recipient,
        amount: Units(amount),
        memo: Memo::empty(),
    }
}
