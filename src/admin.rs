//! The administrator's service: tokens and keys. The command line and the API both go through it.

mod key;
mod token;

use std::sync::Arc;

use crate::ca::MasterKey;
use crate::clock::Clock;
use crate::id::ObjectId;
use crate::organization::Organization;
use crate::store::{self, Store};

pub use self::key::{CreateKey, CreatedKey};
pub use self::token::{CreateToken, ShownToken};

/// Why an administrator's wish was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A value that is not acceptable.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which one.
        field: &'static str,
        /// Why.
        reason: String,
    },
    /// The secrets of a token cannot be opened.
    #[error("the secrets cannot be opened: the master key is not the one they were sealed with")]
    Sealed,
}

/// The service. Cheap to clone.
#[derive(Clone)]
pub struct Admin {
    store: Store,
    keys: Arc<MasterKey>,
    clock: Clock,
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
