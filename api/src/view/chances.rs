//! Chances and shares, in parts per billion, and what the coming draw will see of a miner.

use std::collections::HashMap;

use etm_execution::outlook::Outlook;
use etm_mechanism::Standing;
use etm_mechanism::inclusion::{ppb, seat_probabilities};
use etm_types::api::Integer;
use etm_types::api::miner::MinerOutlook;
use etm_types::{MinerId, Votes};

/// Chances of a seat in parts per billion.
pub(super) fn chances(weights: &[Votes], seats: usize) -> Vec<u32> {
    seat_probabilities(weights, seats)
        .into_iter()
        .map(ppb)
        .collect()
}

/// The chances of a seat, in parts per billion, of all that the draw at the end of the running round can pick, with the
/// standings that `change` makes of theirs.
pub(crate) fn chances_of(
    outlook: &Outlook,
    committee: u32,
    change: impl Fn(MinerId, &Standing) -> Standing,
) -> HashMap<MinerId, u32> {
    let standings = outlook.standings.iter();
    let drawable = standings.filter(|(id, _)| outlook.ready.contains(id));
    let (ids, weights): (Vec<MinerId>, Vec<Votes>) = drawable
        .map(|(id, standing)| (*id, change(*id, standing)))
        .filter(|(_, standing)| standing.registered)
        .map(|(id, standing)| (id, standing.weight(outlook.average)))
        .unzip();
    ids.into_iter()
        .zip(chances(&weights, committee as usize))
        .collect()
}

pub(super) fn show_outlook(outlook: &Outlook, id: MinerId, chance: Option<u32>) -> MinerOutlook {
    let Some(standing) = outlook.standing(id) else {
        return MinerOutlook::default();
    };
    let eligible = standing.registered && outlook.ready.contains(&id);
    let weight = match eligible {
        true => standing.weight(outlook.average).0,
        false => 0,
    };
    MinerOutlook {
        votes: Integer::from(standing.votes),
        produced: standing.produced,
        slots: standing.slots,
        eligible,
        weight: Integer(weight),
        inclusion_ppb: chance.unwrap_or(0),
    }
}
