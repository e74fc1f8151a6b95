//! The key table: what each configuration key is called, means, takes and hides.
//!
//! [`section!`] declares a section once, and the struct, its defaults and its
//! keys come out of that one declaration, so they cannot drift apart.

use toml::Value;
use url::Url;

/// One configuration key.
#[derive(Debug)]
pub struct Key {
    /// The dotted name, as in `web.public_url`.
    pub name: &'static str,
    /// What the key takes.
    pub kind: Kind,
    /// What of its value must not be shown.
    pub secrecy: Secrecy,
    pub(crate) lines: &'static [&'static str],
}

impl Key {
    /// What the key means, on one line.
    pub fn help(&self) -> String {
        let lines: Vec<_> = self.help_lines().collect();
        lines.join(" ")
    }

    /// What the key means, in the lines it was written in.
    pub fn help_lines(&self) -> impl Iterator<Item = &'static str> {
        self.lines.iter().map(|line| line.trim())
    }

    /// The section's dotted name, empty for a key that stands above all sections.
    pub fn section(&self) -> &'static str {
        self.name
            .rsplit_once('.')
            .map_or("", |(section, _)| section)
    }

    /// The name within the section.
    pub fn field(&self) -> &'static str {
        self.name
            .rsplit_once('.')
            .map_or(self.name, |(_, field)| field)
    }

    /// The environment twin, as in `PORTCULLIS_WEB__PUBLIC_URL`.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.replace('.', "__").to_uppercase())
    }

    /// The environment variable that names a file holding the value; secrets alone have one.
    pub fn file_variable(&self) -> Option<String> {
        match self.secrecy {
            Secrecy::Open => None,
            Secrecy::UrlPassword | Secrecy::Secret => Some(format!("{}_FILE", self.variable())),
        }
    }

    /// `value` as it may be shown: secrets are masked, unless unset.
    pub fn shown(&self, value: &Value) -> Value {
        let masked = match (self.secrecy, value.as_str()) {
            (Secrecy::Open, _) | (_, Some("")) => return value.clone(),
            (Secrecy::UrlPassword, Some(text)) => mask_password(text),
            (Secrecy::UrlPassword | Secrecy::Secret, _) => MASK.to_owned(),
        };
        Value::String(masked)
    }
}

/// What a key takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Text without control characters.
    Text,
    /// A path, relative ones from the current directory.
    Path,
    /// An IP address and a port.
    Address,
    /// `true` or `false`.
    Boolean,
    /// A whole number from 0.
    Number {
        /// The greatest value the key's type holds.
        maximum: i64,
    },
    /// A list of texts.
    List,
    /// One of fixed words.
    Choice(&'static [&'static str]),
}

impl Kind {
    /// What the key takes, in words.
    pub fn describe(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Path => "path".to_owned(),
            Self::Address => "IP address and port".to_owned(),
            Self::Boolean => "true or false".to_owned(),
            Self::Number { .. } => "whole number".to_owned(),
            Self::List => "list of texts".to_owned(),
            Self::Choice(words) => one_of(words),
        }
    }
}

/// What of a value must not be shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Secrecy {
    /// Nothing is hidden.
    Open,
    /// The password within a URL.
    UrlPassword,
    /// All of it.
    Secret,
}

/// The words of a choice, for a message: the empty one shows as `""`.
pub(crate) fn one_of(words: &[&str]) -> String {
    let words: Vec<_> = words
        .iter()
        .map(|word| if word.is_empty() { "\"\"" } else { word })
        .collect();
    words.join(", ")
}

/// Masks the password of a URL and leaves any other text alone.
fn mask_password(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        // What is not a URL may be anything, a password included.
        return MASK.to_owned();
    };
    let in_query = url.query_pairs().any(|(name, _)| name == "password");
    if url.password().is_none() && !in_query {
        return text.to_owned();
    }
    if in_query || url.set_password(Some(MASK)).is_err() {
        return MASK.to_owned();
    }
    url.to_string()
}

/// Declares a section of the configuration: its struct, its defaults and its keys.
///
/// A line `/// help`, then `name: Type = default;` is a key; `=> secret` or
/// `=> url_password` before the semicolon says what must be hidden.
macro_rules! section {
    (
        $(#[doc = $summary:literal])+
        pub struct $name:ident in $prefix:literal {
            $(
                $(#[doc = $help:literal])+
                $field:ident: $type:ty = $default:expr $(=> $mark:ident)?;
            )*
        }
        $(sections {
            $( $(#[doc = $nested_help:literal])+ $nested:ident: $nested_type:ident; )+
        })?
    ) => {
        $(#[doc = $summary])+
        #[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $( $(#[doc = $help])+ pub $field: $type, )*
            $($( $(#[doc = $nested_help])+ pub $nested: $nested_type, )+)?
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $( $field: $default, )*
                    $($( $nested: $nested_type::default(), )+)?
                }
            }
        }

        impl $name {
            const OWN_KEYS: &[$crate::config::key::Key] = &[
                $($crate::config::key::Key {
                    name: concat!($prefix, stringify!($field)),
                    kind: <$type as $crate::config::setting::Setting>::KIND,
                    secrecy: $crate::config::key::section!(@secrecy $($mark)?),
                    lines: &[$($help),+],
                },)*
            ];

            /// Every key of the section and of those within it, in their written order.
            pub fn keys() -> Vec<&'static $crate::config::key::Key> {
                Self::OWN_KEYS
                    .iter()
                    $($( .chain($nested_type::keys()) )+)?
                    .collect()
            }

            /// Every value, in the order of [`Self::keys`].
            pub fn values(&self) -> Vec<toml::Value> {
                let own = [$( $crate::config::setting::Setting::value(&self.$field), )*];
                own.into_iter()
                    $($( .chain(self.$nested.values()) )+)?
                    .collect()
            }
        }
    };
    (@secrecy) => { $crate::config::key::Secrecy::Open };
    (@secrecy secret) => { $crate::config::key::Secrecy::Secret };
    (@secrecy url_password) => { $crate::config::key::Secrecy::UrlPassword };
}

pub(crate) use section;

/// What every environment twin begins with.
pub(crate) const PREFIX: &str = "PORTCULLIS_";

const MASK: &str = "********";
