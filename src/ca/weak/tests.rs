//! Moduli made to be weak in one way each, and the check that finds it.

use super::*;

/// An odd number of `bits` bits without small factors that is not special otherwise.
pub(in crate::ca) fn plain(bits: u64, salt: u32) -> BigUint {
    let mut noise = u64::from(salt) | 1;
    let mut number = BigUint::from(3_u32);
    while number.bits() < bits {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005) | 1;
        number = (number << 32_u32) + (noise >> 32);
    }
    number >>= number.bits() - bits;
    without_small_factors(number | BigUint::from(1_u32), &BigUint::from(2_u32))
}

/// The first of `number`, `number + step`, ... that no small prime divides.
fn without_small_factors(mut number: BigUint, step: &BigUint) -> BigUint {
    while small_factor(&words(&number.to_bytes_be())).is_some() {
        number += step;
    }
    number
}

/// A product of two factors of `bits` bits that lie about `2^gap` apart.
pub(in crate::ca) fn product(bits: u64, gap: u64) -> BigUint {
    let p = plain(bits, 11);
    let q = &p + (BigUint::from(2_u32) << (gap - 1));
    &p * without_small_factors(q, &BigUint::from(2_u32))
}

/// A modulus of 2048 bits or a few less, in the shape of a vulnerable chip's.
pub(in crate::ca) fn roca() -> BigUint {
    let primorial: BigUint = ODD_PRIMES
        .iter()
        .take_while(|prime| **prime <= 167)
        .map(|prime| BigUint::from(*prime))
        .product();
    let power = BigUint::from(65_537_u32).modpow(&BigUint::from(123_456_u32), &primorial);
    let cofactor = plain(2049 - primorial.bits(), 5);
    without_small_factors(power + &primorial * cofactor, &primorial)
}

#[test]
fn the_table_ends_at_751() {
    assert_eq!(ODD_PRIMES.first(), Some(&3));
    assert_eq!(ODD_PRIMES.last(), Some(&751));
}

#[test]
fn the_residue_is_the_one_of_long_division() {
    for salt in 1..20 {
        let number = plain(2048, salt);
        let words = words(&number.to_bytes_be());
        for modulus in [3_u64, 751, 0xffff_ffff_ffff_ffc5, FILTER_MODULUS] {
            assert_eq!(BigUint::from(residue(&words, modulus)), &number % modulus);
        }
    }
}

#[test]
fn every_small_prime_is_found() {
    let cofactor = plain(2030, 7);
    for prime in [2].into_iter().chain(ODD_PRIMES) {
        let number = &cofactor * prime;
        assert_eq!(
            check(&number.to_bytes_be()),
            Err(Weakness::SmallFactor(prime))
        );
    }
}

#[test]
fn close_factors_are_found_and_distant_ones_are_not() {
    for bits in [1024, 2048] {
        let near = product(bits, bits / 2);
        assert_eq!(check(&near.to_bytes_be()), Err(Weakness::ClosePrimes));
        let far = product(bits, bits - 20);
        assert_eq!(check(&far.to_bytes_be()), Ok(()));
        let p = plain(bits, 3);
        let square = &p * &p;
        assert_eq!(check(&square.to_bytes_be()), Err(Weakness::ClosePrimes));
    }
}

#[test]
fn factors_some_rounds_apart_are_found_and_no_later_round_is_tried() {
    // (p - q)² / 8√n is the number of rounds: with p ≈ q ≈ 2^1024, a gap of 2^(515.5 + k/2) takes 2^(4 + k).
    let found = |gap| check(&product(1024, gap).to_bytes_be());
    assert_eq!(found(516), Err(Weakness::ClosePrimes));
    assert_eq!(found(519), Ok(()));
}

#[test]
fn the_filter_never_refuses_a_square_and_lets_little_else_through() {
    for root in 0..100_000_u64 {
        assert!(may_be_square(root * root % FILTER_MODULUS));
    }
    let passed = (0..100_000)
        .filter(|residue| may_be_square(*residue))
        .count();
    assert!(passed < 1000, "{passed} of 100000 pass");
}

#[test]
fn a_modulus_of_the_vulnerable_shape_is_found() {
    assert_eq!(check(&roca().to_bytes_be()), Err(Weakness::Roca));
    for salt in 0..20 {
        assert_eq!(check(&plain(2048, salt).to_bytes_be()), Ok(()));
    }
}
