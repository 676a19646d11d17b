//! `etm watch`: a live view of rounds, blocks and a position, on the whole screen.

mod screen;
mod stream;

use crate::{
    context::{Context, behind, now_ms},
    failure::{Failure, Result},
    secret::can_ask,
};
use etm_client::{Client, Events};
use etm_types::api::{
    account::Account,
    block::{BlockSummary, MissedSlot},
    chain::{Peer, Status},
    event::Event,
    query::{BlocksQuery, EventsQuery, RoundsQuery},
    round::RoundSummary,
};
use ratatui::{
    DefaultTerminal,
    crossterm::event::{self, Event as Input, KeyCode, KeyEventKind, KeyModifiers},
};
use std::{
    collections::VecDeque,
    io::IsTerminal,
    time::{Duration, Instant},
};

const REFRESH: Duration = Duration::from_millis(1000);
const TICK: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(2);
const KEEP: usize = 100;

/// `etm watch`
#[derive(Clone, Debug, clap::Args)]
pub struct Watch {
    /// An address, or the name of a key [default: the key in use, if there is one]; not with --json, which prints what happens on the chain
    #[arg(value_name = "ACCOUNT")]
    account: Option<String>,
}

/// What is on the screen.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The node's URL.
    pub node: String,
    /// The address that is watched.
    pub address: Option<String>,
    /// The node's status.
    pub status: Option<Status>,
    pub account: Option<Account>,
    /// Blocks, newest first.
    pub blocks: VecDeque<BlockSummary>,
    /// Finished rounds, newest first.
    pub rounds: VecDeque<RoundSummary>,
    /// The node's peers.
    pub peers: Vec<Peer>,
    /// Missed slots with their rounds, newest first.
    pub missed: VecDeque<(u64, MissedSlot)>,
    /// What is wrong, if anything is.
    pub trouble: Option<String>,
}

impl View {
    fn take(&mut self, event: Event) {
        match event {
            Event::Block { block, .. } => {
                if self
                    .blocks
                    .front()
                    .is_none_or(|newest| newest.height < block.height)
                {
                    self.blocks.push_front(block);
                    self.blocks.truncate(KEEP);
                }
            }
            Event::Round { round } => {
                self.rounds.retain(|known| known.round != round.round);
                self.rounds.push_front(round);
                self.rounds.truncate(KEEP);
            }
            Event::Missed { missed, round } => {
                self.missed.push_front((round, missed));
                self.missed.truncate(KEEP);
            }
            Event::Pending { .. } | Event::Lagged { .. } => {}
        }
    }
}

/// Runs `etm watch` until a key ends it.
///
/// # Errors
/// [`Failure`] if there is no terminal, or the node can't be reached at the start; later it keeps trying.
pub async fn run(context: &Context, options: &Watch) -> Result<()> {
    if context.output.is_json() {
        if options.account.is_some() {
            let message = "--json prints what happens on the chain, which is of no account";
            return Err(Failure::usage("account_not_watched", message)
                .hint("leave the account away; `etm history ACCOUNT --json` and `etm position ACCOUNT --json` are of one"));
        }
        return stream::run(context).await;
    }
    if !can_ask() || !std::io::stdout().is_terminal() {
        return Err(
            Failure::usage("no_terminal", "there is no terminal to show anything on").hint(
                "`etm status` and `etm round` print once, `--json` prints events line by line",
            ),
        );
    }
    let address = match &options.account {
        Some(_) => Some(context.account(options.account.as_deref())?),
        None => context.account(None).ok(),
    };
    // A node that hangs must not keep the keys from working.
    let context = &Context {
        client: Client::builder(context.client.node())
            .timeout(PATIENCE)
            .retries(0)
            .build()?,
        ..context.clone()
    };
    let mut view = View {
        node: context.client.node().to_owned(),
        address,
        ..View::default()
    };
    context.status().await?;
    refresh(context, &mut view).await;
    let mut terminal = ratatui::try_init().map_err(|error| {
        Failure::failed(
            "no_terminal",
            format!("the terminal can't be used: {error}"),
        )
    })?;
    let result = show(context, &mut view, &mut terminal).await;
    ratatui::restore();
    result
}

async fn show(context: &Context, view: &mut View, terminal: &mut DefaultTerminal) -> Result<()> {
    let broken = |error: std::io::Error| {
        Failure::failed(
            "no_terminal",
            format!("the terminal can't be used: {error}"),
        )
    };
    let mut events: Option<Events> = None;
    let mut refreshed = Instant::now();
    loop {
        terminal
            .draw(|frame| screen::draw(frame, view))
            .map_err(broken)?;
        while event::poll(Duration::ZERO).map_err(broken)? {
            if let Input::Key(key) = event::read().map_err(broken)?
                && key.kind == KeyEventKind::Press
            {
                let interrupt =
                    key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
                if interrupt || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc) {
                    return Ok(());
                }
            }
        }
        if refreshed.elapsed() >= REFRESH {
            refresh(context, view).await;
            refreshed = Instant::now();
        }
        match &mut events {
            Some(stream) => match tokio::time::timeout(TICK, stream.next()).await {
                Ok(Ok(Some(event))) => view.take(event),
                // The node went away: the next refresh says so, and the stream is opened anew once it is back.
                Ok(Ok(None) | Err(_)) => events = None,
                Err(_) => {}
            },
            None => {
                tokio::time::sleep(TICK).await;
                if view.trouble.is_none() {
                    events = context.client.events(&EventsQuery::default()).await.ok();
                    catch_up(context, view).await;
                }
            }
        }
    }
}

/// Blocks and rounds from before the stream of events began.
async fn catch_up(context: &Context, view: &mut View) {
    let blocks = BlocksQuery {
        limit: Some(50),
        ..BlocksQuery::default()
    };
    if let Ok(page) = context.client.blocks(&blocks).await {
        let missed = |block: &BlockSummary| {
            let round = block.round;
            let slots = block.missed.clone();
            slots.into_iter().rev().map(move |slot| (round, slot))
        };
        view.missed = page.blocks.iter().flat_map(missed).collect();
        view.blocks = page.blocks.into();
    }
    let rounds = RoundsQuery {
        limit: Some(20),
        ..RoundsQuery::default()
    };
    if let Ok(page) = context.client.rounds(&rounds).await {
        view.rounds = page
            .rounds
            .into_iter()
            .filter(|round| round.bonus.is_some())
            .collect();
    }
}

async fn refresh(context: &Context, view: &mut View) {
    match context.client.status().await {
        Ok(status) => {
            view.trouble = behind(&status, now_ms());
            view.status = Some(status);
        }
        Err(error) => view.trouble = Some(error.to_string()),
    }
    if let Ok(told) = context.client.peers().await {
        view.peers = told.peers;
        // What needs a look first: those without a connection, then the furthest behind.
        view.peers.sort_by_key(|peer| (peer.connected, peer.height));
    }
    if let (Some(address), None) = (&view.address, &view.trouble) {
        match context.account_of(address).await {
            Ok(account) => view.account = Some(account),
            Err(failure) => view.trouble = Some(failure.message),
        }
    }
}
