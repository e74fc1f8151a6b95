//! Groups of commands: `Atomic`, which is done all or none, and `Sequence`.

use super::{Answers, Code, original_error};
use crate::protocol::syncml::{Command, Group};

impl Answers<'_, '_> {
    /// Where a command of it fails, those before it are taken back and those after it are not done.
    pub(super) fn atomic(&mut self, group: &Group) {
        let before = self.reach.tree.clone();
        let at = self.commands.len();
        self.reach.atomic = true;
        let mut failed = None;
        for command in &group.commands {
            let from = self.commands.len();
            if failed.is_some() {
                self.refuse(command, Code::NOT_DONE);
                continue;
            }
            self.command(command);
            if self.commands.iter().skip(from).any(fails) {
                failed = Some(from);
            }
        }
        self.reach.atomic = false;
        let code = match failed {
            Some(from) => {
                *self.reach.tree = before;
                for done in self.commands.get_mut(at..from).unwrap_or_default() {
                    answer_with(done, Code::TAKEN_BACK);
                }
                Code::ATOMIC_FAILED
            }
            None => Code::OK,
        };
        self.status_before(at, group, "Atomic", code);
    }

    /// One after the other, whatever comes of them.
    pub(super) fn sequence(&mut self, group: &Group) {
        let at = self.commands.len();
        for command in &group.commands {
            self.command(command);
        }
        self.status_before(at, group, "Sequence", Code::OK);
    }

    /// A group's own status comes before those of its commands.
    fn status_before(&mut self, at: usize, group: &Group, name: &str, code: Code) {
        self.status(&group.cmd_id, name, code, None);
        let of_group = self.commands.get_mut(at..).unwrap_or_default();
        of_group.rotate_right(1);
    }
}

/// Whether an answer says that a command was not done; a piece of a value is not a value.
fn fails(answer: &Command) -> bool {
    let code = match answer {
        Command::Status(status) => status.code(),
        _ => return false,
    };
    code.is_none_or(|code| code >= 300 || code == Code::PIECE.status)
}

fn answer_with(answer: &mut Command, code: Code) {
    if let Command::Status(status) = answer {
        status.data = code.status.to_string();
        status.original_error = original_error(code);
    }
}
