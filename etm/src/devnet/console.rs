//! What a running devnet prints: one line per block, one small table per round.
//!
//! Everything shown comes from the HTTP API of one node, as any other client would see it.

use crate::{
    failure::Failure,
    screen::{self, Reader},
};
use etm_client::{Client, Error};
use etm_types::amount::format_etm;
use etm_types::api::{
    Amount, Integer,
    block::{BlockSummary, MissedSlot},
    event::Event,
    query::{EventsQuery, MinerSort, MinersQuery},
};
use etm_types::{Units, Votes};
use std::io::IsTerminal;

/// Prints the events of a network.
pub struct Console {
    node: Client,
    colour: bool,
}

impl Console {
    /// A console that asks `node`; colours only on a terminal, and not with `NO_COLOR`.
    pub fn new(node: Client) -> Self {
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { node, colour }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// Prints what happens after `height`, which goes on with the blocks, up to the `last` one or until nobody reads; none if the node ends the
    /// stream before.
    ///
    /// # Errors
    /// Why events can't be had.
    pub async fn follow(
        &self,
        height: &mut u64,
        last: Option<u64>,
    ) -> Result<Option<Result<(), Failure>>, Error> {
        let query = EventsQuery {
            kinds: Some("block,round,missed".into()),
            after_height: Some(*height),
        };
        let mut events = self.node.events(&query).await?;
        while let Some(event) = events.next().await? {
            match self.show(&event).await {
                Ok(Reader::There) => {}
                printed => return Ok(Some(printed.map(drop))),
            }
            if let Event::Block { block, .. } = &event {
                *height = block.height;
            }
            if last.is_some_and(|last| *height >= last) {
                return Ok(Some(Ok(())));
            }
        }
        Ok(None)
    }

    /// Prints one event; at the end of a round asks the API for its table.
    ///
    /// # Errors
    /// As [`screen::line()`].
    async fn show(&self, event: &Event) -> Result<Reader, Failure> {
        let text = match event {
            Event::Block { block, finality_ms } => self.block(block, *finality_ms),
            Event::Missed { missed, .. } => self.missed(missed),
            Event::Round { round } => match self.round(round.round).await {
                Ok(table) => table,
                Err(error) => format!(
                    "   round {} ended; its figures are not to be had: {error}",
                    round.round
                ),
            },
            Event::Lagged { events } => {
                format!("   {events} events were not shown: this terminal is too slow")
            }
            Event::Pending { .. } => return Ok(Reader::There),
        };
        screen::line(text).await
    }

    fn block(&self, block: &BlockSummary, finality_ms: Option<u64>) -> String {
        let producer = block
            .producer
            .as_ref()
            .map_or("genesis", |miner| &miner.name);
        let transactions = match block.transactions {
            0 => self.paint("2", "  -   "),
            count => format!("{count:>3} tx"),
        };
        let finality = finality_ms.map_or(String::new(), |time| format!("final in {time} ms"));
        format!(
            "{} round {} slot {:<3} {} {transactions}  {}",
            self.paint("1", &format!("#{:<6}", block.height)),
            block.round,
            block.slot,
            self.paint("36", &format!("{producer:<10}")),
            self.paint("2", &finality),
        )
    }

    fn missed(&self, missed: &MissedSlot) -> String {
        self.paint(
            "33",
            &format!(
                "        slot {:<3} missed by {}",
                missed.slot, missed.miner.name
            ),
        )
    }

    async fn round(&self, number: u64) -> Result<String, Error> {
        let round = self.node.round(&number.to_string()).await?;
        let query = MinersQuery {
            sort: Some(MinerSort::Id),
            limit: Some(200),
            ..MinersQuery::default()
        };
        let miners = self.node.miners(&query).await?;
        let mut out = String::new();
        let summary = &round.summary;
        let lucky = summary.lucky.as_ref().map_or("nobody", |miner| &miner.name);
        let bonus = summary.bonus.map_or_else(|| "0".to_owned(), etm);
        out.push_str(&self.paint(
            "1;32",
            &format!(
                "== round {number} ended at block {}: bonus {} ETM, lucky {lucky}, {}, {}",
                summary.last_height,
                bonus,
                slots_missed(summary.missed),
                days_passed(summary.days.unwrap_or(0)),
            ),
        ));
        out.push_str("\n   seat  miner       made  missed  v (all time)       votes        pool ETM   halvings");
        for seat in &round.committee {
            let miner = miners.miners.iter().find(|miner| miner.id == seat.miner.id);
            let v = miner.map_or_else(String::new, |miner| coefficient(&miner.coefficient));
            out.push_str(&format!(
                "\n   {:>4}  {:<10}  {:>4}  {:>6}  {:>12}  {:>10}  {:>14}   {:>8}{}",
                seat.index,
                seat.miner.name,
                seat.produced,
                seat.missed,
                v,
                votes(&seat.votes),
                seat.pool.map_or(String::from("-"), etm),
                seat.halvings.unwrap_or(0),
                if seat.lucky {
                    self.paint("1;33", "  <- lucky")
                } else {
                    String::new()
                },
            ));
        }
        if let Some(drawn) = &round.drawn {
            let names: Vec<&str> = drawn
                .members
                .iter()
                .map(|miner| miner.name.as_str())
                .collect();
            out.push_str(&format!(
                "\n   drawn for round {}: {}",
                drawn.round,
                names.join(", ")
            ));
            if drawn.kept {
                out.push_str(" (too few candidates were ready: the committee serves again)");
            }
        }
        Ok(out)
    }
}

fn slots_missed(count: u32) -> String {
    match count {
        0 => "no slot missed".to_owned(),
        1 => "1 slot missed".to_owned(),
        _ => format!("{count} slots missed"),
    }
}

fn days_passed(days: u32) -> String {
    match days {
        0 => "no day passed".to_owned(),
        1 => "a day passed".to_owned(),
        _ => format!("{days} days passed"),
    }
}

fn etm(amount: Amount) -> String {
    format_etm(Units::from(amount))
}

fn votes(raw: &Integer) -> String {
    (raw.0 / Votes::ONE.0).to_string()
}

/// The 32-bit fixed-point coefficient as a percentage with two digits, rounded down.
fn coefficient(raw: &Integer) -> String {
    let hundredths = (raw.0.saturating_mul(10_000)) >> 32;
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests;
