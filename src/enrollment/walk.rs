//! What the earlier exchanges of a walk leave for its certificate request: what the device said in `Discover` (MS-MDE2
//! 3.1), and the revision of its template that stood when its credential was checked first.
//!
//! In memory and bounded: where it is forgotten, or another node answered, these facts are unknown and the template is the
//! one that stands then.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::id::ObjectId;
use crate::protocol::discovery::Discover;
use crate::rule::{Facts, Trust};

use super::rules::Template;

/// Walks that are remembered.
const WALKS: usize = 10_000;
/// Characters of a value that are kept.
const LONGEST: usize = 256;

/// What is remembered, by walk.
#[derive(Default)]
pub(super) struct Walks(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    order: VecDeque<ObjectId>,
    walks: HashMap<ObjectId, Walk>,
}

/// One walk so far.
#[derive(Clone, Default)]
pub(super) struct Walk {
    pub(super) said: Said,
    /// The template that it saw first.
    pub(super) template: Option<Arc<Template>>,
    seen: Option<Timestamp>,
}

/// What one device said; nobody has vouched for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// `EmailAddress`.
    pub(super) email: Option<String>,
    version: Option<String>,
    policies: Vec<String>,
}

impl Walks {
    /// Remembers what a device said.
    pub(super) fn remember(&self, attempt: ObjectId, discover: &Discover) {
        let short = |text: &str| text.chars().take(LONGEST).collect::<String>();
        let email = short(&discover.email_address);
        let policies = discover.auth_policies.iter().take(8);
        let said = Said {
            email: Some(email).filter(|email| !email.is_empty()),
            version: discover.request_version.map(|version| version.to_string()),
            policies: policies.map(|policy| short(policy.name())).collect(),
        };
        self.change(attempt, |walk| walk.said = said);
    }

    /// Pins the template as it stood when the walk's credential was checked first.
    pub(super) fn pin(&self, attempt: ObjectId, template: Arc<Template>, now: Timestamp) {
        self.change(attempt, |walk| {
            if walk.template.is_none() {
                (walk.template, walk.seen) = (Some(template), Some(now));
            }
        });
    }

    /// Changes what is known of a walk; the oldest makes room for a new one.
    fn change(&self, attempt: ObjectId, change: impl FnOnce(&mut Walk)) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Remembered { order, walks } = &mut *known;
        change(walks.entry(attempt).or_insert_with(|| {
            order.push_back(attempt);
            Walk::default()
        }));
        if order.len() > WALKS
            && let Some(oldest) = order.pop_front()
        {
            walks.remove(&oldest);
        }
    }

    /// What is known of a walk. A template is pinned no longer than a walk may last, or a device could keep an old one for
    /// itself.
    pub(super) fn of(&self, attempt: ObjectId, now: Timestamp, lasting: SignedDuration) -> Walk {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut walk = known.walks.get(&attempt).cloned().unwrap_or_default();
        if walk
            .seen
            .is_none_or(|seen| now.duration_since(seen) > lasting)
        {
            walk.template = None;
        }
        walk
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
    use super::*;

    #[test]
    fn the_oldest_walk_is_forgotten_first() {
        let (known, now) = (Walks::default(), Timestamp::UNIX_EPOCH);
        let discover = Discover {
            email_address: "ana@contoso.example".to_owned(),
            ..Discover::default()
        };
        let said = |walk| known.of(walk, now, SignedDuration::from_mins(30)).said;
        let first = ObjectId::generate(now);
        known.remember(first, &discover);
        known.remember(first, &discover);
        assert_eq!(said(first).email, Some(discover.email_address.clone()));
        for _ in 0..WALKS {
            known.remember(ObjectId::generate(now), &discover);
        }
        assert_eq!(said(first), Said::default());
    }
}
