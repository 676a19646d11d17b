//! The table of miners at one block.

use std::collections::HashMap;

use etm_execution::outlook::Outlook;
use etm_execution::read::MinerView;
use etm_history::{History, HistoryError, MinerFacts, MinerFigures, RecentSeats};
use etm_mechanism::{Globals, Params, Tally, schedule};
use etm_types::api::chain::PeerRole;
use etm_types::api::miner::{Miner, MinerState, MinerTotals};
use etm_types::api::{Amount, Integer, MinerRef, share_ppb};
use etm_types::{MinerId, NodeKey, Round, Votes};

use super::chances::{chances, chances_of, show_outlook};
use crate::error::ApiError;

/// Rounds that "lately" and the spark lines cover.
pub(crate) const RECENT_ROUNDS: u64 = 100;

/// The first round whose committee was drawn: those of the rounds before it are named by genesis.
const FIRST_DRAWN: Round = Round(2);

/// All miners at one block.
pub(crate) struct Table {
    pub(crate) height: u64,
    /// The block up to which the history was written.
    pub(crate) recorded: u64,
    /// Whether no more of the history is written.
    ended: bool,
    /// Whether the history knows the rounds that are finished at `height`.
    pub(crate) past: bool,
    pub(crate) globals: Globals,
    pub(crate) totals: MinerTotals,
    pub(crate) rows: Vec<Row>,
    /// Place of each miner among the rows.
    pub(crate) places: HashMap<u32, usize>,
    /// Bonus of a round at the present height.
    pub(crate) bonus_per_round: u64,
    /// Seats of the next draw.
    pub(crate) seats: u32,
    /// The end of the running round.
    pub(crate) outlook: Outlook,
}

/// One miner with all that doesn't depend on who asks.
pub(crate) struct Row {
    pub(crate) view: MinerView,
    pub(crate) miner: Miner,
}

impl Row {
    pub(crate) fn miner_ref(&self) -> MinerRef {
        MinerRef {
            id: self.miner.id,
            name: self.miner.name.clone(),
        }
    }

    /// What its node is to the chain now.
    pub(crate) fn role(&self) -> PeerRole {
        match &self.miner {
            miner if miner.in_committee => PeerRole::Member,
            miner if miner.announced => PeerRole::Announced,
            miner if miner.state != MinerState::Resigned => PeerRole::Candidate,
            _ => PeerRole::Follower,
        }
    }
}

impl Table {
    /// Of what the state says, and the history as far as it goes.
    pub(crate) fn build(params: &Params, present: Present, past: &Past) -> Self {
        let Past {
            registered,
            figures,
            recent,
            ..
        } = past;
        let Present {
            height,
            globals,
            tally,
            miners,
            serving,
            announced,
            outlook,
        } = present;
        let candidates: Vec<(MinerId, Votes)> = miners
            .iter()
            .filter(|view| view.ready && view.weight.0 > 0)
            .map(|view| (view.id, view.weight))
            .collect();
        let weights: Vec<Votes> = candidates.iter().map(|(_, weight)| *weight).collect();
        let seats = candidates.len().min(params.committee as usize);
        let chance: HashMap<u32, u32> = candidates
            .iter()
            .map(|(id, _)| id.0)
            .zip(chances(&weights, seats))
            .collect();
        let total_weight: u128 = weights.iter().map(|weight| weight.0).sum();
        let total_votes: u128 = miners.iter().map(|view| view.standing.votes.0).sum();
        let voting = figures.iter().filter(|(miner, _)| miner.is_some());
        let (locked, voters) = voting.fold((0, 0), |(locked, voters), (_, own)| {
            (locked + own.locked, voters + own.voters)
        });
        let facts: HashMap<u32, &MinerFacts> =
            registered.iter().map(|facts| (facts.id.0, facts)).collect();

        let mut order: Vec<usize> = (0..miners.len()).collect();
        order.sort_by_key(|place| (std::cmp::Reverse(miners[*place].weight), miners[*place].id));
        let mut rank = vec![0u32; miners.len()];
        for (place, index) in (1u32..).zip(order) {
            rank[index] = place;
        }
        let next = chances_of(&outlook, params.committee, |_, standing| *standing);
        let resigning: Vec<MinerId> = outlook.resignations.iter().map(|(_, id)| *id).collect();
        let rows: Vec<Row> = miners
            .into_iter()
            .zip(rank)
            .map(|(view, rank)| {
                let id = view.id;
                // Counters up to this block: what the running round adds to those of its beginning.
                let mut standing = view.standing;
                let seat = serving.iter().position(|member| *member == id);
                if let Some(entry) = seat.and_then(|seat| tally.0.get(seat)) {
                    standing = standing.counted(entry.produced, entry.missed);
                }
                let own = figures.get(&Some(id)).copied().unwrap_or_default();
                let expected = recent.chances.get(&id).copied().unwrap_or_default();
                let sat = recent.seats.get(&id).map_or(&[][..], Vec::as_slice);
                let sat_drawn = sat.iter().filter(|round| **round >= FIRST_DRAWN);
                let line = recent
                    .from
                    .max(FIRST_DRAWN)
                    .until(recent.from.saturating_add(recent.rounds))
                    .map(|round| {
                        if sat.binary_search(&round).is_ok() {
                            '1'
                        } else {
                            '0'
                        }
                    });
                let state = match () {
                    () if !standing.registered => MinerState::Resigned,
                    () if resigning.contains(&id) => MinerState::Resigning,
                    () => MinerState::Registered,
                };
                let miner = Miner {
                    rank,
                    id: id.0,
                    name: view.miner.name.as_str().to_owned(),
                    owner: view.miner.owner.to_string(),
                    state,
                    ready: view.ready,
                    in_committee: seat.is_some(),
                    announced: announced.contains(&id),
                    votes: Integer::from(standing.votes),
                    votes_share_ppb: share_ppb(standing.votes.0, total_votes),
                    locked: Amount(own.locked),
                    voters: own.voters,
                    produced: standing.produced,
                    slots: standing.slots,
                    missed: standing.slots.saturating_sub(standing.produced),
                    coefficient: Integer(view.coefficient.into()),
                    weight: Integer::from(view.weight),
                    first_pick_ppb: if chance.contains_key(&id.0) {
                        share_ppb(view.weight.0, total_weight)
                    } else {
                        0
                    },
                    inclusion_ppb: chance.get(&id.0).copied().unwrap_or(0),
                    outlook: show_outlook(&outlook, id, next.get(&id).copied()),
                    recent: line.collect(),
                    seats: u32::try_from(sat_drawn.count()).unwrap_or(u32::MAX),
                    expected_seats_micro: expected.mean_ppb / 1_000,
                    seats_deviation_micro: (u128::from(expected.variance_ppb) * 1_000).isqrt()
                        as u64,
                    estimated_bonus_per_day: Amount(0),
                    last_block: facts
                        .get(&id.0)
                        .and_then(|facts| facts.last_block)
                        .map(|height| height.0),
                    my_vote: false,
                };
                Row { view, miner }
            })
            .collect();
        let next = globals
            .height
            .saturating_add(u64::from(params.blocks_per_round));
        let bonus_per_round = schedule::bonus_between(globals.height, next).0;
        let places = rows
            .iter()
            .enumerate()
            .map(|(place, row)| (row.miner.id, place))
            .collect();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let totals = MinerTotals {
            miners: count(
                rows.iter()
                    .filter(|row| row.view.standing.registered)
                    .count(),
            ),
            candidates: count(candidates.len()),
            votes: Integer(total_votes),
            weight: Integer(total_weight),
            locked: Amount(locked),
            voters,
        };
        Self {
            height,
            recorded: past.recorded,
            ended: past.ended,
            past: !past.ended && past.round == globals.round.0,
            globals,
            totals,
            rows,
            places,
            bonus_per_round,
            seats: count(seats),
            outlook,
        }
    }

    pub(crate) fn get(&self, id: MinerId) -> Option<&Row> {
        self.places
            .get(&id.0)
            .and_then(|place| self.rows.get(*place))
    }

    /// The row of the miner with a name. A registered one comes before one that resigned.
    pub(crate) fn named(&self, name: &str) -> Option<&Row> {
        let mut named = self.rows.iter().filter(|row| row.miner.name == name);
        let registered = named
            .clone()
            .find(|row| row.miner.state != MinerState::Resigned);
        registered.or_else(|| named.next())
    }

    /// The row of the miner whose node has a key.
    pub(crate) fn of_node(&self, key: &NodeKey) -> Option<&Row> {
        self.rows.iter().find(|row| row.view.node.node == *key)
    }

    /// Refuses to show figures of the state beside those of another round in the history. Where none is kept, there is nothing to mix.
    pub(crate) fn check(&self) -> Result<(), ApiError> {
        if self.past || self.ended {
            return Ok(());
        }
        let (recorded, height) = (self.recorded, self.height);
        let what = format!(
            "the miners' past is in this node's history, which is at block {recorded} of {height}"
        );
        Err(ApiError::lagging(&what, None))
    }

    /// The miner whose node has a key.
    pub(crate) fn miner_of(&self, key: &NodeKey) -> Option<MinerRef> {
        Some(self.of_node(key)?.miner_ref())
    }
}

/// What the history knows of the miners.
#[derive(Default)]
pub(crate) struct Past {
    /// Whether no more of it is written; then it counts as empty.
    ended: bool,
    /// The block it is written up to.
    recorded: u64,
    /// The round that runs after that block.
    round: u64,
    registered: Vec<MinerFacts>,
    figures: HashMap<Option<MinerId>, MinerFigures>,
    recent: RecentSeats,
}

impl Past {
    /// Empty, if the history can't be read now or isn't kept: what the state says of the miners is there all the same.
    pub(crate) fn read(history: &History) -> Result<Self, HistoryError> {
        if history.has_ended().is_some() {
            return Ok(Self {
                ended: true,
                recorded: history.recorded().borrow().0,
                ..Self::default()
            });
        }
        let read = || {
            Ok(Self {
                ended: false,
                recorded: history.height()?.0,
                round: history.running_round()?.0,
                registered: history.registered_miners()?,
                figures: history.locked_by_miner()?,
                recent: history.recent_seats(RECENT_ROUNDS)?,
            })
        };
        match read() {
            Err(error) if HistoryError::is_unavailable(&error) => Ok(Self::default()),
            past => past,
        }
    }
}

/// What the state says of all miners at one block.
pub(crate) struct Present {
    pub(crate) height: u64,
    pub(crate) globals: Globals,
    pub(crate) tally: Tally,
    pub(crate) miners: Vec<MinerView>,
    /// Members of the running round's committee, in their order, and of the next one's.
    pub(crate) serving: Vec<MinerId>,
    pub(crate) announced: Vec<MinerId>,
    pub(crate) outlook: Outlook,
}
