//! The grammar: characteristics within characteristics, and parms.

mod text;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::Error;
use crate::xml::{self, DecodeError, FromXml, Limits, ToXml};

/// `wap-provisioningdoc`, version 1.1: MS-MDE2 2.2.9.1.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProvisioningDocument {
    /// The top-level characteristics, in order; each is a configuration service provider's.
    pub characteristics: Vec<Characteristic>,
}

/// `characteristic`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Characteristic {
    /// Its `type`; case counts.
    pub kind: Cow<'static, str>,
    /// What it holds, in order.
    pub content: Vec<Node>,
}

/// What a characteristic holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A value.
    Parm(Parm),
    /// A characteristic inside.
    Characteristic(Characteristic),
}

/// `parm`. `Debug` does not show the value of a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Parm {
    /// `name`; case counts.
    pub name: Cow<'static, str>,
    /// `value`; some parms are told by being there.
    pub value: Option<String>,
    /// `datatype`.
    pub datatype: Option<Datatype>,
}

/// `datatype` of a parm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Datatype {
    /// `string`.
    String,
    /// `integer`.
    Integer,
    /// `boolean`.
    Boolean,
    /// `float`.
    Float,
    /// `date`.
    Date,
    /// `time`.
    Time,
    /// `binary`.
    Binary,
    /// `multiplestring`.
    MultipleString,
}

impl ProvisioningDocument {
    /// Reads a document's text.
    ///
    /// # Errors
    /// [`Error::Xml`] or [`Error::Decode`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let root = xml::read(text.as_bytes(), &Limits::SOAP)?;
        Ok(Self::from_xml(&root)?)
    }

    /// Writes the document on one line, without a declaration.
    pub fn to_text(&self) -> String {
        xml::write(&self.to_xml(), &[])
    }

    /// All characteristics at the end of a path of types. A type may stand more than once at any level: the published
    /// documents have two `CertificateStore`s.
    pub fn at<'s>(&'s self, path: &[&str]) -> Vec<&'s Characteristic> {
        let Some((first, rest)) = path.split_first() else {
            return Vec::new();
        };
        let mut found: Vec<_> = self
            .characteristics
            .iter()
            .filter(|top| top.kind == *first)
            .collect();
        for kind in rest {
            found = found
                .into_iter()
                .flat_map(Characteristic::characteristics)
                .filter(|child| child.kind == *kind)
                .collect();
        }
        found
    }

    /// The first value of a parm, by the path of types to it and its name.
    pub fn value(&self, path: &[&str], name: &str) -> Option<&str> {
        self.at(path)
            .into_iter()
            .flat_map(Characteristic::parms)
            .find(|parm| parm.name == name)
            .and_then(|parm| parm.value.as_deref())
    }
}

impl Characteristic {
    /// An empty characteristic.
    pub fn new(kind: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind: kind.into(),
            content: Vec::new(),
        }
    }

    /// The characteristic with one more inside.
    #[must_use]
    pub fn with(mut self, child: Self) -> Self {
        self.content.push(Node::Characteristic(child));
        self
    }

    /// The characteristic with one more parm.
    #[must_use]
    pub fn with_parm(mut self, parm: Parm) -> Self {
        self.content.push(Node::Parm(parm));
        self
    }

    /// Its parms, in order.
    pub fn parms(&self) -> impl Iterator<Item = &Parm> {
        self.content.iter().filter_map(|node| match node {
            Node::Parm(parm) => Some(parm),
            Node::Characteristic(_) => None,
        })
    }

    /// The characteristics in it, in order.
    pub fn characteristics(&self) -> impl Iterator<Item = &Self> {
        self.content.iter().filter_map(|node| match node {
            Node::Characteristic(child) => Some(child),
            Node::Parm(_) => None,
        })
    }
}

impl Parm {
    /// A parm without a datatype.
    pub fn new(name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: Some(value.into()),
            datatype: None,
        }
    }

    /// A parm that is told by being there.
    pub fn present(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            value: None,
            datatype: None,
        }
    }

    /// The parm with a datatype.
    #[must_use]
    pub const fn typed(mut self, datatype: Datatype) -> Self {
        self.datatype = Some(datatype);
        self
    }
}

impl fmt::Debug for Parm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = self.name == SECRET;
        let value = self.value.as_deref();
        f.debug_struct("Parm")
            .field("name", &self.name)
            .field(
                "value",
                &value.map(|value| if secret { "[redacted]" } else { value }),
            )
            .field("datatype", &self.datatype)
            .finish()
    }
}

impl Datatype {
    /// Its spelling on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Float => "float",
            Self::Date => "date",
            Self::Time => "time",
            Self::Binary => "binary",
            Self::MultipleString => "multiplestring",
        }
    }
}

impl FromStr for Datatype {
    type Err = DecodeError;

    fn from_str(text: &str) -> Result<Self, DecodeError> {
        [
            Self::String,
            Self::Integer,
            Self::Boolean,
            Self::Float,
            Self::Date,
            Self::Time,
            Self::Binary,
            Self::MultipleString,
        ]
        .into_iter()
        .find(|known| known.name() == text)
        .ok_or_else(|| DecodeError::Value {
            element: "datatype".to_owned(),
            expected: "a datatype of a provisioning document",
        })
    }
}

/// The parm whose value is a password (MS-MDE2 2.2.9.5).
const SECRET: &str = "AAUTHSECRET";
