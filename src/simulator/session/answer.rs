//! What the device answers: a status for each command, and the results of each `Get`.

use super::tree::Tree;
use crate::protocol::syncml::{
    Command, Group, Item, Location, Operation, Results, Status, SyncBody,
};

/// The package that answers `commands` of the server's message `msg_ref`.
pub(super) fn package(tree: &mut Tree<'_>, msg_ref: &str, commands: &[Command]) -> SyncBody {
    let mut answers = Answers {
        tree,
        msg_ref,
        commands: Vec::new(),
    };
    answers.status("0", "SyncHdr", 200, None);
    for command in commands {
        answers.command(command);
    }
    let mut commands = answers.commands;
    for (number_, command) in (1_u32..).zip(&mut commands) {
        number(command, number_);
    }
    SyncBody {
        commands,
        is_final: true,
    }
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
    tree: &'a mut Tree<'t>,
    msg_ref: &'a str,
    commands: Vec<Command>,
}

impl Answers<'_, '_> {
    fn command(&mut self, command: &Command) {
        match command {
            Command::Status(_) | Command::Results(_) => {}
            Command::Alert(alert) => self.status(&alert.cmd_id, "Alert", 200, None),
            Command::Get(operation) => self.get(operation),
            Command::Add(operation) => {
                self.each(operation, "Add", |tree, uri, item| tree.add(uri, item));
            }
            Command::Replace(operation) => self.each(operation, "Replace", |tree, uri, item| {
                tree.replace(uri, item)
            }),
            Command::Delete(operation) => {
                self.each(operation, "Delete", |tree, uri, _| tree.delete(uri));
            }
            Command::Exec(operation) => self.each(operation, "Exec", |tree, uri, _| tree.exec(uri)),
            Command::Copy(operation) => self.each(operation, "Copy", |_, _, _| 406),
            Command::Atomic(group) => self.group(group, "Atomic"),
            Command::Sequence(group) => self.group(group, "Sequence"),
            Command::Unknown(unknown) => {
                let id = unknown.cmd_id.as_deref().unwrap_or_default();
                self.status(id, &unknown.name, 406, None);
            }
        }
    }

    /// A group's own status comes before those of its commands. An atomic one that fails is taken back.
    fn group(&mut self, group: &Group, name: &str) {
        let before = self.tree.clone();
        let at = self.commands.len();
        for command in &group.commands {
            self.command(command);
        }
        let failed = self.commands.iter().skip(at).any(|answer| {
            matches!(answer, Command::Status(status) if status.code().is_none_or(|code| code >= 300))
        });
        let code = if failed && name == "Atomic" { 507 } else { 200 };
        if code == 507 {
            *self.tree = before;
        }
        self.status(&group.cmd_id, name, code, None);
        self.commands
            .get_mut(at..)
            .unwrap_or_default()
            .rotate_right(1);
    }

    fn each(
        &mut self,
        operation: &Operation,
        name: &str,
        run: fn(&mut Tree<'_>, &str, &Item) -> u16,
    ) {
        for item in &operation.items {
            let uri = target(item);
            let code = run(self.tree, uri, item);
            self.status(&operation.cmd_id, name, code, Some(uri));
        }
        if operation.items.is_empty() {
            self.status(&operation.cmd_id, name, 400, None);
        }
    }

    fn get(&mut self, operation: &Operation) {
        let mut found = Vec::new();
        for item in &operation.items {
            let uri = target(item);
            match self.tree.get(uri) {
                Ok(value) => {
                    found.push((uri.to_owned(), value.to_owned()));
                    self.status(&operation.cmd_id, "Get", 200, Some(uri));
                }
                Err(code) => self.status(&operation.cmd_id, "Get", code, Some(uri)),
            }
        }
        if found.is_empty() {
            return;
        }
        self.commands.push(Command::Results(Results {
            msg_ref: Some(self.msg_ref.to_owned()),
            cmd_ref: operation.cmd_id.clone(),
            items: found
                .into_iter()
                .map(|(uri, value)| Item {
                    source: Some(Location::from(uri)),
                    data: Some(value),
                    ..Item::default()
                })
                .collect(),
            ..Results::default()
        }));
    }

    fn status(&mut self, cmd_ref: &str, cmd: &str, code: u16, target: Option<&str>) {
        self.commands.push(Command::Status(Status {
            msg_ref: self.msg_ref.to_owned(),
            cmd_ref: cmd_ref.to_owned(),
            cmd: cmd.to_owned(),
            target_refs: target.map(str::to_owned).into_iter().collect(),
            data: code.to_string(),
            ..Status::default()
        }));
    }
}

fn target(item: &Item) -> &str {
    item.target
        .as_ref()
        .map(|target| target.loc_uri.as_str())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
