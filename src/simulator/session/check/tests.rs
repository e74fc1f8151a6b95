//! Replies of a server, right and wrong.

use super::*;
use crate::protocol::syncml::{Alert, Location, Operation, SyncBody, SyncHdr};

fn package(commands: Vec<Command>) -> SyncMl {
    SyncMl {
        header: SyncHdr {
            ver_dtd: "1.2".to_owned(),
            ver_proto: "DM/1.2".to_owned(),
            session_id: "1".to_owned(),
            msg_id: "1".to_owned(),
            target: Location::from("https://mdm.example/"),
            source: Location::from("D"),
            cred: None,
            meta: None,
        },
        body: SyncBody {
            commands,
            is_final: true,
        },
    }
}

fn sent() -> SyncMl {
    package(vec![
        Command::Alert(Alert {
            cmd_id: "2".to_owned(),
            data: Some("1201".to_owned()),
            ..Alert::default()
        }),
        Command::Replace(Operation {
            cmd_id: "3".to_owned(),
            ..Operation::default()
        }),
    ])
}

fn status(cmd_id: &str, cmd_ref: &str, cmd: &str, data: &str) -> Command {
    Command::Status(Status {
        cmd_id: cmd_id.to_owned(),
        msg_ref: "1".to_owned(),
        cmd_ref: cmd_ref.to_owned(),
        cmd: cmd.to_owned(),
        data: data.to_owned(),
        ..Status::default()
    })
}

fn answer() -> SyncMl {
    let mut reply = package(vec![
        status("1", "0", "SyncHdr", "200"),
        status("2", "2", "Alert", "200"),
        status("3", "3", "Replace", "200"),
    ]);
    std::mem::swap(&mut reply.header.target, &mut reply.header.source);
    reply
}

fn flaw(change: impl FnOnce(&mut SyncMl)) -> SessionFlaw {
    let mut wrong = answer();
    change(&mut wrong);
    reply(&sent(), &wrong).expect_err("a flaw")
}

#[test]
fn statuses_in_order_are_a_good_reply_and_ask_for_nothing() {
    assert_eq!(reply(&sent(), &answer()), Ok(()));
    assert_eq!(commands(&answer()), []);
}

#[test]
fn a_status_for_each_item_is_as_good_as_one_for_the_command() {
    let mut twice = answer();
    twice.body.commands.push(status("4", "3", "Replace", "200"));
    assert_eq!(reply(&sent(), &twice), Ok(()));
}

#[test]
fn a_wrong_header_is_named() {
    assert_eq!(
        flaw(|r| r.header.session_id = "2".to_owned()),
        SessionFlaw::Header("SessionID")
    );
    assert_eq!(
        flaw(|r| r.header.target = Location::from("E")),
        SessionFlaw::Header("Target")
    );
    assert_eq!(
        flaw(|r| r.header.msg_id = "0".to_owned()),
        SessionFlaw::Header("MsgID")
    );
}

#[test]
fn missing_late_and_failed_statuses_are_named() {
    assert_eq!(
        flaw(|r| drop(r.body.commands.remove(0))),
        SessionFlaw::HeaderStatus
    );
    assert_eq!(
        flaw(|r| r.body.commands[0] = status("1", "0", "SyncHdr", "401")),
        SessionFlaw::Refused(401)
    );
    assert_eq!(
        flaw(|r| drop(r.body.commands.remove(1))),
        SessionFlaw::NoStatus("Alert".to_owned())
    );
    assert_eq!(
        flaw(|r| r.body.commands.swap(1, 2)),
        SessionFlaw::NoStatus("Alert".to_owned())
    );
    assert_eq!(
        flaw(|r| r.body.commands.push(status("9", "9", "Get", "200"))),
        SessionFlaw::NoStatus("Get".to_owned())
    );
    let failed = SessionFlaw::Failed {
        command: "Replace".to_owned(),
        status: 500,
    };
    assert_eq!(
        flaw(|r| r.body.commands[2] = status("3", "3", "Replace", "500")),
        failed
    );
}

#[test]
fn ids_are_unique_and_the_package_ends() {
    assert_eq!(
        flaw(|r| r.body.commands[1] = status("1", "2", "Alert", "200")),
        SessionFlaw::CmdId
    );
    assert_eq!(
        flaw(|r| r.body.commands[1] = status("0", "2", "Alert", "200")),
        SessionFlaw::CmdId
    );
    assert_eq!(flaw(|r| r.body.is_final = false), SessionFlaw::NotFinal);
}

#[test]
fn what_the_server_wants_is_told_from_what_it_reports() {
    let get = Command::Get(Operation {
        cmd_id: "4".to_owned(),
        ..Operation::default()
    });
    let mut more = answer();
    more.body.commands.push(get.clone());
    assert_eq!(reply(&sent(), &more), Ok(()));
    assert_eq!(commands(&more), [get]);
}

fn told(uri: &str) -> Command {
    Command::Get(Operation {
        cmd_id: "9".to_owned(),
        items: vec![syncml::Item::target(uri)],
        ..Operation::default()
    })
}

#[test]
fn a_node_is_named_from_the_root_and_without_white_space() {
    for uri in [
        "",
        "/Vendor/MSFT/X",
        "Vendor/MSFT/X",
        "./Vendor/MSFT/a b",
        " ./Vendor/MSFT/X",
        "./Vendor/MSFT/X\n",
    ] {
        let found = flaw(|reply| reply.body.commands.push(told(uri)));
        assert_eq!(found, SessionFlaw::LocUri(uri.to_owned()));
    }
    let inside = syncml::Group {
        cmd_id: "8".to_owned(),
        commands: vec![told("X")],
        ..syncml::Group::default()
    };
    let found = flaw(|reply| reply.body.commands.push(Command::Atomic(inside)));
    assert_eq!(found, SessionFlaw::LocUri("X".to_owned()));
    let mut good = answer();
    good.body.commands.push(told("./Vendor/MSFT/X"));
    assert_eq!(reply(&sent(), &good), Ok(()));
}
