//! The application: its parts built once from the configuration, and passed on explicitly.

mod authority;
mod keep;
mod settings;
mod tls;
mod watch;

use std::net::SocketAddr;
use std::sync::Arc;

use crate::admin::Admin;
use crate::ca::{self, LiveAuthority, MasterKey};
use crate::clock::Clock;
use crate::config::{Config, DatabaseUrl, DatabaseUrlError};
use crate::enrollment::{Enrollment, Recorder};
use crate::entra::Graph;
use crate::mail;
use crate::management::{Management, Proofs};
use crate::status::{self, Status};
use crate::store::{self, Store};
use crate::webhook;

pub use self::authority::{authority, authority_settings, outlives_issuing_ca};
pub use self::tls::{TlsError, TlsFacts, TlsFiles, tls_completion, tls_files};
pub use self::watch::{Ending, endings, retire};

/// Why the application did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database.
    #[error("the database")]
    Store(#[from] store::Error),
    /// The database's address.
    #[error(transparent)]
    Database(#[from] DatabaseUrlError),
    /// The certificate authority or the master key.
    #[error("the certificate authority")]
    Authority(#[from] ca::Error),
    /// The TLS certificate.
    #[error("the TLS certificate")]
    Tls(#[from] TlsError),
    /// A configured value that this build does not know.
    #[error("{key} is not usable: {value}")]
    Value {
        /// The configuration key.
        key: &'static str,
        /// Its value.
        value: String,
    },
    /// The revocation list.
    #[error("the revocation list")]
    Status(#[from] status::Error),
    /// The mail worker.
    #[error("mail")]
    Mail(#[from] mail::Error),
    /// The server that is told of devices.
    #[error(transparent)]
    Webhook(#[from] webhook::Error),
    /// The administrator's service.
    #[error(transparent)]
    Admin(#[from] crate::admin::Error),
}

/// What every command that touches data opens: the database and the master key.
pub struct Installation {
    /// The configuration.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// The key that seals secrets.
    pub keys: Arc<MasterKey>,
    /// The time.
    pub clock: Clock,
}

impl Installation {
    /// Opens the database and the master key, making both on first use.
    ///
    /// # Errors
    /// What is wrong with either.
    pub fn open(config: Config, clock: Clock) -> Result<Self, Error> {
        let directory = config.ca_directory();
        let DatabaseUrl::Sqlite(path) = config.database_url()?;
        let keys = Arc::new(match path.exists() {
            true => MasterKey::load(&directory)?,
            false => MasterKey::begin(&directory)?,
        });
        MasterKey::settle(&directory)?;
        let store = Store::sqlite(&path)?;
        Ok(Self {
            config,
            store,
            keys,
            clock,
        })
    }

    /// Opens the certificate authority, making it on first use.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn authority(&self) -> Result<LiveAuthority, Error> {
        let settings = authority_settings(&self.config)?;
        Ok(LiveAuthority::open(settings, &self.keys, self.clock.now())?)
    }

    /// The administrator's service; `web_url` is where people reach the web listener.
    pub fn admin(&self, web_url: String) -> Admin {
        Admin::new(
            self.store.clone(),
            Arc::clone(&self.keys),
            self.clock.clone(),
            web_url,
        )
    }
}

/// The services behind the listeners. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Enrollment.
    pub enrollment: Enrollment,
    /// Management sessions.
    pub management: Management,
    /// Administration.
    pub admin: Admin,
    /// The certificate authority.
    pub authority: Arc<LiveAuthority>,
    /// The revocation list and OCSP.
    pub status: Status,
    /// The recorder of attempts.
    pub recorder: Recorder,
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// The HTTP status of a fault.
    pub fault_status: u16,
    /// Where people and devices reach the web listener.
    pub web_url: String,
    /// `NAME` of this service, for pages.
    pub name: String,
    /// The schemes that a sign-in may be handed to.
    pub app_schemes: Arc<[String]>,
    /// Where the page of the terms of use may send people back to.
    pub redirects: Arc<[String]>,
}

impl App {
    /// Builds the services; `web` and `device` are where the listeners are bound.
    ///
    /// # Errors
    /// What keeps a part from starting.
    pub async fn start(
        installation: &Installation,
        authority: Arc<LiveAuthority>,
        web: SocketAddr,
        device: SocketAddr,
    ) -> Result<Self, Error> {
        let config = &installation.config;
        let settings = settings::enrollment(config, web, device)?;
        let letters = settings.letters;
        let receiver = settings::receiver(config)?;
        let tells = receiver.is_some();
        let (store, clock) = (installation.store.clone(), installation.clock.clone());
        let enrollment = Enrollment::new(
            store.clone(),
            Arc::clone(&authority),
            Arc::clone(&installation.keys),
            clock.clone(),
            Arc::new(settings),
            settings::entra(config, web, device)?,
            receiver,
        );
        let admin = installation.admin(config.web_url(web));
        admin.default_organization().await?;
        if !config.entra.tenants.is_empty() {
            admin.template_for_tenants().await?;
        }
        let web_url = config.web_url(web);
        store
            .write::<_, store::Error, _>(move |tx| {
                tx.set_setting(store::WEBHOOKS, if tells { "on" } else { "off" })?;
                tx.set_setting(store::WEB_URL, &web_url)
            })
            .await?;
        if letters {
            let limits = settings::letter_limits(config);
            mail::start(&config.smtp, limits, &config.web_url(web), admin.clone())?;
        }
        enrollment.reconcile().await?;
        let status = Status::new(store.clone(), Arc::clone(&authority), clock.clone());
        status.refresh().await?;
        let keys = Arc::clone(&installation.keys);
        let proofs = Proofs::new(keys, settings::proofs(config), clock.now());
        let provider_id = &config.provisioning.provider_id;
        let management = Management::new(
            store.clone(),
            Arc::clone(&authority),
            proofs,
            clock.clone(),
            provider_id,
        );
        keep::keep_up(enrollment.clone(), status.clone());
        keep::write_seen(management.clone());
        keep::tell_directory(enrollment.clone());
        if tells {
            keep::tell_receiver(enrollment.clone());
        }
        watch::start(installation, &authority)?;
        Ok(Self {
            management,
            recorder: Recorder::start(store.clone(), letters),
            enrollment,
            admin,
            authority,
            status,
            store,
            clock,
            fault_status: config.enrollment.fault_status,
            web_url: config.web_url(web),
            name: config.provisioning.name.clone(),
            redirects: config.entra.redirect_uris.clone().into(),
            app_schemes: config.enrollment.app_schemes.clone().into(),
        })
    }

    /// Whether the database answers: what readiness rests on.
    pub async fn is_ready(&self) -> bool {
        self.store
            .read::<_, store::Error, _>(|tx| {
                tx.organization(crate::organization::Organization::DEFAULT)
            })
            .await
            .is_ok()
    }
}

/// Microsoft Graph, as the configuration says where it is.
///
/// # Errors
/// An address that is none.
pub fn graph(config: &Config, clock: Clock) -> Result<Graph, Error> {
    let it = settings::entra(config, config.web.listen, config.device.listen)?;
    let (login, graph) = (it.login_url.as_ref(), it.graph_url.as_ref());
    Ok(Graph::new(it.cloud, login, graph, clock))
}
