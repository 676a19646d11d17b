//! What a request changes, computed here with the mechanism's own functions before anything is signed.

mod warnings;

use crate::{
    context::miner_text,
    failure::{Failure, Result},
    figures::{etm, percent, votes},
    output::{Page, Tone},
};
use etm_mechanism::{Standing, inclusion, weight};
use etm_types::{
    TimeGain, Units, Votes,
    api::{
        Amount, Integer, MinerRef,
        account::{Account, ProjectedPosition},
        chain::Parameters,
        error::ErrorCode,
        miner::{Miner, MinerDetail, MinerPage, MinerState},
    },
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
    /// Register as a miner.
    Register,
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

fn refuse(code: ErrorCode, message: String) -> Failure {
    Failure::failed(code.as_str(), message)
}

impl Preview {
    /// What `change` changes.
    ///
    /// # Errors
    /// [`Failure`] with the API's own code if the chain would refuse the request as things stand.
    pub fn new(scene: &Scene<'_>, change: &Change, fee: Units) -> Result<Self> {
        let before = scene.account.projected.clone();
        let (after, time_gain_reason) = position_after(scene, change, before.as_ref())?;
        let taken = match change {
            Change::Transfer(amount) | Change::Lock(amount) => *amount,
            Change::Register => Units(scene.parameters.deposit.0),
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
                refuse(ErrorCode::InsufficientBalance, message)
            })?;
        let mut preview = Self {
            before,
            after,
            time_gain_reason,
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

type After = (Option<ProjectedPosition>, String);

/// The position once the request has taken effect (mechanism.md section 3), and why its time gain is another.
fn position_after(
    scene: &Scene<'_>,
    change: &Change,
    before: Option<&ProjectedPosition>,
) -> Result<After> {
    let min_lock = scene.parameters.min_lock.0;
    let positioned = || {
        before.ok_or_else(|| {
            refuse(
                ErrorCode::NoPosition,
                "nothing is locked: `etm lock AMOUNT` comes first".to_owned(),
            )
        })
    };
    match change {
        Change::Lock(amount) => {
            let (held, gain, miner) = match before {
                Some(position) => (
                    position.locked.0,
                    time_gain(position.time_gain)?,
                    position.miner.clone(),
                ),
                None => (0, TimeGain::MIN, None),
            };
            let locked = held
                .checked_add(amount.0)
                .filter(|locked| *locked >= min_lock)
                .ok_or_else(|| {
                    refuse(
                        ErrorCode::BelowMinimumLock,
                        format!(
                            "a position holds at least {}",
                            etm(scene.parameters.min_lock)
                        ),
                    )
                })?;
            let new_gain = if held == 0 {
                TimeGain::MIN
            } else {
                gain.topped_up(Units(held), *amount)
            };
            let reason = match (held, new_gain == gain) {
                (0, _) => "a new position starts at 1".to_owned(),
                (_, true) => String::new(),
                _ => format!(
                    "{} at t = {gain} are mixed with {} at t = 1",
                    etm(Amount(held)),
                    etm(Amount(amount.0))
                ),
            };
            Ok((Some(projected(locked, new_gain, miner)), reason))
        }
        Change::Unlock(amount) => {
            let position = positioned()?;
            let left = position.locked.0.checked_sub(amount.0).ok_or_else(|| {
                refuse(
                    ErrorCode::UnlockExceedsPosition,
                    format!("only {} are locked", etm(position.locked)),
                )
            })?;
            if left == 0 {
                return Ok((None, "the position is removed".to_owned()));
            }
            if left < min_lock {
                let message = format!(
                    "{} would be left, a position holds at least {}: unlock less, or `all`",
                    etm(Amount(left)),
                    etm(scene.parameters.min_lock)
                );
                return Err(refuse(ErrorCode::BelowMinimumLock, message));
            }
            Ok((
                Some(projected(
                    left,
                    time_gain(position.time_gain)?,
                    position.miner.clone(),
                )),
                String::new(),
            ))
        }
        Change::Vote(id) => {
            let position = positioned()?;
            let miner = scene
                .miners
                .miners
                .iter()
                .find(|miner| miner.id == *id && miner.state != MinerState::Resigned);
            let miner = miner.ok_or_else(|| {
                refuse(
                    ErrorCode::MinerNotRegistered,
                    format!("miner #{id} is not registered"),
                )
            })?;
            let gain = time_gain(position.time_gain)?;
            let new_miner = Some(MinerRef {
                id: miner.id,
                name: miner.name.clone(),
            });
            let (new_gain, reason) = match &position.miner {
                Some(old) if old.id != *id => {
                    let halved = gain.halved(1);
                    (
                        halved,
                        halving(gain.get(), halved, "a switch to another miner"),
                    )
                }
                _ => (gain, String::new()),
            };
            Ok((
                Some(projected(position.locked.0, new_gain, new_miner)),
                reason,
            ))
        }
        Change::Withdraw => {
            let position = positioned()?;
            if position.miner.is_none() {
                return Err(refuse(
                    ErrorCode::NoVote,
                    "the position votes for nobody".to_owned(),
                ));
            }
            let gain = time_gain(position.time_gain)?.halved(1);
            Ok((
                Some(projected(position.locked.0, gain, None)),
                halving(position.time_gain, gain, "withdrawing the vote"),
            ))
        }
        Change::Resign | Change::Update if scene.account.miner.is_none() => Err(refuse(
            ErrorCode::NotAMiner,
            "the account owns no registered miner".to_owned(),
        )),
        Change::Register if scene.account.miner.is_some() => Err(refuse(
            ErrorCode::AlreadyRegistered,
            "the account owns a miner already".to_owned(),
        )),
        Change::Transfer(_) | Change::Register | Change::Update | Change::Resign => {
            Ok((before.cloned(), String::new()))
        }
    }
}

fn halving(before: u8, after: TimeGain, cause: &str) -> String {
    if before == after.get() {
        format!("{cause} halves it, and it is the least there is")
    } else {
        format!("{cause} halves it")
    }
}

fn time_gain(t: u8) -> Result<TimeGain> {
    TimeGain::new(t).ok_or_else(|| {
        Failure::new(
            crate::failure::Exit::Unreachable,
            "not_a_node",
            format!("the node says t = {t}: it is 1 to 32"),
        )
    })
}

fn projected(locked: u64, gain: TimeGain, miner: Option<MinerRef>) -> ProjectedPosition {
    ProjectedPosition {
        locked: Amount(locked),
        time_gain: gain.get(),
        miner,
        votes: Integer(weight::votes(Units(locked), gain).0),
    }
}

/// Votes and chances of the miners whose votes change: this request, and those of the account that are pending, all else equal.
fn effects(scene: &Scene<'_>, change: &Change, after: Option<&ProjectedPosition>) -> Vec<Effect> {
    if matches!(
        change,
        Change::Transfer(_) | Change::Update | Change::Register | Change::Resign
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
