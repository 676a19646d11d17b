//! `etm status`, `etm round` and `etm supply`.

use crate::{
    context::{Context, ahead, behind, forgetful, miner_text, now_ms, skewed, until_round_end},
    failure::{Failure, Result},
    figures::{count, etm, instant, percent, span, votes},
    output::{Align, Page, Report, Tone},
};
use etm_mechanism::schedule;
use etm_types::{
    Height,
    api::{
        Amount, MinerRef,
        chain::{Status, Supply},
        round::{Round, RoundState},
    },
};
use serde::Serialize;

pub async fn status(context: &Context) -> Result<()> {
    let status = context.client.status().await?;
    context.check_chain(&status)?;
    context.output.print(&StatusReport(status))
}

pub async fn round(context: &Context, named: Option<&str>) -> Result<()> {
    let status = context.status().await?;
    let named = match named {
        Some(named) => named.to_owned(),
        None => match status.progress.round.checked_sub(1) {
            Some(finished) => finished.to_string(),
            None => "current".to_owned(),
        },
    };
    let allowed = matches!(named.as_str(), "current" | "announced")
        || named.bytes().all(|byte| byte.is_ascii_digit());
    if named.is_empty() || !allowed {
        return Err(Failure::usage(
            "invalid_round",
            format!("{named:?} is no round: a number, `current` or `announced`"),
        ));
    }
    let round = context.client.round(&named).await?;
    context.output.print(&RoundReport(round))
}

pub async fn supply(context: &Context) -> Result<()> {
    context.status().await?;
    let supply = context.client.supply().await?;
    let wrong = wrong(&supply);
    let ended = match wrong {
        None => Ok(()),
        Some(what) => Err(Failure::failed("supply_off_schedule", what)),
    };
    context.output.print_ended(&SupplyReport(supply), ended)
}

/// What of a supply is not as it has to be: the schedule is the mechanism's, and all sums are done again.
fn wrong(supply: &Supply) -> Option<String> {
    let height = Height(supply.height);
    let sum = |parts: &[Amount]| {
        parts
            .iter()
            .try_fold(0, |sum: u64, part| sum.checked_add(part.0))
    };
    let genesis = supply.genesis;
    let rows = [
        (
            "rewards issued",
            supply.rewards_issued,
            Some(schedule::reward_total(height).0),
        ),
        (
            "rewards scheduled",
            supply.rewards_scheduled,
            Some(schedule::reward_total(height).0),
        ),
        (
            "bonus issued",
            supply.bonus_issued,
            Some(schedule::bonus_total(height).0),
        ),
        (
            "bonus scheduled",
            supply.bonus_scheduled,
            Some(schedule::bonus_total(height).0),
        ),
        (
            "total",
            supply.total,
            sum(&[genesis, supply.rewards_issued, supply.bonus_issued]),
        ),
        (
            "total",
            supply.total,
            sum(&[
                supply.spendable,
                supply.locked,
                supply.deposits,
                supply.fees_pending,
                supply.escrow,
            ]),
        ),
        (
            "bonus issued",
            supply.bonus_issued,
            sum(&[supply.escrow, supply.bonus_credited]),
        ),
        (
            "rewards at most",
            supply.rewards_maximum,
            Some(schedule::REWARD_TOTAL.0),
        ),
        (
            "bonus at most",
            supply.bonus_maximum,
            Some(schedule::BONUS_TOTAL.0),
        ),
        (
            "most there is",
            supply.maximum,
            sum(&[
                genesis,
                Amount(schedule::REWARD_TOTAL.0),
                Amount(schedule::BONUS_TOTAL.0),
            ]),
        ),
    ];
    let off = rows
        .into_iter()
        .find(|(_, told, right)| Some(told.0) != *right);
    let carry = (supply.carry > supply.escrow)
        .then(|| "the carry is more than the escrow it is a part of".to_owned());
    off.map(|(name, told, right)| match right {
        Some(right) => format!(
            "{name}: the node says {}, it has to be {}",
            etm(told),
            etm(Amount(right))
        ),
        None => format!(
            "{name}: the node says {}, and its parts are more than there can be",
            etm(told)
        ),
    })
    .or(carry)
}

/// The names of miners, one after the other.
pub fn names(miners: &[MinerRef]) -> String {
    let names: Vec<&str> = miners.iter().map(|miner| miner.name.as_str()).collect();
    names.join(", ")
}

/// Where the chain is. In JSON the API's `Status`.
#[derive(Serialize)]
#[serde(transparent)]
pub struct StatusReport(Status);

impl StatusReport {
    /// What a node says.
    pub const fn new(status: Status) -> Self {
        Self(status)
    }
}

impl Report for StatusReport {
    fn show(&self, page: &mut Page) {
        let status = &self.0;
        page.title(&format!(
            "{} at height {}",
            status.chain.name, status.tip.height
        ));
        page.field("chain id", status.chain.id.to_string());
        page.field(
            "tip",
            format!(
                "{} of {}",
                status.tip.hash,
                instant(status.tip.timestamp_ms)
            ),
        );
        let progress = &status.progress;
        page.field(
            "round",
            format!(
                "{}: {} of {} blocks, slots missed: {}",
                progress.round, progress.blocks_done, progress.blocks_total, progress.missed
            ),
        );
        page.field("committee", names(&progress.committee));
        page.field("next committee", names(&progress.announced));
        let behind = behind(status, now_ms());
        match until_round_end(status, behind.is_none()) {
            Ok(0) => page.field("round ends in", "any moment"),
            Ok(left) => page.field("round ends in", span(left)),
            Err(why) => page.field_toned("round ends in", Tone::Warning, why),
        }
        if let Some(interval) = status.finality.block_interval_ms {
            page.field("a block every", span(interval));
        }
        if let Some(mean) = status.finality.mean_ms {
            page.field("final after", span(mean));
        }
        page.field("peers", status.peers.to_string());
        page.field("pending", count(status.pending_transactions));
        page.field("node", format!("version {}", status.node.version));
        match behind {
            None => page.field_toned("keeps up", Tone::Good, "yes"),
            Some(warning) => page.field_toned("keeps up", Tone::Bad, &warning),
        }
        if let Some(warning) = forgetful(status) {
            page.field_toned("history", Tone::Warning, &warning);
        }
        if let Some(warning) = skewed(status, now_ms()) {
            page.field_toned("clock", Tone::Warning, &warning);
        }
        if let Some(ahead) = ahead(status, now_ms()) {
            page.field_toned("chain's time", Tone::Warning, &ahead);
        }
        for warning in &status.sync.warnings {
            page.field_toned("the node warns", Tone::Warning, warning);
        }
    }
}

/// One round. In JSON the API's `Round`.
#[derive(Serialize)]
#[serde(transparent)]
struct RoundReport(Round);

impl Report for RoundReport {
    fn show(&self, page: &mut Page) {
        let round = &self.0;
        let summary = &round.summary;
        let state = match summary.state {
            RoundState::Finished => "finished",
            RoundState::Running => "running",
            RoundState::Announced => "announced",
        };
        page.title(&format!(
            "Round {} ({state}), heights {} to {}",
            summary.round, summary.first_height, summary.last_height
        ));
        page.field(
            "blocks",
            format!("{}, slots missed: {}", summary.blocks, summary.missed),
        );
        page.field("transactions", count(summary.transactions));
        if let Some(seed) = round.seed {
            page.field("seed of slots", seed.to_string());
        }
        if let Some(beacon) = round.beacon {
            page.field("beacon at end", beacon.to_string());
        }
        if let Some(distribution) = &round.distribution {
            let issued = format!(
                "{} = {} carried + {} issued",
                etm(distribution.total),
                etm(distribution.carry_in),
                etm(distribution.issued)
            );
            page.field("bonus", issued);
            page.field(
                "pools",
                format!(
                    "{} each, {} on top for the lucky one",
                    etm(distribution.ordinary_pool),
                    etm(distribution.lucky_extra)
                ),
            );
            page.field("carried on", etm(distribution.carry_out));
            page.field(
                "fees",
                format!(
                    "{}, {} a block",
                    etm(distribution.fees),
                    etm(distribution.fee_per_block)
                ),
            );
        }
        if let Some(lucky) = &summary.lucky {
            page.field_toned("lucky", Tone::Good, &miner_text(lucky));
        }
        if let Some(drawn) = &round.drawn {
            let kept = if drawn.kept {
                " (too few candidates: the same again)"
            } else {
                ""
            };
            page.field(
                "drawn",
                format!("for round {}: {}{kept}", drawn.round, names(&drawn.members)),
            );
        }
        page.gap();
        page.title("Committee, in the order drawn");
        let rows: Vec<Vec<String>> = round
            .committee
            .iter()
            .map(|seat| {
                vec![
                    seat.index.to_string(),
                    miner_text(&seat.miner),
                    seat.produced.to_string(),
                    seat.missed.to_string(),
                    votes(seat.votes),
                    seat.pool.map_or_else(|| "-".to_owned(), etm),
                    etm(seat.rewards),
                    seat.fees.map_or_else(|| "-".to_owned(), etm),
                    if seat.lucky {
                        "lucky".to_owned()
                    } else {
                        String::new()
                    },
                ]
            })
            .collect();
        let columns = [
            ("SEAT", Align::Right),
            ("MINER", Align::Left),
            ("BLOCKS", Align::Right),
            ("MISSED", Align::Right),
            ("VOTES", Align::Right),
            ("POOL", Align::Right),
            ("REWARDS", Align::Right),
            ("FEES", Align::Right),
            ("", Align::Left),
        ];
        page.table(&columns, &rows);
        for missed in round.missed_slots.iter().take(20) {
            let text = format!(
                "slot {} missed by {}, before block {}",
                missed.slot,
                miner_text(&missed.miner),
                missed.before_height
            );
            page.say(Tone::Warning, &text);
        }
        if round.missed_slots.len() > 20 {
            page.say(
                Tone::Warning,
                &format!(
                    "... and {} more missed slots",
                    round.missed_slots.len() - 20
                ),
            );
        }
    }
}

/// Where all tokens are. In JSON the API's `Supply`.
#[derive(Serialize)]
#[serde(transparent)]
struct SupplyReport(Supply);

impl Report for SupplyReport {
    fn show(&self, page: &mut Page) {
        let supply = &self.0;
        page.title(&format!(
            "{} at height {}",
            etm(supply.total),
            supply.height
        ));
        page.field("at genesis", etm(supply.genesis));
        for (name, issued, scheduled, maximum) in [
            (
                "rewards issued",
                supply.rewards_issued,
                supply.rewards_scheduled,
                supply.rewards_maximum,
            ),
            (
                "bonus issued",
                supply.bonus_issued,
                supply.bonus_scheduled,
                supply.bonus_maximum,
            ),
        ] {
            if issued == scheduled {
                let text = format!("{} of {}, as the schedule says", etm(issued), etm(maximum));
                page.field_toned(name, Tone::Good, &text);
            } else {
                page.field_toned(
                    name,
                    Tone::Bad,
                    &format!("{}, but the schedule says {}", etm(issued), etm(scheduled)),
                );
            }
        }
        page.field("most there is", etm(supply.maximum));
        page.gap();
        page.field("spendable", etm(supply.spendable));
        page.field(
            "locked",
            format!(
                "{} ({}), {} positions, {} vote",
                etm(supply.locked),
                percent(supply.locked_share_ppb),
                count(supply.positions),
                count(supply.voters)
            ),
        );
        page.field("deposits", etm(supply.deposits));
        page.field("fees pending", etm(supply.fees_pending));
        page.field(
            "bonus escrow",
            format!(
                "{}, of which {} are carried on",
                etm(supply.escrow),
                etm(supply.carry)
            ),
        );
        page.field("bonus credited", etm(supply.bonus_credited));
        page.field("accounts", count(supply.accounts));
        page.gap();
        let rows: Vec<Vec<String>> = supply
            .schedule
            .iter()
            .map(|span| {
                let here = (span.first_height..=span.last_height).contains(&supply.height);
                vec![
                    format!(
                        "{} .. {}",
                        count(span.first_height),
                        count(span.last_height)
                    ),
                    etm(span.reward),
                    etm(span.bonus),
                    etm(span.reward_total),
                    etm(span.bonus_total),
                    if here {
                        "now".to_owned()
                    } else {
                        String::new()
                    },
                ]
            })
            .collect();
        let columns = [
            ("HEIGHTS", Align::Right),
            ("REWARD", Align::Right),
            ("BONUS", Align::Right),
            ("REWARDS BY THEN", Align::Right),
            ("BONUS BY THEN", Align::Right),
            ("", Align::Left),
        ];
        page.table(&columns, &rows);
    }
}

#[cfg(test)]
mod tests;
