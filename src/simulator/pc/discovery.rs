//! The probe and `Discover`.

use std::fmt;

use url::Url;

use super::Pc;
use crate::protocol::discovery::{AuthPolicy, Discover, DiscoverResponse};
use crate::simulator::{Auth, Credential, Error, HttpFlaw, Step};

/// Why a device cannot follow a reply to `Discover`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiscoveryFlaw {
    /// A policy that the device did not offer.
    AuthPolicy(AuthPolicy),
    /// No `EnrollmentVersion`, or one above the requested.
    EnrollmentVersion,
    /// No policy service: the device would sign with SHA-1.
    NoPolicyService,
    /// No sign-in page, though the policy is Federated.
    NoPage,
    /// A URL, named by its element, that is none of https.
    Url(&'static str),
    /// Policy and enrollment services on different hosts.
    Hosts,
}

/// Where discovery sends the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::simulator) struct Services {
    pub(super) policy: Url,
    pub(super) enrollment: Url,
    pub(super) page: Option<Url>,
}

impl Pc {
    /// Asks whether there is a server: a GET that must bring 200 and nothing.
    ///
    /// # Errors
    /// [`Error::Status`] or [`Error::Http`], or that there is no reply.
    pub async fn probe(&self) -> Result<(), Error> {
        let step = Step::Probe;
        let url = &self.settings.discovery_url;
        let odd_url = self.odd.as_ref().map(|odd| odd.url(url));
        let answer = self
            .network
            .probe(odd_url.as_ref().unwrap_or(url), self.manner())
            .await?;
        if answer.status != 200 {
            let status = answer.status;
            return Err(Error::Status { step, status });
        }
        answer
            .check_framing()
            .map_err(|flaw| Error::Http { step, flaw })?;
        if answer.body.is_empty() {
            Ok(())
        } else {
            let flaw = HttpFlaw::NotEmpty;
            Err(Error::Http { step, flaw })
        }
    }

    /// The `Discover` that this PC sends.
    pub fn discover_request(&self) -> Discover {
        let settings = &self.settings;
        let auth_policies = match settings.auth {
            Auth::Auto | Auth::Token => vec![AuthPolicy::OnPremise, AuthPolicy::Federated],
            Auth::OnPremise => vec![AuthPolicy::OnPremise],
            Auth::Federated => vec![AuthPolicy::Federated],
        };
        // An agent's process is told an old version of Windows.
        let application_version = match settings.credential {
            Credential::Token(_) => {
                let revision = self.identity.os_version.rsplit('.').next();
                format!("6.2.9200.{}", revision.unwrap_or("1"))
            }
            Credential::User { .. } | Credential::Jwt(_) => self.identity.os_version.clone(),
        };
        Discover {
            email_address: settings.email_address().to_owned(),
            request_version: Some(settings.request_version),
            device_type: Some("CIMClient_Windows".to_owned()),
            application_version: Some(application_version),
            os_edition: Some(self.identity.os_edition),
            os_version: None,
            auth_policies,
        }
    }

    /// Asks how to enroll, and checks that the reply can be followed.
    ///
    /// # Errors
    /// [`Error::Discovery`], or as [`Pc::exchange`].
    pub async fn discover(&self) -> Result<DiscoverResponse, Error> {
        let request = self.discover_request();
        let url = &self.settings.discovery_url;
        let reply = self.exchange(Step::Discover, url, &request, None).await?;
        check(&request, &reply)?;
        Ok(reply)
    }
}

impl Services {
    /// The URLs of a reply, checked.
    pub(super) fn of(reply: &DiscoverResponse) -> Result<Self, DiscoveryFlaw> {
        let policy = reply
            .enrollment_policy_service_url
            .as_deref()
            .ok_or(DiscoveryFlaw::NoPolicyService)?;
        let page = reply.authentication_service_url.as_deref();
        let services = Self {
            policy: https("EnrollmentPolicyServiceUrl", policy)?,
            enrollment: https("EnrollmentServiceUrl", &reply.enrollment_service_url)?,
            page: page
                .map(|url| https("AuthenticationServiceUrl", url))
                .transpose()?,
        };
        if services.policy.host() != services.enrollment.host() {
            return Err(DiscoveryFlaw::Hosts);
        }
        Ok(services)
    }
}

fn check(request: &Discover, reply: &DiscoverResponse) -> Result<(), DiscoveryFlaw> {
    if !request.auth_policies.contains(&reply.auth_policy) {
        return Err(DiscoveryFlaw::AuthPolicy(reply.auth_policy.clone()));
    }
    if reply.enrollment_version.is_none() || reply.enrollment_version > request.request_version {
        return Err(DiscoveryFlaw::EnrollmentVersion);
    }
    let services = Services::of(reply)?;
    if reply.auth_policy == AuthPolicy::Federated && services.page.is_none() {
        return Err(DiscoveryFlaw::NoPage);
    }
    Ok(())
}

fn https(element: &'static str, text: &str) -> Result<Url, DiscoveryFlaw> {
    let url = Url::parse(text).map_err(|_| DiscoveryFlaw::Url(element))?;
    if url.scheme() == "https" && url.has_host() && !text.contains(char::is_whitespace) {
        Ok(url)
    } else {
        Err(DiscoveryFlaw::Url(element))
    }
}

impl DiscoveryFlaw {
    /// The HRESULT that Windows would show.
    pub const fn hresult(&self) -> u32 {
        match self {
            Self::Url(_) => 0x8018_001a,
            Self::AuthPolicy(_)
            | Self::EnrollmentVersion
            | Self::NoPolicyService
            | Self::NoPage
            | Self::Hosts => 0x8019_00c8,
        }
    }
}

impl fmt::Display for DiscoveryFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AuthPolicy(policy) => {
                write!(f, "asks for {}, which was not offered", policy.name())
            }
            Self::EnrollmentVersion => {
                f.write_str("has no EnrollmentVersion up to the requested one")
            }
            Self::NoPolicyService => f.write_str("has no EnrollmentPolicyServiceUrl"),
            Self::NoPage => {
                f.write_str("has no AuthenticationServiceUrl, though it asks for Federated")
            }
            Self::Url(element) => write!(f, "has a {element} that is no https URL"),
            Self::Hosts => f.write_str("has its policy and enrollment services on different hosts"),
        }
    }
}

impl std::error::Error for DiscoveryFlaw {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::discovery::Version;

    fn request() -> Discover {
        Discover {
            request_version: Some(Version::new(5, 0)),
            auth_policies: vec![AuthPolicy::OnPremise, AuthPolicy::Federated],
            ..Discover::default()
        }
    }

    fn reply() -> DiscoverResponse {
        DiscoverResponse {
            auth_policy: AuthPolicy::OnPremise,
            enrollment_version: Some(Version::new(5, 0)),
            enrollment_policy_service_url: Some(
                "https://mdm.example:8444/EnrollmentServer/Policy.svc".to_owned(),
            ),
            enrollment_service_url: "https://mdm.example:8444/EnrollmentServer/Enrollment.svc"
                .to_owned(),
            authentication_service_url: None,
        }
    }

    #[test]
    fn a_reply_that_can_be_followed_is_accepted() {
        assert_eq!(check(&request(), &reply()), Ok(()));
    }

    #[test]
    fn a_reply_that_cannot_be_followed_is_named() {
        let flaw = |change: fn(&mut DiscoverResponse)| {
            let mut reply = reply();
            change(&mut reply);
            check(&request(), &reply).expect_err("a flaw")
        };
        assert_eq!(
            flaw(|r| r.auth_policy = AuthPolicy::Certificate),
            DiscoveryFlaw::AuthPolicy(AuthPolicy::Certificate)
        );
        assert_eq!(
            flaw(|r| r.auth_policy = AuthPolicy::Federated),
            DiscoveryFlaw::NoPage
        );
        assert_eq!(
            flaw(|r| r.enrollment_version = Some(Version::new(9, 0))),
            DiscoveryFlaw::EnrollmentVersion
        );
        assert_eq!(
            flaw(|r| r.enrollment_policy_service_url = None),
            DiscoveryFlaw::NoPolicyService
        );
        assert_eq!(
            flaw(|r| r.enrollment_service_url = "https://other.example/".to_owned()),
            DiscoveryFlaw::Hosts
        );
        assert_eq!(
            flaw(|r| r.enrollment_service_url = "http://mdm.example:8444/".to_owned()),
            DiscoveryFlaw::Url("EnrollmentServiceUrl")
        );
    }
}
