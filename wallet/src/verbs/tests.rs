use super::*;
use etm_types::{
    Address, Contact, DialAddress, Memo, MinerName, MinerSecrets,
    api::{Amount, MinerRef},
};

/// A transaction as it is signed and as a node tells of it has the same words.
#[test]
fn one_thing_is_called_alike_before_and_after() {
    let to = Address::of(&etm_types::SecretKey::from_seed([1; 32]).public_key());
    let amount = Units(1_250_000_000);
    let keys = Box::new(MinerSecrets::from_seed([7; 32]).prove(&to));
    let dial = DialAddress::new("192.0.2.7:4000").unwrap();
    let name = MinerName::new("alpha").unwrap();
    let signed = [
        Payload::Transfer {
            recipient: to,
            amount,
            memo: Memo::empty(),
        },
        Payload::Lock { amount },
        Payload::Unlock { amount },
        Payload::Vote { miner: MinerId(3) },
        Payload::Withdraw,
        Payload::Register {
            name,
            keys: keys.clone(),
            dial: dial.clone(),
            contact: None,
        },
        Payload::Update {
            keys: Some(keys),
            dial,
            contact: Some(Contact::new("c").unwrap()),
        },
        Payload::Resign,
    ];
    let words = [
        &format!("send 12.5 ETM to {to}"),
        "lock 12.5 ETM",
        "unlock 12.5 ETM",
        "vote for miner #3",
        "withdraw the vote",
        "register as miner alpha",
        "update the miner",
        "resign as a miner",
    ];
    for (payload, words) in signed.iter().zip(words) {
        assert_eq!(Verb::from(payload).to_string(), words);
        let told = transaction::Payload::of(payload, numbered);
        let verb = Verb::from(&told);
        assert_eq!(verb.to_string(), words);
        if let Some(request) = told.request() {
            assert_eq!(Verb::from(&request), verb);
        }
    }
    let miner = |MinerId(id)| MinerRef {
        id,
        name: "alpha".to_owned(),
    };
    let vote = Verb::asked(
        &Request::<Address>::Vote(MinerId(3)),
        |_| String::new(),
        miner,
    );
    assert_eq!(vote.begun(), "Vote for alpha (#3)");
    assert_eq!(Verb::Lock(Amount(1)).begun(), "Lock 0.00000001 ETM");
}
