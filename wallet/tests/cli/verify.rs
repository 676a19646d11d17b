//! `etm verify-round`: which chain is trusted and why, and what a node can't make it believe.

use crate::node::status;
use crate::support::{assert_shape, report_of, wallet};
use axum::{
    Router,
    extract::{Path as Segment, Query},
    routing::get,
};
use etm_execution::genesis::{Draft, Genesis};
use etm_history::testing::{ChainParams, TestChain, account, genesis};
use etm_mechanism::Params;
use etm_types::{
    Committee, FinalizedBlock, Memo, Payload, Units, api::query::BoundariesQuery, codec,
    state::CandidateList,
};
use etm_verify::{Boundaries, Certificate, ChosenReceipts, Evidence, Previous};
use serde_json::{Value, json};
use std::{path::Path, process::Stdio, sync::Arc};

const BLOCKS: u64 = 4;

/// The block with a transfer, and a request that is refused.
pub const SENT: u64 = 6;

/// A chain of eight rounds, or so many.
pub struct Rounds {
    pub genesis: Arc<Genesis>,
    count: u64,
    /// Steps that an answer has.
    pace: u64,
    pub blocks: Vec<FinalizedBlock>,
}

impl Rounds {
    pub fn new(name: &str) -> Self {
        // Three at a time, so that it takes several answers.
        Self::of(name, 8, 3)
    }

    fn of(name: &str, count: u64, pace: u64) -> Self {
        let params = ChainParams {
            mechanism: Params {
                committee: 4,
                blocks_per_round: 4,
                ..Params::mainnet()
            },
            ..ChainParams::mainnet()
        };
        let draft = Draft {
            name: name.to_owned(),
            ..genesis(params, 5, 1).draft().clone()
        };
        let mut chain = TestChain::new(Genesis::new(draft).unwrap());
        let blocks = (1..count * BLOCKS).map(|height| {
            let transfer = Payload::Transfer {
                recipient: account(0),
                amount: Units(Units::ETM.0),
                memo: Memo::new(String::new()).unwrap(),
            };
            let transactions = match height {
                SENT => vec![
                    chain.sign(5, 0, transfer),
                    chain.sign(5, 1, Payload::Withdraw),
                ],
                _ => Vec::new(),
            };
            chain.produce(transactions, 0, 0)
        });
        Self {
            blocks: blocks.collect(),
            genesis: chain.genesis,
            count,
            pace,
        }
    }

    pub fn id(&self) -> String {
        self.genesis.chain().id.to_string()
    }

    /// What a node says of the constants of the chain.
    pub fn parameters(&self) -> Value {
        let draft = self.genesis.draft();
        let mechanism = &draft.params.mechanism;
        json!({
            "chain": {
                "id": self.id(), "name": draft.name, "devnet": false, "genesis_timestamp_ms": draft.timestamp_ms
            },
            "units_per_etm": "100000000", "vote_scale": "4294967296000000", "coefficient_scale": "4294967296",
            "committee": mechanism.committee, "blocks_per_round": mechanism.blocks_per_round, "min_committee": mechanism.min_committee,
            "slot_ms": draft.params.slot_ms, "day_seconds": mechanism.day_seconds, "ready_rounds": draft.params.ready_rounds,
            "min_lock": mechanism.min_lock.0.to_string(), "deposit": mechanism.deposit.0.to_string(), "min_fee": draft.params.fee.0.to_string(),
            "max_time_gain": 32, "max_block_transactions": 1, "max_block_bytes": 1, "max_transaction_bytes": 1,
            "time_gain_table": [], "schedule": [], "genesis_supply": draft.supply().to_string(), "genesis_beacon": "00".repeat(32),
            "namespaces": { "transaction": "", "vrf": "", "proof_of_possession": "", "consensus": "" }
        })
    }

    fn last(&self, round: u64) -> &FinalizedBlock {
        &self.blocks[usize::try_from((round + 1) * BLOCKS - 2).unwrap()]
    }

    fn committee(&self, round: u64) -> Committee {
        match round.checked_sub(2) {
            None => self.genesis.committees().unwrap()[usize::try_from(round).unwrap()].clone(),
            Some(before) => self.last(before).block.body.committee.clone().unwrap(),
        }
    }

    fn boundaries(&self, first: u64) -> Vec<u8> {
        let mut boundaries =
            Boundaries::new(&self.committee(first), &self.committee(first + 1)).unwrap();
        for round in first..(first + self.pace).min(self.count) {
            let block = self.last(round);
            let certificate = Certificate::from_finalization(&block.certificate).unwrap();
            let drawn = self.committee(round + 2);
            assert!(boundaries.push(&block.block.header, certificate, &drawn));
        }
        boundaries.to_bytes()
    }

    pub fn evidence(&self, round: u64) -> Vec<u8> {
        let last = self.last(round);
        let from = usize::try_from((round * BLOCKS).max(1) - 1).unwrap();
        let until = usize::try_from((round + 1) * BLOCKS - 1).unwrap();
        Evidence {
            committee: self.committee(round),
            drawn: self.committee(round + 2),
            certificate: Certificate::from_finalization(&last.certificate).unwrap(),
            previous: round.checked_sub(1).map(|before| Previous {
                header: self.last(before).block.header.clone(),
                receipts: ChosenReceipts::of_previous(&self.last(before).outcome.receipts).unwrap(),
            }),
            headers: self.blocks[from..until]
                .iter()
                .map(|block| block.block.header.clone())
                .collect(),
            receipts: ChosenReceipts::of_round(&last.outcome.receipts).unwrap(),
            candidates: CandidateList(
                last.outcome
                    .report
                    .as_ref()
                    .unwrap()
                    .draw
                    .candidates
                    .clone(),
            ),
        }
        .to_bytes()
    }

    /// A node that tells of this chain; `evidence` may change what it sends of a round.
    pub fn node(self: &Arc<Self>, evidence: fn(&Self, u64) -> Vec<u8>) -> Router {
        let mut known = status();
        known["chain"]["id"] = self.id().into();
        known["progress"]["round"] = self.count.into();
        known["tip"]["height"] = (self.count * BLOCKS - 1).into();
        let canonical = codec::to_bytes(self.genesis.draft());
        let told = json!({
            "chain": known["chain"],
            "canonical": etm_types::bytes::hex(&canonical),
            "block_hash": "22".repeat(32),
        });
        let (walked, checked) = (Arc::clone(self), Arc::clone(self));
        Router::new()
            .route("/api/v1/status", get(async move || known.to_string()))
            .route("/api/v1/genesis", get(async move || told.to_string()))
            .route(
                "/api/v1/boundaries",
                get(async move |Query(query): Query<BoundariesQuery>| {
                    walked.boundaries(query.from_round.unwrap_or(0))
                }),
            )
            .route(
                "/api/v1/rounds/{round}/evidence",
                get(async move |Segment(round): Segment<u64>| evidence(&checked, round)),
            )
    }
}

/// A node on a port of its own, as long as this lives.
pub struct Served {
    runtime: tokio::runtime::Runtime,
    pub address: std::net::SocketAddr,
}

impl Served {
    pub fn new(router: Router) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let served = Self {
            address: "127.0.0.1:0".parse().unwrap(),
            runtime,
        };
        served.again(router)
    }

    /// Another node at the same address.
    fn again(self, router: Router) -> Self {
        let Self { runtime, address } = self;
        runtime.shutdown_timeout(std::time::Duration::from_secs(10));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = {
            let _within = runtime.enter();
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.set_reuseaddr(true).unwrap();
            socket.bind(address).unwrap();
            socket.listen(64).unwrap()
        };
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { runtime, address }
    }

    pub fn run(&self, home: &Path, arguments: &[&str]) -> (i32, Value, String) {
        let output = wallet(home, &[&["verify-round", "--json"], arguments].concat())
            .env("ETM_NODE", format!("http://{}", self.address))
            .current_dir(home)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        report_of(&output)
    }
}

pub fn words(report: &Value) -> (&str, &str) {
    assert_shape("verified", report);
    (
        report["anchor"].as_str().unwrap(),
        report["verdict"].as_str().unwrap(),
    )
}

#[test]
fn a_chain_is_asked_for_then_pinned_or_named() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let first = Arc::new(Rounds::new("first"));
    let node = Served::new(first.node(Rounds::evidence));
    // What only the node says is never plainly "ok".
    let (code, report, _) = node.run(home, &["3"]);
    assert_eq!((code, words(&report)), (0, ("asked", "consistent")));
    assert_eq!(report["read"]["last_height"], 15);
    let (code, report, _) = node.run(home, &["7"]);
    assert_eq!((code, words(&report)), (0, ("pinned", "ok")));
    let (code, report, _) = node.run(home, &["7", "--chain", &first.id()]);
    assert_eq!((code, words(&report)), (0, ("named", "ok")));
    let (code, _, said) = node.run(home, &["7", "--chain", &"ab".repeat(32)]);
    assert_eq!(code, 1, "{said}");

    // Another chain behind the same address.
    let second = Arc::new(Rounds::new("second"));
    let node = node.again(second.node(Rounds::evidence));
    let (code, _, said) = node.run(home, &["3"]);
    assert_eq!(code, 1);
    assert!(
        said.contains(&first.id()) && said.contains(&second.id()),
        "{said}"
    );
    let (code, report, _) = node.run(home, &["3", "--new-chain"]);
    assert_eq!((code, words(&report)), (0, ("asked", "consistent")));
    let (code, report, _) = node.run(home, &["3"]);
    assert_eq!((code, words(&report)), (0, ("pinned", "ok")));
}

/// A step an answer: each is right, and the way would have no end.
#[test]
fn a_walk_that_comes_in_drops_is_given_up() {
    let home = tempfile::tempdir().unwrap();
    let rounds = Arc::new(Rounds::of("drops", 20, 1));
    let node = Served::new(rounds.node(Rounds::evidence));
    let (code, report, said) = node.run(home.path(), &["15"]);
    assert_eq!(
        (code, words(&report)),
        (0, ("asked", "consistent")),
        "{said}"
    );
    let home = tempfile::tempdir().unwrap();
    let (code, _, said) = node.run(home.path(), &["18"]);
    assert_eq!(code, 3, "{said}");
    let words = "the ends of rounds 0 to 16 in 16 answers, asked was those up to round 18 in 16";
    assert!(said.contains(words), "{said}");
}

/// Where nothing can be kept, nothing is pinned.
#[test]
fn a_home_is_not_needed() {
    let rounds = Arc::new(Rounds::new("homeless"));
    let node = Served::new(rounds.node(Rounds::evidence));
    let home = tempfile::tempdir().unwrap();
    let nowhere = home.path().join("file");
    std::fs::write(&nowhere, "").unwrap();
    for _ in 0..2 {
        let output = wallet(&nowhere, &["verify-round", "--json", "3"])
            .env("ETM_NODE", format!("http://{}", node.address))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(words(&report), ("asked", "consistent"));
    }
    // A folder that was named is meant.
    let named = nowhere.join("chains");
    let (code, _, said) = node.run(home.path(), &["3", "--chains", named.to_str().unwrap()]);
    assert_eq!(code, 2, "{said}");
}

#[test]
fn evidence_that_was_saved_needs_no_node() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let rounds = Arc::new(Rounds::new("saved"));
    let node = Served::new(rounds.node(Rounds::evidence));
    let (code, _, said) = node.run(home, &["5", "--save", "round"]);
    assert_eq!(code, 0, "{said}");
    let node = node.again(Router::new());
    let (code, report, _) = node.run(home, &["--receipt", "round"]);
    assert_eq!((code, words(&report)), (0, ("pinned", "ok")));
    let (code, _, said) = node.run(home, &["4", "--receipt", "round"]);
    assert_eq!(code, 2, "{said}");
    let honest = std::fs::read(home.join("round")).unwrap();
    // A bit of the certificate: everything before it is as it was.
    let certificate = Certificate::from_finalization(&rounds.last(5).certificate).unwrap();
    let place = honest
        .windows(48)
        .position(|bytes| bytes == certificate.signature.0)
        .unwrap();
    let mut forged = honest;
    forged[place + 40] ^= 1;
    std::fs::write(home.join("forged"), forged).unwrap();
    let (code, report, said) = node.run(home, &["--receipt", "forged"]);
    assert_eq!((code, words(&report)), (1, ("pinned", "differs")));
    assert!(said.contains("certificate"), "{said}");
}

#[test]
fn a_node_that_lies_is_found_out() {
    for (what, evidence) in [
        (
            "another round",
            (|rounds, round| rounds.evidence(round - 1)) as fn(&Rounds, u64) -> _,
        ),
        ("another chain", |_, round| {
            Rounds::new("other").evidence(round)
        }),
        ("nothing", |_, _| Vec::new()),
    ] {
        let home = tempfile::tempdir().unwrap();
        let rounds = Arc::new(Rounds::new("lies"));
        let node = Served::new(rounds.node(evidence));
        let (code, report, _) = node.run(home.path(), &["3"]);
        assert_eq!((code, words(&report)), (1, ("asked", "differs")), "{what}");
        assert_eq!(report["read"], Value::Null, "{what}");
        // And it is not what the node is known by from then on.
        let (_, report, _) = node.run(home.path(), &["3"]);
        assert_eq!(words(&report).0, "asked", "{what}");
    }
    // A genesis that is not the chain's.
    let home = tempfile::tempdir().unwrap();
    let rounds = Arc::new(Rounds::new("lies"));
    let other = Rounds::new("other").id();
    let mut known = status();
    known["chain"]["id"] = other.into();
    let router = Router::new()
        .route("/api/v1/status", get(async move || known.to_string()))
        .fallback_service(rounds.node(Rounds::evidence));
    let (code, _, said) = Served::new(router).run(home.path(), &["3"]);
    assert_eq!(code, 1);
    assert!(said.contains("genesis"), "{said}");
}
