//! Taking the two addresses, and joining actix-web servers to them.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::KeepAlive;
use actix_web::middleware::from_fn;
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer};
use rustls::ServerConfig;
use socket2::{Domain, Protocol, Socket, Type};

use super::edge::Edge;
use super::{Error, ListenerSettings, Listeners, Running};
use crate::http::connection::{ConnectionCap, on_connect};
use crate::http::drain::Readiness;
use crate::http::tls::ServerTls;

/// Both addresses taken, nothing served yet.
#[derive(Debug)]
pub struct Bound {
    /// Where the web listener is, with its real port.
    pub web: SocketAddr,
    /// Where the device listener is, with its real port.
    pub device: SocketAddr,
    pub(super) web_socket: TcpListener,
    pub(super) device_socket: TcpListener,
}

impl Bound {
    /// Serves on both.
    ///
    /// # Errors
    /// [`Error::Start`] when a listener cannot run.
    pub async fn start(
        self,
        settings: &ListenerSettings,
        tls: &ServerTls,
        readiness: &Readiness,
        configure_web: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
        configure_device: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> Result<Listeners, Error> {
        raise_open_files();
        let cap = ConnectionCap::new(settings.connections).with_proxies(settings.proxies.clone());
        let bind = Bind {
            settings,
            readiness,
            cap: &cap,
        };
        let web = bind.listener(Side::Web, self.web_socket, &tls.web, configure_web)?;
        let device = bind.listener(
            Side::Device,
            self.device_socket,
            &tls.device,
            configure_device,
        )?;
        let sweep = tokio::spawn(cap.clone().sweep());
        Ok(Listeners {
            web: self.web,
            device: self.device,
            connections: cap,
            servers: [Running::start(web).await?, Running::start(device).await?],
            sweep,
        })
    }
}

/// A listening socket and its real address.
pub(super) fn socket(
    address: SocketAddr,
    backlog: u32,
) -> Result<(TcpListener, SocketAddr), Error> {
    let failed = |source| Error::Bind { address, source };
    let listen = || -> io::Result<(TcpListener, SocketAddr)> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        socket.set_reuse_address(cfg!(unix))?;
        socket.bind(&address.into())?;
        socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
        let listener = TcpListener::from(socket);
        let real = listener.local_addr()?;
        Ok((listener, real))
    };
    listen().map_err(failed)
}

/// Which of the two listeners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Web,
    Device,
}

/// What both listeners are built from.
struct Bind<'a> {
    settings: &'a ListenerSettings,
    readiness: &'a Readiness,
    cap: &'a ConnectionCap,
}

impl Bind<'_> {
    fn listener(
        &self,
        side: Side,
        socket: TcpListener,
        tls: &ServerConfig,
        configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> Result<Server, Error> {
        let settings = self.settings;
        let edge = Arc::new(Edge::new(
            side,
            self.readiness.clone(),
            settings.hsts,
            settings.proxies.clone(),
        ));
        let app = move || {
            let edge = Arc::clone(&edge);
            App::new()
                .wrap(from_fn(move |request, next| {
                    let edge = Arc::clone(&edge);
                    async move { edge.exchange(request, next).await }
                }))
                .configure(configure.clone())
        };
        let mut server = HttpServer::new(app)
            // Only a callback that is set before `bind` is ever called.
            .on_connect(on_connect(self.cap.clone()))
            .disable_signals()
            .keep_alive(keep_alive(settings.keep_alive))
            .tcp_nodelay(true)
            .backlog(settings.backlog)
            .max_connections(settings.connections_per_worker.max(1))
            .max_connection_rate(settings.handshakes_per_worker.max(1))
            .worker_max_blocking_threads(settings.blocking_threads.max(1))
            .tls_handshake_timeout(settings.handshake_timeout)
            .client_request_timeout(settings.header_timeout)
            .shutdown_timeout(settings.shutdown_timeout.as_secs());
        if settings.workers > 0 {
            server = server.workers(settings.workers);
        }
        let server = server
            .listen_rustls_0_23(socket, tls.clone())
            .map_err(Error::Start)?;
        Ok(server.run())
    }
}

fn keep_alive(pause: Duration) -> KeepAlive {
    if pause.is_zero() {
        KeepAlive::Disabled
    } else {
        KeepAlive::Timeout(pause)
    }
}

/// Raises the soft limit of open files to the hard one: a connection takes two descriptors.
fn raise_open_files() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        let limit = Rlimit {
            current: maximum,
            maximum,
        };
        if setrlimit(Resource::Nofile, limit).is_err() {
            tracing::warn!("the limit of open files stays as it is");
        }
    }
}
