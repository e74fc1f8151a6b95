//! Management packages as published.

mod fragment;

use super::*;
use crate::protocol::syncml::{
    Alert, Command, Item, Meta, Operation, Results, Status, SyncBody, SyncMl,
};

pub(super) const NAMES: [&str; 14] = [
    "learn-alert-unenroll-fragment.xml",
    "learn-syncml-unenroll-user-package1.xml",
    "mde2-exec-unenroll-fragment.xml",
    "mde2-syncml-keepalive-alert.xml",
    "mde2-syncml-linkedenrollment-discoveryendpoint.xml",
    "mde2-syncml-linkedenrollment-enroll.xml",
    "mdm-alert-deviceprepsync-fragment.xml",
    "mdm-alert-synctype-fragment.xml",
    "mdm-syncml-package1-client.xml",
    "mdm-syncml-package2-server.xml",
    "mdm-syncml-package3-client-results.xml",
    "observed-syncml-package1.xml",
    "win10-19043-onprem-ngrok-4-mdm-request.xml",
    "win10-19043-onprem-ngrok-5-mdm-request.xml",
];

fn owned(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn alert(cmd_id: &str, code: &str, kind: Option<(&str, Option<&str>, &str)>) -> Command {
    let item = kind.map(|(kind, format, data)| Item {
        meta: Some(Meta {
            kind: owned(kind),
            format: format.map(str::to_owned),
            ..Meta::default()
        }),
        data: owned(data),
        ..Item::default()
    });
    Command::Alert(Alert {
        cmd_id: cmd_id.to_owned(),
        data: owned(code),
        items: item.into_iter().collect(),
        ..Alert::default()
    })
}

fn login(cmd_id: &str) -> Command {
    alert(
        cmd_id,
        "1224",
        Some(("com.microsoft/MDM/LoginStatus", None, "user")),
    )
}

fn unenroll(cmd_id: &str) -> Command {
    let kind = "com.microsoft:mdm.unenrollment.userrequest";
    alert(cmd_id, "1226", Some((kind, Some("int"), "1")))
}

fn values(cmd_id: &str, pairs: &[(&str, &str)]) -> Command {
    let item = |(leaf, value): &(&str, &str)| Item {
        source: Some(format!("./DevInfo/{leaf}").into()),
        data: owned(value),
        ..Item::default()
    };
    Command::Replace(Operation {
        cmd_id: cmd_id.to_owned(),
        items: pairs.iter().map(item).collect(),
        ..Operation::default()
    })
}

fn virtual_machine(cmd_id: &str, device: &str) -> Command {
    values(
        cmd_id,
        &[
            ("DevId", device),
            ("Man", "VMware, Inc."),
            ("Mod", "VMware7,1"),
            ("DmV", "1.3"),
            ("Lang", "en-US"),
        ],
    )
}

fn operation(cmd_id: &str, loc_uri: &str, format: Option<&str>, data: Option<&str>) -> Operation {
    Operation {
        cmd_id: cmd_id.to_owned(),
        items: vec![Item {
            meta: format.map(|format| Meta {
                format: owned(format),
                ..Meta::default()
            }),
            data: data.map(str::to_owned),
            ..Item::target(loc_uri)
        }],
        ..Operation::default()
    }
}

fn status(cmd_id: &str, cmd_ref: &str, cmd: &str) -> Command {
    Command::Status(Status {
        cmd_id: cmd_id.to_owned(),
        msg_ref: "1".to_owned(),
        cmd_ref: cmd_ref.to_owned(),
        cmd: cmd.to_owned(),
        data: "200".to_owned(),
        ..Status::default()
    })
}

fn results(cmd_id: &str, cmd_ref: &str, leaf: &str, format: Option<&str>, data: &str) -> Command {
    Command::Results(Results {
        cmd_id: cmd_id.to_owned(),
        msg_ref: owned("1"),
        cmd_ref: cmd_ref.to_owned(),
        cmd: owned("Get"),
        items: vec![Item {
            source: Some(format!("./DevDetail/{leaf}").into()),
            meta: format.map(|format| Meta {
                format: owned(format),
                ..Meta::default()
            }),
            data: owned(data),
            ..Item::default()
        }],
        ..Results::default()
    })
}

type Package = (&'static str, [&'static str; 4], Vec<Command>, bool);

/// File; session, message, target and source; commands; whether it is the last message.
fn packages() -> Vec<Package> {
    const MGMT: &str = "https://contoso.com/management-server";
    const ID: &str = "{unique device id}";
    const MOBIUS: &str = "https://windows.mobiusmdm.ngrok.io/ManagementServer/MDM.svc";
    const MOBIUS_DEVICE: &str = "B5B954E81FBCB94EB79BD08BE625F4EE";
    const OBSERVED: &str = "8090C8B484A0E24EB5C56E806CB4EE5B";
    let client_initiated = || alert("2", "1201", None);
    vec![
        (
            NAMES[1],
            [
                "1",
                "1",
                "{unique device ID}",
                "https://www.thephone-company.com/mgmt-server",
            ],
            vec![
                unenroll("2"),
                values("2", &[("DevID", "{unique device ID}")]),
            ],
            true,
        ),
        (
            NAMES[3],
            [
                "10",
                "2",
                "https://www.contoso.com/mgmt-server",
                "{unique device ID}",
            ],
            vec![alert(
                "2",
                "1224",
                Some((
                    "Reversed-Domain-Name:com.microsoft.mdm.requestpending",
                    None,
                    "1",
                )),
            )],
            false,
        ),
        (
            NAMES[8],
            ["1", "1", MGMT, ID],
            vec![
                login("2"),
                values(
                    "3",
                    &[
                        ("DevId", ID),
                        ("Man", "Microsoft Corporation"),
                        ("Mod", "{operating system description}"),
                        ("DmV", "1.3"),
                        ("Lang", "en-US"),
                    ],
                ),
            ],
            true,
        ),
        (
            NAMES[9],
            ["1", "1", ID, MGMT],
            vec![
                status("1", "0", "SyncHdr"),
                Command::Get(operation("4", "./DevDetail/SwV", None, None)),
                Command::Get(operation("5", "./DevDetail/HwV", None, None)),
            ],
            true,
        ),
        (
            NAMES[10],
            ["1", "2", MGMT, ID],
            vec![
                status("1", "0", "SyncHdr"),
                status("2", "4", "Get"),
                status("3", "5", "Get"),
                results(
                    "4",
                    "4",
                    "SwV",
                    Some("chr"),
                    "[software version returned here]",
                ),
                results("5", "5", "HwV", None, "[hardware version returned here]"),
            ],
            true,
        ),
        (
            NAMES[11],
            [
                "1",
                "1",
                "https://mdm.example.com/ManagementServer/MDM.svc",
                OBSERVED,
            ],
            vec![
                client_initiated(),
                login("3"),
                virtual_machine("4", OBSERVED),
            ],
            true,
        ),
        (
            NAMES[12],
            ["1", "1", MOBIUS, MOBIUS_DEVICE],
            vec![
                client_initiated(),
                login("3"),
                virtual_machine("4", MOBIUS_DEVICE),
            ],
            true,
        ),
        (
            NAMES[13],
            ["2", "1", MOBIUS, MOBIUS_DEVICE],
            vec![
                client_initiated(),
                login("3"),
                unenroll("4"),
                virtual_machine("5", MOBIUS_DEVICE),
            ],
            true,
        ),
    ]
}

#[test]
fn each_published_package_is_what_the_file_says() {
    let Some(published) = Published::find() else {
        return;
    };
    for (name, [session_id, msg_id, target, source], commands, is_final) in packages() {
        let package = SyncMl::read(&published.read(name)).expect(name);
        assert_eq!(package.header.ver_dtd, "1.2");
        assert_eq!(package.header.ver_proto, "DM/1.2");
        assert_eq!(package.header.session_id, session_id, "{name}");
        assert_eq!(package.header.msg_id, msg_id, "{name}");
        assert_eq!(package.header.target, target.into(), "{name}");
        assert_eq!(package.header.source, source.into(), "{name}");
        assert_eq!(package.header.cred, None, "{name}");
        let expected = SyncBody { commands, is_final };
        assert_eq!(package.body, expected, "{name}");
        let again = SyncMl::read(package.write().as_bytes()).expect(name);
        assert_eq!(again, package, "{name}");
    }
}
