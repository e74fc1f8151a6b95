//! Microsoft Graph, asked as the application of a template: the groups of a user, and what is said of a device (ENTRA 7).
//!
//! Tokens by client credentials (RFC 6749, section 4.4), kept until shortly before they end. Which application may do what
//! is the tenant's decision: that it may not is an answer of its own, since no later try changes it.

mod answer;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::json;
use url::Url;
use uuid::Uuid;

use crate::clock::Clock;
use crate::secret::Secret;

use self::answer::{read, silent};
use super::{Cloud, client};

/// An application with its client secret.
#[derive(Debug, Clone)]
pub struct Confidential {
    /// The tenant.
    pub tenant_id: String,
    /// The application's identifier.
    pub client_id: String,
    /// Its secret.
    pub secret: Secret,
}

/// What a device is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// `isManaged`.
    pub managed: bool,
    /// `isCompliant`; none: nothing is said of it.
    pub compliant: Option<bool>,
}

/// Why Graph did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// The tenant lets the application do no such thing.
    #[error("Microsoft Graph does not permit it to the application ({0})")]
    NotPermitted(String),
    /// The directory does not know the object, or not yet.
    #[error("the directory does not know it")]
    Unknown,
    /// The application or its secret is not accepted.
    #[error("Entra ID does not accept the application's client id and secret ({0})")]
    Application(String),
    /// Later, perhaps after so many seconds.
    #[error("Microsoft Graph cannot be asked now ({0})")]
    Later(String, Option<u64>),
    /// It is not a question that Graph answers.
    #[error("Microsoft Graph refuses the request ({0})")]
    Refused(String),
}

/// How long before its end a token is had anew.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);
/// Tries of a question that somebody waits for, and the pause between two.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(300);
/// The longest pause that somebody is made to wait.
const WAIT: u64 = 2;

/// Microsoft Graph of one cloud.
pub struct Graph {
    cloud: Cloud,
    login: String,
    graph: String,
    client: Option<Client>,
    clock: Clock,
    tokens: Mutex<HashMap<(String, String), Held>>,
}

/// A token, the secret that it was had by, and its end.
#[derive(Clone)]
struct Held {
    token: Secret,
    by: Secret,
    ends: Timestamp,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: i64,
}

#[derive(Deserialize)]
struct Groups {
    value: Vec<Uuid>,
}

impl Graph {
    /// Nothing is asked before the first question.
    pub fn new(cloud: Cloud, login: Option<&Url>, graph: Option<&Url>, clock: Clock) -> Self {
        let base = |url: Option<&Url>, usual: &str| {
            let text = url.map_or(usual, Url::as_str);
            text.trim_end_matches('/').to_owned()
        };
        Self {
            cloud,
            login: base(login, cloud.login_url()),
            graph: base(graph, cloud.graph_url()),
            client: client().ok(),
            clock,
            tokens: Mutex::default(),
        }
    }

    /// The identifiers of all groups of a user, direct or not (`user: getMemberGroups`).
    ///
    /// # Errors
    /// Why they are not known; what may pass is tried three times.
    pub async fn groups(
        &self,
        app: &Confidential,
        object: &str,
    ) -> Result<Vec<String>, GraphError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.groups_once(app, object).await {
                Err(GraphError::Later(_, after))
                    if tries < TRIES && after.is_none_or(|after| after <= WAIT) =>
                {
                    let told = after.map(Duration::from_secs);
                    tokio::time::sleep(told.unwrap_or(PAUSE * tries)).await;
                }
                answer => return answer,
            }
        }
    }

    async fn groups_once(
        &self,
        app: &Confidential,
        object: &str,
    ) -> Result<Vec<String>, GraphError> {
        let object = guid(object)?;
        let url = format!("{}/v1.0/users/{object}/getMemberGroups", self.graph);
        let body = json!({ "securityEnabledOnly": false }).to_string();
        let answer = self.ask(app, |client| client.post(&url), body).await?;
        let unreadable = |_| GraphError::Refused("its answer is no list of groups".to_owned());
        let groups: Groups = serde_json::from_slice(&answer).map_err(unreadable)?;
        Ok(groups.value.iter().map(Uuid::to_string).collect())
    }

    /// Says what a device is, by its identifier in the directory (`Update device`).
    ///
    /// # Errors
    /// Why that was not taken.
    pub async fn tell(
        &self,
        app: &Confidential,
        device: &str,
        standing: Standing,
    ) -> Result<(), GraphError> {
        let device = guid(device)?;
        let url = format!("{}/v1.0/devices(deviceId='{device}')", self.graph);
        let body = match standing.compliant {
            Some(compliant) => json!({ "isManaged": standing.managed, "isCompliant": compliant }),
            None => json!({ "isManaged": standing.managed }),
        };
        let body = body.to_string();
        self.ask(app, |client| client.patch(&url), body).await?;
        Ok(())
    }

    /// Whether Entra ID accepts the application.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn test(&self, app: &Confidential) -> Result<(), GraphError> {
        let client = self.client()?;
        self.token(client, app).await.map(drop)
    }

    /// Asks; a token that is not accepted any more is had anew, once.
    async fn ask(
        &self,
        app: &Confidential,
        request: impl Fn(&Client) -> RequestBuilder,
        body: String,
    ) -> Result<Vec<u8>, GraphError> {
        let client = self.client()?;
        for last in [false, true] {
            let token = self.token(client, app).await?;
            let asked = request(client)
                .bearer_auth(token.reveal())
                .header("content-type", "application/json")
                .body(body.clone());
            let answer = asked.send().await.map_err(|error| silent(&error))?;
            if answer.status() == StatusCode::UNAUTHORIZED && !last {
                self.forget(app);
                continue;
            }
            return read(answer).await;
        }
        Err(GraphError::Application("401".to_owned()))
    }

    async fn token(&self, client: &Client, app: &Confidential) -> Result<Secret, GraphError> {
        let key = (app.tenant_id.to_lowercase(), app.client_id.to_lowercase());
        let now = self.clock.now();
        {
            let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
            let good = |held: &&Held| held.by == app.secret && now + MARGIN < held.ends;
            if let Some(held) = tokens.get(&key).filter(good) {
                return Ok(held.token.clone());
            }
        }
        let tenant = guid(&app.tenant_id)?;
        let url = format!("{}/{tenant}/oauth2/v2.0/token", self.login);
        let scope = format!("{}/.default", self.cloud.graph_url());
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &app.client_id),
            ("client_secret", app.secret.reveal()),
            ("scope", &scope),
        ];
        let asked = client.post(url).form(&form).send().await;
        let answer = asked.map_err(|error| silent(&error))?;
        let answer = read(answer).await.map_err(|error| match error {
            GraphError::Refused(why) | GraphError::NotPermitted(why) => {
                GraphError::Application(why)
            }
            GraphError::Unknown => GraphError::Application("404".to_owned()),
            other => other,
        })?;
        let unreadable = |_| GraphError::Application("its answer is no token".to_owned());
        let granted: Granted = serde_json::from_slice(&answer).map_err(unreadable)?;
        let lasting = SignedDuration::from_secs(granted.expires_in.clamp(0, 86_400));
        let held = Held {
            token: Secret::new(granted.access_token),
            by: app.secret.clone(),
            ends: now + lasting,
        };
        let token = held.token.clone();
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.insert(key, held);
        Ok(token)
    }

    fn forget(&self, app: &Confidential) {
        let key = (app.tenant_id.to_lowercase(), app.client_id.to_lowercase());
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.remove(&key);
    }

    fn client(&self) -> Result<&Client, GraphError> {
        let missing = || GraphError::Later("there is no HTTP client".to_owned(), None);
        self.client.as_ref().ok_or_else(missing)
    }
}

/// An identifier, in the one form in which it goes into an address.
fn guid(text: &str) -> Result<Uuid, GraphError> {
    let none = |_| GraphError::Refused("an identifier is no GUID".to_owned());
    Uuid::try_parse(text.trim()).map_err(none)
}
