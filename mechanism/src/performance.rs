//! Performance of miners and election weight (`docs/spec/mechanism.md` section 5).

use crate::{MinerId, Position, Votes, wide};

/// `v = 1` as a 32-bit fixed-point number.
pub const V_ONE: u64 = 1 << 32;

/// What the election knows about a miner. One small record for each miner that is registered or still serves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Standing {
    /// `S`: the votes of the miner as of the end of the last round; 0 once resigned.
    pub votes: Votes,
    /// `m`: blocks it produced since it registered, up to the end of the last round.
    pub produced: u64,
    /// `n`: slots drawn for it whose outcome is known, up to the end of the last round.
    pub slots: u64,
    /// Whether it is registered; a resigned miner keeps its standing while it serves.
    pub registered: bool,
}

impl Standing {
    /// Of a registered miner: `S`, `m` and `n`.
    pub const fn new(votes: Votes, produced: u64, slots: u64) -> Self {
        Self {
            votes,
            produced,
            slots,
            registered: true,
        }
    }

    /// With more blocks produced and slots missed.
    pub const fn counted(self, produced: u64, missed: u64) -> Self {
        let slots = produced.saturating_add(missed);
        Self {
            produced: self.produced.saturating_add(produced),
            slots: self.slots.saturating_add(slots),
            ..self
        }
    }

    pub const fn with_votes(self, votes: Votes) -> Self {
        Self { votes, ..self }
    }

    /// Without votes, and not drawn any more.
    pub const fn resigned(self) -> Self {
        Self {
            votes: Votes::ZERO,
            registered: false,
            ..self
        }
    }

    /// What a change of one position makes of the standing of `miner`, all else equal.
    pub fn with_change(
        self,
        miner: MinerId,
        before: Option<Position>,
        after: Option<Position>,
    ) -> Self {
        let votes =
            |position: Option<Position>| position.map_or(0, |position| position.votes_for(miner).0);
        let others = self.votes.0.saturating_sub(votes(before));
        self.with_votes(Votes(others.saturating_add(votes(after))))
    }

    /// The optimal coefficient `v` times 2^32, where `average` is `v_avg`.
    pub fn coefficient(&self, average: u64) -> u64 {
        if self.produced > 0 {
            // m <= n, so the quotient is at most 2^32.
            let quotient = (u128::from(self.produced) << 32).checked_div(self.slots.into());
            quotient.map_or(V_ONE, |value| value.min(V_ONE.into()) as u64)
        } else if self.slots == 0 {
            average
        } else {
            match self.lateness() {
                Some(divisor) => (u128::from(V_ONE) / divisor) as u64,
                None => 0,
            }
        }
    }

    /// The election weight `R`, where `average` is `v_avg`.
    pub fn weight(&self, average: u64) -> Votes {
        if self.votes.0 == 0 {
            return Votes::ZERO;
        }
        let weight = if self.produced > 0 {
            if self.produced == self.slots {
                return self.votes;
            }
            // m <= n: never above the votes.
            wide::mul_div(self.votes.0, self.produced.into(), self.slots.into())
        } else if self.slots == 0 {
            wide::mul_div(self.votes.0, average.into(), V_ONE.into())
        } else {
            self.lateness().map(|divisor| self.votes.0 / divisor)
        };
        Votes(weight.unwrap_or(0))
    }

    /// `10 * n^2` for a miner that produced nothing, `None` above `u128::MAX` (where the quotients are 0) or if `n` is 0.
    fn lateness(&self) -> Option<u128> {
        let slots = u128::from(self.slots);
        slots
            .checked_mul(slots)?
            .checked_mul(10)
            .filter(|divisor| *divisor > 0)
    }
}

/// `v_avg` after a round: the mean of the coefficients of `members` that had a slot, or `average` if there is none.
pub fn average<'a>(average: u64, members: impl IntoIterator<Item = &'a Standing>) -> u64 {
    let (mut sum, mut count) = (0u128, 0u128);
    for member in members.into_iter().filter(|member| member.slots > 0) {
        sum += u128::from(member.coefficient(average));
        count += 1;
    }
    // Each coefficient is at most 2^32, so the mean is, too.
    sum.checked_div(count).map_or(average, |mean| mean as u64)
}

#[cfg(test)]
mod tests;
