//! Where a session begins, and whether a package is whole (OMA-TS-DM_Protocol).

use crate::protocol::syncml::{Command, Operation, SyncMl};

/// The first message of a session.
pub(super) const FIRST: &str = "1";
/// Session alerts: initiated by the server, initiated by the client.
const BEGINS: [u16; 2] = [1200, 1201];
/// NEXT MESSAGE: whoever sends it waits for what the other has to say yet.
const NEXT_MESSAGE: u16 = 1222;
/// What a device says of itself in its first package and in no other.
const DEVICE: &str = "./DevInfo/DevId";

/// Whether a session begins with `package`.
///
/// The number of the message does not tell: a device that was challenged sends its first package again, in the same session,
/// as the second message. Its session alert does, or where there is none, as in the example of MS-MDM, what it says of
/// itself.
pub(super) fn begins(package: &SyncMl) -> bool {
    let mut commands = package.body.commands.iter();
    starts(package)
        || commands.any(|command| matches!(command, Command::Replace(it) if names_itself(it)))
}

/// Whether `package` is the first message of a session, by its number or by its session alert.
pub(super) fn starts(package: &SyncMl) -> bool {
    let mut commands = package.body.commands.iter();
    package.header.msg_id == FIRST
        || commands.any(|command| match command {
            Command::Alert(alert) => alert.code().is_some_and(|code| BEGINS.contains(&code)),
            _ => false,
        })
}

/// Whether the device has more to say before it can be told anything: its package goes on, and it does not wait for ours.
///
/// A device that takes a large value leaves its package open until ours is whole, and asks for the next message of it.
pub(super) fn goes_on(package: &SyncMl) -> bool {
    let commands = &package.body.commands;
    let waits = commands.iter().any(asks_for_next);
    !package.body.is_final && (!waits || commands.iter().any(Command::is_unfinished))
}

fn asks_for_next(command: &Command) -> bool {
    matches!(command, Command::Alert(alert) if alert.code() == Some(NEXT_MESSAGE))
}

fn names_itself(operation: &Operation) -> bool {
    let mut sources = operation.items.iter().filter_map(|it| it.source.as_ref());
    sources.any(|source| source.loc_uri.eq_ignore_ascii_case(DEVICE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(message: &str, body: &str) -> SyncMl {
        let text = format!(
            r#"<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>
            <MsgID>{message}</MsgID><Target><LocURI>a</LocURI></Target><Source><LocURI>b</LocURI></Source></SyncHdr>
            <SyncBody>{body}</SyncBody></SyncML>"#
        );
        SyncMl::read(text.as_bytes()).unwrap()
    }

    fn alert(code: u16) -> String {
        format!("<Alert><CmdID>{code}</CmdID><Data>{code}</Data></Alert>")
    }

    #[test]
    fn a_session_begins_with_its_first_package_whatever_number_its_message_has() {
        let itself = "<Replace><CmdID>3</CmdID><Item><Source><LocURI>./DevInfo/DevId</LocURI></Source></Item></Replace>";
        for (message, body, expected) in [
            ("1", String::new(), true),
            ("2", alert(1200), true),
            ("2", alert(1201), true),
            ("2", format!("{}{itself}", alert(1224)), true),
            ("2", alert(1224), false),
            ("2", itself.replace("DevId", "Lang"), false),
            ("2", String::new(), false),
        ] {
            assert_eq!(
                begins(&package(message, &body)),
                expected,
                "{message} {body}"
            );
        }
    }

    #[test]
    fn a_package_goes_on_unless_it_is_final_or_waits_for_the_next_message() {
        let piece = "<Results><CmdID>4</CmdID><CmdRef>1</CmdRef><Item><Data>a</Data><MoreData/></Item></Results>";
        for (body, expected) in [
            (String::new(), true),
            ("<Final/>".to_owned(), false),
            (alert(1224), true),
            (alert(1222), false),
            (format!("{}{piece}", alert(1222)), true),
            (format!("{piece}<Final/>"), false),
        ] {
            assert_eq!(goes_on(&package("2", &body)), expected, "{body}");
        }
    }
}
