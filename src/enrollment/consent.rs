//! The terms of use of a device that Entra ID sends (ENTRA 3): Windows opens our page before it enrolls, and brings the
//! proof of what was accepted there back as the context item `EnrollmentData`.
//!
//! Nothing is stored before somebody accepts: the form carries a sealed state.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::attempt::Learned;
use crate::entra::VerifiedClaims;
use crate::id::ObjectId;
use crate::language::Language;
use crate::refusal::Refusal;
use crate::secret::Secret;
use crate::store::{self, Transaction};
use crate::terms::{Acceptance, Terms};

use super::credential::Identified;
use super::{Enrollment, from_store};

/// How long the page may be read, and how long the proof is good: as long as an access token.
const LASTING: SignedDuration = SignedDuration::from_hours(1);
/// The context item in which Windows brings the proof back.
const ENROLLMENT_DATA: &str = "EnrollmentData";

/// What goes with a person through the page.
#[derive(Serialize, Deserialize)]
struct Reading {
    organization: ObjectId,
    issuer: String,
    subject: String,
    email: Option<String>,
    version: u32,
    back: Back,
    ends: Timestamp,
}

/// Where a person goes when the page is done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Back {
    /// `redirect_uri`, which was found acceptable.
    pub redirect: String,
    /// `client-request-id`.
    pub request: Option<String>,
}

/// What the proof says: who accepted which version.
#[derive(Serialize, Deserialize)]
struct Proof {
    organization: ObjectId,
    issuer: String,
    subject: String,
    version: u32,
    acceptance: Option<ObjectId>,
    ends: Timestamp,
}

/// What the page is to show.
#[derive(Debug)]
pub enum Consent {
    /// These terms; the state goes with the form.
    Asked {
        /// The organization.
        organization: ObjectId,
        /// The terms.
        terms: Box<Terms>,
        /// What the form brings back.
        state: Secret,
    },
    /// Nothing: there are no terms, and this proof says so.
    Needless(Secret),
}

/// What a person answered.
#[derive(Debug)]
pub struct Answered {
    /// Where they go.
    pub back: Back,
    /// The proof, of those who accepted.
    pub proof: Option<Secret>,
}

impl Enrollment {
    /// What somebody is asked who comes with an access token.
    ///
    /// # Errors
    /// [`Refusal::EntraToken`] for a token that is not believed, [`Refusal::IdentityProvider`] when that cannot be told.
    pub async fn ask_consent(&self, token: &str, back: Back) -> Result<Consent, Refusal> {
        let shown = self.entra_compact(token).await?;
        let VerifiedClaims {
            organization,
            identity,
            ..
        } = &*shown.claims;
        let (organization, now) = (*organization, self.clock.now());
        let latest = self.store.look(|tx| tx.latest_terms(organization));
        let latest = latest.map_err(|error| from_store(&error))?;
        let Some(terms) = latest.filter(|terms| !terms.texts.is_empty()) else {
            return Ok(Consent::Needless(self.sealed(
                "entra.consent",
                &Proof {
                    organization,
                    issuer: identity.issuer.clone(),
                    subject: identity.subject.clone(),
                    version: 0,
                    acceptance: None,
                    ends: now + LASTING,
                },
            )));
        };
        let reading = Reading {
            organization,
            issuer: identity.issuer.clone(),
            subject: identity.subject.clone(),
            email: identity.email.clone(),
            version: terms.version,
            back,
            ends: now + LASTING,
        };
        Ok(Consent::Asked {
            organization,
            terms: Box::new(terms),
            state: self.sealed("entra.terms", &reading),
        })
    }

    /// Takes the answer of somebody who was asked, and keeps on record that they accepted.
    ///
    /// # Errors
    /// [`Refusal::TermsOfUse`] for a state that is not ours or ended.
    pub async fn consent(
        &self,
        state: &str,
        accepted: bool,
        language: Language,
        address: Option<IpAddr>,
    ) -> Result<Answered, Refusal> {
        let now = self.clock.now();
        let reading: Option<Reading> = self.unsealed("entra.terms", state);
        let reading = reading.filter(|it| now < it.ends);
        let reading = reading.ok_or_else(|| Refusal::TermsOfUse("the page is too old".into()))?;
        let Reading {
            organization,
            issuer,
            subject,
            version,
            back,
            ..
        } = reading;
        if !accepted {
            return Ok(Answered { back, proof: None });
        }
        let acceptance = Acceptance {
            id: ObjectId::generate(now),
            version,
            token_id: None,
            email: reading.email,
            subject: Some(format!("{subject} of {issuer}")),
            attempt_id: None,
            remote: address.map(|address| address.to_string()),
            language,
            accepted_at: now,
        };
        let id = acceptance.id;
        let work = move |tx: &mut Transaction<'_>| tx.insert_acceptance(organization, &acceptance);
        let kept = self.store.write::<_, store::Error, _>(work).await;
        kept.map_err(|error| from_store(&error))?;
        let proof = Proof {
            organization,
            issuer,
            subject,
            version,
            acceptance: Some(id),
            ends: now + LASTING,
        };
        Ok(Answered {
            back,
            proof: Some(self.sealed("entra.consent", &proof)),
        })
    }

    /// Fails where somebody comes by Entra ID without having accepted the terms of use that there are, or with the proof
    /// of somebody else.
    pub(super) fn has_consented(
        &self,
        identified: &Identified,
        items: &[(String, String)],
        learned: &mut Learned,
    ) -> Result<(), Refusal> {
        let (Some(identity), true) = (identified.identity(), identified.entra.is_some()) else {
            return Ok(());
        };
        let refused = |why: &str| Err(Refusal::TermsOfUse(why.to_owned()));
        let named = |(name, _): &&(String, String)| name.eq_ignore_ascii_case(ENROLLMENT_DATA);
        let brought = items.iter().find(named).map(|(_, value)| value.trim());
        let organization = identified.token.organization_id;
        let Some(text) = brought.filter(|text| !text.is_empty()) else {
            let latest = self.store.look(|tx| tx.latest_terms(organization));
            let latest = latest.map_err(|error| from_store(&error))?;
            let asked = latest.is_some_and(|terms| !terms.texts.is_empty());
            if asked && self.settings.require_terms {
                return refused(
                    "there are terms, and the device brings no EnrollmentData. Enter the terms of use URL in the tenant's mobility settings, or set entra.require_terms to false",
                );
            }
            return Ok(());
        };
        let Some(proof) = self.unsealed::<Proof>("entra.consent", text) else {
            return refused("EnrollmentData is not what the page gave");
        };
        if self.clock.now() >= proof.ends {
            return refused("EnrollmentData is older than an hour");
        }
        let same = proof.organization == organization
            && proof.issuer == identity.issuer
            && proof.subject == identity.subject;
        if !same {
            return refused("EnrollmentData was given to somebody else");
        }
        learned.notes.push(match (proof.version, proof.acceptance) {
            (version, Some(id)) => {
                format!("version {version} of the terms of use was accepted ({id})")
            }
            _ => "there were no terms of use to accept".to_owned(),
        });
        Ok(())
    }
}
