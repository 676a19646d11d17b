//! Audits: of a chain that is as it must be, and of chains whose whole committee signed what is not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::{Arc, OnceLock};

use commonware_runtime::{Runner as _, Supervisor as _, deterministic};
use commonware_storage::qmdb::floor::Proportional;
use etm_execution::{
    BlockContext, check_all, execute,
    genesis::{Genesis, StateRoots},
};
use etm_history::testing::{ChainParams, TestChain, genesis, now};
use etm_mechanism::Params;
use etm_node::audit::{AuditError, Blocks, Options, Progress, SealedBlock, audit_in};
use etm_node::engine::state::{self, Commitment, Database, Value};
use etm_node::engine::storage;
use etm_types::block::{committee_root, transactions_root};
use etm_types::{Block, Committee, Hash, Height, MinerId, Payload, Round, Units, codec};

/// A chain with the roots of a real database in its headers.
struct Made {
    chain: TestChain,
    genesis: Arc<Genesis>,
    blocks: Vec<Block>,
}

const ROUND: u64 = 6;
const BLOCKS: u64 = 3 * ROUND;

fn params() -> ChainParams {
    ChainParams {
        mechanism: Params {
            committee: 5,
            blocks_per_round: ROUND as u32,
            min_committee: 4,
            day_seconds: 600,
            deposit: Units(10 * Units::ETM.0),
            ..Params::mainnet()
        },
        slot_ms: 1_000,
        ..ChainParams::mainnet()
    }
}

fn roots(commitment: &Commitment) -> StateRoots {
    StateRoots {
        state_root: Hash(commitment.root),
        ops_root: Hash(commitment.ops_root),
        ops_start: commitment.ops_start,
        ops_end: commitment.ops_end,
    }
}

fn make() -> Made {
    deterministic::Runner::default().start(|context| async move {
        let mut chain = TestChain::new(genesis(params(), 7, 3));
        let genesis = Arc::clone(&chain.genesis);
        let config = || state::config("made", storage::cache());
        let commitment = state::write_genesis(
            context.child("genesis"),
            config(),
            &genesis.state().unwrap(),
        )
        .await
        .unwrap();
        let mut database =
            Database::<deterministic::Context>::init(context.child("state"), config(), None)
                .await
                .unwrap();
        let mut parent = genesis.block(roots(&commitment)).header;
        let mut blocks = Vec::new();
        for height in 1..BLOCKS {
            let requests = match height {
                2 => vec![(
                    7,
                    Payload::Lock {
                        amount: Units(500 * Units::ETM.0),
                    },
                )],
                9 => vec![
                    (7, Payload::Vote { miner: MinerId(3) }),
                    (
                        8,
                        Payload::Lock {
                            amount: Units(70 * Units::ETM.0),
                        },
                    ),
                ],
                _ => Vec::new(),
            };
            let transactions = requests
                .into_iter()
                .map(|(number, payload)| chain.sign(number, 0, payload));
            let transactions = transactions.collect();
            let before = chain.state.clone();
            let made = chain.produce(transactions, height % 3, 5);
            let (mut header, body) = (made.block.header.clone(), made.block.body.clone());
            let checked = check_all(genesis.chain(), body.transactions.clone()).unwrap();
            let place = BlockContext::of(&header, parent.beacon);
            let outcome = now(execute(&before, genesis.chain(), &place, &checked)).unwrap();
            let mut batch = database.new_batch();
            for (key, value) in outcome.changes {
                batch = batch.write(key.0.into(), value.map(Value));
            }
            let sealed = batch
                .merkleize(&database, None, &mut Proportional)
                .await
                .unwrap();
            header.state_root = Hash(sealed.root().0);
            header.ops_root = Hash(sealed.ops_root().0);
            header.ops_start = *sealed.sync_boundary();
            header.ops_end = *sealed.bounds().tip.size;
            header.parent = parent.hash();
            database = database.apply_batch(sealed).await.unwrap();
            parent = header.clone();
            blocks.push(Block { header, body });
        }
        Made {
            chain,
            genesis,
            blocks,
        }
    })
}

fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(make)
}

impl Made {
    fn committee(&self, round: Round) -> &Committee {
        match round.checked_sub(2) {
            None => &self.genesis.committees().unwrap()[round.0 as usize],
            Some(before) => {
                let last = &self.blocks[(before.next().0 * ROUND - 2) as usize];
                last.body.committee.as_ref().unwrap()
            }
        }
    }

    /// The block with a certificate by all members of the committee of its round.
    fn entry(&self, block: &Block) -> SealedBlock {
        let round = block.header.round.min(Round(2));
        SealedBlock {
            certificate: self
                .chain
                .finalize(&block.header, &self.committee(round).members),
            block: codec::to_bytes(block),
        }
    }

    fn entries(&self) -> Vec<SealedBlock> {
        self.blocks.iter().map(|block| self.entry(block)).collect()
    }

    fn audit(&self, entries: Vec<SealedBlock>, options: Options) -> Result<Progress, AuditError> {
        let genesis = Arc::clone(&self.genesis);
        deterministic::Runner::default()
            .start(|context| audit_in(context, genesis, options, Given(entries), |_| {}))
    }
}

/// Blocks four at a time.
struct Given(Vec<SealedBlock>);

impl Blocks for Given {
    async fn next(&mut self, first: Height) -> Result<Vec<SealedBlock>, String> {
        let from = (first.0 as usize - 1).min(self.0.len());
        let until = (from + 4).min(self.0.len());
        Ok(self.0[from..until].to_vec())
    }
}

const ALL: Options = Options {
    from_round: Round(0),
    to_round: None,
};

#[test]
fn a_chain_that_is_as_it_must_be_agrees() {
    let made = made();
    let found = made.audit(made.entries(), ALL).unwrap();
    let last = made.blocks.last().unwrap();
    assert_eq!(found.height, Height(BLOCKS - 1));
    assert_eq!(
        (found.certificates, found.final_height),
        (BLOCKS - 1, Height(BLOCKS - 1))
    );
    assert_eq!(found.transactions, 3);
    assert_eq!(
        (found.hash, found.state_root),
        (last.header.hash(), last.header.state_root)
    );
    // What nobody has signed is told of no block: a fork could stand there.
    let mut entries = made.entries();
    for entry in &mut entries[14..16] {
        entry.certificate.clear();
    }
    let found = made.audit(entries[..16].to_vec(), ALL).unwrap();
    let last = &made.blocks[13];
    assert_eq!((found.height, found.final_height), (Height(16), Height(14)));
    assert_eq!(last.header.height, Height(14));
    assert_eq!(
        (found.hash, found.state_root),
        (last.header.hash(), last.header.state_root)
    );
    // A block without a certificate is final by the next one that has one.
    let mut entries = made.entries();
    for height in [1, 2, 17] {
        entries[height - 1].certificate.clear();
    }
    let found = made.audit(entries[..16].to_vec(), ALL).unwrap();
    assert_eq!(
        (found.height, found.certificates, found.final_height),
        (Height(16), 14, Height(16))
    );
}

#[test]
fn rounds_can_be_chosen() {
    let made = made();
    let mut entries = made.entries();
    let part = Options {
        from_round: Round(1),
        to_round: Some(Round(1)),
    };
    // The certificate of a block before is not looked at.
    entries[2].certificate = entries[3].certificate.clone();
    let found = made.audit(entries.clone(), part).unwrap();
    assert_eq!(
        (found.height, found.certificates),
        (Height(2 * ROUND - 1), ROUND)
    );
    assert!(made.audit(entries, ALL).is_err());
}

/// What a committee that lies as a whole signs, and what the audit says of it.
type Lie = (&'static str, u64, fn(&mut Block), &'static str);

const LIES: [Lie; 15] = [
    (
        "a state",
        9,
        |block| block.header.state_root.0[0] ^= 1,
        "its state root is",
    ),
    (
        "operations",
        9,
        |block| block.header.ops_end += 1,
        "operations of the state",
    ),
    (
        "receipts",
        9,
        |block| block.header.receipts_root.0[0] ^= 1,
        "receipts root does not follow",
    ),
    (
        "a beacon",
        9,
        |block| block.header.beacon.0[0] ^= 1,
        "beacon does not follow",
    ),
    (
        "a producer",
        9,
        |block| block.header.producer.0 += 1,
        "producer does not follow",
    ),
    (
        "a parent",
        9,
        |block| block.header.parent.0[0] ^= 1,
        "its parent is not",
    ),
    (
        "a height",
        9,
        |block| block.header.height = block.header.height.next(),
        "another height",
    ),
    (
        "a round",
        9,
        |block| block.header.round = block.header.round.next(),
        "another round",
    ),
    (
        "a chain",
        9,
        |block| block.header.chain.0[0] ^= 1,
        "another chain",
    ),
    (
        "a time",
        9,
        |block| block.header.timestamp_ms -= 60_000,
        "less than a slot",
    ),
    (
        "a slot",
        9,
        |block| block.header.slot = block.header.slot.next(),
        "turn",
    ),
    (
        "a contribution",
        9,
        |block| block.header.vrf.0[5] ^= 1,
        "block 9",
    ),
    (
        "a transaction left out",
        9,
        |block| {
            block.body.transactions.remove(0);
            block.header.transactions_root = transactions_root(&block.body.transactions);
        },
        "does not follow from execution",
    ),
    (
        "a body",
        9,
        |block| {
            block.body.transactions.remove(0);
        },
        "its body is not the one",
    ),
    (
        "a committee",
        11,
        |block| {
            let committee = block.body.committee.as_mut().unwrap();
            committee.members.swap(0, 1);
            block.header.committee_root = committee_root(Some(committee));
        },
        "committee does not follow",
    ),
];

#[test]
fn what_a_whole_committee_signs_is_refused_where_execution_says_otherwise() {
    let made = made();
    for (name, height, lie, words) in LIES {
        let mut block = made.blocks[height as usize - 1].clone();
        lie(&mut block);
        assert_ne!(block, made.blocks[height as usize - 1], "{name}");
        let mut entries = made.entries();
        entries[height as usize - 1] = made.entry(&block);
        let refused = made.audit(entries, ALL).unwrap_err();
        println!("{name}: {refused}");
        let AuditError::Differs { height: at, .. } = &refused else {
            panic!("{name}: {refused}");
        };
        assert_eq!(*at, Height(height), "{name}: {refused}");
        assert!(refused.to_string().contains(words), "{name}: {refused}");
    }
}

/// What is no certificate of the block.
type Unsigned = (&'static str, u64, fn(&mut Vec<SealedBlock>), &'static str);

const UNSIGNED: [Unsigned; 6] = [
    (
        "of another block",
        9,
        |entries| entries[8].certificate = entries[7].certificate.clone(),
        "of another block",
    ),
    (
        "by too few",
        9,
        |entries| {
            let bits = entries[8].certificate.len() - 49;
            entries[8].certificate[bits] = 1;
        },
        "1 of 5 signed",
    ),
    (
        "of another signature",
        9,
        |entries| {
            let other = entries[7].certificate.clone();
            let from = entries[8].certificate.len() - 48;
            let signature = other[other.len() - 48..].to_vec();
            entries[8].certificate[from..].copy_from_slice(&signature);
        },
        "not signed by the members it names",
    ),
    (
        "cut short",
        9,
        |entries| entries[8].certificate.truncate(60),
        "its certificate: ",
    ),
    (
        "none where there must be one",
        5,
        |entries| entries[4].certificate.clear(),
        "has no certificate",
    ),
    (
        "a block that is none",
        7,
        |entries| entries[6].block.push(0),
        "block 7",
    ),
];

#[test]
fn what_nobody_signed_is_refused() {
    let made = made();
    for (name, height, change, words) in UNSIGNED {
        let mut entries = made.entries();
        change(&mut entries);
        let refused = made.audit(entries, ALL).unwrap_err();
        let AuditError::Differs { height: at, .. } = &refused else {
            panic!("{name}: {refused}");
        };
        assert_eq!(*at, Height(height), "{name}: {refused}");
        assert!(refused.to_string().contains(words), "{name}: {refused}");
    }
}
