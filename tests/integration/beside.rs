//! Processes of other programs that stand beside the tests. One that hangs fails its test instead of holding up all the
//! others.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Longer than any of them needs on a machine that is busy.
const SILENCE: Duration = Duration::from_secs(120);

/// A program that is ended after ten minutes, with exit code 124.
pub(crate) fn limited(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("timeout");
    command.arg("600").arg(program);
    command
}

/// What a process says on its output, line by line.
pub(crate) struct Voice {
    who: String,
    lines: Receiver<String>,
}

impl Voice {
    /// Listens to an output until it ends.
    pub(crate) fn of(who: &str, output: impl Read + Send + 'static) -> Self {
        let (heard, lines) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            // Whoever listened may have gone.
            for line in lines {
                if heard.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            who: who.to_owned(),
            lines,
        }
    }

    /// The next line.
    #[track_caller]
    pub(crate) fn line(&self) -> String {
        let line = self.lines.recv_timeout(SILENCE);
        line.unwrap_or_else(|error| panic!("{} says no line: {error}", self.who))
    }
}
