//! Accounts, positions, bonus.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use axum::Json;
use etm_execution::outlook::Case;
use etm_history::Life;
use etm_mechanism::{Position, weight};
use etm_types::api::account::{
    Account, BonusPage, PendingRequest, Position as PositionInfo, TimelinePage,
};
use etm_types::api::error::ErrorCode;
use etm_types::api::query::{BonusQuery, OffsetQuery, PAGE_DEFAULT, PAGE_MAX, TransactionsQuery};
use etm_types::api::transaction::TransactionPage;
use etm_types::api::{Amount, Integer, share_ppb};
use etm_types::{Address, Height, Round};

use crate::at_tip::account_at_tip;
use crate::error::ApiResult;
use crate::extract::{Path, Query, address, limit};
use crate::state::{Api, Asked};
use crate::view::forecast::{forecast, show_round_end};
use crate::view::table::Table;

/// Requests of an account whose transactions are looked up: each may take a block to be read.
const HASHES: usize = 32;

/// An account as of the tip: balance, position with forecast, what is pending.
#[utoipa::path(get, path = "/accounts/{address}", tag = "accounts", params(("address" = String, Path)), responses((status = 200, body = Account)))]
pub(crate) async fn account(Asked(api): Asked, Path(text): Path<String>) -> ApiResult<Account> {
    let address = address(&text)?;
    let params = *api.params();
    // Before the state: what a block takes meanwhile is known by its nonce, and the next nonce is never one of those.
    let mut pool = api.shared.backend.pool_of(&address);
    let tip = account_at_tip!(api, &address, reader, view => ());
    let (table, view, height) = (&tip.table, &tip.view, tip.height);
    let round = params.round_of(Height(height.saturating_add(1)));
    let past = {
        let first = params.first_height(round);
        let heights = view
            .requests
            .iter()
            .take(HASHES)
            .map(|asked| first.saturating_add(asked.block.into()));
        let heights: BTreeSet<Height> = heights.collect();
        api.history(move |history| {
            let hashes = history.requests_of(&address, &heights)?;
            Ok((hashes, history.life(&address)?))
        })
        .await
    };
    // The state answers, whatever becomes of the history.
    let (mut hashes, life) = match past {
        Err(error) if matches!(error.code, ErrorCode::Unavailable | ErrorCode::Pruned) => {
            (BTreeMap::new(), Life::default())
        }
        past => past?,
    };
    let first = params.first_height(round);
    let pending_requests = view.requests.iter().map(|asked| {
        let height = first.saturating_add(asked.block.into());
        // Those of a block are told in its order, by the state as by the block.
        let known = hashes.get_mut(&height).and_then(VecDeque::pop_front);
        PendingRequest {
            request: api.shared.history.show_request(&asked.action),
            transaction: known.map(Into::into),
            height: Some(height.0),
            effective_round: round.0,
        }
    });
    let pending_requests = pending_requests.collect();
    pool.retain(|(pooled, _)| pooled.transaction().unsigned.nonce >= tip.view.record.nonce);
    let next_nonce = pool.iter().fold(view.record.nonce, |next, (pooled, _)| {
        let nonce = pooled.transaction().unsigned.nonce;
        if nonce == next {
            next.saturating_add(1)
        } else {
            next
        }
    });
    let locked = view.position.map_or(0, |position| position.locked.0);
    let (locking, unlocking) = (view.locking(), view.unlocking());
    let balance = view.balance();
    let known = life.finished == round;
    let position = view.position.map(|position| {
        api.show_position(
            table,
            &position,
            // Figures of the past that belong to another round than the state are not shown beside it.
            (known && life.whole).then_some(Amount::from(life.earned_by_present)),
            life.since_round.filter(|_| known).map(|round| round.0),
        )
    });
    let history = &api.shared.history;
    let show = |case| {
        let position = tip.projected(&[], case);
        position.map(|position| history.show_state(&position))
    };
    Ok(Json(Account {
        address: address.to_string(),
        height,
        exists: view.exists,
        nonce: view.record.nonce,
        next_nonce,
        free: Amount::from(view.record.free),
        earned: Amount::from(view.earned),
        balance: Amount::from(balance),
        locked: Amount(locked),
        locking: Amount::from(locking),
        unlocking: Amount::from(unlocking),
        deposit: Amount::from(view.deposit),
        total: Amount(
            [locked, locking.0, view.deposit.0]
                .into_iter()
                .fold(balance.0, u64::saturating_add),
        ),
        position,
        projected: show(Case::Expected),
        projected_best: show(Case::Best),
        projected_worst: show(Case::Worst),
        round_end: show_round_end(
            &table.outlook,
            view.position.and_then(|position| position.miner),
        ),
        pending_requests,
        pending_transactions: pool
            .iter()
            .map(|(pooled, held)| history.show_pending(pooled.transaction(), *held))
            .collect(),
        miner: view.record.miner.map(|miner| api.miner_ref(miner)),
        effective_round: round.0,
    }))
}

impl Api {
    fn show_position(
        &self,
        table: &Table,
        position: &Position,
        earned_total: Option<Amount>,
        since_round: Option<u64>,
    ) -> PositionInfo {
        let row = position.miner.and_then(|miner| table.get(miner));
        let miner_votes = row.map_or(0, |row| row.view.standing.votes.0);
        let inclusion = row.map_or(0, |row| row.miner.inclusion_ppb);
        let due = table.outlook.halvings(position.miner, Case::Best);
        let now = self.shared.backend.now_ms();
        let next_day_ms = self.next_day_ms(now);
        // Those that count at the end of the running round, before the next one comes.
        let passed = self.days(now).saturating_sub(table.globals.day.0);
        PositionInfo {
            locked: Amount::from(position.locked),
            time_gain: position.t.get(),
            miner: position.miner.map(|miner| self.miner_ref(miner)),
            base_weight: Integer(weight::w(position.locked).into()),
            votes: Integer::from(position.votes()),
            miner_votes: Integer(miner_votes),
            share_ppb: share_ppb(position.votes().0, miner_votes),
            earned_total,
            since_round,
            next_day_ms,
            time_gain_after_next_day: position.t.after_round(due, passed.saturating_add(1)).get(),
            halvings_due: u32::try_from(due).unwrap_or(u32::MAX),
            inclusion_ppb: inclusion,
            forecast: forecast(self.params(), table, position, passed, (now, next_day_ms)),
        }
    }
}

/// What the account's positions earned, round by round, and why. Newest first.
#[utoipa::path(get, path = "/accounts/{address}/bonus", tag = "accounts", params(("address" = String, Path), BonusQuery), responses((status = 200, body = BonusPage)))]
pub(crate) async fn bonus(
    Asked(api): Asked,
    Path(text): Path<String>,
    Query(query): Query<BonusQuery>,
) -> ApiResult<BonusPage> {
    let address: Address = address(&text)?;
    let limit = limit(query.limit, PAGE_DEFAULT, PAGE_MAX)?;
    let earned_only = query.earned_only.unwrap_or(false);
    api.history(move |history| {
        history.bonus(&address, query.before_round.map(Round), earned_only, limit)
    })
    .await
    .map(Json)
}

/// What changed the account's positions: requests, halvings with their blocks, days. Newest first.
#[utoipa::path(get, path = "/accounts/{address}/timeline", tag = "accounts", params(("address" = String, Path), OffsetQuery), responses((status = 200, body = TimelinePage)))]
pub(crate) async fn timeline(
    Asked(api): Asked,
    Path(text): Path<String>,
    Query(query): Query<OffsetQuery>,
) -> ApiResult<TimelinePage> {
    let address: Address = address(&text)?;
    let limit = limit(query.limit, PAGE_DEFAULT, PAGE_MAX)?;
    let offset = query.offset.unwrap_or(0);
    api.history(move |history| history.timeline(&address, offset, limit))
        .await
        .map(Json)
}

/// Transactions the account sent or received by. Newest first.
#[utoipa::path(get, path = "/accounts/{address}/transactions", tag = "accounts", params(("address" = String, Path), TransactionsQuery), responses((status = 200, body = TransactionPage)))]
pub(crate) async fn transactions(
    Asked(api): Asked,
    Path(text): Path<String>,
    Query(query): Query<TransactionsQuery>,
) -> ApiResult<TransactionPage> {
    let address: Address = address(&text)?;
    let limit = limit(query.limit, PAGE_DEFAULT, PAGE_MAX)?;
    api.history(move |history| history.account_transactions(&address, query.cursor, limit))
        .await
        .map(Json)
}
