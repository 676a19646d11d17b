//! What becomes of a position by itself.

use etm_execution::ChainParams;
use etm_execution::outlook::{Case, Outlook};
use etm_mechanism::{Position, weight};
use etm_types::api::Integer;
use etm_types::api::account::{ForecastPoint, RoundEnd};
use etm_types::{MinerId, TimeGain};

use super::table::Table;

/// Day boundaries of a forecast.
const FORECAST_DAYS: u64 = 32;
/// Rounds a forecast looks ahead at most.
const FORECAST_ROUNDS: u64 = 20_000;

/// What the end of the running round brings to the voters of a miner.
pub(crate) fn show_round_end(outlook: &Outlook, miner: Option<MinerId>) -> RoundEnd {
    let count = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    let halvings = |case| count(outlook.halvings(miner, case));
    RoundEnd {
        round: outlook.round.0,
        height: outlook.last_height.0,
        blocks_to_come: count(outlook.remaining),
        days: count(outlook.days(Case::Expected)),
        halvings_due: halvings(Case::Best),
        halvings_expected: halvings(Case::Expected),
        halvings_most: halvings(Case::Worst),
    }
}

/// What time gain and votes may be after the coming day boundaries. Best: the miner adds no more block. Expected: it adds those of its
/// turns in the running round, and in each later one the blocks it has on average, its chance of a seat times its share of the round; whole blocks halve.
/// So many day boundaries have `passed` in the running round.
pub(crate) fn forecast(
    params: &ChainParams,
    table: &Table,
    position: &Position,
    passed: u64,
    (now_ms, next_day_ms): (u64, u64),
) -> Vec<ForecastPoint> {
    let blocks = u64::from(params.mechanism.blocks_per_round);
    let round_ms = blocks.saturating_mul(params.slot_ms).max(1);
    let day_ms = params.mechanism.day_seconds.saturating_mul(1_000);
    let row = position.miner.and_then(|miner| table.get(miner));
    let inclusion = row.map_or(0, |row| row.miner.inclusion_ppb);
    // Blocks a round in parts per billion.
    let per_round = u64::from(inclusion)
        .saturating_mul(blocks)
        .checked_div(table.seats.into())
        .unwrap_or(0);
    let at_round_end = |case| {
        let halvings = table.outlook.halvings(position.miner, case);
        position.t.after_round(halvings, passed)
    };
    let (mut best, mut expected) = (at_round_end(Case::Best), at_round_end(Case::Expected));
    let (mut due, mut rounds_done) = (0u64, 0u64);
    (0..FORECAST_DAYS)
        .map(|day| {
            let at_ms = next_day_ms.saturating_add(day.saturating_mul(day_ms));
            let rounds = (at_ms.saturating_sub(now_ms) / round_ms).min(FORECAST_ROUNDS);
            while rounds_done < rounds {
                rounds_done += 1;
                due = due.saturating_add(per_round);
                expected = expected.halved(due / 1_000_000_000);
                due %= 1_000_000_000;
            }
            best = best.after_days(1);
            expected = expected.after_days(1);
            let votes = |t: TimeGain| Integer::from(weight::votes(position.locked, t));
            ForecastPoint {
                at_ms,
                time_gain_best: best.get(),
                votes_best: votes(best),
                time_gain_expected: expected.get(),
                votes_expected: votes(expected),
            }
        })
        .collect()
}
