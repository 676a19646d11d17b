//! Amounts as people write them: ETM with up to 8 decimals, exact to the unit.
//!
//! ```
//! use etm_wallet::amount::{parse_etm, show_etm};
//! assert_eq!(parse_etm("12.5"), Ok(1_250_000_000));
//! assert_eq!(show_etm(1_250_000_000), "12.5");
//! ```

use thiserror::Error;

/// Units in 1 ETM (mechanism.md section 1).
pub const UNITS_PER_ETM: u64 = 100_000_000;
/// Decimals an amount in ETM can have.
pub const DECIMALS: usize = 8;

/// Why a text is no amount.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AmountError {
    /// Not digits with at most one point.
    #[error(
        "{0:?} is not an amount: write ETM with digits and at most one point, like 12.5 or 1,234.5"
    )]
    Shape(String),
    /// A comma that does not stand between thousands.
    #[error(
        "{0:?} is not an amount: a comma groups thousands, like 1,234.5, and decimals come after a point"
    )]
    Comma(String),
    /// More than 8 decimals.
    #[error("{0:?} has {1} decimals: 1 ETM has {DECIMALS} at most")]
    TooManyDecimals(String, usize),
    /// Does not fit in a `u64` of units.
    #[error("{0:?} is more than there will ever be: 500,000,000 ETM")]
    TooLarge(String),
}

/// Reads an amount in ETM and answers units.
///
/// Digits, at most one point, at most 8 decimals; no sign, no exponent. Commas only where [`show_etm_grouped`] puts them, between
/// all thousands: what was printed can be given back, and `1,5` is not taken for 15.
///
/// # Errors
/// [`AmountError`], saying what was wrong and what would be right.
pub fn parse_etm(text: &str) -> Result<u64, AmountError> {
    let shape = || AmountError::Shape(text.chars().take(64).collect());
    let (whole, decimals) = match text.split_once('.') {
        Some((whole, decimals)) if !decimals.is_empty() => (whole, decimals),
        Some(_) => return Err(shape()),
        None => (text, ""),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let ungrouped = whole.replace(',', "");
    if ungrouped.is_empty() || !digits(&ungrouped) || !digits(decimals) {
        return Err(shape());
    }
    if whole.contains(',') && group(&ungrouped) != whole {
        return Err(AmountError::Comma(text.chars().take(64).collect()));
    }
    if decimals.len() > DECIMALS {
        let excerpt = text.chars().take(64).collect();
        return Err(AmountError::TooManyDecimals(excerpt, decimals.len()));
    }
    let too_large = || AmountError::TooLarge(text.chars().take(64).collect());
    let whole: u64 = ungrouped.parse().map_err(|_| too_large())?;
    let padded = format!("{decimals:0<DECIMALS$}");
    let fraction: u64 = padded.parse().map_err(|_| shape())?;
    whole
        .checked_mul(UNITS_PER_ETM)
        .and_then(|units| units.checked_add(fraction))
        .ok_or_else(too_large)
}

/// Writes units as ETM: no superfluous zeros, so that [`parse_etm`] gives back the same units.
pub fn show_etm(units: u64) -> String {
    let whole = units / UNITS_PER_ETM;
    let fraction = units % UNITS_PER_ETM;
    if fraction == 0 {
        return whole.to_string();
    }
    let decimals = format!("{fraction:08}");
    format!("{whole}.{}", decimals.trim_end_matches('0'))
}

/// Writes units as ETM for people: thousands are grouped, `1,234.5`.
pub fn show_etm_grouped(units: u64) -> String {
    let plain = show_etm(units);
    match plain.split_once('.') {
        Some((whole, decimals)) => format!("{}.{decimals}", group(whole)),
        None => group(&plain),
    }
}

/// Groups the digits of a whole number by thousands: `1234567` becomes `1,234,567`.
pub fn group(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests;
