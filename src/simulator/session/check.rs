//! A server's package, judged: the header, the status of each of the device's commands, the end.

use super::pieces::uri;
use crate::protocol::syncml::{self, Command, Status, SyncMl};

/// Why a device would give up a session.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SessionFlaw {
    /// The account's address is no https URL.
    #[error("the account's address is no https URL")]
    Address,
    /// A reply that is no package.
    #[error("the reply is no package: {0}")]
    Package(#[source] syncml::Error),
    /// Another version, session or device in the header, or another server.
    #[error("{0} of the header is wrong")]
    Header(&'static str),
    /// The first status is not the one of the header.
    #[error("the status of SyncHdr is not the first command")]
    HeaderStatus,
    /// The server does not let the device in.
    #[error("the server answered the header with status {0}")]
    Refused(u16),
    /// A command of the device without its status, or with one out of order.
    #[error("the status of {0} is missing or out of order")]
    NoStatus(String),
    /// A command of the device was not done.
    #[error("the server answered {command} with status {status}")]
    Failed {
        /// The command.
        command: String,
        /// The status.
        status: u16,
    },
    /// A `CmdID` that is 0, missing or used twice.
    #[error("a CmdID is 0, missing or used twice")]
    CmdId,
    /// No `Final`: the package would go on, and does not.
    #[error("Final is missing")]
    NotFinal,
    /// A `LocURI` that is not relative to the root, or with white space in it.
    #[error("the LocURI {0:?} does not begin with ./ or has white space in it")]
    LocUri(String),
    /// A message longer than the device said that it takes.
    #[error("the reply is longer than MaxMsgSize")]
    TooLong,
    /// A session that ends before a large value is whole.
    #[error("the session ended in the middle of a large value")]
    Unfinished,
    /// The PC has left this server.
    #[error("the PC is not enrolled any more")]
    Left,
    /// Commands without end.
    #[error("the server never stops sending commands")]
    Endless,
}

/// Checks `reply` as the answer to `package`.
pub(super) fn reply(package: &SyncMl, reply: &SyncMl) -> Result<(), SessionFlaw> {
    header(package, reply)?;
    ids(&reply.body.commands, &mut Vec::new())?;
    nodes(&reply.body.commands)?;
    statuses(package, reply)?;
    // A value in pieces leaves the package open.
    if reply.body.is_final || reply.body.commands.iter().any(Command::is_unfinished) {
        Ok(())
    } else {
        Err(SessionFlaw::NotFinal)
    }
}

/// What the server tells the device to do.
pub(super) fn commands(reply: &SyncMl) -> Vec<Command> {
    let commands = reply.body.commands.iter();
    commands
        .filter(|command| !matches!(command, Command::Status(_) | Command::Results(_)))
        .cloned()
        .collect()
}

fn header(package: &SyncMl, reply: &SyncMl) -> Result<(), SessionFlaw> {
    let (ours, theirs) = (&package.header, &reply.header);
    for (same, name) in [
        (theirs.ver_dtd == "1.2", "VerDTD"),
        (theirs.ver_proto == "DM/1.2", "VerProto"),
        (theirs.session_id == ours.session_id, "SessionID"),
        (theirs.msg_id.parse::<u32>().is_ok_and(|id| id > 0), "MsgID"),
        (theirs.target.loc_uri == ours.source.loc_uri, "Target"),
        (theirs.source.loc_uri == ours.target.loc_uri, "Source"),
    ] {
        if !same {
            return Err(SessionFlaw::Header(name));
        }
    }
    Ok(())
}

/// Every command has a `CmdID` of its own, those inside groups too.
fn ids<'c>(commands: &'c [Command], seen: &mut Vec<&'c str>) -> Result<(), SessionFlaw> {
    for command in commands {
        match command.cmd_id() {
            Some(id) if !id.is_empty() && id != "0" && !seen.contains(&id) => seen.push(id),
            _ => return Err(SessionFlaw::CmdId),
        }
        if let Command::Atomic(group) | Command::Sequence(group) = command {
            ids(&group.commands, seen)?;
        }
    }
    Ok(())
}

/// Every command on the tree names its nodes from the root, with not even white space around the names.
fn nodes(commands: &[Command]) -> Result<(), SessionFlaw> {
    for command in commands {
        let operation = match command {
            Command::Get(operation)
            | Command::Add(operation)
            | Command::Replace(operation)
            | Command::Delete(operation)
            | Command::Copy(operation)
            | Command::Exec(operation) => operation,
            Command::Atomic(group) | Command::Sequence(group) => {
                nodes(&group.commands)?;
                continue;
            }
            Command::Status(_) | Command::Results(_) | Command::Alert(_) | Command::Unknown(_) => {
                continue;
            }
        };
        for uri in operation.items.iter().map(uri) {
            if !uri.starts_with("./") || uri.contains(char::is_whitespace) {
                let shown = uri.chars().take(128).collect();
                return Err(SessionFlaw::LocUri(shown));
            }
        }
    }
    Ok(())
}

fn statuses(package: &SyncMl, reply: &SyncMl) -> Result<(), SessionFlaw> {
    let mut statuses = reply
        .body
        .commands
        .iter()
        .map_while(|command| match command {
            Command::Status(status) => Some(status),
            _ => None,
        });
    let first = statuses.next().filter(|first| {
        first.cmd_ref == "0" && first.cmd == "SyncHdr" && first.msg_ref == package.header.msg_id
    });
    let code = first
        .and_then(|first| first.code())
        .ok_or(SessionFlaw::HeaderStatus)?;
    if !matches!(code, 200 | 212) {
        return Err(SessionFlaw::Refused(code));
    }
    let mut statuses = statuses.peekable();
    for command in &package.body.commands {
        // Statuses want no status, and results need none.
        let (must, may) = match command {
            Command::Status(_) => (false, false),
            Command::Results(_) => (false, true),
            _ => (true, true),
        };
        let is_of = |status: &&Status| {
            Some(status.cmd_ref.as_str()) == command.cmd_id()
                && status.cmd == command.name()
                && status.msg_ref == package.header.msg_id
        };
        // One for the command or one for each of its items.
        let mut answered = false;
        while let Some(status) = statuses.next_if(|status| may && is_of(status)) {
            answered = true;
            let code = status.code().unwrap_or(0);
            if !(200..300).contains(&code) {
                return Err(SessionFlaw::Failed {
                    command: command.name().to_owned(),
                    status: code,
                });
            }
        }
        if must && !answered {
            return Err(SessionFlaw::NoStatus(command.name().to_owned()));
        }
    }
    match statuses.next() {
        Some(stray) => Err(SessionFlaw::NoStatus(stray.cmd.chars().take(64).collect())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
