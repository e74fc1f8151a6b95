//! Devices that have not left, in pages that each begin behind the last entry of the one before.

use crate::device::Device;
use crate::id::ObjectId;

use super::super::{Error, Transaction};
use super::from_row;

impl Transaction<'_> {
    /// The devices that have not left, the newest first, behind `after`, within `segments` (see
    /// [`Segments::listed`](crate::identity::Segments::listed)).
    ///
    /// # Errors
    /// What the engine says.
    pub fn present_devices(
        &mut self,
        organization: ObjectId,
        segments: Option<&str>,
        after: Option<ObjectId>,
        limit: u32,
    ) -> Result<Vec<Device>, Error> {
        let after = after.map(|id| id.to_string());
        self.query(
            concat!(
                "SELECT ",
                device_columns!(),
                " FROM device WHERE organization_id = $1 AND state <> 'DELETED'
                    AND ($2 IS NULL OR $2 LIKE '%,' || segment_id || ',%')
                    AND ($3 IS NULL OR id < $3)
                 ORDER BY id DESC LIMIT $4"
            ),
            &[
                (&organization.to_string()).into(),
                segments.into(),
                after.as_deref().into(),
                limit.into(),
            ],
        )?
        .iter()
        .map(from_row)
        .collect()
    }
}
