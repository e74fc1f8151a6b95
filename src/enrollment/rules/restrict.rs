//! Restrictions at the door, before any rule is asked.

use crate::device::Ownership;
use crate::refusal::Refusal;
use crate::restriction::{Concerned, Effective, Excluded};
use crate::store;

use super::super::credential::Identified;
use super::super::{Enrollment, from_store};
use super::Known;

impl Enrollment {
    /// Turns away what a restriction excludes, and whoever has as many devices as one allows.
    pub(super) fn restrict(&self, identified: &Identified, known: &Known) -> Result<(), Refusal> {
        if known.restrictions.is_empty() {
            return Ok(());
        }
        let whom = Concerned {
            tags: known.facts.tags(),
            template: identified.token.template_id,
        };
        let effective = Effective::of(&known.restrictions, whom);
        let corporate = known.ownership == Ownership::Corporate;
        if let Some(excluded) = effective.excludes(&known.facts, corporate) {
            return Err(match excluded {
                Excluded::Personal(_) => Refusal::PersonalDevice(excluded.to_string()),
                _ => Refusal::DeviceExcluded(excluded.to_string()),
            });
        }
        let (organization, token) = (known.organization, identified.token.id);
        let counted = self.store.look(|tx| {
            let device = known.device;
            if let (Some(limit), Some(owner)) = (effective.user_limit(), &identified.owner)
                && tx.devices_of_owner(organization, owner, device, limit.count)? >= limit.count
            {
                return Ok(Some(limit));
            }
            if let Some(limit) = effective.token_limit()
                && tx.devices_of_token(token, device, limit.count)? >= limit.count
            {
                return Ok(Some(limit));
            }
            // A device that keeps its record is counted already.
            Ok::<_, store::Error>(match effective.organization_limit() {
                Some(limit) if device.is_none() => {
                    (tx.devices_of_organization(organization)? >= limit.count).then_some(limit)
                }
                _ => None,
            })
        });
        match counted.map_err(|error| from_store(&error))? {
            Some(limit) => Err(Refusal::DeviceCap(limit.count)),
            None => Ok(()),
        }
    }
}
