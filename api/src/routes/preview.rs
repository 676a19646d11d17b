//! What a request would change, before it is signed.

use axum::Json;
use axum::extract::State;
use etm_execution::read;
use etm_mechanism::{Action, MinerName, Position, Request, Verdict};
use etm_types::api::account::{Preview, PreviewMiner, PreviewWarning, TimeGainChange};
use etm_types::api::error::{ErrorCode, ErrorDetail};
use etm_types::api::query::{PreviewQuery, PreviewRequest};
use etm_types::api::{Amount, Integer};
use etm_types::{Address, MinerId, Refusal, Units, Votes, explain};

use super::accounts::{project, projected};
use crate::error::{ApiError, ApiResult};
use crate::extract::{Path, Query, address};
use crate::lookalike::lookalikes;
use crate::state::{Api, chances, read_state};
use crate::table::{Row, Table};
use etm_types::api::miner::MinerState;

/// What a request would change, before it is signed. Nothing is sent.
#[utoipa::path(get, path = "/accounts/{address}/preview", tag = "accounts", params(("address" = String, Path), PreviewQuery), responses((status = 200, body = Preview)))]
pub(crate) async fn preview(
    State(api): State<Api>,
    Path(text): Path<String>,
    Query(query): Query<PreviewQuery>,
) -> ApiResult<Preview> {
    let address = address(&text)?;
    let table = api.table().await?;
    let params = *api.params();
    let fee = query.fee.map_or(params.fee, |fee| Units(fee.0));
    let (requests, actions) = requests(&api, &query, address).await?;
    let (view, height) = read_state!(api, reader => read::account(&reader, &params, &address))?;

    let before = projected(&view);
    let after = actions.iter().fold(before, project);
    let balance = view.balance();
    let deposit = params.mechanism.deposit;
    let spent = requests.iter().map(|request| request.takes(deposit).0);
    let fees = fee.0.saturating_mul(requests.len() as u64);
    let spent = spent.fold(0, u64::saturating_add);
    let mut refused = None;
    if fees > balance.0 {
        refused = Some(detail(
            ErrorCode::CannotPayFee,
            format!("the balance of {balance} units doesn't cover fees of {fees}"),
        ));
    } else if spent > balance.0 - fees {
        let left = balance.0 - fees;
        refused = Some(detail(
            ErrorCode::InsufficientBalance,
            format!("{spent} units are needed, {left} are there after fees"),
        ));
    }
    // The second of two requests stands on the first: what it asks is judged as far as it doesn't depend on that.
    for (index, request) in requests.iter().enumerate() {
        if refused.is_some() || (index > 0 && before.is_none()) {
            break;
        }
        let (verdict, _) =
            read_state!(api, reader => read::preview(&reader, &params, &address, request.clone()))?
                .0;
        if let Verdict::Rejected(rejection) = verdict {
            refused = Some(ErrorDetail {
                code: Refusal::from(&rejection).code().to_owned(),
                message: explain(&rejection),
            });
        }
    }
    let accepted = refused.is_none();
    let after = if accepted { after } else { before };
    let round = params.round_of(height.saturating_add(1));
    let warnings = warnings(&table, &actions, before, after, !view.requests.is_empty());
    let miners = {
        let api = api.clone();
        let table = std::sync::Arc::clone(&table);
        let now = view.position;
        api.blocking(move |api| Ok(effects(api, &table, now, before, after)))
            .await?
    };
    Ok(Json(Preview {
        address: address.to_string(),
        height,
        accepted,
        refused,
        before: before.map(|position| api.shared.history.show_state(&position)),
        after: after.map(|position| api.shared.history.show_state(&position)),
        time_gain_change: change(before, after, &actions),
        fee: Amount(fees),
        balance_before: Amount(balance.0),
        balance_after: Amount(if accepted {
            balance.0.saturating_sub(fees).saturating_sub(spent)
        } else {
            balance.0
        }),
        effective_round: round,
        effective_height: api.shared.history.last_height(round),
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

/// The requests that the query describes (a lock may bring a vote with it), and what they do to the position.
async fn requests(
    api: &Api,
    query: &PreviewQuery,
    own: Address,
) -> Result<(Vec<Request<Address>>, Vec<Action>), ApiError> {
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
    let both = |request, action| (vec![request], vec![action]);
    Ok(match kind {
        PreviewRequest::Lock => {
            let amount = amount()?;
            let (mut requests, mut actions) = both(Request::Lock(amount), Action::Lock(amount));
            if let Some(miner) = miner {
                requests.push(Request::Vote(miner));
                actions.push(Action::Vote(miner));
            }
            (requests, actions)
        }
        PreviewRequest::Unlock => both(Request::Unlock(amount()?), Action::Unlock(amount()?)),
        PreviewRequest::Vote => {
            let miner = miner.ok_or_else(|| wrong("miner is needed"))?;
            both(Request::Vote(miner), Action::Vote(miner))
        }
        PreviewRequest::Withdraw => both(Request::Withdraw, Action::Withdraw),
        // To whom doesn't matter for the sender.
        PreviewRequest::Transfer => (
            vec![Request::Transfer {
                to: own,
                amount: amount()?,
            }],
            Vec::new(),
        ),
        PreviewRequest::Register => {
            // A name that nobody has: whether the wanted one is free is another question.
            let name = MinerName::new("a.name.nobody.has.$")
                .map_err(|error| ApiError::internal(&error))?;
            (vec![Request::Register(name)], Vec::new())
        }
        PreviewRequest::Resign => (vec![Request::Resign], Vec::new()),
    })
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
    pending: bool,
) -> Vec<PreviewWarning> {
    let mut warnings = Vec::new();
    if pending {
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

/// Votes, weights and chances of the miners whose votes the request changes, all else equal.
fn effects(
    api: &Api,
    table: &Table,
    now: Option<Position>,
    before: Option<Position>,
    after: Option<Position>,
) -> Vec<PreviewMiner> {
    let votes = |position: Option<Position>, miner: MinerId| {
        position.map_or(0, |position| position.votes_for(miner).0)
    };
    let mut ids: Vec<MinerId> = [before, after]
        .into_iter()
        .flatten()
        .filter_map(|position| position.miner)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let average = table.globals.average;
    // Votes of a miner when the account's position is this one instead of what it is now.
    let weights = |row: &Row, position: Option<Position>| {
        let id = row.view.id;
        let sum = row
            .view
            .standing
            .votes
            .0
            .saturating_sub(votes(now, id))
            .saturating_add(votes(position, id));
        (
            sum,
            row.view.standing.with_votes(Votes(sum)).weight(average),
        )
    };
    let chance = |position: Option<Position>| {
        let rows: Vec<&Row> = table.rows.iter().filter(|row| row.view.ready).collect();
        let all: Vec<Votes> = rows.iter().map(|row| weights(row, position).1).collect();
        let seats = all.iter().filter(|weight| weight.0 > 0).count();
        let seats = seats.min(api.params().mechanism.committee as usize);
        rows.iter()
            .map(|row| row.view.id)
            .zip(chances(&all, seats))
            .collect::<Vec<_>>()
    };
    let (old, new) = (chance(before), chance(after));
    let of = |list: &[(MinerId, u32)], id: MinerId| {
        list.iter()
            .find(|(other, _)| *other == id)
            .map_or(0, |(_, ppb)| *ppb)
    };
    ids.into_iter()
        .filter_map(|id| table.get(id))
        .map(|row| {
            let ((votes_before, weight_before), (votes_after, weight_after)) =
                (weights(row, before), weights(row, after));
            PreviewMiner {
                miner: api.miner_ref(row.view.id),
                votes_before: Integer(votes_before),
                votes_after: Integer(votes_after),
                weight_before: Integer(weight_before.0),
                weight_after: Integer(weight_after.0),
                inclusion_before_ppb: of(&old, row.view.id),
                inclusion_after_ppb: of(&new, row.view.id),
            }
        })
        .collect()
}
