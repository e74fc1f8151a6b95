//! The one message of a renewal that Windows made and somebody published (MS-WSTEP 4.1.5.1).

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::{CmsError, SignedRequest};

/// The published message; none, said aloud, where the samples are not there.
fn published() -> Option<Vec<u8>> {
    let folder = std::env::var_os("PORTCULLIS_SHARED").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| PathBuf::from("../shared"));
    let path = folder.join("protocol/samples/wstep-rst-renew-request.xml");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    };
    let (_, token) = text.split_once("#PKCS7\"").unwrap();
    let (_, token) = token.split_once('>').unwrap();
    let (token, _) = token.split_once('<').unwrap();
    let token: String = token.replace("&#xD;", "").split_whitespace().collect();
    Some(STANDARD.decode(token).unwrap())
}

#[test]
fn the_message_of_windows_is_good_but_for_its_sha1() {
    let Some(message) = published() else {
        return;
    };
    assert_eq!(SignedRequest::verify(&message), Err(CmsError::Sha1));
    let read = SignedRequest::read(&message, true).unwrap();
    assert_eq!((read.request.len(), read.signer.len()), (3044, 1678 + 4));
    // It says which certificate it renews, and that is the signer's.
    assert!(read.renews_its_signer());
}

#[test]
fn no_altered_byte_of_the_message_of_windows_passes() {
    let Some(message) = published() else {
        return;
    };
    let good = SignedRequest::read(&message, true).unwrap();
    for at in (0..message.len()).step_by(7) {
        let mut altered = message.clone();
        altered[at] ^= 1;
        let read = SignedRequest::read(&altered, true);
        // The signature covers the request; the certificate is looked up by its bytes.
        assert!(
            read.is_err() || read.is_ok_and(|read| read.signer != good.signer),
            "byte {at}"
        );
    }
}

#[test]
fn a_message_too_large_or_of_any_other_bytes_is_refused() {
    let large = vec![0x30; 32 * 1024 + 1];
    let refused = SignedRequest::verify(&large);
    assert_eq!(refused, Err(CmsError::TooLarge { bytes: 32_769 }));
    for bytes in [&b""[..], b"\x30\x80\x00\x00", b"text", b"\x04\x00"] {
        assert_eq!(SignedRequest::verify(bytes), Err(CmsError::NotDer));
    }
    assert!(SignedRequest::verify(b"\x30\x00").is_err());
}
