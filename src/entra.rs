//! Microsoft Entra ID: the access tokens that its devices bring (ENTRA 4).
//!
//! A token is believed only when one of the keys that Entra publishes signed it, when it was made for this server, in a
//! tenant that a template names, and to enroll: [`Verifier::verify`] is the one way to a [`VerifiedClaims`].

mod claims;
mod cloud;
mod graph;
mod redirect;

use std::time::Duration;

use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use reqwest::Client;
use reqwest::redirect::Policy;
use url::Url;

use crate::clock::Clock;
use crate::id::ObjectId;
use crate::jwks::{Keys, Missing};

use self::claims::Claims;

pub use self::claims::VerifiedClaims;
pub use self::cloud::Cloud;
pub use self::graph::{Confidential, Graph, GraphError, Standing};
pub use self::redirect::{REDIRECTS, Redirect};

/// Why a token is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not a compact JWS, or a claim is missing or of another type.
    #[error("it cannot be read")]
    Unreadable,
    /// It is not signed as Entra signs.
    #[error("its algorithm is not RS256")]
    Algorithm,
    /// Its key is not among those that Entra publishes.
    #[error("its key (kid) is not among those that Entra publishes")]
    Key,
    /// Its signature is another.
    #[error("its signature does not fit")]
    Signature,
    /// A claim is not acceptable.
    #[error("{0}")]
    Claim(&'static str),
    /// No template names its tenant with an application that it was made for.
    #[error(
        "no template has entraId.mobilityApp with its tenant {tenant} and its audience {audience}"
    )]
    Application {
        /// `tid`.
        tenant: String,
        /// `aud`.
        audience: String,
    },
    /// Templates of several organizations would do.
    #[error(
        "templates of several organizations name its tenant; the application must be set up to be asked for by its client id"
    )]
    Ambiguous,
    /// The keys cannot be had.
    #[error("the keys of Entra ID cannot be had; the log tells why")]
    Unavailable,
}

impl From<Missing> for Error {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Unknown => Self::Key,
            Missing::Unavailable => Self::Unavailable,
        }
    }
}

/// An application of Entra ID that a template names (`entraId.mobilityApp`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The organization.
    pub organization: ObjectId,
    /// The template.
    pub template: ObjectId,
    /// The tenant.
    pub tenant_id: String,
    /// The application's identifier.
    pub client_id: String,
}

/// Where tokens come from, and for whom they must be made.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The cloud.
    pub cloud: Cloud,
    /// Where the keys are; none: where the cloud has them.
    pub keys_url: Option<Url>,
    /// Where tokens for Graph are had; none: where the cloud has them.
    pub login_url: Option<Url>,
    /// Where Graph is; none: where the cloud has it.
    pub graph_url: Option<Url>,
    /// The tenants that count; none: those of templates.
    pub tenants: Vec<String>,
    /// Addresses of this server, each an Application ID URI by which its tokens may be asked for, and other audiences.
    pub audiences: Vec<String>,
    /// What is reported of devices.
    pub report: Report,
}

/// What Graph is told of a device that enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// That it is managed and compliant.
    ManagedAndCompliant,
    /// That it is managed.
    Managed,
    /// Nothing.
    Off,
}

/// Verifies tokens.
pub struct Verifier {
    cloud: Cloud,
    tenants: Vec<String>,
    audiences: Vec<String>,
    report: Report,
    keys: Keys,
    clock: Clock,
}

/// Longest token.
const LONGEST: usize = 32 * 1024;
/// How long Entra's keys may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A client for the keys, which follows no redirects.
fn client() -> reqwest::Result<Client> {
    let none = Policy::none();
    Client::builder().timeout(PATIENCE).redirect(none).build()
}

impl Verifier {
    /// Verifies by the keys that the settings name; nothing is fetched before the first token.
    pub fn new(settings: Settings, clock: Clock) -> Self {
        let url = settings.keys_url;
        let url = url.map_or_else(|| settings.cloud.keys_url().to_owned(), |url| url.into());
        Self {
            cloud: settings.cloud,
            tenants: settings.tenants,
            audiences: settings.audiences,
            report: settings.report,
            keys: Keys::new("Entra ID", url, client().ok(), clock.clone()),
            clock,
        }
    }

    /// What is reported of devices.
    pub fn report(&self) -> Report {
        self.report
    }

    /// Whether tenants count that no template names.
    pub fn names_tenants(&self) -> bool {
        !self.tenants.is_empty()
    }

    /// Verifies a compact JWS, for one of `applications`, else for `default`, in which the tenants of the settings come
    /// in that no template names.
    ///
    /// # Errors
    /// Why it is not believed.
    pub async fn verify(
        &self,
        token: &str,
        applications: &[Application],
        default: Option<&Application>,
    ) -> Result<VerifiedClaims, Error> {
        if token.len() > LONGEST {
            return Err(Error::Unreadable);
        }
        let header = decode_header(token).map_err(|_| Error::Algorithm)?;
        if header.alg != Algorithm::RS256 {
            return Err(Error::Algorithm);
        }
        let key = self.keys.of(&header.kid.ok_or(Error::Key)?).await?;
        let mut validation = Validation::new(Algorithm::RS256);
        // Times and audience are claims with a clock and a list of our own.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let decoded = decode::<Claims>(token, &key.decoding, &validation);
        let claims = decoded.map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidSignature => Error::Signature,
            _ => Error::Unreadable,
        })?;
        let claims = claims.claims;
        claims.check(self.cloud, key.issuer.as_deref(), self.clock.now())?;
        let application = self.application(&claims, applications, default)?;
        Ok(claims.verified(self.cloud, application))
    }

    /// The application that the token was made for: the one whose client id is its audience, else one of its tenant where
    /// the audience is this server. A tenant's name alone must not draw its devices into another organization.
    fn application<'a>(
        &self,
        claims: &Claims,
        applications: &'a [Application],
        default: Option<&'a Application>,
    ) -> Result<&'a Application, Error> {
        let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        let listed = self.tenants.iter().any(|tenant| same(tenant, &claims.tid));
        if !listed && !self.tenants.is_empty() {
            return Err(Error::Claim("its tenant (tid) is not among entra.tenants"));
        }
        let of_tenant = applications
            .iter()
            .filter(|it| same(&it.tenant_id, &claims.tid));
        if let Some(exact) = of_tenant
            .clone()
            .find(|it| same(&it.client_id, &claims.aud))
        {
            return Ok(exact);
        }
        let missing = || Error::Application {
            tenant: claims.tid.clone(),
            audience: claims.aud.chars().take(128).collect(),
        };
        let bare = |text: &str| text.strip_suffix('/').unwrap_or(text).to_owned();
        let ours = |own: &String| bare(own) == bare(&claims.aud);
        if !self.audiences.iter().any(ours) {
            return Err(missing());
        }
        let mut found = of_tenant;
        let Some(first) = found.next() else {
            return default.filter(|_| listed).ok_or_else(missing);
        };
        if found.any(|other| other.organization != first.organization) {
            return Err(Error::Ambiguous);
        }
        Ok(first)
    }
}
