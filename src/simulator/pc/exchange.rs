//! One SOAP exchange as the enrollment client does it.

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use url::Url;

use super::Pc;
use crate::simulator::network::{Answer, Post, SMALL};
use crate::simulator::{Error, Step};
use crate::soap::{Exchange, Fault, Header, ReplyHeader, Security, read_reply, write_request};

impl Pc {
    /// The bytes of a request, odd manners included.
    pub fn envelope<E: Exchange>(
        &self,
        step: Step,
        url: &Url,
        request: &E,
        security: Option<&Security>,
    ) -> Vec<u8> {
        let header = Header {
            action: E::ACTION.to_owned(),
            message_id: Some(step.message_id().to_owned()),
            reply_to: Some(ANONYMOUS.to_owned()),
            to: Some(to(step, url)),
            security: security.cloned(),
        };
        let text = write_request(request, &header);
        match &self.odd {
            Some(odd) => odd.envelope(step, text),
            None => text,
        }
        .into_bytes()
    }

    /// Posts any bytes to a SOAP endpoint.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::ServerCertificate`] or, for a reply that is too long, [`Error::Http`].
    pub async fn send(&self, step: Step, url: &Url, body: Vec<u8>) -> Result<Answer, Error> {
        let odd_url = self.odd.as_ref().map(|odd| odd.url(url));
        let post = Post {
            step,
            url: odd_url.as_ref().unwrap_or(url),
            headers: vec![(CONTENT_TYPE, HeaderValue::from_static(SOAP_UTF_8))],
            body,
            manner: self.manner(),
            limit: SMALL,
        };
        self.network.post(post).await
    }

    /// Reads a reply as strictly as the enrollment client.
    ///
    /// # Errors
    /// [`Error::Fault`] when the server refused, else the first rule that the reply breaks.
    pub fn read<E: Exchange>(&self, step: Step, answer: &Answer) -> Result<E::Reply, Error> {
        let framed = answer
            .check(SOAP)
            .map_err(|flaw| Error::Http { step, flaw });
        if answer.status == 200 {
            framed?;
            let read = read_reply::<E::Reply>(&answer.body);
            let (header, reply) = read.map_err(|source| Error::Message { step, source })?;
            relates(step, &header, reply.is_err())?;
            return reply.map_err(|fault| refused(step, fault));
        }
        // A fault counts whatever the status, and nothing else does.
        let Ok((header, Err(fault))) = read_reply::<E::Reply>(&answer.body) else {
            let status = answer.status;
            return Err(Error::Status { step, status });
        };
        framed?;
        relates(step, &header, true)?;
        Err(refused(step, fault))
    }

    /// Sends a request and reads its reply.
    ///
    /// # Errors
    /// As [`Pc::send`] and [`Pc::read`].
    pub async fn exchange<E: Exchange>(
        &self,
        step: Step,
        url: &Url,
        request: &E,
        security: Option<&Security>,
    ) -> Result<E::Reply, Error> {
        let body = self.envelope(step, url, request, security);
        let answer = self.send(step, url, body).await?;
        self.read::<E>(step, &answer)
    }
}

fn refused(step: Step, fault: Fault) -> Error {
    let fault = Box::new(fault);
    Error::Fault { step, fault }
}

/// The reply must name the request; a fault may have no header at all.
fn relates(step: Step, header: &ReplyHeader, may_lack: bool) -> Result<(), Error> {
    match header.relates_to.as_deref() {
        Some(id) if id == step.message_id() => Ok(()),
        None if may_lack => Ok(()),
        _ => Err(Error::RelatesTo(step)),
    }
}

/// `a:To`: discovery names the port even when it is the usual one.
fn to(step: Step, url: &Url) -> String {
    match (step, url.host_str(), url.port()) {
        (Step::Discover, Some(host), None) => {
            format!("{}://{host}:443{}", url.scheme(), url.path())
        }
        _ => url.to_string(),
    }
}

const ANONYMOUS: &str = "http://www.w3.org/2005/08/addressing/anonymous";
const SOAP: &str = "application/soap+xml";
const SOAP_UTF_8: &str = "application/soap+xml; charset=utf-8";
