//! Tokens in the store: found by keyed hash, spent by one conditional update.

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::token::{EmailStatus, Kind, Stored, Token};

use super::{Error, Row, Transaction};

/// A token to store, with the hashes and the sealed copy of its secrets.
#[derive(Debug)]
pub struct NewToken {
    /// The token itself.
    pub token: Token,
    /// Keyed hash of the value.
    pub value_lookup: [u8; 32],
    /// Keyed hash of the code.
    pub code_lookup: [u8; 32],
    /// Value and code, sealed.
    pub sealed: Vec<u8>,
}

/// A token with the sealed copy of its secrets.
#[derive(Debug)]
pub struct SealedToken {
    /// The token itself.
    pub token: Token,
    /// Value and code, sealed.
    pub sealed: Vec<u8>,
}

/// The columns of a row, in the order in which it is read.
macro_rules! token_columns {
    () => {
        "id, organization_id, kind, email, display_name, tags, max_uses, uses, device_cap, state, created_at, expires_at, used_at, sealed, template_id, mdm_user_id, segment_id, policies, send_email, email_status, email_text, language, additional_data, allow_personal_usage, updated_at, revision, blocked"
    };
}

mod active;
mod around;
mod change;
mod list;
mod policy;

pub use self::around::{AroundTokens, UserOfToken};
pub use self::list::{TokenFilter, TokenOrder};

impl Transaction<'_> {
    /// Stores a new token.
    ///
    /// # Errors
    /// What the engine says.
    pub fn insert_token(&mut self, new: &NewToken) -> Result<(), Error> {
        let token = &new.token;
        let tags =
            serde_json::to_string(&token.tags).map_err(|_| Error::Row("tags are not writable"))?;
        let policies = serde_json::to_string(&token.policies)
            .map_err(|_| Error::Row("policies are not writable"))?;
        let (template, user) = (
            token.template_id.map(|id| id.to_string()),
            token.mdm_user_id.map(|id| id.to_string()),
        );
        self.execute(
            "INSERT INTO token (id, organization_id, kind, email, display_name, tags, max_uses, uses, device_cap,
                state, created_at, expires_at, used_at, value_lookup, code_lookup, sealed, template_id, mdm_user_id,
                segment_id, policies, send_email, email_status, email_text, language, additional_data,
                allow_personal_usage, updated_at, blocked)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                $23, $24, $25, $26, $27, $28)",
            &[
                (&token.id.to_string()).into(),
                (&token.organization_id.to_string()).into(),
                token.kind.word().into(),
                token.email.as_deref().into(),
                token.display_name.as_deref().into(),
                (&tags).into(),
                token.max_uses.into(),
                token.uses.into(),
                token.device_cap.into(),
                token.stored.word().into(),
                token.created_at.into(),
                token.expires_at.into(),
                token.used_at.into(),
                new.value_lookup.as_slice().into(),
                new.code_lookup.as_slice().into(),
                (&new.sealed).into(),
                template.as_deref().into(),
                user.as_deref().into(),
                token.segment_id.into(),
                (&policies).into(),
                u32::from(token.send_email).into(),
                token.email_status.word().into(),
                token.email_text.as_deref().into(),
                token.language.as_deref().into(),
                token.additional_data.as_deref().into(),
                token.allow_personal_usage.as_deref().into(),
                token.updated_at.into(),
                u32::from(token.blocked).into(),
            ],
        )?;
        Ok(())
    }

    /// The token with this identifier.
    ///
    /// # Errors
    /// What the engine says.
    pub fn token(&mut self, id: ObjectId) -> Result<Option<Token>, Error> {
        Ok(self.sealed_token(id)?.map(|found| found.token))
    }

    /// The token with this identifier, and its sealed secrets.
    ///
    /// # Errors
    /// What the engine says.
    pub fn sealed_token(&mut self, id: ObjectId) -> Result<Option<SealedToken>, Error> {
        let rows = self.query(
            concat!("SELECT ", token_columns!(), " FROM token WHERE id = $1"),
            &[(&id.to_string()).into()],
        )?;
        rows.first().map(from_row).transpose()
    }

    /// The token whose value has this keyed hash.
    ///
    /// # Errors
    /// What the engine says.
    pub fn token_by_value(&mut self, lookup: &[u8; 32]) -> Result<Option<Token>, Error> {
        let rows = self.query(
            concat!(
                "SELECT ",
                token_columns!(),
                " FROM token WHERE value_lookup = $1"
            ),
            &[lookup.as_slice().into()],
        )?;
        Ok(rows
            .first()
            .map(from_row)
            .transpose()?
            .map(|found| found.token))
    }

    /// The token whose code has this keyed hash.
    ///
    /// # Errors
    /// What the engine says.
    pub fn token_by_code(&mut self, lookup: &[u8; 32]) -> Result<Option<Token>, Error> {
        let rows = self.query(
            concat!(
                "SELECT ",
                token_columns!(),
                " FROM token WHERE code_lookup = $1"
            ),
            &[lookup.as_slice().into()],
        )?;
        Ok(rows
            .first()
            .map(from_row)
            .transpose()?
            .map(|found| found.token))
    }

    /// Spends one use of a token: the one statement that decides a race. False: it may not be used any more.
    ///
    /// # Errors
    /// What the engine says.
    pub fn spend_token(&mut self, id: ObjectId, now: Timestamp) -> Result<bool, Error> {
        let spent = self.query(
            "UPDATE token SET uses = uses + 1, used_at = $2,
                state = CASE WHEN max_uses IS NOT NULL AND uses + 1 >= max_uses THEN 'DONE' ELSE state END
             WHERE id = $1 AND state = 'PENDING' AND (max_uses IS NULL OR uses < max_uses)
                AND (expires_at IS NULL OR expires_at > $2)
             RETURNING uses",
            &[(&id.to_string()).into(), now.into()],
        )?;
        Ok(!spent.is_empty())
    }
}

fn from_row(row: &Row) -> Result<SealedToken, Error> {
    let token = Token {
        id: row.id(0)?,
        organization_id: row.id(1)?,
        kind: Kind::from_word(&row.text(2)?).ok_or(Error::Row("an unknown kind of token"))?,
        email: row.optional_text(3)?,
        display_name: row.optional_text(4)?,
        tags: row.json(5)?,
        max_uses: row.optional_count(6)?,
        uses: row.optional_count(7)?.unwrap_or_default(),
        device_cap: row.optional_count(8)?,
        stored: Stored::from_word(&row.text(9)?)
            .ok_or(Error::Row("an unknown state of a token"))?,
        created_at: row.time(10)?,
        expires_at: row.optional_time(11)?,
        used_at: row.optional_time(12)?,
        template_id: row.optional_id(14)?,
        mdm_user_id: row.optional_id(15)?,
        segment_id: row.optional_count(16)?.unwrap_or_default(),
        policies: row.json(17)?,
        send_email: row.optional_integer(18)? == Some(1),
        email_status: EmailStatus::from_word(&row.text(19)?)
            .ok_or(Error::Row("an unknown state of a mail"))?,
        email_text: row.optional_text(20)?,
        language: row.optional_text(21)?,
        additional_data: row.optional_text(22)?,
        allow_personal_usage: row.optional_text(23)?,
        updated_at: row.optional_time(24)?,
        revision: row.optional_integer(25)?.unwrap_or(1),
        blocked: row.optional_integer(26)? == Some(1),
    };
    Ok(SealedToken {
        token,
        sealed: row.blob(13)?,
    })
}
