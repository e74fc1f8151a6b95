//! The root's key elsewhere: taken away, asked for, and named.

use super::super::super::{Authority, Error, KeyKind, Rotation, ShownKind};
use super::super::{authority, master, now, settings};
use super::{NEW_ROOT, issue, later, reopen, rotate};

#[test]
fn a_root_s_key_that_was_taken_away_is_asked_for() {
    let (directory, first) = authority(KeyKind::P256);
    let certs = directory.path().join("certs");
    let away = directory.path().join("safe");
    let settings = settings(directory.path(), KeyKind::P256);
    Authority::remove_root_key(&settings, &master(), &away, now()).unwrap();
    assert!(!certs.join("root.key").exists());
    let again = Authority::remove_root_key(&settings, &master(), &away, now());
    assert!(matches!(again, Err(Error::RootKeyAbsent { .. })));
    issue(&reopen(&directory, now()).unwrap(), now());
    let refused = rotate(&directory, Rotation::default(), later(1)).unwrap_err();
    assert!(refused.to_string().contains("--root-key"), "{refused}");
    assert_eq!(
        reopen(&directory, now()).unwrap().issuing_id(),
        first.issuing_id()
    );
    let with = |path| Rotation {
        new_root: false,
        root_key: Some(path),
    };
    let issuing = certs.join("issuing.key");
    let other = rotate(&directory, with(&issuing), later(1)).unwrap_err();
    assert!(matches!(other, Error::KeyNotOpened { .. }), "{other}");
    let second = rotate(&directory, with(&away), later(1)).unwrap();
    assert_eq!(second.root_der(), first.root_der());
    assert!(!certs.join("root.key").exists(), "it stays away");
    issue(&second, later(1));
}

#[test]
fn a_root_s_key_that_is_named_and_does_not_open_stops_the_rotation_of_the_root() {
    let (directory, first) = authority(KeyKind::P256);
    let certs = directory.path().join("certs");
    let with = |path| Rotation {
        new_root: true,
        root_key: Some(path),
    };
    let (absent, other) = (directory.path().join("absent"), certs.join("issuing.key"));
    let refused = rotate(&directory, with(&absent), later(1)).unwrap_err();
    assert!(matches!(refused, Error::NotThere { .. }), "{refused}");
    let refused = rotate(&directory, with(&other), later(1)).unwrap_err();
    assert!(matches!(refused, Error::KeyNotOpened { .. }), "{refused}");
    let after = reopen(&directory, later(1)).unwrap();
    assert_eq!(after.root_der(), first.root_der(), "nothing was changed");
    assert_eq!(after.issuing_id(), first.issuing_id());
}

#[test]
fn the_keys_of_all_roots_are_taken_away_one_after_the_other() {
    let (directory, first) = authority(KeyKind::P256);
    let settings = settings(directory.path(), KeyKind::P256);
    let second = rotate(&directory, NEW_ROOT, later(1)).unwrap();
    let away = ["newest", "earlier"].map(|name| directory.path().join(name));
    for file in &away {
        Authority::remove_root_key(&settings, &master(), file, later(1)).unwrap();
    }
    let again = Authority::remove_root_key(&settings, &master(), &away[0], later(1));
    assert!(matches!(again, Err(Error::RootKeyAbsent { .. })));
    let shown = reopen(&directory, later(1)).unwrap().shown().unwrap();
    let roots = shown.iter().filter(|it| it.kind == ShownKind::Root);
    assert_eq!(roots.map(|it| it.has_key).collect::<Vec<_>>(), [false; 2]);
    for (file, signer) in away.iter().zip([second.root_der(), first.root_der()]) {
        let rotation = Rotation {
            new_root: false,
            root_key: Some(file),
        };
        let next = rotate(&directory, rotation, later(2)).unwrap();
        let chain = next.chain_of(&issue(&next, later(2)).der).unwrap();
        assert_eq!(chain.root, signer);
    }
}
