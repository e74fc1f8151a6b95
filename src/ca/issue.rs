//! A device certificate in two steps: planned, then signed.
//!
//! The plan (serial, validity, the bytes to be signed) can be stored durably before the key is used, so
//! that no certificate exists that the records do not know.

use std::fmt;
use std::sync::atomic::Ordering;

use aws_lc_rs::rand;
use jiff::Timestamp;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose};

use super::authority::{Authority, is_common_name};
use super::create::{common_name, key_identifier, moment};
use super::csr::Csr;
use super::error::Error;
use super::issuing::{Issuing, tbs_of};
use super::profile::Deviation;
use super::{hex, public_key::DeviceKey};

/// What the operator decides about device certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The whole validity, backdating included, in days.
    pub lifetime_days: u32,
    /// How much earlier than now a certificate begins, in minutes, for devices whose clock is behind.
    pub backdate_minutes: u32,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            lifetime_days: 365,
            backdate_minutes: 60,
        }
    }
}

/// A serial number: 18 bytes, a fixed one and 136 random bits; always positive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial([u8; 18]);

impl Serial {
    /// Draws a new one.
    pub(super) fn random() -> Result<Self, Error> {
        let mut bytes = [0; 18];
        rand::fill(&mut bytes).map_err(|_| Error::Randomness)?;
        let [first, ..] = &mut bytes;
        *first = NODE;
        Ok(Self(bytes))
    }

    /// The content of the INTEGER.
    pub fn as_bytes(&self) -> &[u8; 18] {
        &self.0
    }
}

/// Lower-case hexadecimal, as certificate viewers show it.
impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Serial({self})")
    }
}

/// A certificate that is decided and not yet signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its serial number.
    pub serial: Serial,
    /// The issuing CA, by the SHA-256 of its certificate.
    pub issuer: String,
    /// The DER of the `TBSCertificate`.
    pub tbs: Vec<u8>,
    /// Its first second.
    pub not_before: Timestamp,
    /// Its last second.
    pub not_after: Timestamp,
}

/// A signed certificate that passed its check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCertificate {
    /// The DER of the certificate.
    pub der: Vec<u8>,
    /// The SHA-1 of the DER: the name Windows gives a certificate in its stores.
    pub thumbprint: [u8; 20],
    /// The SHA-256 of the DER.
    pub sha256: [u8; 32],
}

impl Authority {
    /// Decides a device certificate: the request's key, the given common name, and nothing else of either.
    ///
    /// The validity stays within the issuing CA's.
    ///
    /// # Errors
    ///
    /// [`Error::Name`] for a common name that is empty, over 64 bytes or has control characters;
    /// [`Error::Lifetime`] when the certificate would be over before it begins.
    pub fn plan(
        &self,
        csr: &Csr,
        subject_cn: &str,
        profile: &Profile,
        now: Timestamp,
    ) -> Result<Planned, Error> {
        self.active.plan(csr, subject_cn, *profile, now)
    }

    /// Signs the bytes of a plan, when they say what the profile says and nothing else.
    ///
    /// The certificate is read back and its signature verified before it is released.
    ///
    /// # Errors
    ///
    /// [`Error::HeldBack`] when the bytes are not a device certificate of this authority, or when the
    /// signature does not verify.
    pub fn sign(&self, tbs: &[u8]) -> Result<DeviceCertificate, Error> {
        // A plan that was made before a rotation is kept by the CA that made it.
        let planner = self.issuing().find(|it| it.check(tbs).is_ok());
        let signed = planner.unwrap_or(&self.active).sign(tbs)?;
        self.signatures.fetch_add(1, Ordering::Relaxed);
        Ok(signed)
    }
}

impl Issuing {
    /// [`Authority::plan`] by this CA.
    pub(super) fn plan(
        &self,
        csr: &Csr,
        subject_cn: &str,
        profile: Profile,
        now: Timestamp,
    ) -> Result<Planned, Error> {
        if !is_common_name(subject_cn) {
            return Err(Error::Name {
                name: subject_cn.to_owned(),
            });
        }
        let serial = Serial::random()?;
        let (not_before, not_after) = self.validity(profile, now)?;
        let mut params = CertificateParams::default();
        params.serial_number = Some(serial.as_bytes().to_vec().into());
        params.distinguished_name = common_name(subject_cn);
        params.not_before = moment(not_before.as_second())?;
        params.not_after = moment(not_after.as_second())?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        if let DeviceKey::Rsa { .. } = csr.key {
            params.key_usages.push(KeyUsagePurpose::KeyEncipherment);
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.key_identifier_method = key_identifier(csr);
        params.use_authority_key_identifier_extension = true;
        self.pointers.add_to(&mut params);
        let unsigned = params.signed_by(csr, &self.planner)?;
        let tbs = tbs_of(unsigned.der())?;
        let key = csr.spki_der.as_slice();
        if !tbs.windows(key.len()).any(|bytes| bytes == key) {
            return Err(Error::HeldBack(Deviation::Key));
        }
        Ok(Planned {
            serial,
            issuer: self.certificate.id.clone(),
            tbs: tbs.to_vec(),
            not_before,
            not_after,
        })
    }

    /// [`Authority::sign`] by this CA.
    pub(super) fn sign(&self, tbs: &[u8]) -> Result<DeviceCertificate, Error> {
        self.check(tbs).map_err(Error::HeldBack)?;
        let signature = self.key.sign(tbs)?;
        self.release(tbs, &signature)
    }

    /// First and last second of a certificate made now; the last one is inside (RFC 5280, 4.1.2.5).
    fn validity(&self, profile: Profile, now: Timestamp) -> Result<(Timestamp, Timestamp), Error> {
        let begin = now.as_second() - i64::from(profile.backdate_minutes) * 60;
        let end = begin + i64::from(profile.lifetime_days) * 86_400 - 1;
        let begin = begin.max(self.certificate.not_before.as_second());
        let end = end.min(self.certificate.not_after.as_second());
        if end <= now.as_second() {
            return Err(Error::Lifetime {
                lifetime_days: profile.lifetime_days,
                backdate_minutes: profile.backdate_minutes,
            });
        }
        let timestamp = |second| Timestamp::from_second(second).map_err(|_| Error::BeyondCalendar);
        Ok((timestamp(begin)?, timestamp(end)?))
    }
}

/// The first byte of every serial number: positive, not zero.
const NODE: u8 = 0x50;
