//! Positions and their cohorts; spending from a balance (`docs/spec/mechanism.md` sections 3, 8 and 9).

use crate::{
    Account, Cohort, CohortId, CohortNode, Cohorts, Error, Globals, MinerId, Position,
    PositionRecord, Store, TimeGain, Units, Votes, weight,
};
use alloc::vec::Vec;

/// More merged cohorts than this in a row would take more than 2^64 cohorts (union by rank).
const CHAIN_MAX: usize = 64;

/// Where a position stands now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The miner it votes for.
    pub miner: Option<MinerId>,
    /// Its cohort, live.
    pub cohort: CohortId,
    /// Sum of the shifts of the merged cohorts on the way.
    shift: u128,
}

/// Follows the merged cohorts from where a position joined to the live one.
pub(crate) fn place<S: Store>(
    store: &S,
    position: &PositionRecord,
) -> Result<Place, Error<S::Error>> {
    let (mut cohort, mut shift) = (position.cohort, 0u128);
    for _ in 0..=CHAIN_MAX {
        match store.cohort_node(cohort)? {
            Some(CohortNode::Live(miner)) => {
                return Ok(Place {
                    miner,
                    cohort,
                    shift,
                });
            }
            Some(CohortNode::Merged {
                into, shift: step, ..
            }) => {
                cohort = into;
                shift = shift.wrapping_add(step);
            }
            None => return Err(Error::Damaged("a position's cohort is not there")),
        }
    }
    Err(Error::Damaged("merged cohorts form a circle"))
}

/// The live cohort at a place.
pub(crate) fn cohort_at<S: Store>(store: &S, place: &Place) -> Result<Cohort, Error<S::Error>> {
    store
        .cohort(place.miner, place.cohort)?
        .ok_or(Error::Damaged("a live cohort is not there"))
}

pub(crate) const fn stands(position: &PositionRecord, place: &Place, cohort: &Cohort) -> Position {
    Position {
        locked: position.locked,
        t: cohort.t,
        miner: place.miner,
    }
}

/// What a position has gained and not spent, in units of 2^-64.
pub(crate) fn gains(position: &PositionRecord, place: &Place, cohort: &Cohort) -> u128 {
    let gain = cohort.gain.wrapping_sub(place.shift);
    position
        .base
        .wrapping_add(gain.wrapping_mul(position.weight.into()))
}

/// What a position has earned and not spent.
pub(crate) fn earned<S: Store>(
    store: &S,
    position: &PositionRecord,
) -> Result<Units, Error<S::Error>> {
    let place = place(store, position)?;
    let cohort = cohort_at(store, &place)?;
    Ok(whole(gains(position, &place, &cohort)))
}

pub(crate) fn whole(gains: u128) -> Units {
    Units((gains >> 64) as u64)
}

/// Takes a position out of its cohort, which is at `place`, and out of the store. Answers its gains; the caller lets it
/// join another cohort or pays what it earned.
pub(crate) fn leave<S: Store>(
    store: &mut S,
    account: &S::Account,
    position: &PositionRecord,
    place: &Place,
) -> Result<u128, Error<S::Error>> {
    let damaged = Error::Damaged("a cohort's counts don't match its positions");
    let mut cohorts = store.cohorts(place.miner)?;
    let Some(cohort) = cohorts.find_mut(place.cohort) else {
        return Err(Error::Damaged("a live cohort is not there"));
    };
    let gains = gains(position, place, cohort);
    let (Some(rest), true) = (
        cohort.weight.checked_sub(position.weight),
        cohort.references > 0,
    ) else {
        return Err(damaged);
    };
    cohort.weight = rest;
    // Free what nothing refers to any more, from the cohort joined towards the live one.
    if release_links(store, position.cohort)? {
        cohort.references -= 1;
        if cohort.references == 0 {
            if cohort.weight != 0 {
                return Err(damaged);
            }
            cohorts.remove(place.cohort);
            store.put_cohort_node(place.cohort, None)?;
        }
    }
    store.put_cohorts(place.miner, cohorts)?;
    store.put_position(account, None)?;
    Ok(gains)
}

/// Drops one reference to `id` and every merged cohort that is left without any. Answers whether the live cohort at
/// the end loses a reference.
fn release_links<S: Store>(store: &mut S, mut id: CohortId) -> Result<bool, Error<S::Error>> {
    while let Some(CohortNode::Merged {
        into,
        shift,
        references,
    }) = store.cohort_node(id)?
    {
        let Some(references) = references.checked_sub(1) else {
            return Err(Error::Damaged("a merged cohort has no references"));
        };
        if references > 0 {
            let node = CohortNode::Merged {
                into,
                shift,
                references,
            };
            store.put_cohort_node(id, Some(node))?;
            return Ok(false);
        }
        store.put_cohort_node(id, None)?;
        id = into;
    }
    Ok(true)
}

/// The cohort a position joined.
pub(crate) struct Joined {
    pub id: CohortId,
    /// Its gain so far.
    pub gain: u128,
    /// Whether it is new: its record is to be written.
    pub new: bool,
}

/// Counts a position of time gain `t` in among the cohorts of its miner.
pub(crate) fn enter<E>(
    cohorts: &mut Cohorts,
    globals: &mut Globals,
    t: TimeGain,
    weight: u64,
) -> Result<Joined, Error<E>> {
    if let Some(cohort) = cohorts.at(t) {
        cohort.references = cohort.references.wrapping_add(1);
        // At most the sum of all amounts, which `Globals` keeps below 2^64.
        cohort.weight = cohort
            .weight
            .checked_add(weight)
            .ok_or(Error::Damaged("a cohort weighs more than all tokens"))?;
        return Ok(Joined {
            id: cohort.id,
            gain: cohort.gain,
            new: false,
        });
    }
    let id = CohortId(globals.next_cohort);
    globals.next_cohort = globals
        .next_cohort
        .checked_add(1)
        .ok_or(Error::Damaged("the ids of cohorts are used up"))?;
    cohorts.insert(Cohort {
        id,
        t,
        rank: 0,
        references: 1,
        weight,
        gain: 0,
    });
    Ok(Joined {
        id,
        gain: 0,
        new: true,
    })
}

/// Lets a position, which has gained so much, join the cohort of its miner and time gain.
pub(crate) fn join<S: Store>(
    store: &mut S,
    globals: &mut Globals,
    account: &S::Account,
    position: Position,
    gains: u128,
) -> Result<(), Error<S::Error>> {
    let weight = weight::w(position.locked);
    let mut cohorts = store.cohorts(position.miner)?;
    let Joined { id, gain, new } = enter(&mut cohorts, globals, position.t, weight)?;
    if new {
        store.put_cohort_node(id, Some(CohortNode::Live(position.miner)))?;
    }
    store.put_cohorts(position.miner, cohorts)?;
    let position = PositionRecord {
        locked: position.locked,
        weight,
        cohort: id,
        base: gains.wrapping_sub(gain.wrapping_mul(weight.into())),
    };
    store.put_position(account, Some(position))?;
    Ok(())
}

/// Moves all positions that vote for `miner` to no miner, with their time gains (a resignation).
pub(crate) fn abandon<S: Store>(store: &mut S, miner: MinerId) -> Result<(), Error<S::Error>> {
    let leaving = store.cohorts(Some(miner))?;
    if leaving.is_empty() {
        return Ok(());
    }
    let mut rest = store.cohorts(None)?;
    for cohort in leaving.as_slice() {
        store.put_cohort_node(cohort.id, Some(CohortNode::Live(None)))?;
        if let Some((id, node)) = rest.take_in(*cohort) {
            store.put_cohort_node(id, Some(node))?;
        }
    }
    store.put_cohorts(Some(miner), Default::default())?;
    store.put_cohorts(None, rest)?;
    Ok(())
}

/// Gives the cohorts of a miner new gains and time gains and answers its votes.
pub(crate) fn advance<S: Store>(
    store: &mut S,
    miner: Option<MinerId>,
    merged: &mut Vec<(CohortId, CohortNode)>,
    delta: impl Fn(TimeGain) -> u128,
    step: impl Fn(TimeGain) -> TimeGain,
) -> Result<Votes, Error<S::Error>> {
    let mut cohorts = store.cohorts(miner)?;
    if cohorts.is_empty() {
        return Ok(Votes::ZERO);
    }
    for cohort in cohorts.iter_mut() {
        cohort.gain = cohort.gain.wrapping_add(delta(cohort.t));
    }
    cohorts.step(step, merged);
    for (id, node) in merged.drain(..) {
        store.put_cohort_node(id, Some(node))?;
    }
    let votes = cohorts.votes();
    store.put_cohorts(miner, cohorts)?;
    Ok(votes)
}

/// What came of spending.
pub(crate) enum Spent {
    /// It is taken, this much of it from earned bonus.
    Taken(Units),
    /// The balance is only this; nothing happened.
    Short(Units),
}

/// Takes `amount` from an account's balance: from `free` first, then from earned bonus (section 3).
pub(crate) fn spend<S: Store>(
    store: &mut S,
    globals: &mut Globals,
    id: &S::Account,
    amount: Units,
) -> Result<Spent, Error<S::Error>> {
    let Some(account) = store.account(id)? else {
        return Ok(Spent::Short(Units::ZERO));
    };
    let Some(rest) = amount.checked_sub(account.free) else {
        let free = Units(account.free.0 - amount.0);
        store.put_account(id, Account { free, ..account })?;
        return Ok(Spent::Taken(Units::ZERO));
    };
    if rest > Units::ZERO {
        let Some(mut position) = store.position(id)? else {
            return Ok(Spent::Short(account.free));
        };
        let earned = earned(store, &position)?;
        if earned < rest {
            return Ok(Spent::Short(Units(account.free.0.saturating_add(earned.0))));
        }
        position.base = position.base.wrapping_sub(u128::from(rest.0) << 64);
        store.put_position(id, Some(position))?;
        globals.bonus_drawn = add(globals.bonus_drawn, rest, "bonus drawn")?;
    }
    let free = Units::ZERO;
    store.put_account(id, Account { free, ..account })?;
    Ok(Spent::Taken(rest))
}

/// Adds `amount` to an account's `free`, creating the account if need be.
pub(crate) fn credit<S: Store>(
    store: &mut S,
    id: &S::Account,
    amount: Units,
) -> Result<(), Error<S::Error>> {
    let account = store.account(id)?.unwrap_or_default();
    let free = add(account.free, amount, "a free balance")?;
    store.put_account(id, Account { free, ..account })?;
    Ok(())
}

/// A sum of amounts. All amounts together stay below 2^64, see [`Globals::within_range`].
pub(crate) fn add<E>(left: Units, right: Units, what: &'static str) -> Result<Units, Error<E>> {
    left.checked_add(right).ok_or(Error::Overflow(what))
}

/// A difference of amounts that the state says is there.
pub(crate) fn sub<E>(left: Units, right: Units, what: &'static str) -> Result<Units, Error<E>> {
    left.checked_sub(right).ok_or(Error::Damaged(what))
}
