//! One CSP setting: a node of the device's management tree with its value (OMA-DM; `Meta` and `Data` of a command).

mod schema;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::violation::Violations;

/// A node with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Setting {
    /// The node, relative to the tree's root: `./Vendor/MSFT/Policy/Config/…`.
    pub loc_uri: String,
    /// How the value is written: the `Format` of its `Meta`.
    #[serde(default)]
    pub format: Format,
    /// The media type of the value: the `Type` of its `Meta`.
    #[serde(rename = "type", default = "text_plain")]
    pub media_type: String,
    /// The value; empty for the formats that have none.
    #[serde(default)]
    pub value: String,
    /// Whether it is the machine's or the user's.
    #[serde(default)]
    pub scope: Scope,
    /// What is done with the node.
    #[serde(default, skip_serializing_if = "SettingCommand::is_set")]
    pub command: SettingCommand,
}

/// What is done with a node (OMA DM; commands of `SyncBody`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SettingCommand {
    /// It receives the value, by `Add` or `Replace`.
    #[default]
    Set,
    /// Its value is read.
    Get,
    /// It is run, once.
    Exec,
    /// It is removed.
    Delete,
}

impl SettingCommand {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Set, "set"),
        (Self::Get, "get"),
        (Self::Exec, "exec"),
        (Self::Delete, "delete"),
    ];

    /// Whether the node receives a value.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    fn is_set(&self) -> bool {
        *self == Self::Set
    }

    /// The word that stands for it.
    pub fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(command, _)| *command == self)
            .map_or("set", |(_, word)| word)
    }
}

/// How a value is written (OMA-DM meta information, `Format`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Text.
    #[default]
    Chr,
    /// A whole number.
    Int,
    /// `true` or `false`.
    Bool,
    /// Bytes as base64.
    B64,
    /// XML.
    Xml,
    /// A moment.
    Time,
    /// An inner node, which has no value.
    Node,
    /// No value.
    Null,
}

/// Whose setting it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = SettingScope)]
pub enum Scope {
    /// The machine's.
    #[default]
    Device,
    /// The user's: delivered once somebody is signed in.
    User,
}

/// Characters of a node's name.
const URI: usize = 1_024;
/// Characters of a value.
const VALUE: usize = 65_536;
/// Characters of a media type.
const MEDIA: usize = 128;

fn text_plain() -> String {
    "text/plain".to_owned()
}

impl Setting {
    /// Adds what is not acceptable to `faults`; `path` is where the setting stands.
    pub fn check(&self, path: &str, faults: &mut Violations) {
        let at = |field: &str| format!("{path}.{field}");
        let uri = &self.loc_uri;
        faults.require(
            uri.strip_prefix("./").is_some_and(|rest| !rest.is_empty())
                && uri.chars().count() <= URI
                && uri.chars().all(|c| c.is_ascii_graphic()),
            at("locUri"),
            "must begin with ./ and have at most 1024 printable ASCII characters, no space among them",
        );
        faults.require(
            !self.media_type.is_empty() && self.media_type.chars().all(|c| c.is_ascii_graphic()),
            at("type"),
            "must be a media type, such as text/plain",
        );
        faults.at_most(at("type"), &self.media_type, MEDIA);
        faults.at_most(at("value"), &self.value, VALUE);
        match self.command {
            SettingCommand::Get | SettingCommand::Delete => faults.require(
                self.value.is_empty(),
                at("value"),
                "must be empty, as get and delete take none",
            ),
            SettingCommand::Set | SettingCommand::Exec => {
                if let Err(reason) = self.format.accepts(&self.value) {
                    faults.add(at("value"), reason);
                }
            }
        }
        faults.require(
            self.scope == Scope::User || !begins_with(uri, "./User/"),
            at("scope"),
            "must be user, as the node begins with ./User/",
        );
        faults.require(
            self.scope == Scope::Device || !begins_with(uri, "./Device/"),
            at("scope"),
            "must be device, as the node begins with ./Device/",
        );
    }
}

/// Whether a node begins in this way, in any case.
pub(super) fn begins_with(uri: &str, start: &str) -> bool {
    uri.get(..start.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(start))
}

impl Format {
    /// Its word on the wire: the `Format` of a `Meta`.
    pub fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(format, _)| *format == self)
            .map_or("chr", |(_, word)| word)
    }

    /// Whether a value is written in this way.
    fn accepts(self, value: &str) -> Result<(), &'static str> {
        let (fits, reason) = match self {
            Self::Chr | Self::Xml => (true, ""),
            Self::Int => (
                value.len() <= 11 && value.parse::<i64>().is_ok() && !value.starts_with('+'),
                "must be a whole number, as int says",
            ),
            Self::Bool => (
                matches!(value, "true" | "false"),
                "must be true or false, as bool says",
            ),
            Self::B64 => (
                STANDARD.decode(value).is_ok(),
                "must be base64, as b64 says",
            ),
            Self::Time => (
                !value.is_empty()
                    && value
                        .chars()
                        .all(|c| c.is_ascii_digit() || "TZ:+.-".contains(c)),
                "must be a time as ISO 8601 writes it, as time says",
            ),
            Self::Node | Self::Null => (
                value.is_empty(),
                "must be empty, as node and null have no value",
            ),
        };
        if fits { Ok(()) } else { Err(reason) }
    }

    /// The pattern of its values, and the greatest length that it allows.
    const fn pattern(self) -> (Option<&'static str>, usize) {
        match self {
            Self::Chr | Self::Xml => (None, VALUE),
            Self::Int => (Some("^-?[0-9]{1,10}$"), 11),
            Self::Bool => (Some("^(true|false)$"), 5),
            Self::B64 => (Some("^([A-Za-z0-9+/]{4})*$"), VALUE),
            Self::Time => (Some("^[0-9TZ:+.-]+$"), VALUE),
            Self::Node | Self::Null => (None, 0),
        }
    }

    const ALL: [(Self, &'static str); 8] = [
        (Self::Chr, "chr"),
        (Self::Int, "int"),
        (Self::Bool, "bool"),
        (Self::B64, "b64"),
        (Self::Xml, "xml"),
        (Self::Time, "time"),
        (Self::Node, "node"),
        (Self::Null, "null"),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(json: &str) -> Vec<String> {
        let setting: Setting = serde_json::from_str(json).unwrap();
        let mut faults = Violations::new();
        setting.check("settings[0]", &mut faults);
        let found = faults.into_result().err().unwrap_or_default();
        found.into_iter().map(|it| it.path).collect()
    }

    #[test]
    fn a_setting_without_a_format_is_text_of_the_machine() {
        let setting: Setting = serde_json::from_str(r#"{"locUri":"./Device/X"}"#).unwrap();
        assert_eq!(setting.format, Format::Chr);
        assert_eq!(setting.scope, Scope::Device);
        assert_eq!(setting.media_type, "text/plain");
    }

    #[test]
    fn a_value_is_written_as_its_format_says() {
        for (format, good, bad) in [
            ("int", "-15", "many"),
            ("bool", "true", "yes"),
            ("b64", "dGV4dA==", "%"),
            ("time", "2026-01-01T10:00:00Z", "noon"),
            ("null", "", "x"),
            ("node", "", "x"),
        ] {
            let json =
                |value| format!(r#"{{"locUri":"./X","format":"{format}","value":"{value}"}}"#);
            assert!(faults(&json(good)).is_empty(), "{format}");
            assert_eq!(faults(&json(bad)), ["settings[0].value"], "{format}");
        }
    }

    #[test]
    fn a_node_is_named_from_the_root_of_the_tree() {
        for uri in ["", "./", "Vendor/MSFT", "./a b", "./\u{e9}"] {
            let json = serde_json::json!({ "locUri": uri }).to_string();
            assert_eq!(faults(&json), ["settings[0].locUri"], "{uri:?}");
        }
    }
}
