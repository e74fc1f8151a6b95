//! What a person or an agent tells a PC before it enrolls.

use std::collections::BTreeMap;

use jiff::Timestamp;
use url::Url;

use super::CsrForm;
use crate::protocol::discovery::Version;
use crate::protocol::enrollment::EnrollmentType;
use crate::secret::Secret;

/// How a PC is to enroll.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The discovery service's URL; see [`discovery_url`].
    pub discovery_url: Url,
    /// By what the PC proves who is asking.
    pub credential: Credential,
    /// Which way the PC goes.
    pub auth: Auth,
    /// `EnrollmentType`: in the context of the user or of the device.
    pub enrollment_type: EnrollmentType,
    /// `RequestVersion` of discovery.
    pub request_version: Version,
    /// The e-mail address typed on the PC, when the credential brings none.
    pub email: Option<String>,
    /// Context items to send besides those of every Windows: name and value.
    pub context: Vec<(String, String)>,
    /// The form of the certificate request.
    pub csr: CsrForm,
    /// Whether the first management session is part of the enrollment.
    pub session: bool,
    /// Who is at the PC when a management session begins.
    pub login: Login,
    /// `MaxMsgSize`: the longest message that the management client takes, in bytes.
    pub message_bytes: u32,
    /// The status with which the management client answers commands on a LocURI, instead of doing them.
    pub node_status: BTreeMap<String, u16>,
    /// The moment by which certificates are judged.
    pub now: Timestamp,
}

/// By what a PC proves who is asking.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A token, as `RegisterDeviceWithManagement` takes it: there is no e-mail address.
    Token(Secret),
    /// What a person types: a name, and a password or a code.
    User {
        /// The e-mail address, or `DOMAIN\user`.
        upn: String,
        /// The password, or the code for the sign-in page.
        password: Secret,
    },
    /// A token that Entra ID issued.
    Jwt(Secret),
}

/// Which way a PC goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Auth {
    /// As Windows: a token whenever there is one, else what the server asks for.
    #[default]
    Auto,
    /// A user name and a password; no other policy is offered.
    OnPremise,
    /// The sign-in page; no other policy is offered.
    Federated,
    /// A token in the SOAP header, whatever the server asks for.
    Token,
}

/// `com.microsoft/MDM/LoginStatus` (MS-MDM 2.2.7.2): who is at the PC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Login {
    /// The user who enrolled.
    #[default]
    User,
    /// Another user, or nobody but the set-up of Windows.
    Others,
    /// Nobody.
    None,
}

impl Login {
    /// Its word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Others => "others",
            Self::None => "none",
        }
    }
}

impl Settings {
    /// A PC of today that enrolls at `discovery_url` and completes its first management session.
    pub const fn new(discovery_url: Url, credential: Credential, now: Timestamp) -> Self {
        Self {
            discovery_url,
            credential,
            auth: Auth::Auto,
            enrollment_type: EnrollmentType::Full,
            request_version: Version::new(5, 0),
            email: None,
            context: Vec::new(),
            csr: CsrForm::Windows11,
            session: true,
            login: Login::User,
            message_bytes: MESSAGE,
            node_status: BTreeMap::new(),
            now,
        }
    }

    /// `EmailAddress` as Windows would fill it in: empty for an agent.
    pub fn email_address(&self) -> &str {
        match (&self.credential, &self.email) {
            (_, Some(email)) => email,
            (Credential::User { upn, .. }, None) => upn,
            (Credential::Token(_) | Credential::Jwt(_), None) => "",
        }
    }
}

/// A text that is no URL of an enrollment server.
#[derive(Debug, thiserror::Error, Clone, Copy, PartialEq, Eq)]
#[error("not the https URL of an enrollment server, such as https://mdm.example.com")]
pub struct InvalidUrl;

/// The discovery URL that `text` means: itself when its path ends in `.svc`, else the fixed path below it.
///
/// # Errors
/// [`InvalidUrl`] when it is no https URL with a host.
pub fn discovery_url(text: &str) -> Result<Url, InvalidUrl> {
    let mut url = Url::parse(text.trim()).map_err(|_| InvalidUrl)?;
    if url.scheme() != "https" || !url.has_host() {
        return Err(InvalidUrl);
    }
    if !url.path().to_ascii_lowercase().ends_with(".svc") {
        let path = format!("{}{DISCOVERY}", url.path().trim_end_matches('/'));
        url.set_path(&path);
    }
    url.set_fragment(None);
    Ok(url)
}

/// The `MaxMsgSize` that Windows says.
const MESSAGE: u32 = 524_288;
const DISCOVERY: &str = "/EnrollmentServer/Discovery.svc";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_means_the_fixed_path_below_it_and_a_full_one_itself() {
        for (text, expected) in [
            (
                "https://mdm.example:8443",
                "https://mdm.example:8443/EnrollmentServer/Discovery.svc",
            ),
            (
                "https://mdm.example/e/sales/",
                "https://mdm.example/e/sales/EnrollmentServer/Discovery.svc",
            ),
            (
                "https://mdm.example/ENROLLMENTSERVER/DISCOVERY.SVC",
                "https://mdm.example/ENROLLMENTSERVER/DISCOVERY.SVC",
            ),
        ] {
            assert_eq!(
                discovery_url(text).map(String::from).as_deref(),
                Ok(expected)
            );
        }
    }

    #[test]
    fn what_is_no_https_url_is_refused() {
        for text in [
            "",
            "mdm.example",
            "http://mdm.example",
            "mailto:a@b.example",
            "https://",
        ] {
            assert_eq!(discovery_url(text), Err(InvalidUrl), "{text}");
        }
    }
}
