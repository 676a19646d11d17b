//! The table of miners, computed once for each block that somebody asks about, and its sort orders.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use etm_execution::outlook::{Outlook, outlook};
use etm_execution::read::{self, MinerView};
use etm_history::{History, HistoryError, MinerFacts, MinerFigures, RecentSeats};
use etm_mechanism::{Globals, Standing, Tally, schedule, weight};
use etm_types::api::error::ErrorCode;
use etm_types::api::miner::{EstimateBasis, Miner, MinerOutlook, MinerState, MinerTotals};
use etm_types::api::query::MinerSort;
use etm_types::api::{self, Amount, Integer, MinerRef};
use etm_types::{Hash, MinerId, NodeKey, Round, TimeGain, Units, Votes};

use crate::error::ApiError;
use crate::state::{Api, chances, read_state};

/// Rounds that "lately" and the spark lines cover.
pub(crate) const RECENT_ROUNDS: u64 = 100;

/// All miners at one block.
pub(crate) struct Table {
    pub(crate) height: u64,
    /// The block up to which the history was written.
    pub(crate) recorded: u64,
    /// Why there is no history, if there is none on purpose.
    off: Option<String>,
    /// Whether the history knows the rounds that are finished at `height`.
    whole: bool,
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

impl Table {
    pub(crate) fn get(&self, id: MinerId) -> Option<&Row> {
        self.places
            .get(&id.0)
            .and_then(|place| self.rows.get(*place))
    }

    /// The row of the miner whose node has a key.
    pub(crate) fn of_node(&self, key: &NodeKey) -> Option<&Row> {
        self.rows.iter().find(|row| row.view.node.node == *key)
    }

    /// Refuses to show figures of the state beside those of another round in the history.
    pub(crate) fn check(&self) -> Result<(), ApiError> {
        if self.whole {
            return Ok(());
        }
        if let Some(why) = &self.off {
            let message = format!("the miners' past is in a history, and {why}");
            return Err(ApiError::new(ErrorCode::Pruned, message));
        }
        let (recorded, height) = (self.recorded, self.height);
        let message = format!(
            "the miners' past is in this node's history, which is at block {recorded} of {height}; try again"
        );
        Err(ApiError::new(ErrorCode::Unavailable, message))
    }

    /// The miner whose node has a key.
    pub(crate) fn miner_of(&self, key: &NodeKey) -> Option<MinerRef> {
        let row = self.of_node(key)?;
        Some(MinerRef {
            id: row.miner.id,
            name: row.miner.name.clone(),
        })
    }
}

impl Api {
    /// The table at the tip.
    pub(crate) async fn table(&self) -> Result<Arc<Table>, ApiError> {
        // One computes, the others wait for it.
        let mut cached = self.shared.table.lock().await;
        let params = *self.params();
        if let Some(table) = cached.as_ref() {
            let (_, height) = read_state!(self, reader => read::globals(&reader))?;
            if (table.height, table.recorded) == (height, self.recorded().0) {
                return Ok(Arc::clone(table));
            }
        }
        let chain = self.genesis().chain();
        let (state, height) = read_state!(self, reader => async {
            let (globals, tally) = read::globals(&reader).await?;
            let miners = read::miners(&reader, &params).await?;
            let outlook = outlook(&reader, chain).await?;
            let serving = read::committee(&reader, globals.round).await?;
            let announced = read::committee(&reader, globals.round.next()).await?;
            Ok::<_, etm_execution::ExecutionError<crate::state::ReadError>>((globals, tally, miners, outlook, serving, announced))
        })?;
        let (globals, tally, miners, outlook, serving, announced) = state;
        let ids = |committee: Option<etm_types::Committee>| -> Vec<MinerId> {
            committee
                .into_iter()
                .flat_map(|committee| committee.members)
                .map(|member| member.miner)
                .collect()
        };
        let facts = Known {
            globals,
            tally,
            serving: ids(serving),
            announced: ids(announced),
            outlook,
        };
        let table = self.blocking(move |api| {
            let history = &api.shared.history;
            let names = miners.iter();
            let names = names.map(|view| (view.id.0, view.miner.name.as_str().to_owned()));
            history.learn_names(names.collect());
            // What the state says of the miners is there even if the history is not.
            let past = match Past::read(history) {
                Err(error) if error.is_unavailable() => Past::default(),
                past => past?,
            };
            Ok(Arc::new(build(api, height, facts, miners, &past)))
        });
        let table = table.await?;
        *cached = Some(Arc::clone(&table));
        Ok(table)
    }
}

/// What the history knows of the miners.
#[derive(Default)]
struct Past {
    /// The block it is written up to.
    recorded: u64,
    /// The round that runs after that block.
    round: u64,
    registered: Vec<MinerFacts>,
    figures: HashMap<Option<MinerId>, MinerFigures>,
    recent: RecentSeats,
}

impl Past {
    fn read(history: &History) -> Result<Self, HistoryError> {
        Ok(Self {
            recorded: history.height()?.0,
            round: history.running_round()?.0,
            registered: history.registered_miners()?,
            figures: history.locked_by_miner()?,
            recent: history.recent_seats(RECENT_ROUNDS)?,
        })
    }
}

struct Known {
    globals: Globals,
    tally: Tally,
    serving: Vec<MinerId>,
    announced: Vec<MinerId>,
    outlook: Outlook,
}

fn build(api: &Api, height: u64, known: Known, miners: Vec<MinerView>, past: &Past) -> Table {
    let Past {
        registered,
        figures,
        recent,
        ..
    } = past;
    let params = &api.params().mechanism;
    let globals = known.globals;
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
    let next = chances_of(&known.outlook, params.committee, |_, standing| *standing);
    let resigning: Vec<MinerId> = known
        .outlook
        .resignations
        .iter()
        .map(|(_, id)| *id)
        .collect();
    let rows: Vec<Row> = miners
        .into_iter()
        .zip(rank)
        .map(|(view, rank)| {
            let id = view.id;
            // Counters up to this block: what the running round adds to those of its beginning.
            let mut standing = view.standing;
            let seat = known.serving.iter().position(|member| *member == id);
            if let Some(entry) = seat.and_then(|seat| known.tally.0.get(seat)) {
                standing = standing.counted(entry.produced, entry.missed);
            }
            let own = figures.get(&Some(id)).copied().unwrap_or_default();
            let (expected, variance) = recent.chances.get(&id.0).copied().unwrap_or_default();
            let sat = recent.seats.get(&id.0).map_or(&[][..], Vec::as_slice);
            let line = recent
                .from
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
                announced: known.announced.contains(&id),
                votes: Integer(standing.votes.0),
                votes_share_ppb: share_ppb(standing.votes.0, total_votes),
                locked: Amount(own.locked),
                voters: own.voters,
                produced: standing.produced,
                slots: standing.slots,
                missed: standing.slots.saturating_sub(standing.produced),
                coefficient: Integer(view.coefficient.into()),
                weight: Integer(view.weight.0),
                first_pick_ppb: if chance.contains_key(&id.0) {
                    share_ppb(view.weight.0, total_weight)
                } else {
                    0
                },
                inclusion_ppb: chance.get(&id.0).copied().unwrap_or(0),
                outlook: show_outlook(&known.outlook, id, next.get(&id).copied()),
                recent: line.collect(),
                seats: u32::try_from(sat.iter().filter(|round| **round >= Round(2)).count())
                    .unwrap_or(u32::MAX),
                expected_seats_micro: expected / 1_000,
                seats_deviation_micro: (u128::from(variance) * 1_000).isqrt() as u64,
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
    Table {
        height,
        recorded: past.recorded,
        off: api.shared.history.is_off().map(str::to_owned),
        whole: past.round == globals.round.0,
        globals,
        totals,
        rows,
        places,
        bonus_per_round,
        seats: count(seats),
        outlook: known.outlook,
    }
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

fn show_outlook(outlook: &Outlook, id: MinerId, chance: Option<u32>) -> MinerOutlook {
    let Some(standing) = outlook.standing(id) else {
        return MinerOutlook::default();
    };
    let eligible = standing.registered && outlook.ready.contains(&id);
    let weight = match eligible {
        true => standing.weight(outlook.average).0,
        false => 0,
    };
    MinerOutlook {
        votes: Integer(standing.votes.0),
        produced: standing.produced,
        slots: standing.slots,
        eligible,
        weight: Integer(weight),
        inclusion_ppb: chance.unwrap_or(0),
    }
}

/// `part / whole` in parts per billion, rounded down; 0 of nothing.
pub(crate) fn share_ppb(part: u128, whole: u128) -> u32 {
    let share = part
        .saturating_mul(1_000_000_000)
        .checked_div(whole)
        .unwrap_or(0);
    u32::try_from(share).unwrap_or(u32::MAX)
}

/// What bonus estimates are made with, for an amount at a time gain.
pub(crate) fn estimate_basis(
    api: &Api,
    table: &Table,
    amount: Units,
    t: TimeGain,
) -> EstimateBasis {
    let params = api.params();
    let round_ms = u64::from(params.mechanism.blocks_per_round)
        .saturating_mul(params.slot_ms)
        .max(1);
    let day_ms = params.mechanism.day_seconds.saturating_mul(1_000);
    let rounds = u128::from(day_ms) * 1_000 / u128::from(round_ms);
    EstimateBasis {
        amount: Amount(amount.0),
        time_gain: t.get(),
        votes: Integer(weight::votes(amount, t).0),
        bonus_per_round: Amount(table.bonus_per_round),
        bonus_per_seat: Amount(
            table
                .bonus_per_round
                .checked_div(table.seats.into())
                .unwrap_or(0),
        ),
        seats: table.seats,
        rounds_per_day_milli: u64::try_from(rounds).unwrap_or(u64::MAX),
    }
}

/// `floor(bonus_per_seat * inclusion * X / (S + X) * rounds_per_day)`, rounding down at each step.
pub(crate) fn estimate(basis: &EstimateBasis, miner: &Miner) -> Amount {
    let votes = basis.votes.0;
    let per_day =
        u128::from(basis.bonus_per_seat.0) * u128::from(basis.rounds_per_day_milli) / 1_000;
    let expected = per_day.saturating_mul(miner.inclusion_ppb.into()) / 1_000_000_000;
    let share = share_ppb(votes, miner.votes.0.saturating_add(votes));
    Amount(u64::try_from(expected.saturating_mul(share.into()) / 1_000_000_000).unwrap_or(u64::MAX))
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
