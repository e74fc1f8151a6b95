//! The authority of a server on this machine, taken on trust: for load and demonstrations, where no CA file is named.
//!
//! The only place that does not verify a TLS certificate, and it does so on loopback addresses alone.

use std::sync::Arc;

use reqwest::redirect;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use url::{Host, Url};

use super::{Answer, NetworkError, SMALL, Trust, client, provider};
use crate::simulator::Step;

/// Fetches `/ca.pem` from the server of `url`, which must be on this machine, and trusts it.
///
/// # Errors
/// [`NetworkError::NotLoopback`], [`NetworkError::NoCa`] or [`NetworkError::Http`].
pub async fn fetch_root_of_loopback_server(url: &Url) -> Result<Trust, NetworkError> {
    if !is_loopback(url) {
        return Err(NetworkError::NotLoopback);
    }
    let mut ca = url.clone();
    ca.set_path("/ca.pem");
    ca.set_query(None);
    let provider = provider();
    let tls = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(NetworkError::Tls)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth();
    let client = client(tls).redirect(redirect::Policy::none()).build()?;
    let response = client.get(ca).send().await?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(NetworkError::NoCa(response.status().as_u16()));
    }
    let answer = Answer::read(Step::Probe, response, SMALL).await;
    let pem = answer
        .ok()
        .and_then(|answer| String::from_utf8(answer.body).ok());
    pem.map(Trust::Pem).ok_or(NetworkError::Pem)
}

/// Whether the server of `url` is on this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Accepts any certificate; its key must still be the server's.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_authority_is_never_fetched_from_another_machine() {
        for url in [
            "https://192.0.2.1:8443/",
            "https://localhost.example/",
            "https://[2001:db8::1]/",
        ] {
            let url = Url::parse(url).expect("a URL");
            let outcome = fetch_root_of_loopback_server(&url).await;
            assert!(matches!(outcome, Err(NetworkError::NotLoopback)), "{url}");
        }
    }

    #[test]
    fn all_of_127_and_the_name_localhost_are_this_machine() {
        for url in [
            "https://127.0.0.1:1/",
            "https://127.8.9.1/",
            "https://[::1]/",
            "https://LOCALHOST/",
        ] {
            assert!(is_loopback(&Url::parse(url).expect("a URL")), "{url}");
        }
    }
}
