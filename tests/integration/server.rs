//! The real server inside this process: ports of the kernel's choice, data in a folder of its own, a clock that stands.

mod process;

use std::ops::Deref;

use jiff::{SignedDuration, Timestamp};
use portcullis::admin::{CreateToken, ShownToken};
use portcullis::app::Installation;
use portcullis::attempt::Outcome;
use portcullis::clock::Clock;
use portcullis::config::Config;
use portcullis::device::Device;
use portcullis::http::Server;
use portcullis::id::ObjectId;
use portcullis::identity::Actor;
use portcullis::soap::Fault;
use portcullis::store::{AttemptFilter, AttemptRow, Error as StoreError, Issuance, Transaction};
pub(crate) use process::{Data, ProcessServer, portcullis};

use crate::client::Site;
use crate::log;

/// A server; dropping it ends it, and fails the test when anything logged an error meanwhile.
pub(crate) struct TestServer {
    pub(crate) server: Server,
    pub(crate) clock: Clock,
    site: Site,
    organization: ObjectId,
    mark: usize,
    data: Data,
}

impl Deref for TestServer {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl TestServer {
    /// A server with the defaults, but for P-256 authorities, which are made in no time.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::over(Data::new(), 0, change).await
    }

    /// A server over data that exist, its clock so many seconds ahead of the real time.
    pub(crate) async fn over(data: Data, ahead: i64, change: impl FnOnce(&mut Config)) -> Self {
        log::collect();
        let mark = log::mark();
        let mut config = data.config();
        change(&mut config);
        // The clients' TLS goes by the real time, so the server's clock must begin there.
        let now = Timestamp::from_second(Timestamp::now().as_second() + ahead).unwrap();
        let clock = Clock::fixed(now);
        let installation = Installation::open(config, clock.clone()).unwrap();
        let server = Server::start(&installation).await.unwrap();
        let root = server.app.authority.current().root_pem().to_owned();
        Self {
            site: Site::new(&server.web_url, &server.device_url, &root),
            organization: server.app.admin.default_organization().await.unwrap(),
            server,
            clock,
            mark,
            data,
        }
    }

    /// Its data, for commands beside the server.
    pub(crate) fn data(&self) -> &Data {
        &self.data
    }

    /// Rotates the authority by the command, and lets the server read its files again.
    pub(crate) async fn rotate(&self, more: &[&str]) {
        let mut command = self.data().command(&[&["ca", "rotate"], more].concat());
        let output = tokio::task::spawn_blocking(move || command.output().unwrap());
        let output = output.await.unwrap();
        assert!(output.status.success(), "{output:?}");
        self.server.reload_authority();
    }

    /// Whoever stands before the machine.
    fn actor(&self) -> Actor {
        Actor::local(self.organization)
    }

    /// A token for Ana, for one use within a day, unless `change` says otherwise.
    pub(crate) async fn token_with(&self, change: impl FnOnce(&mut CreateToken)) -> ShownToken {
        let mut wish = CreateToken {
            email: Some("ana@contoso.example".to_owned()),
            uses: Some(1),
            duration: Some(SignedDuration::from_hours(24)),
            ..CreateToken::default()
        };
        change(&mut wish);
        let admin = &self.server.app.admin;
        admin.create_token(&self.actor(), wish).await.unwrap()
    }

    pub(crate) async fn token(&self) -> ShownToken {
        self.token_with(|_| {}).await
    }

    /// How often a token was used.
    pub(crate) async fn uses(&self, token: &ShownToken) -> u32 {
        let admin = &self.server.app.admin;
        let shown = admin.token(&self.actor(), token.record.id).await;
        shown.unwrap().record.uses
    }

    pub(crate) async fn revoke(&self, token: &ShownToken) {
        let admin = &self.server.app.admin;
        admin
            .revoke_token(&self.actor(), token.record.id)
            .await
            .unwrap();
    }

    /// Whatever the store knows.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.server.app.store.read(work).await.unwrap()
    }

    /// All devices, the newest first.
    pub(crate) async fn devices(&self) -> Vec<Device> {
        self.server.app.management.write_seen().await.unwrap();
        let organization = self.organization;
        self.read(move |tx| tx.devices(organization, 1_000)).await
    }

    pub(crate) async fn issuances(&self, device: ObjectId) -> Vec<Issuance> {
        self.read(move |tx| tx.issuances_of_device(device)).await
    }

    /// What the administrator reads of a fault, found by its trace id.
    pub(crate) async fn attempt_of(&self, fault: &Fault) -> AttemptRow {
        self.server.app.recorder.flush().await;
        let trace = fault.detail.as_ref().unwrap().trace_id.clone();
        let found = self.read(move |tx| tx.attempt(&trace)).await;
        found.unwrap_or_else(|| panic!("not recorded: {fault:?}"))
    }

    /// The name of the refusal behind a fault.
    pub(crate) async fn refusal(&self, fault: &Fault) -> String {
        self.attempt_of(fault).await.refusal.unwrap()
    }

    /// All attempts, the newest first, each with its exchanges.
    pub(crate) async fn attempts(&self) -> Vec<AttemptRow> {
        self.server.app.recorder.flush().await;
        self.read(|tx| {
            let filter = AttemptFilter {
                outcome: None::<Outcome>,
                limit: 1_000,
            };
            let rows = tx.attempts(filter)?;
            rows.iter()
                .map(|row| Ok(tx.attempt(&row.id.to_string())?.unwrap()))
                .collect()
        })
        .await
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let errors = log::errors_since(self.mark);
        if !std::thread::panicking() {
            assert!(
                errors.is_empty(),
                "errors were logged while this server ran, by it or by a neighbour: {errors:#?}"
            );
        }
    }
}
