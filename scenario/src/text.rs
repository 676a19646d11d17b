//! Numbers and hashes as they are written: decimal strings and lower-case hex.

use etm_mechanism::{Hash, Units, Votes};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt::{self, Write as _};

/// An amount in units: a decimal string of a `u64` without a sign or leading zeros.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Amount(pub u64);

/// Votes, a weight or another figure: a decimal string of a `u128` without a sign or leading zeros.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Figure(pub u128);

/// A beacon: 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Beacon(pub Hash);

impl From<Units> for Amount {
    fn from(units: Units) -> Self {
        Self(units.0)
    }
}

impl From<Amount> for Units {
    fn from(amount: Amount) -> Self {
        Self(amount.0)
    }
}

impl From<Votes> for Figure {
    fn from(votes: Votes) -> Self {
        Self(votes.0)
    }
}

/// Reads `text`, which must be as `expected` says.
fn decimal<T: std::str::FromStr>(text: &str) -> Option<T> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = text == "0" || !text.starts_with('0');
    (digits && canonical).then(|| text.parse().ok()).flatten()
}

/// A visitor of strings only, so that a number in the place of a string is an error.
struct Text<T>(&'static str, fn(&str) -> Option<T>);

impl<T> de::Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        self.1(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

const AMOUNT: &str =
    "a decimal string from \"0\" to \"18446744073709551615\" without leading zeros";
const FIGURE: &str = "a decimal string below 2^128 without leading zeros";
const BEACON: &str = "64 lower-case hex digits";

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text(AMOUNT, |text| decimal(text).map(Self)))
    }
}

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text(FIGURE, |text| decimal(text).map(Self)))
    }
}

impl<'de> Deserialize<'de> for Beacon {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text(BEACON, hash))
    }
}

fn hash(text: &str) -> Option<Beacon> {
    let mut hash = Hash::default();
    if text.len() != 2 * hash.len() {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(Beacon(hash))
}

const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl fmt::Display for Beacon {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl Serialize for Beacon {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(64);
        // Writing to a string can't fail.
        let _ = write!(text, "{self}");
        serializer.serialize_str(&text)
    }
}
