//! Whether the node lives, and does what it is there for, for whoever watches over it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use etm_types::api::chain::SyncState;
use etm_types::api::ready::{HistoryHealth, Ready};

use crate::state::{Api, Asked};

/// Blocks the history may lie behind the chain and still count as following it.
const LAG: u64 = 20;

/// `GET /healthz`: 200 as long as the node answers at all. Whoever starts dead nodes again asks this, not [`ready`]: a
/// node that is catching up must be left alone.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 200 while the node follows the chain and its history follows the node, 503 and the reasons otherwise.
pub(crate) async fn ready(Asked(api): Asked) -> Response {
    let ready = api.ready();
    let status = if ready.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(ready)).into_response()
}

impl Api {
    fn ready(&self) -> Ready {
        let shared = &self.shared;
        let condition = shared.history.condition();
        let (height, chain) = (self.recorded(), self.chain_height());
        let lag = self.history_lag();
        let mut reasons = Vec::new();
        let sync = shared.backend.sync();
        match sync.state {
            SyncState::Synced => {}
            SyncState::Starting => reasons.push("the node is starting".to_owned()),
            SyncState::Behind => reasons.push("the node is catching up with the chain".to_owned()),
            SyncState::Stalled => reasons.push(
                "no block has come for a long time: the chain stands still, or this node hears of nobody who goes on".to_owned(),
            ),
        }
        if let Some(trouble) = &condition.trouble {
            reasons.push(format!("history: {trouble}"));
        } else if lag > LAG {
            reasons.push(format!(
                "the history is at block {height}, {lag} behind the chain"
            ));
        }
        let off = shared.history.is_off().map(str::to_owned);
        let warnings = sync.warnings.into_iter().chain(off).collect();
        Ready {
            ready: reasons.is_empty(),
            reasons,
            warnings,
            chain_height: chain,
            history: HistoryHealth {
                height: height.0,
                lag,
                trouble: condition.trouble,
                put_aside: condition.put_aside,
                put_aside_because: condition.put_aside_because,
            },
        }
    }
}
