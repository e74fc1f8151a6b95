//! Where certificates say that more is to be had: their CRL distribution point (RFC 5280, 4.2.1.13) and their authority
//! information access (4.2.2.1). Each is left out when nothing is configured.

use rcgen::{CertificateParams, CrlDistributionPoint, CustomExtension};

use super::authority::Authority;
use super::der::{self, OBJECT_IDENTIFIER, SEQUENCE};

/// The addresses in device certificates; `{issuer}` in them stands for the issuing CA's id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pointers {
    /// Where the revocation list is; empty: not said.
    pub crl_url: String,
    /// Where the OCSP responder is; empty: not said.
    pub ocsp_url: String,
    /// Where the issuing CA's certificate is; empty: not said.
    pub issuer_url: String,
}

impl Pointers {
    /// The placeholder of the issuing CA's id.
    pub const ISSUER: &str = "{issuer}";

    fn of(&self, issuer: &str) -> Self {
        let filled = |url: &String| url.replace(Self::ISSUER, issuer);
        Self {
            crl_url: filled(&self.crl_url),
            ocsp_url: filled(&self.ocsp_url),
            issuer_url: filled(&self.issuer_url),
        }
    }

    /// Where the revocation list is.
    pub(super) fn crl(&self) -> Option<&str> {
        Some(self.crl_url.as_str()).filter(|url| !url.is_empty())
    }

    /// Adds what is configured to a certificate that is planned.
    pub(super) fn add_to(&self, params: &mut CertificateParams) {
        if let Some(url) = self.crl() {
            let uris = vec![url.to_owned()];
            params.crl_distribution_points = vec![CrlDistributionPoint { uris }];
        }
        if let Some(content) = self.information_access() {
            let extension = CustomExtension::from_oid_content(&AUTHORITY_INFO_ACCESS_OID, content);
            params.custom_extensions.push(extension);
        }
    }

    /// The extensions as a certificate must have them: their identifier and their content.
    pub(super) fn extensions(&self) -> Vec<(&'static [u8], Vec<u8>)> {
        let points = self.crl().map(|url| (CRL_DISTRIBUTION_POINTS, points(url)));
        let access = self.information_access();
        let access = access.map(|content| (AUTHORITY_INFO_ACCESS, content));
        points.into_iter().chain(access).collect()
    }

    fn information_access(&self) -> Option<Vec<u8>> {
        let described: Vec<Vec<u8>> = [(OCSP, &self.ocsp_url), (CA_ISSUERS, &self.issuer_url)]
            .into_iter()
            .filter(|(_, url)| !url.is_empty())
            .map(|(method, url)| {
                let method = der::write(OBJECT_IDENTIFIER, &[method]);
                der::write(SEQUENCE, &[&method, &der::write(URI, &[url.as_bytes()])])
            })
            .collect();
        let parts: Vec<&[u8]> = described.iter().map(Vec::as_slice).collect();
        (!parts.is_empty()).then(|| der::write(SEQUENCE, &parts))
    }
}

impl Authority {
    /// The authority whose certificates say where more is to be had; each issuing CA's by its own id.
    #[must_use]
    pub fn pointing_to(mut self, pointers: &Pointers) -> Self {
        for issuing in std::iter::once(&mut self.active).chain(&mut self.retiring) {
            issuing.pointers = pointers.of(&issuing.certificate.id);
        }
        self
    }
}

/// `CRLDistributionPoints` of one address.
fn points(url: &str) -> Vec<u8> {
    let full_name = der::write(0xa0, &[&der::write(URI, &[url.as_bytes()])]);
    let point = der::write(SEQUENCE, &[&der::write(0xa0, &[&full_name])]);
    der::write(SEQUENCE, &[&point])
}

/// `uniformResourceIdentifier` of a `GeneralName`.
const URI: u8 = 0x86;
const CRL_DISTRIBUTION_POINTS: &[u8] = b"\x55\x1d\x1f";
const AUTHORITY_INFO_ACCESS: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x01\x01";
const AUTHORITY_INFO_ACCESS_OID: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 1, 1];
/// id-ad-ocsp.
const OCSP: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x30\x01";
/// id-ad-caIssuers.
const CA_ISSUERS: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x30\x02";
