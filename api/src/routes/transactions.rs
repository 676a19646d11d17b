//! Transactions: look one up, submit one.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use etm_types::api::error::ErrorCode;
use etm_types::api::query::SubmitQuery;
use etm_types::api::transaction::{
    SubmitRequest, SubmitResponse, Transaction as TransactionInfo, TransactionStatus,
};
use etm_types::api::{self};
use etm_types::{Hash, Transaction};
use tokio::time::{Instant, timeout_at};

use crate::backend::Submitted;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Body, Path, Query, hash};
use crate::state::{Api, Asked};

/// How long a submission waits if it doesn't say.
const WAIT_DEFAULT_MS: u64 = 20_000;
/// How long a read that began in time is waited for beyond it: others may have many of them.
const READ_PATIENCE: Duration = Duration::from_secs(2);
/// How long a submission may wait.
const WAIT_MAX_MS: u64 = 60_000;

/// A transaction, pending or included.
#[utoipa::path(get, path = "/transactions/{hash}", tag = "transactions", params(("hash" = String, Path)), responses((status = 200, body = TransactionInfo)))]
pub(crate) async fn one(Asked(api): Asked, Path(text): Path<String>) -> ApiResult<TransactionInfo> {
    let hash = hash(&text)?;
    // The pool first: what leaves it for a block is in the history a moment later.
    let pending = api.shared.backend.pool_get(&hash);
    if let Some(included) = api
        .history(move |history| history.transaction(&hash))
        .await?
    {
        return Ok(Json(included));
    }
    let missing = || {
        let missing =
            format!("no transaction with the hash {hash} is final or in this node's pool");
        let error = api.not_found_in_blocks(missing);
        api.behind(error)
    };
    let (pooled, held) = pending.ok_or_else(missing)?;
    let history = &api.shared.history;
    let summary = history.show_pending(pooled.transaction(), held);
    Ok(Json(
        history.show_transaction(pooled.transaction(), summary),
    ))
}

/// Submits a transaction that was signed elsewhere.
#[utoipa::path(
    post, path = "/transactions", tag = "transactions", params(SubmitQuery), request_body = SubmitRequest,
    responses(
        (status = 200, description = "It is in a final block, from now or from before", body = SubmitResponse),
        (status = 202, description = "It is in the pool, written to this node's disk and passed on to its peers; follow it by its hash", body = SubmitResponse)
    )
)]
pub(crate) async fn submit(
    Asked(api): Asked,
    Query(query): Query<SubmitQuery>,
    Body(body): Body<SubmitRequest>,
) -> Result<(StatusCode, Json<SubmitResponse>), ApiError> {
    let timeout_ms = query.timeout_ms.unwrap_or(WAIT_DEFAULT_MS);
    if timeout_ms > WAIT_MAX_MS {
        let message = format!("timeout_ms must be at most {WAIT_MAX_MS}, it is {timeout_ms}");
        return Err(ApiError::new(ErrorCode::InvalidQuery, message));
    }
    let transaction = Transaction::from_bytes(&body.transaction.0)
        .map_err(|error| ApiError::new(ErrorCode::MalformedTransaction, error.to_string()))?;
    let mut recorded = api.shared.recorded.clone();
    let hash = transaction.hash();
    let submitted = match api.shared.backend.submit(transaction).await {
        Ok(submitted) => submitted,
        // What was final long ago is refused for its nonce or its expiry, and yet all is well.
        Err(refused) => {
            let passed = matches!(refused.code, ErrorCode::NonceTooLow | ErrorCode::Expired);
            return match api.included(hash).await? {
                Some(response) if passed => Ok((StatusCode::OK, Json(response))),
                _ => Err(refused.into()),
            };
        }
    };
    if query.wait.is_some() || submitted.final_at.is_some() {
        let patience = if query.wait.is_some() { timeout_ms } else { 0 };
        let deadline = Instant::now() + Duration::from_millis(patience);
        loop {
            recorded.mark_unchanged();
            // What is in the pool is in no block: many may wait, and none of them reads for nothing.
            if api.shared.backend.pool_get(&submitted.hash).is_none() {
                let until = deadline.max(Instant::now() + READ_PATIENCE);
                match timeout_at(until, api.included(submitted.hash)).await {
                    Ok(Ok(Some(response))) => return Ok((StatusCode::OK, Json(response))),
                    Ok(Ok(None)) => {}
                    Ok(Err(error)) => return Err(error),
                    // It was accepted. That others read much is no reason to say otherwise.
                    Err(_) => break,
                }
            }
            if !matches!(timeout_at(deadline, recorded.changed()).await, Ok(Ok(()))) {
                break;
            }
        }
    }
    let (code, status) = match submitted {
        // The history has yet to learn what came of it.
        Submitted {
            final_at: Some(_), ..
        } => (StatusCode::OK, TransactionStatus::Finalized),
        Submitted { held: true, .. } => (StatusCode::ACCEPTED, TransactionStatus::Held),
        Submitted { .. } => (StatusCode::ACCEPTED, TransactionStatus::Pending),
    };
    let response = SubmitResponse {
        hash: api::Hash::from(submitted.hash),
        status,
        height: submitted.final_at.map(|height| height.0),
        outcome: None,
    };
    Ok((code, Json(response)))
}

impl Api {
    async fn included(&self, hash: Hash) -> Result<Option<SubmitResponse>, ApiError> {
        let found = self
            .history(move |history| history.transaction(&hash))
            .await;
        let found = match found {
            // A node without a history tells what it knows otherwise.
            Err(error) if error.code == ErrorCode::Pruned => None,
            found => found?,
        };
        Ok(found.map(|transaction| SubmitResponse {
            hash: transaction.summary.hash,
            status: transaction.summary.status,
            height: transaction.summary.height,
            outcome: transaction.summary.outcome,
        }))
    }
}
