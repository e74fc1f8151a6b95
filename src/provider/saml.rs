//! SAML 2.0, Web Browser SSO profile: we are the service provider, and start every sign-in ourselves.

mod assertion;
mod signature;

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;
use url::Url;

use crate::identity::{SamlBinding, SamlSettings};
use crate::xml::{Element, write};

use super::{Addresses, Away, Error, Pending, Proved, client};

pub(in crate::provider) use self::signature::keys;

pub(super) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub(super) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
/// Characters of a response.
const LARGEST: usize = 256 * 1024;
/// Certificates of a provider.
pub(super) const CERTIFICATES: usize = 5;

/// Where a person is sent: an `AuthnRequest` (SAML Core 3.4.1), not signed.
pub(super) fn request(
    settings: &SamlSettings,
    addresses: &Addresses,
    pending: &Pending,
    again: bool,
    now: Timestamp,
) -> Result<Away, Error> {
    let instant = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut request = Element::new(PROTOCOL, "AuthnRequest")
        .with_attribute("ID", pending.nonce.as_str())
        .with_attribute("Version", "2.0")
        .with_attribute("IssueInstant", instant)
        .with_attribute("Destination", settings.sso_url.as_str())
        .with_attribute("ProtocolBinding", POST)
        .with_attribute(
            "AssertionConsumerServiceURL",
            addresses.assertion_consumer.as_str(),
        )
        .with(Element::new(ASSERTION, "Issuer").with_text(addresses.entity_id.as_str()));
    if again {
        request = request.with_attribute("ForceAuthn", "true");
    }
    let request = write(&request, &[("samlp", PROTOCOL), ("saml", ASSERTION)]);
    match settings.binding {
        SamlBinding::Post => Ok(Away::By(
            settings.sso_url.clone(),
            vec![
                ("SAMLRequest", STANDARD.encode(request)),
                ("RelayState", pending.state.clone()),
            ],
        )),
        SamlBinding::Redirect => {
            let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
            let deflated = deflate
                .write_all(request.as_bytes())
                .and_then(|()| deflate.finish());
            let deflated = deflated.map_err(|error| Error::unavailable(error.to_string()))?;
            let url = Url::parse(&settings.sso_url);
            let mut url = url.map_err(|_| Error::unavailable("ssoUrl is no address"))?;
            url.query_pairs_mut()
                .append_pair("SAMLRequest", &STANDARD.encode(deflated))
                .append_pair("RelayState", &pending.state);
            Ok(Away::To(url.into()))
        }
    }
}

/// Who came back with a response.
pub(super) fn believe(
    settings: &SamlSettings,
    addresses: &Addresses,
    pending: &Pending,
    response: &str,
    now: Timestamp,
) -> Result<Proved, Error> {
    let response: String = response.split_ascii_whitespace().collect();
    if response.len() > LARGEST {
        return Err(Error::wrong("the response has more than 256 KiB"));
    }
    let bytes = STANDARD.decode(response);
    let bytes = bytes.map_err(|_| Error::wrong("the response is not base64"))?;
    let xml = String::from_utf8(bytes).map_err(|_| Error::wrong("the response is not UTF-8"))?;
    let expected = assertion::Expected {
        settings,
        addresses,
        request: &pending.nonce,
        now,
    };
    signature::verified(&xml, &settings.certificates, |believed| {
        expected.read(&believed)
    })
}

/// The certificates of a PEM text: their keys are the only ones that count.
///
/// # Errors
/// [`Error::Unavailable`] for a text that is none, or holds more than five.
pub fn certificates(pem: &str) -> Result<Vec<Vec<u8>>, Error> {
    let unreadable = |_| Error::unavailable("certificates is no PEM text of certificates");
    let read = client::read(pem).map_err(unreadable)?;
    if read.len() > CERTIFICATES {
        return Err(Error::unavailable("certificates holds more than five"));
    }
    Ok(read.into_iter().map(|der| der.to_vec()).collect())
}

pub(super) fn test(settings: &SamlSettings, now: Timestamp) -> Result<String, Error> {
    keys(&settings.certificates)?;
    let mut latest = None;
    for der in certificates(&settings.certificates)? {
        let read = x509_parser::parse_x509_certificate(&der);
        let (_, read) = read.map_err(|_| Error::unavailable("a certificate is not readable"))?;
        latest = latest.max(Some(read.validity().not_after.timestamp()));
    }
    match latest {
        Some(end) if end > now.as_second() => Ok("its certificates are readable".to_owned()),
        _ => Err(Error::unavailable("all of its certificates have expired")),
    }
}

/// Our metadata (SAML Metadata 2.4.4), which the identity provider is set up with.
pub fn metadata(addresses: &Addresses) -> String {
    let consumer = Element::new(METADATA, "AssertionConsumerService")
        .with_attribute("Binding", POST)
        .with_attribute("Location", addresses.assertion_consumer.as_str())
        .with_attribute("index", "0")
        .with_attribute("isDefault", "true");
    let role = Element::new(METADATA, "SPSSODescriptor")
        .with_attribute("AuthnRequestsSigned", "false")
        .with_attribute("WantAssertionsSigned", "true")
        .with_attribute("protocolSupportEnumeration", PROTOCOL)
        .with(consumer);
    let entity = Element::new(METADATA, "EntityDescriptor")
        .with_attribute("entityID", addresses.entity_id.as_str())
        .with(role);
    write(&entity, &[("md", METADATA)])
}
