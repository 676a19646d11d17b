//! `etm watch --json`: events as they happen, one JSON document a line.

use crate::{
    context::Context,
    failure::{Failure, Result},
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
    loop {
        while let Ok(Some(event)) = events.next().await {
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
        }
        events = loop {
            tokio::time::sleep(PAUSE).await;
            if let Ok(events) = context.client.events(&query).await {
                break events;
            }
        };
    }
}

fn print(event: &Event) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, event)?;
    out.write_all(b"\n")?;
    out.flush()
}
