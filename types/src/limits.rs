//! Bounds of everything that travels. A value beyond them can neither be decoded nor executed.

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
