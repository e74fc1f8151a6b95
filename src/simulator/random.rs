//! Numbers that look random and are the same for the same seed, so that a failing run can be run again.
//!
//! Not for secrets: keys and tokens never come from here.

use uuid::Uuid;

/// The generator `SplitMix64`.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// The sequence of `seed`.
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The sequence of `seed` for one use among several.
    pub(super) fn fork(seed: u64, stream: u64) -> Self {
        Self::new(Self::new(seed ^ stream.wrapping_mul(GAMMA)).next())
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`; 0 when the limit is.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % limit).unwrap_or(0)
    }

    /// True once in `times`.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of `choices`.
    pub(super) fn pick<'c>(&mut self, choices: &[&'c str]) -> &'c str {
        let index = self.below(choices.len());
        choices.get(index).copied().unwrap_or_default()
    }

    /// Brings `items` into another order.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// `length` characters of `alphabet`, which is ASCII.
    pub(super) fn text(&mut self, length: usize, alphabet: &str) -> String {
        let letters = alphabet.as_bytes();
        (0..length)
            .filter_map(|_| letters.get(self.below(letters.len())).copied())
            .map(char::from)
            .collect()
    }

    /// `length` upper-case hexadecimal digits.
    pub(super) fn hex(&mut self, length: usize) -> String {
        self.text(length, "0123456789ABCDEF")
    }
}

/// A seed that nobody has had before.
pub fn random_seed() -> u64 {
    let (high, low) = Uuid::new_v4().as_u64_pair();
    // Version and variant bits of the one meet random bits of the other.
    high ^ low.rotate_left(32)
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
