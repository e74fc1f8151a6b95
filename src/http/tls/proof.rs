//! Client authentication that proves possession of the key and nothing more.

use std::sync::{Arc, OnceLock};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

/// Requests a client certificate, does without one, and takes any whose key the client holds.
///
/// A verifier that checked chain and expiry would end the handshake of an expired or foreign
/// certificate, and the device would see a broken connection instead of a fault it can show.
#[derive(Debug)]
pub struct ProofOnly {
    provider: Arc<CryptoProvider>,
    authorities: Named,
}

/// The CAs that are named, and those that were named after them: rustls borrows the names for as long as the verifier
/// lives, so that earlier ones stay. There is one more for each rotation.
#[derive(Debug)]
struct Named {
    names: Vec<DistinguishedName>,
    next: OnceLock<Box<Self>>,
}

impl Named {
    fn new(names: Vec<DistinguishedName>) -> Self {
        Self {
            names,
            next: OnceLock::new(),
        }
    }

    fn latest(&self) -> &Self {
        let mut latest = self;
        while let Some(next) = latest.next.get() {
            latest = next;
        }
        latest
    }
}

impl ProofOnly {
    /// A verifier that names `authorities` in its `CertificateRequest` (RFC 5246, 7.4.4).
    pub fn new(provider: Arc<CryptoProvider>, authorities: Vec<DistinguishedName>) -> Self {
        Self {
            provider,
            authorities: Named::new(authorities),
        }
    }

    /// Names other CAs from now on.
    pub fn name(&self, authorities: Vec<DistinguishedName>) {
        let latest = self.authorities.latest();
        let same = latest.names.len() == authorities.len()
            && latest
                .names
                .iter()
                .zip(&authorities)
                .all(|(one, other)| one.as_ref() == other.as_ref());
        if !same {
            // Whoever names some at the same moment is as right.
            drop(latest.next.set(Box::new(Named::new(authorities))));
        }
    }
}

impl ClientCertVerifier for ProofOnly {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.authorities.latest().names
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
