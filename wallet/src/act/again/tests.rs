use super::*;
use etm_types::{
    ChainId, Height, MinerId, SecretKey, Transaction, UnsignedTransaction, api::Hash, codec,
};

fn transaction(payload: Payload) -> Transaction {
    let key = SecretKey::from_seed([7; 32]);
    UnsignedTransaction {
        chain: ChainId([1; 32]),
        sender: key.public_key(),
        nonce: 4,
        fee: Units(10),
        expires_at: Height(9),
        payload,
    }
    .sign(&key)
}

#[test]
fn the_fee_rises_by_a_tenth_rounded_up() {
    for (old, least) in [(0, 1), (1, 2), (9, 10), (10, 11), (11, 13), (100, 110)] {
        assert_eq!(replacement_fee(old), least, "{old}");
    }
    assert_eq!(replacement_fee(u64::MAX), u64::MAX);
}

#[test]
fn another_transaction_than_the_one_named_is_refused() {
    let vote = transaction(Payload::Vote { miner: MinerId(3) });
    let other = transaction(Payload::Vote { miner: MinerId(4) });
    let hash = Hash(vote.hash().0);
    assert_eq!(see::signed(hash, &codec::to_bytes(&vote)).unwrap(), vote);
    for bytes in [codec::to_bytes(&other), Vec::new()] {
        assert_eq!(see::signed(hash, &bytes).unwrap_err().code, "not_a_node");
    }
}

#[test]
fn the_same_is_wanted_again() {
    let vote = same(&Payload::Vote { miner: MinerId(3) }).unwrap();
    assert!(matches!(vote, Intent::Vote(named) if named == "#3"));
    let to = Address::of(&SecretKey::from_seed([8; 32]).public_key());
    let transfer = Payload::Transfer {
        recipient: to,
        amount: Units(5),
        memo: Memo::new("rent".to_owned()).unwrap(),
    };
    let Ok(Intent::Transfer {
        to: again,
        amount,
        memo,
        ..
    }) = same(&transfer)
    else {
        panic!("a transfer is one again");
    };
    assert_eq!((again, amount, memo.as_str()), (to, Units(5), "rent"));
}

#[test]
fn what_needs_the_keys_of_a_node_is_not_sent_again() {
    let resign = same(&Payload::Resign).unwrap();
    assert!(matches!(resign, Intent::Asks(Request::Resign)));
    let update = Payload::Update {
        keys: None,
        dial: etm_types::DialAddress::new("192.0.2.1:9000".to_owned()).unwrap(),
        contact: None,
    };
    assert_eq!(same(&update).unwrap_err().code, "needs_node_keys");
}
