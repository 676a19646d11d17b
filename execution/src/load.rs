//! How records come from the source into an overlay.

use crate::chain::Chain;
use crate::check::CheckedTransaction;
use crate::context::BlockContext;
use crate::error::ExecutionError;
use crate::overlay::{Key, Overlay};
use crate::prefetch;
use crate::source::Source;
use etm_mechanism::MinerId;
use etm_types::StateKey;
use std::collections::BTreeSet;

/// Loads all that the plan names, and the chains of merged cohorts side by side.
pub(crate) async fn read_ahead<S: Source>(
    source: &S,
    overlay: &mut Overlay,
    chain: &Chain,
    context: &BlockContext,
    producer: MinerId,
    transactions: &[CheckedTransaction],
) -> Result<(), ExecutionError<S::Error>> {
    let mut wanted = BTreeSet::new();
    loop {
        // While links of merged cohorts are all that came, they tell no more than where the next links are.
        let only_links = wanted.iter().all(|key| matches!(key, Key::CohortNode(_)));
        wanted = overlay.next_links(&wanted);
        if !only_links || wanted.is_empty() {
            let planned = prefetch::missing(overlay, chain, context, producer, transactions);
            wanted.extend(planned);
        }
        if wanted.is_empty() {
            return Ok(());
        }
        load(source, overlay, &wanted).await?;
    }
}

/// Reads records in one batch.
pub(crate) async fn load<S: Source>(
    source: &S,
    overlay: &mut Overlay,
    wanted: &BTreeSet<Key>,
) -> Result<(), ExecutionError<S::Error>> {
    if wanted.is_empty() {
        return Ok(());
    }
    let keys: Vec<StateKey> = wanted.iter().map(Key::state_key).collect();
    let values = source
        .get_many(&keys)
        .await
        .map_err(ExecutionError::Source)?;
    if values.len() != keys.len() {
        return Err(ExecutionError::Damaged(format!(
            "{} values were read for {} keys",
            values.len(),
            keys.len()
        )));
    }
    for (key, value) in wanted.iter().zip(values) {
        overlay
            .load(key, value.as_deref())
            .map_err(|error| ExecutionError::Damaged(format!("{key:?}: {error}")))?;
    }
    Ok(())
}

/// Reads records in one batch, and where merged cohorts among them lead: all their chains together, a batch a link. A
/// chain is never longer than the logarithm of the number of cohorts there ever were (union by rank).
pub(crate) async fn load_with_chains<S: Source>(
    source: &S,
    overlay: &mut Overlay,
    mut wanted: BTreeSet<Key>,
) -> Result<(), ExecutionError<S::Error>> {
    while !wanted.is_empty() {
        load(source, overlay, &wanted).await?;
        wanted = overlay.next_links(&wanted);
    }
    Ok(())
}
