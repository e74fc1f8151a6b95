//! Requests whose keys must not be certified, built by hand: their signatures are never reached.

use num_bigint::BigUint;

use super::super::der::{self, BIT_STRING, INTEGER, SEQUENCE};
use super::super::signature::SHA256_WITH_RSA;
use super::super::weak::tests::{plain, product, roca};
use super::super::{Csr, CsrError, CsrPart, CsrPolicy, Weakness};
use super::{request, windows_request_info};

/// A request with this RSA key; numbers are given as the content of their INTEGERs.
fn rsa_request(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let modulus = der::write(INTEGER, &[modulus]);
    let exponent = der::write(INTEGER, &[exponent]);
    let key = der::write(SEQUENCE, &[&modulus, &exponent]);
    let algorithm: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    let bits = der::write(BIT_STRING, &[&[0], &key]);
    let spki = der::write(SEQUENCE, &[algorithm, &bits]);
    request(&windows_request_info(&spki), SHA256_WITH_RSA, &[1; 256])
}

fn refusal(modulus: &BigUint, exponent: &[u8]) -> CsrError {
    let mut content = modulus.to_bytes_be();
    if content[0] & 0x80 != 0 {
        content.insert(0, 0);
    }
    Csr::verify(&rsa_request(&content, exponent), CsrPolicy::default()).unwrap_err()
}

const F4: &[u8] = &[1, 0, 1];

#[test]
fn a_modulus_of_another_size_is_refused_with_its_size() {
    for bits in [512, 1024, 1536, 2047, 4097, 8192, 16_384] {
        let refusal = refusal(&plain(bits, 1), F4);
        let bits = usize::try_from(bits).unwrap();
        assert_eq!(refusal, CsrError::WeakKey(Weakness::Size { bits }));
    }
}

#[test]
fn a_modulus_that_fills_the_whole_request_is_refused_by_its_length() {
    let refusal = Csr::verify(&rsa_request(&[0x7f; 15_000], F4), CsrPolicy::default()).unwrap_err();
    assert_eq!(refusal, CsrError::WeakKey(Weakness::Size { bits: 119_999 }));
}

#[test]
fn every_exponent_but_65537_is_refused() {
    for exponent in [
        &[1][..],
        &[2],
        &[3],
        &[17],
        &[1, 0, 0],
        &[1, 0, 3],
        &[1, 0, 1, 0, 1],
        &[1, 0, 0, 0, 0, 0, 0, 0, 1],
        &[0],
    ] {
        let refusal = refusal(&plain(2048, 1), exponent);
        assert_eq!(
            refusal,
            CsrError::WeakKey(Weakness::Exponent),
            "{exponent:?}"
        );
    }
}

#[test]
fn negative_and_padded_numbers_are_malformed() {
    let mut negative = plain(2048, 1).to_bytes_be();
    let malformed = CsrError::Malformed(CsrPart::PublicKey);
    let refused = |content: &[u8], exponent: &[u8]| {
        Csr::verify(&rsa_request(content, exponent), CsrPolicy::default()).unwrap_err()
    };
    assert_eq!(refused(&negative, F4), malformed);
    negative.splice(0..0, [0, 0]);
    assert_eq!(refused(&negative, F4), malformed);
    assert_eq!(refused(&negative[1..], &[0, 1, 0, 1]), malformed);
    assert_eq!(refused(&[], F4), malformed);
}

#[test]
fn a_modulus_that_factors_is_refused_with_the_reason() {
    for (modulus, weakness) in [
        (plain(2046, 1) * 5_u16, Weakness::SmallFactor(5)),
        (plain(2048, 1) - 1_u32, Weakness::SmallFactor(2)),
        (product(1024, 512), Weakness::ClosePrimes),
        (product(2048, 1024), Weakness::ClosePrimes),
        (roca(), Weakness::Roca),
    ] {
        assert_eq!(refusal(&modulus, F4), CsrError::WeakKey(weakness));
    }
}
