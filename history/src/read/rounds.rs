//! Rounds and what is needed to check them.

use etm_mechanism::{Candidate, DrawReceipt, Split, draw::draw, schedule};
use etm_types::api::block::MissedSlot;
use etm_types::api::chain::SupplyPoint;
use etm_types::api::round::{
    Distribution, Drawn, Round as RoundInfo, RoundPage, RoundState, RoundSummary, Seat,
};
use etm_types::api::{self, Amount, Integer};
use etm_types::{Height, MinerId, Round, Units};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::{HistoryError, Result};
use crate::kept;
use crate::rows::{standing_at, tip};
use crate::store::History;
use crate::value::{count, hash, ids, int, uint, votes};

const SUMMARY: &str = "round, first_height, last_height, timestamp_ms, missed, transactions, collected, lucky, bonus, days,
    length(members) / 4 FROM rounds";

impl History {
    /// The running round: that of the next block.
    ///
    /// # Errors
    /// [`HistoryError`] if the database fails.
    pub fn running_round(&self) -> Result<Round> {
        self.read(|connection| self.running(connection))
    }

    fn running(&self, connection: &Connection) -> Result<Round> {
        let height = tip(connection)?.map_or(Height::ZERO, |(height, _)| height);
        Ok(self.chain().params.round_of(height.next()))
    }

    /// The first height of a round that earns something.
    pub fn first_height(&self, round: Round) -> Height {
        let height = self.chain().params.first_height(round);
        height.unwrap_or(Height::MAX)
    }

    fn finished(&self, row: &Row<'_>) -> rusqlite::Result<RoundSummary> {
        let (first_height, last_height) = (uint(row, 1)?, uint(row, 2)?);
        Ok(RoundSummary {
            round: uint(row, 0)?,
            state: RoundState::Finished,
            first_height,
            last_height,
            timestamp_ms: Some(uint(row, 3)?),
            blocks: u32::try_from(last_height + 1 - first_height).unwrap_or(u32::MAX),
            missed: count(row, 4)?,
            seats: count(row, 10)?,
            transactions: uint(row, 5)?,
            fees: Amount(uint(row, 6)?),
            lucky: Some(self.miner_ref(MinerId(row.get(7)?))),
            bonus: Some(Amount(uint(row, 8)?)),
            days: Some(count(row, 9)?),
        })
    }

    fn unfinished(
        &self,
        connection: &Connection,
        round: Round,
        running: Round,
    ) -> Result<RoundSummary> {
        let (first_height, last_height) = (self.first_height(round), self.last_height(round));
        let seats = connection
            .prepare_cached("SELECT encoded FROM committees WHERE round = ?1")?
            .query_row([int(round.0)?], |row| row.get::<_, Vec<u8>>(0))
            .optional()?;
        let seats = seats
            .map(|encoded| etm_types::codec::from_bytes::<etm_types::Committee>(&encoded))
            .transpose()?;
        let mut statement = connection.prepare_cached(
            "SELECT COUNT(*), COALESCE(SUM(missed), 0), COALESCE(SUM(transactions), 0), COALESCE(SUM(fees), 0),
             COALESCE(MAX(timestamp_ms), 0) FROM blocks WHERE height BETWEEN ?1 AND ?2",
        )?;
        Ok(
            statement.query_row(params![int(first_height.0)?, int(last_height.0)?], |row| {
                let blocks = count(row, 0)?;
                Ok(RoundSummary {
                    round: round.0,
                    state: if round == running {
                        RoundState::Running
                    } else {
                        RoundState::Announced
                    },
                    first_height: first_height.0,
                    last_height: last_height.0,
                    timestamp_ms: if blocks > 0 {
                        Some(uint(row, 4)?)
                    } else {
                        None
                    },
                    blocks,
                    missed: count(row, 1)?,
                    seats: seats.map_or(0, |committee| {
                        u32::try_from(committee.members.len()).unwrap_or(u32::MAX)
                    }),
                    transactions: uint(row, 2)?,
                    fees: Amount(uint(row, 3)?),
                    lucky: None,
                    bonus: None,
                    days: None,
                })
            })?,
        )
    }

    fn summary(&self, connection: &Connection, round: Round) -> Result<Option<RoundSummary>> {
        self.not_pruned(connection, round)?;
        let running = self.running(connection)?;
        if round > running.next() {
            return Ok(None);
        }
        if round >= running {
            return self.unfinished(connection, round, running).map(Some);
        }
        let mut statement =
            connection.prepare_cached(&format!("SELECT {SUMMARY} WHERE round = ?1"))?;
        Ok(statement
            .query_row([int(round.0)?], |row| self.finished(row))
            .optional()?)
    }

    /// A round as a row of a list; none beyond the announced one.
    ///
    /// # Errors
    /// [`HistoryError`] if the database fails.
    pub fn round_summary(&self, round: Round) -> Result<Option<RoundSummary>> {
        self.read(|connection| self.summary(connection, round))
    }

    /// Rounds before one, newest first; from the announced one on if not said.
    ///
    /// # Errors
    /// [`HistoryError`] if the database fails.
    pub fn rounds(&self, before: Option<Round>, limit: u32) -> Result<RoundPage> {
        self.read(|connection| {
            let running = self.running(connection)?;
            let before = before.unwrap_or(Round::MAX).min(running.saturating_add(2));
            let kept = self.not_pruned(connection, before.saturating_sub(1))?;
            let from = before.saturating_sub(limit.into()).max(kept);
            let mut rounds = Vec::new();
            for round in from.max(running).until(before).rev() {
                rounds.push(self.unfinished(connection, round, running)?);
            }
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {SUMMARY} WHERE round >= ?1 AND round < ?2 ORDER BY round DESC"
            ))?;
            let mut rows = statement.query(params![int(from.0)?, int(before.0)?])?;
            while let Some(row) = rows.next()? {
                rounds.push(self.finished(row)?);
            }
            Ok(RoundPage {
                running: running.0,
                rounds,
                next: (from > Round::ZERO).then_some(from.0),
            })
        })
    }

    /// A round in full; none beyond the announced one.
    ///
    /// # Errors
    /// [`HistoryError`] if the database fails.
    pub fn round(&self, round: Round) -> Result<Option<RoundInfo>> {
        self.read(|connection| {
            let Some(summary) = self.summary(connection, round)? else {
                return Ok(None);
            };
            let seed = self.seed(connection, round)?;
            let missed_slots = self.missed(connection, &summary)?;
            if summary.state != RoundState::Finished {
                let committee = self.open_seats(connection, &summary, &missed_slots)?;
                return Ok(Some(RoundInfo {
                    summary,
                    seed,
                    beacon: None,
                    committee,
                    missed_slots,
                    distribution: None,
                    v_avg: None,
                    drawn: None,
                    requests_applied: None,
                    requests_void: None,
                }));
            }
            let committee = self.closed_seats(connection, round)?;
            let mut statement = connection.prepare_cached(
                "SELECT beacon, average, drawn, kept, applied, void FROM rounds WHERE round = ?1",
            )?;
            Ok(Some(statement.query_row([int(round.0)?], |row| {
                let members = ids(row, 2)?
                    .into_iter()
                    .map(|id| self.miner_ref(MinerId(id)))
                    .collect();
                Ok(RoundInfo {
                    summary,
                    seed,
                    beacon: Some(api::Hash(hash(row, 0)?)),
                    committee,
                    missed_slots,
                    distribution: Some(self.shares(connection, round)?),
                    v_avg: Some(Integer(uint(row, 1)?.into())),
                    drawn: Some(Drawn {
                        round: round.saturating_add(2).0,
                        members,
                        kept: row.get(3)?,
                    }),
                    requests_applied: Some(count(row, 4)?),
                    requests_void: Some(count(row, 5)?),
                })
            })?))
        })
    }

    /// The beacon that orders a round's slots, once the round before is finished.
    fn seed(&self, connection: &Connection, round: Round) -> Result<Option<api::Hash>> {
        let Some(before) = round.checked_sub(1) else {
            return Ok(Some(api::Hash::from(self.chain().genesis.draft().beacon)));
        };
        // A finished round says it itself: the one before may have been removed.
        let mut statement = connection.prepare_cached(
            "SELECT seed FROM rounds WHERE round = ?2 UNION ALL SELECT beacon FROM rounds WHERE round = ?1 LIMIT 1",
        )?;
        Ok(statement
            .query_row(params![int(before.0)?, int(round.0)?], |row| {
                hash(row, 0).map(api::Hash)
            })
            .optional()?)
    }

    fn missed(&self, connection: &Connection, summary: &RoundSummary) -> Result<Vec<MissedSlot>> {
        let mut statement = connection.prepare_cached(
            "SELECT slot, miner, height FROM missed WHERE height BETWEEN ?1 AND ?2 ORDER BY height, slot",
        )?;
        let rows = statement.query_map(
            params![int(summary.first_height)?, int(summary.last_height)?],
            |row| {
                let miner = self.miner_ref(MinerId(row.get(1)?));
                Ok(MissedSlot {
                    slot: uint(row, 0)?,
                    miner,
                    before_height: uint(row, 2)?,
                })
            },
        )?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn open_seats(
        &self,
        connection: &Connection,
        summary: &RoundSummary,
        missed: &[MissedSlot],
    ) -> Result<Vec<Seat>> {
        let encoded: Option<Vec<u8>> = connection
            .prepare_cached("SELECT encoded FROM committees WHERE round = ?1")?
            .query_row([int(summary.round)?], |row| row.get(0))
            .optional()?;
        let Some(encoded) = encoded else {
            return Ok(Vec::new());
        };
        let committee: etm_types::Committee = etm_types::codec::from_bytes(&encoded)?;
        let mut statement = connection
            .prepare_cached("SELECT producer, height FROM blocks WHERE height BETWEEN ?1 AND ?2")?;
        struct Made {
            producer: u32,
            height: Height,
        }
        let blocks: Vec<Made> = statement
            .query_map(
                params![int(summary.first_height)?, int(summary.last_height)?],
                |row| {
                    Ok(Made {
                        producer: row.get(0)?,
                        height: uint(row, 1).map(Height)?,
                    })
                },
            )?
            .collect::<rusqlite::Result<_>>()?;
        let mut seats = Vec::with_capacity(committee.members.len());
        for (index, member) in (0u32..).zip(&committee.members) {
            let own = blocks
                .iter()
                .filter(|block| block.producer == member.miner.0);
            let rewards = own
                .clone()
                .map(|block| schedule::reward(block.height).0)
                .sum();
            let standing = standing_at(connection, member.miner, i64::MAX)?.unwrap_or_default();
            seats.push(Seat {
                index,
                miner: self.miner_ref(member.miner),
                produced: u32::try_from(own.count()).unwrap_or(u32::MAX),
                missed: u32::try_from(
                    missed
                        .iter()
                        .filter(|slot| slot.miner.id == member.miner.0)
                        .count(),
                )
                .unwrap_or(u32::MAX),
                pool: None,
                votes: Integer::from(standing.votes),
                lucky: false,
                rewards: Amount(rewards),
                fees: None,
                halvings: None,
            });
        }
        Ok(seats)
    }

    fn closed_seats(&self, connection: &Connection, round: Round) -> Result<Vec<Seat>> {
        let mut statement = connection.prepare_cached(
            "SELECT place, miner, produced, missed, pool, votes, lucky, rewards, fees FROM seats WHERE round = ?1 ORDER BY place",
        )?;
        let rows = statement.query_map([int(round.0)?], |row| {
            let produced = count(row, 2)?;
            Ok(Seat {
                index: row.get(0)?,
                miner: self.miner_ref(MinerId(row.get(1)?)),
                produced,
                missed: count(row, 3)?,
                pool: Some(Amount(uint(row, 4)?)),
                votes: Integer(votes(row, 5)?),
                lucky: row.get(6)?,
                rewards: Amount(uint(row, 7)?),
                fees: Some(Amount(uint(row, 8)?)),
                halvings: Some(produced),
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn shares(&self, connection: &Connection, round: Round) -> rusqlite::Result<Distribution> {
        let mut statement = connection.prepare_cached(
            "SELECT carry_in, bonus, carry_out, fees, fee_share, fees_pending, length(members) / 4 FROM rounds WHERE round = ?1",
        )?;
        statement.query_row([round.0 as i64], |row| {
            let (carry_in, total, carry_out) = (uint(row, 0)?, uint(row, 1)?, uint(row, 2)?);
            let split = Split::new(Units(total), uint(row, 6)? as usize);
            Ok(Distribution {
                carry_in: Amount(carry_in),
                issued: Amount(total.saturating_sub(carry_in)),
                total: Amount(total),
                ordinary_pool: Amount::from(split.share),
                lucky_extra: Amount::from(split.lucky),
                carry_out: Amount(carry_out),
                credited: Amount(total.saturating_sub(carry_out)),
                fees: Amount(uint(row, 3)?),
                fee_per_block: Amount(uint(row, 4)?),
                fees_remainder: Amount(uint(row, 5)?),
            })
        })
    }

    /// How bonus and fees of a finished round were shared.
    ///
    /// # Errors
    /// [`HistoryError`] if the database fails.
    pub fn distribution(&self, round: Round) -> Result<Option<Distribution>> {
        let _ = int(round.0)?;
        self.read(|connection| {
            self.not_pruned(connection, round)?;
            Ok(self.shares(connection, round).optional()?)
        })
    }

    /// The draw at the end of a finished round with all its inputs and steps; it passes [`etm_mechanism::verify_draw`].
    ///
    /// # Errors
    /// [`HistoryError`] if the database fails.
    pub fn draw(&self, round: Round) -> Result<Option<DrawReceipt>> {
        let key = int(round.0)?;
        self.read(|connection| {
            self.not_pruned(connection, round)?;
            struct Held {
                beacon: [u8; 32],
                average: u64,
                kept: bool,
                drawn: Vec<u32>,
                candidates: Vec<u32>,
            }
            let held = connection
                .prepare_cached(
                    "SELECT beacon, average, kept, drawn, candidates FROM rounds WHERE round = ?1",
                )?
                .query_row([key], |row| {
                    Ok(Held {
                        beacon: hash(row, 0)?,
                        average: uint(row, 1)?,
                        kept: row.get(2)?,
                        drawn: ids(row, 3)?,
                        candidates: ids(row, 4)?,
                    })
                })
                .optional()?;
            let Some(Held {
                beacon,
                average,
                kept,
                drawn,
                candidates: ids,
            }) = held
            else {
                return Ok(None);
            };
            let previous: Vec<u8> = connection
                .prepare_cached("SELECT encoded FROM committees WHERE round = ?1")?
                .query_row([key + 1], |row| row.get(0))?;
            let previous: etm_types::Committee = etm_types::codec::from_bytes(&previous)?;
            let mut candidates = Vec::with_capacity(ids.len());
            for id in ids.into_iter().map(MinerId) {
                let standing = standing_at(connection, id, key)?;
                let standing =
                    standing.ok_or(HistoryError::Damaged("a candidate has no standing"))?;
                candidates.push(Candidate::new(id, &standing, average));
            }
            let members: Vec<MinerId> = drawn.into_iter().map(MinerId).collect();
            let drawn_for = round.saturating_add(2);
            let picks = match kept {
                true => Vec::new(),
                false => draw(drawn_for, &beacon, &candidates, members.len())
                    .ok_or(HistoryError::Damaged("a draw has too much weight"))?,
            };
            if !kept && !picks.iter().map(|pick| &pick.miner).eq(&members) {
                return Err(HistoryError::Damaged("a committee is not the one drawn"));
            }
            let params = &self.chain().params;
            Ok(Some(DrawReceipt {
                round: drawn_for,
                beacon,
                committee: params.committee,
                min_committee: params.min_committee,
                average,
                candidates,
                previous: previous.members.iter().map(|member| member.miner).collect(),
                kept,
                picks,
                members,
            }))
        })
    }

    /// All bonus that was shared out up to the last finished round.
    ///
    /// # Errors
    /// [`HistoryError`] if the database fails.
    pub fn distributed(&self) -> Result<Units> {
        self.read(|connection| {
            let distributed = connection
                .prepare_cached("SELECT distributed FROM rounds ORDER BY round DESC LIMIT 1")?
                .query_row([], |row| uint(row, 0).map(Units))
                .optional()?;
            Ok(distributed.unwrap_or_default())
        })
    }

    /// Rounds evenly spread over the past, as far as it is kept, oldest first, at most `points` (at least 2).
    ///
    /// # Errors
    /// [`HistoryError`] if the database fails.
    pub fn supply_points(&self, points: u32) -> Result<Vec<SupplyPoint>> {
        use etm_mechanism::schedule::{bonus_total, reward_total};
        self.read(|connection| {
            let (kept, finished) = (kept::kept(connection)?, self.running(connection)?);
            let finished = finished.since(kept);
            let points = u64::from(points.max(2)).min(finished);
            let mut statement = connection.prepare_cached(
                "SELECT round, last_height, timestamp_ms, distributed, locked FROM rounds WHERE round = ?1",
            )?;
            let mut rows = Vec::new();
            for point in 1..=points {
                let round = u128::from(finished) * u128::from(point) / u128::from(points) - 1;
                let round = round + u128::from(kept.0);
                let point = statement.query_row([i64::try_from(round).unwrap_or(i64::MAX)], |row| {
                    let height = uint(row, 1)?;
                    Ok(SupplyPoint {
                        round: uint(row, 0)?,
                        height,
                        timestamp_ms: uint(row, 2)?,
                        rewards_issued: Amount(reward_total(Height(height)).0),
                        bonus_issued: Amount(bonus_total(Height(height)).0),
                        bonus_credited: Amount(uint(row, 3)?),
                        locked: Amount(uint(row, 4)?),
                    })
                });
                rows.extend(point.optional()?);
            }
            Ok(rows)
        })
    }
}
