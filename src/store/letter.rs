//! The outbox: letters that wait, who has one in hand, and what became of it.

use jiff::{SignedDuration, Timestamp};

use crate::id::ObjectId;
use crate::language::Language;
use crate::letter::{Kind, Letter};

use super::{Error, Row, Transaction};

mod list;

pub use self::list::LetterRow;

/// How many letters an hour may bring; 0: any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LetterLimits {
    /// To one address of an organization.
    pub per_recipient: u32,
    /// From one organization.
    pub per_organization: u32,
}

/// A letter that a worker has in hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// The letter.
    pub letter: Letter,
    /// How often it was tried, this time included.
    pub tries: u32,
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// How long a worker may have a letter in hand: another takes it after that.
const LEASE: SignedDuration = SignedDuration::from_mins(5);
/// When a letter beyond the limits is looked at again.
const LATER: SignedDuration = SignedDuration::from_mins(5);

impl Transaction<'_> {
    /// Queues a letter. One that is told one time only, and was told, is passed over; an invitation takes the place of
    /// one of the same token that still waits.
    ///
    /// # Errors
    /// What the engine says.
    pub fn queue_letter(&mut self, letter: &Letter) -> Result<(), Error> {
        let token = letter.token_id.map(|id| id.to_string());
        if letter.kind == Kind::Resend {
            self.execute(
                "DELETE FROM letter WHERE token_id = $1 AND state = 'queued' AND kind IN ('invite', 'resend')",
                &[token.as_deref().into()],
            )?;
        }
        let about = serde_json::to_string(&letter.about).map_err(|_| Error::Row("not writable"))?;
        self.execute(
            "INSERT INTO letter (id, organization_id, kind, recipient, recipient_key, language, token_id, about, once,
                created_at, due_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
             ON CONFLICT (once) DO NOTHING",
            &[
                (&letter.id.to_string()).into(),
                (&letter.organization_id.to_string()).into(),
                letter.kind.word().into(),
                (&letter.recipient).into(),
                (&letter.recipient.to_lowercase()).into(),
                letter.language.map(Language::tag).into(),
                token.as_deref().into(),
                (&about).into(),
                letter.once.as_deref().into(),
                letter.created_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Whether a letter waits for its turn now.
    ///
    /// # Errors
    /// What the engine says.
    pub fn letters_are_due(&mut self, now: Timestamp) -> Result<bool, Error> {
        let due = self.first(
            "SELECT 1 FROM letter WHERE state = 'queued' AND due_at <= $1 LIMIT 1",
            &[now.into()],
        )?;
        Ok(due.is_some())
    }

    /// Takes up to `most` letters that are due in hand; those beyond the limits of the hour are put off.
    ///
    /// # Errors
    /// What the engine says.
    pub fn take_letters(
        &mut self,
        now: Timestamp,
        most: u32,
        limits: LetterLimits,
    ) -> Result<Vec<Handed>, Error> {
        let due = self.query(
            "SELECT id, organization_id, kind, recipient, language, token_id, about, once, created_at, tries FROM letter
             WHERE state = 'queued' AND due_at <= $1 ORDER BY due_at, id LIMIT $2",
            &[now.into(), most.into()],
        )?;
        let mut taken = Vec::with_capacity(due.len());
        for row in due {
            let handed = from_row(&row)?;
            let fits = self.fits(&handed.letter, now, limits)?;
            let (until, in_hand) = match fits {
                true => (now + LEASE, Some(now)),
                false => (now + LATER, None),
            };
            let mine = self.execute(
                "UPDATE letter SET due_at = $2, handed_at = COALESCE($3, handed_at),
                    tries = tries + CASE WHEN $3 IS NULL THEN 0 ELSE 1 END
                 WHERE id = $1 AND state = 'queued' AND due_at <= $4",
                &[
                    (&handed.letter.id.to_string()).into(),
                    until.into(),
                    in_hand.into(),
                    now.into(),
                ],
            )?;
            if fits && mine > 0 {
                taken.push(handed);
            }
        }
        Ok(taken)
    }

    fn fits(
        &mut self,
        letter: &Letter,
        now: Timestamp,
        limits: LetterLimits,
    ) -> Result<bool, Error> {
        let organization = letter.organization_id.to_string();
        let since = now - HOUR;
        if limits.per_recipient > 0 {
            let sent = self.count(
                "SELECT COUNT(*) FROM letter WHERE organization_id = $1 AND recipient_key = $2 AND handed_at > $3 AND id <> $4",
                &[
                    (&organization).into(),
                    (&letter.recipient.to_lowercase()).into(),
                    since.into(),
                    (&letter.id.to_string()).into(),
                ],
            )?;
            if sent >= u64::from(limits.per_recipient) {
                return Ok(false);
            }
        }
        if limits.per_organization > 0 {
            let sent = self.count(
                "SELECT COUNT(*) FROM letter WHERE organization_id = $1 AND handed_at > $2 AND id <> $3",
                &[
                    (&organization).into(),
                    since.into(),
                    (&letter.id.to_string()).into(),
                ],
            )?;
            return Ok(sent < u64::from(limits.per_organization));
        }
        Ok(true)
    }

    /// A mail server took the letter.
    ///
    /// # Errors
    /// What the engine says.
    pub fn letter_sent(&mut self, letter: &Letter, now: Timestamp) -> Result<(), Error> {
        self.execute(
            "UPDATE letter SET state = 'sent', sent_at = $2, problem = NULL WHERE id = $1",
            &[(&letter.id.to_string()).into(), now.into()],
        )?;
        self.mark(letter, "sent")
    }

    /// The letter was not taken: it is tried `again`, or has failed. What was not sent does not count in the limits.
    ///
    /// # Errors
    /// What the engine says.
    pub fn letter_not_sent(
        &mut self,
        letter: &Letter,
        problem: &str,
        again: Option<Timestamp>,
    ) -> Result<(), Error> {
        self.execute(
            "UPDATE letter SET state = CASE WHEN $2 IS NULL THEN 'failed' ELSE 'queued' END,
                due_at = COALESCE($2, due_at), handed_at = NULL, problem = $3
             WHERE id = $1 AND state = 'queued'",
            &[
                (&letter.id.to_string()).into(),
                again.into(),
                problem.into(),
            ],
        )?;
        match again {
            Some(_) => Ok(()),
            None => self.mark(letter, "failed"),
        }
    }

    /// The token shows how its invitation stands, unless another one waits.
    fn mark(&mut self, letter: &Letter, status: &'static str) -> Result<(), Error> {
        if !matches!(letter.kind, Kind::Invite | Kind::Resend) {
            return Ok(());
        }
        self.execute(
            "UPDATE token SET email_status = $2 WHERE id = $1 AND NOT EXISTS
                (SELECT 1 FROM letter WHERE token_id = $1 AND state = 'queued' AND kind IN ('invite', 'resend'))",
            &[
                letter
                    .token_id
                    .map(|id| id.to_string())
                    .as_deref()
                    .into(),
                status.into(),
            ],
        )?;
        Ok(())
    }

    /// Tokens that end within a day and whose holder was not reminded: those that lasted more than two days.
    ///
    /// # Errors
    /// What the engine says.
    pub fn tokens_to_remind(&mut self, now: Timestamp, most: u32) -> Result<Vec<ObjectId>, Error> {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        let rows = self.query(
            "SELECT id FROM token WHERE send_email = 1 AND state = 'PENDING' AND expires_at > $1 AND expires_at <= $2
                AND expires_at - created_at > $3 AND email IS NOT NULL AND uses = 0 AND blocked = 0
                AND NOT EXISTS (SELECT 1 FROM letter WHERE once = 'reminder:' || token.id)
             ORDER BY expires_at LIMIT $4",
            &[
                now.into(),
                (now.as_millisecond() + DAY).into(),
                (2 * DAY).into(),
                most.into(),
            ],
        )?;
        rows.iter().map(|row| row.id(0)).collect()
    }

    /// Forgets letters that were sent or given up, and queued before a moment. How many there were.
    ///
    /// # Errors
    /// What the engine says.
    pub fn forget_letters(&mut self, before: Timestamp) -> Result<u64, Error> {
        self.execute(
            "DELETE FROM letter WHERE state <> 'queued' AND created_at < $1",
            &[before.into()],
        )
    }

    /// Whether there are letters to forget.
    ///
    /// # Errors
    /// What the engine says.
    pub fn letters_are_old(&mut self, before: Timestamp) -> Result<bool, Error> {
        let old = self.first(
            "SELECT 1 FROM letter WHERE state <> 'queued' AND created_at < $1 LIMIT 1",
            &[before.into()],
        )?;
        Ok(old.is_some())
    }
}

fn from_row(row: &Row) -> Result<Handed, Error> {
    let language = row.optional_text(4)?;
    Ok(Handed {
        letter: Letter {
            id: row.id(0)?,
            organization_id: row.id(1)?,
            kind: Kind::from_word(&row.text(2)?).ok_or(Error::Row("an unknown kind of letter"))?,
            recipient: row.text(3)?,
            language: language.as_deref().and_then(Language::of_tag),
            token_id: row.optional_id(5)?,
            about: row.json(6)?,
            once: row.optional_text(7)?,
            created_at: row.time(8)?,
        },
        tries: row.optional_count(9)?.unwrap_or_default() + 1,
    })
}
