//! The worker that hands letters to the mail server (RFC 5321), and nothing else: what is due and what it says comes
//! from the administrator's service.
//!
//! Each letter is sent at least once: a process that ends between the server's answer and its record sends it again, with
//! the same `Message-ID`.

use std::sync::Arc;
use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use tokio::task::JoinSet;

use crate::admin::{Admin, Errand, ReadyLetter};
use crate::config::{Smtp, SmtpTls};
use crate::store::LetterLimits;

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// What keeps mail from being sent at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `smtp.from` is no address.
    #[error("smtp.from is not an e-mail address")]
    From(#[source] lettre::address::AddressError),
    /// The authority of the server's certificate cannot be read.
    #[error("smtp.ca_file cannot be read")]
    CaFile(#[source] std::io::Error),
    /// The settings do not make a connection.
    #[error("the mail server's settings are not usable")]
    Settings(#[source] lettre::transport::smtp::Error),
    /// The message cannot be written.
    #[error("the letter cannot be written as a message")]
    Message(#[source] lettre::error::Error),
    /// The address is none.
    #[error("the address is not one that mail can go to")]
    Recipient(#[source] lettre::address::AddressError),
    /// A header cannot be written.
    #[error("a header of the letter cannot be written")]
    Header,
}

/// Where mail goes, and what it comes from.
struct Post {
    admin: Admin,
    transport: Transport,
    from: Address,
    /// The right side of a `Message-ID`.
    host: String,
    limits: LetterLimits,
    connections: usize,
}

/// Letters taken in hand at a time.
const BATCH: u32 = 50;
/// Between two looks for letters that are due.
const PAUSE: Duration = Duration::from_secs(1);
/// Between two looks for tokens about to end.
const REMIND: Duration = Duration::from_secs(60);
/// How long the mail server may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts the worker, on the runtime that calls.
///
/// # Errors
/// What is wrong with the settings; a mail server that does not answer is none.
pub fn start(smtp: &Smtp, limits: LetterLimits, web_url: &str, admin: Admin) -> Result<(), Error> {
    let from: Address = smtp.from.parse().map_err(Error::From)?;
    let host = url::Url::parse(web_url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_else(|| "localhost".to_owned());
    let post = Arc::new(Post {
        admin,
        transport: transport(smtp)?,
        from,
        host,
        limits,
        connections: smtp.connections.max(1) as usize,
    });
    tokio::spawn(remind(Arc::clone(&post)));
    tokio::spawn(deliver(post));
    Ok(())
}

fn transport(smtp: &Smtp) -> Result<Transport, Error> {
    let tls = || -> Result<TlsParameters, Error> {
        let mut parameters = TlsParameters::builder(smtp.host.clone());
        if !smtp.ca_file.as_os_str().is_empty() {
            let pem = std::fs::read(&smtp.ca_file).map_err(Error::CaFile)?;
            let authority = Certificate::from_pem(&pem).map_err(Error::Settings)?;
            parameters = parameters.add_root_certificate(authority);
        }
        parameters.build().map_err(Error::Settings)
    };
    let mut builder = Transport::builder_dangerous(&smtp.host)
        .port(smtp.port)
        .timeout(Some(PATIENCE))
        .tls(match smtp.tls {
            SmtpTls::Required => Tls::Wrapper(tls()?),
            SmtpTls::StartTls => Tls::Required(tls()?),
            SmtpTls::None => Tls::None,
        });
    if !smtp.username.is_empty() {
        let credentials = Credentials::new(smtp.username.clone(), smtp.password.clone());
        builder = builder.credentials(credentials);
    }
    Ok(builder.build())
}

async fn remind(post: Arc<Post>) {
    let mut minute = tokio::time::interval(REMIND);
    loop {
        minute.tick().await;
        match post.admin.remind().await {
            Ok(0) => {}
            Ok(queued) => tracing::info!(queued, "reminders are queued"),
            Err(error) => complain(&error, "reminders could not be queued"),
        }
        if let Err(error) = post.admin.forget_letters().await {
            complain(&error, "old letters could not be forgotten");
        }
    }
}

async fn deliver(post: Arc<Post>) {
    loop {
        let errands = match post.admin.errands(BATCH, post.limits).await {
            Ok(errands) => errands,
            Err(error) => {
                complain(&error, "the outbox could not be read");
                Vec::new()
            }
        };
        if errands.is_empty() {
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        let mut under_way = JoinSet::new();
        for errand in errands {
            if under_way.len() >= post.connections {
                under_way.join_next().await;
            }
            under_way.spawn(run(Arc::clone(&post), errand));
        }
        while under_way.join_next().await.is_some() {}
    }
}

async fn run(post: Arc<Post>, errand: Errand) {
    let reported = match errand {
        Errand::Drop(letter, why) => {
            tracing::info!(letter = %letter.id, kind = letter.kind.word(), why, "a letter is not sent");
            post.admin.letter_not_sent(letter, 1, why, true).await
        }
        Errand::Later(letter, tries, why) => {
            tracing::warn!(letter = %letter.id, kind = letter.kind.word(), why, "a letter cannot be written");
            post.admin.letter_not_sent(letter, tries, why, false).await
        }
        Errand::Send(ready) => {
            let outcome = post.send(&ready).await;
            let letter = ready.letter;
            match outcome {
                Ok(()) => {
                    tracing::info!(letter = %letter.id, kind = letter.kind.word(), "a letter was sent");
                    post.admin.letter_sent(letter).await
                }
                Err(failure) => {
                    let (problem, lasting) = (failure.problem, failure.lasting);
                    tracing::warn!(letter = %letter.id, kind = letter.kind.word(), problem, lasting, "a letter was not taken");
                    let admin = &post.admin;
                    admin
                        .letter_not_sent(letter, ready.tries, problem, lasting)
                        .await
                }
            }
        }
    };
    if let Err(error) = reported {
        complain(&error, "what became of a letter could not be recorded");
    }
}

/// Why a letter was not taken.
struct Failure {
    problem: String,
    /// Whether it would not be taken later either.
    lasting: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            problem: error.to_string(),
            lasting: true,
        }
    }
}

impl Post {
    async fn send(&self, ready: &ReadyLetter) -> Result<(), Failure> {
        let message = self.message(ready)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure {
                lasting: is_lasting(&error),
                problem: told(&error),
            }),
        }
    }

    fn message(&self, ready: &ReadyLetter) -> Result<Message, Error> {
        let (letter, composed) = (&ready.letter, &ready.composed);
        let to: Address = letter.recipient.parse().map_err(Error::Recipient)?;
        let auto = HeaderName::new_from_ascii("Auto-Submitted".to_owned());
        let auto = auto.map_err(|_| Error::Header)?;
        Message::builder()
            .from(Mailbox::new(Some(ready.from.clone()), self.from.clone()))
            .to(Mailbox::new(None, to))
            .subject(composed.subject.clone())
            .message_id(Some(format!("<{}@{}>", letter.id, self.host)))
            // RFC 3834: no robot answers this one.
            .raw_header(HeaderValue::new(auto, "auto-generated".to_owned()))
            .multipart(MultiPart::alternative_plain_html(
                composed.text.clone(),
                composed.html.clone(),
            ))
            .map_err(Error::Message)
    }
}

/// Whether the server refused this very letter for good (RFC 5321, 4.2.3). What it says of the connection or of the
/// sign-in concerns all letters, and an administrator may mend it.
fn is_lasting(error: &lettre::transport::smtp::Error) -> bool {
    let code = error.status().map(u16::from);
    error.is_permanent()
        && matches!(
            code,
            Some(501 | 510..=515 | 521 | 523 | 541 | 550..=553 | 555 | 556)
        )
}

/// What went wrong, for the log and the record.
fn told(error: &lettre::transport::smtp::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = inner.source();
    }
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(500)
        .collect()
}

fn complain(error: &crate::admin::Error, what: &str) {
    tracing::warn!(error = error as &dyn std::error::Error, "{what}");
}
