//! Who a person is, as an identity provider proved it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::rule::{Facts, Trust};

/// Somebody whom an identity provider vouches for, whatever kind of provider that is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// Who vouches.
    pub issuer: String,
    /// Whom it means by that for good: names and addresses change hands.
    pub subject: String,
    /// The address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The first name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The groups, each with its source before it: `entra:...`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// What stands before groups that the provider did not tell and could not be asked for: of those nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unheard: Option<String>,
    /// What else it vouches for: pairs of a fact and its value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Vec<String>>)]
    pub facts: Vec<(String, String)>,
}

impl Identity {
    /// Adds what it vouches for. A name that we know ourselves comes before the provider's.
    pub fn tell(&self, facts: &mut Facts) {
        for (fact, value) in &self.facts {
            facts.say(fact, value, Trust::Verified);
        }
        for (fact, name) in [
            ("user.firstname", &self.first_name),
            ("user.lastname", &self.last_name),
        ] {
            if facts.of(fact).is_empty() {
                facts.say(fact, name.as_deref().unwrap_or_default(), Trust::Verified);
            }
        }
        for group in &self.groups {
            facts.tag(group);
        }
        if let Some(source) = &self.unheard {
            facts.unheard(source);
        }
    }
}
