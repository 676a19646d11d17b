//! Strategies and examples for tests.

use crate::hash::{Beacon, ChainId, Hash};
use crate::keys::{BlsProof, BlsPublicKey, BlsSignature, NodeKey, PublicKey, SecretKey, Signature};
use crate::miner_keys::MinerKeys;
use crate::text::{Contact, DialAddress, Memo};
use crate::{
    Address, Block, Body, Committee, Header, Member, MinerId, MinerName, Outcome, Payload, Receipt,
    Refusal, RequestSummary, Transaction, Units, UnsignedTransaction, Votes,
};
use etm_mechanism::{Height, Round, Slot};
use proptest::prelude::*;

fn array<const N: usize>(seed: u8) -> [u8; N] {
    core::array::from_fn(|index| seed.wrapping_mul(31).wrapping_add(index as u8))
}

pub(crate) fn member(id: u32) -> Member {
    Member {
        miner: MinerId(id),
        node: NodeKey(array(id as u8)),
        bls: BlsPublicKey(array(id as u8)),
        dial: DialAddress::new(format!("node{id}.example.org:4000")).unwrap(),
        name: MinerName::new(&format!("miner_{id}")).unwrap(),
    }
}

pub(crate) fn miner_keys(seed: u8) -> MinerKeys {
    MinerKeys {
        node: NodeKey(array(seed)),
        bls: BlsPublicKey(array(seed)),
        node_proof: Signature(array(seed)),
        bls_proof: BlsProof(array(seed)),
    }
}

/// A registration whose texts have these lengths.
pub(crate) fn registration(name: usize, dial: usize, contact: Option<usize>) -> Transaction {
    let key = SecretKey::from_seed([1; 32]);
    let host: String = "a.".repeat(dial).chars().take(dial - 3).collect();
    UnsignedTransaction {
        chain: ChainId([2; 32]),
        sender: key.public_key(),
        nonce: u64::MAX,
        fee: Units(u64::MAX),
        expires_at: Height::MAX,
        payload: Payload::Register {
            name: MinerName::new(&"n".repeat(name)).unwrap(),
            keys: Box::new(miner_keys(9)),
            dial: DialAddress::new(format!("{host}a:1").replace("aa:", "ab:")).unwrap(),
            contact: contact.map(|length| Contact::new("c".repeat(length)).unwrap()),
        },
    }
    .sign(&key)
}

fn any_payload() -> impl Strategy<Value = Payload> {
    let amount = any::<u64>().prop_map(Units);
    let contact = prop::option::of("[ -~]{1,128}".prop_map(|text| Contact::new(text).unwrap()));
    let dial = (1u16.., "[a-z]{1,20}")
        .prop_map(|(port, host)| DialAddress::new(format!("{host}:{port}")).unwrap());
    let keys = any::<u8>().prop_map(|seed| Box::new(miner_keys(seed)));
    let name = "[a-z0-9!@$&_.]{1,20}".prop_map(|text| MinerName::new(&text).unwrap());
    prop_oneof![
        (any::<[u8; 20]>(), amount.clone(), "[^\\pC]{0,16}").prop_map(|(to, amount, memo)| {
            Payload::Transfer {
                recipient: Address(to),
                amount,
                memo: Memo::new(memo).unwrap(),
            }
        }),
        amount.clone().prop_map(|amount| Payload::Lock { amount }),
        amount.prop_map(|amount| Payload::Unlock { amount }),
        any::<u32>().prop_map(|id| Payload::Vote { miner: MinerId(id) }),
        Just(Payload::Withdraw),
        (name, keys.clone(), dial.clone(), contact.clone()).prop_map(
            |(name, keys, dial, contact)| Payload::Register {
                name,
                keys,
                dial,
                contact
            }
        ),
        (prop::option::of(keys), dial, contact).prop_map(|(keys, dial, contact)| Payload::Update {
            keys,
            dial,
            contact
        }),
        Just(Payload::Resign),
        (any::<u32>(), any::<u64>(), any::<[u8; 32]>()).prop_map(|(miner, round, seed)| {
            Payload::Heartbeat {
                miner: MinerId(miner),
                round: Round(round),
                seed: Beacon(seed),
            }
        }),
    ]
}

pub(crate) fn any_transaction() -> impl Strategy<Value = Transaction> {
    (
        any::<[u8; 32]>(),
        any::<[u8; 32]>(),
        any::<(u64, u64, u64)>(),
        any_payload(),
        any::<u8>(),
    )
        .prop_map(
            |(chain, sender, (nonce, fee, expires_at), payload, seed)| Transaction {
                unsigned: UnsignedTransaction {
                    chain: ChainId(chain),
                    sender: PublicKey(sender),
                    nonce,
                    fee: Units(fee),
                    expires_at: Height(expires_at),
                    payload,
                },
                signature: Signature(array(seed)),
            },
        )
}

pub(crate) fn any_block() -> impl Strategy<Value = Block> {
    let hash = || any::<[u8; 32]>().prop_map(Hash);
    let numbers = any::<(u64, u64, u64, u64, u32, u64, u64)>();
    let committee =
        prop::option::of(
            (any::<u64>(), 1u32..9).prop_map(|(round, count)| Committee {
                round: Round(round),
                members: (0..count).map(member).collect(),
            }),
        );
    (
        numbers,
        [
            hash().boxed(),
            hash().boxed(),
            hash().boxed(),
            hash().boxed(),
            hash().boxed(),
            hash().boxed(),
        ],
        any::<(u8, [u8; 32], [u8; 32])>(),
        prop::collection::vec(any_transaction(), 0..6),
        committee,
    )
        .prop_map(
            |(
                (height, round, slot, timestamp_ms, producer, ops_start, ops_end),
                hashes,
                (seed, chain, beacon),
                transactions,
                committee,
            )| {
                let [
                    parent,
                    transactions_root,
                    state_root,
                    ops_root,
                    receipts_root,
                    committee_root,
                ] = hashes;
                Block {
                    header: Header {
                        chain: ChainId(chain),
                        height: Height(height),
                        round: Round(round),
                        slot: Slot(slot),
                        parent_slot: Slot(slot / 2),
                        parent,
                        timestamp_ms,
                        producer: MinerId(producer),
                        leader: NodeKey([producer as u8; 32]),
                        vrf: BlsSignature(array(seed)),
                        beacon: Beacon(beacon),
                        transactions_root,
                        state_root,
                        ops_root,
                        ops_start,
                        ops_end,
                        receipts_root,
                        committee_root,
                    },
                    body: Body {
                        transactions,
                        committee,
                    },
                }
            },
        )
}

pub(crate) fn any_receipt() -> impl Strategy<Value = Receipt> {
    let request = prop_oneof![
        any::<u64>().prop_map(|d| RequestSummary::Lock(Units(d))),
        any::<u64>().prop_map(|d| RequestSummary::Unlock(Units(d))),
        any::<u32>().prop_map(|id| RequestSummary::Vote(MinerId(id))),
        Just(RequestSummary::Withdraw),
        any::<u32>()
            .prop_map(|id| RequestSummary::Register(MinerName::new("abc").unwrap(), MinerId(id))),
        Just(RequestSummary::Resign),
    ];
    let outcome = prop_oneof![
        Just(Outcome::Accepted),
        prop::sample::select(Refusal::ALL).prop_map(Outcome::Refused),
    ];
    (
        any::<(u8, u32, u64, u64, u128, bool)>(),
        any::<[u8; 32]>(),
        any::<[u8; 20]>(),
        request,
        outcome,
    )
        .prop_map(
            |((kind, id, a, b, votes, flag), hash, address, request, outcome)| {
                let (miner, owner, amount) = (MinerId(id), Address(address), Units(a));
                match kind % 14 {
                    0 => Receipt::Transaction {
                        hash: Hash(hash),
                        sender: owner,
                        fee: amount,
                        outcome,
                    },
                    1 => Receipt::Missed {
                        slot: Slot(a),
                        miner,
                    },
                    2 => Receipt::Reward {
                        miner,
                        owner,
                        amount,
                    },
                    3 => Receipt::FeeShare {
                        miner,
                        owner,
                        blocks: b,
                        amount,
                    },
                    4 => Receipt::Bonus {
                        total: amount,
                        pool: Units(b),
                        lucky: amount,
                        carry: Units(b),
                    },
                    5 => Receipt::Lucky { miner, amount },
                    6 => Receipt::Pool {
                        miner,
                        amount,
                        votes: Votes(votes),
                    },
                    7 => Receipt::Halving { miner, blocks: b },
                    8 => Receipt::DayTick { days: b },
                    9 => Receipt::Request {
                        account: owner,
                        request,
                        applied: flag,
                    },
                    10 => Receipt::Average { v_avg: b },
                    11 => Receipt::Draw {
                        round: Round(a),
                        candidates: id,
                        candidates_hash: Hash(hash),
                        total: Votes(votes),
                        members: (0..u32::from(kind % 102)).map(MinerId).collect(),
                        kept: flag,
                    },
                    12 => Receipt::DepositReturned {
                        miner,
                        owner,
                        amount,
                    },
                    _ => Receipt::Fees {
                        total: amount,
                        per_block: Units(b),
                        remainder: amount,
                    },
                }
            },
        )
}
