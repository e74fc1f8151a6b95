//! Requests with an `Idempotency-Key` in the store.

use jiff::Timestamp;

use crate::id::ObjectId;

use super::{Error, Transaction};

/// A request that was noted.
#[derive(Debug)]
pub struct RepeatedRow {
    /// SHA-256 of the request.
    pub fingerprint: Vec<u8>,
    /// Its answer, sealed; none: there is none yet.
    pub answer: Option<Vec<u8>>,
}

impl Transaction<'_> {
    /// Notes a request. False: its key is taken.
    ///
    /// # Errors
    /// What the engine says.
    pub fn insert_repeated(
        &mut self,
        api_key: ObjectId,
        key: &str,
        fingerprint: &[u8],
        now: Timestamp,
    ) -> Result<bool, Error> {
        let inserted = self.execute(
            "INSERT INTO repeated (api_key_id, idempotency_key, fingerprint, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (api_key_id, idempotency_key) DO NOTHING",
            &[
                (&api_key.to_string()).into(),
                key.into(),
                fingerprint.into(),
                now.into(),
            ],
        )?;
        Ok(inserted > 0)
    }

    /// The request that was noted under this key.
    ///
    /// # Errors
    /// What the engine says.
    pub fn repeated(&mut self, api_key: ObjectId, key: &str) -> Result<Option<RepeatedRow>, Error> {
        self.first(
            "SELECT fingerprint, answer FROM repeated WHERE api_key_id = $1 AND idempotency_key = $2",
            &[(&api_key.to_string()).into(), key.into()],
        )?
        .map(|row| {
            Ok(RepeatedRow {
                fingerprint: row.blob(0)?,
                answer: row.optional_blob(1)?,
            })
        })
        .transpose()
    }

    /// Keeps the answer of a request.
    ///
    /// # Errors
    /// What the engine says.
    pub fn answer_repeated(
        &mut self,
        api_key: ObjectId,
        key: &str,
        status: u16,
        answer: &[u8],
    ) -> Result<(), Error> {
        self.execute(
            "UPDATE repeated SET status = $3, answer = $4 WHERE api_key_id = $1 AND idempotency_key = $2",
            &[
                (&api_key.to_string()).into(),
                key.into(),
                u32::from(status).into(),
                answer.into(),
            ],
        )?;
        Ok(())
    }

    /// Forgets one request.
    ///
    /// # Errors
    /// What the engine says.
    pub fn forget_repeated(&mut self, api_key: ObjectId, key: &str) -> Result<(), Error> {
        self.execute(
            "DELETE FROM repeated WHERE api_key_id = $1 AND idempotency_key = $2",
            &[(&api_key.to_string()).into(), key.into()],
        )?;
        Ok(())
    }

    /// Forgets the requests that were made before `before`.
    ///
    /// # Errors
    /// What the engine says.
    pub fn forget_repeated_before(&mut self, before: Timestamp) -> Result<(), Error> {
        self.execute(
            "DELETE FROM repeated WHERE created_at < $1",
            &[before.into()],
        )?;
        Ok(())
    }
}
