use super::*;
use etm_types::{SecretKey, Units};

fn signed(intent: &Intent, change: &Change) -> Result<Payload> {
    let signer = Address::of(&SecretKey::from_seed([7; 32]).public_key());
    payload(intent, change, &signer, None)
}

#[test]
fn what_is_signed_is_what_was_asked_for() {
    let vote = Intent::Vote("dune".to_owned());
    for (intent, request, expected) in [
        (
            Intent::Asks(Request::Lock(Units(5))),
            Request::Lock(Units(5)),
            Payload::Lock { amount: Units(5) },
        ),
        (
            Intent::UnlockAll,
            Request::Unlock(Units(6)),
            Payload::Unlock { amount: Units(6) },
        ),
        (
            vote.clone(),
            Request::Vote(MinerId(3)),
            Payload::Vote { miner: MinerId(3) },
        ),
        (
            Intent::Asks(Request::Withdraw),
            Request::Withdraw,
            Payload::Withdraw,
        ),
        (
            Intent::Asks(Request::Resign),
            Request::Resign,
            Payload::Resign,
        ),
    ] {
        assert_eq!(signed(&intent, &Change::Asks(request)).unwrap(), expected);
    }
    // Whatever is unforeseen is signed as nothing.
    let transfer = Request::Transfer {
        to: "somebody".to_owned(),
        amount: Units(1),
    };
    for change in [Change::Update, Change::Asks(transfer)] {
        assert_eq!(signed(&vote, &change).unwrap_err().code, "not_asked");
    }
}
