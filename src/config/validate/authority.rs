//! The authority's rules, and those of what its certificates point at.

use url::Url;

use super::super::error::Fault;
use super::super::{Config, ISSUER, KEY_KINDS};
use super::{Finding, among, name};

impl Config {
    pub(super) fn authority(&self) -> Vec<(&'static str, Fault)> {
        let it = &self.ca;
        [
            name("ca.name", &it.name),
            among("ca.root_key", &it.root_key, &KEY_KINDS),
            among("ca.issuing_key", &it.issuing_key, &KEY_KINDS),
            pointer("ca.crl_url", &it.crl_url),
            pointer("ca.ocsp_url", &it.ocsp_url),
            pointer("ca.issuer_url", &it.issuer_url),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// An address that goes into certificates: empty, or one of HTTP in the letters that certificates can hold.
fn pointer(key: &'static str, value: &str) -> Finding {
    let filled = value.replace(ISSUER, "0");
    let plain = filled.bytes().all(|byte| byte.is_ascii_graphic()) && filled.len() <= LONGEST;
    let good = plain
        && !filled.contains(['{', '}'])
        && Url::parse(&filled).is_ok_and(|url| ["http", "https"].contains(&url.scheme()));
    (!value.is_empty() && !good).then_some((key, Fault::NotAWebsite))
}

const LONGEST: usize = 500;
