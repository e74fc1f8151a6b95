//! The one settings object from which discovery, policy, certificate and provisioning document all derive.

use jiff::SignedDuration;

use crate::ca::{CsrPolicy, Profile};
use crate::protocol::discovery::{AuthPolicy, Version};
use crate::protocol::policy::DevicePolicy;
use crate::protocol::provisioning::Poll;

use super::LockoutLimits;

/// How this installation enrolls.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where its services are.
    pub addresses: Addresses,
    /// The policy to advertise when the client offers it; none: Federated before OnPremise.
    pub auth_policy: Option<AuthPolicy>,
    /// The highest `EnrollmentVersion` answered.
    pub version: Version,
    /// The lowest `RequestVersion` served.
    pub minimum_version: Version,
    /// How long an identical request receives the same certificate again.
    pub retry: SignedDuration,
    /// How long a finished sign-in is good.
    pub sign_in: SignedDuration,
    /// How recently a device must have been heard of to make a second one of the same hardware a clone.
    pub clone_window: SignedDuration,
    /// Whether hardware without a known owner is linked to its earlier record.
    pub link_unowned_hardware: bool,
    /// Whether a possible clone waits for an administrator's approval.
    pub hold_clones: bool,
    /// Devices of an organization that may wait for approval; 0: any number.
    pub pending_approvals: u32,
    /// Whether no device is let in any more, while those that are here are served.
    pub draining: bool,
    /// Whether people are written to of their devices: there is a mail server.
    pub letters: bool,
    /// Whether a device that Entra ID sends must prove that its user accepted the terms of use, where there are any.
    pub require_terms: bool,
    /// Whether another server manages the devices.
    pub external: bool,
    /// How many wrong credentials are borne.
    pub lockout: LockoutLimits,
    /// What a certificate request may be.
    pub csr: CsrPolicy,
    /// What a certificate is.
    pub profile: Profile,
    /// How long a renewed certificate's predecessor is accepted, unless the new one is used before.
    pub overlap: SignedDuration,
    /// What GetPolicies answers.
    pub policy: DevicePolicy,
    /// What the provisioning document says beside certificates.
    pub provisioning: Provisioning,
}

/// The public addresses of the services.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// MS-XCEP.
    pub policy: String,
    /// MS-WSTEP.
    pub enrollment: String,
    /// The sign-in page of the Federated policy.
    pub authentication: String,
    /// What the addresses of a sign-in by an identity provider begin with.
    pub sign_in: String,
    /// OMA-DM.
    pub management: String,
}

/// What the provisioning document says beside certificates and credentials (PROVISIONING 2-4).
#[derive(Debug, Clone)]
pub struct Provisioning {
    /// `PROVIDER-ID`.
    pub provider_id: String,
    /// `NAME`.
    pub name: String,
    /// Whether `SSLCLIENTCERTSEARCHCRITERIA` is sent.
    pub client_certificate_criteria: bool,
    /// Whether `RequireMessageSigning` is sent.
    pub require_message_signing: bool,
    /// `CONNRETRYFREQ`.
    pub connection_retry_frequency: u32,
    /// `INITIALBACKOFFTIME`, milliseconds.
    pub initial_backoff_ms: u32,
    /// `MAXBACKOFFTIME`, milliseconds.
    pub max_backoff_ms: u32,
    /// `RenewPeriod`, days before expiry.
    pub renew_period: u32,
    /// `RetryInterval`, days.
    pub retry_interval: u32,
    /// The poll schedule.
    pub poll: Poll,
    /// Percent by which a device's intervals are lengthened at most.
    pub poll_jitter_percent: u32,
    /// `HelpPhoneNumber`.
    pub help_phone: Option<String>,
    /// `HelpWebsite`.
    pub help_website: Option<String>,
    /// `HelpEmailAddress`.
    pub help_email: Option<String>,
}
