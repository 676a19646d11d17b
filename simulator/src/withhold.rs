//! Who forgoes the last slot of a round (mechanism.md section 14), and what it brings.
//!
//! The member on turn for the last block sees the beacon that it would make. If that brings the lucky half of the round's
//! bonus to nobody of its group, the group lets the slot pass: the next member's contribution decides, and the group may be
//! on turn again. With a share `q` of the seats the lucky member is then one of theirs with probability [`lucky`] instead of
//! `q`, for [`withheld`] slots a round.

use crate::{policy::Round, rng::Stream, units::etm, world::World};
use etm_mechanism::{Hash, Height, Split, beacon, schedule};
use std::{collections::BTreeMap, ops::Range};

/// The chance that the lucky member is of a group with a share `q` of the seats that withholds: the `x` with
/// `x = (1 - q) * q + q * (q + (1 - q) * x)`.
pub fn lucky(q: f64) -> f64 {
    q / (1.0 - q * (1.0 - q))
}

/// The slots such a group forgoes a round.
pub fn withheld(q: f64) -> f64 {
    q * (1.0 - q) / (1.0 - q * (1.0 - q))
}

/// The chance that such a group makes the last block of a round after all.
pub fn last_block(q: f64) -> f64 {
    q * q / (1.0 - q * (1.0 - q))
}

/// The groups of a run.
pub struct Withholders {
    groups: Vec<Group>,
    /// What comes of forgone contributions: a stream of its own, so that all else stays as it is without withholders.
    stream: Stream,
}

/// A group and what was seen of it.
struct Group {
    /// Its index among the adversaries.
    actor: usize,
    miners: Range<u32>,
    seen: Seen,
}

#[derive(Default)]
struct Seen {
    rounds: f64,
    lucky: f64,
    /// Sum of [`lucky`] of its share of each committee.
    lucky_law: f64,
    withheld: f64,
    withheld_law: f64,
    last_blocks: f64,
    last_blocks_law: f64,
    /// What better luck brought, ETM.
    gain: f64,
    /// Rewards of the forgone slots, ETM.
    slots: f64,
    /// Rewards of last blocks it would have made otherwise, less those it made, ETM.
    blocks: f64,
    /// Slots forgone in the round that is planned.
    now: f64,
}

impl Withholders {
    /// Those of a world.
    pub fn new(world: &World, seed: u64) -> Self {
        let actors = world.actors.iter().enumerate();
        let groups = actors.filter(|(_, actor)| actor.kind == "withholder");
        Self {
            groups: groups
                .map(|(actor, found)| Group {
                    actor,
                    miners: found.miners.clone(),
                    seen: Seen::default(),
                })
                .collect(),
            stream: Stream::new(seed, "withheld"),
        }
    }

    /// Whether a member on turn for the last block of a round lets the slot pass, given the beacon it would make.
    pub fn forgoes(&mut self, member: u32, committee: &[u32], round: u64, beacon: &Hash) -> bool {
        let Some(group) = self
            .groups
            .iter_mut()
            .find(|group| group.miners.contains(&member))
        else {
            return false;
        };
        let lucky = beacon::lucky(etm_mechanism::Round(round), beacon, committee.len());
        let forgoes = !committee
            .get(lucky)
            .is_some_and(|lucky| group.miners.contains(lucky));
        group.seen.now += f64::from(u8::from(forgoes));
        forgoes
    }

    /// The beacon that comes instead of a forgone one.
    pub fn another(&mut self) -> Hash {
        self.stream.bytes()
    }

    /// Sees a round that is planned, which ends with the block at `height`.
    pub fn see(&mut self, committee: &[u32], round: &Round<'_>, height: u64) {
        let lucky_place = beacon::lucky(
            etm_mechanism::Round(round.number),
            &round.beacon,
            committee.len(),
        );
        let first = height - round.blocks.len() as u64;
        let issued = schedule::bonus_between(Height(first), Height(height));
        let prize = etm(Split::new(issued, committee.len()).lucky.0);
        let reward = etm(schedule::reward(Height(height)).0);
        let last = round.blocks.last().map(|block| block.producer);
        for Group { miners, seen, .. } in &mut self.groups {
            let own = |miner: &u32| f64::from(u8::from(miners.contains(miner)));
            let q = committee.iter().map(own).sum::<f64>() / committee.len().max(1) as f64;
            let won = committee.get(lucky_place).map_or(0.0, own);
            let made = last.as_ref().map_or(0.0, own);
            seen.rounds += 1.0;
            seen.lucky += won;
            seen.lucky_law += lucky(q);
            seen.withheld += seen.now;
            seen.withheld_law += withheld(q);
            seen.last_blocks += made;
            seen.last_blocks_law += last_block(q);
            seen.gain += prize * (won - q);
            seen.slots += reward * seen.now;
            seen.blocks += reward * (q - made);
            seen.now = 0.0;
        }
    }

    /// What came of it, a round.
    pub fn summarise(&self, summary: &mut BTreeMap<String, f64>) {
        for Group { actor, seen, .. } in &self.groups {
            let mut put = |name: &str, sum: f64| {
                summary.insert(
                    format!("withholder{actor}_{name}"),
                    sum / seen.rounds.max(1.0),
                );
            };
            put("lucky_share", seen.lucky);
            put("lucky_law_share", seen.lucky_law);
            put("withheld_slots", seen.withheld);
            put("withheld_slots_law", seen.withheld_law);
            put("last_blocks_share", seen.last_blocks);
            put("last_blocks_law_share", seen.last_blocks_law);
            put("luck_etm", seen.gain);
            put("forgone_etm", seen.slots);
            put("profit_etm", seen.gain - seen.slots);
            put("profit_after_blocks_etm", seen.gain - seen.blocks);
        }
    }
}

#[cfg(test)]
mod tests;
