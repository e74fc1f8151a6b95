//! A private key that somebody brings, in PEM: PKCS#8 (RFC 5958), SEC 1 (RFC 5915) or PKCS#1 (RFC 8017), the first one
//! also under a passphrase. Whatever it was, it becomes PKCS#8.

use zeroize::Zeroizing;

use super::armor;
use super::der::{self, CONTEXT_0, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE};
use super::import::ImportError;
use super::passphrase::{self, Sealed};

/// The PKCS#8 document of the private key in a PEM text.
pub(super) fn read(
    pem: &str,
    passphrase: Option<&[u8]>,
) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    let block = |label| armor::decode(label, pem).map(Zeroizing::new);
    if let Some(encrypted) = block("ENCRYPTED PRIVATE KEY") {
        let passphrase = passphrase.ok_or(ImportError::PassphraseMissing)?;
        return passphrase::decrypt(&encrypted, passphrase).map_err(|why| match why {
            Sealed::Wrong => ImportError::PassphraseWrong,
            Sealed::Unsupported => ImportError::KeyEncryption,
        });
    }
    if pem.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(ImportError::KeyEncryption);
    }
    if let Some(pkcs8) = block("PRIVATE KEY") {
        return Ok(pkcs8);
    }
    if let Some(key) = block("RSA PRIVATE KEY") {
        return Ok(wrapped(RSA, &key));
    }
    if let Some(key) = block("EC PRIVATE KEY") {
        let curve = curve(&key).ok_or(ImportError::KeyUnreadable)?;
        return Ok(wrapped(&curve, &key));
    }
    Err(ImportError::KeyUnreadable)
}

/// `PrivateKeyInfo` around a key of the algorithm.
fn wrapped(algorithm: &[u8], key: &[u8]) -> Zeroizing<Vec<u8>> {
    let key = Zeroizing::new(der::write(OCTET_STRING, &[key]));
    let version = der::write(INTEGER, &[&[0]]);
    Zeroizing::new(der::write(SEQUENCE, &[&version, algorithm, &key]))
}

/// The `AlgorithmIdentifier` of a SEC 1 key, from the curve that it names itself.
fn curve(key: &[u8]) -> Option<Vec<u8>> {
    let mut parts = Reader::new(key).take(SEQUENCE).ok()?.reader();
    parts.take(INTEGER).ok()?;
    parts.take(OCTET_STRING).ok()?;
    let curve = parts.take(CONTEXT_0).ok()?.reader().any().ok()?;
    let family = der::write(OBJECT_IDENTIFIER, &[EC_PUBLIC_KEY]);
    (curve.tag == OBJECT_IDENTIFIER).then(|| der::write(SEQUENCE, &[&family, curve.raw]))
}

/// The `AlgorithmIdentifier` `rsaEncryption` with NULL.
const RSA: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
const EC_PUBLIC_KEY: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
