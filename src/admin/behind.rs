//! Lists that are read onwards from an entry, not by the number of a page: what changes meanwhile moves nothing.

use crate::device::Device;
use crate::id::ObjectId;
use crate::identity::Actor;
use crate::store;

use super::{Admin, Error, ShownToken};

/// The part of a list that stands behind an entry.
#[derive(Debug)]
pub struct Behind<T> {
    /// Its entries.
    pub items: Vec<T>,
    /// The entry behind which it goes on; none: this is the end.
    pub next: Option<ObjectId>,
}

/// A device, and what was attached to the token that let it in.
#[derive(Debug)]
pub struct DeviceOfToken {
    /// The device.
    pub device: Device,
    /// What was attached to its token.
    pub token_data: Option<String>,
}

impl<T> Behind<T> {
    /// The first `limit` of `items`, which hold one more where the list goes on.
    fn of(mut items: Vec<T>, limit: u32, id: impl Fn(&T) -> ObjectId) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        Self {
            next: items.last().filter(|_| more).map(id),
            items,
        }
    }
}

impl Admin {
    /// The tokens that may be used now, the newest first.
    ///
    /// # Errors
    /// What the store says.
    pub async fn active_tokens(
        &self,
        actor: &Actor,
        after: Option<ObjectId>,
        limit: u32,
    ) -> Result<Behind<ShownToken>, Error> {
        let (organization, segments) = (actor.organization, actor.segments.listed());
        let now = self.clock.now();
        let found = self
            .store
            .read::<_, store::Error, _>(move |tx| {
                tx.active_tokens(organization, segments.as_deref(), now, after, limit + 1)
            })
            .await?;
        let found = Behind::of(found, limit, |found| found.token.id);
        let items: Result<_, Error> = found
            .items
            .into_iter()
            .map(|token| self.open(actor, token))
            .collect();
        Ok(Behind {
            items: items?,
            next: found.next,
        })
    }

    /// A token that may be used now.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for one that was spent, was revoked or has ended, or that a template owns.
    pub async fn active_token(&self, actor: &Actor, id: ObjectId) -> Result<ShownToken, Error> {
        let (organization, segments) = (actor.organization, actor.segments.listed());
        let now = self.clock.now();
        let found = self.store.read::<_, store::Error, _>(move |tx| {
            tx.active_token(organization, segments.as_deref(), now, id)
        });
        self.open(actor, found.await?.ok_or(Error::NotFound("token"))?)
    }

    /// The policy of the actor's organization with this identifier or name.
    ///
    /// # Errors
    /// What the store says.
    pub async fn policy_called(
        &self,
        actor: &Actor,
        id_or_name: &str,
    ) -> Result<Option<ObjectId>, Error> {
        let (organization, called) = (actor.organization, id_or_name.to_owned());
        let found = self
            .store
            .read::<_, store::Error, _>(move |tx| tx.policy_called(organization, &called));
        Ok(found.await?)
    }

    /// The devices that have not left, the newest first, each with what was attached to its token.
    ///
    /// # Errors
    /// What the store says.
    pub async fn devices_of_tokens(
        &self,
        actor: &Actor,
        after: Option<ObjectId>,
        limit: u32,
    ) -> Result<Behind<DeviceOfToken>, Error> {
        let (organization, segments) = (actor.organization, actor.segments.listed());
        let found = self.store.read::<_, store::Error, _>(move |tx| {
            let devices =
                tx.present_devices(organization, segments.as_deref(), after, limit + 1)?;
            let devices = devices
                .into_iter()
                .map(|device| with_data(tx, organization, device));
            devices.collect::<Result<Vec<_>, _>>()
        });
        Ok(Behind::of(found.await?, limit, |found| found.device.id))
    }

    /// A device, with what was attached to its token.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for one that the actor does not see.
    pub async fn device_of_token(
        &self,
        actor: &Actor,
        id: ObjectId,
    ) -> Result<DeviceOfToken, Error> {
        let organization = actor.organization;
        let found = self.store.read::<_, store::Error, _>(move |tx| {
            let device = tx
                .device(id)?
                .filter(|device| device.organization_id == organization);
            device
                .map(|device| with_data(tx, organization, device))
                .transpose()
        });
        found
            .await?
            .filter(|found| actor.segments.contain(found.device.segment_id))
            .ok_or(Error::NotFound("device"))
    }
}

fn with_data(
    tx: &mut store::Transaction<'_>,
    organization: ObjectId,
    device: Device,
) -> Result<DeviceOfToken, store::Error> {
    let token_data = match device.token_id {
        Some(token) => tx.token_data(organization, token)?,
        None => None,
    };
    Ok(DeviceOfToken { device, token_data })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_list_goes_on_only_where_there_is_more() {
        let ids: Vec<ObjectId> = (0..3)
            .map(|_| ObjectId::generate(Timestamp::UNIX_EPOCH))
            .collect();
        let some = Behind::of(ids.clone(), 2, |id| *id);
        assert_eq!((some.items.len(), some.next), (2, ids.get(1).copied()));
        let all = Behind::of(ids, 3, |id| *id);
        assert_eq!((all.items.len(), all.next), (3, None));
    }
}
