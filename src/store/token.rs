//! Tokens in the store: found by keyed hash, spent by one conditional update.

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::token::{Kind, Stored, Token};

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
        "id, organization_id, kind, email, display_name, tags, max_uses, uses, device_cap, state, created_at, expires_at, used_at, sealed"
    };
}

impl Transaction<'_> {
    /// Stores a new token.
    ///
    /// # Errors
    /// What the engine says.
    pub fn insert_token(&mut self, new: &NewToken) -> Result<(), Error> {
        let token = &new.token;
        let tags =
            serde_json::to_string(&token.tags).map_err(|_| Error::Row("tags are not writable"))?;
        self.execute(
            "INSERT INTO token (id, organization_id, kind, email, display_name, tags, max_uses, uses, device_cap,
                state, created_at, expires_at, used_at, value_lookup, code_lookup, sealed)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
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

    /// The newest tokens of an organization.
    ///
    /// # Errors
    /// What the engine says.
    pub fn tokens(
        &mut self,
        organization: ObjectId,
        limit: u32,
    ) -> Result<Vec<SealedToken>, Error> {
        self.query(
            concat!(
                "SELECT ",
                token_columns!(),
                " FROM token WHERE organization_id = $1 ORDER BY id DESC LIMIT $2"
            ),
            &[(&organization.to_string()).into(), limit.into()],
        )?
        .iter()
        .map(from_row)
        .collect()
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

    /// Revokes a token. Devices that it let in stay. False: there is no such token.
    ///
    /// # Errors
    /// What the engine says.
    pub fn revoke_token(&mut self, organization: ObjectId, id: ObjectId) -> Result<bool, Error> {
        let revoked = self.execute(
            "UPDATE token SET state = 'DELETED' WHERE id = $1 AND organization_id = $2",
            &[(&id.to_string()).into(), (&organization.to_string()).into()],
        )?;
        Ok(revoked > 0)
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
    };
    Ok(SealedToken {
        token,
        sealed: row.blob(13)?,
    })
}
