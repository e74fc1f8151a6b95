//! The identity providers: processes of Node.js with certificates made for them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::beside::Voice;
use crate::openssl::skip;

/// A running provider; dropping it ends it.
pub(crate) struct Peer {
    /// `https://localhost` with its port.
    pub(crate) address: String,
    /// The certificate that its own comes from, in PEM.
    pub(crate) root: String,
    child: Mutex<Child>,
    input: ChildStdin,
    voice: Voice,
    _folder: TempDir,
}

/// A key that signs, with its certificate, as files and as text.
pub(crate) struct Signer {
    pub(crate) key: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) pem: String,
    _folder: TempDir,
}

impl Signer {
    pub(crate) fn rsa() -> Self {
        Self::of(&KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap())
    }

    pub(crate) fn p256() -> Self {
        Self::of(&KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap())
    }

    fn of(pair: &KeyPair) -> Self {
        let folder = TempDir::new().unwrap();
        let params = CertificateParams::new(vec!["idp.contoso.example".to_owned()]).unwrap();
        let pem = params.self_signed(pair).unwrap().pem();
        let place = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        Self {
            key: place("key.pem", &pair.serialize_pem()),
            certificate: place("certificate.pem", &pem),
            pem,
            _folder: folder,
        }
    }
}

impl Peer {
    /// Starts `tests/browser/{script}`; none, said aloud, where Node.js or what it needs is not installed.
    pub(crate) fn start(script: &str, needs: &str, told: &Json) -> Option<Self> {
        let module = Path::new("tests/browser/node_modules").join(needs);
        if !module.exists() || Command::new("node").arg("--version").output().is_err() {
            skip("the identity providers are not installed: tests/run --install");
            return None;
        }
        let folder = TempDir::new().unwrap();
        let pair = || KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, pair()).unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let (params, own) = (CertificateParams::new(names).unwrap(), pair());
        let certificate = params.signed_by(&own, &authority).unwrap();
        let (chain, key) = (
            folder.path().join("chain.pem"),
            folder.path().join("key.pem"),
        );
        std::fs::write(&chain, certificate.pem()).unwrap();
        std::fs::write(&key, own.serialize_pem()).unwrap();
        let mut told = told.clone();
        told["certificate"] = json!(chain);
        told["key"] = json!(key);
        let mut child = Command::new("node")
            .arg(Path::new("tests/browser").join(script))
            .env("PORTCULLIS_PEER", told.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let voice = Voice::of(script, child.stdout.take().unwrap());
        let mut peer = Self {
            address: String::new(),
            root: authority.pem(),
            child: Mutex::new(child),
            input,
            voice,
            _folder: folder,
        };
        let told = said(&peer.voice);
        told["address"]
            .as_str()
            .unwrap()
            .clone_into(&mut peer.address);
        Some(peer)
    }

    /// Tells it something, and waits until it goes by that.
    pub(crate) fn tell(&mut self, told: &Json) {
        writeln!(self.input, "{told}").unwrap();
        assert_eq!(said(&self.voice)["ready"], true);
    }

    /// Ends it.
    pub(crate) fn end(&self) {
        let mut child = self.child.lock().unwrap();
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn said(voice: &Voice) -> Json {
    serde_json::from_str(&voice.line()).expect("the provider says a line of JSON")
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.end();
    }
}
