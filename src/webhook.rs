//! Posting events to another server: one signed message, to an address that may be posted to, and the answer's status.
//!
//! Whoever receives it knows by the signature that it is ours, and by the time in it that it is not an old one again
//! (SECURITY T113). The address is https, no redirect is followed, no proxy of the environment is used, and of the answer
//! nothing but the status is read. When and what is posted is the enrollment service's business.

mod address;

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use jiff::Timestamp;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};
use url::{Host, Url};

use crate::id::hex;
use crate::secret::Secret;

use self::address::{Private, PublicOnly, is_public};

/// The header that proves a message.
pub const SIGNATURE: &str = "Portcullis-Signature";

/// How long the receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no receiver to post to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not an address of https.
    #[error("management.webhook_url must be an https URL")]
    Address,
    /// The address is not in the open internet.
    #[error(
        "management.webhook_url lies in a private network; management.webhook_allow_private = true allows that"
    )]
    Private,
    /// The authority of the receiver's certificate cannot be read.
    #[error("management.webhook_ca_file cannot be read")]
    CaFile(#[source] std::io::Error),
    /// The settings do not make a connection.
    #[error("management.webhook_ca_file and management.webhook_url make no connection")]
    Settings(#[source] reqwest::Error),
}

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The receiver says so.
    #[error("the receiver answers {0}")]
    Status(u16),
    /// No answer in time.
    #[error("the receiver does not answer in time")]
    Silent,
    /// Its name leads where nothing is posted to.
    #[error("the receiver's name leads into a private network (management.webhook_allow_private)")]
    Private,
    /// No connection, or none that is trusted.
    #[error("the receiver cannot be reached, or its certificate is not trusted")]
    Unreachable,
}

/// Whom events are posted to.
#[derive(Clone)]
pub struct Receiver {
    url: Url,
    key: hmac::Key,
    client: Client,
}

impl Receiver {
    /// A receiver at `url`, which knows `secret`, and whose certificate is trusted by the authorities of this machine or
    /// those in `ca_file`. Nothing is posted yet.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(
        url: &str,
        secret: &Secret,
        ca_file: &Path,
        allow_private: bool,
    ) -> Result<Self, Error> {
        let url = Url::parse(url).map_err(|_| Error::Address)?;
        let literal = match url.host().filter(|_| url.scheme() == "https") {
            None => return Err(Error::Address),
            Some(Host::Ipv4(address)) => Some(IpAddr::from(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::from(address)),
            Some(Host::Domain(_)) => None,
        };
        let mut builder = Client::builder()
            .timeout(PATIENCE)
            .https_only(true)
            .no_proxy()
            .redirect(Policy::none());
        if !allow_private {
            // An address in figures is never resolved.
            if literal.is_some_and(|address| !is_public(address)) {
                return Err(Error::Private);
            }
            builder = builder.dns_resolver(Arc::new(PublicOnly));
        }
        if !ca_file.as_os_str().is_empty() {
            let pem = std::fs::read(ca_file).map_err(Error::CaFile)?;
            let trusted = Certificate::from_pem_bundle(&pem).map_err(Error::Settings)?;
            builder = builder.tls_certs_merge(trusted);
        }
        Ok(Self {
            url,
            key: hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes()),
            client: builder.build().map_err(Error::Settings)?,
        })
    }

    /// Posts a JSON message once. It was taken when the receiver answers with a status of 200 to 299.
    ///
    /// # Errors
    /// Why it was not taken.
    pub async fn post(&self, body: String, now: Timestamp) -> Result<(), Refused> {
        let asked = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(SIGNATURE, signature(&self.key, &body, now))
            .body(body);
        // What is not read of the answer ends with its connection.
        let answer = asked.send().await.map_err(|error| why(&error))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(Refused::Status(status.as_u16())),
        }
    }
}

/// `t=` the time in seconds, `v1=` HMAC-SHA-256 over that time, a dot and the body.
fn signature(key: &hmac::Key, body: &str, now: Timestamp) -> String {
    let time = now.as_second();
    let tag = hmac::sign(key, format!("{time}.{body}").as_bytes());
    format!("t={time},v1={}", hex(tag.as_ref()))
}

fn why(error: &reqwest::Error) -> Refused {
    let first: &dyn std::error::Error = error;
    let mut causes = std::iter::successors(Some(first), |cause| cause.source());
    if causes.any(|cause| cause.is::<Private>()) {
        Refused::Private
    } else if error.is_timeout() {
        Refused::Silent
    } else {
        Refused::Unreachable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receiver(url: &str, allow_private: bool) -> Result<Receiver, Error> {
        crate::http::tls::install_default_provider();
        let secret = Secret::new("sixteen characters");
        Receiver::new(url, &secret, Path::new(""), allow_private)
    }

    #[test]
    fn a_message_is_signed_as_anybody_can_compute_it() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"sixteen characters");
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac 'sixteen characters'
        assert_eq!(
            signature(&key, r#"{"a":1}"#, now),
            "t=1700000000,v1=968dac86a39613b93d0171ca93105db18c9354dae8728f4c7a83f63f491a22de"
        );
    }

    #[test]
    fn an_address_in_figures_is_judged_at_once_whatever_its_spelling() {
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://[::1]:8443/hook",
            "https://[::ffff:169.254.169.254]/",
            "https://169.254.169.254/latest/meta-data",
            "https://10.0.0.1:5432/",
        ] {
            assert!(matches!(receiver(url, false), Err(Error::Private)), "{url}");
            assert!(receiver(url, true).is_ok(), "{url}");
        }
        for url in [
            "http://mdm.example.com/",
            "file:///etc/passwd",
            "gopher://x/",
            "x",
        ] {
            assert!(matches!(receiver(url, true), Err(Error::Address)), "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_posted_to() {
        let receiver = receiver("https://localhost:9/", false).unwrap();
        let refused = receiver.post("{}".to_owned(), Timestamp::UNIX_EPOCH).await;
        assert_eq!(refused, Err(Refused::Private));
    }
}
