//! Signing in elsewhere: what goes along with a person who leaves for an identity provider, and what comes back.
//!
//! Nothing is stored while they are away: the browser carries a sealed cookie, and whoever returns without it, or a
//! second time, or to another walk, is not the one who left.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::id::ObjectId;
use crate::identity::Identity;
use crate::provider::{Addresses, Answer, Away, Pending};
use crate::refusal::Refusal;
use crate::secret::Secret;
use crate::store;

use super::credential::Person;
use super::ways::{refused, unbelieved};
use super::{Enrollment, from_store};

/// How long somebody may be away, and how long a proof may be shown to the page that asks.
pub const AWAY: SignedDuration = SignedDuration::from_mins(10);

/// Somebody who left, as the cookie says that came back.
#[derive(Debug, Serialize, Deserialize)]
pub struct Left {
    provider: ObjectId,
    /// The template of the way that they took.
    pub template: ObjectId,
    /// The walk.
    pub attempt: ObjectId,
    /// Where Windows expects the result.
    pub appru: String,
    pending: Pending,
    ends: Timestamp,
}

/// What a proof says.
#[derive(Serialize, Deserialize)]
struct Proof {
    organization: ObjectId,
    template: ObjectId,
    attempt: ObjectId,
    identity: Identity,
    ends: Timestamp,
}

impl Enrollment {
    /// Where somebody is sent who takes a way elsewhere, and the cookie that goes along. `again`: the last try failed, and
    /// whatever session the provider has with the browser is not to be gone by.
    ///
    /// # Errors
    /// [`Refusal::SignIn`] for a way that is not offered, [`Refusal::IdentityProvider`] when it cannot be asked.
    pub async fn leave(
        &self,
        (template, provider): (ObjectId, ObjectId),
        attempt: ObjectId,
        appru: &str,
        again: bool,
    ) -> Result<(Away, Secret), Refusal> {
        self.takes_devices()?;
        let offered = self.offered(template, provider)?;
        let addresses = self.provider_addresses(provider);
        let begun = self
            .providers
            .begin(&offered.configured, &addresses, again)
            .await;
        let (away, pending) = begun.map_err(|error| refused(&offered.name, error))?;
        let left = Left {
            provider,
            template,
            attempt,
            appru: appru.to_owned(),
            pending,
            ends: self.clock.now() + AWAY,
        };
        Ok((away, self.sealed("sign-in.left", &left)))
    }

    /// Who left with a cookie, however long ago.
    pub fn left(&self, cookie: &str) -> Option<Left> {
        self.unsealed("sign-in.left", cookie)
    }

    /// Who came back from a provider: the proof for [`super::Brought::proof`].
    ///
    /// # Errors
    /// [`Refusal::SignIn`] when it is not who left, or is not believed.
    pub async fn come_back(
        &self,
        left: &Left,
        provider: ObjectId,
        answer: &Answer,
    ) -> Result<Secret, Refusal> {
        self.takes_devices()?;
        let now = self.clock.now();
        if left.provider != provider || left.ends <= now {
            return Err(unbelieved("it left for another provider, or long ago"));
        }
        let offered = self.offered(left.template, provider)?;
        // The state counts once, whatever becomes of it.
        self.once(&format!("state:{}", left.pending.state), left.ends)
            .await?;
        let addresses = self.provider_addresses(provider);
        let proved = self
            .providers
            .finish(&offered.configured, &addresses, &left.pending, answer)
            .await
            .map_err(|error| refused(&offered.name, error))?;
        if let Some((what, until)) = &proved.once {
            self.once(&format!("{provider}:{what}"), *until).await?;
        }
        let person = Person {
            organization: offered.organization,
            template: left.template,
            identity: Arc::new(proved.identity),
        };
        Ok(self.proof(&person, left.attempt))
    }

    /// The addresses that a provider is told.
    pub fn provider_addresses(&self, provider: ObjectId) -> Addresses {
        let base = format!("{}/{provider}", self.settings.addresses.sign_in);
        Addresses {
            callback: format!("{base}/callback"),
            assertion_consumer: format!("{base}/acs"),
            entity_id: format!("{base}/metadata"),
        }
    }

    async fn once(&self, what: &str, until: Timestamp) -> Result<(), Refusal> {
        let lookup = self.keys.lookup("spent", what.as_bytes());
        let now = self.clock.now();
        let work = move |tx: &mut store::Transaction<'_>| tx.spend_once(&lookup, until, now);
        let spent = self.store.write::<_, store::Error, _>(work).await;
        match spent.map_err(|error| from_store(&error))? {
            true => Ok(()),
            false => Err(unbelieved("what came back was shown before")),
        }
    }

    /// The proof of who somebody is, for the page that asks further.
    pub(super) fn proof(&self, person: &Person, attempt: ObjectId) -> Secret {
        let proof = Proof {
            organization: person.organization,
            template: person.template,
            attempt,
            identity: Identity::clone(&person.identity),
            ends: self.clock.now() + AWAY,
        };
        self.sealed("sign-in.proof", &proof)
    }

    /// Who a proof names, in the walk that it was made in.
    pub(super) fn proved(&self, text: &str, attempt: ObjectId) -> Option<Person> {
        let proof: Proof = self.unsealed("sign-in.proof", text)?;
        let counts = proof.attempt == attempt && self.clock.now() < proof.ends;
        counts.then(|| Person {
            organization: proof.organization,
            template: proof.template,
            identity: Arc::new(proof.identity),
        })
    }

    pub(super) fn sealed(&self, purpose: &str, value: &impl Serialize) -> Secret {
        let text = serde_json::to_vec(value).unwrap_or_default();
        Secret::new(URL_SAFE_NO_PAD.encode(self.keys.seal(purpose, &text)))
    }

    pub(super) fn unsealed<T: DeserializeOwned>(&self, purpose: &str, text: &str) -> Option<T> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let text = self.keys.open(purpose, &sealed).ok()?;
        serde_json::from_slice(&text).ok()
    }
}
