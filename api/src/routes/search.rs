//! Search by height, hash, address or miner name.

use axum::Json;
use etm_history::HistoryError;
use etm_types::api::chain::{SearchResult, SearchResults};
use etm_types::api::error::ErrorCode;
use etm_types::api::query::SearchQuery;
use etm_types::api::{self, MinerRef};
use etm_types::{Address, Hash, Height, MinerId};

use crate::error::{ApiError, ApiResult};
use crate::extract::Query;
use crate::state::Asked;

const MAX_QUERY: usize = 128;
const MAX_RESULTS: usize = 20;

/// What was removed from the history is not found.
fn kept<T>(found: Result<Option<T>, HistoryError>) -> Result<Option<T>, HistoryError> {
    match found {
        Err(HistoryError::Pruned { .. }) => Ok(None),
        found => found,
    }
}

/// Finds a block, transaction, account, miner or round. An empty list means that nothing was found.
#[utoipa::path(get, path = "/search", tag = "chain", params(SearchQuery), responses((status = 200, body = SearchResults)))]
pub(crate) async fn search(
    Asked(api): Asked,
    Query(query): Query<SearchQuery>,
) -> ApiResult<SearchResults> {
    let text = query.q.trim().to_owned();
    if text.is_empty() || text.len() > MAX_QUERY {
        return Err(ApiError::new(
            ErrorCode::InvalidQuery,
            format!("q must have 1 to {MAX_QUERY} bytes"),
        ));
    }
    api.blocking(move |api| {
        let history = &api.shared.history;
        let mut results = Vec::new();
        if let Ok(address) = text.parse::<Address>() {
            results.push(SearchResult::Account {
                address: address.to_string(),
            });
        }
        if let Ok(api::Hash(bytes)) = text.parse::<api::Hash>() {
            let hash = Hash(bytes);
            if let Some(height) = history.find_block(&hash)? {
                results.push(SearchResult::Block {
                    height: height.0,
                    hash: api::Hash(bytes),
                });
            }
            if history.find_transaction(&hash)?.is_some()
                || api.shared.backend.pool_get(&hash).is_some()
            {
                results.push(SearchResult::Transaction {
                    hash: api::Hash(bytes),
                });
            }
        }
        let digits = text.strip_prefix('#').unwrap_or(&text);
        if let Ok(number) = digits.parse::<u64>() {
            if text == digits {
                if let Some(recorded) = kept(history.finalized(Height(number)))? {
                    let hash = api::Hash::from(recorded.block.hash());
                    results.push(SearchResult::Block {
                        height: number,
                        hash,
                    });
                }
                if number <= history.running_round()?.saturating_add(1).0 {
                    results.push(SearchResult::Round { round: number });
                }
            }
            if let Some(miner) = u32::try_from(number)
                .ok()
                .map(MinerId)
                .map(|id| history.miner(id))
                .transpose()?
                .flatten()
            {
                results.push(SearchResult::Miner {
                    miner: MinerRef {
                        id: miner.id.0,
                        name: miner.name,
                    },
                });
            }
        }
        for miner in history.miners_by_prefix(&text.to_lowercase(), 20)? {
            let miner = MinerRef {
                id: miner.id.0,
                name: miner.name,
            };
            let result = SearchResult::Miner { miner };
            if !results.contains(&result) {
                results.push(result);
            }
        }
        results.truncate(MAX_RESULTS);
        Ok(Json(SearchResults {
            query: text,
            results,
        }))
    })
    .await
}
