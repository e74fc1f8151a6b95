//! Settings of the organization.

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::admin::{Language, Settings, UpdateSettings};
use crate::id::ObjectId;
use crate::identity::grant;

use super::super::answer::Tagged;
use super::super::{Api, Body, Envelope, IfMatch, Permitted, Problem};

pub(super) fn operations(api: &mut Api) {
    const SETTINGS: &str = concat!(organization!(), "/settings");
    api.get(SETTINGS, get)
        .id("getSettings")
        .summary("Shows the settings of the organization");
    api.put(SETTINGS, update)
        .id("updateSettings")
        .summary("Changes what is named of the settings; null brings a default back");
}

/// What is to be changed of the settings; null brings a default back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ChangedSettings {
    /// Where people find help.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<String>, max_length = 256)]
    support_contact: Option<Option<String>>,
    /// The language of whoever names none.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<Language>)]
    default_language: Option<Option<Language>>,
    /// What the enrollment is called on the device.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<String>, max_length = 128)]
    enrollment_display_name: Option<Option<String>>,
    /// The template of whoever names none.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<ObjectId>)]
    default_template_id: Option<Option<ObjectId>>,
}

/// What is there, null included: its lack is the default.
pub(super) fn named<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

async fn get(caller: Permitted<grant::SettingsGet>) -> Result<Tagged<Envelope<Settings>>, Problem> {
    Ok(tagged(caller.admin().settings(&caller.actor).await?))
}

async fn update(
    caller: Permitted<grant::SettingsUpdate>,
    IfMatch(expected): IfMatch,
    Body(changed): Body<ChangedSettings>,
) -> Result<Tagged<Envelope<Settings>>, Problem> {
    let wish = UpdateSettings {
        support_contact: changed.support_contact,
        default_language: changed.default_language,
        enrollment_display_name: changed.enrollment_display_name,
        default_template_id: changed.default_template_id,
    };
    let admin = caller.admin();
    let settings = admin.update_settings(&caller.actor, wish, expected).await?;
    Ok(tagged(settings))
}

fn tagged(settings: Settings) -> Tagged<Envelope<Settings>> {
    let revision = settings.revision;
    Tagged(Envelope(settings), revision)
}
