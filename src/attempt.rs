//! One walk of one device, refused or not: every exchange with what was learned, in words that an administrator
//! understands. Bodies and secrets are not kept.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::id::ObjectId;
use crate::rule::Pinned;
use crate::token::stored_as;

/// How a walk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AttemptOutcome)]
pub enum Outcome {
    /// Under way, or given up by the device.
    Open,
    /// The device has its certificate.
    Enrolled,
    /// The device was turned away.
    Refused,
}

stored_as!(Outcome, Open "open", Enrolled "enrolled", Refused "refused");

/// The step of the walk that an exchange belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Step {
    /// MS-MDE2 `Discover`.
    Discover,
    /// The sign-in page inside the enrollment window.
    SignIn,
    /// The page of the terms of use that Entra ID opens.
    TermsOfUse,
    /// MS-XCEP `GetPolicies`.
    GetPolicies,
    /// MS-WSTEP `RequestSecurityToken`.
    RequestSecurityToken,
}

/// One request and its reply, without their bodies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// The step.
    pub step: Step,
    /// When it was answered.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The id that the reply, the log and the device's own event log share.
    pub trace_id: Uuid,
    /// HTTP status of the reply.
    pub status: u16,
    /// Bytes of the request body.
    pub request_bytes: usize,
    /// Bytes of the reply body.
    pub reply_bytes: usize,
    /// Microseconds from the request's last byte to the reply.
    pub microseconds: u64,
    /// The device's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// The device's `User-Agent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// `a:MessageID`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// What was learned or decided, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A refusal as it was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// Its name.
    pub refusal: &'static str,
    /// The HRESULT that the device shows.
    pub hresult: u32,
    /// What the user read.
    pub sentence: String,
    /// The same in Spanish, for a mail.
    #[serde(skip)]
    pub sentence_in_spanish: String,
    /// What the administrator should know.
    pub explanation: String,
}

/// What one exchange adds to the record of its walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The walk.
    pub attempt: ObjectId,
    /// The exchange.
    pub exchange: Exchange,
    /// How the walk stands after it.
    pub outcome: Outcome,
    /// The refusal, if it was one.
    pub told: Option<Told>,
    /// What became known on the way.
    pub learned: Learned,
}

impl Record {
    /// Takes in what a later exchange of the same walk adds.
    pub fn absorb(&mut self, later: &Self) {
        let learned = &later.learned;
        if later.outcome != Outcome::Open {
            self.outcome = later.outcome;
            self.told.clone_from(&later.told);
        }
        self.exchange.at = later.exchange.at;
        self.exchange.trace_id = later.exchange.trace_id;
        let mine = &mut self.learned;
        mine.organization = learned.organization.or(mine.organization);
        mine.token = learned.token.or(mine.token);
        mine.device = learned.device.or(mine.device);
        if learned.username.is_some() {
            mine.username.clone_from(&learned.username);
        }
        if learned.decision.is_some() {
            mine.decision.clone_from(&learned.decision);
        }
        if learned.items.is_some() {
            mine.items.clone_from(&learned.items);
        }
    }
}

/// What became known of device and user during an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Learned {
    /// The organization.
    pub organization: Option<ObjectId>,
    /// The name that the user gave.
    pub username: Option<String>,
    /// The token that was used.
    pub token: Option<ObjectId>,
    /// The device that came of it.
    pub device: Option<ObjectId>,
    /// The context items of the certificate request.
    pub items: Option<Vec<(String, String)>>,
    /// What the rules decided, and why.
    pub decision: Option<Pinned>,
    /// What was decided, a sentence each.
    pub notes: Vec<String>,
}
