//! `etm balance` and `etm position`.

use crate::{
    context::{Context, chain_now_ms, miner_text},
    failure::Result,
    figures::{etm, instant, moment, percent, span, times, votes},
    gain::NextGain,
    output::{Align, Page, Report, Tone},
    verbs::Verb,
};
use etm_types::api::{
    account::{Account, Position, TimelineChange, TimelineEntry},
    query::OffsetQuery,
};
use serde::Serialize;

/// How far back `etm position` looks.
const TIMELINE_ENTRIES: u32 = 50;
/// The days of the forecast that are shown beside those of the first week; JSON has all.
const FORECAST_DAYS: [u32; 4] = [10, 14, 21, 30];

pub async fn balance(context: &Context, named: Option<&str>) -> Result<()> {
    let address = context.account(named)?;
    context.status().await?;
    let account = context.account_of(&address).await?;
    context.output.print(&Balance(account))
}

pub async fn position(context: &Context, named: Option<&str>) -> Result<()> {
    let address = context.account(named)?;
    let status = context.status().await?;
    let account = context.account_of(&address).await?;
    let query = OffsetQuery {
        limit: Some(TIMELINE_ENTRIES),
        ..OffsetQuery::default()
    };
    let timeline = context.client.timeline(&address, &query).await?;
    context.output.print(&PositionReport {
        now_ms: chain_now_ms(&status),
        account,
        counted_from: timeline.counted_from,
        timeline: timeline.entries,
    })
}

/// An account's balance. In JSON the API's `Account`.
#[derive(Serialize)]
#[serde(transparent)]
struct Balance(Account);

impl Report for Balance {
    fn show(&self, page: &mut Page) {
        let account = &self.0;
        page.title(&account.address);
        if !account.exists {
            page.say(Tone::Dim, "This account has never received anything.");
        }
        page.field("can be spent", etm(account.balance));
        page.field("  free", etm(account.free));
        page.field("  earned bonus", etm(account.earned));
        page.field("locked", etm(account.locked));
        if account.locking.0 > 0 {
            let text = format!(
                "{}, from round {} on",
                etm(account.locking),
                account.effective_round.saturating_add(1)
            );
            page.field("being locked", text);
        }
        if account.unlocking.0 > 0 {
            let text = format!(
                "{}, spendable from round {} on",
                etm(account.unlocking),
                account.effective_round.saturating_add(1)
            );
            page.field("being unlocked", text);
        }
        if account.deposit.0 > 0 {
            page.field("deposit", etm(account.deposit));
        }
        page.field("in all", etm(account.total));
        if let Some(miner) = &account.miner {
            page.field("owns miner", miner_text(miner));
        }
        page.field("next nonce", account.next_nonce.to_string());
        page.field("as of height", account.height.to_string());
        for transaction in &account.pending_transactions {
            page.field(
                "pending",
                format!(
                    "{} {}",
                    super::payload_text(&transaction.payload),
                    transaction.hash
                ),
            );
        }
    }
}

/// An account's position with its past and its forecast.
#[derive(Serialize)]
struct PositionReport {
    /// The chain's clock when the node answered.
    now_ms: u64,
    /// The account, with the position in it.
    account: Account,
    /// What changed the position, newest first.
    timeline: Vec<TimelineEntry>,
    /// The round from which on the node tells what changed it, if not from genesis.
    counted_from: Option<u64>,
}

impl Report for PositionReport {
    fn show(&self, page: &mut Page) {
        page.title(&self.account.address);
        match &self.account.position {
            Some(position) => self.show_position(position, page),
            None => {
                page.line("There is no position: nothing is locked. `etm lock AMOUNT` makes one.")
            }
        }
        self.show_pending(page);
        self.show_forecast(page);
        self.show_past(page);
        super::since(page, self.counted_from);
    }
}

impl PositionReport {
    fn show_position(&self, position: &Position, page: &mut Page) {
        page.field("locked", etm(position.locked));
        page.field("time gain t", format!("{} of 32", position.time_gain));
        page.field(
            "votes for",
            position
                .miner
                .as_ref()
                .map_or_else(|| "nobody".to_owned(), miner_text),
        );
        page.field("votes", votes(position.votes));
        if position.miner.is_some() {
            let share = format!(
                "{} of its {} votes",
                percent(position.share_ppb),
                votes(position.miner_votes)
            );
            page.field("my share", share);
            page.field(
                "chance of a seat",
                format!("{} in the next draw", percent(position.inclusion_ppb)),
            );
        }
        let earned = match (position.earned_total, self.counted_from) {
            (Some(earned), _) => etm(earned),
            (None, Some(_)) => "not known to this node".to_owned(),
            (None, None) => "not known yet".to_owned(),
        };
        page.field("earned so far", earned);
        let end = &self.account.round_end;
        let next = match NextGain::of(position, end) {
            NextGain::Never => "t is 32, the most there is".to_owned(),
            NextGain::RoundEnd { days, gain } => {
                let days = match days {
                    1 => "the day that begins".to_owned(),
                    several => format!("the {several} days that begin"),
                };
                format!(
                    "at the end of round {} (height {}), for {days} in it: t = {gain}",
                    end.round, end.height
                )
            }
            NextGain::NextDay(gain) => {
                let wait = span(position.next_day_ms.saturating_sub(self.now_ms));
                format!(
                    "in {wait} ({}), at the end of the round then running: t = {gain}",
                    instant(position.next_day_ms)
                )
            }
        };
        page.field("next +1", next);
        if position.halvings_due > 0 {
            let text = format!(
                "{} when this round ends, for the blocks its miner has made in it",
                times(position.halvings_due)
            );
            page.field_toned("halved", Tone::Warning, &text);
        }
    }

    fn show_pending(&self, page: &mut Page) {
        for pending in &self.account.pending_requests {
            page.field(
                "pending",
                format!(
                    "{}, at the end of round {}",
                    Verb::from(&pending.request),
                    pending.effective_round
                ),
            );
        }
        if let (false, Some(projected)) = (
            self.account.pending_requests.is_empty(),
            &self.account.projected,
        ) {
            let miner = projected
                .miner
                .as_ref()
                .map_or_else(|| "nobody".to_owned(), miner_text);
            page.field(
                "then",
                format!(
                    "{} at t = {} for {miner}",
                    etm(projected.locked),
                    projected.time_gain
                ),
            );
        }
    }

    fn show_forecast(&self, page: &mut Page) {
        let Some(position) = self
            .account
            .position
            .as_ref()
            .filter(|position| !position.forecast.is_empty())
        else {
            return;
        };
        page.gap();
        let account = &self.account;
        let waits =
            !account.pending_requests.is_empty() || !account.pending_transactions.is_empty();
        page.title(match waits {
            false => "Forecast, if nobody sends a request",
            true => "Forecast of the position as it is, without what is pending",
        });
        page.say(
            Tone::Dim,
            "at best: the miner adds no block, so that nothing is halved; expected: with its likely blocks",
        );
        let rows: Vec<Vec<String>> = (1..)
            .zip(&position.forecast)
            .filter(|(day, _)| *day <= 7 || FORECAST_DAYS.contains(day))
            .map(|(day, point)| {
                vec![
                    format!("+{day}"),
                    moment(point.at_ms),
                    point.time_gain_best.to_string(),
                    votes(point.votes_best),
                    point.time_gain_expected.to_string(),
                    votes(point.votes_expected),
                ]
            })
            .collect();
        let columns = [
            ("DAYS", Align::Right),
            ("WHEN (UTC)", Align::Left),
            ("T AT BEST", Align::Right),
            ("VOTES", Align::Right),
            ("T EXPECTED", Align::Right),
            ("VOTES", Align::Right),
        ];
        page.table(&columns, &rows);
    }

    fn show_past(&self, page: &mut Page) {
        if self.timeline.is_empty() {
            return;
        }
        page.gap();
        page.title("What changed it, newest first");
        let gain = |position: &Option<etm_types::api::account::ProjectedPosition>| {
            position
                .as_ref()
                .map_or_else(|| "-".to_owned(), |position| position.time_gain.to_string())
        };
        let rows: Vec<Vec<String>> = self
            .timeline
            .iter()
            .map(|entry| {
                vec![
                    entry.round.to_string(),
                    moment(entry.timestamp_ms),
                    format!("{} -> {}", gain(&entry.before), gain(&entry.after)),
                    change_text(&entry.change),
                ]
            })
            .collect();
        page.table(
            &[
                ("ROUND", Align::Right),
                ("WHEN (UTC)", Align::Left),
                ("T", Align::Left),
                ("WHY", Align::Left),
            ],
            &rows,
        );
    }
}

fn change_text(change: &TimelineChange) -> String {
    match change {
        TimelineChange::Genesis => "from genesis".to_owned(),
        TimelineChange::Request {
            request,
            applied: true,
            ..
        } => Verb::from(request).to_string(),
        TimelineChange::Request { request, .. } => {
            format!("{}: void, the miner resigned", Verb::from(request))
        }
        TimelineChange::Halving { miner, blocks } => {
            let heights: Vec<String> = blocks.iter().take(8).map(u64::to_string).collect();
            let more = if blocks.len() > 8 { " ..." } else { "" };
            let count = u32::try_from(blocks.len()).unwrap_or(u32::MAX);
            let what = if count == 1 { "block" } else { "blocks" };
            format!(
                "halved {}: {} added {what} {}{more}",
                times(count),
                miner_text(miner),
                heights.join(", ")
            )
        }
        TimelineChange::Day { days: 1 } => "a day passed: +1".to_owned(),
        TimelineChange::Day { days } => format!("{days} days passed: +{days}"),
        TimelineChange::MinerResigned { miner } => {
            format!("{} resigned: the vote is gone", miner_text(miner))
        }
    }
}

#[cfg(test)]
mod tests;
