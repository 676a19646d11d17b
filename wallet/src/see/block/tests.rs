use super::*;
use etm_types::{
    Beacon, BlsSignature, ChainId, Hash as Sha256, Height, MinerId, NodeKey, Round, Slot,
    api::{Amount, Bytes, MinerRef, block::BlockSummary},
};

const CHAIN: Hash = Hash([3; 32]);

fn header() -> SignedHeader {
    SignedHeader {
        chain: ChainId(CHAIN.0),
        height: Height(42),
        round: Round(2),
        slot: Slot(3),
        parent_slot: Slot(1),
        parent: Sha256([4; 32]),
        timestamp_ms: 1_795_721_957_471,
        producer: MinerId(1),
        leader: NodeKey([5; 32]),
        vrf: BlsSignature([6; 48]),
        beacon: Beacon([7; 32]),
        transactions_root: Sha256([8; 32]),
        state_root: Sha256([9; 32]),
        ops_root: Sha256([10; 32]),
        ops_start: 11,
        ops_end: 12,
        receipts_root: Sha256([13; 32]),
        committee_root: Sha256::ZERO,
    }
}

pub fn told() -> Block {
    let header = header();
    Block {
        summary: BlockSummary {
            height: header.height.0,
            hash: Hash(header.hash().0),
            round: header.round.0,
            slot: header.slot.0,
            timestamp_ms: header.timestamp_ms,
            producer: Some(MinerRef {
                id: header.producer.0,
                name: "amber".to_owned(),
            }),
            transactions: 0,
            fees: Amount(0),
            missed: Vec::new(),
            size: 500,
        },
        header: Header::from(&header),
        reward: Amount(1),
        bonus: Amount(1),
        transaction_list: Vec::new(),
        committee: None,
        confirmations: 0,
    }
}

/// A hash says what a block is: what a node tells beside it is held against the header with that hash.
#[test]
fn a_block_is_what_its_header_says() {
    let honest = told();
    let hash = honest.summary.hash.to_string();
    for named in [hash.as_str(), "42"] {
        assert_eq!(check_block(named, &honest, &CHAIN), Ok(()));
    }
    let refused = |named: &str, lie: &dyn Fn(&mut Block)| {
        let mut block = told();
        lie(&mut block);
        let failure = check_block(named, &block, &CHAIN).unwrap_err();
        assert_eq!(failure.exit, Exit::Unreachable);
        failure.message
    };
    let other = "ab".repeat(32);
    assert!(refused(&other, &|_| {}).contains("it is block 42 with the hash"));
    assert!(refused("43", &|_| {}).contains("it is block 42"));
    let another_hash = refused(&other, &|block| block.summary.hash = Hash([0xab; 32]));
    assert!(
        another_hash.contains("its header has the hash"),
        "{another_hash}"
    );
    let lies: [&dyn Fn(&mut Block); 9] = [
        &|block| block.summary.height += 1,
        &|block| block.summary.round += 1,
        &|block| block.summary.slot += 1,
        &|block| block.summary.timestamp_ms += 1,
        &|block| block.summary.producer = None,
        &|block| block.header.state_root = CHAIN,
        &|block| block.header.parent = CHAIN,
        &|block| block.header.ops_end += 1,
        &|block| block.header.producer += 1,
    ];
    for lie in lies {
        let message = refused(&hash, lie);
        assert!(message.contains("not what its header says"), "{message}");
    }
    let cut = refused(&hash, &|block| block.header.encoded = Bytes(vec![1, 2]));
    assert!(cut.contains("its header is none"), "{cut}");
    let foreign = check_block(&hash, &honest, &Hash([4; 32])).unwrap_err();
    assert!(foreign.message.contains("of chain 0303"), "{foreign}");
}
