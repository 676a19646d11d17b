//! What a miner's votes may earn a day.

use etm_execution::ChainParams;
use etm_mechanism::weight;
use etm_types::api::miner::{EstimateBasis, Miner};
use etm_types::api::{Amount, Integer, share_ppb};
use etm_types::{TimeGain, Units};

use super::table::Table;

/// What bonus estimates are made with, for an amount at a time gain.
pub(crate) fn estimate_basis(
    params: &ChainParams,
    table: &Table,
    amount: Units,
    t: TimeGain,
) -> EstimateBasis {
    let round_ms = u64::from(params.mechanism.blocks_per_round)
        .saturating_mul(params.slot_ms)
        .max(1);
    let day_ms = params.mechanism.day_seconds.saturating_mul(1_000);
    let rounds = u128::from(day_ms) * 1_000 / u128::from(round_ms);
    EstimateBasis {
        amount: Amount::from(amount),
        time_gain: t.get(),
        votes: Integer::from(weight::votes(amount, t)),
        bonus_per_round: Amount(table.bonus_per_round),
        bonus_per_seat: Amount(
            table
                .bonus_per_round
                .checked_div(table.seats.into())
                .unwrap_or(0),
        ),
        seats: table.seats,
        rounds_per_day_milli: u64::try_from(rounds).unwrap_or(u64::MAX),
    }
}

/// `floor(bonus_per_seat * inclusion * X / (S + X) * rounds_per_day)`, rounding down at each step.
pub(crate) fn estimate(basis: &EstimateBasis, miner: &Miner) -> Amount {
    let votes = basis.votes.0;
    let per_day =
        u128::from(basis.bonus_per_seat.0) * u128::from(basis.rounds_per_day_milli) / 1_000;
    let expected = per_day.saturating_mul(miner.inclusion_ppb.into()) / 1_000_000_000;
    let share = share_ppb(votes, miner.votes.0.saturating_add(votes));
    Amount(u64::try_from(expected.saturating_mul(share.into()) / 1_000_000_000).unwrap_or(u64::MAX))
}
