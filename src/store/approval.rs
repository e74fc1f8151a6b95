//! Devices that wait for an administrator, in the store.

use jiff::Timestamp;

use crate::approval::{Approval, State};
use crate::id::ObjectId;

use super::{Error, Row, Transaction};

macro_rules! columns {
    () => {
        "SELECT id, organization_id, state, token_id, template_id, segment_id, device_key, hardware_id, owner, device_name,
            facts, decision, attempt_id, asked, created_at, updated_at, decided_at, decided_by, note, device_id, revision
         FROM approval"
    };
}

macro_rules! seen {
    () => {
        " WHERE organization_id = $1 AND ($2 IS NULL OR $2 LIKE '%,' || segment_id || ',%') AND ($3 IS NULL OR state = $3)"
    };
}

/// What an administrator decides.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Approved or denied.
    pub state: State,
    /// Who decides.
    pub by: Option<ObjectId>,
    /// What is written.
    pub note: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl Transaction<'_> {
    /// Puts a device into the queue; one that is there has asked once more.
    ///
    /// # Errors
    /// What the engine says.
    pub fn ask_approval(&mut self, asked: &Approval) -> Result<(), Error> {
        let written = |_| Error::Row("an approval is not writable as JSON");
        let facts = serde_json::to_string(&asked.facts).map_err(written)?;
        let decision = serde_json::to_string(&asked.decision).map_err(written)?;
        let template = asked.template_id.map(|id| id.to_string());
        let attempt = asked.attempt_id.map(|id| id.to_string());
        self.execute(
            "INSERT INTO approval (id, organization_id, state, token_id, template_id, segment_id, device_key, hardware_id,
                owner, device_name, facts, decision, attempt_id, created_at, updated_at)
             VALUES ($1, $2, 'PENDING', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
             ON CONFLICT (token_id, device_key) WHERE state <> 'ENROLLED' DO UPDATE SET asked = approval.asked + 1,
                attempt_id = excluded.attempt_id, decision = excluded.decision, updated_at = excluded.updated_at
                WHERE approval.state = 'PENDING'",
            &[
                (&asked.id.to_string()).into(),
                (&asked.organization_id.to_string()).into(),
                (&asked.token_id.to_string()).into(),
                template.as_deref().into(),
                asked.segment_id.into(),
                (&asked.device_key).into(),
                asked.hardware_id.as_deref().into(),
                asked.owner.as_deref().into(),
                asked.device_name.as_deref().into(),
                (&facts).into(),
                (&decision).into(),
                attempt.as_deref().into(),
                asked.created_at.into(),
            ],
        )?;
        Ok(())
    }

    /// The approval that a device with this token waits for, or has and did not use yet.
    ///
    /// # Errors
    /// What the engine says.
    pub fn open_approval(
        &mut self,
        token: ObjectId,
        device_key: &str,
    ) -> Result<Option<Approval>, Error> {
        self.first(
            concat!(
                columns!(),
                " WHERE token_id = $1 AND device_key = $2 AND state <> 'ENROLLED'"
            ),
            &[(&token.to_string()).into(), device_key.into()],
        )?
        .map(|row| from_row(&row))
        .transpose()
    }

    /// How many devices of an organization wait, counted up to `limit`.
    ///
    /// # Errors
    /// What the engine says.
    pub fn pending_approvals(&mut self, organization: ObjectId, limit: u32) -> Result<u32, Error> {
        let row = self.first(
            "SELECT COUNT(*) FROM (SELECT 1 FROM approval WHERE organization_id = $1 AND state = 'PENDING' LIMIT $2)
                AS counted",
            &[(&organization.to_string()).into(), limit.into()],
        )?;
        let count = row.map(|row| row.optional_count(0)).transpose()?.flatten();
        Ok(count.unwrap_or_default())
    }

    /// Records a decision. False: the device came in already, or somebody else was faster.
    ///
    /// # Errors
    /// What the engine says.
    pub fn decide_approval(
        &mut self,
        approval: &Approval,
        verdict: &Verdict,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "UPDATE approval SET state = $2, decided_by = $3, note = $4, decided_at = $5, updated_at = $5,
                revision = revision + 1 WHERE id = $1 AND revision = $6 AND state <> 'ENROLLED'",
            &[
                (&approval.id.to_string()).into(),
                verdict.state.word().into(),
                verdict.by.map(|id| id.to_string()).as_deref().into(),
                verdict.note.as_deref().into(),
                verdict.at.into(),
                approval.revision.into(),
            ],
        )?;
        Ok(changed > 0)
    }

    /// Spends an approval on the device that comes in by it. False: it is not there any more.
    ///
    /// # Errors
    /// What the engine says.
    pub fn spend_approval(
        &mut self,
        id: ObjectId,
        device: ObjectId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "UPDATE approval SET state = 'ENROLLED', device_id = $2, updated_at = $3, revision = revision + 1
             WHERE id = $1 AND state = 'APPROVED'",
            &[
                (&id.to_string()).into(),
                (&device.to_string()).into(),
                now.into(),
            ],
        )?;
        Ok(changed > 0)
    }

    /// A page of approvals, the latest first, limited to listed segments.
    ///
    /// # Errors
    /// What the engine says.
    pub fn approvals(
        &mut self,
        organization: ObjectId,
        segments: Option<&str>,
        state: Option<State>,
        limit: u32,
        offset: i64,
    ) -> Result<Vec<Approval>, Error> {
        self.query(
            concat!(columns!(), seen!(), " ORDER BY id DESC LIMIT $4 OFFSET $5"),
            &[
                (&organization.to_string()).into(),
                segments.into(),
                state.map(State::word).into(),
                limit.into(),
                offset.into(),
            ],
        )?
        .iter()
        .map(from_row)
        .collect()
    }

    /// How many approvals there are.
    ///
    /// # Errors
    /// What the engine says.
    pub fn count_approvals(
        &mut self,
        organization: ObjectId,
        segments: Option<&str>,
        state: Option<State>,
    ) -> Result<u64, Error> {
        let row = self.first(
            concat!("SELECT COUNT(*) FROM approval", seen!()),
            &[
                (&organization.to_string()).into(),
                segments.into(),
                state.map(State::word).into(),
            ],
        )?;
        let count = row
            .map(|row| row.optional_integer(0))
            .transpose()?
            .flatten();
        Ok(count.and_then(|it| it.try_into().ok()).unwrap_or_default())
    }

    /// One approval within listed segments.
    ///
    /// # Errors
    /// What the engine says.
    pub fn approval(
        &mut self,
        organization: ObjectId,
        segments: Option<&str>,
        id: ObjectId,
    ) -> Result<Option<Approval>, Error> {
        self.first(
            concat!(columns!(), seen!(), " AND id = $4"),
            &[
                (&organization.to_string()).into(),
                segments.into(),
                None::<&str>.into(),
                (&id.to_string()).into(),
            ],
        )?
        .map(|row| from_row(&row))
        .transpose()
    }
}

fn from_row(row: &Row) -> Result<Approval, Error> {
    let state = State::from_word(&row.text(2)?);
    Ok(Approval {
        id: row.id(0)?,
        organization_id: row.id(1)?,
        state: state.ok_or(Error::Row("an unknown state of an approval"))?,
        token_id: row.id(3)?,
        template_id: row.optional_id(4)?,
        segment_id: row.optional_count(5)?.unwrap_or_default(),
        device_key: row.text(6)?,
        hardware_id: row.optional_text(7)?,
        owner: row.optional_text(8)?,
        device_name: row.optional_text(9)?,
        facts: row.json(10)?,
        decision: row.json(11)?,
        attempt_id: row.optional_id(12)?,
        asked: row.optional_count(13)?.unwrap_or_default(),
        created_at: row.time(14)?,
        updated_at: row.time(15)?,
        decided_at: row.optional_time(16)?,
        decided_by: row.optional_id(17)?,
        note: row.optional_text(18)?,
        device_id: row.optional_id(19)?,
        revision: row.optional_integer(20)?.unwrap_or(1),
    })
}
