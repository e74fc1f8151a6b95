//! Providers with their secrets, and how these are kept.

use crate::ca::MasterKey;
use crate::id::ObjectId;
use crate::identity::{IdentityProvider, ProviderSettings};
use crate::secret::Secret;

use super::Error;

/// The purpose under which the secrets of identity providers are sealed; the provider's identifier follows.
const PROVIDER_SECRET: &str = "identityProvider.secret";

/// A provider with its secret in the clear.
#[derive(Debug, Clone)]
pub struct Configured {
    /// Its identifier.
    pub id: ObjectId,
    /// The revision of its settings.
    pub revision: i64,
    /// Where it is and how it is asked.
    pub settings: ProviderSettings,
    /// Its secret; empty: it has none.
    pub secret: Secret,
}

impl Configured {
    /// A provider as it is stored, its secret opened.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for a secret that another master key sealed.
    pub fn open(
        keys: &MasterKey,
        provider: IdentityProvider,
        sealed: Option<&[u8]>,
    ) -> Result<Self, Error> {
        let secret = match sealed {
            Some(sealed) => keys
                .open(&purpose(provider.id), sealed)
                .ok()
                .and_then(|text| Some(Secret::new(std::str::from_utf8(&text).ok()?))),
            None => Some(Secret::default()),
        };
        let unreadable = || Error::unavailable("its secret cannot be opened by this master key");
        Ok(Self {
            id: provider.id,
            revision: provider.revision,
            settings: provider.settings,
            secret: secret.ok_or_else(unreadable)?,
        })
    }
}

/// A provider's secret as it is stored.
pub fn seal(keys: &MasterKey, provider: ObjectId, secret: &Secret) -> Vec<u8> {
    keys.seal(&purpose(provider), secret.reveal().as_bytes())
}

fn purpose(provider: ObjectId) -> String {
    format!("{PROVIDER_SECRET}:{provider}")
}
