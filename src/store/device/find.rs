//! Devices by what is printed on them.

use crate::device::Device;
use crate::id::ObjectId;

use super::super::{Error, Transaction};
use super::from_row;

macro_rules! with_key {
    ($column:literal) => {
        concat!(
            "SELECT ",
            device_columns!(),
            " FROM device WHERE organization_id = $1 AND ($2 IS NULL OR $2 LIKE '%,' || segment_id || ',%') AND ",
            $column,
            " = $3 ORDER BY CASE WHEN state = 'DELETED' THEN 1 ELSE 0 END, id DESC LIMIT 2"
        )
    };
}

impl Transaction<'_> {
    /// Two devices at most with this serial number (see [`serial_key`](crate::device::serial_key)), those that have not
    /// left first, within `segments` (see [`Segments::listed`](crate::identity::Segments::listed)).
    ///
    /// # Errors
    /// What the engine says.
    pub fn devices_with_serial(
        &mut self,
        organization: ObjectId,
        segments: Option<&str>,
        serial: &str,
    ) -> Result<Vec<Device>, Error> {
        self.devices_with(with_key!("serial_key"), organization, segments, serial)
    }

    /// The same with this IMEI (see [`imei_key`](crate::device::imei_key)).
    ///
    /// # Errors
    /// What the engine says.
    pub fn devices_with_imei(
        &mut self,
        organization: ObjectId,
        segments: Option<&str>,
        imei: &str,
    ) -> Result<Vec<Device>, Error> {
        self.devices_with(with_key!("imei_key"), organization, segments, imei)
    }

    /// Whether a device of the organization that has not left is called so, or is to be, leaving out `except`.
    ///
    /// # Errors
    /// What the engine says.
    pub fn computer_is_called(
        &mut self,
        organization: ObjectId,
        name: &str,
        except: Option<ObjectId>,
    ) -> Result<bool, Error> {
        let (name, except) = (name.to_lowercase(), except.map(|id| id.to_string()));
        let found = self.first(
            "SELECT 1 FROM device WHERE organization_id = $1 AND LOWER(device_name) = $2 AND state <> 'DELETED'
                AND ($3 IS NULL OR id <> $3)
             UNION ALL
             SELECT 1 FROM device WHERE organization_id = $1 AND LOWER(computer_name) = $2 AND state <> 'DELETED'
                AND ($3 IS NULL OR id <> $3)
             LIMIT 1",
            &[
                (&organization.to_string()).into(),
                (&name).into(),
                except.as_deref().into(),
            ],
        )?;
        Ok(found.is_some())
    }

    fn devices_with(
        &mut self,
        sql: &'static str,
        organization: ObjectId,
        segments: Option<&str>,
        key: &str,
    ) -> Result<Vec<Device>, Error> {
        let organization = organization.to_string();
        let values = [(&organization).into(), segments.into(), key.into()];
        self.query(sql, &values)?.iter().map(from_row).collect()
    }
}
