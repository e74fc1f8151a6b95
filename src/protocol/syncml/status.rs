//! `Status` and `Results`: the answers to commands.

use super::{Fields, Item, Meta, maybe_text, text};
use crate::xml::{DecodeError, Element, FromXml, ToXml, namespace};

/// `Status`: MS-MDM 2.2.6.1.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// `CmdID`.
    pub cmd_id: String,
    /// `MsgRef`: the message that held the command.
    pub msg_ref: String,
    /// `CmdRef`: the command; 0 for the header.
    pub cmd_ref: String,
    /// `Cmd`: the command's name, or `SyncHdr`.
    pub cmd: String,
    /// `TargetRef`s.
    pub target_refs: Vec<String>,
    /// `SourceRef`s.
    pub source_refs: Vec<String>,
    /// `Chal/Meta`: the challenge.
    pub chal: Option<Meta>,
    /// `Data`: the status code as text.
    pub data: String,
    /// `msft:originalerror` on `Data`, the HRESULT behind the code: MS-MDM, `SyncApplicationVersion` 3.0 and later.
    pub original_error: Option<String>,
    /// `Item`s.
    pub items: Vec<Item>,
}

/// `Results`: MS-MDM 2.2.7.8.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Results {
    /// `CmdID`.
    pub cmd_id: String,
    /// `MsgRef`: the message that held the `Get`.
    pub msg_ref: Option<String>,
    /// `CmdRef`: the `Get`.
    pub cmd_ref: String,
    /// `Cmd`, which MS-MDM prints.
    pub cmd: Option<String>,
    /// `Meta` for all items.
    pub meta: Option<Meta>,
    /// `TargetRef`.
    pub target_ref: Option<String>,
    /// `SourceRef`.
    pub source_ref: Option<String>,
    /// `Item`s: the values.
    pub items: Vec<Item>,
}

impl Status {
    /// The status code, when it is a number.
    pub fn code(&self) -> Option<u16> {
        self.data.parse().ok()
    }
}

impl FromXml for Status {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        let space = element.name.namespace.as_ref();
        let texts = |local| {
            element
                .each(space, local)
                .map(|reference| Ok(reference.trimmed()?.to_owned()))
                .collect::<Result<_, DecodeError>>()
        };
        let chal = match element.only(space, "Chal")? {
            Some(chal) => Some(Meta::from_xml(chal.required(space, "Meta")?)?),
            None => None,
        };
        let data = element.required(space, "Data")?;
        Ok(Self {
            cmd_id: element.text("CmdID")?,
            msg_ref: element.text("MsgRef")?,
            cmd_ref: element.text("CmdRef")?,
            cmd: element.text("Cmd")?,
            target_refs: texts("TargetRef")?,
            source_refs: texts("SourceRef")?,
            chal,
            data: data.trimmed()?.to_owned(),
            original_error: data.attribute(ORIGINAL_ERROR).map(str::to_owned),
            items: element.all("Item")?,
        })
    }
}

impl ToXml for Status {
    fn to_xml(&self) -> Element<'_> {
        let mut data = text("Data", &self.data);
        if let Some(error) = &self.original_error {
            data = data.with_attribute_in(namespace::MSFT, ORIGINAL_ERROR, error.as_str());
        }
        Element::new(namespace::SYNCML, "Status")
            .with(text("CmdID", &self.cmd_id))
            .with(text("MsgRef", &self.msg_ref))
            .with(text("CmdRef", &self.cmd_ref))
            .with(text("Cmd", &self.cmd))
            .with_all(
                self.target_refs
                    .iter()
                    .map(|target| text("TargetRef", target)),
            )
            .with_all(
                self.source_refs
                    .iter()
                    .map(|source| text("SourceRef", source)),
            )
            .with_some(
                self.chal
                    .as_ref()
                    .map(|meta| Element::new(namespace::SYNCML, "Chal").with(meta.to_xml())),
            )
            .with(data)
            .with_all(self.items.iter().map(ToXml::to_xml))
    }
}

impl FromXml for Results {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            cmd_id: element.text("CmdID")?,
            msg_ref: element.maybe_text("MsgRef")?,
            cmd_ref: element.text("CmdRef")?,
            cmd: element.maybe_text("Cmd")?,
            meta: element.maybe("Meta")?,
            target_ref: element.maybe_text("TargetRef")?,
            source_ref: element.maybe_text("SourceRef")?,
            items: element.all("Item")?,
        })
    }
}

impl ToXml for Results {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::SYNCML, "Results")
            .with(text("CmdID", &self.cmd_id))
            .with_some(maybe_text("MsgRef", self.msg_ref.as_deref()))
            .with(text("CmdRef", &self.cmd_ref))
            .with_some(maybe_text("Cmd", self.cmd.as_deref()))
            .with_some(self.meta.as_ref().map(ToXml::to_xml))
            .with_some(maybe_text("TargetRef", self.target_ref.as_deref()))
            .with_some(maybe_text("SourceRef", self.source_ref.as_deref()))
            .with_all(self.items.iter().map(ToXml::to_xml))
    }
}

const ORIGINAL_ERROR: &str = "originalerror";
