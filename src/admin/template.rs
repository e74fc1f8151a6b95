//! Making, showing and deleting enrollment templates.

mod change;
mod evaluate;
mod first;
mod link;
mod package;
mod reference;
mod shown;
mod wish;

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::identity::Actor;
use crate::store::{self, SealedToken, StoredTemplate, TemplateFilter, Transaction};
use crate::template::{self, Body, Template, entra_secret_purpose};
use crate::violation::Violations;

use super::{Admin, Error, Page, PageWish};

use self::reference::{refer, segments_around};

pub use self::evaluate::{
    Evaluation, GivenFacts, ShownEffects, Told, WishedEvaluation, WishedFacts,
};
pub use self::link::DeepLink;
pub use self::package::{Package, WishedPackage, WishedWifi};
pub use self::reference::ExpandTo;
pub use self::shown::{ShownEntra, ShownMobilityApp, ShownTemplate, TokenOfTemplate};
pub use self::wish::{ChangedTemplate, WishedEntra, WishedMobilityApp, WishedRule, WishedTemplate};

/// What becomes of the secret of an Entra application.
enum SecretChange {
    Keep,
    Set(String),
    Drop,
}

impl Admin {
    /// Makes a template with the token that it owns.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the values that are not acceptable, [`Error::NotFound`] a policy or segment that is not
    /// there, [`Error::Conflict`] a name that is taken.
    pub async fn create_template(
        &self,
        actor: &Actor,
        wish: WishedTemplate,
    ) -> Result<ShownTemplate, Error> {
        let change = wish.into_change();
        change.decides()?;
        let mut template = self.empty_template(actor);
        let secret = change.apply(&mut template);
        let token = Some(self.token_of_template(actor, &template, None));
        self.make_template(actor, template, secret, token).await
    }

    /// Makes a template of a name alone, as a Graph profile is one: without rules, and without a token unless
    /// `token_until` lies ahead.
    ///
    /// # Errors
    /// As [`create_template`](Self::create_template).
    pub async fn create_profile(
        &self,
        actor: &Actor,
        name: String,
        description: Option<String>,
        token_until: Option<Timestamp>,
    ) -> Result<ShownTemplate, Error> {
        let mut template = self.empty_template(actor);
        name.trim().clone_into(&mut template.name);
        template.description = description.filter(|text| !text.is_empty());
        let lasts = token_until.map(|end| end.duration_since(template.created_at));
        let token = lasts
            .filter(|lasts| lasts.is_positive())
            .map(|lasts| self.token_of_template(actor, &template, Some(lasts)));
        let secret = SecretChange::Keep;
        self.make_template(actor, template, secret, token).await
    }

    fn empty_template(&self, actor: &Actor) -> Template {
        let now = self.clock.now();
        Template {
            id: ObjectId::generate(now),
            organization_id: actor.organization,
            name: String::new(),
            description: None,
            body: Body::default(),
            segment_id: 0,
            token_id: None,
            created_at: now,
            updated_at: now,
            revision: 1,
        }
    }

    async fn make_template(
        &self,
        actor: &Actor,
        template: Template,
        secret: SecretChange,
        token: Option<store::NewToken>,
    ) -> Result<ShownTemplate, Error> {
        self.check_template(actor, &template)?;
        let secret = match secret {
            SecretChange::Set(secret) => Some(self.seal_secret(template.id, &secret)),
            SecretChange::Keep if template.body.entra_id.is_some() => {
                return Err(Error::invalid(
                    "entraId.mobilityApp.clientSecret",
                    "is the mask of a secret, and there is none yet to keep",
                ));
            }
            SecretChange::Keep | SecretChange::Drop => None,
        };
        let (id, now) = (template.id, template.created_at);
        self.store
            .write(move |tx| {
                refer(tx, &template)?;
                tx.insert_template(&template, secret.as_deref())
                    .map_err(taken)?;
                if let Some(token) = token {
                    tx.insert_token(&token)?;
                    tx.set_template_token(id, Some(token.token.id), None, now)?;
                }
                Ok::<_, Error>(())
            })
            .await?;
        self.template(actor, id).await
    }

    /// A page of the templates that the actor sees.
    ///
    /// # Errors
    /// What the store says.
    pub async fn templates(
        &self,
        actor: &Actor,
        filter: TemplateFilter,
        around: Option<(u32, Option<ExpandTo>)>,
        page: PageWish,
    ) -> Result<Page<ShownTemplate>, Error> {
        let part = (page.limit(), page.offset());
        let (shown, total) = self.some_templates(actor, filter, around, part).await?;
        Ok(page.of(shown, total))
    }

    /// So many of the templates that the actor sees, from an offset, and how many they are in all.
    ///
    /// # Errors
    /// What the store says.
    pub async fn some_templates(
        &self,
        actor: &Actor,
        mut filter: TemplateFilter,
        around: Option<(u32, Option<ExpandTo>)>,
        (limit, offset): (u32, i64),
    ) -> Result<(Vec<ShownTemplate>, u64), Error> {
        let (organization, segments) = (actor.organization, actor.segments.listed());
        let (found, total) = self
            .store
            .read::<_, store::Error, _>(move |tx| {
                if let Some((segment, expand)) = around {
                    filter.segments = Some(segments_around(tx, organization, segment, expand)?);
                }
                let segments = segments.as_deref();
                let (found, total) =
                    tx.templates(organization, segments, &filter, limit, offset)?;
                let found = found.into_iter().map(|found| with_beside(tx, found));
                Ok((found.collect::<Result<Vec<_>, _>>()?, total))
            })
            .await?;
        let shown: Result<Vec<_>, Error> = found
            .into_iter()
            .map(|(found, beside)| self.show_template(actor, found, beside))
            .collect();
        Ok((shown?, total))
    }

    /// A template that the actor sees.
    ///
    /// # Errors
    /// [`Error::NotFound`] for any other.
    pub async fn template(&self, actor: &Actor, id: ObjectId) -> Result<ShownTemplate, Error> {
        let (found, beside) = self.stored_template(actor, id).await?;
        self.show_template(actor, found, beside)
    }

    async fn stored_template(
        &self,
        actor: &Actor,
        id: ObjectId,
    ) -> Result<(StoredTemplate, Beside), Error> {
        let organization = actor.organization;
        let found = self.store.read::<_, store::Error, _>(move |tx| {
            let found = tx.template(organization, id)?;
            found.map(|found| with_beside(tx, found)).transpose()
        });
        found
            .await?
            .filter(|(found, _)| actor.segments.contain(found.template.segment_id))
            .ok_or(Error::NotFound("template"))
    }

    /// Deletes a template and revokes its token; the devices that enrolled by it stay.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn delete_template(
        &self,
        actor: &Actor,
        id: ObjectId,
    ) -> Result<ShownTemplate, Error> {
        let shown = self.template(actor, id).await?;
        let (organization, now) = (actor.organization, self.clock.now());
        self.store
            .write::<_, store::Error, _>(move |tx| {
                tx.set_template_token(id, None, None, now)?;
                tx.delete_template(organization, id, now)
            })
            .await?;
        Ok(shown)
    }

    fn show_template(
        &self,
        actor: &Actor,
        found: StoredTemplate,
        beside: Beside,
    ) -> Result<ShownTemplate, Error> {
        let token = beside.token.map(|token| self.open(actor, token));
        let (token, devices) = (token.transpose()?, beside.devices);
        Ok(ShownTemplate::new(found, devices, token, &self.web_url))
    }

    fn check_template(&self, actor: &Actor, template: &Template) -> Result<(), Error> {
        let mut faults = Violations::new();
        let description = template.description.as_deref();
        template::check(&template.name, description, &template.body, &mut faults);
        faults.into_result()?;
        self.may_write_in(actor, template.segment_id)?;
        let rules = template.body.rules.iter();
        for segment in rules.filter_map(|rule| rule.segment_id) {
            self.may_write_in(actor, segment)?;
        }
        Ok(())
    }

    fn seal_secret(&self, template: ObjectId, secret: &str) -> Vec<u8> {
        self.keys
            .seal(&entra_secret_purpose(template), secret.as_bytes())
    }
}

/// What is shown beside a template.
struct Beside {
    token: Option<SealedToken>,
    /// Devices that enrolled by it and have not left.
    devices: u64,
}

fn with_beside(
    tx: &mut Transaction<'_>,
    found: StoredTemplate,
) -> Result<(StoredTemplate, Beside), store::Error> {
    let token = match found.template.token_id {
        Some(token) => tx.sealed_token(token)?,
        None => None,
    };
    let devices = tx.present_devices_of_template(found.template.id)?;
    Ok((found, Beside { token, devices }))
}

fn taken(error: store::Error) -> Error {
    match error {
        store::Error::Conflict => Error::Conflict("Conflict: the name is taken".to_owned()),
        other => other.into(),
    }
}
