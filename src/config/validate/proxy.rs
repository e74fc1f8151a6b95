//! The rules of reverse proxies: nothing of theirs is believed by halves.

use super::super::proxy::{SECRET_HEADER, SHORTEST_SECRET, network};
use super::{Config, Fault, Finding, repeated};

impl Config {
    pub(super) fn proxies(&self) -> Vec<(&'static str, Fault)> {
        let it = &self.proxy;
        let (no_proxy, no_secret) = (it.trusted.is_empty(), it.secret.is_empty());
        let no_header = it.certificate_header.is_empty();
        let lacks = |key, other, lacking: bool| lacking.then_some((key, Fault::Alone { other }));
        [
            (!it.trusted.iter().all(|text| network(text).is_some()))
                .then_some(("proxy.trusted", Fault::NotANetwork)),
            repeated("proxy.trusted", &it.trusted),
            lacks("proxy.secret", "proxy.trusted", !no_secret && no_proxy),
            secret("proxy.secret", &it.secret),
            lacks(HEADER, "proxy.trusted", !no_header && no_proxy),
            lacks(HEADER, "proxy.secret", !no_header && no_secret),
            header(HEADER, &it.certificate_header),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn secret(key: &'static str, value: &str) -> Finding {
    let visible = value.bytes().all(|byte| byte.is_ascii_graphic());
    let good = value.is_empty() || value.len() >= SHORTEST_SECRET && visible;
    (!good).then_some((
        key,
        Fault::WeakSecret {
            least: SHORTEST_SECRET,
        },
    ))
}

/// A name without an underscore, which proxies drop or take for a hyphen, and that nothing else goes by.
fn header(key: &'static str, value: &str) -> Finding {
    let lower = value.to_ascii_lowercase();
    let good = value.is_empty()
        || lower.len() <= 64
            && lower.starts_with(|first: char| first.is_ascii_lowercase())
            && lower
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !TAKEN.contains(&lower.as_str());
    (!good).then_some((key, Fault::NotAHeader))
}

const HEADER: &str = "proxy.certificate_header";

/// Headers that mean something else.
const TAKEN: [&str; 14] = [
    SECRET_HEADER,
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "forwarded",
    "host",
    "mdm-signature",
    "ms-signature",
    "soapaction",
    "user-agent",
    "x-forwarded-for",
];
