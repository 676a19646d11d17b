//! A chain with the parameters of mainnet whose round 0 collects all the requests it may: for tests and benchmarks of what
//! the last block of a round costs.

use super::execution::*;
use etm_mechanism::{TimeGain, beacon};
use etm_types::*;
use futures::executor::block_on;
use std::collections::BTreeMap;

/// Members of each committee.
pub const MINERS: u32 = 101;
/// Blocks of round 0.
pub const BLOCKS: u64 = 100;
/// Requests that a block holds at most.
pub const SHARE: u32 = 162;
/// All of a round.
pub const REQUESTS: u32 = SHARE * BLOCKS as u32;
/// Time gains 2 and 3 meet by halving, 4 and 5, and so on to 30 and 31.
pub const PAIRS: u32 = 15;

/// What somebody prepared before the round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// Nothing: all positions of a miner have time gains that stay apart.
    Nothing,
    /// For every miner and pair of time gains that meet when it makes a block, a position each. The one whose cohort is
    /// merged away sends a request.
    Pairs,
}

/// The chain before the last block of round 0.
pub struct World {
    pub genesis: Genesis,
    pub state: MemorySource,
    /// The last block.
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

/// Miners, and accounts 0 .. that each send a request; what was prepared comes first.
fn draft(secrets: &[MinerSecrets], prepared: Prepared) -> Draft {
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
    let pairs = if prepared == Prepared::Pairs {
        MINERS * PAIRS
    } else {
        0
    };
    for index in 0..REQUESTS {
        let position = if index < pairs {
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
            expires_at: 1_000,
            payload,
        };
        unsigned.sign(&key(index))
    });
    check_all(chain, transactions.collect()).unwrap()
}

/// Executes all blocks of round 0 but the last.
pub fn world(prepared: Prepared) -> World {
    let secrets: Vec<MinerSecrets> = (0..MINERS as u8)
        .map(|seed| MinerSecrets::from_seed([seed; 32]))
        .collect();
    let genesis = Genesis::new(draft(&secrets, prepared)).unwrap();
    let chain = genesis.chain().clone();
    let by_node: BTreeMap<NodeKey, &MinerSecrets> = secrets
        .iter()
        .map(|secrets| (secrets.node.node_key(), secrets))
        .collect();
    let committee = &genesis.committees()[0];
    let context = |height: u64, parent_beacon: Beacon| {
        let place = beacon::on_turn(0, &[1; 32], height, committee.members.len());
        let leader = committee.members[place].node;
        BlockContext {
            height,
            round: 0,
            slot: height,
            parent_slot: height - 1,
            parent_beacon,
            timestamp_ms: height * chain.params.slot_ms,
            vrf: by_node[&leader].bls.sign(
                &namespace::vrf(&chain.id),
                &vrf_message(&parent_beacon, height),
            ),
            leader,
        }
    };
    let mut state = MemorySource::default();
    state.apply(&genesis.changes());
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
