//! The chain as it is given to those who follow it.

use etm_types::Height;
use std::io::{Read, Write};
use std::net::TcpStream;

use etm_types::api::chain::{BlockSource, ChainOffer, Peers, Status};
use etm_types::range::{Range, VERSION};

use crate::support::{BLOCK_BYTES, Server};

/// An answer whose body is no text.
struct Bytes {
    head: String,
    body: Vec<u8>,
}

fn get(server: &Server, path: &str, headers: &str) -> Bytes {
    let mut stream = TcpStream::connect(server.address).unwrap();
    let question =
        format!("GET {path} HTTP/1.1\r\nhost: node\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(question.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let body = answer.split_off(end + 4);
    Bytes {
        head: String::from_utf8(answer).unwrap().to_lowercase(),
        body,
    }
}

/// Whoever follows a node with a slow disk gets what can be read in some seconds, and goes on from there.
#[test]
fn a_range_that_takes_too_long_ends_with_what_there_is() {
    let server = Server::new(true);
    server.pass(9);
    server.block_read(3);
    let begun = get(&server, "/api/v1/chain/blocks/1-4", "");
    let range = Range::from_bytes(&begun.body).unwrap();
    assert_eq!((range.first, range.blocks.len()), (Height(1), 2));
    assert!(begun.head.contains("no-store"), "{}", begun.head);
    server.block_read(0);
    let whole = get(&server, "/api/v1/chain/blocks/3-4", "");
    assert_eq!(Range::from_bytes(&whole.body).unwrap().blocks.len(), 2);
}

#[test]
fn ranges_are_whole_or_not_kept() {
    let server = Server::new(true);
    server.pass(9);
    let offer: ChainOffer = server.get("/api/v1/chain").ok();
    assert_eq!((offer.height, offer.range_version), (9, VERSION));
    assert_eq!(
        offer.chain.id.0,
        server.chain(|chain| chain.genesis.chain().id.0)
    );

    // Two blocks that are there: the answer is for good.
    let whole = get(&server, "/api/v1/chain/blocks/2-3", "");
    assert!(whole.head.starts_with("http/1.1 200"), "{}", whole.head);
    assert!(
        whole
            .head
            .contains("cache-control: public, max-age=31536000, immutable")
    );
    assert!(
        whole
            .head
            .contains("content-type: application/octet-stream")
    );
    let range = Range::from_bytes(&whole.body).unwrap();
    assert_eq!((range.first, range.blocks.len()), (Height(2), 2));
    assert_eq!(range.chain.0, offer.chain.id.0);
    assert_eq!(range.blocks[1].block, vec![3; BLOCK_BYTES]);
    assert_eq!(range.blocks[1].certificate, [7; 57]);
    let tag = whole
        .head
        .split("etag: ")
        .nth(1)
        .unwrap()
        .split("\r\n")
        .next()
        .unwrap();
    let again = get(
        &server,
        "/api/v1/chain/blocks/2-3",
        &format!("if-none-match: {}\r\n", tag.replace("w/", "W/")),
    );
    assert!(again.head.starts_with("http/1.1 304"), "{}", again.head);
    assert!(again.body.is_empty());

    // More than fit: cut where it always is.
    let cut = get(&server, "/api/v1/chain/blocks/1-9", "");
    assert_eq!(Range::from_bytes(&cut.body).unwrap().blocks.len(), 4);
    assert!(cut.head.contains("immutable"), "{}", cut.head);

    // What ends at the tip may be longer tomorrow.
    let tip = get(&server, "/api/v1/chain/blocks/8-10", "");
    assert_eq!(Range::from_bytes(&tip.body).unwrap().blocks.len(), 2);
    assert!(tip.head.contains("cache-control: no-store"), "{}", tip.head);

    assert_eq!(server.get("/api/v1/chain/blocks/10-12").code(), "not_found");

    // The end of a round without its certificate is of no use to whoever follows.
    server.lose_certificate(7);
    let before = get(&server, "/api/v1/chain/blocks/6-8", "");
    assert_eq!(Range::from_bytes(&before.body).unwrap().blocks.len(), 1);
    assert!(before.head.contains("no-store"), "{}", before.head);
    assert_eq!(server.get("/api/v1/chain/blocks/7-8").code(), "unavailable");
    server.lose_certificate(6);
    let within = get(&server, "/api/v1/chain/blocks/6-7", "");
    let within = Range::from_bytes(&within.body).unwrap();
    assert_eq!(within.blocks.len(), 2);
    assert!(within.blocks[0].certificate.is_empty());
    server.prune(3);
    assert_eq!(server.get("/api/v1/chain/blocks/2-5").code(), "pruned");
    for wrong in ["0-4", "5-4", "1-257", "x-1", "7", "1-2?wait=1"] {
        let answer = server.get(&format!("/api/v1/chain/blocks/{wrong}"));
        assert!(
            ["invalid_path", "invalid_query"].contains(&answer.code().as_str()),
            "{wrong}: {answer:?}"
        );
    }
}

#[test]
fn a_node_says_where_its_blocks_come_from() {
    let server = Server::new(true);
    server.pass(2);
    let status: Status = server.get("/api/v1/status").ok();
    assert_eq!(status.sync.source, BlockSource::Upstreams);
    let peers: Peers = server.get("/api/v1/peers").ok();
    assert_eq!(peers.upstreams.len(), 1);
    assert_eq!(peers.upstreams[0].height, Some(9));
}

#[test]
fn snapshots_are_given_in_pieces() {
    let server = Server::new(true);
    let head = get(&server, "/api/v1/chain/snapshot", "");
    assert!(head.head.starts_with("http/1.1 200"), "{}", head.head);
    assert!(head.head.contains("cache-control: no-store"));
    assert_eq!(head.body, [1; 9]);
    let piece = get(&server, "/api/v1/chain/snapshot/2/5", "");
    assert!(
        piece
            .head
            .contains("cache-control: public, max-age=31536000, immutable")
    );
    assert!(
        piece
            .head
            .contains("content-type: application/octet-stream")
    );
    assert_eq!(piece.body, [2; 7]);
    let at = |path: &str| server.get(&format!("/api/v1/chain/snapshot/{path}"));
    assert_eq!(at("0/0").code(), "pruned");
    assert_eq!(at("9/1").code(), "not_found");
    for wrong in ["-1/0", "2/x", "2/+5", "2/99999999999999999999", "2/0x5"] {
        assert_eq!(at(wrong).code(), "invalid_path", "{wrong}");
    }
}
