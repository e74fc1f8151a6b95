//! Every reason for which a device is turned away, as data: a name to search by, a sentence for the user, an
//! explanation for the administrator. How a reason looks on the wire is the edge's business.

mod spanish;
mod words;

use jiff::Timestamp;

/// A reason to turn a device away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The message cannot be read, or is not the one that this address serves.
    Message(String),
    /// The envelope is of another SOAP version.
    SoapVersion,
    /// A header block that must be understood is unknown.
    NotUnderstood(String),
    /// The client speaks a protocol version below the floor.
    Version {
        /// What the client asked for.
        requested: String,
        /// The lowest version served.
        minimum: String,
    },
    /// The client offers no way to sign in that is served here.
    AuthPolicy {
        /// What it offers.
        offered: Vec<String>,
    },
    /// There is no security header, or none that can be used.
    Security(String),
    /// A kind of credential that is not configured here.
    CredentialKind(&'static str),
    /// No token, code or sign-in is known under what was shown.
    CredentialUnknown,
    /// The access token of Entra ID is not believed.
    EntraToken(String),
    /// Whoever signs in is not believed.
    SignIn(String),
    /// The identity provider cannot be asked.
    IdentityProvider(String),
    /// The token belongs to another person than the one who shows it.
    CredentialOfAnother {
        /// The name that came with it.
        username: String,
    },
    /// The token's time is over.
    TokenExpired(Timestamp),
    /// The token was revoked.
    TokenRevoked,
    /// All uses of the token are spent, or another device was faster.
    TokenSpent,
    /// The sign-in's time is over, or it was used by another device.
    SignInEnded,
    /// Too many wrong credentials came from this address.
    TooManyFailures,
    /// The device, its owner or its circumstances are not allowed.
    NotAllowed(String),
    /// An administrator must approve first.
    WaitingForApproval(String),
    /// The device belongs to its user, where only the organization's own may enroll.
    PersonalDevice(String),
    /// The token or the person has as many devices as allowed.
    DeviceCap(u32),
    /// The device, its edition or its version is excluded.
    DeviceExcluded(String),
    /// There is no licence for the user.
    License,
    /// The terms of use were not accepted, or their proof is not good.
    TermsOfUse(String),
    /// The request lacks something that every device sends.
    Incomplete(&'static str),
    /// The certificate request is not acceptable.
    CertificateRequest(String),
    /// The key already belongs to another device.
    KeyOfAnother,
    /// The key was compromised, or an administrator blocked it.
    KeyBlocked,
    /// The certificate authority could not sign.
    Authority(String),
    /// The request asks for something that is not offered: recovery, renewal without its proof.
    RequestType(String),
    /// The certificate is not to be renewed.
    NotEligibleToRenew(String),
    /// The server is stopping, restoring or otherwise not enrolling now.
    Maintenance,
    /// The server serves the devices that it has, and takes no new ones.
    Draining,
    /// The database is busy or full.
    Storage(String),
    /// Something went wrong that is nobody's fault but ours.
    Internal,
}
