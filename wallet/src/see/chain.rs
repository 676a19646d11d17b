//! `etm status`, `etm round`, `etm block`, `etm tx HASH` and `etm supply`.

use crate::{
    context::{Context, behind, miner_text},
    failure::{Failure, Result},
    figures::{coefficient, count, etm, instant, percent, span, votes},
    output::{Align, Page, Report, Tone},
};
use etm_types::api::{
    Hash, MinerRef,
    block::{Block, BlockReceipts},
    chain::{Status, Supply, SyncState},
    receipt::ReceiptInfo,
    round::{Round, RoundState},
    transaction::{Effect, Outcome, Payload, Transaction, TransactionStatus},
};
use serde::Serialize;

pub async fn status(context: &Context) -> Result<()> {
    context
        .output
        .print(&StatusReport(context.client.status().await?))
}

pub async fn round(context: &Context, named: Option<&str>) -> Result<()> {
    let status = context.status().await?;
    let named = match named {
        Some(named) => named.to_owned(),
        None => match status.progress.round.checked_sub(1) {
            Some(finished) => finished.to_string(),
            None => "current".to_owned(),
        },
    };
    let allowed = matches!(named.as_str(), "current" | "announced")
        || named.bytes().all(|byte| byte.is_ascii_digit());
    if named.is_empty() || !allowed {
        return Err(Failure::usage(
            "invalid_round",
            format!("{named:?} is no round: a number, `current` or `announced`"),
        ));
    }
    let round = context.client.round(&named).await?;
    context.output.print(&RoundReport(round))
}

pub async fn block(context: &Context, named: Option<&str>, receipts: bool) -> Result<()> {
    let status = context.status().await?;
    let named = named.map_or_else(|| status.tip.height.to_string(), str::to_owned);
    if named.parse::<u64>().is_err() && named.parse::<Hash>().is_err() {
        return Err(Failure::usage(
            "invalid_block",
            format!("{named:?} is neither a height nor a hash (64 lower-case hex digits)"),
        ));
    }
    let block = context.client.block(&named).await?;
    let receipts = match receipts {
        true => Some(
            context
                .client
                .block_receipts(&block.summary.hash.to_string())
                .await?,
        ),
        false => None,
    };
    context.output.print(&BlockReport { block, receipts })
}

pub async fn transaction(context: &Context, hash: &str) -> Result<()> {
    let parsed: Hash = hash.parse().map_err(|_| {
        Failure::usage(
            "invalid_hash",
            format!("{hash:?} is no transaction's hash: 64 lower-case hex digits"),
        )
    })?;
    context.status().await?;
    let transaction = context.client.transaction(&parsed).await?;
    context.output.print(&TransactionReport(transaction))
}

pub async fn supply(context: &Context) -> Result<()> {
    context.status().await?;
    let supply = context.client.supply().await?;
    let wrong = supply.rewards_issued != supply.rewards_scheduled
        || supply.bonus_issued != supply.bonus_scheduled;
    context.output.print(&SupplyReport(supply))?;
    if wrong {
        return Err(Failure::failed(
            "supply_off_schedule",
            "what was issued is not what the schedule says",
        ));
    }
    Ok(())
}

fn names(miners: &[MinerRef]) -> String {
    let names: Vec<&str> = miners.iter().map(|miner| miner.name.as_str()).collect();
    names.join(", ")
}

/// Where the chain is. In JSON the API's `Status`.
#[derive(Serialize)]
#[serde(transparent)]
struct StatusReport(Status);

impl Report for StatusReport {
    fn show(&self, page: &mut Page) {
        let status = &self.0;
        page.title(&format!(
            "{} at height {}",
            status.chain.name, status.tip.height
        ));
        page.field("chain id", status.chain.id.to_string());
        page.field(
            "tip",
            format!(
                "{} of {}",
                status.tip.hash,
                instant(status.tip.timestamp_ms)
            ),
        );
        let progress = &status.progress;
        page.field(
            "round",
            format!(
                "{}: {} of {} blocks, {} slots missed",
                progress.round, progress.blocks_done, progress.blocks_total, progress.missed
            ),
        );
        page.field("committee", names(&progress.committee));
        page.field("next committee", names(&progress.announced));
        let ends = span(progress.ends_ms.saturating_sub(status.sync.now_ms));
        page.field("round ends in", ends);
        if let Some(interval) = status.finality.block_interval_ms {
            page.field("a block every", span(interval));
        }
        if let Some(mean) = status.finality.mean_ms {
            page.field("final after", span(mean));
        }
        page.field("peers", status.peers.to_string());
        page.field("pending", count(status.pending_transactions));
        page.field("node", format!("version {}", status.node.version));
        match (status.sync.state, behind(status)) {
            (SyncState::Synced, _) => page.field_toned("keeps up", Tone::Good, "yes"),
            (_, warning) => page.field_toned("keeps up", Tone::Bad, &warning.unwrap_or_default()),
        }
    }
}

/// One round. In JSON the API's `Round`.
#[derive(Serialize)]
#[serde(transparent)]
struct RoundReport(Round);

impl Report for RoundReport {
    fn show(&self, page: &mut Page) {
        let round = &self.0;
        let summary = &round.summary;
        let state = match summary.state {
            RoundState::Finished => "finished",
            RoundState::Running => "running",
            RoundState::Announced => "announced",
        };
        page.title(&format!(
            "Round {} ({state}), heights {} to {}",
            summary.round, summary.first_height, summary.last_height
        ));
        page.field(
            "blocks",
            format!("{}, {} slots missed", summary.blocks, summary.missed),
        );
        page.field("transactions", count(summary.transactions));
        if let Some(seed) = round.seed {
            page.field("seed of slots", seed.to_string());
        }
        if let Some(beacon) = round.beacon {
            page.field("beacon at end", beacon.to_string());
        }
        if let Some(distribution) = &round.distribution {
            let issued = format!(
                "{} = {} carried + {} issued",
                etm(distribution.total),
                etm(distribution.carry_in),
                etm(distribution.issued)
            );
            page.field("bonus", issued);
            page.field(
                "pools",
                format!(
                    "{} each, {} on top for the lucky one",
                    etm(distribution.ordinary_pool),
                    etm(distribution.lucky_extra)
                ),
            );
            page.field("carried on", etm(distribution.carry_out));
            page.field(
                "fees",
                format!(
                    "{}, {} a block",
                    etm(distribution.fees),
                    etm(distribution.fee_per_block)
                ),
            );
        }
        if let Some(lucky) = &summary.lucky {
            page.field_toned("lucky", Tone::Good, &miner_text(lucky));
        }
        if let Some(drawn) = &round.drawn {
            let kept = if drawn.kept {
                " (too few candidates: the same again)"
            } else {
                ""
            };
            page.field(
                "drawn",
                format!("for round {}: {}{kept}", drawn.round, names(&drawn.members)),
            );
        }
        page.gap();
        page.title("Committee, in the order drawn");
        let rows: Vec<Vec<String>> = round
            .committee
            .iter()
            .map(|seat| {
                vec![
                    seat.index.to_string(),
                    miner_text(&seat.miner),
                    seat.produced.to_string(),
                    seat.missed.to_string(),
                    votes(seat.votes),
                    seat.pool.map_or_else(|| "-".to_owned(), etm),
                    etm(seat.rewards),
                    seat.fees.map_or_else(|| "-".to_owned(), etm),
                    if seat.lucky {
                        "lucky".to_owned()
                    } else {
                        String::new()
                    },
                ]
            })
            .collect();
        let columns = [
            ("SEAT", Align::Right),
            ("MINER", Align::Left),
            ("BLOCKS", Align::Right),
            ("MISSED", Align::Right),
            ("VOTES", Align::Right),
            ("POOL", Align::Right),
            ("REWARDS", Align::Right),
            ("FEES", Align::Right),
            ("", Align::Left),
        ];
        page.table(&columns, &rows);
        for missed in round.missed_slots.iter().take(20) {
            let text = format!(
                "slot {} missed by {}, before block {}",
                missed.slot,
                miner_text(&missed.miner),
                missed.before_height
            );
            page.say(Tone::Warning, &text);
        }
        if round.missed_slots.len() > 20 {
            page.say(
                Tone::Warning,
                &format!(
                    "... and {} more missed slots",
                    round.missed_slots.len() - 20
                ),
            );
        }
    }
}

/// One block. In JSON `block` is the API's `Block` and `receipts` its `BlockReceipts` or null.
#[derive(Serialize)]
struct BlockReport {
    block: Block,
    receipts: Option<BlockReceipts>,
}

impl Report for BlockReport {
    fn show(&self, page: &mut Page) {
        let summary = &self.block.summary;
        page.title(&format!(
            "Block {} of round {}",
            summary.height, summary.round
        ));
        page.field("hash", summary.hash.to_string());
        page.field("parent", self.block.header.parent.to_string());
        page.field("time", instant(summary.timestamp_ms));
        page.field("slot", summary.slot.to_string());
        page.field(
            "producer",
            summary
                .producer
                .as_ref()
                .map_or_else(|| "nobody: genesis".to_owned(), miner_text),
        );
        page.field(
            "reward",
            format!(
                "{}, {} for voters",
                etm(self.block.reward),
                etm(self.block.bonus)
            ),
        );
        page.field("fees", etm(summary.fees));
        page.field("size", format!("{} bytes", count(summary.size)));
        page.field("blocks on top", count(self.block.confirmations));
        page.field("state root", self.block.header.state_root.to_string());
        for missed in &summary.missed {
            page.say(
                Tone::Warning,
                &format!(
                    "slot {} was missed by {}",
                    missed.slot,
                    miner_text(&missed.miner)
                ),
            );
        }
        if !self.block.transaction_list.is_empty() {
            page.gap();
            page.title(&format!("{} transactions", summary.transactions));
            for transaction in &self.block.transaction_list {
                page.line(format!(
                    "{}  {}  {}",
                    transaction.hash,
                    transaction.sender,
                    crate::output::plain(&payload_text(&transaction.payload))
                ));
            }
        }
        if let Some(receipts) = &self.receipts {
            page.gap();
            page.title("What happened");
            for receipt in &receipts.receipts {
                page.line(crate::output::plain(&receipt_text(receipt)));
            }
        }
    }
}

/// One transaction. In JSON the API's `Transaction`.
#[derive(Serialize)]
#[serde(transparent)]
struct TransactionReport(Transaction);

impl Report for TransactionReport {
    fn show(&self, page: &mut Page) {
        let summary = &self.0.summary;
        page.title(&summary.hash.to_string());
        page.field("does", payload_text(&summary.payload));
        page.field("sender", &summary.sender);
        page.field("nonce", summary.nonce.to_string());
        page.field("fee", etm(summary.fee));
        let state = match summary.status {
            TransactionStatus::Pending => "pending".to_owned(),
            TransactionStatus::Held => "held back until the nonces before it are there".to_owned(),
            TransactionStatus::Included => "in a block".to_owned(),
            TransactionStatus::Finalized => "final".to_owned(),
        };
        page.field("state", state);
        if let Some(height) = summary.height {
            page.field("block", height.to_string());
        }
        if let Some(time) = summary.timestamp_ms {
            page.field("time", instant(time));
        }
        match &summary.outcome {
            Some(outcome) if outcome.accepted => {
                page.field_toned("outcome", Tone::Good, &outcome_text(outcome))
            }
            Some(outcome) => page.field_toned("outcome", Tone::Bad, &outcome_text(outcome)),
            None => page.field("expires", format!("after height {}", summary.expires_at)),
        }
    }
}

/// What the chain made of a transaction, in words.
pub fn outcome_text(outcome: &Outcome) -> String {
    if let Some(refused) = &outcome.refused {
        return format!("refused: {} (the fee is gone)", refused.message);
    }
    match outcome.effect {
        Effect::Immediate => "done".to_owned(),
        Effect::Waiting { round, height } => {
            format!("accepted: takes effect at the end of round {round} (height {height})")
        }
        Effect::Applied { round } => format!("took effect at the end of round {round}"),
        Effect::Void { round } => format!("void: the miner resigned in round {round}"),
        Effect::None => "no effect".to_owned(),
    }
}

/// What a transaction does, in words.
pub fn payload_text(payload: &Payload) -> String {
    match payload {
        Payload::Transfer {
            recipient,
            amount,
            memo,
        } if memo.is_empty() => {
            format!("send {} to {recipient}", etm(*amount))
        }
        Payload::Transfer {
            recipient,
            amount,
            memo,
        } => format!("send {} to {recipient} ({memo:?})", etm(*amount)),
        Payload::Lock { amount } => format!("lock {}", etm(*amount)),
        Payload::Unlock { amount } => format!("unlock {}", etm(*amount)),
        Payload::Vote { miner } => format!("vote for {}", miner_text(miner)),
        Payload::Withdraw => "withdraw the vote".to_owned(),
        Payload::Register {
            name, dial_address, ..
        } => format!("register as miner {name}, dialled at {dial_address}"),
        Payload::Update { .. } => "update the miner's node or contact".to_owned(),
        Payload::Resign => "resign as a miner".to_owned(),
        Payload::Heartbeat { miner, round } => {
            format!("heartbeat of {} in round {round}", miner_text(miner))
        }
    }
}

fn receipt_text(receipt: &ReceiptInfo) -> String {
    match receipt {
        ReceiptInfo::Transaction { hash, fee, outcome } => {
            format!(
                "transaction {hash}: {}, fee {}",
                outcome_text(outcome),
                etm(*fee)
            )
        }
        ReceiptInfo::Reward {
            miner,
            owner,
            amount,
        } => format!("reward {} to {} ({owner})", etm(*amount), miner_text(miner)),
        ReceiptInfo::Missed { miner, slot } => {
            format!("slot {slot} missed by {}", miner_text(miner))
        }
        ReceiptInfo::FeeShare {
            miner,
            blocks,
            amount,
            ..
        } => {
            format!(
                "fees {} to {} for {blocks} blocks",
                etm(*amount),
                miner_text(miner)
            )
        }
        ReceiptInfo::Pool {
            miner,
            amount,
            votes: all,
        } => {
            format!(
                "pool {} for the {} votes of {}",
                etm(*amount),
                votes(*all),
                miner_text(miner)
            )
        }
        ReceiptInfo::Lucky { miner, amount } => {
            format!("lucky: {}, {} on top", miner_text(miner), etm(*amount))
        }
        ReceiptInfo::Halving { miner, times } => format!(
            "time gain of the voters of {} halved {times} times",
            miner_text(miner)
        ),
        ReceiptInfo::DayTick { days } => format!("{days} days passed: every time gain +{days}"),
        ReceiptInfo::Request {
            account,
            request,
            applied,
        } => {
            let effect = if *applied { "took effect" } else { "was void" };
            format!(
                "{account}: {} {effect}",
                super::account::request_text(request)
            )
        }
        ReceiptInfo::Draw {
            round,
            members,
            candidates,
            kept,
        } => {
            let how = if *kept {
                "too few, the same again"
            } else {
                "drawn"
            };
            format!(
                "{how} for round {round} from {candidates} candidates: {}",
                names(members)
            )
        }
        ReceiptInfo::DepositReturned {
            miner,
            owner,
            amount,
        } => {
            format!(
                "deposit {} of {} back to {owner}",
                etm(*amount),
                miner_text(miner)
            )
        }
        ReceiptInfo::Bonus {
            total,
            pool,
            lucky,
            carry,
        } => format!(
            "bonus {}: {} for each pool, {} on top for the lucky one, {} carried on",
            etm(*total),
            etm(*pool),
            etm(*lucky),
            etm(*carry)
        ),
        ReceiptInfo::Average {
            coefficient: average,
        } => format!("average coefficient {}", coefficient(*average)),
    }
}

/// Where all tokens are. In JSON the API's `Supply`.
#[derive(Serialize)]
#[serde(transparent)]
struct SupplyReport(Supply);

impl Report for SupplyReport {
    fn show(&self, page: &mut Page) {
        let supply = &self.0;
        page.title(&format!(
            "{} at height {}",
            etm(supply.total),
            supply.height
        ));
        page.field("at genesis", etm(supply.genesis));
        for (name, issued, scheduled, maximum) in [
            (
                "rewards issued",
                supply.rewards_issued,
                supply.rewards_scheduled,
                supply.rewards_maximum,
            ),
            (
                "bonus issued",
                supply.bonus_issued,
                supply.bonus_scheduled,
                supply.bonus_maximum,
            ),
        ] {
            if issued == scheduled {
                let text = format!("{} of {}, as the schedule says", etm(issued), etm(maximum));
                page.field_toned(name, Tone::Good, &text);
            } else {
                page.field_toned(
                    name,
                    Tone::Bad,
                    &format!("{}, but the schedule says {}", etm(issued), etm(scheduled)),
                );
            }
        }
        page.field("most there is", etm(supply.maximum));
        page.gap();
        page.field("spendable", etm(supply.spendable));
        page.field(
            "locked",
            format!(
                "{} ({}), {} positions, {} vote",
                etm(supply.locked),
                percent(supply.locked_share_ppb),
                count(supply.positions),
                count(supply.voters)
            ),
        );
        page.field("deposits", etm(supply.deposits));
        page.field("fees pending", etm(supply.fees_pending));
        page.field(
            "bonus escrow",
            format!(
                "{}, of which {} are carried on",
                etm(supply.escrow),
                etm(supply.carry)
            ),
        );
        page.field("bonus credited", etm(supply.bonus_credited));
        page.field("accounts", count(supply.accounts));
        page.gap();
        let rows: Vec<Vec<String>> = supply
            .schedule
            .iter()
            .map(|span| {
                let here = (span.first_height..=span.last_height).contains(&supply.height);
                vec![
                    format!(
                        "{} .. {}",
                        count(span.first_height),
                        count(span.last_height)
                    ),
                    etm(span.reward),
                    etm(span.bonus),
                    etm(span.reward_total),
                    etm(span.bonus_total),
                    if here {
                        "now".to_owned()
                    } else {
                        String::new()
                    },
                ]
            })
            .collect();
        let columns = [
            ("HEIGHTS", Align::Right),
            ("REWARD", Align::Right),
            ("BONUS", Align::Right),
            ("REWARDS BY THEN", Align::Right),
            ("BONUS BY THEN", Align::Right),
            ("", Align::Left),
        ];
        page.table(&columns, &rows);
    }
}
