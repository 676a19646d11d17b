//! Just enough HTTP to ask a node on this machine.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

/// How long a node may take for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The bytes of a good answer, head and all.
///
/// # Errors
/// There is none.
pub fn size(address: &str, path: &str) -> std::io::Result<usize> {
    let answer = ask(address, path)?;
    match answer.starts_with(b"HTTP/1.1 200") {
        true => Ok(answer.len()),
        false => Err(std::io::Error::other("no good answer")),
    }
}

/// The status and the text that `address` answers with.
///
/// # Errors
/// It can't be reached, or what it says is no answer.
pub fn get(address: &str, path: &str) -> std::io::Result<(u16, String)> {
    let answer = ask(address, path)?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| std::io::Error::other("no answer in HTTP"))?;
    let text = answer.split_once("\r\n\r\n").map_or("", |(_, text)| text);
    Ok((status, text.to_owned()))
}

fn ask(address: &str, path: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

/// Microseconds that a good answer takes; none if there was another.
pub fn time(address: &str, path: &str) -> Option<u64> {
    let begun = Instant::now();
    let (status, _) = get(address, path).ok()?;
    let taken = u64::try_from(begun.elapsed().as_micros()).ok()?;
    (status == 200).then_some(taken)
}
