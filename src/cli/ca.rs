//! `ca show`

use aws_lc_rs::digest;
use serde::Serialize;

use crate::app::Installation;
use crate::clock::Clock;
use crate::id::hex;

use super::arguments::CaCommand;
use super::output::Table;
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

/// Runs the command.
pub(super) fn run(context: &mut Context<'_>, command: &CaCommand) -> Result<ExitCode, Error> {
    let CaCommand::Show = command;
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
