//! Amounts as people write them: ETM with up to 8 decimals, exact to the unit.
//!
//! ```
//! use etm_wallet::amount::{parse_etm, show_etm};
//! assert_eq!(parse_etm("12.5"), Ok(1_250_000_000));
//! assert_eq!(show_etm(1_250_000_000), "12.5");
//! ```

use etm_types::{
    Units,
    amount::{self, DECIMALS},
};
use thiserror::Error;

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
    /// Nothing where something is needed.
    #[error("the amount is 0: the least is 0.00000001")]
    Nothing,
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
    let excerpt = || text.chars().take(64).collect::<String>();
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let ungrouped = whole.replace(',', "");
    let plain = format!("{ungrouped}{}", &text[whole.len()..]);
    match amount::parse_etm(&plain) {
        Err(amount::AmountError::Syntax) => Err(AmountError::Shape(excerpt())),
        _ if whole.contains(',') && group(&ungrouped) != whole => {
            Err(AmountError::Comma(excerpt()))
        }
        Err(amount::AmountError::Decimals) => {
            Err(AmountError::TooManyDecimals(excerpt(), decimals.len()))
        }
        Err(amount::AmountError::Range) => Err(AmountError::TooLarge(excerpt())),
        Ok(units) => Ok(units.0),
    }
}

/// Reads an amount in ETM that is not 0.
///
/// # Errors
/// As [`parse_etm`].
pub fn some_etm(text: &str) -> Result<u64, AmountError> {
    match parse_etm(text)? {
        0 => Err(AmountError::Nothing),
        units => Ok(units),
    }
}

/// Writes units as ETM: no superfluous zeros, so that [`parse_etm`] gives back the same units.
pub fn show_etm(units: u64) -> String {
    amount::format_etm(Units(units))
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
