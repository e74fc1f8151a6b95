//! How people may sign in: the providers that a template's `loginProviderTypes` names (PRODUCT 1.2).

use crate::id::ObjectId;
use crate::organization::Organization;
use crate::provider::{self, Configured};
use crate::refusal::Refusal;
use crate::store::{self, StoredProvider, TemplateFilter, Transaction};
use crate::template::{LoginProviderType, Template};

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

    /// Its name for administrators.
    pub(super) fn called(&self) -> &str {
        match self.provider {
            Some(_) => &self.name,
            None => "the users of this server",
        }
    }
}

/// A provider that a template offers.
pub(super) struct Offered {
    pub(super) organization: ObjectId,
    pub(super) name: String,
    pub(super) configured: Configured,
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
    /// The ways of a template, none where it is gone. Without one: those of the organization that exists from the first
    /// start, by its default template or by all.
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
    pub(super) fn offered(&self, template: ObjectId, id: ObjectId) -> Result<Offered, Refusal> {
        let found = self.store.look::<_, store::Error, _>(|tx| {
            let ways = ways(tx, Some(template))?;
            let offered = ways.ways.iter().any(|way| way.provider == Some(id));
            let found = tx.identity_provider(ways.organization, id)?;
            Ok(found.filter(|_| offered))
        });
        let found = found.map_err(|error| from_store(&error))?;
        let found = found.ok_or_else(|| unbelieved("the way to sign in is not offered"))?;
        let organization = found.provider.organization_id;
        let name = found.provider.name.clone();
        let sealed = found.secret.as_deref();
        let opened = Configured::open(&self.keys, found.provider, sealed);
        Ok(Offered {
            organization,
            configured: opened.map_err(|error| refused(&name, error))?,
            name,
        })
    }
}

/// The refusal of whoever is not believed; the reason is the administrator's.
pub(super) fn unbelieved(why: impl Into<String>) -> Refusal {
    Refusal::SignIn(why.into())
}

/// The refusal when a provider of this name does not believe somebody, or cannot be asked.
pub(super) fn refused(name: &str, error: provider::Error) -> Refusal {
    match error {
        provider::Error::Wrong(why) => unbelieved(format!("{name}: {why}")),
        provider::Error::Unavailable(why) | provider::Error::Unreachable(why) => {
            Refusal::IdentityProvider(format!("{name}: {why}"))
        }
    }
}

fn ways(tx: &mut Transaction<'_>, template: Option<ObjectId>) -> Result<Ways, store::Error> {
    let (organization, only) = match template {
        // A template that is gone offers nothing: who came by its address is no affair of another organization's.
        Some(id) => match tx.organization_of_template(id)? {
            Some(organization) => (organization, Some(id)),
            None => {
                return Ok(Ways {
                    organization: default_organization(tx)?,
                    ways: Vec::new(),
                    several_templates: false,
                });
            }
        },
        None => {
            let organization = default_organization(tx)?;
            (organization, tx.default_template(organization)?)
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

fn default_organization(tx: &mut Transaction<'_>) -> Result<ObjectId, store::Error> {
    let found = tx.organization(Organization::DEFAULT)?;
    let found = found.ok_or(store::Error::Row("there is no organization"))?;
    Ok(found.id)
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
