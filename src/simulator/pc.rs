//! A simulated PC: the steps of an enrollment, one by one or all of them.

mod discovery;
mod enrollment;
mod exchange;
mod page;
mod policy;
mod renewal;

use std::time::{Duration, Instant};

pub use self::discovery::DiscoveryFlaw;
pub use self::page::PageFlaw;
pub use self::policy::PolicyFlaw;
pub use self::renewal::Renewed;

use self::discovery::Services;
use super::session::Machine;
use super::{Error, Identity, Key, Manner, Network, Odd, Session, Settings, Step};
use crate::protocol::provisioning::Enrollment;
use crate::secret::Secret;

/// A simulated PC. It keeps its key: what it sends twice is the same. Clones are the same machine, and share the tree that
/// servers manage.
#[derive(Debug, Clone)]
pub struct Pc {
    pub(super) settings: Settings,
    pub(super) identity: Identity,
    pub(super) key: Key,
    csr: Vec<u8>,
    pub(super) network: Network,
    pub(super) odd: Option<Odd>,
    pub(super) machine: Machine,
}

/// What an enrolled PC has.
#[derive(Debug, Clone)]
pub struct Enrolled {
    /// What it installed.
    pub enrollment: Enrollment,
    /// Its first management session, unless the settings leave it out.
    pub session: Option<Session>,
}

impl Pc {
    /// The PC `identity` with its certificate request made.
    ///
    /// # Errors
    /// [`Error::Key`].
    pub fn new(
        settings: Settings,
        identity: Identity,
        key: Key,
        network: Network,
    ) -> Result<Self, Error> {
        let csr = key.csr(&identity, settings.csr)?;
        Ok(Self {
            settings,
            identity,
            key,
            csr,
            network,
            odd: None,
            machine: Machine::default(),
        })
    }

    /// The PC with manners that are odd but legal.
    #[must_use]
    pub fn oddly(mut self, odd: Odd) -> Self {
        self.settings.request_version = odd.request_version(self.settings.request_version);
        if let Some(bytes) = odd.message_bytes() {
            self.settings.message_bytes = bytes;
        }
        self.odd = Some(odd);
        self
    }

    /// The PC with another certificate request, of any bytes.
    #[must_use]
    pub fn with_csr(mut self, csr: Vec<u8>) -> Self {
        self.csr = csr;
        self
    }

    /// How it is to enroll.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The same, to be changed between steps.
    pub const fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// What it says of itself.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Its key.
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// Its certificate request, DER.
    pub fn csr(&self) -> &[u8] {
        &self.csr
    }

    /// Its connections.
    pub const fn network(&self) -> &Network {
        &self.network
    }

    pub(super) fn manner(&self) -> Manner {
        self.odd.as_ref().map(Odd::manner).unwrap_or_default()
    }

    /// Enrolls: all steps, the first management session being the last.
    ///
    /// # Errors
    /// The first disappointment.
    pub async fn enroll(&self) -> Result<Enrolled, Error> {
        self.enroll_observed(&mut |_, _| {}).await
    }

    /// Enrolls and tells `observe` of every step that went well, and how long it took.
    ///
    /// # Errors
    /// The first disappointment.
    pub async fn enroll_observed(
        &self,
        observe: &mut (dyn FnMut(Step, Duration) + Send),
    ) -> Result<Enrolled, Error> {
        let mut watch = Watch::new(observe);
        self.probe().await?;
        if self.odd.as_ref().is_some_and(Odd::probes_twice) {
            self.probe().await?;
        }
        watch.done(Step::Probe);
        let services = self.discover().await?;
        watch.done(Step::Discover);
        let wresult: Option<Secret> = if self.signs_in(&services) {
            let wresult = self.sign_in(&services).await?;
            watch.done(Step::SignIn);
            Some(wresult)
        } else {
            None
        };
        let security = self.security(&services, wresult.as_ref())?;
        self.get_policies(&services, &security).await?;
        watch.done(Step::GetPolicies);
        let request = self.request(&services);
        let enrollment = self
            .request_security_token(&services, &security, &request)
            .await?;
        if self.odd.as_ref().is_some_and(Odd::retries) {
            let again = self
                .request_security_token(&services, &security, &request)
                .await?;
            if again.leaf != enrollment.leaf {
                return Err(Error::Retry);
            }
        }
        watch.done(Step::RequestSecurityToken);
        let session = if self.settings.session {
            let session = self.manage(&enrollment).await?;
            watch.done(Step::Manage);
            Some(session)
        } else {
            None
        };
        Ok(Enrolled {
            enrollment,
            session,
        })
    }
}

/// Times one step after the other.
struct Watch<'o> {
    since: Instant,
    observe: &'o mut (dyn FnMut(Step, Duration) + Send),
}

impl<'o> Watch<'o> {
    fn new(observe: &'o mut (dyn FnMut(Step, Duration) + Send)) -> Self {
        Self {
            since: Instant::now(),
            observe,
        }
    }

    fn done(&mut self, step: Step) {
        let now = Instant::now();
        (self.observe)(step, now - self.since);
        self.since = now;
    }
}
