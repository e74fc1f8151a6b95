//! A private key under a passphrase: PKCS#8 `EncryptedPrivateKeyInfo` (RFC 5958) by PBES2 (RFC 8018): PBKDF2 and AES in
//! CBC mode, what OpenSSL writes and reads by default.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{
    AES_128, AES_256, Algorithm, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{pbkdf2, rand};
use zeroize::Zeroizing;

use super::der::{self, INTEGER, NotDer, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE};
use super::error::Error;

/// Why an encrypted key does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sealed {
    /// Not PBES2 with PBKDF2 and AES-CBC.
    Unsupported,
    /// Another passphrase, or altered bytes.
    Wrong,
}

impl From<NotDer> for Sealed {
    fn from(_: NotDer) -> Self {
        Self::Unsupported
    }
}

/// The PKCS#8 document in an encrypted one.
pub(super) fn decrypt(encrypted: &[u8], passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, Sealed> {
    let mut parts = Reader::new(encrypted).take(SEQUENCE)?.reader();
    let mut algorithm = parts.take(SEQUENCE)?.reader();
    let body = parts.take(OCTET_STRING)?.content;
    parts.end()?;
    if algorithm.take(OBJECT_IDENTIFIER)?.content != PBES2 {
        return Err(Sealed::Unsupported);
    }
    let mut parameters = algorithm.take(SEQUENCE)?.reader();
    let mut derivation = parameters.take(SEQUENCE)?.reader();
    let mut scheme = parameters.take(SEQUENCE)?.reader();
    if derivation.take(OBJECT_IDENTIFIER)?.content != PBKDF2 {
        return Err(Sealed::Unsupported);
    }
    let (cipher, length) = match scheme.take(OBJECT_IDENTIFIER)?.content {
        AES_256_CBC => (&AES_256, 32),
        AES_128_CBC => (&AES_128, 16),
        _ => return Err(Sealed::Unsupported),
    };
    let iv: [u8; 16] = scheme
        .take(OCTET_STRING)?
        .content
        .try_into()
        .map_err(|_| Sealed::Unsupported)?;
    let derivation = Derivation::read(derivation.take(SEQUENCE)?.reader())?;
    let key = derivation.key(cipher, length, passphrase)?;
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(key).map_err(|_| Sealed::Unsupported)?;
    let mut plain = Zeroizing::new(body.to_vec());
    let context = DecryptionContext::Iv128(FixedLength::from(iv));
    let opened = key
        .decrypt(&mut plain, context)
        .map_err(|_| Sealed::Wrong)?;
    let length = opened.len();
    plain.truncate(length);
    // A wrong passphrase passes the padding now and then.
    Reader::new(&plain)
        .take(SEQUENCE)
        .map_err(|_| Sealed::Wrong)?;
    Ok(plain)
}

/// Encrypts a PKCS#8 document: PBKDF2 with HMAC-SHA-256, AES-256-CBC.
pub(super) fn encrypt(pkcs8: &[u8], passphrase: &[u8]) -> Result<Vec<u8>, Error> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    rand::fill(&mut salt).map_err(|_| Error::Randomness)?;
    rand::fill(&mut iv).map_err(|_| Error::Randomness)?;
    let derivation = Derivation {
        salt: &salt,
        iterations: ITERATIONS,
        prf: pbkdf2::PBKDF2_HMAC_SHA256,
    };
    let failed = |_| Error::Encoding(rcgen::Error::RingUnspecified);
    let key = derivation.key(&AES_256, 32, passphrase).map_err(failed)?;
    let failed = |_| Error::Encoding(rcgen::Error::RingUnspecified);
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(key).map_err(failed)?;
    let mut body = Zeroizing::new(pkcs8.to_vec());
    let context = EncryptionContext::Iv128(FixedLength::from(iv));
    key.less_safe_encrypt(&mut *body, context).map_err(failed)?;
    let sequence = |parts: &[&[u8]]| der::write(SEQUENCE, parts);
    let oid = |content: &[u8]| der::write(OBJECT_IDENTIFIER, &[content]);
    let octets = |content: &[u8]| der::write(OCTET_STRING, &[content]);
    let iterations = der::write(INTEGER, &[&ITERATIONS_DER]);
    let prf = sequence(&[&oid(HMAC_SHA256), NULL]);
    let derivation = sequence(&[
        &oid(PBKDF2),
        &sequence(&[&octets(&salt), &iterations, &prf]),
    ]);
    let scheme = sequence(&[&oid(AES_256_CBC), &octets(&iv)]);
    let algorithm = sequence(&[&oid(PBES2), &sequence(&[&derivation, &scheme])]);
    Ok(sequence(&[&algorithm, &octets(&body)]))
}

/// `PBKDF2-params` (RFC 8018, A.2).
struct Derivation<'a> {
    salt: &'a [u8],
    iterations: u32,
    prf: pbkdf2::Algorithm,
}

impl<'a> Derivation<'a> {
    fn read(mut parts: Reader<'a>) -> Result<Self, Sealed> {
        let salt = parts.take(OCTET_STRING)?.content;
        let count = parts.take(INTEGER)?.unsigned()?;
        let mut prf = pbkdf2::PBKDF2_HMAC_SHA1;
        while !parts.is_empty() {
            let part = parts.any()?;
            if part.tag == SEQUENCE {
                prf = match part.reader().take(OBJECT_IDENTIFIER)?.content {
                    HMAC_SHA1 => pbkdf2::PBKDF2_HMAC_SHA1,
                    HMAC_SHA256 => pbkdf2::PBKDF2_HMAC_SHA256,
                    HMAC_SHA384 => pbkdf2::PBKDF2_HMAC_SHA384,
                    HMAC_SHA512 => pbkdf2::PBKDF2_HMAC_SHA512,
                    _ => return Err(Sealed::Unsupported),
                };
            }
        }
        let mut iterations = 0_u32;
        for byte in count {
            iterations = iterations
                .checked_mul(256)
                .and_then(|it| it.checked_add(u32::from(*byte)))
                .filter(|it| *it <= MOST_ITERATIONS)
                .ok_or(Sealed::Unsupported)?;
        }
        Ok(Self {
            salt,
            iterations,
            prf,
        })
    }

    fn key(
        &self,
        cipher: &'static Algorithm,
        length: usize,
        passphrase: &[u8],
    ) -> Result<UnboundCipherKey, Sealed> {
        let iterations = NonZeroU32::new(self.iterations).ok_or(Sealed::Unsupported)?;
        let mut key = Zeroizing::new([0; 32]);
        let key = key.get_mut(..length).ok_or(Sealed::Unsupported)?;
        pbkdf2::derive(self.prf, iterations, self.salt, passphrase, key);
        UnboundCipherKey::new(cipher, key).map_err(|_| Sealed::Unsupported)
    }
}

/// What OWASP asks of PBKDF2 with HMAC-SHA-256; about half a second.
const ITERATIONS: u32 = 600_000;
const ITERATIONS_DER: [u8; 3] = [0x09, 0x27, 0xc0];
/// Enough for anyone, and an end for a file that asks for years.
const MOST_ITERATIONS: u32 = 50_000_000;

const NULL: &[u8] = &[5, 0];
const PBES2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d";
const PBKDF2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";
const HMAC_SHA1: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x07";
const HMAC_SHA256: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x09";
const HMAC_SHA384: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x0a";
const HMAC_SHA512: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x0b";
const AES_128_CBC: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x01\x02";
const AES_256_CBC: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x01\x2a";
