//! The owner of a miner that resigned: the deposit comes back, another can be registered, and previews tell both.

use etm_history::testing::{account, dial, miner_secrets};
use etm_types::api::account::{Account, Preview};
use etm_types::api::transaction::Transaction;
use etm_types::{MinerName, Payload};

use crate::support::Server;

const OWN: u8 = 7;

fn own(server: &Server) -> Account {
    server
        .get(&format!("/api/v1/accounts/{}", account(OWN)))
        .ok()
}

fn preview(server: &Server, request: &str) -> Preview {
    let path = format!("/api/v1/accounts/{}/preview?{request}", account(OWN));
    server.get(&path).ok()
}

fn register(name: &str) -> (String, Payload) {
    let keys = miner_secrets(20).prove(&account(OWN));
    let query = format!(
        "request=register&name={name}&node_key={}&bls_key={}",
        keys.node, keys.bls
    );
    let payload = Payload::Register {
        name: MinerName::new(name).unwrap(),
        keys: Box::new(keys),
        dial: dial(OWN),
        contact: None,
    };
    (query, payload)
}

/// Asks, sends, and holds what became of it against what was said. What is left in the end is what was said, too.
fn agree(server: &Server, (query, payload): (String, Payload), refused: Option<&str>) {
    let said = preview(server, &query);
    let code = said.refused.map(|refused| refused.code);
    assert_eq!(code.as_deref(), refused, "{query}");
    let sent = server.send(OWN, 0, payload);
    assert_eq!(sent.status, 202, "{query}: {sent:?}");
    server.produce(0);
    let hash = sent.json()["hash"].as_str().unwrap().to_owned();
    let found: Transaction = server.get(&format!("/api/v1/transactions/{hash}")).ok();
    let became = found.summary.outcome.unwrap().refused;
    assert_eq!(became.map(|refused| refused.code), code, "{query}");
    if refused.is_none() {
        assert_eq!(own(server).balance, said.balance_after, "{query}");
    }
}

fn resign() -> (String, Payload) {
    ("request=resign".to_owned(), Payload::Resign)
}

#[test]
fn who_resigned_has_the_deposit_back_and_may_register_again() {
    let server = Server::new(true);
    let begun = own(&server).balance;
    agree(&server, register("first"), None);
    let round = |server: &Server| own(server).effective_round;
    let next_round = |server: &Server| {
        let now = round(server);
        while round(server) == now {
            server.produce(0);
        }
    };
    next_round(&server);
    let deposit = own(&server).deposit;
    assert!(deposit.0 > 0);
    assert_eq!(own(&server).miner.unwrap().name, "first");
    // One at a time.
    agree(&server, register("second"), Some("already_registered"));
    agree(&server, resign(), None);
    agree(&server, resign(), Some("already_resigned"));
    assert_eq!(
        own(&server).deposit,
        deposit,
        "no committee has been drawn without it yet"
    );
    next_round(&server);
    agree(&server, resign(), Some("not_a_miner"));
    for _ in 0..3 {
        next_round(&server);
    }
    let after = own(&server);
    assert_eq!((after.deposit.0, after.miner), (0, None));
    let fees = 5 * etm_history::testing::ChainParams::devnet().fee.0;
    assert_eq!(after.balance.0, begun.0 - fees, "all but the fees is back");
    // With its old keys, under its old name.
    agree(&server, register("first"), None);
    assert_eq!(own(&server).deposit, deposit);
    next_round(&server);
    assert_eq!(own(&server).miner.unwrap().name, "first");
}
