//! Whole blocks on a small chain: the input chooses transactions, missed slots and days; what one node builds another executes
//! to the same end, money is conserved, and no order of transactions damages the state.
#![no_main]

use etm_execution::{
    BlockContext, Chain, ChainParams, CheckedTransaction, Draft, DraftMiner, DraftPosition, ExecutionError, Genesis,
    MemorySource, build, check, execute, read, vrf_message,
};
use etm_mechanism::{Params, TimeGain, beacon};
use etm_types::{Height, Slot, 
    Address, Beacon, Contact, DialAddress, Hash, Memo, MinerId, MinerKeys, MinerName, MinerSecrets, Payload, SecretKey,
    Units, UnsignedTransaction, namespace,
};
use futures::executor::block_on;
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const ETM: u64 = Units::ETM.0;
const MINERS: u8 = 4;
/// Accounts: owners of miners, voters, somebody with a little, somebody who doesn't exist yet.
const ACCOUNTS: u8 = 9;

/// What every input begins with.
struct World {
    genesis: Genesis,
    state: MemorySource,
    keys: Vec<SecretKey>,
    miners: Vec<MinerSecrets>,
    /// Proofs are dear: those of every set of keys for every account, made once.
    proofs: Vec<Vec<MinerKeys>>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let keys: Vec<SecretKey> = (0..ACCOUNTS).map(|account| SecretKey::from_seed([account + 1; 32])).collect();
    let owner = |account: u8| Address::of(&keys[usize::from(account)].public_key());
    let miners: Vec<MinerSecrets> = (0..MINERS + 2).map(|miner| MinerSecrets::from_seed([miner; 32])).collect();
    let proofs: Vec<Vec<MinerKeys>> = miners.iter().map(|miner| (0..ACCOUNTS).map(|account| miner.prove(&owner(account))).collect()).collect();
    let params = ChainParams {
        mechanism: Params {
            committee: 3,
            blocks_per_round: 4,
            min_committee: 2,
            day_seconds: 10,
            deposit: Units(3 * ETM),
            ..Params::mainnet()
        },
        ready_rounds: 3,
        ..ChainParams::devnet()
    };
    let mut draft = Draft::new("fuzz", params, 1_700_000_000_000, Beacon([7; 32]));
    for account in 0..ACCOUNTS - 1 {
        draft.accounts.insert(owner(account), Units(20 * ETM + u64::from(account)));
        let position = DraftPosition {
            locked: Units((1 + u64::from(account)) * ETM),
            time_gain: TimeGain::new(1 + account * 4).unwrap_or(TimeGain::MIN),
            miner: Some(MinerId(u32::from(account % MINERS))),
        };
        draft.positions.insert(owner(account), position);
    }
    for miner in 0..MINERS {
        draft.miners.push(DraftMiner {
            owner: owner(miner),
            name: MinerName::new(&format!("m{miner}")).unwrap(),
            keys: proofs[usize::from(miner)][usize::from(miner)].clone(),
            dial: dial(),
            contact: None,
        });
    }
    let genesis = Genesis::new(draft).unwrap();
    let mut state = MemorySource::default();
    state.apply(&genesis.changes().unwrap());
    World { genesis, state, keys, miners, proofs }
});

fn dial() -> DialAddress {
    DialAddress::new("127.0.0.1:4000").unwrap()
}

/// Choices out of the input; 0 once it is used up.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn below(&mut self, bound: u8) -> u8 {
        self.byte() % bound
    }

    fn amount(&mut self, balance: u64) -> Units {
        Units(match self.below(8) {
            0 => 1,
            1 => ETM,
            2 => ETM - 1,
            3 => balance,
            4 => balance.saturating_add(1),
            5 => u64::MAX,
            6 => 3 * ETM,
            _ => u64::from(self.byte()) * (ETM / 7),
        })
    }
}

fn transaction(choices: &mut Choices<'_>, chain: &Chain, state: &MemorySource) -> Option<CheckedTransaction> {
    let world = &*WORLD;
    let account = choices.below(ACCOUNTS);
    let key = &world.keys[usize::from(account)];
    let own = Address::of(&key.public_key());
    let view = block_on(read::account(state, &chain.params, &own)).unwrap();
    let record = block_on(read::chain_record(state)).unwrap();
    let set = usize::from(choices.below(MINERS + 2));
    let proof = || Box::new(world.proofs[set][usize::from(account)].clone());
    let payload = match choices.below(9) {
        0 => Payload::Transfer {
            recipient: Address::of(&world.keys[usize::from(choices.below(ACCOUNTS))].public_key()),
            amount: choices.amount(view.balance().0),
            memo: Memo::new("").unwrap(),
        },
        1 => Payload::Lock { amount: choices.amount(view.balance().0) },
        2 => Payload::Unlock { amount: choices.amount(ETM * (1 + u64::from(account))) },
        3 => Payload::Vote { miner: MinerId(choices.below(8).into()) },
        4 => Payload::Withdraw,
        5 => Payload::Register {
            name: MinerName::new(["a", "b", "m0", "m1"][usize::from(choices.below(4))]).unwrap(),
            keys: proof(),
            dial: dial(),
            contact: None,
        },
        6 => Payload::Update {
            keys: (choices.below(2) == 0).then(proof),
            dial: dial(),
            contact: Some(Contact::new("x").unwrap()),
        },
        7 => Payload::Resign,
        _ => {
            let globals = block_on(read::globals(state)).unwrap().0;
            let node = &world.miners[set].node;
            let unsigned = UnsignedTransaction {
                chain: chain.id,
                sender: node.public_key(),
                nonce: 0,
                fee: Units::ZERO,
                expires_at: Height::MAX,
                payload: Payload::Heartbeat {
                    miner: MinerId(choices.below(8).into()),
                    round: globals.round.saturating_sub(choices.below(3).into()),
                    seed: Beacon(globals.beacon),
                },
            };
            return check(chain, unsigned.sign(node)).ok();
        }
    };
    let skew = [0, 0, 0, 0, 0, 1, 2, u64::MAX][usize::from(choices.below(8))];
    let unsigned = UnsignedTransaction {
        chain: chain.id,
        sender: key.public_key(),
        nonce: view.record.nonce.saturating_add(skew),
        fee: chain.params.fee,
        expires_at: record.height.saturating_add(u64::from(choices.below(4))),
        payload,
    };
    check(chain, unsigned.sign(key)).ok()
}

fn context(choices: &mut Choices<'_>, chain: &Chain, state: &MemorySource) -> BlockContext {
    let world = &*WORLD;
    let record = block_on(read::chain_record(state)).unwrap();
    let globals = block_on(read::globals(state)).unwrap().0;
    let height = record.height.next();
    let round = chain.params.round_of(height);
    let parent_slot = if chain.params.round_of(record.height) == round { record.slot } else { Slot(0) };
    let slot = parent_slot.next().saturating_add(u64::from(choices.below(5) / 2));
    let committee = block_on(read::committee(state, round)).unwrap().unwrap();
    let place = beacon::on_turn(round, &globals.beacon, slot, committee.members.len());
    let member = &committee.members[place];
    let secrets = world.miners.iter().find(|miner| miner.node.node_key() == member.node).unwrap();
    let vrf = secrets.bls.sign(&namespace::vrf(&chain.id), &vrf_message(&record.beacon, height));
    let later = [0, 0, 0, 10_000, 400_000][usize::from(choices.below(5))];
    BlockContext {
        height,
        round,
        slot,
        parent_slot,
        parent_beacon: record.beacon,
        timestamp_ms: record.timestamp_ms + chain.params.slot_ms + later,
        vrf,
        leader: member.node,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let world = &*WORLD;
    let chain = world.genesis.chain();
    let mut state = world.state.clone();
    let mut choices = Choices(bytes);
    let mut blocks = 0;
    while !choices.0.is_empty() && blocks < 40 {
        blocks += 1;
        let count = choices.below(6);
        let candidates: Vec<CheckedTransaction> =
            (0..count).filter_map(|_| transaction(&mut choices, chain, &state)).collect();
        let context = context(&mut choices, chain, &state);
        // As they are, in an order nobody asked for: valid or invalid, never damaged.
        let mut turned = candidates.clone();
        turned.reverse();
        match block_on(execute(&state, chain, &context, &turned)) {
            Ok(_) | Err(ExecutionError::Invalid(_)) => {}
            Err(error) => panic!("{error}"),
        }
        let built = block_on(build(&state, chain, &context, &candidates)).unwrap();
        assert_eq!(built.included.len() + built.dropped.len(), candidates.len());
        let mut checked: BTreeMap<Hash, CheckedTransaction> =
            candidates.into_iter().map(|candidate| (*candidate.hash(), candidate)).collect();
        let included: Vec<CheckedTransaction> =
            built.included.iter().map(|included| checked.remove(&included.hash()).unwrap()).collect();
        let outcome = block_on(execute(&state, chain, &context, &included)).unwrap();
        assert_eq!(outcome, built.outcome);
        state.apply(&outcome.changes);
        let supply = block_on(read::supply(&state)).unwrap();
        assert!(supply.conserved, "{supply:?}");
    }
});
