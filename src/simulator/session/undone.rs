//! What came of a session in the end: each node by the last answer that was given for it.

use std::collections::BTreeMap;

use super::Session;
use crate::protocol::syncml::{Command, Status};

/// A node that is not as the server wanted it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Undone {
    /// The node, or what stands in its place where a command names none.
    pub node: String,
    /// The command.
    pub command: String,
    /// The status.
    pub status: u16,
}

impl Session {
    /// The nodes that the server wrote, removed or ran without success, however often it tried. What it merely asked for
    /// is not among them: that a node is not there is an answer.
    pub fn undone(&self) -> Vec<Undone> {
        let mut last: BTreeMap<String, &Status> = BTreeMap::new();
        for answer in &self.answers {
            let Command::Status(status) = answer else {
                continue;
            };
            if !matches!(
                status.cmd.as_str(),
                "SyncHdr" | "Get" | "Alert" | "Atomic" | "Sequence"
            ) {
                last.insert(node(status).to_ascii_lowercase(), status);
            }
        }
        let last = last.into_values().filter(|status| !is_done(status));
        last.map(|status| Undone {
            node: node(status).to_owned(),
            command: status.cmd.clone(),
            status: status.code().unwrap_or_default(),
        })
        .collect()
    }
}

fn node(status: &Status) -> &str {
    status.target_refs.first().map_or("", String::as_str)
}

fn is_done(status: &Status) -> bool {
    match status.code() {
        // A piece, what was not done, and what was taken back.
        Some(213 | 215 | 216) | None => false,
        Some(404) => status.cmd == "Delete",
        Some(code) => (200..300).contains(&code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(cmd: &str, node: &str, code: u16) -> Command {
        Command::Status(Status {
            cmd: cmd.to_owned(),
            target_refs: vec![node.to_owned()],
            data: code.to_string(),
            ..Status::default()
        })
    }

    #[test]
    fn the_last_answer_for_a_node_is_the_one_that_counts() {
        let session = Session {
            answers: vec![
                status("SyncHdr", "", 200),
                status("Replace", "./A", 404),
                status("Add", "./B", 213),
                status("Add", "./C", 216),
                status("Get", "./D", 404),
                status("Delete", "./E", 404),
                status("Exec", "./F", 202),
                status("Add", "./a", 200),
                status("Add", "./G", 418),
            ],
            ..Session::default()
        };
        let undone = session.undone();
        let undone: Vec<_> = undone
            .iter()
            .map(|it| (it.command.as_str(), it.node.as_str(), it.status))
            .collect();
        let expected = [
            ("Add", "./B", 213),
            ("Add", "./C", 216),
            ("Add", "./G", 418),
        ];
        assert_eq!(undone, expected);
    }
}
