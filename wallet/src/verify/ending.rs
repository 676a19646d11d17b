//! Whether the end of the running round can make of a position what a node says that it will.

use crate::{context::miner_text, figures::etm};
use etm_mechanism::{Action, Facts, Pending, Position};
use etm_types::{
    MinerId, MinerName, TimeGain, Units,
    api::{
        MinerRef,
        account::{Account, PendingRequest, Position as Told, ProjectedPosition, RoundEnd},
        chain::Parameters,
        request::Request,
        votes::CheckedVotes,
    },
    explain,
};

/// What is a node's word alone in an end of the round that can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ending {
    /// Votes are another's or nobody's then, as if a miner had resigned.
    pub(crate) leaves: bool,
    /// So many days end with the round, and it is not likely to take so long: nothing proves when the one before ended.
    pub(crate) days: Option<u32>,
    /// Its miner halves, it says, and the state that was proved is older, or that of the end of a round, which does not tell who sits in the next committee.
    pub(crate) seat: bool,
}

/// What is proved of the miner that is voted for, in the committee of the running round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seat {
    /// Nothing of now.
    Unknown,
    /// It has none, or nobody is voted for.
    None,
    /// After the block with this height it had made so many of the round.
    Made { blocks: u64, height: u64 },
}

impl Seat {
    /// What the state says of it.
    pub(super) const fn of(proved: &CheckedVotes) -> Self {
        match (proved.seated, proved.produced) {
            (Some(false), _) => Self::None,
            (Some(true), Some(blocks)) => Self::Made {
                blocks,
                height: proved.height,
            },
            _ => Self::Unknown,
        }
    }

    /// Whether halvings are the node's word: it proves none, or the state it proves is older than what it tells and has fewer.
    fn leaves_open(self, end: &RoundEnd) -> bool {
        match self {
            Self::Unknown => end.halvings_most > 0,
            Self::None => false,
            Self::Made { blocks, .. } => u64::from(end.halvings_due) > blocks,
        }
    }

    /// What is wrong with the halvings that are told.
    fn refuses(self, account: &Account) -> Option<String> {
        let end = &account.round_end;
        let (due, most) = (end.halvings_due, end.halvings_most);
        match self {
            Self::None if most > 0 => Some(format!(
                "that t is halved {most} times by a miner that sits in no committee of the round"
            )),
            Self::Made { blocks, height } => {
                let least = blocks.saturating_sub(height.saturating_sub(account.height));
                let most_made = blocks.saturating_add(account.height.saturating_sub(height));
                if !(least..=most_made).contains(&due.into()) {
                    return Some(format!(
                        "that its miner has made {due} blocks of the round by block {}, and by block {height} it had made {blocks}",
                        account.height
                    ));
                }
                let all = due.saturating_add(end.blocks_to_come);
                (most != all).then(|| format!(
                    "that t is halved {most} times at most, and {due} blocks of its miner and {} to come make that {all}",
                    end.blocks_to_come
                ))
            }
            _ => None,
        }
    }
}

/// Holds the end of the round as it is told against the position `now`, if there is one, and what is proved of its miner's `seat`.
///
/// # Errors
/// What is told, and why it can't be.
pub(super) fn ending(
    account: &Account,
    now: Option<&Told>,
    parameters: &Parameters,
    seat: Seat,
) -> Result<Ending, String> {
    let end = &account.round_end;
    if let Some(what) = seat.refuses(account) {
        return Err(what);
    }
    let held = Held::new(account, now, parameters)?;
    let days = u64::from(end.days);
    let late = days.saturating_add(late_days(parameters, account));
    let cases = [
        (&account.projected, end.halvings_expected, days),
        (&account.projected_worst, end.halvings_most, days),
        (&account.projected_best, end.halvings_due, late),
    ];
    let mut leaves = false;
    for (then, halvings, last) in cases {
        leaves |= !held.follows(then.as_ref(), halvings.into(), [days, last])?;
    }
    // A devnet's clock travels.
    let unlikely = !parameters.chain.devnet && days > likely_days(parameters);
    Ok(Ending {
        leaves,
        days: unlikely.then_some(end.days),
        seat: seat.leaves_open(end),
    })
}

/// Days that may begin by the end of the round beside those that are told: every second slot missed, each for one and a half, is the longest that is
/// foreseen.
fn late_days(parameters: &Parameters, account: &Account) -> u64 {
    let to_come = u64::from(account.round_end.blocks_to_come);
    let late_ms = to_come.saturating_mul(parameters.slot_ms).saturating_mul(3) / 2;
    late_ms / day_ms(parameters) + 1
}

/// Days that end with a round in which no more than every second slot is missed.
fn likely_days(parameters: &Parameters) -> u64 {
    let slots_ms = u64::from(parameters.blocks_per_round).saturating_mul(parameters.slot_ms);
    slots_ms.saturating_mul(5) / 2 / day_ms(parameters) + 1
}

fn day_ms(parameters: &Parameters) -> u64 {
    parameters.day_seconds.saturating_mul(1_000).max(1)
}

/// How often votes and withdrawals halve.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Halving {
    /// As they do if no miner resigns.
    Usual,
    /// Each of them.
    Always,
    /// None: where the miner before it is gone, or the one voted for.
    Never,
}

/// A position, and the accepted requests that change it at the end of the round.
struct Held<'a> {
    now: Option<Position>,
    actions: Vec<Action>,
    /// The miner that the account owns.
    owns: Option<MinerId>,
    /// Those that can have its vote.
    miners: Vec<&'a MinerRef>,
}

impl<'a> Held<'a> {
    fn new(
        account: &'a Account,
        now: Option<&'a Told>,
        parameters: &Parameters,
    ) -> Result<Self, String> {
        let voted = account.pending_requests.iter().filter_map(voted);
        let own = now
            .map(|now| {
                let t = TimeGain::new(now.time_gain);
                Ok::<_, String>(Position {
                    locked: Units::from(now.locked),
                    t: t.ok_or_else(|| format!("t = {}", now.time_gain))?,
                    miner: now.miner.as_ref().map(|miner| MinerId(miner.id)),
                })
            })
            .transpose()?;
        let votes = now.and_then(|now| now.miner.as_ref());
        Ok(Self {
            now: own,
            actions: accepted(account, own, parameters)?,
            owns: account.miner.as_ref().map(|own| MinerId(own.id)),
            miners: votes.into_iter().chain(voted).collect(),
        })
    }

    /// Whether the end of the round makes this of it, with so many halvings, and the first to the last of so many `days`. No if it does only where a
    /// miner resigned.
    fn follows(
        &self,
        then: Option<&ProjectedPosition>,
        halvings: u64,
        days: [u64; 2],
    ) -> Result<bool, String> {
        let made = |halving| days.map(|days| self.made(halvings, days, halving));
        let fits = |[least, most]: [Option<Position>; 2]| match (least, most, then) {
            (None, None, None) => true,
            (Some(least), Some(most), Some(then)) => {
                then.locked.0 == most.locked.0
                    && (least.t.get()..=most.t.get()).contains(&then.time_gain)
            }
            _ => false,
        };
        let usual = made(Halving::Usual);
        let votes = usual[0].and_then(|position| position.miner);
        let told = then.and_then(|then| then.miner.as_ref());
        let named = |id: MinerId| self.miners.iter().find(|miner| miner.id == id.0).copied();
        if fits(usual) && told == votes.and_then(named) {
            return Ok(true);
        }
        let [least, _] = made(Halving::Always);
        let [_, most] = made(Halving::Never);
        // Only the end of a miner takes a vote from it, or makes one for it void.
        let known = told.is_none_or(|told| named(MinerId(told.id)) == Some(told));
        match then.is_some() && fits([least, most]) && known && !self.miners.is_empty() {
            true => Ok(false),
            false => Err(self.cant_be(then)),
        }
    }

    /// What it is after the round.
    fn made(&self, halvings: u64, days: u64, halving: Halving) -> Option<Position> {
        let begun = self.now.map(|now| now.after_round(halvings, days));
        let mut gone = None;
        self.actions.iter().fold(begun, |position, action| {
            let votes = matches!(action, Action::Vote(_) | Action::Withdraw);
            let after = match (votes, halving) {
                (true, Halving::Always) => position.map(|position| Position {
                    t: position.t.halved(1),
                    ..position
                }),
                (true, Halving::Never) => position,
                _ => Position::after(position, action, |miner| gone != Some(miner))
                    .unwrap_or(position),
            };
            match (action, self.owns) {
                (Action::Resign, Some(own)) => {
                    gone = Some(own);
                    after.map(|after| after.abandoned_by(own))
                }
                _ => after,
            }
        })
    }

    fn cant_be(&self, then: Option<&ProjectedPosition>) -> String {
        let of = |locked: String, t: u8, miner: Option<&MinerRef>| {
            let miner = miner.map_or_else(|| "nobody".to_owned(), miner_text);
            (format!("{locked} at t = {t}"), miner)
        };
        let then = then.map_or_else(
            || "nothing is left".to_owned(),
            |then| {
                let (what, miner) = of(etm(then.locked), then.time_gain, then.miner.as_ref());
                format!("{what} are left, for {miner}")
            },
        );
        let now = self.now.map_or_else(
            || "nothing locked".to_owned(),
            |now| {
                let voted = now.miner.and_then(|_| self.miners.first().copied());
                let (what, miner) = of(etm(now.locked.into()), now.t.get(), voted);
                format!("{what} for {miner}")
            },
        );
        let requests = match self.actions.len() {
            0 => String::new(),
            _ => " and the accepted requests".to_owned(),
        };
        format!("that at the end of the round {then}, which can't come of {now}{requests}")
    }
}

fn voted(asked: &PendingRequest) -> Option<&MinerRef> {
    match &asked.request {
        Request::Vote { miner } => Some(miner),
        _ => None,
    }
}

/// What was accepted in this round, in order, as the chain accepts it.
fn accepted(
    account: &Account,
    now: Option<Position>,
    parameters: &Parameters,
) -> Result<Vec<Action>, String> {
    let mut pending = Pending {
        locked: now.map_or(Units::ZERO, |now| now.locked),
        vote: now.and_then(|now| now.miner),
        registers: false,
        resigns: false,
    };
    let running = account.effective_round;
    account
        .pending_requests
        .iter()
        .map(|asked| {
            let round = asked.effective_round;
            if round != running {
                return Err(format!(
                    "of a request that takes effect at the end of round {round}, and round {running} is running"
                ));
            }
            let action = action(&asked.request, parameters)?;
            let facts = Facts {
                min_lock: Units::from(parameters.min_lock),
                // Who registers owns none yet.
                owns: match action {
                    Action::Register(..) => None,
                    _ => account.miner.as_ref().map(|own| MinerId(own.id)),
                },
                registered: true,
                name_taken: false,
            };
            pending.accept(&action, &facts).map_err(|rejection| {
                format!("of an accepted request that no chain accepts ({})", explain(&rejection))
            })?;
            Ok(action)
        })
        .collect()
}

/// What a request asks of the mechanism.
///
/// # Errors
/// What is wrong with the name of a miner.
pub(super) fn action(asked: &Request, parameters: &Parameters) -> Result<Action, String> {
    Ok(match asked {
        Request::Lock { amount } => Action::Lock(Units::from(*amount)),
        Request::Unlock { amount } => Action::Unlock(Units::from(*amount)),
        Request::Vote { miner } => Action::Vote(MinerId(miner.id)),
        Request::Withdraw => Action::Withdraw,
        Request::Register { name } => {
            let name = MinerName::new(name)
                .map_err(|error| format!("of a miner that registers as {name:?}: {error}"))?;
            Action::Register(name, Units::from(parameters.deposit))
        }
        Request::Resign => Action::Resign,
    })
}

#[cfg(test)]
mod tests;
