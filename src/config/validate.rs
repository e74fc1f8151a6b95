//! The rules that a configuration must keep beyond each value's type.

use std::collections::BTreeSet;

use url::Url;

use super::error::{Fault, Problem};
use super::source::Sources;
use super::text::nearest;
use super::{Config, VERSIONS};

mod authority;
mod certificate;
mod management;
mod provisioning;
mod proxy;

/// A key and what is wrong with it; nothing when its value is good.
type Finding = Option<(&'static str, Fault)>;

impl Config {
    /// Every rule that the configuration breaks.
    pub(super) fn problems(&self, sources: &Sources) -> Vec<Problem> {
        [
            self.listeners(),
            self.proxies(),
            self.authority(),
            self.certificate(),
            self.enrollment(),
            self.provisioning_document(),
            self.polls(),
            self.handover(),
            self.mail(),
            self.limits(),
        ]
        .into_iter()
        .flatten()
        .map(|(key, fault)| Problem {
            place: sources.of(key).clone(),
            key: key.to_owned(),
            fault,
        })
        .collect()
    }

    fn listeners(&self) -> Vec<(&'static str, Fault)> {
        let (certificate, key) = (&self.web.tls_certificate, &self.web.tls_key);
        let same = self.web.listen == self.device.listen && self.web.listen.port() != 0;
        let url = &self.database.url;
        [
            self.data
                .as_os_str()
                .is_empty()
                .then_some(("data", Fault::Empty)),
            base_url("web.public_url", &self.web.public_url),
            base_url("device.public_url", &self.device.public_url),
            alone("web.tls_certificate", "web.tls_key", [certificate, key]),
            alone("web.tls_key", "web.tls_certificate", [key, certificate]),
            same.then_some((
                "device.listen",
                Fault::SameAs {
                    other: "web.listen",
                },
            )),
            self.database_url()
                .err()
                .filter(|_| !url.is_empty())
                .map(|error| ("database.url", Fault::Database(error))),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn enrollment(&self) -> Vec<(&'static str, Fault)> {
        let it = &self.enrollment;
        let rank = |version: &str| VERSIONS.iter().position(|one| *one == version);
        let order = rank(&it.minimum_version).zip(rank(&it.version));
        [
            among("enrollment.version", &it.version, &VERSIONS),
            among("enrollment.minimum_version", &it.minimum_version, &VERSIONS),
            order.filter(|(least, most)| least > most).map(|_| {
                let than = it.version.clone();
                let other = "enrollment.version";
                ("enrollment.minimum_version", Fault::Greater { other, than })
            }),
            (![200, 500].contains(&it.fault_status))
                .then_some(("enrollment.fault_status", Fault::NeitherOf(500, 200))),
            range("enrollment.retry_minutes", it.retry_minutes, 0, 1440),
            range("enrollment.sign_in_minutes", it.sign_in_minutes, 1, 1440),
            range(
                "enrollment.clone_window_hours",
                it.clone_window_hours,
                0,
                8760,
            ),
            schemes("enrollment.app_schemes", &it.app_schemes),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn mail(&self) -> Vec<(&'static str, Fault)> {
        let it = &self.smtp;
        let empty = |key, value: &str| value.is_empty().then_some((key, Fault::Empty));
        [
            Some(())
                .filter(|()| !it.host.is_empty())
                .and_then(|()| empty("smtp.from", &it.from)),
            Some(())
                .filter(|()| !it.password.is_empty())
                .and_then(|()| empty("smtp.username", &it.username)),
            range("smtp.connections", it.connections, 1, 64),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn limits(&self) -> Vec<(&'static str, Fault)> {
        let it = &self.limits;
        let day = 86_400;
        [
            // The largest request of a real device is far smaller, but a token can be long.
            limit("limits.body_bytes", it.body_bytes, 16_384, 1 << 30),
            limit(
                "limits.management_body_bytes",
                it.management_body_bytes,
                16_384,
                1 << 30,
            ),
            limit("limits.body_seconds", it.body_seconds, 1, day),
            limit("limits.header_seconds", it.header_seconds, 1, day),
            limit("limits.handshake_seconds", it.handshake_seconds, 1, day),
            limit("limits.keep_alive_seconds", it.keep_alive_seconds, 1, day),
            limit("limits.drain_delay_seconds", it.drain_delay_seconds, 1, day),
            limit("limits.shutdown_seconds", it.shutdown_seconds, 1, day),
            limit(
                "limits.credential_window_minutes",
                it.credential_window_minutes,
                1,
                10_080,
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn range(key: &'static str, value: u32, minimum: u32, maximum: u32) -> Finding {
    let (minimum_, maximum_) = (i64::from(minimum), i64::from(maximum));
    (!(minimum..=maximum).contains(&value)).then_some((
        key,
        Fault::OutOfRange {
            minimum: minimum_,
            maximum: maximum_,
        },
    ))
}

fn limit(key: &'static str, value: u32, minimum: u32, maximum: u32) -> Finding {
    let fault = Fault::OutOfLimit {
        minimum: i64::from(minimum),
        maximum: i64::from(maximum),
    };
    (value != 0 && !(minimum..=maximum).contains(&value)).then_some((key, fault))
}

fn among(key: &'static str, value: &str, choices: &'static [&'static str]) -> Finding {
    if choices.contains(&value) {
        return None;
    }
    let suggestion = nearest(value, choices.iter().copied());
    Some((
        key,
        Fault::NotAmong {
            choices,
            suggestion,
        },
    ))
}

/// A name that is shown to people: some text, and no more than an X.509 common name holds.
fn name(key: &'static str, value: &str) -> Finding {
    if value.trim().is_empty() {
        Some((key, Fault::Empty))
    } else {
        at_most(key, value)
    }
}

fn at_most(key: &'static str, value: &str) -> Finding {
    let fault = Fault::TooLong {
        limit: NAME_LIMIT,
        unit: "characters",
    };
    (value.chars().count() > NAME_LIMIT).then_some((key, fault))
}

fn alone(key: &'static str, other: &'static str, [it, its]: [&std::path::PathBuf; 2]) -> Finding {
    let is_alone = !it.as_os_str().is_empty() && its.as_os_str().is_empty();
    is_alone.then_some((key, Fault::Alone { other }))
}

/// The URL of a listener: https, a host, perhaps a port, and nothing else.
fn base_url(key: &'static str, value: &str) -> Finding {
    if value.is_empty() {
        return None;
    }
    let Ok(url) = Url::parse(value) else {
        return Some((key, Fault::NotHttps));
    };
    if url.scheme() != "https" || !value.to_ascii_lowercase().starts_with("https://") {
        return Some((key, Fault::NotHttps));
    }
    let bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    (!bare || value.ends_with("//")).then_some((key, Fault::MoreThanHost))
}

fn schemes(key: &'static str, schemes: &[String]) -> Finding {
    let is_scheme = |scheme: &String| {
        scheme.starts_with(|first: char| first.is_ascii_lowercase())
            && scheme
                .chars()
                .all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || "+.-".contains(one))
    };
    let unsafe_ones = [
        "http",
        "https",
        "javascript",
        "data",
        "vbscript",
        "file",
        "blob",
    ];
    if !schemes.iter().all(is_scheme) {
        Some((key, Fault::NotAScheme))
    } else if schemes
        .iter()
        .any(|scheme| unsafe_ones.contains(&scheme.as_str()))
    {
        Some((key, Fault::UnsafeScheme))
    } else {
        repeated(key, schemes)
    }
}

fn repeated(key: &'static str, items: &[String]) -> Finding {
    let distinct: BTreeSet<_> = items.iter().collect();
    (distinct.len() < items.len()).then_some((key, Fault::Repeated))
}

/// Characters of a name: the bound of an X.509 common name.
const NAME_LIMIT: usize = 64;
