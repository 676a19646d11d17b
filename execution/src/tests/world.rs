//! A chain with the parameters of mainnet whose round 0 collects all the requests it may: for tests and benchmarks of what
//! the last block of a round costs.

use super::execution::*;
use etm_mechanism::{
    Action, Cohort, CohortId, CohortNode, Cohorts, Globals, Miner, PositionRecord, Queued,
    Standing, Standings, TimeGain, beacon,
};
use etm_types::state::{AccountRecord, NodeRecord, Presence, PresenceEntry, Record};
use etm_types::*;
use futures::executor::block_on;
use std::collections::BTreeMap;

/// Members of each committee.
pub const MINERS: u32 = 101;
/// Blocks of round 0.
pub const BLOCKS: u64 = 100;
/// Requests that a block holds at most.
pub const SHARE: u32 = 162;
/// Resignations that a block holds at most.
pub const RESIGNATIONS: u32 = 16;
/// All requests of a round.
pub const REQUESTS: u32 = SHARE * BLOCKS as u32;
/// Time gains 2 and 3 meet by halving, 4 and 5, and so on to 30 and 31.
pub const PAIRS: u32 = 15;

/// The chain before the last block of round 0.
pub struct World {
    pub genesis: Genesis,
    pub state: MemorySource,
    pub last: BlockContext,
    /// The requests it holds itself.
    pub transactions: Vec<CheckedTransaction>,
}

fn key(index: u32) -> SecretKey {
    SecretKey::from_seed(Hash::of(&[b"world", &index.to_be_bytes()]).0)
}

fn address(index: u32) -> Address {
    Address::of(&key(index).public_key())
}

fn position(miner: u32, time_gain: u32) -> DraftPosition {
    DraftPosition {
        locked: Units::ETM,
        time_gain: TimeGain::new(u8::try_from(time_gain).unwrap()).unwrap(),
        miner: Some(MinerId(miner)),
    }
}

/// Miners, and accounts 0 .. that each send a request. For every miner and that many pairs of time gains that meet when it
/// makes a block there is a position each, and the one whose cohort is merged away sends the request.
fn draft(secrets: &[MinerSecrets], pairs: u32) -> Draft {
    let mut draft = Draft::new("etm-world", ChainParams::mainnet(), 0, Beacon([1; 32]));
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
    for index in 0..REQUESTS {
        let position = if index < MINERS * pairs {
            // Nobody of the other time gain asks for anything.
            let (miner, pair) = (index % MINERS, 2 + 2 * (index / MINERS));
            let other = address(2_000_000 + index);
            draft.positions.insert(other, position(miner, pair));
            position(miner, pair + 1)
        } else {
            position(index % MINERS, 1)
        };
        let free = Units::from_etm(100).unwrap();
        draft.accounts.insert(address(index), free);
        draft.positions.insert(address(index), position);
    }
    draft
}

/// A vote, a lock, an unlock or a withdrawal of these accounts.
fn requests(chain: &Chain, accounts: std::ops::Range<u32>) -> Vec<CheckedTransaction> {
    let transactions = accounts.map(|index| {
        let payload = match index % 4 {
            0 | 1 => Payload::Vote {
                miner: MinerId((index + 1) % MINERS),
            },
            2 => Payload::Lock { amount: Units::ETM },
            _ => Payload::Withdraw,
        };
        let unsigned = UnsignedTransaction {
            chain: chain.id,
            sender: key(index).public_key(),
            nonce: 0,
            fee: chain.params.fee,
            expires_at: Height(1_000),
            payload,
        };
        unsigned.sign(&key(index))
    });
    check_all(chain, transactions.collect()).unwrap()
}

/// Executes all blocks of round 0 but the last. Somebody prepared this many pairs of positions for each miner.
pub fn world(pairs: u32) -> World {
    let secrets: Vec<MinerSecrets> = (0..MINERS as u8)
        .map(|seed| MinerSecrets::from_seed([seed; 32]))
        .collect();
    let genesis = Genesis::new(draft(&secrets, pairs)).unwrap();
    let chain = genesis.chain().clone();
    let by_node: BTreeMap<NodeKey, &MinerSecrets> = secrets
        .iter()
        .map(|secrets| (secrets.node.node_key(), secrets))
        .collect();
    let committee = &genesis.committees().unwrap()[0];
    let context = |height: u64, parent_beacon: Beacon| {
        let place = beacon::on_turn(Round(0), &[1; 32], Slot(height), committee.members.len());
        let leader = committee.members[place].node;
        BlockContext {
            height: Height(height),
            round: Round(0),
            slot: Slot(height),
            parent_slot: Slot(height - 1),
            parent_beacon,
            timestamp_ms: height * chain.params.slot_ms,
            vrf: by_node[&leader].bls.sign(
                &namespace::vrf(&chain.id),
                &vrf_message(&parent_beacon, Height(height)),
            ),
            leader,
        }
    };
    let mut state = MemorySource::default();
    state.apply(&genesis.changes().unwrap());
    let share = |height: u64| {
        let first = SHARE * (height as u32 - 1);
        requests(&chain, first..first + SHARE)
    };
    let mut beacon = Beacon([1; 32]);
    for height in 1..BLOCKS {
        let transactions = share(height);
        let context = context(height, beacon);
        let outcome = block_on(execute(&state, &chain, &context, &transactions)).unwrap();
        state.apply(&outcome.changes);
        beacon = outcome.beacon;
    }
    World {
        last: context(BLOCKS, beacon),
        transactions: share(BLOCKS),
        state,
        genesis,
    }
}

/// What the records of a state would be if more had happened before. The mechanism's totals are left as they are.
impl World {
    fn get<T: codec::Wire>(&self, record: Record<'_>) -> Option<T> {
        let bytes = self.state.values.get(&record.key())?;
        Some(codec::from_bytes(bytes).unwrap())
    }

    fn put<T: codec::Wire>(&mut self, record: Record<'_>, value: &T) {
        let bytes = codec::to_bytes(value);
        self.state.values.insert(record.key(), bytes);
    }

    /// Puts `links` merged cohorts between every position of somebody who asks for something and its live cohort, no two
    /// positions with one in common.
    pub fn lengthen_chains(&mut self, links: u64) {
        let mut globals: Globals = self.get(Record::Globals).unwrap();
        for index in 0..REQUESTS {
            let address = address(index);
            let mut position: PositionRecord = self.get(Record::Position(&address)).unwrap();
            for _ in 0..links {
                let link = CohortNode::Merged {
                    into: position.cohort,
                    shift: 0,
                    references: 1,
                };
                position.cohort = CohortId(globals.next_cohort);
                globals.next_cohort += 1;
                self.put(Record::CohortNode(position.cohort), &link);
            }
            self.put(Record::Position(&address), &position);
        }
        self.put(Record::Globals, &globals);
    }

    /// Adds miners that are registered and ready, each with 32 cohorts of a position; those of `resigning` have asked to
    /// resign, in place of requests of others.
    pub fn add_miners(&mut self, count: u32, resigning: u32) {
        let mut globals: Globals = self.get(Record::Globals).unwrap();
        let mut directory: Vec<u32> = self.get(Record::Directory).unwrap();
        let node: NodeRecord = self.get(Record::Node(MinerId(0))).unwrap();
        // Whole pages that none of the first miners is on.
        let first = MINERS.next_multiple_of(Standings::PAGE);
        for page in first / Standings::PAGE..(first + count).div_ceil(Standings::PAGE) {
            let ids = page * Standings::PAGE..((page + 1) * Standings::PAGE).min(first + count);
            let (mut standings, mut presence) = (Standings::default(), Presence::default());
            for id in ids.map(MinerId) {
                let cohorts = self.full_house(id, &mut globals);
                standings.0.push((
                    id,
                    Standing {
                        votes: cohorts.votes(),
                        registered: true,
                        ..Standing::default()
                    },
                ));
                presence.set(PresenceEntry {
                    miner: id,
                    seen: Round(0),
                    heartbeat: Some(Round(0)),
                });
                self.put(Record::Cohorts(Some(id)), &cohorts);
                self.put(Record::Node(id), &node);
                let owner = address(3_000_000 + id.0);
                let miner = Miner {
                    owner,
                    name: MinerName::new(&format!("x{}", id.0)).unwrap(),
                    deposit: Units::ZERO,
                };
                self.put(Record::Miner(id), &miner);
                let account = AccountRecord {
                    free: Units::ZERO,
                    nonce: 0,
                    miner: Some(id),
                };
                self.put(Record::Account(&owner), &account);
            }
            self.put(Record::Standings(page), &standings);
            self.put(Record::Presence(page), &presence);
            directory.push(page);
        }
        globals.next_miner = first + count;
        self.put(Record::Globals, &globals);
        self.put(Record::Directory, &directory);
        let mut resigning = (first..first + resigning).peekable();
        for block in 0..BLOCKS as u32 - 1 {
            let mut queued: Vec<Queued<Address>> = self.get(Record::Requests(block)).unwrap();
            let places = queued.iter_mut().take(RESIGNATIONS as usize);
            for (queued, id) in places.zip(resigning.by_ref()) {
                *queued = Queued {
                    account: address(3_000_000 + id),
                    action: Action::Resign,
                };
            }
            self.put(Record::Requests(block), &queued);
        }
        assert_eq!(
            resigning.peek(),
            None,
            "more resignations than a round may hold"
        );
    }

    /// A cohort of each time gain.
    fn full_house(&mut self, miner: MinerId, globals: &mut Globals) -> Cohorts {
        let weight = etm_mechanism::weight::w(Units::ETM);
        let cohorts = (1..=32).map(|t| {
            let id = CohortId(globals.next_cohort);
            globals.next_cohort += 1;
            self.put(Record::CohortNode(id), &CohortNode::Live(Some(miner)));
            Cohort {
                id,
                t: TimeGain::new(t).unwrap(),
                rank: 0,
                references: 1,
                weight,
                gain: 0,
            }
        });
        Cohorts::new(cohorts.collect()).unwrap()
    }

    /// Lets the last block come after a day boundary.
    pub fn cross_a_day(&mut self) {
        self.last.timestamp_ms += 86_400_000;
    }
}
