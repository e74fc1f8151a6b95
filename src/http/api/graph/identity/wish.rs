//! What the contract's clients send of device identities.

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::admin::CreateIdentifier;
use crate::identifier::{Identifier, Kind};
use crate::lenient;

use super::super::super::problem::Problem;

/// Entries of a list at most.
const MOST: usize = 1_000;

/// What tells a device from others, in the words of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GraphDeviceIdentityType)]
pub(super) enum IdentityType {
    /// Something else.
    Unknown,
    /// An IMEI.
    Imei,
    /// A serial number.
    SerialNumber,
    /// Manufacturer, model and serial number, set apart by commas.
    ManufacturerModelSerial,
}

impl IdentityType {
    /// The kind of identifier, if we have it.
    pub(super) fn kind(self) -> Option<Kind> {
        match self {
            Self::Unknown => None,
            Self::Imei => Some(Kind::Imei),
            Self::SerialNumber => Some(Kind::Serial),
            Self::ManufacturerModelSerial => Some(Kind::Mms),
        }
    }
}

impl From<Kind> for IdentityType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Imei => Self::Imei,
            Kind::Serial => Self::SerialNumber,
            Kind::Mms => Self::ManufacturerModelSerial,
            Kind::Mac | Kind::DeviceId | Kind::Hwid | Kind::EntraDeviceId | Kind::Ztd => {
                Self::Unknown
            }
        }
    }
}

/// An identity to create.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct NewIdentity(IdentityEntry);

/// An identity on a list.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GraphDeviceIdentityEntry)]
pub(super) struct IdentityEntry {
    /// What tells the device from others.
    pub(super) imported_device_identifier: String,
    /// What that is.
    pub(super) imported_device_identity_type: IdentityType,
    /// What people note of it.
    pub(super) description: Option<String>,
    /// The platform of the device; none: Windows.
    pub(super) platform: Option<String>,
}

/// What is to be changed of an identity.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = GraphChangedDeviceIdentity)]
pub(super) struct ChangedIdentity {
    /// What people note of it; null: nothing.
    #[serde(default, deserialize_with = "lenient::named")]
    #[schema(max_length = 256, value_type = Option<String>)]
    pub(super) description: Option<Option<String>>,
}

/// Identities to take over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GraphDeviceIdentityList)]
pub(super) struct IdentitiesToImport {
    /// The identities.
    #[schema(max_items = 1000)]
    pub(super) imported_device_identities: Vec<IdentityEntry>,
    /// Whether those that are there receive the descriptions of these.
    pub(super) overwrite_imported_device_identities: Option<bool>,
}

/// Identities to find.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GraphDeviceIdentitySearch)]
pub(super) struct IdentitiesToFind {
    /// The identities.
    #[schema(max_items = 1000)]
    pub(super) imported_device_identities: Vec<IdentityEntry>,
}

/// Fails for a list that is too long.
pub(super) fn few(list: &[IdentityEntry]) -> Result<(), Problem> {
    if list.len() <= MOST {
        return Ok(());
    }
    let reason = "has more than 1000 entries";
    Err(Problem::invalid("importedDeviceIdentities", reason))
}

impl NewIdentity {
    /// What it comes to.
    pub(super) fn wish(self) -> Result<CreateIdentifier, Problem> {
        let Self(entry) = self;
        if entry.imported_device_identity_type.kind().is_none() {
            let reason = "must be imei, serialNumber or manufacturerModelSerial";
            return Err(Problem::invalid("importedDeviceIdentityType", reason));
        }
        Ok(entry.wish())
    }
}

impl IdentityEntry {
    /// What it comes to; a type that means no kind leads to a value that is none of any.
    pub(super) fn wish(self) -> CreateIdentifier {
        let (description, platform) = (self.description.clone(), self.platform.clone());
        let (kind, value) = self.named().unwrap_or((Kind::Serial, String::new()));
        CreateIdentifier {
            kind: Some(kind),
            list: None,
            value,
            description,
            platform,
        }
    }

    /// Kind and value, where the kind is known.
    pub(super) fn named(self) -> Option<(Kind, String)> {
        let kind = self.imported_device_identity_type.kind()?;
        let value = self.imported_device_identifier;
        Some(match kind {
            // The contract sets the three apart by semicolons, its files by commas: both are taken.
            Kind::Mms if !value.contains(',') => (kind, value.replace(';', ",")),
            _ => (kind, value),
        })
    }
}

impl ToSchema for NewIdentity {}

/// The shape of the identifier depends on its type.
impl PartialSchema for NewIdentity {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let maybe = || {
            let types = SchemaType::from_iter([Type::String, Type::Null]);
            ObjectBuilder::new().schema_type(types)
        };
        let kinds = [
            (Kind::Imei, "imei"),
            (Kind::Serial, "serialNumber"),
            (Kind::Mms, "manufacturerModelSerial"),
        ];
        let shape = |(kind, word): (Kind, &'static str)| {
            let value = text()
                .max_length(Some(Identifier::LONGEST))
                .pattern(Some(kind.pattern()));
            ObjectBuilder::new()
                .property(
                    "importedDeviceIdentityType",
                    text().enum_values(Some([word])),
                )
                .property("importedDeviceIdentifier", value)
                .property("description", maybe().max_length(Some(256)))
                .property("platform", maybe().pattern(Some("^[A-Za-z]{1,32}$")))
                .required("importedDeviceIdentityType")
                .required("importedDeviceIdentifier")
        };
        let shapes = kinds.into_iter().map(shape);
        let one = shapes.fold(OneOfBuilder::new(), OneOfBuilder::item);
        RefOr::T(one.into())
    }
}
