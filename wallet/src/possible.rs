//! Whether what a node tells of an account can be: its sums are added again, its votes computed by the mechanism.

use crate::{
    failure::{Exit, Failure, Result},
    figures::{etm, votes},
};
use etm_mechanism::{delta, schedule, weight};
use etm_types::{
    Height, TimeGain, Units, Votes,
    api::{
        Amount, Integer,
        account::{Account, BonusPage, BonusRow},
        share_ppb,
    },
};

/// Refuses figures that can't be those of an account of a chain with so much at genesis.
///
/// # Errors
/// [`Failure`] naming what is told and what it would have to be.
pub fn account(told: &Account, genesis: Amount) -> Result<()> {
    let height = Height(told.height);
    let issued = [
        schedule::reward_total(height),
        schedule::bonus_total(height),
    ];
    let most = issued
        .iter()
        .fold(genesis.0, |sum, issued| sum.saturating_add(issued.0));
    let sum = |parts: &[Amount]| parts.iter().map(|part| u128::from(part.0)).sum::<u128>();
    let sums = [
        ("can be spent", told.balance, sum(&[told.free, told.earned])),
        (
            "is in all",
            told.total,
            sum(&[told.balance, told.locked, told.locking, told.deposit]),
        ),
        (
            "is locked",
            told.locked,
            sum(&[told
                .position
                .as_ref()
                .map_or(Amount(0), |position| position.locked)]),
        ),
    ];
    let wrong = sums
        .iter()
        .find(|(_, told, parts)| u128::from(told.0) != *parts)
        .map(|(what, told, _)| format!("{} {what}, which its parts don't make", etm(*told)))
        .or_else(|| {
            (told.total.0 > most).then(|| {
                let most = etm(Amount(most));
                format!("it has {}, and there are {most} in all", etm(told.total))
            })
        })
        .or_else(|| {
            let there = told.locked.0.saturating_add(told.locking.0);
            (told.unlocking.0 > there).then(|| {
                format!(
                    "more is being unlocked than the {} that are locked or being locked",
                    etm(Amount(there))
                )
            })
        })
        .or_else(|| position(told));
    refused(&told.address, wrong)
}

/// An account registers and resigns once a round at most, and a miner that resigned serves for two more.
const MINERS: u64 = 4;

/// Refuses a deposit that is not made of those of miners: of its own, of one that registers, and of those that resigned and may serve yet.
///
/// # Errors
/// As [`account`].
pub fn deposit(told: &Account, one: Amount) -> Result<()> {
    let wrong = match told.deposit.0.checked_rem(one.0) {
        Some(0) => told.deposit.0 / one.0 > MINERS,
        Some(_) => true,
        None => told.deposit.0 > 0,
    };
    let wrong = wrong.then(|| {
        format!(
            "{} are its deposits, and one of a miner is {}",
            etm(told.deposit),
            etm(one)
        )
    });
    refused(&told.address, wrong)
}

/// Refuses an end of the running round that is not where the height puts it, in rounds of `length` blocks, or that those blocks don't make.
///
/// # Errors
/// As [`account`].
pub fn round_end(told: &Account, length: u32) -> Result<()> {
    let length = u64::from(length).max(1);
    let end = &told.round_end;
    let round = told.height.saturating_add(1) / length;
    let last = round.saturating_add(1).saturating_mul(length) - 1;
    let places = [
        (
            "the round at whose end requests take effect",
            told.effective_round,
            round,
        ),
        ("the running round", end.round, round),
        ("its last block", end.height, last),
        (
            "blocks to come",
            end.blocks_to_come.into(),
            last.saturating_sub(told.height),
        ),
    ];
    let wrong = places.iter().find(|(_, told, right)| told != right);
    let wrong = wrong.map(|(what, found, right)| {
        let height = told.height;
        format!("at block {height} {what} is said to be {found}, which makes it {right}")
    });
    refused(&told.address, wrong.or_else(|| halvings(told, length)))
}

/// What is wrong if t is said to be halved more often than the blocks of the round can do it.
fn halvings(told: &Account, length: u64) -> Option<String> {
    let end = &told.round_end;
    let to_come = end.blocks_to_come;
    let so_far = length.saturating_sub(to_come.into());
    let (due, expected, most) = (end.halvings_due, end.halvings_expected, end.halvings_most);
    let position = told.position.as_ref();
    if position.is_none_or(|position| position.miner.is_none()) {
        return (most > 0 || due > 0 || expected > 0)
            .then(|| format!("t is halved {most} times at the end of the round, and no miner is voted for that could do it"));
    }
    let right = due <= expected
        && expected <= most
        && u64::from(due) <= so_far
        && most.saturating_sub(due) <= to_come;
    (!right).then(|| {
        format!(
            "t is halved {due} times, {expected} as expected and {most} at most, and the round has {so_far} blocks so far and {to_come} to come"
        )
    })
}

/// The same of what its positions earned.
///
/// # Errors
/// As [`account`].
pub fn rewards(told: &BonusPage) -> Result<()> {
    let wrong = told.rounds.iter().find_map(|row| {
        follow(row.locked, row.time_gain, row.votes)
            .or_else(|| share(row))
            .map(|what| format!("{what} in round {}", row.round))
    });
    refused(&told.address, wrong)
}

/// What is wrong if what was earned is not the share of the pool (mechanism.md section 8, step 3).
fn share(row: &BonusRow) -> Option<String> {
    // Where the miner had no seat nothing is earned.
    let all = row.miner_votes.unwrap_or(Integer(0));
    let delta = TimeGain::new(row.time_gain)
        .map(|t| delta(Units(row.pool.0), Votes(all.0), t).saturating_to::<u128>());
    let gain = delta.and_then(|delta| delta.checked_mul(weight::w(Units(row.locked.0)).into()));
    // Fractions of a unit add up.
    let right = row.earned <= row.pool
        && gain.is_some_and(|gain| (gain >> 64).abs_diff(row.earned.0.into()) <= 1);
    (!right).then(|| {
        format!(
            "{} of {} votes don't earn {} of {}",
            votes(row.votes),
            votes(all),
            etm(row.earned),
            etm(row.pool)
        )
    })
}

fn position(told: &Account) -> Option<String> {
    let now = told.position.iter().flat_map(|now| {
        let coming = now.forecast.iter().flat_map(|point| {
            [
                (now.locked, point.time_gain_best, point.votes_best),
                (now.locked, point.time_gain_expected, point.votes_expected),
            ]
        });
        [(now.locked, now.time_gain, now.votes)]
            .into_iter()
            .chain(coming)
    });
    let projected = [&told.projected, &told.projected_best, &told.projected_worst];
    let then = projected
        .into_iter()
        .flatten()
        .map(|then| (then.locked, then.time_gain, then.votes));
    now.chain(then)
        .find_map(|(locked, t, votes)| follow(locked, t, votes))
        .or_else(|| {
            let now = told.position.as_ref()?;
            let share = share_ppb(now.votes.0, now.miner_votes.0);
            let right = match now.miner {
                Some(_) => now.share_ppb == share && now.votes <= now.miner_votes,
                None => now.share_ppb == 0,
            };
            (!right).then(|| {
                format!(
                    "{} votes are not the share told of {}",
                    votes(now.votes),
                    votes(now.miner_votes)
                )
            })
        })
}

/// What is wrong if so many votes don't follow from what is locked and its time gain.
fn follow(locked: Amount, t: u8, told: Integer) -> Option<String> {
    let right = TimeGain::new(t).map(|t| weight::votes(Units(locked.0), t).0);
    (right != Some(told.0)).then(|| {
        format!(
            "{} at t = {t} don't make {} votes",
            etm(locked),
            votes(told)
        )
    })
}

fn refused(address: &str, wrong: Option<String>) -> Result<()> {
    match wrong {
        None => Ok(()),
        Some(what) => Err(Failure::new(
            Exit::Unreachable,
            "not_a_node",
            format!("what the node tells of {address} can't be: {what}"),
        )
        .hint("--node names another node")),
    }
}

#[cfg(test)]
mod tests;
