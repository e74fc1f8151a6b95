//! `SyncBody` and the commands in it.

use super::{Fields, Item, Meta, Results, Status, flag, maybe_text, text};
use crate::xml::{DecodeError, Element, FromXml, ToXml, namespace};

/// `SyncBody`: MS-MDM 2.2.4.3.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SyncBody {
    /// The commands, in order.
    pub commands: Vec<Command>,
    /// `Final`: the last message of the package.
    pub is_final: bool,
}

/// One element of a body: MS-MDM 2.2.6 and 2.2.7.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The answer to a command.
    Status(Status),
    /// The values that a `Get` asked for.
    Results(Results),
    /// News.
    Alert(Alert),
    /// Read a node.
    Get(Operation),
    /// Create a node.
    Add(Operation),
    /// Write a node.
    Replace(Operation),
    /// Remove a node.
    Delete(Operation),
    /// Copy a node.
    Copy(Operation),
    /// Run what a node stands for.
    Exec(Operation),
    /// All or nothing.
    Atomic(Group),
    /// One after the other.
    Sequence(Group),
    /// None of these: to be answered with a status, not understood.
    Unknown(Unknown),
}

/// `Get`, `Add`, `Replace`, `Delete`, `Copy` or `Exec`: MS-MDM 2.2.7, they have the same shape.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Operation {
    /// `CmdID`.
    pub cmd_id: String,
    /// `NoResp`: no status wanted.
    pub no_resp: bool,
    /// `Meta` for all items.
    pub meta: Option<Meta>,
    /// `Item`s.
    pub items: Vec<Item>,
}

/// `Alert`: MS-MDM 2.2.7.2; types of its items are in MS-MDM 3.2.5.1.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Alert {
    /// `CmdID`.
    pub cmd_id: String,
    /// `NoResp`: no status wanted.
    pub no_resp: bool,
    /// `Data`: the alert code as text: 1200, 1201, 1222 to 1226.
    pub data: Option<String>,
    /// `Item`s.
    pub items: Vec<Item>,
}

/// `Atomic` (MS-MDM 2.2.7.3) or `Sequence`: commands inside a command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    /// `CmdID`.
    pub cmd_id: String,
    /// `NoResp`: no status wanted.
    pub no_resp: bool,
    /// `Meta` for all commands.
    pub meta: Option<Meta>,
    /// The commands, in order.
    pub commands: Vec<Command>,
}

/// A command of another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Its name, cut short.
    pub name: String,
    /// `CmdID`.
    pub cmd_id: Option<String>,
}

impl Command {
    /// Its name on the wire, for the `Cmd` of a status.
    pub fn name(&self) -> &str {
        match self {
            Self::Status(_) => "Status",
            Self::Results(_) => "Results",
            Self::Alert(_) => "Alert",
            Self::Get(_) => "Get",
            Self::Add(_) => "Add",
            Self::Replace(_) => "Replace",
            Self::Delete(_) => "Delete",
            Self::Copy(_) => "Copy",
            Self::Exec(_) => "Exec",
            Self::Atomic(_) => "Atomic",
            Self::Sequence(_) => "Sequence",
            Self::Unknown(unknown) => &unknown.name,
        }
    }

    /// Its `CmdID`; only an unknown command may have none.
    pub fn cmd_id(&self) -> Option<&str> {
        match self {
            Self::Status(status) => Some(&status.cmd_id),
            Self::Results(results) => Some(&results.cmd_id),
            Self::Alert(alert) => Some(&alert.cmd_id),
            Self::Get(operation)
            | Self::Add(operation)
            | Self::Replace(operation)
            | Self::Delete(operation)
            | Self::Copy(operation)
            | Self::Exec(operation) => Some(&operation.cmd_id),
            Self::Atomic(group) | Self::Sequence(group) => Some(&group.cmd_id),
            Self::Unknown(unknown) => unknown.cmd_id.as_deref(),
        }
    }

    /// Whether a value in it goes on in the next message (`MoreData`, OMA-TS-DM_Protocol 7).
    pub fn is_unfinished(&self) -> bool {
        let items = match self {
            Self::Results(results) => &results.items,
            Self::Get(operation)
            | Self::Add(operation)
            | Self::Replace(operation)
            | Self::Delete(operation)
            | Self::Copy(operation)
            | Self::Exec(operation) => &operation.items,
            Self::Atomic(group) | Self::Sequence(group) => {
                return group.commands.iter().any(Self::is_unfinished);
            }
            Self::Status(_) | Self::Alert(_) | Self::Unknown(_) => return false,
        };
        items.iter().any(|item| item.more_data)
    }
}

impl Alert {
    /// The alert code, when it is a number.
    pub fn code(&self) -> Option<u16> {
        self.data.as_ref()?.parse().ok()
    }
}

impl FromXml for SyncBody {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            commands: commands(element, &["Final"])?,
            is_final: element.flag("Final")?,
        })
    }
}

impl ToXml for SyncBody {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::SYNCML, "SyncBody")
            .with_all(self.commands.iter().map(ToXml::to_xml))
            .with_some(flag("Final", self.is_final))
    }
}

impl FromXml for Command {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        let operation = || Operation::from_xml(element);
        Ok(match element.name.local.as_ref() {
            "Status" => Self::Status(Status::from_xml(element)?),
            "Results" => Self::Results(Results::from_xml(element)?),
            "Alert" => Self::Alert(Alert::from_xml(element)?),
            "Get" => Self::Get(operation()?),
            "Add" => Self::Add(operation()?),
            "Replace" => Self::Replace(operation()?),
            "Delete" => Self::Delete(operation()?),
            "Copy" => Self::Copy(operation()?),
            "Exec" => Self::Exec(operation()?),
            "Atomic" => Self::Atomic(Group::from_xml(element)?),
            "Sequence" => Self::Sequence(Group::from_xml(element)?),
            _ => Self::Unknown(Unknown {
                name: element.label(),
                cmd_id: element.maybe_text("CmdID")?,
            }),
        })
    }
}

impl ToXml for Command {
    fn to_xml(&self) -> Element<'_> {
        match self {
            Self::Status(status) => status.to_xml(),
            Self::Results(results) => results.to_xml(),
            Self::Alert(alert) => alert.to_xml(),
            Self::Get(operation)
            | Self::Add(operation)
            | Self::Replace(operation)
            | Self::Delete(operation)
            | Self::Copy(operation)
            | Self::Exec(operation) => operation.to_xml(self.name()),
            Self::Atomic(group) | Self::Sequence(group) => group.to_xml(self.name()),
            Self::Unknown(unknown) => Element::new(namespace::SYNCML, &unknown.name)
                .with_some(maybe_text("CmdID", unknown.cmd_id.as_deref())),
        }
    }
}

impl FromXml for Operation {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            cmd_id: element.text("CmdID")?,
            no_resp: element.flag("NoResp")?,
            meta: element.maybe("Meta")?,
            items: element.all("Item")?,
        })
    }
}

impl Operation {
    fn to_xml<'a>(&'a self, name: &'a str) -> Element<'a> {
        Element::new(namespace::SYNCML, name)
            .with(text("CmdID", &self.cmd_id))
            .with_some(flag("NoResp", self.no_resp))
            .with_some(self.meta.as_ref().map(ToXml::to_xml))
            .with_all(self.items.iter().map(ToXml::to_xml))
    }
}

impl FromXml for Alert {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            cmd_id: element.text("CmdID")?,
            no_resp: element.flag("NoResp")?,
            data: element.maybe_text("Data")?,
            items: element.all("Item")?,
        })
    }
}

impl ToXml for Alert {
    fn to_xml(&self) -> Element<'_> {
        Element::new(namespace::SYNCML, "Alert")
            .with(text("CmdID", &self.cmd_id))
            .with_some(flag("NoResp", self.no_resp))
            .with_some(maybe_text("Data", self.data.as_deref()))
            .with_all(self.items.iter().map(ToXml::to_xml))
    }
}

impl FromXml for Group {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            cmd_id: element.text("CmdID")?,
            no_resp: element.flag("NoResp")?,
            meta: element.maybe("Meta")?,
            commands: commands(element, &["CmdID", "NoResp", "Meta"])?,
        })
    }
}

impl Group {
    fn to_xml<'a>(&'a self, name: &'a str) -> Element<'a> {
        Element::new(namespace::SYNCML, name)
            .with(text("CmdID", &self.cmd_id))
            .with_some(flag("NoResp", self.no_resp))
            .with_some(self.meta.as_ref().map(ToXml::to_xml))
            .with_all(self.commands.iter().map(ToXml::to_xml))
    }
}

/// The commands among the children of a body or a group; what is of another namespace is no command.
fn commands(element: &Element<'_>, others: &[&str]) -> Result<Vec<Command>, DecodeError> {
    element
        .children
        .iter()
        .filter(|child| child.name.namespace == element.name.namespace)
        .filter(|child| !others.contains(&child.name.local.as_ref()))
        .map(Command::from_xml)
        .collect()
}
