//! The groups of a user of Entra ID that the access token does not tell: Microsoft Graph is asked for them where rules name
//! groups.

use std::sync::Arc;

use crate::attempt::Learned;
use crate::entra::GraphError;
use crate::identity::Identity;

use super::Enrollment;
use super::credential::Identified;

/// What stands before a group of Entra ID.
const SOURCE: &str = "entra:";

impl Enrollment {
    /// Adds the groups that Graph tells, unless they were heard before. Where it does not tell them, what rules say of
    /// groups is unknown.
    pub(super) async fn hear_groups(&self, identified: &mut Identified, learned: &mut Learned) {
        let Some(entra) = identified.entra.clone() else {
            return;
        };
        let claims = &entra.claims;
        let heard = |it: &Identity| !it.groups.is_empty() || it.unheard.is_some();
        if identified.identity().is_some_and(heard) || !self.asks_for_groups(identified) {
            return;
        }
        let told = match self.confidential(claims.template) {
            Some(app) => self.graph.groups(&app, &claims.identity.subject).await,
            None => Err(GraphError::Application(
                "the template has no client secret".to_owned(),
            )),
        };
        let mut identity = Identity::clone(&claims.identity);
        match told {
            Ok(groups) => {
                let count = groups.len();
                learned
                    .notes
                    .push(format!("Microsoft Graph tells {count} groups of the user"));
                let named = groups.iter().map(|group| format!("{SOURCE}{group}"));
                identity.groups = named.collect();
            }
            Err(error) => {
                tracing::warn!(%error, "the groups of a user cannot be had");
                learned
                    .notes
                    .push(format!("the user's groups are unknown: {error}"));
                identity.unheard = Some(SOURCE.to_owned());
            }
        }
        identified.identity = Some(Arc::new(identity));
    }

    /// Whether the template's rules name groups of Entra ID.
    fn asks_for_groups(&self, identified: &Identified) -> bool {
        let token = &identified.token;
        let Some(id) = token.template_id else {
            return false;
        };
        let template = self
            .store
            .look(|tx| self.compiled.of(tx, token.organization_id, id));
        template.is_ok_and(|found| found.is_some_and(|it| it.names_tags(SOURCE)))
    }
}
