//! A management session as the OMA-DM client of Windows holds it: MS-MDM 3.2, OMA DM 1.2.1.
//!
//! The client speaks first, does what it is told and reports, until the server has nothing more to say.

mod answer;
mod check;
mod machine;
mod package;
mod pieces;
mod tree;
mod undone;

use reqwest::Client;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use url::Url;

pub use self::check::SessionFlaw;
pub(super) use self::machine::Machine;
pub use self::undone::Undone;

use self::pieces::Pieces;
use self::tree::Reach;
use super::network::{Answer, Post, send};
use super::{Error, Login, Pc, Step};
use crate::protocol::provisioning::Enrollment;
use crate::protocol::syncml::{Alert, Command, SyncMl};

/// A session that ended well.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Session {
    /// How many packages the device sent.
    pub packages: u32,
    /// What the server told the device to do, in order; groups as they came.
    pub commands: Vec<Command>,
    /// What the device answered: its statuses and results, in order.
    pub answers: Vec<Command>,
    /// Whether the server ended the enrollment: the PC broke the session off, and says so in its next one.
    pub leaves: bool,
}

impl Pc {
    /// Holds the next management session with the certificate of `enrollment`.
    ///
    /// # Errors
    /// [`Error::Session`] or [`Error::Http`], or that there is no reply.
    pub async fn manage(&self, enrollment: &Enrollment) -> Result<Session, Error> {
        self.hold(enrollment, None, &[]).await
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
        self.hold(enrollment, Some(session_id), alerts).await
    }

    async fn hold(
        &self,
        enrollment: &Enrollment,
        session_id: Option<&str>,
        alerts: &[Alert],
    ) -> Result<Session, Error> {
        let client = self.certified(enrollment)?;
        let address = &enrollment.application.address;
        let url = management_url(address, self.settings.login)?;
        self.enter_once(enrollment);
        let begun = self.machine.begin(alerts)?;
        let session_id = session_id.unwrap_or(&begun.id);
        let mut pieces = Pieces::default();
        let mut session = Session::default();
        let mut body = self.first_package(begun.alerts);
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
                return match pieces.are_missing() {
                    true => Err(SessionFlaw::Unfinished.into()),
                    false => Ok(session),
                };
            }
            let answer = self.machine.with(|tree| {
                let mut reach = Reach {
                    tree,
                    fixed: &self.settings.node_status,
                    login: self.settings.login,
                    atomic: false,
                };
                answer::package(&mut reach, &mut pieces, &reply.header.msg_id, &commands)
            })?;
            session.commands.extend(commands);
            if answer.leaves {
                self.machine.announce_departure();
                session.leaves = true;
                return Ok(session);
            }
            body = answer.body;
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
        let url = management_url(&enrollment.application.address, self.settings.login)?;
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
        if u32::try_from(answer.body.len()).is_ok_and(|size| size > self.settings.message_bytes) {
            return Err(SessionFlaw::TooLong.into());
        }
        Ok(SyncMl::read(&answer.body).map_err(SessionFlaw::Package)?)
    }
}

/// Where packages go: the account's address, and the two parameters that Windows adds.
fn management_url(address: &str, login: Login) -> Result<Url, SessionFlaw> {
    let mut url = Url::parse(address).map_err(|_| SessionFlaw::Address)?;
    if url.scheme() != "https" || !url.has_host() {
        return Err(SessionFlaw::Address);
    }
    let mode = match login {
        Login::User => "Maintenance",
        Login::Others | Login::None => "Machine",
    };
    url.query_pairs_mut()
        .append_pair("mode", mode)
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
