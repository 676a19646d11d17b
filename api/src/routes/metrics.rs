//! Metrics in the OpenMetrics text format, which Prometheus reads.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use etm_execution::read;
use etm_mechanism::TallyEntry;
use etm_types::api::error::ErrorCode;

use crate::error::ApiError;
use crate::reader::{ReadError, read_state};
use crate::state::{Api, Asked};

impl Api {
    /// What the miner of this node did in the running round; none if it has no seat, or the state can't be read now.
    async fn seat(&self) -> Option<TallyEntry> {
        let key = self.shared.backend.node().node_key?;
        let (state, _) = read_state!(self, reader => async {
            let (globals, tally) = read::globals(&reader).await?;
            let committee = read::committee(&reader, globals.round).await?;
            Ok::<_, etm_execution::ExecutionError<ReadError>>((committee, tally))
        })
        .ok()?;
        let (committee, tally) = state;
        let place = committee?
            .members
            .iter()
            .position(|member| member.node == key)?;
        tally.0.get(place).copied()
    }
}

/// Where a node shows its metrics at another address, or to nobody.
pub(crate) async fn elsewhere() -> ApiError {
    ApiError::new(ErrorCode::NotFound, "this node shows no metrics here")
}

/// Metrics of the API, then those of the node.
pub(crate) async fn metrics(Asked(api): Asked) -> Response {
    let shared = &api.shared;
    let pool = shared.backend.pool_summary();
    let recent = api.recent().await;
    let listeners = shared.events.receiver_count();
    let seat = api.seat().await;
    let peers = shared.backend.peers();
    let mut text = String::with_capacity(4_096);
    let mut gauge = |name: &str, help: &str, value: u64| {
        // Writing to a string can't fail.
        let _ = writeln!(
            text,
            "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}"
        );
    };
    gauge(
        "etm_history_height",
        "Height up to which the history is written.",
        api.recorded().0,
    );
    let condition = shared.history.condition();
    gauge(
        "etm_history_lag",
        "Blocks the history lies behind the chain.",
        api.history_lag(),
    );
    gauge(
        "etm_history_failing",
        "1 while the history can't be written, or is written anew.",
        condition.trouble.is_some().into(),
    );
    gauge(
        "etm_history_put_aside",
        "How often the history's file was put aside and begun anew.",
        condition.put_aside,
    );
    gauge(
        "etm_history_reads",
        "Reads of the history in work.",
        shared.reads.in_work() as u64,
    );
    gauge(
        "etm_sync_best_height",
        "Highest height heard of.",
        shared.backend.sync().best_height.0,
    );
    gauge(
        "etm_pool_transactions",
        "Transactions in the pool.",
        pool.count as u64,
    );
    gauge(
        "etm_pool_held",
        "Transactions held back by a gap in their nonces.",
        pool.held as u64,
    );
    gauge(
        "etm_pool_bytes",
        "Bytes of transactions in the pool.",
        pool.bytes as u64,
    );
    gauge(
        "etm_peers_known",
        "Peers to be connected with.",
        peers.len() as u64,
    );
    gauge(
        "etm_peers_connected",
        "Peers connected.",
        peers.iter().filter(|peer| peer.connected).count() as u64,
    );
    gauge(
        "etm_member",
        "1 while the miner of this node is on the running committee.",
        seat.is_some().into(),
    );
    gauge(
        "etm_member_produced",
        "Blocks it produced in the running round.",
        seat.map_or(0, |seat| seat.produced),
    );
    gauge(
        "etm_member_missed",
        "Slots it missed in the running round.",
        seat.map_or(0, |seat| seat.missed),
    );
    gauge(
        "etm_api_connections",
        "Open connections of clients.",
        shared.door.open() as u64,
    );
    gauge(
        "etm_event_listeners",
        "Clients that listen to events.",
        listeners as u64,
    );
    if let Some(time) = recent.last().and_then(|block| block.finality_ms) {
        gauge(
            "etm_finality_milliseconds",
            "Time from the last block's timestamp until it was final here.",
            time,
        );
    }
    let _ = writeln!(
        text,
        "# HELP etm_api_requests Requests answered, by class of status.\n# TYPE etm_api_requests counter"
    );
    for (class, count) in shared.answered.iter().enumerate().skip(1) {
        let _ = writeln!(
            text,
            "etm_api_requests_total{{status=\"{class}xx\"}} {}",
            count.load(Ordering::Relaxed)
        );
    }
    let node = shared.backend.metrics();
    // The format ends with a mark; there must be no line after it.
    text.push_str(node.trim_end().trim_end_matches("# EOF").trim_end());
    text.push_str("\n# EOF\n");
    (
        [(
            CONTENT_TYPE,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        )],
        text,
    )
        .into_response()
}
