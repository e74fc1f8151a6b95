//! The rules of handing devices over.

use url::Url;

use super::super::ManagementMode;
use super::{Config, Fault, Finding};

impl Config {
    pub(super) fn handover(&self) -> Vec<(&'static str, Fault)> {
        let it = &self.management;
        let (url, secret) = (&it.webhook_url, &it.webhook_secret);
        let external = it.mode == ManagementMode::External;
        [
            (external && it.url.is_empty()).then_some(("management.url", Fault::Nowhere)),
            address("management.url", &it.url),
            address("management.webhook_url", url),
            alone(URL, SECRET, [url, secret]),
            alone(SECRET, URL, [secret, url]),
            (!secret.is_empty() && secret.chars().count() < SHORTEST)
                .then_some((SECRET, Fault::TooShort { limit: SHORTEST })),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// An https URL of a host, with whatever path and query.
fn address(key: &'static str, value: &str) -> Finding {
    if value.is_empty() {
        return None;
    }
    let good = Url::parse(value).is_ok_and(|url| {
        url.scheme() == "https"
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
    });
    (!good).then_some((key, Fault::NotAnAddressOfHttps))
}

fn alone(key: &'static str, other: &'static str, [it, its]: [&String; 2]) -> Finding {
    (!it.is_empty() && its.is_empty()).then_some((key, Fault::Alone { other }))
}

const URL: &str = "management.webhook_url";
const SECRET: &str = "management.webhook_secret";

/// Characters of a secret that nobody guesses.
const SHORTEST: usize = 16;
