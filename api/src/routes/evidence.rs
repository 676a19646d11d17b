//! What light clients check: the ends of rounds, and the evidence of a round. Bytes, as `docs/verify.md` describes them.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use etm_types::api::error::ErrorCode;
use etm_types::api::query::BoundariesQuery;
use etm_types::state::CandidateList;
use etm_types::{Committee, Header, Height, Round};
use etm_verify::{Boundaries, Certificate, ChosenReceipts, Evidence, Previous};

use super::rounds::round_number;
use crate::error::ApiError;
use crate::extract::{Path, Query, limit};
use crate::state::{Api, Asked};

/// Most ends of rounds in one answer.
const BOUNDARIES_MAX: u32 = 1_000;

/// Bytes.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
pub(crate) struct Octets(pub(crate) Vec<u8>);

impl IntoResponse for Octets {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, "application/octet-stream")], self.0).into_response()
    }
}

/// Everything with which a finished round is checked, trusting nothing but the committees before it: see docs/verify.md.
#[utoipa::path(get, path = "/rounds/{round}/evidence", tag = "rounds", params(("round" = u64, Path)), responses((status = 200, description = "Evidence, docs/verify.md section 6", content_type = "application/octet-stream", body = Octets)))]
pub(crate) async fn evidence(
    Asked(api): Asked,
    Path(text): Path<String>,
) -> Result<Octets, ApiError> {
    api.blocking(move |api| {
        let round = round_number(&api.shared.history, &text)?;
        let evidence = api.evidence(round)?;
        let evidence = evidence.ok_or_else(|| api.unfinished(round, "evidence"))?;
        Ok(Octets(evidence.to_bytes()))
    })
    .await
}

/// The ends of consecutive rounds, oldest first, as short as can be: they prove the committees of later rounds. See docs/verify.md.
#[utoipa::path(get, path = "/boundaries", tag = "rounds", params(BoundariesQuery), responses((status = 200, description = "Boundaries, docs/verify.md section 5", content_type = "application/octet-stream", body = Octets)))]
pub(crate) async fn boundaries(
    Asked(api): Asked,
    Query(query): Query<BoundariesQuery>,
) -> Result<Octets, ApiError> {
    let limit = limit(query.limit, BOUNDARIES_MAX, BOUNDARIES_MAX)?;
    let first = query.from_round.unwrap_or(0);
    api.blocking(move |api| {
        let running = api.shared.history.running_round()?;
        if first >= running.0 {
            let message = format!(
                "from_round is {first}: round {running} is running, and only rounds before it have ended"
            );
            return Err(ApiError::new(ErrorCode::InvalidQuery, message));
        }
        let until = first.saturating_add(limit.into()).min(running.0);
        let boundaries = api.boundaries(first, until);
        let boundaries = boundaries.map_err(|error| error.if_pruned(STANDS_FOR_THEM))?;
        Ok(Octets(boundaries.to_bytes()))
    })
    .await
}

/// Why evidence of a first round that is kept is not.
const TAKES_BEFORE: &str = "evidence of a round takes the end of the round before";

/// What helps without the ends of rounds.
const STANDS_FOR_THEM: &str = "what was asked for are ends of rounds from genesis on, or from where they were proved before: for a snapshot a checkpoint stands for them (--checkpoint)";

pub(super) fn missing(what: &str) -> ApiError {
    ApiError::internal(&format!("{what} is missing"))
}

impl Api {
    /// The ends of the rounds `first` to `until`, that excluded; fewer where there is no room.
    fn boundaries(&self, first: u64, until: u64) -> Result<Boundaries, ApiError> {
        let known = [
            self.committee(first)?,
            self.committee(first.saturating_add(1))?,
        ];
        let mut boundaries = Boundaries::new(&known[0], &known[1])
            .ok_or_else(|| ApiError::internal(&"committees have more members than can be"))?;
        for round in first..until {
            let (header, certificate) = self.sealed(round)?;
            let drawn = self.committee(round.saturating_add(2))?;
            if !boundaries.push(&header, certificate, &drawn) {
                break;
            }
        }
        Ok(boundaries)
    }

    pub(super) fn committee(&self, round: u64) -> Result<Committee, ApiError> {
        let committee = self.shared.history.committee(Round(round))?;
        committee.ok_or_else(|| missing("a committee"))
    }

    /// The header of a round's last block with what makes it final.
    fn sealed(&self, round: u64) -> Result<(Header, Certificate), ApiError> {
        self.sealed_at(self.shared.history.last_height(Round(round)).0)
    }

    /// The header of a block with what makes it final.
    pub(super) fn sealed_at(&self, height: u64) -> Result<(Header, Certificate), ApiError> {
        let history = &self.shared.history;
        let (header, finalization) = history
            .sealed(Height(height))?
            .ok_or_else(|| missing("a block"))?;
        let certificate = Certificate::from_finalization(&finalization)
            .map_err(|reason| ApiError::internal(&format!("a finalization: {reason}")))?;
        Ok((header, certificate))
    }

    fn evidence(&self, round: u64) -> Result<Option<Evidence>, ApiError> {
        let history = &self.shared.history;
        if round >= history.running_round()?.0 {
            return Ok(None);
        }
        let last = history.last_height(Round(round));
        let block = history
            .finalized(last)?
            .ok_or_else(|| missing("the last block of a round"))?;
        let (_, certificate) = self.sealed(round)?;
        let draw = history
            .draw(Round(round))?
            .ok_or_else(|| missing("the draw of a round"))?;
        let headers = history
            .first_height(Round(round))
            .through(last)
            .map(|height| {
                let sealed = history.sealed(height)?;
                sealed
                    .map(|(header, _)| header)
                    .ok_or_else(|| missing("a block"))
            })
            .collect::<Result<_, ApiError>>()?;
        let previous = match round.checked_sub(1) {
            None => None,
            Some(before) => {
                let block = history
                    .finalized(history.last_height(Round(before)))
                    .map_err(|error| ApiError::from(error).if_pruned(TAKES_BEFORE))?
                    .ok_or_else(|| missing("the end of the round before"))?;
                Some(Previous {
                    header: block.block.header,
                    receipts: ChosenReceipts::of_previous(&block.receipts)
                        .ok_or_else(|| missing("a receipt of the round before"))?,
                })
            }
        };
        Ok(Some(Evidence {
            committee: self.committee(round)?,
            drawn: self.committee(round.saturating_add(2))?,
            certificate,
            previous,
            headers,
            receipts: ChosenReceipts::of_round(&block.receipts)
                .ok_or_else(|| missing("a receipt of the round's end"))?,
            candidates: CandidateList(draw.candidates),
        }))
    }
}
