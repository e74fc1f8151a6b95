//! The administrators' API, met over TLS by a client that knows nothing but the contracts.

mod approval;
mod attempt;
mod canary;
mod contract;
mod device;
mod fleet;
mod gate;
mod identity;
mod identity_provider;
pub(crate) mod matrix;
mod people;
mod restriction;
mod rule;
mod schema;
pub(crate) mod template;
mod token;

use reqwest::Method;
use serde_json::Value as Json;

use portcullis::admin::CreateKey;
use portcullis::identity::Role;

use crate::client::Answer;
use crate::server::TestServer;

/// A server with a key to its API.
pub(crate) struct Api {
    pub(crate) server: TestServer,
    pub(crate) key: String,
}

/// An answer read as JSON.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) answer: Answer,
    pub(crate) json: Json,
}

impl Api {
    pub(crate) async fn start() -> Self {
        Self::over(TestServer::start().await).await
    }

    /// The same, of a server that was set up otherwise.
    pub(crate) async fn over(server: TestServer) -> Self {
        let key = key_of(&server, Role::Owner).await;
        Self { server, key }
    }

    /// A request with the key; the path begins with `/`.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Json>) -> Told {
        self.call_with(method, path, body, &self.key, &[]).await
    }

    pub(crate) async fn call_with(
        &self,
        method: Method,
        path: &str,
        body: Option<Json>,
        key: &str,
        headers: &[(&str, &str)],
    ) -> Told {
        let mut all = vec![("authorization".to_owned(), format!("Bearer {key}"))];
        if body.is_some() {
            all.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        let given = headers.iter();
        all.extend(given.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let url = format!("{}{path}", self.server.web);
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let answer = self.server.send(method, &url, &all, body).await;
        let json = serde_json::from_slice(&answer.body).unwrap_or(Json::Null);
        Told { answer, json }
    }

    pub(crate) async fn get(&self, path: &str) -> Told {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Json) -> Told {
        self.call(Method::POST, path, Some(body)).await
    }
}

impl Told {
    /// The answer, which must have this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Json {
        assert_eq!(self.answer.status, status, "{}", self.answer.text());
        self.json
    }
}

pub(crate) async fn key_of(server: &TestServer, role: Role) -> String {
    let admin = &server.server.app.admin;
    let organization = admin.default_organization().await.unwrap();
    let wish = CreateKey {
        role,
        name: "test".to_owned(),
        duration: None,
        scopes: None,
        segments: None,
    };
    admin.create_key(organization, wish).await.unwrap().key
}
