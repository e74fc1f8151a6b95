//! Whom we believe to be the server that we ask: the certificates of the system, or those that the settings name.

use std::sync::Arc;

use reqwest::redirect;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use super::{Error, PATIENCE};

/// The certificates of a PEM text.
pub(super) fn read(pem: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let unreadable = || Error::unavailable("caCertificates is no PEM text of certificates");
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|_| unreadable())?;
    match certificates.is_empty() {
        true => Err(unreadable()),
        false => Ok(certificates),
    }
}

/// TLS for what is not HTTP.
pub(super) fn tls(pem: Option<&str>) -> Result<Arc<ClientConfig>, Error> {
    let mut roots = RootCertStore::empty();
    let trusted = match pem {
        Some(pem) => read(pem)?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    roots.add_parsable_certificates(trusted);
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::unavailable(error.to_string()))?;
    let config = config.with_root_certificates(roots).with_no_client_auth();
    Ok(Arc::new(config))
}

/// A client for HTTPS that follows no redirects.
pub(super) fn https(pem: Option<&str>) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .timeout(PATIENCE)
        .https_only(true)
        .redirect(redirect::Policy::none());
    if let Some(pem) = pem {
        let trusted = read(pem)?.into_iter();
        let trusted = trusted.map(|der| reqwest::Certificate::from_der(&der));
        let trusted = trusted.collect::<Result<Vec<_>, _>>();
        let trusted = trusted.map_err(|error| Error::unavailable(error.to_string()))?;
        builder = builder.tls_certs_only(trusted);
    }
    let built = builder.build();
    built.map_err(|error| Error::unavailable(error.to_string()))
}
