//! Devices that Entra ID sends (ENTRA 1): the template whose application their access token was made for lets them in, by
//! its own token.

use jiff::{SignedDuration, Timestamp};

use crate::entra::VerifiedClaims;
use crate::id::ObjectId;
use crate::refusal::Refusal;
use crate::rule::{Facts, Trust};
use crate::store::{self, SignIn, Transaction};

use super::credential::{Identified, ShownEntra};

impl ShownEntra {
    /// The template's token, and the device that came with this access token before.
    pub(super) fn identify(
        &self,
        tx: &mut Transaction<'_>,
    ) -> Result<Option<Identified>, store::Error> {
        let organization = self.claims.organization;
        let Some(found) = tx.template(organization, self.claims.template)? else {
            return Ok(None);
        };
        let Some(id) = found.template.token_id else {
            return Ok(None);
        };
        let Some(mut token) = tx.token(id)? else {
            return Ok(None);
        };
        let owner = self.claims.upn.clone();
        if let Some(upn) = &owner
            && let Some(user) = tx.user_by_email(organization, upn)?
        {
            token.blocked |= !user.enabled;
        }
        Ok(Some(Identified {
            owner,
            token,
            sign_in: tx.sign_in(&self.lookup)?,
            entra: Some(self.clone()),
        }))
    }
}

impl Identified {
    /// Fails where Entra ID signed for another device than the one that asks: `deviceid` against the item `DeviceID`.
    pub(super) fn is_of(&self, device: Option<&str>) -> Result<(), Refusal> {
        let signed = self.entra.as_ref().and_then(|it| it.claims.device.as_deref());
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

impl VerifiedClaims {
    /// Adds what Entra ID vouches for.
    pub(super) fn tell(&self, facts: &mut Facts) {
        for (fact, value) in [
            ("entra.tenantid", Some(&self.tenant)),
            ("entra.objectid", Some(&self.object)),
            ("entra.upn", self.upn.as_ref()),
            ("entra.deviceid", self.device.as_ref()),
        ] {
            let value = value.map(String::as_str).unwrap_or_default();
            facts.say(fact, value, Trust::Verified);
        }
        for (fact, name) in [
            ("user.firstname", &self.first_name),
            ("user.lastname", &self.last_name),
        ] {
            if facts.of(fact).is_empty() {
                facts.say(fact, name.as_deref().unwrap_or_default(), Trust::Verified);
            }
        }
        for group in &self.groups {
            facts.tag(&format!("entra:{group}"));
        }
    }
}
