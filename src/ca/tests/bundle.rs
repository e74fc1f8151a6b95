//! The master key changed, and keys written out under a passphrase.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::super::{Authority, Error, KeyKind, MasterKey, MasterKeyChanged};
use super::{authority, now, openssl, settings};

fn nothing(_: &str) -> Option<OsString> {
    None
}

fn find(directory: &Path) -> Result<MasterKey, Error> {
    MasterKey::find(directory, nothing)
}

fn same(one: &MasterKey, other: &MasterKey) -> bool {
    one.lookup("a", b"b") == other.lookup("a", b"b")
        && other.open("x", &one.seal("x", b"y")).is_ok()
}

#[test]
fn another_master_key_opens_what_the_first_one_sealed_and_the_first_one_nothing() {
    let directory = TempDir::new().unwrap();
    let certs = directory.path().join("certs");
    let first = find(&certs).unwrap();
    let settings = settings(directory.path(), KeyKind::P256);
    let made = Authority::open(&settings, &first, now()).unwrap();
    let old = fs::read(certs.join("master.key")).unwrap();
    for _ in 0..3 {
        let changed = MasterKey::change_in(&certs, None, nothing).unwrap();
        assert_eq!(changed, MasterKeyChanged::Done(certs.join("master.key")));
        let second = find(&certs).unwrap();
        assert!(same(&first, &second));
        let opened = Authority::open(&settings, &second, now()).unwrap();
        assert_eq!(opened.issuing_id(), made.issuing_id());
    }
    assert_ne!(fs::read(certs.join("master.key")).unwrap(), old);
    fs::write(certs.join("master.key"), &old).unwrap();
    let refused = find(&certs);
    assert!(matches!(refused, Err(Error::KeyNotOpened { path }) if path.ends_with("data.key")));
    let bytes: [u8; 32] =
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, old.trim_ascii())
            .unwrap()
            .try_into()
            .unwrap();
    let direct = Authority::open(&settings, &MasterKey::from_bytes(bytes), now());
    assert!(
        matches!(direct, Err(Error::KeyNotOpened { .. })),
        "not even by itself"
    );
}

#[test]
fn an_installation_without_a_data_key_changes_its_master_key_without_loss() {
    let directory = TempDir::new().unwrap();
    let certs = directory.path().join("certs");
    fs::create_dir(&certs).unwrap();
    let path = certs.join("master.key");
    fs::write(&path, "07".repeat(32)).unwrap();
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let before = find(&certs).unwrap();
    assert!(same(&before, &MasterKey::from_bytes([7; 32])));
    assert!(!certs.join("data.key").exists());
    let sealed = before.seal("token", b"secret");
    MasterKey::change_in(&certs, None, nothing).unwrap();
    let after = find(&certs).unwrap();
    assert_eq!(after.open("token", &sealed).unwrap().as_slice(), b"secret");
    assert!(same(&before, &after));
}

#[test]
fn a_key_that_comes_from_elsewhere_is_changed_in_two_steps() {
    let directory = TempDir::new().unwrap();
    let certs = directory.path().join("certs");
    let (old, new) = (directory.path().join("old"), directory.path().join("new"));
    fs::write(&old, "01".repeat(32)).unwrap();
    fs::set_permissions(&old, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let from = |path: &Path| {
        let path = path.to_owned();
        move |name: &str| (name == "PORTCULLIS_MASTER_KEY_FILE").then(|| path.clone().into())
    };
    let before = MasterKey::find(&certs, from(&old)).unwrap();
    let refused = MasterKey::change_in(&certs, None, from(&old)).unwrap_err();
    assert!(refused.to_string().contains("--new-key-file"), "{refused}");
    let changed = MasterKey::change_in(&certs, Some(&new), from(&old)).unwrap();
    assert!(matches!(changed, MasterKeyChanged::Give { file, .. } if file == new));
    for key in [&old, &new] {
        assert!(
            same(&before, &MasterKey::find(&certs, from(key)).unwrap()),
            "both open"
        );
    }
    MasterKey::settle_in(&certs, from(&old)).unwrap();
    assert!(
        MasterKey::find(&certs, from(&old)).is_ok(),
        "not given up by the old one"
    );
    MasterKey::settle_in(&certs, from(&new)).unwrap();
    assert!(same(&before, &MasterKey::find(&certs, from(&new)).unwrap()));
    assert!(MasterKey::find(&certs, from(&old)).is_err());
}

#[test]
fn an_interrupted_change_leaves_a_key_that_opens() {
    let directory = TempDir::new().unwrap();
    let certs = directory.path().join("certs");
    let before = find(&certs).unwrap();
    let (master, data) = (certs.join("master.key"), certs.join("data.key"));
    let old = fs::read(&master).unwrap();
    // As far as the second of three steps: both keys open, and either may stand in its place.
    let new = directory.path().join("new");
    fs::rename(&master, directory.path().join("given")).unwrap();
    let given = directory.path().join("given");
    let from =
        move |name: &str| (name == "PORTCULLIS_MASTER_KEY_FILE").then(|| given.clone().into());
    MasterKey::change_in(&certs, Some(&new), from).unwrap();
    let both = fs::read(&data).unwrap();
    for key in [old, fs::read(&new).unwrap()] {
        fs::write(&master, key).unwrap();
        fs::set_permissions(&master, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        fs::write(&data, &both).unwrap();
        assert!(same(&before, &find(&certs).unwrap()));
        MasterKey::change_in(&certs, None, nothing).unwrap();
        assert!(same(&before, &find(&certs).unwrap()));
    }
}

#[test]
fn a_lost_master_key_is_not_replaced_by_one_that_opens_nothing() {
    let (directory, _) = authority(KeyKind::P256);
    let certs = directory.path().join("certs");
    assert!(matches!(find(&certs), Err(Error::Missing { path }) if path.ends_with("master.key")));
}

#[test]
fn keys_are_written_out_as_openssl_reads_them_and_under_no_other_passphrase() {
    for kind in [KeyKind::P256, KeyKind::Rsa2048] {
        let (directory, authority) = authority(kind);
        let text = authority.export_keys(b"correct horse").unwrap();
        assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 2);
        assert_eq!(text.matches("BEGIN ENCRYPTED PRIVATE KEY").count(), 2);
        assert!(!text.contains("BEGIN PRIVATE KEY"));
        let issuing = text.rsplit_once("-----BEGIN CERTIFICATE").unwrap().1;
        let key = issuing.split_once("-----END CERTIFICATE-----\n").unwrap().1;
        fs::write(directory.path().join("key.pem"), key).unwrap();
        fs::write(directory.path().join("ca.pem"), authority.issuing_pem()).unwrap();
        let command = "pkey -in key.pem -pubout -passin pass:";
        let Some(public) = openssl(directory.path(), &format!("{command}wrong")) else {
            return;
        };
        assert!(public.is_err());
        // A passphrase with a space cannot stand in these arguments: it comes from a file.
        fs::write(directory.path().join("pass"), "correct horse\n").unwrap();
        let public = openssl(
            directory.path(),
            "pkey -in key.pem -pubout -passin file:pass",
        );
        let expected = openssl(directory.path(), "x509 -in ca.pem -pubkey -noout");
        assert_eq!(public.unwrap().unwrap(), expected.unwrap().unwrap());
    }
}
