//! Every kind of request of an account, accepted and refused.

use super::harness::*;
use crate::*;
use etm_types::*;

fn transfer(to: &str, amount: Units) -> Payload {
    Payload::Transfer {
        recipient: address(to),
        amount,
        memo: Memo::new("thanks").unwrap(),
    }
}

#[test]
fn transfers_move_at_once_and_create_accounts() {
    let mut chain = TestChain::small();
    assert!(!chain.account("dora").exists);
    assert_eq!(chain.request("alice", transfer("dora", etm(5))), ACCEPTED);
    let dora = chain.account("dora");
    assert!(dora.exists);
    assert_eq!((dora.record.free, dora.record.nonce), (etm(5), 0));
    let alice = chain.account("alice");
    assert_eq!(alice.record.free.0, etm(9_995).0 - FEE.0);
    assert_eq!(alice.record.nonce, 1);
    // More than there is after the fee: refused, the fee is charged, the nonce counts.
    assert_eq!(
        chain.request("dora", transfer("bob", etm(5))),
        refused(Refusal::InsufficientBalance)
    );
    let dora = chain.account("dora");
    assert_eq!(
        (dora.record.free.0, dora.record.nonce),
        (etm(5).0 - FEE.0, 1)
    );
    // All that is left after the fee.
    assert_eq!(
        chain.request("dora", transfer("bob", Units(etm(5).0 - 2 * FEE.0))),
        ACCEPTED
    );
    assert_eq!(chain.free("dora"), Units::ZERO);
    // To oneself.
    let before = chain.free("bob");
    assert_eq!(
        chain.request("bob", transfer("bob", before)),
        refused(Refusal::InsufficientBalance)
    );
    assert_eq!(chain.request("bob", transfer("bob", etm(1))), ACCEPTED);
    assert_eq!(chain.free("bob").0, before.0 - 2 * FEE.0);
}

#[test]
fn a_position_from_lock_to_unlock() {
    let mut chain = TestChain::small();
    assert_eq!(
        chain.request("alice", Payload::Vote { miner: MinerId(0) }),
        refused(Refusal::NoPosition)
    );
    assert_eq!(
        chain.request("alice", Payload::Withdraw),
        refused(Refusal::NoPosition)
    );
    assert_eq!(
        chain.request("alice", Payload::Unlock { amount: etm(1) }),
        refused(Refusal::NoPosition)
    );
    chain.end_round();
    assert_eq!(
        chain.request("alice", Payload::Lock { amount: Units(1) }),
        refused(Refusal::BelowMinimumLock)
    );
    assert_eq!(
        chain.request(
            "alice",
            Payload::Lock {
                amount: etm(20_000)
            }
        ),
        refused(Refusal::InsufficientBalance)
    );
    assert_eq!(
        chain.request("alice", Payload::Lock { amount: etm(100) }),
        ACCEPTED
    );
    let alice = chain.account("alice");
    assert_eq!(alice.locking(), etm(100));
    assert_eq!(alice.position, None);
    assert_eq!(alice.projected.map(|p| p.locked), Some(etm(100)));
    // A vote for a position that comes into being at the end of the round.
    assert_eq!(
        chain.request("alice", Payload::Withdraw),
        refused(Refusal::NoVote)
    );
    let outcome = chain.add(vec![
        chain.sign("alice", Payload::Vote { miner: MinerId(9) }),
    ]);
    assert_eq!(
        transaction_outcome(&outcome, 0),
        refused(Refusal::MinerNotRegistered)
    );
    assert!(outcome.report.is_some());
    let alice = chain.account("alice");
    assert_eq!(
        alice.position.map(|p| (p.locked, p.miner)),
        Some((etm(100), None))
    );
    assert!(alice.requests.is_empty());

    assert_eq!(
        chain.request("alice", Payload::Vote { miner: MinerId(3) }),
        ACCEPTED
    );
    chain.end_round();
    assert_eq!(
        chain.account("alice").position.and_then(|p| p.miner),
        Some(MinerId(3))
    );
    assert_eq!(
        chain.request("alice", Payload::Unlock { amount: etm(101) }),
        refused(Refusal::UnlockExceedsPosition)
    );
    let dust = Units(etm(100).0 - 1);
    assert_eq!(
        chain.request("alice", Payload::Unlock { amount: dust }),
        refused(Refusal::BelowMinimumLock)
    );
    assert_eq!(
        chain.request("alice", Payload::Unlock { amount: etm(40) }),
        ACCEPTED
    );
    assert_eq!(chain.account("alice").unlocking(), etm(40));
    chain.end_round();
    let alice = chain.account("alice");
    assert_eq!(
        alice.position.map(|p| (p.locked, p.miner)),
        Some((etm(60), Some(MinerId(3))))
    );
    assert_eq!(chain.request("alice", Payload::Withdraw), ACCEPTED);
    assert_eq!(
        chain.request("alice", Payload::Unlock { amount: etm(60) }),
        ACCEPTED
    );
    chain.end_round();
    let alice = chain.account("alice");
    assert_eq!(alice.position, None);
    assert!(alice.record.free > etm(9_990));
}

#[test]
fn earned_bonus_is_spendable_and_pays_fees() {
    let mut chain = TestChain::small();
    for _ in 0..3 {
        chain.end_round();
    }
    let voter = (0..5u8)
        .map(|i| format!("v{i}"))
        .find(|name| chain.account(name).earned > etm(1));
    let name = voter.expect("some voter has earned a bonus");
    let view = chain.account(&name);
    let all = Units(view.balance().0 - FEE.0);
    assert!(all > view.record.free);
    assert_eq!(chain.request(&name, transfer("bob", all)), ACCEPTED);
    let view = chain.account(&name);
    assert_eq!((view.record.free, view.earned), (Units::ZERO, Units::ZERO));
    assert!(view.position.is_some());
    // Nothing is left for a fee.
    let transaction = chain.sign(&name, Payload::Withdraw);
    assert_eq!(
        chain.reason(transaction),
        Invalid::CannotPayFee { fee: FEE }
    );
}

#[test]
fn nonces_come_one_after_the_other() {
    let mut chain = TestChain::small();
    let send = |chain: &TestChain, nonce| chain.sign_with("alice", nonce, transfer("bob", etm(1)));
    let (first, second) = (send(&chain, 0), send(&chain, 1));
    assert_eq!(
        chain.reason(second.clone()),
        Invalid::NonceTooHigh {
            expected: 0,
            found: 1
        }
    );
    chain.add(vec![first.clone(), second.clone()]);
    assert_eq!(
        chain.reason(first.clone()),
        Invalid::NonceTooLow {
            expected: 2,
            found: 0
        }
    );
    assert_eq!(
        chain.reason(second),
        Invalid::NonceTooLow {
            expected: 2,
            found: 1
        }
    );
    // A refused request counts, too.
    assert_eq!(
        chain.request("alice", Payload::Withdraw),
        refused(Refusal::NoPosition)
    );
    assert_eq!(chain.account("alice").record.nonce, 3);
    // A block holding one transaction twice is invalid as a whole.
    let again = chain.sign("alice", transfer("bob", etm(1)));
    let checked = chain.check(vec![again.clone(), again]);
    let context = chain.context(0);
    let result =
        futures::executor::block_on(execute(&chain.state, chain.chain(), &context, &checked));
    assert_eq!(
        result,
        Err(ExecutionError::Invalid(BlockError::Transaction {
            index: 1,
            reason: Invalid::NonceTooLow {
                expected: 4,
                found: 3
            }
        }))
    );
}

#[test]
fn wrong_fields_are_refused_for_what_they_are() {
    let chain = TestChain::small();
    let good = chain.unsigned("alice", 0, transfer("bob", etm(1)));
    let reason = |change: &dyn Fn(&mut UnsignedTransaction)| {
        let mut unsigned = good.clone();
        change(&mut unsigned);
        chain.reason(unsigned.sign(&key("alice")))
    };
    assert!(matches!(
        reason(&|u| u.chain = ChainId([0; 32])),
        Invalid::WrongChain
    ));
    assert!(matches!(
        reason(&|u| u.fee = Units(FEE.0 - 1)),
        Invalid::FeeTooLow { .. }
    ));
    assert!(matches!(
        reason(&|u| u.fee = Units(u64::MAX)),
        Invalid::CannotPayFee { .. }
    ));
    assert!(matches!(
        reason(&|u| u.expires_at = Height(0)),
        Invalid::Expired { .. }
    ));
    assert!(matches!(
        reason(&|u| u.nonce = u64::MAX),
        Invalid::NonceTooHigh { .. }
    ));
    assert!(matches!(
        reason(&|u| u.sender = key("bob").public_key()),
        Invalid::WrongSignature(_)
    ));
    assert!(matches!(
        reason(&|u| u.payload = transfer("bob", Units::ZERO)),
        Invalid::NoAmount
    ));
    assert!(matches!(
        reason(&|u| u.payload = Payload::Lock {
            amount: Units::ZERO
        }),
        Invalid::NoAmount
    ));
    assert!(matches!(
        reason(&|u| u.payload = Payload::Unlock {
            amount: Units::ZERO
        }),
        Invalid::NoAmount
    ));
    let mut forged = good.clone().sign(&key("alice"));
    forged.signature.0[40] ^= 1;
    assert!(matches!(chain.reason(forged), Invalid::WrongSignature(_)));
    // An account that does not exist has no balance.
    let mut stranger = good;
    stranger.sender = key("nobody").public_key();
    assert!(matches!(
        chain.reason(stranger.sign(&key("nobody"))),
        Invalid::CannotPayFee { .. }
    ));
}

#[test]
fn amounts_that_overflow_are_refused() {
    let mut chain = TestChain::small();
    let huge = Units(u64::MAX);
    assert_eq!(
        chain.request("alice", transfer("bob", huge)),
        refused(Refusal::InsufficientBalance)
    );
    assert_eq!(
        chain.request("alice", Payload::Lock { amount: huge }),
        refused(Refusal::InsufficientBalance)
    );
    assert_eq!(
        chain.request("v0", Payload::Lock { amount: huge }),
        refused(Refusal::InsufficientBalance)
    );
    assert_eq!(
        chain.request("v0", Payload::Unlock { amount: huge }),
        refused(Refusal::UnlockExceedsPosition)
    );
}

#[test]
fn fees_are_shared_by_the_producers_of_the_round() {
    let mut chain = TestChain::small();
    let transactions = (0..7)
        .map(|n| chain.sign_with("alice", n, transfer("bob", etm(1))))
        .collect();
    chain.add(transactions);
    assert_eq!(chain.globals().fees_pending.0, 7 * FEE.0);
    let outcome = chain.end_round();
    let shares: u64 = outcome
        .receipts
        .iter()
        .map(|receipt| match receipt {
            Receipt::FeeShare { amount, .. } => amount.0,
            _ => 0,
        })
        .sum();
    // Round 0 has four blocks.
    assert_eq!(shares, 7 * FEE.0 / 4 * 4);
    assert_eq!(chain.globals().fees_pending.0, 7 * FEE.0 % 4);
}

#[test]
fn receipts_come_in_the_order_of_the_rules() {
    let mut chain = TestChain::small();
    chain.add(vec![chain.sign("alice", Payload::Lock { amount: etm(50) })]);
    let outcome = chain.end_round();
    let kinds: Vec<&str> = outcome
        .receipts
        .iter()
        .map(|receipt| match receipt {
            Receipt::Transaction { .. } => "transaction",
            Receipt::Missed { .. } => "missed",
            Receipt::Reward { .. } => "reward",
            Receipt::FeeShare { .. } => "fee",
            Receipt::Bonus { .. } => "bonus",
            Receipt::Lucky { .. } => "lucky",
            Receipt::Pool { .. } => "pool",
            Receipt::Halving { .. } => "halving",
            Receipt::DayTick { .. } => "day",
            Receipt::Request { .. } => "request",
            Receipt::Average { .. } => "average",
            Receipt::Draw { .. } => "draw",
            Receipt::DepositReturned { .. } => "deposit",
            Receipt::Fees { .. } => "fees",
        })
        .collect();
    let mut order = kinds.clone();
    order.dedup();
    let expected = [
        "reward", "fees", "fee", "bonus", "lucky", "pool", "halving", "request", "average", "draw",
    ];
    assert_eq!(order, expected);
    let pools: u64 = outcome
        .receipts
        .iter()
        .map(|receipt| match receipt {
            Receipt::Pool { amount, .. } => amount.0,
            _ => 0,
        })
        .sum();
    let bonus = outcome.receipts.iter().find_map(|receipt| match receipt {
        Receipt::Bonus { total, carry, .. } => Some(total.0 - carry.0),
        _ => None,
    });
    assert_eq!(Some(pools), bonus);
}

/// So many that differ.
fn withdrawals(chain: &TestChain, count: u64) -> Vec<Transaction> {
    let sign = |nonce| chain.sign_with("alice", nonce, Payload::Withdraw);
    (0..count).map(sign).collect()
}

#[test]
fn signatures_that_are_checked_together_are_answered_one_by_one() {
    let chain = TestChain::small();
    let mut transactions = withdrawals(&chain, 10);
    let verify = |transactions: &[Transaction]| -> Vec<bool> {
        let unverified = transactions
            .iter()
            .map(|transaction| examine(chain.chain(), transaction.clone()).unwrap());
        let answers = verify_signatures(unverified.collect());
        answers.into_iter().map(|answer| answer.is_ok()).collect()
    };
    assert_eq!(verify(&transactions), [true; 10]);
    assert_eq!(verify(&[]), [] as [bool; 0]);
    transactions[3].unsigned.fee.0 += 1_000;
    let mut expected = [true; 10];
    expected[3] = false;
    assert_eq!(verify(&transactions), expected);
    assert_eq!(verify(&transactions[3..4]), [false]);
}

#[test]
fn what_is_known_is_not_checked_again_and_everything_else_is() {
    let chain = TestChain::small();
    let mut transactions = withdrawals(&chain, 600);
    // Beyond the first batch.
    transactions[300].unsigned.fee.0 += 10_000;
    let wrong = transactions[300].hash();
    let check = |known: &dyn Fn(&Hash) -> bool| {
        let checked = check_unknown(chain.chain(), transactions.clone(), known);
        checked
            .map(|checked| checked.len())
            .map_err(|(index, _)| index)
    };
    assert_eq!(check(&|_| false), Err(300));
    assert_eq!(check(&|hash| *hash != wrong), Err(300));
    assert_eq!(check(&|hash| *hash == wrong), Ok(600));
}
