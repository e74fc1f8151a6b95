//! The right to enroll: personal, of a template or ad hoc; one-time, n-use or unlimited; expiring; revocable.
//!
//! A token has two faces: the value (256 bits, for links and programs) and the code (60 bits, for people to type). The
//! store keeps a keyed hash of each for look-up and a sealed copy, since the published contracts return values later.

mod code;
mod link;
mod value;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::ObjectId;
use crate::policy::Assignment;

pub use self::code::EnrollCode;
pub use self::link::deep_link;
pub use self::value::{Kind as ValueKind, Value};

/// A token as the store knows it, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// Its identifier.
    pub id: ObjectId,
    /// The organization that it enrolls into.
    pub organization_id: ObjectId,
    /// Why it exists.
    pub kind: Kind,
    /// The person it was made for; only this person may use it with a user name.
    pub email: Option<String>,
    /// A label for the device to be.
    pub display_name: Option<String>,
    /// Tags that its devices receive.
    pub tags: Vec<String>,
    /// How many enrollments it allows; none: any number.
    pub max_uses: Option<u32>,
    /// How many enrollments it has seen.
    pub uses: u32,
    /// How many of its devices may be enrolled at the same time; none: any number.
    pub device_cap: Option<u32>,
    /// Its state as stored; [`Token::state_at`] adds the time.
    #[serde(skip)]
    #[schema(ignore)]
    pub stored: Stored,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it ends; none: never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// The last enrollment that it allowed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub used_at: Option<Timestamp>,
    /// The template that owns it.
    pub template_id: Option<ObjectId>,
    /// The user that it was made for.
    pub mdm_user_id: Option<ObjectId>,
    /// The segment that its devices lie in; 0: the whole organization.
    pub segment_id: u32,
    /// The policies that its devices receive.
    pub policies: Vec<Assignment>,
    /// Whether the person is told by mail.
    pub send_email: bool,
    /// Where that mail stands.
    pub email_status: EmailStatus,
    /// A paragraph of the mail.
    pub email_text: Option<String>,
    /// The language of the mail.
    pub language: Option<String>,
    /// What an Android Management API client wants to find on its devices again.
    pub additional_data: Option<String>,
    /// Whether such a client allows private use, in that API's word.
    pub allow_personal_usage: Option<String>,
    /// Its latest change.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Timestamp>,
    /// Counts its changes.
    #[serde(skip)]
    #[schema(ignore)]
    pub revision: i64,
    /// Its user was disabled: it is refused as long as that lasts.
    #[serde(skip)]
    #[schema(ignore)]
    pub blocked: bool,
}

/// Where the mail about a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EmailStatus {
    /// Nobody wanted one.
    #[default]
    Skipped,
    /// It waits to be sent.
    Queued,
    /// A mail server took it.
    Sent,
    /// No mail server took it.
    Failed,
}

/// Why a token exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TokenKind)]
pub enum Kind {
    /// For one person, named by e-mail address.
    Personal,
    /// For whoever holds it.
    AdHoc,
    /// For whoever enrolls by a template, which owns it.
    Template,
}

/// The part of a token's state that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stored {
    /// It may be used.
    #[default]
    Pending,
    /// All its uses are spent.
    Done,
    /// It was revoked.
    Deleted,
}

/// A token's state, as the published contract spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = TokenState)]
pub enum State {
    /// It may be used.
    Pending,
    /// All its uses are spent.
    Done,
    /// It was revoked.
    Deleted,
    /// Its time is over.
    Expired,
}

impl Token {
    /// Its state at `now`. A token ends exactly at its expiry: no leeway.
    pub fn state_at(&self, now: Timestamp) -> State {
        match self.stored {
            Stored::Done => State::Done,
            Stored::Deleted => State::Deleted,
            Stored::Pending if self.expires_at.is_some_and(|end| end <= now) => State::Expired,
            Stored::Pending => State::Pending,
        }
    }

    /// Whether a user name that came with the token may use it: a personal token only under its own address.
    pub fn may_be_used_by(&self, username: &str) -> bool {
        self.email
            .as_deref()
            .is_none_or(|email| email.eq_ignore_ascii_case(username.trim()))
    }
}

/// Spells each stored word once.
macro_rules! stored_as {
    ($kind:ident, $($variant:ident $word:literal),+) => {
        impl $kind {
            /// Its word in the store.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The variant of a stored word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use stored_as;

stored_as!(Kind, Personal "personal", AdHoc "adhoc", Template "template");
stored_as!(EmailStatus, Skipped "skipped", Queued "queued", Sent "sent", Failed "failed");
stored_as!(Stored, Pending "PENDING", Done "DONE", Deleted "DELETED");

#[cfg(test)]
mod tests {
    use super::*;

    fn token(stored: Stored, expires_at: Option<i64>) -> Token {
        Token {
            id: ObjectId::generate(Timestamp::UNIX_EPOCH),
            organization_id: ObjectId::generate(Timestamp::UNIX_EPOCH),
            kind: Kind::Personal,
            email: Some("Ana@Contoso.example".to_owned()),
            display_name: None,
            tags: Vec::new(),
            max_uses: Some(1),
            uses: 0,
            device_cap: None,
            stored,
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: expires_at.map(|second| Timestamp::from_second(second).unwrap()),
            used_at: None,
            template_id: None,
            mdm_user_id: None,
            segment_id: 0,
            policies: Vec::new(),
            send_email: false,
            email_status: EmailStatus::Skipped,
            email_text: None,
            language: None,
            additional_data: None,
            allow_personal_usage: None,
            updated_at: None,
            revision: 1,
            blocked: false,
        }
    }

    #[test]
    fn a_token_ends_exactly_at_its_expiry() {
        let token = token(Stored::Pending, Some(100));
        assert_eq!(
            token.state_at(Timestamp::from_second(99).unwrap()),
            State::Pending
        );
        assert_eq!(
            token.state_at(Timestamp::from_second(100).unwrap()),
            State::Expired
        );
    }

    #[test]
    fn a_spent_or_revoked_token_does_not_become_expired() {
        let late = Timestamp::from_second(1_000).unwrap();
        assert_eq!(token(Stored::Done, Some(100)).state_at(late), State::Done);
        assert_eq!(
            token(Stored::Deleted, Some(100)).state_at(late),
            State::Deleted
        );
    }

    #[test]
    fn a_personal_token_belongs_to_its_address_whatever_the_case() {
        let token = token(Stored::Pending, None);
        assert!(token.may_be_used_by("ana@contoso.EXAMPLE"));
        assert!(!token.may_be_used_by("ben@contoso.example"));
    }
}
