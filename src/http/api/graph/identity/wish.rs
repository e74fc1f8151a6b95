//! What the contract's clients send of device identities.

use serde::Deserialize;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::admin::CreateIdentifier;
use crate::identifier::{Identifier, Kind};
use crate::lenient;

use super::super::super::problem::Problem;

/// Entries of a list at most.
const MOST: usize = 1_000;

/// The kinds of identifiers with their words in this contract.
const KINDS: [(Kind, &str); 3] = [
    (Kind::Imei, "imei"),
    (Kind::Serial, "serialNumber"),
    (Kind::Mms, "manufacturerModelSerial"),
];

/// The kind that a word of the contract means.
pub(super) fn kind_of(word: &str) -> Option<Kind> {
    let found = KINDS.iter().find(|(_, known)| *known == word);
    found.map(|(kind, _)| *kind)
}

/// The contract's word for a kind.
pub(super) fn word_of(kind: Kind) -> &'static str {
    let found = KINDS.iter().find(|(known, _)| *known == kind);
    found.map_or("unknown", |(_, word)| *word)
}

/// An identity to create.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct New(Entry);

/// An identity on a list.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GraphDeviceIdentityEntry)]
pub(super) struct Entry {
    /// What tells the device from others.
    pub(super) imported_device_identifier: String,
    /// What that is.
    #[schema(pattern = "^(unknown|imei|serialNumber|manufacturerModelSerial)$")]
    pub(super) imported_device_identity_type: String,
    /// What people note of it.
    pub(super) description: Option<String>,
    /// The platform of the device; none: Windows.
    pub(super) platform: Option<String>,
}

/// What is to be changed of an identity.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = GraphChangedDeviceIdentity)]
pub(super) struct Changed {
    /// What people note of it; null: nothing.
    #[serde(default, deserialize_with = "lenient::named")]
    #[schema(max_length = 256, value_type = Option<String>)]
    pub(super) description: Option<Option<String>>,
}

/// Identities to take over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GraphDeviceIdentityList)]
pub(super) struct Import {
    /// The identities.
    #[schema(max_items = 1000)]
    pub(super) imported_device_identities: Vec<Entry>,
    /// Whether those that are there receive the descriptions of these.
    pub(super) overwrite_imported_device_identities: Option<bool>,
}

/// Identities to find.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GraphDeviceIdentitySearch)]
pub(super) struct Search {
    /// The identities.
    #[schema(max_items = 1000)]
    pub(super) imported_device_identities: Vec<Entry>,
}

/// Fails for a list that is too long.
pub(super) fn few(list: &[Entry]) -> Result<(), Problem> {
    if list.len() <= MOST {
        return Ok(());
    }
    let reason = "has more than 1000 entries";
    Err(Problem::invalid("importedDeviceIdentities", reason))
}

impl New {
    /// What it comes to.
    pub(super) fn wish(self) -> Result<CreateIdentifier, Problem> {
        let Self(entry) = self;
        if kind_of(&entry.imported_device_identity_type).is_none() {
            let reason = "must be imei, serialNumber or manufacturerModelSerial";
            return Err(Problem::invalid("importedDeviceIdentityType", reason));
        }
        Ok(entry.wish())
    }
}

impl Entry {
    /// What it comes to; a word that means no kind leads to a value that is none of any.
    pub(super) fn wish(self) -> CreateIdentifier {
        let kind = kind_of(&self.imported_device_identity_type);
        CreateIdentifier {
            value: match kind {
                Some(_) => self.imported_device_identifier,
                None => String::new(),
            },
            kind: kind.unwrap_or(Kind::Serial),
            description: self.description,
            platform: self.platform,
        }
    }

    /// Kind and value, where the kind is known.
    pub(super) fn named(self) -> Option<(Kind, String)> {
        let kind = kind_of(&self.imported_device_identity_type)?;
        Some((kind, self.imported_device_identifier))
    }
}

impl ToSchema for New {}

/// The shape of the identifier depends on its type.
impl PartialSchema for New {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let maybe = || {
            let types = SchemaType::from_iter([Type::String, Type::Null]);
            ObjectBuilder::new().schema_type(types)
        };
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
        let shapes = KINDS.into_iter().map(shape);
        let one = shapes.fold(OneOfBuilder::new(), OneOfBuilder::item);
        RefOr::T(one.into())
    }
}
