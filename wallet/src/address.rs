//! Addresses as people type them.

use crate::failure::{Failure, Result};
use etm_types::Address;

/// Reads an address that somebody typed.
///
/// # Errors
/// [`Failure`] saying what is wrong with it.
pub fn parse_address(text: &str) -> Result<Address> {
    text.parse()
        .map_err(|error: etm_types::AddressError| mistyped(text, &error.to_string()))
}

pub(crate) fn mistyped(text: &str, reason: &str) -> Failure {
    let shown: String = text.chars().take(64).collect();
    Failure::usage(
        "invalid_address",
        format!("{shown:?} is not an address: {reason}"),
    )
}
