//! The users of a test network: what they send.

use std::{sync::Arc, time::Duration};

use commonware_runtime::{Clock as _, deterministic::Context};
use etm_execution::{Genesis, read};
use etm_node::engine::duties::Desk;
use etm_types::{
    Address, Height, Memo, MinerId, Payload, SecretKey, Transaction, Units, UnsignedTransaction,
};

pub fn voter(index: u8) -> SecretKey {
    SecretKey::from_seed([150 + index; 32])
}

pub const VOTERS: u8 = 6;

pub fn address(key: &SecretKey) -> Address {
    Address::of(&key.public_key())
}

/// What users do: each locks, votes, and then sends a token around, again and again.
pub fn transaction(genesis: &Genesis, user: u8, nonce: u64, miners: u32) -> Transaction {
    let payload = match nonce {
        0 => Payload::Lock {
            amount: Units(500 * Units::ETM.0),
        },
        1 | 5 => Payload::Vote {
            miner: MinerId((u32::from(user) + nonce as u32) % miners),
        },
        3 => Payload::Unlock {
            amount: Units(100 * Units::ETM.0),
        },
        _ => Payload::Transfer {
            recipient: address(&voter((user + 1) % VOTERS)),
            amount: Units(1 + nonce),
            memo: Memo::empty(),
        },
    };
    let key = voter(user);
    UnsignedTransaction {
        chain: genesis.chain().id,
        sender: key.public_key(),
        nonce,
        fee: genesis.chain().params.fee,
        expires_at: Height(1_000_000),
        payload,
    }
    .sign(&key)
}

/// Sends the transactions of the users of one node, going on from what the state says.
pub async fn traffic(context: Context, desk: Desk, genesis: Arc<Genesis>, user: u8, miners: u32) {
    loop {
        context.sleep(Duration::from_millis(700)).await;
        let Ok(reader) = desk.reader() else {
            continue;
        };
        let source = reader.source();
        let params = &genesis.chain().params;
        let Ok(account) = read::account(&source, params, &address(&voter(user))).await else {
            continue;
        };
        let _ = desk
            .submit(transaction(&genesis, user, account.record.nonce, miners))
            .await;
    }
}
