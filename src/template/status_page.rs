//! The Enrollment Status Page: what Windows shows in its first-run experience until the policies are there
//! (CSP `DMClient`, `FirstSyncStatus`).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::violation::Violations;

/// What the devices of a template show until their policies are there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EnrollmentStatusPage)]
pub struct StatusPage {
    /// Minutes after which the page says that it failed (`TimeOutUntilSyncFailure`).
    #[serde(default = "an_hour")]
    #[schema(minimum = 1, maximum = 1440, default = 60)]
    pub timeout_minutes: u32,
    /// What its user may do then (`BlockInStatusPage`); nothing: leave the page.
    #[serde(default)]
    #[schema(max_items = 3)]
    pub after_failure: Vec<AfterFailure>,
    /// Whether it offers to collect logs (`AllowCollectLogsButton`).
    #[serde(default)]
    pub allow_collect_logs: bool,
    /// What it says when it failed (`CustomErrorText`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub custom_error_text: Option<String>,
}

/// What a user may do after the page failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AfterFailure {
    /// Reset the PC.
    Reset,
    /// Try again.
    Retry,
    /// Go on anyway.
    Continue,
}

fn an_hour() -> u32 {
    60
}

impl StatusPage {
    /// The flags of `BlockInStatusPage`.
    pub fn blocks(&self) -> u32 {
        let flag = |it: &AfterFailure| match it {
            AfterFailure::Reset => 1,
            AfterFailure::Retry => 2,
            AfterFailure::Continue => 4,
        };
        self.after_failure
            .iter()
            .map(flag)
            .fold(0, |all, one| all | one)
    }

    /// Adds what is not acceptable to `faults`; `path` is where the page stands.
    pub(super) fn check(&self, path: &str, faults: &mut Violations) {
        faults.require(
            (1..=1_440).contains(&self.timeout_minutes),
            format!("{path}.timeoutMinutes"),
            "must be between 1 and 1440",
        );
        let text = self.custom_error_text.as_deref().unwrap_or_default();
        faults.at_most(format!("{path}.customErrorText"), text, 1_000);
        faults.require(
            self.after_failure.len() <= 3,
            format!("{path}.afterFailure"),
            "has more than 3 entries",
        );
    }
}
