//! A template as it is shown: the object of the Applivery contract. Secrets never leave.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::device::Ownership;
use crate::id::ObjectId;
use crate::rule;
use crate::store::StoredTemplate;
use crate::template::{AuxiliaryField, LoginProviderType, OnNoMatch, OnUnknown, Rule, StatusPage};

use super::super::ShownToken;
use super::super::token::MASK;

/// A template, its token opened, or masked for whoever may not see it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownTemplate {
    /// Its identifier.
    pub id: ObjectId,
    /// The organization that it belongs to.
    pub organization_id: ObjectId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Who becomes what: the first rule that matches.
    pub rules: Vec<Rule>,
    /// What people are asked.
    pub auxiliary_fields: Vec<AuxiliaryField>,
    /// How people sign in.
    pub login_provider_types: Vec<LoginProviderType>,
    /// Whether pages that ask nothing are passed over.
    pub allow_auto_continue: bool,
    /// The token that it owns.
    pub win_enrollment_token_id: Option<ObjectId>,
    /// The same, with its values.
    pub win_enrollment_token: Option<TokenOfTemplate>,
    /// The settings of Entra ID.
    pub entra_id: Option<ShownEntra>,
    /// Devices that enrolled by it and have not left.
    pub devices_count: u64,
    /// The segment that its devices lie in; 0: the whole organization.
    pub segment_id: u32,
    /// What becomes of a device that meets no rule.
    pub on_no_match: OnNoMatch,
    /// What becomes of a device of which too little is known for a rule.
    pub on_unknown: OnUnknown,
    /// Whose machines its devices are, where the template alone says so.
    pub ownership: Option<Ownership>,
    /// Whether a device's own word counts.
    pub allow_claimed_ownership: bool,
    /// What its devices show until their policies are there.
    pub enrollment_status_page: Option<StatusPage>,
    /// Each rule as a sentence.
    pub sentences: Vec<String>,
    /// What deserves a second look in its rules.
    pub warnings: Vec<String>,
    /// Its latest change.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Counts its changes.
    #[serde(skip)]
    #[schema(ignore)]
    pub revision: i64,
    /// Its token whole, for the other contracts.
    #[serde(skip)]
    #[schema(ignore)]
    pub whole_token: Option<ShownToken>,
}

/// The token of a template.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenOfTemplate {
    /// Its identifier.
    pub id: ObjectId,
    /// Its value, for links and programs.
    pub token: String,
    /// Where people start.
    pub server_url: String,
    /// Its code, for people.
    pub enroll_code: String,
    /// Where people start with it.
    pub enrollment_link: String,
    /// When it ends; none: never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expire_at: Option<Timestamp>,
}

/// The settings of Entra ID.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownEntra {
    /// The on-premises MDM application that is registered there.
    pub mobility_app: ShownMobilityApp,
}

/// An application of Entra ID.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownMobilityApp {
    /// The tenant that it is registered in.
    pub tenant_id: String,
    /// Its identifier.
    pub client_id: String,
    /// A mask: the secret itself is never shown.
    pub client_secret: String,
}

impl ShownTemplate {
    pub(super) fn new(
        found: StoredTemplate,
        devices: u64,
        token: Option<ShownToken>,
        web_url: &str,
    ) -> Self {
        let template = found.template;
        let body = template.body;
        let own = token.as_ref().map(|token| TokenOfTemplate {
            id: token.record.id,
            token: token.token.clone(),
            server_url: format!("{web_url}/enroll"),
            enroll_code: token.enroll_code.clone(),
            enrollment_link: token.enrollment_link.clone(),
            expire_at: token.record.expires_at,
        });
        Self {
            on_no_match: body.on_no_match,
            on_unknown: body.on_unknown,
            ownership: body.ownership,
            allow_claimed_ownership: body.allow_claimed_ownership,
            enrollment_status_page: body.status_page.clone(),
            sentences: body.rules.iter().map(rule::sentence).collect(),
            warnings: rule::lint(&body),
            id: template.id,
            organization_id: template.organization_id,
            name: template.name,
            description: template.description,
            rules: body.rules,
            auxiliary_fields: body.auxiliary_fields,
            login_provider_types: body.login_provider_types,
            allow_auto_continue: body.allow_auto_continue,
            win_enrollment_token_id: template.token_id,
            win_enrollment_token: own,
            entra_id: body.entra_id.map(|application| ShownEntra {
                mobility_app: ShownMobilityApp {
                    tenant_id: application.tenant_id,
                    client_id: application.client_id,
                    client_secret: MASK.to_owned(),
                },
            }),
            devices_count: devices,
            segment_id: template.segment_id,
            updated_at: template.updated_at,
            created_at: template.created_at,
            revision: template.revision,
            whole_token: token,
        }
    }
}
