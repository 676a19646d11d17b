//! The stream of events (server-sent events).

use crate::{error::Error, http::Client};
use etm_types::api::event::Event;
use reqwest::Response;
use serde::Deserialize;
use std::time::Duration;
use tokio::time::Instant;

/// The longest event that is taken, in bytes.
const MAX_EVENT_BYTES: usize = 4 << 20;

/// What a node may send a second on the average: what comes faster waits with the node, so that it can't keep whoever listens busy.
const BYTES_PER_SECOND: u32 = 1 << 20;

/// What it may send at once after it sent little, as the time it would take.
const BURST: Duration = Duration::from_secs(8);

/// A running stream of events, read at 1 MiB a second at most.
///
/// ```no_run
/// # async fn example() -> Result<(), etm_client::Error> {
/// use etm_types::api::{event::Event, query::EventsQuery};
/// let client = etm_client::Client::new("http://127.0.0.1:8080")?;
/// let mut events = client.events(&EventsQuery::default()).await?;
/// while let Some(event) = events.next().await? {
///     if let Event::Block { block, .. } = event {
///         println!("block {}", block.height);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Events {
    client: Client,
    response: Response,
    parser: Parser,
    pace: Pace,
}

impl Events {
    pub(crate) fn new(client: Client, response: Response) -> Self {
        Self {
            client,
            response,
            parser: Parser::default(),
            pace: Pace(Instant::now()),
        }
    }

    /// The next event; none once the node ends the stream. Kinds that this version doesn't know are left out. Safe to cancel.
    ///
    /// # Errors
    /// [`Error`] if the connection breaks or what comes is no stream of events.
    pub async fn next(&mut self) -> Result<Option<Event>, Error> {
        loop {
            while let Some(data) = self.parser.take() {
                match read(&data) {
                    Ok(None) => {}
                    Ok(event) => return Ok(event),
                    Err(error) => return Err(self.client.malformed(format!("an event: {error}"))),
                }
            }
            tokio::time::sleep_until(self.pace.next()).await;
            let chunk = self
                .response
                .chunk()
                .await
                .map_err(|error| self.client.broken(&error))?;
            match chunk {
                Some(bytes) => {
                    self.pace.took(bytes.len(), Instant::now());
                    if !self.parser.feed(&bytes) {
                        return Err(self
                            .client
                            .malformed("an event that is too long".to_owned()));
                    }
                }
                None => return Ok(None),
            }
        }
    }
}

/// An event; none of a kind that this version doesn't know.
fn read(data: &str) -> serde_json::Result<Option<Event>> {
    #[derive(Deserialize)]
    struct Kind {
        kind: String,
    }
    let Kind { kind } = serde_json::from_str(data)?;
    match Event::KINDS.contains(&kind.as_str()) {
        true => serde_json::from_str(data).map(Some),
        false => Ok(None),
    }
}

/// When all that came would have come at [`BYTES_PER_SECOND`].
#[derive(Debug)]
struct Pace(Instant);

impl Pace {
    /// When more is read.
    fn next(&self) -> Instant {
        self.0.checked_sub(BURST).unwrap_or(self.0)
    }

    fn took(&mut self, bytes: usize, now: Instant) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.0 = self.0.max(now) + Duration::from_secs(1) * bytes / BYTES_PER_SECOND;
    }
}

/// Splits bytes into the data of events.
#[derive(Debug, Default)]
struct Parser {
    line: Vec<u8>,
    data: String,
    ready: std::collections::VecDeque<String>,
}

impl Parser {
    /// Takes bytes in; false if an event gets too long.
    fn feed(&mut self, bytes: &[u8]) -> bool {
        for byte in bytes {
            if *byte == b'\n' {
                let line = std::mem::take(&mut self.line);
                self.end_of_line(&line);
            } else {
                self.line.push(*byte);
            }
            if self.line.len() + self.data.len() > MAX_EVENT_BYTES {
                return false;
            }
        }
        true
    }

    fn end_of_line(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            if !self.data.is_empty() {
                self.ready.push_back(std::mem::take(&mut self.data));
            }
            return;
        }
        if let Some(data) = line.strip_prefix(b"data:") {
            let data = data.strip_prefix(b" ").unwrap_or(data);
            if !self.data.is_empty() {
                self.data.push('\n');
            }
            self.data.push_str(&String::from_utf8_lossy(data));
        }
    }

    /// The data of the next whole event.
    fn take(&mut self) -> Option<String> {
        self.ready.pop_front()
    }
}

#[cfg(test)]
mod tests;
