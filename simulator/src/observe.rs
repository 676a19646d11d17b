//! Measures of a run while it goes.

use crate::{
    behaviour::Voters,
    capture::{self, Bounds, Group},
    measure::Sorted,
    policy::{MinerState, Policy, PolicyError, Round, Seats},
    results::{self, Concentration, Day, LORENZ_STEPS, Run, Spread},
    task::Task,
    time_gain::STATES,
    units::etm,
    world::World,
};
use etm_mechanism::{Height, beacon, schedule};
use std::collections::BTreeMap;

mod holders;
use holders::{Held, deciles, holders, largest, stake_of};

/// Positions whose time gain is looked at each day, at most.
const SAMPLE_MAX: usize = 50_000;
const YEAR_DAYS: f64 = 365.0;
/// Steps of the grid that bounds the chance of capture.
const CAPTURE_STEPS: usize = 200;
/// How often in a run that chance is computed, at most: it changes with the time gain and the votes.
const CAPTURE_LOOKS: u64 = 24;

/// What has been seen of a run.
pub struct Observer<'a> {
    task: &'a Task<'a>,
    operators: Vec<usize>,
    cartel: Vec<bool>,
    sample: Vec<u32>,
    /// Accounts of the largest 1 % of holders.
    largest: Vec<u32>,
    today: Day,
    seats_today: Vec<u64>,
    /// Bonus pools of each miner's voters since the day began, in rounds' worth.
    pools_today: Vec<f64>,
    /// Of the stake behind operators since the day began.
    stake: Spread,
    /// Rounds in which each miner had a seat.
    seats: Vec<u64>,
    seats_given: u64,
    missed: Vec<u64>,
    blocks: Vec<u64>,
    histogram: Vec<f64>,
    days: Vec<Day>,
    rounds: Vec<results::Round>,
    played: u64,
    captured: u64,
    stalled: u64,
    moves: u64,
    most_cartel_seats: u64,
    seen: Vec<u32>,
    /// Bounds of the chance of capture, looked at now and then.
    chances: Vec<Bounds>,
}

/// The stake that votes for each miner, ETM.
fn stake_behind(world: &World, votes: &[u32], miners: usize) -> Vec<f64> {
    let mut sums = vec![0.0; miners];
    for (stake, miner) in world.stake.iter().zip(votes) {
        if let Some(sum) = sums.get_mut(*miner as usize) {
            *sum += etm(*stake);
        }
    }
    sums
}

/// Adds to each member what its voters get of a round's bonus: half in equal parts, half to the lucky member
/// (mechanism.md section 8; a member without votes hands its pool on to the next round).
fn share_bonus(committee: &[u32], round: &Round<'_>, pools: &mut [f64]) {
    let lucky = beacon::lucky(
        etm_mechanism::Round(round.number),
        &round.beacon,
        committee.len(),
    );
    for (place, member) in committee.iter().enumerate() {
        let own = 0.5 / committee.len() as f64 + if place == lucky { 0.5 } else { 0.0 };
        pools[*member as usize] += own;
    }
}

impl<'a> Observer<'a> {
    /// Sees the world before its first round.
    pub fn new(task: &'a Task<'a>) -> Self {
        let world = task.world;
        let miners = world.miners.len();
        let mut cartel = vec![false; miners];
        for actor in &world.actors {
            for miner in actor.miners.clone() {
                cartel[miner as usize] = true;
            }
        }
        let stride = world.stake.len().div_ceil(SAMPLE_MAX).max(1);
        let mut observer = Self {
            task,
            operators: world.operators(),
            cartel,
            sample: (0..world.stake.len() as u32).step_by(stride).collect(),
            largest: largest(world),
            today: Day::default(),
            seats_today: vec![0; miners],
            pools_today: vec![0.0; miners],
            stake: Spread::default(),
            seats: vec![0; miners],
            seats_given: 0,
            missed: vec![0; miners],
            blocks: vec![0; miners],
            histogram: vec![0.0; STATES],
            days: Vec::new(),
            rounds: Vec::new(),
            played: 0,
            captured: 0,
            stalled: 0,
            moves: 0,
            most_cartel_seats: 0,
            seen: Vec::new(),
            chances: Vec::new(),
        };
        observer.see_stake(&world.vote);
        observer
    }

    /// Sees what stake votes for each operator.
    fn see_stake(&mut self, votes: &[u32]) {
        let stake = stake_behind(self.task.world, votes, self.cartel.len());
        self.stake = self.spread(&stake);
    }

    /// Sees the committee of a round that is about to be played.
    pub fn before(
        &mut self,
        policy: &dyn Policy,
        round: &Round<'_>,
        day: u64,
    ) -> Result<(), PolicyError> {
        let committee = policy.committee();
        let (mut cartel, mut out) = (0u64, 0usize);
        for member in committee {
            let member = *member as usize;
            self.seats[member] += 1;
            self.seats_today[member] += 1;
            cartel += u64::from(self.cartel[member]);
            out += usize::from(self.task.world.miners[member].is_out(day));
        }
        let mut pools = vec![0.0; self.cartel.len()];
        share_bonus(committee, round, &mut pools);
        for (sum, pool) in self.pools_today.iter_mut().zip(&pools) {
            *sum += pool;
        }
        self.seats_given += committee.len() as u64;
        for block in round.blocks {
            self.blocks[block.producer as usize] += 1;
        }
        for member in round.missed {
            self.missed[*member as usize] += 1;
        }
        let captured = cartel * 3 > committee.len() as u64;
        let stalled = out * 3 > committee.len();
        self.captured += u64::from(captured);
        self.stalled += u64::from(stalled);
        self.today.captured += u64::from(captured);
        self.today.stalled += u64::from(stalled);
        self.most_cartel_seats = self.most_cartel_seats.max(cartel);
        self.today.rounds += 1;
        self.today.missed += round.missed.len() as u64;
        let looks = self.task.study.run.rounds / CAPTURE_LOOKS + 1;
        if self.played.is_multiple_of(looks) {
            self.see_chance(policy)?;
        }
        self.played += 1;
        if self.task.study.run.every_round {
            self.see_round(policy, round, day, cartel, &pools)?;
        }
        Ok(())
    }

    fn see_round(
        &mut self,
        policy: &dyn Policy,
        round: &Round<'_>,
        day: u64,
        cartel_seats: u64,
        pools: &[f64],
    ) -> Result<(), PolicyError> {
        let committee = policy.committee();
        let mut seats = vec![0.0; self.seats.len()];
        committee
            .iter()
            .for_each(|member| seats[*member as usize] += 1.0);
        let votes: Vec<f64> = policy.miners()?.iter().map(|miner| miner.votes).collect();
        let concentration = self.concentration(&votes, &seats, pools);
        self.seen.clear();
        self.seen
            .extend(round.blocks.iter().map(|block| block.producer));
        self.seen.sort_unstable();
        self.seen.dedup();
        self.rounds.push(results::Round {
            round: round.number,
            day,
            seats: committee.len() as u64,
            producers: self.seen.len() as u64,
            missed: round.missed.len() as u64,
            cartel_seats,
            bonus: 0.0,
            concentration,
        });
        Ok(())
    }

    /// Sees a round that was played, which took the chain from one height to another.
    pub fn after(&mut self, from: u64, to: u64) {
        if let Some(row) = self.rounds.last_mut() {
            let issued = schedule::bonus_between(Height(from), Height(to)).0;
            row.bonus = etm(issued);
        }
    }

    /// Looks at the time gain of positions, before a day ends.
    pub fn time_gain(&mut self, policy: &dyn Policy) -> Result<(), PolicyError> {
        let mut counts = vec![0u64; STATES];
        for voter in &self.sample {
            let t = policy.position(*voter)?.t;
            counts[usize::from(t.clamp(1, STATES as u8)) - 1] += 1;
        }
        let total = self.sample.len().max(1) as f64;
        self.histogram = counts.iter().map(|count| *count as f64 / total).collect();
        let steps = self.histogram.iter().enumerate();
        self.today.time_gain = steps.map(|(index, share)| (index + 1) as f64 * share).sum();
        Ok(())
    }

    /// Counts votes that move on the day that begins.
    pub fn moved(&mut self, count: usize, voters: &Voters) {
        self.today.moves = count as u64;
        self.moves += count as u64;
        if count > 0 {
            self.see_stake(voters.votes());
        }
    }

    fn concentration(&self, votes: &[f64], seats: &[f64], pools: &[f64]) -> Concentration {
        Concentration {
            stake: self.stake,
            votes: self.spread(votes),
            seats: self.spread(seats),
            bonus: self.spread(pools),
        }
    }

    /// Of what miners have, by operator.
    fn spread(&self, values: &[f64]) -> Spread {
        Spread::of(&Sorted::new(self.by_operator(values)))
    }

    /// Sums over the miners of each operator.
    fn by_operator(&self, values: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; values.len()];
        for (miner, value) in values.iter().enumerate() {
            sums[self.operators[miner]] += value;
        }
        let own = |(miner, sum): (usize, f64)| (self.operators[miner] == miner).then_some(sum);
        sums.into_iter().enumerate().filter_map(own).collect()
    }

    /// Ends a calendar day.
    pub fn end_day(
        &mut self,
        policy: &dyn Policy,
        day: u64,
        voters: &Voters,
    ) -> Result<(), PolicyError> {
        let miners = policy.miners()?;
        let votes: Vec<f64> = miners.iter().map(|miner| miner.votes).collect();
        let seats: Vec<f64> = self.seats_today.iter().map(|seats| *seats as f64).collect();
        let given: f64 = seats.iter().sum();
        let mut held = 0.0;
        for account in &self.largest {
            let Some(miner) = voters
                .votes()
                .get(*account as usize)
                .map(|miner| *miner as usize)
            else {
                continue;
            };
            if miner < votes.len() && votes[miner] > 0.0 && given > 0.0 {
                let own = policy.position(*account)?.votes;
                held += own / votes[miner] * seats[miner] / given;
            }
        }
        let concentration = self.concentration(&votes, &seats, &self.pools_today);
        let today = &mut self.today;
        today.day = day;
        today.distinct = self.seats_today.iter().filter(|seats| **seats > 0).count() as u64;
        today.concentration = concentration;
        today.seats_of_top1 = held;
        self.days.push(std::mem::take(today));
        self.seats_today.fill(0);
        self.pools_today.fill(0.0);
        Ok(())
    }

    /// The results of the run.
    pub fn finish(
        mut self,
        policy: &dyn Policy,
        voters: &Voters,
        day: u64,
        clock_days: f64,
        finished: bool,
    ) -> Result<Run, PolicyError> {
        if self.today.rounds > 0 {
            if self.today.time_gain == 0.0 {
                self.time_gain(policy)?;
            }
            self.end_day(policy, day, voters)?;
        }
        let world = self.task.world;
        let (mut votes, mut bonus) = (Vec::new(), Vec::new());
        for accounts in holders(world) {
            let (mut own_votes, mut own_bonus) = (0.0, 0.0);
            for account in accounts {
                let position = policy.position(account)?;
                own_votes += position.votes;
                own_bonus += position.earned;
            }
            votes.push(own_votes);
            bonus.push(own_bonus);
        }
        let states = policy.miners()?;
        let seats: Vec<f64> = self.seats.iter().map(|seats| *seats as f64).collect();
        let miner_votes: Vec<f64> = states.iter().map(|miner| miner.votes).collect();
        let (mut summary, mut curves) = (BTreeMap::new(), BTreeMap::new());
        let mut measure = |name: &str, curve: Option<&str>, values: Vec<f64>| {
            let values = Sorted::new(values);
            for (measure, value) in Spread::of(&values).named() {
                summary.insert(format!("{name}_{measure}"), value);
            }
            if let Some(curve) = curve {
                curves.insert(curve.to_string(), values.lorenz(LORENZ_STEPS));
            }
        };
        // There may be millions of holders: what is measured is let go of.
        let votes_held = Held::of(world, &votes);
        measure("holder_votes", Some("votes"), votes);
        let stake: Vec<f64> = holders(world)
            .map(|accounts| stake_of(world, accounts))
            .collect();
        let deciles = deciles(&stake, &bonus, clock_days);
        let bonus_held = Held::of(world, &bonus);
        measure("bonus", Some("bonus"), bonus);
        let stake_held = Held::of(world, &stake);
        measure("stake", Some("stake"), stake);
        measure("miner_votes", None, self.by_operator(&miner_votes));
        measure("seats", None, self.by_operator(&seats));
        // Of miners, not of operators: what there is to see is the seats.
        curves.insert("seats".into(), Sorted::new(seats).lorenz(LORENZ_STEPS));
        self.summarise(&mut summary, clock_days, stake_held.total, bonus_held.total);
        self.summarise_actors(&mut summary, [&stake_held, &votes_held, &bonus_held]);
        Ok(Run {
            variant: self.task.variant,
            policy: self.task.policy.to_string(),
            seed: self.task.seed,
            finished,
            rounds: self.played,
            days: clock_days,
            lorenz: curves,
            deciles,
            miners: self.miner_rows(voters, &states),
            time_gain: self.histogram,
            daily: self.days,
            every_round: self.rounds,
            summary,
        })
    }

    fn summarise(
        &self,
        summary: &mut BTreeMap<String, f64>,
        clock_days: f64,
        stake: f64,
        bonus: f64,
    ) {
        let mut put = |name: &str, value: f64| summary.insert(name.into(), value);
        // The last day may be a part of one, and the first half may still carry the start.
        let whole = match self.days.len() {
            0..=2 => &self.days[..],
            days => &self.days[..days - 1],
        };
        let late = &whole[whole.len() / 2..];
        let mean = |rows: &[Day], of: fn(&Day) -> f64| {
            rows.iter().map(of).sum::<f64>() / rows.len().max(1) as f64
        };
        put("distinct_per_day", mean(whole, |day| day.distinct as f64));
        put("seats_of_top1", mean(late, |day| day.seats_of_top1));
        put("time_gain_mean", mean(late, |day| day.time_gain));
        let missed: u64 = self.missed.iter().sum();
        let slots = missed + self.blocks.iter().sum::<u64>();
        put("slots_missed", missed as f64);
        put("slots_missed_share", missed as f64 / slots.max(1) as f64);
        put("moves", self.moves as f64);
        put(
            "stalled_rounds_share",
            self.stalled as f64 / self.played.max(1) as f64,
        );
        put("left_out", self.task.world.left_out as f64);
        let years = clock_days / YEAR_DAYS;
        if stake > 0.0 && years > 0.0 {
            put("bonus_per_etm_year", bonus / stake / years);
        }
    }

    fn summarise_actors(
        &self,
        summary: &mut BTreeMap<String, f64>,
        [stake, votes, bonus]: [&Held; 3],
    ) {
        for (index, actor) in self.task.world.actors.iter().enumerate() {
            let name = |what: &str| format!("{}{index}_{what}", actor.kind);
            let held = stake.share(index);
            summary.insert(name("stake_share"), held);
            summary.insert(name("votes_share"), votes.share(index));
            summary.insert(name("bonus_share"), bonus.share(index));
            // What each of its ETM brings, over what each of the others' does: comparable between ways to split.
            let odds = |part: f64| part / (1.0 - part);
            for (what, values) in [("votes_per_stake", votes), ("bonus_per_stake", bonus)] {
                let ratio = odds(values.share(index)) / odds(held);
                if ratio.is_finite() {
                    summary.insert(name(what), ratio);
                }
            }
            if actor.miners.is_empty() {
                continue;
            }
            let own = |values: &[u64]| -> f64 {
                values[actor.miners.start as usize..actor.miners.end as usize]
                    .iter()
                    .sum::<u64>() as f64
            };
            summary.insert(
                name("seats_share"),
                own(&self.seats) / self.seats_given.max(1) as f64,
            );
            let blocks: u64 = self.blocks.iter().sum();
            summary.insert(
                name("blocks_share"),
                own(&self.blocks) / blocks.max(1) as f64,
            );
        }
        if self.cartel.iter().any(|cartel| *cartel) {
            summary.insert(
                "captured_rounds_share".into(),
                self.captured as f64 / self.played.max(1) as f64,
            );
            summary.insert("most_cartel_seats".into(), self.most_cartel_seats as f64);
            let looks = self.chances.len() as f64;
            if looks > 0.0 {
                let low: f64 = self.chances.iter().map(|bounds| bounds.low).sum();
                let high: f64 = self.chances.iter().map(|bounds| bounds.high).sum();
                let round = Bounds {
                    low: low / looks,
                    high: high / looks,
                };
                let year = round.of_rounds(self.task.study.rounds_per_day() * YEAR_DAYS);
                summary.insert("capture_expected_low".into(), round.low);
                summary.insert("capture_expected_high".into(), round.high);
                summary.insert("capture_year_low".into(), year.low);
                summary.insert("capture_year_high".into(), year.high);
            }
        }
    }

    /// Computes the chance that cartels get more than a third of the seats in a draw as things are.
    fn see_chance(&mut self, policy: &dyn Policy) -> Result<(), PolicyError> {
        let any = self.cartel.iter().any(|cartel| *cartel);
        if !any || policy.outlook().seats != Seats::Drawn {
            return Ok(());
        }
        let states = policy.miners()?;
        let groups = |wanted: bool| -> Vec<Group> {
            let miners = states.iter().zip(&self.cartel);
            let own = miners.filter(|(state, cartel)| **cartel == wanted && state.weight > 0.0);
            let weights = own.map(|(state, _)| Group {
                count: 1,
                weight: state.weight,
            });
            weights.collect()
        };
        let (own, others) = (groups(true), groups(false));
        let candidates = own.len() + others.len();
        let seats = (self.task.study.params.committee as usize).min(candidates) as u64;
        let bounds = capture::capture(&own, &others, seats, seats / 3 + 1, CAPTURE_STEPS);
        self.chances.push(bounds);
        Ok(())
    }

    fn miner_rows(&self, voters: &Voters, states: &[MinerState]) -> Vec<results::Miner> {
        let world = self.task.world;
        let stake = stake_behind(world, voters.votes(), states.len());
        let total =
            |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>().max(f64::MIN_POSITIVE);
        let all_stake = total(&mut stake.iter().copied());
        let all_votes = total(&mut states.iter().map(|state| state.votes));
        let all_weight = total(&mut states.iter().map(|state| state.weight));
        let rows = states.iter().enumerate().map(|(id, state)| {
            let slots = self.missed[id] + self.blocks[id];
            results::Miner {
                stake: stake[id] / all_stake,
                votes: state.votes / all_votes,
                weight: state.weight / all_weight,
                seated: self.seats[id] as f64 / self.played.max(1) as f64,
                missed: self.missed[id] as f64 / slots.max(1) as f64,
                cartel: self.cartel[id],
            }
        });
        rows.collect()
    }
}

#[cfg(test)]
mod tests;
