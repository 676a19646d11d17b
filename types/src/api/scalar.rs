//! Numbers and bytes that JSON can't carry: written as strings.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Beacon, ChainId, NodeKey, PublicKey, StateKey, Units, Votes, bytes};

/// Why a string is not the scalar it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScalarError {
    /// Not a plain decimal number, or above the largest allowed.
    #[error(
        "expected a whole number from 0 to {maximum}, written in decimal digits without sign, point or leading zero"
    )]
    Decimal {
        /// The largest value allowed.
        maximum: u128,
    },
    /// Not lower-case hex of whole bytes.
    #[error("expected an even number of lower-case hex digits")]
    Hex,
    /// Hex of the wrong length.
    #[error("expected {expected} hex digits, found {found}")]
    Length {
        /// How many digits there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
}

fn parse_decimal(text: &str, maximum: u128) -> Result<u128, ScalarError> {
    let error = ScalarError::Decimal { maximum };
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || (text.len() > 1 && text.starts_with('0')) {
        return Err(error);
    }
    let value = text.parse::<u128>().map_err(|_| error)?;
    if value > maximum {
        Err(error)
    } else {
        Ok(value)
    }
}

macro_rules! string_scalar {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl de::Visitor<'_> for Visitor {
                    type Value = $name;
                    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                        out.write_str("a string")
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Visitor)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

/// An amount in units, 10^8 of which are 1 ETM. In JSON a decimal string: `"1250000000"` is 12.5 ETM.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^(0|[1-9][0-9]{0,19})$", example = "1250000000"))]
pub struct Amount(pub u64);

impl fmt::Display for Amount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl FromStr for Amount {
    type Err = ScalarError;
    fn from_str(text: &str) -> Result<Self, ScalarError> {
        let value = parse_decimal(text, u64::MAX.into())?;
        u64::try_from(value)
            .map(Self)
            .map_err(|_| ScalarError::Decimal {
                maximum: u64::MAX.into(),
            })
    }
}

string_scalar!(Amount);

/// A whole number of the mechanism that may exceed 64 bits: votes (78 bits and more), weights (85 bits). In JSON a decimal string.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^(0|[1-9][0-9]{0,38})$", example = "4294967296000000"))]
pub struct Integer(pub u128);

impl fmt::Display for Integer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl FromStr for Integer {
    type Err = ScalarError;
    fn from_str(text: &str) -> Result<Self, ScalarError> {
        parse_decimal(text, u128::MAX).map(Self)
    }
}

string_scalar!(Integer);

/// 32 bytes: a hash, a beacon, a root, an ed25519 public key. In JSON 64 lower-case hex digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(
    feature = "openapi",
    schema(value_type = String, pattern = "^[0-9a-f]{64}$", example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
)]
pub struct Hash(pub [u8; 32]);

impl fmt::Display for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&bytes::hex(&self.0))
    }
}

impl FromStr for Hash {
    type Err = ScalarError;
    fn from_str(text: &str) -> Result<Self, ScalarError> {
        if text.len() != 64 {
            return Err(ScalarError::Length {
                expected: 64,
                found: text.len(),
            });
        }
        bytes::array_from_hex("hash", text)
            .map(Self)
            .map_err(|_| ScalarError::Hex)
    }
}

string_scalar!(Hash);

/// Bytes of any length: an encoded header, transaction, certificate, proof, key. In JSON lower-case hex.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^([0-9a-f]{2})*$", example = "00ff"))]
pub struct Bytes(pub Vec<u8>);

impl fmt::Display for Bytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&bytes::hex(&self.0))
    }
}

impl FromStr for Bytes {
    type Err = ScalarError;
    fn from_str(text: &str) -> Result<Self, ScalarError> {
        bytes::bytes_from_hex("bytes", text, text.len())
            .map(Self)
            .map_err(|_| ScalarError::Hex)
    }
}

string_scalar!(Bytes);

macro_rules! shown_as {
    ($shape:ident: $($name:ty),+) => {$(
        impl From<$name> for $shape {
            fn from(value: $name) -> Self {
                Self(value.0)
            }
        }
    )+};
}

macro_rules! said_as {
    ($shape:ident: $($name:ty),+) => {$(
        impl From<$shape> for $name {
            fn from(value: $shape) -> Self {
                Self(value.0)
            }
        }
    )+};
}

shown_as!(Amount: Units);
said_as!(Amount: Units);
shown_as!(Integer: Votes);
shown_as!(Hash: crate::Hash, Beacon, ChainId, NodeKey, PublicKey, StateKey);
said_as!(Hash: ChainId);

/// `part / whole` in parts per billion, rounded down; 0 of nothing.
pub fn share_ppb(part: u128, whole: u128) -> u32 {
    // Votes have at most 85 bits, a billion 30.
    let share = part
        .saturating_mul(1_000_000_000)
        .checked_div(whole)
        .unwrap_or(0);
    u32::try_from(share).unwrap_or(u32::MAX)
}
