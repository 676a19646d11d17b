//! The chain and the node as a whole.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use etm_execution::read;
use etm_history::BlockTime;
use etm_mechanism::{beacon, schedule, weight};
use etm_mempool::Scarce;
use etm_types::api::chain::{
    Finality, Genesis, Mempool, Namespaces, NodeInfo, Parameters, Peer, PeerRole, Peers,
    RoundProgress, ScheduleSpan, Status, Supply, SupplyPoint, Sync, Tip, Turn,
};
use etm_types::api::query::SupplyHistoryQuery;
use etm_types::api::{self, Amount, Bytes, Integer, MinerRef};
use etm_types::codec::to_bytes;
use etm_types::{Committee, Height, MinerId, Payload, Slot, TimeGain, Units, Votes};

use crate::error::{ApiError, ApiResult};
use crate::extract::Query;
use crate::reader::{ReadError, read_state};
use crate::sending::Kept;
use crate::state::{Api, Asked};
use crate::view::table::{Row, Table};

/// Slots ahead of which it is told who is on turn.
const UPCOMING: u64 = 20;

impl Api {
    /// A miner with its name.
    pub(crate) fn miner_ref(&self, id: MinerId) -> MinerRef {
        self.shared.history.miner_ref(id)
    }

    fn node_info(&self, table: &Table) -> NodeInfo {
        let node = self.shared.backend.node();
        NodeInfo {
            version: node.version,
            api_version: 1,
            node_key: node.node_key.map(api::Hash::from),
            miner: node.node_key.and_then(|key| table.miner_of(&key)),
            started_ms: node.started_ms,
        }
    }
}

/// Where the chain is and how this node does.
#[utoipa::path(get, path = "/status", tag = "chain", responses((status = 200, body = Status)))]
pub(crate) async fn status(Asked(api): Asked) -> ApiResult<Status> {
    let (read, height) = read_state!(api, reader => async {
        let (globals, tally) = read::globals(&reader).await?;
        let record = read::chain_record(&reader).await?;
        let serving = read::committee(&reader, globals.round).await?;
        let announced = read::committee(&reader, globals.round.next()).await?;
        Ok::<_, etm_execution::ExecutionError<ReadError>>((globals, tally, record, serving, announced))
    })?;
    let (globals, tally, record, serving, announced) = read;
    let table = api.table().await?;
    let params = *api.params();
    let tip = match api
        .shared
        .backend
        .tip()
        .filter(|tip| tip.height > Height(0))
    {
        Some(header) => Tip {
            height: header.height.0,
            hash: api::Hash::from(header.hash()),
            round: header.round.0,
            slot: header.slot.0,
            timestamp_ms: header.timestamp_ms,
            producer: Some(api.miner_ref(header.producer)),
        },
        None => Tip {
            height: 0,
            hash: api::Hash::from(api.shared.history.chain().genesis_hash),
            round: 0,
            slot: 0,
            timestamp_ms: api.genesis().chain().genesis_timestamp_ms,
            producer: None,
        },
    };
    let backend = &api.shared.backend;
    let (now_ms, facts) = (backend.now_ms(), backend.sync());
    let history = &api.shared.history;
    let (first_height, last_height) = (
        history.first_height(globals.round),
        history.last_height(globals.round),
    );
    let parent_slot = if record.height >= first_height {
        record.slot
    } else {
        Slot(0)
    };
    let running_slot = backend
        .current_slot()
        .filter(|running| running.round == globals.round && running.slot > parent_slot);
    let slot = running_slot.map_or(parent_slot.next(), |running| running.slot);
    let refs = |committee: &Option<Committee>| -> Vec<MinerRef> {
        committee
            .iter()
            .flat_map(|committee| &committee.members)
            .map(|member| api.miner_ref(member.miner))
            .collect()
    };
    let on_turn = |slot: Slot| {
        let members = &serving.as_ref()?.members;
        let place = beacon::on_turn(globals.round, &globals.beacon, slot, members.len());
        members.get(place).map(|member| api.miner_ref(member.miner))
    };
    let upcoming = slot
        .next()
        .through(slot.saturating_add(UPCOMING))
        .filter_map(|slot| {
            Some(Turn {
                slot: slot.0,
                miner: on_turn(slot)?,
            })
        });
    let blocks_total = last_height.next().since(first_height);
    let blocks_done = record.height.next().since(first_height);
    let recent = api.recent().await;
    let ends_ms = expected_end(
        record.timestamp_ms,
        now_ms,
        blocks_total.saturating_sub(blocks_done),
        pace(&recent, params.slot_ms),
    );
    let progress = RoundProgress {
        round: globals.round.0,
        first_height: first_height.0,
        last_height: last_height.0,
        blocks_done,
        blocks_total,
        slot: slot.0,
        producer: on_turn(slot),
        upcoming: upcoming.collect(),
        missed: tally.0.iter().map(|entry| entry.missed).sum(),
        ends_ms,
        committee: refs(&serving),
        announced: refs(&announced),
        next_day_ms: api.next_day_ms(now_ms.max(record.timestamp_ms)),
    };
    Ok(Json(Status {
        chain: api.chain_ref(),
        node: api.node_info(&table),
        progress,
        finality: finality(&recent),
        sync: Sync {
            state: facts.state,
            best_height: facts.best_height.0.max(height),
            tip_age_ms: now_ms.saturating_sub(tip.timestamp_ms),
            now_ms,
            history_lag: api.history_lag(),
            warnings: facts
                .warnings
                .into_iter()
                .chain(api.shared.history.is_off().map(str::to_owned))
                .collect(),
            source: backend.upstreams().0,
        },
        peers: u32::try_from(backend.peers().iter().filter(|peer| peer.connected).count())
            .unwrap_or(u32::MAX),
        pending_transactions: u32::try_from(backend.pool_summary().count).unwrap_or(u32::MAX),
        tip,
    }))
}

/// When the last block of a round is to be expected, if one comes every `pace_ms`: a block that is late puts off all after it.
fn expected_end(tip_ms: u64, now_ms: u64, blocks: u64, pace_ms: u64) -> u64 {
    match blocks.checked_sub(1) {
        None => tip_ms,
        Some(after_next) => tip_ms
            .saturating_add(pace_ms)
            .max(now_ms)
            .saturating_add(after_next.saturating_mul(pace_ms)),
    }
}

/// Slots that the longest wait for a block counts as in the pace: a node says that its chain stands still after as many, and a halt that is
/// over makes no block late that is to come.
const LONGEST_WAIT: u64 = 10;

/// How long a block takes by those that came last, whose missed slots cost their time: a slot at least.
fn pace(recent: &[BlockTime], slot_ms: u64) -> u64 {
    let waits: Vec<u64> = recent
        .array_windows()
        .map(|[before, after]| {
            let wait = after.timestamp_ms.saturating_sub(before.timestamp_ms);
            wait.clamp(slot_ms, slot_ms.saturating_mul(LONGEST_WAIT))
        })
        .collect();
    let sum = waits
        .iter()
        .fold(0, |sum: u64, wait| sum.saturating_add(*wait));
    sum.checked_div(waits.len() as u64).unwrap_or(slot_ms)
}

fn finality(recent: &[BlockTime]) -> Finality {
    let times: Vec<u64> = recent
        .iter()
        .filter_map(|block| block.finality_ms)
        .collect();
    let count = times.len() as u64;
    let interval = match (recent.first(), recent.last()) {
        (Some(first), Some(last)) => (last.timestamp_ms)
            .saturating_sub(first.timestamp_ms)
            .checked_div(recent.len() as u64 - 1),
        _ => None,
    };
    Finality {
        last_ms: recent.last().and_then(|block| block.finality_ms),
        mean_ms: times.iter().sum::<u64>().checked_div(count),
        max_ms: times.iter().max().copied(),
        blocks: u32::try_from(count).unwrap_or(u32::MAX),
        block_interval_ms: interval,
    }
}

/// The spans of the schedule: where reward or bonus of a block change.
fn spans() -> Vec<ScheduleSpan> {
    let mut spans: Vec<ScheduleSpan> = Vec::new();
    let mut first = 1;
    while first <= schedule::LAST_HEIGHT.0 {
        let reward = schedule::reward(Height(first));
        // All spans end at multiples of 2,000 blocks.
        let mut last = first + 1_999;
        let bonus = |from: u64| schedule::bonus_between(Height(from - 1), Height(from + 1_999)).0;
        while last < schedule::LAST_HEIGHT.0
            && schedule::reward(Height(last + 1)) == reward
            && bonus(last + 1).abs_diff(bonus(first)) <= 1
        {
            last += 2_000;
        }
        spans.push(ScheduleSpan {
            first_height: first,
            last_height: last,
            reward: Amount::from(reward),
            bonus: Amount(
                schedule::bonus_between(Height(first - 1), Height(last)).0 / (last + 1 - first),
            ),
            reward_total: Amount(schedule::reward_total(Height(last)).0),
            bonus_total: Amount(schedule::bonus_total(Height(last)).0),
        });
        first = last + 1;
    }
    spans
}

/// The constants of this chain and of the mechanism.
#[utoipa::path(get, path = "/parameters", tag = "chain", responses((status = 200, body = Parameters)))]
pub(crate) async fn parameters(Asked(api): Asked) -> ApiResult<Parameters> {
    use etm_types::namespace;
    let params = api.params();
    let mechanism = &params.mechanism;
    let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    let supply = *api.shared.genesis_supply.get_or_init(|| {
        let supply = api.genesis().draft().supply();
        u64::try_from(supply).unwrap_or(u64::MAX)
    });
    Ok(Json(Parameters {
        chain: api.chain_ref(),
        units_per_etm: Amount(Units::ETM.0),
        vote_scale: Integer(Votes::ONE.0),
        coefficient_scale: Integer(etm_mechanism::performance::V_ONE.into()),
        committee: mechanism.committee,
        blocks_per_round: mechanism.blocks_per_round,
        min_committee: mechanism.min_committee,
        slot_ms: params.slot_ms,
        day_seconds: mechanism.day_seconds,
        ready_rounds: u32::try_from(params.ready_rounds).unwrap_or(u32::MAX),
        min_lock: Amount::from(mechanism.min_lock),
        deposit: Amount::from(mechanism.deposit),
        min_fee: Amount::from(params.fee),
        max_time_gain: TimeGain::MAX.get(),
        max_block_transactions: params.max_block_transactions,
        max_block_bytes: params.max_block_bytes,
        max_transaction_bytes: u32::try_from(etm_types::limits::MAX_TRANSACTION_BYTES)
            .unwrap_or(u32::MAX),
        time_gain_table: (1..=32)
            .filter_map(TimeGain::new)
            .map(|t| Integer(weight::g(t).into()))
            .collect(),
        schedule: spans(),
        genesis_supply: Amount(supply),
        genesis_beacon: api::Hash::from(api.genesis().draft().beacon),
        namespaces: Namespaces {
            transaction: text(namespace::TRANSACTION),
            vrf: text(namespace::VRF),
            proof_of_possession: text(namespace::POSSESSION),
            consensus: text(namespace::CONSENSUS),
        },
    }))
}

/// The genesis, from which the chain id follows.
#[utoipa::path(get, path = "/genesis", tag = "chain", responses((status = 200, body = Genesis)))]
pub(crate) async fn genesis(Asked(api): Asked) -> Result<Response, ApiError> {
    // It may have megabytes and never changes: it is written once.
    let body = api
        .blocking(|api| {
            let written = api.shared.genesis.get_or_init(|| {
                let genesis = Genesis {
                    chain: api.chain_ref(),
                    canonical: Bytes(to_bytes(api.genesis().draft())),
                    block_hash: api::Hash::from(api.shared.history.chain().genesis_hash),
                };
                serde_json::to_vec(&genesis)
                    .map(axum::body::Bytes::from)
                    .ok()
            });
            written
                .clone()
                .ok_or_else(|| ApiError::internal(&"the genesis can't be written as JSON"))
        })
        .await?;
    let kind = [(CONTENT_TYPE, "application/json")];
    Ok((kind, Extension(Kept), body).into_response())
}

/// Where all tokens are, against the schedule.
#[utoipa::path(get, path = "/supply", tag = "chain", responses((status = 200, body = Supply)))]
pub(crate) async fn supply(Asked(api): Asked) -> ApiResult<Supply> {
    let (supply, height) = read_state!(api, reader => read::supply(&reader))?;
    if !supply.conserved {
        return Err(ApiError::internal(
            &"invariant 1 is broken: the balances don't sum up to the supply",
        ));
    }
    let globals = &supply.globals;
    let (figures, distributed) = api
        .history(|history| Ok((history.locked_by_miner()?, history.distributed()?.0)))
        .await?;
    let positions = figures.values().map(|figures| figures.voters).sum();
    let voters = figures
        .iter()
        .filter(|(miner, _)| miner.is_some())
        .map(|(_, figures)| figures.voters)
        .sum();
    let escrow = globals.bonus_issued.0.saturating_sub(distributed);
    let held = [
        globals.locked.0,
        globals.deposits.0,
        globals.fees_pending.0,
        escrow,
    ];
    let spendable = held.into_iter().fold(supply.total.0, u64::saturating_sub);
    Ok(Json(Supply {
        height,
        genesis: Amount::from(globals.genesis_supply),
        rewards_issued: Amount::from(globals.rewards_issued),
        bonus_issued: Amount::from(globals.bonus_issued),
        total: Amount::from(supply.total),
        rewards_scheduled: Amount::from(schedule::reward_total(globals.height)),
        bonus_scheduled: Amount::from(schedule::bonus_total(globals.height)),
        rewards_maximum: Amount(schedule::REWARD_TOTAL.0),
        bonus_maximum: Amount(schedule::BONUS_TOTAL.0),
        maximum: Amount(
            globals
                .genesis_supply
                .0
                .saturating_add(schedule::REWARD_TOTAL.0)
                .saturating_add(schedule::BONUS_TOTAL.0),
        ),
        locked: Amount::from(globals.locked),
        deposits: Amount::from(globals.deposits),
        fees_pending: Amount::from(globals.fees_pending),
        escrow: Amount(escrow),
        carry: Amount::from(globals.carry),
        bonus_credited: Amount(distributed),
        spendable: Amount(spendable),
        locked_share_ppb: api::share_ppb(globals.locked.0.into(), supply.total.0.into()),
        positions,
        voters,
        accounts: supply.chain.accounts,
        schedule: spans(),
    }))
}

/// Issued and locked tokens over the past, for a chart; oldest first.
#[utoipa::path(get, path = "/supply/history", tag = "chain", params(SupplyHistoryQuery), responses((status = 200, body = Vec<SupplyPoint>)))]
pub(crate) async fn supply_history(
    Asked(api): Asked,
    Query(query): Query<SupplyHistoryQuery>,
) -> ApiResult<Vec<SupplyPoint>> {
    let points = crate::extract::within("points", query.points, 100, 500)?;
    api.history(move |history| history.supply_points(points))
        .await
        .map(Json)
}

/// What waits in this node's pool.
#[utoipa::path(get, path = "/mempool", tag = "chain", responses((status = 200, body = Mempool)))]
pub(crate) async fn mempool(Asked(api): Asked) -> ApiResult<Mempool> {
    let backend = &api.shared.backend;
    let (summary, (max_count, max_bytes)) = (backend.pool_summary(), backend.pool_limits());
    let best = backend.pool_best(100);
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let (request, resignation) = (Scarce::of(&Payload::Withdraw), Scarce::of(&Payload::Resign));
    let registration = Scarce {
        proofs: 1,
        ..request
    };
    let least = |scarce| {
        let to_exceed = summary.to_exceed.by(scarce);
        let least = to_exceed.map_or(0, |fee| fee.saturating_add(1));
        Amount(least.max(api.params().fee.0))
    };
    Ok(Json(Mempool {
        count: count(summary.count),
        held: count(summary.held),
        bytes: summary.bytes as u64,
        max_count: count(max_count),
        max_bytes: max_bytes as u64,
        min_fee: least(Scarce::default()),
        min_fee_request: least(request),
        min_fee_registration: least(registration),
        min_fee_resignation: least(resignation),
        transactions: best
            .iter()
            .map(|(pooled, held)| api.shared.history.show_pending(pooled.transaction(), *held))
            .collect(),
    }))
}

/// The peers this node talks to.
#[utoipa::path(get, path = "/peers", tag = "chain", responses((status = 200, body = Peers)))]
pub(crate) async fn peers(Asked(api): Asked) -> ApiResult<Peers> {
    let table = api.table().await?;
    let peers = api.shared.backend.peers().into_iter().map(|peer| {
        let row = table.of_node(&peer.node_key);
        Peer {
            node_key: api::Hash::from(peer.node_key),
            miner: table.miner_of(&peer.node_key),
            address: peer.address,
            connected: peer.connected,
            last_seen_round: row
                .and_then(|row| row.view.presence)
                .map(|presence| presence.seen)
                .map(|round| round.0),
            ready: row.is_some_and(|row| row.view.ready),
            role: row.map_or(PeerRole::Follower, Row::role),
            version: peer.version,
            height: peer.height.map(|height| height.0),
        }
    });
    Ok(Json(Peers {
        node: api.node_info(&table),
        peers: peers.collect(),
        upstreams: api.shared.backend.upstreams().1,
    }))
}

#[cfg(test)]
mod tests;
