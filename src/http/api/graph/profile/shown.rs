//! A profile as the contract shows it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::admin::{MASK, ShownTemplate, ShownToken, qr};
use crate::identity::Actor;

use super::super::super::problem::Problem;

/// An enrollment profile.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GraphProfile)]
pub(super) struct Profile {
    /// Its type.
    #[serde(rename = "@odata.type")]
    odata_type: &'static str,
    /// The organization that it belongs to.
    account_id: Uuid,
    /// Its identifier.
    id: Uuid,
    /// Its name.
    display_name: String,
    /// What it is for.
    description: Option<String>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_date_time: Timestamp,
    /// Its latest change.
    #[schema(value_type = String, format = DateTime)]
    last_modified_date_time: Timestamp,
    /// The value of its token.
    token_value: Option<String>,
    /// When that token ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    token_expiration_date_time: Option<String>,
    /// Devices that enrolled by it and have not left.
    enrolled_device_count: u64,
    /// What a QR code of the token says.
    qr_code_content: Option<String>,
    /// The QR code of the token.
    qr_code_image: Option<MimeContent>,
}

/// Bytes with their media type.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GraphMimeContent)]
struct MimeContent {
    /// Its type.
    #[serde(rename = "@odata.type")]
    odata_type: &'static str,
    /// The media type.
    #[serde(rename = "type")]
    media_type: &'static str,
    /// The bytes as base64.
    value: String,
}

/// The properties of a profile that can be selected.
pub(super) const PROPERTIES: &[&str] = &[
    "accountId",
    "id",
    "displayName",
    "description",
    "createdDateTime",
    "lastModifiedDateTime",
    "tokenValue",
    "tokenExpirationDateTime",
    "enrolledDeviceCount",
    "qrCodeContent",
    "qrCodeImage",
];

/// A profile with the properties that were asked for.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct PartOfProfile(pub(super) Map<String, Json>);

/// The end of all time, in the form of the contract.
const NEVER: &str = "9999-12-31T23:59:59.9999999Z";

impl Profile {
    /// The profile that a template is.
    pub(super) fn of(template: ShownTemplate, actor: &Actor) -> Result<Self, Problem> {
        let token = template.whole_token.as_ref();
        let image = match token {
            Some(token) if token.token != MASK => Some(image(token)?),
            _ => None,
        };
        Ok(Self {
            odata_type: "#microsoft.graph.androidForWorkEnrollmentProfile",
            account_id: actor.organization.guid(),
            id: template.id.guid(),
            display_name: template.name,
            description: template.description,
            created_date_time: template.created_at,
            last_modified_date_time: template.updated_at,
            token_value: token.map(|token| token.token.clone()),
            token_expiration_date_time: token.map(|token| match token.record.expires_at {
                Some(end) => end.to_string(),
                None => NEVER.to_owned(),
            }),
            enrolled_device_count: template.devices_count,
            qr_code_content: token.map(content),
            qr_code_image: image,
        })
    }
}

fn content(token: &ShownToken) -> String {
    match token.token.as_str() {
        MASK => MASK.to_owned(),
        _ => qr::content(token),
    }
}

fn image(token: &ShownToken) -> Result<MimeContent, Problem> {
    let png = qr::png(&qr::content(token))?;
    Ok(MimeContent {
        odata_type: "microsoft.graph.mimeContent",
        media_type: "image/png",
        value: STANDARD.encode(png),
    })
}

impl ToSchema for PartOfProfile {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Profile::schemas(schemas);
    }
}

/// The schema of a profile without a property that must be there.
impl PartialSchema for PartOfProfile {
    fn schema() -> RefOr<Schema> {
        match Profile::schema() {
            RefOr::T(Schema::Object(mut whole)) => {
                whole.required.clear();
                RefOr::T(Schema::Object(whole))
            }
            other => other,
        }
    }
}
