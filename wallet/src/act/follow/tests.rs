use super::*;
use etm_types::{Address, DialAddress, MinerName, MinerSecrets, PublicKey, api::receipt::Effect};

/// A name alone makes nobody a miner that is drawn.
#[test]
fn what_is_to_be_done_after_a_registration_is_told() {
    let secrets = MinerSecrets::from_seed([7; 32]);
    let owner = Address::of(&PublicKey([7; 32]));
    let register = Payload::Register {
        name: MinerName::new("quince").unwrap(),
        keys: Box::new(secrets.prove(&owner)),
        dial: DialAddress::new("127.0.0.1:4000".to_owned()).unwrap(),
        contact: None,
    };
    let told = then(&register, Some(7)).unwrap();
    for part in [
        "end of round 7",
        "etm miner show quince",
        "etm node run",
        "etm vote quince",
    ] {
        assert!(told.contains(part), "{told}");
    }
    assert_eq!(then(&Payload::Resign, Some(7)), None);
    let mut sent = Sent {
        hash: Hash([1; 32]),
        status: TransactionStatus::Finalized,
        height: Some(3),
        outcome: Some(Outcome {
            accepted: true,
            refused: None,
            effect: Effect::Immediate,
        }),
        preview: None,
        proof: None,
        then: Some(told),
        expires_at: 9,
    };
    let shown = |sent: &Sent<'_>| {
        let mut page = Page::default();
        sent.show(&mut page);
        page.as_str().contains("etm vote quince")
    };
    assert!(shown(&sent));
    // Not of one that the chain refused.
    sent.outcome = Some(Outcome {
        accepted: false,
        refused: None,
        effect: Effect::Immediate,
    });
    assert!(!shown(&sent));
}

/// A transaction that was signed at the end of a round may come into a block of the next.
#[test]
fn the_round_of_its_block_is_told_where_that_is_known() {
    let in_a_block = |effect| Outcome {
        accepted: true,
        refused: None,
        effect,
    };
    let waits = in_a_block(Effect::Waiting {
        round: 8,
        height: 160,
    });
    assert_eq!(effective(Some(&waits), Some(7)), Some(8));
    let applied = in_a_block(Effect::Applied { round: 9 });
    assert_eq!(effective(Some(&applied), Some(7)), Some(9));
    // Nobody waited for it, or the block doesn't tell.
    assert_eq!(effective(None, Some(7)), Some(7));
    let silent = in_a_block(Effect::None);
    assert_eq!(effective(Some(&silent), Some(7)), Some(7));
    assert_eq!(effective(None, None), None);
}

/// Whatever a node answers, and whatever fails then, names what is out of one's hands, once.
#[test]
fn a_failure_after_the_sending_names_what_was_sent() {
    let lock = Abroad {
        hash: Hash([7; 32]),
        expires_at: 90,
    };
    let vote = Abroad {
        hash: Hash([8; 32]),
        expires_at: 91,
    };
    let said = Failure::failed("pruned", "no history")
        .hint("ask another")
        .abroad(lock);
    let hint = said.hint.clone().unwrap();
    assert!(hint.starts_with("ask another; transaction 0707"), "{hint}");
    assert!(hint.contains("after block 90"), "{hint}");
    assert_eq!(said.clone().abroad(lock), said, "once");
    let both = said.abroad(vote);
    assert_eq!(both.transactions, [lock, vote]);
    let told = serde_json::to_value(&both).unwrap();
    assert_eq!(told["transactions"][1]["expires_at"], 91);
}

/// That the chain refused it, and took its fee, is a node's word as long as it is not proved.
#[test]
fn a_refusal_that_is_not_proved_may_be_none() {
    let refused = api::error::ErrorDetail {
        code: "insufficient_balance".to_owned(),
        message: "too little".to_owned(),
    };
    let sent = Sent {
        hash: Hash([1; 32]),
        status: TransactionStatus::Finalized,
        height: Some(3),
        outcome: Some(Outcome {
            accepted: false,
            refused: Some(refused),
            effect: Effect::None,
        }),
        preview: None,
        proof: None,
        then: None,
        expires_at: 90,
    };
    let failure = sent.verdict().unwrap_err();
    assert_eq!(failure.transactions, [sent.abroad()]);
    for part in ["the node says", "--prove", "sign nothing in its place"] {
        assert!(failure.to_string().contains(part), "{failure}");
    }
}
