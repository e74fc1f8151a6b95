//! Changing and duplicating templates, and giving them other tokens.

use jiff::SignedDuration;

use crate::id::ObjectId;
use crate::identity::Actor;
use crate::template::{Template, entra_secret_purpose};

use super::super::{Admin, Error};
use super::reference::refer;
use super::{ChangedTemplate, SecretChange, ShownTemplate, taken};

/// How long the old token of a template can go on beside the new one.
const GRACE: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Copies whose names are tried.
const COPIES: u32 = 1_000;

impl Admin {
    /// Changes a template; enrollments to come go by the change, devices that are there stay as they are.
    ///
    /// # Errors
    /// As [`create_template`](Self::create_template), and [`Error::Changed`] for another revision than the expected one.
    pub async fn update_template(
        &self,
        actor: &Actor,
        id: ObjectId,
        change: ChangedTemplate,
        expected: Option<i64>,
    ) -> Result<ShownTemplate, Error> {
        change.decides()?;
        let (found, _) = self.stored_template(actor, id).await?;
        let mut template = found.template;
        if expected.is_some_and(|expected| expected != template.revision) {
            return Err(Error::Changed);
        }
        let secret = match change.apply(&mut template) {
            SecretChange::Set(secret) => Some(self.seal_secret(id, &secret)),
            SecretChange::Drop => None,
            SecretChange::Keep => found.entra_secret,
        };
        if template.body.entra_id.is_some() && secret.is_none() {
            return Err(Error::invalid(
                "entraId.mobilityApp.clientSecret",
                "is the mask of a secret, and there is none yet to keep",
            ));
        }
        template.updated_at = self.clock.now();
        self.check_template(actor, &template)?;
        let changed = self
            .store
            .write(move |tx| {
                refer(tx, &template)?;
                tx.update_template(&template, secret.as_deref())
                    .map_err(taken)
            })
            .await?;
        if changed {
            self.template(actor, id).await
        } else {
            Err(Error::Changed)
        }
    }

    /// Gives a template a new token, which lasts so long or for ever. The old one ends now, or after `grace`.
    ///
    /// # Errors
    /// [`Error::NotFound`], and [`Error::Invalid`] for a longer grace than thirty days.
    pub async fn rotate_template_token(
        &self,
        actor: &Actor,
        id: ObjectId,
        lasts: Option<SignedDuration>,
        grace: SignedDuration,
    ) -> Result<ShownTemplate, Error> {
        if grace > GRACE {
            let reason = "must be between 0 and 2592000 seconds";
            return Err(Error::invalid("graceSeconds", reason));
        }
        let (found, _) = self.stored_template(actor, id).await?;
        let new = self.token_of_template(actor, &found.template, lasts);
        let now = self.clock.now();
        let until = grace.is_positive().then(|| now + grace);
        self.store
            .write::<_, Error, _>(move |tx| {
                tx.insert_token(&new)?;
                tx.set_template_token(id, Some(new.token.id), until, now)?;
                Ok(())
            })
            .await?;
        self.template(actor, id).await
    }

    /// Revokes the token of a template, which has none until the next one is made.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn revoke_template_token(
        &self,
        actor: &Actor,
        id: ObjectId,
    ) -> Result<ShownTemplate, Error> {
        self.stored_template(actor, id).await?;
        let now = self.clock.now();
        self.store
            .write::<_, Error, _>(move |tx| Ok(tx.set_template_token(id, None, None, now)?))
            .await?;
        self.template(actor, id).await
    }

    /// Makes a template that says the same under another name, with a token of its own.
    ///
    /// # Errors
    /// [`Error::NotFound`], and [`Error::Conflict`] for a name that is taken.
    pub async fn duplicate_template(
        &self,
        actor: &Actor,
        id: ObjectId,
        name: Option<String>,
    ) -> Result<ShownTemplate, Error> {
        let (found, _) = self.stored_template(actor, id).await?;
        let name = match name {
            Some(name) => name.trim().to_owned(),
            None => self.free_name(actor, &found.template.name).await?,
        };
        let copy = Template {
            name,
            description: found.template.description,
            body: found.template.body,
            segment_id: found.template.segment_id,
            ..self.empty_template(actor)
        };
        let secret = match found.entra_secret {
            Some(sealed) => {
                let opened = self.keys.open(&entra_secret_purpose(id), &sealed);
                let secret = String::from_utf8(opened.map_err(|_| Error::Sealed)?.to_vec());
                SecretChange::Set(secret.map_err(|_| Error::Sealed)?)
            }
            None => SecretChange::Drop,
        };
        let token = Some(self.token_of_template(actor, &copy, None));
        self.make_template(actor, copy, secret, token).await
    }

    /// `Kiosks (copy)`, or the next number that is free.
    async fn free_name(&self, actor: &Actor, name: &str) -> Result<String, Error> {
        let organization = actor.organization;
        // The longest number and its words need room within the 128 characters.
        let begins: String = name.chars().take(110).collect();
        self.store
            .read(move |tx| {
                for copy in 1..COPIES {
                    let name = match copy {
                        1 => format!("{begins} (copy)"),
                        _ => format!("{begins} (copy {copy})"),
                    };
                    if !tx.template_name_is_taken(organization, &name)? {
                        return Ok(name);
                    }
                }
                let message = "Conflict: there are too many copies, name this one";
                Err(Error::Conflict(message.to_owned()))
            })
            .await
    }
}
