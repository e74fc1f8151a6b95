//! The command line: parses the arguments and calls one function per subcommand.
//!
//! With `--output json` the standard output carries JSON alone; everything else,
//! errors included, goes to the standard error. [`ExitCode`] says what came of it.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process;

use clap::Parser as _;
use serde::Serialize;

use crate::config::{Config, Error as ConfigError, LoadArguments, Sources, environment};

mod admin;
pub(crate) mod arguments;
mod attempt;
mod ca;
mod completions;
mod config;
mod data;
mod demo;
mod device;
mod doctor;
mod error;
mod identity_provider;
mod named;
pub(crate) mod output;
mod policy;
mod ppkg;
mod remote;
mod rules;
mod serve;
mod simulate;
mod template;
mod token;
pub(crate) mod value;

use arguments::{Arguments, Command, Global};
pub(crate) use error::Error;
use error::report;
use output::{Output, Table};

/// What a command came to, as the shell sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ExitCode {
    /// It did what was asked: 0.
    Done,
    /// It failed: 1.
    Failed,
    /// The arguments make no command: 2.
    Usage,
    /// A policy refused it: 3.
    Refused,
}

impl ExitCode {
    /// The number that the shell sees.
    pub fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Refused => 3,
        }
    }
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

/// Runs the command that the process was started with.
pub fn run() -> process::ExitCode {
    let code = match environment() {
        Ok(environment) => execute(std::env::args_os(), environment, &mut io::stdout()),
        Err(error) => report(&Error::Config(error)),
    };
    code.into()
}

/// Runs the command in `arguments`, the program's name first; its results go to `out`.
fn execute(
    arguments: impl IntoIterator<Item = OsString>,
    environment: Vec<(String, String)>,
    out: &mut (dyn Write + Send),
) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go to the standard output, misuse to the standard error.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::Usage
            } else {
                ExitCode::Done
            };
        }
    };
    let mut context = Context {
        global: arguments.global,
        environment,
        out,
    };
    dispatch(&mut context, arguments.command).unwrap_or_else(|error| report(&error))
}

/// One line per subcommand.
fn dispatch(context: &mut Context<'_>, command: Command) -> Result<ExitCode, Error> {
    match command {
        Command::Serve(arguments) => serve::run(context, &arguments),
        Command::Demo(arguments) => demo::run(context, &arguments),
        Command::Simulate(arguments) => simulate::run(context, &arguments),
        Command::Token(command) => token::run(context, command),
        Command::Template(command) => template::run(context, &command),
        Command::Policy(command) => policy::run(context, &command),
        Command::IdentityProvider(command) => identity_provider::run(context, &command),
        Command::Ppkg(arguments) => ppkg::run(context, &arguments),
        Command::Rules(command) => rules::run(context, &command),
        Command::Device(command) => device::run(context, command),
        Command::Attempt(command) => attempt::run(context, command),
        Command::Ca(command) => ca::run(context, &command),
        Command::Admin(command) => admin::run(context, command),
        Command::Config(command) => config::run(context, command),
        Command::Doctor(arguments) => doctor::run(context, &arguments),
        Command::Completions(arguments) => completions::run(context, &arguments),
    }
}

/// What every subcommand is given.
pub(crate) struct Context<'o> {
    /// The flags that every subcommand takes.
    pub(crate) global: Global,
    /// The environment, as [`environment`] read it.
    pub(crate) environment: Vec<(String, String)>,
    /// Where results go.
    pub(crate) out: &'o mut (dyn Write + Send),
}

impl Context<'_> {
    /// Loads the configuration, the flags over everything.
    ///
    /// # Errors
    ///
    /// Those of [`Config::load`].
    pub(crate) fn load(&self) -> Result<(Config, Sources), ConfigError> {
        let Global {
            config,
            data,
            database,
            ..
        } = &self.global;
        let overrides = [("data", data), ("database.url", database)];
        let overrides = overrides
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)));
        let arguments = LoadArguments {
            file: config.clone(),
            overrides: overrides.collect(),
        };
        Config::load(arguments, self.environment.iter().cloned())
    }

    /// Whether JSON was asked for.
    pub(crate) fn is_json(&self) -> bool {
        self.global.output == Output::Json
    }

    /// Writes a result: `value` as JSON, or `table`, whichever was asked for.
    ///
    /// # Errors
    ///
    /// The standard output cannot be written to.
    pub(crate) fn emit<const N: usize>(
        &mut self,
        value: &impl Serialize,
        table: impl FnOnce() -> Table<N>,
    ) -> Result<(), Error> {
        let result = match self.global.output {
            Output::Json => output::write_json(self.out, value),
            Output::Table => table().write(self.out),
        };
        result.map_err(Error::Output)
    }
}

/// Writes a line for people to the standard error; one that cannot be written is lost.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{}", output::printable(line));
}

#[cfg(test)]
mod tests;
