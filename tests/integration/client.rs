//! A client of a running server: bytes as a test wants them, and the typed exchanges of a device.

mod clock;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use portcullis::protocol::discovery::{AuthPolicy, Discover, DiscoverResponse, Version};
use portcullis::protocol::syncml::SyncMl;
use portcullis::soap::{self, Exchange, Fault, Header, Reply, ReplyHeader, Security};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap};

use crate::schema::{self, Kind};

pub(crate) const SOAP_XML: &str = "application/soap+xml; charset=utf-8";
const SYNCML_XML: &str = "application/vnd.syncml.dm+xml";

/// A server as its clients see it.
#[derive(Clone)]
pub(crate) struct Site {
    /// The web listener's URL.
    pub(crate) web: String,
    /// The device listener's URL.
    pub(crate) device: String,
    root: String,
    /// How far the clock is ahead that its certificates are judged by.
    ahead: Duration,
    client: reqwest::Client,
}

impl Site {
    pub(crate) fn new(web: &str, device: &str, root: &str) -> Self {
        Self {
            web: web.to_owned(),
            device: device.to_owned(),
            root: root.to_owned(),
            ahead: Duration::ZERO,
            client: client(root, None, Duration::ZERO),
        }
    }

    /// The same server, met over connections of its own.
    pub(crate) fn separate(&self) -> Self {
        Self {
            client: client(&self.root, None, self.ahead),
            ..self.clone()
        }
    }

    /// The same server, met by whoever is so many days ahead.
    pub(crate) fn ahead(&self, days: u32) -> Self {
        let ahead = Duration::from_secs(u64::from(days) * 24 * 60 * 60);
        Self {
            ahead,
            client: client(&self.root, None, ahead),
            ..self.clone()
        }
    }

    /// The same server, met with a client certificate: key and certificate in PEM.
    pub(crate) fn with_identity(&self, pem: &str) -> Self {
        Self {
            client: client(&self.root, Some(pem), self.ahead),
            ..self.clone()
        }
    }

    /// The certificate that it is trusted by, in PEM.
    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    pub(crate) fn discovery(&self) -> String {
        format!("{}/EnrollmentServer/Discovery.svc", self.web)
    }

    pub(crate) fn policy(&self) -> String {
        format!("{}/EnrollmentServer/Policy.svc", self.device)
    }

    pub(crate) fn enrollment(&self) -> String {
        format!("{}/EnrollmentServer/Enrollment.svc", self.device)
    }

    pub(crate) fn management(&self) -> String {
        format!("{}/ManagementServer/MDM.svc", self.device)
    }

    pub(crate) async fn get(&self, url: &str) -> Answer {
        Answer::of(self.client.get(url).send().await.unwrap()).await
    }

    /// A form of the web listener, sent as a browser does.
    pub(crate) async fn post_form(&self, url: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        let body = body.extend_pairs(fields).finish();
        self.post(url, "application/x-www-form-urlencoded", body)
            .await
    }

    pub(crate) async fn post(
        &self,
        url: &str,
        content_type: &str,
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let headers = [("content-type", content_type)];
        self.send(Method::POST, url, &headers, body).await
    }

    /// A request with these headers and nothing but what HTTP adds.
    pub(crate) async fn send<N: AsRef<str>, V: AsRef<str>>(
        &self,
        method: Method,
        url: &str,
        headers: &[(N, V)],
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let body: Vec<u8> = body.into();
        let mut request = self.client.request(method, url);
        for (name, value) in headers {
            request = request.header(name.as_ref(), value.as_ref());
        }
        if !body.is_empty() {
            request = request.body(body);
        }
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn post_soap(&self, url: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.post(url, SOAP_XML, body).await
    }

    /// The body of the answer; none when the connection breaks.
    pub(crate) async fn try_post_soap(&self, url: &str, body: String) -> Option<Vec<u8>> {
        let request = self.client.post(url).header(CONTENT_TYPE, SOAP_XML);
        let answer = request.body(body).send().await.ok()?;
        Some(answer.bytes().await.ok()?.to_vec())
    }

    /// One package of a management session.
    pub(crate) async fn manage(&self, package: impl Into<Vec<u8>>) -> SyncMl {
        let answer = self
            .post(&self.management(), SYNCML_XML, package.into())
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let reply = SyncMl::read(&answer.body).unwrap();
        // The schema knows the last message of a package alone.
        let missing = usize::from(!reply.body.is_final);
        let last = answer
            .text()
            .replacen("</SyncBody>", "<Final/></SyncBody>", missing);
        schema::assert_valid(Kind::SyncMl, last.as_bytes());
        reply
    }

    /// One typed exchange.
    pub(crate) async fn exchange<E: Exchange>(
        &self,
        url: &str,
        request: &E,
        security: Option<Security>,
    ) -> Answer {
        self.post_soap(url, write::<E>(url, request, security))
            .await
    }

    /// Discovery, which must succeed.
    pub(crate) async fn discover(&self, request: &Discover) -> DiscoverResponse {
        self.exchange(&self.discovery(), request, None)
            .await
            .reply::<Discover>()
    }
}

/// A message as a device writes it.
pub(crate) fn write<E: Exchange>(url: &str, request: &E, security: Option<Security>) -> String {
    let header = Header {
        action: E::ACTION.to_owned(),
        message_id: Some(MESSAGE_ID.to_owned()),
        reply_to: Some("http://www.w3.org/2005/08/addressing/anonymous".to_owned()),
        to: Some(url.to_owned()),
        security,
    };
    soap::write_request(request, &header)
}

/// The MessageID of [`write`].
pub(crate) const MESSAGE_ID: &str = "urn:uuid:0d5a1441-5891-453b-becf-a2e5f6ea3749";

/// A discovery request like that of Settings in Windows 11.
pub(crate) fn discover(email: &str, policies: &[AuthPolicy]) -> Discover {
    Discover {
        email_address: email.to_owned(),
        request_version: Some(Version { major: 5, minor: 0 }),
        device_type: Some("CIMClient_Windows".to_owned()),
        application_version: Some("10.0.22631.3007".to_owned()),
        os_edition: Some(48),
        os_version: None,
        auth_policies: policies.to_vec(),
    }
}

/// A server's answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    async fn of(response: reqwest::Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await.unwrap().to_vec(),
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The reply of `E`, valid in every respect.
    pub(crate) fn reply<E: Exchange>(&self) -> E::Reply {
        self.outcome::<E>()
            .1
            .unwrap_or_else(|fault| panic!("a fault instead of a reply: {fault:?}"))
    }

    /// The fault that came instead of the reply of `E`, valid in every respect.
    pub(crate) fn fault<E: Exchange>(&self) -> Fault {
        match self.outcome::<E>().1 {
            Ok(_) => panic!("a reply instead of a fault: {}", self.text()),
            Err(fault) => fault,
        }
    }

    /// The reply of `E` or the fault, with its header.
    pub(crate) fn outcome<E: Exchange>(&self) -> (ReplyHeader, Result<E::Reply, Fault>) {
        assert_eq!(self.header("content-type"), Some(SOAP_XML), "{self:?}");
        let length = self.body.len().to_string();
        assert_eq!(self.header("content-length"), Some(length.as_str()));
        assert_eq!(self.header("transfer-encoding"), None);
        let (header, outcome) = soap::read_reply::<E::Reply>(&self.body).unwrap();
        assert_eq!(self.status, if outcome.is_ok() { 200 } else { self.status });
        (header, outcome)
    }

    /// Fails unless the answer is valid by the published schemas.
    pub(crate) fn assert_valid<E: Exchange>(&self) {
        let kind = match soap::read_reply::<E::Reply>(&self.body).unwrap().1 {
            Ok(_) => Kind::Reply,
            Err(_) => Kind::Fault,
        };
        schema::assert_valid(kind, &self.body);
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?} {}", self.status, self.headers, self.text())
    }
}

/// The action of a reply, to be compared with what a fault carries.
pub(crate) fn reply_action<E: Exchange>() -> &'static str {
    <E::Reply as Reply>::ACTION
}

fn client(root: &str, identity: Option<&str>, ahead: Duration) -> reqwest::Client {
    let builder = reqwest::Client::builder()
        .no_proxy()
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(30))
        // Sooner than the server closes a connection that nothing is sent on: nothing is sent into one that it closes.
        .pool_idle_timeout(Duration::from_secs(5))
        .resolve("localhost", SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    if !ahead.is_zero() {
        let tls = clock::tls(root, identity, ahead);
        return builder.tls_backend_preconfigured(tls).build().unwrap();
    }
    let roots = reqwest::Certificate::from_pem(root.as_bytes()).unwrap();
    let mut builder = builder.tls_certs_only([roots]);
    if let Some(pem) = identity {
        builder = builder.identity(reqwest::Identity::from_pem(pem.as_bytes()).unwrap());
    }
    builder.build().unwrap()
}
