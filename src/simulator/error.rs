//! Every way in which a server can disappoint a device, and what the device would show for it.

use super::{
    CertificateFlaw, DiscoveryFlaw, HttpFlaw, KeyError, PageFlaw, PolicyFlaw, SessionFlaw, Step,
};
use crate::protocol::discovery::AuthPolicy;
use crate::protocol::provisioning;
use crate::soap::{self, Fault};

/// Why a simulated PC did not get on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection, no TLS or no complete reply.
    #[error("{step}: the server cannot be reached")]
    Unreachable {
        /// What the device was doing.
        step: Step,
        /// What failed.
        #[source]
        source: reqwest::Error,
    },
    /// A TLS certificate that the device does not trust.
    #[error("{step}: the server's TLS certificate is not trusted")]
    ServerCertificate {
        /// What the device was doing.
        step: Step,
        /// Whether the reason is a date.
        expired: bool,
        /// What failed.
        #[source]
        source: reqwest::Error,
    },
    /// A reply that breaks a rule of transport.
    #[error("{step}: the reply {flaw}")]
    Http {
        /// What the device was doing.
        step: Step,
        /// The rule.
        flaw: HttpFlaw,
    },
    /// An HTTP status without a fault that a device can read.
    #[error("{step}: HTTP status {status} without a readable fault")]
    Status {
        /// What the device was doing.
        step: Step,
        /// The status.
        status: u16,
    },
    /// HTTP 200 and a body that is not the expected message.
    #[error("{step}: the reply is not the expected message")]
    Message {
        /// What the device was doing.
        step: Step,
        /// The rule that it breaks.
        #[source]
        source: soap::Error,
    },
    /// A reply whose RelatesTo is not the request's MessageID.
    #[error("{0}: the reply relates to another request")]
    RelatesTo(Step),
    /// The server refused.
    #[error("{step}: {}", fault.reason)]
    Fault {
        /// What the device was doing.
        step: Step,
        /// The refusal.
        fault: Box<Fault>,
    },
    /// A reply to `Discover` that a device cannot follow.
    #[error("discovery: the reply {0}")]
    Discovery(#[from] DiscoveryFlaw),
    /// An authentication policy for which the PC has no credential.
    #[error("the server asks for {}, for which this PC has no credential", .0.name())]
    Credential(AuthPolicy),
    /// A sign-in page that does not lead to a result.
    #[error("sign-in page: {0}")]
    Page(#[from] PageFlaw),
    /// A policy that the device's key does not meet, or that leads to an unsafe one.
    #[error("policy: {0}")]
    Policy(#[from] PolicyFlaw),
    /// A provisioning document that a device would not install.
    #[error("provisioning document: {0}")]
    Document(#[source] provisioning::Error),
    /// Certificates in it that a device would not use.
    #[error("provisioning document: {0}")]
    Certificate(#[from] CertificateFlaw),
    /// The same request again brought another certificate.
    #[error("the same request again brought another certificate")]
    Retry,
    /// A management session that goes wrong.
    #[error("management session: {0}")]
    Session(#[from] SessionFlaw),
    /// The device's own key failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The issued certificate does not serve as a TLS client certificate.
    #[error("the issued certificate cannot be used for TLS")]
    ClientCertificate(#[source] rustls::Error),
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up")]
    Client(#[source] reqwest::Error),
}

impl Error {
    /// What the device was doing.
    pub const fn step(&self) -> Step {
        match self {
            Self::Unreachable { step, .. }
            | Self::ServerCertificate { step, .. }
            | Self::Http { step, .. }
            | Self::Status { step, .. }
            | Self::Message { step, .. }
            | Self::RelatesTo(step)
            | Self::Fault { step, .. } => *step,
            Self::Discovery(_) => Step::Discover,
            Self::Credential(_) | Self::Page(_) => Step::SignIn,
            Self::Policy(_) => Step::GetPolicies,
            Self::Document(_) | Self::Certificate(_) | Self::Retry | Self::Key(_) => {
                Step::RequestSecurityToken
            }
            Self::Session(_) | Self::ClientCertificate(_) | Self::Client(_) => Step::Manage,
        }
    }

    /// The HRESULT that Windows would show: a fault's own, `0x80190000` with the HTTP status, or a `MENROLL_E_*` code.
    pub fn hresult(&self) -> u32 {
        match self {
            Self::Unreachable { .. } | Self::Client(_) => 0x8018_0010,
            Self::ServerCertificate { expired: true, .. } => 0x8018_000d,
            Self::ServerCertificate { expired: false, .. } => 0x8018_0012,
            Self::Http { flaw, .. } => flaw.hresult(),
            Self::Status { status, .. } => 0x8019_0000 | u32::from(*status),
            Self::Message { .. } | Self::RelatesTo(_) | Self::Session(_) => UNUSABLE,
            Self::Fault { fault, .. } => fault.hresult(),
            Self::Discovery(flaw) => flaw.hresult(),
            Self::Credential(policy) => match policy {
                AuthPolicy::OnPremise => 0x8018_000e,
                AuthPolicy::Federated => 0x8018_000f,
                AuthPolicy::Certificate => 0x8018_0028,
                AuthPolicy::Other(_) => UNUSABLE,
            },
            Self::Page(_) => 0x8018_000f,
            Self::Policy(_) | Self::Key(_) => 0x8018_0027,
            Self::Document(error) => error.hresult(),
            Self::Certificate(flaw) => flaw.hresult(),
            Self::Retry => 0x8018_001e,
            Self::ClientCertificate(_) => 0x8018_0024,
        }
    }

    /// What Windows shows in words: the reason of a fault, the complaint of a page, else the error's own text.
    pub fn sentence(&self) -> String {
        match self {
            Self::Fault { fault, .. } => fault.reason.clone(),
            Self::Page(PageFlaw::Refused(complaint)) => complaint.clone(),
            other => other.to_string(),
        }
    }

    /// Whether the server said no, rather than failed.
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Fault { .. } | Self::Page(PageFlaw::Refused(_)))
    }
}

/// HTTP 200 and a body that the client cannot use.
const UNUSABLE: u32 = 0x8019_00c8;
