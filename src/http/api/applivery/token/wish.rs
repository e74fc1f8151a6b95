//! What the contract's clients send of a token, and what it comes to. Unknown keys are ignored, as the contract's own
//! server does.

use jiff::SignedDuration;
use serde::de::{Error, IgnoredAny};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::admin::{CreateToken, ResendToken, UpdateToken};
use crate::id::ObjectId;
use crate::policy::Assignment;

use super::super::super::Problem;
use super::super::lenient;

/// Declares a body with the fields that all tokens have, and some of its own.
macro_rules! token_body {
    ($(#[$outer:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$outer])*
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub(super) struct $name {
            /// A label for the device to be.
            #[schema(max_length = 128)]
            display_name: Option<String>,
            /// Tags that its devices receive; empty ones are dropped.
            #[schema(max_items = 50, value_type = Option<Vec<Option<Tag>>>)]
            tags: Option<Vec<Option<String>>>,
            /// One policy, as if it were assigned with a priority of 100; empty: none.
            #[serde(default, deserialize_with = "policy")]
            #[schema(value_type = Option<String>, pattern = "^([a-fA-F0-9]{24})?$")]
            win_policy_id: Option<Option<ObjectId>>,
            /// Policies that its devices receive.
            win_policy_assignments: Option<Vec<Option<Assignment>>>,
            /// The segment that its devices lie in; 0: the whole organization.
            #[serde(default, deserialize_with = "lenient::number")]
            #[schema(value_type = Option<u32>)]
            segment_id: Option<u32>,
            $($own)*
        }
    };
}

/// A tag.
#[derive(ToSchema)]
#[schema(max_length = 128)]
#[expect(
    dead_code,
    reason = "it describes itself in the OpenAPI document alone"
)]
pub(super) struct Tag(String);

token_body! {
    /// Tokens for many addresses.
    ManyTokens {
        /// The template whose rules decide for its devices.
        #[serde(default, deserialize_with = "lenient::id")]
        #[schema(value_type = Option<String>, pattern = "^([a-fA-F0-9]{24})?$")]
        template_id: Option<ObjectId>,
        /// Whether the people are told by mail.
        #[serde(default, deserialize_with = "lenient::maybe_truth")]
        #[schema(required = true, value_type = bool)]
        send_email: Option<bool>,
        /// The language of the mail.
        #[schema(pattern = "^(en|es)$")]
        language: Option<String>,
        /// A paragraph of the mail.
        #[schema(max_length = 4096)]
        email_text: Option<String>,
        /// Seconds that they last: a day unless said otherwise.
        #[schema(minimum = 60, maximum = 2_592_000)]
        duration: Option<i64>,
        /// The addresses.
        #[schema(min_items = 1, max_items = 1000)]
        user_emails: Vec<String>,
        /// The published page prints a schema here; it is refused.
        #[schema(ignore)]
        children: Option<IgnoredAny>,
    }
}

token_body! {
    /// One token.
    OneToken {
        /// The template whose rules decide for its devices.
        #[serde(default, deserialize_with = "lenient::id")]
        #[schema(value_type = Option<String>, pattern = "^([a-fA-F0-9]{24})?$")]
        template_id: Option<ObjectId>,
        /// Whether the person is told by mail.
        #[serde(deserialize_with = "lenient::truth")]
        send_email: bool,
        /// The language of the mail.
        #[schema(pattern = "^(en|es)$")]
        language: Option<String>,
        /// A paragraph of the mail.
        #[schema(max_length = 4096)]
        email_text: Option<String>,
        /// Seconds that it lasts: a day unless said otherwise.
        #[schema(minimum = 60, maximum = 316_224_000)]
        duration: Option<i64>,
        /// The person that it is for, by address.
        #[schema(ignore)]
        email: Option<String>,
        /// The same by identifier.
        #[serde(default, deserialize_with = "lenient::id")]
        #[schema(ignore)]
        mdm_user_id: Option<ObjectId>,
        /// How many enrollments it allows: 1 unless said otherwise.
        #[schema(minimum = 1)]
        uses: Option<u32>,
        /// Whether it allows any number of enrollments.
        #[serde(default)]
        unlimited: bool,
        /// How many of its devices may be enrolled at a time.
        #[schema(minimum = 1)]
        device_cap: Option<u32>,
    }
}

token_body! {
    /// What is to be changed of a token.
    ChangedToken {}
}

/// How the mail about a token is sent again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SentAgain {
    /// Its language; none: as before.
    #[schema(pattern = "^(en|es)$")]
    language: Option<String>,
    /// Its paragraph; none: as before.
    #[schema(max_length = 4096)]
    email_text: Option<String>,
    /// Seconds that the token lasts beyond its end, or from now where it has ended.
    #[schema(minimum = 60, maximum = 2_592_000)]
    extend_seconds: Option<i64>,
}

const DAY: i64 = 86_400;

impl ManyTokens {
    /// What all of them are to be, and for whom.
    pub(super) fn wish(self) -> Result<(CreateToken, Vec<String>), Problem> {
        if self.children.is_some() {
            return Err(Problem::invalid(
                "children",
                "describes fields: send the fields themselves, such as \
                 {\"sendEmail\": false, \"userEmails\": [\"ana@contoso.example\"]}",
            ));
        }
        let Some(send_email) = self.send_email else {
            return Err(Problem::invalid("sendEmail", "is missing: true or false"));
        };
        let seconds = self.duration.unwrap_or(DAY);
        let wish = CreateToken {
            uses: Some(1),
            duration: Some(SignedDuration::from_secs(seconds)),
            display_name: self.display_name,
            tags: present(self.tags).unwrap_or_default(),
            win_policy_assignments: assigned(self.win_policy_id, self.win_policy_assignments)
                .unwrap_or_default(),
            segment_id: self.segment_id.unwrap_or_default(),
            template_id: self.template_id,
            send_email,
            email_text: self.email_text,
            language: self.language,
            ..CreateToken::default()
        };
        Ok((wish, self.user_emails))
    }
}

impl OneToken {
    /// What it is to be.
    pub(super) fn wish(self) -> CreateToken {
        let uses = self.uses.unwrap_or(1);
        CreateToken {
            email: self.email.filter(|email| !email.is_empty()),
            mdm_user_id: self.mdm_user_id,
            uses: (!self.unlimited).then_some(uses),
            duration: Some(SignedDuration::from_secs(self.duration.unwrap_or(DAY))),
            device_cap: self.device_cap,
            display_name: self.display_name,
            tags: present(self.tags).unwrap_or_default(),
            win_policy_assignments: assigned(self.win_policy_id, self.win_policy_assignments)
                .unwrap_or_default(),
            segment_id: self.segment_id.unwrap_or_default(),
            template_id: self.template_id,
            send_email: self.send_email,
            email_text: self.email_text,
            language: self.language,
            ..CreateToken::default()
        }
    }
}

impl ChangedToken {
    /// What is to become of it.
    pub(super) fn wish(self) -> UpdateToken {
        UpdateToken {
            display_name: self.display_name,
            tags: present(self.tags),
            win_policy_assignments: assigned(self.win_policy_id, self.win_policy_assignments),
            segment_id: self.segment_id,
        }
    }
}

impl From<SentAgain> for ResendToken {
    fn from(sent: SentAgain) -> Self {
        Self {
            language: sent.language,
            email_text: sent.email_text,
            extend: sent.extend_seconds.map(SignedDuration::from_secs),
        }
    }
}

/// Sparse arrays hold nulls.
fn present<T>(list: Option<Vec<Option<T>>>) -> Option<Vec<T>> {
    list.map(|list| list.into_iter().flatten().collect())
}

/// A single policy and assignments together; an explicit priority wins. None: nothing is said of policies.
fn assigned(
    one: Option<Option<ObjectId>>,
    many: Option<Vec<Option<Assignment>>>,
) -> Option<Vec<Assignment>> {
    let many = present(many);
    let Some(one) = one else { return many };
    let mut many = many.unwrap_or_default();
    if let Some(one) = one
        && many.iter().all(|it| it.win_policy_id != one)
    {
        many.push(Assignment {
            win_policy_id: one,
            priority: Assignment::USUAL,
        });
    }
    Some(many)
}

/// An identifier, or an empty text for no policy; null says nothing.
fn policy<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<ObjectId>>, D::Error> {
    match Option::<String>::deserialize(deserializer)?.as_deref() {
        None => Ok(None),
        Some("") => Ok(Some(None)),
        Some(text) => text
            .parse()
            .map(|id| Some(Some(id)))
            .map_err(D::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str) -> Option<Vec<u16>> {
        let text = text.replace("ID", "65f0a1b2c3d4e5f6a7b8c9d");
        let changed: ChangedToken = serde_json::from_str(&text).unwrap();
        let assigned = changed.wish().win_policy_assignments;
        assigned.map(|all| all.iter().map(|it| it.priority).collect())
    }

    #[test]
    fn an_empty_policy_clears_them_and_a_missing_one_or_null_leaves_them() {
        assert_eq!(changed("{}"), None);
        assert_eq!(changed(r#"{"winPolicyId":null}"#), None);
        assert_eq!(changed(r#"{"winPolicyId":""}"#), Some(vec![]));
        assert_eq!(changed(r#"{"winPolicyId":"ID0"}"#), Some(vec![100]));
    }

    #[test]
    fn a_single_policy_joins_the_assignments_and_an_explicit_priority_wins() {
        let all = r#""winPolicyAssignments":[{"winPolicyId":"ID1","priority":7},null]"#;
        for (one, priorities) in [("", vec![7]), ("ID1", vec![7]), ("ID0", vec![7, 100])] {
            let text = format!(r#"{{"winPolicyId":"{one}",{all}}}"#);
            assert_eq!(changed(&text), Some(priorities), "{one}");
        }
    }
}
