//! What an address holds, others can have all the same: real sockets of several addresses of this machine that ask for much and read nothing.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use crate::door::{ask, from};
use crate::support::{BLOCK_BYTES, Server, eventually, submission};
use etm_api::Limits;
use etm_types::{Memo, Payload, Units};

const GET_RANGE: &str = "GET /api/v1/chain/blocks/1-8 HTTP/1.1\r\nhost: node\r\n\r\n";

/// KiB of the answer to [`GET_RANGE`].
const RANGE_KIB: usize = 4 * BLOCK_BYTES / 1024;

fn bound() -> Limits {
    Limits {
        bound_loopback: true,
        ..Limits::default()
    }
}

/// The whole answer to a request on a connection of its own.
fn whole(host: u8, server: &Server, request: &str) -> String {
    let mut stream = from(host, server);
    let request = request.replacen("host: node", "host: node\r\nconnection: close", 1);
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Connections that ask for the same so often that it doesn't fit what lies between the two ends, and take nothing of it.
fn hold(
    host: u8,
    server: &Server,
    connections: usize,
    request: &str,
    times: usize,
) -> Vec<TcpStream> {
    let ask = |_| {
        let mut stream = from(host, server);
        stream.write_all(request.repeat(times).as_bytes()).unwrap();
        stream
    };
    (0..connections).map(ask).collect()
}

#[test]
fn who_takes_nothing_of_large_answers_leaves_others_their_room() {
    let server = Server::with_limits(
        true,
        Limits {
            answers_kib: 24 * RANGE_KIB,
            answers_kib_of_address: 4 * RANGE_KIB,
            ..bound()
        },
    );
    server.pass(8);
    let _held = [2, 3].map(|host| hold(host, &server, 20, GET_RANGE, 8));
    for host in [2, 3] {
        eventually("it has as much as it may", || {
            let answer = whole(host, &server, GET_RANGE);
            answer.starts_with("HTTP/1.1 429 ")
                && answer.contains("of large answers are on their way to this address")
        });
    }
    for _ in 0..20 {
        let answer = whole(4, &server, GET_RANGE);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer:.200}");
    }
}

/// Answers that bear a tag are made whole before they are sent: they lie in memory as any other.
#[test]
fn answers_with_tags_are_counted() {
    let server = Server::with_limits(
        true,
        Limits {
            answers_kib: 4_096,
            answers_kib_of_address: 64,
            ..bound()
        },
    );
    let memo = Memo::new("\u{1f4b8}".repeat(16)).unwrap();
    for number in 0..8 {
        for ahead in 0..20 {
            let payload = Payload::Transfer {
                recipient: etm_history::testing::account(number),
                amount: Units(1),
                memo: memo.clone(),
            };
            assert_eq!(server.send(number, ahead, payload).status, 202);
        }
    }
    server.produce(0);
    let get = "GET /api/v1/blocks/1 HTTP/1.1\r\nhost: node\r\n\r\n";
    let size = whole(4, &server, get).len();
    assert!(size > 70 * 1024, "{size} bytes are no large answer");
    // One large answer each, whatever its size.
    let _held = hold(2, &server, 1, get, (16 << 20) / size);
    eventually("it has as much as it may", || {
        whole(2, &server, get).starts_with("HTTP/1.1 429 ")
    });
    assert!(whole(4, &server, get).starts_with("HTTP/1.1 200 "));
}

#[test]
fn who_lets_submissions_wait_leaves_others_their_places() {
    let server = Server::with_limits(
        true,
        Limits {
            waiting: 16,
            waiting_of_address: 2,
            requests_of_address: 1,
            quick_of_address: 1,
            ..bound()
        },
    );
    let request = |number: u8, ahead: u64, query: &str| {
        let payload = Payload::Withdraw;
        let body = submission(&server.chain(|chain| chain.sign(number, ahead, payload)));
        let length = body.len();
        format!(
            "POST /api/v1/transactions{query} HTTP/1.1\r\nhost: node\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
    };
    // Held back by a gap, so that they wait until their time is up.
    let mut held = Vec::new();
    for host in [2, 3] {
        let mut waiting: Vec<TcpStream> = (1..=10)
            .map(|ahead| {
                let mut stream = from(host, &server);
                let request = request(host, ahead, "?wait=finalized&timeout_ms=60000");
                stream.write_all(request.as_bytes()).unwrap();
                stream.set_nonblocking(true).unwrap();
                stream
            })
            .collect();
        let mut refused = 0;
        eventually("all but two are refused", || {
            waiting.retain_mut(|stream| {
                let mut answer = [0; 4096];
                match stream.read(&mut answer) {
                    Ok(length) => {
                        let answer = String::from_utf8_lossy(&answer[..length]);
                        assert!(
                            answer.starts_with("HTTP/1.1 429 ")
                                && answer.contains("2 submissions of this address wait")
                                && answer.contains("submit it without wait"),
                            "{answer}"
                        );
                        refused += 1;
                        false
                    }
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::WouldBlock);
                        true
                    }
                }
            });
            refused == 8
        });
        held.push(waiting);
    }
    // What they were told to do, and whatever else they ask.
    let answer = whole(2, &server, &request(2, 20, ""));
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    assert_eq!(
        ask(&mut from(2, &server), "/api/v1/status").unwrap(),
        "HTTP/1.1 200 OK"
    );
    let answer = whole(4, &server, &request(4, 1, "?wait=finalized&timeout_ms=50"));
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    assert!(held.iter().all(|waiting| waiting.len() == 2));
}

/// Ranges are read a few at a time. Those of one address that take long keep nobody else waiting.
#[test]
fn who_asks_for_slow_ranges_leaves_others_their_turns() {
    let server = Server::with_limits(
        true,
        Limits {
            bulk_of_address: 10,
            ..bound()
        },
    );
    server.pass(8);
    server.block_read(1);
    let held = hold(2, &server, 20, GET_RANGE, 1);
    let wait = || {
        let waits = |stream: &&TcpStream| {
            stream.set_nonblocking(true).unwrap();
            let mut answer = [0; 12];
            match stream.peek(&mut answer) {
                Ok(length) => {
                    assert_eq!(&answer[..length], b"HTTP/1.1 429");
                    false
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::WouldBlock);
                    true
                }
            }
        };
        held.iter().filter(waits).count()
    };
    eventually("ten are in work, ten are refused", || wait() == 10);
    let answer = whole(3, &server, &GET_RANGE.replace("1-8", "2-8"));
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer:.200}");
    assert_eq!(wait(), 10);
}

/// Whoever waits for a turn holds no place of those who need none.
#[test]
fn each_kind_of_request_has_places_of_its_own() {
    let submit = |server: &Server| {
        let body = submission(&server.chain(|chain| chain.sign(1, 0, Payload::Withdraw)));
        let length = body.len();
        format!(
            "POST /api/v1/transactions HTTP/1.1\r\nhost: node\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
    };
    let get = |path: &str| format!("GET /api/v1/{path} HTTP/1.1\r\nhost: node\r\n\r\n");
    let kinds = [
        vec!["miners", "rounds", "blocks/1"],
        vec!["status", "mempool"],
        vec!["chain/blocks/1-4", "chain/snapshot", "scenario/current"],
    ];
    for full in 0..kinds.len() {
        let mut limits = bound();
        *[&mut limits.requests, &mut limits.quick, &mut limits.bulk][full] = 0;
        let server = Server::with_limits(true, limits);
        server.pass(12);
        for (kind, paths) in kinds.iter().enumerate() {
            for path in paths {
                let answer = whole(2, &server, &get(path));
                let refused = answer.starts_with("HTTP/1.1 429 ");
                assert_eq!(refused, kind == full, "{path}: {answer:.200}");
            }
        }
        let answer = whole(2, &server, &submit(&server));
        let wanted = ["HTTP/1.1 202 ", "HTTP/1.1 429 ", "HTTP/1.1 202 "][full];
        assert!(answer.starts_with(wanted), "{answer:.200}");
    }
}
