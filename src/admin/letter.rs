//! The outbox as a worker sees it: what is due, in words, and what became of it.

mod list;

use jiff::{SignedDuration, Timestamp};

use crate::branding::Face;
use crate::language::Language;
use crate::letter::{Composed, Content, Kind, Letter, Wording, compose};
use crate::store::{self, AroundTokens, Handed, LetterLimits, Transaction};
use crate::token::State;

use super::face::face;
use super::{Admin, Error, ShownToken};

pub use self::list::ShownLetter;

/// What to do with a letter in hand.
#[derive(Debug)]
pub enum Errand {
    /// It is to be sent.
    Send(Box<ReadyLetter>),
    /// There is nothing to send any more, and why.
    Drop(Letter, String),
    /// It cannot be put into words now, and why. How often it was tried stands beside it.
    Later(Letter, u32, String),
}

/// A letter in words.
#[derive(Debug)]
pub struct ReadyLetter {
    /// The letter.
    pub letter: Letter,
    /// How often it was tried, this time included.
    pub tries: u32,
    /// Who writes.
    pub from: String,
    /// Its words.
    pub composed: Composed,
}

/// How long a letter is tried.
const TRIED: SignedDuration = SignedDuration::from_hours(24);
/// The first pause after a failure; each next one is twice as long.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// The longest pause.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);
/// How long what was sent is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Reminders that are queued at a time.
const REMINDERS: u32 = 200;

impl Admin {
    /// Up to `most` letters whose turn it is, in words.
    ///
    /// # Errors
    /// What the store says.
    pub async fn errands(&self, most: u32, limits: LetterLimits) -> Result<Vec<Errand>, Error> {
        let now = self.clock.now();
        if !self.store.look(|tx| tx.letters_are_due(now))? {
            return Ok(Vec::new());
        }
        let taken = self
            .store
            .write::<_, store::Error, _>(move |tx| tx.take_letters(now, most, limits))
            .await?;
        let errands = taken.into_iter().map(|handed| {
            let (letter, tries) = (handed.letter.clone(), handed.tries);
            // One letter that cannot be read keeps no other.
            self.errand(handed, now)
                .unwrap_or_else(|error| Errand::Later(letter, tries, error.to_string()))
        });
        Ok(errands.collect())
    }

    fn errand(&self, handed: Handed, now: Timestamp) -> Result<Errand, Error> {
        let letter = handed.letter;
        let drop = |why: &str| Ok(Errand::Drop(letter.clone(), why.to_owned()));
        let found = self.store.look(|tx| self.around(tx, &letter))?;
        if letter.kind.invites() {
            match found.token.as_ref().map(|token| token.state) {
                Some(State::Pending) => {}
                Some(State::Done) => return drop("the token was used"),
                Some(State::Expired) => return drop("the token has expired"),
                Some(State::Deleted) | None => return drop("the token was revoked"),
            }
        }
        if !letter.kind.invites() && now.duration_since(letter.created_at) > TRIED {
            return drop("it is no news any more");
        }
        let language = found.language;
        let content = self.content(&letter, &found);
        let ours = Wording::ours(letter.kind, language);
        let own = found
            .wording
            .as_ref()
            .map(|own| compose(own, language, &content));
        let composed = match own {
            Some(Ok(composed)) => composed,
            refused => {
                if let Some(Err(error)) = refused {
                    tracing::warn!(kind = letter.kind.word(), %error, "an organization's own words cannot be used");
                }
                match compose(ours, language, &content) {
                    Ok(composed) => composed,
                    Err(error) => return drop(&error.to_string()),
                }
            }
        };
        Ok(Errand::Send(Box::new(ReadyLetter {
            from: found.face.name,
            tries: handed.tries,
            letter,
            composed,
        })))
    }

    fn around(&self, tx: &mut Transaction<'_>, letter: &Letter) -> Result<Around, Error> {
        let face = face(tx, letter.organization_id)?;
        let language = letter.language.unwrap_or(face.language);
        let token = match letter.token_id {
            Some(id) => tx.sealed_token(id)?,
            None => None,
        };
        let around = AroundTokens::default();
        let token = token.map(|token| self.unsealed(token, &around));
        Ok(Around {
            token: token.transpose()?,
            wording: tx.wording(letter.organization_id, letter.kind, language)?,
            language,
            face,
        })
    }

    fn content(&self, letter: &Letter, found: &Around) -> Content {
        let token = found.token.as_ref();
        let invited = token.filter(|_| letter.kind.invites());
        let server = url::Url::parse(&self.web_url).ok();
        Content {
            name: found.face.name.clone(),
            contact: found.face.contact.clone(),
            accent: found.face.accent.clone(),
            server: server
                .as_ref()
                .and_then(|url| url.host_str())
                .unwrap_or_default()
                .to_owned(),
            email: letter.recipient.clone(),
            code: invited.map(|token| token.enroll_code.clone()),
            link: invited.map(|token| token.enrollment_link.clone()),
            expires: invited
                .and_then(|token| token.record.expires_at)
                .map(|end| end.strftime("%Y-%m-%d %H:%M UTC").to_string()),
            text: invited.and_then(|token| token.record.email_text.clone()),
            device: letter.about.device.clone(),
            reason: match (found.language, &letter.about.reason_in_spanish) {
                (Language::Es, Some(spanish)) => Some(spanish.clone()),
                _ => letter.about.reason.clone(),
            },
            support_id: letter.about.support_id.clone(),
        }
    }

    /// A mail server took a letter.
    ///
    /// # Errors
    /// What the store says.
    pub async fn letter_sent(&self, letter: Letter) -> Result<(), Error> {
        let now = self.clock.now();
        let work = move |tx: &mut Transaction<'_>| tx.letter_sent(&letter, now);
        Ok(self.store.write::<_, store::Error, _>(work).await?)
    }

    /// No mail server took a letter. It is tried again for a day, with growing pauses, unless the failure is `lasting`.
    ///
    /// # Errors
    /// What the store says.
    pub async fn letter_not_sent(
        &self,
        letter: Letter,
        tries: u32,
        problem: String,
        lasting: bool,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let pause = PAUSE
            .saturating_mul(1 << tries.saturating_sub(1).min(10))
            .min(LONGEST);
        let given_up = lasting || now.duration_since(letter.created_at) > TRIED;
        let again = (!given_up).then(|| now + pause);
        let work = move |tx: &mut Transaction<'_>| tx.letter_not_sent(&letter, &problem, again);
        Ok(self.store.write::<_, store::Error, _>(work).await?)
    }

    /// Forgets letters that were sent or given up three months ago. How many there were.
    ///
    /// # Errors
    /// What the store says.
    pub async fn forget_letters(&self) -> Result<u64, Error> {
        let before = self.clock.now() - REMEMBERED;
        let find = |tx: &mut Transaction<'_>| tx.letters_are_old(before);
        if !self.store.look::<_, store::Error, _>(find)? {
            return Ok(0);
        }
        let work = move |tx: &mut Transaction<'_>| tx.forget_letters(before);
        Ok(self.store.write::<_, store::Error, _>(work).await?)
    }

    /// Queues a reminder to each holder whose token ends within a day: once. How many there were.
    ///
    /// # Errors
    /// What the store says.
    pub async fn remind(&self) -> Result<usize, Error> {
        let now = self.clock.now();
        let find = |tx: &mut Transaction<'_>| tx.tokens_to_remind(now, REMINDERS);
        if self.store.look::<_, store::Error, _>(find)?.is_empty() {
            return Ok(0);
        }
        let work = move |tx: &mut Transaction<'_>| {
            let mut queued = 0;
            for id in tx.tokens_to_remind(now, REMINDERS)? {
                let token = tx.token(id)?;
                let reminder = token.and_then(|token| Letter::of(Kind::Reminder, &token, now));
                if let Some(letter) = reminder {
                    tx.queue_letter(&letter.once(format!("reminder:{id}")))?;
                    queued += 1;
                }
            }
            Ok(queued)
        };
        Ok(self.store.write::<_, store::Error, _>(work).await?)
    }
}

/// What a letter needs to know.
struct Around {
    face: Face,
    language: Language,
    wording: Option<Wording>,
    token: Option<ShownToken>,
}
