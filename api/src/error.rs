//! Every failure of a request, as an answer of the one shape.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use etm_execution::ExecutionError;
use etm_history::HistoryError;
use etm_types::api::error::ErrorCode;

use crate::backend::BackendError;
use crate::declined::Declined;
use crate::reader::ReadError;

/// An answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
    /// The only block that could tell more, if there is one: see `Api::behind`.
    pub(crate) told_by: Option<u64>,
}

pub(crate) type ApiResult<T> = Result<Json<T>, ApiError>;

impl ApiError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            told_by: None,
        }
    }

    /// Not there, and nowhere else to be found than in the block at this height.
    pub(crate) fn not_found_at(height: u64, what: impl Into<String>) -> Self {
        Self {
            told_by: Some(height),
            ..Self::not_found(what)
        }
    }

    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::new(ErrorCode::NotFound, what)
    }

    /// Not to be told, as the history is not written so far: to be asked again, unless it `ended` for a reason.
    pub(crate) fn lagging(what: &str, ended: Option<&str>) -> Self {
        match ended {
            Some(why) => Self::new(ErrorCode::Pruned, format!("{what}: {why}")),
            None => Self::new(ErrorCode::Unavailable, format!("{what}; try again")),
        }
    }

    /// The same, with more to say where it is that something is no longer there.
    pub(crate) fn if_pruned(self, more: &str) -> Self {
        match self.code {
            ErrorCode::Pruned => Self {
                message: format!("{}; {more}", self.message),
                ..self
            },
            _ => self,
        }
    }

    /// A failure inside the node: logged here, once, in full; the client learns only that it happened.
    pub(crate) fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a request failed inside the node");
        Self::new(
            ErrorCode::Internal,
            "the node failed to answer; its log says more",
        )
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.code.body(self.message))).into_response()
    }
}

impl From<HistoryError> for ApiError {
    fn from(error: HistoryError) -> Self {
        if error.is_cancelled() {
            // Whoever asked has gone, so nobody reads this.
            return Self::new(ErrorCode::Timeout, "the answer took too long");
        }
        if matches!(error, HistoryError::Off(_) | HistoryError::Pruned { .. }) {
            return Self::new(ErrorCode::Pruned, error.to_string());
        }
        if error.is_unavailable() {
            return Self::new(ErrorCode::Unavailable, error.to_string());
        }
        Self::internal(&error)
    }
}

impl From<Declined> for ApiError {
    fn from(declined: Declined) -> Self {
        Self::new(declined.code, declined.message)
    }
}

impl From<BackendError> for ApiError {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::Unavailable(_) => Self::new(ErrorCode::Unavailable, error.to_string()),
            BackendError::Failed(_) => Self::internal(&error),
        }
    }
}

impl From<ExecutionError<ReadError>> for ApiError {
    fn from(error: ExecutionError<ReadError>) -> Self {
        match error {
            ExecutionError::Source(ReadError::Backend(error)) => error.into(),
            ExecutionError::Source(ReadError::Moved) => Self::new(
                ErrorCode::Unavailable,
                "the state moves on too fast to be read; try again",
            ),
            ExecutionError::Invalid(error) => Self::new(ErrorCode::Unavailable, error.to_string()),
            ExecutionError::Damaged(error) => Self::internal(&error),
        }
    }
}
