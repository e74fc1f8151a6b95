//! Where the master key comes from, and what it seals.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

use super::super::{Error, MasterKey};
use super::master;

const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const BASE64: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Looks for the key with only these variables set.
fn find(directory: &Path, variables: &[(&str, &Path)]) -> Result<MasterKey, Error> {
    MasterKey::find(directory, |name| {
        let found = variables.iter().find(|(set, _)| *set == name);
        found.map(|(_, value)| OsString::from(value))
    })
}

fn is_counting(key: &MasterKey) -> bool {
    let counting = std::array::from_fn(|at| u8::try_from(at).unwrap());
    MasterKey::from_bytes(counting).lookup("a", b"b") == key.lookup("a", b"b")
}

fn file(directory: &TempDir, name: &str, mode: u32, content: &[u8]) -> std::path::PathBuf {
    let path = directory.path().join(name);
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    path
}

#[test]
fn sealed_bytes_open_for_their_purpose_alone() {
    let sealed = master().seal("token", b"secret");
    assert_eq!(
        master().open("token", &sealed).unwrap().as_slice(),
        b"secret"
    );
    assert_eq!(
        master()
            .open("token", &master().seal("token", b""))
            .unwrap()
            .len(),
        0
    );
    assert_ne!(sealed, master().seal("token", b"secret"));
    assert!(master().open("smtp", &sealed).is_err());
    assert!(
        MasterKey::from_bytes([8; 32])
            .open("token", &sealed)
            .is_err()
    );
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        assert!(master().open("token", &altered).is_err(), "byte {at}");
        assert!(master().open("token", &sealed[..at]).is_err(), "{at} bytes");
    }
}

#[test]
fn a_look_up_value_depends_on_key_purpose_and_value() {
    let value = master().lookup("ab", b"c");
    assert_eq!(value, master().lookup("ab", b"c"));
    assert_ne!(value, master().lookup("a", b"bc"));
    assert_ne!(value, master().lookup("ab", b"d"));
    assert_ne!(value, MasterKey::from_bytes([8; 32]).lookup("ab", b"c"));
}

#[test]
fn the_variable_holds_hexadecimal_or_base64() {
    let directory = TempDir::new().unwrap();
    let url_safe = BASE64.trim_end_matches('=');
    for text in [
        HEX,
        &HEX.to_uppercase(),
        BASE64,
        url_safe,
        &format!(" {HEX}\n"),
    ] {
        let variables = [("PORTCULLIS_MASTER_KEY", Path::new(text))];
        assert!(
            is_counting(&find(directory.path(), &variables).unwrap()),
            "{text}"
        );
    }
    for text in [
        "",
        "secret",
        &HEX[2..],
        &BASE64[4..],
        &format!("{HEX}00"),
        &"+1".repeat(32),
    ] {
        let variables = [("PORTCULLIS_MASTER_KEY", Path::new(text))];
        let refusal = find(directory.path(), &variables).unwrap_err().to_string();
        assert!(refusal.starts_with("the master key in PORTCULLIS_MASTER_KEY is not"));
        assert!(text.is_empty() || !refusal.contains(text));
    }
    assert!(!directory.path().join("master.key").exists());
}

#[test]
fn variable_then_file_then_credential_then_own_file() {
    let directory = TempDir::new().unwrap();
    let mounted = file(&directory, "mounted", 0o440, HEX.as_bytes());
    let credentials = TempDir::new().unwrap();
    let raw: Vec<u8> = (0..32).map(|at| at | 0x80).collect();
    file(&credentials, "portcullis.master_key", 0o440, &raw);
    let key = file(&directory, "master.key", 0o600, "ff".repeat(32).as_bytes());
    let mut variables = vec![
        ("CREDENTIALS_DIRECTORY", credentials.path()),
        ("PORTCULLIS_MASTER_KEY_FILE", &mounted),
        ("PORTCULLIS_MASTER_KEY", Path::new(BASE64)),
    ];
    let mut values = Vec::new();
    loop {
        let found = find(directory.path(), &variables).unwrap();
        values.push(found.lookup("a", b"b"));
        if variables.pop().is_none() {
            break;
        }
    }
    let raw: [u8; 32] = raw.try_into().unwrap();
    let expected = [raw, [255; 32]].map(|bytes| MasterKey::from_bytes(bytes).lookup("a", b"b"));
    assert_eq!(values[0], values[1]);
    assert_eq!(values[2..], expected);
    fs::remove_file(key).unwrap();
}

#[test]
fn the_first_start_makes_a_key_that_the_next_one_finds() {
    let directory = TempDir::new().unwrap();
    let certs = directory.path().join("a/certs");
    let first = find(&certs, &[]).unwrap();
    let second = find(&certs, &[]).unwrap();
    assert_eq!(first.lookup("a", b"b"), second.lookup("a", b"b"));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&certs), 0o700);
    assert_eq!(mode(&certs.join("master.key")), 0o600);
}

#[test]
fn a_key_file_open_to_others_is_refused_with_the_remedy() {
    let directory = TempDir::new().unwrap();
    for mode in [0o604, 0o640, 0o660] {
        file(&directory, "master.key", mode, HEX.as_bytes());
        let refusal = find(directory.path(), &[]).unwrap_err().to_string();
        assert!(refusal.contains("run chmod 600"), "{refusal}");
    }
    for mode in [0o604, 0o644, 0o660] {
        let mounted = file(&directory, "mounted", mode, HEX.as_bytes());
        let refused = find(
            directory.path(),
            &[("PORTCULLIS_MASTER_KEY_FILE", &mounted)],
        );
        assert!(matches!(refused, Err(Error::LooseMode { .. })), "{mode:o}");
    }
}

#[test]
fn a_file_that_was_named_and_is_not_there_is_an_error() {
    let directory = TempDir::new().unwrap();
    let absent = directory.path().join("absent");
    let refused = find(directory.path(), &[("PORTCULLIS_MASTER_KEY_FILE", &absent)]);
    assert!(matches!(refused, Err(Error::Missing { .. })));
    assert!(!directory.path().join("master.key").exists());
}
