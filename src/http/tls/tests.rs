use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::*;
use crate::http::testing::{Pair, TestCa, TestServer, blocking};

const GET: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn only_the_device_listener_asks_for_a_certificate_and_names_our_ca_alone() {
    let server = TestServer::start().await;
    let client = server.client();
    client.ask(server.listeners.web, GET).await;
    assert_eq!(client.asked(), None);
    client.ask(server.listeners.device, GET).await;
    assert_eq!(client.asked(), Some(vec![server.ca.name.clone()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_1_1_is_refused_with_a_protocol_version_alert_and_1_2_is_not() {
    let server = TestServer::start().await;
    for address in [server.listeners.web, server.listeners.device] {
        let answer = |hello: Vec<u8>| {
            blocking(move || {
                let mut tcp = TcpStream::connect(address).unwrap();
                tcp.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
                tcp.write_all(&hello).unwrap();
                let mut answer = [0; 7];
                tcp.read_exact(&mut answer).unwrap();
                answer
            })
        };
        let alert = answer(client_hello(2)).await;
        assert_eq!((alert[0], alert[5], alert[6]), (21, 2, 70), "{alert:?}");
        let server_hello = answer(client_hello(3)).await;
        assert_eq!((server_hello[0], server_hello[5]), (22, 2));
    }
}

/// A `ClientHello` of RFC 5246 that names 3.`minor` as its version: P-256 ECDSA alone.
fn client_hello(minor: u8) -> Vec<u8> {
    let mut hello = vec![3, minor];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0xc0, 0x2b, 1, 0]);
    let signature_algorithms = [0, 13, 0, 4, 0, 2, 4, 3];
    let supported_groups = [0, 10, 0, 4, 0, 2, 0, 23];
    let point_formats = [0, 11, 0, 2, 1, 0];
    let extensions = [&signature_algorithms[..], &supported_groups, &point_formats].concat();
    hello.extend([0, u8::try_from(extensions.len()).unwrap()]);
    hello.extend(extensions);
    let length = u8::try_from(hello.len()).unwrap();
    let mut record = vec![22, 3, 1, 0, length + 4, 1, 0, 0, length];
    record.extend(hello);
    record
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_presented_without_a_restart() {
    let server = TestServer::start().await;
    let (client, web) = (server.client(), server.listeners.web);
    let presented = |client: crate::http::testing::Client| {
        blocking(move || {
            let mut connection = client.connect(web);
            connection.send(GET.as_bytes()).unwrap();
            connection.reply();
            connection.0.conn.peer_certificates().unwrap()[0].to_vec()
        })
    };
    let next = server.ca.issue("next");
    assert_ne!(presented(client).await, next.der);
    server
        .certificate
        .reload(next.certificate.as_bytes(), next.key.as_bytes())
        .unwrap();
    assert_eq!(presented(server.client()).await, next.der);
}

#[tokio::test(flavor = "multi_thread")]
async fn alpn_offers_http_1_1_alone() {
    let server = TestServer::start().await;
    let tls = ServerTls::new(&server.certificate, &[]).unwrap();
    assert_eq!(tls.web.alpn_protocols, [b"http/1.1".to_vec()]);
    assert_eq!(tls.device.alpn_protocols, [b"http/1.1".to_vec()]);
}

#[test]
fn a_pair_that_does_not_belong_together_or_is_not_pem_is_refused() {
    let ca = TestCa::new("Root");
    let (one, other) = (ca.issue("one"), ca.issue("other"));
    let take = |chain: &str, key: &str| {
        HotCertificate::from_pem(chain.as_bytes(), key.as_bytes()).map(drop)
    };
    assert!(take(&one.certificate, &one.key).is_ok());
    let refused = take(&one.certificate, &other.key);
    assert!(matches!(refused, Err(Error::Mismatch)), "{refused:?}");
    let refused = take("", &one.key);
    assert!(matches!(refused, Err(Error::NoCertificate)), "{refused:?}");
    let refused = take(&one.certificate, "no key");
    assert!(matches!(refused, Err(Error::Key)), "{refused:?}");
    let broken = one.certificate.replace("-----END", "-----FIN");
    let refused = take(&broken, &one.key);
    assert!(matches!(refused, Err(Error::Chain(_))), "{refused:?}");
}

struct Files {
    _directory: tempfile::TempDir,
    chain: PathBuf,
    key: PathBuf,
}

impl Files {
    fn new(pair: &Pair) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let files = Self {
            chain: directory.path().join("tls.crt"),
            key: directory.path().join("tls.key"),
            _directory: directory,
        };
        files.write(pair);
        files
    }

    fn write(&self, pair: &Pair) {
        std::fs::write(&self.chain, &pair.certificate).unwrap();
        std::fs::write(&self.key, &pair.key).unwrap();
    }

    fn open(&self) -> CertificateFiles {
        CertificateFiles::open(self.chain.clone(), self.key.clone()).unwrap()
    }
}

#[test]
fn changed_files_are_taken_and_a_bad_pair_is_reported_once() {
    let ca = TestCa::new("Root");
    let files = Files::new(&ca.issue("first"));
    let open = files.open();
    assert!(!open.reload_if_changed().unwrap());
    files.write(&ca.issue("second"));
    assert!(open.reload_if_changed().unwrap());
    assert!(!open.reload_if_changed().unwrap());

    std::fs::write(&files.chain, ca.issue("third").certificate).unwrap();
    assert!(matches!(open.reload_if_changed(), Err(Error::Mismatch)));
    assert!(!open.reload_if_changed().unwrap());
    // Who asks by SIGHUP is told each time.
    assert!(matches!(open.reload(), Err(Error::Mismatch)));

    std::fs::remove_file(&files.key).unwrap();
    assert!(matches!(open.reload_if_changed(), Err(Error::File { .. })));
    std::fs::write(&files.key, vec![b'x'; (1 << 20) + 1]).unwrap();
    let refused = open.reload_if_changed();
    assert!(matches!(refused, Err(Error::FileTooLarge { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_are_followed() {
    let ca = TestCa::new("Root");
    let files = Files::new(&ca.issue("first"));
    let open = Arc::new(files.open());
    let follower = Arc::clone(&open).follow(Duration::from_millis(20));
    files.write(&ca.issue("second"));
    let begun = Instant::now();
    // Once the follower has taken the new pair, there is nothing new left to take.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!open.reload_if_changed().unwrap());
    assert!(begun.elapsed() < Duration::from_secs(2));
    follower.abort();
}
