//! The first start: root, then issuing CA, each key before its certificate.
//!
//! A certificate's file is the sign that its step is done. A start that was interrupted finds a key
//! without a certificate and goes on from there; two starts at once wait for each other.

use std::path::Path;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, PublicKeyData,
};
use time::OffsetDateTime;

use super::authority::AuthoritySettings;
use super::certificate::CaCertificate;
use super::csr::sha256;
use super::error::Error;
use super::files::{self, Lock, Paths};
use super::issue::Serial;
use super::key::KeyKind;
use super::master::MasterKey;
use super::sealed::{load_key, store_pkcs8};
use super::signer::Signer;

/// Makes what is missing of the authority.
pub(super) fn complete(
    settings: &AuthoritySettings,
    paths: &Paths,
    master: &MasterKey,
    now: Timestamp,
) -> Result<(), Error> {
    if paths.issuing_certificate.exists() {
        return Ok(());
    }
    let lock = files::lock(&settings.directory)?;
    if paths.issuing_certificate.exists() {
        return Ok(());
    }
    let (root_name, issuing_name) = settings.common_names()?;
    let maker = Maker {
        lock: &lock,
        master,
        now,
    };
    if !paths.root_certificate.exists() {
        let key = maker.key(&paths.root_key, settings.root_key)?;
        let der = maker.root(&key, &root_name)?;
        CaCertificate::store(&lock, &paths.root_certificate, &[&der], now)?;
    }
    let root = CaCertificate::load(&paths.root_certificate)?;
    root.check_time(now)?;
    let root_key = root
        .load_key(&paths.root_key, master)?
        .ok_or_else(|| Error::RootKeyAbsent {
            path: paths.root_key.clone(),
        })?;
    let key = match Signer::load(&paths.issuing_key, paths, master)? {
        Some(left) => left,
        None => {
            let token = settings.token.as_ref();
            let key = Signer::generate(settings.issuing_key, token, &issuing_name)?;
            key.kept().store(&lock, &paths.issuing_key, master)?;
            key
        }
    };
    let der = maker.issuing(&key, &issuing_name, &root, &root_key)?;
    CaCertificate::store(&lock, &paths.issuing_certificate, &[&der], now)
}

/// Makes keys and certificates of CAs.
pub(super) struct Maker<'a> {
    pub(super) lock: &'a Lock,
    pub(super) master: &'a MasterKey,
    pub(super) now: Timestamp,
}

impl Maker<'_> {
    /// The key an interrupted start left, or a new one.
    fn key(&self, path: &Path, kind: KeyKind) -> Result<KeyPair, Error> {
        if let Some(key) = load_key(path, self.master)? {
            return Ok(key);
        }
        let mut key = kind.generate()?;
        store_pkcs8(self.lock, path, self.master, key.serialized_der())?;
        zeroize::Zeroize::zeroize(&mut key);
        Ok(key)
    }

    /// The DER of a root.
    pub(super) fn root(&self, key: &KeyPair, name: &str) -> Result<Vec<u8>, Error> {
        let mut params = self.params(name, ROOT_DAYS, None)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_identifier_method = key_identifier(key);
        Ok(params.self_signed(key)?.der().to_vec())
    }

    /// The DER of a certificate by `old` for the key of a new root: whoever trusts the old one alone follows it to what
    /// the new one signed.
    pub(super) fn cross(
        &self,
        new: &CaCertificate,
        key: &KeyPair,
        name: &str,
        old: (&CaCertificate, &KeyPair),
    ) -> Result<Vec<u8>, Error> {
        let (old, old_key) = old;
        let mut params = self.params(name, ROOT_DAYS, Some(old))?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_identifier_method = KeyIdMethod::PreSpecified(new.key_id.clone());
        params.use_authority_key_identifier_extension = true;
        let issuer = Issuer::from_ca_cert_der(&old.der.as_slice().into(), old_key)?;
        Ok(params.signed_by(key, &issuer)?.der().to_vec())
    }

    /// The DER of an issuing CA.
    pub(super) fn issuing(
        &self,
        key: &Signer,
        name: &str,
        root: &CaCertificate,
        root_key: &KeyPair,
    ) -> Result<Vec<u8>, Error> {
        let mut params = self.params(name, ISSUING_DAYS, Some(root))?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_identifier_method = key_identifier(key);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        // Should a verifier hold responders to this EKU, answers signed by the CA itself would need the usage.
        params.key_usages.push(KeyUsagePurpose::DigitalSignature);
        params.use_authority_key_identifier_extension = true;
        let issuer = Issuer::from_ca_cert_der(&root.der.as_slice().into(), root_key)?;
        Ok(params.signed_by(key, &issuer)?.der().to_vec())
    }

    /// What root and issuing CA have in common; a certificate stays within its issuer's validity.
    fn params(
        &self,
        name: &str,
        days: i64,
        issuer: Option<&CaCertificate>,
    ) -> Result<CertificateParams, Error> {
        let not_before = self.now.as_second() - CA_BACKDATE_SECONDS;
        let not_after = self.now.as_second() + days * 86_400 - 1;
        let (not_before, not_after) = issuer.map_or((not_before, not_after), |issuer| {
            (
                not_before.max(issuer.not_before.as_second()),
                not_after.min(issuer.not_after.as_second()),
            )
        });
        let mut params = CertificateParams::default();
        params.serial_number = Some(Serial::random()?.as_bytes().to_vec().into());
        params.distinguished_name = common_name(name);
        params.not_before = moment(not_before)?;
        params.not_after = moment(not_after)?;
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(params)
    }
}

/// A distinguished name of one common name.
pub(super) fn common_name(name: &str) -> DistinguishedName {
    let mut dn = DistinguishedName::new();
    dn.push(DnType::CommonName, name);
    dn
}

/// The identifier of a key by RFC 7093, method 1: the first 160 bits of the SHA-256 of its `subjectPublicKey`.
pub(super) fn key_identifier(key: &impl PublicKeyData) -> KeyIdMethod {
    KeyIdMethod::PreSpecified(identifier(key.der_bytes()))
}

/// The same, of a `subjectPublicKey`.
pub(super) fn identifier(subject_public_key: &[u8]) -> Vec<u8> {
    let hash = sha256(subject_public_key);
    hash.iter().take(20).copied().collect()
}

/// Seconds since 1970 as rcgen takes them.
pub(super) fn moment(second: i64) -> Result<OffsetDateTime, Error> {
    OffsetDateTime::from_unix_timestamp(second).map_err(|_| Error::BeyondCalendar)
}

/// Twenty years, leap days included.
const ROOT_DAYS: i64 = 20 * 365 + 5;
/// Five years.
const ISSUING_DAYS: i64 = 5 * 365 + 1;
/// A CA begins a day earlier, so that a device whose clock is behind takes it.
const CA_BACKDATE_SECONDS: i64 = 86_400;
