//! A chain in memory: real execution, no consensus, no network. For tests.

use std::collections::BTreeMap;
use std::fs::File;
use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use etm_execution::base::{self, BaseWriter, KnownPosition};
use etm_execution::genesis::{Draft, DraftMiner, DraftPosition, Genesis, StateRoots};
use etm_execution::{
    BlockContext, CheckedTransaction, MemorySource, build, check, read, vrf_message,
};
use etm_mechanism::{Position, TimeGain, beacon};
use etm_types::block::{committee_root, receipts_root, transactions_root};
use etm_types::{
    Address, Beacon, Block, BlockOutcome, BlsSignature, Body, DialAddress, FinalizedBlock, Hash,
    Header, Height, Member, MinerId, MinerName, MinerSecrets, Payload, SecretKey, Slot, StateKey,
    Transaction, Units, UnsignedTransaction, namespace,
};

use crate::feed::ChainFacts;
use crate::origin::Origin;

pub use etm_execution::{ChainParams, Invalid};

/// Runs a future that never really waits: reads from memory.
///
/// # Panics
/// If it waits.
#[allow(clippy::panic)]
pub fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a read from memory waited"),
    }
}

/// The secret key of test account `number`.
pub fn account_key(number: u8) -> SecretKey {
    SecretKey::from_seed([number; 32])
}

/// The address of test account `number`.
pub fn account(number: u8) -> Address {
    Address::of(&account_key(number).public_key())
}

/// The node and BLS keys of test miner `number`.
pub fn miner_secrets(number: u8) -> MinerSecrets {
    MinerSecrets::from_seed([100 + number; 32])
}

/// So many positions as a snapshot has them, whose accounts are not known.
pub fn positions(count: u32) -> Vec<KnownPosition> {
    let position = |number: u32| KnownPosition {
        key: StateKey(Hash::of(&[&number.to_be_bytes()]).0),
        position: Position {
            miner: (!number.is_multiple_of(3)).then_some(MinerId(number % 5)),
            ..Position::new(Units(1 + u64::from(number)))
        },
        fraction: number.into(),
    };
    (0..count).map(position).collect()
}

/// The dial address of test miner `number`.
#[allow(clippy::expect_used)]
pub fn dial(number: u8) -> DialAddress {
    DialAddress::new(format!("127.0.0.1:{}", 9_000 + u16::from(number))).expect("a valid address")
}

/// A genesis of `miners` miners, owned by the accounts 0, 1, 2 ..., each with a position of its owner that votes for it; `holders`
/// further accounts have 100,000 ETM each.
#[allow(clippy::expect_used)]
pub fn genesis(params: ChainParams, miners: u8, holders: u8) -> Genesis {
    let mut draft = Draft::new("etm-test", params, 1_700_000_000_000, Beacon([7; 32]));
    for number in 0..miners {
        let owner = account(number);
        draft.accounts.insert(owner, Units(1_000 * Units::ETM.0));
        draft.miners.push(DraftMiner {
            owner,
            name: MinerName::new(&format!("miner{number}")).expect("a valid name"),
            keys: miner_secrets(number).prove(&owner),
            dial: dial(number),
            contact: None,
        });
        let position = DraftPosition {
            locked: Units((100 + 37 * u64::from(number)) * Units::ETM.0 + 12_345),
            time_gain: TimeGain::new(1 + number % 32).expect("1 to 32"),
            miner: Some(MinerId(number.into())),
        };
        draft.positions.insert(owner, position);
    }
    for number in miners..miners + holders {
        draft
            .accounts
            .insert(account(number), Units(100_000 * Units::ETM.0));
    }
    Genesis::new(draft).expect("a valid genesis")
}

/// What the history has to know of a genesis.
pub fn facts(genesis: &Arc<Genesis>, genesis_hash: Hash) -> ChainFacts {
    ChainFacts::new(genesis, genesis_hash)
}

pub struct TestChain {
    pub genesis: Arc<Genesis>,
    /// Hash of the genesis block.
    pub genesis_hash: Hash,
    pub state: MemorySource,
    /// Its last header; none before height 1.
    pub tip: Option<Header>,
    secrets: BTreeMap<[u8; 32], MinerSecrets>,
}

impl TestChain {
    /// A chain at its genesis.
    pub fn new(genesis: Genesis) -> Self {
        let mut state = MemorySource::default();
        state.apply(&genesis.changes().expect("a valid genesis"));
        let roots = StateRoots {
            state_root: Hash::ZERO,
            ops_root: Hash::ZERO,
            ops_start: 0,
            ops_end: 0,
        };
        let genesis_hash = genesis.block(roots).hash();
        let secrets = (0..=100).map(|number| {
            let secrets = miner_secrets(number);
            (secrets.node.node_key().0, secrets)
        });
        Self {
            genesis_hash,
            state,
            tip: None,
            secrets: secrets.collect(),
            genesis: Arc::new(genesis),
        }
    }

    /// What the history has to know.
    pub fn facts(&self) -> ChainFacts {
        facts(&self.genesis, self.genesis_hash)
    }

    /// The height of the last block.
    pub fn height(&self) -> Height {
        self.tip.as_ref().map_or(Height(0), |tip| tip.height)
    }

    /// Writes what a history begins with after the last block, which is the last of its round; gives what it begins after.
    ///
    /// # Panics
    /// If it is not the last of a round, or the file can't be written.
    #[allow(clippy::expect_used)]
    pub fn origin(&self, file: &Path) -> Origin {
        let params = &self.genesis.chain().params;
        let records = self.state.values.iter();
        let records: Vec<_> = records
            .filter_map(|(key, value)| Some((*key, base::position(value)?)))
            .collect();
        // In several parts, as of a larger state.
        let parts = records.chunks(4).map(|records| {
            now(base::positions(&self.state, params, records)).expect("a whole state")
        });
        self.write_origin(file, None, parts)
    }

    /// The same, as if the state had these positions, which come in any order, and no others.
    ///
    /// # Panics
    /// As [`TestChain::origin`].
    pub fn origin_of(&self, file: &Path, positions: &[KnownPosition]) -> Origin {
        let locked = positions.iter().map(|known| known.position.locked.0);
        let parts = positions.chunks(9_973).map(<[KnownPosition]>::to_vec);
        self.write_origin(file, Some(Units(locked.sum())), parts)
    }

    #[allow(clippy::expect_used)]
    fn write_origin(
        &self,
        file: &Path,
        locked: Option<Units>,
        parts: impl Iterator<Item = Vec<KnownPosition>>,
    ) -> Origin {
        let params = &self.genesis.chain().params;
        let header = self.tip.as_ref().expect("a block");
        let mut head = now(base::head(&self.state, header)).expect("the end of a round");
        head.globals.locked = locked.unwrap_or(head.globals.locked);
        let miners = now(base::miners(&self.state, params)).expect("a whole state");
        let out = File::create(file).expect("a file");
        let mut writer = BaseWriter::begin(out, &head, &miners).expect("room");
        for positions in parts {
            writer.positions(positions).expect("room");
        }
        let written = writer.finish().expect("room");
        assert!(written.is_some(), "positions are missing");
        Origin {
            height: header.height,
            hash: header.hash(),
            file: file.to_owned(),
        }
    }

    /// Signs a transaction of test account `number` with its next nonce plus `ahead` and the least fee.
    #[allow(clippy::expect_used)]
    pub fn sign(&self, number: u8, ahead: u64, payload: Payload) -> Transaction {
        let chain = self.genesis.chain();
        let view = now(read::account(&self.state, &chain.params, &account(number)))
            .expect("a whole state");
        let unsigned = UnsignedTransaction {
            chain: chain.id,
            sender: account_key(number).public_key(),
            nonce: view.record.nonce + ahead,
            fee: chain.params.fee,
            expires_at: self.height().saturating_add(1_000),
            payload,
        };
        unsigned.sign(&account_key(number))
    }

    /// The finalization of a block by all members, as consensus encodes it.
    #[allow(clippy::expect_used)]
    ///
    /// # Panics
    /// If a member is none of the test's miners.
    pub fn finalize(&self, header: &Header, members: &[Member]) -> Vec<u8> {
        let varint = |mut value: u64| {
            let mut bytes = Vec::new();
            while value >= 0x80 {
                bytes.push((value & 0x7f) as u8 | 0x80);
                value >>= 7;
            }
            bytes.push(value as u8);
            bytes
        };
        let place = [header.round.0, header.slot.0, header.parent_slot.0].map(varint);
        let mut bytes = place.concat();
        bytes.extend_from_slice(&header.hash().0);
        let chain = &self.genesis.chain().id;
        let name = [namespace::consensus(chain).as_slice(), b"_FINALIZE"].concat();
        let signatures: Vec<BlsSignature> = members
            .iter()
            .map(|member| self.secrets[&member.node.0].bls.sign(&name, &bytes))
            .collect();
        let sum = BlsSignature::sum(&signatures)
            .expect("points")
            .expect("a committee has members");
        bytes.extend_from_slice(&(members.len() as u64).to_be_bytes());
        for first in (0..members.len()).step_by(8) {
            let here = (members.len() - first).min(8);
            bytes.push(u8::MAX >> (8 - here));
        }
        bytes.extend_from_slice(&sum.0);
        bytes
    }

    /// Makes the next block of those transactions that are valid, `skipped` slots late and `ms` milliseconds after the earliest moment.
    #[allow(clippy::expect_used)]
    pub fn produce(
        &mut self,
        transactions: Vec<Transaction>,
        skipped: u64,
        ms: u64,
    ) -> FinalizedBlock {
        let chain = self.genesis.chain();
        let height = self.height().next();
        let round = chain.params.round_of(height);
        let same_round = |tip: &&Header| tip.round == round;
        let parent_slot = self
            .tip
            .as_ref()
            .filter(same_round)
            .map_or(0, |tip| tip.slot.0);
        let parent = self.tip.as_ref();
        let parent_beacon = parent.map_or(self.genesis.draft().beacon, |tip| tip.beacon);
        let parent_time = parent.map_or(chain.genesis_timestamp_ms, |tip| tip.timestamp_ms);
        let (globals, _) = now(read::globals(&self.state)).expect("a whole state");
        let committee = now(read::committee(&self.state, round))
            .expect("a whole state")
            .expect("a committee");
        let slot = parent_slot + 1 + skipped;
        let place = beacon::on_turn(round, &globals.beacon, Slot(slot), committee.members.len());
        let leader = committee.members[place].node;
        let secrets = &self.secrets[&leader.0];
        let vrf = secrets.bls.sign(
            &namespace::vrf(&chain.id),
            &vrf_message(&parent_beacon, height),
        );
        let timestamp_ms = parent_time + chain.params.slot_ms * (skipped + 1) + ms;
        let context = BlockContext {
            height,
            round,
            slot: Slot(slot),
            parent_slot: Slot(parent_slot),
            parent_beacon,
            timestamp_ms,
            vrf,
            leader,
        };
        let candidates: Vec<CheckedTransaction> = transactions
            .into_iter()
            .filter_map(|transaction| check(chain, transaction).ok())
            .collect();
        let built = now(build(&self.state, chain, &context, &candidates)).expect("a valid block");
        self.state.apply(&built.outcome.changes);
        let outcome = built.outcome;
        let header = Header {
            chain: chain.id,
            height,
            round,
            slot: Slot(slot),
            parent_slot: Slot(parent_slot),
            parent: self.tip.as_ref().map_or(self.genesis_hash, Header::hash),
            timestamp_ms,
            producer: outcome.producer,
            leader,
            vrf,
            beacon: outcome.beacon,
            transactions_root: transactions_root(&built.included),
            state_root: Hash::ZERO,
            ops_root: Hash::ZERO,
            ops_start: 0,
            ops_end: height.0,
            receipts_root: receipts_root(&outcome.receipts),
            committee_root: committee_root(outcome.committee.as_ref()),
        };
        self.tip = Some(header.clone());
        // Signatures take their time: only those that light clients check are made.
        let certificate = match chain.params.is_last_of_round(height) {
            true => self.finalize(&header, &committee.members),
            false => vec![0xce, 0x27],
        };
        FinalizedBlock {
            hash: header.hash(),
            block: Arc::new(Block {
                header,
                body: Body {
                    transactions: built.included,
                    committee: outcome.committee,
                },
            }),
            certificate,
            outcome: Arc::new(BlockOutcome {
                receipts: outcome.receipts,
                report: outcome.report,
                executed_ms: timestamp_ms + 120,
            }),
        }
    }
}
