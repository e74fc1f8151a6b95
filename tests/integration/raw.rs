//! A TLS client that sends exactly the bytes it is told to, as slowly as it is told to.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use portcullis::http::tls::provider;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, RootCertStore, SignatureScheme, StreamOwned};

/// What a `CertificateRequest` named, when there was one.
#[derive(Debug, Default)]
struct Asked(Mutex<Option<Vec<Vec<u8>>>>);

impl ResolvesClientCert for Asked {
    fn resolve(&self, names: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let names = names.iter().map(|name| name.to_vec()).collect();
        *self.0.lock().unwrap() = Some(names);
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// One connection.
pub(crate) struct Raw {
    stream: StreamOwned<ClientConnection, TcpStream>,
    asked: Arc<Asked>,
}

/// What came of reading: everything until the server was silent or gone.
pub(crate) struct Heard {
    pub(crate) text: String,
    pub(crate) closed: bool,
}

impl Raw {
    /// Connects to the listener of `url`, offering these protocols by ALPN, and completes the handshake.
    pub(crate) fn connect(url: &str, root_pem: &str, protocols: &[&str]) -> Self {
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(root_pem.as_bytes()).unwrap();
        roots.add(root).unwrap();
        let asked = Arc::new(Asked::default());
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_cert_resolver(Arc::clone(&asked) as Arc<dyn ResolvesClientCert>);
        config.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        let tcp = TcpStream::connect(address(url)).unwrap();
        tcp.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let session = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut stream = StreamOwned::new(session, tcp);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).unwrap();
        }
        Self { stream, asked }
    }

    /// How long it waits for a byte; ten seconds otherwise.
    pub(crate) fn patience(&self, patience: Duration) {
        self.stream.sock.set_read_timeout(Some(patience)).unwrap();
    }

    /// The CA names of the `CertificateRequest`; none when there was no such message.
    pub(crate) fn asked(&self) -> Option<Vec<Vec<u8>>> {
        self.asked.0.lock().unwrap().clone()
    }

    pub(crate) fn protocol(&self) -> Option<&[u8]> {
        self.stream.conn.alpn_protocol()
    }

    pub(crate) fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).unwrap();
        self.stream.flush().unwrap();
    }

    /// One reply with a Content-Length; what there was of it when the connection ended.
    pub(crate) fn reply(&mut self) -> Heard {
        let mut reply = Vec::new();
        let mut byte = [0];
        let closed = loop {
            if let Some(length) = whole(&reply)
                && reply.len() >= length
            {
                break false;
            }
            match self.stream.read(&mut byte) {
                Ok(0) => break true,
                Ok(_) => reply.push(byte[0]),
                Err(error) => {
                    break !matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock);
                }
            }
        };
        Heard {
            text: String::from_utf8_lossy(&reply).into_owned(),
            closed,
        }
    }
}

/// How long a reply is with head and body, once its head is there.
fn whole(reply: &[u8]) -> Option<usize> {
    let head = reply.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&reply[..head]).to_lowercase();
    let length = text.split("content-length: ").nth(1)?.lines().next()?;
    Some(head + length.parse::<usize>().unwrap())
}

fn address(url: &str) -> SocketAddr {
    let port = url.rsplit(':').next().unwrap().parse().unwrap();
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
