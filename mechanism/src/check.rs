//! Checks of a whole state, one account at a time (`docs/spec/mechanism.md` section 10).
//!
//! They cost time in proportion to accounts and positions: for tests, simulations and audits, not for every block of a
//! large chain.

use crate::{
    Action, CohortId, CohortNode, Error, Height, Mechanism, MinerId, PositionView, Store, Units,
    Votes, holding, schedule, weight,
};
use alloc::{collections::BTreeMap, vec::Vec};
use core::fmt::Debug;

/// A store whose accounts and cohorts can be enumerated.
pub trait Census: Store {
    /// All accounts, each once, in any order.
    fn account_ids(&self) -> Result<Vec<Self::Account>, Self::Error>;
    /// The ids of all records of cohorts, each once, in any order.
    fn cohort_ids(&self) -> Result<Vec<CohortId>, Self::Error>;
}

/// Where all tokens are and where they came from (invariant 1), in units.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Books {
    /// The sum of all free balances.
    pub free: u128,
    /// Earned bonus of the positions that was not spent.
    pub earned: u128,
    /// Locked amounts, with those accepted to be locked.
    pub locked: u128,
    /// Deposits, with those of accepted registrations.
    pub deposits: u128,
    /// Fees not yet shared.
    pub fees_pending: u128,
    /// Bonus issued and not credited to any position.
    pub escrow: u128,
    pub genesis_supply: u128,
    /// Fees that came from no account.
    pub outside_fees: u128,
    /// Producer rewards issued.
    pub rewards: u128,
    /// Voter bonus issued.
    pub bonuses: u128,
}

/// An invariant that doesn't hold.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault<A: Debug> {
    /// Invariant 1: the two sides differ.
    #[error("{held} units are held, {issued} were issued")]
    Conservation {
        /// The left side of invariant 1.
        held: u128,
        /// Its right side.
        issued: u128,
    },
    /// A total in the globals isn't the sum of what it stands for.
    #[error("the globals say {stated} units are {what}, one by one they are {summed}")]
    Total {
        /// `locked` or `deposits`.
        what: &'static str,
        /// In the globals.
        stated: u128,
        summed: u128,
    },
    /// Invariants 1 and 2: more bonus was credited than was issued, or than is neither carried over nor of this round.
    #[error("bonus of {credited} units is credited, at most {available} can be")]
    Escrow {
        /// All bonus ever credited.
        credited: u128,
        /// Issued, less what is carried over and what belongs to the running round.
        available: u128,
    },
    /// Rewards or bonus issued are not what the schedule says for this height.
    #[error("{what} issued up to height {height}: {stated} units, by the schedule {scheduled}")]
    Schedule {
        /// `rewards` or `bonus`.
        what: &'static str,
        height: Height,
        /// In the globals.
        stated: u64,
        /// By the schedule.
        scheduled: u64,
    },
    /// Invariant 3: a miner's votes aren't the sum over its positions.
    #[error("miner {miner} has {stated} votes, its positions have {summed}")]
    Votes {
        miner: MinerId,
        /// Its `S`.
        stated: Votes,
        summed: Votes,
    },
    /// A position votes for a miner that isn't registered.
    #[error("{account:?} votes for miner {miner}, which is not registered")]
    Stray { account: A, miner: MinerId },
    /// A position's cached weight isn't `w(T)`.
    #[error("the position of {account:?} has weight {stated} instead of {exact}")]
    Weight {
        account: A,
        /// Cached.
        stated: u64,
        /// `w(T)`.
        exact: u64,
    },
    /// A cohort is referred to by more or fewer records than it counts, or nothing leads to it.
    #[error("cohort {cohort:?} counts {stated} references and has {counted}")]
    References {
        cohort: CohortId,
        /// What it counts.
        stated: u64,
        counted: u64,
    },
    /// A cohort's weight isn't the sum over its positions.
    #[error("cohort {cohort:?} has weight {stated}, its positions have {summed}")]
    CohortWeight {
        cohort: CohortId,
        /// What it says.
        stated: u64,
        summed: u64,
    },
}

/// The outcome of a check: what it found, or the invariant that doesn't hold.
pub type Checked<T, S> =
    Result<Result<T, Fault<<S as Store>::Account>>, Error<<S as Store>::Error>>;

/// Leaves the function with a fault.
macro_rules! fault {
    ($fault:expr) => {
        return Ok(Err($fault))
    };
}

/// Invariants 1 and 2: where all tokens are, summed one by one.
pub fn conservation<S: Census>(mechanism: &Mechanism<S>) -> Checked<Books, S>
where
    S::Account: Debug,
{
    let store = mechanism.store();
    let globals = store.globals()?;
    let (mut free, mut earned, mut locked, mut deposits) = (0u128, 0u128, 0u128, 0u128);
    for account in store.account_ids()? {
        free += u128::from(store.account(&account)?.unwrap_or_default().free.0);
        if let Some(position) = store.position(&account)? {
            locked += u128::from(position.locked.0);
            earned += u128::from(holding::earned(store, &position)?.0);
        }
    }
    for (miner, _) in mechanism.standings()? {
        let record = store.miner(miner)?;
        deposits += u128::from(record.map_or(0, |record| record.deposit.0));
    }
    for block in 0..mechanism.params().blocks_per_round {
        for request in store.requests(block)? {
            match request.action {
                Action::Lock(amount) => locked += u128::from(amount.0),
                Action::Register(_, deposit) => deposits += u128::from(deposit.0),
                _ => {}
            }
        }
    }
    let totals = [
        ("locked", globals.locked, locked),
        ("deposited", globals.deposits, deposits),
    ];
    for (what, stated, summed) in totals {
        let stated = u128::from(stated.0);
        if stated != summed {
            fault!(Fault::Total {
                what,
                stated,
                summed
            });
        }
    }
    let wide = |units: Units| u128::from(units.0);
    let credited = wide(globals.bonus_drawn) + earned;
    let first = mechanism.params().first_height(globals.round);
    let before = schedule::bonus_total(first.unwrap_or(Height::MAX).saturating_sub(1));
    let running = wide(globals.bonus_issued).saturating_sub(wide(before));
    let available = wide(globals.bonus_issued)
        .saturating_sub(wide(globals.carry))
        .saturating_sub(running);
    if credited > available {
        fault!(Fault::Escrow {
            credited,
            available
        });
    }
    let books = Books {
        free,
        earned,
        locked,
        deposits,
        fees_pending: wide(globals.fees_pending),
        escrow: wide(globals.bonus_issued) - credited,
        genesis_supply: wide(globals.genesis_supply),
        outside_fees: wide(globals.outside_fees),
        rewards: wide(globals.rewards_issued),
        bonuses: wide(globals.bonus_issued),
    };
    let held = free + earned + locked + deposits + books.fees_pending + books.escrow;
    let issued = books.genesis_supply + books.outside_fees + books.rewards + books.bonuses;
    if held != issued {
        fault!(Fault::Conservation { held, issued });
    }
    Ok(Ok(books))
}

/// Rewards and bonus issued against the schedule of section 7.
pub fn issued<S: Store>(mechanism: &Mechanism<S>) -> Checked<(), S>
where
    S::Account: Debug,
{
    let globals = mechanism.globals()?;
    let height = globals.height;
    let rows = [
        (
            "rewards",
            globals.rewards_issued,
            schedule::reward_total(height),
        ),
        ("bonus", globals.bonus_issued, schedule::bonus_total(height)),
    ];
    for (what, stated, scheduled) in rows {
        if stated != scheduled {
            let (stated, scheduled) = (stated.0, scheduled.0);
            fault!(Fault::Schedule {
                what,
                height,
                stated,
                scheduled
            });
        }
    }
    Ok(Ok(()))
}

/// Invariant 3: the votes of every miner, position by position.
pub fn votes<S: Census>(mechanism: &Mechanism<S>) -> Checked<(), S>
where
    S::Account: Debug,
{
    let store = mechanism.store();
    let mut summed: BTreeMap<MinerId, u128> = BTreeMap::new();
    for account in store.account_ids()? {
        let Some(PositionView { position, .. }) = mechanism.position(&account)? else {
            continue;
        };
        let Some(miner) = position.miner else {
            continue;
        };
        if !mechanism
            .standing(miner)?
            .is_some_and(|standing| standing.registered)
        {
            fault!(Fault::Stray { account, miner });
        }
        *summed.entry(miner).or_default() += weight::votes(position.locked, position.t).0;
    }
    for (miner, standing) in mechanism.standings()? {
        let summed = Votes(summed.get(&miner).copied().unwrap_or_default());
        let stated = standing.votes;
        if stated != summed {
            fault!(Fault::Votes {
                miner,
                stated,
                summed
            });
        }
    }
    Ok(Ok(()))
}

/// The cohorts: weights and counts of references one by one, and that no record is left over.
pub fn cohorts<S: Census>(mechanism: &Mechanism<S>) -> Checked<(), S>
where
    S::Account: Debug,
{
    let store = mechanism.store();
    let mut references: BTreeMap<CohortId, u64> = BTreeMap::new();
    let mut weights: BTreeMap<CohortId, u64> = BTreeMap::new();
    for account in store.account_ids()? {
        let Some(position) = store.position(&account)? else {
            continue;
        };
        let (stated, exact) = (position.weight, weight::w(position.locked));
        if stated != exact {
            fault!(Fault::Weight {
                account,
                stated,
                exact
            });
        }
        *references.entry(position.cohort).or_default() += 1;
        let live = holding::place(store, &position)?.cohort;
        *weights.entry(live).or_default() += exact;
    }
    let ids = store.cohort_ids()?;
    for id in &ids {
        if let Some(CohortNode::Merged { into, .. }) = store.cohort_node(*id)? {
            *references.entry(into).or_default() += 1;
        }
    }
    for cohort in ids {
        let node = store.cohort_node(cohort)?;
        let stated = match node.ok_or(Error::Damaged("a cohort is not there"))? {
            CohortNode::Merged { references, .. } => references,
            CohortNode::Live(miner) => {
                let live = store.cohort(miner, cohort)?;
                let live = live.ok_or(Error::Damaged("a live cohort is not there"))?;
                let stated = live.weight;
                let summed = weights.get(&cohort).copied().unwrap_or_default();
                if stated != summed {
                    fault!(Fault::CohortWeight {
                        cohort,
                        stated,
                        summed
                    });
                }
                live.references
            }
        };
        let counted = references.remove(&cohort).unwrap_or_default();
        if stated != counted || counted == 0 {
            fault!(Fault::References {
                cohort,
                stated,
                counted
            });
        }
    }
    if !references.is_empty() {
        return Err(Error::Damaged("a cohort that is referred to is not there"));
    }
    Ok(Ok(()))
}

/// All checks of this module.
pub fn all<S: Census>(mechanism: &Mechanism<S>) -> Checked<Books, S>
where
    S::Account: Debug,
{
    for check in [issued(mechanism)?, votes(mechanism)?, cohorts(mechanism)?] {
        if let Err(fault) = check {
            fault!(fault);
        }
    }
    conservation(mechanism)
}
