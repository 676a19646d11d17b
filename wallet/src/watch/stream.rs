//! `etm watch --json`: events as they happen, one JSON document a line.

use crate::{
    context::Context,
    failure::{Failure, Result},
    output::plain,
};
use etm_types::api::{event::Event, query::EventsQuery};
use std::{
    io::{self, Write},
    time::Duration,
};

/// How long to wait before a node that went away is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// Prints events until nobody reads them any more.
///
/// # Errors
/// [`Failure`] if the node can't be reached at the start or standard output can't be written. Later a node that goes away is asked again,
/// for what happened since, until it answers.
pub async fn run(context: &Context) -> Result<()> {
    context.status().await?;
    let mut query = EventsQuery::default();
    let mut events = context.client.events(&query).await?;
    let mut told = Told::default();
    loop {
        let ended = loop {
            let event = match events.next().await {
                Ok(Some(event)) => event,
                Ok(None) => break "the node ended the stream of events".to_owned(),
                Err(error) => break error.to_string(),
            };
            told = Told::default();
            if let Event::Block { block, .. } = &event {
                query.after_height = Some(block.height);
            }
            match print(&event) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                Err(error) => {
                    return Err(Failure::failed(
                        "output_failed",
                        format!("standard output cannot be written: {error}"),
                    ));
                }
            }
        };
        told.say(context, ended);
        events = loop {
            tokio::time::sleep(PAUSE).await;
            match context.client.events(&query).await {
                Ok(events) => break events,
                Err(error) => told.say(context, error.to_string()),
            }
        };
    }
}

/// What was said last, which is not said again.
#[derive(Default)]
struct Told(String);

impl Told {
    /// Says why nothing comes, on standard error: on standard output are the events.
    fn say(&mut self, context: &Context, why: String) {
        if self.0 != why && !context.output.is_quiet() {
            let _ = writeln!(io::stderr(), "etm: {}; trying again", plain(&why));
        }
        self.0 = why;
    }
}

fn print(event: &Event) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, event)?;
    out.write_all(b"\n")?;
    out.flush()
}
