//! The stream of events (server-sent events).

use crate::{error::Error, http::Client};
use etm_types::api::event::Event;
use reqwest::Response;

/// The longest event that is taken, in bytes.
const MAX_EVENT_BYTES: usize = 4 << 20;

/// A running stream of events.
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
}

impl Events {
    pub(crate) fn new(client: Client, response: Response) -> Self {
        Self {
            client,
            response,
            parser: Parser::default(),
        }
    }

    /// The next event; none once the node ends the stream. Kinds that this version doesn't know are left out. Safe to cancel.
    ///
    /// # Errors
    /// [`Error`] if the connection breaks or what comes is no stream of events.
    pub async fn next(&mut self) -> Result<Option<Event>, Error> {
        loop {
            while let Some(data) = self.parser.take() {
                if let Ok(event) = serde_json::from_str(&data) {
                    return Ok(Some(event));
                }
            }
            let chunk = self
                .response
                .chunk()
                .await
                .map_err(|error| self.client.broken(&error))?;
            match chunk {
                Some(bytes) => {
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
mod tests {
    use super::*;

    #[test]
    fn events_are_found_wherever_the_bytes_are_cut() {
        let stream = b": hello\r\nid: 7\r\nevent: block\r\ndata: {\"a\":1}\r\n\r\ndata: one\ndata:two\n\n\n\nretry: 5\n\n";
        for cut in 0..stream.len() {
            let mut parser = Parser::default();
            assert!(parser.feed(&stream[..cut]) && parser.feed(&stream[cut..]));
            let found: Vec<String> = std::iter::from_fn(|| parser.take()).collect();
            assert_eq!(found, ["{\"a\":1}", "one\ntwo"], "cut at {cut}");
        }
    }

    #[test]
    fn an_endless_event_is_given_up() {
        let mut parser = Parser::default();
        assert!(!parser.feed(&vec![b'x'; MAX_EVENT_BYTES + 1]));
    }
}
