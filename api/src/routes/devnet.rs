//! Devnets only: a faucet and time travel.

use axum::Json;
use etm_types::Units;
use etm_types::api::devnet::{
    FaucetRequest, FaucetResponse, MAX_TRAVEL_DAYS, MAX_TRAVEL_ROUNDS, TimeTravelRequest,
    TimeTravelResponse,
};
use etm_types::api::error::ErrorCode;
use etm_types::api::{self, Amount};

use crate::backend::TravelDistance;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Body, address};
use crate::state::{Api, Asked};

impl Api {
    fn check_devnet(&self) -> Result<(), ApiError> {
        if self.params().devnet {
            return Ok(());
        }
        let name = &self.genesis().chain().name;
        Err(ApiError::new(
            ErrorCode::NotADevnet,
            format!("{name} is not a devnet: there is no faucet and no time travel"),
        ))
    }
}

/// Sends tokens from the devnet's faucet.
#[utoipa::path(post, path = "/devnet/faucet", tag = "devnet", request_body = FaucetRequest, responses((status = 200, body = FaucetResponse)))]
pub(crate) async fn faucet(
    Asked(api): Asked,
    Body(body): Body<FaucetRequest>,
) -> ApiResult<FaucetResponse> {
    api.check_devnet()?;
    let address = address(&body.address)?;
    if body.amount == Some(Amount(0)) {
        return Err(ApiError::new(
            ErrorCode::InvalidBody,
            "the amount must be at least 1 unit",
        ));
    }
    let sent = api
        .shared
        .backend
        .faucet(address, body.amount.map(Units::from))
        .await?;
    Ok(Json(FaucetResponse {
        hash: api::Hash::from(sent.hash),
        amount: Amount::from(sent.amount),
    }))
}

/// Moves the devnet's clock ahead by days or rounds; blocks are really made.
#[utoipa::path(post, path = "/devnet/time-travel", tag = "devnet", request_body = TimeTravelRequest, responses((status = 200, body = TimeTravelResponse)))]
pub(crate) async fn time_travel(
    Asked(api): Asked,
    Body(body): Body<TimeTravelRequest>,
) -> ApiResult<TimeTravelResponse> {
    api.check_devnet()?;
    let distance = match (body.days, body.rounds) {
        (Some(days @ 1..=MAX_TRAVEL_DAYS), None) => TravelDistance::Days(days),
        (None, Some(rounds @ 1..=MAX_TRAVEL_ROUNDS)) => TravelDistance::Rounds(rounds),
        _ => {
            let message = format!(
                "exactly one of days (1 to {MAX_TRAVEL_DAYS}) and rounds (1 to {MAX_TRAVEL_ROUNDS}) is needed"
            );
            return Err(ApiError::new(ErrorCode::InvalidBody, message));
        }
    };
    let travel = api.shared.backend.time_travel(distance).await?;
    Ok(Json(TimeTravelResponse {
        from_ms: travel.from_ms,
        to_ms: travel.to_ms,
        target_round: travel.target_round.map(|round| round.0),
        height: api.recorded().0,
    }))
}
