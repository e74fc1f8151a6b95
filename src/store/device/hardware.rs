//! Devices by the hardware that they claim.

use jiff::Timestamp;
use uuid::Uuid;

use crate::device::{Ownership, State};
use crate::id::ObjectId;

use super::super::{Error, Row, Transaction};
use super::{guid, state};

/// A device that claims the same hardware.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HardwareMatch {
    /// The device.
    pub id: ObjectId,
    /// Its identifier on the wire.
    pub guid: Uuid,
    /// Where it stands.
    pub state: State,
    /// The person it belongs to.
    pub owner: Option<String>,
    /// The `DeviceID` that it enrolled with.
    pub device_id: Option<String>,
    /// When it was heard of last: by a session, else by its enrollment.
    pub heard_at: Timestamp,
    /// When it enrolled first.
    pub created_at: Timestamp,
    /// Its name for people.
    pub display_name: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whose machine it is, where an administrator said so.
    pub fixed_ownership: Option<Ownership>,
}

impl Transaction<'_> {
    /// The devices of an organization that claim this hardware, the one heard of last first.
    ///
    /// # Errors
    /// What the engine says.
    pub fn devices_of_hardware(
        &mut self,
        organization: ObjectId,
        hardware: &str,
    ) -> Result<Vec<HardwareMatch>, Error> {
        self.query(
            "SELECT id, guid, state, owner, device_id, COALESCE(last_seen_at, enrolled_at), created_at, display_name, tags,
                CASE WHEN ownership_fixed = 1 THEN ownership END
             FROM device WHERE hardware_id = $1 AND organization_id = $2 ORDER BY 6 DESC LIMIT 50",
            &[hardware.into(), (&organization.to_string()).into()],
        )?
        .iter()
        .map(hardware_match)
        .collect()
    }
}

fn hardware_match(row: &Row) -> Result<HardwareMatch, Error> {
    Ok(HardwareMatch {
        id: row.id(0)?,
        guid: guid(&row.text(1)?)?,
        state: state(&row.text(2)?)?,
        owner: row.optional_text(3)?,
        device_id: row.optional_text(4)?,
        heard_at: row.time(5)?,
        created_at: row.time(6)?,
        display_name: row.optional_text(7)?,
        tags: row.json(8)?,
        fixed_ownership: row
            .optional_text(9)?
            .and_then(|word| Ownership::from_word(&word)),
    })
}
