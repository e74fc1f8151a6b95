//! What the tests of this edge share: certificates, a running pair of listeners, a plain client.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256,
};
use rustls::client::ResolvesClientCert;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, RootCertStore, SignatureScheme, StreamOwned};

use super::body::{Body, BodyLimits};
use super::connection::Peer;
use super::drain::Readiness;
use super::listener::{ListenerSettings, Listeners};
use super::tls::{HotCertificate, ServerTls, provider};

/// A CA and what it issues, all P-256.
pub(super) struct TestCa {
    pub(super) der: Vec<u8>,
    /// The CA's name in DER.
    pub(super) name: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key.
pub(super) struct Pair {
    pub(super) certificate: String,
    pub(super) key: String,
    pub(super) der: Vec<u8>,
    pub(super) key_der: Vec<u8>,
}

impl TestCa {
    pub(super) fn new(name: &str) -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.remove(DnType::CommonName);
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        let der = certificate.der().to_vec();
        let (_, parsed) = x509_parser::parse_x509_certificate(&der).unwrap();
        let name = parsed.subject().as_raw().to_vec();
        Self {
            name,
            der,
            issuer: Issuer::new(params, key),
        }
    }

    pub(super) fn issue(&self, name: &str) -> Pair {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.distinguished_name.remove(DnType::CommonName);
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Pair {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            der: certificate.der().to_vec(),
            key_der: key.serialize_der(),
        }
    }
}

/// Both listeners on ports of the kernel's choice.
pub(super) struct TestServer {
    pub(super) listeners: Listeners,
    pub(super) ca: TestCa,
    pub(super) certificate: Arc<HotCertificate>,
    pub(super) readiness: Readiness,
}

impl TestServer {
    pub(super) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(super) async fn with(change: impl FnOnce(&mut ListenerSettings)) -> Self {
        let local = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut settings = ListenerSettings {
            web_address: local,
            device_address: local,
            workers: 1,
            ..ListenerSettings::default()
        };
        change(&mut settings);
        let ca = TestCa::new("Test root");
        let pair = ca.issue("server");
        let certificate =
            HotCertificate::from_pem(pair.certificate.as_bytes(), pair.key.as_bytes());
        let certificate = Arc::new(certificate.unwrap());
        let tls = ServerTls::new(&certificate, std::slice::from_ref(&ca.name)).unwrap();
        let readiness = Readiness::new();
        let listeners = Listeners::start(&settings, &tls, &readiness, routes, routes)
            .await
            .unwrap();
        readiness.ready();
        Self {
            listeners,
            ca,
            certificate,
            readiness,
        }
    }

    pub(super) fn client(&self) -> Client {
        Client::new(&self.ca.der, None)
    }
}

fn routes(config: &mut ServiceConfig) {
    let limits = BodyLimits {
        bytes: 100_000,
        deadline: Duration::from_millis(700),
    };
    config
        .app_data(limits)
        .route(
            "/length",
            web::post().to(async |body: Body| body.0.len().to_string()),
        )
        .service(web::resource("/slow").route(web::get().to(slow)))
        .route("/peer", web::get().to(peer))
        .route("/panic", web::get().to(panics))
        .route("/large", web::get().to(async || vec![b'x'; 32 << 20]))
        .route(
            "/enrollmentserver/discovery.svc",
            web::get().to(async |request: HttpRequest| request.query_string().to_owned()),
        );
}

async fn slow() -> HttpResponse {
    tokio::time::sleep(Duration::from_millis(600)).await;
    HttpResponse::Ok().body("slow but whole")
}

async fn peer(request: HttpRequest) -> HttpResponse {
    let peer = request.conn_data::<Peer>().unwrap();
    assert!(peer.address.ip().is_loopback());
    HttpResponse::Ok().body(peer.certificate.clone().unwrap_or_default())
}

async fn panics() -> HttpResponse {
    panic!("on purpose")
}

/// What a `CertificateRequest` named, and what was answered to it.
#[derive(Debug, Default)]
struct Asked {
    answer: Option<Arc<CertifiedKey>>,
    names: Mutex<Option<Vec<Vec<u8>>>>,
}

impl ResolvesClientCert for Asked {
    fn resolve(&self, names: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let names = names.iter().map(|name| name.to_vec()).collect();
        *self.names.lock().unwrap() = Some(names);
        self.answer.clone()
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// A TLS client that says exactly what it is told to.
#[derive(Clone)]
pub(super) struct Client {
    config: Arc<ClientConfig>,
    asked: Arc<Asked>,
}

impl Client {
    pub(super) fn new(root: &[u8], certificate: Option<&Pair>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(root.to_vec())).unwrap();
        let answer = certificate.map(|pair| {
            let chain = vec![CertificateDer::from(pair.der.clone())];
            let key = PrivateKeyDer::try_from(pair.key_der.clone()).unwrap();
            Arc::new(CertifiedKey::from_der(chain, key, &provider()).unwrap())
        });
        let asked = Arc::new(Asked {
            answer,
            names: Mutex::default(),
        });
        let resolver = Arc::clone(&asked) as Arc<dyn ResolvesClientCert>;
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_cert_resolver(resolver);
        Self {
            config: Arc::new(config),
            asked,
        }
    }

    /// The CA names of the last `CertificateRequest`, or `None` when there was none.
    pub(super) fn asked(&self) -> Option<Vec<Vec<u8>>> {
        self.asked.names.lock().unwrap().clone()
    }

    pub(super) fn connect(&self, address: SocketAddr) -> Connection {
        let tcp = TcpStream::connect(address).unwrap();
        tcp.set_read_timeout(Some(Duration::from_secs(4))).unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let session = ClientConnection::new(Arc::clone(&self.config), name).unwrap();
        Connection(StreamOwned::new(session, tcp))
    }

    /// One request on a connection of its own, away from the runtime's threads.
    pub(super) async fn ask(&self, address: SocketAddr, request: &str) -> String {
        let client = self.clone();
        let request = request.to_owned();
        blocking(move || {
            let mut connection = client.connect(address);
            connection.send(request.as_bytes()).unwrap();
            connection.reply()
        })
        .await
    }
}

/// One TLS connection.
pub(super) struct Connection(pub(super) StreamOwned<ClientConnection, TcpStream>);

impl Connection {
    pub(super) fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.write_all(bytes)?;
        self.0.flush()
    }

    /// One reply with a Content-Length, head and body; what there was of it when it broke off.
    pub(super) fn reply(&mut self) -> String {
        let mut reply = Vec::new();
        let mut byte = [0];
        while !reply.ends_with(b"\r\n\r\n") && matches!(self.0.read(&mut byte), Ok(1)) {
            reply.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&reply).to_lowercase();
        let length = head.split("content-length: ").nth(1);
        let length = length.and_then(|rest| rest.lines().next());
        let length = length.map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        if self.0.read_exact(&mut body).is_ok() {
            reply.extend(body);
        }
        String::from_utf8_lossy(&reply).into_owned()
    }

    /// Whether the server has closed the connection, waiting for it up to the read timeout.
    pub(super) fn is_closed(&mut self) -> bool {
        let mut rest = [0; 4096];
        loop {
            match self.0.read(&mut rest) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => return !is_timeout(&error),
            }
        }
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{TimedOut, WouldBlock};
    matches!(error.kind(), TimedOut | WouldBlock)
}

pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}
