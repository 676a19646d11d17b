use crate::bytes;
use etm_types::bytes::hex;
use etm_types::codec::to_bytes;
use etm_types::{
    Address, Beacon, ChainId, Contact, DialAddress, Height, Memo, MinerId, MinerName, MinerSecrets,
    Payload, Round, SecretKey, Transaction, Units, UnsignedTransaction,
};
use serde_json::{Value, json};

pub fn vectors() -> Value {
    json!({
        "about": "Transactions. Numbers of 64 bits are decimal strings, bytes lower-case hex.",
        "valid": examples().iter().map(|(seed, transaction)| describe(seed, transaction)).collect::<Vec<_>>(),
        "invalid": invalid(),
    })
}

/// One transaction of each kind, with its signer's seed.
pub fn examples() -> Vec<([u8; 32], Transaction)> {
    let owner = SecretKey::from_seed(bytes(1));
    let address = Address::of(&owner.public_key());
    let keys = |start| Box::new(MinerSecrets::from_seed(bytes(start)).prove(&address));
    let payloads = vec![
        Payload::Transfer {
            recipient: Address(bytes(9)),
            amount: Units(1_250_000_000),
            memo: Memo::new("für 你").unwrap(),
        },
        Payload::Transfer {
            recipient: Address(bytes(200)),
            amount: Units(u64::MAX),
            memo: Memo::empty(),
        },
        Payload::Lock {
            amount: Units(100_000_000),
        },
        Payload::Unlock { amount: Units(1) },
        Payload::Vote { miner: MinerId(7) },
        Payload::Withdraw,
        Payload::Register {
            name: MinerName::new("a.miner_1").unwrap(),
            keys: keys(60),
            dial: DialAddress::new("[2001:db8::7]:4000").unwrap(),
            contact: Some(Contact::new("https://miner.example.org").unwrap()),
        },
        Payload::Update {
            keys: None,
            dial: DialAddress::new("node.example.org:4001").unwrap(),
            contact: None,
        },
        Payload::Update {
            keys: Some(keys(61)),
            dial: DialAddress::new("192.0.2.1:1").unwrap(),
            contact: Some(Contact::new("x").unwrap()),
        },
        Payload::Resign,
    ];
    let mut examples: Vec<([u8; 32], Transaction)> = payloads
        .into_iter()
        .enumerate()
        .map(|(index, payload)| {
            let unsigned = UnsignedTransaction {
                chain: ChainId(bytes(100)),
                sender: owner.public_key(),
                nonce: index as u64,
                fee: Units(10_000_000),
                expires_at: Height(1_000_000 + index as u64),
                payload,
            };
            (bytes(1), unsigned.sign(&owner))
        })
        .collect();
    let node = SecretKey::from_seed(bytes(60));
    let heartbeat = UnsignedTransaction {
        chain: ChainId(bytes(100)),
        sender: node.public_key(),
        nonce: 0,
        fee: Units::ZERO,
        expires_at: Height::MAX,
        payload: Payload::Heartbeat {
            miner: MinerId(3),
            round: Round(12),
            seed: Beacon(bytes(33)),
        },
    };
    examples.push((bytes(60), heartbeat.sign(&node)));
    examples
}

fn describe(seed: &[u8; 32], transaction: &Transaction) -> Value {
    assert_eq!(transaction.verify_signature(), Ok(()));
    let unsigned = &transaction.unsigned;
    json!({
        "seed": hex(seed),
        "fields": fields(transaction),
        "sender_address": transaction.sender().to_string(),
        "unsigned": hex(&to_bytes(unsigned)),
        "signing_bytes": hex(&unsigned.signing_bytes()),
        "signature": transaction.signature.to_string(),
        "encoding": hex(&to_bytes(transaction)),
        "hash": transaction.hash().to_string(),
    })
}

pub fn fields(transaction: &Transaction) -> Value {
    let unsigned = &transaction.unsigned;
    json!({
        "chain": unsigned.chain.to_string(),
        "sender": unsigned.sender.to_string(),
        "nonce": unsigned.nonce.to_string(),
        "fee": unsigned.fee.to_string(),
        "expires_at": unsigned.expires_at.to_string(),
        "payload": payload(&unsigned.payload),
    })
}

fn payload(payload: &Payload) -> Value {
    let kind = payload.kind();
    let keys = |keys: &etm_types::MinerKeys| {
        json!({
            "node": keys.node.to_string(),
            "bls": keys.bls.to_string(),
            "node_proof": keys.node_proof.to_string(),
            "bls_proof": keys.bls_proof.to_string(),
        })
    };
    match payload {
        Payload::Transfer {
            recipient,
            amount,
            memo,
        } => json!({
            "kind": kind, "recipient": recipient.to_string(), "amount": amount.to_string(), "memo": memo.as_str(),
        }),
        Payload::Lock { amount } | Payload::Unlock { amount } => {
            json!({ "kind": kind, "amount": amount.to_string() })
        }
        Payload::Vote { miner } => json!({ "kind": kind, "miner": miner.0 }),
        Payload::Withdraw | Payload::Resign => json!({ "kind": kind }),
        Payload::Register {
            name,
            keys: all,
            dial,
            contact,
        } => json!({
            "kind": kind, "name": name.as_str(), "keys": keys(all), "dial": dial.as_str(),
            "contact": contact.as_ref().map(Contact::as_str),
        }),
        Payload::Update {
            keys: all,
            dial,
            contact,
        } => json!({
            "kind": kind, "keys": all.as_deref().map(keys), "dial": dial.as_str(),
            "contact": contact.as_ref().map(Contact::as_str),
        }),
        Payload::Heartbeat { miner, round, seed } => json!({
            "kind": kind, "miner": miner.0, "round": round.to_string(), "seed": seed.to_string(),
        }),
    }
}

fn invalid() -> Vec<Value> {
    let lock = to_bytes(&examples()[2].1);
    let transfer = to_bytes(&examples()[0].1);
    let change = |bytes: &[u8], position: usize, value: u8| {
        let mut bytes = bytes.to_vec();
        bytes[position] = value;
        bytes
    };
    // Version, chain, sender, nonce, fee, expiry: the payload begins at byte 89.
    let cases = [
        Vec::new(),
        change(&lock, 0, 2),
        change(&lock, 89, 9),
        lock[..lock.len() - 1].to_vec(),
        [&lock[..], &[0]].concat(),
        change(&transfer, 118, 65),
        change(&transfer, 119, 0),
        change(&transfer, 119, 0xff),
    ];
    cases
        .iter()
        .map(|bytes| json!({ "encoding": hex(bytes), "error": Transaction::from_bytes(bytes).unwrap_err().to_string() }))
        .collect()
}
