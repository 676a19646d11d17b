//! Random numbers of a campaign: the same for a seed on every platform and with every version of every crate, so that a
//! seed written down today repeats its run next year (SplitMix64, by Steele, Lea and Flood).

/// A sequence of random numbers.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The sequence of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A sequence of its own for `what`: drawing more of one thing changes nothing about another.
    pub fn fork(&self, what: u64) -> Self {
        let mut fork = Self(self.0 ^ what.wrapping_mul(0xd6e8_feb8_6659_fd93));
        Self(fork.next())
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// One of `low..=high`.
    pub const fn within(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    /// An index below `length`.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.within(0, length as u64 - 1)).unwrap()
    }

    /// True with `percent` in a hundred.
    pub const fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    /// True with `per_mille` in a thousand.
    pub const fn in_thousand(&mut self, per_mille: u64) -> bool {
        self.next() % 1_000 < per_mille
    }

    /// One of `choices`.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.index(choices.len())]
    }

    /// `count` of `0..length`, in random order.
    pub fn sample(&mut self, length: usize, count: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..length).collect();
        for place in 0..count.min(length) {
            let other = place + self.index(length - place);
            all.swap(place, other);
        }
        all.truncate(count);
        all
    }

    /// Random bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}
