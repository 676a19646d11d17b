//! Transactions that become impossible are to cost their sender more than others: blocks stay full of what pays.

use std::collections::BTreeSet;

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
