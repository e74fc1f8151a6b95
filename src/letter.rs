//! Letters: the mails that people receive about their invitation and their devices.
//!
//! A letter is queued in the transaction of what it tells of, and put into words when it is sent: what it says of a token
//! is what is true of the token then.

mod compose;
mod wording;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::language::Language;
use crate::token::{Token, stored_as};

pub use self::compose::{Composed, Content, Error, compose};
pub use self::wording::Wording;

/// What a letter is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = LetterKind)]
pub enum Kind {
    /// An invitation to enroll.
    Invite,
    /// The invitation ends in a day.
    Reminder,
    /// The invitation once more.
    Resend,
    /// A device was enrolled.
    Enrolled,
    /// A device was turned away, and what mends it.
    Refused,
    /// A device waits for an administrator.
    Waiting,
    /// The device that waited may come in.
    Approved,
    /// The device that waited may not come in.
    Denied,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Invite,
        Self::Reminder,
        Self::Resend,
        Self::Enrolled,
        Self::Refused,
        Self::Waiting,
        Self::Approved,
        Self::Denied,
    ];

    /// Whether it carries the code and the link of a token, and makes sense only as long as that may be used.
    pub const fn invites(self) -> bool {
        matches!(self, Self::Invite | Self::Reminder | Self::Resend)
    }
}

stored_as!(Kind, Invite "invite", Reminder "reminder", Resend "resend", Enrolled "enrolled", Refused "refused",
    Waiting "waiting", Approved "approved", Denied "denied");

/// How a letter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = LetterState)]
pub enum State {
    /// It waits for its turn.
    Queued,
    /// A mail server took it.
    Sent,
    /// No mail server took it.
    Failed,
}

stored_as!(State, Queued "queued", Sent "sent", Failed "failed");

/// What a letter tells beyond its token.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// The name of the device.
    pub device: Option<String>,
    /// What the user read, or an administrator's note.
    pub reason: Option<String>,
    /// The same in Spanish, where it is ours.
    pub reason_in_spanish: Option<String>,
    /// What to tell the administrator: the trace id.
    pub support_id: Option<String>,
}

/// A letter in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its identifier, from which its `Message-ID` comes.
    pub id: ObjectId,
    /// The organization that writes.
    pub organization_id: ObjectId,
    /// What it is about.
    pub kind: Kind,
    /// The one address that it goes to.
    pub recipient: String,
    /// Its language; none: the organization's.
    pub language: Option<Language>,
    /// The token that it is about.
    pub token_id: Option<ObjectId>,
    /// What else it tells.
    pub about: About,
    /// What is told one time only; none: it may be told again.
    pub once: Option<String>,
    /// When it was queued.
    pub created_at: Timestamp,
}

impl Letter {
    /// A letter about a token to the person that it is for; none where that is nobody.
    pub fn of(kind: Kind, token: &Token, now: Timestamp) -> Option<Self> {
        Some(Self {
            id: ObjectId::generate(now),
            organization_id: token.organization_id,
            kind,
            recipient: token.email.clone()?,
            language: token.language.as_deref().and_then(Language::of_tag),
            token_id: Some(token.id),
            about: About::default(),
            once: None,
            created_at: now,
        })
    }

    /// The same, telling more.
    #[must_use]
    pub fn telling(self, about: About) -> Self {
        Self { about, ..self }
    }

    /// The same, once for each `name`.
    #[must_use]
    pub fn once(self, name: String) -> Self {
        Self {
            once: Some(name),
            ..self
        }
    }
}
