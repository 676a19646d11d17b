//! Orders of the table of miners.

use std::cmp::Ordering;

use etm_types::api::miner::Miner;
use etm_types::api::query::MinerSort;
use etm_types::{Hash, api};

use super::table::Table;

/// The seed of the fair order of a round.
pub(crate) fn fair_seed(table: &Table) -> api::Hash {
    api::Hash(
        Hash::of(&[
            b"etm/fair-order/v1",
            &table.globals.beacon,
            &table.globals.round.0.to_be_bytes(),
        ])
        .0,
    )
}

/// Key of the fair order.
pub(crate) fn fair_key(seed: &api::Hash, id: u32) -> [u8; 32] {
    Hash::of(&[&seed.0, &id.to_be_bytes()]).0
}

/// Compares by a column, ascending; ties go to the smaller id.
pub(crate) fn compare(sort: MinerSort, seed: &api::Hash, left: &Miner, right: &Miner) -> Ordering {
    let luck = |miner: &Miner| {
        i128::from(miner.seats) * 1_000_000 - i128::from(miner.expected_seats_micro)
    };
    match sort {
        MinerSort::Fair => fair_key(seed, left.id).cmp(&fair_key(seed, right.id)),
        MinerSort::Rank => left.rank.cmp(&right.rank),
        MinerSort::Id => left.id.cmp(&right.id),
        MinerSort::Name => left.name.cmp(&right.name),
        MinerSort::Votes => left.votes.cmp(&right.votes),
        MinerSort::Locked => left.locked.cmp(&right.locked),
        MinerSort::Voters => left.voters.cmp(&right.voters),
        MinerSort::Produced => left.produced.cmp(&right.produced),
        MinerSort::Missed => left.missed.cmp(&right.missed),
        MinerSort::Coefficient => left.coefficient.cmp(&right.coefficient),
        MinerSort::Weight => left.weight.cmp(&right.weight),
        MinerSort::Inclusion => left.inclusion_ppb.cmp(&right.inclusion_ppb),
        MinerSort::Seats => left.seats.cmp(&right.seats),
        MinerSort::Luck => luck(left).cmp(&luck(right)),
        MinerSort::Bonus => left
            .estimated_bonus_per_day
            .cmp(&right.estimated_bonus_per_day),
        MinerSort::LastBlock => left.last_block.cmp(&right.last_block),
    }
}

/// Whether a column is naturally read from the largest on.
pub(crate) const fn largest_first(sort: MinerSort) -> bool {
    !matches!(
        sort,
        MinerSort::Fair | MinerSort::Rank | MinerSort::Id | MinerSort::Name
    )
}
