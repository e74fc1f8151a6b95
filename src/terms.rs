//! Terms of use: versions that are added and never changed, and who accepted which.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ObjectId;
use crate::language::Language;

/// One version of an organization's terms of use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Terms {
    /// Its number, from 1. The greatest one counts.
    pub version: u32,
    /// The text in each language.
    pub texts: Texts,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A text in each language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Texts {
    /// In English.
    #[schema(max_length = 20_000)]
    pub en: Option<String>,
    /// In Spanish.
    #[schema(max_length = 20_000)]
    pub es: Option<String>,
}

impl Texts {
    /// The text in a language, else in any.
    pub fn of(&self, language: Language) -> &str {
        let (first, second) = match language {
            Language::En => (&self.en, &self.es),
            Language::Es => (&self.es, &self.en),
        };
        first.as_deref().or(second.as_deref()).unwrap_or_default()
    }

    /// Whether there is none: the terms are withdrawn.
    pub fn is_empty(&self) -> bool {
        self.of(Language::En).trim().is_empty()
    }
}

/// That somebody accepted a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Acceptance {
    /// Its identifier.
    pub id: ObjectId,
    /// The version.
    pub version: u32,
    /// The token that was shown.
    pub token_id: Option<ObjectId>,
    /// The person that the token proves.
    pub email: Option<String>,
    /// The person that an access token of Entra ID proves: the object's identifier, and its issuer.
    pub subject: Option<String>,
    /// The attempt in which it happened.
    pub attempt_id: Option<ObjectId>,
    /// The address that it came from.
    pub remote: Option<String>,
    /// The language that was read.
    pub language: Language,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub accepted_at: Timestamp,
}
