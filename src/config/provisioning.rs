//! The provisioning document: the management account and how it polls.

use super::key::section;
use super::setting::choice;

section! {
    /// The provisioning document and the policy answer: the w7 APPLICATION, `DMClient` and MS-XCEP.
    pub struct Provisioning in "provisioning." {
        /// `PROVIDER-ID`: names this service on the device, in ASCII letters, digits and `._-`.
        /// Devices keep it; do not change it once they are enrolled.
        provider_id: String = "Portcullis".to_owned();
        /// `NAME`: the service's name in Settings, Access work or school.
        name: String = "Portcullis".to_owned();
        /// Whether the document tells the device which certificate to present.
        ssl_client_cert_search_criteria: bool = false;
        /// `RequireMessageSigning`: whether the device signs every package of a management session, for proxies that keep
        /// its certificate to themselves (docs/PROXY.md).
        require_message_signing: bool = false;
        /// `CONNRETRYFREQ`: how often the device retries a failed connection.
        connection_retries: u32 = 6;
        /// `INITIALBACKOFFTIME`: milliseconds before the first retry; each next one doubles it.
        initial_backoff_ms: u32 = 30_000;
        /// `MAXBACKOFFTIME`: milliseconds that a wait between retries never exceeds.
        max_backoff_ms: u32 = 120_000;
        /// `HelpPhoneNumber`: shown in Settings.
        help_phone: String = String::new();
        /// `HelpWebsite`: shown in Settings, an http or https URL.
        help_website: String = String::new();
        /// `HelpEmailAddress`: shown in Settings.
        help_email: String = String::new();
        /// Key storage providers that the device may use, in order of preference.
        crypto_providers: Vec<String> = vec![
            "Microsoft Platform Crypto Provider".to_owned(),
            "Microsoft Software Key Storage Provider".to_owned(),
        ];
        /// `minimalKeyLength`: bits that the device's RSA key must at least have, 2048 to 4096.
        minimal_key_length: u32 = 2048;
        /// What the device does when key attestation fails. Empty: not sent.
        attestation_failure_behavior: AttestationFailureBehavior = AttestationFailureBehavior::Unset;
    }
    sections {
        /// How the device polls.
        poll: Poll;
    }
}

section! {
    /// How the device polls: `DMClient` `Poll`. Retries 0 with an interval means for ever.
    pub struct Poll in "provisioning.poll." {
        /// `NumberOfFirstRetries`: polls in the first phase.
        first_retries: u32 = 5;
        /// `IntervalForFirstSetOfRetries`: minutes between them.
        first_interval_minutes: u32 = 15;
        /// `NumberOfSecondRetries`: polls in the second phase.
        second_retries: u32 = 10;
        /// `IntervalForSecondSetOfRetries`: minutes between them.
        second_interval_minutes: u32 = 60;
        /// `NumberOfRemainingScheduledRetries`: polls after both; 0 means for ever.
        remaining_retries: u32 = 0;
        /// `IntervalForRemainingScheduledRetries`: minutes between them.
        remaining_interval_minutes: u32 = 1440;
        /// `PollOnLogin`: whether every sign-in of a user polls too.
        poll_on_login: bool = true;
        /// Percent by which a device's intervals are lengthened at most, each device's by its own part of it, so that
        /// devices that enrolled together do not poll together; 0 turns it off, 50 at most.
        jitter_percent: u32 = 10;
    }
}

choice! {
    /// What the device does when key attestation fails: MS-XCEP `AttestationFailureBehavior`.
    pub enum AttestationFailureBehavior {
        /// Not sent; the device's own default holds.
        Unset = "",
        /// One try, then the enrollment fails.
        FailOnError = "FailOnError",
        /// One try, then the enrollment goes on.
        IgnoreOnError = "IgnoreOnError",
        /// Tries until its time is up, then goes on.
        RetryOnError = "RetryOnError",
    }
}
