//! Every route answers in its shape; figures agree with each other; what can be checked, checks.

use std::collections::BTreeSet;

use etm_history::testing::account;
use etm_mechanism::{Candidate, DrawReceipt, Pick, verify_draw};
use etm_types::api::MinerRef;
use etm_types::api::block::{Block, BlockCertificate, BlockPage, BlockReceipts};
use etm_types::api::chain::{
    Genesis, Mempool, Parameters, PeerRole, Peers, SearchResult, SearchResults, Status, Supply,
    SupplyPoint, SyncState,
};
use etm_types::api::miner::{MinerHistoryPage, MinerPage};
use etm_types::api::proof::StateProof;
use etm_types::api::query::MinerSort;
use etm_types::api::round::{BoundaryCertificate, BoundaryPage, Round, RoundPage, RoundReceipt};
use etm_types::codec::from_bytes;
use etm_types::{Beacon, Committee, Hash, Header, MinerId, Slot, Votes, namespace};

use crate::support::Server;

fn server() -> Server {
    let server = Server::new(true);
    server.produce(1);
    server.pass(25);
    server
}

#[test]
fn the_chain_as_a_whole() {
    let server = server();
    let status: Status = server.get("/api/v1/status").ok();
    assert_eq!(
        (
            status.tip.height,
            status.progress.round,
            status.progress.blocks_done
        ),
        (26, 6, 3)
    );
    assert_eq!(
        (status.progress.first_height, status.progress.last_height),
        (24, 27)
    );
    assert_eq!(status.progress.committee.len(), 3);
    assert_eq!(status.node.miner.clone().map(|miner| miner.id), Some(0));
    assert_eq!(status.finality.last_ms, Some(120));
    assert_eq!(status.finality.block_interval_ms, Some(500));
    // Who is on turn is who produces the next block.
    let expected = status.progress.producer.clone().unwrap();
    server.pass(1);
    let after: Status = server.get("/api/v1/status").ok();
    assert_eq!(after.tip.producer, Some(expected));
    assert_eq!(
        (
            after.progress.round,
            after.progress.blocks_done,
            after.progress.missed
        ),
        (7, 0, 0)
    );

    // Slots that nobody used count at once, before a block says so; what is old does not.
    for (round, slot, expected) in [(7, 1, 1), (7, 3, 3), (6, 9, 1)] {
        server.is_in(round, slot);
        let status: Status = server.get("/api/v1/status").ok();
        assert_eq!(status.progress.slot, expected);
        assert_eq!(status.progress.upcoming[0].slot, expected + 1);
    }

    let parameters: Parameters = server.get("/api/v1/parameters").ok();
    // The third and the fourth span of the table pay the same: they are one here.
    assert_eq!(parameters.schedule.len(), 5);
    assert_eq!(parameters.schedule[0].last_height, 10_112_000);
    assert_eq!(parameters.schedule[4].bonus_total.0, 2_500_000_000_000_000);
    assert_eq!(
        parameters.schedule[4].reward_total.0,
        24_000_000_000_000_000
    );
    assert_eq!(
        parameters
            .schedule
            .iter()
            .map(|span| span.reward.0 / 100_000_000)
            .collect::<Vec<_>>(),
        [6, 5, 4, 3, 2]
    );
    assert_eq!(parameters.time_gain_table.len(), 32);

    let genesis: Genesis = server.get("/api/v1/genesis").ok();
    assert_eq!(
        Hash::of(&[b"etm/genesis/v1", &genesis.canonical.0]).0,
        genesis.chain.id.0
    );

    let supply: Supply = server.get("/api/v1/supply").ok();
    assert_eq!(supply.rewards_issued, supply.rewards_scheduled);
    assert_eq!(supply.bonus_issued, supply.bonus_scheduled);
    assert_eq!(
        supply.genesis.0 + supply.rewards_issued.0 + supply.bonus_issued.0,
        supply.total.0
    );
    let parts = supply.locked.0
        + supply.deposits.0
        + supply.fees_pending.0
        + supply.escrow.0
        + supply.spendable.0;
    assert_eq!(parts, supply.total.0);
    assert_eq!(
        (supply.positions, supply.voters, supply.accounts),
        (5, 5, 9)
    );
    let points: Vec<SupplyPoint> = server.get("/api/v1/supply/history?points=3").ok();
    assert_eq!(points.last().map(|point| point.height), Some(27));

    let mempool: Mempool = server.get("/api/v1/mempool").ok();
    assert_eq!(mempool.min_fee, parameters.min_fee);
    let peers: Peers = server.get("/api/v1/peers").ok();
    assert_eq!(peers.peers[0].miner.as_ref().map(|miner| miner.id), Some(1));
    // Alive is who the chain saw lately, not who the node says it is connected to.
    assert!(peers.peers[0].ready);
    let seen = peers.peers[0].last_seen_round.unwrap();
    assert!(seen + 10 > after.progress.round, "{seen}");
    // The role is the chain's word, version and height are the peer's, and change nothing of what this node says of itself.
    let role = |id: u32| {
        let has = |miners: &[MinerRef]| miners.iter().any(|miner| miner.id == id);
        match () {
            () if has(&after.progress.committee) => PeerRole::Member,
            () if has(&after.progress.announced) => PeerRole::Announced,
            () => PeerRole::Candidate,
        }
    };
    let mut roles = BTreeSet::new();
    for (id, peer) in (1..5).zip(&peers.peers) {
        assert_eq!(peer.miner.as_ref().map(|miner| miner.id), Some(id));
        assert_eq!(peer.role, role(id), "{id}");
        roles.insert(format!("{:?}", peer.role));
    }
    assert!(roles.len() > 1, "{roles:?}");
    let stranger = peers.peers.last().unwrap();
    assert_eq!(
        (&stranger.miner, stranger.role),
        (&None, PeerRole::Follower)
    );
    assert_eq!(stranger.version.as_deref(), Some("9.9"));
    assert_eq!(stranger.height, Some(u64::MAX));
    let status: Status = server.get("/api/v1/status").ok();
    assert_eq!(status.sync.best_height, status.tip.height);
    assert_eq!(status.sync.state, SyncState::Synced);
}

#[test]
fn the_voting_table() {
    let server = server();
    let page: MinerPage = server.get("/api/v1/miners?sort=rank").ok();
    assert_eq!(
        (
            page.total,
            page.miners.len(),
            page.totals.miners,
            page.totals.candidates
        ),
        (5, 5, 5, 5)
    );
    assert_eq!(
        page.miners
            .iter()
            .map(|miner| miner.rank)
            .collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );
    let sum = |value: fn(&etm_types::api::miner::Miner) -> u64| {
        page.miners.iter().map(value).sum::<u64>()
    };
    assert_eq!(sum(|miner| miner.produced), 26);
    assert_eq!(sum(|miner| miner.missed), 1);
    // Chances sum up to the seats, shares to one.
    assert!(sum(|miner| miner.inclusion_ppb.into()).abs_diff(3_000_000_000) < 10);
    assert!(sum(|miner| miner.votes_share_ppb.into()).abs_diff(1_000_000_000) < 10);
    assert_eq!(sum(|miner| miner.in_committee.into()), 3);
    assert_eq!(sum(|miner| miner.announced.into()), 3);
    // Rounds 2 to 7, three seats each: nobody was drawn for those before.
    assert!(page.miners.iter().all(|miner| miner.recent.len() == 6));
    assert_eq!(
        sum(|miner| miner.recent.bytes().filter(|seat| *seat == b'1').count() as u64),
        18
    );
    assert_eq!(sum(|miner| miner.seats.into()), 18);
    assert!(sum(|miner| miner.expected_seats_micro).abs_diff(18_000_000) < 100);
    let best = page
        .miners
        .iter()
        .max_by_key(|miner| miner.inclusion_ppb)
        .unwrap();
    assert_eq!(best.rank, 1);
    for miner in &page.miners {
        let chance = f64::from(miner.inclusion_ppb) / 1e9;
        let (own, votes) = (page.estimate.votes.0 as f64, miner.votes.0 as f64);
        let rounds = page.estimate.rounds_per_day_milli as f64 / 1e3;
        let expected =
            page.estimate.bonus_per_seat.0 as f64 * chance * rounds * own / (votes + own);
        assert!((miner.estimated_bonus_per_day.0 as f64 - expected).abs() <= expected * 1e-6 + 2.0);
    }

    let fair: MinerPage = server.get("/api/v1/miners").ok();
    server.pass(4);
    let later: MinerPage = server.get("/api/v1/miners").ok();
    assert_ne!(fair.fair_seed, later.fair_seed, "it rotates");
    let mut joined = Vec::new();
    let mut offset = Some(0);
    while let Some(from) = offset {
        let part: MinerPage = server
            .get(&format!("/api/v1/miners?limit=2&offset={from}"))
            .ok();
        joined.extend(part.miners.into_iter().map(|miner| miner.id));
        offset = part.next;
    }
    assert_eq!(
        joined,
        later
            .miners
            .iter()
            .map(|miner| miner.id)
            .collect::<Vec<_>>()
    );

    let sorts = [
        "rank",
        "id",
        "name",
        "votes",
        "locked",
        "voters",
        "produced",
        "missed",
        "coefficient",
        "weight",
        "inclusion",
        "seats",
        "luck",
        "bonus",
        "last_block",
        "fair",
    ];
    for sort in sorts {
        let parsed: MinerSort = serde_json::from_str(&format!("\"{sort}\"")).unwrap();
        let up: MinerPage = server
            .get(&format!("/api/v1/miners?sort={sort}&order=asc"))
            .ok();
        let down: MinerPage = server
            .get(&format!("/api/v1/miners?sort={sort}&order=desc"))
            .ok();
        assert_eq!(up.miners.len(), 5, "{parsed:?}");
        let key = |page: &MinerPage| {
            page.miners
                .iter()
                .map(|miner| miner.id)
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(key(&up), key(&down));
    }
    let only: MinerPage = server.get("/api/v1/miners?ids=1,4&sort=id").ok();
    assert_eq!(
        only.miners.iter().map(|miner| miner.id).collect::<Vec<_>>(),
        [1, 4]
    );
    let found: MinerPage = server.get("/api/v1/miners?q=NER3").ok();
    assert_eq!(found.miners[0].name, "miner3");
    let numbered: MinerPage = server.get("/api/v1/miners?q=%232").ok();
    assert_eq!(numbered.miners[0].id, 2);
    for (tab, count) in [
        ("committee", 3),
        ("announced", 3),
        ("not_elected_lately", 0),
        ("mine", 0),
    ] {
        let page: MinerPage = server.get(&format!("/api/v1/miners?tab={tab}")).ok();
        assert_eq!(page.total, count, "{tab}");
    }
    let history: MinerHistoryPage = server.get("/api/v1/miners/miner2/history").ok();
    assert_eq!(history.miner.id, 2);
}

#[test]
fn blocks_and_search() {
    let server = server();
    let page: BlockPage = server.get("/api/v1/blocks?limit=5").ok();
    assert_eq!(
        page.blocks
            .iter()
            .map(|block| block.height)
            .collect::<Vec<_>>(),
        [26, 25, 24, 23, 22]
    );
    let block: Block = server.get("/api/v1/blocks/1").ok();
    let same: Block = server
        .get(&format!("/api/v1/blocks/{}", block.summary.hash))
        .ok();
    assert_eq!(block, same);
    assert_eq!((block.confirmations, block.summary.missed.len()), (25, 1));
    let header: Header = from_bytes(&block.header.encoded.0).unwrap();
    assert_eq!(header.hash().0, block.summary.hash.0);
    let receipts: BlockReceipts = server.get("/api/v1/blocks/3/receipts").ok();
    let decoded: Vec<etm_types::Receipt> = receipts
        .encoded
        .iter()
        .map(|receipt| from_bytes(&receipt.0).unwrap())
        .collect();
    assert_eq!(
        etm_types::block::receipts_root(&decoded).0,
        receipts.receipts_root.0
    );
    let certificate: BlockCertificate = server.get("/api/v1/blocks/3/certificate").ok();
    assert!(
        certificate
            .committee
            .is_sorted_by(|left, right| left.node_key < right.node_key)
    );
    assert_eq!(certificate.signers.map(|signers| signers.len()), Some(3));

    let search = |text: &str| -> Vec<SearchResult> {
        let results: SearchResults = server.get(&format!("/api/v1/search?q={text}")).ok();
        results.results
    };
    assert!(matches!(
        search("7")[..],
        [
            SearchResult::Block { height: 7, .. },
            SearchResult::Round { round: 7 }
        ]
    ));
    assert!(matches!(search("%233")[..], [SearchResult::Miner { .. }]));
    assert_eq!(search("miner").len(), 5);
    assert!(matches!(
        search(&block.summary.hash.to_string())[..],
        [SearchResult::Block { height: 1, .. }]
    ));
    assert!(matches!(
        search(&account(3).to_string())[..],
        [SearchResult::Account { .. }]
    ));
    assert!(search("nothing").is_empty());
}

/// A sceptic's check of a round from its receipt alone.
#[test]
fn a_receipt_proves_its_round() {
    let server = server();
    let rounds: RoundPage = server.get("/api/v1/rounds").ok();
    assert_eq!((rounds.running, rounds.rounds.len()), (6, 8));
    let current: Round = server.get("/api/v1/rounds/current").ok();
    assert_eq!(current.summary.round, 6);
    assert!(current.committee.iter().all(|seat| seat.votes.0 > 0));
    let announced: Round = server.get("/api/v1/rounds/announced").ok();
    assert_eq!(announced.committee.len(), 3);

    for number in 0..6u64 {
        let receipt: RoundReceipt = server.get(&format!("/api/v1/rounds/{number}/receipt")).ok();
        let chain = etm_types::ChainId(receipt.chain.0);
        let (mut parent, mut beacon, mut slot) = (receipt.parent.0, receipt.seed.0, 0);
        for encoded in &receipt.headers {
            let header: Header = from_bytes(&encoded.0).unwrap();
            assert_eq!(header.parent.0, parent);
            let place = etm_mechanism::beacon::on_turn(
                etm_types::Round(number),
                &receipt.seed.0,
                header.slot,
                receipt.committee.len(),
            );
            let member = &receipt.committee[place];
            assert_eq!(member.miner.id, header.producer.0);
            assert!(header.slot > Slot(slot));
            slot = header.slot.0;
            let key: etm_types::BlsPublicKey = from_bytes(&member.bls_key.0).unwrap();
            let message = etm_execution::vrf_message(&Beacon(beacon), header.height);
            key.verify(&namespace::vrf(&chain), &message, &header.vrf)
                .unwrap();
            beacon = etm_mechanism::beacon::next(&beacon, header.vrf.as_bytes());
            assert_eq!(header.beacon.0, beacon);
            parent = header.hash().0;
        }
        assert_eq!(receipt.certificate.hash.0, parent);
        let lucky = etm_mechanism::beacon::lucky(
            etm_types::Round(number),
            &beacon,
            receipt.committee.len(),
        );
        assert_eq!(
            (receipt.lucky.index as usize, receipt.lucky.miner.id),
            (lucky, receipt.committee[lucky].miner.id)
        );
        for (place, pool) in receipt.pools.iter().enumerate() {
            let extra = if place == lucky {
                receipt.distribution.lucky_extra.0
            } else {
                0
            };
            assert_eq!(pool.pool.0, receipt.distribution.ordinary_pool.0 + extra);
        }
        let draw = &receipt.draw;
        let ids = |miners: &[MinerRef]| {
            miners
                .iter()
                .map(|miner| MinerId(miner.id))
                .collect::<Vec<_>>()
        };
        let candidates = draw.candidates.iter().map(|candidate| Candidate {
            miner: MinerId(candidate.miner.id),
            votes: Votes(candidate.votes.0),
            produced: candidate.produced,
            slots: candidate.slots,
            weight: Votes(candidate.weight.0),
        });
        let picks = draw.picks.iter().map(|pick| Pick {
            hash: pick.hash.0,
            total: Votes(pick.total.0),
            point: Votes(pick.point.0),
            miner: MinerId(pick.miner.id),
        });
        let rebuilt = DrawReceipt {
            round: etm_types::Round(draw.round),
            beacon: draw.beacon.0,
            committee: receipt.committee_size,
            min_committee: receipt.min_committee,
            average: u64::try_from(draw.v_avg.0).unwrap(),
            candidates: candidates.collect(),
            previous: ids(&draw.previous),
            kept: draw.kept,
            picks: picks.collect(),
            members: ids(&draw.members),
        };
        assert_eq!(verify_draw(&rebuilt), Ok(()));
        assert_eq!(rebuilt.beacon, beacon);

        let boundary: BoundaryCertificate = server
            .get(&format!("/api/v1/rounds/{number}/certificate"))
            .ok();
        let committee: Committee = from_bytes(&boundary.committee_encoded.0).unwrap();
        let header: Header = from_bytes(&boundary.certificate.header.0).unwrap();
        assert_eq!(committee.root(), header.committee_root);
        assert_eq!(
            committee
                .members
                .iter()
                .map(|member| member.miner)
                .collect::<Vec<_>>(),
            rebuilt.members
        );
    }
    let page: BoundaryPage = server.get("/api/v1/certificates?limit=4").ok();
    assert_eq!((page.certificates.len(), page.next), (4, Some(4)));
}

#[test]
fn proofs_carry_value_and_certificate() {
    let server = server();
    for path in [
        format!("account/{}", account(0)),
        format!("position/{}", account(0)),
        "round/2".to_owned(),
    ] {
        let proof: StateProof = server.get(&format!("/api/v1/proofs/{path}")).ok();
        assert_eq!((proof.height, proof.certificate.height), (26, 26));
        assert!(proof.entries[0].value.is_some() && proof.entries[0].proof.is_some());
    }
    let absent: StateProof = server
        .get(&format!("/api/v1/proofs/position/{}", account(7)))
        .ok();
    assert_eq!(absent.entries[0].value, None);
}

/// The proofs of the test's state are none, so only what is refused before they are looked at; `etm verify-votes` is tested on a devnet.
#[test]
fn votes_that_can_t_be_proved_are_refused_in_words() {
    let server = server();
    for (path, status, words) in [
        ("nobody".to_owned(), 404, "there is no miner nobody"),
        ("0?address=A1".to_owned(), 400, "A1"),
        (format!("0?address={}", account(7)), 404, "has no position"),
        (
            format!("1?address={}", account(0)),
            404,
            "votes for miner0, not for miner1",
        ),
        ("0?adress=A1".to_owned(), 400, "adress"),
    ] {
        let answer = server.get(&format!("/api/v1/proofs/votes/{path}"));
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.body.contains(words), "{path}");
    }
}

#[test]
fn pages_metrics_and_headers() {
    let server = server();
    let page = server.get("/");
    assert_eq!(page.status, 200);
    assert!(
        page.head
            .contains("content-security-policy: default-src 'none'; script-src 'self'")
    );
    assert!(!page.head.contains("unsafe-inline"));
    for path in ["/docs/index.html", "/docs/docs.js", "/docs/docs.css"] {
        let file = server.get(path);
        assert_eq!(file.status, 200);
        assert!(file.head.contains("content-security-policy"));
        assert!(
            !file.body.contains("https://") && !file.body.contains("http://"),
            "no third party: {path}"
        );
    }
    assert_eq!(server.get("/docs").status, 308);
    let metrics = server.get("/metrics");
    assert!(
        metrics.body.contains("etm_history_height 26")
            && metrics.body.contains("node_blocks_total 1")
    );
    // OpenMetrics: counters are named without `_total`, each family once, and a mark ends it all.
    assert!(
        metrics
            .head
            .contains("application/openmetrics-text; version=1.0.0")
    );
    assert!(metrics.body.contains("# TYPE etm_api_requests counter\n"));
    assert!(metrics.body.ends_with("\n# EOF\n") && metrics.body.matches("# EOF").count() == 1);
    assert!(!metrics.body.contains("\n\n"));

    let status = server.get("/api/v1/status");
    assert!(status.head.contains("access-control-allow-origin: *"));
    assert!(status.head.contains("x-content-type-options: nosniff"));
    let preflight = server.request(
        "OPTIONS",
        "/api/v1/transactions",
        "origin: https://x\r\n",
        b"",
    );
    assert_eq!(preflight.status, 204);
    assert!(
        preflight
            .head
            .contains("access-control-allow-headers: content-type")
    );
    let devnet = server.request(
        "OPTIONS",
        "/api/v1/devnet/faucet",
        "origin: https://x\r\n",
        b"",
    );
    assert!(!devnet.head.contains("access-control-allow-origin"));
    assert_eq!(
        server.request("DELETE", "/api/v1/status", "", b"").code(),
        "method_not_allowed"
    );
}

/// The document that other programs generate code from. To bring it up to date:
/// `curl` it from a node, or run this test with `UPDATE_OPENAPI=1`.
#[test]
fn the_openapi_document_is_up_to_date() {
    let mut document = serde_json::to_string_pretty(&etm_api::openapi()).unwrap();
    document.push('\n');
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(path, &document).unwrap();
    }
    let recorded = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        recorded == document,
        "api/openapi.json differs from the code: run this test with UPDATE_OPENAPI=1"
    );
    let names: serde_json::Value = serde_json::from_str(&document).unwrap();
    for reference in document.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(
            names["components"]["schemas"][name].is_object(),
            "{name} is named and not there"
        );
    }
    let server = Server::new(true);
    assert_eq!(
        server.get("/openapi.json").json(),
        serde_json::from_str::<serde_json::Value>(&document).unwrap()
    );
}
