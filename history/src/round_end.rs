//! Writing the end of a round: seats, standings, requests in effect, positions.

use std::collections::{BTreeSet, HashMap};

use etm_mechanism::{Action, Position, RoundReport, Standing, schedule};
use etm_types::{Address, FinalizedBlock, Height, MinerId, Units, Votes};
use rusqlite::{Connection, OptionalExtension, params};

use crate::course::{self, SeatNumber};
use crate::error::{HistoryError, Result};
use crate::feed::ChainFacts;
use crate::holder::Holder;
use crate::life::Teller;
use crate::origin;
use crate::rows::{count_position, standing_at, write_position, write_standing};
use crate::value::{ids_bytes, int, uint, votes_bytes};

/// What the writer has to remember once the transaction is committed.
#[derive(Default)]
pub(crate) struct News {
    pub(crate) standings: HashMap<MinerId, Standing>,
    pub(crate) names: Vec<(u32, String)>,
    /// Miners that resigned, or that somebody voted for and no longer does.
    left: BTreeSet<MinerId>,
}

pub(crate) fn write(
    connection: &Connection,
    chain: &ChainFacts,
    known: &HashMap<MinerId, Standing>,
    finalized: &FinalizedBlock,
    report: &RoundReport<Address>,
) -> Result<News> {
    let header = &finalized.block.header;
    if report.round != header.round || report.last_height != header.height {
        return Err(HistoryError::Inconsistent {
            height: header.height,
            what: "the report is of another round",
        });
    }
    let mut news = News::default();
    let seats = write_seats(connection, report)?;
    let requests = apply_requests(connection, header.height, report, &mut news)?;
    write_standings(connection, known, report, &mut news)?;
    write_round(connection, chain, finalized, report, requests)?;
    for seat in seats {
        course::extend(connection, seat)?;
    }
    write_lives(connection, chain, report)?;
    Ok(news)
}

/// Writes down what the lives have come to in which requests took effect.
fn write_lives(
    connection: &Connection,
    chain: &ChainFacts,
    report: &RoundReport<Address>,
) -> Result<()> {
    let of_positions = report
        .requests
        .iter()
        .filter(|request| request.action.is_of_position());
    let accounts: BTreeSet<Address> = of_positions.map(|request| request.account).collect();
    let mut teller = Teller::new(connection, chain);
    for account in accounts {
        teller.write_down(&Holder::Account(account), report.round)?;
    }
    Ok(())
}

fn write_seats(connection: &Connection, report: &RoundReport<Address>) -> Result<Vec<SeatNumber>> {
    let mut rewards: HashMap<u32, u64> = HashMap::new();
    let mut statement = connection
        .prepare_cached("SELECT producer, height FROM blocks WHERE height BETWEEN ?1 AND ?2")?;
    let mut rows = statement.query([int(report.first_height.0)?, int(report.last_height.0)?])?;
    while let Some(row) = rows.next()? {
        *rewards.entry(row.get(0)?).or_default() += schedule::reward(Height(uint(row, 1)?)).0;
    }
    let mut seat = connection.prepare_cached(
        "INSERT INTO seats (miner, round, place, produced, missed, pool, lucky, votes, rewards, fees, number, shares)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    let mut totals = connection.prepare_cached(
        "UPDATE miners SET fees = fees + ?2, pools = pools + ?3, lucky = lucky + ?4, seats = seats + 1 WHERE id = ?1",
    )?;
    let mut before = connection.prepare_cached("SELECT seats FROM miners WHERE id = ?1")?;
    let mut numbers = Vec::with_capacity(report.members.len());
    for (place, member) in report.members.iter().enumerate() {
        let number = before.query_row([member.miner.0], |row| uint(row, 0))?;
        numbers.push(SeatNumber {
            miner: member.miner,
            number,
        });
        let lucky = member.miner == report.lucky;
        let (pool, fees) = (int(member.pool.0)?, int(member.fees.0)?);
        seat.execute(params![
            member.miner.0,
            int(report.round.0)?,
            place as i64,
            int(member.produced)?,
            int(member.missed)?,
            pool,
            lucky,
            votes_bytes(member.votes),
            int(rewards.get(&member.miner.0).copied().unwrap_or(0))?,
            fees,
            int(number)?,
            member.pool.0 > 0 && member.votes.0 > 0,
        ])?;
        let shared = if member.votes.0 > 0 { pool } else { 0 };
        totals.execute(params![member.miner.0, fees, shared, lucky])?;
    }
    Ok(numbers)
}

/// How many requests took effect at the end of a round, and how many a resignation made void.
#[derive(Clone, Copy, Default)]
struct RequestCounts {
    applied: u64,
    void: u64,
}

/// Step 7 of mechanism.md section 8, as far as amounts and votes go.
fn apply_requests(
    connection: &Connection,
    height: Height,
    report: &RoundReport<Address>,
    news: &mut News,
) -> Result<RequestCounts> {
    let mut counts = RequestCounts::default();
    let round = int(report.round.0)?;
    for (sequence, request) in report.requests.iter().enumerate() {
        if request.effective {
            counts.applied += 1;
        } else {
            counts.void += 1;
        }
        let mut miner = request.miner;
        match request.action {
            Action::Register(name, _) => {
                let Some(id) = miner else {
                    return Err(HistoryError::Inconsistent {
                        height,
                        what: "a registration got no miner id",
                    });
                };
                connection
                    .prepare_cached(
                        "INSERT INTO miners (id, name, owner, registered_height)
                         SELECT ?1, ?2, ?3, height FROM requests WHERE round = ?4 AND sequence = ?5",
                    )?
                    .execute(params![id.0, name.as_str(), request.account.0, round, sequence as i64])?;
                news.names.push((id.0, name.as_str().to_owned()));
            }
            Action::Resign => {
                miner = resign(connection, &request.account, round, sequence)?;
                news.left.extend(miner);
            }
            _ if request.effective => {
                let voted = change_position(connection, &request.account, round, &request.action)?;
                news.left.extend(voted);
            }
            action if action.is_of_position() => {
                origin::take_over(connection, &request.account, round)?;
            }
            _ => {}
        }
        let changed = connection
            .prepare_cached(
                "UPDATE requests SET applied = ?3, miner = ?4 WHERE round = ?1 AND sequence = ?2 AND account = ?5",
            )?
            .execute(params![
                round,
                sequence as i64,
                request.effective,
                miner.map(|miner| miner.0),
                request.account.0
            ])?;
        if changed != 1 {
            return Err(HistoryError::Inconsistent {
                height,
                what: "a request in the report was never accepted",
            });
        }
    }
    Ok(counts)
}

fn resign(
    connection: &Connection,
    owner: &Address,
    round: i64,
    sequence: usize,
) -> Result<Option<MinerId>> {
    let id: Option<u32> = connection
        .prepare_cached("SELECT id FROM miners WHERE owner = ?1 AND resigned_round IS NULL")?
        .query_row([owner.0], |row| row.get(0))
        .optional()?;
    let Some(id) = id else {
        return Err(HistoryError::Damaged("a resigning miner isn't registered"));
    };
    connection
        .prepare_cached(
            "UPDATE miners SET resigned_round = ?2, resigned_sequence = ?3 WHERE id = ?1",
        )?
        .execute(params![id, round, sequence as i64])?;
    // Its voters vote for nobody now. Their rows keep the miner's id: whoever reads them knows that it resigned.
    connection
        .prepare_cached(
            "INSERT INTO sizes (miner, class, voters, locked) SELECT -1, class, voters, locked FROM sizes WHERE miner = ?1
             ON CONFLICT DO UPDATE SET voters = voters + excluded.voters, locked = locked + excluded.locked",
        )?
        .execute([id])?;
    connection
        .prepare_cached("DELETE FROM sizes WHERE miner = ?1")?
        .execute([id])?;
    Ok(Some(MinerId(id)))
}

/// Gives the miner that was voted for.
fn change_position(
    connection: &Connection,
    account: &Address,
    round: i64,
    action: &Action,
) -> Result<Option<MinerId>> {
    let before = connection
        .prepare_cached(
            "SELECT locked, CASE WHEN resigned_round IS NULL THEN miner END
             FROM positions LEFT JOIN miners ON miners.id = positions.miner WHERE account = ?1",
        )?
        .query_row([account.0], |row| {
            Ok(Position {
                miner: row.get::<_, Option<u32>>(1)?.map(MinerId),
                // Time gains are told by `life.rs`: nothing here depends on them.
                ..Position::new(Units(uint(row, 0)?))
            })
        })
        .optional()?;
    let before = match before {
        None => origin::leave(connection, account, round)?,
        before => before,
    };
    let after = Position::after(before, action, |_| true)
        .map_err(|_| HistoryError::Damaged("a request took effect that is impossible"))?;
    let voted = before.and_then(|before| before.miner);
    if let Some(Position { locked, miner, .. }) = before {
        count_position(connection, miner, locked, -1)?;
    }
    let Some(after) = after else {
        connection
            .prepare_cached("DELETE FROM positions WHERE account = ?1")?
            .execute([account.0])?;
        return Ok(voted);
    };
    count_position(connection, after.miner, after.locked, 1)?;
    write_position(connection, account, &after, round)?;
    Ok(voted)
}

fn has_voters(connection: &Connection, miner: MinerId) -> Result<bool> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM sizes WHERE miner = ?1 AND voters > 0 LIMIT 1")?;
    Ok(statement.exists([miner.0])?)
}

fn write_standings(
    connection: &Connection,
    known: &HashMap<MinerId, Standing>,
    report: &RoundReport<Address>,
    news: &mut News,
) -> Result<()> {
    // Whether a miner is registered stands elsewhere.
    let members = report.members.iter().map(|member| {
        let standing = Standing {
            registered: true,
            ..member.standing
        };
        (member.miner, standing)
    });
    let candidates = report.draw.candidates.iter();
    let candidates = candidates.map(|candidate| (candidate.miner, candidate.standing()));
    let last_of =
        |news: &News, miner| match news.standings.get(&miner).or_else(|| known.get(&miner)) {
            Some(last) => Ok(Some(*last)),
            None => standing_at(connection, miner, i64::MAX),
        };
    // The report has nothing of one without a seat that nobody votes for any more. It had votes, whatever was last known of it: there is a row
    // of it in any case, so that a history that knows more has no other rows.
    let has_seat = |miner| report.members.iter().any(|member| member.miner == miner);
    let mut abandoned = Vec::new();
    for miner in &news.left {
        if has_seat(*miner) || has_voters(connection, *miner)? {
            continue;
        }
        let standing = Standing {
            votes: Votes::ZERO,
            registered: true,
            ..last_of(news, *miner)?.unwrap_or_default()
        };
        write_standing(connection, *miner, report.round, &standing)?;
        abandoned.push((*miner, standing));
    }
    news.standings.extend(abandoned);
    for (miner, standing) in members.chain(candidates) {
        let last = last_of(news, miner)?;
        if last != Some(standing) {
            write_standing(connection, miner, report.round, &standing)?;
        }
        news.standings.insert(miner, standing);
    }
    Ok(())
}

fn write_round(
    connection: &Connection,
    chain: &ChainFacts,
    finalized: &FinalizedBlock,
    report: &RoundReport<Address>,
    requests: RequestCounts,
) -> Result<()> {
    let before = report.round.previous();
    let before = before.map(|round| int(round.0)).transpose()?;
    let (seed, carry_in, distributed): ([u8; 32], u64, u64) = match before {
        None => (chain.genesis.draft().beacon.0, 0, 0),
        Some(before) => connection
            .prepare_cached("SELECT beacon, carry_out, distributed FROM rounds WHERE round = ?1")?
            .query_row([before], |row| {
                Ok((row.get(0)?, uint(row, 1)?, uint(row, 2)?))
            })?,
    };
    let distributed = distributed.saturating_add(report.bonus.0.saturating_sub(report.carry.0));
    connection
        .prepare_cached(
            "INSERT INTO rounds (round, first_height, last_height, timestamp_ms, missed, transactions, collected, fees,
             fee_share, fees_pending, bonus, carry_in, carry_out, lucky, days, average, seed, beacon, applied, void, kept,
             members, drawn, candidates, locked, distributed)
             SELECT ?1, ?2, ?3, ?4, SUM(missed), SUM(transactions), SUM(fees), ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,
             ?15, ?16, ?17, ?18, ?19, ?20, ?21, (SELECT COALESCE(SUM(locked), 0) FROM sizes), ?22
             FROM blocks WHERE height BETWEEN ?2 AND ?3",
        )?
        .execute(params![
            int(report.round.0)?,
            int(report.first_height.0)?,
            int(report.last_height.0)?,
            int(finalized.block.header.timestamp_ms)?,
            int(report.fees.0)?,
            int(report.fee_share.0)?,
            int(report.fees_pending.0)?,
            int(report.bonus.0)?,
            int(carry_in)?,
            int(report.carry.0)?,
            report.lucky.0,
            int(report.days)?,
            int(report.average)?,
            seed,
            finalized.block.header.beacon.0,
            int(requests.applied)?,
            int(requests.void)?,
            report.draw.kept,
            ids_bytes(report.members.iter().map(|member| member.miner.0)),
            ids_bytes(report.draw.members.iter().map(|miner| miner.0)),
            ids_bytes(report.draw.candidates.iter().map(|candidate| candidate.miner.0)),
            int(distributed)?,
        ])?;
    Ok(())
}
