//! The tables. A file with older ones is written anew from the chain.
//!
//! 64-bit figures are SQLite integers (all are below 2^63), votes are 16 bytes big-endian, addresses 20 bytes, hashes 32 bytes.

use rusqlite::Connection;

use crate::error::{HistoryError, Result};

const TABLES: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE blocks (
    height INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    round INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    timestamp_ms INTEGER NOT NULL,
    producer INTEGER NOT NULL,
    transactions INTEGER NOT NULL,
    fees INTEGER NOT NULL,
    missed INTEGER NOT NULL,
    encoded BLOB NOT NULL,      -- header, then body
    receipts BLOB NOT NULL,     -- a list
    certificate BLOB NOT NULL,
    finalized_ms INTEGER
);
CREATE INDEX blocks_by_producer ON blocks (producer, height);

CREATE TABLE missed (
    height INTEGER NOT NULL,    -- of the block that followed
    slot INTEGER NOT NULL,
    miner INTEGER NOT NULL,
    PRIMARY KEY (height, slot)
) WITHOUT ROWID;

CREATE TABLE transactions (
    hash BLOB PRIMARY KEY,
    height INTEGER NOT NULL,
    place INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE activity (
    account BLOB NOT NULL,
    height INTEGER NOT NULL,
    place INTEGER NOT NULL,
    number INTEGER NOT NULL,    -- of this account, from 1
    PRIMARY KEY (account, height, place)
) WITHOUT ROWID;

-- Accepted requests; applied is NULL until their round ends, then 1, or 0 if a resignation made them void.
CREATE TABLE requests (
    account BLOB NOT NULL,
    round INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    height INTEGER NOT NULL,
    place INTEGER NOT NULL,
    applied INTEGER,
    miner INTEGER,              -- registered or resigned
    PRIMARY KEY (account, round, sequence)
) WITHOUT ROWID;
CREATE UNIQUE INDEX requests_by_round ON requests (round, sequence);
CREATE UNIQUE INDEX requests_by_place ON requests (height, place);

CREATE TABLE rounds (
    round INTEGER PRIMARY KEY,
    first_height INTEGER NOT NULL,
    last_height INTEGER NOT NULL,
    timestamp_ms INTEGER NOT NULL,
    missed INTEGER NOT NULL,
    transactions INTEGER NOT NULL,
    collected INTEGER NOT NULL, -- fees of its blocks
    fees INTEGER NOT NULL,
    fee_share INTEGER NOT NULL,
    fees_pending INTEGER NOT NULL,
    bonus INTEGER NOT NULL,
    carry_in INTEGER NOT NULL,
    carry_out INTEGER NOT NULL,
    lucky INTEGER NOT NULL,
    days INTEGER NOT NULL,
    average INTEGER NOT NULL,
    seed BLOB NOT NULL,
    beacon BLOB NOT NULL,
    applied INTEGER NOT NULL,
    void INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    members BLOB NOT NULL,      -- ids of the committee that served
    drawn BLOB NOT NULL,        -- ids of the committee drawn
    candidates BLOB NOT NULL,   -- ids of the candidates of that draw
    locked INTEGER NOT NULL,
    distributed INTEGER NOT NULL -- bonus shared out up to and with this round
);
CREATE INDEX rounds_with_days ON rounds (round, days) WHERE days > 0;

CREATE TABLE committees (round INTEGER PRIMARY KEY, encoded BLOB NOT NULL);

CREATE TABLE seats (
    miner INTEGER NOT NULL,
    round INTEGER NOT NULL,
    place INTEGER NOT NULL,
    produced INTEGER NOT NULL,
    missed INTEGER NOT NULL,
    pool INTEGER NOT NULL,
    lucky INTEGER NOT NULL,
    votes BLOB NOT NULL,
    rewards INTEGER NOT NULL,
    fees INTEGER NOT NULL,
    number INTEGER NOT NULL,    -- 0 for the miner's first seat, and so on
    shares INTEGER NOT NULL,    -- whether its pool was shared
    PRIMARY KEY (miner, round)
) WITHOUT ROWID;
CREATE UNIQUE INDEX seats_by_round ON seats (round, place);
CREATE UNIQUE INDEX seats_by_number ON seats (miner, number);
CREATE INDEX seats_that_share ON seats (miner, round) WHERE shares = 1;

-- What so many seats of a miner make of a position with each time gain (course.rs).
CREATE TABLE courses (
    miner INTEGER NOT NULL,
    level INTEGER NOT NULL,
    number INTEGER NOT NULL,
    first_round INTEGER NOT NULL,
    last_round INTEGER NOT NULL,
    shared INTEGER NOT NULL,
    paths BLOB NOT NULL,        -- for each time gain: gains (32 bytes), changes (4), time gain at the end (1)
    PRIMARY KEY (miner, level, number)
) WITHOUT ROWID;

-- What the life of an account had come to before a round, where requests of it took effect (life.rs).
CREATE TABLE lives (
    account BLOB NOT NULL,
    round INTEGER NOT NULL,
    locked INTEGER,             -- NULL: no position
    time_gain INTEGER NOT NULL,
    miner INTEGER,
    gains BLOB NOT NULL,
    earned_before INTEGER NOT NULL,
    since_round INTEGER,
    rounds INTEGER NOT NULL,
    shared INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    PRIMARY KEY (account, round)
) WITHOUT ROWID;
CREATE INDEX lives_by_changes ON lives (account, changes);

-- Votes and counters of a miner after a round: a row where they changed, for members and candidates.
CREATE TABLE standings (
    miner INTEGER NOT NULL,
    round INTEGER NOT NULL,
    votes BLOB NOT NULL,
    produced INTEGER NOT NULL,
    slots INTEGER NOT NULL,
    locked INTEGER NOT NULL,
    voters INTEGER NOT NULL,
    PRIMARY KEY (miner, round)
) WITHOUT ROWID;

CREATE TABLE miners (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    owner BLOB NOT NULL,
    registered_height INTEGER,
    resigned_round INTEGER,
    resigned_sequence INTEGER,
    rewards INTEGER NOT NULL DEFAULT 0,
    fees INTEGER NOT NULL DEFAULT 0,
    pools INTEGER NOT NULL DEFAULT 0,
    lucky INTEGER NOT NULL DEFAULT 0,
    seats INTEGER NOT NULL DEFAULT 0,
    last_block INTEGER
);
CREATE INDEX miners_by_name ON miners (name);
CREATE INDEX miners_by_owner ON miners (owner);

-- What is locked and for whom it votes; the time gain follows from rounds and requests.
CREATE TABLE positions (
    account BLOB PRIMARY KEY,
    locked INTEGER NOT NULL,
    miner INTEGER,
    since_round INTEGER
) WITHOUT ROWID;

-- Positions by miner (-1: none) and power of ten of what they hold.
CREATE TABLE sizes (
    miner INTEGER NOT NULL,
    class INTEGER NOT NULL,
    voters INTEGER NOT NULL,
    locked INTEGER NOT NULL,
    PRIMARY KEY (miner, class)
) WITHOUT ROWID;

-- Chance of a seat of each candidate (4 bytes, parts per billion, in the order of rounds.candidates), for the last draws.
CREATE TABLE chances (round INTEGER PRIMARY KEY, ppb BLOB NOT NULL);
";

/// The schema version of this program.
pub(crate) const VERSION: u32 = 4;

/// The same tables, from which old rounds were removed (`prune.rs`).
pub(crate) const PRUNED: u32 = 5;

/// The same while what a history begins with is not all there (`fill.rs`).
pub(crate) const UNFINISHED: u32 = 6;

/// Makes the tables in an empty file, and refuses those of another version.
pub(crate) fn prepare(connection: &mut Connection) -> Result<()> {
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match found {
        VERSION | PRUNED | UNFINISHED => Ok(()),
        0 => {
            let transaction = connection.transaction()?;
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            Ok(transaction.commit()?)
        }
        _ => Err(HistoryError::OtherSchema {
            found,
            known: PRUNED,
        }),
    }
}
