//! SyncML 1.2 as OMA DM 1.2.1 and MS-MDM use it: one package of a management session, read and written.
//!
//! It knows the shape of a package. What a command does, in which order statuses follow and when a session ends is the
//! session's matter. WBXML is not read.

mod command;
mod header;
mod item;
mod status;

pub use self::command::{Alert, Command, Group, Operation, SyncBody, Unknown};
pub use self::header::{Cred, Location, SyncHdr};
pub use self::item::{Item, Meta};
pub use self::status::{Results, Status};

use crate::xml::{self, DecodeError, Element, FromXml, Limits, ToXml, namespace};

/// `SyncML`, one message of a package: MS-MDM 2.2.4.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncMl {
    /// `SyncHdr`.
    pub header: SyncHdr,
    /// `SyncBody`.
    pub body: SyncBody,
}

/// Why a message is no package.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// No XML, or XML over the limits.
    #[error(transparent)]
    Xml(#[from] xml::Error),
    /// XML that is no SyncML package.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

impl SyncMl {
    /// Reads a package.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let root = xml::read(bytes, &Limits::SYNCML)?;
        Ok(Self::from_xml(&root)?)
    }

    /// Writes the package on one line.
    pub fn write(&self) -> String {
        xml::write(&self.to_xml(), &[])
    }
}

impl FromXml for SyncMl {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        if !element.is(namespace::SYNCML_1_1, "SyncML") {
            element.expect(namespace::SYNCML, "SyncML")?;
        }
        let space = element.name.namespace.as_ref();
        Ok(Self {
            header: SyncHdr::from_xml(element.required(space, "SyncHdr")?)?,
            body: SyncBody::from_xml(element.required(space, "SyncBody")?)?,
        })
    }
}

impl ToXml for SyncMl {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::SYNCML, "SyncML")
            .with(self.header.to_xml())
            .with(self.body.to_xml())
    }
}

/// Every element is looked for in the namespace of its parent: fragments and SyncML 1.1 read like SyncML 1.2.
trait Fields {
    /// The text of a required child.
    fn text(&self, local: &'static str) -> Result<String, DecodeError>;
    /// The text of a child.
    fn maybe_text(&self, local: &'static str) -> Result<Option<String>, DecodeError>;
    /// A child that is a structure of its own.
    fn maybe<T: FromXml>(&self, local: &'static str) -> Result<Option<T>, DecodeError>;
    /// All children that are structures of their own.
    fn all<T: FromXml>(&self, local: &'static str) -> Result<Vec<T>, DecodeError>;
    /// Whether an empty child is there.
    fn flag(&self, local: &'static str) -> Result<bool, DecodeError>;
}

impl Fields for Element<'_> {
    fn text(&self, local: &'static str) -> Result<String, DecodeError> {
        Ok(self.required_text(&self.name.namespace, local)?.to_owned())
    }

    fn maybe_text(&self, local: &'static str) -> Result<Option<String>, DecodeError> {
        Ok(self
            .optional_text(&self.name.namespace, local)?
            .map(str::to_owned))
    }

    fn maybe<T: FromXml>(&self, local: &'static str) -> Result<Option<T>, DecodeError> {
        self.only(&self.name.namespace, local)?
            .map(T::from_xml)
            .transpose()
    }

    fn all<T: FromXml>(&self, local: &'static str) -> Result<Vec<T>, DecodeError> {
        self.each(&self.name.namespace, local)
            .map(T::from_xml)
            .collect()
    }

    fn flag(&self, local: &'static str) -> Result<bool, DecodeError> {
        Ok(self.only(&self.name.namespace, local)?.is_some())
    }
}

/// An element of SyncML with text.
fn text<'a>(local: &'a str, text: &'a str) -> Element<'a> {
    Element::new(namespace::SYNCML, local).with_text(text)
}

/// An element of SyncML with text when there is one.
fn maybe_text<'a>(local: &'a str, content: Option<&'a str>) -> Option<Element<'a>> {
    content.map(|content| text(local, content))
}

/// An empty element of SyncML when the flag is set.
fn flag(local: &str, set: bool) -> Option<Element<'_>> {
    set.then(|| Element::new(namespace::SYNCML, local))
}
