//! A node without consensus and network: real execution, real pool, real history, real sockets.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use etm_api::{
    Api, Backend, BackendError, BoxFuture, CertificateFacts, ChainBlock, Declined, FaucetSent,
    Given, NodeFacts, PeerFacts, ProvedValue, SlotFacts, StateProofs, StateValues, Submitted,
    SyncFacts, Travel, TravelDistance,
};
use etm_execution::{Genesis, Source, examine, read};
use etm_history::testing::{ChainParams, TestChain, genesis, now};
use etm_history::{FinalizedBlock, History};
use etm_mempool::{
    AccountView, Included, Limits, Mempool, NotAdmitted, PooledTransaction, Summary, facts_of,
};
use etm_types::api::chain::{BlockSource, SyncState, UpstreamPeer};
use etm_types::api::error::ErrorCode;
use etm_types::state::StateKey;
use etm_types::{Address, Hash, Header, Height, Memo, Payload, Round, Slot, Transaction, Units};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::broadcast;

/// Bytes of a block as it is given to others: three and a half make a range.
pub const BLOCK_BYTES: usize = 300_000;

/// The account the faucet pays from.
pub const FAUCET: u8 = 8;

/// What the node warns of.
pub const WARNING: &str =
    "this machine's clock is 30.0 s ahead of the committee's: see that it is right";

struct Node {
    genesis: Arc<Genesis>,
    chain: Mutex<TestChain>,
    /// After so many more reads of the state a round ends, unseen by the history.
    round_ends: Mutex<Option<u32>>,
    unseen: Mutex<Vec<FinalizedBlock>>,
    /// What it says of its tip, where that isn't its newest block.
    told: Mutex<Option<Header>>,
    pool: Mutex<Mempool<PooledTransaction>>,
    entered: broadcast::Sender<(Arc<PooledTransaction>, bool)>,
    slot: Mutex<Option<SlotFacts>>,
    /// Blocks up to here are no longer kept.
    pruned: Mutex<u64>,
    /// A block whose certificate the node has not got.
    uncertified: Mutex<u64>,
    /// A block that can't be read just now: whoever asks waits.
    stuck: Mutex<u64>,
    /// Bytes of a block as it is given to others.
    block_bytes: usize,
}

impl Node {
    fn admit(&self, transaction: Transaction) -> Result<Submitted, Declined> {
        let unverified = examine(self.genesis.chain(), transaction)?;
        let facts = facts_of(&unverified, &self.genesis.chain().params);
        let checked = unverified.verify_signature()?.verify_proofs()?;
        let chain = self.chain.lock().unwrap();
        let params = &self.genesis.chain().params;
        let view = now(read::account(&chain.state, params, checked.sender())).unwrap();
        let view = AccountView {
            nonce: view.record.nonce,
            balance: view.balance().0,
        };
        let hash = *checked.hash();
        let pooled = PooledTransaction::new(checked, facts);
        let mut pool = self.pool.lock().unwrap();
        let submitted = |held, final_at| Submitted {
            hash,
            held,
            final_at,
        };
        match pool.insert(pooled, view) {
            Ok(admitted) => {
                let _ = self.entered.send(pool.get(&hash.0).unwrap());
                Ok(submitted(admitted.held, None))
            }
            Err(NotAdmitted::AlreadyPending) => Ok(submitted(pool.get(&hash.0).unwrap().1, None)),
            Err(NotAdmitted::AlreadyFinal { height }) => Ok(submitted(false, Some(height))),
            Err(reason) => Err(reason.into()),
        }
    }
}

impl Backend for Node {
    fn genesis(&self) -> &Arc<Genesis> {
        &self.genesis
    }

    fn node(&self) -> NodeFacts {
        NodeFacts {
            version: "test".into(),
            node_key: Some(etm_history::testing::miner_secrets(0).node.node_key()),
            started_ms: 1,
        }
    }

    fn sync(&self) -> SyncFacts {
        SyncFacts {
            state: SyncState::Synced,
            best_height: Height::ZERO,
            warnings: vec![WARNING.to_owned()],
        }
    }

    fn tip(&self) -> Option<Header> {
        let told = self.told.lock().unwrap().clone();
        told.or_else(|| self.chain.lock().unwrap().tip.clone())
    }

    fn now_ms(&self) -> u64 {
        let chain = self.chain.lock().unwrap();
        chain
            .tip
            .as_ref()
            .map_or(self.genesis.chain().genesis_timestamp_ms, |tip| {
                tip.timestamp_ms
            })
            + 100
    }

    fn get_many<'a>(
        &'a self,
        keys: &'a [StateKey],
    ) -> BoxFuture<'a, Result<StateValues, BackendError>> {
        let mut chain = self.chain.lock().unwrap();
        let mut left = self.round_ends.lock().unwrap();
        if *left == Some(0) {
            let blocks = (0..4).map(|_| chain.produce(Vec::new(), 0, 0));
            self.unseen.lock().unwrap().extend(blocks);
        }
        *left = left.and_then(|left| left.checked_sub(1));
        let values = now(chain.state.get_many(keys)).unwrap();
        let height = chain.height();
        Box::pin(async move { Ok(StateValues { height, values }) })
    }

    fn prove<'a>(
        &'a self,
        keys: &'a [StateKey],
    ) -> BoxFuture<'a, Result<StateProofs, BackendError>> {
        let chain = self.chain.lock().unwrap();
        let values = now(chain.state.get_many(keys)).unwrap().into_iter();
        let entries = values
            .map(|value| ProvedValue {
                proof: value.as_ref().map(|_| vec![1, 2]),
                value,
            })
            .collect();
        let height = chain.height();
        Box::pin(async move { Ok(StateProofs { height, entries }) })
    }

    fn submit(&self, transaction: Transaction) -> BoxFuture<'_, Result<Submitted, Declined>> {
        Box::pin(async move { self.admit(transaction) })
    }

    fn pool_summary(&self) -> Summary {
        self.pool.lock().unwrap().summary()
    }

    fn pool_limits(&self) -> (usize, usize) {
        let limits = *self.pool.lock().unwrap().limits();
        (limits.count, limits.bytes)
    }

    fn pool_nonce_gap(&self) -> u64 {
        self.pool.lock().unwrap().limits().nonce_gap
    }

    fn pool_best(&self, count: usize) -> Vec<(Arc<PooledTransaction>, bool)> {
        self.pool.lock().unwrap().all().take(count).collect()
    }

    fn pool_events(&self) -> broadcast::Receiver<(Arc<PooledTransaction>, bool)> {
        self.entered.subscribe()
    }

    fn pool_get(&self, hash: &Hash) -> Option<(Arc<PooledTransaction>, bool)> {
        self.pool.lock().unwrap().get(&hash.0)
    }

    fn pool_of(&self, sender: &Address) -> Vec<(Arc<PooledTransaction>, bool)> {
        self.pool.lock().unwrap().of_account(sender)
    }

    fn peers(&self) -> Vec<PeerFacts> {
        let miner = |number| PeerFacts {
            node_key: etm_history::testing::miner_secrets(number).node.node_key(),
            address: None,
            connected: number == 1,
            version: None,
            height: None,
        };
        // One that no miner has registered says what it likes.
        let stranger = PeerFacts {
            node_key: etm_types::NodeKey([9; 32]),
            version: Some("9.9".into()),
            height: Some(Height::MAX),
            ..miner(1)
        };
        (1..5).map(miner).chain([stranger]).collect()
    }

    fn current_slot(&self) -> Option<SlotFacts> {
        *self.slot.lock().unwrap()
    }

    fn decode_certificate(&self, _: &[u8], members: usize) -> Option<CertificateFacts> {
        let signers = (0..members as u32).collect();
        Some(CertificateFacts {
            view: 1,
            parent_view: 0,
            signers,
        })
    }

    fn chain_block(
        &self,
        height: Height,
    ) -> BoxFuture<'_, Result<Option<ChainBlock>, BackendError>> {
        let height = height.0;
        let gone = height <= *self.pruned.lock().unwrap();
        let certified = height != *self.uncertified.lock().unwrap();
        let block = (!gone).then(|| ChainBlock {
            block: vec![height as u8; self.block_bytes],
            certificate: if certified { vec![7; 57] } else { Vec::new() },
        });
        let stuck = height == *self.stuck.lock().unwrap();
        Box::pin(async move {
            if stuck {
                std::future::pending::<()>().await;
            }
            Ok(block)
        })
    }

    fn snapshot(&self) -> BoxFuture<'_, Result<Given, BackendError>> {
        Box::pin(async move { Ok(Given::Bytes(vec![1; 9])) })
    }

    fn snapshot_piece(
        &self,
        Round(round): Round,
        operation: u64,
    ) -> BoxFuture<'_, Result<Given, BackendError>> {
        let given = match (round, operation) {
            (0, _) => Given::Gone("the state after round 0 is no longer kept".into()),
            (2, 5) => Given::Bytes(vec![2; 7]),
            _ => Given::Unknown(format!("round {round} has no operation {operation}")),
        };
        Box::pin(async move { Ok(given) })
    }

    fn upstreams(&self) -> (BlockSource, Vec<UpstreamPeer>) {
        let upstream = UpstreamPeer {
            address: "http://127.0.0.1:8080".into(),
            height: Some(9),
            blocks: 3,
            aside: None,
        };
        (BlockSource::Upstreams, vec![upstream])
    }

    fn metrics(&self) -> String {
        "# TYPE node_blocks counter\nnode_blocks_total 1\n# EOF\n".into()
    }

    fn faucet(
        &self,
        to: Address,
        amount: Option<Units>,
    ) -> BoxFuture<'_, Result<FaucetSent, Declined>> {
        let amount = amount.unwrap_or(Units(100 * Units::ETM.0));
        let memo = Memo::empty();
        let pending = self.pool_of(&etm_history::testing::account(FAUCET)).len() as u64;
        let payload = Payload::Transfer {
            recipient: to,
            amount,
            memo,
        };
        let transfer = self.chain.lock().unwrap().sign(FAUCET, pending, payload);
        Box::pin(async move {
            Ok(FaucetSent {
                hash: self.admit(transfer)?.hash,
                amount,
            })
        })
    }

    fn time_travel(&self, distance: TravelDistance) -> BoxFuture<'_, Result<Travel, Declined>> {
        let from_ms = self.now_ms();
        let target_round = matches!(distance, TravelDistance::Rounds(_)).then_some(Round(9));
        Box::pin(async move {
            Ok(Travel {
                from_ms,
                to_ms: from_ms + 1,
                target_round,
            })
        })
    }
}

/// A running server.
pub struct Server {
    pub history: Arc<History>,
    pub address: SocketAddr,
    node: Arc<Node>,
    _runtime: Runtime,
    _folder: TempDir,
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    #[track_caller]
    pub fn json(&self) -> Value {
        assert!(self.head.contains("application/json"), "{self:?}");
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    pub fn ok<T: serde::de::DeserializeOwned>(&self) -> T {
        assert!(matches!(self.status, 200 | 202), "{self:?}");
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    pub fn code(&self) -> String {
        assert!(self.status >= 400, "{self:?}");
        let code = self.json()["error"]["code"].as_str().unwrap().to_owned();
        let known = ErrorCode::parse(&code).unwrap();
        assert_eq!(known.status(), self.status, "{self:?}");
        code
    }
}

impl Server {
    pub fn new(devnet: bool) -> Self {
        Self::with_limits(devnet, etm_api::Limits::default())
    }

    /// A node with other bounds of connections.
    pub fn with_limits(devnet: bool, limits: etm_api::Limits) -> Self {
        Self::with_history(devnet, limits, None)
    }

    /// A node that keeps no history, and why.
    pub fn without_history(why: &str) -> Self {
        Self::with_history(true, etm_api::Limits::default(), Some(why))
    }

    fn with_history(devnet: bool, limits: etm_api::Limits, off: Option<&str>) -> Self {
        let mut params = ChainParams {
            devnet,
            ..ChainParams::devnet()
        };
        params.mechanism.committee = 3;
        params.mechanism.min_committee = 1;
        params.mechanism.blocks_per_round = 4;
        params.mechanism.day_seconds = 7;
        // Nobody sends heartbeats here.
        params.ready_rounds = 1_000;
        let genesis = Arc::new(genesis(params, 5, 4));
        let chain = TestChain::new((*genesis).clone());
        let folder = tempfile::tempdir().unwrap();
        let path: PathBuf = folder.path().join("history.sqlite");
        let facts = Arc::new(chain.facts());
        let history = Arc::new(match off {
            Some(why) => History::off(facts, why),
            None => History::open(&path, facts).unwrap(),
        });
        let pool = Mutex::new(Mempool::new(Limits::default(), Height(0)));
        let node = Arc::new(Node {
            genesis,
            chain: Mutex::new(chain),
            round_ends: Mutex::new(None),
            unseen: Mutex::new(Vec::new()),
            told: Mutex::new(None),
            pool,
            entered: broadcast::channel(64).0,
            slot: Mutex::default(),
            pruned: Mutex::default(),
            uncertified: Mutex::default(),
            stuck: Mutex::default(),
            block_bytes: BLOCK_BYTES,
        });
        let runtime = Runtime::new().unwrap();
        let api = Api::with_limits(node.clone(), Arc::clone(&history), limits);
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(api.serve(listener, std::future::pending()));
        Self {
            history,
            address,
            node,
            _runtime: runtime,
            _folder: folder,
        }
    }

    /// Makes a block of what the pool holds.
    pub fn produce(&self, skipped: u64) {
        let transactions = {
            let pool = self.node.pool.lock().unwrap();
            let candidates = pool.in_order().take(200);
            candidates
                .map(|pooled| pooled.transaction().clone())
                .collect()
        };
        let block = self
            .node
            .chain
            .lock()
            .unwrap()
            .produce(transactions, skipped, 0);
        let height = block.block.header.height;
        let included = block.block.body.transactions.iter().map(Included::from);
        self.node
            .pool
            .lock()
            .unwrap()
            .on_finalized(height, included);
        self.history.record(&block).unwrap();
    }

    /// Makes blocks that the history does not see; it learns of them with [`Server::catch_up`].
    pub fn pass_unseen(&self, blocks: u64) {
        let mut chain = self.node.chain.lock().unwrap();
        let blocks = (0..blocks).map(|_| chain.produce(Vec::new(), 0, 0));
        self.node.unseen.lock().unwrap().extend(blocks);
    }

    /// From now on the node tells of the block that is newest now, whatever its state is of; or of the newest again.
    pub fn holds_its_tip(&self, holds: bool) {
        let tip = self.node.chain.lock().unwrap().tip.clone();
        *self.node.told.lock().unwrap() = tip.filter(|_| holds);
    }

    /// Where the history's file is.
    pub fn path(&self) -> &std::path::Path {
        self.history.path()
    }

    /// The next block that the history has not seen.
    pub fn unseen(&self) -> FinalizedBlock {
        self.node.unseen.lock().unwrap()[0].clone()
    }

    /// Lets a round end in the state after so many reads of it; the history learns of it with [`Server::catch_up`].
    pub fn end_round_after(&self, reads: u32) {
        *self.node.round_ends.lock().unwrap() = Some(reads);
    }

    /// Shows the history what it hasn't seen.
    pub fn catch_up(&self) {
        for block in self.node.unseen.lock().unwrap().drain(..) {
            self.history.record(&block).unwrap();
        }
    }

    pub fn pass(&self, blocks: u64) {
        (0..blocks).for_each(|_| self.produce(0));
    }

    /// Consensus is in this slot from now on.
    pub fn is_in(&self, round: u64, slot: u64) {
        *self.node.slot.lock().unwrap() = Some(SlotFacts {
            round: Round(round),
            slot: Slot(slot),
        });
    }

    /// Blocks up to here are no longer kept.
    pub fn prune(&self, height: u64) {
        *self.node.pruned.lock().unwrap() = height;
    }

    /// The node has not got the certificate of a block.
    pub fn lose_certificate(&self, height: u64) {
        *self.node.uncertified.lock().unwrap() = height;
    }

    /// A block can't be read just now.
    pub fn block_read(&self, height: u64) {
        *self.node.stuck.lock().unwrap() = height;
    }

    /// A peer's transaction comes to the node.
    pub fn hear(&self, transaction: &Transaction) {
        self.node.admit(transaction.clone()).unwrap();
    }

    pub fn chain<T>(&self, look: impl FnOnce(&TestChain) -> T) -> T {
        look(&self.node.chain.lock().unwrap())
    }

    pub fn request(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        request(self.address, method, path, headers, body)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path, "", b"")
    }

    pub fn post(&self, path: &str, body: &str) -> Answer {
        self.request(
            "POST",
            path,
            "content-type: application/json\r\n",
            body.as_bytes(),
        )
    }

    /// Submits a transaction of a test account with its next nonce plus `ahead`.
    pub fn send(&self, number: u8, ahead: u64, payload: Payload) -> Answer {
        let transaction = self.chain(|chain| chain.sign(number, ahead, payload));
        self.submit(&transaction)
    }

    pub fn submit(&self, transaction: &Transaction) -> Answer {
        self.post("/api/v1/transactions", &submission(transaction))
    }
}

/// The body of a submission.
pub fn submission(transaction: &Transaction) -> String {
    let bytes = etm_types::api::Bytes(etm_types::codec::to_bytes(transaction));
    format!(r#"{{"transaction":"{bytes}"}}"#)
}

/// One request on one connection.
pub fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &str,
    body: &[u8],
) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: node\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The server may answer and close before it has read a body that is too large.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    // Some answers are bytes; those who look at them fetch them otherwise.
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    Answer {
        status,
        head: head.to_ascii_lowercase(),
        body: body.to_owned(),
    }
}

/// Looks until it is so; a test fails that has looked for half a minute.
#[track_caller]
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(30), "in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
