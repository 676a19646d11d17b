//! What light clients get is all they need: from the genesis to the evidence of every round.

use etm_types::Round;
use etm_types::api::chain::Genesis;
use etm_types::api::round::RoundReceipt;
use etm_verify::{Evidence, Trust};
use serde_json::json;

use crate::delivery::fetch;
use crate::support::Server;

fn bytes(server: &Server, path: &str) -> Vec<u8> {
    let (head, body) = fetch(server, path, "");
    assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
    assert!(head.contains("application/octet-stream"), "{path}: {head}");
    body
}

#[test]
fn a_light_client_walks_to_every_round_and_checks_it() {
    let server = Server::new(true);
    server.produce(1);
    server.pass(30);
    let genesis: Genesis = server.get("/api/v1/genesis").ok();
    let mut trust = Trust::genesis(&genesis.canonical.0).unwrap();
    // One at a time, two, and all the rest.
    for (limit, walked) in [("limit=1&", 1), ("limit=2&", 2), ("", 5)] {
        let path = format!("/api/v1/boundaries?{limit}from_round={}", trust.next());
        assert_eq!(trust.walk(&bytes(&server, &path)), Ok(walked));
    }
    for round in 0..8 {
        let evidence = bytes(&server, &format!("/api/v1/rounds/{round}/evidence"));
        let report = trust.check(&evidence);
        assert_eq!(report.failed(), None);
        let read = report.round.unwrap();
        // What the node tells in words is what its evidence says.
        let told: RoundReceipt = server.get(&format!("/api/v1/rounds/{round}/receipt")).ok();
        assert_eq!(read.distribution, told.distribution);
        assert_eq!(json!(read.pools), json!(told.pools));
        assert_eq!(read.lucky, told.lucky);
        assert_eq!(read.draw.picks, told.draw.picks);
        assert_eq!(read.committee, told.committee);
        assert_eq!(read.seed, told.seed);
        // Another round than was asked for would hold in itself: it says which one it is.
        assert_eq!(read.round, round);
        assert_eq!(
            Evidence::from_bytes(&evidence).unwrap().committee.round,
            Round(round)
        );
    }
}
