//! What a request changes, computed here with the mechanism's own functions before anything is signed.

pub mod costs;
mod notes;
mod show;
mod warnings;

pub use warnings::costs_much;

use crate::{
    failure::{Failure, Result},
    figures::etm,
};
use etm_mechanism::{Action, Facts, Pending, Position, Rejection, Request, Standing, inclusion};
use etm_types::{
    MinerId, Refusal, TimeGain, Units, Votes,
    api::{
        Amount, Integer, MinerRef,
        account::{Account, Position as PositionInfo, ProjectedPosition, RoundEnd},
        chain::Parameters,
        error::ErrorCode,
        miner::{Miner, MinerPage, MinerState},
        request,
    },
    explain,
};
use serde::Serialize;

/// What is to be done, all names found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// What the mechanism is asked, with accounts as the API writes them.
    Asks(Request<String>),
    /// What a miner registered becomes something else: only the chain knows of it.
    Update,
}

impl Change {
    /// What the mechanism is asked, if it is.
    pub const fn asked(&self) -> Option<&Request<String>> {
        match self {
            Self::Asks(request) => Some(request),
            Self::Update => None,
        }
    }
}

/// What the node says, of one moment as nearly as it can be had.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The account that signs; its waiting transactions are those that are counted in.
    pub account: &'a Account,
    /// The constants of the chain.
    pub parameters: &'a Parameters,
    pub miners: &'a MinerPage,
}

/// What a request changes. In JSON a part of what the signing commands print.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// The position as it is.
    pub now: Option<ProjectedPosition>,
    /// The position after the end of the running round without the request, if all slots are used until then.
    pub before: Option<ProjectedPosition>,
    /// The same with the request.
    pub after: Option<ProjectedPosition>,
    /// With the request, if the miner voted for now adds no more block in the round: the best that can be expected.
    pub after_best: Option<ProjectedPosition>,
    /// With the request, if the miner voted for now adds all blocks that are to come: the worst.
    pub after_worst: Option<ProjectedPosition>,
    /// What the end of the round brings to the position as it is.
    pub round_end: RoundEnd,
    /// Why the time gain changes; empty if it doesn't.
    pub time_gain_reason: String,
    /// The miners whose votes change.
    pub miners: Vec<Effect>,
    pub fee: Amount,
    /// What can be spent now.
    pub balance_before: Amount,
    /// What can be spent right after inclusion.
    pub balance_after: Amount,
    /// The round at whose end it takes effect, if it is included before that end; none if it acts at once.
    pub effective_round: Option<u64>,
    /// When tokens come back that can't be spent from then on, or until then; none if there are none.
    pub comes_back: Option<String>,
    /// Whether least fee, deposit and the other parameters follow from the chain's id.
    pub terms_proved: bool,
    /// Whether a signature holds the node to its chain for the first time.
    #[serde(skip)]
    pub first_use: bool,
    /// The block after which the state proves what is told of the position now; none where nothing proves it.
    pub position_proved: Option<u64>,
    /// What the request costs beside the fee, and what to know first.
    pub warnings: Vec<Warning>,
}

/// The effect on one miner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effect {
    pub miner: MinerRef,
    /// Its votes after the end of the running round without the request, raw.
    pub votes_before: Integer,
    /// Its votes with the request, all else equal, raw.
    pub votes_after: Integer,
    /// Its chance of a seat in the draw at that end without the request, in parts per billion.
    pub inclusion_before_ppb: u32,
    /// Its chance of a seat with the request, all else equal.
    pub inclusion_after_ppb: u32,
}

/// Something to know before signing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// For programs.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// Whether it is asked about apart.
    pub confirm: bool,
}

impl Warning {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            confirm: false,
        }
    }
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
        let balance = scene.account.balance;
        // The fee is taken first.
        if balance.0 < fee.0 {
            let message = format!(
                "the balance of {} doesn't cover the fee of {}",
                etm(balance),
                etm(Amount::from(fee))
            );
            return Err(refuse(ErrorCode::CannotPayFee.as_str(), message));
        }
        judge(scene, change, before.as_ref())?;
        let deposit = Units::from(scene.parameters.deposit);
        let action = change.asked().and_then(|asked| asked.action(deposit));
        let with_it = |position: Option<Position>| {
            let after = action.map(|action| made_of(scene, position, &action));
            after.unwrap_or(position)
        };
        let after = with_it(before);
        let case = |told: &Option<ProjectedPosition>| {
            let position = told.as_ref().map(self::told).transpose()?;
            Ok::<_, Failure>(with_it(position).map(|position| shown(scene, &position)))
        };
        let taken = change.asked().map(|asked| asked.takes(deposit));
        let taken = taken.unwrap_or(Units::ZERO);
        let needed = taken.0.checked_add(fee.0);
        let left = needed
            .and_then(|needed| balance.0.checked_sub(needed))
            .ok_or_else(|| {
                let message = format!(
                    "{} and the fee of {} are more than the balance of {}",
                    etm(Amount::from(taken)),
                    etm(Amount::from(fee)),
                    etm(balance)
                );
                refuse(ErrorCode::InsufficientBalance.as_str(), message)
            })?;
        let mut preview = Self {
            time_gain_reason: reason(change, before.as_ref(), after.as_ref()),
            now: scene.account.position.as_ref().map(present),
            before: scene.account.projected.clone(),
            after: after.map(|position| shown(scene, &position)),
            after_best: case(&scene.account.projected_best)?,
            after_worst: case(&scene.account.projected_worst)?,
            round_end: scene.account.round_end.clone(),
            miners: Vec::new(),
            fee: Amount::from(fee),
            balance_before: balance,
            balance_after: Amount(left),
            effective_round: action.map(|_| scene.account.effective_round),
            comes_back: comes_back(scene, change),
            terms_proved: false,
            first_use: false,
            position_proved: None,
            warnings: Vec::new(),
        };
        preview.miners = effects(scene, change, before.as_ref(), after.as_ref());
        preview.warnings = warnings::warnings(scene, change, &preview);
        Ok(preview)
    }

    /// This and then `next`, whose beginning is what this makes: both as one.
    pub fn then(self, next: Self) -> Self {
        let mut miners = self.miners;
        for effect in next.miners {
            match miners.iter_mut().find(|one| one.miner == effect.miner) {
                Some(one) => {
                    one.votes_after = effect.votes_after;
                    one.inclusion_after_ppb = effect.inclusion_after_ppb;
                }
                None => miners.push(effect),
            }
        }
        // What the first leaves to be done, the second does.
        let mut warnings = self.warnings;
        warnings.retain(|warning| warning.code != "not_voting");
        for warning in next.warnings {
            if warnings.iter().all(|one| one.code != warning.code) {
                warnings.push(warning);
            }
        }
        let reasons = [self.time_gain_reason, next.time_gain_reason];
        let reasons: Vec<String> = reasons
            .into_iter()
            .filter(|reason| !reason.is_empty())
            .collect();
        Self {
            time_gain_reason: reasons.join("; then "),
            miners,
            fee: Amount(self.fee.0.saturating_add(next.fee.0)),
            balance_before: self.balance_before,
            before: self.before,
            now: self.now,
            warnings,
            comes_back: self.comes_back.or(next.comes_back),
            terms_proved: self.terms_proved,
            first_use: self.first_use,
            position_proved: self.position_proved,
            ..next
        }
    }

    /// Warns of an address that was never used: checksums catch mistyped addresses, not wrong ones.
    pub fn note_recipient(&mut self, recipient: &Account) {
        if !recipient.exists {
            self.warnings.push(Warning::new(
                "new_recipient",
                "this address has never received anything: make sure that somebody has its key",
            ));
        }
    }
}

/// What an action makes of a position at the end of the round. The resignation of the account's own miner counts, too.
fn made_of(scene: &Scene<'_>, position: Option<Position>, action: &Action) -> Option<Position> {
    // A resignation that was accepted before makes a vote void.
    let registered = |MinerId(id)| {
        let found = scene.miners.miners.iter().find(|miner| miner.id == id);
        found.is_none_or(|miner| miner.state == MinerState::Registered)
    };
    let after = Position::after(position, action, registered).unwrap_or(position);
    match (action, &scene.account.miner) {
        (Action::Resign, Some(own)) => after.map(|after| after.abandoned_by(MinerId(own.id))),
        _ => after,
    }
}

/// The position as it is.
fn present(position: &PositionInfo) -> ProjectedPosition {
    ProjectedPosition {
        locked: position.locked,
        time_gain: position.time_gain,
        miner: position.miner.clone(),
        votes: position.votes,
    }
}

/// Judges the change as the chain does (mechanism.md section 3), as far as that can be known here.
fn judge(scene: &Scene<'_>, change: &Change, before: Option<&Position>) -> Result<()> {
    let account = scene.account;
    let Some(asked) = change.asked() else {
        return match account.miner {
            None => Err(owns_none(account)),
            Some(_) => Ok(()),
        };
    };
    let Some(action) = asked.action(Units::from(scene.parameters.deposit)) else {
        return Ok(());
    };
    let accepted = account.pending_requests.iter();
    let waiting = account.pending_transactions.iter();
    let before_it: Vec<request::Request> = accepted
        .map(|pending| pending.request.clone())
        .chain(waiting.filter_map(|transaction| transaction.payload.request()))
        .collect();
    let mut pending = Pending {
        locked: before.map_or(Units::ZERO, |position| position.locked),
        vote: before.and_then(|position| position.miner),
        registers: before_it
            .iter()
            .any(|asked| matches!(asked, request::Request::Register { .. })),
        resigns: before_it.contains(&request::Request::Resign),
    };
    let facts = Facts {
        min_lock: Units::from(scene.parameters.min_lock),
        owns: account.miner.as_ref().map(|miner| MinerId(miner.id)),
        registered: match asked {
            Request::Vote(MinerId(id)) => scene
                .miners
                .miners
                .iter()
                .any(|miner| miner.id == *id && miner.state != MinerState::Resigned),
            _ => false,
        },
        // Where the miners are not asked for, it is for the node to say.
        name_taken: match asked {
            Request::Register(name) => {
                let mut miners = scene.miners.miners.iter();
                miners.any(|miner| miner.name == name.as_str())
            }
            _ => false,
        },
    };
    let accepted = pending.accept(&action, &facts);
    accepted.map_err(|rejection| match rejection {
        Rejection::OwnsNoMiner => owns_none(account),
        other => refused(&other),
    })
}

/// It owns no miner, or not yet.
fn owns_none(account: &Account) -> Failure {
    let failure = refused(&Rejection::OwnsNoMiner);
    let mut pending = account.pending_requests.iter();
    let registers =
        pending.find(|asked| matches!(asked.request, request::Request::Register { .. }));
    match registers {
        Some(asked) => failure.hint(format!(
            "its registration takes effect at the end of round {}",
            asked.effective_round
        )),
        None => failure,
    }
}

/// As the chain would refuse it.
fn refused(rejection: &Rejection) -> Failure {
    let failure = refuse(Refusal::from(rejection).code(), explain(rejection));
    match rejection {
        Rejection::NoPosition => failure.hint("`etm lock AMOUNT` comes first"),
        Rejection::BelowMinLock { locked, .. } if *locked > Units::ZERO => {
            failure.hint("`all` stands for everything")
        }
        _ => failure,
    }
}

/// Why the time gain is another than it was; empty if it isn't.
fn reason(change: &Change, before: Option<&Position>, after: Option<&Position>) -> String {
    match (change, before, after) {
        (Change::Asks(Request::Lock(_)), None, Some(_)) => "a new position starts at 1".to_owned(),
        (Change::Asks(Request::Lock(amount)), Some(before), Some(after)) if before.t != after.t => {
            format!(
                "{} at t = {} are mixed with {} at t = 1",
                etm(Amount::from(before.locked)),
                before.t,
                etm(Amount::from(*amount))
            )
        }
        (Change::Asks(Request::Unlock(_)), _, None) => "the position is removed".to_owned(),
        (Change::Asks(Request::Vote(_)), Some(before), Some(after))
            if before.miner.is_some() && before.miner != after.miner =>
        {
            halving(before.t, after.t, "a switch to another miner")
        }
        (Change::Asks(Request::Withdraw), Some(before), Some(after)) => {
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

/// When tokens come back that a change takes, holds or sets free.
fn comes_back(scene: &Scene<'_>, change: &Change) -> Option<String> {
    let account = scene.account;
    Some(match change.asked()? {
        Request::Lock(_) => {
            "when you unlock it: at the end of the round whose block holds the unlock, without a wait".to_owned()
        }
        Request::Unlock(amount) => format!(
            "{} can be spent after the end of round {} (block {}), if it is in a block by then",
            etm(Amount::from(*amount)),
            account.effective_round,
            account.round_end.height
        ),
        Request::Resign if account.deposit.0 > 0 => format!(
            "the deposit of {}, once no committee needs the miner any more",
            etm(scene.parameters.deposit)
        ),
        _ => return None,
    })
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
        locked: Units::from(position.locked),
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
        locked: Amount::from(position.locked),
        time_gain: position.t.get(),
        miner: position.miner.map(|MinerId(id)| {
            let name = String::new();
            let named = names.find(|miner| miner.id == id);
            named.unwrap_or(MinerRef { id, name })
        }),
        votes: Integer::from(position.votes()),
    }
}

/// Votes and chances of the miners whose votes the request changes, as the draw at the end of the running round will see them,
/// all else equal. The node says what that draw will see without it; what it makes of that is computed here.
fn effects(
    scene: &Scene<'_>,
    change: &Change,
    before: Option<&Position>,
    after: Option<&Position>,
) -> Vec<Effect> {
    let resigns = match (change, &scene.account.miner) {
        (Change::Asks(Request::Resign), Some(own)) => Some(own.id),
        _ => None,
    };
    if before == after && resigns.is_none() {
        return Vec::new();
    }
    let (before, after) = (before.copied(), after.copied());
    let without = |miner: &Miner| {
        let outlook = &miner.outlook;
        Standing::new(Votes(outlook.votes.0), outlook.produced, outlook.slots)
    };
    let with_it = |miner: &Miner| match resigns == Some(miner.id) {
        true => without(miner).resigned(),
        false => without(miner).with_change(MinerId(miner.id), before, after),
    };
    let miners = &scene.miners.miners;
    let average = u64::try_from(scene.miners.outlook_average.0).unwrap_or(u64::MAX);
    let chances = |standing: &dyn Fn(&Miner) -> Standing| {
        let weights = miners.iter().map(|miner| match miner.outlook.eligible {
            true => standing(miner).weight(average),
            false => Votes::ZERO,
        });
        let weights: Vec<Votes> = weights.collect();
        let seats = usize::try_from(scene.parameters.committee).unwrap_or(usize::MAX);
        inclusion::seat_probabilities(&weights, seats)
    };
    let chances = (chances(&without), chances(&with_it));
    miners
        .iter()
        .zip(chances.0.iter().zip(&chances.1))
        .filter(|(miner, _)| without(miner) != with_it(miner))
        .map(|(miner, (chance, changed))| Effect {
            miner: MinerRef {
                id: miner.id,
                name: miner.name.clone(),
            },
            votes_before: Integer::from(without(miner).votes),
            votes_after: Integer::from(with_it(miner).votes),
            inclusion_before_ppb: inclusion::ppb(*chance),
            inclusion_after_ppb: inclusion::ppb(*changed),
        })
        .collect()
}

#[cfg(test)]
pub(crate) mod tests;
