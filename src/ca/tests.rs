//! What the authority promises, each as a sentence; the parts' own tests stand in their files.

mod authority;
mod bundle;
mod cms;
mod csr;
mod import;
mod issue;
mod master;
mod openssl;
mod pointer;
mod profile;
mod rotation;
mod weak_key;

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use jiff::Timestamp;
use rcgen::{CertificateParams, KeyPair, PublicKeyData, SigningKey};
use tempfile::TempDir;

use super::der::{self, BIT_STRING, CONTEXT_0, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE};
use super::signature::SHA256_WITH_RSA;
use super::{Authority, AuthoritySettings, Csr, CsrPolicy, KeyKind, MasterKey};

/// 2026-07-01T12:00:00Z.
fn now() -> Timestamp {
    Timestamp::from_second(1_782_907_200).unwrap()
}

fn master() -> MasterKey {
    MasterKey::from_bytes([7; 32])
}

fn settings(directory: &Path, issuing_key: KeyKind) -> AuthoritySettings {
    AuthoritySettings {
        directory: directory.join("certs"),
        root_key: KeyKind::P256,
        issuing_key,
        name: "Example".to_owned(),
        pointers: super::Pointers::default(),
        token: None,
    }
}

/// A fresh authority whose root is on P-256.
fn authority(issuing_key: KeyKind) -> (TempDir, Authority) {
    let directory = TempDir::new().unwrap();
    let authority =
        Authority::open(&settings(directory.path(), issuing_key), &master(), now()).unwrap();
    (directory, authority)
}

/// The RSA-2048 key of a test device.
fn rsa_key() -> &'static KeyPair {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    KEY.get_or_init(|| KeyKind::Rsa2048.generate().unwrap())
}

/// A request without any attribute.
fn bare_request(key: &KeyPair) -> Vec<u8> {
    CertificateParams::default()
        .serialize_request(key)
        .unwrap()
        .der()
        .to_vec()
}

fn verified(request: &[u8]) -> Csr {
    Csr::verify(request, CsrPolicy::default()).unwrap()
}

/// A request in the shape Windows gives it: `!` and NUL in a `PrintableString`, an extension of raw text.
fn windows_request_info(spki: &[u8]) -> Vec<u8> {
    const DEVICE: &[u8] = b"00112233445566778899AABBCCDDEEFF\0";
    let sequence = |parts: &[&[u8]]| der::write(SEQUENCE, parts);
    let common_name = der::write(OBJECT_IDENTIFIER, &[&[0x55, 4, 3]]);
    let text = der::write(0x13, &[b"5C2F0A6E-8B1D-4E3F-9A7C-0D4B6E!", DEVICE]);
    let name = sequence(&[&der::write(0x31, &[&sequence(&[&common_name, &text])])]);
    let oid = der::write(
        OBJECT_IDENTIFIER,
        &[b"\x2b\x06\x01\x04\x01\x82\x37\x42\x01\x00"],
    );
    let extension = sequence(&[&oid, &der::write(OCTET_STRING, &[DEVICE])]);
    let request_oid = der::write(
        OBJECT_IDENTIFIER,
        &[b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e"],
    );
    let values = der::write(0x31, &[&sequence(&[&extension])]);
    let attributes = der::write(CONTEXT_0, &[&sequence(&[&request_oid, &values])]);
    let version = der::write(INTEGER, &[&[0]]);
    sequence(&[&version, &name, spki, &attributes])
}

/// Puts a request together from what is signed, the algorithm and the signature.
fn request(info: &[u8], algorithm: &[u8], signature: &[u8]) -> Vec<u8> {
    let bits = der::write(BIT_STRING, &[&[0], signature]);
    der::write(SEQUENCE, &[info, algorithm, &bits])
}

/// The Windows shape, signed with SHA-256 by `key`.
fn windows_request(key: &KeyPair) -> Vec<u8> {
    let info = windows_request_info(&key.subject_public_key_info());
    request(&info, SHA256_WITH_RSA, &key.sign(&info).unwrap())
}

/// Runs `openssl`; `None` where it is not installed.
fn openssl(directory: &Path, arguments: &str) -> Option<Result<String, String>> {
    let output = Command::new("openssl")
        .args(arguments.split_ascii_whitespace())
        .current_dir(directory)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(if output.status.success() {
        Ok(text)
    } else {
        Err(text + &errors)
    })
}
