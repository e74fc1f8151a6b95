//! Requests that may be repeated: what came of the first one, kept sealed for a day, since answers hold secrets.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::id::ObjectId;

use super::{Admin, Error};

/// How long an answer is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// The answer of a request.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatedAnswer {
    /// HTTP status.
    pub status: u16,
    /// Media type of the body.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

/// What is known of a request that carries an `Idempotency-Key`.
pub enum Repeated {
    /// It is the first: it is to be carried out.
    New,
    /// The first was answered.
    Answered(RepeatedAnswer),
    /// The first is under way, or its process ended under it.
    UnderWay,
    /// The first was another request.
    Different,
}

impl Admin {
    /// Notes a request before it is carried out; of two at the same time one is the first.
    ///
    /// # Errors
    /// What the store says.
    pub async fn begin_repeated(
        &self,
        api_key: ObjectId,
        key: &str,
        fingerprint: Vec<u8>,
    ) -> Result<Repeated, Error> {
        let now = self.clock.now();
        let text = key.to_owned();
        let known = self
            .store
            .write(move |tx| {
                tx.forget_repeated_before(now - KEPT)?;
                if tx.insert_repeated(api_key, &text, &fingerprint, now)? {
                    return Ok::<_, crate::store::Error>(None);
                }
                let known = tx.repeated(api_key, &text)?;
                Ok(known.map(|known| (known.fingerprint == fingerprint, known.answer)))
            })
            .await?;
        Ok(match known {
            None => Repeated::New,
            Some((false, _)) => Repeated::Different,
            Some((true, None)) => Repeated::UnderWay,
            Some((true, Some(sealed))) => {
                let json = self
                    .keys
                    .open(&purpose(api_key, key), &sealed)
                    .map_err(|_| Error::Sealed)?;
                Repeated::Answered(serde_json::from_slice(&json).map_err(|_| Error::Sealed)?)
            }
        })
    }

    /// Keeps the answer of a request for its repetition.
    ///
    /// # Errors
    /// What the store says.
    pub async fn finish_repeated(
        &self,
        api_key: ObjectId,
        key: &str,
        answer: &RepeatedAnswer,
    ) -> Result<(), Error> {
        let json = serde_json::to_vec(answer).unwrap_or_default();
        let sealed = self.keys.seal(&purpose(api_key, key), &json);
        let (key, status) = (key.to_owned(), answer.status);
        self.store
            .write::<_, crate::store::Error, _>(move |tx| {
                tx.answer_repeated(api_key, &key, status, &sealed)
            })
            .await?;
        Ok(())
    }

    /// Forgets a request that did nothing, so that it may be repeated.
    ///
    /// # Errors
    /// What the store says.
    pub async fn forget_repeated(&self, api_key: ObjectId, key: &str) -> Result<(), Error> {
        let key = key.to_owned();
        self.store
            .write::<_, crate::store::Error, _>(move |tx| tx.forget_repeated(api_key, &key))
            .await?;
        Ok(())
    }
}

fn purpose(api_key: ObjectId, key: &str) -> String {
    format!("repeated:{api_key}:{key}")
}
