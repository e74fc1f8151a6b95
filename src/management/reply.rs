//! The reply: the status of the header first, one for each command, then what the device is told.

use crate::protocol::syncml::{Alert, Command, Location, Status, SyncBody, SyncHdr, SyncMl};

use super::{code, opening};

/// Alert 1222, NEXT MESSAGE (OMA-TS-DM_Protocol 8.8): the device is to go on with what it has to say.
const NEXT_MESSAGE: &str = "1222";

/// Commands of a refused package that are answered: a device's first has a few, and who sends more proved nothing.
const REFUSED: usize = 64;

/// A reply that refuses: the header and each command receive the same status (OMA-TS-DM_Security), and nothing is done.
pub(super) fn refusal(package: &SyncMl, code: &str) -> SyncMl {
    let commands = package.body.commands.iter();
    let commands = commands
        .filter(|command| !matches!(command, Command::Status(_) | Command::Results(_)))
        .take(REFUSED)
        .filter_map(|command| Some(answer_to(package, command.cmd_id()?, command.name(), code)));
    around(package, code, commands.map(Command::Status).collect(), true)
}

/// The reply that says `commands`.
pub(super) fn to(package: &SyncMl, mut commands: Vec<Command>) -> SyncMl {
    let statuses = package.body.commands.iter();
    let mut body: Vec<Command> = statuses
        .filter_map(|command| status(package, command))
        .map(Command::Status)
        .collect();
    let goes_on = opening::goes_on(package);
    // Nothing is final while the device has more to say, or is to receive the rest of a value.
    let is_final = !goes_on && !commands.iter().any(Command::is_unfinished);
    if goes_on {
        commands.push(Command::Alert(Alert {
            cmd_id: NEXT_MESSAGE.to_owned(),
            data: Some(NEXT_MESSAGE.to_owned()),
            ..Alert::default()
        }));
    }
    body.extend(commands);
    around(package, code::OK, body, is_final)
}

fn around(package: &SyncMl, status: &str, rest: Vec<Command>, is_final: bool) -> SyncMl {
    let first = Command::Status(answer_to(package, "0", "SyncHdr", status));
    let mut commands: Vec<Command> = std::iter::once(first).chain(rest).collect();
    for (number, command) in (1_u32..).zip(&mut commands) {
        if let Command::Status(status) = command {
            status.cmd_id = number.to_string();
        }
    }
    SyncMl {
        header: SyncHdr {
            ver_dtd: "1.2".to_owned(),
            ver_proto: "DM/1.2".to_owned(),
            session_id: package.header.session_id.clone(),
            msg_id: package.header.msg_id.clone(),
            target: Location::from(package.header.source.loc_uri.as_str()),
            source: Location::from(package.header.target.loc_uri.as_str()),
            cred: None,
            meta: None,
        },
        body: SyncBody { commands, is_final },
    }
}

/// The status that answers a command; statuses are not answered, and results where they are whole.
fn status(package: &SyncMl, command: &Command) -> Option<Status> {
    let data = match command {
        Command::Status(_) => return None,
        Command::Results(results) => match results.items.iter().any(|item| item.more_data) {
            true => code::CHUNK_TAKEN,
            false => return None,
        },
        Command::Alert(_) | Command::Replace(_) => code::OK,
        // A device sends nothing else; it asks and never manages.
        Command::Get(_)
        | Command::Add(_)
        | Command::Delete(_)
        | Command::Copy(_)
        | Command::Exec(_)
        | Command::Atomic(_)
        | Command::Sequence(_)
        | Command::Unknown(_) => code::NOT_SUPPORTED,
    };
    Some(answer_to(package, command.cmd_id()?, command.name(), data))
}

fn answer_to(package: &SyncMl, cmd_ref: &str, cmd: &str, data: &str) -> Status {
    Status {
        msg_ref: package.header.msg_id.clone(),
        cmd_ref: cmd_ref.to_owned(),
        cmd: cmd.to_owned(),
        data: data.to_owned(),
        ..Status::default()
    }
}
