//! A history that lags, can't be written, or goes away: what is answered meanwhile, and what is said of it.

use etm_types::Height;
use std::time::{Duration, Instant};

use etm_history::testing::account;
use etm_types::api::Amount;
use etm_types::api::account::Account;
use etm_types::api::block::Block;
use etm_types::api::chain::Status;
use etm_types::api::miner::{MinerDetail, MinerPage};
use etm_types::api::ready::Ready;
use etm_types::api::transaction::{Transaction, TransactionPage};
use etm_types::{Memo, Payload, Units};

use crate::support::{Answer, Server, WARNING};

fn head(answer: &Answer, name: &str) -> u64 {
    let line = answer
        .head
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap().trim().parse().unwrap()
}

fn ready(server: &Server) -> (u16, Ready) {
    let answer = server.get("/readyz");
    (answer.status, serde_json::from_str(&answer.body).unwrap())
}

#[test]
fn answers_of_a_history_that_lags_say_so() {
    let server = Server::new(true);
    server.pass(6);
    let own = format!("/api/v1/accounts/{}", account(0));
    let before: Account = server.get(&own).ok();
    assert!(before.position.unwrap().earned_total.is_some());
    server.pass_unseen(5);

    // The state answers; the past that belongs to another round is not shown beside it.
    let status = server.get("/api/v1/status");
    assert_eq!(
        (
            head(&status, "etm-history-height"),
            head(&status, "etm-chain-height")
        ),
        (6, 11)
    );
    let status: Status = status.ok();
    assert_eq!((status.tip.height, status.sync.history_lag), (11, 5));
    let lagging: Account = server.get(&own).ok();
    let position = lagging.position.unwrap();
    assert_eq!(
        (lagging.height, position.earned_total, position.since_round),
        (11, None, None)
    );
    assert_eq!(server.get("/api/v1/miners").code(), "unavailable");

    // What may be in a block that is missing is not called missing.
    let transaction = format!("transactions/{}", "ab".repeat(32));
    for path in ["blocks/9", "blocks/9/receipts", &transaction] {
        let answer = server.get(&format!("/api/v1/{path}"));
        assert_eq!(answer.code(), "unavailable", "{answer:?}");
        assert!(answer.body.contains("to block 6 of 11"), "{answer:?}");
    }
    // What can't be in one of them is: whoever asks again would ask for ever.
    for path in [
        "blocks/0",
        "blocks/0/receipts",
        "blocks/0/certificate",
        "blocks/12",
        "rounds/99",
        "rounds/99/receipt",
        "rounds/99/certificate",
        "rounds/99/evidence",
    ] {
        let answer = server.get(&format!("/api/v1/{path}"));
        assert_eq!(answer.code(), "not_found", "{path}: {answer:?}");
    }
    // What is there is there.
    assert_eq!(server.get("/api/v1/blocks/6").status, 200);

    server.catch_up();
    assert_eq!(server.get("/api/v1/blocks/9").status, 200);
    assert_eq!(server.get("/api/v1/blocks/12").code(), "not_found");
    assert_eq!(server.get("/api/v1/miners").status, 200);
    let whole: Account = server.get(&own).ok();
    assert!(whole.position.unwrap().earned_total.is_some());
}

/// The history is written a moment after the state: who asks then gets the answer, not an excuse.
#[test]
fn a_moment_is_waited_for() {
    let server = Server::new(true);
    server.pass(3);
    for height in 4..40 {
        server.pass_unseen(1);
        let path = format!("/api/v1/blocks/{height}");
        std::thread::scope(|scope| {
            let answer = scope.spawn(|| server.get(&path));
            server.catch_up();
            assert_eq!(answer.join().unwrap().status, 200, "{path}");
        });
    }
}

/// On a machine that has no time, a moment is long.
#[test]
fn a_slow_history_is_waited_for_and_one_that_stands_still_is_not_again() {
    let server = Server::new(true);
    server.pass(6);
    // The seventh block ends a round, after which the miners' past of the round before is not shown.
    server.pass_unseen(1);
    let transaction = format!("/api/v1/transactions/{}", "ab".repeat(32));
    let paths = ["/api/v1/miners", "/api/v1/miners/0", &transaction];
    std::thread::scope(|scope| {
        let get = |path| server.get(path);
        let answers = paths.map(|path| scope.spawn(move || get(path)));
        std::thread::sleep(Duration::from_secs(1));
        server.catch_up();
        let answers = answers.map(|answer| answer.join().unwrap().status);
        assert_eq!(answers, [200, 200, 404]);
    });

    server.pass_unseen(1);
    let begun = Instant::now();
    for _ in 0..20 {
        assert_eq!(server.get("/api/v1/blocks/8").code(), "unavailable");
    }
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "one in vain is enough"
    );
    server.catch_up();
    assert_eq!(server.get("/api/v1/blocks/8").status, 200);
}

/// The state is a moment ahead of the block that a node tells of. Tables of a round that ended in between wait for the history all the same.
#[test]
fn the_history_is_waited_for_up_to_the_block_of_the_state() {
    let server = Server::new(true);
    server.pass(6);
    server.holds_its_tip(true);
    server.pass_unseen(1);
    std::thread::scope(|scope| {
        let paths = ["/api/v1/miners", "/api/v1/miners/0"];
        let answers = paths.map(|path| scope.spawn(|| server.get(path)));
        std::thread::sleep(Duration::from_secs(1));
        server.catch_up();
        server.holds_its_tip(false);
        for answer in answers {
            let answer = answer.join().unwrap();
            assert_eq!(answer.status, 200, "{answer:?}");
        }
    });
}

#[test]
fn a_history_that_cannot_be_written_is_reported_until_it_can() {
    let server = Server::new(true);
    server.pass(5);
    assert_eq!(ready(&server).0, 200);
    server.pass_unseen(1);
    let block = server.unseen();

    let lock = rusqlite::Connection::open(server.path()).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = Instant::now();
    assert!(server.history.follow(&block).is_err());
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "it gives up by itself"
    );
    let (status, report) = ready(&server);
    assert_eq!((status, report.ready), (503, false));
    assert!(report.reasons[0].starts_with("history: "), "{report:?}");
    assert_eq!((report.history.height, report.history.lag), (5, 1));
    let metrics = server.get("/metrics").body;
    assert!(metrics.contains("\netm_history_failing 1\n"), "{metrics}");
    // Reading goes on.
    assert_eq!(server.get("/api/v1/blocks/5").status, 200);

    drop(lock);
    assert_eq!(server.history.wanted().unwrap(), Height(6));
    server.history.follow(&block).unwrap();
    let (status, report) = ready(&server);
    assert_eq!((status, report.reasons.len()), (200, 0));
    assert_eq!(report.warnings, [WARNING]);
    let status: Status = server.get("/api/v1/status").ok();
    assert_eq!(status.sync.warnings, [WARNING]);
    assert!(
        server
            .get("/metrics")
            .body
            .contains("\netm_history_failing 0\n")
    );
}

#[test]
fn a_history_that_goes_away_is_begun_anew_under_its_readers() {
    let server = Server::new(true);
    let mut blocks = Vec::new();
    for _ in 0..9 {
        server.pass_unseen(1);
        blocks.push(server.unseen());
        server.catch_up();
    }
    for (round, damage) in ["gone", "garbage"].into_iter().enumerate() {
        std::fs::remove_file(server.path()).unwrap();
        if damage == "garbage" {
            std::fs::write(server.path(), vec![0x5a; 50_000]).unwrap();
        }
        assert_eq!(server.history.wanted().unwrap(), Height(1), "{damage}");
        let answer = server.get("/api/v1/blocks/9");
        assert_eq!(answer.code(), "unavailable", "{answer:?}");
        assert_eq!(head(&answer, "etm-history-height"), 0);
        // The account is in the state.
        let own: Account = server.get(&format!("/api/v1/accounts/{}", account(0))).ok();
        assert_eq!(own.height, 9);
        for block in &blocks {
            server.history.follow(block).unwrap();
        }
        assert_eq!(server.get("/api/v1/blocks/9").status, 200);
        assert_eq!(ready(&server).1.history.put_aside, round as u64);
    }
}

/// A node that keeps the history of the last rounds says so of everything before.
#[test]
fn pages_of_removed_rounds_say_that_they_were_removed() {
    let server = Server::new(true);
    let transfer = Payload::Transfer {
        recipient: account(8),
        amount: Units(1),
        memo: Memo::empty(),
    };
    assert_eq!(server.send(7, 0, transfer).status, 202);
    server.pass(60);
    let old: Transaction = {
        let sent: TransactionPage = server
            .get(&format!("/api/v1/accounts/{}/transactions", account(7)))
            .ok();
        server
            .get(&format!(
                "/api/v1/transactions/{}",
                sent.transactions[0].hash
            ))
            .ok()
    };
    let hash = |height: u64| -> Block { server.get(&format!("/api/v1/blocks/{height}")).ok() };
    let (first_hash, kept_hash) = (hash(1).summary.hash, hash(60).summary.hash);
    while server.history.prune(5).unwrap() {}
    let first = server.history.first_kept().unwrap().0;
    let params = server.chain(|chain| chain.genesis.chain().params.mechanism);
    let round = first / u64::from(params.blocks_per_round);
    let why = format!("from round {round} (block {first}) on");
    for path in [
        "blocks/1".to_owned(),
        "blocks/1/receipts".to_owned(),
        "blocks/1/certificate".to_owned(),
        format!("blocks?before_height={first}"),
        "rounds/0".to_owned(),
        "rounds/0/receipt".to_owned(),
        "rounds/0/evidence".to_owned(),
        format!("rounds?before_round={round}"),
        format!("miners/0/history?before_round={round}"),
        format!("accounts/{}/bonus?before_round={round}", account(0)),
        format!("accounts/{}/transactions", account(7)),
        "scenario/full".to_owned(),
    ] {
        let answer = server.get(&format!("/api/v1/{path}"));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (410, "pruned"),
            "{path}: {answer:?}"
        );
        assert!(answer.body.contains(&why), "{path}: {answer:?}");
    }
    // What has no height may have been there or not.
    for path in [
        format!("transactions/{}", old.summary.hash),
        format!("blocks/{first_hash}"),
    ] {
        let answer = server.get(&format!("/api/v1/{path}"));
        assert_eq!(answer.code(), "not_found", "{path}");
        assert!(
            answer
                .body
                .contains(&format!("keeps blocks from {first} on")),
            "{answer:?}"
        );
    }
    assert_eq!(server.get("/api/v1/blocks/0").code(), "not_found");
    for path in [
        "miners".to_owned(),
        "blocks".to_owned(),
        "rounds".to_owned(),
        "supply".to_owned(),
        "search?q=1".to_owned(),
        format!("blocks/{first}"),
        format!("blocks/{kept_hash}"),
        format!("rounds/{round}"),
        format!("accounts/{}", account(0)),
        format!("accounts/{}/bonus", account(0)),
        "miners/0/history".to_owned(),
    ] {
        let answer = server.get(&format!("/api/v1/{path}"));
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
}

/// Whoever reads is the first to know, and whoever watches over the node is told until all is whole again.
#[test]
fn a_history_that_breaks_under_its_readers_is_said_and_mended() {
    const PAGE: usize = 4_096;
    let server = Server::new(true);
    let mut blocks = Vec::new();
    let mut next = || {
        server.pass_unseen(1);
        let block = server.unseen();
        server.catch_up();
        blocks.push(block);
    };
    (0..30).for_each(|_| next());
    let checkpoint = rusqlite::Connection::open(server.path()).unwrap();
    checkpoint
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    let mut bytes = std::fs::read(server.path()).unwrap();
    for page in bytes.chunks_mut(PAGE).skip(1) {
        page.iter_mut().take(100).for_each(|byte| *byte ^= 0x5a);
    }
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .open(server.path())
        .unwrap();
    std::io::Write::write_all(&mut file, &bytes).unwrap();
    assert_eq!(ready(&server).0, 200, "nobody has read");
    let told = |path: &str| {
        let answer = server.get(path);
        assert_eq!(answer.code(), "unavailable", "{answer:?}");
        assert!(answer.body.contains("written anew from the blocks"));
    };
    told("/api/v1/blocks/5");
    told("/api/v1/rounds");
    // What the state says is there all the same.
    assert_eq!(server.get("/api/v1/status").status, 200);
    let (status, report) = ready(&server);
    assert_eq!(status, 503);
    assert!(report.reasons[0].contains("file is damaged"), "{report:?}");
    assert!(
        server
            .get("/metrics")
            .body
            .contains("\netm_history_failing 1\n")
    );
    assert_eq!(server.history.wanted().unwrap(), Height(1));
    for block in &blocks {
        server.history.follow(block).unwrap();
        let (status, report) = ready(&server);
        assert_eq!((status, report.history.put_aside), (503, 1));
        let reason = &report.reasons[0];
        assert!(reason.contains("being written anew"), "{report:?}");
    }
    server.history.whole();
    assert_eq!(ready(&server).0, 200);
    assert_eq!(server.get("/api/v1/blocks/5").status, 200);
    assert!(
        server
            .get("/metrics")
            .body
            .contains("\netm_history_failing 0\n")
    );
}

/// What it lacks can't be had any more: there is no history, and everybody is told why, once and for all.
#[test]
fn a_history_that_can_not_be_written_any_more_says_so() {
    let server = Server::new(true);
    server.pass_unseen(5);
    let why = "block 1 is kept, but what executing it brought is lost";
    server.history.give_up(why);
    for path in ["blocks/1", "rounds", "miners/0/history"] {
        let answer = server.get(&format!("/api/v1/{path}"));
        assert_eq!(answer.code(), "pruned", "{path}: {answer:?}");
        assert!(answer.body.contains(why), "{path}: {answer:?}");
    }
    let (status, report) = ready(&server);
    assert_eq!(status, 503);
    assert!(report.reasons[0].contains(why), "{report:?}");
    // What is written already goes on to be answered.
    let part = Server::new(true);
    part.pass(3);
    part.history.give_up(why);
    part.pass_unseen(20);
    assert_eq!(part.get("/api/v1/blocks/3").status, 200);
    assert_eq!(part.get("/api/v1/rounds").status, 200);
    assert_eq!(ready(&part).0, 503);
    // Who asks for the rest is not told to come again.
    let address = account(0);
    let table: MinerPage = part.get("/api/v1/miners").ok();
    assert!(!table.past && table.height > 3);
    for path in ["blocks/5", &format!("proofs/account/{address}")] {
        let answer = part.get(&format!("/api/v1/{path}"));
        assert_eq!(answer.code(), "pruned", "{path}: {answer:?}");
        assert!(answer.body.contains(why), "{path}: {answer:?}");
        assert!(!answer.body.contains("try again"), "{path}: {answer:?}");
    }
}

/// A node that keeps no history is as good as any other, but for what comes from one.
#[test]
fn a_node_without_a_history_says_so() {
    let why = "this node keeps no history: it began with a snapshot of block 7";
    // Not in the first round either, which a history without blocks stands in.
    let early = Server::without_history(why);
    early.pass_unseen(1);
    let table: MinerPage = early.get("/api/v1/miners").ok();
    assert!(!table.past && table.round == 0);
    let server = Server::without_history(why);
    server.pass_unseen(9);
    let (status, state) = ready(&server);
    assert_eq!((status, state.ready, state.history.lag), (200, true, 0));
    assert_eq!(state.warnings.last().map(String::as_str), Some(why));
    let status: Status = server.get("/api/v1/status").ok();
    assert_eq!((status.tip.height, status.sync.history_lag), (9, 0));
    assert!(status.sync.warnings.iter().any(|warning| warning == why));
    let own: Account = server.get(&format!("/api/v1/accounts/{}", account(0))).ok();
    let position = own.position.unwrap();
    assert_eq!((own.height, position.earned_total), (9, None));
    let hash = "ab".repeat(32);
    for path in [
        "blocks/1",
        "blocks",
        "rounds",
        "rounds/0/evidence",
        "boundaries",
        "miners/0/history",
        &format!("transactions/{hash}"),
        &format!("accounts/{}/bonus", account(0)),
    ] {
        let answer = server.get(&format!("/api/v1/{path}"));
        assert_eq!(answer.code(), "pruned", "{path}: {answer:?}");
        assert!(answer.body.contains(why), "{path}: {answer:?}");
    }
    // What the state says of miners is there, by id and by name, and what it doesn't is told apart.
    let table: MinerPage = server.get("/api/v1/miners").ok();
    assert!(!table.past && table.height == 9 && !table.miners.is_empty());
    let row = &table.miners[0];
    assert!(row.weight.0 > 0 && row.inclusion_ppb > 0 && row.slots > 0);
    assert_eq!((row.voters, row.locked, row.seats), (0, Amount(0), 0));
    for named in [row.name.clone(), row.id.to_string()] {
        let one: MinerDetail = server.get(&format!("/api/v1/miners/{named}")).ok();
        assert!(!one.past && one.voters_by_size.is_empty());
        assert!(one.miner == *row && !one.dial_address.is_empty(), "{one:?}");
    }
    let unknown = server.get("/api/v1/miners/nobody");
    assert_eq!(unknown.code(), "not_found", "{unknown:?}");
    // What is submitted is taken or refused as anywhere.
    let lock = |etm: u64| Payload::Lock {
        amount: Units(etm * Units::ETM.0),
    };
    assert_eq!(server.send(7, 0, lock(20)).status, 202);
    assert_eq!(server.send(8, 10_000, lock(20)).code(), "nonce_too_high");
    let metrics = server.get("/metrics").body;
    assert!(metrics.contains("\netm_history_lag 0\n"), "{metrics}");
    assert!(metrics.contains("\netm_history_failing 0\n"), "{metrics}");
}
