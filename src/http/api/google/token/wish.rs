//! What the caller of `enrollmentTokens.create` wishes, and what it comes to.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::admin::{self, CreateToken};
use crate::id::ObjectId;
use crate::identity::grant;
use crate::policy::Assignment;
use crate::violation::Violations;

use super::super::super::permitted::Permitted;
use super::super::super::problem::Problem;
use super::super::{duration, name};

/// An enrollment token to make. What the server generates, and `user`, may be there and are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GoogleWishedToken)]
pub(super) struct WishedToken {
    /// How long it is good, in seconds with up to nine fractional digits and an `s` behind: `3600s` unless said otherwise.
    #[schema(pattern = "^([6-9][0-9]|[1-9][0-9]{2,10})([.][0-9]{1,9})?s$")]
    duration: Option<String>,
    /// `enterprises/{enterprise}/policies/{policy}`, or the policy's identifier or name alone.
    #[serde(alias = "policy_name")]
    policy_name: Option<String>,
    /// What is told of each device that enrolls with it.
    #[serde(alias = "additional_data")]
    #[schema(max_length = 1024)]
    additional_data: Option<String>,
    /// Whether it is good for one device alone; otherwise for any number until it ends.
    #[serde(alias = "one_time_only")]
    one_time_only: Option<bool>,
    /// Whether personal devices may use it.
    #[serde(alias = "allow_personal_usage")]
    allow_personal_usage: Option<PersonalUsage>,
}

/// Whether personal devices may use a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = GooglePersonalUsage)]
pub(super) enum PersonalUsage {
    /// Nothing was said: they may.
    #[serde(rename = "ALLOW_PERSONAL_USAGE_UNSPECIFIED")]
    Unspecified,
    /// They may.
    #[serde(rename = "PERSONAL_USAGE_ALLOWED")]
    Allowed,
    /// They may not.
    #[serde(rename = "PERSONAL_USAGE_DISALLOWED")]
    Disallowed,
    /// They may not, and no user is asked for.
    #[serde(rename = "PERSONAL_USAGE_DISALLOWED_USERLESS")]
    DisallowedUserless,
    /// The device serves a purpose, not a person.
    #[serde(rename = "DEDICATED_DEVICE")]
    DedicatedDevice,
}

impl WishedToken {
    /// What it comes to: the token to make, and how long it was wished to last.
    ///
    /// # Errors
    /// Every value that is not acceptable, under the name of its field.
    pub(super) async fn understood(
        self,
        caller: &Permitted<grant::EnrollmentTokenCreate>,
        enterprise: &str,
    ) -> Result<(CreateToken, SignedDuration), Problem> {
        let mut faults = Violations::new();
        let lasting = self
            .duration
            .as_deref()
            .map_or(Ok(duration::USUAL), duration::parse);
        let lasting = lasting.unwrap_or_else(|reason| {
            faults.add("duration", reason);
            duration::USUAL
        });
        let data = self.additional_data.filter(|data| !data.is_empty());
        faults.at_most("additionalData", data.as_deref().unwrap_or_default(), DATA);
        let named = self.policy_name.as_deref().filter(|name| !name.is_empty());
        let policy = match name::policy(enterprise, named.unwrap_or(DEFAULT)) {
            Ok(called) => {
                let found = caller.admin().policy_called(&caller.actor, called).await?;
                let known = found.is_some() || called.eq_ignore_ascii_case(DEFAULT);
                faults.require(known, "policyName", "is not a policy of this enterprise");
                found
            }
            Err(reason) => {
                faults.add("policyName", reason);
                None
            }
        };
        faults.into_result().map_err(admin::Error::Invalid)?;
        let wish = CreateToken {
            uses: (self.one_time_only == Some(true)).then_some(1),
            // Where it ends beyond all time, it never ends.
            duration: duration::end(caller.app().clock.now(), lasting).map(|_| lasting),
            any_duration: true,
            win_policy_assignments: policy.into_iter().map(assigned).collect(),
            additional_data: data,
            allow_personal_usage: self
                .allow_personal_usage
                .map(|usage| usage.word().to_owned()),
            ..CreateToken::default()
        };
        Ok((wish, lasting))
    }
}

impl PersonalUsage {
    /// Its word in the contract, which the store keeps.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Unspecified => "ALLOW_PERSONAL_USAGE_UNSPECIFIED",
            Self::Allowed => "PERSONAL_USAGE_ALLOWED",
            Self::Disallowed => "PERSONAL_USAGE_DISALLOWED",
            Self::DisallowedUserless => "PERSONAL_USAGE_DISALLOWED_USERLESS",
            Self::DedicatedDevice => "DEDICATED_DEVICE",
        }
    }
}

fn assigned(policy: ObjectId) -> Assignment {
    Assignment {
        win_policy_id: policy,
        priority: Assignment::USUAL,
    }
}

/// Characters of the attached data at most.
const DATA: usize = 1024;
/// The policy that is meant when none is named, where there is one of that name.
const DEFAULT: &str = "default";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_words_of_personal_usage_are_those_of_the_contract() {
        for usage in [
            PersonalUsage::Unspecified,
            PersonalUsage::Allowed,
            PersonalUsage::Disallowed,
            PersonalUsage::DisallowedUserless,
            PersonalUsage::DedicatedDevice,
        ] {
            assert_eq!(json!(usage), usage.word());
        }
    }

    #[test]
    fn what_the_server_generates_and_the_user_are_ignored() {
        let wished: WishedToken = serde_json::from_value(json!({
            "name": 1, "value": [], "expirationTimestamp": "never", "qrCode": {}, "user": "ana",
            "duration": "60s", "oneTimeOnly": null, "policy_name": "kiosk",
        }))
        .unwrap();
        assert_eq!(wished.duration.as_deref(), Some("60s"));
        assert_eq!(wished.policy_name.as_deref(), Some("kiosk"));
        assert_eq!(wished.one_time_only, None);
    }
}
