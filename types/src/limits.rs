//! Bounds of everything that travels. A value beyond them can neither be decoded nor executed.

use core::ops::RangeInclusive;

/// The most transactions of a block.
pub const MAX_BLOCK_TRANSACTIONS: usize = 4096;
/// The most bytes of an encoded block, header and committee included.
pub const MAX_BLOCK_BYTES: usize = 1 << 20;
/// The most bytes of an encoded transaction. The largest kind, a registration, stays below.
pub const MAX_TRANSACTION_BYTES: usize = 1024;
/// The least fee with which a transaction takes the place of one with the same nonce that pays `fee`: a tenth more, rounded up. In units.
pub const fn replacement_fee(fee: u64) -> u64 {
    let tenth = fee.div_ceil(10);
    fee.saturating_add(if tenth == 0 { 1 } else { tenth })
}

/// The most members of a committee: what messages are sized for, and what a chain's `K` is at most.
pub const MAX_COMMITTEE_MEMBERS: usize = 101;
/// The most receipts of a block: of its transactions, of missed slots and, at the end of a round, of all its requests.
pub const MAX_RECEIPTS: usize = 1 << 21;
/// The most bytes of a value in the state: a chain whose state holds a longer one could not go on. The longest is the
/// directory of miners, four bytes a page, and somebody can see to it that each page holds one miner only; with the
/// deposits of mainnet all tokens there will ever be pay for 500,000 miners.
pub const MAX_STATE_VALUE_BYTES: usize = 4 << 20;

/// The most blocks of a round: each must have a share of the requests that a round may collect.
pub const MAX_BLOCKS_PER_ROUND: u32 = 10_000;
/// The most seconds of a chain's day: a year.
pub const MAX_DAY_SECONDS: u64 = 31_536_000;
/// The milliseconds of a slot. Below, signatures take longer than a slot; above, a missed slot stops everybody for too long.
pub const SLOT_MS: RangeInclusive<u64> = 10..=600_000;
/// Rounds for which a sign of life counts. It must reach the next round; and for so many rounds a miner that is gone is drawn on.
pub const READY_ROUNDS: RangeInclusive<u64> = 2..=1_000;
/// What all amounts of a genesis and all that will be issued may sum to: databases count in 63 bits.
pub const MAX_SUPPLY: u64 = i64::MAX as u64;
/// The last millisecond of the year 9999: what calendars and JSON dates can show, and the latest moment of a genesis.
pub const MAX_GENESIS_MS: u64 = 253_402_300_799_999;
/// The most letters of a chain's name.
pub const MAX_CHAIN_NAME: usize = 64;

/// Whether a chain may have this name: letters, digits and dashes.
pub fn is_chain_name(name: &str) -> bool {
    let plain = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (1..=MAX_CHAIN_NAME).contains(&name.len()) && name.bytes().all(plain)
}
