//! A stand-in for Entra ID: it publishes keys on the loopback and mints access tokens with the claims of ENTRA 4.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

pub(crate) const TENANT: &str = "7a1c3b1e-0a52-4d7e-9d0c-3b6f5c9e2f10";
pub(crate) const CLIENT: &str = "0f4e9a52-8c3b-4c1d-a6de-5d0c1f7b3a94";
pub(crate) const OBJECT: &str = "c2b8a7d4-6e1f-4b9a-8f3d-1e2d3c4b5a69";

/// The stand-in.
pub(crate) struct Entra {
    pub(crate) keys_url: String,
    /// How often its keys were asked for.
    pub(crate) asked: Arc<AtomicUsize>,
    /// Whether it answers.
    pub(crate) up: Arc<AtomicBool>,
    published: Arc<Mutex<Vec<Json>>>,
}

/// A key that signs.
pub(crate) struct Signer {
    pair: KeyPair,
    pub(crate) kid: String,
}

impl Signer {
    pub(crate) fn new(kid: &str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let kid = kid.to_owned();
        Self { pair, kid }
    }

    /// As it is published, for the tokens of every tenant.
    pub(crate) fn published(&self) -> Json {
        let key = self.pair.public_key();
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kty": "RSA", "use": "sig", "kid": self.kid,
            "n": part(key.modulus().big_endian_without_leading_zero()),
            "e": part(key.exponent().big_endian_without_leading_zero()),
            "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0",
        })
    }

    pub(crate) fn header(&self) -> Json {
        json!({ "typ": "JWT", "alg": "RS256", "kid": self.kid })
    }

    pub(crate) fn mint(&self, claims: &Json) -> String {
        self.sign(&self.header(), claims)
    }

    /// Signs whatever the header says.
    pub(crate) fn sign(&self, header: &Json, claims: &Json) -> String {
        let signed = signed_part(header, claims);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = SystemRandom::new();
        let into = &mut signature;
        let done = self
            .pair
            .sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), into);
        done.unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    pub(crate) fn public_pem(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }
}

pub(crate) fn signed_part(header: &Json, claims: &Json) -> String {
    let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}", part(header), part(claims))
}

impl Entra {
    pub(crate) async fn start(keys: &[&Signer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let keys_url = format!("http://{}/keys", listener.local_addr().unwrap());
        let (asked, up) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(true)),
        );
        let published = Arc::new(Mutex::new(keys.iter().map(|key| key.published()).collect()));
        let entra = Self {
            keys_url,
            asked: Arc::clone(&asked),
            up: Arc::clone(&up),
            published: Arc::clone(&published),
        };
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                asked.fetch_add(1, Ordering::SeqCst);
                let keys: Vec<Json> = published.lock().unwrap().clone();
                let status = if up.load(Ordering::SeqCst) {
                    "200 OK"
                } else {
                    "503 Down"
                };
                let body = json!({ "keys": keys }).to_string();
                let head = format!(
                    "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                let mut request = [0; 4096];
                drop(stream.read(&mut request).await);
                drop(stream.write_all(format!("{head}{body}").as_bytes()).await);
                drop(stream.shutdown().await);
            }
        });
        entra
    }

    pub(crate) fn publish(&self, keys: &[&Signer]) {
        *self.published.lock().unwrap() = keys.iter().map(|key| key.published()).collect();
    }

    pub(crate) fn publish_raw(&self, keys: Vec<Json>) {
        *self.published.lock().unwrap() = keys;
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}
