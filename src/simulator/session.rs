//! A management session as the OMA-DM client of Windows holds it: MS-MDM 3.2, OMA DM 1.2.1.
//!
//! The client speaks first, does what it is told and reports, until the server has nothing more to say.

mod answer;
mod check;
mod tree;

use reqwest::Client;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use url::Url;

pub use self::check::SessionFlaw;

use self::tree::Tree;
use super::network::{Answer, Post, send};
use super::{Error, Pc, Step};
use crate::protocol::provisioning::Enrollment;
use crate::protocol::syncml::{
    Alert, Command, Item, Location, Meta, Operation, SyncBody, SyncHdr, SyncMl,
};

/// A session that ended well.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Session {
    /// How many packages the device sent.
    pub packages: u32,
    /// What the server told the device to do, in order; groups as they came.
    pub commands: Vec<Command>,
    /// What the device answered: its statuses and results, in order.
    pub answers: Vec<Command>,
}

impl Pc {
    /// Holds the first management session with the certificate of `enrollment`.
    ///
    /// # Errors
    /// [`Error::Session`] or [`Error::Http`], or that there is no reply.
    pub async fn manage(&self, enrollment: &Enrollment) -> Result<Session, Error> {
        self.manage_again(enrollment, "1", &[]).await
    }

    /// Holds a management session of any id, with further alerts in its first package: one of 1226 to leave, for
    /// example.
    ///
    /// # Errors
    /// As [`Pc::manage`].
    pub async fn manage_again(
        &self,
        enrollment: &Enrollment,
        session_id: &str,
        alerts: &[Alert],
    ) -> Result<Session, Error> {
        let client = self.certified(enrollment)?;
        let address = &enrollment.application.address;
        let url = management_url(address)?;
        let mut tree = Tree::new(&self.identity, &self.settings.node_status, enrollment);
        let mut session = Session::default();
        let mut body = self.first_package(alerts);
        for message in 1..=ROUNDS {
            let package = SyncMl {
                header: self.header(address, session_id, message),
                body,
            };
            let reply = self.post_package(&client, &url, &package).await?;
            check::reply(&package, &reply)?;
            session.packages = message;
            let commands = check::commands(&reply);
            if commands.is_empty() {
                return Ok(session);
            }
            body = answer::package(&mut tree, &reply.header.msg_id, &commands);
            session.commands.extend(commands);
            session.answers.extend(body.commands.iter().cloned());
        }
        Err(SessionFlaw::Endless.into())
    }

    /// Posts any bytes to the management service with the certificate of `enrollment`, over a connection of its own.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::ServerCertificate`] or, for a reply that is too long, [`Error::Http`].
    pub async fn send_package(
        &self,
        enrollment: &Enrollment,
        body: Vec<u8>,
    ) -> Result<Answer, Error> {
        let client = self.certified(enrollment)?;
        let url = management_url(&enrollment.application.address)?;
        self.post_bytes(&client, &url, body).await
    }

    fn certified(&self, enrollment: &Enrollment) -> Result<Client, Error> {
        let mut chain = vec![enrollment.leaf.der.clone()];
        chain.extend(
            enrollment
                .intermediate
                .iter()
                .map(|issuer| issuer.der.clone()),
        );
        self.network.with_certificate(chain, &self.key)
    }

    async fn post_bytes(&self, client: &Client, url: &Url, body: Vec<u8>) -> Result<Answer, Error> {
        let odd_url = self.odd.as_ref().map(|odd| odd.url(url));
        let post = Post {
            step: Step::Manage,
            url: odd_url.as_ref().unwrap_or(url),
            headers: headers(),
            body,
            manner: self.manner(),
            limit: PACKAGE,
        };
        send(client, post).await
    }

    /// Posts a package and reads the reply, as strictly as the client.
    async fn post_package(
        &self,
        client: &Client,
        url: &Url,
        package: &SyncMl,
    ) -> Result<SyncMl, Error> {
        let step = Step::Manage;
        let text = package.write();
        let text = match &self.odd {
            Some(odd) => odd.package(package.header.msg_id.as_str(), text),
            None => text,
        };
        let answer = self.post_bytes(client, url, text.into_bytes()).await?;
        if answer.status != 200 {
            let status = answer.status;
            return Err(Error::Status { step, status });
        }
        answer
            .check(SYNCML)
            .map_err(|flaw| Error::Http { step, flaw })?;
        Ok(SyncMl::read(&answer.body).map_err(SessionFlaw::Package)?)
    }

    fn header(&self, address: &str, session_id: &str, message: u32) -> SyncHdr {
        SyncHdr {
            ver_dtd: "1.2".to_owned(),
            ver_proto: "DM/1.2".to_owned(),
            session_id: session_id.to_owned(),
            msg_id: message.to_string(),
            target: Location::from(address),
            source: Location::from(self.identity.device_id.as_str()),
            cred: None,
            meta: None,
        }
    }

    /// Package 1: who calls, who is at the PC, and what the PC is. Windows counts its commands from 2.
    fn first_package(&self, alerts: &[Alert]) -> SyncBody {
        let mut commands = vec![
            Command::Alert(Alert {
                data: Some("1201".to_owned()),
                ..Alert::default()
            }),
            Command::Alert(Alert {
                data: Some("1224".to_owned()),
                items: vec![login_status()],
                ..Alert::default()
            }),
        ];
        commands.extend(alerts.iter().cloned().map(Command::Alert));
        commands.push(Command::Replace(Operation {
            items: tree::dev_info(&self.identity)
                .map(|(node, value)| Item {
                    source: Some(Location::from(node)),
                    data: Some(value.to_owned()),
                    ..Item::default()
                })
                .into(),
            ..Operation::default()
        }));
        for (number, command) in (2_u32..).zip(&mut commands) {
            answer::number(command, number);
        }
        SyncBody {
            commands,
            is_final: true,
        }
    }
}

fn login_status() -> Item {
    Item {
        meta: Some(Meta {
            kind: Some("com.microsoft/MDM/LoginStatus".to_owned()),
            ..Meta::default()
        }),
        data: Some("user".to_owned()),
        ..Item::default()
    }
}

/// Where packages go: the account's address, and the two parameters that Windows adds.
fn management_url(address: &str) -> Result<Url, SessionFlaw> {
    let mut url = Url::parse(address).map_err(|_| SessionFlaw::Address)?;
    if url.scheme() != "https" || !url.has_host() {
        return Err(SessionFlaw::Address);
    }
    url.query_pairs_mut()
        .append_pair("mode", "Maintenance")
        .append_pair("Platform", "WoA");
    Ok(url)
}

fn headers() -> Vec<(HeaderName, HeaderValue)> {
    vec![
        (ACCEPT, HeaderValue::from_static(ACCEPTED)),
        (
            reqwest::header::ACCEPT_CHARSET,
            HeaderValue::from_static("UTF-8"),
        ),
        (CONTENT_TYPE, HeaderValue::from_static(SYNCML)),
        (
            HeaderName::from_static("client-request-id"),
            HeaderValue::from_static("0"),
        ),
    ]
}

/// How many packages a device sends before it gives the session up.
const ROUNDS: u32 = 100;
/// Longest reply, in bytes.
const PACKAGE: usize = 4 * 1024 * 1024;
const SYNCML: &str = "application/vnd.syncml.dm+xml";
const ACCEPTED: &str =
    "application/vnd.syncml.dm+xml, application/vnd.syncml.dm+wbxml, application/octet-stream";
