//! What is to be written of a user.

use std::ops::RangeInclusive;

use jiff::Timestamp;

use crate::id::ObjectId;
use crate::secret::Secret;
use crate::store::StoredUser;
use crate::violation::Violations;

use super::super::Error;
use super::super::token::{is_address, labels, tidy};

/// What is to be written of a user; none: it stays, or is as usual in a new one.
#[derive(Debug, Clone, Default)]
pub struct MdmUserWish {
    /// The address, which a new user must have.
    pub email: Option<String>,
    /// The first name; empty: none.
    pub first_name: Option<String>,
    /// The last name; empty: none.
    pub last_name: Option<String>,
    /// Its tags.
    pub tags: Option<Vec<String>>,
    /// The segment that it lies in; 0, as usual: the whole organization.
    pub segment_id: Option<u32>,
    /// Whether it may enroll; as usual it may.
    pub enabled: Option<bool>,
    /// The password to sign in by where a template offers `local`; an empty one takes it away.
    pub password: Option<Secret>,
}

const NAME: usize = 128;
/// How short and how long a password may be, in characters (NIST SP 800-63B asks for eight, and for no other rule).
const PASSWORD: RangeInclusive<usize> = 12..=256;

impl MdmUserWish {
    pub(super) fn check(&self) -> Result<(), Error> {
        let mut faults = Violations::new();
        if let Some(email) = &self.email {
            faults.require(
                is_address(email.trim()),
                "email",
                "is not an e-mail address",
            );
        }
        for (path, name) in [
            ("firstName", &self.first_name),
            ("lastName", &self.last_name),
        ] {
            faults.at_most(path, name.as_deref().unwrap_or_default(), NAME);
        }
        if let Some(password) = self.password.as_ref().filter(|it| !it.is_empty()) {
            let text = password.reveal();
            let fits = PASSWORD.contains(&text.chars().count());
            let reason = "must have between 12 and 256 characters";
            faults.require(fits, "password", reason);
            faults.require(!text.trim().is_empty(), "password", "is blank");
        }
        labels(&mut faults, None, self.tags.as_deref().unwrap_or_default());
        Ok(faults.into_result()?)
    }

    /// Writes it over a user.
    pub(super) fn apply(self, user: &mut StoredUser, now: Timestamp) {
        if let Some(email) = self.email {
            email.trim().clone_into(&mut user.email);
        }
        let some = |name: String| Some(name).filter(|name| !name.trim().is_empty());
        if let Some(name) = self.first_name {
            user.first_name = some(name);
        }
        if let Some(name) = self.last_name {
            user.last_name = some(name);
        }
        if let Some(tags) = self.tags {
            user.tags = tidy(tags);
        }
        user.segment_id = self.segment_id.unwrap_or(user.segment_id);
        user.enabled = self.enabled.unwrap_or(user.enabled);
        if let Some(password) = self.password {
            user.has_password = !password.is_empty();
        }
        user.updated_at = now;
    }

    /// A new user.
    pub(super) fn make(self, organization: ObjectId, now: Timestamp) -> StoredUser {
        let mut user = StoredUser {
            id: ObjectId::generate(now),
            organization_id: organization,
            email: String::new(),
            first_name: None,
            last_name: None,
            tags: Vec::new(),
            enabled: true,
            has_password: false,
            segment_id: 0,
            revision: 1,
            created_at: now,
            updated_at: now,
        };
        self.apply(&mut user, now);
        user
    }
}
