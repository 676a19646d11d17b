//! Votes of a position: `X = w(T) * g(t)` (`docs/spec/mechanism.md` section 4).

use crate::{TimeGain, Units, Votes};

/// `g(t) = floor((t^3 * 2^128)^(1/4))` for `t` = 1 to 32, at index `t - 1`.
const G: [u64; 32] = [
    4_294_967_296,
    7_223_245_205,
    9_790_408_260,
    12_148_001_999,
    14_361_088_696,
    16_465_438_420,
    18_483_465_076,
    20_430_422_668,
    22_317_304_720,
    24_152_376_008,
    25_942_054_962,
    27_691_456_286,
    29_404_742_153,
    31_085_359_048,
    32_736_203_030,
    34_359_738_368,
    35_958_084_800,
    37_533_083_075,
    39_086_345_081,
    40_619_292_811,
    42_133_189_078,
    43_629_162_043,
    45_108_225_024,
    46_571_292_649,
    48_019_194_174,
    49_452_684_536,
    50_872_453_602,
    52_279_133_980,
    53_673_307_637,
    55_055_511_554,
    56_426_242_584,
    57_785_961_645,
];

/// `g(t)`: the share of the time gain in a position's votes; `g(1) = 2^32`.
pub const fn g(t: TimeGain) -> u64 {
    G[t.get() as usize - 1]
}

/// `w(T) = floor((T^3)^(1/4))`: the share of the locked amount, exact; below 2^48.
pub fn w(locked: Units) -> u64 {
    let amount = locked.0 as u128;
    // T^3 has up to 192 bits: its upper part first.
    let (low, high) = (amount * amount).carrying_mul(amount, 0);
    let shift = {
        let excess = 128 - high.leading_zeros();
        excess.div_ceil(4)
    };
    let reduced = if shift == 0 {
        low
    } else {
        (low >> (4 * shift)) | (high << (128 - 4 * shift))
    };
    // floor of the fourth root of floor(T^3 / 2^(4 shift)) gives all bits of the root but the last `shift`.
    let mut root = (reduced.isqrt().isqrt()) << shift;
    let mut bit = shift;
    while bit > 0 {
        bit -= 1;
        let trial = root | (1 << bit);
        let (fourth_low, fourth_high) = (trial * trial).carrying_mul(trial * trial, 0);
        if fourth_high < high || (fourth_high == high && fourth_low <= low) {
            root = trial;
        }
    }
    root as u64
}

/// `X = w(T) * g(t)`: the votes of a position; below 2^84.
pub fn votes(locked: Units, t: TimeGain) -> Votes {
    Votes(w(locked) as u128 * g(t) as u128)
}

#[cfg(test)]
mod tests;
