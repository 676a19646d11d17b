//! Miners: what the state doesn't keep about them.

use std::collections::HashMap;

use etm_mechanism::Standing;
use etm_types::api::miner::{MinerHistoryPage, MinerRound, MinerSeat, SizeClass};
use etm_types::api::{Amount, Integer};
use etm_types::{Address, Height, MinerId, Round, Votes};
use rusqlite::{OptionalExtension, Row, params};

use crate::error::{HistoryError, Result};
use crate::holder::Holder;
use crate::kept;
use crate::store::History;
use crate::value::{address, count, ids, int, maybe_uint, uint, votes};

/// What is known of a miner over its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinerFacts {
    pub id: MinerId,
    pub name: String,
    pub owner: Address,
    /// The block that accepted its registration; none for genesis.
    pub registered_height: Option<Height>,
    /// The round at whose end it resigned, if it did.
    pub resigned_round: Option<Round>,
    /// All rewards of its blocks, in units; this and all that follows since the history began ([`History::counted_from`]).
    pub rewards: u64,
    /// All its shares of fees, in units.
    pub fees: u64,
    /// All pools shared by its voters, in units.
    pub pools: u64,
    /// Times it was lucky.
    pub lucky: u64,
    /// Seats it had in finished rounds.
    pub seats: u64,
    /// The last block it produced.
    pub last_block: Option<Height>,
}

/// What is locked behind a miner now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MinerFigures {
    /// Positions that vote for it.
    pub voters: u64,
    /// What they hold, in units.
    pub locked: u64,
}

/// Seats and chances of all miners in the last rounds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecentSeats {
    /// The first of these rounds.
    pub from: Round,
    /// How many they are; the last may be running or announced.
    pub rounds: u64,
    /// Rounds in which a miner had a seat, rising.
    pub seats: HashMap<MinerId, Vec<Round>>,
    /// What the draws of these rounds gave to expect.
    pub chances: HashMap<MinerId, SeatsExpected>,
}

/// How many seats a miner's chances make, and how far that may be off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeatsExpected {
    /// The sum of its chances `p`, in parts per billion.
    pub mean_ppb: u64,
    /// The sum of `p (1 - p)`, in parts per billion.
    pub variance_ppb: u64,
}

const FACTS: &str = "SELECT id, name, owner, registered_height, resigned_round, rewards, fees, pools, lucky, seats, last_block
    FROM miners";

fn facts(row: &Row<'_>) -> rusqlite::Result<MinerFacts> {
    Ok(MinerFacts {
        id: MinerId(row.get(0)?),
        name: row.get(1)?,
        owner: address(row, 2)?,
        registered_height: maybe_uint(row, 3)?.map(Height),
        resigned_round: maybe_uint(row, 4)?.map(Round),
        rewards: uint(row, 5)?,
        fees: uint(row, 6)?,
        pools: uint(row, 7)?,
        lucky: uint(row, 8)?,
        seats: uint(row, 9)?,
        last_block: maybe_uint(row, 10)?.map(Height),
    })
}

impl History {
    /// A miner by its id.
    ///
    /// # Errors
    /// [`crate::HistoryError`] if the database fails.
    pub fn miner(&self, id: MinerId) -> Result<Option<MinerFacts>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!("{FACTS} WHERE id = ?1"))?;
            let miner = statement.query_row([id.0], facts).optional()?;
            // When one resigned that had done so when the history began is not known.
            let began = kept::began(connection)?.unwrap_or_default();
            let since = |miner: MinerFacts| MinerFacts {
                resigned_round: miner.resigned_round.filter(|round| *round >= began),
                ..miner
            };
            Ok(miner.map(since))
        })
    }

    /// The round since which miners and accounts are counted, if that is not genesis.
    ///
    /// # Errors
    /// [`crate::HistoryError`] if the database fails.
    pub fn counted_from(&self) -> Result<Option<Round>> {
        self.read(kept::began)
    }

    /// The miner that has or last had a name.
    ///
    /// # Errors
    /// [`crate::HistoryError`] if the database fails.
    pub fn miner_by_name(&self, name: &str) -> Result<Option<MinerFacts>> {
        self.read(|connection| {
            let sql = format!(
                "{FACTS} WHERE name = ?1 ORDER BY resigned_round IS NULL DESC, id DESC LIMIT 1"
            );
            Ok(connection
                .prepare_cached(&sql)?
                .query_row([name], facts)
                .optional()?)
        })
    }

    /// All miners that are registered, by id.
    ///
    /// # Errors
    /// [`crate::HistoryError`] if the database fails.
    pub fn registered_miners(&self) -> Result<Vec<MinerFacts>> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached(&format!("{FACTS} WHERE resigned_round IS NULL ORDER BY id"))?;
            Ok(statement
                .query_map([], facts)?
                .collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Miners whose name begins with `prefix`, registered ones first, at most `limit`.
    ///
    /// # Errors
    /// [`crate::HistoryError`] if the database fails.
    pub fn miners_by_prefix(&self, prefix: &str, limit: u32) -> Result<Vec<MinerFacts>> {
        // After every byte that a name can have.
        let end = format!("{prefix}\u{7f}");
        self.read(|connection| {
            let sql = format!("{FACTS} WHERE name >= ?1 AND name < ?2 ORDER BY resigned_round IS NOT NULL, name LIMIT ?3");
            let mut statement = connection.prepare_cached(&sql)?;
            Ok(statement.query_map(params![prefix, end, limit], facts)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// What is locked behind each miner; `None` is for those who vote for nobody.
    ///
    /// # Errors
    /// [`crate::HistoryError`] if the database fails.
    pub fn locked_by_miner(&self) -> Result<HashMap<Option<MinerId>, MinerFigures>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT miner, SUM(voters), SUM(locked) FROM sizes GROUP BY miner",
            )?;
            let rows = statement.query_map([], |row| {
                let miner: i64 = row.get(0)?;
                let miner = u32::try_from(miner).ok().map(MinerId);
                Ok((
                    miner,
                    MinerFigures {
                        voters: uint(row, 1)?,
                        locked: uint(row, 2)?,
                    },
                ))
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Positions that vote for a miner by size; classes without positions are left out.
    ///
    /// # Errors
    /// [`crate::HistoryError`] if the database fails.
    pub fn voters_by_size(&self, miner: MinerId) -> Result<Vec<SizeClass>> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT class, voters, locked FROM sizes WHERE miner = ?1 AND voters > 0 ORDER BY class")?;
            let rows = statement.query_map([miner.0], |row| {
                let class: u32 = row.get(0)?;
                Ok(SizeClass {
                    from: Amount(10u64.checked_pow(class).unwrap_or(u64::MAX)),
                    below: Amount(10u64.checked_pow(class + 1).unwrap_or(u64::MAX)),
                    voters: uint(row, 1)?,
                    locked: Amount(uint(row, 2)?),
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Accounts that have a position, by rising address, at most `limit`.
    ///
    /// # Errors
    /// [`crate::HistoryError`] if the database fails.
    pub fn holders(&self, limit: usize) -> Result<Vec<Address>> {
        self.read(|connection| {
            // Those that were somebody's before stand under their accounts now.
            let mut statement = connection.prepare_cached(
                "SELECT account FROM positions WHERE length(account) = 20 OR since_round IS NULL ORDER BY account LIMIT ?1",
            )?;
            let rows = statement.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                row.get(0)
            })?;
            let mut holders = Vec::new();
            for account in rows {
                let account: Vec<u8> = account?;
                match Holder::of_bytes(&account)? {
                    Holder::Account(address) => holders.push(address),
                    // Whose it is was told before the history began, if ever.
                    Holder::Hidden(_) => {
                        let kept = kept::kept(connection)?;
                        return Err(self.pruned(connection, kept)?);
                    }
                }
            }
            Ok(holders)
        })
    }

    /// Seats and chances of all miners in the last `rounds` rounds up to and with the announced one.
    ///
    /// # Errors
    /// [`crate::HistoryError`] if the database fails.
    pub fn recent_seats(&self, rounds: u64) -> Result<RecentSeats> {
        let announced = self.running_round()?.next();
        let first = self.read(|connection| {
            Ok(match kept::began(connection)? {
                // The draws of its first two rounds were before it.
                Some(began) => kept::kept(connection)?.max(began.saturating_add(2)),
                None => kept::kept(connection)?,
            })
        })?;
        let from = announced.next().saturating_sub(rounds).max(first);
        let mut recent = RecentSeats {
            from,
            rounds: announced.next().since(from),
            ..RecentSeats::default()
        };
        for round in from.through(announced) {
            let committee = match self.committee(round) {
                // Since it was looked how far back the history goes.
                Err(HistoryError::Pruned { .. }) => continue,
                committee => committee?,
            };
            for member in committee
                .into_iter()
                .flat_map(|committee| committee.members)
            {
                recent.seats.entry(member.miner).or_default().push(round);
            }
        }
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT candidates, ppb FROM chances JOIN rounds ON rounds.round = chances.round
                 WHERE chances.round + 2 >= ?1 AND kept = 0",
            )?;
            let mut rows = statement.query([int(from.0)?])?;
            while let Some(row) = rows.next()? {
                for (id, chance) in ids(row, 0)?.into_iter().zip(ids(row, 1)?) {
                    let chance = u64::from(chance).min(1_000_000_000);
                    let expected = recent.chances.entry(MinerId(id)).or_default();
                    expected.mean_ppb += chance;
                    expected.variance_ppb += chance * (1_000_000_000 - chance) / 1_000_000_000;
                }
            }
            Ok(())
        })?;
        Ok(recent)
    }

    /// A miner round by round, newest first: rounds in which it had a seat or its votes or counters changed.
    ///
    /// # Errors
    /// [`crate::HistoryError`] if the database fails.
    pub fn miner_history(
        &self,
        miner: MinerId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<MinerHistoryPage> {
        let before = before.unwrap_or(u64::MAX);
        let (rounds, kept) = self.read(|connection| {
            let kept = self.not_pruned(connection, Round(before).saturating_sub(1))?;
            let before = i64::try_from(before).unwrap_or(i64::MAX);
            let mut statement = connection.prepare_cached(
                "SELECT own.round, last_height, timestamp_ms, average,
                        standings.votes, standings.produced, standings.slots, standings.locked, standings.voters,
                        place, seats.produced, seats.missed, pool, seats.lucky, seats.votes, rewards, seats.fees
                 FROM (SELECT round FROM standings WHERE miner = ?1 AND round < ?2 AND round >= ?4
                       UNION SELECT round FROM seats WHERE miner = ?1 AND round < ?2 AND round >= ?4
                       ORDER BY round DESC LIMIT ?3) AS own
                 JOIN rounds ON rounds.round = own.round
                 JOIN standings ON standings.miner = ?1 AND standings.round =
                      (SELECT MAX(round) FROM standings AS earlier WHERE earlier.miner = ?1 AND earlier.round <= own.round)
                 LEFT JOIN seats ON seats.miner = ?1 AND seats.round = own.round
                 ORDER BY own.round DESC",
            )?;
            let rows = statement.query_map(
                params![miner.0, before, i64::from(limit) + 1, int(kept.0)?],
                miner_round,
            )?;
            Ok((rows.collect::<rusqlite::Result<Vec<MinerRound>>>()?, kept))
        })?;
        let more = rounds.len() > limit as usize;
        let rounds: Vec<MinerRound> = rounds.into_iter().take(limit as usize).collect();
        let next = match (more, kept) {
            (true, _) => rounds.last().map(|round| round.round),
            (false, Round::ZERO) => None,
            (false, kept) => Some(kept.0),
        };
        Ok(MinerHistoryPage {
            miner: self.miner_ref(miner),
            rounds,
            next,
        })
    }
}

fn miner_round(row: &Row<'_>) -> rusqlite::Result<MinerRound> {
    let average = uint(row, 3)?;
    let standing = Standing::new(Votes(votes(row, 4)?), uint(row, 5)?, uint(row, 6)?);
    let seat = match row.get::<_, Option<u32>>(9)? {
        None => None,
        Some(index) => Some(MinerSeat {
            index,
            produced: count(row, 10)?,
            missed: count(row, 11)?,
            pool: Amount(uint(row, 12)?),
            lucky: row.get(13)?,
            votes: Integer(votes(row, 14)?),
            rewards: Amount(uint(row, 15)?),
            fees: Amount(uint(row, 16)?),
        }),
    };
    Ok(MinerRound {
        round: uint(row, 0)?,
        height: uint(row, 1)?,
        timestamp_ms: uint(row, 2)?,
        votes: Integer::from(standing.votes),
        weight: Integer::from(standing.weight(average)),
        coefficient: Integer(standing.coefficient(average).into()),
        produced_total: standing.produced,
        slots_total: standing.slots,
        locked: Amount(uint(row, 7)?),
        voters: uint(row, 8)?,
        seat,
    })
}
