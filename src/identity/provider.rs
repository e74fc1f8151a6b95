//! Identity providers: who, besides this server, proves who a person is (PRODUCT 1.2, `loginProviderTypes`).

mod given;
mod schema;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::template::LoginProviderType;

use self::given::text;

/// An identity provider of an organization, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdentityProvider {
    /// Its identifier.
    pub id: ObjectId,
    /// The organization that it belongs to.
    pub organization_id: ObjectId,
    /// Its name, unique within the organization: what people read on the page.
    pub name: String,
    /// Whether people may sign in by it.
    pub enabled: bool,
    /// Where it is and how it is asked.
    pub settings: ProviderSettings,
    /// Whether it has a secret: the password of an LDAP bind, the client secret of OpenID Connect. It is never shown.
    pub has_secret: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Its latest change.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Counts its changes.
    #[serde(skip)]
    #[schema(ignore)]
    pub revision: i64,
}

/// Where an identity provider is and how it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ProviderSettings {
    /// An LDAP directory (RFC 4511), Active Directory included.
    Ldap(LdapSettings),
    /// Google: OpenID Connect of accounts of Google Workspace.
    Google(GoogleSettings),
    /// OpenID Connect Core 1.0, by discovery.
    Oidc(OidcSettings),
    /// SAML 2.0, Web Browser SSO profile.
    Saml(SamlSettings),
}

impl ProviderSettings {
    /// The kind, as templates name it.
    pub fn kind(&self) -> LoginProviderType {
        match self {
            Self::Ldap(_) => LoginProviderType::Ldap,
            Self::Google(_) => LoginProviderType::Google,
            Self::Oidc(_) => LoginProviderType::Oidc,
            Self::Saml(_) => LoginProviderType::Saml,
        }
    }

    /// Who is shown its secret: one that was given for this is no other's business.
    pub fn place(&self) -> (LoginProviderType, &str) {
        let place = match self {
            Self::Ldap(ldap) => ldap.url.as_str(),
            Self::Google(_) => "",
            Self::Oidc(oidc) => &oidc.issuer,
            Self::Saml(saml) => &saml.sso_url,
        };
        (self.kind(), place)
    }
}

/// An LDAP directory: a search by the account that binds, then a bind as the one who was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LdapSettings {
    /// `ldaps://host[:636]`, or `ldap://host[:389]`, where `StartTLS` is demanded before anything else.
    #[schema(max_length = 256, pattern = "^ldaps?://[a-z0-9.-]+(:[0-9]{1,5})?$")]
    pub url: String,
    /// The name that the search binds as; its password is the secret. None: anonymously.
    #[serde(
        default,
        deserialize_with = "text",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(max_length = 512)]
    pub bind_dn: Option<String>,
    /// Where people are.
    #[schema(max_length = 512, min_length = 1, pattern = r"\S")]
    pub base_dn: String,
    /// How one is found; `{login}` stands for what was typed, escaped (RFC 4515).
    #[serde(default = "user_filter")]
    #[schema(max_length = 1024, pattern = r"^\(.*\{login\}.*\)$")]
    pub user_filter: String,
    /// The attribute that names a person for good: `entryUUID`, `objectGUID`.
    #[serde(default = "entry_uuid")]
    #[schema(pattern = "^[A-Za-z][A-Za-z0-9-]{0,63}$")]
    pub id_attribute: String,
    /// The attribute with the address.
    #[serde(default = "mail")]
    #[schema(pattern = "^[A-Za-z][A-Za-z0-9-]{0,63}$")]
    pub email_attribute: String,
    /// The attribute with the first name.
    #[serde(default = "given_name")]
    #[schema(pattern = "^[A-Za-z][A-Za-z0-9-]{0,63}$")]
    pub first_name_attribute: String,
    /// The attribute with the last name.
    #[serde(default = "sn")]
    #[schema(pattern = "^[A-Za-z][A-Za-z0-9-]{0,63}$")]
    pub last_name_attribute: String,
    /// The attribute with the names of the groups.
    #[serde(default = "member_of")]
    #[schema(pattern = "^[A-Za-z][A-Za-z0-9-]{0,63}$")]
    pub group_attribute: String,
    /// Where groups are, for directories that say the members of a group and not the groups of a member.
    #[serde(
        default,
        deserialize_with = "text",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(max_length = 512)]
    pub group_base_dn: Option<String>,
    /// How they are found there; `{dn}` stands for the person's name in the directory, escaped.
    #[serde(default = "group_filter")]
    #[schema(max_length = 1024, pattern = r"^\(.*\{dn\}.*\)$")]
    pub group_filter: String,
    /// The certificates that its own is to come from, in PEM. None: those of the system.
    #[serde(
        default,
        deserialize_with = "text",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(max_length = 65536)]
    pub ca_certificates: Option<String>,
}

/// Accounts of Google Workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GoogleSettings {
    /// The client that was registered; the secret is its secret.
    #[schema(max_length = 256, min_length = 1, pattern = r"\S")]
    pub client_id: String,
    /// The domains whose accounts may sign in (`hd`): an account without one is anybody's.
    #[schema(min_items = 1, max_items = 50, value_type = Vec<HostedDomain>)]
    pub hosted_domains: Vec<String>,
}

/// A domain of Google Workspace.
#[derive(ToSchema)]
#[schema(pattern = "^[a-z0-9][a-z0-9.-]{2,252}$")]
#[expect(
    dead_code,
    reason = "it describes itself in the OpenAPI document alone"
)]
struct HostedDomain(String);

/// An OpenID Connect provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OidcSettings {
    /// The issuer, under which `/.well-known/openid-configuration` is found.
    #[schema(
        max_length = 512,
        pattern = "^https://[a-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~%-]+)*/?$"
    )]
    pub issuer: String,
    /// The client that was registered; the secret is its secret, where it has one.
    #[schema(max_length = 256, min_length = 1, pattern = r"\S")]
    pub client_id: String,
    /// The claims that are asked for, beside `openid`.
    #[serde(default = "scopes")]
    #[schema(max_items = 20, value_type = Vec<Scope>)]
    pub scopes: Vec<String>,
    /// The claim with the groups.
    #[serde(default = "groups")]
    #[schema(pattern = "^[A-Za-z][A-Za-z0-9_:./-]{0,127}$")]
    pub groups_claim: String,
    /// Whether an address counts that the provider does not say to be verified (`email_verified`).
    #[serde(default)]
    pub allow_unverified_email: bool,
    /// The certificates that its own is to come from, in PEM. None: those of the system.
    #[serde(
        default,
        deserialize_with = "text",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(max_length = 65536)]
    pub ca_certificates: Option<String>,
}

/// A scope (RFC 6749, section 3.3).
#[derive(ToSchema)]
#[schema(pattern = "^[A-Za-z0-9_:./-]{1,128}$")]
#[expect(
    dead_code,
    reason = "it describes itself in the OpenAPI document alone"
)]
struct Scope(String);

/// A SAML identity provider. It has no secret: its certificates are public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SamlSettings {
    /// Its name (`entityID`).
    #[schema(max_length = 1024, min_length = 1, pattern = r"\S")]
    pub entity_id: String,
    /// Where people are sent.
    #[schema(
        max_length = 1024,
        pattern = r"^https://[a-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~%-]+)*/?(\?[A-Za-z0-9._~%=&-]*)?$"
    )]
    pub sso_url: String,
    /// How the request goes there.
    #[serde(default)]
    pub binding: SamlBinding,
    /// The certificates of the keys that it signs with, in PEM: five at most.
    #[schema(max_length = 65536)]
    pub certificates: String,
    /// The attribute with the address. None: the name that it calls people by (`NameID`).
    #[serde(
        default,
        deserialize_with = "text",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(max_length = 256)]
    pub email_attribute: Option<String>,
    /// The attribute with the first name.
    #[serde(
        default,
        deserialize_with = "text",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(max_length = 256)]
    pub first_name_attribute: Option<String>,
    /// The attribute with the last name.
    #[serde(
        default,
        deserialize_with = "text",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(max_length = 256)]
    pub last_name_attribute: Option<String>,
    /// The attribute with the groups.
    #[serde(
        default,
        deserialize_with = "text",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(max_length = 256)]
    pub group_attribute: Option<String>,
}

/// How a request reaches a SAML identity provider (SAML Bindings 3.4 and 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SamlBinding {
    /// In the address.
    #[default]
    Redirect,
    /// In a form that sends itself.
    Post,
}

macro_rules! defaults {
    ($($name:ident $value:literal,)+) => {
        $(fn $name() -> String { $value.to_owned() })+
    };
}

defaults! {
    user_filter "(|(mail={login})(uid={login})(userPrincipalName={login})(sAMAccountName={login}))",
    entry_uuid "entryUUID",
    mail "mail",
    given_name "givenName",
    sn "sn",
    member_of "memberOf",
    group_filter "(member={dn})",
    groups "groups",
}

fn scopes() -> Vec<String> {
    vec!["email".to_owned(), "profile".to_owned()]
}
