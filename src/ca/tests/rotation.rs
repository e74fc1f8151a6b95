//! Rotation: overlap, interruption, and the end of the old.

mod follow;
mod root_key;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::super::{
    Authority, DeviceCertificate, Error, KeyKind, Profile, Rotation, ShownKind, Standing,
};
use super::{authority, bare_request, master, now, openssl, rsa_key, settings, verified};

fn later(days: i64) -> Timestamp {
    now() + SignedDuration::from_hours(24 * days)
}

fn rotate(directory: &TempDir, rotation: Rotation<'_>, at: Timestamp) -> Result<Authority, Error> {
    let settings = settings(directory.path(), KeyKind::P256);
    Authority::rotate(&settings, &master(), rotation, at)
}

fn reopen(directory: &TempDir, at: Timestamp) -> Result<Authority, Error> {
    Authority::open(&settings(directory.path(), KeyKind::P256), &master(), at)
}

fn retire(directory: &TempDir, ids: &[String], at: Timestamp) -> bool {
    let settings = settings(directory.path(), KeyKind::P256);
    Authority::retire(&settings, &master(), ids, at).unwrap()
}

const NEW_ROOT: Rotation<'_> = Rotation {
    new_root: true,
    root_key: None,
};

fn issue(authority: &Authority, at: Timestamp) -> DeviceCertificate {
    let csr = verified(&bare_request(rsa_key()));
    let plan = authority.plan(&csr, "device", &Profile::default(), at);
    let plan = plan.unwrap();
    assert_eq!(plan.issuer, authority.issuing_id());
    authority.sign(&plan.tbs).unwrap()
}

fn standings(authority: &Authority, kind: ShownKind) -> Vec<Standing> {
    let shown = authority.shown().unwrap();
    let of_kind = shown.iter().filter(|it| it.kind == kind);
    of_kind.map(|it| it.standing).collect()
}

/// What OpenSSL says of a certificate under one root and its chain.
fn verify(directory: &Path, authority: &Authority, certificate: &[u8], at: Timestamp) {
    let chain = authority.chain_of(certificate).unwrap();
    let pem = |der: &[u8]| super::super::armor::encode("CERTIFICATE", der);
    let between: String = chain.intermediates.iter().map(|der| pem(der)).collect();
    fs::write(directory.join("root"), pem(&chain.root)).unwrap();
    fs::write(directory.join("between"), between).unwrap();
    fs::write(directory.join("leaf"), pem(certificate)).unwrap();
    let at = at.as_second();
    let command = format!(
        "verify -attime {at} -x509_strict -purpose sslclient -CAfile root -untrusted between leaf"
    );
    let verdict = openssl(directory, &command);
    assert!(verdict.is_none_or(|it| it.is_ok()), "{command}");
}

#[test]
fn after_a_rotation_the_new_ca_issues_and_both_are_trusted() {
    let (directory, first) = authority(KeyKind::P256);
    let old = issue(&first, now());
    let second = rotate(&directory, Rotation::default(), later(1)).unwrap();
    assert_ne!(second.issuing_id(), first.issuing_id());
    assert_eq!(second.root_der(), first.root_der());
    assert_eq!(
        second.retiring_ids().collect::<Vec<_>>(),
        [first.issuing_id()]
    );
    let new = issue(&second, later(1));
    for certificate in [&old.der, &new.der] {
        verify(directory.path(), &second, certificate, later(1));
    }
    let chain = second.chain_of(&old.der).unwrap();
    assert_eq!(chain.intermediates, [first.issuing_der()]);
    assert!(second.roots_since(first.issuing_id()).is_empty());
    assert_eq!(second.subjects().len(), 3);
    let again = reopen(&directory, later(2)).unwrap();
    assert_eq!(again.issuing_id(), second.issuing_id());
    assert_eq!(again.subjects(), second.subjects());
    assert_eq!(
        standings(&again, ShownKind::Issuing),
        [Standing::Active, Standing::Retiring]
    );
}

#[test]
fn a_promise_from_before_a_rotation_is_kept_after_it() {
    let (directory, first) = authority(KeyKind::P256);
    let csr = verified(&bare_request(rsa_key()));
    let plan = first.plan(&csr, "device", &Profile::default(), now());
    let second = rotate(&directory, Rotation::default(), now()).unwrap();
    let kept = second.sign(&plan.unwrap().tbs).unwrap();
    assert_eq!(
        second.chain_of(&kept.der).unwrap().intermediates,
        [first.issuing_der()]
    );
}

#[test]
fn a_new_root_is_what_earlier_devices_lack_and_the_old_one_vouches_for_it() {
    let (directory, first) = authority(KeyKind::P256);
    let old = issue(&first, now());
    let second = rotate(&directory, NEW_ROOT, later(1)).unwrap();
    let new = issue(&second, later(1));
    assert_ne!(second.root_der(), first.root_der());
    let roots: Vec<&[u8]> = second.roots_der().collect();
    assert_eq!(
        roots,
        [second.root_der(), first.root_der()],
        "the newest first"
    );
    assert_eq!(second.roots_pem().matches("BEGIN").count(), 2);
    assert_eq!(second.roots_since(first.issuing_id()), [second.root_der()]);
    assert!(second.roots_since(second.issuing_id()).is_empty());
    for certificate in [&old.der, &new.der] {
        verify(directory.path(), &second, certificate, later(1));
    }
    let tls = second
        .issue_tls(&["localhost".to_owned()], later(1))
        .unwrap();
    let folder = directory.path();
    fs::write(folder.join("tls"), &tls.chain_pem).unwrap();
    for (name, root) in [("old", first.root_pem()), ("new", second.root_pem())] {
        fs::write(folder.join(name), root).unwrap();
        let at = later(2).as_second();
        let command = format!("verify -attime {at} -CAfile {name} -untrusted tls tls");
        let verdict = openssl(folder, &command);
        assert!(verdict.is_none_or(|it| it.is_ok()), "by the {name} root");
    }
    let third = rotate(&directory, Rotation::default(), later(3)).unwrap();
    assert_eq!(third.root_der(), second.root_der());
    assert_eq!(third.roots_since(first.issuing_id()), [second.root_der()]);
}

#[test]
fn what_has_ended_is_retired_with_its_key_and_its_root() {
    let (directory, first) = authority(KeyKind::P256);
    let old = issue(&first, now());
    let certs = directory.path().join("certs");
    let second = rotate(&directory, NEW_ROOT, later(1)).unwrap();
    let keys = |kind: &str| {
        let entries = fs::read_dir(&certs).unwrap();
        let names = entries.map(|it| it.unwrap().file_name().into_string().unwrap());
        names
            .filter(|it| it.starts_with(kind) && it.ends_with(".key"))
            .count()
    };
    assert_eq!((keys("issuing-"), keys("root-")), (1, 1));
    let ids = [first.issuing_id().to_owned()];
    assert!(retire(&directory, &ids, later(400)));
    assert_eq!((keys("issuing-"), keys("root-")), (0, 0));
    let after = reopen(&directory, later(400)).unwrap();
    assert_eq!(after.issuing_id(), second.issuing_id());
    assert!(after.chain_of(&old.der).is_none(), "nobody's any more");
    assert_eq!(after.roots_der().count(), 1);
    let both = [Standing::Active, Standing::Retired];
    assert_eq!(standings(&after, ShownKind::Issuing), both);
    assert_eq!(standings(&after, ShownKind::Root), both);
    assert!(!after.has_needless());
    let third = rotate(&directory, NEW_ROOT, later(401)).unwrap();
    let shown = third.shown().unwrap();
    let subjects: std::collections::BTreeSet<_> = shown.iter().map(|it| &it.subject).collect();
    assert_eq!(subjects.len(), 6, "no two have the same name: {subjects:?}");
}

#[test]
fn the_active_ca_is_never_retired_and_an_ended_one_rotates() {
    let (directory, first) = authority(KeyKind::P256);
    let ids = [first.issuing_id().to_owned()];
    assert!(!retire(&directory, &ids, now()));
    let late = first.issuing_not_after() + SignedDuration::from_secs(1);
    assert!(matches!(
        reopen(&directory, late),
        Err(Error::Expired { .. })
    ));
    rotate(&directory, Rotation::default(), late).unwrap();
    issue(&reopen(&directory, late).unwrap(), late);
}

#[test]
fn a_rotation_that_was_interrupted_anywhere_leaves_an_authority_that_opens_and_rotates() {
    let (before, _) = authority(KeyKind::P256);
    let (after, _) = authority(KeyKind::P256);
    let (before, after) = (before.path().join("certs"), after.path().join("certs"));
    for name in fs::read_dir(&before).unwrap() {
        let name = name.unwrap().file_name();
        fs::copy(before.join(&name), after.join(&name)).unwrap();
    }
    let parent = after.parent().unwrap();
    let settings = settings(parent, KeyKind::P256);
    let second = Authority::rotate(&settings, &master(), NEW_ROOT, later(1)).unwrap();
    // The moment before the keys follow their certificates: the new keys under names of their own, the old under the fixed.
    let old_names = ["issuing.key", "root.key"];
    let kept: Vec<_> = old_names
        .iter()
        .map(|name| {
            let id = match *name {
                "root.key" => second.shown().unwrap()[0].id.clone(),
                _ => second.issuing_id().to_owned(),
            };
            let own = format!("{}-{}.key", name.trim_end_matches(".key"), &id[..16]);
            (name, own)
        })
        .collect();
    for (name, own) in &kept {
        let key = super::super::sealed::load_pkcs8(&after.join(name), &master());
        let lock = super::super::files::lock(&after).unwrap();
        let path = after.join(own);
        super::super::sealed::store_pkcs8(&lock, &path, &master(), &key.unwrap().unwrap()).unwrap();
        fs::copy(before.join(name), after.join(name)).unwrap();
    }
    let opened = Authority::open(&settings, &master(), later(1)).unwrap();
    assert_eq!(opened.issuing_id(), second.issuing_id());
    issue(&opened, later(1));
    let third = Authority::rotate(&settings, &master(), Rotation::default(), later(2)).unwrap();
    issue(&third, later(2));
    assert!(
        kept.iter()
            .all(|(_, own)| !after.join(own).exists() || own.starts_with("issuing"))
    );
}

#[test]
fn what_root_writes_belongs_to_whoever_has_the_directory() {
    const OWNER: u32 = 12_345;
    let (directory, _) = authority(KeyKind::P256);
    let certs = directory.path().join("certs");
    // Only root may give a file away.
    if chown(&certs, Some(OWNER), Some(OWNER)).is_err() {
        eprintln!("skipped: only root gives files away");
        return;
    }
    rotate(&directory, NEW_ROOT, later(1)).unwrap();
    for name in ["issuing.key", "issuing.pem", "root.key", "root.pem"] {
        let facts = fs::metadata(certs.join(name)).unwrap();
        assert_eq!((facts.uid(), facts.gid()), (OWNER, OWNER), "{name}");
    }
}

#[test]
fn a_ca_of_our_name_with_another_key_is_nobody_s() {
    let (_ours, authority) = authority(KeyKind::P256);
    let (_theirs, rogue) = super::authority(KeyKind::P256);
    let certificate = issue(&rogue, now());
    assert_eq!(authority.subjects(), rogue.subjects(), "the same names");
    assert!(authority.chain_of(&certificate.der).is_none());
    assert!(!authority.keeps_tls(rogue.root_der()));
}
