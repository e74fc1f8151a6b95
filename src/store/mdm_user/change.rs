//! The change and the end of users, which their tokens share.

use jiff::Timestamp;

use crate::id::ObjectId;

use super::super::{Error, Transaction};
use super::{StoredUser, tags};

impl Transaction<'_> {
    /// Writes a user over its revision `read`; its tokens follow whether it may enroll. False: it is another by now.
    ///
    /// # Errors
    /// [`Error::Conflict`] when its address is taken.
    pub fn update_user(&mut self, user: &StoredUser, read: i64) -> Result<bool, Error> {
        let (key, tags) = (user.email.to_lowercase(), tags(user)?);
        let (organization, id) = (user.organization_id.to_string(), user.id.to_string());
        let enabled = u32::from(user.enabled);
        let changed = self.execute(
            "UPDATE mdm_user SET email = $4, email_key = $5, first_name = $6, last_name = $7, tags = $8, enabled = $9,
                segment_id = $10, updated_at = $11, revision = revision + 1
             WHERE organization_id = $1 AND id = $2 AND revision = $3",
            &[
                (&organization).into(),
                (&id).into(),
                read.into(),
                (&user.email).into(),
                (&key).into(),
                user.first_name.as_deref().into(),
                user.last_name.as_deref().into(),
                (&tags).into(),
                enabled.into(),
                user.segment_id.into(),
                user.updated_at.into(),
            ],
        )?;
        if changed == 0 {
            return Ok(false);
        }
        self.execute(
            "UPDATE token SET blocked = 1 - $3 WHERE organization_id = $1 AND mdm_user_id = $2 AND blocked = $3",
            &[(&organization).into(), (&id).into(), enabled.into()],
        )?;
        Ok(true)
    }

    /// The hash of a local user's password.
    ///
    /// # Errors
    /// What the engine says.
    pub fn user_password(&mut self, id: ObjectId) -> Result<Option<String>, Error> {
        self.first(
            "SELECT password FROM mdm_user WHERE id = $1",
            &[(&id.to_string()).into()],
        )?
        .map(|row| row.optional_text(0))
        .transpose()
        .map(Option::flatten)
    }

    /// Gives a local user another password, or takes it away.
    ///
    /// # Errors
    /// What the engine says.
    pub fn set_user_password(&mut self, id: ObjectId, hash: Option<&str>) -> Result<(), Error> {
        self.execute(
            "UPDATE mdm_user SET password = $2 WHERE id = $1",
            &[(&id.to_string()).into(), hash.into()],
        )?;
        Ok(())
    }

    /// Deletes a user and revokes the tokens that it could still use.
    ///
    /// # Errors
    /// What the engine says.
    pub fn delete_user(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (organization, id) = (organization.to_string(), id.to_string());
        self.execute(
            "UPDATE token SET state = CASE WHEN state = 'PENDING' THEN 'DELETED' ELSE state END, mdm_user_id = NULL,
                updated_at = $3, revision = revision + 1
             WHERE organization_id = $1 AND mdm_user_id = $2",
            &[(&organization).into(), (&id).into(), now.into()],
        )?;
        self.execute(
            "DELETE FROM mdm_user WHERE organization_id = $1 AND id = $2",
            &[(&organization).into(), (&id).into()],
        )?;
        Ok(())
    }
}
