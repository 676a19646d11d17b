//! How the bonus of a round is split and shared (`docs/spec/mechanism.md` section 8, steps 2 and 3).

use crate::{TimeGain, Units, Votes, weight, wide};
use ruint::aliases::U256;

/// The bonus `B` of a round, split among `k` members: `A = floor(B / 2)` in equal pools, the rest to the lucky one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Split {
    /// `a = floor(A / k)`: the pool of each member.
    pub share: Units,
    /// `B - A`: what the pool of the lucky member has on top.
    pub lucky: Units,
    /// `A - a * k`: what the equal pools leave over.
    pub rest: Units,
}

impl Split {
    /// Splits `bonus` among `members`. Without members all but the lucky part is left over.
    pub const fn new(bonus: Units, members: usize) -> Self {
        let half = bonus.0 / 2;
        let members = members as u64;
        let share = match half.checked_div(members) {
            Some(share) => share,
            None => 0,
        };
        Self {
            share: Units(share),
            lucky: Units(bonus.0 - half),
            rest: Units(half - share * members),
        }
    }

    /// `p`: the pool of a member.
    pub const fn pool(&self, lucky: bool) -> Units {
        match lucky {
            // Both are parts of the bonus.
            true => Units(self.share.0 + self.lucky.0),
            false => self.share,
        }
    }

    /// `carry'`: what goes on to the next round, given the place of the lucky member and the votes of all in order.
    pub fn carry(&self, lucky: usize, votes: impl IntoIterator<Item = Votes>) -> Units {
        let votes = votes.into_iter().enumerate();
        let unvoted = votes.filter(|(_, votes)| *votes == Votes::ZERO);
        // Parts of the bonus, each once.
        Units(unvoted.fold(self.rest.0, |sum, (place, _)| {
            sum.saturating_add(self.pool(place == lucky).0)
        }))
    }
}

/// `delta(t) = floor(p * g(t) * 2^64 / S)`: what a unit of `w` with time gain `t` has of the pool `p` that is shared among `S` votes,
/// in units of 2^-64 (step 3). 0 without votes. The end of a round has the same, modulo 2^128 and with fewer divisions.
pub fn delta(pool: Units, votes: Votes, t: TimeGain) -> U256 {
    let product = wide::mul(u128::from(pool.0) << 64, weight::g(t).into());
    product.checked_div(U256::from(votes.0)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
