//! Nodes that lie to those who follow them: what they are asked they ask a real one, and answer something else.

use crate::forge::forged;
use etm_types::{
    Block, ChainId, Height, codec,
    range::{Range, RangeWriter},
};
use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::Duration,
};

/// What a liar does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// Its blocks are others, with the certificates of the true ones.
    OtherBlock,
    /// Its blocks are others, and a committee of strangers has signed them.
    OtherCommittee,
    /// It says that there are no blocks above [`WITHHELD`].
    Withheld,
    /// Its blocks never end.
    Endless,
}

pub const LIES: [Lie; 4] = [
    Lie::OtherBlock,
    Lie::OtherCommittee,
    Lie::Withheld,
    Lie::Endless,
];

/// The newest block that a liar of that kind tells of.
pub const WITHHELD: u64 = 12;
/// The last block that is the true one with the others.
pub const TRUE: u64 = 4;

/// Lets it answer at `address` what it makes of the answers of the node at `node`, on a chain with so many members.
pub fn start(lie: Lie, address: &str, node: (String, u16), members: usize) -> String {
    let listener = TcpListener::bind((address, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for asking in listener.incoming() {
            let node = node.clone();
            // Whoever asks may be gone at any time.
            std::thread::spawn(move || answer(lie, asking?, &node, members));
        }
    });
    url
}

fn answer(
    lie: Lie,
    asking: TcpStream,
    node: &(String, u16),
    members: usize,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(asking.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 || header == "\r\n" {
            break;
        }
    }
    let mut asking = asking;
    let path = line.split(' ').nth(1).unwrap_or_default();
    let about = path.strip_prefix("/api/v1/").unwrap_or_default();
    if about.starts_with("events") && lie == Lie::Withheld {
        // It tells nothing, so that the tip is asked for.
        write!(
            asking,
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
        )?;
        let mut more = [0];
        return asking.read(&mut more).map(drop);
    }
    if about.starts_with("events") {
        // Who is at the tip asks whoever tells of a block as soon as others do.
        let mut events = question(node, path)?;
        return std::io::copy(&mut events, &mut asking).map(drop);
    }
    let is_blocks = about.starts_with("chain/blocks/");
    if is_blocks && lie == Lie::Endless {
        write!(
            asking,
            "HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\n\r\n"
        )?;
        loop {
            asking.write_all(&[0; 4_096])?;
        }
    }
    let (status, kind, body) = ask(node, path)?;
    let body = match status {
        200 if is_blocks => twisted(lie, &body, members),
        200 if about == "chain" && lie == Lie::Withheld => {
            let mut chain: Value = serde_json::from_slice(&body).unwrap();
            let height = chain["height"].as_u64().unwrap();
            chain["height"] = height.min(WITHHELD).into();
            serde_json::to_vec(&chain).unwrap()
        }
        _ => body,
    };
    write!(
        asking,
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )?;
    asking.write_all(&body)
}

/// Status, type and body of a node's answer.
fn ask(node: &(String, u16), path: &str) -> std::io::Result<(u16, String, Vec<u8>)> {
    let mut reader = BufReader::new(question(node, path)?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let mut kind = String::new();
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 || header == "\r\n" {
            break;
        }
        if let Some(value) = header.to_lowercase().strip_prefix("content-type:") {
            value.trim().clone_into(&mut kind);
        }
    }
    let mut body = Vec::new();
    reader.read_to_end(&mut body)?;
    Ok((status.unwrap_or(500), kind, body))
}

/// A question to a node, whose answer is yet to be read.
fn question((host, port): &(String, u16), path: &str) -> std::io::Result<TcpStream> {
    let mut node = TcpStream::connect((host.as_str(), *port))?;
    node.set_read_timeout(Some(Duration::from_secs(15)))?;
    write!(
        node,
        "GET {path} HTTP/1.0\r\nhost: x\r\nconnection: close\r\n\r\n"
    )?;
    Ok(node)
}

/// What a liar makes of true blocks.
fn twisted(lie: Lie, range: &[u8], members: usize) -> Vec<u8> {
    if lie == Lie::Withheld {
        return range.to_vec();
    }
    let Range {
        chain,
        first,
        blocks,
    } = Range::from_bytes(range).unwrap();
    let mut out = RangeWriter::new(chain, first);
    for (height, entry) in first.through(Height::MAX).zip(blocks) {
        let (block, certificate) = if height <= Height(TRUE) {
            (entry.block, entry.certificate)
        } else {
            other(lie, chain, &entry.block, entry.certificate, members)
        };
        assert!(out.push(&certificate, &block));
    }
    out.finish().unwrap()
}

fn other(
    lie: Lie,
    chain: ChainId,
    block: &[u8],
    certificate: Vec<u8>,
    members: usize,
) -> (Vec<u8>, Vec<u8>) {
    let mut other: Block = codec::from_bytes(block).unwrap();
    other.header.timestamp_ms += 1;
    let certificate = match lie {
        Lie::OtherCommittee => forged(chain, members, &other, &certificate),
        _ => certificate,
    };
    (codec::to_bytes(&other), certificate)
}
