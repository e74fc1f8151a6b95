//! Making, showing, changing, testing and deleting identity providers. Their secrets go in and never come out.

mod wish;

use crate::id::ObjectId;
use crate::identity::{Actor, IdentityProvider};
use crate::provider::{Configured, Providers, seal};
use crate::store::{self, StoredProvider};

use super::segment::whole;
use super::{Admin, Error, Page, PageWish};

pub use self::wish::{CreateIdentityProvider, TestedProvider, UpdateIdentityProvider};

/// Identity providers of an organization at most: a page offers them all.
const MOST: usize = 50;

impl Admin {
    /// Makes an identity provider.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the values that are not acceptable, [`Error::Conflict`] a name that is taken, and more
    /// than 50 of them; [`Error::Forbidden`] for a key that does not reach the whole organization.
    pub async fn create_identity_provider(
        &self,
        actor: &Actor,
        wish: CreateIdentityProvider,
    ) -> Result<IdentityProvider, Error> {
        whole(actor)?;
        let now = self.clock.now();
        let (provider, secret) = wish.make(actor.organization, now)?;
        wish::check(&provider, secret.as_ref())?;
        let stored = StoredProvider {
            secret: secret.map(|secret| seal(&self.keys, provider.id, &secret)),
            provider,
        };
        self.store
            .write::<_, Error, _>(move |tx| {
                let there = tx.identity_providers(stored.provider.organization_id)?;
                if there.len() >= MOST {
                    let message =
                        format!("Conflict: an organization has {MOST} identity providers at most");
                    return Err(Error::Conflict(message));
                }
                tx.insert_identity_provider(&stored).map_err(taken)?;
                Ok(stored.provider)
            })
            .await
    }

    /// A page of the organization's identity providers, by name: those with `part` in it.
    ///
    /// # Errors
    /// What the store says.
    pub async fn identity_providers(
        &self,
        actor: &Actor,
        part: Option<String>,
        page: PageWish,
    ) -> Result<Page<IdentityProvider>, Error> {
        let organization = actor.organization;
        let found = self
            .store
            .read::<_, store::Error, _>(move |tx| tx.identity_providers(organization))
            .await?;
        let part = part.unwrap_or_default().to_lowercase();
        let mut found: Vec<_> = found.into_iter().map(|it| it.provider).collect();
        found.retain(|it| it.name.to_lowercase().contains(&part));
        let total = u64::try_from(found.len()).unwrap_or(u64::MAX);
        let before = usize::try_from(page.offset()).unwrap_or(usize::MAX);
        let limit = usize::try_from(page.limit()).unwrap_or(usize::MAX);
        let found = found.into_iter().skip(before).take(limit).collect();
        Ok(page.of(found, total))
    }

    /// An identity provider of the organization.
    ///
    /// # Errors
    /// [`Error::NotFound`] for any other.
    pub async fn identity_provider(
        &self,
        actor: &Actor,
        id: ObjectId,
    ) -> Result<IdentityProvider, Error> {
        Ok(self.stored_provider(actor, id).await?.provider)
    }

    /// Changes an identity provider; the next sign-in goes by the change.
    ///
    /// # Errors
    /// As [`create_identity_provider`](Self::create_identity_provider), and [`Error::Changed`] when it is not of the
    /// expected revision.
    pub async fn update_identity_provider(
        &self,
        actor: &Actor,
        id: ObjectId,
        wish: UpdateIdentityProvider,
        expected: Option<i64>,
    ) -> Result<IdentityProvider, Error> {
        whole(actor)?;
        let mut stored = self.stored_provider(actor, id).await?;
        if expected.is_some_and(|expected| expected != stored.provider.revision) {
            return Err(Error::Changed);
        }
        match wish.apply(&mut stored.provider, self.clock.now())? {
            None => {}
            Some(secret) if secret.is_empty() => stored.secret = None,
            Some(secret) => stored.secret = Some(seal(&self.keys, id, &secret)),
        }
        stored.provider.has_secret = stored.secret.is_some();
        wish::check(&stored.provider, None)?;
        let changed = self
            .store
            .write(move |tx| tx.update_identity_provider(&stored).map_err(taken))
            .await?;
        if changed {
            self.identity_provider(actor, id).await
        } else {
            Err(Error::Changed)
        }
    }

    /// Asks an identity provider whether it can be asked: it is bound to, or its metadata is fetched, anew.
    ///
    /// # Errors
    /// [`Error::NotFound`], and [`Error::Forbidden`] for a key that does not reach the whole organization.
    pub async fn test_identity_provider(
        &self,
        actor: &Actor,
        id: ObjectId,
    ) -> Result<TestedProvider, Error> {
        whole(actor)?;
        let stored = self.stored_provider(actor, id).await?;
        let sealed = stored.secret.as_deref();
        let tested = match Configured::open(&self.keys, stored.provider, sealed) {
            // What an earlier sign-in learned of it counts for nothing here.
            Ok(provider) => Providers::new(self.clock.clone()).test(&provider).await,
            Err(error) => Err(error),
        };
        Ok(TestedProvider::from(tested))
    }

    /// Deletes an identity provider. Nobody can sign in by it any more; who enrolled stays.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Changed`] when it is not of the expected revision, and [`Error::Forbidden`] for a key
    /// that does not reach the whole organization.
    pub async fn delete_identity_provider(
        &self,
        actor: &Actor,
        id: ObjectId,
        expected: Option<i64>,
    ) -> Result<IdentityProvider, Error> {
        whole(actor)?;
        let provider = self.identity_provider(actor, id).await?;
        if expected.is_some_and(|expected| expected != provider.revision) {
            return Err(Error::Changed);
        }
        let organization = actor.organization;
        self.store
            .write::<_, store::Error, _>(move |tx| tx.delete_identity_provider(organization, id))
            .await?;
        Ok(provider)
    }

    async fn stored_provider(&self, actor: &Actor, id: ObjectId) -> Result<StoredProvider, Error> {
        let organization = actor.organization;
        self.store
            .read::<_, store::Error, _>(move |tx| tx.identity_provider(organization, id))
            .await?
            .ok_or(Error::NotFound("identity provider"))
    }
}

fn taken(error: store::Error) -> Error {
    match error {
        store::Error::Conflict => Error::Conflict("Conflict: the name is taken".to_owned()),
        other => other.into(),
    }
}
