//! The end of a round (`docs/spec/mechanism.md` section 8). The steps have the numbers they have there.

mod distribution;
mod roll;

use crate::{
    Account, Action, CohortId, CohortNode, DrawReceipt, Error, Globals, Hash, Height, Inapplicable,
    Mechanism, Miner, MinerId, NameHolder, Pending, Position, Queued, Round, Split, Standing,
    Store, TallyEntry, Units, Votes, beacon as orders,
    draw::{self, Draw},
    holding, performance, schedule,
};
use alloc::{collections::BTreeSet, vec, vec::Vec};
use distribution::Pool;
use roll::Roll;

/// What the end of a round did, for receipts and statistics.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoundReport<A> {
    /// The round that ended.
    pub round: Round,
    /// Its first height (1 in round 0).
    pub first_height: Height,
    pub last_height: Height,
    /// Step 1: the fees that were shared out, the remainder included.
    pub fees: Units,
    /// What each block earned its producer.
    pub fee_share: Units,
    /// What joins the fees of the next round.
    pub fees_pending: Units,
    /// Step 2: `B`, the bonus of the round with what was carried over.
    pub bonus: Units,
    /// The lucky member.
    pub lucky: MinerId,
    /// `carry'`: what is carried over to the next round.
    pub carry: Units,
    /// The members of the committee in its order.
    pub members: Vec<MemberReport<A>>,
    /// Step 6: day boundaries crossed.
    pub days: u64,
    /// Step 7: the requests in order.
    pub requests: Vec<Applied<A>>,
    /// Step 8: `v_avg` times 2^32.
    pub average: u64,
    /// Step 9: the draw of the committee of the round after the next.
    pub draw: DrawReceipt,
    /// Step 10: deposits returned.
    pub deposits: Vec<DepositReturn<A>>,
}

/// What the end of a round meant for a member of its committee.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberReport<A> {
    pub miner: MinerId,
    /// Its account.
    pub owner: A,
    /// `b`: blocks it produced in the round; its voters' time gain was halved as many times (step 5).
    pub produced: u64,
    /// Slots it missed in the round.
    pub missed: u64,
    /// Fees it received.
    pub fees: Units,
    /// `S` during the round.
    pub votes: Votes,
    /// `p`: its pool, shared among its voters, or carried over if it has none.
    pub pool: Units,
    /// Its votes and counters after the round, requests included; `v` and `R` follow from them and `average`.
    pub standing: Standing,
}

/// A request of the round and whether it was applicable in the end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applied<A> {
    /// The block of the round (0, 1 ...) that accepted it.
    pub block: u32,
    /// Who asked.
    pub account: A,
    pub action: Action,
    /// False for a vote or a withdrawal that a resignation earlier in the round made void.
    pub effective: bool,
    /// The id of a miner that registered.
    pub miner: Option<MinerId>,
    /// Earned bonus that joined `free` because the position ended.
    pub settled: Units,
}

/// A deposit that went back to its owner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DepositReturn<A> {
    /// The miner, whose record ended.
    pub miner: MinerId,
    /// Its account.
    pub owner: A,
    pub amount: Units,
}

impl<S: Store> Mechanism<S> {
    /// Ends the round (section 8), all of whose blocks are there. `beacon` is that of its last block; only miners that
    /// are `ready` can be drawn (section 6).
    pub fn end_round(
        &mut self,
        beacon: &Hash,
        ready: impl Fn(MinerId) -> bool,
    ) -> Result<RoundReport<S::Account>, Error<S::Error>> {
        let mut globals = self.store.globals()?;
        let round = globals.round;
        let (first_height, last_height) = self.heights(&globals)?;
        let committee = self.committee(round)?;
        let next = self.committee(round.next())?;
        let mut roll = Roll::load(&self.store)?;
        let mut members = self.members(&committee, &roll)?;

        let fees = globals.fees_pending;
        let blocks = last_height.next().since(first_height);
        let fee_share = self.share_fees(&mut globals, blocks, &mut members)?; // 1
        let (bonus, lucky) = self.make_pools(&mut globals, first_height, beacon, &mut members)?; // 2
        let days = self.days(&globals)?;
        self.advance_cohorts(days, &mut roll, &mut members)?; // 3, 4, 5, 6
        let requests = self.apply_requests(&mut globals, &mut roll, blocks)?; // 7

        for member in &mut members {
            let standing = roll.get(member.miner);
            member.standing = *standing.ok_or(Error::Damaged("a member has no standing"))?;
        }
        let standings = members.iter().map(|member| &member.standing);
        globals.average = performance::average(globals.average, standings); // 8
        let average = globals.average;
        let drawn_for = round.checked_add(2).ok_or(Error::Overflow("rounds"))?;
        let draw = Draw {
            params: &self.params,
            round: drawn_for,
            beacon,
            average,
        };
        let candidates = draw::candidates(roll.iter(), average, ready);
        let draw = draw.hold(candidates, next.clone()); // 9
        let draw = draw.ok_or(Error::Overflow("election weights"))?;
        let deposits = self.return_deposits(&mut globals, &mut roll, &next, &draw.members)?; // 10

        roll.save(&mut self.store)?;
        self.store.put_committee(round, None)?;
        self.store
            .put_committee(drawn_for, Some(draw.members.clone()))?;
        let tally = vec![TallyEntry::default(); next.len()];
        self.store.put_tally(crate::Tally(tally))?;
        globals.round = round.next();
        globals.day = globals.day.saturating_add(days);
        globals.beacon = *beacon;
        self.store.put_globals(globals)?;
        Ok(RoundReport {
            round,
            first_height,
            last_height,
            fees,
            fee_share,
            fees_pending: globals.fees_pending,
            bonus,
            lucky,
            carry: globals.carry,
            members,
            days,
            requests,
            average,
            draw,
            deposits,
        })
    }

    /// The first and last height of the running round, which must be reached.
    fn heights(&self, globals: &Globals) -> Result<(Height, Height), Error<S::Error>> {
        let round = globals.round;
        let heights = (
            self.params.first_height(round),
            self.params.last_height(round),
        );
        let (Some(first), Some(last)) = heights else {
            return Err(Error::Overflow("heights"));
        };
        if globals.height != last {
            return Err(Error::RoundIncomplete {
                round,
                last,
                height: globals.height,
            });
        }
        Ok((first, last))
    }

    fn committee(&self, round: Round) -> Result<Vec<MinerId>, Error<S::Error>> {
        let committee = self.store.committee(round)?;
        committee
            .filter(|members| !members.is_empty())
            .ok_or(Error::Damaged("a round has no committee"))
    }

    fn members(
        &self,
        committee: &[MinerId],
        roll: &Roll,
    ) -> Result<Vec<MemberReport<S::Account>>, Error<S::Error>> {
        let tally = self.store.tally()?;
        if tally.0.len() != committee.len() {
            return Err(Error::Damaged("the tally is not that of the committee"));
        }
        let members = committee.iter().zip(&tally.0);
        members
            .map(|(miner, entry)| {
                let standing = roll.get(*miner);
                let standing = *standing.ok_or(Error::Damaged("a member has no standing"))?;
                Ok(MemberReport {
                    miner: *miner,
                    owner: self.owner(*miner)?,
                    produced: entry.produced,
                    missed: entry.missed,
                    fees: Units::ZERO,
                    votes: standing.votes,
                    pool: Units::ZERO,
                    standing,
                })
            })
            .collect()
    }

    /// Step 1. Answers what each block earned.
    fn share_fees(
        &mut self,
        globals: &mut Globals,
        blocks: u64,
        members: &mut [MemberReport<S::Account>],
    ) -> Result<Units, Error<S::Error>> {
        let share = Units(globals.fees_pending.0 / blocks);
        if share == Units::ZERO {
            return Ok(share);
        }
        for member in members.iter_mut().filter(|member| member.produced > 0) {
            // At most the fees: the blocks of all members are those of the round.
            let fees = share.0.checked_mul(member.produced).map(Units);
            let fees = fees.ok_or(Error::Damaged("more blocks than the round has"))?;
            globals.fees_pending = holding::sub(globals.fees_pending, fees, "fees pending")?;
            member.fees = fees;
            holding::credit(&mut self.store, &member.owner, fees)?;
        }
        Ok(share)
    }

    /// Step 2. Answers `B` and the lucky member.
    fn make_pools(
        &mut self,
        globals: &mut Globals,
        first_height: Height,
        beacon: &Hash,
        members: &mut [MemberReport<S::Account>],
    ) -> Result<(Units, MinerId), Error<S::Error>> {
        let issued = schedule::bonus_between(first_height.saturating_sub(1), globals.height);
        let bonus = holding::add(globals.carry, issued, "bonus")?;
        let split = Split::new(bonus, members.len());
        let lucky = orders::lucky(globals.round, beacon, members.len());
        for (place, member) in members.iter_mut().enumerate() {
            member.pool = split.pool(place == lucky);
        }
        globals.carry = split.carry(lucky, members.iter().map(|member| member.votes));
        let lucky = members.get(lucky).map(|member| member.miner);
        Ok((
            bonus,
            lucky.ok_or(Error::Damaged("a round has no committee"))?,
        ))
    }

    /// Day boundaries between the last block of the previous round and that of this one.
    fn days(&self, globals: &Globals) -> Result<u64, Error<S::Error>> {
        let day = self
            .params
            .day_of(globals.timestamp, globals.genesis_timestamp);
        (day.0.checked_sub(globals.day.0))
            .ok_or(Error::Damaged("the day of a round lies before the last"))
    }

    /// Steps 3 to 6: per miner, since what happens to one miner's cohorts doesn't depend on another's.
    fn advance_cohorts(
        &mut self,
        days: u64,
        roll: &mut Roll,
        members: &mut [MemberReport<S::Account>],
    ) -> Result<(), Error<S::Error>> {
        let mut merged: Vec<(CohortId, CohortNode)> = Vec::new();
        for member in members.iter() {
            let standing = roll.get_mut(member.miner);
            let standing = standing.ok_or(Error::Damaged("a member has no standing"))?;
            *standing = standing.counted(member.produced, member.missed); // 4
            let blocks = member.produced;
            if standing.votes == Votes::ZERO || (member.pool == Units::ZERO && blocks + days == 0) {
                continue;
            }
            let pool = Pool::new(member.pool, member.votes);
            standing.votes = holding::advance(
                &mut self.store,
                Some(member.miner),
                &mut merged,
                |t| pool.delta(t),               // 3
                |t| t.after_round(blocks, days), // 5, 6
            )?;
        }
        if days == 0 {
            return Ok(());
        }
        let mut served: Vec<MinerId> = members.iter().map(|member| member.miner).collect();
        served.sort_unstable();
        for (miner, standing) in roll.iter_mut() {
            if standing.votes > Votes::ZERO && served.binary_search(miner).is_err() {
                standing.votes = holding::advance(
                    &mut self.store,
                    Some(*miner),
                    &mut merged,
                    |_| 0,
                    |t| t.after_days(days),
                )?;
            }
        }
        holding::advance(
            &mut self.store,
            None,
            &mut merged,
            |_| 0,
            |t| t.after_days(days),
        )?;
        Ok(())
    }

    /// Step 7.
    fn apply_requests(
        &mut self,
        globals: &mut Globals,
        roll: &mut Roll,
        blocks: u64,
    ) -> Result<Vec<Applied<S::Account>>, Error<S::Error>> {
        let mut applied = Vec::new();
        let mut changed = BTreeSet::new();
        // `blocks` is a parameter of 32 bits.
        for block in 0..blocks as u32 {
            let requests = self.store.requests(block)?;
            if requests.is_empty() {
                continue;
            }
            self.store.clear_requests(block)?;
            for Queued { account, action } in requests {
                let mut outcome = Applied {
                    block,
                    account,
                    action,
                    effective: true,
                    miner: None,
                    settled: Units::ZERO,
                };
                self.apply(globals, roll, &mut changed, &mut outcome)?;
                self.store.put_pending(&outcome.account, None::<Pending>)?;
                applied.push(outcome);
            }
        }
        for miner in changed {
            let votes = self.store.cohorts(Some(miner))?.votes();
            if let Some(standing) = roll.get_mut(miner) {
                standing.votes = votes;
            }
        }
        Ok(applied)
    }

    fn apply(
        &mut self,
        globals: &mut Globals,
        roll: &mut Roll,
        changed: &mut BTreeSet<MinerId>,
        outcome: &mut Applied<S::Account>,
    ) -> Result<(), Error<S::Error>> {
        let store = &mut self.store;
        let account = &outcome.account;
        match outcome.action {
            Action::Register(name, deposit) => {
                let id = MinerId(globals.next_miner);
                let next = globals.next_miner.checked_add(1);
                globals.next_miner = next.ok_or(Error::Overflow("miner ids"))?;
                outcome.miner = Some(id);
                let free = store.account(account)?.unwrap_or_default().free;
                let miner = Some(id);
                store.put_account(account, Account { free, miner })?;
                store.put_name(&name, Some(NameHolder::Miner(id)))?;
                let owner = account.clone();
                let record = Miner {
                    owner,
                    name,
                    deposit,
                };
                store.put_miner(id, Some(record))?;
                roll.register(id);
            }
            Action::Resign => {
                let record = store.account(account)?.unwrap_or_default();
                let damaged = Error::Damaged("a miner that resigns is not there");
                let Some(id) = record.miner else {
                    return Err(damaged);
                };
                let free = record.free;
                store.put_account(account, Account { free, miner: None })?;
                let (Some(miner), Some(standing)) = (store.miner(id)?, roll.get_mut(id)) else {
                    return Err(damaged);
                };
                *standing = standing.resigned();
                store.put_name(&miner.name, None)?;
                holding::abandon(store, id)?;
                roll.resign(id);
            }
            Action::Lock(_) | Action::Unlock(_) | Action::Vote(_) | Action::Withdraw => {
                Self::change(store, globals, roll, changed, outcome)?;
            }
        }
        Ok(())
    }

    /// A request that is about a position.
    fn change(
        store: &mut S,
        globals: &mut Globals,
        roll: &Roll,
        changed: &mut BTreeSet<MinerId>,
        outcome: &mut Applied<S::Account>,
    ) -> Result<(), Error<S::Error>> {
        let account = &outcome.account;
        let action = &outcome.action;
        let held = match store.position(account)? {
            None => None,
            Some(record) => {
                let place = holding::place(store, &record)?;
                let cohort = holding::cohort_at(store, &place)?;
                Some((holding::stands(&record, &place, &cohort), record, place))
            }
        };
        let before = held.map(|(position, ..)| position);
        let registered = |miner| roll.get(miner).is_some_and(|standing| standing.registered);
        let after = match Position::after(before, action, registered) {
            Ok(after) => after,
            Err(Inapplicable::Void) => {
                outcome.effective = false;
                return Ok(());
            }
            Err(Inapplicable::Impossible) => {
                return Err(Error::Damaged("a request that was accepted is impossible"));
            }
        };
        if after == before {
            return Ok(());
        }
        let mut gains = 0;
        if let Some((position, record, place)) = held {
            gains = holding::leave(store, account, &record, &place)?;
            changed.extend(position.miner);
        }
        if let Action::Unlock(amount) = *action {
            globals.locked = holding::sub(globals.locked, amount, "locked amounts")?;
            holding::credit(store, account, amount)?;
        }
        let Some(position) = after else {
            let earned = holding::whole(gains);
            outcome.settled = earned;
            globals.bonus_drawn = holding::add(globals.bonus_drawn, earned, "bonus drawn")?;
            return holding::credit(store, account, earned);
        };
        changed.extend(position.miner);
        holding::join(store, globals, account, position, gains)
    }

    /// Step 10.
    fn return_deposits(
        &mut self,
        globals: &mut Globals,
        roll: &mut Roll,
        next: &[MinerId],
        after: &[MinerId],
    ) -> Result<Vec<DepositReturn<S::Account>>, Error<S::Error>> {
        let mut retiring = self.store.retiring()?;
        retiring.extend(roll.resigned());
        if retiring.is_empty() {
            return Ok(Vec::new());
        }
        retiring.sort_unstable();
        let serving: BTreeSet<&MinerId> = next.iter().chain(after).collect();
        let (stay, go): (Vec<_>, Vec<_>) = retiring
            .into_iter()
            .partition(|miner| serving.contains(miner));
        let mut returns = Vec::with_capacity(go.len());
        for miner in go {
            let record = self.store.miner(miner)?;
            let record = record.ok_or(Error::Damaged("a resigned miner has no record"))?;
            let amount = record.deposit;
            globals.deposits = holding::sub(globals.deposits, amount, "deposits")?;
            holding::credit(&mut self.store, &record.owner, amount)?;
            self.store.put_miner(miner, None)?;
            let owner = record.owner;
            returns.push(DepositReturn {
                miner,
                owner,
                amount,
            });
        }
        roll.remove(returns.iter().map(|deposit| deposit.miner));
        self.store.put_retiring(stay)?;
        Ok(returns)
    }
}
