//! Hashing for accounts that are numbers.

use core::hash::{BuildHasher, Hasher};

/// Hashes integers so that neighbours lie beside each other in a map: filling a
/// [`MemoryStore`](crate::MemoryStore) with millions of accounts in their order then touches memory in its order,
/// several times faster than with a hash that scatters them.
///
/// For accounts that the program itself numbers. Whoever may choose numbers can make them collide.
#[derive(Clone, Copy, Debug, Default)]
pub struct Numbered;

impl BuildHasher for Numbered {
    type Hasher = NumberHasher;

    fn build_hasher(&self) -> NumberHasher {
        NumberHasher(0)
    }
}

/// The hash of [`Numbered`].
#[derive(Clone, Copy, Debug)]
pub struct NumberHasher(u64);

/// The bits that place an entry; maps tell entries in the same place apart by the others.
const PLACE: u64 = u64::MAX >> 7;
/// Odd, with bits all over (2^64 over the golden ratio).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hasher for NumberHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0.rotate_left(8) ^ u64::from(*byte)).wrapping_mul(SPREAD);
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = self.0.wrapping_mul(SPREAD) ^ number;
    }

    fn finish(&self) -> u64 {
        (self.0 & PLACE) | (self.0.wrapping_mul(SPREAD) & !PLACE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_have_neighbouring_places_and_differ_in_the_rest() {
        let hash = |number: u32| Numbered.hash_one(number);
        for number in 0..1_000u32 {
            assert_eq!(hash(number) & PLACE, u64::from(number));
        }
        let rest: std::collections::BTreeSet<u64> =
            (0..128).map(|number| hash(number) >> 57).collect();
        assert!(rest.len() > 100, "{}", rest.len());
        assert_ne!(Numbered.hash_one("ab"), Numbered.hash_one("ba"));
        assert_ne!(
            Numbered.hash_one((1u32, 2u32)),
            Numbered.hash_one((2u32, 1u32))
        );
    }
}
