//! Blocks, receipts, certificates.

use etm_mechanism::schedule;
use etm_types::api::block::{
    Block as BlockInfo, BlockPage, BlockReceipts, BlockSummary, CommitteeMember,
    Header as HeaderInfo, MissedSlot,
};
use etm_types::api::receipt::Effect;
use etm_types::api::{self, Amount, Bytes};
use etm_types::codec::{DecodeError, from_bytes, to_bytes};
use etm_types::{Block, Committee, Hash, Header, Height, Member, MinerId, Receipt, Round};
use rusqlite::{OptionalExtension, params};

use super::shown;
use crate::error::Result;
use crate::rows::{block_at, tip};
use crate::store::History;
use crate::value::{int, maybe_uint, uint};

/// A block as the feed brought it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedBlock {
    pub block: Block,
    pub receipts: Vec<Receipt>,
    /// The encoded finalization.
    pub certificate: Vec<u8>,
    /// When this node had it final; none if it was caught up with later.
    pub finalized_ms: Option<u64>,
}

/// When a block was made, and how long it took until it was final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockTime {
    pub timestamp_ms: u64,
    /// None where it is not known.
    pub finality_ms: Option<u64>,
}

impl History {
    /// A committee's members as the API shows them.
    pub fn show_members(&self, members: &[Member]) -> Vec<CommitteeMember> {
        let show = |member: &Member| CommitteeMember {
            miner: api::MinerRef {
                id: member.miner.0,
                name: member.name.as_str().to_owned(),
            },
            node_key: api::Hash::from(member.node),
            bls_key: Bytes(to_bytes(&member.bls)),
            dial_address: member.dial.as_str().to_owned(),
        };
        members.iter().map(show).collect()
    }

    /// A block as a row of a list.
    pub fn show_block(&self, block: &Block, receipts: &[Receipt], hash: Hash) -> BlockSummary {
        let header = &block.header;
        let fees = receipts.iter().map(|receipt| match receipt {
            Receipt::Transaction { fee, .. } => fee.0,
            _ => 0,
        });
        let missed = receipts.iter().filter_map(|receipt| match receipt {
            Receipt::Missed { slot, miner } => Some(MissedSlot {
                slot: slot.0,
                miner: self.miner_ref(*miner),
                before_height: header.height.0,
            }),
            _ => None,
        });
        BlockSummary {
            height: header.height.0,
            hash: shown(hash),
            round: header.round.0,
            slot: header.slot.0,
            timestamp_ms: header.timestamp_ms,
            producer: (header.producer != Header::NOBODY).then(|| self.miner_ref(header.producer)),
            transactions: u32::try_from(block.body.transactions.len()).unwrap_or(u32::MAX),
            fees: Amount(fees.fold(0, u64::saturating_add)),
            missed: missed.collect(),
            size: u32::try_from(to_bytes(block).len()).unwrap_or(u32::MAX),
        }
    }

    /// Timestamps and, where they are known, times to finality of the last `count` blocks, oldest first.
    ///
    /// # Errors
    /// [`crate::HistoryError`] if the database fails.
    pub fn finality(&self, count: u32) -> Result<Vec<BlockTime>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT timestamp_ms, finalized_ms FROM blocks ORDER BY height DESC LIMIT ?1",
            )?;
            let rows = statement.query_map([count], |row| {
                let timestamp_ms = uint(row, 0)?;
                let final_ms = maybe_uint(row, 1)?;
                // No time is known where clocks were set back: a block is final after its time.
                let finality_ms = final_ms.and_then(|at| at.checked_sub(timestamp_ms));
                Ok(BlockTime {
                    timestamp_ms,
                    finality_ms,
                })
            })?;
            let mut recent = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            recent.reverse();
            Ok(recent)
        })
    }

    /// The height of the block with this hash.
    ///
    /// # Errors
    /// [`crate::HistoryError`] if the database fails.
    pub fn find_block(&self, hash: &Hash) -> Result<Option<Height>> {
        self.read(|connection| {
            let first = self.height_not_pruned(connection, Height::MAX)?;
            let mut statement =
                connection.prepare_cached("SELECT height FROM blocks WHERE hash = ?1")?;
            let height = statement
                .query_row([hash.0], |row| uint(row, 0).map(Height))
                .optional()?;
            Ok(height.filter(|height| *height >= first))
        })
    }

    /// A block in full; `tip` is the height it is confirmed up to.
    ///
    /// # Errors
    /// [`crate::HistoryError`] if the database fails.
    pub fn block(&self, height: Height, tip: Height) -> Result<Option<BlockInfo>> {
        self.read(|connection| {
            self.height_not_pruned(connection, height)?;
            let Some((block, receipts)) = block_at(connection, height)? else {
                return Ok(None);
            };
            let summary = self.show_block(&block, &receipts, block.hash());
            let places = 0..block.body.transactions.len();
            let list = places.map(|place| self.show_included(connection, &block, &receipts, place));
            Ok(Some(BlockInfo {
                summary,
                header: HeaderInfo::from(&block.header),
                reward: Amount::from(schedule::reward(height)),
                bonus: Amount::from(schedule::bonus(height)),
                transaction_list: list.collect::<Result<_>>()?,
                committee: block
                    .body
                    .committee
                    .as_ref()
                    .map(|committee| self.show_members(&committee.members)),
                confirmations: tip.since(height),
            }))
        })
    }

    /// Receipts of a block.
    ///
    /// # Errors
    /// [`crate::HistoryError`] if the database fails.
    pub fn receipts(&self, height: Height) -> Result<Option<BlockReceipts>> {
        self.read(|connection| {
            self.height_not_pruned(connection, height)?;
            let Some((block, receipts)) = block_at(connection, height)? else {
                return Ok(None);
            };
            let mut infos = Vec::with_capacity(receipts.len());
            for (place, receipt) in receipts.iter().enumerate() {
                let effect = match block.body.transactions.get(place) {
                    Some(transaction) => {
                        self.effect(connection, &block, transaction.payload(), place)?
                    }
                    None => Effect::Immediate,
                };
                infos.push(self.show_receipt(receipt, effect));
            }
            Ok(Some(BlockReceipts {
                height: height.0,
                hash: shown(block.hash()),
                receipts_root: shown(block.header.receipts_root),
                receipts: infos,
                encoded: receipts
                    .iter()
                    .map(|receipt| Bytes(to_bytes(receipt)))
                    .collect(),
            }))
        })
    }

    /// A block with its receipts and encoded finalization, as the feed brought them.
    ///
    /// # Errors
    /// [`crate::HistoryError`] if the database fails.
    pub fn finalized(&self, height: Height) -> Result<Option<RecordedBlock>> {
        self.read(|connection| {
            self.height_not_pruned(connection, height)?;
            let Some((block, receipts)) = block_at(connection, height)? else {
                return Ok(None);
            };
            let (certificate, finalized_ms) = connection
                .prepare_cached("SELECT certificate, finalized_ms FROM blocks WHERE height = ?1")?
                .query_row([int(height.0)?], |row| {
                    Ok((row.get(0)?, maybe_uint(row, 1)?))
                })?;
            Ok(Some(RecordedBlock {
                block,
                receipts,
                certificate,
                finalized_ms,
            }))
        })
    }

    /// The header of a block and its encoded finalization, without the rest of it.
    ///
    /// # Errors
    /// [`crate::HistoryError`] if the database fails.
    pub fn sealed(&self, height: Height) -> Result<Option<(Header, Vec<u8>)>> {
        let Ok(at) = i64::try_from(height.0) else {
            return Ok(None);
        };
        self.read(|connection| {
            self.height_not_pruned(connection, height)?;
            let mut statement = connection.prepare_cached(
                "SELECT substr(encoded, 1, ?2), certificate FROM blocks WHERE height = ?1",
            )?;
            let size = i64::try_from(Header::SIZE).unwrap_or(i64::MAX);
            let found: Option<(Vec<u8>, Vec<u8>)> = statement
                .query_row([at, size], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            Ok(found
                .map(|(header, certificate)| {
                    Ok::<_, DecodeError>((from_bytes(&header)?, certificate))
                })
                .transpose()?)
        })
    }

    /// The committee that served or will serve in a round, with keys.
    ///
    /// # Errors
    /// [`crate::HistoryError`] if the database fails.
    pub fn committee(&self, round: Round) -> Result<Option<Committee>> {
        let Ok(number) = i64::try_from(round.0) else {
            return Ok(None);
        };
        self.read(|connection| {
            self.not_pruned(connection, round)?;
            let mut statement =
                connection.prepare_cached("SELECT encoded FROM committees WHERE round = ?1")?;
            let encoded: Option<Vec<u8>> =
                statement.query_row([number], |row| row.get(0)).optional()?;
            Ok(encoded.map(|encoded| from_bytes(&encoded)).transpose()?)
        })
    }

    /// Blocks under a height, newest first, of one producer or of all.
    ///
    /// # Errors
    /// [`crate::HistoryError`] if the database fails.
    pub fn blocks(
        &self,
        before: Option<Height>,
        producer: Option<MinerId>,
        limit: u32,
    ) -> Result<BlockPage> {
        let before = before.unwrap_or(Height::MAX);
        self.read(|connection| {
            // What comes next after the first block that is there was there once.
            let first = self.height_not_pruned(connection, before.saturating_sub(1).max(Height(1)))?;
            let height = tip(connection)?.map_or(0, |(height, _)| height.0);
            let sql = match producer {
                None => "SELECT height FROM blocks WHERE height < ?1 AND height >= ?4 AND ?2 IS NULL ORDER BY height DESC LIMIT ?3",
                Some(_) => {
                    "SELECT height FROM blocks WHERE producer = ?2 AND height < ?1 AND height >= ?4 ORDER BY height DESC LIMIT ?3"
                }
            };
            let mut statement = connection.prepare_cached(sql)?;
            let heights: Vec<Height> = statement
                .query_map(
                    params![
                        i64::try_from(before.0).unwrap_or(i64::MAX),
                        producer.map(|id| id.0),
                        i64::from(limit) + 1,
                        int(first.0)?
                    ],
                    |row| uint(row, 0).map(Height),
                )?
                .collect::<rusqlite::Result<_>>()?;
            let more = heights.len() > limit as usize;
            let mut blocks = Vec::with_capacity(heights.len());
            for height in heights.iter().take(limit as usize) {
                if let Some((block, receipts)) = block_at(connection, *height)? {
                    blocks.push(self.show_block(&block, &receipts, block.hash()));
                }
            }
            let next = match (more, first) {
                (true, _) => blocks.last().map(|block: &BlockSummary| block.height),
                (false, Height::ZERO) => None,
                (false, first) => Some(first.0),
            };
            Ok(BlockPage { height, blocks, next })
        })
    }
}
