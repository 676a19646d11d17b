//! Positions of accounts: bonus by round and timeline, as the API shows them.

use etm_mechanism::{Action, Position, Split};
use etm_types::api::account::{
    BonusPage, BonusReason, BonusRow, ProjectedPosition, TimelineChange, TimelineEntry,
    TimelinePage,
};
use etm_types::api::{self, Amount, Integer, share_ppb};
use etm_types::{Address, Round, Units};
use rusqlite::{Connection, params};

use crate::error::{HistoryError, Result};
use crate::holder::Holder;
use crate::kept;
use crate::life::{Life, Lived, Teller};
use crate::rows::transaction_at;
use crate::stand::{Cause, Change, Stand};
use crate::store::History;
use crate::value::{int, small, uint};

impl History {
    /// What an account's positions have come to up to the last finished round.
    ///
    /// # Errors
    /// [`HistoryError`] if the database fails.
    pub fn life(&self, account: &Address) -> Result<Life> {
        let account = Holder::Account(*account);
        self.read(|connection| Ok(Teller::new(connection, self.chain()).life(&account)?.1))
    }

    /// A state as the API shows it.
    pub fn show_state(&self, state: &Position) -> ProjectedPosition {
        ProjectedPosition {
            locked: Amount::from(state.locked),
            time_gain: state.t.get(),
            miner: state.miner.map(|miner| self.miner_ref(miner)),
            votes: Integer::from(state.votes()),
        }
    }

    /// What an account's positions earned round by round and why, newest first.
    ///
    /// # Errors
    /// [`HistoryError`] if the database fails.
    pub fn bonus(
        &self,
        account: &Address,
        before_round: Option<Round>,
        earned_only: bool,
        limit: u32,
    ) -> Result<BonusPage> {
        self.read(|connection| {
            let mut teller = Teller::new(connection, self.chain());
            let holder = Holder::Account(*account);
            let (stand, life) = teller.life(&holder)?;
            let before = before_round.unwrap_or(Round::MAX).min(life.finished);
            let kept = kept::kept(connection)?;
            let count = |stand: &Stand| match earned_only {
                true => stand.shared,
                false => stand.rounds,
            };
            // Rounds with a position before the first that is kept.
            let older = match kept {
                Round::ZERO => 0,
                kept => count(&teller.stand_at(&holder, kept)?),
            };
            if before <= kept && older > 0 {
                return Err(self.pruned(connection, kept)?);
            }
            let rounds = teller.rounds(&holder, before, earned_only, limit as usize + 1)?;
            let shown = &rounds[..rounds.len().min(limit as usize)];
            let more = rounds.len() > shown.len();
            let rows = shown.iter().map(|lived| self.bonus_row(connection, lived));
            Ok(BonusPage {
                address: account.to_string(),
                round: life.finished.checked_sub(1).map(|round| round.0),
                total_earned: Amount::from(life.earned),
                total: count(&stand),
                counted_from: kept::counted_from(connection)?,
                rounds: rows.collect::<Result<_>>()?,
                next: match (more, older) {
                    (true, _) => shown.last().map(|lived| lived.round.0),
                    (false, 0) => None,
                    (false, _) => Some(kept.0),
                },
            })
        })
    }

    fn bonus_row(&self, connection: &Connection, lived: &Lived) -> Result<BonusRow> {
        let Lived {
            round,
            state,
            seat,
            earned,
        } = *lived;
        let (height, timestamp_ms, bonus) = connection
            .prepare_cached("SELECT last_height, timestamp_ms, bonus FROM rounds WHERE round = ?1")?
            .query_row([int(round.0)?], |row| {
                Ok((uint(row, 0)?, uint(row, 1)?, uint(row, 2)?))
            })?;
        let own = state.votes().0;
        let why = match (state.miner, seat) {
            (None, _) => BonusReason::NoVote,
            (_, None) => BonusReason::NotInCommittee,
            (_, Some(seat)) if seat.pool.0 == 0 => BonusReason::NothingToShare,
            (_, Some(seat)) if seat.lucky => BonusReason::SharedLucky,
            _ => BonusReason::Shared,
        };
        let miner_votes = seat.map(|seat| seat.votes);
        let lucky = seat.is_some_and(|seat| seat.lucky);
        Ok(BonusRow {
            round: round.0,
            height,
            timestamp_ms,
            earned: Amount::from(earned),
            why,
            miner: state.miner.map(|miner| self.miner_ref(miner)),
            time_gain: state.t.get(),
            locked: Amount::from(state.locked),
            votes: Integer(own),
            miner_votes: miner_votes.map(Integer::from),
            share_ppb: miner_votes.map(|votes| share_ppb(own, votes.0)),
            pool: Amount(seat.map_or(0, |seat| seat.pool.0)),
            lucky,
            lucky_extra: Amount(if lucky {
                Split::new(Units(bonus), 0).lucky.0
            } else {
                0
            }),
            miner_blocks: small(seat.map_or(0, |seat| seat.produced)),
        })
    }

    /// What changed an account's positions, newest first.
    ///
    /// # Errors
    /// [`HistoryError`] if the database fails.
    pub fn timeline(&self, account: &Address, offset: u64, limit: u32) -> Result<TimelinePage> {
        self.read(|connection| {
            let mut teller = Teller::new(connection, self.chain());
            let holder = Holder::Account(*account);
            let (stand, _) = teller.life(&holder)?;
            let total = stand.changes;
            let until = total.saturating_sub(offset);
            let kept = kept::kept(connection)?;
            // Changes before the first round that is kept.
            let older = match kept {
                Round::ZERO => 0,
                kept => teller.stand_at(&holder, kept)?.changes,
            };
            if until <= older && older > 0 {
                return Err(self.pruned(connection, kept)?);
            }
            let from = until.saturating_sub(limit.into()).max(older);
            let changes = teller.changes(&holder, from..until)?;
            let entries = changes.iter().rev();
            let entries = entries.map(|change| self.timeline_entry(connection, change));
            let entries = entries.collect::<Result<Vec<_>>>()?;
            let next = offset.saturating_add(entries.len() as u64);
            Ok(TimelinePage {
                address: account.to_string(),
                total,
                counted_from: kept::counted_from(connection)?,
                entries,
                next: (next < total).then_some(next),
            })
        })
    }

    fn timeline_entry(&self, connection: &Connection, change: &Change) -> Result<TimelineEntry> {
        let round = int(change.round.0)?;
        let (height, timestamp_ms) = match change.cause {
            Cause::Genesis => (0, self.chain().genesis_timestamp_ms),
            _ => connection
                .prepare_cached("SELECT last_height, timestamp_ms FROM rounds WHERE round = ?1")?
                .query_row([round], |row| Ok((uint(row, 0)?, uint(row, 1)?)))?,
        };
        let shown = match &change.cause {
            Cause::Genesis => TimelineChange::Genesis,
            Cause::Days(days) => TimelineChange::Day { days: small(*days) },
            Cause::MinerResigned(miner) => TimelineChange::MinerResigned {
                miner: self.miner_ref(*miner),
            },
            Cause::Halving => {
                let miner = change.before.and_then(|state| state.miner);
                let miner = miner.ok_or(HistoryError::Damaged("a halving without a miner"))?;
                let mut statement = connection.prepare_cached(
                    "SELECT height FROM blocks JOIN rounds ON height BETWEEN first_height AND last_height
                     WHERE rounds.round = ?1 AND producer = ?2 ORDER BY height",
                )?;
                let heights = statement.query_map(params![round, miner.0], |row| uint(row, 0))?;
                let blocks = heights.collect::<rusqlite::Result<_>>()?;
                TimelineChange::Halving {
                    miner: self.miner_ref(miner),
                    blocks,
                }
            }
            Cause::Request {
                height,
                place,
                applied,
            } => {
                let transaction = transaction_at(connection, *height, *place)?;
                let transaction =
                    transaction.ok_or(HistoryError::Damaged("a request has no transaction"))?;
                let request = transaction.payload().request();
                let action = request.and_then(|request| request.action(Units::ZERO));
                let action = action.filter(Action::is_of_position);
                let action =
                    action.ok_or(HistoryError::Damaged("a request that changes no position"))?;
                TimelineChange::Request {
                    request: self.show_request(&action),
                    transaction: api::Hash::from(transaction.hash()),
                    applied: *applied,
                }
            }
        };
        Ok(TimelineEntry {
            round: change.round.0,
            height,
            timestamp_ms,
            change: shown,
            before: change.before.as_ref().map(|state| self.show_state(state)),
            after: change.after.as_ref().map(|state| self.show_state(state)),
        })
    }
}
