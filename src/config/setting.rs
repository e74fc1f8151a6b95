//! The types that a configuration key can have.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use toml::Value;

use super::key::Kind;

/// A type that a configuration key can have.
pub(crate) trait Setting {
    /// What a key of this type takes.
    const KIND: Kind;

    /// The value as TOML writes it.
    fn value(&self) -> Value;
}

impl Setting for String {
    const KIND: Kind = Kind::Text;

    fn value(&self) -> Value {
        Value::String(self.clone())
    }
}

impl Setting for PathBuf {
    const KIND: Kind = Kind::Path;

    fn value(&self) -> Value {
        Value::String(Path::display(self).to_string())
    }
}

impl Setting for SocketAddr {
    const KIND: Kind = Kind::Address;

    fn value(&self) -> Value {
        Value::String(self.to_string())
    }
}

impl Setting for bool {
    const KIND: Kind = Kind::Boolean;

    fn value(&self) -> Value {
        Value::Boolean(*self)
    }
}

impl Setting for u16 {
    const KIND: Kind = Kind::Number {
        maximum: Self::MAX as i64,
    };

    fn value(&self) -> Value {
        Value::Integer(i64::from(*self))
    }
}

impl Setting for u32 {
    const KIND: Kind = Kind::Number {
        maximum: Self::MAX as i64,
    };

    fn value(&self) -> Value {
        Value::Integer(i64::from(*self))
    }
}

impl Setting for Vec<String> {
    const KIND: Kind = Kind::List;

    fn value(&self) -> Value {
        Value::Array(self.iter().cloned().map(Value::String).collect())
    }
}

/// Declares a key's type that takes one of fixed words.
macro_rules! choice {
    (
        $(#[doc = $summary:literal])+
        pub enum $name:ident {
            $( $(#[doc = $help:literal])+ $variant:ident = $word:literal, )+
        }
    ) => {
        $(#[doc = $summary])+
        #[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize)]
        pub enum $name {
            $( $(#[doc = $help])+ #[serde(rename = $word)] $variant, )+
        }

        impl $name {
            /// The word that stands for it in the configuration.
            pub fn as_str(self) -> &'static str {
                match self {
                    $( Self::$variant => $word, )+
                }
            }
        }

        impl $crate::config::setting::Setting for $name {
            const KIND: $crate::config::key::Kind =
                $crate::config::key::Kind::Choice(&[$($word),+]);

            fn value(&self) -> toml::Value {
                toml::Value::String(self.as_str().to_owned())
            }
        }
    };
}

pub(crate) use choice;
