//! The voting table.

use axum::Json;
use etm_execution::read;
use etm_history::{History, HistoryError, MinerFacts};
use etm_types::api::error::ErrorCode;
use etm_types::api::miner::{
    Miner, MinerDetail, MinerHistoryPage, MinerPage, MinerState, SizeClass,
};
use etm_types::api::query::{
    MINERS_PAGE_MAX, MinerQuery, MinerSort, MinerTab, MinersQuery, Order, PAGE_DEFAULT, PAGE_MAX,
    RoundsQuery,
};
use etm_types::api::{self, Amount, Bytes, Integer};
use etm_types::codec::to_bytes;
use etm_types::{Address, MinerId, TimeGain, Units};

use crate::error::{ApiError, ApiResult};
use crate::extract::{Path, Query, address, limit};
use crate::reader::read_state;
use crate::state::{Api, Asked};
use crate::view::estimate::{estimate, estimate_basis};
use crate::view::lookalike::lookalikes;
use crate::view::order::{compare, fair_seed, largest_first};

/// Favourites that may be asked for at once.
const MAX_IDS: usize = 500;

impl Api {
    /// The miner that a path or query names: an id (`3` or `#3`) or a name. A registered miner comes before a resigned one.
    pub(crate) async fn find_miner(&self, text: &str) -> Result<MinerId, ApiError> {
        let missing = || ApiError::not_found(format!("there is no miner {text:.32}"));
        let digits = text.strip_prefix('#').unwrap_or(text);
        let is_id = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let id = digits.parse().ok().filter(|_| is_id).map(MinerId);
        let name = text.to_owned();
        let found = self
            .history(move |history| {
                Ok(match id {
                    Some(id) => match history.miner(id)? {
                        Some(miner) => Some(miner.id),
                        None => history.miner_by_name(&name)?.map(|miner| miner.id),
                    },
                    None => history.miner_by_name(&name)?.map(|miner| miner.id),
                })
            })
            .await;
        match found {
            Err(error) if error.code == ErrorCode::Pruned => {
                let table = self.table().await?;
                let row = id.and_then(|id| table.get(id));
                let row = row.or_else(|| table.named(text));
                row.map(|row| row.view.id).ok_or_else(missing)
            }
            found => found?.ok_or_else(missing),
        }
    }

    /// The miner an account votes for and the one it owns.
    async fn mine(
        &self,
        account: Option<&str>,
    ) -> Result<(Option<MinerId>, Option<MinerId>), ApiError> {
        let Some(text) = account else {
            return Ok((None, None));
        };
        let address: Address = address(text)?;
        let params = *self.params();
        let (view, _) = read_state!(self, reader => read::account(&reader, &params, &address))?;
        Ok((
            view.position.and_then(|position| position.miner),
            view.record.miner,
        ))
    }
}

fn estimate_inputs(
    amount: Option<Amount>,
    time_gain: Option<u8>,
) -> Result<(Units, TimeGain), ApiError> {
    let amount = amount.map_or(Units(1_000 * Units::ETM.0), Units::from);
    let t = TimeGain::new(time_gain.unwrap_or(1));
    let t = t.ok_or_else(|| ApiError::new(ErrorCode::InvalidQuery, "time_gain must be 1 to 32"))?;
    Ok((amount, t))
}

fn ids(text: &str) -> Result<Vec<u32>, ApiError> {
    let parsed: Option<Vec<u32>> = text.split(',').map(|id| id.trim().parse().ok()).collect();
    parsed.filter(|ids| ids.len() <= MAX_IDS).ok_or_else(|| {
        ApiError::new(
            ErrorCode::InvalidQuery,
            format!("ids must be at most {MAX_IDS} miner ids, separated by commas"),
        )
    })
}

fn matches(miner: &Miner, text: &str) -> bool {
    match text.strip_prefix('#') {
        Some(id) => id == miner.id.to_string(),
        None => miner.name.contains(&text.to_lowercase()) || miner.owner == text,
    }
}

/// A page of the voting table.
#[utoipa::path(get, path = "/miners", tag = "miners", params(MinersQuery), responses((status = 200, body = MinerPage)))]
pub(crate) async fn list(
    Asked(api): Asked,
    Query(query): Query<MinersQuery>,
) -> ApiResult<MinerPage> {
    let limit = limit(query.limit, PAGE_DEFAULT, MINERS_PAGE_MAX)?;
    let (amount, t) = estimate_inputs(query.amount, query.time_gain)?;
    let favourites = query.ids.as_deref().map(ids).transpose()?;
    let (voted, owned) = api.mine(query.account.as_deref()).await?;
    let table = api.table_with_past().await?;
    api.blocking(move |api| {
        let basis = estimate_basis(api.params(), &table, amount, t);
        let seed = fair_seed(&table);
        let tab = query.tab.unwrap_or_default();
        let mut rows: Vec<Miner> = table
            .rows
            .iter()
            .map(|row| &row.miner)
            .filter(|miner| match tab {
                MinerTab::All => miner.state != MinerState::Resigned,
                MinerTab::Committee => miner.in_committee,
                MinerTab::Announced => miner.announced,
                MinerTab::NotElectedLately => {
                    let sits = miner.in_committee || miner.announced;
                    miner.state != MinerState::Resigned && !sits && !miner.recent.contains('1')
                }
                MinerTab::Mine => [voted, owned].contains(&Some(MinerId(miner.id))),
            })
            .filter(|miner| {
                favourites
                    .as_ref()
                    .is_none_or(|ids| ids.contains(&miner.id))
            })
            .filter(|miner| {
                query
                    .q
                    .as_deref()
                    .is_none_or(|text| text.is_empty() || matches(miner, text))
            })
            .map(|miner| Miner {
                estimated_bonus_per_day: estimate(&basis, miner),
                my_vote: voted == Some(MinerId(miner.id)),
                ..miner.clone()
            })
            .collect();
        let sort = query.sort.unwrap_or(MinerSort::Fair);
        let descending = query
            .order
            .map_or(largest_first(sort), |order| order == Order::Desc);
        rows.sort_by(|left, right| {
            let order = compare(sort, &seed, left, right);
            let order = if descending { order.reverse() } else { order };
            order.then(left.id.cmp(&right.id))
        });
        let total = rows.len() as u64;
        let offset = query.offset.unwrap_or(0);
        let skip = usize::try_from(offset).unwrap_or(usize::MAX);
        let miners: Vec<Miner> = rows.into_iter().skip(skip).take(limit as usize).collect();
        let end = offset.saturating_add(miners.len() as u64);
        Ok(Json(MinerPage {
            round: table.globals.round.0,
            height: table.height,
            draw_round: table.globals.round.saturating_add(2).0,
            fair_seed: seed,
            totals: table.totals.clone(),
            estimate: basis,
            outlook_average: Integer(table.outlook.average.into()),
            past: table.past,
            total,
            offset,
            miners,
            next: (end < total).then_some(end),
        }))
    })
    .await
}

/// One miner, by id or name. A resigned one that doesn't serve any more is answered from the history, if the node keeps one.
#[utoipa::path(get, path = "/miners/{miner}", tag = "miners", params(("miner" = String, Path, description = "id or name"), MinerQuery), responses((status = 200, body = MinerDetail)))]
pub(crate) async fn one(
    Asked(api): Asked,
    Path(text): Path<String>,
    Query(query): Query<MinerQuery>,
) -> ApiResult<MinerDetail> {
    let (amount, t) = estimate_inputs(query.amount, query.time_gain)?;
    let id = api.find_miner(&text).await?;
    let (voted, _) = api.mine(query.account.as_deref()).await?;
    let table = api.table_with_past().await?;
    api.blocking(move |api| {
        let past = match table.past {
            true => PastOf::read(&api.shared.history, id)?,
            false => None,
        };
        let row = table.get(id);
        let basis = estimate_basis(api.params(), &table, amount, t);
        let mut miner = match (row, &past) {
            (Some(row), _) => row.miner.clone(),
            (None, Some(past)) => gone(&past.facts),
            (None, None) => return Err(ApiError::not_found(format!("there is no miner #{id}"))),
        };
        miner.estimated_bonus_per_day = estimate(&basis, &miner);
        miner.my_vote = voted == Some(id);
        let node = row.map(|row| &row.view.node);
        let lookalikes = lookalikes(&table, &miner.name);
        let facts = past.as_ref().map(|past| &past.facts);
        let sum = |of: fn(&MinerFacts) -> u64| facts.map_or(0, of);
        Ok(Json(MinerDetail {
            height: table.height,
            miner,
            estimate: basis,
            past: table.past,
            counted_from: past.as_ref().and_then(|past| past.counted_from),
            registered_height: facts
                .and_then(|facts| facts.registered_height)
                .map(|height| height.0),
            resigned_round: facts
                .and_then(|facts| facts.resigned_round)
                .map(|round| round.0),
            lookalikes,
            deposit: Amount(row.map_or(0, |row| row.view.miner.deposit.0)),
            contact: node
                .and_then(|node| node.contact.as_ref())
                .map(|contact| contact.as_str().to_owned()),
            node_key: api::Hash(node.map_or([0; 32], |node| node.node.0)),
            bls_key: Bytes(node.map_or_else(Vec::new, |node| to_bytes(&node.bls))),
            dial_address: node.map_or_else(String::new, |node| node.dial.as_str().to_owned()),
            last_seen_round: row
                .and_then(|row| row.view.presence)
                .map(|presence| presence.seen)
                .map(|round| round.0),
            rewards_total: Amount(sum(|facts| facts.rewards)),
            fees_total: Amount(sum(|facts| facts.fees)),
            pools_total: Amount(sum(|facts| facts.pools)),
            lucky_total: sum(|facts| facts.lucky),
            seats_total: sum(|facts| facts.seats),
            last_round: past.as_ref().and_then(|past| past.last_round),
            voters_by_size: past.map(|past| past.voters_by_size).unwrap_or_default(),
        }))
    })
    .await
}

/// What the history knows of one miner.
struct PastOf {
    facts: MinerFacts,
    counted_from: Option<u64>,
    last_round: Option<u64>,
    voters_by_size: Vec<SizeClass>,
}

impl PastOf {
    /// None if there is no such miner.
    fn read(history: &History, id: MinerId) -> Result<Option<Self>, HistoryError> {
        let Some(facts) = history.miner(id)? else {
            return Ok(None);
        };
        let rounds = history.miner_history(id, None, 1)?.rounds;
        Ok(Some(Self {
            facts,
            counted_from: history.counted_from()?.map(|round| round.0),
            last_round: rounds.first().map(|round| round.round),
            voters_by_size: history.voters_by_size(id)?,
        }))
    }
}

/// A miner whose record in the state has ended.
fn gone(facts: &MinerFacts) -> Miner {
    Miner {
        rank: 0,
        id: facts.id.0,
        name: facts.name.clone(),
        owner: facts.owner.to_string(),
        state: MinerState::Resigned,
        ready: false,
        in_committee: false,
        announced: false,
        votes: Integer(0),
        votes_share_ppb: 0,
        locked: Amount(0),
        voters: 0,
        produced: 0,
        slots: 0,
        missed: 0,
        coefficient: Integer(0),
        weight: Integer(0),
        first_pick_ppb: 0,
        inclusion_ppb: 0,
        outlook: Default::default(),
        recent: String::new(),
        seats: 0,
        expected_seats_micro: 0,
        seats_deviation_micro: 0,
        estimated_bonus_per_day: Amount(0),
        last_block: facts.last_block.map(|height| height.0),
        my_vote: false,
    }
}

/// A miner round by round, newest first.
#[utoipa::path(get, path = "/miners/{miner}/history", tag = "miners", params(("miner" = String, Path, description = "id or name"), RoundsQuery), responses((status = 200, body = MinerHistoryPage)))]
pub(crate) async fn history(
    Asked(api): Asked,
    Path(text): Path<String>,
    Query(query): Query<RoundsQuery>,
) -> ApiResult<MinerHistoryPage> {
    let limit = limit(query.limit, PAGE_DEFAULT, PAGE_MAX)?;
    let id = api.find_miner(&text).await?;
    api.history(move |history| history.miner_history(id, query.before_round, limit))
        .await
        .map(Json)
}
