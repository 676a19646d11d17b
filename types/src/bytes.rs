//! Byte strings of fixed size that read and print as lower-case hex.

use thiserror::Error;

/// Why a text is not the hex form of a fixed number of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HexError {
    /// The text has the wrong number of digits.
    #[error("{name} must have {expected} hex digits, not {found}")]
    Length {
        /// What is being read.
        name: &'static str,
        /// Digits wanted.
        expected: usize,
        /// Characters found.
        found: usize,
    },
    /// A character is not a lower-case hex digit.
    #[error("{name} must be lower-case hex: {character:?} at position {position}")]
    Digit {
        /// What is being read.
        name: &'static str,
        /// The offending character.
        character: char,
        /// Its position, counted in characters from 0.
        position: usize,
    },
}

/// Bytes as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const_hex::encode(bytes)
}

/// Reads exactly `2 * N` lower-case hex digits.
///
/// # Errors
/// [`HexError`], naming what was being read.
pub fn array_from_hex<const N: usize>(name: &'static str, text: &str) -> Result<[u8; N], HexError> {
    check_digits(name, text)?;
    let mut bytes = [0; N];
    const_hex::decode_to_slice(text, &mut bytes).map_err(|_| HexError::Length {
        name,
        expected: 2 * N,
        found: text.len(),
    })?;
    Ok(bytes)
}

/// Reads an even number of lower-case hex digits, at most `2 * max` of them.
///
/// # Errors
/// [`HexError`], naming what was being read.
pub fn bytes_from_hex(name: &'static str, text: &str, max: usize) -> Result<Vec<u8>, HexError> {
    check_digits(name, text)?;
    let length = HexError::Length {
        name,
        expected: (text.len() + 1).min(2 * max),
        found: text.len(),
    };
    if text.len() > 2 * max {
        return Err(length);
    }
    const_hex::decode(text).map_err(|_| length)
}

fn check_digits(name: &'static str, text: &str) -> Result<(), HexError> {
    match text
        .chars()
        .enumerate()
        .find(|(_, character)| !matches!(character, '0'..='9' | 'a'..='f'))
    {
        None => Ok(()),
        Some((position, character)) => Err(HexError::Digit {
            name,
            character,
            position,
        }),
    }
}

/// Gives a tuple struct around a byte array its hex forms, byte access and encoding.
macro_rules! byte_string {
    ($type:ident, $size:literal, $name:literal) => {
        impl $type {
            /// The number of bytes.
            pub const SIZE: usize = $size;

            pub const fn as_bytes(&self) -> &[u8; $size] {
                &self.0
            }
        }

        impl From<[u8; $size]> for $type {
            fn from(bytes: [u8; $size]) -> Self {
                Self(bytes)
            }
        }

        impl AsRef<[u8]> for $type {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&$crate::bytes::hex(&self.0))
            }
        }

        impl core::fmt::Debug for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self)
            }
        }

        impl core::str::FromStr for $type {
            type Err = $crate::bytes::HexError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::bytes::array_from_hex($name, text).map(Self)
            }
        }

        $crate::codec::wire_array!($type, $name);
    };
}
pub(crate) use byte_string;
