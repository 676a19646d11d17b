//! What is asked of upstreams, and for how long is waited.

use std::{sync::Arc, time::Duration};

use commonware_macros::select;
use commonware_runtime::Clock;
use etm_execution::Chain;
use etm_types::{Height, Transaction, range};
use tokio::sync::mpsc;

use super::window::{Piece, pieces};
use crate::upstream::{Told, Upstream, UpstreamError};

/// How long an upstream may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Tells what an upstream says about itself.
pub async fn listen(index: usize, upstream: Arc<dyn Upstream>, heard: mpsc::Sender<(usize, Told)>) {
    let mut told = upstream.told();
    loop {
        let now = told.borrow_and_update().clone();
        // What comes while this waits is put together: only the newest is told.
        if heard.send((index, now)).await.is_err() || told.changed().await.is_err() {
            return;
        }
    }
}

/// Asks an upstream for blocks.
pub async fn download<E: Clock>(
    context: &E,
    upstream: Arc<dyn Upstream>,
    chain: Chain,
    first: Height,
    last: Height,
) -> Result<Vec<Piece>, UpstreamError> {
    let answer = select! {
        answer = upstream.blocks(first, last) => answer?,
        _ = context.sleep(PATIENCE) => {
            let reason = format!("no answer within {} s", PATIENCE.as_secs());
            return Err(UpstreamError::Passing(reason));
        },
    };
    if answer.len() > range::MAX_BYTES {
        let reason = format!("an answer of {} bytes", answer.len());
        return Err(UpstreamError::Wrong(reason));
    }
    let pieces = pieces(&chain, first, last, &answer)?;
    if pieces.is_empty() {
        let reason = format!("it gave no block from {first} on, and said that it has them");
        return Err(UpstreamError::Passing(reason));
    }
    Ok(pieces)
}

/// Gives an upstream transactions, one after the other: one that it refuses keeps none of the others back.
///
/// # Errors
/// The last reason why it did not take one.
pub async fn submit<E: Clock>(
    context: E,
    upstream: Arc<dyn Upstream>,
    transactions: Vec<Transaction>,
) -> Result<(), UpstreamError> {
    let all = async {
        let mut result = Ok(());
        for transaction in transactions {
            result = upstream.submit(transaction).await.and(result);
        }
        result
    };
    select! {
        result = all => result,
        _ = context.sleep(PATIENCE) => Err(UpstreamError::Passing("no answer".into())),
    }
}
