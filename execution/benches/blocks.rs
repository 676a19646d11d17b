//! Blocks of signed transactions, against the bare signature checks in the same run.
//!
//! `signatures/batch=1024` is the upper bound: ed25519 batch verification alone. `check` adds decoding's sizes, hashes
//! and addresses; `execute` adds the state. All on one core (a pool of one thread).

#![allow(clippy::unwrap_used, reason = "a benchmark")]

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use etm_execution::*;
use etm_mechanism::{TimeGain, beacon};
use etm_types::keys::verify_batch;
use etm_types::*;
use futures::executor::block_on;
use std::hint::black_box;

const TRANSACTIONS: u32 = 4096;

fn key(index: u32) -> SecretKey {
    SecretKey::from_seed(Hash::of(&[b"bench", &index.to_be_bytes()]).0)
}

struct Bench {
    state: MemorySource,
    chain: Chain,
    context: BlockContext,
    transactions: Vec<Transaction>,
    checked: Vec<CheckedTransaction>,
}

/// Every account sends one transaction: transfers, or locks and votes of positions.
fn bench(kind: &str) -> Bench {
    let mut params = ChainParams::mainnet();
    if kind == "requests" {
        // A block of 101 takes 162 of them: in rounds this short one takes as many as of transfers.
        params.mechanism.blocks_per_round = 4;
    }
    let mut draft = Draft::new("etm-bench", params, 0, Beacon([1; 32]));
    let keys: Vec<SecretKey> = (0..TRANSACTIONS).map(key).collect();
    let owner = |index: u32| Address::of(&key(1_000_000 + index).public_key());
    let secrets: Vec<MinerSecrets> = (0..101u8)
        .map(|seed| MinerSecrets::from_seed([seed; 32]))
        .collect();
    for (index, secrets) in (0u32..).zip(&secrets) {
        draft.miners.push(DraftMiner {
            owner: owner(index),
            name: MinerName::new(&format!("m{index}")).unwrap(),
            keys: secrets.prove(&owner(index)),
            dial: DialAddress::new("127.0.0.1:4000").unwrap(),
            contact: None,
        });
    }
    for (index, key) in (0u32..).zip(&keys) {
        let address = Address::of(&key.public_key());
        draft
            .accounts
            .insert(address, Units::from_etm(1_000).unwrap());
        draft.positions.insert(
            address,
            DraftPosition {
                locked: Units::from_etm(100).unwrap(),
                time_gain: TimeGain::new(1 + (index % 32) as u8).unwrap(),
                miner: Some(MinerId(index % 101)),
            },
        );
    }
    let genesis = Genesis::new(draft).unwrap();
    let chain = genesis.chain().clone();
    let mut state = MemorySource::default();
    state.apply(&genesis.changes().unwrap());
    let transactions: Vec<Transaction> = (0u32..)
        .zip(&keys)
        .map(|(index, key)| {
            let payload = match (kind, index % 2) {
                ("requests", 0) => Payload::Lock { amount: Units::ETM },
                ("requests", _) => Payload::Vote {
                    miner: MinerId((index + 1) % 101),
                },
                _ => Payload::Transfer {
                    recipient: Address::of(&keys[(index as usize + 1) % keys.len()].public_key()),
                    amount: Units(1),
                    memo: Memo::empty(),
                },
            };
            UnsignedTransaction {
                chain: chain.id,
                sender: key.public_key(),
                nonce: 0,
                fee: chain.params.fee,
                expires_at: Height(100),
                payload,
            }
            .sign(key)
        })
        .collect();
    let committee = &genesis.committees().unwrap()[0];
    let parent_beacon = Beacon([1; 32]);
    let member = &committee.members
        [beacon::on_turn(Round(0), &parent_beacon.0, Slot(1), committee.members.len())];
    let signer = secrets
        .iter()
        .find(|secrets| secrets.node.node_key() == member.node)
        .unwrap();
    let vrf = signer.bls.sign(
        &namespace::vrf(&chain.id),
        &vrf_message(&parent_beacon, Height(1)),
    );
    let context = BlockContext {
        height: Height(1),
        round: Round(0),
        slot: Slot(1),
        parent_slot: Slot(0),
        parent_beacon,
        timestamp_ms: 3_000,
        vrf,
        leader: member.node,
    };
    let checked = check_all(&chain, transactions.clone()).unwrap();
    Bench {
        state,
        chain,
        context,
        transactions,
        checked,
    }
}

/// Seconds of processor time the process has used, in steps of 10 ms; none where `/proc` is not.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

/// Transactions per second of processor time: a figure that other processes on the machine don't disturb much.
fn per_cpu_second(transactions: usize, mut run: impl FnMut()) -> Option<f64> {
    run();
    let (start, mut count) = (cpu_seconds()?, 0);
    while cpu_seconds()? - start < 4.0 {
        run();
        count += transactions;
    }
    Some(count as f64 / (cpu_seconds()? - start))
}

/// The same figures by processor time, with their ratio.
fn compare(bench: &Bench, kind: &str) {
    let messages: Vec<Vec<u8>> = bench
        .transactions
        .iter()
        .map(|t| t.unsigned.signing_bytes())
        .collect();
    let signatures = per_cpu_second(bench.transactions.len(), || {
        for (transactions, messages) in bench.transactions.chunks(1024).zip(messages.chunks(1024)) {
            verify_batch(
                transactions
                    .iter()
                    .zip(messages)
                    .map(|(transaction, message)| transaction.signed_message(message)),
            )
            .unwrap();
        }
    });
    let blocks = per_cpu_second(bench.transactions.len(), || {
        let checked = check_all(&bench.chain, bench.transactions.clone()).unwrap();
        black_box(
            block_on(execute(
                &bench.state,
                &bench.chain,
                &bench.context,
                &checked,
            ))
            .unwrap(),
        );
    });
    if let (Some(signatures), Some(blocks)) = (signatures, blocks) {
        println!(
            "{kind}, by processor time: signatures alone {signatures:.0}/s, checked and executed {blocks:.0}/s, ratio {:.2}",
            blocks / signatures
        );
    }
}

fn blocks(criterion: &mut Criterion) {
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build_global()
        .unwrap();
    println!(
        "inputs: {TRANSACTIONS} transactions of as many accounts, each with a position; 101 miners; state in memory"
    );
    let mut group = criterion.benchmark_group("blocks");
    group.sample_size(10);
    let transfers = bench("transfers");
    let messages: Vec<Vec<u8>> = transfers
        .transactions
        .iter()
        .take(1024)
        .map(|t| t.unsigned.signing_bytes())
        .collect();
    group.throughput(Throughput::Elements(1024));
    group.bench_function(BenchmarkId::new("signatures", "batch=1024"), |bencher| {
        bencher.iter(|| {
            verify_batch(
                transfers
                    .transactions
                    .iter()
                    .zip(&messages)
                    .map(|(transaction, message)| transaction.signed_message(message)),
            )
            .unwrap();
        });
    });
    group.throughput(Throughput::Elements(TRANSACTIONS.into()));
    for (kind, bench) in [("transfers", transfers), ("requests", bench("requests"))] {
        compare(&bench, kind);
        group.bench_function(
            BenchmarkId::new("check", format!("kind={kind}")),
            |bencher| {
                bencher.iter_batched(
                    || bench.transactions.clone(),
                    |transactions| black_box(check_all(&bench.chain, transactions).unwrap()),
                    BatchSize::LargeInput,
                );
            },
        );
        group.bench_function(
            BenchmarkId::new("execute", format!("kind={kind}")),
            |bencher| {
                bencher.iter(|| {
                    black_box(
                        block_on(execute(
                            &bench.state,
                            &bench.chain,
                            &bench.context,
                            &bench.checked,
                        ))
                        .unwrap(),
                    )
                });
            },
        );
        group.bench_function(
            BenchmarkId::new("check_and_execute", format!("kind={kind}")),
            |bencher| {
                bencher.iter_batched(
                    || bench.transactions.clone(),
                    |transactions| {
                        let checked = check_all(&bench.chain, transactions).unwrap();
                        black_box(
                            block_on(execute(
                                &bench.state,
                                &bench.chain,
                                &bench.context,
                                &checked,
                            ))
                            .unwrap(),
                        )
                    },
                    BatchSize::LargeInput,
                );
            },
        );
    }
    group.finish();
}

criterion_group!(benches, blocks);
criterion_main!(benches);
