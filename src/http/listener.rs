//! The two TLS listeners of the server, each an actix-web server with the same manners.
//!
//! The web listener never asks for a client certificate, the device listener does; see
//! [`super::tls`]. What they serve is configured by the caller; what every exchange has in common
//! (headers, odd casing of device URLs, draining, panics) is done by the `edge` around it.

mod bound;
mod edge;
mod headers;
mod path;

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::web::ServiceConfig;
use tokio::task::JoinHandle;

use super::connection::{ConnectionCap, ConnectionLimits};
use super::drain::Readiness;
use super::proxy::Proxies;
use super::tls::ServerTls;
pub use bound::Bound;
use bound::{Side, socket};
pub use path::canonical;

/// Where the listeners stand and what they allow. Durations of zero turn the limit off, but for
/// the handshake's and the shutdown's, and so do counts of 0 unless they say otherwise.
#[derive(Clone, Debug)]
pub struct ListenerSettings {
    /// The web listener's address; port 0 lets the kernel choose.
    pub web_address: SocketAddr,
    /// The device listener's address; port 0 lets the kernel choose.
    pub device_address: SocketAddr,
    /// Worker threads of each listener; 0 for one per processor.
    pub workers: usize,
    /// Blocking threads of each worker, at least 1.
    pub blocking_threads: usize,
    /// Connections of each worker; beyond it the listeners stop accepting. At least 1.
    pub connections_per_worker: usize,
    /// TLS handshakes under way in each worker, at least 1.
    pub handshakes_per_worker: usize,
    /// Connections that wait to be accepted.
    pub backlog: u32,
    /// Connections of one address, and how long one may stand still.
    pub connections: ConnectionLimits,
    /// From the connection to the end of the TLS handshake.
    pub handshake_timeout: Duration,
    /// From the handshake to the end of the first request head.
    pub header_timeout: Duration,
    /// Between two requests of a connection; zero closes after each reply.
    pub keep_alive: Duration,
    /// For requests in flight once the listeners stop; whole seconds.
    pub shutdown_timeout: Duration,
    /// `max-age` of `Strict-Transport-Security` on the web listener; zero leaves the header out.
    pub hsts: Duration,
    /// The proxies in front of both listeners.
    pub proxies: Proxies,
}

impl Default for ListenerSettings {
    fn default() -> Self {
        Self {
            web_address: SocketAddr::from(([127, 0, 0, 1], 8443)),
            device_address: SocketAddr::from(([127, 0, 0, 1], 8444)),
            workers: 0,
            blocking_threads: 4,
            connections_per_worker: 10_000,
            handshakes_per_worker: 256,
            backlog: 1024,
            connections: ConnectionLimits::default(),
            handshake_timeout: Duration::from_secs(3),
            header_timeout: Duration::from_secs(5),
            keep_alive: Duration::from_secs(15),
            shutdown_timeout: Duration::from_secs(25),
            hsts: Duration::from_secs(365 * 24 * 60 * 60),
            proxies: Proxies::default(),
        }
    }
}

/// Both listeners, running. Dropping it ends them at once.
#[derive(Debug)]
pub struct Listeners {
    /// The web listener's real address.
    pub web: SocketAddr,
    /// The device listener's real address.
    pub device: SocketAddr,
    /// Open connections by address.
    pub connections: ConnectionCap,
    servers: [Running; 2],
    sweep: JoinHandle<()>,
}

impl Listeners {
    /// Binds both addresses and serves; on return both accept connections.
    ///
    /// `configure_web` and `configure_device` register the routes, once in every worker. Device
    /// URLs are registered in lower case; [`canonical`] says which requests are brought to it.
    ///
    /// # Errors
    /// [`Error::Bind`] when an address cannot be had, [`Error::Start`] when a worker cannot start.
    pub async fn start(
        settings: &ListenerSettings,
        tls: &ServerTls,
        readiness: &Readiness,
        configure_web: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
        configure_device: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> Result<Self, Error> {
        let bound = Self::bind(settings)?;
        bound
            .start(settings, tls, readiness, configure_web, configure_device)
            .await
    }

    /// Takes both addresses, so that what is to be served may know them; connections wait until
    /// [`Bound::start`].
    ///
    /// # Errors
    /// [`Error::Bind`] when an address cannot be listened on.
    pub fn bind(settings: &ListenerSettings) -> Result<Bound, Error> {
        let (web_socket, web) = socket(settings.web_address, settings.backlog)?;
        let (device_socket, device) = socket(settings.device_address, settings.backlog)?;
        Ok(Bound {
            web,
            device,
            web_socket,
            device_socket,
        })
    }

    /// Stops accepting and waits for what is in flight, up to the shutdown timeout.
    pub async fn stop(&self) {
        let [web, device] = &self.servers;
        tokio::join!(web.handle.stop(true), device.handle.stop(true));
    }

    /// Ends both listeners and every connection at once.
    pub fn abort(&self) {
        for server in &self.servers {
            server.task.abort();
        }
    }

    /// Waits for a listener that ends without having been stopped.
    pub async fn failed(&mut self) -> Error {
        let [web, device] = &mut self.servers;
        let ended = tokio::select! {
            ended = &mut web.task => ended,
            ended = &mut device.task => ended,
        };
        match ended {
            Ok(Err(source)) => Error::Start(source),
            Ok(Ok(())) | Err(_) => Error::Ended,
        }
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.abort();
        self.sweep.abort();
    }
}

/// One actix-web server and the task that drives it.
#[derive(Debug)]
struct Running {
    handle: ServerHandle,
    task: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Starts the workers and the accept loop, which the first poll does, and leaves it to a task.
    async fn start(mut server: Server) -> Result<Self, Error> {
        let first = poll_fn(|context| Poll::Ready(Pin::new(&mut server).poll(context))).await;
        match first {
            Poll::Pending => Ok(Self {
                handle: server.handle(),
                task: tokio::spawn(server),
            }),
            Poll::Ready(Err(source)) => Err(Error::Start(source)),
            Poll::Ready(Ok(())) => Err(Error::Ended),
        }
    }
}

/// Why the listeners do not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken, not ours, or needs a privilege.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The workers or the accept loop failed.
    #[error("a listener cannot run")]
    Start(#[source] io::Error),
    /// A listener ended without having been asked to.
    #[error("a listener ended by itself")]
    Ended,
}

#[cfg(test)]
mod tests;
