//! Which certificate requests are accepted, and that nothing else is.

use std::fs;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::PublicKeyData;

use super::super::csr::sha256;
use super::super::signature::{ECDSA_WITH_SHA256, SHA256_WITH_RSA};
use super::super::{Csr, CsrError, CsrNote, CsrPart, CsrPolicy, DeviceKey, KeyKind};
use super::{bare_request, request, rsa_key, verified, windows_request, windows_request_info};

const STRICT: CsrPolicy = CsrPolicy { allow_sha1: false };

/// Requests that real devices sent; they are kept apart from the sources.
fn captured() -> Vec<(String, Vec<u8>)> {
    let Some(shared) = std::env::var_os("PORTCULLIS_SHARED").map(PathBuf::from) else {
        return Vec::new();
    };
    let protocol = shared.join("protocol");
    let mut found = Vec::new();
    for folder in ["captures", "samples"] {
        for entry in fs::read_dir(protocol.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let bytes = fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            let encoded = if name.ends_with(".b64.txt") {
                Some(text.as_ref())
            } else {
                text.split_once("#PKCS10\"")
                    .and_then(|(_, rest)| rest.split_once('>'))
                    .and_then(|(_, rest)| rest.split_once('<'))
                    .map(|(token, _)| token)
            };
            if name.ends_with(".der") {
                found.push((name, bytes));
            } else if let Some(encoded) = encoded {
                let encoded: String = encoded.split_whitespace().collect();
                // The specifications' own examples hold a sentence in place of a request.
                if let Ok(der) = STANDARD.decode(encoded) {
                    found.push((name, der));
                }
            }
        }
    }
    found.retain(|(_, der)| der.len() > 100);
    assert!(found.len() >= 8, "only {} requests found", found.len());
    found
}

#[test]
fn requests_of_real_devices_are_accepted() {
    for (name, der) in captured() {
        let csr = Csr::verify(&der, CsrPolicy::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(csr.key, DeviceKey::Rsa { bits: 2048 }, "{name}");
        assert_eq!(csr.spki_sha256, sha256(&csr.spki_der), "{name}");
        let old = name.contains("win10");
        assert_eq!(csr.notes.contains(&CsrNote::Sha1Signature), old, "{name}");
        let strict = Csr::verify(&der, STRICT);
        assert_eq!(strict.err() == Some(CsrError::Sha1Refused), old, "{name}");
    }
}

#[test]
fn a_request_in_the_shape_of_windows_is_accepted() {
    let csr = Csr::verify(&windows_request(rsa_key()), STRICT).unwrap();
    assert_eq!(csr.spki_der, rsa_key().subject_public_key_info());
    assert_eq!(csr.key.to_string(), "RSA 2048");
    assert!(csr.notes.is_empty());
}

#[test]
fn requests_on_both_curves_are_accepted() {
    for (kind, expected) in [
        (KeyKind::P256, DeviceKey::P256),
        (KeyKind::P384, DeviceKey::P384),
    ] {
        let key = kind.generate().unwrap();
        let csr = verified(&bare_request(&key));
        assert_eq!(csr.key, expected);
        assert_eq!(csr.spki_der, key.subject_public_key_info());
    }
}

#[test]
fn no_byte_of_a_request_can_be_changed() {
    let p256 = KeyKind::P256.generate().unwrap();
    let mut requests = vec![windows_request(rsa_key()), bare_request(&p256)];
    requests.extend(captured().into_iter().map(|(_, der)| der).take(2));
    for original in requests {
        for at in 0..original.len() {
            for mask in [0x01, 0x80, 0xff] {
                let mut changed = original.clone();
                changed[at] ^= mask;
                let result = Csr::verify(&changed, CsrPolicy::default());
                assert!(result.is_err(), "byte {at} with mask {mask:#x}");
            }
        }
    }
}

#[test]
fn a_request_cut_anywhere_is_refused() {
    let original = windows_request(rsa_key());
    for length in 0..original.len() {
        let result = Csr::verify(&original[..length], CsrPolicy::default());
        assert!(
            matches!(result, Err(CsrError::Malformed(CsrPart::Request))),
            "{length} bytes: {result:?}"
        );
    }
}

#[test]
fn bytes_after_a_request_are_refused() {
    let mut der = windows_request(rsa_key());
    der.push(0);
    let refusal = Csr::verify(&der, CsrPolicy::default()).unwrap_err();
    assert_eq!(refusal, CsrError::TrailingData);
}

#[test]
fn a_request_over_sixteen_kibibytes_is_refused_unread() {
    let refusal = |bytes: usize| Csr::verify(&vec![0xff; bytes], CsrPolicy::default()).unwrap_err();
    assert_eq!(refusal(16_385), CsrError::TooLarge { bytes: 16_385 });
    assert_eq!(refusal(16_384), CsrError::Malformed(CsrPart::Request));
}

#[test]
fn a_signature_by_another_key_is_no_proof_of_possession() {
    use rcgen::SigningKey;
    let info = windows_request_info(&rsa_key().subject_public_key_info());
    let other = KeyKind::Rsa2048.generate().unwrap();
    let der = request(&info, SHA256_WITH_RSA, &other.sign(&info).unwrap());
    let refusal = Csr::verify(&der, CsrPolicy::default()).unwrap_err();
    assert_eq!(refusal, CsrError::BadSignature);
}

#[test]
fn a_signature_algorithm_of_another_family_is_refused() {
    let info = windows_request_info(&rsa_key().subject_public_key_info());
    let refusal = Csr::verify(&request(&info, ECDSA_WITH_SHA256, &[1; 70]), STRICT).unwrap_err();
    assert_eq!(refusal, CsrError::SignatureMismatch);
}

#[test]
fn an_algorithm_without_its_prescribed_parameters_is_refused_by_name() {
    let info = windows_request_info(&rsa_key().subject_public_key_info());
    let bare = b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b";
    let refusal = Csr::verify(&request(&info, bare, &[1; 256]), STRICT).unwrap_err();
    assert!(refusal.to_string().contains("1.2.840.113549.1.1.11"));
}

#[test]
fn a_point_off_its_curve_or_in_another_form_is_refused() {
    let key = KeyKind::P256.generate().unwrap();
    let spki = key.subject_public_key_info();
    let malformed = CsrError::Malformed(CsrPart::PublicKey);
    let refused = |spki: &[u8]| {
        let info = windows_request_info(spki);
        Csr::verify(&request(&info, ECDSA_WITH_SHA256, &[1; 70]), STRICT).unwrap_err()
    };
    let mut off_curve = spki.clone();
    *off_curve.last_mut().unwrap() ^= 1;
    assert_eq!(refused(&off_curve), malformed);
    let start = spki.len() - 65;
    for form in [0, 2, 3, 5, 6, 7] {
        let mut other = spki.clone();
        other[start] = form;
        assert_eq!(refused(&other), malformed, "form {form}");
    }
}
