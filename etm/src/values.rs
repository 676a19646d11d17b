//! Values as options and settings write them.

use crate::service::KeptHistory;
use etm_node::engine::Retention;
use std::{
    num::{NonZeroU32, NonZeroU64},
    time::Duration,
};

/// Blocks a node may be told to keep at most, short of all: more would take too many open files.
const MOST_KEPT: u32 = 1_000_000;

/// Reads `all` or a number of blocks.
///
/// # Errors
/// What was wrong and what would be right.
pub fn retention(text: &str) -> Result<Retention, String> {
    if text == "all" {
        return Ok(Retention::All);
    }
    text.parse()
        .ok()
        .filter(|blocks: &NonZeroU32| blocks.get() <= MOST_KEPT)
        .map(Retention::Blocks)
        .ok_or_else(|| {
            format!("`{text}` is neither `all` nor a number of blocks from 1 to {MOST_KEPT}")
        })
}

/// What [`retention`] reads.
pub fn retention_text(retention: Retention) -> String {
    match retention {
        Retention::All => "all".into(),
        Retention::Blocks(blocks) => blocks.to_string(),
    }
}

/// Rounds that a history keeps at least: the table of miners compares the last 100 with the chances that there were.
const FEWEST_ROUNDS: u64 = 200;
/// And at most, short of all: ten years of mainnet.
const MOST_ROUNDS: u64 = 1_000_000;

/// Reads `full`, `rounds N` or `off`.
///
/// # Errors
/// What was wrong and what would be right.
pub fn history(text: &str) -> Result<KeptHistory, String> {
    let rounds = |number: &str| {
        let number: u64 = number.trim().parse().ok()?;
        let fits = (FEWEST_ROUNDS..=MOST_ROUNDS).contains(&number);
        NonZeroU64::new(number).filter(|_| fits)
    };
    match text {
        "full" => Ok(KeptHistory::Full),
        "off" => Ok(KeptHistory::Off),
        _ => text
            .strip_prefix("rounds ")
            .and_then(rounds)
            .map(KeptHistory::Rounds)
            .ok_or_else(|| {
                format!(
                    "`{text}` must be full, off, or rounds N with N from {FEWEST_ROUNDS} to {MOST_ROUNDS}"
                )
            }),
    }
}

/// What [`history`] reads.
pub fn history_text(history: KeptHistory) -> String {
    match history {
        KeptHistory::Full => "full".into(),
        KeptHistory::Rounds(rounds) => format!("rounds {rounds}"),
        KeptHistory::Off => "off".into(),
    }
}

/// Reads `500ms`, `2s`, `1m`, `24h`: a whole number and a unit.
///
/// # Errors
/// What was wrong and what would be right.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let wrong = || {
        format!(
            "`{text}` is no length of time: write a whole number and a unit, such as 500ms, 2s, 1m or 24h"
        )
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let factor = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong()),
    };
    match number.checked_mul(factor) {
        Some(0) => Err(format!(
            "`{text}` is no time at all: at least 1ms, such as 500ms, 2s, 1m or 24h"
        )),
        Some(milliseconds) => Ok(Duration::from_millis(milliseconds)),
        None => Err(format!(
            "`{text}` is too long a time: write one such as 500ms, 2s, 1m or 24h"
        )),
    }
}

/// Reads the length of a chain day: as [`duration`], and of whole seconds, in which a genesis has it.
///
/// # Errors
/// What was wrong and what would be right.
pub fn day(text: &str) -> Result<Duration, String> {
    let day = duration(text)?;
    match day.subsec_nanos() {
        0 => Ok(day),
        _ => Err(format!(
            "`{text}` is no day of whole seconds: write {}s, 60s or 24h",
            day.as_secs().saturating_add(1)
        )),
    }
}

#[cfg(test)]
mod tests;
