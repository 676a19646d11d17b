//! How answers travel: compressed, tagged, told apart from what must not be kept.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::Server;

/// Head and body as they came.
pub fn fetch(server: &Server, path: &str, headers: &str) -> (String, Vec<u8>) {
    ask(server, "GET", path, headers)
}

fn ask(server: &Server, method: &str, path: &str, headers: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(server.address).unwrap();
    let request =
        format!("{method} {path} HTTP/1.1\r\nhost: node\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    (head, answer[end + 4..].to_vec())
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (known, value) = line.split_once(": ")?;
        known.eq_ignore_ascii_case(name).then_some(value)
    })
}

#[test]
fn json_is_compressed_for_those_who_can_take_it_and_for_nobody_else() {
    let server = Server::new(true);
    let (head, plain) = fetch(&server, "/api/v1/parameters", "");
    assert_eq!(header(&head, "content-encoding"), None, "{head}");
    let (head, packed) = fetch(&server, "/api/v1/parameters", "accept-encoding: gzip\r\n");
    assert_eq!(header(&head, "content-encoding"), Some("gzip"), "{head}");
    assert!(header(&head, "vary").is_some(), "{head}");
    assert!(
        packed.len() * 2 < plain.len(),
        "{} of {}",
        packed.len(),
        plain.len()
    );
    for refused in ["gzip;q=0", "identity", "zebra"] {
        let asked = format!("accept-encoding: {refused}\r\n");
        let (head, body) = fetch(&server, "/api/v1/parameters", &asked);
        assert_eq!(header(&head, "content-encoding"), None, "{refused}: {head}");
        assert_eq!(body, plain, "{refused}");
    }
}

#[test]
fn what_is_final_is_sent_once_and_everything_else_is_not_kept() {
    let server = Server::new(true);
    server.pass(30);
    for path in [
        "/api/v1/genesis",
        "/api/v1/parameters",
        "/api/v1/blocks/3",
        "/api/v1/rounds/0",
        "/api/v1/blocks/3/receipts",
        "/api/v1/blocks/3/certificate",
        "/api/v1/rounds/0/receipt",
        "/api/v1/rounds/0/certificate",
        "/api/v1/rounds/0/evidence",
    ] {
        let (head, body) = fetch(&server, path, "");
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
        let tag = header(&head, "etag").unwrap_or_else(|| panic!("{path}: {head}"));
        assert_eq!(header(&head, "cache-control"), Some("no-cache"), "{path}");
        assert!(!body.is_empty());
        let (again, body) = fetch(&server, path, &format!("if-none-match: {tag}\r\n"));
        assert!(again.starts_with("HTTP/1.1 304"), "{path}: {again}");
        assert_eq!(header(&again, "etag"), Some(tag), "{path}");
        assert!(body.is_empty(), "{path}");
        let (bare, body) = ask(&server, "HEAD", path, "");
        assert!(bare.starts_with("HTTP/1.1 200"), "{path}: {bare}");
        assert_eq!(header(&bare, "etag"), Some(tag), "{path}");
        assert!(body.is_empty(), "{path}");
        let (bare, _) = ask(&server, "HEAD", path, &format!("if-none-match: {tag}\r\n"));
        assert!(bare.starts_with("HTTP/1.1 304"), "{path}: {bare}");
        let (other, _) = fetch(&server, path, "if-none-match: W/\"00\"\r\n");
        assert!(other.starts_with("HTTP/1.1 200"), "{path}: {other}");
    }
    for path in [
        "/api/v1/status",
        "/api/v1/miners",
        "/api/v1/blocks",
        "/api/v1/rounds/999",
        "/api/v1/rounds/999/receipt",
    ] {
        let (head, _) = fetch(&server, path, "");
        assert_eq!(
            header(&head, "cache-control"),
            Some("no-store"),
            "{path}: {head}"
        );
        assert_eq!(header(&head, "etag"), None, "{path}: {head}");
    }
}

#[test]
fn events_are_neither_collected_by_a_proxy_nor_compressed() {
    let server = Server::new(true);
    let mut stream = TcpStream::connect(server.address).unwrap();
    let request = "GET /api/v1/events HTTP/1.1\r\nhost: node\r\naccept-encoding: gzip\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    assert_eq!(header(&head, "x-accel-buffering"), Some("no"), "{head}");
    assert_eq!(header(&head, "content-encoding"), None, "{head}");
}

#[test]
fn the_page_and_the_description_work_in_a_folder_of_another_server() {
    let server = Server::new(true);
    // A proxy passes `/etm/docs` on as `/docs`: where that leads must not begin with a slash.
    let (head, _) = fetch(&server, "/docs", "");
    assert_eq!(header(&head, "location"), Some("docs/index.html"), "{head}");
    let (head, _) = fetch(&server, "/docs/", "");
    assert_eq!(header(&head, "location"), Some("index.html"), "{head}");
    for path in ["/docs/index.html", "/docs/docs.js", "/"] {
        let (_, body) = fetch(&server, path, "");
        let text = String::from_utf8(body).unwrap();
        for absolute in ["src=\"/", "href=\"/", "fetch(\"/"] {
            assert!(!text.contains(absolute), "{path} has {absolute}");
        }
    }
}

#[test]
fn files_of_the_page_come_compressed_and_with_a_tag() {
    let server = Server::new(true);
    let (head, plain) = fetch(&server, "/", "");
    // A node built without Node.js has no page, and says so.
    if header(&head, "etag").is_none() {
        return;
    }
    let text = String::from_utf8(plain).unwrap();
    let script = text.split("src=\".").nth(1).unwrap();
    let script = script.split('"').next().unwrap();
    let (head, plain) = fetch(&server, script, "");
    assert!(
        header(&head, "cache-control")
            .unwrap()
            .contains("immutable")
    );
    for coding in ["br", "gzip"] {
        let (head, packed) = fetch(&server, script, &format!("accept-encoding: {coding}\r\n"));
        assert_eq!(header(&head, "content-encoding"), Some(coding), "{head}");
        assert_eq!(header(&head, "vary"), Some("accept-encoding"), "{head}");
        assert!(packed.len() * 2 < plain.len(), "{coding}");
    }
    let tag = header(&head, "etag").unwrap();
    let (again, body) = fetch(&server, script, &format!("if-none-match: {tag}\r\n"));
    assert!(again.starts_with("HTTP/1.1 304"), "{again}");
    assert!(body.is_empty());
}
