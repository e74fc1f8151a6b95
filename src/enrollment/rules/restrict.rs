//! Restrictions at the door: what they exclude before any rule is asked, how many they let in when a device is recorded.

use crate::device::{Ownership, State};
use crate::refusal::Refusal;
use crate::restriction::{Concerned, Effective, Excluded, Limit};
use crate::store::{HardwareMatch, Transaction};

use super::super::Stopped;
use super::super::credential::Identified;
use super::Known;

/// How many devices restrictions allow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::enrollment) struct Caps {
    user: Option<Limit>,
    token: Option<Limit>,
    organization: Option<Limit>,
}

impl Known {
    /// Turns away what a restriction excludes; how many devices the others allow.
    pub(super) fn restrict(&self, identified: &Identified) -> Result<Caps, Refusal> {
        let whom = Concerned {
            tags: self.facts.tags(),
            template: identified.token.template_id,
        };
        let effective = Effective::of(&self.restrictions, whom);
        let corporate = self.ownership == Ownership::Corporate;
        match effective.excludes(&self.facts, corporate) {
            Some(excluded @ Excluded::Personal(_)) => {
                Err(Refusal::PersonalDevice(excluded.to_string()))
            }
            Some(excluded) => Err(Refusal::DeviceExcluded(excluded.to_string())),
            None => Ok(Caps {
                user: effective.user_limit(),
                token: effective.token_limit(),
                organization: effective.organization_limit(),
            }),
        }
    }
}

impl Caps {
    /// Turns away whoever has as many devices as allowed; one that keeps its record is not counted again, unless it had left.
    pub(in crate::enrollment) fn hold(
        &self,
        tx: &mut Transaction<'_>,
        identified: &Identified,
        known: Option<&HardwareMatch>,
    ) -> Result<(), Stopped> {
        let (organization, token) = (identified.token.organization_id, identified.token.id);
        let there = known.map(|device| device.id);
        let mut reached = None;
        if let (Some(limit), Some(owner)) = (&self.user, &identified.owner)
            && tx.devices_of_owner(organization, owner, there, limit.count)? >= limit.count
        {
            reached = Some(limit);
        }
        if let Some(limit) = &self.token
            && tx.devices_of_token(token, there, limit.count)? >= limit.count
        {
            reached = Some(limit);
        }
        if let Some(limit) = &self.organization
            && known.is_none_or(|device| device.state == State::Deleted)
            && tx.devices_of_organization(organization)? >= limit.count
        {
            reached = Some(limit);
        }
        match reached {
            Some(limit) => Err(Refusal::DeviceCap(limit.count).into()),
            None => Ok(()),
        }
    }
}
