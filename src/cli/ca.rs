//! `ca`: the certification authority, looked at and changed.

mod crl;
mod passphrase;

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::app::{self, Installation};
use crate::ca::{
    self, Authority, AuthoritySettings, MasterKey, MasterKeyChanged, RemovedKey, Rotation, Shown,
    ShownKind, Standing,
};
use crate::clock::Clock;

use super::arguments::{CaCommand, ExportArguments, ImportArguments, RotateArguments};
use super::output::Table;
use super::{Context, Error, ExitCode, tell};

/// The authority; the fields after `directory` are those of the newest root and of the active issuing CA.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Overview {
    directory: String,
    root_sha256: String,
    root_thumbprint: String,
    root_not_after: Timestamp,
    issuing_sha256: String,
    issuing_not_after: Timestamp,
    root_pem: String,
    authorities: Vec<Row>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    kind: &'static str,
    state: &'static str,
    subject: String,
    id: String,
    thumbprint: String,
    since: Timestamp,
    not_after: Timestamp,
    days_left: i64,
    key_here: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_uri: Option<String>,
}

/// Runs the command.
pub(super) fn run(context: &mut Context<'_>, command: &CaCommand) -> Result<ExitCode, Error> {
    let (config, _) = context.load()?;
    let installation = Installation::open(config, Clock::system())?;
    // The first command makes what is missing. What keeps it from opening, the commands that mend it say themselves.
    let authority = installation.authority();
    let place = Place {
        settings: app::authority_settings(&installation.config)?,
        keys: &installation.keys,
        now: installation.clock.now(),
    };
    let directory = place.settings.directory.as_path();
    let opened = match command {
        CaCommand::Show => Authority::open(&place.settings, place.keys, place.now)?,
        CaCommand::Crl(arguments) => {
            return crl::run(
                context,
                installation.store,
                authority?,
                installation.clock,
                arguments,
            );
        }
        CaCommand::Rotate(arguments) => place.rotate(arguments)?,
        CaCommand::Import(arguments) => place.import(arguments)?,
        CaCommand::Export(arguments) => {
            return export(context, &authority?.current(), arguments);
        }
        CaCommand::ChangeMasterKey(arguments) => {
            let new = arguments.new_key_file.as_deref();
            told(&MasterKey::change(directory, new)?);
            return Ok(ExitCode::Done);
        }
        CaCommand::RemoveRootKey(arguments) => {
            let to = &arguments.to;
            let removed = Authority::remove_root_key(&place.settings, place.keys, to, place.now)?;
            removed_to(to, &removed);
            return Ok(ExitCode::Done);
        }
    };
    show(context, directory, &opened, place.now)
}

/// What the commands that change the authority work on.
struct Place<'i> {
    settings: AuthoritySettings,
    keys: &'i MasterKey,
    now: Timestamp,
}

impl Place<'_> {
    fn rotate(&self, arguments: &RotateArguments) -> Result<Authority, Error> {
        let rotation = Rotation {
            new_root: arguments.root,
            root_key: arguments.root_key.as_deref(),
        };
        let rotated = Authority::rotate(&self.settings, self.keys, rotation, self.now)?;
        tell(FOLLOWS);
        if arguments.root && !rotated.newest_root_is_vouched_for() {
            tell(UNVOUCHED);
        }
        Ok(rotated)
    }

    fn import(&self, arguments: &ImportArguments) -> Result<Authority, Error> {
        let chain = read(&arguments.certificate)?;
        let uri = arguments.key.to_str();
        let key = match uri.filter(|it| it.starts_with("pkcs11:")) {
            Some(uri) => Zeroizing::new(uri.to_owned()),
            None => read(&arguments.key)?,
        };
        let encrypted = key.contains("BEGIN ENCRYPTED PRIVATE KEY");
        let passphrase = match &arguments.passphrase_file {
            Some(file) => Some(passphrase::from_file(file)?),
            None if encrypted => passphrase::asked(false)?,
            None => None,
        };
        let imported = Authority::import(
            &self.settings,
            self.keys,
            &chain,
            &key,
            passphrase.as_deref().map(String::as_bytes),
            self.now,
        )?;
        tell(FOLLOWS);
        Ok(imported)
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    Ok(Zeroizing::new(text))
}

fn export(
    context: &mut Context<'_>,
    authority: &Authority,
    arguments: &ExportArguments,
) -> Result<ExitCode, Error> {
    let text = if arguments.keys {
        let passphrase = match &arguments.passphrase_file {
            Some(file) => Some(passphrase::from_file(file)?),
            None => passphrase::asked(true)?,
        };
        let passphrase = passphrase.ok_or(Error::PassphraseMissing)?;
        for uri in authority.keys_in_token() {
            tell(&format!(
                "A private key stays in its token, which gives it to nobody: {uri}"
            ));
        }
        authority.export_keys(passphrase.as_bytes())?
    } else {
        authority.export_certificates()
    };
    match &arguments.to {
        None => context
            .out
            .write_all(text.as_bytes())
            .map_err(Error::Output)?,
        Some(path) => passphrase::write_new(path, text.as_bytes())?,
    }
    Ok(ExitCode::Done)
}

/// Says what remains to be done after the master key was changed.
fn told(changed: &MasterKeyChanged) {
    match changed {
        MasterKeyChanged::Done(file) => tell(&format!(
            "The new master key is in {}; the old one opens nothing any more. Keep a copy apart from the rest.",
            file.display()
        )),
        MasterKeyChanged::Give { file, origin } => tell(&format!(
            "Give the key in {} in place of the one in {origin}. Until the first start with it, both open.",
            file.display()
        )),
    }
}

/// Says where a root's key is now, and which are still to be taken away.
fn removed_to(to: &Path, removed: &RemovedKey) {
    tell(&format!(
        "{} is in {} now and no longer here; keep it, ca rotate asks for it.",
        removed.from.display(),
        to.display()
    ));
    if removed.remaining.is_empty() {
        return;
    }
    let remaining = removed.remaining.iter().map(|it| it.display().to_string());
    tell(&format!(
        "Keys of earlier roots are here still: {}. Run this again for each, with another file.",
        remaining.collect::<Vec<_>>().join(", ")
    ));
}

fn show(
    context: &mut Context<'_>,
    directory: &Path,
    authority: &Authority,
    now: Timestamp,
) -> Result<ExitCode, Error> {
    let all = authority.shown().map_err(app::Error::from)?;
    let root = all.iter().find(|it| it.id == hash(authority.root_der()));
    let overview = Overview {
        directory: directory.display().to_string(),
        root_sha256: hash(authority.root_der()),
        root_thumbprint: root.map_or_else(String::new, |it| it.thumbprint.clone()),
        root_not_after: authority.root_not_after(),
        issuing_sha256: authority.issuing_id().to_owned(),
        issuing_not_after: authority.issuing_not_after(),
        root_pem: authority.root_pem().to_owned(),
        authorities: all.iter().map(|it| row(it, now)).collect(),
    };
    context.emit(&overview, || table(&overview))?;
    Ok(ExitCode::Done)
}

fn hash(der: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, der);
    crate::id::hex(digest.as_ref())
}

fn row(it: &Shown, now: Timestamp) -> Row {
    Row {
        kind: match it.kind {
            ShownKind::Root => "root",
            ShownKind::Issuing => "issuing",
        },
        state: it.standing.word(),
        subject: it.subject.clone(),
        id: it.id.clone(),
        thumbprint: it.thumbprint.clone(),
        since: it.since,
        not_after: it.not_after,
        days_left: (it.not_after.as_second() - now.as_second()).div_euclid(86_400),
        key_here: it.has_key && it.standing != Standing::Retired,
        key_uri: it.key_uri.clone(),
    }
}

fn table(overview: &Overview) -> Table<7> {
    let mut table = Table::new(["KIND", "STATE", "SUBJECT", "ENDS", "DAYS", "KEY", "SHA-256"]);
    for it in &overview.authorities {
        table.row([
            it.kind.to_owned(),
            it.state.to_owned(),
            it.subject.clone(),
            it.not_after.to_string(),
            it.days_left.to_string(),
            match (&it.key_uri, it.key_here) {
                (Some(_), _) => "token",
                (None, true) => "here",
                (None, false) => "-",
            }
            .to_owned(),
            it.id.clone(),
        ]);
    }
    table
}

impl From<ca::Error> for Error {
    fn from(error: ca::Error) -> Self {
        Self::Authority(error)
    }
}

const FOLLOWS: &str = "A running server issues with it within a minute, or at once on SIGHUP.";
/// What it means that the earlier root's key did not sign the new one's.
const UNVOUCHED: &str = "The root before does not vouch for the new one, since its key is not here. The TLS certificate stays \
    with the root before, and once it is renewed only PCs that were given the new root trust it. Where the key is at hand, \
    ca rotate --root --root-key FILE makes a root that is vouched for.";
