//! Producer reward and voter bonus by height (`docs/spec/mechanism.md` section 7).

use crate::{Height, Units};

/// Last heights of the six spans.
const ENDS: [u64; 6] = [
    10_112_000, 20_224_000, 30_336_000, 40_448_000, 50_560_000, 59_328_000,
];
/// Reward of a block in each span, units.
const REWARDS: [u64; 6] = [
    600_000_000,
    500_000_000,
    400_000_000,
    400_000_000,
    300_000_000,
    200_000_000,
];
/// Bonus of a block in the first five spans, units.
const BONUSES: [u64; 5] = [100_000_000, 50_000_000, 25_000_000, 25_000_000, 25_000_000];
/// `Q`: the bonus of the last span, units.
const LAST_BONUS: u64 = 224_800_000_000_000;
/// Blocks of the last span.
const LAST_BLOCKS: u64 = ENDS[5] - ENDS[4];

/// All producer rewards together: 240,000,000 ETM.
pub const REWARD_TOTAL: Units = Units(24_000_000_000_000_000);
/// All voter bonuses together: 25,000,000 ETM.
pub const BONUS_TOTAL: Units = Units(2_500_000_000_000_000);
/// What there is at genesis: 235,000,000 ETM (section 1).
pub const GENESIS_SUPPLY: Units = Units(23_500_000_000_000_000);
/// The most there will ever be: 500,000,000 ETM (section 1).
pub const TOTAL_SUPPLY: Units = Units(GENESIS_SUPPLY.0 + REWARD_TOTAL.0 + BONUS_TOTAL.0);
/// The last height that earns anything.
pub const LAST_HEIGHT: Height = Height(ENDS[5]);

/// What the producer of the block at `height` receives.
pub fn reward(height: Height) -> Units {
    if height == Height::ZERO {
        return Units::ZERO;
    }
    let span = ENDS.iter().position(|end| height.0 <= *end);
    Units(span.map_or(0, |span| REWARDS[span]))
}

/// What the block at `height` adds to the voter bonus.
pub fn bonus(height: Height) -> Units {
    bonus_between(height.saturating_sub(1), height)
}

/// What the blocks above height `from`, up to and including `to`, add to the voter bonus; nothing if there are none.
pub fn bonus_between(from: Height, to: Height) -> Units {
    Units(bonus_total(to).0.saturating_sub(bonus_total(from).0))
}

/// The sum of all producer rewards up to and including `height`.
pub fn reward_total(height: Height) -> Units {
    Units(sum_of_spans(height, &REWARDS))
}

/// The sum of all voter bonuses up to and including `height`.
pub fn bonus_total(height: Height) -> Units {
    let last = height.since(Height(ENDS[4])).min(LAST_BLOCKS);
    let share = u128::from(LAST_BONUS) * u128::from(last) / u128::from(LAST_BLOCKS);
    // `share` is at most `LAST_BONUS`, the sum at most `BONUS_TOTAL`.
    Units(sum_of_spans(height, &BONUSES) + share as u64)
}

/// The sum over the heights 1..=`height` of what each block earns in its span; at most `REWARD_TOTAL`.
fn sum_of_spans(height: Height, values: &[u64]) -> u64 {
    let starts = core::iter::once(0).chain(ENDS);
    starts
        .zip(ENDS)
        .zip(values)
        .map(|((start, end), value)| height.0.clamp(start, end).saturating_sub(start) * value)
        .sum()
}

#[cfg(test)]
mod tests;
