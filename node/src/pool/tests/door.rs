//! The way into the pool: which refusal comes first, what may be asked in vain, and what is passed on.

use std::collections::BTreeSet;

use etm_execution::Invalid;
use etm_mempool::NotAdmitted;
use etm_types::{NodeKey, Signature};

use super::super::{PASS_ON_SLOTS, REFUSED_COST, SubmitError};
use super::*;

const FEE: u64 = ETM / 10;

fn rich() -> SecretKey {
    key("rich", 0)
}

fn poor() -> SecretKey {
    key("poor", 0)
}

fn network() -> Network {
    let accounts = [(address(&rich()), 100 * ETM), (address(&poor()), FEE)];
    Network::new(1, ChainParams::devnet(), accounts)
}

fn submit(network: &Network, transaction: &Transaction) -> Result<Hash, SubmitError> {
    submit_as(network, transaction, false)
}

fn submit_as(network: &Network, transaction: &Transaction, own: bool) -> Result<Hash, SubmitError> {
    let submitted = network.pools[0].submit(&network.memory, transaction.clone(), own);
    block_on(submitted).map(|(hash, _)| hash)
}

fn pay(network: &Network, nonce: u64, amount: u64) -> Transaction {
    network.sign(&rich(), nonce, FEE, transfer(address(&poor()), amount))
}

fn forged(mut transaction: Transaction) -> Transaction {
    transaction.signature = Signature([7; 64]);
    transaction
}

/// A registration whose proof of possession is somebody else's.
fn unproven(network: &Network, key: &SecretKey) -> Transaction {
    let mut keys = MinerSecrets::from_seed([99; 32]).prove(&address(key));
    keys.node_proof = MinerSecrets::from_seed([98; 32])
        .prove(&address(key))
        .node_proof;
    let register = Payload::Register {
        name: MinerName::new("late").unwrap(),
        keys: Box::new(keys),
        dial: DialAddress::new("127.0.0.1:9").unwrap(),
        contact: None,
    };
    network.sign(key, 0, FEE, register)
}

#[test]
fn a_node_takes_back_what_waits_behind_much_that_is_final() {
    let mut network = network();
    let payments: Vec<Transaction> = (0..210).map(|nonce| pay(&network, nonce, 1)).collect();
    let (past, waiting) = payments.split_at(200);
    for some in past.chunks(50) {
        network.give_all(some);
        // Each block makes the one before it final.
        network.produce(0);
        network.produce(0);
    }
    let chain = network.genesis.chain().clone();
    network.pools[0] = Pool::new(chain, Limits::default());
    let taken = block_on(network.pools[0].take_back(&network.memory, payments.clone()));
    assert_eq!(taken, (10, true));
    assert_eq!(network.pools[0].own(), waiting);
    // And the account has lost nothing of what it may cost in vain.
    assert!(submit(&network, &pay(&network, 210, 1)).is_ok());
}

#[test]
fn the_cheapest_refusal_comes_first() {
    let network = network();
    let refusal = |transaction: &Transaction| match submit(&network, transaction) {
        Err(SubmitError::Invalid(Invalid::FeeTooLow { .. })) => "fee",
        Err(SubmitError::Invalid(Invalid::WrongSignature(_))) => "signature",
        Err(SubmitError::Invalid(Invalid::WrongProof(_))) => "proof",
        Err(SubmitError::Pool(NotAdmitted::Expired { .. })) => "expired",
        Err(SubmitError::Pool(NotAdmitted::CannotPayFee { .. })) => "balance",
        Err(SubmitError::Pool(NotAdmitted::NonceTooHigh { .. })) => "nonce",
        other => panic!("{other:?}"),
    };
    let stranger = key("stranger", 0);
    let nothing =
        |fee, nonce| forged(network.sign(&stranger, nonce, fee, transfer(address(&poor()), 1)));
    // Fields before signatures, and what the pool knows too.
    assert_eq!(refusal(&nothing(1, 0)), "fee");
    let past = network.sign_until(&rich(), 0, FEE, transfer(address(&poor()), 1), Height(0));
    assert_eq!(refusal(&forged(past)), "expired");
    // Signatures before accounts.
    assert_eq!(refusal(&nothing(FEE, 0)), "signature");
    // Accounts before proofs: nobody gets one checked who can't pay for it.
    assert_eq!(refusal(&unproven(&network, &stranger)), "balance");
    assert_eq!(refusal(&unproven(&network, &rich())), "proof");
    let late = network.sign(&rich(), 500, FEE, Payload::Withdraw);
    assert_eq!(refusal(&late), "nonce");
    assert_eq!(network.pools[0].summary().count, 0);
}

#[test]
fn junk_is_what_no_state_could_make_valid() {
    let network = network();
    let junk = |transaction: &Transaction| submit(&network, transaction).unwrap_err().is_junk();
    assert!(junk(&forged(pay(&network, 0, 1))));
    assert!(junk(&network.sign(&rich(), 0, 1, Payload::Withdraw)));
    assert!(junk(&unproven(&network, &rich())));
    assert!(junk(&pay(&network, 0, 0)));
    let mut elsewhere = pay(&network, 0, 1);
    elsewhere.unsigned.chain = etm_types::ChainId([9; 32]);
    assert!(junk(&elsewhere));
    for passing in [
        network.sign(&rich(), 500, FEE, Payload::Withdraw),
        network.sign(&key("stranger", 0), 0, FEE, Payload::Withdraw),
        network.sign_until(&rich(), 0, FEE, Payload::Withdraw, Height(0)),
    ] {
        assert!(!junk(&passing));
    }
    let key_changed = SubmitError::Invalid(Invalid::WrongNodeKey(MinerId(0)));
    assert!(!key_changed.is_junk(), "whose node key it is may change");
}

#[test]
fn an_account_that_is_refused_again_and_again_has_to_wait() {
    let network = network();
    let pool = &network.pools[0];
    pool.tick(1_000);
    // Who speaks in another's name spends nothing of his.
    for nonce in 0..500 {
        let refused = submit(&network, &forged(pay(&network, nonce % 64, 1)));
        assert!(matches!(
            refused,
            Err(SubmitError::Invalid(Invalid::WrongSignature(_)))
        ));
    }
    let dear = |fee| network.sign(&poor(), 0, fee, Payload::Withdraw);
    for more in 1..=128 {
        let refused = submit(&network, &dear(FEE + more));
        assert!(matches!(
            refused,
            Err(SubmitError::Pool(NotAdmitted::CannotPayFee { .. }))
        ));
    }
    let good = network.sign(&poor(), 0, FEE, Payload::Withdraw);
    assert_eq!(submit(&network, &good), Err(SubmitError::TooManyRefused));
    submit(&network, &pay(&network, 0, 1)).unwrap();
    pool.tick(2_000);
    submit(&network, &good).unwrap();
}

/// Everybody has what is in blocks: whoever sends all of it again shuts its account out of nothing.
#[test]
fn what_an_account_signed_and_is_final_costs_it_nothing_however_often_others_send_it() {
    let mut network = network();
    let past: Vec<Transaction> = (0..300).map(|nonce| pay(&network, nonce, 1)).collect();
    for some in past.chunks(50) {
        network.give_all(some);
        network.produce(0);
        network.produce(0);
    }
    // Longer ago than the pool remembers by itself.
    for _ in 0..20 {
        network.produce(0);
    }
    network.pools[0].tick(1_000);
    for _ in 0..3 {
        for transaction in &past {
            assert!(matches!(
                submit(&network, transaction),
                Err(SubmitError::Pool(NotAdmitted::NonceTooLow { .. }))
            ));
        }
    }
    submit(&network, &pay(&network, 300, 1)).unwrap();
}

/// What somebody signed and can't pay costs the account once, as long as it is remembered.
#[test]
fn what_an_account_signed_once_costs_it_once_however_often_others_send_it() {
    let network = network();
    let too_much = network.sign(&poor(), 0, FEE + 1, Payload::Withdraw);
    for _ in 0..1_000 {
        assert!(matches!(
            submit(&network, &too_much),
            Err(SubmitError::Pool(NotAdmitted::CannotPayFee { .. }))
        ));
    }
    let good = network.sign(&poor(), 0, FEE, Payload::Withdraw);
    submit(&network, &good).unwrap();
}

#[test]
fn listeners_hear_of_all_that_enters_and_of_nothing_else() {
    let network = network();
    let mut entered = network.pools[0].subscribe();
    let brought = submit_as(&network, &pay(&network, 0, 1), false).unwrap();
    let own = submit_as(&network, &pay(&network, 2, 1), true).unwrap();
    submit(&network, &pay(&network, 0, 1)).unwrap_err();
    submit(&network, &pay(&network, 500, 1)).unwrap_err();
    let mut heard = Vec::new();
    while let Ok((pooled, held)) = entered.try_recv() {
        heard.push((pooled.transaction().hash(), held));
    }
    assert_eq!(heard, [(brought, false), (own, true)]);
    let listed: Vec<_> = network.pools[0].best(9).into_iter().collect();
    let listed: Vec<_> = listed
        .iter()
        .map(|(pooled, held)| (pooled.transaction().hash(), *held))
        .collect();
    assert_eq!(listed, heard);
}

#[test]
fn own_transactions_are_passed_on_until_they_are_final() {
    let mut network = network();
    network.pools[0].tick(10);
    let own: Vec<Transaction> = (0..3).map(|nonce| pay(&network, nonce, 1)).collect();
    for transaction in &own {
        submit_as(&network, transaction, true).unwrap();
    }
    let brought = network.sign(&poor(), 0, FEE, Payload::Withdraw);
    submit(&network, &brought).unwrap();
    let due = |network: &Network, max| {
        let due = network.pools[0].to_pass_on(max);
        due.iter()
            .map(|tx| tx.unsigned.nonce)
            .collect::<BTreeSet<_>>()
    };
    // At once, each once, however many fit into a message.
    let first = due(&network, 2);
    let second = due(&network, 2);
    assert_eq!((first.len(), second.len()), (2, 1));
    assert_eq!(&first | &second, BTreeSet::from([0, 1, 2]));
    assert_eq!(due(&network, 9), BTreeSet::new());
    let again_ms = 10 + PASS_ON_SLOTS * network.genesis.chain().params.slot_ms;
    network.pools[0].tick(again_ms - 1);
    assert_eq!(due(&network, 9), BTreeSet::new());
    network.pools[0].tick(again_ms);
    assert_eq!(due(&network, 9), BTreeSet::from([0, 1, 2]));
    // What a peer brought is this node's to pass on once a user brings it as well.
    let again = submit_as(&network, &brought, true);
    assert_eq!(again, Err(SubmitError::Pool(NotAdmitted::AlreadyPending)));
    assert!(network.pools[0].owns(&brought.hash()));
    assert_eq!(due(&network, 9).len(), 1);
    assert_eq!(network.produce(0).len(), 4);
    network.finalize();
    network.pools[0].tick(9_000);
    assert_eq!(due(&network, 9), BTreeSet::new());
    let final_now = submit_as(&network, &own[0], true);
    assert_eq!(
        final_now,
        Err(SubmitError::Pool(NotAdmitted::AlreadyFinal {
            height: Height(1)
        }))
    );
}

#[test]
fn peers_answer_for_what_no_account_answers_for() {
    let cost = |reason: NotAdmitted| SubmitError::from(reason).cost_of_peer(Units(FEE));
    let poor = |balance| NotAdmitted::CannotPayFee {
        required: 100 * ETM,
        balance,
    };
    assert_eq!(cost(poor(FEE - 1)), REFUSED_COST);
    assert_eq!(cost(poor(FEE)), 1);
    assert_eq!(SubmitError::TooManyRefused.cost_of_peer(Units(FEE)), 0);
    // Nor for what a block made impossible that came on the way.
    let expired = NotAdmitted::Expired {
        expires_at: Height(1),
        next_height: Height(2),
    };
    assert_eq!(cost(expired), 1);
}

#[test]
fn what_left_the_pool_keeps_nothing_back_that_is_to_be_passed_on() {
    let network = network();
    let waits = pay(&network, 0, 1);
    submit_as(&network, &waits, true).unwrap();
    let pool = &network.pools[0];
    let gone = (0..5).map(|number| [number; 32]);
    gone.for_each(|hash| pool.inner().own.keep(hash));
    let passed_on: Vec<Transaction> = (0..6).flat_map(|_| pool.to_pass_on(1)).collect();
    assert_eq!(passed_on, [waits]);
    assert_eq!(pool.inner().own.all().count(), 1);
}

#[test]
fn a_heartbeat_leaves_with_its_round() {
    let mut network = network();
    let node = &network.secrets[0].node;
    assert_eq!(NodeKey(node.public_key().0), node.node_key());
    let (first, second) = (network.beat(0, Height(500)), network.beat(0, Height(1_000)));
    submit(&network, &first).unwrap();
    // Whoever was not yet in its round gets it again a slot later.
    let slot_ms = network.genesis.chain().params.slot_ms;
    assert!(
        network.pools[0].to_pass_on(9).is_empty(),
        "a peer brought it"
    );
    let again = submit_as(&network, &first, true);
    assert_eq!(again, Err(SubmitError::Pool(NotAdmitted::AlreadyPending)));
    for (now_ms, due) in [(1, 1), (slot_ms, 0), (slot_ms + 1, 1)] {
        network.pools[0].tick(now_ms);
        assert_eq!(network.pools[0].to_pass_on(9).len(), due);
    }
    // Both end with the round, so the second is no newer sign of life.
    assert_eq!(
        submit(&network, &second),
        Err(SubmitError::Pool(NotAdmitted::AlreadyPending))
    );
    assert_eq!(network.produce(0).len(), 1);
    network.finalize();
    assert_eq!(network.pools[0].summary().count, 0);
    let refused = submit(&network, &second);
    assert!(matches!(
        refused,
        Err(SubmitError::Invalid(Invalid::HeartbeatTooEarly { .. }))
    ));
}
