//! How the mechanism's numbers travel: raw integers, big-endian.

use crate::codec::{DecodeError, Reader, Wire, Writer};
use etm_mechanism::{MinerId, TimeGain, Units, Votes};
use thiserror::Error;

#[cfg(test)]
mod tests;

/// Decimals of an amount in ETM.
pub const DECIMALS: usize = 8;

/// Why a text is no amount in ETM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AmountError {
    /// It is not digits with at most one point between them.
    #[error("an amount is digits, with a point before the decimals, like 12.5")]
    Syntax,
    /// It has more than 8 decimals.
    #[error("an amount has at most 8 decimals")]
    Decimals,
    /// It is above what can be counted.
    #[error("an amount is at most 184467440737.09551615")]
    Range,
}

/// Reads an amount in ETM, exactly: `12`, `12.5`, `0.00000001`.
///
/// # Errors
/// [`AmountError`].
pub fn parse_etm(text: &str) -> Result<Units, AmountError> {
    let (whole, decimals) = match text.split_once('.') {
        Some((_, "")) => return Err(AmountError::Syntax),
        Some((whole, decimals)) => (whole, decimals),
        None => (text, ""),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(decimals) {
        return Err(AmountError::Syntax);
    }
    if decimals.len() > DECIMALS {
        return Err(AmountError::Decimals);
    }
    let etm: u64 = whole.parse().map_err(|_| AmountError::Range)?;
    let units: u64 = format!("{decimals:0<DECIMALS$}")
        .parse()
        .map_err(|_| AmountError::Range)?;
    etm.checked_mul(Units::ETM.0)
        .and_then(|etm| etm.checked_add(units))
        .map(Units)
        .ok_or(AmountError::Range)
}

/// Writes an amount in ETM, exactly and without trailing zeros: `12`, `12.5`, `0.00000001`.
pub fn format_etm(amount: Units) -> String {
    let (etm, units) = (amount.0 / Units::ETM.0, amount.0 % Units::ETM.0);
    if units == 0 {
        return etm.to_string();
    }
    let text = format!("{etm}.{units:0DECIMALS$}");
    text.trim_end_matches('0').to_owned()
}

impl Wire for Units {
    fn write(&self, out: &mut Writer) {
        out.u64(self.0);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.u64("amount").map(Self)
    }
}

impl Wire for MinerId {
    fn write(&self, out: &mut Writer) {
        out.u32(self.0);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.u32("miner id").map(Self)
    }
}

impl Wire for Votes {
    fn write(&self, out: &mut Writer) {
        out.u128(self.0);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.u128("votes").map(Self)
    }
}

impl Wire for TimeGain {
    fn write(&self, out: &mut Writer) {
        out.u8(self.get());
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = input.offset();
        Self::new(input.u8("time gain")?)
            .ok_or_else(|| Reader::invalid("time gain", offset, "must be 1 to 32"))
    }
}
