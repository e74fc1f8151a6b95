//! A token as it is shown: the token object of the Applivery contract, with what the command line tells beside it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::store::AroundTokens;
use crate::token::{State, Token};

/// A token, its secrets opened, or masked for whoever may not see them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownToken {
    /// The token.
    #[serde(flatten)]
    pub record: Token,
    /// Its state now.
    pub state: State,
    /// Its value, for links and programs.
    pub token: String,
    /// Its code, for people.
    pub enroll_code: String,
    /// Where a person starts with it.
    pub enrollment_link: String,
    /// The organization, by the contract's other name.
    pub win_enterprise_id: ObjectId,
    /// The newest device that used it.
    pub win_device_id: Option<ObjectId>,
    /// The person that it is for.
    pub mdm_user: Option<MdmUserOfToken>,
    /// Nothing yet.
    pub config: NoConfig,
    /// Always `enrollment`.
    #[serde(rename = "type")]
    pub kind_of_token: String,
    /// Always `standard`.
    pub sub_type: String,
    /// When it ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expire_at: Option<Timestamp>,
    /// Its first policy.
    pub win_policy_id: Option<ObjectId>,
    /// Its policies.
    pub win_policy_assignments: Vec<ShownAssignment>,
    /// What matters most.
    pub summary: SummaryOfToken,
}

/// The person that a token is for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MdmUserOfToken {
    /// The user, if there is a record of one.
    pub id: Option<ObjectId>,
    /// The address.
    pub email: String,
}

/// A configuration without entries.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct NoConfig {}

/// A policy of a token.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownAssignment {
    /// The policy.
    pub win_policy_id: ObjectId,
    /// Its name; none: it was deleted.
    pub win_policy: Option<NamedPolicy>,
    /// The lower number wins.
    pub priority: u16,
}

/// A policy by name.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NamedPolicy {
    /// Its identifier.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
}

/// What matters most of a token.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SummaryOfToken {
    /// When it ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expiration_timestamp: Option<Timestamp>,
}

/// What stands for a value that is not to be seen.
pub const MASK: &str = "********";

impl ShownToken {
    pub(super) fn new(
        record: Token,
        now: Timestamp,
        around: &AroundTokens,
        token: String,
        enroll_code: String,
        web_url: &str,
    ) -> Self {
        let named = |id: ObjectId| {
            around.policies.get(&id).map(|name| NamedPolicy {
                id,
                name: name.clone(),
            })
        };
        Self {
            state: record.state_at(now),
            enrollment_link: format!("{web_url}/enroll?token={token}"),
            token,
            enroll_code,
            win_device_id: around.devices.get(&record.id).copied(),
            win_enterprise_id: record.organization_id,
            mdm_user: record.email.clone().map(|email| MdmUserOfToken {
                id: record.mdm_user_id,
                email,
            }),
            config: NoConfig {},
            kind_of_token: "enrollment".to_owned(),
            sub_type: "standard".to_owned(),
            expire_at: record.expires_at,
            win_policy_id: record.policies.first().map(|it| it.win_policy_id),
            win_policy_assignments: record
                .policies
                .iter()
                .map(|it| ShownAssignment {
                    win_policy_id: it.win_policy_id,
                    win_policy: named(it.win_policy_id),
                    priority: it.priority,
                })
                .collect(),
            summary: SummaryOfToken {
                expiration_timestamp: record.expires_at,
            },
            record,
        }
    }

    /// The token without what would let a device in.
    pub(super) fn masked(self) -> Self {
        Self {
            token: MASK.to_owned(),
            enroll_code: MASK.to_owned(),
            enrollment_link: MASK.to_owned(),
            ..self
        }
    }
}
