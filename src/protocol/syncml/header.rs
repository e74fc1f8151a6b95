//! `SyncHdr`: who speaks to whom, in which session.

use super::{Fields, Meta, maybe_text, text};
use crate::secret::Secret;
use crate::xml::{DecodeError, Element, FromXml, ToXml, namespace};

/// `SyncHdr`: MS-MDM 2.2.4.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncHdr {
    /// `VerDTD`: 1.2.
    pub ver_dtd: String,
    /// `VerProto`: DM/1.2.
    pub ver_proto: String,
    /// `SessionID`, opaque.
    pub session_id: String,
    /// `MsgID`, counted from 1.
    pub msg_id: String,
    /// `Target`: whom it is for.
    pub target: Location,
    /// `Source`: whom it is from.
    pub source: Location,
    /// `Cred`.
    pub cred: Option<Cred>,
    /// `Meta`: sizes.
    pub meta: Option<Meta>,
}

/// `Target` or `Source`: MS-MDM 2.2.3.11 and 2.2.3.9.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Location {
    /// `LocURI`.
    pub loc_uri: String,
    /// `LocName`.
    pub loc_name: Option<String>,
}

/// `Cred`: SyncML Representation Protocol 1.2, which MS-MDM leaves to OMA DM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cred {
    /// `Meta`: the scheme and its encoding.
    pub meta: Option<Meta>,
    /// `Data`: the credential.
    pub data: Secret,
}

/// Bytes of a session's or a message's number: every status repeats the latter.
const NUMBER: usize = 64;

fn number(element: &Element<'_>, name: &'static str) -> Result<String, DecodeError> {
    let number = element.required(element.name.namespace.as_ref(), name)?;
    Ok(number.trimmed_within(NUMBER)?.to_owned())
}

impl FromXml for SyncHdr {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        let space = element.name.namespace.as_ref();
        Ok(Self {
            ver_dtd: element.text("VerDTD")?,
            ver_proto: element.text("VerProto")?,
            session_id: number(element, "SessionID")?,
            msg_id: number(element, "MsgID")?,
            target: Location::from_xml(element.required(space, "Target")?)?,
            source: Location::from_xml(element.required(space, "Source")?)?,
            cred: element.maybe("Cred")?,
            meta: element.maybe("Meta")?,
        })
    }
}

impl ToXml for SyncHdr {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::SYNCML, "SyncHdr")
            .with(text("VerDTD", &self.ver_dtd))
            .with(text("VerProto", &self.ver_proto))
            .with(text("SessionID", &self.session_id))
            .with(text("MsgID", &self.msg_id))
            .with(self.target.to_xml("Target"))
            .with(self.source.to_xml("Source"))
            .with_some(self.cred.as_ref().map(ToXml::to_xml))
            .with_some(self.meta.as_ref().map(ToXml::to_xml))
    }
}

impl Location {
    /// The element `local` that names this place.
    pub(super) fn to_xml<'a>(&'a self, local: &'a str) -> Element<'a> {
        Element::new(namespace::SYNCML, local)
            .with(text("LocURI", &self.loc_uri))
            .with_some(maybe_text("LocName", self.loc_name.as_deref()))
    }
}

impl<T: Into<String>> From<T> for Location {
    fn from(loc_uri: T) -> Self {
        Self {
            loc_uri: loc_uri.into(),
            loc_name: None,
        }
    }
}

impl FromXml for Location {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            loc_uri: element.text("LocURI")?,
            loc_name: element.maybe_text("LocName")?,
        })
    }
}

impl FromXml for Cred {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            meta: element.maybe("Meta")?,
            data: Secret::new(element.text("Data")?),
        })
    }
}

impl ToXml for Cred {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::SYNCML, "Cred")
            .with_some(self.meta.as_ref().map(ToXml::to_xml))
            .with(text("Data", self.data.reveal()))
    }
}
