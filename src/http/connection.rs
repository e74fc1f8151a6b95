//! What is known of a connection, and how many of them one address may hold.
//!
//! [`on_connect`] runs once per connection after the TLS handshake. It leaves a [`Peer`] and a
//! [`Tracked`] in the connection's extensions, for `HttpRequest::conn_data`. A connection over the
//! cap is shut down there and then, and one that stands still is shut down by the sweep: actix-web
//! bounds the first request head and the pause between requests, not a second head, a reply nobody
//! reads or a refused body that goes on arriving. It is no defence against many addresses.

mod watch;

use std::any::Any;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use actix_web::{HttpMessage as _, HttpRequest};
use socket2::SockRef;

use super::proxy::Proxies;
pub use watch::{Busy, Tracked};
use watch::{Open, Watch};

/// The far end of a connection, in the connection's extensions.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The client's leaf certificate in DER, when one was presented. Possession of its key is
    /// proved and nothing else: not who issued it, nor that it is in date.
    pub certificate: Option<Vec<u8>>,
    /// The address the connection comes from, which may be a proxy's.
    pub address: SocketAddr,
}

impl Peer {
    /// The far end of a request: the client behind a trusted proxy, or else who holds the connection.
    pub(super) fn of(request: &HttpRequest) -> Option<Self> {
        let behind = request.extensions().get::<Self>().cloned();
        behind.or_else(|| request.conn_data::<Self>().cloned())
    }
}

/// How many connections one address may hold, and for how long one may stand still.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Connections of one IPv4 address or one IPv6 /64; 0 for no limit.
    pub per_ip: u32,
    /// Connections of one loopback address, where a proxy or a load generator sits, or of a trusted proxy; 0 for no limit.
    pub per_loopback_ip: u32,
    /// How long a connection may make no progress outside a handler; zero for no limit.
    pub stalled_after: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            per_ip: 512,
            per_loopback_ip: 0,
            stalled_after: Duration::from_secs(30),
        }
    }
}

/// The count of open connections by address, shared by both listeners.
#[derive(Clone, Debug)]
pub struct ConnectionCap {
    limits: ConnectionLimits,
    proxies: Proxies,
    counts: Arc<Mutex<HashMap<IpAddr, u32>>>,
    watch: Arc<Watch>,
}

impl ConnectionCap {
    /// A cap with no connection yet.
    pub fn new(limits: ConnectionLimits) -> Self {
        Self {
            limits,
            proxies: Proxies::default(),
            counts: Arc::default(),
            watch: Arc::new(Watch::new(limits.stalled_after)),
        }
    }

    /// The same cap, which treats these proxies like one on this machine.
    pub fn with_proxies(mut self, proxies: Proxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Counts one more connection of `address`, or `None` when it holds as many as it may.
    pub fn admit(&self, address: IpAddr) -> Option<Admitted> {
        let is_proxy = self.proxies.trusts(address);
        let address = counted_as(address);
        let limit = if address.is_loopback() || is_proxy {
            self.limits.per_loopback_ip
        } else {
            self.limits.per_ip
        };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if limit > 0 && *count >= limit {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Admitted {
            address,
            counts: Arc::clone(&self.counts),
        })
    }

    /// How many connections are open now.
    pub fn open(&self) -> u64 {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.values().copied().map(u64::from).sum()
    }

    /// Shuts down what stands still, at least once a second, for as long as the future is polled.
    pub async fn sweep(self) {
        self.watch.sweep().await;
    }
}

/// One counted connection; dropping it gives its place back.
#[derive(Debug)]
pub struct Admitted {
    address: IpAddr,
    counts: Arc<Mutex<HashMap<IpAddr, u32>>>,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

/// The callback for `HttpServer::on_connect`, which must be given before `bind`.
pub fn on_connect(
    cap: ConnectionCap,
) -> impl Fn(&dyn Any, &mut Extensions) + Clone + Send + Sync + 'static {
    move |connection, extensions| {
        if let Some(tls) = connection.downcast_ref::<TlsStream<TcpStream>>() {
            let (tcp, session) = tls.get_ref();
            let leaf = session.peer_certificates().and_then(<[_]>::first);
            greet(&cap, tcp, leaf.map(|leaf| leaf.to_vec()), extensions);
        } else if let Some(tcp) = connection.downcast_ref::<TcpStream>() {
            greet(&cap, tcp, None, extensions);
        }
    }
}

fn greet(
    cap: &ConnectionCap,
    tcp: &TcpStream,
    certificate: Option<Vec<u8>>,
    extensions: &mut Extensions,
) {
    // A connection without a far end is gone already.
    let admitted = tcp.peer_addr().ok().and_then(|address| {
        let admitted = cap.admit(address.ip())?;
        extensions.insert(Peer {
            certificate,
            address,
        });
        Some(admitted)
    });
    let tracked = match admitted {
        Some(admitted) => cap.watch.add(Open::new(tcp, admitted)),
        None => {
            // What fails here is a socket that is closed already.
            drop(SockRef::from(tcp).shutdown(std::net::Shutdown::Both));
            Tracked::refused()
        }
    };
    extensions.insert(tracked);
}

/// The unit that is counted: an IPv4 address, also when mapped into IPv6, or an IPv6 /64.
fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;
