//! What lies on this machine: the database, the authority, the TLS certificate.

use jiff::Timestamp;
use url::Url;

use crate::app::{self, Ending, TlsFacts, TlsFiles};
use crate::ca::{Authority, MasterKey};
use crate::config::{Config, DatabaseUrl, with_causes};
use crate::http::tls::CertificateFiles;
use crate::store::{Schema, Store};

use super::Check;

const DAY: i64 = 24 * 60 * 60;
/// Days before its end from which on a TLS certificate is spoken of.
const SPARE: i64 = 30;

/// The database, and whether it can be worked with.
pub(super) fn database(config: &Config) -> (Check, bool) {
    const DATABASE: &str = "database";
    let path = match config.database_url() {
        Ok(DatabaseUrl::Sqlite(path)) => path,
        Err(error) => return (Check::fail(DATABASE, with_causes(&error)), false),
    };
    let shown = path.display();
    if !path.exists() {
        let message = format!("there is none yet at {shown}: the first start makes it");
        return (Check::warn(DATABASE, message), false);
    }
    match Store::sqlite_schema(&path) {
        Err(error) => (Check::fail(DATABASE, with_causes(&error)), false),
        Ok(Schema { found, known }) if found > known => {
            let message = format!(
                "{shown} has schema {found}, and this program knows {known}: install the newer one again"
            );
            (Check::fail(DATABASE, message), false)
        }
        Ok(Schema { found, known }) if found < known => {
            let message = format!(
                "{shown} has schema {found}: the next start brings it to {known}; keep a copy before"
            );
            (Check::warn(DATABASE, message), false)
        }
        Ok(Schema { found, .. }) => {
            let message = format!("{shown} can be read, and has schema {found}");
            (Check::ok(DATABASE, message), true)
        }
    }
}

/// The authority, if it is there and fits.
pub(super) fn authority(config: &Config, now: Timestamp) -> (Check, Option<Authority>) {
    const AUTHORITY: &str = "authority";
    let directory = config.ca_directory();
    let shown = directory.display();
    let key = MasterKey::is_there(&directory);
    let mut there = vec![("the master key", key)];
    for name in ["root.pem", "issuing.pem", "issuing.key"] {
        there.push((name, directory.join(name).exists()));
    }
    if there.iter().all(|(_, there)| !there) {
        let message = format!("there is none yet in {shown}: the first start makes it");
        return (Check::warn(AUTHORITY, message), None);
    }
    if let Some((name, _)) = there.iter().find(|(_, there)| !there) {
        let message = format!("{name} is missing in {shown}: put it back from your backup");
        return (Check::fail(AUTHORITY, message), None);
    }
    let keys = MasterKey::load(&directory).map_err(app::Error::from);
    let opened = keys.and_then(|keys| app::authority(config, &keys, now));
    match opened {
        Err(error) => (Check::fail(AUTHORITY, with_causes(&error)), None),
        Ok(authority) => (lasting(config, &authority, now), Some(authority)),
    }
}

fn lasting(config: &Config, authority: &Authority, now: Timestamp) -> Check {
    let days = |end: Timestamp| (end.as_second() - now.as_second()) / DAY;
    let issuing = days(authority.issuing_not_after());
    let root = days(authority.root_not_after());
    let mut message = format!("the issuing CA lasts {issuing} days, the root {root}");
    if let Some(uri) = authority.issuing_key_uri() {
        message = format!("{message}; the token answers, and has the key {uri}");
    }
    let device = i64::from(config.certificate.lifetime_days);
    let endings = app::endings(authority, &TlsFiles::of(config), now).unwrap_or_default();
    let near = endings.iter().find(|it| it.what != "the TLS certificate");
    if let Some(Ending {
        what,
        within,
        remedy,
        ..
    }) = near
    {
        let near = format!("{what} ends in less than {within} days: {remedy}");
        return Check::warn("authority", format!("{message}; {near}"));
    }
    match issuing.min(root) < device {
        true => {
            let more = "certificates of devices end with them, sooner than configured";
            Check::warn("authority", format!("{message}: {more}"))
        }
        false => Check::ok("authority", message),
    }
}

/// The TLS certificate of the listeners.
pub(super) fn tls(config: &Config, now: Timestamp) -> Check {
    const TLS: &str = "TLS certificate";
    let files = TlsFiles::of(config);
    let own = config.web.tls_certificate.as_os_str().is_empty();
    let shown = files.chain.display().to_string();
    if own && !files.chain.exists() {
        return Check::warn(TLS, "there is none yet: the first start makes it");
    }
    if let Err(error) = CertificateFiles::open(files.chain.clone(), files.key) {
        return Check::fail(TLS, with_causes(&error));
    }
    let Some(facts) = TlsFacts::read(&files.chain) else {
        return Check::fail(TLS, format!("{shown} holds no certificate"));
    };
    let then = match own {
        true => "the next start makes another",
        false => "put another in its place, it is read while the server runs",
    };
    let days = (facts.not_after - now.as_second()) / DAY;
    if facts.not_after <= now.as_second() {
        return Check::fail(TLS, format!("{shown} has ended: {then}"));
    }
    let missing = hosts(config).into_iter().find(|host| !facts.covers(host));
    if let Some(host) = missing {
        let message = format!("{shown} does not name {host}, so PCs refuse it: {then}");
        return Check::fail(TLS, message);
    }
    let message = format!("{shown} names the listeners' hosts and lasts {days} days");
    match days < SPARE {
        true => Check::warn(TLS, format!("{message}: {then}")),
        false => Check::ok(TLS, message),
    }
}

/// The hosts that PCs ask for.
fn hosts(config: &Config) -> Vec<String> {
    let urls = [
        config.web_url(config.web.listen),
        config.device_url(config.device.listen),
    ];
    let hosts = urls.iter().filter_map(|url| {
        let url = Url::parse(url).ok()?;
        Some(url.host_str()?.trim_matches(['[', ']']).to_owned())
    });
    hosts.collect()
}
