use super::*;
use crate::see::block::{
    check_block,
    receipts::{
        checked,
        tests::{forged, leaves},
    },
};
use etm_history::{
    History,
    testing::{ChainParams, TestChain, account, dial, genesis, miner_secrets},
};
use etm_types::{Memo, MinerId, MinerName, Payload, Units, range::RangeWriter};
use std::sync::Arc;

/// The last block of a round, with transactions of every kind and a missed slot before it: itself, and what an honest node tells of it.
fn honest() -> (TestChain, SignedBlock, Block, BlockReceipts) {
    let mut params = ChainParams::devnet();
    params.mechanism.committee = 3;
    params.mechanism.min_committee = 1;
    params.mechanism.blocks_per_round = 4;
    let mut chain = TestChain::new(genesis(params, 5, 4));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.sqlite");
    let history = History::open(&file, Arc::new(chain.facts())).unwrap();
    for _ in 1..3 {
        history.record(&chain.produce(Vec::new(), 0, 0)).unwrap();
    }
    let amount = Units(5 * Units::ETM.0);
    let transactions = vec![
        chain.sign(
            5,
            0,
            Payload::Transfer {
                recipient: account(6),
                amount,
                memo: Memo::empty(),
            },
        ),
        chain.sign(5, 1, Payload::Lock { amount }),
        chain.sign(5, 2, Payload::Vote { miner: MinerId(1) }),
        chain.sign(5, 3, Payload::Unlock { amount }),
        chain.sign(6, 0, Payload::Withdraw),
        chain.sign(
            7,
            0,
            Payload::Register {
                name: MinerName::new("newcomer").unwrap(),
                keys: Box::new(miner_secrets(20).prove(&account(7))),
                dial: dial(20),
                contact: None,
            },
        ),
        chain.sign(
            0,
            0,
            Payload::Update {
                keys: Some(Box::new(miner_secrets(21).prove(&account(0)))),
                dial: dial(21),
                contact: None,
            },
        ),
        chain.sign(4, 0, Payload::Resign),
    ];
    let last = chain.produce(transactions, 1, 0);
    history.record(&last).unwrap();
    let height = last.block.header.height;
    let told = history.block(height, height).unwrap().unwrap();
    let receipts = history.receipts(height).unwrap().unwrap();
    let block = (*last.block).clone();
    (chain, block, told, receipts)
}

fn all(told: &Block, block: &SignedBlock, receipts: &BlockReceipts, chain: &Hash) -> Result<()> {
    check_block(&block.hash().to_string(), told, chain)?;
    happened(told, &checked(told, receipts.clone())?)?;
    held(told, block)
}

/// Whatever single figure a node forges, it is found out, but for what only it can know, and for words.
#[test]
fn no_figure_of_a_block_is_the_nodes_word() {
    let (chain, block, told, receipts) = honest();
    let chain = Hash::from(chain.genesis.chain().id);
    assert_eq!(all(&told, &block, &receipts, &chain), Ok(()));
    assert_eq!(told.summary.missed.len(), 1);
    assert!(told.committee.is_some());
    let document = serde_json::to_value(&told).unwrap();
    let mut paths = Vec::new();
    leaves(&document, "", &mut paths);
    let word = |path: &str| {
        path == "/confirmations"
            || path.ends_with("/message")
            || path.contains("/effect/")
            || path.ends_with("/miner/name") && !path.starts_with("/committee/")
            || path == "/producer/name"
    };
    let mut refused = 0;
    for path in paths {
        let before = document.pointer(&path).unwrap();
        if before.is_null() {
            continue;
        }
        let mut lies = document.clone();
        *lies.pointer_mut(&path).unwrap() = forged(before);
        // A kind that is none, or a hash that is none, ends before.
        let Ok(lies) = serde_json::from_value::<Block>(lies) else {
            continue;
        };
        let ended = all(&lies, &block, &receipts, &chain);
        assert_eq!(ended.is_ok(), word(&path), "{path}: {ended:?}");
        refused += u32::from(ended.is_err());
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn a_transaction_can_neither_be_kept_back_nor_invented() {
    let (chain, block, told, receipts) = honest();
    let chain = Hash::from(chain.genesis.chain().id);
    type Lie = fn(&mut Block);
    let lies: [Lie; 5] = [
        |told| told.transaction_list.clear(),
        |told| drop(told.transaction_list.pop()),
        |told| told.transaction_list.push(told.transaction_list[0].clone()),
        |told| told.transaction_list.swap(0, 1),
        |told| told.committee = None,
    ];
    for lie in lies {
        let mut lies = told.clone();
        lie(&mut lies);
        assert!(held(&lies, &block).is_err());
        assert!(all(&lies, &block, &receipts, &chain).is_err());
    }
}

#[test]
fn bytes_are_those_of_the_block() {
    let (chain, block, told, _) = honest();
    let range = |block: &SignedBlock| {
        let mut range = RangeWriter::new(chain.genesis.chain().id, block.header.height);
        assert!(range.push(&[], &to_bytes(block)));
        range.finish().unwrap()
    };
    let hash = told.summary.hash;
    assert_eq!(read(hash, &range(&block)), Ok(block.clone()));
    let mut other = block.clone();
    other.body.transactions.pop();
    let refused = read(hash, &range(&other)).unwrap_err();
    assert!(
        refused.message.contains("commits to other transactions"),
        "{refused}"
    );
    other.header.transactions_root = etm_types::block::transactions_root(&other.body.transactions);
    let refused = read(hash, &range(&other)).unwrap_err();
    assert!(
        refused.message.contains("the hash of its bytes is"),
        "{refused}"
    );
    assert!(read(hash, b"etm").is_err());
}
