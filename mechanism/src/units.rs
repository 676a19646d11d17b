//! Newtypes of the mechanism (`docs/spec/mechanism.md` section 1).

use core::{fmt, str};

/// An amount of tokens in units; 10^8 units are 1 ETM.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Units(pub u64);

impl Units {
    /// No tokens.
    pub const ZERO: Self = Self(0);
    /// 1 ETM.
    pub const ETM: Self = Self(100_000_000);

    /// `count` ETM, or `None` above `u64::MAX` units.
    pub const fn from_etm(count: u64) -> Option<Self> {
        match count.checked_mul(Self::ETM.0) {
            Some(units) => Some(Self(units)),
            None => None,
        }
    }

    /// The sum, or `None` above `u64::MAX` units.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(units) => Some(Self(units)),
            None => None,
        }
    }

    /// The difference, or `None` below 0.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(units) => Some(Self(units)),
            None => None,
        }
    }
}

impl fmt::Display for Units {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A miner's id: 0, 1, 2 ... in the order of registration, never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct MinerId(pub u32);

impl fmt::Display for MinerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A time gain coefficient `t`: 1 to 32 (section 3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TimeGain(u8);

impl TimeGain {
    /// The least time gain, 1.
    pub const MIN: Self = Self(1);
    /// The greatest time gain, 32.
    pub const MAX: Self = Self(32);

    /// `t`, or `None` outside 1..=32.
    pub const fn new(t: u8) -> Option<Self> {
        if 1 <= t && t <= 32 {
            Some(Self(t))
        } else {
            None
        }
    }

    /// The coefficient, 1 to 32.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// `max(1, floor(t / 2^times))`: the halving of section 8, step 5, and of a changed vote (`times` = 1).
    pub const fn halved(self, times: u64) -> Self {
        if times > 5 {
            return Self::MIN;
        }
        let t = self.0 >> times;
        if t == 0 { Self::MIN } else { Self(t) }
    }

    /// `min(32, t + days)`: the time gain of section 8, step 6.
    pub const fn after_days(self, days: u64) -> Self {
        if days >= 32 {
            return Self::MAX;
        }
        let t = self.0 + days as u8;
        if t > 32 { Self::MAX } else { Self(t) }
    }

    /// What a round makes of it in which its miner produced `blocks` and `days` boundaries were crossed (section 8,
    /// steps 5 and 6).
    pub const fn after_round(self, blocks: u64, days: u64) -> Self {
        self.halved(blocks).after_days(days)
    }

    /// `max(1, floor((t*T + d) / (T + d)))`: the time gain after `added` units join `locked` units (section 3, lock).
    pub fn topped_up(self, locked: Units, added: Units) -> Self {
        let weighted = u128::from(self.0) * u128::from(locked.0) + u128::from(added.0);
        let total = u128::from(locked.0) + u128::from(added.0);
        match weighted.checked_div(total) {
            // The weighted mean of t <= 32 and 1 lies between them.
            Some(mean) => Self::new(mean.clamp(1, 32) as u8).unwrap_or(Self::MIN),
            None => Self::MIN,
        }
    }
}

impl fmt::Display for TimeGain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Exact votes `X` or `S`, or an election weight `R`: integers whose unit is 1 / (10^6 * 2^32) of the votes people see (section 4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Votes(pub u128);

impl Votes {
    /// No votes.
    pub const ZERO: Self = Self(0);
    /// One vote as people see it: 1 ETM locked at time gain 1.
    pub const ONE: Self = Self(1_000_000 << 32);
}

impl fmt::Display for Votes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A miner's name: 1 to 20 of `a-z 0-9 ! @ $ & _ .` (section 3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MinerName {
    bytes: [u8; Self::MAX_LENGTH],
    length: u8,
}

impl MinerName {
    /// The greatest length in bytes (which are characters).
    pub const MAX_LENGTH: usize = 20;

    /// `name`, if it is a valid name.
    pub fn new(name: &str) -> Result<Self, MinerNameError> {
        if name.is_empty() || name.len() > Self::MAX_LENGTH {
            return Err(MinerNameError::Length(name.len()));
        }
        if let Some(position) = name.bytes().position(|byte| !Self::allows(byte)) {
            return Err(MinerNameError::Character(position));
        }
        let mut bytes = [0; Self::MAX_LENGTH];
        bytes
            .iter_mut()
            .zip(name.bytes())
            .for_each(|(slot, byte)| *slot = byte);
        Ok(Self {
            bytes,
            length: name.len() as u8,
        })
    }

    /// Whether a name may hold `byte`.
    pub const fn allows(byte: u8) -> bool {
        matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'!' | b'@' | b'$' | b'&' | b'_' | b'.')
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        // Only ASCII gets in, see `new`.
        str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl fmt::Debug for MinerName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(formatter)
    }
}

impl fmt::Display for MinerName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Why a string is no [`MinerName`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MinerNameError {
    /// Empty or too long.
    #[error("a miner's name has 1 to 20 characters, this one has {0} bytes")]
    Length(usize),
    /// A character that is not allowed, at this byte.
    #[error("a miner's name consists of a-z 0-9 ! @ $ & _ . only; its character {} is another", .0 + 1)]
    Character(usize),
}
