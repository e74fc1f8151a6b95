//! Enrollment: the device certificate, the CSR and how a device is let in.

use super::key::section;
use super::setting::choice;

section! {
    /// The device certificate and its renewal.
    pub struct Certificate in "certificate." {
        /// Days that a device certificate lives.
        lifetime_days: u32 = 365;
        /// Days before expiry at which the device begins to renew: `RenewPeriod`, 1 to 1000.
        renew_period_days: u32 = 60;
        /// Days between the device's attempts to renew: `RetryInterval`, 1 to 1000.
        retry_interval_days: u32 = 4;
        /// Minutes by which a certificate is dated back, for devices whose clock is slow.
        backdate_minutes: u32 = 60;
        /// Days that a renewed certificate's predecessor is accepted, unless the new one is used before: 1 to 90.
        overlap_days: u32 = 7;
    }
}

section! {
    /// What is accepted in a certificate request.
    pub struct Csr in "csr." {
        /// Whether the request's own signature may use SHA-1. MD5 never may.
        allow_sha1: bool = true;
    }
}

section! {
    /// How devices enroll: MS-MDE2 discovery and the rules of retry.
    pub struct Enrollment in "enrollment." {
        /// The `AuthPolicy` that discovery answers.
        /// Empty: Federated when the client offers it, else `OnPremise`.
        auth_policy: AuthPolicyPreference = AuthPolicyPreference::Automatic;
        /// The highest `EnrollmentVersion` answered: 3.0, 4.0 or 5.0.
        version: String = "5.0".to_owned();
        /// The lowest `RequestVersion` accepted: 3.0, 4.0 or 5.0.
        minimum_version: String = "3.0".to_owned();
        /// HTTP status of a SOAP fault: 500 or 200.
        fault_status: u16 = 500;
        /// Minutes in which an identical request is answered with the same certificate; 0 turns it off.
        retry_minutes: u32 = 10;
        /// Minutes that a federated sign-in may take, from discovery to enrollment.
        sign_in_minutes: u32 = 30;
        /// Hours in which the same hardware enrolling twice is reported as a possible clone; 0 turns it off.
        clone_window_hours: u32 = 24;
        /// Whether an enrollment without an owner is linked to an earlier device of the same hardware.
        link_unowned_hardware: bool = false;
        /// Whether a possible clone waits for an administrator's approval.
        hold_clones: bool = false;
        /// Devices of an organization that may wait for approval; 0: any number.
        pending_approvals: u32 = 10_000;
        /// Whether no device is let in any more: new enrollments are refused, renewal and management sessions go on.
        draining: bool = false;
        /// URL schemes to which a sign-in's result may be posted: those allowed in `appru`.
        app_schemes: Vec<String> = vec!["ms-app".to_owned()];
    }
}

choice! {
    /// Which `AuthPolicy` discovery answers.
    pub enum AuthPolicyPreference {
        /// Federated when the client offers it, else `OnPremise`.
        Automatic = "",
        /// Federated: a web sign-in.
        Federated = "federated",
        /// `OnPremise`: a user name and a password.
        OnPremise = "on-premise",
    }
}

/// The protocol versions that may be named, lowest first: MS-MDE2 `RequestVersion`.
pub const VERSIONS: [&str; 3] = ["3.0", "4.0", "5.0"];
