//! What a pool gives to each cohort (`docs/spec/mechanism.md` section 8, step 3).

use crate::{TimeGain, Units, Votes, weight, wide};
use ruint::aliases::U256;

/// `delta(t) = floor(p * g(t) * 2^64 / S)` for all time gains, with the divisions by `S` done once.
///
/// With `p * 2^64 = quotient * S + rest` it is `quotient * g + floor(rest * g / S)`. With
/// `fraction = floor(rest * 2^64 / S)` the latter is `floor(fraction * g / 2^64)` or 1 more, and only if the bits that
/// `fraction` lacks (below `g` < 2^36) can carry: then the exact product decides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pool {
    votes: u128,
    quotient: u128,
    rest: u128,
    fraction: u64,
}

impl Pool {
    /// The pool `p` shared among `S` votes; all deltas are 0 if there are none.
    pub fn new(pool: Units, votes: Votes) -> Self {
        let numerator = u128::from(pool.0) << 64;
        let votes = votes.0;
        let (Some(quotient), Some(rest)) =
            (numerator.checked_div(votes), numerator.checked_rem(votes))
        else {
            return Self {
                votes: 1,
                quotient: 0,
                rest: 0,
                fraction: 0,
            };
        };
        Self {
            votes,
            quotient,
            rest,
            // `rest` is below `votes`.
            fraction: wide::mul_div(rest, 1 << 64, votes).unwrap_or(0) as u64,
        }
    }

    /// `delta(t)`, modulo 2^128: below it for every cohort that has positions.
    pub fn delta(&self, t: TimeGain) -> u128 {
        let g = weight::g(t);
        let product = u128::from(self.fraction) * u128::from(g);
        let mut share = product >> 64;
        if (product as u64).checked_add(g).is_none() && self.carries(share + 1, g) {
            share += 1;
        }
        self.quotient.wrapping_mul(g.into()).wrapping_add(share)
    }

    /// Whether `share * S <= rest * g`.
    fn carries(&self, share: u128, g: u64) -> bool {
        let needed: U256 = wide::mul(share, self.votes);
        needed <= wide::mul(self.rest, g.into())
    }
}

#[cfg(test)]
mod tests;
