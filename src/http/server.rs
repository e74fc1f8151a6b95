//! The whole server: listeners bound, services built, routes joined, and ready.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{Data, ServiceConfig};
use tokio::sync::mpsc;

use crate::app::{self, App, Installation};
use crate::config::Limits;
use crate::xml;

use super::api::{RateLimit, Specification};
use super::body::BodyLimits;
use super::connection::ConnectionLimits;
use super::drain::{self, Readiness, Signal};
use super::follow::{Follow, names};
use super::listener::{self, ListenerSettings, Listeners};
use super::proxy::Proxies;
use super::routes;
use super::tls::{self, CertificateFiles, ServerTls};

/// A running server.
pub struct Server {
    /// Its services.
    pub app: App,
    /// Where people and devices reach the web listener.
    pub web_url: String,
    /// Where devices reach the device listener.
    pub device_url: String,
    listeners: Listeners,
    readiness: Readiness,
    certificates: Arc<CertificateFiles>,
    follow: Follow,
    drain_delay: Duration,
}

/// Why the server did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A part of the application.
    #[error(transparent)]
    App(#[from] app::Error),
    /// The TLS certificate.
    #[error("the TLS certificate")]
    Tls(#[from] tls::Error),
    /// A listener.
    #[error(transparent)]
    Listener(#[from] listener::Error),
    /// The stop.
    #[error(transparent)]
    Drain(#[from] drain::Error),
}

/// How often the certificate's files are looked at.
const FOLLOW: Duration = Duration::from_secs(30);

impl Server {
    /// Starts the server; when this returns, both listeners accept.
    ///
    /// # Errors
    /// What keeps it from starting.
    pub async fn start(installation: &Installation) -> Result<Self, Error> {
        tls::install_default_provider();
        let config = &installation.config;
        let authority = Arc::new(installation.authority()?);
        let files = app::tls_files(installation, &authority.current())?;
        let certificates = Arc::new(CertificateFiles::open(files.chain, files.key)?);
        Arc::clone(&certificates).follow(FOLLOW);
        let server_tls = ServerTls::new(certificates.certificate(), &names(&authority))?;
        let follow = Follow {
            authority: Arc::clone(&authority),
            tls: server_tls.clone(),
            clock: installation.clock.clone(),
            complete: app::tls_completion(installation),
        };
        follow.clone().every(FOLLOW);
        let settings = listener_settings(config);
        let bound = Listeners::bind(&settings)?;
        let app = App::start(installation, authority, bound.web, bound.device).await?;
        let (web_url, device_url) = (config.web_url(bound.web), config.device_url(bound.device));
        let readiness = Readiness::new();
        let shared = Shared {
            app: Data::new(app.clone()),
            readiness: Data::new(readiness.clone()),
            body: body_limits(&config.limits),
            package: package_limits(&config.limits),
            limit: Data::new(RateLimit::new(config.limits.api_requests_per_minute)),
            specification: Data::new(Specification::new()),
        };
        let (web, device) = (shared.clone(), shared);
        let listeners = bound
            .start(
                &settings,
                &server_tls,
                &readiness,
                move |service: &mut ServiceConfig| {
                    web.join(service);
                    routes::web(service);
                },
                move |service: &mut ServiceConfig| {
                    device.join(service);
                    routes::device(service, device.package);
                },
            )
            .await?;
        readiness.ready();
        let drain_delay = seconds(config.limits.drain_delay_seconds);
        Ok(Self {
            app,
            web_url,
            device_url,
            listeners,
            readiness,
            certificates,
            follow,
            drain_delay,
        })
    }

    /// Serves until a signal says to stop, then lets what is under way finish.
    ///
    /// # Errors
    /// A listener ended by itself.
    pub async fn run(self, signals: mpsc::Receiver<Signal>) -> Result<(), Error> {
        let (certificates, follow) = (self.certificates, self.follow);
        let reload = || {
            match certificates.reload() {
                Ok(()) => tracing::info!("the TLS certificate was read again"),
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the TLS certificate stays as it was"
                    );
                }
            }
            follow.look_now();
        };
        drain::run_until_signal(
            self.listeners,
            &self.readiness,
            self.drain_delay,
            signals,
            reload,
        )
        .await?;
        write_what_waits(&self.app).await;
        Ok(())
    }

    /// Reads the files of the authority again, as a signal asks for.
    pub fn reload_authority(&self) {
        self.follow.look_now();
    }

    /// Stops without a signal, letting what is under way finish.
    pub async fn stop(self) {
        self.readiness.drain();
        self.listeners.stop().await;
        write_what_waits(&self.app).await;
    }
}

/// Writes what is only in memory when nothing comes any more.
async fn write_what_waits(app: &App) {
    app.recorder.flush().await;
    if let Err(error) = app.management.write_seen().await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "when devices were seen could not be written"
        );
    }
}

/// What every worker of both listeners shares.
#[derive(Clone)]
struct Shared {
    app: Data<App>,
    readiness: Data<Readiness>,
    body: BodyLimits,
    package: BodyLimits,
    limit: Data<RateLimit>,
    specification: Data<Specification>,
}

impl Shared {
    fn join(&self, service: &mut ServiceConfig) {
        service
            .app_data(self.app.clone())
            .app_data(self.readiness.clone())
            .app_data(self.body)
            .app_data(self.limit.clone())
            .app_data(self.specification.clone());
    }
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(u64::from(seconds))
}

/// A limit of 0 is turned off: longer than anyone waits, larger than anyone sends.
fn unless_off(limit: Duration) -> Duration {
    const NEVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    if limit.is_zero() { NEVER } else { limit }
}

fn body_limits(limits: &Limits) -> BodyLimits {
    const LARGEST: usize = 64 << 20;
    let bytes = usize::try_from(limits.body_bytes).unwrap_or(LARGEST);
    BodyLimits {
        bytes: if bytes == 0 { LARGEST } else { bytes },
        deadline: unless_off(seconds(limits.body_seconds)),
    }
}

/// The limits of a package of a management session, whose results may be long lists.
fn package_limits(limits: &Limits) -> BodyLimits {
    let largest = xml::Limits::SYNCML.document;
    let bytes = usize::try_from(limits.management_body_bytes).unwrap_or(largest);
    BodyLimits {
        bytes: if bytes == 0 {
            largest
        } else {
            bytes.min(largest)
        },
        ..body_limits(limits)
    }
}

fn listener_settings(config: &crate::config::Config) -> ListenerSettings {
    let limits = &config.limits;
    ListenerSettings {
        web_address: config.web.listen,
        device_address: config.device.listen,
        connections: ConnectionLimits {
            per_ip: limits.connections_per_ip,
            per_loopback_ip: limits.connections_per_loopback_ip,
            ..ConnectionLimits::default()
        },
        handshake_timeout: unless_off(seconds(limits.handshake_seconds)),
        header_timeout: seconds(limits.header_seconds),
        keep_alive: seconds(limits.keep_alive_seconds),
        shutdown_timeout: seconds(limits.shutdown_seconds),
        proxies: Proxies::new(&config.proxy),
        ..ListenerSettings::default()
    }
}
