//! Holders: voters one by one, and an adversary with all of its accounts.

use super::YEAR_DAYS;
use crate::{units::etm, world::World};

/// The positions of each holder: an adversary's accounts are one holder's.
pub(super) fn holders(world: &World) -> impl Iterator<Item = std::ops::Range<u32>> + '_ {
    let honest = (0..world.honest as u32).map(|account| account..account + 1);
    honest.chain(world.actors.iter().map(|actor| actor.accounts.clone()))
}

pub(super) fn stake_of(world: &World, accounts: std::ops::Range<u32>) -> f64 {
    accounts
        .map(|account| etm(world.stake[account as usize]))
        .sum()
}

/// What all holders have of something together, and each adversary of it.
pub(super) struct Held {
    /// What all have.
    pub total: f64,
    actors: Vec<f64>,
}

impl Held {
    /// From what each holder has, in the order of [`holders`].
    pub fn of(world: &World, values: &[f64]) -> Self {
        Self {
            total: values.iter().sum(),
            actors: values[world.honest..].to_vec(),
        }
    }

    /// An adversary's share.
    pub fn share(&self, actor: usize) -> f64 {
        if self.total > 0.0 {
            self.actors[actor] / self.total
        } else {
            0.0
        }
    }
}

/// The accounts of the largest 1 % of holders, at least one holder.
pub(super) fn largest(world: &World) -> Vec<u32> {
    let mut order: Vec<_> = holders(world)
        .map(|accounts| (stake_of(world, accounts.clone()), accounts))
        .collect();
    let count = order.len().div_ceil(100);
    if count < order.len() {
        order.select_nth_unstable_by(count, |left, right| {
            right
                .0
                .total_cmp(&left.0)
                .then(left.1.start.cmp(&right.1.start))
        });
        order.truncate(count);
    }
    let mut accounts: Vec<u32> = order
        .into_iter()
        .flat_map(|(_, accounts)| accounts)
        .collect();
    accounts.sort_unstable();
    accounts
}

/// Bonus per ETM and year by tenth of the holders, from the smallest.
pub(super) fn deciles(stake: &[f64], bonus: &[f64], clock_days: f64) -> Vec<f64> {
    let years = clock_days / YEAR_DAYS;
    if stake.len() < 10 || years <= 0.0 {
        return Vec::new();
    }
    // Accounts are counted in 32 bits, so holders are.
    let mut order: Vec<u32> = (0..stake.len() as u32).collect();
    order.sort_unstable_by(|left, right| {
        stake[*left as usize]
            .total_cmp(&stake[*right as usize])
            .then(left.cmp(right))
    });
    (0..10)
        .map(|decile| {
            let part = &order[decile * stake.len() / 10..(decile + 1) * stake.len() / 10];
            let locked: f64 = part.iter().map(|holder| stake[*holder as usize]).sum();
            let earned: f64 = part.iter().map(|holder| bonus[*holder as usize]).sum();
            if locked > 0.0 {
                earned / locked / years
            } else {
                0.0
            }
        })
        .collect()
}
