//! Which requests for a certificate are served at all: what is asked for, as which token, in which form, and by which
//! proof.
//!
//! The table is complete. What does not stand in it is refused before anything of the request is looked at (SECURITY T53).

use crate::protocol::enrollment::{
    DEVICE_ENROLLMENT_USER_TOKEN, JWT, PKCS7, PKCS7_WSTEP, PKCS10, RequestSecurityToken,
    RequestType, TOKEN_TYPE, X509_V3,
};
use crate::refusal::Refusal;
use crate::soap::Security;

use super::Caller;

/// Which way a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    /// A first certificate, for a credential.
    Enroll,
    /// The next certificate, for the one that the device has.
    Renew,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Issue,
    Renew,
    Recovery,
    Status,
    Other,
}

/// As which token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Enrollment,
    Other,
}

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    Pkcs10,
    Pkcs7,
    Pkcs7OfWstep,
    Other,
}

/// By which proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    Password,
    EnrollmentToken,
    EntraToken,
    HeaderCertificate,
    TlsCertificate,
    Nothing,
}

/// All that is served.
const SERVED: [(Asked, Token, Body, Proof, Walk); 5] = [
    (
        Asked::Issue,
        Token::Enrollment,
        Body::Pkcs10,
        Proof::Password,
        Walk::Enroll,
    ),
    (
        Asked::Issue,
        Token::Enrollment,
        Body::Pkcs10,
        Proof::EnrollmentToken,
        Walk::Enroll,
    ),
    (
        Asked::Issue,
        Token::Enrollment,
        Body::Pkcs10,
        Proof::EntraToken,
        Walk::Enroll,
    ),
    (
        Asked::Renew,
        Token::Enrollment,
        Body::Pkcs7,
        Proof::TlsCertificate,
        Walk::Renew,
    ),
    (
        Asked::Renew,
        Token::Enrollment,
        Body::Pkcs7OfWstep,
        Proof::TlsCertificate,
        Walk::Renew,
    ),
];

/// Which way the request goes, when it is one that is served.
pub(super) fn walk(caller: &Caller<'_>, request: &RequestSecurityToken) -> Result<Walk, Refusal> {
    let asked = Asked::of(&request.request_type);
    let (token, body) = (Token::of(request), Body::of(request));
    let proof = Proof::of(caller, asked);
    SERVED
        .iter()
        .find(|served| (served.0, served.1, served.2, served.3) == (asked, token, body, proof))
        .map(|served| served.4)
        .ok_or_else(|| refusal(asked, token, proof, caller, request))
}

/// Whether the security header proves nothing: there is none, or one with an empty password, as Windows sends when it
/// renews.
pub(super) fn shows_nothing(security: Option<&Security>) -> bool {
    security.is_none_or(|security| match &security.username_token {
        Some(token) => token.password.reveal().trim().is_empty(),
        None => security.binary_security_token.is_none(),
    })
}

impl Asked {
    fn of(request_type: &RequestType) -> Self {
        match request_type {
            RequestType::Issue => Self::Issue,
            RequestType::Renew => Self::Renew,
            RequestType::Recovery => Self::Recovery,
            RequestType::QueryTokenStatus => Self::Status,
            RequestType::Other(_) => Self::Other,
        }
    }
}

impl Token {
    fn of(request: &RequestSecurityToken) -> Self {
        match request.token_type == TOKEN_TYPE {
            true => Self::Enrollment,
            false => Self::Other,
        }
    }
}

impl Body {
    fn of(request: &RequestSecurityToken) -> Self {
        match request.binary_security_token.as_ref() {
            Some(token) if token.value_type == PKCS10 => Self::Pkcs10,
            Some(token) if token.value_type == PKCS7 => Self::Pkcs7,
            Some(token) if token.value_type == PKCS7_WSTEP => Self::Pkcs7OfWstep,
            Some(_) | None => Self::Other,
        }
    }
}

impl Proof {
    /// A renewal is proved by the certificate shown in TLS, and no header adds to it or stands in for it.
    fn of(caller: &Caller<'_>, asked: Asked) -> Self {
        let shown = Self::in_header(caller.security);
        let certified = caller.certificate.is_some();
        match shown {
            _ if certified && asked == Asked::Renew => Self::TlsCertificate,
            Self::Nothing if certified => Self::TlsCertificate,
            shown => shown,
        }
    }

    fn in_header(security: Option<&Security>) -> Self {
        let Some(security) = security else {
            return Self::Nothing;
        };
        if security.username_token.is_some() {
            return Self::Password;
        }
        let token = security.binary_security_token.as_ref();
        match token.map(|token| token.value_type.as_str()) {
            Some(_) if security.signature.is_some() => Self::HeaderCertificate,
            Some(X509_V3) => Self::HeaderCertificate,
            Some(DEVICE_ENROLLMENT_USER_TOKEN) => Self::EnrollmentToken,
            Some(JWT) => Self::EntraToken,
            Some(_) | None => Self::Nothing,
        }
    }
}

/// Why a request is not in the table.
fn refusal(
    asked: Asked,
    token: Token,
    proof: Proof,
    caller: &Caller<'_>,
    request: &RequestSecurityToken,
) -> Refusal {
    let short = |text: &str| text.chars().take(128).collect::<String>();
    let body = request.binary_security_token.as_ref();
    let form = short(body.map_or("nothing", |body| body.value_type.as_str()));
    match (asked, proof) {
        (Asked::Recovery | Asked::Status | Asked::Other, _) => {
            Refusal::RequestType(short(request.request_type.uri()))
        }
        (Asked::Renew, Proof::TlsCertificate) if token == Token::Enrollment => {
            Refusal::NotEligibleToRenew(format!("its body holds {form}, expected PKCS#7"))
        }
        (Asked::Renew, Proof::TlsCertificate) => {
            Refusal::NotEligibleToRenew(other_token(&short(&request.token_type)))
        }
        (Asked::Renew, _) => Refusal::NotEligibleToRenew(
            "the device showed no certificate in TLS, and nothing in a header stands in for it"
                .to_owned(),
        ),
        (Asked::Issue, Proof::HeaderCertificate) => Refusal::CredentialKind("a certificate"),
        (Asked::Issue, Proof::TlsCertificate | Proof::Nothing) => {
            let unknown = caller
                .security
                .is_some_and(|security| security.binary_security_token.is_some());
            let what = match unknown {
                true => "it holds an unknown kind of token",
                false => "there is none",
            };
            Refusal::Security(what.to_owned())
        }
        (Asked::Issue, Proof::Password | Proof::EnrollmentToken | Proof::EntraToken) => {
            match body {
                _ if token == Token::Other => {
                    Refusal::CertificateRequest(other_token(&short(&request.token_type)))
                }
                None => Refusal::Incomplete("certificate request"),
                Some(_) => {
                    Refusal::CertificateRequest(format!("its type is {form}, expected PKCS#10"))
                }
            }
        }
    }
}

fn other_token(named: &str) -> String {
    format!("it asks for a token of the type {named}, expected DeviceEnrollmentToken")
}
