//! `etm time-travel`: the clock of a devnet.

use crate::{
    context::Context,
    failure::Result,
    figures::span,
    output::{Page, Report},
};
use etm_types::api::devnet::{
    MAX_TRAVEL_DAYS, MAX_TRAVEL_ROUNDS, TimeTravelRequest, TimeTravelResponse,
};
use serde::Serialize;

/// `etm time-travel`
#[derive(Clone, Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct TimeTravel {
    /// Days to go ahead: time gains grow by one each, up to 32
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_TRAVEL_DAYS)))]
    days: Option<u32>,
    /// Rounds to go ahead
    #[arg(long, value_name = "ROUNDS", value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_TRAVEL_ROUNDS)))]
    rounds: Option<u32>,
}

/// Runs `etm time-travel`.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) if the node is no devnet's, or refuses.
pub async fn run(context: &Context, options: &TimeTravel) -> Result<()> {
    context.status().await?;
    let request = TimeTravelRequest {
        days: options.days,
        rounds: options.rounds,
    };
    let answer = context.client.time_travel(&request).await?;
    context.output.print(&Traveled(answer))
}

/// In JSON the API's `TimeTravelResponse`.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Traveled(TimeTravelResponse);

impl Report for Traveled {
    fn show(&self, page: &mut Page) {
        let way = self.0.to_ms.saturating_sub(self.0.from_ms);
        page.line(format!("the chain's clock goes {} ahead", span(way)));
        if let Some(round) = self.0.target_round {
            page.field("until round", round.to_string());
        }
        page.field("height now", self.0.height.to_string());
        page.line("the blocks of that time are made in the background: `etm watch` shows them");
    }

    fn done(&self) -> Option<String> {
        Some("the chain's clock goes ahead: `etm status` shows it".to_owned())
    }
}
