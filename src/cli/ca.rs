//! `ca show|crl`

use std::sync::Arc;

use aws_lc_rs::digest;
use serde::Serialize;

use crate::app::Installation;
use crate::clock::Clock;
use crate::id::hex;
use crate::status::Status;

use super::arguments::CaCommand;
use super::data::runtime;
use super::output::{Table, write_json};
use super::{Context, Error, ExitCode};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    directory: String,
    root_sha256: String,
    root_thumbprint: String,
    root_not_after: jiff::Timestamp,
    issuing_sha256: String,
    issuing_not_after: jiff::Timestamp,
    root_pem: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownCrl {
    number: i64,
    this_update: jiff::Timestamp,
    next_update: jiff::Timestamp,
    pem: String,
}

/// Runs the command.
pub(super) fn run(context: &mut Context<'_>, command: &CaCommand) -> Result<ExitCode, Error> {
    match command {
        CaCommand::Show => show(context),
        CaCommand::Crl => crl(context),
    }
}

/// Writes the revocation list, after a new one was made if one was due.
fn crl(context: &mut Context<'_>) -> Result<ExitCode, Error> {
    let (config, _) = context.load()?;
    let clock = Clock::system();
    let installation = Installation::open(config, clock.clone())?;
    let authority = Arc::new(installation.authority()?);
    let status = Status::new(installation.store, authority, clock);
    let list = runtime()?.block_on(status.refresh())?;
    let shown = ShownCrl {
        number: list.number,
        this_update: list.this_update,
        next_update: list.next_update,
        pem: list.pem(),
    };
    let written = match context.is_json() {
        true => write_json(context.out, &shown),
        false => context.out.write_all(shown.pem.as_bytes()),
    };
    written
        .and_then(|()| context.out.flush())
        .map_err(Error::Output)?;
    Ok(ExitCode::Done)
}

fn show(context: &mut Context<'_>) -> Result<ExitCode, Error> {
    let (config, _) = context.load()?;
    let directory = config.ca_directory().display().to_string();
    let authority = Installation::open(config, Clock::system())?.authority()?;
    let hash = |algorithm, bytes: &[u8]| hex(digest::digest(algorithm, bytes).as_ref());
    let shown = Shown {
        directory,
        root_sha256: hash(&digest::SHA256, authority.root_der()),
        root_thumbprint: hash(&digest::SHA1_FOR_LEGACY_USE_ONLY, authority.root_der()),
        root_not_after: authority.root_not_after(),
        issuing_sha256: authority.issuing_id().to_owned(),
        issuing_not_after: authority.issuing_not_after(),
        root_pem: authority.root_pem().to_owned(),
    };
    context.emit(&shown, || table(&shown))?;
    Ok(ExitCode::Done)
}

fn table(shown: &Shown) -> Table<2> {
    let mut table = Table::new(["FIELD", "VALUE"]);
    for (field, value) in [
        ("directory", shown.directory.clone()),
        ("root SHA-256", shown.root_sha256.clone()),
        ("root thumbprint (SHA-1)", shown.root_thumbprint.clone()),
        ("root ends", shown.root_not_after.to_string()),
        ("issuing CA SHA-256", shown.issuing_sha256.clone()),
        ("issuing CA ends", shown.issuing_not_after.to_string()),
    ] {
        table.row([field.to_owned(), value]);
    }
    table
}
