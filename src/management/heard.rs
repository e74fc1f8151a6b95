//! What a device answered: the statuses and results of a package, by the command that they are for.

use std::collections::HashMap;

use crate::protocol::syncml::{Command, Item, Status, SyncMl};

/// The answers of a package.
#[derive(Debug)]
pub(super) struct Heard<'p> {
    statuses: HashMap<&'p str, Vec<&'p Status>>,
    results: HashMap<&'p str, Vec<&'p Item>>,
}

impl<'p> Heard<'p> {
    pub(super) fn of(package: &'p SyncMl) -> Self {
        let mut heard = Self {
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
                    of.or_default().extend(&results.items);
                }
                _ => {}
            }
        }
        heard
    }

    /// The answer to a command: the worst, where each of its items was answered.
    pub(super) fn answer(&self, cmd_id: &str) -> Option<(u16, Option<&'p str>)> {
        let statuses = self.statuses.get(cmd_id)?.iter();
        let answers = statuses.map(|it| (it.code().unwrap_or(500), it.original_error.as_deref()));
        answers.max_by_key(|(code, _)| *code)
    }

    /// The status of a command.
    pub(super) fn status(&self, cmd_id: &str) -> Option<u16> {
        self.answer(cmd_id).map(|(code, _)| code)
    }

    /// The values that a `Get` found.
    pub(super) fn values(&self, cmd_id: &str) -> &[&'p Item] {
        self.results.get(cmd_id).map_or(&[], Vec::as_slice)
    }

    /// Whether there is any answer but the one to the header.
    pub(super) fn is_empty(&self) -> bool {
        self.results.is_empty() && self.statuses.keys().all(|cmd_ref| *cmd_ref == "0")
    }
}
