//! Passphrases: from a file, or typed without being seen; never an argument.

use std::fs::{self, OpenOptions};
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::super::Error;

/// The first line of a file.
pub(super) fn from_file(path: &Path) -> Result<Zeroizing<String>, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    let text = Zeroizing::new(text);
    let line = text.lines().next().unwrap_or_default();
    match line.is_empty() {
        true => Err(Error::PassphraseMissing),
        false => Ok(Zeroizing::new(line.to_owned())),
    }
}

/// Asks for one where somebody can answer, twice for a new one; none where nobody can.
pub(super) fn asked(new: bool) -> Result<Option<Zeroizing<String>>, Error> {
    if !io::stdin().is_terminal() {
        return Ok(None);
    }
    let passphrase = typed("Passphrase: ")?;
    if passphrase.is_empty() || (new && typed("Again: ")? != passphrase) {
        return Err(Error::PassphraseMissing);
    }
    Ok(Some(passphrase))
}

/// Reads a line from the terminal, which does not show it.
fn typed(prompt: &str) -> Result<Zeroizing<String>, Error> {
    let failed = |error: rustix::io::Errno| Error::Terminal(error.into());
    let input = io::stdin();
    let shown = tcgetattr(&input).map_err(failed)?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&input, OptionalActions::Flush, &hidden).map_err(failed)?;
    let mut line = Zeroizing::new(String::with_capacity(1024));
    let read = write!(io::stderr(), "{prompt}")
        .and_then(|()| input.lock().read_line(&mut line))
        .and_then(|_| writeln!(io::stderr()));
    tcsetattr(&input, OptionalActions::Flush, &shown).map_err(failed)?;
    read.map_err(Error::Terminal)?;
    let length = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(length);
    Ok(line)
}

/// Writes a file that was not there, for its owner alone.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    let opened = options.create_new(true).write(true).mode(0o600).open(path);
    let written = opened.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => Error::Exists(path.to_owned()),
        _ => Error::Write {
            path: path.to_owned(),
            source,
        },
    })
}
