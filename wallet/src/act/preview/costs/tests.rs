use super::*;
use crate::act::preview::{
    Preview,
    tests::{ETM, account, page, parameters, send},
};
use etm_types::MinerName;

/// Why `asked` of an account with `free` ETM is refused, as people read it.
fn refusal(free: u64, asked: Request<String>) -> String {
    let (account, parameters) = (account(free, 0, 1, None), parameters(1));
    let mut taken = crate::act::preview::tests::miner(0, 0, 0, 0);
    taken["name"] = "quince".into();
    let miners = page(vec![taken]);
    let scene = Scene {
        account: &account,
        parameters: &parameters,
        miners: &miners,
    };
    let (change, fee) = (Change::Asks(asked), Units(ETM / 10));
    let refused = Preview::new(&scene, &change, fee).unwrap_err();
    told(refused, &scene, &change, fee).to_string()
}

/// Whoever has nothing has to know how much to get.
#[test]
fn a_refused_registration_tells_what_it_takes_and_what_is_missing() {
    let register = |name: &str| Request::Register(MinerName::new(name).unwrap());
    let takes = "a registration takes a deposit of 10 ETM, which comes back after the miner has resigned, and the fee of 0.1 ETM";
    for (free, name, reason, missing) in [
        (0, "alpha", "doesn't cover the fee", "10.1 ETM are missing"),
        (5, "alpha", "more than the balance", "5.1 ETM are missing"),
        (
            50,
            "quince",
            "quince",
            "the 50 ETM that are there cover both",
        ),
    ] {
        let said = refusal(free, register(name));
        assert!(said.contains(reason), "{said}");
        assert!(said.contains(&format!("{takes}: {missing}")), "{said}");
    }
}

#[test]
fn what_is_missing_is_told_where_money_is() {
    let said = refusal(5, send(7 * ETM));
    assert!(said.ends_with("(2.1 ETM are missing)"), "{said}");
    let said = refusal(0, send(1));
    assert!(said.ends_with("(0.10000001 ETM are missing)"), "{said}");
    // Refused for what it is.
    let said = refusal(0, Request::Withdraw);
    assert!(said.contains("0.1 ETM are missing"), "{said}");
    let said = refusal(1, Request::Withdraw);
    assert!(!said.contains("missing"), "{said}");
}
