//! An imported device identity as the contract shows it.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::admin::{Contact, Marked, Taken};

use super::wish::{Entry, word_of};

/// A device that the organization knows before it enrolls.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GraphDeviceIdentity)]
pub(super) struct DeviceIdentity {
    /// Its type.
    #[serde(rename = "@odata.type")]
    odata_type: &'static str,
    /// Its identifier in this contract.
    id: Uuid,
    /// What tells the device from others.
    imported_device_identifier: String,
    /// What that is: unknown, imei, serialNumber or manufacturerModelSerial.
    imported_device_identity_type: &'static str,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_date_time: Timestamp,
    /// Its latest change.
    #[schema(value_type = String, format = DateTime)]
    last_modified_date_time: Timestamp,
    /// What people note of it.
    description: Option<String>,
    /// What is known of the device: unknown, enrolled or notContacted.
    enrollment_state: &'static str,
    /// The platform of the device.
    platform: String,
}

/// The properties that can be selected.
pub(super) const PROPERTIES: &[&str] = &[
    "id",
    "importedDeviceIdentifier",
    "importedDeviceIdentityType",
    "createdDateTime",
    "lastModifiedDateTime",
    "description",
    "enrollmentState",
    "platform",
];

/// What came of one entry of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GraphDeviceIdentityResult)]
struct OfImport {
    /// Its type.
    #[serde(rename = "@odata.type")]
    odata_type: &'static str,
    /// Its identifier in this contract, if it is there.
    id: Option<Uuid>,
    /// What tells the device from others: normalised, or as it was sent where it is not acceptable.
    imported_device_identifier: String,
    /// What that is.
    imported_device_identity_type: String,
    /// What people note of it.
    description: Option<String>,
    /// The platform of the device.
    platform: String,
    /// Whether it was taken over.
    status: bool,
}

/// What came of a list, entry by entry.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GraphDeviceIdentityResults)]
pub(super) struct Imported {
    /// The entries.
    value: Vec<OfImport>,
}

/// What was found of a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GraphDeviceIdentities)]
pub(super) struct Found {
    /// The identities.
    value: Vec<DeviceIdentity>,
}

impl Imported {
    /// What came of the entries that were sent.
    pub(super) fn of(taken: Vec<Taken>, sent: Vec<Entry>) -> Self {
        let both = taken.into_iter().zip(sent);
        Self {
            value: both
                .map(|(taken, sent)| OfImport::of(taken, sent))
                .collect(),
        }
    }
}

impl From<Vec<Marked>> for Found {
    fn from(found: Vec<Marked>) -> Self {
        Self {
            value: found.into_iter().map(DeviceIdentity::from).collect(),
        }
    }
}

/// An identity with the properties that were asked for.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct PartOfIdentity(Map<String, Json>);

impl From<Marked> for DeviceIdentity {
    fn from(marked: Marked) -> Self {
        let identifier = marked.identifier;
        Self {
            odata_type: "#microsoft.graph.importedDeviceIdentity",
            id: identifier.id.guid(),
            imported_device_identifier: identifier.value,
            imported_device_identity_type: word_of(identifier.kind),
            created_date_time: identifier.created_at,
            last_modified_date_time: identifier.updated_at,
            description: identifier.description,
            enrollment_state: match marked.contact {
                Contact::Unknown => "unknown",
                Contact::Enrolled => "enrolled",
                Contact::NotContacted => "notContacted",
            },
            platform: identifier.platform,
        }
    }
}

impl OfImport {
    /// What came of an entry that was sent.
    fn of(taken: Taken, sent: Entry) -> Self {
        const TYPE: &str = "#microsoft.graph.importedDeviceIdentityResult";
        match taken {
            Some((marked, status)) => {
                let known = DeviceIdentity::from(marked);
                Self {
                    odata_type: TYPE,
                    id: Some(known.id),
                    imported_device_identifier: known.imported_device_identifier,
                    imported_device_identity_type: known.imported_device_identity_type.to_owned(),
                    description: known.description,
                    platform: known.platform,
                    status,
                }
            }
            None => Self {
                odata_type: TYPE,
                id: None,
                imported_device_identifier: sent.imported_device_identifier,
                imported_device_identity_type: sent.imported_device_identity_type,
                description: sent.description,
                platform: sent.platform.unwrap_or_default(),
                status: false,
            },
        }
    }
}

impl ToSchema for PartOfIdentity {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        DeviceIdentity::schemas(schemas);
    }
}

/// The schema of an identity without a property that must be there.
impl PartialSchema for PartOfIdentity {
    fn schema() -> RefOr<Schema> {
        match DeviceIdentity::schema() {
            RefOr::T(Schema::Object(mut whole)) => {
                whole.required.clear();
                RefOr::T(Schema::Object(whole))
            }
            other => other,
        }
    }
}
