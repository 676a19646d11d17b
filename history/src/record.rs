//! Writing finalized blocks, one SQL transaction each.

use etm_mechanism::RoundReport;
use etm_mechanism::inclusion::{ppb, seat_probabilities};
use etm_types::codec::{Writer as Encoder, to_bytes};
use etm_types::{Address, FinalizedBlock, Height, Outcome, Payload, Receipt};
use rusqlite::{Connection, params};

use crate::error::{HistoryError, Result};
use crate::lock::lock;
use crate::round_end;
use crate::rows::{hash_at, tip};
use crate::store::History;
use crate::value::int;

/// What [`History::record`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// The block is new and written.
    Written,
    /// The block was there already: nothing changed.
    AlreadyThere,
}

impl History {
    /// Writes a finalized block. Blocks come in the order of heights, the first has height 1; one that is there already is passed over,
    /// so a feed may begin anew anywhere at or before [`History::height`] + 1.
    ///
    /// # Errors
    /// [`HistoryError`]; then nothing was written.
    pub fn record(&self, finalized: &FinalizedBlock) -> Result<Recorded> {
        let header = &finalized.block.header;
        let height = header.height;
        let inconsistent = |what| Err(HistoryError::Inconsistent { height, what });
        if header.chain != self.chain().id {
            return inconsistent("it is of another chain");
        }
        if header.hash() != finalized.hash {
            return inconsistent("its hash is not that of its header");
        }
        let store = self.store()?;
        let mut guard = lock(&store.writer);
        let writer = &mut *guard;
        let transaction = writer.connection.transaction()?;
        let (tip, tip_hash) = tip(&transaction)?.unwrap_or((Height(0), self.chain().genesis_hash));
        if height <= tip {
            let recorded = hash_at(&transaction, height)?.unwrap_or(self.chain().genesis_hash);
            if recorded == finalized.hash {
                return Ok(Recorded::AlreadyThere);
            }
            return Err(HistoryError::Fork {
                height,
                recorded,
                found: finalized.hash,
            });
        }
        if height != tip.next() {
            return Err(HistoryError::Gap {
                expected: tip.next(),
                found: height,
            });
        }
        if header.parent != tip_hash {
            return Err(HistoryError::Fork {
                height: tip,
                recorded: tip_hash,
                found: header.parent,
            });
        }
        let is_last = self.chain().params.last_height(header.round) == Some(height);
        if is_last != finalized.outcome.report.is_some() {
            return inconsistent("exactly the last block of a round has a report");
        }
        write_block(&transaction, finalized)?;
        let mut news = round_end::News::default();
        if let Some(report) = &finalized.outcome.report {
            news = round_end::write(
                &transaction,
                self.chain(),
                &writer.standings,
                finalized,
                report,
            )?;
            write_chances(&transaction, report)?;
        }
        transaction.commit()?;
        writer.standings.extend(news.standings);
        self.learn_names(news.names);
        self.reached(height);
        Ok(Recorded::Written)
    }

    /// Height of the last recorded block; 0 if there is none.
    ///
    /// # Errors
    /// [`HistoryError`] if the database fails.
    pub fn height(&self) -> Result<Height> {
        self.read(|connection| Ok(tip(connection)?.map_or(Height::ZERO, |(height, _)| height)))
    }
}

/// Blocks older than this when they are executed were caught up with: their time to finality says nothing.
const CAUGHT_UP_MS: u64 = 10_000;

/// Rounds whose chances are kept.
const CHANCES_KEPT: u64 = 200;

/// When a block became final here, unless it was caught up with later.
fn timely(finalized: &FinalizedBlock) -> Option<u64> {
    let executed_ms = finalized.outcome.executed_ms;
    let age = executed_ms.saturating_sub(finalized.block.header.timestamp_ms);
    (age < CAUGHT_UP_MS).then_some(executed_ms)
}

/// The chance each candidate had in the draw at the end of a round.
fn write_chances(connection: &Connection, report: &RoundReport<Address>) -> Result<()> {
    if report.draw.kept {
        return Ok(());
    }
    let candidates = report.draw.candidates.iter();
    let weights: Vec<_> = candidates.map(|candidate| candidate.weight).collect();
    let chances = seat_probabilities(&weights, report.draw.members.len());
    let bytes = chances
        .into_iter()
        .flat_map(|chance| ppb(chance).to_be_bytes());
    let (round, bytes) = (int(report.round.0)?, bytes.collect::<Vec<u8>>());
    connection
        .prepare_cached("INSERT OR REPLACE INTO chances (round, ppb) VALUES (?1, ?2)")?
        .execute(params![round, bytes])?;
    connection
        .prepare_cached("DELETE FROM chances WHERE round < ?1")?
        .execute([int(report.round.saturating_sub(CHANCES_KEPT).0)?])?;
    Ok(())
}

fn write_block(connection: &Connection, finalized: &FinalizedBlock) -> Result<()> {
    let (header, transactions) = (&finalized.block.header, &finalized.block.body.transactions);
    let height = int(header.height.0)?;
    let inconsistent = |what| HistoryError::Inconsistent {
        height: header.height,
        what,
    };
    let mut outcomes = finalized
        .outcome
        .receipts
        .iter()
        .filter_map(|receipt| match receipt {
            Receipt::Transaction {
                hash, fee, outcome, ..
            } => Some((*hash, fee.0, *outcome)),
            _ => None,
        });
    let mut missed = 0i64;
    for receipt in &finalized.outcome.receipts {
        if let Receipt::Missed { slot, miner } = receipt {
            missed += 1;
            connection
                .prepare_cached("INSERT INTO missed (height, slot, miner) VALUES (?1, ?2, ?3)")?
                .execute(params![height, int(slot.0)?, miner.0])?;
        }
    }
    let mut receipts = Encoder::with_capacity(64 * finalized.outcome.receipts.len());
    receipts.list(&finalized.outcome.receipts);

    let mut sequence: i64 = connection
        .prepare_cached("SELECT COALESCE(MAX(sequence) + 1, 0) FROM requests WHERE round = ?1")?
        .query_row([int(header.round.0)?], |row| row.get(0))?;
    let mut fees = 0u64;
    for (place, transaction) in transactions.iter().enumerate() {
        let Some((hash, fee, outcome)) = outcomes.next() else {
            return Err(inconsistent("a transaction has no receipt"));
        };
        if transaction.hash() != hash {
            return Err(inconsistent(
                "the receipts are not in the order of the transactions",
            ));
        }
        fees = fees.saturating_add(fee);
        connection
            .prepare_cached("INSERT INTO transactions (hash, height, place) VALUES (?1, ?2, ?3)")?
            .execute(params![hash.0, height, place as i64])?;
        let sender = transaction.sender();
        let active = |account: &Address| {
            connection
                .prepare_cached(
                    "INSERT OR IGNORE INTO activity (account, height, place, number) VALUES (?1, ?2, ?3, 1 + COALESCE(
                        (SELECT number FROM activity WHERE account = ?1 ORDER BY height DESC, place DESC LIMIT 1), 0))",
                )?
                .execute(params![account.0, height, place as i64])
        };
        active(&sender)?;
        if let Payload::Transfer { recipient, .. } = transaction.payload() {
            active(recipient)?;
        }
        if outcome == Outcome::Accepted && transaction.payload().waits_for_round_end() {
            connection
                .prepare_cached(
                    "INSERT INTO requests (account, round, sequence, height, place) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![sender.0, int(header.round.0)?, sequence, height, place as i64])?;
            sequence += 1;
        }
    }
    connection
        .prepare_cached(
            "INSERT INTO blocks (height, hash, round, slot, timestamp_ms, producer, transactions, fees, missed, encoded,
             receipts, certificate, finalized_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            height,
            finalized.hash.0,
            int(header.round.0)?,
            int(header.slot.0)?,
            int(header.timestamp_ms)?,
            header.producer.0,
            transactions.len() as i64,
            int(fees)?,
            missed,
            to_bytes(&*finalized.block),
            receipts.into_bytes(),
            finalized.certificate,
            timely(finalized).map(int).transpose()?,
        ])?;
    connection
        .prepare_cached("UPDATE miners SET last_block = ?2, rewards = rewards + ?3 WHERE id = ?1")?
        .execute(params![
            header.producer.0,
            height,
            int(etm_mechanism::schedule::reward(header.height).0)?
        ])?;
    if let Some(committee) = &finalized.block.body.committee {
        connection
            .prepare_cached("INSERT INTO committees (round, encoded) VALUES (?1, ?2)")?
            .execute(params![int(committee.round.0)?, to_bytes(committee)])?;
    }
    Ok(())
}
