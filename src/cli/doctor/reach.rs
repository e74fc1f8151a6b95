//! What is reached over the network: the mail server, the identity providers, a server as its devices see it.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use crate::app::Installation;
use crate::ca::Authority;
use crate::clock::Clock;
use crate::config::{Config, Smtp, with_causes};
use crate::identity::Actor;
use crate::store;

use super::super::Error;
use super::Check;

/// How long a connection or an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Identity providers that are asked at a time.
const AT_ONCE: usize = 8;

/// Whether the mail server takes connections.
pub(super) async fn mail(smtp: &Smtp) -> Check {
    const MAIL: &str = "mail";
    if smtp.host.is_empty() {
        return Check::ok(MAIL, "is not configured: no mail is sent");
    }
    let place = format!("{}:{}", smtp.host, smtp.port);
    let connected = timeout(
        PATIENCE,
        TcpStream::connect((smtp.host.as_str(), smtp.port)),
    );
    match connected.await {
        Ok(Ok(_)) => Check::ok(MAIL, format!("{place} takes connections")),
        Ok(Err(error)) => Check::fail(MAIL, format!("{place}: {error}; see smtp.host")),
        Err(_) => Check::fail(MAIL, format!("{place} does not answer within 5 seconds")),
    }
}

/// The identity providers by which people may sign in, of all organizations.
pub(super) async fn providers(config: Config) -> Vec<Check> {
    match tested(config).await {
        Ok(checks) => checks,
        Err(error) => vec![Check::fail("identity providers", with_causes(&error))],
    }
}

async fn tested(config: Config) -> Result<Vec<Check>, Error> {
    let installation = Installation::open(config, Clock::system())?;
    let admin = installation.admin(String::new());
    let enabled = installation
        .store
        .read::<_, store::Error, _>(|tx| tx.enabled_identity_providers())
        .await?;
    let tests = enabled.into_iter().map(|it| {
        let (admin, provider) = (&admin, it.provider);
        async move {
            let actor = Actor::local(provider.organization_id);
            let tested = admin.test_identity_provider(&actor, provider.id).await?;
            let name = format!("identity provider {}", provider.name);
            Ok::<_, Error>(match tested.works {
                true => Check::ok(name, tested.message),
                false => Check::fail(name, tested.message),
            })
        }
    });
    let tested: Vec<_> = futures_util::stream::iter(tests)
        .buffered(AT_ONCE)
        .collect()
        .await;
    tested.into_iter().collect()
}

/// Whether a server answers as devices need it, trusted by the system's authorities or by ours.
pub(super) async fn server(url: &Url, authority: Option<&Authority>) -> Vec<Check> {
    const PATHS: [(&str, &str); 2] = [
        ("health", "/healthz"),
        ("discovery", "/EnrollmentServer/Discovery.svc"),
    ];
    let client = match client(authority) {
        Ok(client) => client,
        Err(error) => return vec![Check::fail("server", with_causes(&error))],
    };
    let mut checks = Vec::new();
    for (name, path) in PATHS {
        let address = format!("{}{path}", url.as_str().trim_end_matches('/'));
        let check = match client.get(&address).send().await {
            Ok(answer) if answer.status().is_success() => {
                Check::ok(name, format!("{address} answers {}", answer.status()))
            }
            Ok(answer) => {
                let status = answer.status();
                let message = format!("{address} answers {status}: is it the web listener?");
                Check::fail(name, message)
            }
            Err(error) => Check::fail(name, with_causes(&error)),
        };
        checks.push(check);
    }
    checks
}

fn client(authority: Option<&Authority>) -> Result<reqwest::Client, reqwest::Error> {
    let root = authority.map(|it| reqwest::Certificate::from_der(it.root_der()));
    let root = root.transpose()?;
    reqwest::Client::builder()
        .timeout(PATIENCE)
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_merge(root)
        .build()
}
