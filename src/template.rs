//! Enrollment templates: rules, fields for people to fill in, ways to sign in, and one token that many devices use.

mod check;
mod field;
mod status_page;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::device::Ownership;
use crate::id::ObjectId;
use crate::policy::Assignment;

pub use self::check::{check, check_keys};
pub(crate) use self::field::AuxiliaryFields;
pub use self::status_page::{AfterFailure, StatusPage};

/// The purpose under which the client secret of a template's application is sealed.
pub fn entra_secret_purpose(template: ObjectId) -> String {
    format!("template-entra:{template}")
}

/// A template as the store knows it, without its secret.
#[derive(Debug, Clone)]
pub struct Template {
    /// Its identifier.
    pub id: ObjectId,
    /// The organization that it belongs to.
    pub organization_id: ObjectId,
    /// Its name, unique within the organization in any case.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it says.
    pub body: Body,
    /// The segment that its devices lie in; 0: the whole organization.
    pub segment_id: u32,
    /// The token that it owns.
    pub token_id: Option<ObjectId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its latest change.
    pub updated_at: Timestamp,
    /// Counts its changes.
    pub revision: i64,
}

/// What a template says, as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Body {
    /// Who becomes what: the first rule that matches.
    pub rules: Vec<Rule>,
    /// What people are asked.
    pub auxiliary_fields: Vec<AuxiliaryField>,
    /// How people sign in; none: by token alone.
    pub login_provider_types: Vec<LoginProviderType>,
    /// Whether pages that ask nothing are passed over.
    pub allow_auto_continue: bool,
    /// The application of Entra ID whose tokens count.
    pub entra_id: Option<EntraApplication>,
    /// What becomes of a device that meets no rule.
    pub on_no_match: OnNoMatch,
    /// What becomes of a device of which too little is known for a rule.
    pub on_unknown: OnUnknown,
    /// Whose machines its devices are, where the template alone says so.
    pub ownership: Option<Ownership>,
    /// Whether a device's own word counts: the `ownership` of a deep link.
    pub allow_claimed_ownership: bool,
    /// What its devices show until their policies are there; none: nothing.
    pub status_page: Option<StatusPage>,
}

/// What is done with a device that meets a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = RuleAction)]
pub enum Action {
    /// It enrolls.
    #[default]
    Enroll,
    /// It waits for an administrator.
    Hold,
    /// It is turned away.
    Reject,
}

/// What is done with a device that meets no rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnNoMatch {
    /// It is turned away.
    #[default]
    Reject,
    /// It waits for an administrator.
    Hold,
    /// It enrolls.
    Enroll,
}

/// What is done when a rule cannot be told from what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnUnknown {
    /// The rule is passed over.
    #[default]
    Skip,
    /// The device waits for an administrator.
    Hold,
    /// The rule is passed over, and asked again when more is known.
    Reevaluate,
}

/// Conditions, and what a device becomes that meets them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Rule {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How its devices are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name_pattern: Option<String>,
    /// Whether the computer itself receives that name as well.
    pub set_device_name: bool,
    /// Tags that its devices receive.
    pub tags: Vec<String>,
    /// One of them must hold; none: it holds for everybody.
    pub conditions: Vec<Condition>,
    /// Policies that its devices receive.
    pub win_policy_assignments: Vec<Assignment>,
    /// The segment that its devices lie in, over the template's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment_id: Option<u32>,
    /// What is done with its devices.
    pub action: Action,
    /// What the user is told, where the device is held or turned away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What is done when it cannot be told, over the template's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_unknown: Option<OnUnknown>,
}

/// A condition: all that it names must hold. Of two levels the outer is "or", the inner "and"; one level is "or".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Tags and groups of the user.
    #[schema(max_items = 50, value_type = Option<Vec<Group>>)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Vec<String>>>,
    /// What the user filled in: `key:value`.
    #[schema(max_items = 50, value_type = Option<Vec<Group>>)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auxiliary_fields: Option<Vec<Vec<String>>>,
    /// What is known of the device and the user: a fact's name, one of `: != >= <= > < ~`, and a value.
    #[schema(max_items = 50, value_type = Option<Vec<Group>>)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Vec<Vec<String>>>,
    /// Regular expressions.
    #[schema(max_items = 50, value_type = Option<Vec<Atom>>)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patterns: Option<Vec<String>>,
    /// Identifiers of devices.
    #[schema(max_items = 1000, value_type = Option<Vec<Atom>>)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifiers: Option<Vec<String>>,
}

/// Tests that must all hold.
#[derive(ToSchema)]
#[schema(min_items = 1, max_items = 50, value_type = Vec<Atom>)]
#[expect(
    dead_code,
    reason = "it describes itself in the OpenAPI document alone"
)]
struct Group(Vec<Atom>);

/// One test of a condition.
#[derive(ToSchema)]
#[schema(min_length = 1, max_length = 256)]
#[expect(
    dead_code,
    reason = "it describes itself in the OpenAPI document alone"
)]
struct Atom(String);

/// A field that people fill in when they enroll.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuxiliaryField {
    /// Whether it is chosen or written.
    #[serde(rename = "type", default)]
    pub kind: FieldType,
    /// Its name in rules.
    pub key: String,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What to fill in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What can be chosen.
    #[serde(default)]
    pub options: Vec<String>,
}

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// One of its options is chosen.
    Select,
    /// Text is written.
    #[default]
    Text,
}

/// How people sign in when they enroll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LoginProviderType {
    /// A directory, by password.
    Ldap,
    /// A SAML identity provider.
    Saml,
    /// Google.
    Google,
    /// An OpenID Connect provider.
    Oidc,
    /// Microsoft Entra ID.
    Entra,
    /// Users of this server.
    Local,
    /// An enrollment token.
    Token,
}

/// An application of Entra ID, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EntraApplication {
    /// The tenant that it is registered in.
    pub tenant_id: String,
    /// Its identifier.
    pub client_id: String,
}
