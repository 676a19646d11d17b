//! What a request would change, before it is signed.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use etm_execution::outlook::Case;
use etm_execution::read::{self, AccountView, Stopped};
use etm_mechanism::{Action, MinerName, Position, Request, Standing};
use etm_types::amount::format_etm;
use etm_types::api::account::{Preview, PreviewMiner, PreviewWarning, TimeGainChange};
use etm_types::api::error::{ErrorCode, ErrorDetail};
use etm_types::api::miner::MinerState;
use etm_types::api::query::{PreviewQuery, PreviewRequest};
use etm_types::api::{Amount, Integer};
use etm_types::{Address, MinerId, Refusal, Units, Votes, explain};

use super::accounts::account_at_tip;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Path, Query, address};
use crate::lookalike::lookalikes;
use crate::state::Api;
use crate::table::{Table, chances_of};

/// What a request would change, before it is signed. Nothing is sent.
#[utoipa::path(get, path = "/accounts/{address}/preview", tag = "accounts", params(("address" = String, Path), PreviewQuery), responses((status = 200, body = Preview)))]
pub(crate) async fn preview(
    State(api): State<Api>,
    Path(text): Path<String>,
    Query(query): Query<PreviewQuery>,
) -> ApiResult<Preview> {
    let address = address(&text)?;
    let params = *api.params();
    let fee = query.fee.map_or(params.fee, |fee| Units(fee.0));
    let requests = requests(&api, &query, address).await?;
    let actions: Vec<Action> = requests
        .iter()
        .filter_map(|request| request.action(params.mechanism.deposit))
        .collect();
    let tip = account_at_tip!(api, &address, reader => {
        read::dry_run(&reader, &params, &address, fee, &requests).await?
    });
    let run = tip.more;
    let balance = tip.view.balance();
    let refused = run.stopped.map(|(_, stopped)| match stopped {
        Stopped::Fee(balance) => detail(
            ErrorCode::CannotPayFee,
            format!(
                "the balance of {} ETM doesn't cover the fee of {} ETM",
                format_etm(balance),
                format_etm(fee)
            ),
        ),
        Stopped::Rejected(rejection) => ErrorDetail {
            code: Refusal::from(&rejection).code().to_owned(),
            message: explain(&rejection),
        },
    });
    let accepted = refused.is_none();
    let done: &[Action] = if accepted { &actions } else { &[] };
    let before = tip.projected(&[], Case::Expected);
    let after = tip.projected(done, Case::Expected);
    let resigns = tip.view.record.miner;
    let resigns = resigns.filter(|_| done.contains(&Action::Resign));
    let mut warnings = warnings(&tip.table, &actions, before, after, &tip.view);
    if accepted && run.balance < fee && after.is_some() {
        warnings.push(PreviewWarning::NoFeeLeft);
    }
    let table = std::sync::Arc::clone(&tip.table);
    let effects = move |api: &Api| Ok(effects(api, &table, before, after, resigns));
    let miners = api.blocking(effects).await?;
    let show = |position: Option<Position>| {
        position.map(|position| api.shared.history.show_state(&position))
    };
    Ok(Json(Preview {
        address: address.to_string(),
        height: tip.height,
        accepted,
        refused,
        before: show(before),
        after: show(after),
        after_best: show(tip.projected(done, Case::Best)),
        after_worst: show(tip.projected(done, Case::Worst)),
        time_gain_change: change(before, after, &actions),
        fee: Amount(fee.0.saturating_mul(requests.len() as u64)),
        balance_before: Amount(balance.0),
        balance_after: Amount(if accepted { run.balance.0 } else { balance.0 }),
        effective_round: tip.table.outlook.round.0,
        effective_height: tip.table.outlook.last_height.0,
        miners,
        warnings,
    }))
}

fn detail(code: ErrorCode, message: String) -> ErrorDetail {
    ErrorDetail {
        code: code.as_str().to_owned(),
        message,
    }
}

/// The requests that the query describes: a lock may bring a vote with it.
async fn requests(
    api: &Api,
    query: &PreviewQuery,
    own: Address,
) -> Result<Vec<Request<Address>>, ApiError> {
    let wrong = |message: &str| ApiError::new(ErrorCode::InvalidQuery, message);
    let amount = || {
        query
            .amount
            .map(|amount| Units(amount.0))
            .ok_or_else(|| wrong("amount is needed"))
    };
    let miner = match &query.miner {
        Some(text) => Some(api.find_miner(text).await?),
        None => None,
    };
    let kind = query.request;
    if miner.is_some() && !matches!(kind, PreviewRequest::Lock | PreviewRequest::Vote) {
        return Err(wrong("miner goes with lock and vote only"));
    }
    let takes_amount = matches!(
        kind,
        PreviewRequest::Lock | PreviewRequest::Unlock | PreviewRequest::Transfer
    );
    if query.amount.is_some() && !takes_amount {
        return Err(wrong("amount goes with lock, unlock and transfer only"));
    }
    if query.name.is_some() && kind != PreviewRequest::Register {
        return Err(wrong("name goes with register only"));
    }
    Ok(match kind {
        PreviewRequest::Lock => {
            let vote = miner.map(Request::Vote);
            [Request::Lock(amount()?)].into_iter().chain(vote).collect()
        }
        PreviewRequest::Unlock => vec![Request::Unlock(amount()?)],
        PreviewRequest::Vote => vec![Request::Vote(
            miner.ok_or_else(|| wrong("miner is needed"))?,
        )],
        PreviewRequest::Withdraw => vec![Request::Withdraw],
        // To anybody but the sender: what goes there would come back.
        PreviewRequest::Transfer => {
            let mut to = own;
            to.0[0] ^= 1;
            vec![Request::Transfer {
                to,
                amount: amount()?,
            }]
        }
        PreviewRequest::Register => {
            // A name that nobody has, if it isn't said which one is wanted.
            let name = query.name.as_deref().unwrap_or("a.name.nobody.has.$");
            let name = MinerName::new(name)
                .map_err(|error| ApiError::new(ErrorCode::InvalidName, error.to_string()))?;
            vec![Request::Register(name)]
        }
        PreviewRequest::Resign => vec![Request::Resign],
    })
}

/// What an accepted request makes of a position that it leaves as it is otherwise.
fn project(position: Option<Position>, action: &Action) -> Option<Position> {
    Position::after(position, action, |_| true).unwrap_or(position)
}

fn change(before: Option<Position>, after: Option<Position>, actions: &[Action]) -> TimeGainChange {
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

fn warnings(
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
fn effects(
    api: &Api,
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
    let votes = |position: Option<Position>, id: MinerId| {
        position.map_or(0, |position| position.votes_for(id).0)
    };
    let with_it = |id: MinerId, standing: &Standing| {
        if resigns == Some(id) {
            return Standing {
                registered: false,
                votes: Votes::ZERO,
                ..*standing
            };
        }
        let without = standing.votes.0.saturating_sub(votes(before, id));
        standing.with_votes(Votes(without.saturating_add(votes(after, id))))
    };
    let committee = api.params().mechanism.committee;
    let old = chances_of(outlook, committee, |_, standing| *standing);
    let new = chances_of(outlook, committee, with_it);
    ids.into_iter()
        .filter_map(|id| Some((id, outlook.standing(id)?)))
        .map(|(id, standing)| {
            let changed = with_it(id, standing);
            PreviewMiner {
                miner: api.miner_ref(id),
                votes_before: Integer(standing.votes.0),
                votes_after: Integer(changed.votes.0),
                weight_before: Integer(standing.weight(outlook.average).0),
                weight_after: Integer(changed.weight(outlook.average).0),
                inclusion_before_ppb: old.get(&id).copied().unwrap_or(0),
                inclusion_after_ppb: new.get(&id).copied().unwrap_or(0),
            }
        })
        .collect()
}
