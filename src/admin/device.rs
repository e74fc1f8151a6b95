//! Showing, changing and ending devices.

mod change;
mod end;
mod results;
mod shown;

use jiff::{SignedDuration, Timestamp};

use crate::device::{Device, State, imei_key, serial_key};
use crate::identity::Actor;
use crate::store::{self, DeviceFilter, Transaction};
use crate::violation::Violations;

use super::{Admin, Error, Page, PageWish};

pub use self::change::UpdateDevice;
pub use self::end::RevokeCertificate;
pub use self::results::{DeviceResults, ResultState, ShownResult};
pub use self::shown::{CertificateOfDevice, ShownDevice};

/// Characters of what is searched for, at most.
const SEARCHED: usize = 256;
/// Days for which a device was not seen, at most.
const DAYS: u32 = 3650;
/// Digits of an IMEI, without the check digit.
const IMEI: usize = 14;

impl Admin {
    /// A page of the devices that the actor sees.
    ///
    /// # Errors
    /// [`Error::Invalid`] names what cannot be asked for.
    pub async fn list_devices(
        &self,
        actor: &Actor,
        filter: DeviceFilter,
        page: PageWish,
    ) -> Result<Page<ShownDevice>, Error> {
        let mut faults = Violations::new();
        faults.at_most(
            "search",
            filter.search.as_deref().unwrap_or_default(),
            SEARCHED,
        );
        faults.require(
            filter.tags.len() <= DeviceFilter::TAGS,
            "tags",
            "has more than 10 entries",
        );
        faults.into_result()?;
        let (organization, segments) = (actor.organization, actor.segments.listed());
        let (items, total) = self
            .store
            .read::<_, Error, _>(move |tx| {
                let segments = segments.as_deref();
                let total = tx.count_devices(organization, segments, &filter)?;
                let names = tx.policy_names(organization)?;
                let found =
                    tx.list_devices(organization, segments, &filter, page.limit(), page.offset())?;
                let shown = found
                    .into_iter()
                    .map(|device| ShownDevice::read(tx, device, &names));
                Ok((shown.collect::<Result<Vec<_>, store::Error>>()?, total))
            })
            .await?;
        Ok(page.of(items, total))
    }

    /// The time so many days ago, for [`DeviceFilter::silent_since`].
    ///
    /// # Errors
    /// [`Error::Invalid`] when that is today or ten years ago.
    pub fn days_ago(&self, days: u32) -> Result<Timestamp, Error> {
        let mut faults = Violations::new();
        faults.require(
            (1..=DAYS).contains(&days),
            "notSeenForDays",
            "must be from 1 to 3650",
        );
        faults.into_result()?;
        Ok(self.clock.now() - SignedDuration::from_hours(24 * i64::from(days)))
    }

    /// One device that the actor sees, by its identifier, its serial number or its IMEI.
    ///
    /// # Errors
    /// [`Error::NotFound`] for any other, [`Error::Conflict`] when several have the number.
    pub async fn device(&self, actor: &Actor, called: &str) -> Result<ShownDevice, Error> {
        let (actor, called) = (actor.clone(), called.to_owned());
        self.store
            .read(move |tx| {
                let device = find(tx, &actor, &called)?;
                show(tx, device)
            })
            .await
    }

    /// Finds a device, lets `work` change it, and shows what became of it, all or nothing.
    async fn change_device<F>(
        &self,
        actor: &Actor,
        called: &str,
        work: F,
    ) -> Result<ShownDevice, Error>
    where
        F: FnOnce(&mut Transaction<'_>, Device, Timestamp) -> Result<(), Error> + Send + 'static,
    {
        let (actor, called, now) = (actor.clone(), called.to_owned(), self.clock.now());
        self.store
            .write(move |tx| {
                let device = find(tx, &actor, &called)?;
                let id = device.id;
                work(tx, device, now)?;
                let device = tx.device(id)?.ok_or(Error::NotFound("device"))?;
                show(tx, device)
            })
            .await
    }
}

/// The device that a text names, as far as the actor sees.
fn find(tx: &mut Transaction<'_>, actor: &Actor, called: &str) -> Result<Device, Error> {
    let (organization, segments) = (actor.organization, actor.segments.listed());
    if let Ok(id) = called.parse() {
        let found = tx.device(id)?.filter(|device| {
            device.organization_id == organization && actor.segments.contain(device.segment_id)
        });
        if let Some(device) = found {
            return Ok(device);
        }
    }
    let segments = segments.as_deref();
    let serial = serial_key(called);
    let mut found = match serial.is_empty() {
        true => Vec::new(),
        false => tx.devices_with_serial(organization, segments, &serial)?,
    };
    if found.is_empty() && is_imei(called) {
        found = tx.devices_with_imei(organization, segments, &imei_key(called))?;
    }
    only(found)
}

/// Digits enough, and nothing but what stands between them.
fn is_imei(text: &str) -> bool {
    imei_key(text).len() == IMEI
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '-' | ' ' | '/' | '.'))
}

/// The one that is meant: those that have left stand behind, and count only where there is no other.
fn only(found: Vec<Device>) -> Result<Device, Error> {
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(first), Some(second)) if is_past(&first) || !is_past(&second) => {
            let message = "Conflict: several devices have this number: name one by its identifier";
            Err(Error::Conflict(message.to_owned()))
        }
        (Some(first), _) => Ok(first),
        (None, _) => Err(Error::NotFound("device")),
    }
}

fn is_past(device: &Device) -> bool {
    device.state == State::Deleted
}

fn show(tx: &mut Transaction<'_>, device: Device) -> Result<ShownDevice, Error> {
    let names = tx.policy_names(device.organization_id)?;
    Ok(ShownDevice::read(tx, device, &names)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_imei_is_known_by_its_digits_alone() {
        for text in ["490154203237518", "49-015420-323751-8", "49015420323751"] {
            assert!(is_imei(text), "{text}");
        }
        for text in ["", "4901542032375", "S490154203237518", "5CG12A"] {
            assert!(!is_imei(text), "{text}");
        }
    }
}
