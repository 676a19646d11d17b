//! What people do: get tokens, lock, vote, see the bonus, switch, unlock; listen; export and replay.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use etm_execution::read;
use etm_history::testing::{account, now};
use etm_scenario::{Document, Record, Replayed, Scenario};
use etm_types::api::account::{
    Account, BonusPage, Preview, PreviewWarning, TimeGainChange, TimelinePage,
};
use etm_types::api::chain::Mempool;
use etm_types::api::devnet::FaucetResponse;
use etm_types::api::event::Event;
use etm_types::api::miner::{MinerDetail, MinerPage};
use etm_types::api::receipt::Effect;
use etm_types::api::transaction::{SubmitResponse, Transaction, TransactionStatus};
use etm_types::{Memo, MinerId, Payload, Units};

use crate::support::{Server, submission};

const ETM: u64 = Units::ETM.0;

fn lock(etm: u64) -> Payload {
    Payload::Lock {
        amount: Units(etm * ETM),
    }
}

#[test]
fn a_vote_from_faucet_to_bonus() {
    let server = Server::new(true);
    let own = account(6);
    let path = |rest: &str| format!("/api/v1/accounts/{own}{rest}");
    let sent: FaucetResponse = server
        .post(
            "/api/v1/devnet/faucet",
            &format!(r#"{{"address":"{own}","amount":"500000000"}}"#),
        )
        .ok();
    let before: Account = server.get(&path("")).ok();
    server.pass(1);
    let seen: Transaction = server
        .get(&format!("/api/v1/transactions/{}", sent.hash))
        .ok();
    assert_eq!(seen.summary.status, TransactionStatus::Finalized);
    let after: Account = server.get(&path("")).ok();
    assert_eq!(after.balance.0, before.balance.0 + 5 * ETM);

    let preview: Preview = server
        .get(&path(&format!(
            "/preview?request=lock&amount={}&miner=miner1",
            1_000 * ETM
        )))
        .ok();
    assert!(preview.accepted, "{preview:?}");
    assert_eq!(preview.time_gain_change, TimeGainChange::New);
    assert_eq!(preview.miners.len(), 1);
    assert!(preview.miners[0].inclusion_after_ppb > preview.miners[0].inclusion_before_ppb);

    let locked: SubmitResponse = server.send(6, 0, lock(1_000)).ok();
    assert_eq!(locked.status, TransactionStatus::Pending);
    let voted: SubmitResponse = server.send(6, 1, Payload::Vote { miner: MinerId(1) }).ok();
    let held: SubmitResponse = server.send(6, 3, lock(1)).ok();
    assert_eq!(held.status, TransactionStatus::Held);
    let pending: Account = server.get(&path("")).ok();
    assert_eq!(
        (
            pending.pending_transactions.len(),
            pending.nonce,
            pending.next_nonce
        ),
        (3, 0, 2)
    );
    server.pass(1);
    let waiting: Account = server.get(&path("")).ok();
    assert_eq!(waiting.position, None);
    assert_eq!(waiting.locking.0, 1_000 * ETM);
    assert_eq!(waiting.pending_requests.len(), 2);
    assert_eq!(waiting.pending_requests[0].transaction, Some(locked.hash));
    assert_eq!(waiting.pending_requests[1].transaction, Some(voted.hash));
    assert_eq!(
        waiting
            .projected
            .as_ref()
            .and_then(|position| position.miner.as_ref())
            .map(|miner| miner.id),
        Some(1)
    );
    let effect = |hash| -> Effect {
        let transaction: Transaction = server.get(&format!("/api/v1/transactions/{hash}")).ok();
        transaction.summary.outcome.unwrap().effect
    };
    assert_eq!(
        effect(voted.hash),
        Effect::Waiting {
            round: 0,
            height: 3
        }
    );
    // What the preview said is what came.
    assert_eq!(waiting.projected, preview.after);
    assert_eq!(waiting.balance, preview.balance_after);
    server.pass(1);
    assert_eq!(effect(voted.hash), Effect::Applied { round: 0 });

    server.pass(40);
    let rich: Account = server.get(&path("")).ok();
    let position = rich.position.clone().unwrap();
    let bonus: BonusPage = server.get(&path("/bonus?limit=500")).ok();
    assert!(rich.earned.0 > 0);
    assert_eq!(
        (rich.earned, position.earned_total, bonus.total_earned),
        (rich.earned, Some(rich.earned), rich.earned)
    );
    assert_eq!(position.since_round, Some(0));
    assert_eq!(position.forecast.len(), 32);
    assert!(
        position
            .forecast
            .iter()
            .all(|point| point.time_gain_expected <= point.time_gain_best)
    );
    let timeline: TimelinePage = server.get(&path("/timeline?limit=500")).ok();
    assert!(
        timeline
            .entries
            .iter()
            .any(|entry| format!("{:?}", entry.change).starts_with("Halving"))
    );

    let switch: Preview = server.get(&path("/preview?request=vote&miner=2")).ok();
    assert!(switch.warnings.contains(&PreviewWarning::SwitchHalves));
    assert_eq!(switch.miners.len(), 2);
    assert!(switch.miners[0].votes_after < switch.miners[0].votes_before);
    assert!(switch.miners[1].inclusion_after_ppb > switch.miners[1].inclusion_before_ppb);
    let query = format!("/preview?request=transfer&amount={}", 3 * ETM);
    let sent: Preview = server.get(&path(&query)).ok();
    let leaves = sent.balance_before.0 - sent.balance_after.0;
    assert_eq!(leaves, 3 * ETM + sent.fee.0);
    assert_eq!(sent.after, sent.before);
    for (query, code) in [
        (
            format!("request=unlock&amount={}", 2_000 * ETM),
            "unlock_exceeds_position",
        ),
        (
            format!("request=unlock&amount={}", 1_000 * ETM - 1),
            "below_minimum_lock",
        ),
        (
            format!("request=lock&amount={}", 200_000 * ETM),
            "insufficient_balance",
        ),
        ("request=resign".to_owned(), "not_a_miner"),
    ] {
        let refused: Preview = server.get(&path(&format!("/preview?{query}"))).ok();
        assert_eq!(
            refused.refused.map(|detail| detail.code).as_deref(),
            Some(code),
            "{query}"
        );
    }

    let mine: MinerPage = server
        .get(&format!("/api/v1/miners?tab=mine&account={own}"))
        .ok();
    assert_eq!(
        mine.miners
            .iter()
            .map(|miner| (miner.id, miner.my_vote))
            .collect::<Vec<_>>(),
        [(1, true)]
    );
    let miner: MinerDetail = server
        .get(&format!("/api/v1/miners/miner1?account={own}"))
        .ok();
    assert!(miner.miner.my_vote && miner.pools_total.0 > rich.earned.0);
    assert_eq!(
        miner
            .voters_by_size
            .iter()
            .map(|class| class.voters)
            .sum::<u64>(),
        2
    );
}

#[test]
fn submissions_wait_until_they_are_final_or_time_is_up() {
    let server = Server::new(true);
    let transaction = server.chain(|chain| chain.sign(6, 0, lock(3)));
    let early: SubmitResponse = server
        .post(
            "/api/v1/transactions?wait=finalized&timeout_ms=50",
            &submission(&transaction),
        )
        .ok();
    assert_eq!(
        (early.status, early.height),
        (TransactionStatus::Pending, None)
    );
    let next = server.chain(|chain| chain.sign(6, 1, Payload::Withdraw));
    std::thread::scope(|scope| {
        let waiting =
            scope.spawn(|| server.post("/api/v1/transactions?wait=included", &submission(&next)));
        while server.get("/api/v1/mempool").json()["count"] != 2 {
            std::thread::sleep(Duration::from_millis(5));
        }
        server.produce(0);
        let done: SubmitResponse = waiting.join().unwrap().ok();
        assert_eq!(
            (done.status, done.height),
            (TransactionStatus::Finalized, Some(1))
        );
        let outcome = done.outcome.unwrap();
        assert!(!outcome.accepted);
        assert_eq!(outcome.refused.unwrap().code, "no_vote");
    });
}

/// Each block wakes all who wait; none of them reads the history for what is still in the pool, so others can.
#[test]
fn those_who_wait_keep_no_reader_waiting() {
    let server = Server::new(true);
    let transaction = server.chain(|chain| chain.sign(6, 1, lock(3)));
    let wait = || {
        server.post(
            "/api/v1/transactions?wait=finalized&timeout_ms=4000",
            &submission(&transaction),
        )
    };
    std::thread::scope(|scope| {
        // More than there are places for reads, and few enough that both ends of all connections fit the usual limit on open files.
        let waiting: Vec<_> = (0..300).map(|_| scope.spawn(wait)).collect();
        while waiting.iter().any(|waiting| !waiting.is_finished()) {
            server.produce(0);
            let block = server.get("/api/v1/blocks/1");
            assert_eq!(block.status, 200, "{}", block.body);
        }
        for waiting in waiting {
            let answer: SubmitResponse = waiting.join().unwrap().ok();
            assert_eq!(answer.status, TransactionStatus::Held);
        }
    });
}

#[test]
fn an_export_of_the_present_never_mixes_rounds() {
    let server = Server::new(true);
    server.pass(5);
    let export = || server.get("/api/v1/scenario/current");
    let before = Scenario::parse(&export().body).unwrap();
    // The round ends while positions are read.
    server.end_round_after(8);
    assert_eq!(export().code(), "unavailable");
    server.catch_up();
    let after = Scenario::parse(&export().body).unwrap();
    assert_ne!(before.genesis.beacon, after.genesis.beacon);
    assert_eq!(
        before.genesis.positions.len(),
        after.genesis.positions.len()
    );
}

fn listen(server: &Server, path: &str, headers: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nhost: node\r\n{headers}\r\n").as_bytes())
        .unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
    }
    reader
}

fn next(reader: &mut BufReader<TcpStream>) -> Event {
    loop {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).unwrap() > 0, "the stream ended");
        if let Some(json) = line.trim_end().strip_prefix("data: ") {
            return serde_json::from_str(json).unwrap();
        }
    }
}

#[test]
fn events_come_live_and_again() {
    let server = Server::new(true);
    let mut all = listen(&server, "/api/v1/events", "");
    let mut rounds = listen(&server, "/api/v1/events?kinds=round", "");
    server.produce(2);
    server.pass(2);
    let kinds: Vec<String> = (0..6)
        .map(|_| match next(&mut all) {
            Event::Missed { missed, round } => format!("missed {} of {round}", missed.slot),
            Event::Block { block, finality_ms } => {
                format!("block {} {finality_ms:?}", block.height)
            }
            Event::Round { round } => format!("round {}", round.round),
            other => format!("{other:?}"),
        })
        .collect();
    let expected = [
        "missed 1 of 0",
        "missed 2 of 0",
        "block 1 Some(120)",
        "block 2 Some(120)",
        "block 3 Some(120)",
        "round 0",
    ];
    assert_eq!(kinds, expected);
    assert!(matches!(next(&mut rounds), Event::Round { round } if round.round == 0));
    let mut again = listen(
        &server,
        "/api/v1/events?kinds=block",
        "last-event-id: 1\r\n",
    );
    server.pass(1);
    let heights: Vec<u64> = (0..3)
        .map(|_| match next(&mut again) {
            Event::Block { block, .. } => block.height,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(heights, [2, 3, 4]);
}

#[test]
fn pending_events_tell_of_all_that_enters_the_pool() {
    let server = Server::new(true);
    let mut pending = listen(&server, "/api/v1/events?kinds=pending", "");
    let mut all = listen(&server, "/api/v1/events", "");
    let mut blocks = listen(&server, "/api/v1/events?kinds=block", "");
    let brought = server.chain(|chain| chain.sign(7, 0, lock(5)));
    server.hear(&brought);
    assert_eq!(server.send(6, 1, lock(3)).status, 202);
    assert_eq!(
        server.submit(&brought).status,
        202,
        "known already: no event"
    );
    server.pass(1);
    for stream in [&mut pending, &mut all] {
        let (
            Event::Pending { transaction: first },
            Event::Pending {
                transaction: second,
            },
        ) = (next(stream), next(stream))
        else {
            panic!("no pending transactions");
        };
        assert_eq!(first.hash.0, brought.hash().0);
        assert_eq!(
            (first.status, second.status),
            (TransactionStatus::Pending, TransactionStatus::Held)
        );
    }
    assert!(matches!(next(&mut all), Event::Block { block, .. } if block.height == 1));
    assert!(matches!(next(&mut blocks), Event::Block { block, .. } if block.height == 1));
    let mempool: Mempool = server.get("/api/v1/mempool").ok();
    assert_eq!((mempool.count, mempool.held), (1, 1));
    assert_eq!(mempool.transactions[0].status, TransactionStatus::Held);
}

/// The name and the id of the next event.
fn next_named(reader: &mut BufReader<TcpStream>) -> (String, Option<u64>) {
    let (mut name, mut id) = (String::new(), None);
    loop {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).unwrap() > 0, "the stream ended");
        match line.trim_end().split_once(": ") {
            Some(("event", text)) => name = text.to_owned(),
            Some(("id", text)) => id = text.parse().ok(),
            None if line == "\n" && !name.is_empty() => return (name, id),
            _ => {}
        }
    }
}

#[test]
fn a_client_that_comes_again_misses_nothing_of_any_kind() {
    let server = Server::new(true);
    server.produce(2);
    server.pass(3);
    server.produce(1);
    let read = |kinds: &str, last: u64, count: usize| -> Vec<(String, Option<u64>)> {
        let path = format!("/api/v1/events?kinds={kinds}");
        let mut reader = listen(&server, &path, &format!("last-event-id: {last}\r\n"));
        (0..count).map(|_| next_named(&mut reader)).collect()
    };
    let event = |name: &str, id: Option<u64>| (name.to_owned(), id);
    // Only the last event of a block bears an id: who breaks off before it gets all of the block again.
    assert_eq!(
        read("block,round,missed", 0, 9),
        [
            event("missed", None),
            event("missed", None),
            event("block", Some(1)),
            event("block", Some(2)),
            event("block", None),
            event("round", Some(3)),
            event("block", Some(4)),
            event("missed", None),
            event("block", Some(5)),
        ]
    );
    assert_eq!(read("round", 2, 1), [event("round", Some(3))]);
    assert_eq!(
        read("missed", 0, 3),
        [
            event("missed", None),
            event("missed", Some(1)),
            event("missed", Some(5))
        ]
    );
    assert_eq!(read("missed", 1, 1), [event("missed", Some(5))]);
    for id in ["x", "-1", "1.5", "18446744073709551616", ""] {
        let answer = server.request(
            "GET",
            "/api/v1/events",
            &format!("last-event-id: {id}\r\n"),
            b"",
        );
        assert_eq!(answer.code(), "invalid_query", "{id}");
    }
}

#[test]
fn a_client_that_was_away_for_too_long_is_told() {
    let server = Server::new(true);
    server.pass(1_010);
    let mut reader = listen(&server, "/api/v1/events", "last-event-id: 4\r\n");
    assert!(matches!(next(&mut reader), Event::Lagged { events: 6 }));
    assert!(matches!(next(&mut reader), Event::Block { block, .. } if block.height == 11));
}

/// A figure changed in a record, and where it is.
type ForgedRecord = (fn(&mut Record), &'static str);

const FORGED: [ForgedRecord; 8] = [
    (|record| record.rounds[3].carry.0 += 1, "rounds[3].carry"),
    (|record| record.rounds[2].lucky += 1, "rounds[2].lucky"),
    (|record| record.rounds[5].v_avg.0 -= 1, "rounds[5].v_avg"),
    (
        |record| record.rounds[1].fees_pending.0 += 1,
        "rounds[1].fees_pending",
    ),
    (
        |record| record.rounds[4].candidates[0].votes.0 += 1,
        "rounds[4].candidates[0].S",
    ),
    (
        |record| record.rounds[0].committee.members.swap(0, 1),
        "rounds[0].committee.members[0]",
    ),
    (
        |record| record.rounds[0].rejected.clear(),
        "rounds[0].rejected[0]",
    ),
    (|record| record.positions[1].t += 1, "positions[1].t"),
];

/// The export of a run, replayed by the mechanism alone, gives the figures of the chain.
#[test]
fn an_exported_run_replays_to_the_same_figures() {
    let server = Server::new(true);
    server.send(6, 0, lock(700));
    server.send(6, 1, Payload::Vote { miner: MinerId(3) });
    server.send(7, 0, lock(50));
    server.send(5, 0, Payload::Unlock { amount: Units(5) });
    // Nothing is locked there.
    server.send(8, 0, Payload::Unlock { amount: Units(5) });
    server.pass(5);
    server.produce(3);
    server.send(6, 0, Payload::Vote { miner: MinerId(0) });
    server.send(7, 0, Payload::Vote { miner: MinerId(3) });
    server.send(2, 0, Payload::Resign);
    server.pass(6);
    server.send(
        6,
        0,
        Payload::Unlock {
            amount: Units(700 * ETM),
        },
    );
    let recipient = account(5);
    server.send(
        7,
        0,
        Payload::Transfer {
            recipient,
            amount: Units(9),
            memo: Memo::empty(),
        },
    );
    server.pass(11);

    let text = server.get("/api/v1/scenario/full").body;
    // What the node recorded is what follows; one figure changed is found.
    let agree = etm_scenario::replay("run", &text, true).unwrap();
    assert_eq!(agree, Replayed::Agree { rounds: 6 });
    let document = Document::parse(&text).unwrap();
    let record = document.record.clone().unwrap();
    assert!(record.rounds.iter().any(|round| !round.rejected.is_empty()));
    assert!(record.positions.len() > 3);
    for (forge, path) in FORGED {
        let mut forged = document.clone();
        forge(forged.record.as_mut().unwrap());
        let json = serde_json::to_string(&forged).unwrap();
        let refused = etm_scenario::replay("run", &json, true).unwrap_err();
        let expected = format!("run: {path}: expected ");
        assert!(refused.to_string().starts_with(&expected), "{refused}");
    }
    let scenario = document.scenario;
    assert_eq!(scenario.rounds.len(), 6);
    let states = etm_scenario::run(&scenario).unwrap();
    let last = states.rounds.last().unwrap();
    let params = server.chain(|chain| chain.genesis.chain().params);
    let find = |id: &str| {
        last.accounts
            .iter()
            .find(|account| account.id == id)
            .unwrap()
            .free
            .0
    };
    for number in 0..9u8 {
        let view = server
            .chain(|chain| now(read::account(&chain.state, &params, &account(number))))
            .unwrap();
        let id = account(number).to_string();
        assert_eq!(find(&id), view.record.free.0, "account {number}");
        let position = last
            .positions
            .iter()
            .find(|position| position.account == id);
        let told = position.map(|position| {
            (
                position.locked.0,
                position.t,
                position.miner,
                position.earned.0,
            )
        });
        let real = view.position.map(|position| {
            (
                position.locked.0,
                position.t.get(),
                position.miner.map(|miner| miner.0),
                view.earned.0,
            )
        });
        assert_eq!(told, real, "account {number}");
    }
    let current = server.get("/api/v1/scenario/current");
    let current = Scenario::parse(&current.body).unwrap();
    assert_eq!(current.genesis.miners.len(), 4, "one resigned");
    assert_eq!(current.genesis.positions.len(), last.positions.len());
    etm_scenario::run(&current).unwrap();
}

/// Whoever is sent something has asked for the same as before: a hundred transfers of a stranger name no other transaction.
#[test]
fn what_an_account_is_sent_hides_none_of_its_requests() {
    let server = Server::new(true);
    let path = format!("/api/v1/accounts/{}", account(6));
    let locked: SubmitResponse = server.send(6, 0, lock(1_000)).ok();
    let voted: SubmitResponse = server.send(6, 1, Payload::Vote { miner: MinerId(1) }).ok();
    server.pass(1);
    for nonce in 0..60 {
        for sender in [5, 7] {
            let dust = Payload::Transfer {
                recipient: account(6),
                amount: Units(1),
                memo: Memo::empty(),
            };
            let _: SubmitResponse = server.send(sender, nonce, dust).ok();
        }
    }
    server.pass(1);
    let waiting: Account = server.get(&path).ok();
    assert_eq!(waiting.free.0 % 1_000, 120, "{waiting:?}");
    let asked = waiting.pending_requests.iter();
    let asked: Vec<_> = asked.map(|request| request.transaction).collect();
    assert_eq!(asked, [Some(locked.hash), Some(voted.hash)]);
}
