use commonware_codec::{Encode as _, Read as _};
use etm_types::{Beacon, ChainId, Hash, Height, MinerId, Round, SecretKey, Slot, block, codec};

use super::*;
use etm_types::{BlsSecret, Body};

fn block() -> Block {
    let body = Body {
        transactions: Vec::new(),
        committee: None,
    };
    let header = Header {
        chain: ChainId([1; 32]),
        height: Height(7),
        round: Round(0),
        slot: Slot(9),
        parent_slot: Slot(6),
        parent: Hash([2; 32]),
        timestamp_ms: 1,
        producer: MinerId(3),
        leader: SecretKey::from_seed([4; 32]).node_key(),
        vrf: BlsSecret::from_seed(&[5; 32]).sign(b"test", b"message"),
        beacon: Beacon([6; 32]),
        transactions_root: block::transactions_root(&body.transactions),
        state_root: Hash([7; 32]),
        ops_root: Hash([8; 32]),
        ops_start: 0,
        ops_end: 1,
        receipts_root: block::receipts_root(&[]),
        committee_root: block::committee_root(None),
    };
    Block { header, body }
}

/// What is final is a header. Who sends a block could put any body under it: one that can't be executed ends a node, and it lies on its disk.
#[test]
fn a_body_that_the_header_does_not_hold_is_refused_where_it_comes_in() {
    let good = EngineBlock::new(block()).unwrap();
    let bytes = good.encode();
    assert_eq!(
        EngineBlock::read_cfg(&mut bytes.clone(), &()).unwrap(),
        good
    );

    let mut other = block();
    other.header.committee_root = Hash([9; 32]);
    other.header.transactions_root = Hash([9; 32]);
    let canonical = codec::to_bytes(&other);
    let length = u32::try_from(canonical.len()).unwrap().to_be_bytes();
    let mut sent = Bytes::from([&length[..], &canonical].concat());
    let refused = EngineBlock::read_cfg(&mut sent, &());
    let reason = refused.map_err(|error| error.to_string());
    assert!(
        matches!(&reason, Err(reason) if reason.contains("does not commit to the body")),
        "{reason:?}"
    );
}
