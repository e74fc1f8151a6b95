//! Changes of a token, each one conditional statement over the revision that was read.

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::token::Token;

use super::super::{Error, Transaction};

impl Transaction<'_> {
    /// Writes what can be changed of a pending token over its revision `read`. False: it is another by now.
    ///
    /// # Errors
    /// What the engine says.
    pub fn update_token(&mut self, token: &Token, read: i64) -> Result<bool, Error> {
        let json =
            |value: Result<String, _>| value.map_err(|_| Error::Row("a list is not writable"));
        let tags = json(serde_json::to_string(&token.tags))?;
        let policies = json(serde_json::to_string(&token.policies))?;
        let changed = self.execute(
            "UPDATE token SET display_name = $4, tags = $5, policies = $6, segment_id = $7, updated_at = $8,
                revision = revision + 1
             WHERE id = $1 AND organization_id = $2 AND revision = $3 AND state = 'PENDING'",
            &[
                (&token.id.to_string()).into(),
                (&token.organization_id.to_string()).into(),
                read.into(),
                token.display_name.as_deref().into(),
                (&tags).into(),
                (&policies).into(),
                token.segment_id.into(),
                token.updated_at.into(),
            ],
        )?;
        Ok(changed > 0)
    }

    /// Revokes a token; devices that it let in stay. One that was revoked before stays as it is.
    ///
    /// # Errors
    /// What the engine says.
    pub fn revoke_token(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "UPDATE token SET state = 'DELETED', updated_at = $3, revision = revision + 1
             WHERE id = $1 AND organization_id = $2 AND state <> 'DELETED'",
            &[
                (&id.to_string()).into(),
                (&organization.to_string()).into(),
                now.into(),
            ],
        )?;
        Ok(())
    }

    /// Writes the mail and the end of a token over its revision `read`, where it is neither spent nor revoked. False: it
    /// is another by now.
    ///
    /// # Errors
    /// What the engine says.
    pub fn renew_token(&mut self, token: &Token, read: i64) -> Result<bool, Error> {
        let renewed = self.execute(
            "UPDATE token SET send_email = $4, email_status = $5, language = $6, email_text = $7, expires_at = $8,
                updated_at = $9, revision = revision + 1
             WHERE id = $1 AND organization_id = $2 AND revision = $3 AND state = 'PENDING'",
            &[
                (&token.id.to_string()).into(),
                (&token.organization_id.to_string()).into(),
                read.into(),
                u32::from(token.send_email).into(),
                token.email_status.word().into(),
                token.language.as_deref().into(),
                token.email_text.as_deref().into(),
                token.expires_at.into(),
                token.updated_at.into(),
            ],
        )?;
        Ok(renewed > 0)
    }
}
