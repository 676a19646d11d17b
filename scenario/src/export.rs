//! Writing down a chain as a scenario.
//!
//! Two things a chain has and a scenario lacks are expressed by what it has:
//!
//! * **Fees.** A scenario's fees come from no account. [`pay_fee`] lets the payer transfer the fee to the account
//!   [`FEE_SINK`] (which takes it from `free` first and then from earned bonus, as a fee does) and adds it to the fees of
//!   the block. All figures are those of the chain, and [`FEE_SINK`] holds the sum of all fees.
//! * **A finer clock.** Timestamps of a scenario are whole and strictly increase. A chain that counts milliseconds
//!   writes them instead of seconds, with a day that is as long: [`Clock`].
//!
//! Readiness is not part of scenarios: a chain on which a candidate with votes was not ready can't be written down.

use crate::{Amount, BlockEntry, Operation, RequestEntry, TransferEntry};

/// The account that collects what [`pay_fee`] takes. No address reads like this.
pub const FEE_SINK: &str = "fees";

/// Adds a fee of `amount` that `account` pays to a block, at this place among its requests. `None`, and no change, if
/// the fees of the block would exceed `u64::MAX` units.
pub fn pay_fee(block: &mut BlockEntry, account: &str, amount: Amount) -> Option<()> {
    let fees = block.fees.0.checked_add(amount.0)?;
    if amount.0 > 0 {
        block.fees = Amount(fees);
        block.requests.push(RequestEntry {
            account: account.to_owned(),
            operation: Operation::Transfer(TransferEntry {
                to: FEE_SINK.to_owned(),
                amount,
            }),
        });
    }
    Some(())
}

/// How a chain that counts milliseconds writes its times.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clock {
    /// What to write as the timestamp of genesis: its time in milliseconds, floored to a whole second. So day
    /// boundaries are those of a chain that floors each timestamp to seconds. Blocks are written with their milliseconds.
    pub genesis_timestamp: u64,
    /// What to write as `day_seconds`.
    pub day_seconds: u64,
}

impl Clock {
    /// For a genesis at `genesis_ms` and days of `day_seconds`; `None` if a day has more than `u64::MAX` milliseconds.
    pub fn milliseconds(genesis_ms: u64, day_seconds: u64) -> Option<Self> {
        Some(Self {
            genesis_timestamp: genesis_ms - genesis_ms % 1_000,
            day_seconds: day_seconds.checked_mul(1_000)?,
        })
    }
}
