//! What a device answered: the statuses and results of a package, by the command that they are for.

use std::collections::HashMap;

use crate::protocol::syncml::{Command, Item, Status, SyncMl};

/// The answers of a package.
#[derive(Debug)]
pub(super) struct Heard<'p> {
    /// The session and the message that they stand in.
    pub(super) session: &'p str,
    pub(super) message: &'p str,
    statuses: HashMap<&'p str, Vec<&'p Status>>,
    results: HashMap<&'p str, Vec<(Option<&'p str>, &'p Item)>>,
}

impl<'p> Heard<'p> {
    pub(super) fn of(package: &'p SyncMl) -> Self {
        let mut heard = Self {
            session: &package.header.session_id,
            message: &package.header.msg_id,
            statuses: HashMap::new(),
            results: HashMap::new(),
        };
        for command in &package.body.commands {
            match command {
                Command::Status(status) => {
                    let of = heard.statuses.entry(status.cmd_ref.as_str());
                    of.or_default().push(status);
                }
                Command::Results(results) => {
                    let of = heard.results.entry(results.cmd_ref.as_str());
                    let msg_ref = results.msg_ref.as_deref();
                    let items = results.items.iter().map(|item| (msg_ref, item));
                    of.or_default().extend(items);
                }
                _ => {}
            }
        }
        heard
    }

    /// The answer to a command of a message: the worst, where each of its items was answered.
    pub(super) fn answer(&self, cmd_id: &str, message: &str) -> Option<(u16, Option<&'p str>)> {
        let statuses = self.statuses.get(cmd_id)?.iter();
        let statuses = statuses.filter(|it| it.msg_ref == message);
        statuses.map(|it| answer(it)).max_by_key(|(code, _)| *code)
    }

    /// The values that a `Get` of a message found.
    pub(super) fn found(&self, cmd_id: &str, message: &str) -> impl Iterator<Item = &'p Item> {
        let values = self.results.get(cmd_id).into_iter().flatten();
        let of_message = values.filter(move |(of, _)| of.is_none_or(|of| of == message));
        of_message.map(|(_, item)| *item)
    }

    /// The status of a command, whichever message it was in.
    pub(super) fn status(&self, cmd_id: &str) -> Option<u16> {
        let statuses = self.statuses.get(cmd_id)?.iter();
        statuses.map(|it| answer(it).0).max()
    }

    /// The values that a `Get` found, whichever message it was in.
    pub(super) fn values(&self, cmd_id: &str) -> Vec<&'p Item> {
        let values = self.results.get(cmd_id).into_iter().flatten();
        values.map(|(_, item)| *item).collect()
    }

    /// The answers to groups: the `CmdID` of each, its message and its status.
    pub(super) fn groups(&self) -> impl Iterator<Item = (&'p str, &'p str, u16)> {
        let statuses = self.statuses.values().flatten();
        let groups = statuses.filter(|it| it.cmd == "Atomic");
        groups.map(|it| (it.cmd_ref.as_str(), it.msg_ref.as_str(), answer(it).0))
    }

    /// Whether there is any answer but the one to the header.
    pub(super) fn is_empty(&self) -> bool {
        self.results.is_empty() && self.statuses.keys().all(|cmd_ref| *cmd_ref == "0")
    }
}

fn answer(status: &Status) -> (u16, Option<&str>) {
    (
        status.code().unwrap_or(500),
        status.original_error.as_deref(),
    )
}
