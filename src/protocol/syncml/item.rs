//! `Item` and `Meta`: what commands and results carry.

use std::fmt;

use super::{Fields, Location, flag};
use crate::xml::{self, DecodeError, Element, FromXml, ToXml, namespace};

/// `Item`: MS-MDM 2.2.5.2.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Item {
    /// `Target`: the node that a command is for.
    pub target: Option<Location>,
    /// `Source`: the node that a value is from.
    pub source: Option<Location>,
    /// `Meta`: format and type of the data.
    pub meta: Option<Meta>,
    /// `Data`. Elements in it are kept as their text. May be a secret: `Debug` shows its length alone.
    pub data: Option<String>,
    /// `MoreData`: the value goes on in the next message.
    pub more_data: bool,
}

/// `Meta` (MS-MDM 2.2.5.3) with its children of the meta information, which are read by local name alone:
/// clients misspell their namespace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Meta {
    /// `Format`: `int`, `chr`, `bool`, `b64`, `xml`, `node`, `null`, ...
    pub format: Option<String>,
    /// `Type`: a media type, an alert type or an authentication scheme.
    pub kind: Option<String>,
    /// `Mark`: importance of a generic alert.
    pub mark: Option<String>,
    /// `Size`, bytes of the whole value.
    pub size: Option<String>,
    /// `NextNonce`, base64.
    pub next_nonce: Option<String>,
    /// `MaxMsgSize`, bytes.
    pub max_msg_size: Option<String>,
    /// `MaxObjSize`, bytes.
    pub max_obj_size: Option<String>,
}

impl Item {
    /// An item that names a node and no more.
    pub fn target(loc_uri: impl Into<String>) -> Self {
        Self {
            target: Some(Location::from(loc_uri)),
            ..Self::default()
        }
    }
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = self
            .data
            .as_ref()
            .map(|data| format!("{} bytes", data.len()));
        f.debug_struct("Item")
            .field("target", &self.target)
            .field("source", &self.source)
            .field("meta", &self.meta)
            .field("data", &data)
            .field("more_data", &self.more_data)
            .finish()
    }
}

impl FromXml for Item {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        let space = element.name.namespace.as_ref();
        let mut meta: Option<Meta> = element.maybe("Meta")?;
        // MS-MDM prints the type of an alert beside an empty Meta.
        if let Some(kind) = element.optional_text(namespace::METINF, "Type")? {
            meta.get_or_insert_default()
                .kind
                .get_or_insert_with(|| kind.to_owned());
        }
        Ok(Self {
            target: element.maybe("Target")?,
            source: element.maybe("Source")?,
            meta,
            data: element.only(space, "Data")?.map(content),
            more_data: element.flag("MoreData")?,
        })
    }
}

impl ToXml for Item {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::SYNCML, "Item")
            .with_some(self.target.as_ref().map(|target| target.to_xml("Target")))
            .with_some(self.source.as_ref().map(|source| source.to_xml("Source")))
            .with_some(self.meta.as_ref().map(ToXml::to_xml))
            .with_some(super::maybe_text("Data", self.data.as_deref()))
            .with_some(flag("MoreData", self.more_data))
    }
}

impl FromXml for Meta {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        let mut meta = Self::default();
        for child in &element.children {
            let (field, name) = match child.name.local.as_ref() {
                "Format" => (&mut meta.format, "Format"),
                "Type" => (&mut meta.kind, "Type"),
                "Mark" => (&mut meta.mark, "Mark"),
                "Size" => (&mut meta.size, "Size"),
                "NextNonce" => (&mut meta.next_nonce, "NextNonce"),
                "MaxMsgSize" => (&mut meta.max_msg_size, "MaxMsgSize"),
                "MaxObjSize" => (&mut meta.max_obj_size, "MaxObjSize"),
                _ => continue,
            };
            if field.replace(child.trimmed()?.to_owned()).is_some() {
                return Err(DecodeError::Repeated {
                    parent: element.label(),
                    child: name,
                });
            }
        }
        Ok(meta)
    }
}

impl ToXml for Meta {
    fn to_xml(&self) -> Element<'_> {
        let fields = [
            ("Format", &self.format),
            ("Type", &self.kind),
            ("Mark", &self.mark),
            ("Size", &self.size),
            ("NextNonce", &self.next_nonce),
            ("MaxMsgSize", &self.max_msg_size),
            ("MaxObjSize", &self.max_obj_size),
        ];
        let children = fields.into_iter().filter_map(|(local, value)| {
            let value = value.as_deref()?;
            Some(Element::new(namespace::METINF, local).with_text(value))
        });
        Element::new(namespace::SYNCML, "Meta").with_all(children)
    }
}

/// The text of `Data`, or its elements as text.
fn content(data: &Element<'_>) -> String {
    let mut text = data.text.to_string();
    for child in &data.children {
        text.push_str(&xml::write(child, &[]));
    }
    text
}
