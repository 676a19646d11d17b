//! What a request would change, before it is signed.

use std::ops::Range;
use std::sync::Arc;

use axum::Json;
use etm_execution::outlook::Case;
use etm_execution::read::{self, Keys, Stopped, Trial};
use etm_mechanism::{Action, MinerName, Position, Rejection, Request};
use etm_mempool::{Cost, NotAdmitted, Pooled as _, PooledTransaction, replaces, required};
use etm_types::amount::format_etm;
use etm_types::api::Amount;
use etm_types::api::account::{Preview, PreviewWarning};
use etm_types::api::error::{ErrorCode, ErrorDetail};
use etm_types::api::query::{PreviewQuery, PreviewRequest};
use etm_types::{Address, BlsPublicKey, NodeKey, Refusal, Units, UnsignedTransaction, explain};

use crate::at_tip::account_at_tip;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Path, Query, address};
use crate::state::{Api, Asked};
use crate::view::preview::{Standpoint, change, effects, warnings};

/// What a request would change, before it is signed. Nothing is sent.
#[utoipa::path(get, path = "/accounts/{address}/preview", tag = "accounts", params(("address" = String, Path), PreviewQuery), responses((status = 200, body = Preview)))]
pub(crate) async fn preview(
    Asked(api): Asked,
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
    // Before the state: what a block takes meanwhile is known by its nonce.
    let pool = match query.nonce {
        Some(_) => api.shared.backend.pool_of(&address),
        None => Vec::new(),
    };
    let before = |nonce: u64| waiting(&pool, nonce..query.nonce.unwrap_or(nonce));
    let tip = account_at_tip!(api, &address, reader, view => {
        let waiting = before(view.record.nonce);
        read::dry_run(&reader, &params, &address, &waiting, fee, &trials).await?
    });
    let run = &tip.more;
    let wait = before(tip.view.record.nonce).len();
    let next = tip.view.record.nonce;
    // In the order in which they are looked at on the way into a block.
    let nothing = query.amount == Some(Amount(0));
    let refused = nothing
        .then(|| refusal(&Stopped::Rejected(Rejection::NoAmount), fee))
        .or_else(|| {
            let balance = tip.view.balance().0;
            let limit = next.saturating_add(api.shared.backend.pool_nonce_gap());
            let newcomers = costs(&trials, params.mechanism.deposit, query.nonce?, fee);
            at_the_door(&pool, &newcomers, (next, limit), balance)
        })
        .or_else(|| run.stopped.map(|(_, stopped)| refusal(&stopped, fee)));
    let accepted = refused.is_none();
    let owns = tip.view.record.miner;
    let with = |done: &[Action], case| {
        let all = [run.waiting.as_slice(), done].concat();
        let resigned = owns.filter(|_| all.contains(&Action::Resign));
        let position = tip.projected(&all, case);
        Standpoint { position, resigned }
    };
    let done: &[Action] = if accepted { &actions } else { &[] };
    let now = tip.projected(&[], Case::Expected);
    let (before, after) = (with(&[], Case::Expected), with(done, Case::Expected));
    let mut warnings = warnings(
        &tip.table,
        &actions,
        before,
        after.position,
        &tip.view,
        wait,
    );
    if accepted && run.balance < fee && after.position.is_some() {
        warnings.push(PreviewWarning::NoFeeLeft);
    }
    let table = Arc::clone(&tip.table);
    let committee = params.mechanism.committee;
    let effects = move |_: &Api| Ok(effects(committee, &table, now, before, after));
    let miners = api.blocking(effects).await?;
    let show = |position: Option<Position>| {
        position.map(|position| api.shared.history.show_state(&position))
    };
    Ok(Json(Preview {
        address: address.to_string(),
        height: tip.height,
        waiting: u32::try_from(wait).unwrap_or(u32::MAX),
        accepted,
        refused,
        before: show(before.position),
        after: show(after.position),
        after_best: show(with(done, Case::Best).position),
        after_worst: show(with(done, Case::Worst).position),
        time_gain_change: change(before.position, after.position, &actions),
        fee: Amount(fee.0.saturating_mul(trials.len() as u64)),
        balance_before: Amount::from(run.before),
        balance_after: Amount::from(if accepted { run.balance } else { run.before }),
        effective_round: tip.table.outlook.round.0,
        effective_height: tip.table.outlook.last_height.0,
        miners,
        warnings,
    }))
}

/// What waits with these nonces, in their order.
fn waiting(
    pool: &[(Arc<PooledTransaction>, bool)],
    nonces: Range<u64>,
) -> Vec<&UnsignedTransaction> {
    let all = pool
        .iter()
        .map(|(pooled, _)| &pooled.transaction().unsigned);
    let mut waiting: Vec<_> = all
        .filter(|unsigned| nonces.contains(&unsigned.nonce) && !unsigned.payload.is_heartbeat())
        .collect();
    waiting.sort_by_key(|unsigned| unsigned.nonce);
    waiting
}

/// What requests cost that are signed with this nonce and the next ones, each with this fee.
fn costs(trials: &[Trial], deposit: Units, nonce: u64, fee: Units) -> Vec<Cost> {
    let takes = |trial: &Trial| match trial {
        Trial::Request(request, _) => request.takes(deposit),
        Trial::Update(_) => Units::ZERO,
    };
    let costs = (0..).zip(trials).map(|(place, trial)| Cost {
        nonce: nonce.saturating_add(place),
        fee: fee.0,
        spends: takes(trial).0,
    });
    costs.collect()
}

/// What the pool has against transactions of an account that cost so much. By the state `next` is the account's next nonce, up to `limit` the
/// pool holds one, and `balance` is what can be spent.
fn at_the_door(
    pool: &[(Arc<PooledTransaction>, bool)],
    newcomers: &[Cost],
    (next, limit): (u64, u64),
    balance: u64,
) -> Option<ErrorDetail> {
    let pending = |(pooled, _): &(Arc<PooledTransaction>, bool)| Cost::from(&pooled.facts());
    for Cost { nonce, fee, .. } in newcomers.iter().copied() {
        if nonce < next {
            let reason = NotAdmitted::NonceTooLow { next, nonce };
            return Some(detail(ErrorCode::NonceTooLow, reason.to_string()));
        }
        if nonce > limit {
            let reason = NotAdmitted::NonceTooHigh { next, nonce, limit };
            return Some(detail(ErrorCode::NonceTooHigh, reason.to_string()));
        }
        let old = pool.iter().map(pending).find(|old| old.nonce == nonce);
        if let Some(Err(reason)) = old.map(|old| replaces(old.fee, fee)) {
            return Some(detail(ErrorCode::ReplacementFeeTooLow, reason.to_string()));
        }
    }
    let pending = pool.iter().map(pending);
    let required = required(pending.filter(|cost| cost.nonce >= next), newcomers);
    (required > balance).then(|| {
        let reason = NotAdmitted::CannotPayFee { required, balance };
        detail(ErrorCode::CannotPayFee, reason.to_string())
    })
}

fn refusal(stopped: &Stopped, fee: Units) -> ErrorDetail {
    match stopped {
        Stopped::Fee(balance) => detail(
            ErrorCode::CannotPayFee,
            format!(
                "the balance of {} ETM doesn't cover the fee of {} ETM",
                format_etm(*balance),
                format_etm(fee)
            ),
        ),
        Stopped::Rejected(rejection) => ErrorDetail {
            code: Refusal::from(rejection).code().to_owned(),
            message: explain(rejection),
        },
        Stopped::Refused(refusal) => ErrorDetail {
            code: refusal.code().to_owned(),
            message: refusal.message().to_owned(),
        },
    }
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
