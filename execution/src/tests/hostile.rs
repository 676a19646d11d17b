//! Damaged states and arbitrary input: errors, never panics.

use super::harness::*;
use crate::*;
use etm_types::*;
use futures::executor::block_on;
use proptest::prelude::*;

#[test]
fn a_state_that_lacks_a_record_is_damaged_not_fatal() {
    let mut chain = TestChain::small();
    for _ in 0..3 {
        chain.add(vec![]);
    }
    // The last block of round 0, with a request: touches most kinds of records.
    let transactions = chain.check(vec![chain.sign("v1", Payload::Vote { miner: MinerId(2) })]);
    let context = chain.context(0);
    let expected = block_on(execute(
        &chain.state,
        chain.chain(),
        &context,
        &transactions,
    ))
    .unwrap();
    for key in chain.state.values.keys() {
        let mut damaged = chain.state.clone();
        damaged.values.remove(key);
        if let Ok(outcome) = block_on(execute(&damaged, chain.chain(), &context, &transactions)) {
            // The record was not needed, or stands for nothing when absent.
            assert_eq!(outcome.producer, expected.producer);
        }
        let mut damaged = chain.state.clone();
        if let Some(value) = damaged.values.get_mut(key) {
            value.push(0);
        }
        let _ = block_on(execute(&damaged, chain.chain(), &context, &transactions));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn flipped_bits_of_the_state_never_panic(index: prop::sample::Index, byte: prop::sample::Index, flip in 1u8..) {
        let mut chain = TestChain::small();
        for _ in 0..3 {
            chain.add(vec![]);
        }
        let transactions = chain.check(vec![
            chain.sign("v1", Payload::Unlock { amount: etm(1) }),
            chain.sign("m2", Payload::Resign),
        ]);
        let context = chain.context(0);
        let mut damaged = chain.state.clone();
        let key = *damaged.values.keys().nth(index.index(damaged.values.len())).unwrap();
        let value = damaged.values.get_mut(&key).unwrap();
        if !value.is_empty() {
            let position = byte.index(value.len());
            value[position] ^= flip;
        }
        let _ = block_on(execute(&damaged, chain.chain(), &context, &transactions));
        let _ = block_on(read::miners(&damaged, &chain.params()));
        let _ = block_on(read::account(&damaged, &chain.params(), &address("v1")));
        let _ = block_on(read::supply(&damaged));
    }
}

#[test]
fn what_a_builder_drops_leaves_no_trace() {
    let chain = TestChain::small();
    let pay = |name: &str, nonce, amount| {
        chain.sign_with(
            name,
            nonce,
            Payload::Transfer {
                recipient: address("bob"),
                amount,
                memo: Memo::empty(),
            },
        )
    };
    let good = pay("alice", 0, etm(1));
    let candidates = vec![
        pay("alice", 5, etm(1)),
        pay("nobody", 0, etm(1)),
        good.clone(),
        pay("alice", 0, etm(2)),
        chain.sign_with("carol", 1, Payload::Withdraw),
    ];
    let context = chain.context(0);
    let built = block_on(build(
        &chain.state,
        chain.chain(),
        &context,
        &chain.check(candidates),
    ))
    .unwrap();
    assert_eq!(built.included, vec![good.clone()]);
    assert_eq!(built.dropped.len(), 4);
    let alone = block_on(execute(
        &chain.state,
        chain.chain(),
        &context,
        &chain.check(vec![good]),
    ))
    .unwrap();
    assert_eq!(built.outcome, alone);
}

#[test]
fn a_transaction_of_another_chain_is_worth_nothing() {
    let ours = TestChain::small();
    let theirs = TestChain::new(Draft {
        timestamp_ms: 5,
        ..draft(small_params(), 5)
    });
    assert_ne!(ours.chain().id, theirs.chain().id);
    let transaction = theirs.sign("alice", Payload::Lock { amount: etm(1) });
    assert_eq!(ours.reason(transaction.clone()), Invalid::WrongChain);
    // With the chain id changed, the signature does not hold.
    let mut relabelled = transaction;
    relabelled.unsigned.chain = ours.chain().id;
    assert!(matches!(
        ours.reason(relabelled),
        Invalid::WrongSignature(_)
    ));
}

/// Accounts whose free balance covers each of their transactions but not all together: what their position earned has to
/// be found out in the middle of the block.
#[test]
fn a_block_is_read_in_few_batches_whatever_is_in_it() {
    let mut chain = TestChain::new(draft(small_params(), 40));
    for _ in 0..3 {
        chain.end_round();
    }
    for _ in 0..4 {
        chain.add(vec![]);
    }
    let transactions: Vec<_> = (0..40)
        .flat_map(|i| {
            let name = format!("v{i}");
            let send = |nonce| {
                chain.sign_with(
                    &name,
                    nonce,
                    Payload::Transfer {
                        recipient: address("bob"),
                        amount: etm(3),
                        memo: Memo::empty(),
                    },
                )
            };
            let vote = Payload::Vote {
                miner: MinerId((i + 1) % 40),
            };
            [send(0), send(1), chain.sign_with(&name, 2, vote)]
        })
        .collect();
    let checked = chain.check(transactions);
    let context = chain.context(0);
    assert!(chain.params().is_last_of_round(context.height));
    let source = Counting::new(&chain.state);
    let outcome = block_on(execute(&source, chain.chain(), &context, &checked)).unwrap();
    assert!(
        outcome
            .receipts
            .iter()
            .any(|receipt| matches!(receipt, Receipt::Request { .. }))
    );
    let batches = source.batches.into_inner();
    assert!(batches <= MOST_BATCHES, "{batches} batches");
}
