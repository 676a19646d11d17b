//! Account addresses: `A` and the base58check form of RIPEMD-160(SHA-256(public key)), as on the original network.

use crate::codec::wire_array;
use crate::keys::PublicKey;
use core::fmt;
use core::str::FromStr;
use ripemd::Ripemd160;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

#[cfg(test)]
mod tests;

/// The first character of every address.
pub const PREFIX: char = 'A';

/// A text without signs that is this long and of mixed case is more likely a damaged address than a name somebody chose.
const SUSPICIOUS_CHARACTERS: usize = 20;
const CHECKSUM_BYTES: usize = 4;
/// `A` and at most 33 base58 digits: 24 bytes never need more.
const MAX_CHARACTERS: usize = 34;

/// The address of an account: RIPEMD-160 of SHA-256 of its public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub [u8; 20]);
wire_array!(Address, "address");

impl Address {
    /// The number of bytes.
    pub const SIZE: usize = 20;

    /// The address of the account that `key` controls.
    pub fn of(key: &PublicKey) -> Self {
        Self(Ripemd160::digest(Sha256::digest(key.as_bytes())).into())
    }

    /// The bytes behind the text form.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// Whether a text is an address or looks like one that was damaged: cut short, its `A` lost or small, mistyped, or with white space in it.
    pub fn looks_like_one(text: &str) -> bool {
        let plain: String = text
            .chars()
            .filter(|letter| !letter.is_whitespace())
            .collect();
        let count = |is: fn(&u8) -> bool| plain.bytes().filter(is).count();
        let mixed = count(u8::is_ascii_uppercase) > 1 && count(u8::is_ascii_lowercase) > 1;
        plain.len() >= SUSPICIOUS_CHARACTERS
            && plain.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && mixed
    }

    fn checksum(&self) -> [u8; CHECKSUM_BYTES] {
        let digest = Sha256::digest(Sha256::digest(self.0));
        let mut checksum = [0; CHECKSUM_BYTES];
        checksum.copy_from_slice(&digest[..CHECKSUM_BYTES]);
        checksum
    }
}

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// It does not begin with `A`.
    #[error("an address begins with 'A'")]
    Prefix,
    /// It is too long or too short.
    #[error(
        "an address has 'A' and up to 33 characters that hold 24 bytes; this one has {0} characters"
    )]
    Length(usize),
    /// A character is not a base58 digit.
    #[error(
        "{character:?} at position {position} is no base58 character (0, O, I and l are not used)"
    )]
    Character {
        /// The offending character.
        character: char,
        /// Its position in the text, from 0.
        position: usize,
    },
    /// The last four bytes are not the checksum of the rest.
    #[error("the checksum is wrong: the address is mistyped or cut short")]
    Checksum,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [0; 20 + CHECKSUM_BYTES];
        bytes[..20].copy_from_slice(&self.0);
        bytes[20..].copy_from_slice(&self.checksum());
        write!(f, "{PREFIX}{}", bs58::encode(bytes).into_string())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix(PREFIX).ok_or(AddressError::Prefix)?;
        if text.len() > 4 * MAX_CHARACTERS {
            return Err(AddressError::Length(text.chars().count()));
        }
        let wrong_character = |index: usize| AddressError::Character {
            character: digits.chars().nth(index).unwrap_or('?'),
            position: index + 1,
        };
        if let Some(index) = digits
            .chars()
            .position(|character| !character.is_ascii_alphanumeric() || "0OIl".contains(character))
        {
            return Err(wrong_character(index));
        }
        let bytes = bs58::decode(digits)
            .into_vec()
            .map_err(|_| AddressError::Length(text.len()))?;
        let Some((hash, checksum)) = bytes.split_first_chunk::<20>() else {
            return Err(AddressError::Length(text.len()));
        };
        if checksum.len() != CHECKSUM_BYTES {
            return Err(AddressError::Length(text.len()));
        }
        let address = Self(*hash);
        if address.checksum() == checksum {
            Ok(address)
        } else {
            Err(AddressError::Checksum)
        }
    }
}
