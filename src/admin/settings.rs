//! Settings of the organization, each of which may be left to its default.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::identity::Actor;
use crate::language::Language;
use crate::store;
use crate::violation::Violations;

use super::segment::whole;
use super::{Admin, Error};

/// The settings of an organization; null: the default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Settings {
    /// Where people find help, for the pages and mails that they see.
    pub support_contact: Option<String>,
    /// The language of whoever names none.
    pub default_language: Option<Language>,
    /// What the enrollment is called on the device.
    pub enrollment_display_name: Option<String>,
    /// The template of whoever names none.
    pub default_template_id: Option<ObjectId>,
    /// Counts their changes.
    #[serde(skip)]
    #[schema(ignore)]
    pub revision: i64,
}

/// What is to be changed of the settings; none: it stays, none inside: back to the default.
#[derive(Debug, Clone, Default)]
pub struct UpdateSettings {
    /// Where people find help.
    pub support_contact: Option<Option<String>>,
    /// The language of whoever names none.
    pub default_language: Option<Option<Language>>,
    /// What the enrollment is called on the device.
    pub enrollment_display_name: Option<Option<String>>,
    /// The template of whoever names none.
    pub default_template_id: Option<Option<ObjectId>>,
}

const CONTACT: usize = 256;
const NAME: usize = 128;

impl UpdateSettings {
    fn check(&self) -> Result<(), Error> {
        let text = |wish: &Option<Option<String>>| wish.clone().flatten().unwrap_or_default();
        let mut faults = Violations::new();
        faults.at_most("supportContact", &text(&self.support_contact), CONTACT);
        let name = text(&self.enrollment_display_name);
        faults.at_most("enrollmentDisplayName", &name, NAME);
        Ok(faults.into_result()?)
    }

    fn apply(self, settings: &mut Settings) {
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        if let Some(contact) = self.support_contact {
            settings.support_contact = some(contact);
        }
        if let Some(language) = self.default_language {
            settings.default_language = language;
        }
        if let Some(name) = self.enrollment_display_name {
            settings.enrollment_display_name = some(name);
        }
        if let Some(template) = self.default_template_id {
            settings.default_template_id = template;
        }
    }
}

impl Admin {
    /// The settings of the actor's organization.
    ///
    /// # Errors
    /// What the store says.
    pub async fn settings(&self, actor: &Actor) -> Result<Settings, Error> {
        let organization = actor.organization;
        let found = self
            .store
            .read::<_, store::Error, _>(move |tx| tx.organization_settings(organization))
            .await?;
        let (settings, revision) = found.ok_or(Error::NotFound("organization"))?;
        Ok(Settings {
            revision,
            ..settings
        })
    }

    /// Changes what is named of the settings, if they still have the revision `expected`.
    ///
    /// # Errors
    /// [`Error::Changed`] for another revision, [`Error::Forbidden`] for an actor with some segments alone.
    pub async fn update_settings(
        &self,
        actor: &Actor,
        wish: UpdateSettings,
        expected: Option<i64>,
    ) -> Result<Settings, Error> {
        whole(actor)?;
        wish.check()?;
        let organization = actor.organization;
        self.store
            .write::<_, Error, _>(move |tx| {
                let found = tx.organization_settings(organization)?;
                let found: Option<(Settings, i64)> = found;
                let (mut settings, read) = found.ok_or(Error::NotFound("organization"))?;
                if expected.is_some_and(|expected| expected != read) {
                    return Err(Error::Changed);
                }
                if let Some(Some(template)) = wish.default_template_id
                    && tx.template(organization, template)?.is_none()
                {
                    return Err(Error::NotFound("template"));
                }
                wish.apply(&mut settings);
                if !tx.update_organization_settings(organization, &settings, read)? {
                    return Err(Error::Changed);
                }
                settings.revision = read + 1;
                Ok(settings)
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_stays_and_what_is_emptied_goes_back_to_its_default() {
        let mut settings = Settings {
            support_contact: Some("it@contoso.example".to_owned()),
            default_language: Some(Language::Es),
            ..Settings::default()
        };
        let wish = UpdateSettings {
            default_language: Some(None),
            enrollment_display_name: Some(Some("Contoso".to_owned())),
            ..UpdateSettings::default()
        };
        wish.apply(&mut settings);
        assert_eq!(
            settings.support_contact.as_deref(),
            Some("it@contoso.example")
        );
        assert_eq!(settings.default_language, None);
        assert_eq!(settings.enrollment_display_name.as_deref(), Some("Contoso"));
    }
}
