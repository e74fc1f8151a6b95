//! How devices end: told to leave, removed, without a certificate, or merged into another record.

use crate::device::{Device, State};
use crate::id::{ObjectId, unhex};
use crate::identity::Actor;
use crate::revocation::Reason;
use crate::violation::Violations;

use super::super::token::wish::tidy;
use super::super::{Admin, Error};
use super::ShownDevice;

/// Which certificate to revoke, and why.
#[derive(Debug, Clone, Default)]
pub struct RevokeCertificate {
    /// Its serial number in hexadecimal digits, colons and spaces aside; none: all that the device has.
    pub serial: Option<String>,
    /// Why.
    pub reason: Reason,
}

impl RevokeCertificate {
    fn serial(&self) -> Result<Option<Vec<u8>>, Error> {
        let Some(text) = &self.serial else {
            return Ok(None);
        };
        let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
        let serial = unhex(&digits).filter(|serial| (1..=20).contains(&serial.len()));
        if serial.is_none() {
            let mut faults = Violations::new();
            faults.add("serial", "must have 1 to 20 bytes in hexadecimal digits");
            faults.into_result()?;
        }
        Ok(serial)
    }
}

impl Admin {
    /// Removes a device at once, whatever it does: its certificates are revoked.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one that the actor does not see.
    pub async fn remove_device(&self, actor: &Actor, called: &str) -> Result<ShownDevice, Error> {
        self.change_device(actor, called, |tx, device, now| {
            tx.revoke_issuances(device.id, Reason::CessationOfOperation, now)?;
            Ok(tx.end_device(device.organization_id, device.id, State::Deleted, now)?)
        })
        .await
    }

    /// Notes that a device is to leave; its certificate stays good until it has been told.
    ///
    /// # Errors
    /// [`Error::Conflict`] for one that has left.
    pub async fn retire_device(&self, actor: &Actor, called: &str) -> Result<ShownDevice, Error> {
        self.change_device(actor, called, |tx, device, now| {
            if device.state == State::Deleted {
                let message = "Conflict: the device has left already";
                return Err(Error::Conflict(message.to_owned()));
            }
            let (organization, id) = (device.organization_id, device.id);
            Ok(tx.end_device(organization, id, State::DeleteRequested, now)?)
        })
        .await
    }

    /// Revokes a device's certificates, or one of them: from its next request on it is refused with what was revoked.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a device that the actor does not see, and for a certificate that is none of the device's.
    pub async fn revoke_certificate(
        &self,
        actor: &Actor,
        called: &str,
        wish: RevokeCertificate,
    ) -> Result<ShownDevice, Error> {
        let serial = wish.serial()?;
        self.change_device(actor, called, move |tx, device, now| {
            let revoked = match serial {
                Some(serial) => tx
                    .revoke_issuance(device.id, &serial, wish.reason, now)?
                    .ok_or(Error::NotFound("certificate"))?,
                None => tx.revoke_issuances(device.id, wish.reason, now)? > 0,
            };
            if revoked {
                tx.touch_device(device.organization_id, device.id, now)?;
            }
            Ok(())
        })
        .await
    }

    /// Makes a device an older record of another one, which receives its tags; it ends, and so do its certificates.
    ///
    /// # Errors
    /// [`Error::Conflict`] with itself, and when one of the two was merged already.
    pub async fn merge_device(
        &self,
        actor: &Actor,
        called: &str,
        into: ObjectId,
    ) -> Result<ShownDevice, Error> {
        let (organization, segments) = (actor.organization, actor.segments.clone());
        self.change_device(actor, called, move |tx, device, now| {
            let into = tx.device(into)?.filter(|into| {
                into.organization_id == organization && segments.contain(into.segment_id)
            });
            let into = into.ok_or(Error::NotFound("device"))?;
            let tags = joined(&device, &into)?;
            if !tx.merge_device(&device, into.id, &tags, now)? {
                return Err(merged_already());
            }
            tx.revoke_issuances(device.id, Reason::Superseded, now)?;
            Ok(())
        })
        .await
    }
}

/// The tags of both, if one may be merged into the other.
fn joined(device: &Device, into: &Device) -> Result<Vec<String>, Error> {
    if device.id == into.id {
        let message = "Conflict: a device cannot be merged with itself";
        return Err(Error::Conflict(message.to_owned()));
    }
    if device.merged_into.is_some() || into.merged_into.is_some() {
        return Err(merged_already());
    }
    let tags = into.tags.iter().chain(&device.tags);
    Ok(tidy(tags.cloned().collect()))
}

fn merged_already() -> Error {
    Error::Conflict("Conflict: one of the two was merged already".to_owned())
}
