//! The administrator's service: tokens and keys. The command line and the API both go through it.

mod actor;
mod approval;
mod attempt;
mod behind;
mod blocked_key;
mod device;
mod face;
mod identifier;
mod identity_provider;
mod key;
mod letter;
mod mdm_user;
mod organization;
mod page;
mod policy;
pub mod qr;
mod repeated;
mod restriction;
mod segment;
mod settings;
mod table;
mod template;
mod terms;
mod token;
mod wording;

use std::sync::Arc;

use crate::ca::MasterKey;
use crate::clock::Clock;
use crate::id::ObjectId;
use crate::organization::Organization;
use crate::provider::{self, Passwords};
use crate::store::{self, Store};
use crate::violation::Violation;

pub use crate::language::Language;
pub use crate::store::{
    AttemptQuery, DeviceFilter, DeviceOrder, IdentifierFilter, PolicyFilter, PolicyOrder,
    TemplateFilter, TemplateOrder, TokenFilter, TokenOrder, UserFilter, UserOrder,
};

pub use self::attempt::ShownAttempt;
pub use self::behind::{Behind, DeviceOfToken};
pub use self::blocked_key::{BlockKey, ShownBlockedKey};
pub use self::device::{
    CertificateOfDevice, DeviceResults, ResultState, RevokeCertificate, ShownDevice, ShownResult,
    UpdateDevice,
};
pub use self::face::UpdateBranding;
pub use self::identifier::{
    Contact, CreateIdentifier, Marked, ReadIdentifiers, ShownIdentifier, Taken,
};
pub use self::identity_provider::{CreateIdentityProvider, TestedProvider, UpdateIdentityProvider};
pub use self::key::{CreateKey, CreatedKey, ShownKey, UpdateKey};
pub use self::letter::{Errand, ReadyLetter, ShownLetter};
pub use self::mdm_user::{Import, ImportLine, MdmUser, MdmUserWish};
pub use self::organization::CreatedOrganization;
pub use self::page::{Page, PageWish};
pub use self::policy::{CreatePolicy, UpdatePolicy};
pub use self::repeated::{Repeated, RepeatedAnswer};
pub use self::restriction::WishedRestriction;
pub use self::segment::{CreateSegment, UpdateSegment};
pub use self::settings::{Settings, UpdateSettings};
pub use self::template::{
    ChangedTemplate, DeepLink, Evaluation, ExpandTo, GivenFacts, Package, ShownEffects, ShownEntra,
    ShownMobilityApp, ShownTemplate, TokenOfTemplate, Told, WishedEntra, WishedEvaluation,
    WishedFacts, WishedMobilityApp, WishedPackage, WishedRule, WishedTemplate, WishedWifi,
};
pub use self::token::{
    Bulk, BulkItem, BulkProblem, CreateToken, MASK, MdmUserOfToken, NamedPolicy, NoConfig,
    ResendToken, ShownAssignment, ShownToken, SummaryOfToken, UpdateToken,
};
pub use self::wording::ShownWording;

/// Why an administrator's wish was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Values that are not acceptable, all of them.
    #[error("{}", sentence(.0))]
    Invalid(Vec<Violation>),
    /// Nothing of this kind has the name or identifier, as far as the actor sees.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// It is not in a state that allows it, or the name is taken.
    #[error("{0}")]
    Conflict(String),
    /// It was changed since the caller read it.
    #[error("it was changed meanwhile: read it again, then repeat the change")]
    Changed,
    /// It is switched off by the configuration.
    #[error("{0} is switched off by the configuration")]
    SwitchedOff(&'static str),
    /// The actor's key does not reach that far.
    #[error("{0}")]
    Forbidden(String),
    /// The secrets of something cannot be opened.
    #[error("the secrets cannot be opened: the master key is not the one they were sealed with")]
    Sealed,
    /// A password cannot be hashed.
    #[error("the password cannot be hashed")]
    Hash(#[source] provider::Error),
}

impl Error {
    /// Whether the same may succeed in a while: the database is busy or its disk is full.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Store(store::Error::Busy | store::Error::Full))
    }

    /// Whether a unique value exists already.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Store(store::Error::Conflict))
    }

    /// One value that is not acceptable.
    pub fn invalid(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation {
            path: path.into(),
            reason: reason.into(),
        }])
    }
}

impl From<Vec<Violation>> for Error {
    fn from(violations: Vec<Violation>) -> Self {
        Self::Invalid(violations)
    }
}

fn sentence(violations: &[Violation]) -> String {
    let faults: Vec<String> = violations
        .iter()
        .map(|it| format!("{} {}", it.path, it.reason))
        .collect();
    faults.join("; ")
}

/// The service. Cheap to clone.
#[derive(Clone)]
pub struct Admin {
    store: Store,
    keys: Arc<MasterKey>,
    clock: Clock,
    passwords: Arc<Passwords>,
    /// Where people enroll, for links.
    web_url: String,
}

impl Admin {
    /// The service over its parts; `web_url` is where people reach the web listener.
    pub fn new(store: Store, keys: Arc<MasterKey>, clock: Clock, web_url: String) -> Self {
        Self {
            store,
            keys,
            clock,
            passwords: Arc::default(),
            web_url,
        }
    }

    /// The organization with this slug or identifier, if there is one.
    ///
    /// # Errors
    /// What the store says.
    pub async fn organization(&self, slug_or_id: &str) -> Result<Option<Organization>, Error> {
        let slug_or_id = slug_or_id.to_owned();
        Ok(self
            .store
            .read(move |tx| tx.organization(&slug_or_id))
            .await?)
    }

    /// The organization that exists from the first start.
    ///
    /// # Errors
    /// What the store says.
    pub async fn default_organization(&self) -> Result<ObjectId, Error> {
        let now = self.clock.now();
        let made = self
            .store
            .write::<_, store::Error, _>(move |tx| tx.ensure_default_organization(now))
            .await?;
        Ok(made.id)
    }
}
