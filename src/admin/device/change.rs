//! Changing devices, and moving them between segments.

use std::iter;

use crate::device::{Device, Ownership};
use crate::identity::Actor;
use crate::policy::Assignment;
use crate::store::Transaction;
use crate::violation::Violations;

use super::super::policy::assigned;
use super::super::token::wish::{labels, tidy};
use super::super::{Admin, Error};
use super::ShownDevice;

/// What can be changed of a device; none: it stays.
#[derive(Debug, Clone, Default)]
pub struct UpdateDevice {
    /// Its name for people; an empty one takes the name away.
    pub display_name: Option<String>,
    /// Its tags.
    pub tags: Option<Vec<String>>,
    /// The policies that it receives.
    pub win_policy_assignments: Option<Vec<Assignment>>,
    /// Whose machine it is, whatever enrollments find; nobody's word: the next enrollment decides.
    pub ownership: Option<Option<Ownership>>,
}

impl Admin {
    /// Changes a device, if it still has the revision `expected`.
    ///
    /// # Errors
    /// [`Error::Changed`] for another revision, [`Error::NotFound`] for a policy that is not there.
    pub async fn update_device(
        &self,
        actor: &Actor,
        called: &str,
        wish: UpdateDevice,
        expected: Option<i64>,
    ) -> Result<ShownDevice, Error> {
        let mut faults = Violations::new();
        let tags = wish.tags.as_deref().unwrap_or_default();
        labels(&mut faults, wish.display_name.as_deref(), tags);
        let policies = wish.win_policy_assignments.as_deref().unwrap_or_default();
        Assignment::check_priorities(policies, "", &mut faults);
        faults.into_result()?;
        self.change_device(actor, called, move |tx, mut device, now| {
            if let Some(name) = wish.display_name {
                device.display_name = Some(name).filter(|name| !name.is_empty());
            }
            if let Some(tags) = wish.tags {
                device.tags = tidy(tags);
            }
            if let Some(policies) = wish.win_policy_assignments {
                let known = tx.policy_names(device.organization_id)?;
                assigned(&known, iter::once((String::new(), policies.as_slice())))?;
                device.policies = policies;
            }
            if let Some(ownership) = wish.ownership {
                device.ownership_fixed = ownership.is_some();
                device.ownership = ownership.unwrap_or(device.ownership);
            }
            device.updated_at = Some(now);
            write(tx, &device, expected)
        })
        .await
    }

    /// Moves a device to a segment, if it still has the revision `expected`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for a segment that the actor does not reach, [`Error::NotFound`] for one that is not there.
    pub async fn move_device(
        &self,
        actor: &Actor,
        called: &str,
        segment: u32,
        expected: Option<i64>,
    ) -> Result<ShownDevice, Error> {
        let reached = actor.segments.contain(segment);
        self.change_device(actor, called, move |tx, mut device, now| {
            if !reached {
                return Err(Error::Forbidden(format!(
                    "Unauthorized: this key does not reach segment {segment}"
                )));
            }
            if segment != 0 && !tx.segment_exists(device.organization_id, segment)? {
                return Err(Error::NotFound("segment"));
            }
            device.segment_id = segment;
            device.updated_at = Some(now);
            write(tx, &device, expected)
        })
        .await
    }
}

/// Writes a device over the revision with which it was read.
fn write(tx: &mut Transaction<'_>, device: &Device, expected: Option<i64>) -> Result<(), Error> {
    let read = device.revision;
    if expected.is_some_and(|expected| expected != read) || !tx.update_device(device, read)? {
        return Err(Error::Changed);
    }
    Ok(())
}
