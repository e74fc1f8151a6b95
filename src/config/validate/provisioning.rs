//! The rules of the provisioning document and of polling.

use url::Url;

use super::{Config, Fault, Finding, at_most, name, range, repeated};

impl Config {
    pub(super) fn provisioning_document(&self) -> Vec<(&'static str, Fault)> {
        let it = &self.provisioning;
        let (initial, maximum) = (it.initial_backoff_ms, it.max_backoff_ms);
        [
            provider_id("provisioning.provider_id", &it.provider_id),
            name("provisioning.name", &it.name),
            range(
                "provisioning.connection_retries",
                it.connection_retries,
                0,
                100,
            ),
            range("provisioning.initial_backoff_ms", initial, 1, DAY_MS),
            range("provisioning.max_backoff_ms", maximum, 1, DAY_MS),
            (initial > maximum).then_some((
                "provisioning.initial_backoff_ms",
                Fault::Greater {
                    other: "provisioning.max_backoff_ms",
                    than: maximum.to_string(),
                },
            )),
            at_most("provisioning.help_phone", &it.help_phone),
            website("provisioning.help_website", &it.help_website),
            mail_address("provisioning.help_email", &it.help_email),
            providers("provisioning.crypto_providers", &it.crypto_providers),
            range(
                "provisioning.minimal_key_length",
                it.minimal_key_length,
                2048,
                4096,
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// At least one phase, at most one of them for ever, and no phase without its interval.
    pub(super) fn polls(&self) -> Vec<(&'static str, Fault)> {
        let it = &self.provisioning.poll;
        let phases = [
            (FIRST, it.first_retries, it.first_interval_minutes),
            (SECOND, it.second_retries, it.second_interval_minutes),
            (
                REMAINING,
                it.remaining_retries,
                it.remaining_interval_minutes,
            ),
        ];
        let mut found = Vec::new();
        if phases.iter().all(|(_, retries, _)| *retries == 0) {
            found.push((FIRST.0, Fault::PollsNever));
        } else {
            let endless = phases
                .iter()
                .filter(|(_, retries, interval)| *retries == 0 && *interval > 0);
            found.extend(
                endless
                    .skip(1)
                    .map(|((retries, _), ..)| (*retries, Fault::PollsForEverTwice)),
            );
        }
        for ((retries_key, interval_key), retries, interval) in phases {
            if retries > 0 && interval == 0 {
                found.push((interval_key, Fault::NoInterval { other: retries_key }));
            }
            found.extend(range(retries_key, retries, 0, POLL_LIMIT));
            found.extend(range(interval_key, interval, 0, POLL_LIMIT));
        }
        let jitter = it.jitter_percent;
        found.extend(range("provisioning.poll.jitter_percent", jitter, 0, 50));
        found
    }
}

/// `PROVIDER-ID` becomes a segment of a URI, so nothing that would need escaping.
fn provider_id(key: &'static str, value: &str) -> Finding {
    let good = (1..=64).contains(&value.len())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    (!good).then_some((key, Fault::NotAProviderId))
}

fn website(key: &'static str, value: &str) -> Finding {
    if value.is_empty() {
        return None;
    }
    let good = Url::parse(value).is_ok_and(|url| ["http", "https"].contains(&url.scheme()));
    (!good).then_some((key, Fault::NotAWebsite))
}

fn mail_address(key: &'static str, value: &str) -> Finding {
    let good = value.is_empty()
        || value.len() <= 254
            && !value.contains(char::is_whitespace)
            && value
                .split_once('@')
                .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
    (!good).then_some((key, Fault::NotAMailAddress))
}

fn providers(key: &'static str, providers: &[String]) -> Finding {
    if providers.is_empty() || providers.iter().any(|provider| provider.trim().is_empty()) {
        Some((key, Fault::Empty))
    } else {
        repeated(key, providers)
    }
}

const FIRST: (&str, &str) = (
    "provisioning.poll.first_retries",
    "provisioning.poll.first_interval_minutes",
);
const SECOND: (&str, &str) = (
    "provisioning.poll.second_retries",
    "provisioning.poll.second_interval_minutes",
);
const REMAINING: (&str, &str) = (
    "provisioning.poll.remaining_retries",
    "provisioning.poll.remaining_interval_minutes",
);

/// Milliseconds of a day.
const DAY_MS: u32 = 86_400_000;

/// The greatest number of retries, and of minutes between them: a year's minutes.
const POLL_LIMIT: u32 = 525_600;
