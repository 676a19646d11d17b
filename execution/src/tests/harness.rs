//! A chain in memory: makes blocks as the member on turn would, verifies them as another node would, and keeps the books.

use crate::block::{Reading, execute_by};
use crate::{Outcome, *};
use etm_mechanism::{TimeGain, beacon};
use etm_types::state::ChainRecord;
use etm_types::*;
use futures::executor::block_on;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Batches in which a block reads the state at most, beside one for each link of the longest chain of merged cohorts.
pub const MOST_BATCHES: usize = 9;

/// Counts how the state is read. Fails when it is asked so often that a test would take minutes.
pub struct Counting<'a> {
    pub state: &'a MemorySource,
    pub batches: AtomicUsize,
    pub keys: AtomicUsize,
}

impl<'a> Counting<'a> {
    pub fn new(state: &'a MemorySource) -> Self {
        Self {
            state,
            batches: AtomicUsize::new(0),
            keys: AtomicUsize::new(0),
        }
    }
}

impl Source for Counting<'_> {
    type Error = String;

    async fn get_many(&self, keys: &[StateKey]) -> Result<Vec<Option<Vec<u8>>>, String> {
        self.keys.fetch_add(keys.len(), Ordering::Relaxed);
        if self.batches.fetch_add(1, Ordering::Relaxed) >= 64 {
            return Err("the state is read more than 64 times".to_owned());
        }
        Ok(self.state.get_many(keys).await.unwrap_or_default())
    }
}

pub const FEE: Units = Units(Units::ETM.0 / 10);

pub fn etm(amount: u64) -> Units {
    Units::from_etm(amount).unwrap()
}

/// A key for a short name.
pub fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(Hash::of(&[b"test key", name.as_bytes()]).0)
}

pub fn address(name: &str) -> Address {
    Address::of(&key(name).public_key())
}

pub fn secrets(seed: u8) -> MinerSecrets {
    MinerSecrets::from_seed([seed; 32])
}

pub fn dial(port: u16) -> DialAddress {
    DialAddress::new(format!("127.0.0.1:{port}")).unwrap()
}

pub fn small_params() -> ChainParams {
    ChainParams {
        mechanism: etm_mechanism::Params {
            committee: 3,
            blocks_per_round: 5,
            min_committee: 2,
            day_seconds: 4,
            deposit: etm(10),
            ..etm_mechanism::Params::mainnet()
        },
        ..ChainParams::devnet()
    }
}

/// Miners `m0` .. with keys of seeds 0 .., each with a voter `v0` .. that locks 1,000 ETM and more; alice, bob and carol
/// with 10,000 ETM.
pub fn draft(params: ChainParams, miners: u8) -> Draft {
    let mut draft = Draft::new("etm-test", params, 1_700_000_000_250, Beacon([7; 32]));
    for name in ["alice", "bob", "carol"] {
        draft.accounts.insert(address(name), etm(10_000));
    }
    for seed in 0..miners {
        let owner = address(&format!("m{seed}"));
        draft.accounts.insert(owner, etm(100));
        draft.miners.push(DraftMiner {
            owner,
            name: MinerName::new(&format!("m{seed}")).unwrap(),
            keys: secrets(seed).prove(&owner),
            dial: dial(4000 + u16::from(seed)),
            contact: None,
        });
        let position = DraftPosition {
            locked: etm(1_000 + 100 * u64::from(seed)),
            time_gain: TimeGain::new(1 + seed % 32).unwrap(),
            miner: Some(MinerId(seed.into())),
        };
        draft
            .positions
            .insert(address(&format!("v{seed}")), position);
        draft.accounts.insert(address(&format!("v{seed}")), etm(5));
    }
    draft
}

pub struct TestChain {
    pub genesis: Genesis,
    pub state: MemorySource,
    pub nodes: BTreeMap<NodeKey, MinerSecrets>,
    /// Blocks so far, with the transactions in them.
    pub blocks: Vec<(BlockContext, Vec<Transaction>, Outcome)>,
    /// Extra milliseconds before the next block.
    pub delay_ms: u64,
}

impl TestChain {
    pub fn new(draft: Draft) -> Self {
        let genesis = Genesis::new(draft).unwrap();
        let mut state = MemorySource::default();
        state.apply(&genesis.changes().unwrap());
        let nodes = (0..=255u8).map(|seed| (secrets(seed).node.node_key(), secrets(seed)));
        Self {
            nodes: nodes.collect(),
            genesis,
            state,
            blocks: Vec::new(),
            delay_ms: 0,
        }
    }

    pub fn small() -> Self {
        Self::new(draft(small_params(), 5))
    }

    pub fn chain(&self) -> &Chain {
        self.genesis.chain()
    }

    pub fn params(&self) -> ChainParams {
        self.chain().params
    }

    pub fn record(&self) -> ChainRecord {
        block_on(read::chain_record(&self.state)).unwrap()
    }

    pub fn globals(&self) -> etm_mechanism::Globals {
        block_on(read::globals(&self.state)).unwrap().0
    }

    pub fn account(&self, name: &str) -> read::AccountView {
        let (params, address) = (self.params(), address(name));
        let view = block_on(read::account(&self.state, &params, &address)).unwrap();
        let purse = block_on(read::purse(&self.state, &params, &address)).unwrap();
        assert_eq!(
            (purse.nonce, purse.balance),
            (view.record.nonce, view.balance())
        );
        view
    }

    pub fn free(&self, name: &str) -> Units {
        self.account(name).record.free
    }

    pub fn miner(&self, id: u32) -> Option<read::MinerView> {
        block_on(read::miner(&self.state, &self.params(), MinerId(id))).unwrap()
    }

    pub fn committee(&self, round: Round) -> Committee {
        block_on(read::committee(&self.state, round))
            .unwrap()
            .unwrap()
    }

    /// An account's transaction with its next nonce.
    pub fn sign(&self, name: &str, payload: Payload) -> Transaction {
        self.sign_with(name, self.account(name).record.nonce, payload)
    }

    pub fn sign_with(&self, name: &str, nonce: u64, payload: Payload) -> Transaction {
        self.unsigned(name, nonce, payload).sign(&key(name))
    }

    pub fn unsigned(&self, name: &str, nonce: u64, payload: Payload) -> UnsignedTransaction {
        UnsignedTransaction {
            chain: self.chain().id,
            sender: key(name).public_key(),
            nonce,
            fee: FEE,
            expires_at: self.record().height.saturating_add(100),
            payload,
        }
    }

    /// The context of the next block if `missed` slots pass before it.
    pub fn context(&self, missed: u64) -> BlockContext {
        let record = self.record();
        let params = self.params();
        let height = record.height.next();
        let round = params.round_of(height);
        let parent_slot = if params.round_of(record.height) == round {
            record.slot
        } else {
            Slot(0)
        };
        let slot = parent_slot.next().saturating_add(missed);
        let committee = self.committee(round);
        let seed = self.globals().beacon;
        let member =
            &committee.members[beacon::on_turn(round, &seed, slot, committee.members.len())];
        let vrf = self.nodes[&member.node].bls.sign(
            &namespace::vrf(&self.chain().id),
            &vrf_message(&record.beacon, height),
        );
        BlockContext {
            height,
            round,
            slot,
            parent_slot,
            parent_beacon: record.beacon,
            timestamp_ms: record.timestamp_ms + params.slot_ms + self.delay_ms,
            vrf,
            leader: member.node,
        }
    }

    pub fn check(&self, transactions: Vec<Transaction>) -> Vec<CheckedTransaction> {
        check_all(self.chain(), transactions).unwrap()
    }

    /// Adds a block with exactly these transactions.
    pub fn add(&mut self, transactions: Vec<Transaction>) -> Outcome {
        self.add_after(0, transactions)
    }

    /// Adds a block with exactly these transactions after `missed` slots: built, executed, compared and checked.
    pub fn add_after(&mut self, missed: u64, transactions: Vec<Transaction>) -> Outcome {
        let context = self.context(missed);
        let checked = self.check(transactions.clone());
        let built = block_on(build(&self.state, self.chain(), &context, &checked)).unwrap();
        assert_eq!(built.dropped, vec![]);
        assert_eq!(built.included, transactions);
        let outcome = self.execute(&context, &checked);
        assert_eq!(built.outcome, outcome, "builder and verifier must agree");
        self.state.apply(&outcome.changes);
        self.blocks.push((context, transactions, outcome.clone()));
        self.assert_conserved();
        outcome
    }

    /// Executes a block in one pass and few reads, and compares with what comes of reading every record when it is asked
    /// for.
    fn execute(&self, context: &BlockContext, transactions: &[CheckedTransaction]) -> Outcome {
        let source = Counting::new(&self.state);
        let ahead = execute_by(&source, self.chain(), context, transactions, Reading::Ahead);
        let (outcome, passes) = block_on(ahead).unwrap();
        assert_eq!(passes, 1, "the plan forgot a record");
        let batches = source.batches.into_inner();
        let longest_chain = self.globals().next_cohort.max(1).ilog2() as usize;
        assert!(batches <= MOST_BATCHES + longest_chain, "{batches} batches");
        let on_demand = execute_by(
            &self.state,
            self.chain(),
            context,
            transactions,
            Reading::OnDemand,
        );
        let (expected, passes) = block_on(on_demand).unwrap();
        assert!(passes > 1, "nothing was left to be asked for");
        assert_eq!(outcome, expected, "reading ahead must change nothing");
        outcome
    }

    /// Adds empty blocks up to the end of the round. Answers what the last one did.
    pub fn end_round(&mut self) -> Outcome {
        loop {
            let outcome = self.add(vec![]);
            if outcome.report.is_some() {
                return outcome;
            }
        }
    }

    /// Executes a block of one transaction whose outcome is expected.
    pub fn request(&mut self, name: &str, payload: Payload) -> receipt::Outcome {
        let transaction = self.sign(name, payload);
        let outcome = self.add(vec![transaction]);
        transaction_outcome(&outcome, 0)
    }

    /// The reason for which a transaction can't stand in the next block.
    pub fn reason(&self, transaction: Transaction) -> Invalid {
        let context = self.context(0);
        let checked = match check(self.chain(), transaction.clone()) {
            Ok(checked) => checked,
            Err(reason) => {
                assert_eq!(
                    check_all(self.chain(), vec![transaction]),
                    Err((0, reason.clone())),
                    "one by one and in a batch, checks agree"
                );
                return reason;
            }
        };
        let built = block_on(build(
            &self.state,
            self.chain(),
            &context,
            std::slice::from_ref(&checked),
        ))
        .unwrap();
        let [(0, reason)] = &built.dropped[..] else {
            unreachable!("the transaction is valid: {:?}", built.included)
        };
        assert_eq!(
            block_on(execute(&self.state, self.chain(), &context, &[checked])),
            Err(ExecutionError::Invalid(BlockError::Transaction {
                index: 0,
                reason: reason.clone()
            }))
        );
        reason.clone()
    }

    /// Invariant 1, by the books and by a walk over all accounts and positions that are known.
    pub fn assert_conserved(&self) {
        let supply = block_on(read::supply(&self.state)).unwrap();
        assert!(supply.conserved, "{supply:?}");
    }
}

pub fn transaction_outcome(outcome: &Outcome, index: usize) -> receipt::Outcome {
    match &outcome.receipts[index] {
        Receipt::Transaction { outcome, .. } => *outcome,
        other => unreachable!("{other:?} is no receipt of a transaction"),
    }
}

pub const ACCEPTED: receipt::Outcome = receipt::Outcome::Accepted;

pub fn refused(refusal: Refusal) -> receipt::Outcome {
    receipt::Outcome::Refused(refusal)
}
