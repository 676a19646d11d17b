//! Transactions and what became of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use etm_types::api::receipt::{Effect, Outcome as OutcomeInfo};
use etm_types::api::transaction::{
    Payload as PayloadInfo, Transaction as TransactionInfo, TransactionPage, TransactionStatus,
    TransactionSummary,
};
use etm_types::api::{self, Amount, Bytes};
use etm_types::codec::to_bytes;
use etm_types::{Address, Block, Hash, Height, Outcome, Payload, Receipt, Round, Transaction};
use rusqlite::{Connection, OptionalExtension, params};

use super::shown;
use crate::error::{HistoryError, Result};
use crate::kept;
use crate::rows::block_at;
use crate::store::History;
use crate::value::{int, uint};

/// Where a transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionPlace {
    pub height: Height,
    /// Its place in the block: the first is 0.
    pub place: u32,
}

/// A row of what an account did.
struct Activity {
    height: Height,
    place: u64,
    /// Which transaction of the account it is: the first is 1.
    number: u64,
}

/// The outcome of the transaction at a place: receipts of transactions come first, in their order.
pub(crate) fn outcome_at(receipts: &[Receipt], place: usize) -> Result<Outcome> {
    match receipts.get(place) {
        Some(Receipt::Transaction { outcome, .. }) => Ok(*outcome),
        _ => Err(HistoryError::Damaged("a transaction has no receipt")),
    }
}

/// The number of an account's first transaction from a height on.
fn first_number(connection: &Connection, account: &Address, first: Height) -> Result<Option<u64>> {
    Ok(connection
        .prepare_cached(
            "SELECT number FROM activity WHERE account = ?1 AND height >= ?2 ORDER BY height, place LIMIT 1",
        )?
        .query_row(params![account.0, int(first.0)?], |row| uint(row, 0))
        .optional()?)
}

impl History {
    /// A transaction's payload as the API shows it.
    pub fn show_payload(&self, payload: &Payload) -> PayloadInfo {
        PayloadInfo::of(payload, |miner| self.miner_ref(miner))
    }

    /// A transaction that isn't in a block, as the API shows it.
    pub fn show_pending(&self, transaction: &Transaction, held: bool) -> TransactionSummary {
        let encoding = to_bytes(transaction);
        let unsigned = &transaction.unsigned;
        TransactionSummary {
            hash: shown(Transaction::hash_of_encoding(&encoding)),
            status: if held {
                TransactionStatus::Held
            } else {
                TransactionStatus::Pending
            },
            height: None,
            index: None,
            timestamp_ms: None,
            sender: transaction.sender().to_string(),
            nonce: unsigned.nonce,
            fee: Amount::from(unsigned.fee),
            expires_at: unsigned.expires_at.0,
            size: u32::try_from(encoding.len()).unwrap_or(u32::MAX),
            payload: self.show_payload(&unsigned.payload),
            outcome: None,
        }
    }

    /// A transaction of a block as the API shows it.
    pub(crate) fn show_included(
        &self,
        connection: &Connection,
        block: &Block,
        receipts: &[Receipt],
        place: usize,
    ) -> Result<TransactionSummary> {
        let transaction = block.body.transactions.get(place);
        let transaction =
            transaction.ok_or(HistoryError::Damaged("a transaction isn't in its block"))?;
        let effect = self.effect(connection, block, transaction.payload(), place)?;
        Ok(TransactionSummary {
            status: TransactionStatus::Finalized,
            height: Some(block.header.height.0),
            index: u32::try_from(place).ok(),
            timestamp_ms: Some(block.header.timestamp_ms),
            outcome: Some(OutcomeInfo::of(outcome_at(receipts, place)?, effect)),
            ..self.show_pending(transaction, false)
        })
    }

    /// The effect of an accepted transaction.
    pub(crate) fn effect(
        &self,
        connection: &Connection,
        block: &Block,
        payload: &Payload,
        place: usize,
    ) -> Result<Effect> {
        if !payload.waits_for_round_end() {
            return Ok(Effect::Immediate);
        }
        let round = block.header.round;
        let mut statement = connection
            .prepare_cached("SELECT applied FROM requests WHERE height = ?1 AND place = ?2")?;
        let row: Option<Option<bool>> = statement
            .query_row(params![int(block.header.height.0)?, place as i64], |row| {
                row.get(0)
            })
            .optional()?;
        Ok(match row.flatten() {
            Some(true) => Effect::Applied { round: round.0 },
            Some(false) => Effect::Void { round: round.0 },
            None => Effect::Waiting {
                round: round.0,
                height: self.last_height(round).0,
            },
        })
    }

    pub fn last_height(&self, round: Round) -> Height {
        let height = self.chain().params.last_height(round);
        height.unwrap_or(Height::MAX)
    }

    /// Where a transaction is.
    ///
    /// # Errors
    /// [`HistoryError`] if the database fails.
    pub fn find_transaction(&self, hash: &Hash) -> Result<Option<TransactionPlace>> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT height, place FROM transactions WHERE hash = ?1")?;
            Ok(statement
                .query_row([hash.0], |row| {
                    Ok(TransactionPlace {
                        height: uint(row, 0).map(Height)?,
                        place: row.get(1)?,
                    })
                })
                .optional()?)
        })
    }

    /// A transaction of a block, in full.
    ///
    /// # Errors
    /// [`HistoryError`] if the database fails.
    pub fn transaction(&self, hash: &Hash) -> Result<Option<TransactionInfo>> {
        let Some(TransactionPlace { height, place }) = self.find_transaction(hash)? else {
            return Ok(None);
        };
        self.read(|connection| {
            self.height_not_pruned(connection, height)?;
            let found = block_at(connection, height)?;
            let (block, receipts) = found.ok_or(HistoryError::Damaged("a block is missing"))?;
            let summary = self.show_included(connection, &block, &receipts, place as usize)?;
            let transaction = &block.body.transactions[place as usize];
            let effect = self.effect(connection, &block, transaction.payload(), place as usize)?;
            let own = receipts
                .get(place as usize)
                .map(|receipt| self.show_receipt(receipt, effect));
            Ok(Some(TransactionInfo {
                block_hash: Some(shown(block.hash())),
                receipts: own.into_iter().collect(),
                ..self.show_transaction(transaction, summary)
            }))
        })
    }

    /// A transaction in full, given its summary; without block and receipts.
    pub fn show_transaction(
        &self,
        transaction: &Transaction,
        summary: TransactionSummary,
    ) -> TransactionInfo {
        TransactionInfo {
            summary,
            public_key: api::Hash::from(transaction.unsigned.sender),
            signature: Bytes(transaction.signature.0.to_vec()),
            encoded: Bytes(to_bytes(transaction)),
            block_hash: None,
            receipts: Vec::new(),
        }
    }

    /// The transactions by which an account asked for something for the end of the round, and that were accepted, in these blocks, as far as they are
    /// there: by the block, in its order.
    ///
    /// # Errors
    /// [`HistoryError`] if the database fails.
    pub fn requests_of(
        &self,
        account: &Address,
        heights: &BTreeSet<Height>,
    ) -> Result<BTreeMap<Height, VecDeque<Hash>>> {
        self.read(|connection| {
            let mut all = BTreeMap::new();
            for height in heights {
                let Some((block, receipts)) = block_at(connection, *height)? else {
                    continue;
                };
                let mut hashes = VecDeque::new();
                for (place, transaction) in block.body.transactions.iter().enumerate() {
                    let asks = transaction.payload().waits_for_round_end();
                    let own = asks && transaction.sender() == *account;
                    if own && outcome_at(&receipts, place)? == Outcome::Accepted {
                        hashes.push_back(transaction.hash());
                    }
                }
                all.insert(*height, hashes);
            }
            Ok(all)
        })
    }

    /// Transactions an account sent or received by, newest first. A cursor is `height * 4096 + place` of the last row before.
    ///
    /// # Errors
    /// [`HistoryError`] if the database fails.
    pub fn account_transactions(
        &self,
        account: &Address,
        cursor: Option<u64>,
        limit: u32,
    ) -> Result<TransactionPage> {
        const PLACES: u64 = etm_types::limits::MAX_BLOCK_TRANSACTIONS as u64;
        let cursor = cursor.unwrap_or(i64::MAX as u64).min(i64::MAX as u64);
        self.read(|connection| {
            let total = connection
                .prepare_cached(
                    "SELECT number FROM activity WHERE account = ?1 ORDER BY height DESC, place DESC LIMIT 1",
                )?
                .query_row([account.0], |row| uint(row, 0))
                .optional()?
                .unwrap_or(0);
            let mut statement = connection.prepare_cached(
                "SELECT height, place, number FROM activity WHERE account = ?1 AND (height, place) < (?2, ?3) AND height >= ?5
                 ORDER BY height DESC, place DESC LIMIT ?4",
            )?;
            let kept = kept::kept(connection)?;
            let first = self.height_not_pruned(connection, Height::MAX)?;
            let rows: Vec<Activity> = statement
                .query_map(
                    params![
                        account.0,
                        int(cursor / PLACES)?,
                        int(cursor % PLACES)?,
                        i64::from(limit) + 1,
                        int(first.0)?
                    ],
                    |row| {
                        Ok(Activity {
                            height: uint(row, 0).map(Height)?,
                            place: uint(row, 1)?,
                            number: uint(row, 2)?,
                        })
                    },
                )?
                .collect::<rusqlite::Result<_>>()?;
            let shown = &rows[..rows.len().min(limit as usize)];
            if shown.is_empty() && kept > Round::ZERO && first_number(connection, account, first)? != Some(1) && total > 0 {
                return Err(self.pruned(connection, kept)?);
            }
            let mut transactions = Vec::with_capacity(shown.len());
            for row in shown {
                let found = block_at(connection, row.height)?;
                let (block, receipts) = found.ok_or(HistoryError::Damaged("a block is missing"))?;
                transactions.push(self.show_included(connection, &block, &receipts, row.place as usize)?);
            }
            let older = shown.last().filter(|row| row.number > 1);
            let next = older.map(|row| row.height.0 * PLACES + row.place);
            Ok(TransactionPage { total, counted_from: kept::counted_from(connection)?, transactions, next })
        })
    }
}
