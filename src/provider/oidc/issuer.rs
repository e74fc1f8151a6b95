//! What an issuer says of itself (OpenID Connect Discovery 1.0), asked for once a day.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as Blocking, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use crate::clock::Clock;
use crate::id::ObjectId;
use crate::jwks::Keys;

use super::super::{Configured, Error, client};

/// How long what was said counts.
const FRESH: SignedDuration = SignedDuration::from_hours(24);
/// How long an issuer that did not answer is not asked again: its page is anybody's to open.
const REST: SignedDuration = SignedDuration::from_secs(10);
/// Bytes of an answer.
const LARGEST: usize = 256 * 1024;

/// An issuer.
pub(super) struct Issuer {
    pub(super) name: String,
    pub(super) authorization: Url,
    pub(super) token: Url,
    pub(super) userinfo: Option<Url>,
    /// Whether the client's secret may travel in the header.
    pub(super) takes_basic: bool,
    /// Whether its answers name it (RFC 9207).
    pub(super) says_iss: bool,
    pub(super) keys: Keys,
    pub(super) client: reqwest::Client,
}

/// The issuers that were asked, by provider.
pub(in crate::provider) struct Issuers {
    clock: Clock,
    known: Blocking<HashMap<ObjectId, Arc<Known>>>,
}

/// What is known of the issuer of one revision of a provider.
struct Known {
    revision: i64,
    asked: Mutex<Option<Asked>>,
}

/// When the issuer was asked, and what it said.
type Asked = (Timestamp, Result<Arc<Issuer>, Error>);

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    userinfo_endpoint: Option<Url>,
    jwks_uri: Url,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Issuers {
    pub(in crate::provider) fn new(clock: Clock) -> Self {
        Self {
            clock,
            known: Blocking::default(),
        }
    }

    /// The issuer of a provider, asked for by one while the others wait.
    pub(super) async fn of(
        &self,
        provider: &Configured,
        name: &str,
        trusted: Option<&str>,
    ) -> Result<Arc<Issuer>, Error> {
        let known = self.known(provider);
        let now = self.clock.now();
        let mut asked = known.asked.lock().await;
        if let Some((when, found)) = &*asked {
            let age = now.duration_since(*when);
            let lasts = if found.is_ok() { FRESH } else { REST };
            if age < lasts {
                return found.clone();
            }
        }
        let found = self.ask(name, trusted).await.map(Arc::new);
        // What was said yesterday is better than nothing.
        if let (Err(error), Some((when, Ok(issuer)))) = (&found, &mut *asked) {
            tracing::warn!(%error, issuer = name, "an issuer does not answer");
            *when = now - FRESH + REST;
            return Ok(Arc::clone(issuer));
        }
        *asked = Some((now, found.clone()));
        found
    }

    fn known(&self, provider: &Configured) -> Arc<Known> {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            Arc::new(Known {
                revision: provider.revision,
                asked: Mutex::default(),
            })
        };
        let known = all.entry(provider.id).or_insert_with(new);
        if known.revision != provider.revision {
            *known = new();
        }
        Arc::clone(known)
    }

    async fn ask(&self, name: &str, trusted: Option<&str>) -> Result<Issuer, Error> {
        let client = client::https(trusted)?;
        let place = format!(
            "{}/.well-known/openid-configuration",
            name.trim_end_matches('/')
        );
        let answer = client.get(&place).send().await;
        let answer = answer.map_err(|error| {
            let why = if error.is_timeout() {
                "in time"
            } else {
                "over HTTPS"
            };
            Error::unreachable(format!("{place} does not answer {why}"))
        })?;
        if answer.status() != reqwest::StatusCode::OK {
            let status = answer.status();
            return Err(Error::unavailable(format!("{place} answers {status}")));
        }
        let said: Metadata = serde_json::from_slice(&body(answer).await?)
            .map_err(|error| Error::unavailable(format!("{place} is not readable: {error}")))?;
        if said.issuer != name {
            let other: String = said.issuer.chars().take(256).collect();
            return Err(Error::unavailable(format!(
                "{place} names the issuer {other}"
            )));
        }
        for url in [
            &said.authorization_endpoint,
            &said.token_endpoint,
            &said.jwks_uri,
        ] {
            if url.scheme() != "https" {
                return Err(Error::unavailable(format!(
                    "{place} names an address without TLS"
                )));
            }
        }
        let methods = said.token_endpoint_auth_methods_supported;
        let basic = |it: Vec<String>| it.iter().any(|method| method == "client_secret_basic");
        Ok(Issuer {
            keys: Keys::new(
                name,
                said.jwks_uri.into(),
                Some(client.clone()),
                self.clock.clone(),
            ),
            name: said.issuer,
            authorization: said.authorization_endpoint,
            token: said.token_endpoint,
            userinfo: said.userinfo_endpoint.filter(|url| url.scheme() == "https"),
            takes_basic: methods.is_none_or(basic),
            says_iss: said.authorization_response_iss_parameter_supported,
            client,
        })
    }
}

/// The body of an answer, of a sensible size.
pub(super) async fn body(mut answer: reqwest::Response) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    let ends = |_| Error::unreachable("the provider's answer ends early");
    while let Some(piece) = answer.chunk().await.map_err(ends)? {
        body.extend_from_slice(&piece);
        if body.len() > LARGEST {
            return Err(Error::unavailable(
                "the provider's answer has more than 256 KiB",
            ));
        }
    }
    Ok(body)
}
