//! Users who send what is invalid, contradicts itself or can't be had.

use etm_execution::Chain;
use etm_types::{
    Address, Beacon, ChainId, DialAddress, Height, Memo, MinerId, MinerName, MinerSecrets, Payload,
    Round, SecretKey, Transaction, Units, UnsignedTransaction,
};

use crate::{
    dice::Dice,
    world::{address, key, owner},
};

/// The greatest number of transactions such a user sends at once.
const AT_ONCE: usize = 6;

/// What a hostile user sends just now, and of each whether some nodes only are to get it.
pub fn transactions(
    dice: &mut Dice,
    chain: &Chain,
    user: &SecretKey,
    nonce: u64,
    height: Height,
    miners: u32,
) -> Vec<Transaction> {
    let count = 1 + dice.index(AT_ONCE);
    (0..count)
        .map(|_| transaction(dice, chain, user, nonce, height, miners))
        .collect()
}

fn transaction(
    dice: &mut Dice,
    chain: &Chain,
    user: &SecretKey,
    nonce: u64,
    height: Height,
    miners: u32,
) -> Transaction {
    let fee = chain.params.fee.0;
    let mut unsigned = UnsignedTransaction {
        chain: chain.id,
        sender: user.public_key(),
        // Often the same as that of another, so that only one of them can be final.
        nonce: nonce + dice.pick(&[0, 0, 0, 1, 2, 1_000, u64::MAX - nonce]),
        fee: Units(dice.pick(&[fee, fee, 2 * fee, 3 * fee, 0, fee - 1, u64::MAX])),
        expires_at: dice.pick(&[
            height,
            height.next(),
            height.saturating_add(4),
            height.saturating_add(100),
            Height::MAX,
            Height(0),
        ]),
        payload: payload(dice, user, miners),
    };
    let other = key("nobody", dice.index(3));
    match dice.within(0, 9) {
        0 => unsigned.chain = ChainId([9; 32]),
        1 => unsigned.sender = other.public_key(),
        _ => {}
    }
    let mut transaction = unsigned.sign(user);
    if dice.chance(10) {
        transaction.signature.0[dice.index(64)] ^= 1;
    }
    transaction
}

fn payload(dice: &mut Dice, user: &SecretKey, miners: u32) -> Payload {
    let amount = Units(dice.pick(&[0, 1, Units::ETM.0, 1_000 * Units::ETM.0, 1 << 63, u64::MAX]));
    let any = MinerId(dice.pick(&[0, miners - 1, miners, u32::MAX]));
    let victim = dice.index(miners as usize);
    let me = address(user);
    match dice.within(0, 9) {
        0 => Payload::Lock { amount },
        1 => Payload::Unlock { amount },
        2 => Payload::Vote { miner: any },
        3 => Payload::Withdraw,
        4 => Payload::Resign,
        // The name, the keys and the place of somebody else.
        5 => Payload::Register {
            name: MinerName::new(&format!("miner{victim}")).unwrap(),
            keys: Box::new(secrets(victim).prove(&proven_for(dice, me, victim))),
            dial: dial(victim),
            contact: None,
        },
        6 => Payload::Update {
            keys: Some(Box::new(
                secrets(victim).prove(&proven_for(dice, me, victim)),
            )),
            dial: dial(victim),
            contact: None,
        },
        7 => Payload::Heartbeat {
            miner: any,
            round: Round(dice.within(0, 20)),
            seed: Beacon([0; 32]),
        },
        _ => Payload::Transfer {
            recipient: if dice.chance(30) {
                me
            } else {
                address(&owner(victim))
            },
            amount,
            memo: Memo::empty(),
        },
    }
}

fn proven_for(dice: &mut Dice, me: Address, victim: usize) -> Address {
    if dice.chance(50) {
        me
    } else {
        address(&owner(victim))
    }
}

fn secrets(index: usize) -> MinerSecrets {
    MinerSecrets::from_seed(key("node", index).expose_seed())
}

fn dial(index: usize) -> DialAddress {
    DialAddress::new(format!("127.0.0.1:{}", 10_000 + index)).unwrap()
}
