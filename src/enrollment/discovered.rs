//! What devices said in `Discover` (MS-MDE2 3.1), kept for the certificate request of the same walk.
//!
//! In memory and bounded: where it is forgotten, or another node answered, these facts are unknown.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use crate::id::ObjectId;
use crate::protocol::discovery::Discover;
use crate::rule::{Facts, Trust};

/// Walks that are remembered.
const WALKS: usize = 10_000;
/// Characters of a value that are kept.
const LONGEST: usize = 256;

/// What was said, by walk.
#[derive(Default)]
pub(super) struct Discovered(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    order: VecDeque<ObjectId>,
    said: HashMap<ObjectId, Said>,
}

/// What one device said; nobody has vouched for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// `EmailAddress`.
    pub(super) email: Option<String>,
    version: Option<String>,
    policies: Vec<String>,
}

impl Discovered {
    /// Remembers what a device said; the oldest walk makes room.
    pub(super) fn remember(&self, attempt: ObjectId, discover: &Discover) {
        let short = |text: &str| text.chars().take(LONGEST).collect::<String>();
        let email = short(&discover.email_address);
        let policies = discover.auth_policies.iter().take(8);
        let said = Said {
            email: Some(email).filter(|email| !email.is_empty()),
            version: discover.request_version.map(|version| version.to_string()),
            policies: policies.map(|policy| short(policy.name())).collect(),
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.said.insert(attempt, said).is_none() {
            known.order.push_back(attempt);
        }
        if known.order.len() > WALKS
            && let Some(oldest) = known.order.pop_front()
        {
            known.said.remove(&oldest);
        }
    }

    /// What the device of this walk said.
    pub(super) fn of(&self, attempt: ObjectId) -> Said {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.said.get(&attempt).cloned().unwrap_or_default()
    }
}

impl Said {
    /// Adds what was said as facts.
    pub(super) fn tell(&self, facts: &mut Facts) {
        let email = self.email.as_deref().unwrap_or_default();
        facts.say("discover.email", email, Trust::Asserted);
        let version = self.version.as_deref().unwrap_or_default();
        facts.say("discover.requestversion", version, Trust::Asserted);
        for policy in &self.policies {
            facts.say("discover.authpolicies", policy, Trust::Asserted);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn the_oldest_walk_is_forgotten_first() {
        let known = Discovered::default();
        let discover = Discover {
            email_address: "ana@contoso.example".to_owned(),
            ..Discover::default()
        };
        let first = ObjectId::generate(Timestamp::UNIX_EPOCH);
        known.remember(first, &discover);
        known.remember(first, &discover);
        let email = discover.email_address.clone();
        assert_eq!(known.of(first).email, Some(email));
        for _ in 0..WALKS {
            known.remember(ObjectId::generate(Timestamp::UNIX_EPOCH), &discover);
        }
        assert_eq!(known.of(first), Said::default());
    }
}
