//! How people may sign in: the providers that a template's `loginProviderTypes` names (PRODUCT 1.2).

use std::net::IpAddr;
use std::sync::Arc;

use crate::id::ObjectId;
use crate::identity::Identity;
use crate::organization::Organization;
use crate::provider::{self, Configured};
use crate::refusal::Refusal;
use crate::secret::Secret;
use crate::store::{self, StoredProvider, TemplateFilter, Transaction};
use crate::template::{LoginProviderType, Template};

use super::credential::Person;
use super::{Enrollment, from_store};

/// Templates of an organization whose ways are offered.
const TEMPLATES: u32 = 100;

/// A way to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The template that lets whoever takes it in.
    pub template: ObjectId,
    /// Its name.
    pub template_name: String,
    /// The identity provider; none: the users of this server.
    pub provider: Option<ObjectId>,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: LoginProviderType,
    /// Whether it is taken without asking where it is the only one.
    pub automatic: bool,
}

impl Way {
    /// Whether it asks for a password on our own page.
    pub fn takes_password(&self) -> bool {
        matches!(
            self.kind,
            LoginProviderType::Ldap | LoginProviderType::Local
        )
    }
}

/// The ways of an organization.
#[derive(Debug, Clone)]
pub struct Ways {
    /// The organization.
    pub organization: ObjectId,
    /// The ways, those of older templates first.
    pub ways: Vec<Way>,
    /// Whether several templates offer them.
    pub several_templates: bool,
}

impl Enrollment {
    /// The ways of a template; none: of the organization that exists from the first start, by its default template or
    /// by all.
    ///
    /// # Errors
    /// What the store says.
    pub fn ways(&self, template: Option<ObjectId>) -> Result<Ways, Refusal> {
        let looked = self
            .store
            .look::<_, store::Error, _>(|tx| ways(tx, template));
        looked.map_err(|error| from_store(&error))
    }

    /// The provider of a way, with its secret.
    pub(super) fn configured(
        &self,
        template: ObjectId,
        id: ObjectId,
    ) -> Result<(ObjectId, Configured), Refusal> {
        let found = self.store.look::<_, store::Error, _>(|tx| {
            let ways = ways(tx, Some(template))?;
            let offered = ways.ways.iter().any(|way| way.provider == Some(id));
            let found = tx.identity_provider(ways.organization, id)?;
            Ok(found.filter(|_| offered))
        });
        let found = found.map_err(|error| from_store(&error))?;
        let found = found.ok_or_else(|| unbelieved("the way to sign in is not offered"))?;
        let organization = found.provider.organization_id;
        let sealed = found.secret.as_deref();
        let opened = Configured::open(&self.keys, found.provider, sealed)?;
        Ok((organization, opened))
    }

    /// Who it is that knows this password, by the ways of a template that take one, in their order.
    pub(super) async fn by_password(
        &self,
        template: Option<ObjectId>,
        only: Option<(ObjectId, Option<ObjectId>)>,
        login: &str,
        password: &Secret,
        address: Option<IpAddr>,
    ) -> Result<Option<Person>, Refusal> {
        let ways = self.ways(template)?;
        let mut unavailable = None;
        let mut asked = false;
        let chosen = |way: &&Way| {
            way.takes_password() && only.is_none_or(|only| only == (way.template, way.provider))
        };
        for way in ways.ways.iter().filter(chosen) {
            let now = self.clock.now();
            if !std::mem::replace(&mut asked, true) {
                self.lockout.check(Some(login), address, now)?;
            }
            let answer = match way.provider {
                None => self.local(ways.organization, login, password).await,
                Some(id) => {
                    let (_, provider) = self.configured(way.template, id)?;
                    self.providers.by_password(&provider, login, password).await
                }
            };
            match answer {
                Ok(identity) => {
                    return Ok(Some(Person {
                        organization: ways.organization,
                        template: way.template,
                        identity: Arc::new(identity),
                    }));
                }
                Err(provider::Error::Wrong(why)) => {
                    tracing::info!(provider = way.name, why, "a password is not believed");
                }
                Err(provider::Error::Unavailable(why)) => {
                    tracing::warn!(provider = way.name, why, "a provider cannot be asked");
                    unavailable = Some(format!("{}: {why}", way.name));
                }
            }
        }
        match unavailable {
            Some(why) => Err(Refusal::IdentityProvider(why)),
            None => Ok(None),
        }
    }

    /// A user of this server, by address and password.
    async fn local(
        &self,
        organization: ObjectId,
        login: &str,
        password: &Secret,
    ) -> Result<Identity, provider::Error> {
        let found = self.store.look::<_, store::Error, _>(|tx| {
            let user = tx.user_by_email(organization, login.trim())?;
            let hash = user
                .as_ref()
                .map(|user| tx.user_password(user.id))
                .transpose()?;
            Ok((user, hash.flatten()))
        });
        let failed = |error: store::Error| provider::Error::Unavailable(error.to_string());
        let (user, hash) = found.map_err(failed)?;
        self.passwords.check(hash, password).await?;
        let user =
            user.ok_or_else(|| provider::Error::Wrong("there is no such user".to_owned()))?;
        Ok(Identity {
            issuer: "local".to_owned(),
            subject: user.id.to_string(),
            email: Some(user.email),
            first_name: user.first_name,
            last_name: user.last_name,
            ..Identity::default()
        })
    }
}

/// The refusal of whoever is not believed; the reason is the administrator's.
pub(super) fn unbelieved(why: impl Into<String>) -> Refusal {
    Refusal::SignIn(why.into())
}

impl From<provider::Error> for Refusal {
    fn from(error: provider::Error) -> Self {
        match error {
            provider::Error::Wrong(why) => Self::SignIn(why),
            provider::Error::Unavailable(why) => Self::IdentityProvider(why),
        }
    }
}

fn ways(tx: &mut Transaction<'_>, template: Option<ObjectId>) -> Result<Ways, store::Error> {
    let named = match template {
        Some(id) => tx.organization_of_template(id)?.map(|it| (it, Some(id))),
        None => None,
    };
    let (organization, only) = match named {
        Some(named) => named,
        None => {
            let found = tx.organization(Organization::DEFAULT)?;
            let found = found.ok_or(store::Error::Row("there is no organization"))?;
            let default = tx.default_template(found.id)?;
            (found.id, default)
        }
    };
    let filter = TemplateFilter {
        id: only,
        ..TemplateFilter::default()
    };
    let (mut templates, _) = tx.templates(organization, None, &filter, TEMPLATES, 0)?;
    templates.sort_by_key(|found| found.template.id);
    let providers = tx.identity_providers(organization)?;
    let offered = templates
        .iter()
        .map(|found| of(&found.template, &providers));
    let offered: Vec<Vec<Way>> = offered.filter(|ways| !ways.is_empty()).collect();
    Ok(Ways {
        organization,
        several_templates: offered.len() > 1,
        ways: offered.into_iter().flatten().collect(),
    })
}

/// The ways of one template: its providers by name, then the users of this server.
fn of(template: &Template, providers: &[StoredProvider]) -> Vec<Way> {
    let kinds = &template.body.login_provider_types;
    let alone = !kinds.contains(&LoginProviderType::Token);
    let way = |provider: Option<&StoredProvider>, kind| Way {
        template: template.id,
        template_name: template.name.clone(),
        provider: provider.map(|it| it.provider.id),
        name: provider
            .map(|it| it.provider.name.clone())
            .unwrap_or_default(),
        kind,
        automatic: template.body.allow_auto_continue && alone,
    };
    let enabled = providers.iter().filter(|it| it.provider.enabled);
    let mut ways: Vec<Way> = enabled
        .map(|it| way(Some(it), it.provider.settings.kind()))
        .filter(|way| kinds.contains(&way.kind))
        .collect();
    if kinds.contains(&LoginProviderType::Local) {
        ways.push(way(None, LoginProviderType::Local));
    }
    ways
}
