//! What a request would change, before it is signed.

use axum::Json;
use axum::extract::State;
use etm_execution::outlook::Case;
use etm_execution::read::{self, Keys, Stopped, Trial};
use etm_mechanism::{Action, MinerName, Position, Request};
use etm_types::amount::format_etm;
use etm_types::api::Amount;
use etm_types::api::account::{Preview, PreviewWarning};
use etm_types::api::error::{ErrorCode, ErrorDetail};
use etm_types::api::query::{PreviewQuery, PreviewRequest};
use etm_types::{Address, BlsPublicKey, NodeKey, Refusal, Units, explain};

use crate::at_tip::account_at_tip;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Path, Query, address};
use crate::state::Api;
use crate::view::preview::{change, effects, warnings};

/// What a request would change, before it is signed. Nothing is sent.
#[utoipa::path(get, path = "/accounts/{address}/preview", tag = "accounts", params(("address" = String, Path), PreviewQuery), responses((status = 200, body = Preview)))]
pub(crate) async fn preview(
    State(api): State<Api>,
    Path(text): Path<String>,
    Query(query): Query<PreviewQuery>,
) -> ApiResult<Preview> {
    let address = address(&text)?;
    let params = *api.params();
    let fee = query.fee.map_or(params.fee, Units::from);
    let trials = trials(&api, &query, address).await?;
    let actions: Vec<Action> = trials
        .iter()
        .filter_map(|trial| match trial {
            Trial::Request(request, _) => request.action(params.mechanism.deposit),
            Trial::Update(_) => None,
        })
        .collect();
    let tip = account_at_tip!(api, &address, reader => {
        read::dry_run(&reader, &params, &address, fee, &trials).await?
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
        Stopped::Refused(refusal) => ErrorDetail {
            code: refusal.code().to_owned(),
            message: refusal.message().to_owned(),
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
    let committee = params.mechanism.committee;
    let effects = move |_: &Api| Ok(effects(committee, &table, before, after, resigns));
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
        fee: Amount(fee.0.saturating_mul(trials.len() as u64)),
        balance_before: Amount::from(balance),
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

/// The keys that the query names.
fn keys(query: &PreviewQuery) -> Result<Option<Keys>, ApiError> {
    let wrong = |message: &str| ApiError::new(ErrorCode::InvalidQuery, message);
    let (node, bls) = match (&query.node_key, &query.bls_key) {
        (None, None) => return Ok(None),
        (Some(node), Some(bls)) => (node, bls),
        _ => return Err(wrong("node_key and bls_key go together")),
    };
    if !matches!(
        query.request,
        PreviewRequest::Register | PreviewRequest::Update
    ) {
        return Err(wrong(
            "node_key and bls_key go with register and update only",
        ));
    }
    let bls = bls.0.as_slice().try_into().map(BlsPublicKey);
    Ok(Some(Keys {
        node: NodeKey(node.0),
        bls: bls.map_err(|_| wrong("bls_key has 96 bytes: 192 hex digits"))?,
    }))
}

/// What the query describes: a lock may bring a vote with it.
async fn trials(api: &Api, query: &PreviewQuery, own: Address) -> Result<Vec<Trial>, ApiError> {
    let wrong = |message: &str| ApiError::new(ErrorCode::InvalidQuery, message);
    let amount = || {
        query
            .amount
            .map(Units::from)
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
    let keys = keys(query)?;
    let requests = match kind {
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
        PreviewRequest::Update => return Ok(vec![Trial::Update(keys)]),
        PreviewRequest::Resign => vec![Request::Resign],
    };
    let trials = requests.into_iter();
    Ok(trials
        .map(|request| Trial::Request(request, keys))
        .collect())
}
