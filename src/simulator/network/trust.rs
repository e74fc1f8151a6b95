//! Which servers a PC believes, and how it tells a server that it does not believe from one that is not there.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, RootCertStore};

use super::NetworkError;
use crate::simulator::{Error, Step};

/// Which authorities a PC trusts for TLS.
#[derive(Debug, Clone)]
pub enum Trust {
    /// Those of a PEM text alone.
    Pem(String),
    /// Those of the operating system.
    Native,
}

/// The authorities of `trust`.
pub(super) fn roots(trust: &Trust) -> Result<RootCertStore, NetworkError> {
    let mut store = RootCertStore::empty();
    match trust {
        Trust::Pem(text) => {
            for certificate in CertificateDer::pem_slice_iter(text.as_bytes()) {
                let certificate = certificate.map_err(|_| NetworkError::Pem)?;
                store.add(certificate).map_err(|_| NetworkError::Pem)?;
            }
            if store.is_empty() {
                return Err(NetworkError::Pem);
            }
        }
        Trust::Native => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if store.is_empty() {
                return Err(NetworkError::NoNativeRoots);
            }
        }
    }
    Ok(store)
}

/// Tells a certificate that is not trusted from a server that is not there.
pub(super) fn failed(step: Step, source: reqwest::Error) -> Error {
    match certificate_error(&source) {
        Some(error) => Error::ServerCertificate {
            step,
            expired: matches!(
                error,
                CertificateError::Expired
                    | CertificateError::ExpiredContext { .. }
                    | CertificateError::NotValidYet
                    | CertificateError::NotValidYetContext { .. }
            ),
            source,
        },
        None => Error::Unreachable { step, source },
    }
}

/// The certificate error behind an error. An I/O error does not name what it wraps as its source.
fn certificate_error(error: &reqwest::Error) -> Option<&CertificateError> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(reason)) = error.downcast_ref() {
            return Some(reason);
        }
        next = match error.downcast_ref::<std::io::Error>() {
            Some(io) => io
                .get_ref()
                .map(|inner| inner as &(dyn std::error::Error + 'static)),
            None => error.source(),
        };
    }
    None
}
