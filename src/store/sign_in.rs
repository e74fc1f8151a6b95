//! Results of sign-ins on our own page: each opens one flow, once.

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::identity::Identity;

use super::branding::written;
use super::{Error, Transaction};

/// A finished sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Its identifier.
    pub id: ObjectId,
    /// The token that was shown.
    pub token_id: ObjectId,
    /// The person, as the token or the identity provider proves.
    pub email: Option<String>,
    /// What an identity provider proved.
    pub identity: Option<Identity>,
    /// What the person filled in: pairs of a key and a value.
    pub answers: Vec<(String, String)>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The device that spent it.
    pub device_id: Option<ObjectId>,
}

impl Transaction<'_> {
    /// Stores a finished sign-in under the keyed hash of its value, and forgets those that ended a day ago.
    ///
    /// # Errors
    /// What the engine says.
    pub fn insert_sign_in(
        &mut self,
        sign_in: &SignIn,
        lookup: &[u8; 32],
        now: Timestamp,
    ) -> Result<(), Error> {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        self.execute(
            "DELETE FROM sign_in WHERE expires_at < $1",
            &[(now.as_millisecond() - DAY).into()],
        )?;
        let answers = written(&sign_in.answers)?;
        let identity = sign_in.identity.as_ref().map(written).transpose()?;
        self.execute(
            "INSERT INTO sign_in (id, lookup, token_id, email, expires_at, answers, identity)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &[
                (&sign_in.id.to_string()).into(),
                lookup.as_slice().into(),
                (&sign_in.token_id.to_string()).into(),
                sign_in.email.as_deref().into(),
                sign_in.expires_at.into(),
                (&answers).into(),
                identity.as_deref().into(),
            ],
        )?;
        Ok(())
    }

    /// The sign-in whose value has this keyed hash.
    ///
    /// # Errors
    /// What the engine says.
    pub fn sign_in(&mut self, lookup: &[u8; 32]) -> Result<Option<SignIn>, Error> {
        self.first(
            "SELECT id, token_id, email, expires_at, device_id, answers, identity FROM sign_in WHERE lookup = $1",
            &[lookup.as_slice().into()],
        )?
        .map(|row| {
            Ok(SignIn {
                id: row.id(0)?,
                token_id: row.id(1)?,
                email: row.optional_text(2)?,
                expires_at: row.time(3)?,
                device_id: row.optional_id(4)?,
                answers: row.json(5)?,
                identity: row.optional_json(6)?,
            })
        })
        .transpose()
    }

    /// Gives a sign-in to a device. False: another device has it, or its time is over.
    ///
    /// # Errors
    /// What the engine says.
    pub fn spend_sign_in(
        &mut self,
        id: ObjectId,
        device: ObjectId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let spent = self.query(
            "UPDATE sign_in SET device_id = $2 WHERE id = $1 AND device_id IS NULL AND expires_at > $3 RETURNING id",
            &[(&id.to_string()).into(), (&device.to_string()).into(), now.into()],
        )?;
        Ok(!spent.is_empty())
    }
}
