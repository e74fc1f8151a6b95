//! A server that takes events over TLS, answers what it is told to, and keeps what it heard.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use rcgen::{CertificateParams, KeyPair, SanType};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value as Json;
use tempfile::TempDir;

pub(crate) const SECRET: &str = "only the receiver knows";

/// One message.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// The server; its thread ends with the process.
pub(crate) struct Receiver {
    pub(crate) url: String,
    pub(crate) down: Arc<AtomicBool>,
    heard: Arc<Mutex<Vec<Heard>>>,
    answers: Arc<Mutex<VecDeque<&'static str>>>,
    folder: TempDir,
}

impl Heard {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    /// The message, whose signature is good; and the time in it.
    pub(crate) fn verified(&self) -> (Json, i64) {
        let header = self.header("portcullis-signature");
        let (time, tag) = header
            .strip_prefix("t=")
            .unwrap()
            .split_once(",v1=")
            .unwrap();
        let tag: Vec<u8> = (0..tag.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&tag[at..at + 2], 16).unwrap())
            .collect();
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let signed = format!("{time}.{}", self.body);
        hmac::verify(&key, signed.as_bytes(), &tag).unwrap();
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(self.line, "POST /hook?for=portcullis HTTP/1.1");
        (
            serde_json::from_str(&self.body).unwrap(),
            time.parse().unwrap(),
        )
    }
}

impl Receiver {
    /// A receiver that answers these, then 200.
    pub(crate) fn start(answers: &[&'static str]) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::IpAddress("127.0.0.1".parse().unwrap())];
        let certificate = params.self_signed(&key).unwrap();
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let receiver = Self {
            url: format!(
                "https://{}/hook?for=portcullis",
                listener.local_addr().unwrap()
            ),
            down: Arc::default(),
            heard: Arc::default(),
            answers: Arc::new(Mutex::new(answers.iter().copied().collect())),
            folder,
        };
        let (heard, answers) = (Arc::clone(&receiver.heard), Arc::clone(&receiver.answers));
        let down = Arc::clone(&receiver.down);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if down.load(Ordering::SeqCst) {
                    continue;
                }
                let (config, heard, answers) = (
                    Arc::clone(&config),
                    Arc::clone(&heard),
                    Arc::clone(&answers),
                );
                std::thread::spawn(move || serve(config, stream, &heard, &answers));
            }
        });
        receiver
    }

    /// The authority of its certificate.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// Waits for so many messages; `meanwhile` is called again and again.
    pub(crate) async fn wait_for(&self, count: usize, meanwhile: impl Fn()) -> Vec<Heard> {
        let began = Instant::now();
        loop {
            let heard = self.heard();
            if heard.len() >= count {
                return heard;
            }
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "{} of {count} messages came",
                heard.len()
            );
            meanwhile();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

fn serve(
    config: Arc<ServerConfig>,
    stream: TcpStream,
    heard: &Mutex<Vec<Heard>>,
    answers: &Mutex<VecDeque<&'static str>>,
) {
    let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
    let mut bytes = Vec::new();
    let (head, body) = loop {
        let mut piece = [0; 4096];
        let Ok(read) = stream.read(&mut piece) else {
            return;
        };
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.parse().unwrap());
            if body.len() >= length {
                break (head.to_owned(), body.to_owned());
            }
        }
        if read == 0 {
            return;
        }
    };
    let mut lines = head.lines();
    let line = lines.next().unwrap().to_owned();
    let headers = lines.filter_map(|line| line.split_once(": "));
    heard.lock().unwrap().push(Heard {
        line,
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body,
    });
    let answer = answers.lock().unwrap().pop_front().unwrap_or("200 OK");
    let answer = format!("HTTP/1.1 {answer}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}");
    drop(stream.write_all(answer.as_bytes()));
    stream.conn.send_close_notify();
    drop(stream.flush());
}
