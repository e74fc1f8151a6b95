//! What the device answers: a status for each command, and the results of each `Get`.

mod group;
mod value;

use super::pieces::{Pieces, uri};
use super::tree::{Code, Reach};
use crate::protocol::syncml::{
    Alert, Command, Item, Location, Meta, Operation, Results, Status, SyncBody,
};

/// What comes of a message of the server.
pub(super) struct Answer {
    /// The package that answers it.
    pub(super) body: SyncBody,
    /// Whether the device was told to leave: nothing is answered then.
    pub(super) leaves: bool,
}

/// Does `commands` of the server's message `msg_ref`.
pub(super) fn package(
    reach: &mut Reach<'_>,
    pieces: &mut Pieces,
    msg_ref: &str,
    commands: &[Command],
) -> Answer {
    let mut answers = Answers {
        reach,
        pieces,
        msg_ref,
        commands: Vec::new(),
        leaves: false,
    };
    answers.status("0", "SyncHdr", Code::OK, None);
    for command in commands {
        answers.command(command);
    }
    if answers.pieces.are_missing() {
        answers.alert(NEXT_MESSAGE, None);
    }
    let leaves = answers.leaves;
    let mut commands = answers.commands;
    for (number_, command) in (1_u32..).zip(&mut commands) {
        number(command, number_);
    }
    let body = SyncBody {
        commands,
        is_final: true,
    };
    Answer { body, leaves }
}

/// Gives `command` its `CmdID`.
pub(super) fn number(command: &mut Command, id: u32) {
    let id = id.to_string();
    match command {
        Command::Status(status) => status.cmd_id = id,
        Command::Results(results) => results.cmd_id = id,
        Command::Alert(alert) => alert.cmd_id = id,
        Command::Get(operation)
        | Command::Add(operation)
        | Command::Replace(operation)
        | Command::Delete(operation)
        | Command::Copy(operation)
        | Command::Exec(operation) => operation.cmd_id = id,
        Command::Atomic(group) | Command::Sequence(group) => group.cmd_id = id,
        Command::Unknown(unknown) => unknown.cmd_id = Some(id),
    }
}

struct Answers<'a, 't> {
    reach: &'a mut Reach<'t>,
    pieces: &'a mut Pieces,
    msg_ref: &'a str,
    commands: Vec<Command>,
    leaves: bool,
}

impl Answers<'_, '_> {
    fn command(&mut self, command: &Command) {
        if self.leaves {
            return;
        }
        match command {
            Command::Status(_) | Command::Results(_) => {}
            Command::Alert(alert) => self.status(&alert.cmd_id, "Alert", Code::OK, None),
            Command::Get(_) | Command::Atomic(_) if self.reach.atomic => {
                self.refuse(command, Code::IN_ATOMIC);
            }
            Command::Get(operation) => self.get(operation),
            Command::Add(operation) => {
                self.write(operation, "Add", |reach, uri, value| reach.add(uri, value));
            }
            Command::Replace(operation) => self.write(operation, "Replace", |reach, uri, value| {
                reach.replace(uri, value)
            }),
            Command::Exec(operation) => self.exec(operation),
            Command::Delete(operation) => {
                self.each(operation, "Delete", |answers, item| {
                    answers.reach.delete(uri(item))
                });
            }
            Command::Atomic(group) => self.atomic(group),
            Command::Sequence(group) => self.sequence(group),
            Command::Copy(_) | Command::Unknown(_) => self.refuse(command, Code::NOT_SUPPORTED),
        }
    }

    /// Answers a command, or each of its items, without doing anything.
    fn refuse(&mut self, command: &Command, code: Code) {
        match command {
            Command::Get(operation)
            | Command::Add(operation)
            | Command::Replace(operation)
            | Command::Delete(operation)
            | Command::Copy(operation)
            | Command::Exec(operation) => {
                self.each(operation, command.name(), |_, _| code);
            }
            other => {
                let id = other.cmd_id().unwrap_or_default();
                self.status(id, other.name(), code, None);
            }
        }
    }

    fn each(
        &mut self,
        operation: &Operation,
        name: &str,
        mut run: impl FnMut(&mut Self, &Item) -> Code,
    ) {
        for item in &operation.items {
            if let Some(source) = self.pieces.interrupt(name, item) {
                self.alert(NO_END, Some(source));
            }
            let code = run(self, item);
            self.status(&operation.cmd_id, name, code, Some(uri(item)));
        }
        if operation.items.is_empty() {
            self.status(&operation.cmd_id, name, Code::BAD, None);
        }
    }

    /// `Add` and `Replace`, once the value is whole and is written as its format says.
    fn write(
        &mut self,
        operation: &Operation,
        name: &'static str,
        run: fn(&mut Reach<'_>, &str, &str) -> Code,
    ) {
        self.each(operation, name, |answers, item| {
            match value::of(answers.pieces, operation, name, item) {
                Ok(value) => run(answers.reach, uri(item), &value),
                Err(code) => code,
            }
        });
    }

    fn exec(&mut self, operation: &Operation) {
        let mut nodes = operation.items.iter().map(uri);
        if nodes.any(|node| self.reach.unenrolls(node)) {
            self.leaves = true;
            return;
        }
        self.each(operation, "Exec", |answers, item| {
            answers.reach.exec(uri(item))
        });
    }

    fn get(&mut self, operation: &Operation) {
        let mut found = Vec::new();
        self.each(operation, "Get", |answers, item| {
            match answers.reach.get(uri(item)) {
                Ok((value, is_inner)) => {
                    found.push(result(uri(item), value, is_inner));
                    Code::OK
                }
                Err(code) => code,
            }
        });
        if found.is_empty() {
            return;
        }
        self.commands.push(Command::Results(Results {
            msg_ref: Some(self.msg_ref.to_owned()),
            cmd_ref: operation.cmd_id.clone(),
            items: found,
            ..Results::default()
        }));
    }

    fn status(&mut self, cmd_ref: &str, cmd: &str, code: Code, target: Option<&str>) {
        self.commands.push(Command::Status(Status {
            msg_ref: self.msg_ref.to_owned(),
            cmd_ref: cmd_ref.to_owned(),
            cmd: cmd.to_owned(),
            target_refs: target.map(str::to_owned).into_iter().collect(),
            data: code.status.to_string(),
            original_error: original_error(code),
            ..Status::default()
        }));
    }

    fn alert(&mut self, code: u16, source: Option<String>) {
        self.commands.push(Command::Alert(Alert {
            data: Some(code.to_string()),
            items: source
                .map(|uri| Item {
                    source: Some(Location::from(uri)),
                    ..Item::default()
                })
                .into_iter()
                .collect(),
            ..Alert::default()
        }));
    }
}

fn original_error(code: Code) -> Option<String> {
    code.error.map(|error| format!("0x{error:08X}"))
}

fn result(uri: &str, value: String, is_inner: bool) -> Item {
    Item {
        source: Some(Location::from(uri)),
        meta: is_inner.then(|| Meta {
            format: Some("node".to_owned()),
            ..Meta::default()
        }),
        data: Some(value),
        ..Item::default()
    }
}

/// The device waits for the next piece.
const NEXT_MESSAGE: u16 = 1222;
/// The end of a large value did not come.
const NO_END: u16 = 1225;

#[cfg(test)]
mod tests;
