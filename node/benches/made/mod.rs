//! What the benchmarks of a node are made of: a chain with voters, its state on disk, blocks of round 0.

use std::{path::Path, process::Command};

use commonware_runtime::{Supervisor as _, tokio};
use commonware_storage::qmdb::floor::Proportional;
use etm_execution::{
    BlockContext, ChainParams, CheckedTransaction, Draft, DraftMiner, DraftPosition, Genesis,
    Outcome, Source, check_all, execute, vrf_message,
};
use etm_mechanism::{Params, TimeGain, beacon};
use etm_node::engine::{
    state::{self, Database, StateError, Value},
    storage,
};
use etm_types::{
    Address, Beacon, DialAddress, Hash, Height, MinerId, MinerName, MinerSecrets, Payload, Round,
    SecretKey, Slot, StateKey, Units, UnsignedTransaction, namespace,
};

/// Blocks of a round.
const BLOCKS: u32 = 21;

/// The state on disk.
pub struct Disk<'a>(pub &'a Database<tokio::Context>);

impl Source for Disk<'_> {
    type Error = StateError;

    async fn get_many(&self, keys: &[StateKey]) -> Result<Vec<Option<Vec<u8>>>, StateError> {
        state::read(self.0, keys).await
    }
}

/// Threads, and files in a folder.
pub fn files(folder: &Path) -> tokio::Config {
    tokio::Config::new()
        .with_worker_threads(2)
        .with_storage_directory(folder)
}

/// Writes the state of genesis to disk.
pub async fn found(context: &tokio::Context, genesis: &Genesis) {
    let config = state::config("bench", storage::cache());
    let state = genesis.state().unwrap();
    state::write_genesis(context.child("genesis"), config, &state)
        .await
        .unwrap();
}

pub fn key(index: u32) -> SecretKey {
    SecretKey::from_seed(Hash::of(&[b"bench", &index.to_be_bytes()]).0)
}

pub fn address(index: u32) -> Address {
    Address::of(&key(index).public_key())
}

/// Somebody of whom nothing is heard.
pub fn bystander(index: u32) -> Address {
    let Hash(hash) = Hash::of(&[b"bystander", &index.to_be_bytes()]);
    let mut address = [0; 20];
    address.copy_from_slice(&hash[..20]);
    Address(address)
}

/// Has the operating system forget the files of a folder (`dd` with `nocache` and nothing to copy).
pub fn evict(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            evict(&path);
            continue;
        }
        std::fs::File::open(&path).unwrap().sync_all().unwrap();
        let file = format!("if={}", path.display());
        let dd = Command::new("dd")
            .args([&file, "iflag=nocache", "count=0", "status=none"])
            .status();
        assert!(dd.unwrap().success());
    }
}

pub fn secrets(miners: u32) -> Vec<MinerSecrets> {
    let seeds = (0..miners).map(|index| Hash::of(&[b"miner", &index.to_be_bytes()]));
    seeds
        .map(|Hash(seed)| MinerSecrets::from_seed(seed))
        .collect()
}

/// Miners, and `positions` spread over all miners and time gains, of which `voters` can sign.
pub fn genesis(voters: u32, positions: u32, secrets: &[MinerSecrets]) -> Genesis {
    let miners = secrets.len() as u32;
    let params = ChainParams {
        mechanism: Params {
            blocks_per_round: BLOCKS,
            ..ChainParams::mainnet().mechanism
        },
        ..ChainParams::mainnet()
    };
    let mut draft = Draft::new("etm-bench", params, 0, Beacon([1; 32]));
    for (index, secrets) in (0u32..).zip(secrets) {
        let owner = address(1_000_000 + index);
        draft.miners.push(DraftMiner {
            owner,
            name: MinerName::new(&format!("m{index}")).unwrap(),
            keys: secrets.prove(&owner),
            dial: DialAddress::new("127.0.0.1:4000").unwrap(),
            contact: None,
        });
    }
    let voters = voters.max(miners);
    for index in 0..positions.max(voters) {
        let account = if index < voters {
            address(index)
        } else {
            bystander(index)
        };
        draft
            .accounts
            .insert(account, Units::from_etm(100).unwrap());
        draft.positions.insert(
            account,
            DraftPosition {
                locked: Units::ETM,
                time_gain: TimeGain::new(1 + (index / miners % 32) as u8).unwrap(),
                miner: Some(MinerId(index % miners)),
            },
        );
    }
    Genesis::new(draft).unwrap()
}

/// One vote for another miner of each of these voters.
pub fn votes(genesis: &Genesis, voters: std::ops::Range<u32>) -> Vec<CheckedTransaction> {
    let chain = genesis.chain();
    let miners = genesis.draft().miners.len() as u32;
    let transactions = voters.map(|index| {
        UnsignedTransaction {
            chain: chain.id,
            sender: key(index).public_key(),
            nonce: 0,
            fee: chain.params.fee,
            expires_at: Height(1_000),
            payload: Payload::Vote {
                miner: MinerId((index + 1) % miners),
            },
        }
        .sign(&key(index))
    });
    check_all(chain, transactions.collect()).unwrap()
}

/// Blocks of round 0, one after the other.
pub struct Maker<'a> {
    pub genesis: &'a Genesis,
    pub secrets: &'a [MinerSecrets],
    pub beacon: Beacon,
    pub height: Height,
    /// By how much the next block is later than its slot says.
    pub later_ms: u64,
}

impl<'a> Maker<'a> {
    /// Of the block after genesis.
    pub const fn new(genesis: &'a Genesis, secrets: &'a [MinerSecrets]) -> Self {
        Self {
            genesis,
            secrets,
            beacon: Beacon([1; 32]),
            height: Height(0),
            later_ms: 0,
        }
    }

    fn context(&self) -> BlockContext {
        let chain = self.genesis.chain();
        let (height, committee) = (self.height.next(), &self.genesis.committees().unwrap()[0]);
        let place = beacon::on_turn(Round(0), &[1; 32], Slot(height.0), committee.members.len());
        let member = &committee.members[place];
        let signer = self
            .secrets
            .iter()
            .find(|secrets| secrets.node.node_key() == member.node);
        BlockContext {
            height,
            round: Round(0),
            slot: Slot(height.0),
            parent_slot: Slot(self.height.0),
            parent_beacon: self.beacon,
            timestamp_ms: height.0 * chain.params.slot_ms + self.later_ms,
            vrf: signer.unwrap().bls.sign(
                &namespace::vrf(&chain.id),
                &vrf_message(&self.beacon, height),
            ),
            leader: member.node,
        }
    }

    pub async fn execute(
        &self,
        database: &Database<tokio::Context>,
        transactions: &[CheckedTransaction],
    ) -> Outcome {
        execute(
            &Disk(database),
            self.genesis.chain(),
            &self.context(),
            transactions,
        )
        .await
        .unwrap()
    }
}

/// Changes with their roots, not yet written.
macro_rules! sealed {
    ($database:expr, $outcome:expr) => {{
        let mut batch = $database.new_batch();
        for (key, value) in &$outcome.changes {
            batch = batch.write(key.0.into(), value.clone().map(Value));
        }
        batch
            .merkleize(&$database, None, &mut Proportional)
            .await
            .unwrap()
    }};
}

/// Makes all blocks of the round but the last, with so many requests in them.
pub async fn collect(
    mut database: Database<tokio::Context>,
    maker: &mut Maker<'_>,
    requests: u32,
) -> Database<tokio::Context> {
    let blocks = BLOCKS - 2;
    for block in 0..blocks {
        let share = requests * block / blocks..requests * (block + 1) / blocks;
        let outcome = maker.execute(&database, &votes(maker.genesis, share)).await;
        let sealed = sealed!(database, outcome);
        database = database.apply_batch(sealed).await.unwrap();
        (maker.beacon, maker.height) = (outcome.beacon, maker.height.next());
    }
    database.sync().await.unwrap()
}
