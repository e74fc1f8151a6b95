//! `config check|print|init`: is the configuration good, what is it, and a file to begin with.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::arguments::ConfigCommand;
use super::output::{Table, write_json};
use super::{Context, Error, ExitCode, tell};
use crate::app::outlives_issuing_ca;
use crate::clock::Clock;
use crate::config::{
    self, Config, DEFAULT_FILE, Fault, Problem, Source, Sources, Warning, named_file, template,
};

/// Runs the subcommand.
///
/// # Errors
///
/// The configuration is refused, or a file cannot be written.
pub(super) fn run(context: &mut Context<'_>, command: ConfigCommand) -> Result<ExitCode, Error> {
    match command {
        ConfigCommand::Check => check(context),
        ConfigCommand::Print => print(context),
        ConfigCommand::Init => init(context),
    }
}

/// The verdict of `config check`.
#[derive(Serialize)]
struct Verdict {
    valid: bool,
    errors: Vec<String>,
    warnings: Vec<String>,
}

fn check(context: &mut Context<'_>) -> Result<ExitCode, Error> {
    let (errors, warnings) = match checked(context) {
        Ok((_, warnings)) => (Vec::new(), warnings),
        Err(error) if context.is_json() => (error.lines(), Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let warnings: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    let valid = errors.is_empty();
    if context.is_json() {
        let verdict = Verdict {
            valid,
            errors,
            warnings,
        };
        write_json(context.out, &verdict).map_err(Error::Output)?;
    } else {
        writeln!(context.out, "configuration is valid").map_err(Error::Output)?;
        for warning in warnings {
            tell(&format!("warning: {warning}"));
        }
    }
    Ok(if valid {
        ExitCode::Done
    } else {
        ExitCode::Failed
    })
}

/// The configuration, whose files can be opened, and what may be wrong with it.
pub(super) fn checked(context: &Context<'_>) -> Result<(Config, Vec<Warning>), config::Error> {
    let (config, sources) = context.load()?;
    let problems = unreadable(&config, &sources);
    if !problems.is_empty() {
        return Err(config::Error::Invalid(problems));
    }
    let mut warnings = config.warnings(&sources);
    warnings.extend(outlives_issuing_ca(&config, Clock::system().now()));
    Ok((config, warnings))
}

/// The files that the configuration names and that cannot be opened.
fn unreadable(config: &Config, sources: &Sources) -> Vec<Problem> {
    [
        ("web.tls_certificate", &config.web.tls_certificate),
        ("web.tls_key", &config.web.tls_key),
    ]
    .into_iter()
    .filter(|(_, path)| !path.as_os_str().is_empty())
    .filter_map(|(key, path)| {
        let source = File::open(path).err()?;
        Some(Problem {
            place: sources.of(key).clone(),
            key: key.to_owned(),
            fault: Fault::Unreadable {
                path: path.clone(),
                source,
            },
        })
    })
    .collect()
}

/// One key, as `config print` shows it.
#[derive(Serialize)]
struct Entry {
    key: &'static str,
    value: toml::Value,
    /// The kind of source, in one word.
    source: &'static str,
    /// Where exactly; nothing for a default.
    place: Option<String>,
    help: String,
}

fn print(context: &mut Context<'_>) -> Result<ExitCode, Error> {
    let (config, sources) = context.load()?;
    let entries: Vec<_> = Config::keys()
        .into_iter()
        .zip(config.values())
        .map(|(key, value)| {
            let source = sources.of(key.name);
            Entry {
                key: key.name,
                value: key.shown(&value),
                source: source.kind(),
                place: (*source != Source::Default).then(|| source.to_string()),
                help: key.help(),
            }
        })
        .collect();
    context.emit(&entries, || {
        let mut table = Table::new(["key", "value", "source"]);
        for entry in &entries {
            let source = entry.place.as_deref().unwrap_or(entry.source);
            table.row([
                entry.key.to_owned(),
                entry.value.to_string(),
                source.to_owned(),
            ]);
        }
        table
    })?;
    Ok(ExitCode::Done)
}

/// What `config init` made.
#[derive(Serialize)]
struct Made {
    file: PathBuf,
}

fn init(context: &mut Context<'_>) -> Result<ExitCode, Error> {
    let file = named_file(context.global.config.clone(), &context.environment)
        .unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
    write_new(&file, &template()).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => Error::Exists(file.clone()),
        _ => Error::Write {
            path: file.clone(),
            source,
        },
    })?;
    if context.is_json() {
        write_json(context.out, &Made { file }).map_err(Error::Output)?;
    } else {
        tell(&format!("wrote {}", file.display()));
    }
    Ok(ExitCode::Done)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
