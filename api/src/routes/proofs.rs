//! Proofs of state against a block's certificate.

use etm_types::{Height, Round};

use axum::Json;
use etm_types::api::error::ErrorCode;
use etm_types::api::proof::{ProofEntry, ProofSubject, StateProof};
use etm_types::api::{self, Bytes};
use etm_types::state::{Record, StateKey};

use crate::error::{ApiError, ApiResult};
use crate::extract::{Path, address, number};
use crate::state::{Api, Asked};

impl Api {
    async fn prove(
        &self,
        subject: ProofSubject,
        keys: &[(StateKey, &str)],
    ) -> ApiResult<StateProof> {
        let names: Vec<StateKey> = keys.iter().map(|(key, _)| *key).collect();
        let proved = self.shared.backend.prove(&names).await?;
        // The history follows the state at once; without the block's certificate a proof proves nothing.
        if !self.reached(proved.height.0).await {
            return Err(self.lags());
        }
        let height = proved.height.0;
        let found = self
            .blocking(move |api| {
                let block = api.shared.history.finalized(Height(height))?;
                Ok(block
                    .map(|recorded| recorded.block.header.state_root)
                    .zip(api.block_certificate(height)?))
            })
            .await?;
        let (state_root, certificate) = found.ok_or_else(|| {
            ApiError::new(
                ErrorCode::Unavailable,
                "no block is final yet, so nothing can be proved",
            )
        })?;
        let entries = keys
            .iter()
            .zip(proved.entries)
            .map(|((key, meaning), entry)| ProofEntry {
                key: api::Hash::from(*key),
                meaning: (*meaning).to_owned(),
                value: entry.value.map(Bytes),
                proof: entry.proof.map(Bytes),
            });
        Ok(Json(StateProof {
            subject,
            height,
            state_root: api::Hash::from(state_root),
            entries: entries.collect(),
            certificate,
        }))
    }
}

/// Proof of an account's record: free balance and nonce.
#[utoipa::path(get, path = "/proofs/account/{address}", tag = "proofs", params(("address" = String, Path)), responses((status = 200, body = StateProof)))]
pub(crate) async fn account(Asked(api): Asked, Path(text): Path<String>) -> ApiResult<StateProof> {
    let address = address(&text)?;
    let subject = ProofSubject::Account {
        address: address.to_string(),
    };
    api.prove(subject, &[(Record::Account(&address).key(), "account")])
        .await
}

/// Proof of an account's position and of its accepted requests of the round.
#[utoipa::path(get, path = "/proofs/position/{address}", tag = "proofs", params(("address" = String, Path)), responses((status = 200, body = StateProof)))]
pub(crate) async fn position(Asked(api): Asked, Path(text): Path<String>) -> ApiResult<StateProof> {
    let address = address(&text)?;
    let subject = ProofSubject::Position {
        address: address.to_string(),
    };
    let keys = [
        (Record::Position(&address).key(), "position"),
        (Record::Pending(&address).key(), "pending"),
    ];
    api.prove(subject, &keys).await
}

/// Proof of a finished round's record. The state keeps those of the last 1,024 rounds.
#[utoipa::path(get, path = "/proofs/round/{round}", tag = "proofs", params(("round" = u64, Path)), responses((status = 200, body = StateProof)))]
pub(crate) async fn round(Asked(api): Asked, Path(text): Path<String>) -> ApiResult<StateProof> {
    let round = number(&text, "round")?;
    let running = api.history(|history| history.running_round()).await?;
    if Round(round) >= running {
        return Err(ApiError::not_found(format!(
            "round {round} is not finished; round {running} is running"
        )));
    }
    if running.since(Round(round)) > etm_execution::ChainParams::ROUND_RECORDS_KEPT {
        return Err(ApiError::new(
            ErrorCode::Pruned,
            format!("the state keeps no record of round {round} any more"),
        ));
    }
    api.prove(
        ProofSubject::Round { round },
        &[(Record::Round(Round(round)).key(), "round")],
    )
    .await
}
