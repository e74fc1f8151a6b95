//! The device profile as a check: what a `TBSCertificate` (RFC 5280, 4.1) must say before it is signed.
//!
//! It reads the bytes with another parser than the one that wrote them, and compares extensions byte for
//! byte, so that a fault in the encoder, in the records or in the plan does not become a certificate.

use std::fmt;

use x509_parser::certificate::{TbsCertificate, X509Certificate};
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Version;

use super::certificate::CaCertificate;
use super::der::{self, CONTEXT_0, OCTET_STRING, Reader, SEQUENCE};
use super::public_key::{DeviceKey, PublicKey};

/// Where a certificate differs from the device profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deviation {
    /// The bytes are not a certificate.
    Malformed,
    /// Not an X.509 v3 certificate.
    Version,
    /// The serial number is not 8 to 20 bytes and positive.
    Serial,
    /// The signature algorithm is not the issuing CA's.
    Algorithm,
    /// The issuer is not the issuing CA.
    Issuer,
    /// The subject is not one common name.
    Subject,
    /// The validity is empty or leaves the issuing CA's.
    Validity,
    /// The key is not one that is certified.
    Key,
    /// An extension is missing, or one is there that does not belong.
    Extensions,
    /// It does not say CA:FALSE.
    BasicConstraints,
    /// The key usage is not the one of its key.
    KeyUsage,
    /// The extended key usage is not `clientAuth` alone.
    ExtendedKeyUsage,
    /// The authority key identifier is not the issuing CA's.
    AuthorityKeyIdentifier,
    /// The subject key identifier is malformed.
    SubjectKeyIdentifier,
    /// Where to look for revocation is not what is configured.
    Pointers,
    /// The signature does not verify.
    Signature,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "it does not read back as a certificate",
            Self::Version => "it is not an X.509 v3 certificate",
            Self::Serial => "its serial number is not 8 to 20 bytes and positive",
            Self::Algorithm => "its signature algorithm is not the issuing CA's",
            Self::Issuer => "its issuer is not the issuing CA",
            Self::Subject => "its subject is not one common name",
            Self::Validity => "its validity is empty or leaves the issuing CA's",
            Self::Key => "its key is not of a kind that is certified",
            Self::Extensions => "its extensions are not those of a device certificate",
            Self::BasicConstraints => "it does not say CA:FALSE",
            Self::KeyUsage => "its key usage does not fit its key",
            Self::ExtendedKeyUsage => "its extended key usage is not clientAuth alone",
            Self::AuthorityKeyIdentifier => "its authority key identifier is not the issuing CA's",
            Self::SubjectKeyIdentifier => "its subject key identifier is malformed",
            Self::Pointers => {
                "what it says of where to look for revocation is not what is configured"
            }
            Self::Signature => "its signature does not verify",
        })
    }
}

/// Checks the bytes to be signed against the device profile.
pub(super) fn check(
    tbs: &[u8],
    issuing: &CaCertificate,
    identifier: &[u8],
    pointers: &[(&[u8], Vec<u8>)],
) -> Result<(), Deviation> {
    let (rest, parsed) = TbsCertificate::from_der(tbs).map_err(|_| Deviation::Malformed)?;
    require(rest.is_empty(), Deviation::Malformed)?;
    require(parsed.version == X509Version::V3, Deviation::Version)?;
    let serial = parsed.raw_serial();
    let positive = serial.first().is_some_and(|first| first & 0x80 == 0);
    require(
        positive && (8..=20).contains(&serial.len()),
        Deviation::Serial,
    )?;
    require(
        algorithm(tbs).is_ok_and(|algorithm| algorithm == identifier),
        Deviation::Algorithm,
    )?;
    require(
        parsed.issuer().as_raw() == issuing.subject,
        Deviation::Issuer,
    )?;
    let names = parsed.subject().iter_attributes().count();
    let common_names = parsed.subject().iter_common_name().count();
    require(names == 1 && common_names == 1, Deviation::Subject)?;
    let begin = parsed.validity().not_before.timestamp();
    let end = parsed.validity().not_after.timestamp();
    let within = issuing.not_before.as_second() <= begin
        && begin < end
        && end <= issuing.not_after.as_second();
    require(within, Deviation::Validity)?;
    require(
        parsed.issuer_uid.is_none() && parsed.subject_uid.is_none(),
        Deviation::Extensions,
    )?;
    let key = device_key(parsed.public_key().raw)?;
    extensions(&parsed, key, issuing, pointers)
}

/// Takes an assembled certificate apart again: the signed bytes and the signature in it.
pub(super) fn read_back<'a>(
    certificate: &'a [u8],
    tbs: &[u8],
    identifier: &[u8],
) -> Result<(&'a [u8], &'a [u8]), Deviation> {
    let (rest, parsed) =
        X509Certificate::from_der(certificate).map_err(|_| Deviation::Malformed)?;
    require(rest.is_empty(), Deviation::Malformed)?;
    require(parsed.as_raw() == certificate, Deviation::Malformed)?;
    let parts = || -> Result<_, der::NotDer> {
        let mut outer = Reader::new(certificate);
        let mut parts = outer.take(SEQUENCE)?.reader();
        outer.end()?;
        let signed = parts.take(SEQUENCE)?.raw;
        let algorithm = parts.take(SEQUENCE)?.raw;
        let signature = parts.take(der::BIT_STRING)?.bits()?;
        parts.end()?;
        Ok((signed, algorithm, signature))
    };
    let (signed, algorithm, signature) = parts().map_err(|_| Deviation::Malformed)?;
    require(signed == tbs, Deviation::Malformed)?;
    require(algorithm == identifier, Deviation::Algorithm)?;
    Ok((signed, signature))
}

/// Checks the extensions of a device certificate, five and what points elsewhere: each exactly, and no other.
fn extensions(
    tbs: &TbsCertificate<'_>,
    key: DeviceKey,
    issuing: &CaCertificate,
    pointers: &[(&[u8], Vec<u8>)],
) -> Result<(), Deviation> {
    let key_usage = match key {
        DeviceKey::Rsa { .. } => SIGN_AND_ENCIPHER,
        DeviceKey::P256 | DeviceKey::P384 => SIGN,
    };
    let key_id = der::write(0x80, &[&issuing.key_id]);
    let authority = der::write(SEQUENCE, &[&key_id]);
    let expected: [(&[u8], bool, &[u8], Deviation); 4] = [
        (
            BASIC_CONSTRAINTS,
            true,
            &[SEQUENCE, 0],
            Deviation::BasicConstraints,
        ),
        (KEY_USAGE, true, key_usage, Deviation::KeyUsage),
        (
            EXTENDED_KEY_USAGE,
            false,
            CLIENT_AUTH,
            Deviation::ExtendedKeyUsage,
        ),
        (
            AUTHORITY_KEY_IDENTIFIER,
            false,
            &authority,
            Deviation::AuthorityKeyIdentifier,
        ),
    ];
    let pointing = pointers
        .iter()
        .map(|(oid, value)| (*oid, false, value.as_slice(), Deviation::Pointers));
    for (oid, critical, value, deviation) in expected.into_iter().chain(pointing) {
        let mut found = tbs
            .extensions()
            .iter()
            .filter(|extension| extension.oid.as_bytes() == oid);
        let extension = found.next().ok_or(deviation)?;
        require(
            found.next().is_none() && extension.critical == critical && extension.value == value,
            deviation,
        )?;
    }
    let subject = tbs
        .extensions()
        .iter()
        .find(|extension| extension.oid.as_bytes() == SUBJECT_KEY_IDENTIFIER);
    let well_formed = subject.is_some_and(|extension| {
        !extension.critical
            && matches!(extension.value, [OCTET_STRING, 20, id @ ..] if id.len() == 20)
    });
    require(well_formed, Deviation::SubjectKeyIdentifier)?;
    require(
        tbs.extensions().len() == expected.len() + pointers.len() + 1,
        Deviation::Extensions,
    )
}

fn device_key(spki: &[u8]) -> Result<DeviceKey, Deviation> {
    let mut reader = Reader::new(spki);
    let spki = reader.take(SEQUENCE).map_err(|_| Deviation::Key)?;
    PublicKey::parse(spki)
        .map(|key| key.kind)
        .map_err(|_| Deviation::Key)
}

/// The `AlgorithmIdentifier` inside a `TBSCertificate`, as it stands.
fn algorithm(tbs: &[u8]) -> Result<&[u8], der::NotDer> {
    let mut fields = Reader::new(tbs).take(SEQUENCE)?.reader();
    fields.take(CONTEXT_0)?;
    fields.take(der::INTEGER)?;
    Ok(fields.take(SEQUENCE)?.raw)
}

fn require(holds: bool, deviation: Deviation) -> Result<(), Deviation> {
    if holds { Ok(()) } else { Err(deviation) }
}

const SUBJECT_KEY_IDENTIFIER: &[u8] = b"\x55\x1d\x0e";
const KEY_USAGE: &[u8] = b"\x55\x1d\x0f";
const BASIC_CONSTRAINTS: &[u8] = b"\x55\x1d\x13";
const AUTHORITY_KEY_IDENTIFIER: &[u8] = b"\x55\x1d\x23";
const EXTENDED_KEY_USAGE: &[u8] = b"\x55\x1d\x25";

/// `KeyUsage`: `digitalSignature`.
const SIGN: &[u8] = b"\x03\x02\x07\x80";
/// `KeyUsage`: `digitalSignature` and `keyEncipherment`.
const SIGN_AND_ENCIPHER: &[u8] = b"\x03\x02\x05\xa0";
/// `ExtKeyUsageSyntax`: id-kp-clientAuth.
const CLIENT_AUTH: &[u8] = b"\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02";
