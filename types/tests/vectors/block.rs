use crate::{bytes, transaction};
use etm_types::block::{committee_root, receipts_root, transactions_root};
use etm_types::bytes::hex;
use etm_types::codec::to_bytes;
use etm_types::merkle;
use etm_types::{
    Beacon, Block, BlsSignature, Body, ChainId, Committee, DialAddress, Hash, Header, Height,
    Member, MinerId, MinerName, MinerSecrets, Round, Slot,
};
use serde_json::{Value, json};

pub fn committee(round: u64) -> Committee {
    let member = |id: u8| {
        let secrets = MinerSecrets::from_seed(bytes(id));
        Member {
            miner: MinerId(id.into()),
            node: secrets.node.node_key(),
            bls: secrets.bls.public_key(),
            dial: DialAddress::new(format!("127.0.0.1:{}", 4000 + u16::from(id))).unwrap(),
            name: MinerName::new(&format!("miner{id}")).unwrap(),
        }
    };
    Committee {
        round: Round(round),
        members: [2, 0, 5].map(member).to_vec(),
    }
}

pub fn vectors() -> Value {
    let transactions: Vec<_> = transaction::examples()
        .into_iter()
        .map(|(_, transaction)| transaction)
        .collect();
    let full = block(Body {
        transactions,
        committee: Some(committee(5)),
    });
    let empty = block(Body::default());
    let hashes: Vec<Hash> = full
        .body
        .transactions
        .iter()
        .map(|transaction| transaction.hash())
        .collect();
    let proofs: Vec<Value> = (0..hashes.len())
        .map(|index| {
            let proof = merkle::prove(&hashes, index).unwrap();
            assert_eq!(
                proof.verify(&full.header.transactions_root, hashes[index].as_bytes()),
                Ok(())
            );
            json!({
                "index": proof.index,
                "count": proof.count,
                "item": hashes[index].to_string(),
                "path": proof.path.iter().map(Hash::to_string).collect::<Vec<_>>(),
                "encoding": hex(&to_bytes(&proof)),
            })
        })
        .collect();
    json!({
        "about": "Blocks. A block's hash is SHA-256 of its encoded header.",
        "header_size": Header::SIZE,
        "blocks": [describe(&empty), describe(&full)],
        "transaction_proofs": { "root": full.header.transactions_root.to_string(), "proofs": proofs },
        "merkle_roots": merkle_roots(),
    })
}

fn block(body: Body) -> Block {
    Block {
        header: Header {
            chain: ChainId(bytes(100)),
            height: Height(302),
            round: Round(2),
            slot: Slot(105),
            parent_slot: Slot(103),
            parent: Hash(bytes(11)),
            timestamp_ms: 1_700_000_000_123,
            producer: MinerId(5),
            leader: MinerSecrets::from_seed(bytes(5)).node.node_key(),
            vrf: BlsSignature(bytes(12)),
            beacon: Beacon(bytes(13)),
            transactions_root: transactions_root(&body.transactions),
            state_root: Hash(bytes(14)),
            ops_root: Hash(bytes(15)),
            ops_start: 16,
            ops_end: 1 << 40,
            receipts_root: receipts_root(&[]),
            committee_root: committee_root(body.committee.as_ref()),
        },
        body,
    }
}

fn describe(block: &Block) -> Value {
    assert!(block.commits_to_body());
    let header = &block.header;
    json!({
        "header": {
            "chain": header.chain.to_string(),
            "height": header.height.to_string(),
            "round": header.round.to_string(),
            "slot": header.slot.to_string(),
            "parent_slot": header.parent_slot.to_string(),
            "parent": header.parent.to_string(),
            "timestamp_ms": header.timestamp_ms.to_string(),
            "producer": header.producer.0,
            "leader": header.leader.to_string(),
            "vrf": header.vrf.to_string(),
            "beacon": header.beacon.to_string(),
            "transactions_root": header.transactions_root.to_string(),
            "state_root": header.state_root.to_string(),
            "ops_root": header.ops_root.to_string(),
            "ops_start": header.ops_start.to_string(),
            "ops_end": header.ops_end.to_string(),
            "receipts_root": header.receipts_root.to_string(),
            "committee_root": header.committee_root.to_string(),
        },
        "header_encoding": hex(&to_bytes(header)),
        "hash": block.hash().to_string(),
        "transactions": block.body.transactions.iter().map(|t| t.hash().to_string()).collect::<Vec<_>>(),
        "committee": block.body.committee.as_ref().map(|committee| json!({
            "round": committee.round.to_string(),
            "members": committee.members.iter().map(|member| json!({
                "miner": member.miner.0,
                "node": member.node.to_string(),
                "bls": member.bls.to_string(),
                "dial": member.dial.as_str(),
                "name": member.name.as_str(),
            })).collect::<Vec<_>>(),
            "encoding": hex(&to_bytes(committee)),
            "root": committee.root().to_string(),
        })),
        "encoding": hex(&to_bytes(block)),
    })
}

/// Roots over the items `00`, `01`, `02` ... for each small count.
fn merkle_roots() -> Vec<Value> {
    (0..10u8)
        .map(|count| {
            let items: Vec<[u8; 1]> = (0..count).map(|item| [item]).collect();
            json!({ "count": count, "root": merkle::root(&items).to_string() })
        })
        .collect()
}
