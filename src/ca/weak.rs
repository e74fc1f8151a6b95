//! Refuses RSA moduli that can be factored: CA/Browser Forum Baseline Requirements, section 6.1.1.3.
//!
//! Three cheap tests: small factors, primes too close to each other (Fermat), and the shape that a faulty
//! smart-card library gave its primes (ROCA, CVE-2017-15361). Every enrollment pays for them, so the
//! modulus is reduced word by word and one square root is the only long arithmetic. It does not replace a
//! list of known private keys.

use num_bigint::BigUint;

/// Why a key is too weak to be certified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Weakness {
    /// The modulus is outside 2048 to 4096 bits.
    #[error("its RSA modulus has {bits} bits, and 2048 to 4096 are accepted")]
    Size {
        /// The bits of the modulus; of an oversized one only the length counts.
        bits: usize,
    },
    /// The public exponent is not 65537.
    #[error("its RSA exponent is not 65537")]
    Exponent,
    /// A prime below 752 divides the modulus.
    #[error("its RSA modulus is divisible by {0}")]
    SmallFactor(u16),
    /// The two primes lie so close together that the modulus factors at once.
    #[error("the two primes of its RSA modulus are too close together")]
    ClosePrimes,
    /// The modulus has the shape of a vulnerable Infineon key (CVE-2017-15361).
    #[error("its RSA modulus comes from a vulnerable chip (ROCA, CVE-2017-15361)")]
    Roca,
}

/// Checks a modulus of accepted size, given as its magnitude, most significant byte first.
///
/// # Errors
///
/// The first weakness found.
pub(super) fn check(modulus: &[u8]) -> Result<(), Weakness> {
    let words = words(modulus);
    small_factor(&words).map_or(Ok(()), |prime| Err(Weakness::SmallFactor(prime)))?;
    if is_roca(&words) {
        return Err(Weakness::Roca);
    }
    if has_close_factors(&BigUint::from_bytes_be(modulus)) {
        return Err(Weakness::ClosePrimes);
    }
    Ok(())
}

/// The 64-bit words of a magnitude, most significant first.
fn words(magnitude: &[u8]) -> Vec<u64> {
    let mut words: Vec<u64> = magnitude
        .rchunks(8)
        .map(|chunk| {
            chunk
                .iter()
                .fold(0, |word, byte| word << 8 | u64::from(*byte))
        })
        .collect();
    words.reverse();
    words
}

fn residue(words: &[u64], modulus: u64) -> u64 {
    let modulus = u128::from(modulus);
    let residue = words.iter().fold(0_u128, |residue, word| {
        (residue << 64 | u128::from(*word)) % modulus
    });
    u64::try_from(residue).unwrap_or_default()
}

/// The smallest prime below 752 that divides the number; six primes share one pass over the words.
fn small_factor(words: &[u64]) -> Option<u16> {
    if words.last().is_none_or(|word| word & 1 == 0) {
        return Some(2);
    }
    ODD_PRIMES.chunks(6).find_map(|primes| {
        let product = primes.iter().map(|prime| u64::from(*prime)).product();
        let residue = residue(words, product);
        primes
            .iter()
            .copied()
            .find(|prime| residue.is_multiple_of(u64::from(*prime)))
    })
}

/// Whether the number is a power of 65537 modulo every prime up to 167, as all ROCA moduli are.
///
/// Among other numbers about one in 2^27 is; almost all are told apart by the first primes.
fn is_roca(words: &[u64]) -> bool {
    ODD_PRIMES
        .iter()
        .copied()
        .take_while(|prime| *prime <= 167)
        .map(u64::from)
        .all(|prime| {
            let wanted = residue(words, prime);
            let mut power = 1;
            loop {
                if power == wanted {
                    return true;
                }
                power = power * 65_537 % prime;
                if power == 1 {
                    return false;
                }
            }
        })
}

/// Fermat's method for [`FERMAT_ROUNDS`] steps: whether `a² - n` is a square for an `a` just above `√n`.
fn has_close_factors(n: &BigUint) -> bool {
    let root = n.sqrt();
    if &root * &root == *n {
        return true;
    }
    let start = root + 1_u32;
    let difference = &start * &start - n;
    let small = |value: &BigUint| {
        (value % FILTER_MODULUS)
            .to_u64_digits()
            .first()
            .copied()
            .unwrap_or_default()
    };
    let mut a = small(&start);
    let mut difference = small(&difference);
    for round in 0..FERMAT_ROUNDS {
        if may_be_square(difference) {
            let a = &start + round;
            let exact = &a * &a - n;
            let b = exact.sqrt();
            if &b * &b == exact {
                return true;
            }
        }
        difference = (difference + 2 * a + 1) % FILTER_MODULUS;
        a = (a + 1) % FILTER_MODULUS;
    }
    false
}

/// Whether a number with this residue modulo [`FILTER_MODULUS`] can be a square at all.
fn may_be_square(residue: u64) -> bool {
    FILTERS
        .iter()
        .all(|(modulus, squares)| squares >> (residue % modulus) & 1 == 1)
}

/// How many candidates Fermat's method tries, as the CAs of the web do.
const FERMAT_ROUNDS: u32 = 110;

/// Pairwise coprime moduli, each with a bit set for every square residue.
const FILTERS: [(u64, u128); 8] = [
    (64, square_residues(64)),
    (63, square_residues(63)),
    (65, square_residues(65)),
    (11, square_residues(11)),
    (17, square_residues(17)),
    (19, square_residues(19)),
    (23, square_residues(23)),
    (31, square_residues(31)),
];

/// The product of the moduli of [`FILTERS`].
const FILTER_MODULUS: u64 = 64 * 63 * 65 * 11 * 17 * 19 * 23 * 31;

const fn square_residues(modulus: u64) -> u128 {
    let mut residues = 0;
    let mut root = 0;
    while root < modulus {
        residues |= 1 << (root * root % modulus);
        root += 1;
    }
    residues
}

/// The odd primes up to 751.
const ODD_PRIMES: [u16; 132] = odd_primes();

#[expect(clippy::indexing_slicing, reason = "evaluated while compiling")]
const fn odd_primes() -> [u16; 132] {
    let mut primes = [0; 132];
    let mut count = 0;
    let mut candidate = 3;
    while count < primes.len() {
        let mut divisor = 3;
        while divisor * divisor <= candidate && candidate % divisor != 0 {
            divisor += 2;
        }
        if divisor * divisor > candidate {
            primes[count] = candidate;
            count += 1;
        }
        candidate += 2;
    }
    primes
}

#[cfg(test)]
pub(super) mod tests;
