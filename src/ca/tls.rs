//! The TLS certificate that `serve` makes for itself when it is given none: signed by the root.

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use rcgen::{
    CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use zeroize::{Zeroize, Zeroizing};

use super::armor;
use super::authority::{Authority, is_common_name};
use super::certificate::{CERTIFICATE, CaCertificate};
use super::create::{common_name, key_identifier, moment};
use super::error::Error;
use super::issue::Serial;
use super::key::KeyKind;

/// A server's certificate and its key.
pub struct TlsIdentity {
    /// The certificate in PEM, and after a change of the root the one by which the root before vouches for it; one of
    /// the roots is what clients must trust already.
    pub chain_pem: String,
    /// The PKCS#8 private key in PEM.
    pub key_pem: Zeroizing<String>,
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsIdentity")
            .field("chain_pem", &self.chain_pem)
            .finish_non_exhaustive()
    }
}

impl Authority {
    /// Makes a P-256 `serverAuth` certificate of 397 days for host names and IP addresses.
    ///
    /// # Errors
    ///
    /// [`Error::RootKeyAbsent`] when the root's key was taken away; [`Error::Name`] for a name that is
    /// neither a host name nor an address, or when there is none or more than a hundred.
    pub fn issue_tls(&self, names: &[String], now: Timestamp) -> Result<TlsIdentity, Error> {
        let (root, root_key) = self.tls_root()?;
        let mut params = self.tls_params(root, names, now)?;
        let cross = self.cross(root).filter(|cross| now <= cross.not_after);
        let root = Issuer::from_ca_cert_der(&root.der.as_slice().into(), root_key)?;
        let mut key: KeyPair = KeyKind::P256.generate()?;
        params.key_identifier_method = key_identifier(&key);
        let certificate = params.signed_by(&key, &root)?;
        let key_pem = Zeroizing::new(armor::encode("PRIVATE KEY", key.serialized_der()));
        key.zeroize();
        Ok(TlsIdentity {
            chain_pem: armor::encode(CERTIFICATE, certificate.der())
                + cross.as_ref().map_or("", |cross| cross.pem.as_str()),
            key_pem,
        })
    }

    fn tls_params(
        &self,
        root: &CaCertificate,
        names: &[String],
        now: Timestamp,
    ) -> Result<CertificateParams, Error> {
        let refused = |name: &str| Error::Name {
            name: name.to_owned(),
        };
        let first = names.first().ok_or_else(|| refused(""))?;
        if let Some(extra) = names.get(MAX_NAMES) {
            return Err(refused(extra));
        }
        let begin = now.as_second() - 3600;
        let end = begin + TLS_DAYS * 86_400 - 1;
        let mut params = CertificateParams::default();
        params.serial_number = Some(Serial::random()?.as_bytes().to_vec().into());
        params.distinguished_name = common_name(if is_common_name(first) {
            first
        } else {
            "Portcullis"
        });
        params.not_before = moment(begin.max(root.not_before.as_second()))?;
        params.not_after = moment(end.min(root.not_after.as_second()))?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.subject_alt_names = names
            .iter()
            .map(|name| alternative_name(name).ok_or_else(|| refused(name)))
            .collect::<Result<_, _>>()?;
        Ok(params)
    }
}

/// An address as an address, a host name as a DNS name.
fn alternative_name(name: &str) -> Option<SanType> {
    if let Ok(address) = name.parse::<IpAddr>() {
        return Some(SanType::IpAddress(address));
    }
    let host = name.strip_prefix("*.").unwrap_or(name);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if name.len() > 253 || !host.split('.').all(is_label) {
        return None;
    }
    name.try_into().ok().map(SanType::DnsName)
}

/// The longest validity that browsers and Schannel take from a server, in days.
const TLS_DAYS: i64 = 397;
const MAX_NAMES: usize = 100;
