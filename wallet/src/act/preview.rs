//! What a request changes, computed here with the mechanism's own functions before anything is signed.

mod warnings;

use crate::{
    context::miner_text,
    failure::{Failure, Result},
    figures::{etm, percent, votes},
    output::{Page, Tone},
};
use etm_mechanism::{Action, Facts, Pending, Position, Rejection, Standing, inclusion};
use etm_types::{
    MinerId, MinerName, Refusal, TimeGain, Units, Votes,
    api::{
        Amount, Integer, MinerRef,
        account::{Account, ProjectedPosition, Request},
        chain::Parameters,
        error::ErrorCode,
        miner::{Miner, MinerDetail, MinerPage, MinerState},
    },
    explain,
};
use serde::Serialize;

/// What is to be done, all names found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Send tokens.
    Transfer(Units),
    /// Lock tokens.
    Lock(Units),
    /// Unlock tokens.
    Unlock(Units),
    /// Vote for the miner with this id.
    Vote(u32),
    /// Withdraw the vote.
    Withdraw,
    /// Register as a miner under this name.
    Register(MinerName),
    /// Change what a miner registered.
    Update,
    /// Resign as a miner.
    Resign,
}

/// What the node says, of one moment as nearly as it can be had.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The account that signs.
    pub account: &'a Account,
    /// The constants of the chain.
    pub parameters: &'a Parameters,
    /// All miners.
    pub miners: &'a MinerPage,
}

/// What a request changes. In JSON a part of what the signing commands print.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// The position as it will be without the request, at the end of the round.
    pub before: Option<ProjectedPosition>,
    /// The position as it will be with it, before halvings and day ticks of that end.
    pub after: Option<ProjectedPosition>,
    /// Why the time gain changes; empty if it doesn't.
    pub time_gain_reason: String,
    /// The miners whose votes change.
    pub miners: Vec<Effect>,
    /// The fee.
    pub fee: Amount,
    /// What can be spent now.
    pub balance_before: Amount,
    /// What can be spent right after inclusion.
    pub balance_after: Amount,
    /// The round at whose end it takes effect, if it is included before that end; none if it acts at once.
    pub effective_round: Option<u64>,
    /// What the request costs beside the fee, and what to know first.
    pub warnings: Vec<Warning>,
}

/// The effect on one miner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// The miner.
    pub miner: MinerRef,
    /// Its votes now, raw.
    pub votes_before: Integer,
    /// Its votes with the change, all else equal, raw.
    pub votes_after: Integer,
    /// Its chance of a seat in a draw now, in parts per billion.
    pub inclusion_before_ppb: u32,
    /// Its chance of a seat with the change, all else equal.
    pub inclusion_after_ppb: u32,
}

/// Something to know before signing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// For programs.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

fn refuse(code: &str, message: String) -> Failure {
    Failure::failed(code, message)
}

impl Preview {
    /// What `change` changes.
    ///
    /// # Errors
    /// [`Failure`] with the API's own code if the chain would refuse the request as things stand.
    pub fn new(scene: &Scene<'_>, change: &Change, fee: Units) -> Result<Self> {
        let before = scene.account.projected.as_ref().map(told).transpose()?;
        judge(scene, change, before.as_ref())?;
        let action = change.action(Units(scene.parameters.deposit.0));
        let after = match &action {
            Some(action) => Position::after(before, action, |_| true).unwrap_or(before),
            None => before,
        };
        let taken = match (change, &action) {
            (Change::Transfer(amount), _) => *amount,
            (_, Some(action)) => action.takes(),
            _ => Units::ZERO,
        };
        let balance = scene.account.balance;
        let needed = taken.0.checked_add(fee.0);
        let left = needed
            .and_then(|needed| balance.0.checked_sub(needed))
            .ok_or_else(|| {
                let message = format!(
                    "{} and the fee of {} are more than the balance of {}",
                    etm(Amount(taken.0)),
                    etm(Amount(fee.0)),
                    etm(balance)
                );
                refuse(ErrorCode::InsufficientBalance.as_str(), message)
            })?;
        let mut preview = Self {
            time_gain_reason: reason(change, before.as_ref(), after.as_ref()),
            before: scene.account.projected.clone(),
            after: after.map(|position| shown(scene, &position)),
            miners: Vec::new(),
            fee: Amount(fee.0),
            balance_before: balance,
            balance_after: Amount(left),
            effective_round: (!matches!(change, Change::Transfer(_) | Change::Update))
                .then_some(scene.account.effective_round),
            warnings: Vec::new(),
        };
        preview.miners = effects(scene, change, preview.after.as_ref());
        preview.warnings = warnings::warnings(scene, change, &preview);
        Ok(preview)
    }

    /// Warns of an address that was never used: checksums catch mistyped addresses, not wrong ones.
    pub fn note_recipient(&mut self, recipient: &Account) {
        if !recipient.exists {
            self.warnings.push(Warning {
                code: "new_recipient",
                message:
                    "this address has never received anything: make sure that somebody has its key"
                        .to_owned(),
            });
        }
    }

    /// Warns of other miners whose names look like that of the miner voted for.
    pub fn note_lookalikes(&mut self, miner: &MinerDetail) {
        if miner.lookalikes.is_empty() {
            return;
        }
        let others: Vec<String> = miner.lookalikes.iter().map(miner_text).collect();
        self.warnings.push(Warning {
            code: "lookalike_miner",
            message: format!(
                "a name that looks alike: {}; make sure that you mean {} (#{})",
                others.join(", "),
                miner.miner.name,
                miner.miner.id
            ),
        });
    }

    /// Writes it for people.
    pub fn show(&self, page: &mut Page) {
        let position = |position: &Option<ProjectedPosition>| {
            position.as_ref().map_or_else(
                || {
                    (
                        "nothing".to_owned(),
                        "none".to_owned(),
                        "nobody".to_owned(),
                        "0.00".to_owned(),
                    )
                },
                |position| {
                    let miner = position
                        .miner
                        .as_ref()
                        .map_or_else(|| "nobody".to_owned(), miner_text);
                    (
                        etm(position.locked),
                        position.time_gain.to_string(),
                        miner,
                        votes(position.votes),
                    )
                },
            )
        };
        if self.before != self.after || self.after.is_some() {
            let (before, after) = (position(&self.before), position(&self.after));
            let arrow = |before: String, after: String| {
                if before == after {
                    format!("{after}, as before")
                } else {
                    format!("{before} -> {after}")
                }
            };
            page.field("locked", arrow(before.0, after.0));
            page.field("miner", arrow(before.2, after.2));
            let reason = if self.time_gain_reason.is_empty() {
                String::new()
            } else {
                format!(": {}", self.time_gain_reason)
            };
            page.field(
                "time gain t",
                format!("{}{reason}", arrow(before.1, after.1)),
            );
            page.field("my votes", arrow(before.3, after.3));
        }
        for effect in &self.miners {
            let text = format!(
                "{}: {} -> {} votes, chance of a seat {} -> {}",
                miner_text(&effect.miner),
                votes(effect.votes_before),
                votes(effect.votes_after),
                percent(effect.inclusion_before_ppb),
                percent(effect.inclusion_after_ppb),
            );
            page.field("effect on", text);
        }
        page.field("fee", etm(self.fee));
        page.field(
            "balance left",
            format!(
                "{} of {}",
                etm(self.balance_after),
                etm(self.balance_before)
            ),
        );
        match self.effective_round {
            Some(round) => page.field(
                "takes effect",
                format!("at the end of round {round}, if it is in a block by then"),
            ),
            None => page.field("takes effect", "at once, with its block"),
        }
        for warning in &self.warnings {
            page.say(Tone::Warning, &format!("! {}", warning.message));
        }
    }
}

impl Change {
    /// What it does at the end of the round; `None` if it acts at once.
    fn action(&self, deposit: Units) -> Option<Action> {
        Some(match *self {
            Self::Transfer(_) | Self::Update => return None,
            Self::Lock(amount) => Action::Lock(amount),
            Self::Unlock(amount) => Action::Unlock(amount),
            Self::Vote(id) => Action::Vote(MinerId(id)),
            Self::Withdraw => Action::Withdraw,
            Self::Register(name) => Action::Register(name, deposit),
            Self::Resign => Action::Resign,
        })
    }
}

/// Judges the change as the chain does (mechanism.md section 3), as far as that can be known here.
fn judge(scene: &Scene<'_>, change: &Change, before: Option<&Position>) -> Result<()> {
    let account = scene.account;
    let Some(action) = change.action(Units(scene.parameters.deposit.0)) else {
        return match (change, &account.miner) {
            (Change::Update, None) => Err(refused(&Rejection::OwnsNoMiner)),
            _ => Ok(()),
        };
    };
    let asks = |asked: fn(&Request) -> bool| {
        let mut pending = account.pending_requests.iter();
        pending.any(|pending| asked(&pending.request))
    };
    let mut pending = Pending {
        locked: before.map_or(Units::ZERO, |position| position.locked),
        vote: before.and_then(|position| position.miner),
        registers: asks(|request| matches!(request, Request::Register { .. })),
        resigns: asks(|request| matches!(request, Request::Resign)),
    };
    let facts = Facts {
        min_lock: Units(scene.parameters.min_lock.0),
        owns: account.miner.as_ref().map(|miner| MinerId(miner.id)),
        registered: match change {
            Change::Vote(id) => scene
                .miners
                .miners
                .iter()
                .any(|miner| miner.id == *id && miner.state != MinerState::Resigned),
            _ => false,
        },
        // Whether a name is free is for the node to say.
        name_taken: false,
    };
    let accepted = pending.accept(&action, &facts);
    accepted.map_err(|rejection| refused(&rejection))
}

/// As the chain would refuse it.
fn refused(rejection: &Rejection) -> Failure {
    let failure = refuse(Refusal::from(rejection).code(), explain(rejection));
    match rejection {
        Rejection::NoPosition => failure.hint("`etm lock AMOUNT` comes first"),
        Rejection::BelowMinLock { locked, .. } if *locked > Units::ZERO => {
            failure.hint("unlock less, or `all`")
        }
        _ => failure,
    }
}

/// Why the time gain is another than it was; empty if it isn't.
fn reason(change: &Change, before: Option<&Position>, after: Option<&Position>) -> String {
    match (change, before, after) {
        (Change::Lock(_), None, Some(_)) => "a new position starts at 1".to_owned(),
        (Change::Lock(amount), Some(before), Some(after)) if before.t != after.t => format!(
            "{} at t = {} are mixed with {} at t = 1",
            etm(Amount(before.locked.0)),
            before.t,
            etm(Amount(amount.0))
        ),
        (Change::Unlock(_), _, None) => "the position is removed".to_owned(),
        (Change::Vote(_), Some(before), Some(after))
            if before.miner.is_some() && before.miner != after.miner =>
        {
            halving(before.t, after.t, "a switch to another miner")
        }
        (Change::Withdraw, Some(before), Some(after)) => {
            halving(before.t, after.t, "withdrawing the vote")
        }
        _ => String::new(),
    }
}

fn halving(before: TimeGain, after: TimeGain, cause: &str) -> String {
    if before == after {
        format!("{cause} halves it, and it is the least there is")
    } else {
        format!("{cause} halves it")
    }
}

/// A position as the node shows it.
fn told(position: &ProjectedPosition) -> Result<Position> {
    let t = TimeGain::new(position.time_gain).ok_or_else(|| {
        Failure::new(
            crate::failure::Exit::Unreachable,
            "not_a_node",
            format!("the node says t = {}: it is 1 to 32", position.time_gain),
        )
    })?;
    Ok(Position {
        locked: Units(position.locked.0),
        t,
        miner: position.miner.as_ref().map(|miner| MinerId(miner.id)),
    })
}

/// A position as people see it.
fn shown(scene: &Scene<'_>, position: &Position) -> ProjectedPosition {
    let miners = scene.miners.miners.iter();
    let known = scene.account.projected.iter();
    let known = known.filter_map(|position| position.miner.clone());
    let mut names = known.chain(miners.map(|miner| MinerRef {
        id: miner.id,
        name: miner.name.clone(),
    }));
    ProjectedPosition {
        locked: Amount(position.locked.0),
        time_gain: position.t.get(),
        miner: position.miner.map(|MinerId(id)| {
            let name = String::new();
            let named = names.find(|miner| miner.id == id);
            named.unwrap_or(MinerRef { id, name })
        }),
        votes: Integer(position.votes().0),
    }
}

/// Votes and chances of the miners whose votes change: this request, and those of the account that are pending, all else equal.
fn effects(scene: &Scene<'_>, change: &Change, after: Option<&ProjectedPosition>) -> Vec<Effect> {
    if matches!(
        change,
        Change::Transfer(_) | Change::Update | Change::Register(_) | Change::Resign
    ) {
        return Vec::new();
    }
    // The votes counted now are those of the position as it is, not as it is projected.
    let now = scene.account.position.as_ref();
    let counted = now.and_then(|position| {
        position
            .miner
            .as_ref()
            .map(|miner| (miner.id, position.votes.0))
    });
    let counting = after.and_then(|position| {
        position
            .miner
            .as_ref()
            .map(|miner| (miner.id, position.votes.0))
    });
    if counted == counting {
        return Vec::new();
    }
    let miners = &scene.miners.miners;
    let standing = |miner: &Miner, votes: u128| Standing {
        votes: Votes(votes),
        produced: miner.produced,
        slots: miner.slots,
        registered: true,
    };
    let votes_after = |miner: &Miner| {
        let without = match counted {
            Some((id, votes)) if id == miner.id => miner.votes.0.saturating_sub(votes),
            _ => miner.votes.0,
        };
        match counting {
            Some((id, votes)) if id == miner.id => without.saturating_add(votes),
            _ => without,
        }
    };
    let chances = |votes_of: &dyn Fn(&Miner) -> u128| {
        let weights: Vec<Votes> = miners
            .iter()
            .map(|miner| match miner.ready {
                // A newcomer's coefficient is the average.
                true => standing(miner, votes_of(miner))
                    .weight(u64::try_from(miner.coefficient.0).unwrap_or(u64::MAX)),
                false => Votes::ZERO,
            })
            .collect();
        let seats = usize::try_from(scene.parameters.committee).unwrap_or(usize::MAX);
        inclusion::seat_probabilities(&weights, seats)
    };
    let before = chances(&|miner| miner.votes.0);
    let after = chances(&votes_after);
    miners
        .iter()
        .zip(before.iter().zip(&after))
        .filter(|(miner, _)| votes_after(miner) != miner.votes.0)
        .map(|(miner, (before, after))| Effect {
            miner: MinerRef {
                id: miner.id,
                name: miner.name.clone(),
            },
            votes_before: miner.votes,
            votes_after: Integer(votes_after(miner)),
            inclusion_before_ppb: ppb(*before),
            inclusion_after_ppb: ppb(*after),
        })
        .collect()
}

/// A probability in parts per billion; for display alone.
fn ppb(probability: f64) -> u32 {
    (probability.clamp(0.0, 1.0) * 1e9) as u32
}

#[cfg(test)]
mod tests;
