//! Clients that want to hurt: slow, many, malformed. The node answers everybody else meanwhile.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::support::{Server, eventually, submission};
use etm_types::Payload;

/// A submission whose body the server reads and never gets to see the end of: it asked for it (100 Continue).
fn slow_body(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let patience = Some(Duration::from_secs(20));
    stream.set_read_timeout(patience).unwrap();
    let head = "POST /api/v1/transactions HTTP/1.1\r\nhost: node\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"{").unwrap();
    stream
}

#[test]
fn slow_bodies_keep_nobody_else_waiting() {
    let server = Server::new(true);
    // More than there are places for requests in work, every one of them being read.
    let slow: Vec<TcpStream> = (0..600).map(|_| slow_body(server.address)).collect();
    let open = |text: &str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("etm_api_connections "));
        line.unwrap().parse::<usize>().unwrap()
    };
    let metrics = server.get("/metrics");
    assert_eq!(metrics.status, 200);
    assert!(open(&metrics.body) > slow.len(), "they are all open");
    assert_eq!(server.get("/api/v1/status").status, 200);
}

#[test]
fn waiting_submissions_keep_nobody_else_waiting() {
    let server = Server::new(true);
    // Held back by a gap, so that they wait until their time is up; 28 more of them than may wait at once.
    let submit = |number: u8, ahead: u64| {
        let payload = Payload::Withdraw;
        let body = submission(&server.chain(|chain| chain.sign(number, ahead, payload)));
        let length = body.len();
        let mut stream = TcpStream::connect(server.address).unwrap();
        let head = format!(
            "POST /api/v1/transactions?wait=included&timeout_ms=60000 HTTP/1.1\r\nhost: node\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.set_nonblocking(true).unwrap();
        stream
    };
    let mut waiting: Vec<TcpStream> = (0..9u8)
        .flat_map(|number| (1..=60).map(move |ahead| (number, ahead)))
        .map(|(number, ahead)| submit(number, ahead))
        .collect();
    assert_eq!(waiting.len(), 540);
    // Those beyond 512 are told at once, whichever they are; nobody else is answered before that.
    let mut refused = 0;
    eventually("28 are refused", || {
        waiting.retain_mut(|stream| {
            let mut start = [0; 12];
            match stream.read(&mut start) {
                Ok(length) => {
                    assert_eq!(&start[..length], b"HTTP/1.1 429");
                    refused += 1;
                    false
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::WouldBlock);
                    true
                }
            }
        });
        refused == 28
    });
    assert_eq!(server.get("/api/v1/status").status, 200);
    assert_eq!(waiting.len(), 512);
    for stream in &waiting {
        let peeked = stream.peek(&mut [0]).unwrap_err();
        assert_eq!(peeked.kind(), ErrorKind::WouldBlock, "it still waits");
    }
}

/// What a server answers to bytes as they are.
fn raw(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn what_is_not_http_is_refused() {
    let server = Server::new(true);
    let bomb = [
        b"GET /api/v1/status HTTP/1.1\r\nhost: node\r\nx: ".as_slice(),
        &vec![b'a'; 1 << 20],
        b"\r\n\r\n",
    ]
    .concat();
    assert!(raw(&server, &bomb).starts_with("HTTP/1.1 431 "));
    // More than is allowed, and no more than may be read at once.
    for bytes in [66_000, 100_000] {
        let large = "a".repeat(bytes);
        let large = format!("GET /api/v1/status HTTP/1.1\r\nhost: node\r\nx: {large}\r\n\r\n");
        assert!(raw(&server, large.as_bytes()).starts_with("HTTP/1.1 431 "));
    }
    let many: String = (0..1_000)
        .map(|index| format!("x-{index}: a\r\n"))
        .collect();
    let many = format!("GET /api/v1/status HTTP/1.1\r\nhost: node\r\n{many}\r\n");
    assert!(raw(&server, many.as_bytes()).starts_with("HTTP/1.1 431 "));
    for text in [
        "GET /api/v1/status\r\n\r\n",
        "\u{16}\u{3}\u{1}\0\0\r\n\r\n",
        "POST /api/v1/transactions HTTP/1.1\r\nhost: node\r\ncontent-length: -1\r\n\r\n",
        "POST /api/v1/transactions HTTP/1.1\r\nhost: node\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    ] {
        let answer = raw(&server, text.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 400 "), "{text:?}: {answer}");
    }
    let broken = "POST /api/v1/transactions HTTP/1.1\r\nhost: node\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n";
    assert!(raw(&server, broken.as_bytes()).contains("invalid_body"));
    let chunks = format!(
        "POST /api/v1/transactions HTTP/1.1\r\nhost: node\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n8000\r\n{}\r\n0\r\n\r\n",
        "a".repeat(0x8000)
    );
    assert!(raw(&server, chunks.as_bytes()).contains("body_too_large"));
    assert_eq!(server.get("/api/v1/status").status, 200);
}

#[test]
fn refusals_say_what_would_be_right() {
    let server = Server::new(true);
    server.pass(5);
    let message = |method: &str, path: &str, body: &str| {
        let answer = server.request(
            method,
            path,
            "content-type: application/json\r\n",
            body.as_bytes(),
        );
        let code = answer.code();
        let text = answer.json()["error"]["message"]
            .as_str()
            .unwrap()
            .to_owned();
        (code, text)
    };
    let expect = |method: &str, path: &str, body: &str, code: &str, text: &str| {
        assert_eq!(
            message(method, path, body),
            (code.to_owned(), text.to_owned()),
            "{method} {path} {body}"
        );
    };
    let get = |path: &str, code: &str, text: &str| {
        expect("GET", &format!("/api/v1/{path}"), "", code, text)
    };
    get(
        "blocks?limit=-1",
        "invalid_query",
        "limit: a whole number without sign was expected",
    );
    get(
        "blocks?limit=",
        "invalid_query",
        "limit: a whole number without sign was expected",
    );
    get(
        "blocks?limit=99999999999",
        "invalid_query",
        "limit: the number is too large",
    );
    get(
        "blocks?limit=1&limit=2",
        "invalid_query",
        "limit may be given once only",
    );
    get("search", "invalid_query", "q is needed");
    get(
        "supply/history?points=501",
        "invalid_query",
        "points must be 1 to 500, it is 501",
    );
    for route in [
        "status",
        "parameters",
        "genesis",
        "supply",
        "mempool",
        "peers",
        "scenario/current",
        "blocks/1",
        "rounds/0",
        "proofs/round/0",
    ] {
        get(
            &format!("{route}?verbose=1"),
            "invalid_query",
            "this route takes no parameters",
        );
    }
    get(
        "transactions",
        "method_not_allowed",
        "this route takes POST, not GET",
    );
    expect(
        "PUT",
        "/api/v1/status",
        "",
        "method_not_allowed",
        "this route takes GET, HEAD, not PUT",
    );
    expect(
        "POST",
        "/metrics",
        "",
        "method_not_allowed",
        "this route takes GET, HEAD, not POST",
    );
    let answer = server.request("DELETE", "/api/v1/transactions", "", b"");
    assert!(answer.head.contains("allow: post"), "{answer:?}");
    for body in ["", " ", "[]", "[\"00\"]", "null", "1", "\"x\""] {
        expect(
            "POST",
            "/api/v1/transactions",
            body,
            "invalid_body",
            "the body must be a JSON object",
        );
    }
    for path in [
        "accounts/%ff%fe",
        "miners/%ff",
        "blocks/%c3%28",
        "transactions/%80",
        "proofs/account/%ff",
    ] {
        assert_eq!(
            message("GET", &format!("/api/v1/{path}"), "").0,
            "invalid_path",
            "{path}"
        );
    }
    assert_eq!(message("GET", "/docs/%ff", "").0, "invalid_path");
    // The largest numbers there are are answered as any other.
    for path in [
        "rounds/18446744073709551615/receipt",
        "rounds/18446744073709551615/certificate",
        "blocks/18446744073709551615",
    ] {
        assert_eq!(
            message("GET", &format!("/api/v1/{path}"), "").0,
            "not_found",
            "{path}"
        );
    }
    let found = server.get("/docs/");
    assert!(
        // Relative, so that it holds behind a proxy's folder, too.
        found.status == 308 && found.head.contains("location: index.html"),
        "{found:?}"
    );
}

#[test]
fn deep_nesting_is_refused() {
    let server = Server::new(true);
    for body in [
        "[".repeat(16_000),
        "{\"transaction\":".repeat(1_000),
        format!("{{\"transaction\":{}", "[".repeat(16_000)),
    ] {
        assert_eq!(
            server.post("/api/v1/transactions", &body).code(),
            "invalid_body"
        );
    }
}
