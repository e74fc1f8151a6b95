//! Management packages: the golden ones.

use super::*;
use crate::protocol::syncml::{
    Alert, Command, Cred, Error, Group, Item, Location, Meta, Operation, Results, Status, SyncBody,
    SyncHdr, SyncMl, Unknown,
};
use crate::secret::Secret;
use crate::xml::{DecodeError, Element, FromXml, ToXml, namespace};

pub(super) const SERVER: &str = "https://devices.contoso.example:8444/ManagementServer/MDM.svc";
pub(super) const DEVICE: &str = "0123456789ABCDEF0123456789ABCDEF";

/// Reads a package that is written in the very form in which we write it.
fn package(path: &str) -> SyncMl {
    let bytes = fixture(path);
    let package = SyncMl::read(&bytes).unwrap();
    let written = package.write();
    assert_same_tree(&written, &bytes);
    assert_eq!(SyncMl::read(written.as_bytes()).unwrap(), package);
    package
}

fn header(msg_id: &str, target: &str, source: &str) -> SyncHdr {
    SyncHdr {
        ver_dtd: "1.2".to_owned(),
        ver_proto: "DM/1.2".to_owned(),
        session_id: "7".to_owned(),
        msg_id: msg_id.to_owned(),
        target: target.into(),
        source: source.into(),
        cred: None,
        meta: None,
    }
}

fn last(commands: Vec<Command>) -> SyncBody {
    SyncBody {
        commands,
        is_final: true,
    }
}

fn owned(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn meta(format: Option<&str>, kind: Option<&str>) -> Option<Meta> {
    Some(Meta {
        format: format.map(str::to_owned),
        kind: kind.map(str::to_owned),
        ..Meta::default()
    })
}

fn alert(cmd_id: &str, code: &str, items: Vec<Item>) -> Command {
    Command::Alert(Alert {
        cmd_id: cmd_id.to_owned(),
        data: owned(code),
        items,
        ..Alert::default()
    })
}

fn status(cmd_id: &str, cmd_ref: &str, cmd: &str, data: &str) -> Status {
    Status {
        cmd_id: cmd_id.to_owned(),
        msg_ref: "1".to_owned(),
        cmd_ref: cmd_ref.to_owned(),
        cmd: cmd.to_owned(),
        data: data.to_owned(),
        ..Status::default()
    }
}

fn operation(cmd_id: &str, loc_uri: &str, meta: Option<Meta>, data: Option<&str>) -> Operation {
    Operation {
        cmd_id: cmd_id.to_owned(),
        items: vec![Item {
            meta,
            data: data.map(str::to_owned),
            ..Item::target(loc_uri)
        }],
        ..Operation::default()
    }
}

fn device_info(cmd_id: &str) -> Command {
    let item = |(leaf, value): &(&str, &str)| Item {
        source: Some(format!("./DevInfo/{leaf}").into()),
        data: owned(value),
        ..Item::default()
    };
    let values = [
        ("DevId", DEVICE),
        ("Man", "Contoso & Sons"),
        ("Mod", "Model 7"),
        ("DmV", "1.3"),
        ("Lang", "de-AT"),
    ];
    Command::Replace(Operation {
        cmd_id: cmd_id.to_owned(),
        items: values.iter().map(item).collect(),
        ..Operation::default()
    })
}

#[test]
fn a_first_package_reads_and_writes() {
    let login = Item {
        meta: meta(None, Some("com.microsoft/MDM/LoginStatus")),
        data: owned("user"),
        ..Item::default()
    };
    let expected = SyncMl {
        header: SyncHdr {
            meta: Some(Meta {
                max_msg_size: owned("524288"),
                max_obj_size: owned("1048576"),
                ..Meta::default()
            }),
            ..header("1", SERVER, DEVICE)
        },
        body: last(vec![
            alert("2", "1201", vec![]),
            alert("3", "1224", vec![login]),
            device_info("4"),
        ]),
    };
    assert_eq!(package("syncml/first-package.xml"), expected);
}

#[test]
fn a_first_package_with_credentials_reads_and_writes_and_does_not_show_them() {
    let package = package("syncml/first-package-with-credentials.xml");
    let expected = SyncMl {
        header: SyncHdr {
            source: Location {
                loc_uri: DEVICE.to_owned(),
                loc_name: owned("device-42"),
            },
            cred: Some(Cred {
                meta: meta(Some("b64"), Some("syncml:auth-md5")),
                data: Secret::new("AAECAwQFBgcICQoLDA0ODw=="),
            }),
            ..header("2", SERVER, DEVICE)
        },
        body: last(vec![alert("2", "1200", vec![])]),
    };
    assert_eq!(package, expected);
    assert!(!format!("{package:?}").contains("AAECAw"));
}

#[test]
fn an_unenrollment_reads_and_writes() {
    let request = Item {
        meta: Some(Meta {
            format: owned("int"),
            kind: owned("com.microsoft:mdm.unenrollment.userrequest"),
            mark: owned("critical"),
            ..Meta::default()
        }),
        data: owned("1"),
        ..Item::default()
    };
    let expected = SyncMl {
        header: SyncHdr {
            session_id: "1F".to_owned(),
            ..header("1", SERVER, DEVICE)
        },
        body: last(vec![
            alert("2", "1201", vec![]),
            alert("3", "1226", vec![request]),
        ]),
    };
    assert_eq!(package("syncml/unenroll.xml"), expected);
    let Command::Alert(alert) = &expected.body.commands[1] else {
        panic!("an alert")
    };
    assert_eq!(alert.code(), Some(1226));
}

#[test]
fn a_reply_without_commands_reads_and_writes() {
    let statuses = [
        status("1", "0", "SyncHdr", "200"),
        status("2", "2", "Alert", "200"),
        status("3", "3", "Alert", "200"),
        status("4", "4", "Replace", "200"),
    ];
    let expected = SyncMl {
        header: header("1", DEVICE, SERVER),
        body: last(statuses.into_iter().map(Command::Status).collect()),
    };
    assert_eq!(package("syncml/reply-without-commands.xml"), expected);
}

#[test]
fn a_challenge_reads_and_writes() {
    let challenge = Status {
        chal: Some(Meta {
            format: owned("b64"),
            kind: owned("syncml:auth-md5"),
            next_nonce: owned("AAECAwQFBgcICQoLDA0ODw=="),
            ..Meta::default()
        }),
        ..status("1", "0", "SyncHdr", "407")
    };
    assert_eq!(challenge.code(), Some(407));
    let expected = SyncMl {
        header: header("1", DEVICE, SERVER),
        body: last(vec![Command::Status(challenge)]),
    };
    assert_eq!(package("syncml/challenge.xml"), expected);
}

mod commands;
