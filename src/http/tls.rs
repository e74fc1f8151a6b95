//! TLS of the two listeners: 1.2 and 1.3, HTTP/1.1 alone by ALPN, one hot-swappable certificate.
//!
//! The web listener never asks for a client certificate; the device listener asks, does not insist
//! and checks possession of the key only ([`ProofOnly`]). Whether a certificate is ours, in date and
//! not revoked is decided per request by the caller, so that a refusal can be a SOAP fault.

mod certificate;
mod proof;

use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ServerConfig, WantsServerCert};
use rustls::version::{TLS12, TLS13};
use rustls::{ConfigBuilder, DistinguishedName};

pub use certificate::{CertificateFiles, HotCertificate};
pub use proof::ProofOnly;

/// The TLS configurations of the two listeners; they share a certificate and nothing else.
#[derive(Clone, Debug)]
pub struct ServerTls {
    /// For the web listener: no `CertificateRequest` is ever sent.
    pub web: Arc<ServerConfig>,
    /// For the device listener: a client certificate is requested, not required.
    pub device: Arc<ServerConfig>,
    proof: Arc<ProofOnly>,
}

impl ServerTls {
    /// Builds both configurations over one certificate.
    ///
    /// `authorities` are the DER `Name`s of the installation's own CAs, sent in the device
    /// listener's `CertificateRequest` so that a client offers only certificates of theirs; see
    /// [`ServerTls::name`].
    ///
    /// # Errors
    /// [`Error::Rejected`] when the TLS library refuses the configuration, and
    /// [`Error::Random`] when no ticket keys can be made.
    pub fn new(certificate: &Arc<HotCertificate>, authorities: &[Vec<u8>]) -> Result<Self, Error> {
        let proof = Arc::new(ProofOnly::new(provider(), distinguished(authorities)));

        let web = builder()?.with_no_client_auth();
        let device = builder()?.with_client_cert_verifier(Arc::clone(&proof) as _);
        Ok(Self {
            web: finish(web, certificate)?,
            device: finish(device, certificate)?,
            proof,
        })
    }

    /// Names these CAs from the next handshake on.
    pub fn name(&self, authorities: &[Vec<u8>]) {
        self.proof.name(distinguished(authorities));
    }
}

fn distinguished(authorities: &[Vec<u8>]) -> Vec<DistinguishedName> {
    let names = authorities.iter().cloned();
    names.map(DistinguishedName::from).collect()
}

/// The one cryptography provider, passed explicitly wherever TLS is set up.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Makes [`provider`] the process-wide default, which HTTP clients need; later calls do nothing.
pub fn install_default_provider() {
    // An error says only that a default is installed already.
    drop(aws_lc_rs::default_provider().install_default());
}

fn builder() -> Result<ConfigBuilder<ServerConfig, rustls::WantsVerifier>, Error> {
    ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(Error::Rejected)
}

fn finish(
    builder: ConfigBuilder<ServerConfig, WantsServerCert>,
    certificate: &Arc<HotCertificate>,
) -> Result<Arc<ServerConfig>, Error> {
    let resolver = Arc::clone(certificate);
    let mut config = builder.with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Resumption without server memory; the keys never leave the process and rotate by themselves.
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(Error::Random)?;
    config.send_tls13_tickets = 1;
    Ok(Arc::new(config))
}

/// Why TLS cannot be set up or a certificate not be taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The chain is not PEM.
    #[error("the TLS certificate chain is not readable as PEM")]
    Chain(#[source] rustls::pki_types::pem::Error),
    /// The chain holds no certificate.
    #[error("the TLS certificate file holds no certificate")]
    NoCertificate,
    /// The key is not a PEM private key; nothing of it is repeated here.
    #[error("the TLS key file holds no readable PEM private key")]
    Key,
    /// The private key belongs to another certificate.
    #[error("the TLS private key does not belong to the first certificate of the chain")]
    Mismatch,
    /// The TLS library refuses the key, the certificate or the configuration.
    #[error("the TLS library refuses the certificate or key")]
    Rejected(#[source] rustls::Error),
    /// The system's random source failed.
    #[error("no random bytes for TLS session tickets")]
    Random(#[source] rustls::Error),
    /// A file cannot be read.
    #[error("cannot read {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is too large to be a certificate or key.
    #[error("{path} is larger than {limit} bytes")]
    FileTooLarge {
        /// The file.
        path: PathBuf,
        /// The greatest size, in bytes.
        limit: u64,
    },
}

#[cfg(test)]
mod tests;
