//! What the last block of a round costs with the state on disk, by the number of requests that waited for it.
//!
//! `cargo bench -p etm-node`. *Warm*: the operating system has the files in memory. *Cold*: it was told to forget them, and the
//! database has just been opened, as after a restart or with a state larger than memory. `ETM_BENCH_POSITIONS` is the number of
//! positions there are (as many as requests, if less). It has to stay well below the timeouts of consensus, or the round could not end:
//! `ChainParams::MAX_ROUND_REQUESTS` bounds what a round may collect.

#![allow(clippy::unwrap_used, reason = "a benchmark")]

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use commonware_runtime::{Runner as _, Supervisor as _, tokio};
use commonware_storage::qmdb::floor::Proportional;
use etm_execution::{
    BlockContext, ChainParams, CheckedTransaction, Draft, DraftMiner, DraftPosition, Genesis,
    Outcome, Source, check_all, execute, vrf_message,
};
use etm_mechanism::{Params, TimeGain, beacon};
use etm_node::engine::state::{self, Database, StateError, Value};
use etm_node::engine::storage;
use etm_types::{
    Address, Beacon, DialAddress, Hash, MinerId, MinerName, MinerSecrets, Payload, SecretKey,
    StateKey, Units, UnsignedTransaction, namespace,
};

const MINERS: u32 = 101;
const BLOCKS: u32 = 21;
const REPEATS: usize = 5;

struct Disk<'a>(&'a Database<tokio::Context>);

impl Source for Disk<'_> {
    type Error = StateError;

    async fn get_many(&self, keys: &[StateKey]) -> Result<Vec<Option<Vec<u8>>>, StateError> {
        state::read(self.0, keys).await
    }
}

fn key(index: u32) -> SecretKey {
    SecretKey::from_seed(Hash::of(&[b"bench", &index.to_be_bytes()]).0)
}

fn address(index: u32) -> Address {
    Address::of(&key(index).public_key())
}

/// Somebody of whom nothing is heard.
fn bystander(index: u32) -> Address {
    let Hash(hash) = Hash::of(&[b"bystander", &index.to_be_bytes()]);
    let mut address = [0; 20];
    address.copy_from_slice(&hash[..20]);
    Address(address)
}

/// Has the operating system forget the files of a folder (`dd` with `nocache` and nothing to copy).
fn evict(folder: &Path) {
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

/// Miners, and voters with a position each.
fn genesis(voters: u32, positions: u32, secrets: &[MinerSecrets]) -> Genesis {
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
    let voters = voters.max(MINERS);
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
                time_gain: TimeGain::new(1 + (index / MINERS % 32) as u8).unwrap(),
                miner: Some(MinerId(index % MINERS)),
            },
        );
    }
    Genesis::new(draft).unwrap()
}

/// One vote for another miner of each of these voters.
fn votes(genesis: &Genesis, voters: std::ops::Range<u32>) -> Vec<CheckedTransaction> {
    let chain = genesis.chain();
    let transactions = voters.map(|index| {
        UnsignedTransaction {
            chain: chain.id,
            sender: key(index).public_key(),
            nonce: 0,
            fee: chain.params.fee,
            expires_at: 1_000,
            payload: Payload::Vote {
                miner: MinerId((index + 1) % MINERS),
            },
        }
        .sign(&key(index))
    });
    check_all(chain, transactions.collect()).unwrap()
}

/// Blocks of round 0, one after the other.
struct Maker<'a> {
    genesis: &'a Genesis,
    secrets: &'a [MinerSecrets],
    beacon: Beacon,
    height: u64,
}

impl Maker<'_> {
    fn context(&self) -> BlockContext {
        let chain = self.genesis.chain();
        let (height, committee) = (self.height + 1, &self.genesis.committees()[0]);
        let place = beacon::on_turn(0, &[1; 32], height, committee.members.len());
        let member = &committee.members[place];
        let signer = self
            .secrets
            .iter()
            .find(|secrets| secrets.node.node_key() == member.node);
        BlockContext {
            height,
            round: 0,
            slot: height,
            parent_slot: self.height,
            parent_beacon: self.beacon,
            timestamp_ms: height * chain.params.slot_ms,
            vrf: signer.unwrap().bls.sign(
                &namespace::vrf(&chain.id),
                &vrf_message(&self.beacon, height),
            ),
            leader: member.node,
        }
    }

    async fn execute(
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

/// Executing and sealing the last block of a round in which `requests` wait: warm, at best and in the middle of the repeats,
/// and cold.
fn measure(requests: u32, positions: u32) -> [Duration; 3] {
    let secrets: Vec<MinerSecrets> = (0..MINERS as u8)
        .map(|seed| MinerSecrets::from_seed([seed; 32]))
        .collect();
    let genesis = genesis(requests, positions, &secrets);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let config = tokio::Config::new()
        .with_worker_threads(2)
        .with_storage_directory(folder.path());
    tokio::Runner::new(config).start(|context| async move {
        let config = || state::config("bench", storage::cache());
        state::write_genesis(context.child("genesis"), config(), genesis.state())
            .await
            .unwrap();
        let mut database = Database::init(context.child("state"), config(), None)
            .await
            .unwrap();
        let mut maker = Maker {
            genesis: &genesis,
            secrets: &secrets,
            beacon: Beacon([1; 32]),
            height: 0,
        };
        let blocks = BLOCKS - 2;
        for block in 0..blocks {
            let share = requests * block / blocks..requests * (block + 1) / blocks;
            let outcome = maker.execute(&database, &votes(&genesis, share)).await;
            let sealed = sealed!(database, outcome);
            database = database.apply_batch(sealed).await.unwrap();
            (maker.beacon, maker.height) = (outcome.beacon, maker.height + 1);
        }
        drop(database.sync().await.unwrap());
        let database = Database::<tokio::Context>::init(context.child("again"), config(), None)
            .await
            .unwrap();
        evict(&path);
        let mut times: Vec<Duration> = Vec::new();
        for _ in 0..=REPEATS {
            let begun = Instant::now();
            let outcome = maker.execute(&database, &[]).await;
            let _sealed = sealed!(database, outcome);
            times.push(begun.elapsed());
            assert_eq!(outcome.report.unwrap().requests.len(), requests as usize);
        }
        let cold = times.remove(0);
        times.sort_unstable();
        [times[0], times[REPEATS / 2], cold]
    })
}

fn main() {
    println!(
        "inputs: {MINERS} miners, a voter with a position for every request, votes for another miner; state on disk; \
         a chain allows {} requests a round",
        ChainParams::MAX_ROUND_REQUESTS
    );
    let positions = std::env::var("ETM_BENCH_POSITIONS")
        .ok()
        .and_then(|positions| positions.parse().ok())
        .unwrap_or(0);
    println!("requests   last block of the round: warm, least / median of {REPEATS}; cold");
    for requests in [0, 1_024, 4_096, ChainParams::MAX_ROUND_REQUESTS * 9 / 10] {
        let [least, median, cold] = measure(requests, positions);
        println!("{requests:>8}   {least:>8.1?} / {median:.1?}; {cold:.1?}");
    }
}
