//! What requests change.

use std::collections::BTreeSet;

use etm_execution::read::AccountView;
use etm_mechanism::{Action, Position, Standing};
use etm_types::MinerId;
use etm_types::api::Integer;
use etm_types::api::account::{PreviewMiner, PreviewWarning, TimeGainChange};
use etm_types::api::miner::MinerState;

use super::chances::chances_of;
use super::lookalike::lookalikes;
use super::table::Table;

/// What an accepted request makes of a position that it leaves as it is otherwise.
fn project(position: Option<Position>, action: &Action) -> Option<Position> {
    Position::after(position, action, |_| true).unwrap_or(position)
}

/// How the time gain changes.
pub(crate) fn change(
    before: Option<Position>,
    after: Option<Position>,
    actions: &[Action],
) -> TimeGainChange {
    match (before, after) {
        (None, Some(_)) => TimeGainChange::New,
        (Some(_), None) => TimeGainChange::Removed,
        (Some(old), Some(new)) if old.t != new.t => {
            if actions
                .iter()
                .any(|action| matches!(action, Action::Lock(_)))
                && old.miner == new.miner
            {
                TimeGainChange::Mixed
            } else {
                TimeGainChange::Halved
            }
        }
        _ => TimeGainChange::None,
    }
}

/// An account's position after the end of the running round, and its miner if it has resigned by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standpoint {
    pub(crate) position: Option<Position>,
    pub(crate) resigned: Option<MinerId>,
}

/// What whoever signs should know, in the order of the requests, behind so many transactions that `wait`.
pub(crate) fn warnings(
    table: &Table,
    actions: &[Action],
    before: Standpoint,
    after: Option<Position>,
    view: &AccountView,
    wait: usize,
) -> Vec<PreviewWarning> {
    let mut warnings = Vec::new();
    if !view.requests.is_empty() {
        warnings.push(PreviewWarning::PendingRequests);
    }
    if wait > 0 {
        warnings.push(PreviewWarning::PendingTransactions);
    }
    let mut position = before.position;
    for action in actions {
        let next = project(position, action);
        if let (Some(old), Some(new)) = (position, next) {
            match action {
                Action::Lock(_) if new.t < old.t => {
                    warnings.push(PreviewWarning::TopUpLowersTimeGain)
                }
                Action::Vote(miner) if old.miner == Some(*miner) => {
                    warnings.push(PreviewWarning::SameMiner)
                }
                Action::Vote(_) if old.miner.is_some() => {
                    warnings.push(PreviewWarning::SwitchHalves)
                }
                Action::Withdraw => warnings.push(PreviewWarning::WithdrawHalves),
                _ => {}
            }
        }
        if position.is_some() && next.is_none() {
            warnings.push(PreviewWarning::PositionRemoved);
        }
        if let Action::Vote(miner) = action
            && let Some(row) = table.get(*miner)
        {
            if row.miner.state == MinerState::Resigning || before.resigned == Some(*miner) {
                warnings.push(PreviewWarning::MinerResigning);
            }
            if !row.view.ready {
                warnings.push(PreviewWarning::MinerNotReady);
            }
            if !lookalikes(table, &row.miner.name).is_empty() {
                warnings.push(PreviewWarning::LookalikeMiner);
            }
        }
        position = next;
    }
    if !actions.is_empty() && after.is_some_and(|position| position.miner.is_none()) {
        warnings.push(PreviewWarning::NotVoting);
    }
    warnings
}

/// Votes, weights and chances of the miners whose votes the request changes, as the draw at the end of the running round will
/// see them, all else equal. `now` is what the table has counted.
pub(crate) fn effects(
    committee: u32,
    table: &Table,
    now: Option<Position>,
    before: Standpoint,
    after: Standpoint,
) -> Vec<PreviewMiner> {
    if before == after {
        return Vec::new();
    }
    let outlook = &table.outlook;
    let voted = [before.position, after.position].into_iter().flatten();
    let voted = voted.filter_map(|position| position.miner);
    let resigns = after.resigned.filter(|_| before.resigned.is_none());
    let ids: BTreeSet<MinerId> = voted.chain(resigns).collect();
    let seen = |from: Standpoint, id: MinerId, standing: &Standing| match from.resigned == Some(id)
    {
        true => standing.resigned(),
        false => standing.with_change(id, now, from.position),
    };
    let chances = |from| chances_of(outlook, committee, |id, standing| seen(from, id, standing));
    let (old, new) = (chances(before), chances(after));
    ids.into_iter()
        .filter_map(|id| Some((id, table.get(id)?, outlook.standing(id)?)))
        .map(|(id, row, standing)| {
            let without = seen(before, id, standing);
            (id, row, without, seen(after, id, standing))
        })
        .filter(|(_, _, standing, changed)| standing != changed)
        .map(|(id, row, standing, changed)| PreviewMiner {
            miner: row.miner_ref(),
            votes_before: Integer::from(standing.votes),
            votes_after: Integer::from(changed.votes),
            weight_before: Integer::from(standing.weight(outlook.average)),
            weight_after: Integer::from(changed.weight(outlook.average)),
            inclusion_before_ppb: old.get(&id).copied().unwrap_or(0),
            inclusion_after_ppb: new.get(&id).copied().unwrap_or(0),
        })
        .collect()
}
