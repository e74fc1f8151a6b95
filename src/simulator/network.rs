//! How a PC reaches servers: TLS with the roots it trusts, HTTP/1.1, connections kept for the next request.
//!
//! The client certificate is offered in management sessions and renewals only: the listeners see none before.

mod answer;
mod loopback;
mod pieces;
mod trust;

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{
    ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue,
};
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, Response, redirect};
use rustls::ClientConfig;
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use url::Url;

pub use self::answer::{Answer, HttpFlaw};
pub use self::loopback::{fetch_root_of_loopback_server, is_loopback};
use self::pieces::Pieces;
pub use self::trust::Trust;
use self::trust::{failed, roots};
use super::{Error, Key, Step};

/// Connections of one or of many PCs. Clones share them.
#[derive(Debug, Clone)]
pub struct Network {
    device: Client,
    browser: Client,
    verifier: Arc<WebPkiServerVerifier>,
}

/// How requests go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Manner {
    /// Send bodies in pieces of this many bytes, each on its own.
    pub pieces: Option<usize>,
    /// Close the connection after each reply.
    pub close: bool,
}

/// Why connections could not be prepared.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The PEM text holds no certificate or a broken one.
    #[error("the CA file holds no usable certificate")]
    Pem,
    /// The operating system has no trusted authorities.
    #[error("the operating system has no trusted authorities; name a CA file")]
    NoNativeRoots,
    /// TLS could not be set up.
    #[error("TLS could not be set up")]
    Tls(#[source] rustls::Error),
    /// The verifier could not be set up.
    #[error("the trusted authorities could not be set up")]
    Verifier(#[from] rustls::client::VerifierBuilderError),
    /// The HTTP client could not be set up, or did not get what it asked for.
    #[error("the HTTP client failed")]
    Http(#[from] reqwest::Error),
    /// An authority was to be fetched from a server that is not on this machine.
    #[error("a CA certificate is fetched from loopback addresses only; name a CA file")]
    NotLoopback,
    /// The server on this machine has no CA certificate to give.
    #[error("the server answered HTTP status {0} to /ca.pem")]
    NoCa(u16),
}

/// A request in the making.
pub(super) struct Post<'p> {
    pub(super) step: Step,
    pub(super) url: &'p Url,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Vec<u8>,
    pub(super) manner: Manner,
    /// Longest reply, in bytes.
    pub(super) limit: usize,
}

impl Network {
    /// Connections that trust `trust`.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn new(trust: &Trust) -> Result<Self, NetworkError> {
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots(trust)?), provider());
        Self::of(verifier.build()?)
    }

    /// A plain HTTPS client that trusts `trust`, for other than a PC's messages.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn https(trust: &Trust) -> Result<Client, NetworkError> {
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots(trust)?), provider());
        let tls = configuration(&verifier.build()?)
            .map_err(NetworkError::Tls)?
            .with_no_client_auth();
        Ok(client(tls).redirect(redirect::Policy::none()).build()?)
    }

    /// Connections of their own that trust the same.
    ///
    /// # Errors
    /// [`NetworkError::Tls`] or [`NetworkError::Http`].
    pub fn separate(&self) -> Result<Self, NetworkError> {
        Self::of(Arc::clone(&self.verifier))
    }

    fn of(verifier: Arc<WebPkiServerVerifier>) -> Result<Self, NetworkError> {
        let tls = configuration(&verifier)
            .map_err(NetworkError::Tls)?
            .with_no_client_auth();
        let device = client(tls.clone())
            .user_agent(USER_AGENT)
            .redirect(redirect::Policy::none())
            .build()?;
        let browser = client(tls)
            .user_agent(BROWSER)
            .redirect(redirect::Policy::limited(10))
            .build()?;
        Ok(Self {
            device,
            browser,
            verifier,
        })
    }

    /// Connections that present a certificate in every step of enrollment.
    pub(super) fn certified(&self, chain: Vec<Vec<u8>>, key: &Key) -> Result<Self, Error> {
        Ok(Self {
            device: self.presenting(chain, key, USER_AGENT)?,
            ..self.clone()
        })
    }

    /// A client of management sessions that presents a certificate: the device's, then its issuer's.
    pub(super) fn with_certificate(&self, chain: Vec<Vec<u8>>, key: &Key) -> Result<Client, Error> {
        self.presenting(chain, key, MANAGEMENT)
    }

    fn presenting(
        &self,
        chain: Vec<Vec<u8>>,
        key: &Key,
        agent: &'static str,
    ) -> Result<Client, Error> {
        let chain = chain.into_iter().map(CertificateDer::from).collect();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.pkcs8()));
        let tls = configuration(&self.verifier)
            .and_then(|builder| builder.with_client_auth_cert(chain, key))
            .map_err(Error::ClientCertificate)?;
        client(tls)
            .user_agent(agent)
            .redirect(redirect::Policy::none())
            .build()
            .map_err(Error::Client)
    }

    /// The probe: a GET as Windows sends it.
    pub(super) async fn probe(&self, url: &Url, manner: Manner) -> Result<Answer, Error> {
        let request = self.device.get(url.clone()).headers(cacheless());
        let request = closing(request, manner);
        answer(Step::Probe, request, SMALL).await
    }

    /// A POST without a client certificate.
    pub(super) async fn post(&self, post: Post<'_>) -> Result<Answer, Error> {
        send(&self.device, post).await
    }

    /// A request of the embedded browser; what it follows ends at `Answer::url`.
    pub(super) async fn browse(
        &self,
        method: Method,
        url: &Url,
        form: Option<String>,
    ) -> Result<Answer, Error> {
        let mut request = self.browser.request(method, url.clone());
        if let Some(form) = form {
            request = request
                .header(
                    reqwest::header::CONTENT_TYPE,
                    "application/x-www-form-urlencoded",
                )
                .body(form);
        }
        answer(Step::SignIn, request, SMALL).await
    }
}

/// Sends `post` over `client`.
pub(super) async fn send(client: &Client, post: Post<'_>) -> Result<Answer, Error> {
    let mut request = client
        .request(Method::POST, post.url.clone())
        .headers(cacheless());
    for (name, value) in post.headers {
        request = request.header(name, value);
    }
    let request = closing(request, post.manner);
    let request = match post.manner.pieces {
        Some(size) => request
            .header(CONTENT_LENGTH, post.body.len())
            .body(reqwest::Body::wrap(Pieces::new(post.body, size))),
        None => request.body(post.body),
    };
    answer(post.step, request, post.limit).await
}

async fn answer(step: Step, request: RequestBuilder, limit: usize) -> Result<Answer, Error> {
    let response: Response = request
        .send()
        .await
        .map_err(|source| failed(step, source))?;
    Answer::read(step, response, limit).await
}

fn closing(request: RequestBuilder, manner: Manner) -> RequestBuilder {
    if manner.close {
        request.header(CONNECTION, "close")
    } else {
        request
    }
}

/// What WinHTTP adds. It asks for compression that no reply of enrollment may have.
fn cacheless() -> HeaderMap {
    HeaderMap::from_iter([
        (
            reqwest::header::CACHE_CONTROL,
            HeaderValue::from_static("no-cache"),
        ),
        (
            reqwest::header::PRAGMA,
            HeaderValue::from_static("no-cache"),
        ),
        (ACCEPT_ENCODING, HeaderValue::from_static("gzip")),
    ])
}

fn client(tls: ClientConfig) -> ClientBuilder {
    Client::builder()
        .tls_backend_preconfigured(tls)
        .http1_only()
        .no_proxy()
        .tcp_nodelay(true)
        .connect_timeout(CONNECT)
        .timeout(TIMEOUT)
}

fn configuration(
    verifier: &Arc<WebPkiServerVerifier>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>, rustls::Error> {
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_webpki_verifier(Arc::clone(verifier)))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

const USER_AGENT: &str = "ENROLLClient";
const MANAGEMENT: &str = "MSFT OMA DM Client/1.2.0.1";
const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0";
const CONNECT: Duration = Duration::from_secs(20);
const TIMEOUT: Duration = Duration::from_secs(60);
/// Longest page or SOAP reply, in bytes.
pub(super) const SMALL: usize = 1024 * 1024;
