//! A server met through its API: what the commands do with `--server`.

use std::path::PathBuf;

use reqwest::{Client, Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use url::Url;

use crate::secret::Secret;
use crate::simulator::{Network, NetworkError, Trust, fetch_root_of_loopback_server, is_loopback};
use crate::violation::Violation;

use super::Context;
use super::data::runtime;

/// Why a server did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No key was named.
    #[error("--server needs --key-file, a file that holds a key to its API")]
    NoKey,
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// No connection.
    #[error("the server cannot be reached")]
    Network(#[from] NetworkError),
    /// No answer.
    #[error("the server did not answer")]
    Http(#[from] reqwest::Error),
    /// An answer that is none of the API's.
    #[error("the server answered HTTP status {0}, and not as the API does")]
    Answer(StatusCode),
    /// The key may not.
    #[error("{message}")]
    Refused {
        /// What the server says.
        message: String,
    },
    /// The request was not acceptable.
    #[error("{message}{}", faults(details))]
    Problem {
        /// What the server says.
        message: String,
        /// What is wrong with the input.
        details: Vec<Violation>,
    },
}

fn faults(details: &[Violation]) -> String {
    details
        .iter()
        .map(|it| format!("; {} {}", it.path, it.reason))
        .collect()
}

/// A text that a person gave, as a segment of a path.
pub(super) fn segment(text: &str) -> String {
    let mut segment = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' => segment.push(char::from(byte)),
            _ => segment.push_str(&format!("%{byte:02X}")),
        }
    }
    segment
}

/// A server with a key to one of its organizations.
pub(super) struct Remote {
    base: String,
    client: Client,
    key: Secret,
}

#[derive(Deserialize)]
struct Enveloped<T> {
    data: T,
}

#[derive(Deserialize)]
struct Failed {
    error: Told,
}

#[derive(Deserialize)]
struct Told {
    message: String,
    #[serde(default)]
    details: Vec<Violation>,
}

#[derive(Deserialize)]
struct Organizations {
    items: Vec<Organization>,
}

#[derive(Deserialize)]
struct Organization {
    id: String,
}

impl Context<'_> {
    /// Runs `work` on the server that `--server` names, if it does.
    pub(super) fn on_server<T, F>(
        &self,
        work: impl FnOnce(Remote) -> F,
    ) -> Result<Option<T>, super::Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let Some(url) = &self.global.server else {
            return Ok(None);
        };
        let found = runtime()?.block_on(async { work(self.remote(url).await?).await });
        Ok(Some(found?))
    }

    async fn remote(&self, url: &Url) -> Result<Remote, Error> {
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path).map_err(|source| Error::Read {
                path: path.clone(),
                source,
            })
        };
        let key = read(self.global.key_file.as_ref().ok_or(Error::NoKey)?)?;
        crate::http::tls::install_default_provider();
        let trust = match &self.global.server_ca_file {
            Some(path) => Trust::Pem(read(path)?),
            None if is_loopback(url) => fetch_root_of_loopback_server(url).await?,
            None => Trust::Native,
        };
        let root = url.as_str().trim_end_matches('/').to_owned();
        let mut remote = Remote {
            base: format!("{root}/v1/organizations"),
            client: Network::https(&trust)?,
            key: Secret::new(key.trim()),
        };
        let own: Organizations = remote.call(Method::GET, "", None).await?;
        if let Some(organization) = own.items.into_iter().next() {
            remote.base = format!("{}/{}", remote.base, organization.id);
        }
        Ok(remote)
    }
}

impl Remote {
    /// What the paths of the Windows nouns begin with.
    pub(super) const WINDOWS: &str = "/mdm/windows/enterprise";

    /// One request below the key's own organization.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Json>,
    ) -> Result<T, Error> {
        let body = body.map(|body| ("application/json", body.to_string()));
        self.send(method, path, body).await
    }

    /// Hands in a table of comma-separated values.
    pub(super) async fn send_csv<T: DeserializeOwned>(
        &self,
        path: &str,
        text: &str,
    ) -> Result<T, Error> {
        let body = Some(("text/csv", text.to_owned()));
        self.send(Method::POST, path, body).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, String)>,
    ) -> Result<T, Error> {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(self.key.reveal());
        if let Some((media, body)) = body {
            request = request.header("content-type", media).body(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let bytes = answer.bytes().await?;
        if status.is_success() {
            return serde_json::from_slice::<Enveloped<T>>(&bytes)
                .map(|it| it.data)
                .map_err(|_| Error::Answer(status));
        }
        let failed: Failed = serde_json::from_slice(&bytes).map_err(|_| Error::Answer(status))?;
        let Told { message, details } = failed.error;
        Err(match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Error::Refused { message },
            _ => Error::Problem { message, details },
        })
    }
}
