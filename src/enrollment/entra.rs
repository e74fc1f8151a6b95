//! Devices that Entra ID sends (ENTRA 1): the template whose application their access token was made for lets them in, by
//! its own token.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::entra::{self, VerifiedClaims};
use crate::id::ObjectId;
use crate::identity::Identity;
use crate::organization::Organization;
use crate::protocol::enrollment::decode_header_token;
use crate::refusal::Refusal;
use crate::store::{self, SignIn, Transaction};

use super::credential::{Identified, Person};
use super::{Enrollment, from_store};

/// An access token of Entra ID that was verified.
#[derive(Debug, Clone)]
pub(super) struct ShownEntra {
    pub(super) claims: Arc<VerifiedClaims>,
    /// Keyed hash of what is signed.
    pub(super) lookup: [u8; 32],
}

impl Enrollment {
    /// Verifies an access token of Entra ID: the text of the header is the base64 of its compact form (ENTRA 4).
    pub(super) async fn entra_token(&self, text: &str) -> Result<ShownEntra, Refusal> {
        let damaged = || Refusal::Security("the token is not base64".to_owned());
        let bytes = decode_header_token(text).map_err(|_| damaged())?;
        let token = String::from_utf8(bytes).map_err(|_| damaged())?;
        self.entra_compact(&token).await
    }

    /// Verifies an access token in its compact form.
    pub(super) async fn entra_compact(&self, token: &str) -> Result<ShownEntra, Refusal> {
        let applications = self.store.look(|tx| tx.entra_applications());
        let applications: Vec<_> = applications
            .map_err(|error| from_store(&error))?
            .into_iter()
            .map(|found| entra::Application {
                organization: found.organization_id,
                template: found.id,
                tenant_id: found.application.tenant_id,
                client_id: found.application.client_id,
            })
            .collect();
        let default = self.default_application()?;
        if applications.is_empty() && default.is_none() {
            return Err(Refusal::CredentialKind("an Entra ID token"));
        }
        let verified = self.entra.verify(token, &applications, default.as_ref());
        let verified = verified.await;
        let claims = verified.map_err(|error| match error {
            entra::Error::Unavailable => Refusal::IdentityProvider(error.to_string()),
            _ => Refusal::EntraToken(error.to_string()),
        })?;
        let signed = token.rsplit_once('.').map_or("", |(signed, _)| signed);
        Ok(ShownEntra {
            claims: Arc::new(claims),
            lookup: self.keys.lookup("entra-token", signed.as_bytes()),
        })
    }
}

impl Enrollment {
    /// What tenants come in by that the settings name and no template: the organization that exists from the first start,
    /// by its default template, else its oldest one.
    fn default_application(&self) -> Result<Option<entra::Application>, Refusal> {
        if !self.entra.names_tenants() {
            return Ok(None);
        }
        let found = self.store.look::<_, store::Error, _>(|tx| {
            let Some(organization) = tx.organization(Organization::DEFAULT)? else {
                return Ok(None);
            };
            let template = match tx.default_template(organization.id)? {
                Some(template) => Some(template),
                None => tx.oldest_template(organization.id)?,
            };
            Ok(template.map(|template| entra::Application {
                organization: organization.id,
                template,
                tenant_id: String::new(),
                client_id: String::new(),
            }))
        });
        found.map_err(|error| from_store(&error))
    }
}

impl ShownEntra {
    /// The template's token, and the device that came with this access token before.
    pub(super) fn identify(
        &self,
        tx: &mut Transaction<'_>,
    ) -> Result<Option<Identified>, store::Error> {
        let person = Person {
            organization: self.claims.organization,
            template: self.claims.template,
            identity: Arc::new(self.claims.identity.clone()),
        };
        let Some(identified) = person.identify(tx)? else {
            return Ok(None);
        };
        Ok(Some(Identified {
            sign_in: tx.sign_in(&self.lookup)?,
            entra: Some(self.clone()),
            ..identified
        }))
    }
}

impl Identified {
    /// Who it is, as an identity provider proved it.
    pub(super) fn identity(&self) -> Option<&Identity> {
        self.identity.as_deref()
    }

    /// Fails where Entra ID signed for another device than the one that asks: `deviceid` against the item `DeviceID`.
    pub(super) fn is_of(&self, device: Option<&str>) -> Result<(), Refusal> {
        let signed = self
            .entra
            .as_ref()
            .and_then(|it| it.claims.device.as_deref());
        match (signed.map(plain), device.map(plain)) {
            (Some(signed), Some(device)) if signed != device => Err(Refusal::EntraToken(
                "its device (deviceid) is not the one that asks (DeviceID)".to_owned(),
            )),
            _ => Ok(()),
        }
    }

    /// The sign-in that an access token becomes when it is spent first, with its keyed hash: no second device comes in by
    /// the same one (SECURITY T71).
    pub(super) fn first_sign_in(
        &self,
        now: Timestamp,
        lasting: SignedDuration,
    ) -> Option<(SignIn, [u8; 32])> {
        let entra = self.entra.as_ref().filter(|_| self.sign_in.is_none())?;
        let sign_in = SignIn {
            id: ObjectId::generate(now),
            token_id: self.token.id,
            email: self.owner.clone(),
            identity: self.identity().cloned(),
            answers: Vec::new(),
            expires_at: now + lasting,
            device_id: None,
        };
        Some((sign_in, entra.lookup))
    }
}

/// An identifier without dashes and case.
fn plain(text: &str) -> String {
    let text = text.chars().filter(|letter| letter.is_alphanumeric());
    text.collect::<String>().to_lowercase()
}
