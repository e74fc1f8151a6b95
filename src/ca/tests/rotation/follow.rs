//! A running server's authority: what it reads again, when, and what it says of it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use super::super::super::{Error, KeyKind, LiveAuthority, Rotation};
use super::super::{authority, master, now, settings};
use super::{later, rotate};

#[test]
fn a_running_authority_follows_its_files_and_keeps_what_works() {
    let (directory, first) = authority(KeyKind::P256);
    let settings = settings(directory.path(), KeyKind::P256);
    let live = LiveAuthority::open(settings.clone(), &master(), now()).unwrap();
    assert!(!live.reload(now()).unwrap(), "nothing new");
    let second = rotate(&directory, Rotation::default(), later(1)).unwrap();
    assert_eq!(live.current().issuing_id(), first.issuing_id());
    assert!(live.reload(later(1)).unwrap());
    assert_eq!(live.current().issuing_id(), second.issuing_id());
    fs::write(settings.directory.join("issuing.pem"), "broken").unwrap();
    assert!(live.reload(later(1)).is_err());
    assert!(!live.reload(later(1)).unwrap(), "said once");
    assert_eq!(live.current().issuing_id(), second.issuing_id());
}

#[test]
fn files_that_could_not_be_read_are_read_once_they_can_be() {
    let (directory, first) = authority(KeyKind::P256);
    let settings = settings(directory.path(), KeyKind::P256);
    let live = LiveAuthority::open(settings.clone(), &master(), now()).unwrap();
    let second = rotate(&directory, Rotation::default(), later(1)).unwrap();
    let key = settings.directory.join("issuing.key");
    let open_to = |mode| fs::set_permissions(&key, Permissions::from_mode(mode)).unwrap();
    open_to(0o644);
    let refused = live.reload(later(1)).unwrap_err();
    assert!(matches!(refused, Error::LooseMode { .. }), "{refused}");
    assert!(!live.reload(later(1)).unwrap(), "said once");
    assert!(live.reload_now(later(1)).is_err(), "whoever asks is told");
    assert_eq!(live.current().issuing_id(), first.issuing_id());
    // Their contents are what they were.
    open_to(0o600);
    assert!(live.reload(later(1)).unwrap());
    assert_eq!(live.current().issuing_id(), second.issuing_id());
    assert!(!live.reload(later(1)).unwrap());
}

#[test]
fn a_rotation_that_a_retirement_read_is_told_of_all_the_same() {
    let (directory, _) = authority(KeyKind::P256);
    let settings = settings(directory.path(), KeyKind::P256);
    let live = LiveAuthority::open(settings, &master(), now()).unwrap();
    let second = rotate(&directory, Rotation::default(), later(1)).unwrap();
    assert!(!live.retire(&[], later(1)).unwrap());
    assert_eq!(live.current().issuing_id(), second.issuing_id());
    assert!(live.reload(later(1)).unwrap());
    assert!(!live.reload(later(1)).unwrap(), "once");
}
