//! A setting in the OpenAPI document: one shape for each format, and one for what takes no value.

use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{Format, MEDIA, Setting, SettingCommand, URI};

impl ToSchema for Setting {}

/// One shape for each format, since the format says what a value looks like.
impl PartialSchema for Setting {
    fn schema() -> RefOr<Schema> {
        let shapes = Format::ALL.iter().fold(
            OneOfBuilder::new().description(Some("A node of the device's tree with its value.")),
            |shapes, (format, word)| shapes.item(shape(*format, word)),
        );
        RefOr::T(shapes.item(without_value()).into())
    }
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn command<const N: usize>(commands: [SettingCommand; N]) -> ObjectBuilder {
    text()
        .enum_values(Some(commands.map(SettingCommand::word)))
        .description(Some(
            "What is done with the node: it receives the value, is run once, is read or is removed.",
        ))
}

fn loc_uri() -> ObjectBuilder {
    text()
        .pattern(Some(r"^\./[!-~]+$"))
        .max_length(Some(URI))
        .description(Some("The node: ./Vendor/MSFT/Policy/Config/…"))
}

fn scope() -> ObjectBuilder {
    text().enum_values(Some(["device", "user"]))
}

/// A node that is read or removed: its format and type say nothing, and it has no value.
fn without_value() -> ObjectBuilder {
    let formats = Format::ALL.map(|(_, word)| word);
    ObjectBuilder::new()
        .title(Some("read or removed"))
        .property("locUri", loc_uri())
        .property("format", text().enum_values(Some(formats)))
        .property("type", media_type())
        .property("value", text().max_length(Some(0)))
        .property("scope", scope())
        .property(
            "command",
            command([SettingCommand::Get, SettingCommand::Delete]),
        )
        .required("locUri")
        .required("command")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
}

fn media_type() -> ObjectBuilder {
    text().pattern(Some("^[!-~]+$")).max_length(Some(MEDIA))
}

fn shape(format: Format, word: &str) -> ObjectBuilder {
    let (pattern, most) = format.pattern();
    let value = text().max_length(Some(most));
    let value = match pattern {
        Some(pattern) => value.pattern(Some(pattern)),
        None => value,
    };
    let shape = ObjectBuilder::new()
        .title(Some(word))
        .property("locUri", loc_uri())
        .property("format", text().enum_values(Some([word])))
        .property("type", media_type())
        .property("value", value)
        .property("scope", scope())
        .property(
            "command",
            command([SettingCommand::Set, SettingCommand::Exec]),
        )
        .required("locUri")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let shape = match format {
        // Text is what a setting without a format has.
        Format::Chr => shape,
        _ => shape.required("format"),
    };
    match format {
        Format::Int | Format::Bool | Format::Time => shape.required("value"),
        _ => shape,
    }
}
