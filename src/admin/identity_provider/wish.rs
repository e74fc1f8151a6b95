//! What clients send of identity providers, and what is told of a test.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::identity::{IdentityProvider, ProviderSettings};
use crate::provider;
use crate::secret::Secret;
use crate::violation::Violations;

use super::Error;

/// An identity provider to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateIdentityProvider {
    /// Its name, unique within the organization: what people read on the page.
    #[schema(min_length = 1, max_length = 128, pattern = "[^\\s]")]
    pub name: String,
    /// Whether people may sign in by it; as usual they may.
    pub enabled: Option<bool>,
    /// Where it is and how it is asked.
    #[schema(value_type = ProviderSettings)]
    pub settings: Map<String, Json>,
    /// Its secret: the password of `bindDn`, the client secret of OpenID Connect. It is never shown again.
    #[schema(write_only, max_length = 1024)]
    pub secret: Option<String>,
}

/// What is to be changed of an identity provider; what is not named stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateIdentityProvider {
    /// Its name, unique within the organization.
    #[schema(min_length = 1, max_length = 128, pattern = "[^\\s]")]
    pub name: Option<String>,
    /// Whether people may sign in by it.
    pub enabled: Option<bool>,
    /// All of its settings.
    #[schema(value_type = Option<ProviderSettings>)]
    pub settings: Option<Map<String, Json>>,
    /// Its secret; an empty text takes it away. Where settings lead elsewhere it must be given again.
    #[schema(write_only, max_length = 1024)]
    pub secret: Option<String>,
}

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestedProvider {
    /// Whether the provider can be asked.
    pub works: bool,
    /// What it answers, or why it cannot be asked.
    pub message: String,
}

/// Characters of a secret.
const SECRET: usize = 1024;

impl CreateIdentityProvider {
    /// The provider, with its secret.
    pub(super) fn make(
        self,
        organization: ObjectId,
        now: Timestamp,
    ) -> Result<(IdentityProvider, Option<Secret>), Error> {
        let secret = self.secret.filter(|secret| !secret.is_empty());
        let secret = secret.map(Secret::new);
        let provider = IdentityProvider {
            id: ObjectId::generate(now),
            organization_id: organization,
            name: self.name.trim().to_owned(),
            enabled: self.enabled.unwrap_or(true),
            settings: read(self.settings)?,
            has_secret: secret.is_some(),
            created_at: now,
            updated_at: now,
            revision: 1,
        };
        Ok((provider, secret))
    }
}

impl UpdateIdentityProvider {
    /// Writes it over a provider; its secret, if another is given: an empty one is none.
    pub(super) fn apply(
        self,
        provider: &mut IdentityProvider,
        now: Timestamp,
    ) -> Result<Option<Secret>, Error> {
        if let Some(name) = self.name {
            name.trim().clone_into(&mut provider.name);
        }
        provider.enabled = self.enabled.unwrap_or(provider.enabled);
        if let Some(settings) = self.settings {
            let settings = read(settings)?;
            // Whoever may change a provider may not read its secret, and so may not have it sent elsewhere.
            let elsewhere = settings.place() != provider.settings.place();
            if elsewhere && provider.has_secret && self.secret.is_none() {
                let reason = "must be given again, or taken away by an empty text: the settings lead elsewhere";
                return Err(Error::invalid("secret", reason));
            }
            provider.settings = settings;
        }
        provider.updated_at = now;
        let secret = self.secret.map(Secret::new);
        if let Some(secret) = &secret {
            let mut faults = Violations::new();
            check_secret(secret, &mut faults);
            faults.into_result()?;
        }
        Ok(secret)
    }
}

impl From<Result<String, provider::Error>> for TestedProvider {
    fn from(tested: Result<String, provider::Error>) -> Self {
        let works = tested.is_ok();
        let message = tested.unwrap_or_else(|error| error.to_string());
        Self { works, message }
    }
}

fn read(settings: Map<String, Json>) -> Result<ProviderSettings, Error> {
    ProviderSettings::read("settings", settings).map_err(|fault| Error::Invalid(vec![fault]))
}

/// Fails unless a provider can be as it is to be, `secret` being a new one.
pub(super) fn check(provider: &IdentityProvider, secret: Option<&Secret>) -> Result<(), Error> {
    let mut faults = Violations::new();
    faults.require(!provider.name.is_empty(), "name", "is missing");
    faults.at_most("name", &provider.name, 128);
    provider::check(&provider.settings, "settings", &mut faults);
    if let Some(secret) = secret {
        check_secret(secret, &mut faults);
    }
    match &provider.settings {
        ProviderSettings::Ldap(ldap) => faults.require(
            ldap.bind_dn.is_none() || provider.has_secret,
            "secret",
            "is missing: it is the password of settings.bindDn",
        ),
        ProviderSettings::Saml(_) => faults.require(
            !provider.has_secret,
            "secret",
            "is not for saml, whose certificates are public",
        ),
        ProviderSettings::Google(_) | ProviderSettings::Oidc(_) => {}
    }
    Ok(faults.into_result()?)
}

fn check_secret(secret: &Secret, faults: &mut Violations) {
    let text = secret.reveal();
    faults.at_most("secret", text, SECRET);
    let blank = !text.is_empty() && text.trim().is_empty();
    faults.require(!blank, "secret", "is blank");
    faults.require(!text.contains('\0'), "secret", "holds a zero character");
}

impl fmt::Debug for CreateIdentityProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateIdentityProvider")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for UpdateIdentityProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateIdentityProvider")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
