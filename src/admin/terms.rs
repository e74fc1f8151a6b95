//! Terms of use: added, never changed, and who accepted them.

use crate::identity::Actor;
use crate::store;
use crate::terms::{Acceptance, Terms, Texts};
use crate::violation::Violations;

use super::segment::whole;
use super::{Admin, Error, Page, PageWish};

/// Characters of a text.
const TEXT: usize = 20_000;

impl Admin {
    /// A page of the versions of an organization's terms, the latest first.
    ///
    /// # Errors
    /// What the store says.
    pub async fn terms(&self, actor: &Actor, page: PageWish) -> Result<Page<Terms>, Error> {
        let (organization, limit, offset) = (actor.organization, page.limit(), page.offset());
        let (items, total) = self
            .store
            .read::<_, store::Error, _>(move |tx| {
                let items = tx.terms(organization, limit, offset)?;
                Ok((items, tx.count_terms(organization)?))
            })
            .await?;
        Ok(page.of(items, total))
    }

    /// Adds a version: whoever signs in on the page from now on is asked for it. Without a text nobody is asked.
    ///
    /// # Errors
    /// [`Error::Invalid`] for texts that are too long, [`Error::Forbidden`] for an actor with some segments alone.
    pub async fn add_terms(&self, actor: &Actor, texts: Texts) -> Result<Terms, Error> {
        whole(actor)?;
        let mut faults = Violations::new();
        for (path, text) in [("texts.en", &texts.en), ("texts.es", &texts.es)] {
            faults.at_most(path, text.as_deref().unwrap_or_default(), TEXT);
        }
        faults.into_result()?;
        let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let texts = Texts {
            en: some(texts.en),
            es: some(texts.es),
        };
        let (organization, now) = (actor.organization, self.clock.now());
        let added = self
            .store
            .write::<_, store::Error, _>(move |tx| tx.add_terms(organization, texts, now));
        Ok(added.await?)
    }

    /// A page of who accepted which version, the latest first.
    ///
    /// # Errors
    /// What the store says; [`Error::Forbidden`] for an actor with some segments alone.
    pub async fn acceptances(
        &self,
        actor: &Actor,
        page: PageWish,
    ) -> Result<Page<Acceptance>, Error> {
        whole(actor)?;
        let (organization, limit, offset) = (actor.organization, page.limit(), page.offset());
        let (items, total) = self
            .store
            .read::<_, store::Error, _>(move |tx| {
                let items = tx.acceptances(organization, limit, offset)?;
                Ok((items, tx.count_acceptances(organization)?))
            })
            .await?;
        Ok(page.of(items, total))
    }
}
