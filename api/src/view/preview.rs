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

/// What whoever signs should know, in the order of the requests.
pub(crate) fn warnings(
    table: &Table,
    actions: &[Action],
    before: Option<Position>,
    after: Option<Position>,
    view: &AccountView,
) -> Vec<PreviewWarning> {
    let mut warnings = Vec::new();
    if !view.requests.is_empty() {
        warnings.push(PreviewWarning::PendingRequests);
    }
    let mut position = before;
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
            if row.miner.state == MinerState::Resigning {
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
/// see them, all else equal. `resigns` is the account's miner if the request is its resignation.
pub(crate) fn effects(
    committee: u32,
    table: &Table,
    before: Option<Position>,
    after: Option<Position>,
    resigns: Option<MinerId>,
) -> Vec<PreviewMiner> {
    if before == after && resigns.is_none() {
        return Vec::new();
    }
    let outlook = &table.outlook;
    let voted = [before, after].into_iter().flatten();
    let voted = voted.filter_map(|position| position.miner);
    let ids: BTreeSet<MinerId> = voted.chain(resigns).collect();
    let with_it = |id: MinerId, standing: &Standing| match resigns == Some(id) {
        true => standing.resigned(),
        false => standing.with_change(id, before, after),
    };
    let old = chances_of(outlook, committee, |_, standing| *standing);
    let new = chances_of(outlook, committee, with_it);
    ids.into_iter()
        .filter_map(|id| Some((id, table.get(id)?, outlook.standing(id)?)))
        .map(|(id, row, standing)| {
            let changed = with_it(id, standing);
            PreviewMiner {
                miner: row.miner_ref(),
                votes_before: Integer::from(standing.votes),
                votes_after: Integer::from(changed.votes),
                weight_before: Integer::from(standing.weight(outlook.average)),
                weight_after: Integer::from(changed.weight(outlook.average)),
                inclusion_before_ppb: old.get(&id).copied().unwrap_or(0),
                inclusion_after_ppb: new.get(&id).copied().unwrap_or(0),
            }
        })
        .collect()
}
