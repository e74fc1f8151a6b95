//! The steps of an enrollment, each with its constants.

use std::fmt;

/// One step of an enrollment: MS-MDE2 1.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The GET before discovery.
    Probe,
    /// `Discover`.
    Discover,
    /// The web page of the Federated policy.
    SignIn,
    /// `GetPolicies`.
    GetPolicies,
    /// `RequestSecurityToken`.
    RequestSecurityToken,
    /// The first management session.
    Manage,
    /// A whole renewal.
    Renew,
}

impl Step {
    /// All steps in their order.
    pub const ALL: [Self; 7] = [
        Self::Probe,
        Self::Discover,
        Self::SignIn,
        Self::GetPolicies,
        Self::RequestSecurityToken,
        Self::Manage,
        Self::Renew,
    ];

    /// Its name, as a key of a report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Discover => "discover",
            Self::SignIn => "sign_in",
            Self::GetPolicies => "get_policies",
            Self::RequestSecurityToken => "request_security_token",
            Self::Manage => "manage",
            Self::Renew => "renew",
        }
    }

    /// The MessageID of its request: Windows always sends the same.
    pub(super) const fn message_id(self) -> &'static str {
        match self {
            Self::Discover => "urn:uuid:748132ec-a575-4329-b01b-6171a9cf8478",
            Self::GetPolicies => "urn:uuid:72048B64-0F19-448F-8C2E-B4C661860AA0",
            Self::Probe
            | Self::SignIn
            | Self::RequestSecurityToken
            | Self::Manage
            | Self::Renew => "urn:uuid:0d5a1441-5891-453b-becf-a2e5f6ea3749",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Probe => "probe",
            Self::Discover => "discovery",
            Self::SignIn => "sign-in page",
            Self::GetPolicies => "policy",
            Self::RequestSecurityToken => "enrollment",
            Self::Manage => "management session",
            Self::Renew => "renewal",
        })
    }
}
