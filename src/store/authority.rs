//! What the store knows of issuing CAs and roots: how long certificates last, and which devices took which root.

use jiff::Timestamp;

use crate::id::ObjectId;

use super::{Error, Transaction};

impl Transaction<'_> {
    /// When the last certificate of an issuing CA ends, revoked ones too, since they stand in its revocation list until
    /// then; none: it issued none.
    ///
    /// # Errors
    /// What the engine says.
    pub fn last_end_of_issuer(&mut self, issuer: &str) -> Result<Option<Timestamp>, Error> {
        let row = self.first(
            "SELECT max(not_after) FROM issuance WHERE issuer = $1",
            &[issuer.into()],
        )?;
        row.map_or(Ok(None), |row| row.optional_time(0))
    }

    /// The roots that a device took in a session, by the SHA-256 of their certificates.
    ///
    /// # Errors
    /// What the engine says.
    pub fn roots_of(&mut self, device: ObjectId) -> Result<Vec<String>, Error> {
        self.query(
            "SELECT root FROM device_root WHERE device_id = $1",
            &[(&device.to_string()).into()],
        )?
        .iter()
        .map(|row| row.text(0))
        .collect()
    }

    /// Records that a device took a root.
    ///
    /// # Errors
    /// What the engine says.
    pub fn note_root(&mut self, device: ObjectId, root: &str, now: Timestamp) -> Result<(), Error> {
        self.execute(
            "INSERT INTO device_root (device_id, root, taken_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            &[(&device.to_string()).into(), root.into(), now.into()],
        )?;
        Ok(())
    }
}
