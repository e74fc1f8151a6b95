//! Identity providers asked: whoever signs in is believed because one of them says who it is.
//!
//! LDAP (RFC 4511), OpenID Connect Core 1.0, SAML 2.0, and the passwords of our own users. Each ends in an
//! [`Identity`], whatever its way there; none decides who may enroll.

mod breaker;
mod check;
mod client;
mod configured;
mod ldap;
mod oidc;
mod password;
mod question;
mod saml;

use std::time::Duration;

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::identity::{Identity, ProviderSettings};
use crate::secret::Secret;

use self::question::{Questions, within};

pub use self::check::check;
pub use self::configured::{Configured, seal};
pub use self::password::Passwords;
pub use self::saml::{certificates, metadata};

/// Why nobody is believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// What was shown is wrong. The reason is the administrator's, never the person's.
    #[error("{0}")]
    Wrong(String),
    /// The provider cannot be asked, or its settings do not fit it.
    #[error("{0}")]
    Unavailable(String),
    /// The provider does not answer: no connection, or nothing in five seconds. After three in a row it is left alone.
    #[error("{0}")]
    Unreachable(String),
}

impl Error {
    fn wrong(why: impl Into<String>) -> Self {
        Self::Wrong(why.into())
    }

    fn unavailable(why: impl Into<String>) -> Self {
        Self::Unavailable(why.into())
    }

    fn unreachable(why: impl Into<String>) -> Self {
        Self::Unreachable(why.into())
    }
}

/// The addresses of this server that a provider is told.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// Where OpenID Connect sends people back to.
    pub callback: String,
    /// Where SAML answers are posted to.
    pub assertion_consumer: String,
    /// Our name as a SAML service provider: where its metadata is.
    pub entity_id: String,
}

/// What is remembered of a sign-in while its person is away.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pending {
    /// What comes back: `state`, `RelayState`.
    pub state: String,
    /// What the proof must name: `nonce`, `InResponseTo`.
    pub nonce: String,
    /// What proves that it is us who ask for the token (RFC 7636).
    pub verifier: String,
}

impl Pending {
    fn new() -> Self {
        Self {
            state: random(),
            // An xs:ID of SAML begins with a letter or an underscore.
            nonce: format!("_{}", random()),
            verifier: random(),
        }
    }
}

/// Where a person is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Away {
    /// To an address.
    To(String),
    /// There by a form: its address, and its fields.
    By(String, Vec<(&'static str, String)>),
}

/// What came back with a person.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The query of OpenID Connect.
    Query(Vec<(String, String)>),
    /// `SAMLResponse` and `RelayState`.
    Saml {
        /// The response, base64.
        response: String,
        /// What we gave along.
        relay_state: String,
    },
}

/// Who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// The person.
    pub identity: Identity,
    /// What may be shown once only, and until when it would be good.
    pub once: Option<(String, Timestamp)>,
}

/// Counts the wrong passwords of people as a directory knows them, whatever names they type.
pub trait Tries: Sync {
    /// Whether one more may be tried for whom the directory calls `subject`.
    fn allow(&self, subject: &str) -> bool;

    /// One more was wrong.
    fn wrong(&self, subject: &str);
}

/// How long a provider may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks providers. A provider that hangs holds up those who sign in by it, and nobody else.
pub struct Providers {
    clock: Clock,
    questions: Questions,
    issuers: oidc::Issuers,
}

impl Providers {
    /// Nothing is asked before the first sign-in.
    pub fn new(clock: Clock) -> Self {
        Self {
            questions: Questions::new(clock.clone()),
            issuers: oidc::Issuers::new(clock.clone()),
            clock,
        }
    }

    /// Who it is that knows this password.
    ///
    /// # Errors
    /// [`Error::Wrong`] whatever of it is wrong, [`Error::Unavailable`] or [`Error::Unreachable`] when it cannot be told
    /// within five seconds.
    pub async fn by_password(
        &self,
        provider: &Configured,
        login: &str,
        password: &Secret,
        tries: &dyn Tries,
    ) -> Result<Identity, Error> {
        let ProviderSettings::Ldap(settings) = &provider.settings else {
            return Err(Error::wrong("the provider takes no passwords"));
        };
        ldap::sensible(login, password)?;
        let asked = ldap::authenticate(settings, &provider.secret, login, password, tries);
        self.questions.ask(provider, asked).await
    }

    /// Where a person is sent to sign in, and what is to be remembered until then. `again`: the provider is to ask who it
    /// is, whatever session it has.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Unreachable`] when the provider does not say where.
    pub async fn begin(
        &self,
        provider: &Configured,
        addresses: &Addresses,
        again: bool,
    ) -> Result<(Away, Pending), Error> {
        let pending = Pending::new();
        let away = match &provider.settings {
            ProviderSettings::Ldap(_) => {
                return Err(Error::wrong("the provider takes passwords"));
            }
            ProviderSettings::Saml(settings) => {
                saml::request(settings, addresses, &pending, again, self.clock.now())?
            }
            ProviderSettings::Google(_) | ProviderSettings::Oidc(_) => {
                self.questions.check(provider)?;
                let asked = oidc::request(&self.issuers, provider, addresses, &pending, again);
                within(asked).await?
            }
        };
        Ok((away, pending))
    }

    /// Who came back.
    ///
    /// # Errors
    /// [`Error::Wrong`] for a proof that is not believed, [`Error::Unavailable`] or [`Error::Unreachable`] when it cannot
    /// be fetched.
    pub async fn finish(
        &self,
        provider: &Configured,
        addresses: &Addresses,
        pending: &Pending,
        answer: &Answer,
    ) -> Result<Proved, Error> {
        let now = self.clock.now();
        match (&provider.settings, answer) {
            (
                ProviderSettings::Saml(settings),
                Answer::Saml {
                    response,
                    relay_state,
                },
            ) => {
                if *relay_state != pending.state {
                    return Err(Error::wrong("RelayState is another"));
                }
                saml::believe(settings, addresses, pending, response, now)
            }
            (ProviderSettings::Google(_) | ProviderSettings::Oidc(_), Answer::Query(query)) => {
                let asked = oidc::believe(&self.issuers, provider, addresses, pending, query, now);
                self.questions.ask(provider, asked).await
            }
            _ => Err(Error::wrong("the answer is of another kind")),
        }
    }

    /// Whether a provider can be asked, in a sentence.
    ///
    /// # Errors
    /// Why it cannot.
    pub async fn test(&self, provider: &Configured) -> Result<String, Error> {
        match &provider.settings {
            ProviderSettings::Ldap(settings) => {
                within(ldap::test(settings, &provider.secret)).await
            }
            ProviderSettings::Google(_) | ProviderSettings::Oidc(_) => {
                within(oidc::test(&self.issuers, provider)).await
            }
            ProviderSettings::Saml(settings) => saml::test(settings, self.clock.now()),
        }
    }
}

/// 256 random bits in base64url.
fn random() -> String {
    let mut bytes = [0_u8; 32];
    #[expect(
        clippy::expect_used,
        reason = "without random numbers nothing here is safe, and the system's source does not fail once it is open"
    )]
    rand::fill(&mut bytes).expect("the system has random numbers");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A text of a sensible length, without what cannot be seen.
fn word(text: &str) -> Option<String> {
    let text = text.trim();
    let plain = !text.is_empty() && text.len() <= 512 && !text.chars().any(char::is_control);
    plain.then(|| text.to_owned())
}
