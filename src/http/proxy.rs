//! Reverse proxies that end TLS in front of a listener (SECURITY T94 to T96): which requests come from one, and what is
//! believed of them.
//!
//! A proxy is who connects from a trusted address and knows the secret. Its headers say where the client is and which
//! certificate it showed; the certificate is then judged like one shown in TLS, and nothing that a proxy says of it counts.
//! Whoever else sends these headers is refused, since a forged one must not be a question of what is read first.

mod certificate;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use actix_web::http::header::{HeaderMap, HeaderName};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Digest, SHA256, digest};
use ipnet::IpNet;

use super::connection::Peer;
use crate::config::{self, SECRET_HEADER};

/// The proxies that there are; cheap to clone.
#[derive(Clone, Default)]
pub struct Proxies(Option<Arc<Known>>);

/// What is known of them.
struct Known {
    networks: Vec<IpNet>,
    secret: Option<Digest>,
    certificate: Option<HeaderName>,
}

/// Why a request is refused for the headers of proxies in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Forged {
    /// From another address, or without the secret.
    #[error("it carries a client certificate in a header, and is from no trusted proxy")]
    Certificate,
    /// A secret from another address, or a wrong one.
    #[error("it carries the secret of a proxy from another address, or a wrong one")]
    Secret,
    /// Two of what may be there once, or one in a spelling that a proxy would not strip.
    #[error("it carries a header of the proxy twice, or in another spelling")]
    Repeated,
    /// Not one certificate.
    #[error("the certificate in its header cannot be read, or is not one alone")]
    Unreadable,
}

impl Proxies {
    /// The proxies that a configuration names.
    pub fn new(config: &config::Proxy) -> Self {
        let networks = config.networks();
        if networks.is_empty() {
            return Self(None);
        }
        let name = config.certificate_header.to_ascii_lowercase();
        let secret = (!config.secret.is_empty()).then(|| digest(&SHA256, config.secret.as_bytes()));
        // Without a secret, the header would rest on an address alone.
        let certificate = HeaderName::try_from(name).ok().filter(|_| secret.is_some());
        Self(Some(Arc::new(Known {
            networks,
            secret,
            certificate,
        })))
    }

    /// Whether a proxy connects from this address.
    pub(super) fn trusts(&self, address: IpAddr) -> bool {
        self.0.as_ref().is_some_and(|known| known.trusts(address))
    }

    /// The far end of a request that came through a proxy; `None` when it came straight from `peer`.
    ///
    /// # Errors
    /// The request pretends to come from a proxy, or the proxy cannot be understood.
    pub(super) fn origin(&self, peer: &Peer, headers: &HeaderMap) -> Result<Option<Peer>, Forged> {
        let Some(known) = &self.0 else {
            return Ok(None);
        };
        let is_proxy = known.sent(peer.address.ip(), headers)?;
        let certificate = known.certificate(headers)?;
        match (is_proxy, certificate) {
            (false, Some(_)) => Err(Forged::Certificate),
            (false, None) => Ok(None),
            (true, certificate) => Ok(Some(Peer {
                certificate: match certificate {
                    // A proxy that passes none on may pass the connection on as it is.
                    None if known.certificate.is_none() => peer.certificate.clone(),
                    None | Some(b"") => None,
                    Some(value) => Some(certificate::read(value).ok_or(Forged::Unreadable)?),
                },
                address: SocketAddr::new(known.client(peer.address.ip(), headers), 0),
            })),
        }
    }
}

impl Known {
    /// Whether a proxy sent the request.
    fn sent(&self, address: IpAddr, headers: &HeaderMap) -> Result<bool, Forged> {
        let trusted = self.trusts(address);
        let Some(secret) = &self.secret else {
            return Ok(trusted);
        };
        let Some(shown) = once(headers, SECRET_HEADER)? else {
            return Ok(false);
        };
        // The digests are compared, so that not even the length shows.
        let shown = digest(&SHA256, shown);
        let right = verify_slices_are_equal(secret.as_ref(), shown.as_ref()).is_ok();
        (trusted && right).then_some(true).ok_or(Forged::Secret)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|it| it.contains(&address))
    }

    /// The header with the client's certificate, if there is one.
    fn certificate<'a>(&self, headers: &'a HeaderMap) -> Result<Option<&'a [u8]>, Forged> {
        match &self.certificate {
            Some(name) => once(headers, name.as_str()),
            None => Ok(None),
        }
    }

    /// The right-most address that is no proxy's. Each proxy adds at the right whom it saw: what lies further left, a client
    /// may have made up.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let values = headers.get_all(FORWARDED).rev();
        let texts = values.map(|value| value.to_str().unwrap_or_default());
        let hops = texts.flat_map(|text| text.rsplit(',')).take(MOST_HOPS);
        let mut client = peer;
        for hop in hops {
            let Some(address) = hop_address(hop.trim()) else {
                break;
            };
            client = address.to_canonical();
            if !self.trusts(client) {
                break;
            }
        }
        client
    }
}

/// The only value of a header. One whose name merely looks the same counts as another of it: what stands behind a proxy
/// must not read what the proxy did not strip.
fn once<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a [u8]>, Forged> {
    let alike = |it: &HeaderName| {
        let it = it.as_str().bytes();
        it.map(|byte| if byte == b'_' { b'-' } else { byte })
            .eq(name.bytes())
    };
    let mut found = headers.iter().filter(|(it, _)| alike(it));
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some((own, value)), None) if own.as_str() == name => Ok(Some(value.as_bytes())),
        _ => Err(Forged::Repeated),
    }
}

/// An address as proxies write it: bare, or with a port.
fn hop_address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let with_port = || text.parse().ok().map(|it: SocketAddr| it.ip());
    bare.unwrap_or(text).parse().ok().or_else(with_port)
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.0.as_ref();
        f.debug_struct("Proxies")
            .field("networks", &known.map(|it| &it.networks))
            .field("certificate", &known.map(|it| &it.certificate))
            .finish_non_exhaustive()
    }
}

const FORWARDED: &str = "x-forwarded-for";
/// Addresses that are looked at, from the right.
const MOST_HOPS: usize = 16;

#[cfg(test)]
mod tests;
