//! TLS by a clock that is ahead, as that of the server may be.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore};

#[derive(Debug)]
struct Ahead(Duration);

impl TimeProvider for Ahead {
    fn current_time(&self) -> Option<UnixTime> {
        let now = Duration::from_secs(UnixTime::now().as_secs());
        Some(UnixTime::since_unix_epoch(now + self.0))
    }
}

/// What a client goes by that trusts `root` and may show an identity, key and certificate in PEM.
pub(super) fn tls(root: &str, identity: Option<&str>, ahead: Duration) -> ClientConfig {
    let provider = Arc::clone(CryptoProvider::get_default().unwrap());
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(root.as_bytes()).unwrap())
        .unwrap();
    let builder = ClientConfig::builder_with_details(provider, Arc::new(Ahead(ahead)));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_root_certificates(roots);
    let Some(pem) = identity else {
        return builder.with_no_client_auth();
    };
    let chain = CertificateDer::pem_slice_iter(pem.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap();
    let chain = chain.collect::<Result<_, _>>().unwrap();
    builder.with_client_auth_cert(chain, key).unwrap()
}
