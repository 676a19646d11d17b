//! How voters change their minds, once a calendar day.

use crate::{
    capture::inclusion,
    policy::{Move, Outlook, Policy, PolicyError, Seats},
    rng::Stream,
    study::{CALENDAR_DAY, Study},
    time_gain::{Forecast, Halving, Halvings, halved},
    units::etm,
    world::{NOBODY, Voter, World},
};

/// Steps of the time gain that are looked ahead, at most: it has forgotten where it began by then.
const HORIZON_STEPS_MAX: u64 = 400;

/// The voters of a run and what they vote for.
pub struct Voters {
    vote: Vec<u32>,
    restless: Vec<u32>,
    responders: Vec<u32>,
    turn: usize,
    stream: Stream,
    forecast: Forecast,
    plan: Plan,
}

/// The study's figures that matter here.
struct Plan {
    restless: f64,
    active_per_day: usize,
    inertia: f64,
    committee: usize,
    /// Rounds between two steps of the time gain.
    rounds_per_step: f64,
}

/// What a voter that looks ahead sees on a day: the votes as they are, those planned today included.
struct View<'a> {
    outlook: Outlook,
    votes: Vec<f64>,
    /// Performance: weight over `weight_of(votes)`.
    performance: Vec<f64>,
    /// Seats drawn: the scale `tau` of [`inclusion`].
    tau: f64,
    /// Seats to the top: the weights of the last that is in and of the first that is out.
    bar: (f64, f64),
    forecast: &'a Forecast,
    plan: &'a Plan,
}

impl Voters {
    /// The voters of a world.
    pub fn new(world: &World, study: &Study, seed: u64, outlook: &Outlook) -> Self {
        let of = |kinds: &[Voter]| -> Vec<u32> {
            let voters = world.voter.iter().enumerate();
            let chosen = voters.filter(|(_, voter)| kinds.contains(voter));
            chosen.map(|(index, _)| index as u32).collect()
        };
        let mut stream = Stream::new(seed, "moves");
        let mut responders = of(&[Voter::BestResponse]);
        stream.shuffle(&mut responders);
        let params = study.mechanism_params();
        let halvings = Halvings {
            rule: outlook.halving.unwrap_or(Halving::OnceADay),
            blocks_per_seat: f64::from(params.blocks_per_round) / f64::from(params.committee),
        };
        // The time gain steps once in `day_seconds`, the horizon is in calendar days.
        let steps = u64::from(study.behaviour.horizon_days) * CALENDAR_DAY / params.day_seconds;
        let horizon = steps.clamp(1, HORIZON_STEPS_MAX) as u32;
        Self {
            vote: world.vote.clone(),
            restless: of(&[Voter::Random, Voter::Crowd]),
            responders,
            turn: 0,
            stream,
            forecast: Forecast::new(horizon, outlook.gain, &halvings),
            plan: Plan {
                restless: study.behaviour.restless,
                active_per_day: study.behaviour.active_per_day as usize,
                inertia: study.behaviour.inertia,
                committee: params.committee as usize,
                rounds_per_step: study.rounds_per_day() * params.day_seconds as f64
                    / CALENDAR_DAY as f64,
            },
        }
    }

    /// Who votes for whom.
    pub fn votes(&self) -> &[u32] {
        &self.vote
    }

    /// The moves of a day.
    pub fn moves(&mut self, world: &World, policy: &dyn Policy) -> Result<Vec<Move>, PolicyError> {
        let mut moves = Vec::new();
        if self.restless.is_empty() && self.responders.is_empty() {
            return Ok(moves);
        }
        let miners = policy.miners()?;
        let votes: Vec<f64> = miners.iter().map(|miner| miner.votes).collect();
        let mut sum = 0.0;
        let popularity: Vec<f64> = votes
            .iter()
            .map(|votes| {
                sum += votes;
                sum
            })
            .collect();
        for voter in &self.restless {
            if self.stream.unit() >= self.plan.restless {
                continue;
            }
            let to = match world.voter[*voter as usize] {
                Voter::Random => self.stream.below(miners.len() as u64) as u32,
                _ => self.stream.pick(&popularity) as u32,
            };
            if self.vote[*voter as usize] != to {
                self.vote[*voter as usize] = to;
                moves.push(Move { voter: *voter, to });
            }
        }
        let active = self.plan.active_per_day.min(self.responders.len());
        if active == 0 {
            return Ok(moves);
        }
        let weights: Vec<f64> = miners.iter().map(|miner| miner.weight).collect();
        let mut view = View::new(
            policy.outlook(),
            votes,
            &weights,
            &self.forecast,
            &self.plan,
        );
        for _ in 0..active {
            let voter = self.responders[self.turn];
            self.turn = (self.turn + 1) % self.responders.len();
            let position = policy.position(voter)?;
            let stake = etm(world.stake[voter as usize]);
            let from = self.vote[voter as usize];
            if let Some(to) = view.best(from, stake, position.t) {
                view.shift(from, to, stake, position.t);
                self.vote[voter as usize] = to;
                moves.push(Move { voter, to });
            }
        }
        Ok(moves)
    }
}

impl<'a> View<'a> {
    fn new(
        outlook: Outlook,
        votes: Vec<f64>,
        weights: &[f64],
        forecast: &'a Forecast,
        plan: &'a Plan,
    ) -> Self {
        let performance = votes
            .iter()
            .zip(weights)
            .map(|(votes, weight)| match *votes > 0.0 {
                true => weight / (outlook.weight_of)(*votes),
                false => 1.0,
            })
            .collect();
        let mut sorted: Vec<f64> = weights.to_vec();
        sorted.sort_unstable_by(|left, right| right.total_cmp(left));
        let at = |place: usize| sorted.get(place).copied().unwrap_or(0.0);
        let (_, tau) = inclusion(weights, plan.committee);
        Self {
            outlook,
            votes,
            performance,
            tau,
            bar: (at(plan.committee.saturating_sub(1)), at(plan.committee)),
            forecast,
            plan,
        }
    }

    /// The chance of a miner to have a seat in a round with this many votes.
    fn chance(&self, miner: usize, votes: f64) -> f64 {
        let weight = (self.outlook.weight_of)(votes) * self.performance[miner];
        if weight <= 0.0 {
            return 0.0;
        }
        match self.outlook.seats {
            Seats::Drawn if self.tau.is_infinite() => 1.0,
            Seats::Drawn => -libm::expm1(-weight * self.tau),
            Seats::Top => {
                let now = (self.outlook.weight_of)(self.votes[miner]) * self.performance[miner];
                let (inside, outside) = self.bar;
                let bar = if now >= inside { outside } else { inside };
                f64::from(u8::from(weight >= bar))
            }
        }
    }

    /// Bonus to expect over the horizon, up to a factor that is the same for all miners, with `others` votes of other
    /// voters and time gain `t`.
    fn prospect(&self, miner: usize, others: f64, own: f64, t: u8) -> f64 {
        let votes = others + own * (self.outlook.gain)(usize::from(t));
        if votes <= 0.0 {
            return 0.0;
        }
        let chance = self.chance(miner, votes);
        let gain = match self.outlook.halving {
            None => 1.0,
            Some(_) => self.forecast.sum(chance * self.plan.rounds_per_step, t),
        };
        chance * gain / votes
    }

    /// The miner to move to, if one is better enough.
    fn best(&self, from: u32, stake: f64, t: u8) -> Option<u32> {
        let own = (self.outlook.votes_of)(stake);
        let now = match self.votes.get(from as usize) {
            Some(votes) => {
                let mine = own * (self.outlook.gain)(usize::from(t));
                self.prospect(from as usize, (votes - mine).max(0.0), own, t)
            }
            None => 0.0,
        };
        let after = match (self.outlook.halving.is_some(), from == NOBODY) {
            (true, false) => halved(t, 1),
            _ => t,
        };
        let mut best = (now * (1.0 + self.plan.inertia), None);
        for (miner, votes) in self.votes.iter().enumerate() {
            if miner as u32 == from {
                continue;
            }
            let prospect = self.prospect(miner, *votes, own, after);
            if prospect > best.0 {
                best = (prospect, Some(miner as u32));
            }
        }
        best.1
    }

    fn shift(&mut self, from: u32, to: u32, stake: f64, t: u8) {
        let own = (self.outlook.votes_of)(stake);
        let gain = self.outlook.gain;
        if let Some(votes) = self.votes.get_mut(from as usize) {
            *votes = (*votes - own * gain(usize::from(t))).max(0.0);
        }
        let after = if from == NOBODY { t } else { halved(t, 1) };
        let after = if self.outlook.halving.is_some() {
            after
        } else {
            t
        };
        if let Some(votes) = self.votes.get_mut(to as usize) {
            *votes += own * gain(usize::from(after));
        }
    }
}

#[cfg(test)]
mod tests;
