//! What administrators and management sessions change of a device.

use jiff::Timestamp;

use crate::device::{Device, Event, State};
use crate::id::ObjectId;

use super::super::row::json;
use super::super::{Error, Transaction};

impl Transaction<'_> {
    /// Writes what an administrator can change of a device over its revision `read`. False: it is another by now.
    ///
    /// # Errors
    /// What the engine says.
    pub fn update_device(&mut self, device: &Device, read: i64) -> Result<bool, Error> {
        let (tags, policies) = (json(&device.tags)?, json(&device.policies)?);
        let changed = self.execute(
            "UPDATE device SET display_name = $4, tags = $5, policies = $6, segment_id = $7, updated_at = $8,
                ownership = $9, ownership_fixed = $10,
                revision = revision + 1
             WHERE id = $1 AND organization_id = $2 AND revision = $3",
            &[
                (&device.id.to_string()).into(),
                (&device.organization_id.to_string()).into(),
                read.into(),
                device.display_name.as_deref().into(),
                (&tags).into(),
                (&policies).into(),
                device.segment_id.into(),
                device.updated_at.into(),
                device.ownership.word().into(),
                u32::from(device.ownership_fixed).into(),
            ],
        )?;
        Ok(changed > 0)
    }

    /// The same, with what the rules made of it in a management session. False: it is another by now.
    ///
    /// # Errors
    /// What the engine says.
    pub fn update_decided_device(&mut self, device: &Device, read: i64) -> Result<bool, Error> {
        let decision = device.decision.as_ref().map(json).transpose()?;
        if !self.update_device(device, read)? {
            return Ok(false);
        }
        self.execute(
            "UPDATE device SET decision = $2, computer_name = $3 WHERE id = $1",
            &[
                (&device.id.to_string()).into(),
                decision.as_deref().into(),
                device.computer_name.as_deref().into(),
            ],
        )?;
        Ok(true)
    }

    /// Lets a device leave, or says that it is to; one that has left or stands there already stays as it is.
    ///
    /// # Errors
    /// What the engine says.
    pub fn end_device(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
        state: State,
        now: Timestamp,
    ) -> Result<(), Error> {
        let ended = self.execute(
            "UPDATE device SET state = $3, updated_at = $4, revision = revision + 1
             WHERE id = $1 AND organization_id = $2 AND state <> 'DELETED' AND state <> $3",
            &[
                (&id.to_string()).into(),
                (&organization.to_string()).into(),
                state.word().into(),
                now.into(),
            ],
        )?;
        if ended > 0 {
            self.queue_event(id, Event::Retired, None, now)?;
        }
        if state == State::Deleted {
            self.take_report_back(id, now)?;
        }
        Ok(())
    }

    /// Counts a change that was made beside the device's own record.
    ///
    /// # Errors
    /// What the engine says.
    pub fn touch_device(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "UPDATE device SET updated_at = $3, revision = revision + 1 WHERE id = $1 AND organization_id = $2",
            &[
                (&id.to_string()).into(),
                (&organization.to_string()).into(),
                now.into(),
            ],
        )?;
        Ok(())
    }

    /// Makes a device the older record of another, which receives these tags. False: one of them was merged already.
    ///
    /// # Errors
    /// What the engine says.
    pub fn merge_device(
        &mut self,
        older: &Device,
        into: ObjectId,
        tags: &[String],
        now: Timestamp,
    ) -> Result<bool, Error> {
        let (id, organization) = (older.id.to_string(), older.organization_id.to_string());
        let (into, tags) = (into.to_string(), json(&tags)?);
        // A device that was taken for a clone of its own older record is none.
        let joined = self.execute(
            "UPDATE device SET tags = $4, clone_of = CASE WHEN clone_of = $1 THEN NULL ELSE clone_of END,
                updated_at = $5, revision = revision + 1
             WHERE id = $3 AND organization_id = $2 AND merged_into IS NULL",
            &[
                (&id).into(),
                (&organization).into(),
                (&into).into(),
                (&tags).into(),
                now.into(),
            ],
        )?;
        let merged = self.execute(
            "UPDATE device SET merged_into = $3, state = 'DELETED', updated_at = $4, revision = revision + 1
             WHERE id = $1 AND organization_id = $2 AND merged_into IS NULL",
            &[
                (&id).into(),
                (&organization).into(),
                (&into).into(),
                now.into(),
            ],
        )?;
        if merged > 0 {
            self.queue_event(older.id, Event::Retired, None, now)?;
        }
        Ok(joined > 0 && merged > 0)
    }

    /// Notes that a device was in a management session; the first one that ended makes it active.
    ///
    /// # Errors
    /// What the engine says.
    pub fn note_session(&mut self, id: ObjectId, ended: bool, now: Timestamp) -> Result<(), Error> {
        self.execute(
            "UPDATE device SET last_seen_at = $2,
                state = CASE WHEN $3 = 1 AND state IN ('PROVISIONING', 'UNKNOWN') THEN 'ACTIVE' ELSE state END
             WHERE id = $1 AND state <> 'DELETED'",
            &[
                (&id.to_string()).into(),
                now.into(),
                u32::from(ended).into(),
            ],
        )?;
        Ok(())
    }

    /// Notes the session in which a device left.
    ///
    /// # Errors
    /// What the engine says.
    pub fn note_leaving(&mut self, id: ObjectId, now: Timestamp) -> Result<(), Error> {
        if self
            .device(id)?
            .is_some_and(|it| it.state != State::Deleted)
        {
            self.queue_event(id, Event::Retired, None, now)?;
        }
        self.execute(
            "UPDATE device SET state = 'DELETED', last_seen_at = $2 WHERE id = $1",
            &[(&id.to_string()).into(), now.into()],
        )?;
        self.take_report_back(id, now)
    }
}
