//! The enrollment service: identify, decide, issue, provision; one verb per exchange.
//!
//! It knows the protocol's messages and the store, and neither HTTP nor SOAP envelopes. Discovery and policy write
//! nothing; issuance is two recorded steps, so that no certificate is ever given out without a record.

mod again;
mod away;
mod combination;
mod consent;
mod credential;
mod decision;
mod discovery;
mod document;
mod entra;
mod event;
mod groups;
mod issuance;
mod jitter;
mod lockout;
mod notice;
mod password;
mod policy;
mod recorder;
mod renewal;
mod report;
mod rules;
mod settings;
mod sign_in;
mod walk;
mod ways;

use std::net::IpAddr;
use std::sync::Arc;

use crate::ca::{LiveAuthority, MasterKey};
use crate::clock::Clock;
use crate::entra::{self as entra_id, Graph};
use crate::id::ObjectId;
use crate::provider::{Passwords, Providers};
use crate::refusal::Refusal;
use crate::soap::Security;
use crate::store::{self, Store};
use crate::webhook::Receiver;

use self::lockout::Lockout;

pub use self::away::{AWAY, Left};
pub use self::consent::{Answered, Back, Consent};
pub use self::lockout::LockoutLimits;
pub use self::recorder::Recorder;
pub use self::settings::{Addresses, Provisioning, Settings};
pub use self::sign_in::{Brought, Questions, SignedIn, Typed};
pub use self::ways::{Way, Ways};

/// The service. Cheap to clone.
#[derive(Clone)]
pub struct Enrollment {
    store: Store,
    authority: Arc<LiveAuthority>,
    keys: Arc<MasterKey>,
    clock: Clock,
    settings: Arc<Settings>,
    lockout: Lockout,
    entra: Arc<entra_id::Verifier>,
    graph: Arc<Graph>,
    providers: Arc<Providers>,
    passwords: Arc<Passwords>,
    compiled: Arc<rules::Compiled>,
    walks: Arc<walk::Walks>,
    /// Whom events are posted to.
    receiver: Option<Receiver>,
}

/// Who is asking, as far as transport and envelope tell.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// The security header.
    pub security: Option<&'a Security>,
    /// The certificate that the client showed in TLS, in DER: possession of its key is proved, and nothing else.
    pub certificate: Option<&'a [u8]>,
    /// The address that the request came from.
    pub address: Option<IpAddr>,
    /// The walk that the request belongs to.
    pub attempt: ObjectId,
    /// The template that its address names.
    pub template: Option<ObjectId>,
}

impl Enrollment {
    /// The service over its parts.
    pub fn new(
        store: Store,
        authority: Arc<LiveAuthority>,
        keys: Arc<MasterKey>,
        clock: Clock,
        settings: Arc<Settings>,
        entra: entra_id::Settings,
        receiver: Option<Receiver>,
    ) -> Self {
        let (login, graph) = (entra.login_url.as_ref(), entra.graph_url.as_ref());
        let graph = Arc::new(Graph::new(entra.cloud, login, graph, clock.clone()));
        let entra = Arc::new(entra_id::Verifier::new(entra, clock.clone()));
        let providers = Arc::new(Providers::new(clock.clone()));
        let lockout = Lockout::new(settings.lockout);
        Self {
            store,
            authority,
            keys,
            clock,
            settings,
            lockout,
            entra,
            graph,
            providers,
            passwords: Arc::default(),
            compiled: Arc::default(),
            walks: Arc::default(),
            receiver,
        }
    }
}

impl Enrollment {
    /// Whether devices are let in at all.
    ///
    /// # Errors
    /// [`Refusal::Draining`] when none is.
    pub fn takes_devices(&self) -> Result<(), Refusal> {
        match self.settings.draining {
            true => Err(Refusal::Draining),
            false => Ok(()),
        }
    }
}

/// What a database error means to a device.
fn from_store(error: &store::Error) -> Refusal {
    match error {
        store::Error::Busy | store::Error::Full | store::Error::Closed => {
            Refusal::Storage(error.to_string())
        }
        store::Error::Open { .. }
        | store::Error::Schema(_)
        | store::Error::Row(_)
        | store::Error::Conflict
        | store::Error::Engine(_) => {
            tracing::error!(
                error = error as &dyn std::error::Error,
                "the database failed"
            );
            Refusal::Internal
        }
    }
}

/// A refusal decided inside a transaction, or the store's own error.
enum Stopped {
    Refused(Refusal),
    Store(store::Error),
}

impl From<store::Error> for Stopped {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Stopped> for Refusal {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Refused(refusal) => refusal,
            Stopped::Store(error) => from_store(&error),
        }
    }
}
