//! From the configuration to the services' settings.

use std::net::SocketAddr;

use jiff::SignedDuration;
use url::Url;

use crate::ca::{CsrPolicy, Profile};
use crate::config::{
    AttestationFailureBehavior, AuthPolicyPreference, Config, EntraCloud, EntraReport,
    ManagementMode,
};
use crate::enrollment::{Addresses, LockoutLimits, Provisioning, Settings};
use crate::entra::{self, Cloud, Report};
use crate::management::ProofSettings;
use crate::protocol::discovery::AuthPolicy;
use crate::protocol::policy::DevicePolicy;
use crate::protocol::provisioning::Poll;

use crate::secret::Secret;
use crate::store::LetterLimits;
use crate::webhook::Receiver;

use super::Error;

const DAY: u64 = 24 * 60 * 60;

/// The enrollment service's settings; `web` and `device` are where the listeners are bound.
pub(super) fn enrollment(
    config: &Config,
    web: SocketAddr,
    device: SocketAddr,
) -> Result<Settings, Error> {
    let version = |key, value: &String| {
        value.parse().map_err(|_| Error::Value {
            key,
            value: value.clone(),
        })
    };
    let (enrollment, certificate) = (&config.enrollment, &config.certificate);
    let minutes = |minutes: u32| SignedDuration::from_mins(i64::from(minutes));
    let (web_url, device_url) = (config.web_url(web), config.device_url(device));
    Ok(Settings {
        addresses: Addresses {
            policy: format!("{device_url}/EnrollmentServer/Policy.svc"),
            enrollment: format!("{device_url}/EnrollmentServer/Enrollment.svc"),
            authentication: format!("{web_url}/EnrollmentServer/Auth"),
            sign_in: format!("{web_url}/EnrollmentServer/SignIn"),
            management: match config.management.mode {
                ManagementMode::Builtin => format!("{device_url}/ManagementServer/MDM.svc"),
                ManagementMode::External => config.management.url.clone(),
            },
        },
        auth_policy: match enrollment.auth_policy {
            AuthPolicyPreference::Automatic => None,
            AuthPolicyPreference::Federated => Some(AuthPolicy::Federated),
            AuthPolicyPreference::OnPremise => Some(AuthPolicy::OnPremise),
        },
        version: version("enrollment.version", &enrollment.version)?,
        minimum_version: version("enrollment.minimum_version", &enrollment.minimum_version)?,
        retry: minutes(enrollment.retry_minutes),
        sign_in: minutes(enrollment.sign_in_minutes),
        clone_window: SignedDuration::from_hours(i64::from(enrollment.clone_window_hours)),
        link_unowned_hardware: enrollment.link_unowned_hardware,
        hold_clones: enrollment.hold_clones,
        pending_approvals: enrollment.pending_approvals,
        draining: enrollment.draining,
        external: config.management.mode == ManagementMode::External,
        letters: !config.smtp.host.is_empty(),
        require_terms: config.entra.require_terms,
        lockout: LockoutLimits {
            per_account: config.limits.credential_failures_per_account,
            per_person: config.limits.password_failures_per_account,
            per_address: config.limits.credential_failures_per_ip,
            window: minutes(config.limits.credential_window_minutes),
        },
        csr: CsrPolicy {
            allow_sha1: config.csr.allow_sha1,
        },
        profile: Profile {
            lifetime_days: certificate.lifetime_days,
            backdate_minutes: certificate.backdate_minutes,
        },
        overlap: SignedDuration::from_hours(24 * i64::from(certificate.overlap_days)),
        policy: policy(config),
        provisioning: provisioning(config),
    })
}

/// How devices may prove themselves in management sessions beside their certificates.
pub(super) fn proofs(config: &Config) -> ProofSettings {
    let limits = &config.limits;
    ProofSettings {
        digests: config.device.digest_authentication,
        per_device: limits.digest_failures_per_device,
        per_address: limits.credential_failures_per_ip,
        window: SignedDuration::from_mins(i64::from(limits.credential_window_minutes)),
    }
}

/// Where access tokens of Entra ID come from, and for whom they must be made: an Application ID URI is an address of ours
/// (ENTRA 2).
pub(super) fn entra(
    config: &Config,
    web: SocketAddr,
    device: SocketAddr,
) -> Result<entra::Settings, Error> {
    let it = &config.entra;
    let url = |key, text: &String| match text.as_str() {
        "" => Ok(None),
        text => fetched_safely(text).map(Some).ok_or_else(|| Error::Value {
            key,
            value: text.to_owned(),
        }),
    };
    let mut audiences = vec![config.web_url(web), config.device_url(device)];
    audiences.extend(it.audiences.iter().cloned());
    Ok(entra::Settings {
        cloud: match it.cloud {
            EntraCloud::Public => Cloud::Public,
            EntraCloud::UsGovernment => Cloud::UsGovernment,
            EntraCloud::China => Cloud::China,
        },
        keys_url: url("entra.jwks_url", &it.jwks_url)?,
        login_url: url("entra.login_url", &it.login_url)?,
        graph_url: url("entra.graph_url", &it.graph_url)?,
        tenants: it.tenants.clone(),
        audiences,
        report: match it.report {
            EntraReport::ManagedAndCompliant => Report::ManagedAndCompliant,
            EntraReport::Managed => Report::Managed,
            EntraReport::Off => Report::Off,
        },
    })
}

/// An address of HTTPS, or of this machine, where nobody listens on the way.
fn fetched_safely(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let own = match url.host()? {
        url::Host::Domain(name) => name == "localhost",
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    };
    (url.scheme() == "https" || own && url.scheme() == "http").then_some(url)
}

/// Whom events of devices are posted to.
pub(super) fn receiver(config: &Config) -> Result<Option<Receiver>, Error> {
    let it = &config.management;
    if it.webhook_url.is_empty() {
        return Ok(None);
    }
    let (secret, private) = (Secret::new(&it.webhook_secret), it.webhook_allow_private);
    let receiver = Receiver::new(&it.webhook_url, &secret, &it.webhook_ca_file, private)?;
    Ok(Some(receiver))
}

/// How many letters an hour may bring.
pub(super) fn letter_limits(config: &Config) -> LetterLimits {
    LetterLimits {
        per_recipient: config.limits.mail_per_recipient_per_hour,
        per_organization: config.limits.mail_per_organization_per_hour,
    }
}

fn policy(config: &Config) -> DevicePolicy {
    let provisioning = &config.provisioning;
    DevicePolicy {
        validity_seconds: u64::from(config.certificate.lifetime_days) * DAY,
        renewal_seconds: u64::from(config.certificate.renew_period_days) * DAY,
        minimal_key_length: provisioning.minimal_key_length,
        crypto_providers: provisioning.crypto_providers.clone(),
        attestation_failure_behavior: match provisioning.attestation_failure_behavior {
            AttestationFailureBehavior::Unset => None,
            behavior => Some(behavior.as_str().to_owned()),
        },
        ..DevicePolicy::default()
    }
}

fn provisioning(config: &Config) -> Provisioning {
    let provisioning = &config.provisioning;
    let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let poll = &provisioning.poll;
    Provisioning {
        provider_id: provisioning.provider_id.clone(),
        name: provisioning.name.clone(),
        client_certificate_criteria: provisioning.ssl_client_cert_search_criteria,
        require_message_signing: provisioning.require_message_signing,
        connection_retry_frequency: provisioning.connection_retries,
        initial_backoff_ms: provisioning.initial_backoff_ms,
        max_backoff_ms: provisioning.max_backoff_ms,
        renew_period: config.certificate.renew_period_days,
        retry_interval: config.certificate.retry_interval_days,
        poll: Poll {
            number_of_first_retries: poll.first_retries,
            interval_for_first_set_of_retries: poll.first_interval_minutes,
            number_of_second_retries: poll.second_retries,
            interval_for_second_set_of_retries: poll.second_interval_minutes,
            number_of_remaining_scheduled_retries: poll.remaining_retries,
            interval_for_remaining_scheduled_retries: poll.remaining_interval_minutes,
            poll_on_login: poll.poll_on_login,
        },
        poll_jitter_percent: poll.jitter_percent,
        help_phone: given(&provisioning.help_phone),
        help_website: given(&provisioning.help_website),
        help_email: given(&provisioning.help_email),
    }
}

/// The names in the certificate that the installation makes for itself: its public hosts, and this machine.
pub(super) fn tls_names(config: &Config) -> Vec<String> {
    let mut names: Vec<String> = [&config.web.public_url, &config.device.public_url]
        .into_iter()
        .filter_map(|url| {
            Some(
                Url::parse(url)
                    .ok()?
                    .host_str()?
                    .trim_matches(['[', ']'])
                    .to_owned(),
            )
        })
        .collect();
    names.extend(["localhost", "127.0.0.1", "::1"].map(str::to_owned));
    for address in [config.web.listen.ip(), config.device.listen.ip()] {
        if !address.is_unspecified() {
            names.push(address.to_string());
        }
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}
