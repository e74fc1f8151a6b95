//! What holds for every message: prefixes mean nothing, what must be alone is refused in pairs, and what is echoed
//! comes back as it was.

mod echo;
mod pair;
mod prefix;

use super::*;
use crate::protocol::discovery::{Discover, DiscoverResponse};
use crate::protocol::enrollment::{RequestSecurityToken, RequestSecurityTokenResponseCollection};
use crate::protocol::policy::{GetPolicies, GetPoliciesResponse};
use crate::protocol::provisioning::{Enrollment, ProvisioningDocument, Renewal};
use crate::protocol::syncml::SyncMl;
use crate::xml::Element;

/// What a message says, as text, or why it is refused.
type Verdict = Result<String, String>;

/// What reads a message.
type Reader = fn(&[u8]) -> Verdict;

/// The golden messages and what reads them.
const MESSAGES: [(&str, Reader); 29] = [
    ("mde2/discover.xml", sent::<Discover>),
    ("mde2/discover-by-agent.xml", sent::<Discover>),
    ("xcep/get-policies-password.xml", sent::<GetPolicies>),
    ("xcep/get-policies-token.xml", sent::<GetPolicies>),
    ("xcep/get-policies-filtered.xml", sent::<GetPolicies>),
    ("wstep/issue-password.xml", sent::<RequestSecurityToken>),
    ("wstep/issue-token.xml", sent::<RequestSecurityToken>),
    ("wstep/issue-jwt.xml", sent::<RequestSecurityToken>),
    ("wstep/issue-certificate.xml", sent::<RequestSecurityToken>),
    ("wstep/renew.xml", sent::<RequestSecurityToken>),
    (
        "mde2/discover-response-onpremise.xml",
        answered::<DiscoverResponse>,
    ),
    (
        "mde2/discover-response-federated.xml",
        answered::<DiscoverResponse>,
    ),
    (
        "mde2/fault-authentication.xml",
        answered::<GetPoliciesResponse>,
    ),
    (
        "mde2/fault-device-cap-reached.xml",
        answered::<GetPoliciesResponse>,
    ),
    ("mde2/fault-internal.xml", answered::<GetPoliciesResponse>),
    (
        "xcep/get-policies-response.xml",
        answered::<GetPoliciesResponse>,
    ),
    (
        "xcep/get-policies-response-everything.xml",
        answered::<GetPoliciesResponse>,
    ),
    (
        "wstep/response-collection.xml",
        answered::<RequestSecurityTokenResponseCollection>,
    ),
    ("wap/enrollment-user.xml", installed),
    ("wap/enrollment-device.xml", installed),
    ("wap/renewal.xml", renewed),
    ("syncml/first-package.xml", package),
    ("syncml/first-package-with-credentials.xml", package),
    ("syncml/unenroll.xml", package),
    ("syncml/reply-without-commands.xml", package),
    ("syncml/challenge.xml", package),
    ("syncml/reply-with-commands.xml", package),
    ("syncml/results.xml", package),
    ("syncml/results-in-parts.xml", package),
];

fn sent<E: Exchange + Debug>(bytes: &[u8]) -> Verdict {
    let envelope =
        Envelope::read(bytes, &Limits::SOAP).map_err(|rejected| rejected.error.to_string())?;
    let message = E::take(&envelope).map_err(|error| error.to_string())?;
    Ok(format!("{:?} {message:?}", envelope.header))
}

fn answered<R: Reply + Debug>(bytes: &[u8]) -> Verdict {
    read_reply::<R>(bytes)
        .map(|reply| format!("{reply:?}"))
        .map_err(|error| error.to_string())
}

fn document(bytes: &[u8]) -> Result<ProvisioningDocument, String> {
    let text = String::from_utf8_lossy(bytes);
    ProvisioningDocument::parse(&text).map_err(|error| error.to_string())
}

fn installed(bytes: &[u8]) -> Verdict {
    Enrollment::from_document(&document(bytes)?)
        .map(|enrollment| format!("{enrollment:?}"))
        .map_err(|error| error.to_string())
}

fn renewed(bytes: &[u8]) -> Verdict {
    Renewal::from_document(&document(bytes)?)
        .map(|renewal| format!("{renewal:?}"))
        .map_err(|error| error.to_string())
}

fn package(bytes: &[u8]) -> Verdict {
    SyncMl::read(bytes)
        .map(|package| package.write())
        .map_err(|error| error.to_string())
}
