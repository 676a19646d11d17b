//! Places in time (`docs/spec/mechanism.md` section 2): heights, rounds, slots and days, which are never mixed up.
//!
//! Each is a number with a name. There is no `+` and no `-`, so that whoever moves one says what is to happen at the
//! end of 64 bits:
//! * `checked_add`, `checked_sub` and `previous` answer `None`: for what state or the validity of a block follows from;
//! * `next`, `saturating_add`, `saturating_sub` and `since` stop at 0 and at `u64::MAX`: for bounds, windows and views, and
//!   where a check before made sure that there is a next. A block a millisecond reaches `u64::MAX` after 500 million years.
//!
//! How many of them something takes (blocks, days, slots missed) is a plain number.

use core::fmt;

macro_rules! place {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
        pub struct $name(pub u64);

        impl $name {
            pub const ZERO: Self = Self(0);
            pub const MAX: Self = Self(u64::MAX);

            /// `count` later, or `None` above `u64::MAX`.
            pub const fn checked_add(self, count: u64) -> Option<Self> {
                match self.0.checked_add(count) {
                    Some(number) => Some(Self(number)),
                    None => None,
                }
            }

            /// `count` earlier, or `None` below 0.
            pub const fn checked_sub(self, count: u64) -> Option<Self> {
                match self.0.checked_sub(count) {
                    Some(number) => Some(Self(number)),
                    None => None,
                }
            }

            /// The one before; there is none before 0.
            pub const fn previous(self) -> Option<Self> {
                self.checked_sub(1)
            }

            /// The one after; after the last one comes the last one.
            pub const fn next(self) -> Self {
                self.saturating_add(1)
            }

            /// `count` later, at most the last one.
            pub const fn saturating_add(self, count: u64) -> Self {
                Self(self.0.saturating_add(count))
            }

            /// `count` earlier, at least 0.
            pub const fn saturating_sub(self, count: u64) -> Self {
                Self(self.0.saturating_sub(count))
            }

            /// How many come after `earlier`, up to and including this one; 0 if `earlier` isn't earlier.
            pub const fn since(self, earlier: Self) -> u64 {
                self.0.saturating_sub(earlier.0)
            }

            /// This one and those that follow, before `end`; nothing if `end` isn't later.
            pub fn until(self, end: Self) -> impl DoubleEndedIterator<Item = Self> + Clone {
                (self.0..end.0).map(Self)
            }

            /// This one and those that follow, up to and including `last`; nothing if `last` is earlier.
            pub fn through(self, last: Self) -> impl DoubleEndedIterator<Item = Self> + Clone {
                (self.0..=last.0).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

place! {
    /// How many blocks a block has before it: 0 is genesis.
    Height
}
place! {
    /// A round: 0, 1, 2 ..., each of `L` heights.
    Round
}
place! {
    /// A turn to make a block, within its round: 1, 2, 3 ...; 0 stands for the end of the round before.
    Slot
}
place! {
    /// Whole days of block time since genesis.
    Day
}

#[cfg(test)]
mod tests;
