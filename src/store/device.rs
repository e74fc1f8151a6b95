//! Devices in the store.

use uuid::Uuid;

use crate::device::{Device, Facts, Ownership, State};
use crate::id::ObjectId;

use super::row::json;
use super::{Error, Row, Transaction};

pub use self::hardware::HardwareMatch;
pub use self::list::{DeviceFilter, DeviceOrder};

/// What an enrollment writes of a device that is already there.
#[derive(Debug)]
pub struct DeviceUpdate<'a> {
    /// The device.
    pub device: &'a Device,
    /// Its session credentials, sealed.
    pub credentials: &'a [u8],
}

/// The columns of a row, in the order in which it is read.
macro_rules! device_columns {
    () => {
        "id, guid, organization_id, state, owner, token_id, display_name, tags, clone_of, facts, created_at, enrolled_at, last_seen_at, segment_id, policies, template_id, merged_into, updated_at, revision, ownership, ownership_fixed, computer_name, decision, inventory"
    };
}

mod change;
mod find;
mod hardware;
mod list;
mod present;

impl Transaction<'_> {
    /// Stores a new device with its sealed session credentials.
    ///
    /// # Errors
    /// What the engine says.
    pub fn insert_device(&mut self, new: &DeviceUpdate<'_>) -> Result<(), Error> {
        let device = new.device;
        let (tags, facts) = (json(&device.tags)?, json(&device.facts.items)?);
        let policies = json(&device.policies)?;
        let decision = device.decision.as_ref().map(json).transpose()?;
        let (serial, imei) = (device.facts.serial_key(), device.facts.imei_key());
        self.execute(
            "INSERT INTO device (id, guid, organization_id, state, owner, token_id, display_name, tags, clone_of,
                device_id, hardware_id, facts, credentials, created_at, enrolled_at, last_seen_at,
                segment_id, policies, template_id, serial_key, imei_key, updated_at, device_name,
                ownership, ownership_fixed, computer_name, decision)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                $22, $23, $24, $25, $26, $27)",
            &[
                (&device.id.to_string()).into(),
                (&device.guid.to_string()).into(),
                (&device.organization_id.to_string()).into(),
                device.state.word().into(),
                device.owner.as_deref().into(),
                device.token_id.map(|id| id.to_string()).as_deref().into(),
                device.display_name.as_deref().into(),
                (&tags).into(),
                device.clone_of.map(|id| id.to_string()).as_deref().into(),
                device.facts.device_id.as_deref().into(),
                device.facts.hardware_id.as_deref().into(),
                (&facts).into(),
                new.credentials.into(),
                device.created_at.into(),
                device.enrolled_at.into(),
                device.last_seen_at.into(),
                device.segment_id.into(),
                (&policies).into(),
                device
                    .template_id
                    .map(|id| id.to_string())
                    .as_deref()
                    .into(),
                serial.as_deref().into(),
                imei.as_deref().into(),
                device.updated_at.into(),
                device.facts.device_name.as_deref().into(),
                device.ownership.word().into(),
                u32::from(device.ownership_fixed).into(),
                device.computer_name.as_deref().into(),
                decision.as_deref().into(),
            ],
        )?;
        Ok(())
    }

    /// Writes a new enrollment of a known device over its old one.
    ///
    /// # Errors
    /// What the engine says.
    pub fn reenroll_device(&mut self, update: &DeviceUpdate<'_>) -> Result<(), Error> {
        let device = update.device;
        let (tags, facts) = (json(&device.tags)?, json(&device.facts.items)?);
        let policies = json(&device.policies)?;
        let decision = device.decision.as_ref().map(json).transpose()?;
        let (serial, imei) = (device.facts.serial_key(), device.facts.imei_key());
        self.execute(
            "UPDATE device SET state = $2, owner = $3, token_id = $4, display_name = $5, tags = $6, device_id = $7,
                hardware_id = $8, facts = $9, credentials = $10, enrolled_at = $11, last_seen_at = NULL,
                segment_id = $12, policies = $13, template_id = $14, serial_key = $15, imei_key = $16, updated_at = $17,
                device_name = $18, computer_name = $19, decision = $20, session = NULL, work = 1, settled = -1, inventory = NULL,
                ownership = CASE WHEN ownership_fixed = 1 THEN ownership ELSE $21 END, merged_into = NULL, revision = revision + 1 WHERE id = $1",
            &[
                (&device.id.to_string()).into(),
                device.state.word().into(),
                device.owner.as_deref().into(),
                device.token_id.map(|id| id.to_string()).as_deref().into(),
                device.display_name.as_deref().into(),
                (&tags).into(),
                device.facts.device_id.as_deref().into(),
                device.facts.hardware_id.as_deref().into(),
                (&facts).into(),
                update.credentials.into(),
                device.enrolled_at.into(),
                device.segment_id.into(),
                (&policies).into(),
                device
                    .template_id
                    .map(|id| id.to_string())
                    .as_deref()
                    .into(),
                serial.as_deref().into(),
                imei.as_deref().into(),
                device.updated_at.into(),
                device.facts.device_name.as_deref().into(),
                device.computer_name.as_deref().into(),
                decision.as_deref().into(),
                device.ownership.word().into(),
            ],
        )?;
        self.forget_deliveries(device.id)
    }

    /// The device with this identifier.
    ///
    /// # Errors
    /// What the engine says.
    pub fn device(&mut self, id: ObjectId) -> Result<Option<Device>, Error> {
        let rows = self.query(
            concat!("SELECT ", device_columns!(), " FROM device WHERE id = $1"),
            &[(&id.to_string()).into()],
        )?;
        rows.first().map(from_row).transpose()
    }

    /// The newest devices of an organization.
    ///
    /// # Errors
    /// What the engine says.
    pub fn devices(&mut self, organization: ObjectId, limit: u32) -> Result<Vec<Device>, Error> {
        self.query(
            concat!(
                "SELECT ",
                device_columns!(),
                " FROM device WHERE organization_id = $1 ORDER BY id DESC LIMIT $2"
            ),
            &[(&organization.to_string()).into(), limit.into()],
        )?
        .iter()
        .map(from_row)
        .collect()
    }

    /// The sealed session credentials of a device.
    ///
    /// # Errors
    /// What the engine says.
    pub fn device_credentials(&mut self, id: ObjectId) -> Result<Option<Vec<u8>>, Error> {
        self.first(
            "SELECT credentials FROM device WHERE id = $1",
            &[(&id.to_string()).into()],
        )?
        .map(|row| row.blob(0))
        .transpose()
    }

    /// How many devices a token has in the organization now, counted up to `limit`, leaving out `except`.
    ///
    /// # Errors
    /// What the engine says.
    pub fn devices_of_token(
        &mut self,
        token: ObjectId,
        except: Option<ObjectId>,
        limit: u32,
    ) -> Result<u32, Error> {
        let row = self.first(
            "SELECT COUNT(*) FROM (SELECT 1 FROM device WHERE token_id = $1 AND state <> 'DELETED'
                AND ($2 IS NULL OR id <> $2) LIMIT $3) AS counted",
            &[
                (&token.to_string()).into(),
                except.map(|id| id.to_string()).as_deref().into(),
                limit.into(),
            ],
        )?;
        Ok(row
            .map(|row| row.optional_count(0))
            .transpose()?
            .flatten()
            .unwrap_or_default())
    }
}

fn guid(text: &str) -> Result<Uuid, Error> {
    Uuid::parse_str(text).map_err(|_| Error::Row("a GUID is no GUID"))
}

fn state(word: &str) -> Result<State, Error> {
    State::from_word(word).ok_or(Error::Row("an unknown state of a device"))
}

fn from_row(row: &Row) -> Result<Device, Error> {
    Ok(Device {
        id: row.id(0)?,
        guid: guid(&row.text(1)?)?,
        organization_id: row.id(2)?,
        state: state(&row.text(3)?)?,
        owner: row.optional_text(4)?,
        token_id: row.optional_id(5)?,
        display_name: row.optional_text(6)?,
        tags: row.json(7)?,
        clone_of: row.optional_id(8)?,
        facts: Facts::from_items(row.json(9)?),
        created_at: row.time(10)?,
        enrolled_at: row.time(11)?,
        last_seen_at: row.optional_time(12)?,
        segment_id: row.optional_count(13)?.unwrap_or_default(),
        policies: row.json(14)?,
        template_id: row.optional_id(15)?,
        merged_into: row.optional_id(16)?,
        updated_at: row.optional_time(17)?,
        revision: row.optional_integer(18)?.unwrap_or(1),
        ownership: Ownership::from_word(&row.text(19)?).unwrap_or_default(),
        ownership_fixed: row.optional_integer(20)? == Some(1),
        computer_name: row.optional_text(21)?,
        decision: row.optional_text(22)?.map(|_| row.json(22)).transpose()?,
        inventory: row.optional_text(23)?.map(|_| row.json(23)).transpose()?,
    })
}
