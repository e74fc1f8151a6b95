//! The template that an installation begins with whose settings name tenants of Entra ID.

use crate::identity::Actor;
use crate::store;
use crate::template::{Body, OnNoMatch, Template};

use super::super::{Admin, Error};
use super::taken;

impl Admin {
    /// Makes a template that lets in whatever comes, where there is none: the tenants of `entra.tenants` come in by a
    /// template, and somebody who named them has said that they may.
    ///
    /// # Errors
    /// What the store says.
    pub async fn template_for_tenants(&self) -> Result<(), Error> {
        let actor = Actor::local(self.default_organization().await?);
        let organization = actor.organization;
        let oldest = self
            .store
            .look::<_, store::Error, _>(|tx| tx.oldest_template(organization))?;
        if oldest.is_some() {
            return Ok(());
        }
        let template = Template {
            name: "Entra ID".to_owned(),
            description: Some("Lets in the devices of the tenants in entra.tenants.".to_owned()),
            body: Body {
                on_no_match: OnNoMatch::Enroll,
                ..Body::default()
            },
            ..self.empty_template(&actor)
        };
        let (id, now) = (template.id, template.created_at);
        let token = self.token_of_template(&actor, &template, None);
        self.store
            .write(move |tx| {
                tx.insert_template(&template, None).map_err(taken)?;
                tx.insert_token(&token)?;
                tx.set_template_token(id, Some(token.token.id), None, now)?;
                Ok::<_, Error>(())
            })
            .await?;
        tracing::info!(template = %id, "made the template \"Entra ID\" for the tenants in entra.tenants");
        Ok(())
    }
}
