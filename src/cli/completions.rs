//! `completions`: the shell's completion script.

use clap::CommandFactory as _;

use super::arguments::{Arguments, CompletionsArguments};
use super::{Context, Error, ExitCode};

/// Writes the completion script for the shell asked for.
///
/// # Errors
///
/// The standard output cannot be written to.
pub(super) fn run(
    context: &mut Context<'_>,
    arguments: &CompletionsArguments,
) -> Result<ExitCode, Error> {
    // Into memory first: clap_complete panics when its writer fails.
    let mut script = Vec::new();
    let mut command = Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "portcullis", &mut script);
    context.out.write_all(&script).map_err(Error::Output)?;
    context.out.flush().map_err(Error::Output)?;
    Ok(ExitCode::Done)
}
