//! How the authority comes to be, and when it refuses to open.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jiff::SignedDuration;

use super::super::{Authority, Error, KeyKind, MasterKey, Profile};
use super::{authority, bare_request, master, now, rsa_key, settings, verified};

fn reopen(directory: &Path) -> Result<Authority, Error> {
    Authority::open(&settings(directory, KeyKind::P256), &master(), now())
}

fn refusal(directory: &Path) -> String {
    reopen(directory).unwrap_err().to_string()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn the_first_start_makes_an_authority_and_the_next_opens_the_same() {
    let (directory, authority) = authority(KeyKind::P256);
    let again = reopen(directory.path()).unwrap();
    assert_eq!(again.issuing_id(), authority.issuing_id());
    assert_eq!(again.root_der(), authority.root_der());
    assert_eq!(again.subjects(), authority.subjects());
    assert!(
        again
            .issuing_pem()
            .starts_with("-----BEGIN CERTIFICATE-----")
    );
    assert_eq!(authority.issuing_id().len(), 64);
    let hours = |last: jiff::Timestamp| last.duration_since(now()).as_hours();
    assert_eq!(hours(authority.root_not_after()) / 24 / 365, 20);
    assert_eq!(hours(authority.issuing_not_after()) / 24 / 365, 5);
}

#[test]
fn keys_are_closed_to_others_and_not_readable_as_keys() {
    let (directory, _authority) = authority(KeyKind::Rsa2048);
    let certs = directory.path().join("certs");
    assert_eq!(mode(&certs), 0o700);
    for name in ["root.key", "issuing.key"] {
        assert_eq!(mode(&certs.join(name)), 0o600);
        let text = fs::read_to_string(certs.join(name)).unwrap();
        assert!(text.starts_with("-----BEGIN PORTCULLIS SEALED KEY-----"));
    }
    let left: Vec<_> = fs::read_dir(&certs)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().ends_with(".new"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_checkout_s_directory_is_closed_and_an_operator_s_is_left_alone() {
    for (neighbour, expected) in [("README.md", 0o700), ("passwd", 0o755)] {
        let directory = tempfile::TempDir::new().unwrap();
        let certs = directory.path().join("certs");
        fs::create_dir(&certs).unwrap();
        fs::set_permissions(&certs, Permissions::from_mode(0o755)).unwrap();
        fs::write(certs.join(neighbour), "").unwrap();
        reopen(directory.path()).unwrap();
        assert_eq!(mode(&certs), expected, "beside {neighbour}");
    }
}

#[test]
fn a_key_open_to_others_is_refused_with_the_remedy() {
    for name in ["root.key", "issuing.key"] {
        for loose in [0o640, 0o604, 0o620, 0o644] {
            let (directory, _) = authority(KeyKind::P256);
            let key = directory.path().join("certs").join(name);
            fs::set_permissions(&key, Permissions::from_mode(loose)).unwrap();
            let refusal = refusal(directory.path());
            let path = key.display();
            let remedy =
                format!("{path} is open to other users (mode {loose:04o}): run chmod 600 {path}");
            assert_eq!(refusal, remedy);
        }
    }
}

#[test]
fn keys_do_not_open_under_another_master_key_nor_in_each_other_s_place() {
    let (directory, _) = authority(KeyKind::P256);
    let settings = settings(directory.path(), KeyKind::P256);
    let other = MasterKey::from_bytes([8; 32]);
    let refused = Authority::open(&settings, &other, now());
    assert!(matches!(refused, Err(Error::KeyNotOpened { .. })));
    let certs = directory.path().join("certs");
    fs::copy(certs.join("root.key"), certs.join("issuing.key")).unwrap();
    assert!(matches!(
        reopen(directory.path()),
        Err(Error::KeyNotOpened { .. })
    ));
}

#[test]
fn an_interrupted_first_start_is_completed_by_the_next() {
    let order = ["root.key", "root.pem", "issuing.key", "issuing.pem"];
    for done in 0..order.len() {
        let (directory, before) = authority(KeyKind::P256);
        let certs = directory.path().join("certs");
        for name in &order[done..] {
            fs::remove_file(certs.join(name)).unwrap();
        }
        fs::write(certs.join(format!("{}.new", order[done])), "half").unwrap();
        let after = reopen(directory.path()).unwrap();
        assert_eq!(before.root_der() == after.root_der(), done >= 2);
        let csr = verified(&bare_request(rsa_key()));
        let plan = after
            .plan(&csr, "device", &Profile::default(), now())
            .unwrap();
        after.sign(&plan.tbs).unwrap();
        assert_eq!(
            reopen(directory.path()).unwrap().issuing_id(),
            after.issuing_id()
        );
    }
}

#[test]
fn first_starts_at_the_same_time_agree() {
    let directory = tempfile::TempDir::new().unwrap();
    let (sender, opened) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let certs = directory.path().join("certs");
                let master = MasterKey::load(&certs).unwrap();
                let settings = settings(directory.path(), KeyKind::P256);
                let authority = Authority::open(&settings, &master, now()).unwrap();
                sender.send(authority.issuing_id().to_owned()).unwrap();
            });
        }
    });
    let opened: Vec<String> = opened.try_iter().collect();
    assert_eq!(opened.len(), 8);
    assert!(opened.iter().all(|one| *one == opened[0]));
}

#[test]
fn without_the_root_s_key_everything_works_but_what_the_root_signs() {
    let (directory, _) = authority(KeyKind::P256);
    let certs = directory.path().join("certs");
    fs::remove_file(certs.join("root.key")).unwrap();
    let authority = reopen(directory.path()).unwrap();
    let csr = verified(&bare_request(rsa_key()));
    let plan = authority
        .plan(&csr, "device", &Profile::default(), now())
        .unwrap();
    authority.sign(&plan.tbs).unwrap();
    let refused = authority.issue_tls(&["localhost".to_owned()], now());
    assert!(matches!(refused, Err(Error::RootKeyAbsent { .. })));
    fs::remove_file(certs.join("issuing.pem")).unwrap();
    assert!(refusal(directory.path()).contains("root.key is not there"));
}

#[test]
fn a_file_that_is_missing_or_belongs_elsewhere_is_named() {
    let (first, _) = authority(KeyKind::P256);
    let (second, _) = authority(KeyKind::P256);
    let ours = first.path().join("certs");
    let theirs = second.path().join("certs");
    let with = |name: &str| {
        let saved = fs::read(ours.join(name)).unwrap();
        fs::copy(theirs.join(name), ours.join(name)).unwrap();
        let refusal = reopen(first.path()).unwrap_err();
        fs::write(ours.join(name), saved).unwrap();
        refusal
    };
    assert!(matches!(with("issuing.key"), Error::KeyMismatch { .. }));
    assert!(matches!(with("root.key"), Error::KeyMismatch { .. }));
    assert!(matches!(with("issuing.pem"), Error::NotIssuedByRoot { .. }));
    assert!(matches!(with("root.pem"), Error::NotIssuedByRoot { .. }));
    for name in ["issuing.key", "root.pem"] {
        let saved = fs::read(ours.join(name)).unwrap();
        fs::remove_file(ours.join(name)).unwrap();
        let refusal = refusal(first.path());
        assert!(refusal.contains(&format!("{name} is missing")), "{refusal}");
        fs::write(ours.join(name), saved).unwrap();
        fs::set_permissions(ours.join(name), Permissions::from_mode(0o600)).unwrap();
    }
    reopen(first.path()).unwrap();
}

#[test]
fn a_certificate_file_with_something_else_in_it_is_refused() {
    let (directory, authority) = authority(KeyKind::P256);
    let certs = directory.path().join("certs");
    let csr = verified(&bare_request(rsa_key()));
    let plan = authority
        .plan(&csr, "device", &Profile::default(), now())
        .unwrap();
    let leaf = authority.sign(&plan.tbs).unwrap();
    let leaf = super::super::armor::encode("CERTIFICATE", &leaf.der);
    for text in ["", "nonsense", leaf.as_str()] {
        fs::write(certs.join("issuing.pem"), text).unwrap();
        let refused = reopen(directory.path());
        assert!(matches!(refused, Err(Error::NotCaCertificate { .. })));
    }
    fs::write(certs.join("issuing.pem"), vec![b'x'; 70_000]).unwrap();
    assert!(refusal(directory.path()).contains("too large"));
}

#[test]
fn an_authority_out_of_its_time_is_refused() {
    let (directory, authority) = authority(KeyKind::P256);
    let settings = settings(directory.path(), KeyKind::P256);
    let at = |time| Authority::open(&settings, &master(), time);
    let last = authority.issuing_not_after();
    assert!(at(last).is_ok());
    let late = at(last + SignedDuration::from_secs(1));
    assert!(matches!(late, Err(Error::Expired { path, .. }) if path.ends_with("issuing.pem")));
    let late = at(authority.root_not_after() + SignedDuration::from_secs(1));
    assert!(matches!(late, Err(Error::Expired { path, .. }) if path.ends_with("root.pem")));
    let early = at(now() - SignedDuration::from_hours(25));
    assert!(matches!(early, Err(Error::NotYetValid { .. })));
}

#[test]
fn a_name_that_no_certificate_can_hold_is_refused_before_anything_is_made() {
    let directory = tempfile::TempDir::new().unwrap();
    for name in ["", "  ", "a\nb", &"x".repeat(54)] {
        let mut settings = settings(directory.path(), KeyKind::P256);
        name.clone_into(&mut settings.name);
        let refused = Authority::open(&settings, &master(), now());
        assert!(matches!(refused, Err(Error::Name { .. })), "{name:?}");
        assert!(!settings.directory.join("root.key").exists());
    }
}

#[test]
fn nothing_secret_is_shown() {
    let (_directory, authority) = authority(KeyKind::P256);
    let identity = authority
        .issue_tls(&["localhost".to_owned()], now())
        .unwrap();
    assert!(identity.key_pem.contains("PRIVATE KEY"));
    let shown = format!("{authority:?} {identity:?} {:?}", master());
    assert!(!shown.contains("PRIVATE KEY"));
    assert!(shown.contains("redacted"));
}

#[test]
fn a_tls_certificate_is_for_hosts_and_addresses_only() {
    let (_directory, authority) = authority(KeyKind::P256);
    let issue = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        authority.issue_tls(&names, now())
    };
    assert!(issue(&["mdm.example", "*.mdm.example", "127.0.0.1", "::1"]).is_ok());
    for refused in [
        "",
        "a b",
        "https://x",
        "-a.example",
        "a..b",
        "ä.example",
        "*.",
        "a*.b",
    ] {
        assert!(
            matches!(issue(&["ok", refused]), Err(Error::Name { .. })),
            "{refused:?}"
        );
    }
    assert!(issue(&[]).is_err());
    assert!(issue(&vec!["a.example"; 101]).is_err());
}
