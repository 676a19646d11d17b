//! Transactions that become impossible are to cost their sender more than others: blocks stay full of what pays.

use etm_types::Height;
use std::collections::BTreeSet;

use etm_execution::Source;

use super::*;

/// The least fee, and twice that.
const FEE: u64 = ETM / 10;
const DEAR: u64 = 2 * FEE;

/// Accounts of the attacker, each with as many transactions as a pool takes.
const ATTACKERS: usize = 65;
const EACH: u64 = 64;
/// Transfers of others.
const HONEST: usize = 5_000;
/// Producers in turn.
const NODES: usize = 6;

fn attacker(number: usize) -> SecretKey {
    key("attacker", number)
}

fn honest(number: usize) -> SecretKey {
    key("honest", number)
}

/// Where the attacker moves its balances to.
fn sink() -> Address {
    address(&key("sink", 0))
}

/// A network with `attackers` of `units` each, and honest accounts.
fn network(params: ChainParams, attackers: usize, units: u64, users: usize) -> Network {
    let accounts = (0..attackers).map(|number| (address(&attacker(number)), units));
    let others = (0..users).map(|number| (address(&honest(number)), 10 * ETM));
    Network::new(NODES, params, accounts.chain(others))
}

/// A transfer of every honest account, in every pool.
fn give_honest(network: &Network, users: usize) {
    for number in 0..users {
        let pay = transfer(address(&honest(number + 1)), ETM);
        let pay = network.sign(&honest(number), 0, FEE, pay);
        network.give_all([&pay]);
    }
}

/// How many honest transactions stand in the blocks that all nodes make in turn, and how many of the attacker's.
fn six_blocks(network: &mut Network, users: usize) -> (usize, usize) {
    let own: BTreeSet<_> = (0..users)
        .map(|number| honest(number).public_key())
        .collect();
    let (mut good, mut bad) = (0, 0);
    for node in 0..NODES {
        for transaction in network.produce(node) {
            if own.contains(&transaction.unsigned.sender) {
                good += 1;
            } else {
                bad += 1;
            }
        }
    }
    (good, bad)
}

/// The first transfer of each account moves its balance away: 13 ETM of fees in all.
#[test]
fn balances_that_move_away_leave_room_for_others() {
    let mut network = network(ChainParams::mainnet(), ATTACKERS, 100 * ETM, HONEST);
    for number in 0..ATTACKERS {
        for nonce in 0..EACH {
            let amount = if nonce == 0 { 100 * ETM - DEAR } else { 1 };
            let pay = network.sign(&attacker(number), nonce, DEAR, transfer(sink(), amount));
            network.give_all([&pay]);
        }
    }
    give_honest(&network, HONEST);
    let (good, bad) = six_blocks(&mut network, HONEST);
    assert!(
        good * 10 >= HONEST * 9,
        "{good} of {HONEST} honest transfers got in, and {bad} of the attacker's"
    );
}

/// Places of a block in the variants of the attack, and what fills six blocks.
const PLACES: usize = 256;
const USERS: usize = NODES * PLACES;
/// Accounts of the attacker in them: with [`EACH`] transactions each they could fill five blocks.
const FEW: usize = 20;

/// A network of small blocks in which few requests have room.
fn small() -> Network {
    let mainnet = ChainParams::mainnet();
    let params = ChainParams {
        mechanism: etm_mechanism::Params {
            blocks_per_round: 1_638,
            ..mainnet.mechanism
        },
        max_block_transactions: PLACES as u32,
        ..mainnet
    };
    network(params, FEW, 13 * ETM, USERS)
}

/// Six blocks must be nine tenths full of honest transactions; the attacker pays for what it takes beyond that.
fn assert_honest(mut network: Network) {
    give_honest(&network, USERS);
    let (good, bad) = six_blocks(&mut network, USERS);
    assert!(
        good * 10 >= USERS * 9 && good + bad == USERS,
        "of {USERS} places {good} went to honest transfers and {bad} to the attacker's"
    );
}

/// Transfers that each pool can take for paid, as long as none but these come.
fn fill(network: &Network, nodes: std::ops::Range<usize>, expires_at: Height) {
    for number in 0..FEW {
        for nonce in 0..EACH {
            let pay = transfer(sink(), 1);
            let pay = network.sign_until(&attacker(number), nonce, DEAR, pay, expires_at);
            for node in nodes.clone() {
                assert!(network.give(node, &pay));
            }
        }
    }
}

/// One that moves everything away, for one node.
fn move_away(network: &Network, node: usize, to: impl Fn(usize) -> Address) {
    for number in 0..FEW {
        let pay = transfer(to(number), 13 * ETM - 2 * DEAR);
        let pay = network.sign(&attacker(number), 0, 2 * DEAR, pay);
        assert!(network.give(node, &pay));
    }
}

/// All pools but one are filled with what the block of that one makes impossible.
#[test]
fn conflicting_transactions_at_one_node() {
    let network = small();
    fill(&network, 1..NODES, Height(1_000));
    move_away(&network, 0, |_| sink());
    assert_honest(network);
}

/// The same, with transactions that expire with the next blocks if nobody takes them.
#[test]
fn conflicting_transactions_that_are_about_to_expire() {
    let network = small();
    fill(&network, 1..NODES, Height(2));
    move_away(&network, 0, |_| sink());
    assert_honest(network);
}

/// The same after the first of each account was replaced again and again.
#[test]
fn replacements() {
    let network = small();
    fill(&network, 1..NODES, Height(1_000));
    for number in 0..FEW {
        for step in 1..4 {
            let pay = transfer(sink(), step);
            let pay = network.sign(&attacker(number), 0, DEAR + step * DEAR / 5, pay);
            assert!((1..NODES).all(|node| network.give(node, &pay)));
            // To move all away while others wait behind it is refused.
            let all = transfer(sink(), 13 * ETM - 3 * DEAR);
            let all = network.sign(&attacker(number), 0, 3 * DEAR, all);
            assert!((1..NODES).all(|node| !network.give(node, &all)));
        }
    }
    move_away(&network, 0, |_| sink());
    assert_honest(network);
}

/// Balances that go round in a circle, so that who can pay depends on the order: every place is paid for, by whomever.
#[test]
fn transfers_between_the_attackers_accounts() {
    let mut network = small();
    fill(&network, 1..NODES, Height(1_000));
    move_away(&network, 0, |number| address(&attacker((number + 1) % FEW)));
    give_honest(&network, USERS);
    let (good, bad) = six_blocks(&mut network, USERS);
    assert_eq!(good + bad, USERS, "{good} and {bad}");
}

/// Nobody can spend in the pool what is still on its way to him.
#[test]
fn balances_that_are_still_to_come() {
    let network = small();
    let poor = |number| key("poor", number);
    for number in 0..FEW {
        let pay = transfer(address(&poor(number)), 12 * ETM);
        let pay = network.sign(&attacker(number), 0, DEAR, pay);
        network.give_all([&pay]);
        for nonce in 0..EACH {
            let pay = network.sign(&poor(number), nonce, DEAR, transfer(sink(), 1));
            assert!((0..NODES).all(|node| !network.give(node, &pay)));
        }
    }
    assert_honest(network);
}

/// More requests than a block has room for.
#[test]
fn requests_without_room() {
    let network = small();
    for number in 0..FEW {
        for nonce in 0..EACH {
            let vote = Payload::Vote { miner: MinerId(0) };
            network.give_all([&network.sign(&attacker(number), nonce, DEAR, vote)]);
        }
    }
    assert_honest(network);
}

/// A block takes few resignations: those that find no room keep no other request out.
#[test]
fn resignations_without_room() {
    let params = ChainParams {
        max_block_transactions: PLACES as u32,
        ..ChainParams::mainnet()
    };
    let requests = params.block_requests();
    let mut network = network(params, 200, 13 * ETM, requests);
    for number in 0..200 {
        let resign = network.sign(&attacker(number), 0, DEAR, Payload::Resign);
        network.give_all([&resign]);
    }
    for number in 0..requests {
        let vote = Payload::Vote { miner: MinerId(0) };
        network.give_all([&network.sign(&honest(number), 0, FEE, vote)]);
    }
    let block = network.produce(0);
    let resigning = block.iter().filter(|tx| *tx.payload() == Payload::Resign);
    assert_eq!(resigning.count(), ChainParams::MAX_BLOCK_RESIGNATIONS);
    assert_eq!(
        block.len(),
        requests,
        "the others' requests fill the block's share"
    );
}

/// What the last block made impossible is gone from every pool once that block is final.
#[test]
fn what_is_impossible_leaves_every_pool() {
    let mut network = small();
    fill(&network, 1..NODES, Height(1_000));
    move_away(&network, 0, |_| sink());
    let waiting = |network: &Network| -> Vec<usize> {
        let pools = network.pools.iter();
        pools.map(|pool| pool.summary().count).collect()
    };
    let full = FEW * EACH as usize;
    assert_eq!(waiting(&network), [FEW, full, full, full, full, full]);
    network.produce(0);
    network.finalize();
    assert_eq!(waiting(&network), [0; NODES]);
}

/// A state that counts how often and how much it is read.
struct Counting<'a>(&'a MemorySource, Mutex<Vec<usize>>);

impl Source for Counting<'_> {
    type Error = std::convert::Infallible;

    async fn get_many(&self, keys: &[StateKey]) -> Result<Vec<Option<Vec<u8>>>, Self::Error> {
        self.1.lock().unwrap().push(keys.len());
        self.0.get_many(keys).await
    }
}

/// The work of a block's maker is bounded by the pool, even if nothing in it is possible any more.
#[test]
fn drawing_reads_each_account_once() {
    let accounts = 2_500;
    let mut network = Network::new(
        2,
        ChainParams::mainnet(),
        (0..accounts).map(|number| (address(&attacker(number)), ETM)),
    );
    for number in 0..accounts {
        let pay = |amount| transfer(sink(), amount);
        let all = network.sign(&attacker(number), 0, DEAR, pay(ETM - DEAR));
        assert!(network.give(0, &all));
        for nonce in 0..2 {
            let pay = network.sign(&attacker(number), nonce, FEE, pay(1));
            assert!(network.give(1, &pay));
        }
    }
    assert_eq!(network.produce(0).len(), accounts);
    // Not final yet: the other pool has it all still.
    let counting = Counting(&network.state, Mutex::default());
    let chosen = block_on(network.pools[1].choose(&counting, Height(2), 0)).unwrap();
    assert_eq!(chosen.len(), 0);
    let reads = counting.1.into_inner().unwrap();
    let batches = reads.iter().filter(|keys| **keys > 20).count();
    assert!(
        batches <= 5,
        "5,000 transactions in batches of 1,024: {batches}"
    );
    let accounts_read: usize = reads.iter().filter(|keys| **keys > 20).sum();
    // And the chain's record in each.
    assert_eq!(accounts_read, accounts + batches);
    // For some, what they may have earned is looked up as well.
    assert!(reads.len() - batches <= 256 * 4, "{}", reads.len());
}

/// Whoever can pay by what it earned alone is not passed over because of others whose transactions have no room.
#[test]
fn what_is_earned_is_looked_up_for_what_has_room() {
    let mainnet = ChainParams::mainnet();
    let params = ChainParams {
        mechanism: etm_mechanism::Params {
            blocks_per_round: 4,
            ..mainnet.mechanism
        },
        ..mainnet
    };
    let owners = [key("owner", 0), key("owner", 1)];
    let honest = usize::from(address(&owners[1]) > address(&owners[0]));
    let (owner, producer) = (&owners[honest], 1 - honest);
    // Accounts are looked at in the order of their addresses: all of these come first.
    let mut attackers: Vec<SecretKey> = (0..3_000).map(attacker).collect();
    attackers.retain(|attacker| address(attacker) < address(owner));
    attackers.truncate(300);
    assert_eq!(attackers.len(), 300);
    let funded = attackers.iter().map(|attacker| (address(attacker), ETM));
    let mut network = Network::new(2, params, funded);
    for _ in 0..8 {
        network.produce(producer);
    }
    let view = |network: &Network| {
        let owner = address(owner);
        block_on(read::account(&network.state, &params, &owner)).unwrap()
    };
    let free = view(&network).record.free.0;
    let all = network.sign(owner, 0, FEE, transfer(sink(), free - FEE));
    assert!(network.give(producer, &all));
    network.produce(producer);
    network.produce(producer);
    let now = view(&network);
    assert_eq!(now.record.free, Units(0));
    assert!(now.balance().0 > FEE, "{now:?}");
    // One that has not seen the slots that were missed, which make blocks small.
    network.pools[producer] = Pool::new(network.genesis.chain().clone(), Limits::default());
    // Sixteen have room, and none can ever pay what its second one moves.
    for attacker in &attackers {
        let resign = network.sign(attacker, 0, DEAR, Payload::Resign);
        let pay = network.sign(attacker, 1, DEAR, transfer(sink(), 1_000_000 * ETM));
        for one in [resign, pay] {
            assert!(network.give(producer, &one));
        }
    }
    let pay = network.sign(owner, 1, FEE, transfer(sink(), 1));
    assert!(network.give(producer, &pay));
    let made = network.produce(producer);
    assert!(made.contains(&pay), "{} transactions", made.len());
}
