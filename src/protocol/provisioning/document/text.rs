//! The document as XML: one line, no namespace.

use super::{Characteristic, Node, Parm, ProvisioningDocument};
use crate::xml::{DecodeError, Element, FromXml, ToXml};

impl FromXml for ProvisioningDocument {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        element.expect("", "wap-provisioningdoc")?;
        if required_attribute(element, "version")? != VERSION {
            return Err(DecodeError::Value {
                element: "version".to_owned(),
                expected: VERSION,
            });
        }
        let characteristics = element.children.iter().map(Characteristic::from_xml);
        Ok(Self {
            characteristics: characteristics.collect::<Result<_, _>>()?,
        })
    }
}

impl ToXml for ProvisioningDocument {
    fn to_xml(&self) -> Element<'_> {
        Element::new("", "wap-provisioningdoc")
            .with_attribute("version", VERSION)
            .with_all(self.characteristics.iter().map(ToXml::to_xml))
    }
}

impl FromXml for Characteristic {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        element.expect("", "characteristic")?;
        let node = |child: &Element<'_>| {
            if child.is("", "parm") {
                Parm::from_xml(child).map(Node::Parm)
            } else {
                Self::from_xml(child).map(Node::Characteristic)
            }
        };
        Ok(Self {
            kind: required_attribute(element, "type")?.to_owned().into(),
            content: element
                .children
                .iter()
                .map(node)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl ToXml for Characteristic {
    fn to_xml(&self) -> Element<'_> {
        Element::new("", "characteristic")
            .with_attribute("type", self.kind.as_ref())
            .with_all(self.content.iter().map(|node| match node {
                Node::Parm(parm) => parm.to_xml(),
                Node::Characteristic(child) => child.to_xml(),
            }))
    }
}

impl FromXml for Parm {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            name: required_attribute(element, "name")?.to_owned().into(),
            value: element.attribute("value").map(str::to_owned),
            datatype: element.attribute("datatype").map(str::parse).transpose()?,
        })
    }
}

impl ToXml for Parm {
    fn to_xml(&self) -> Element<'_> {
        let mut element = Element::new("", "parm").with_attribute("name", self.name.as_ref());
        if let Some(value) = &self.value {
            element = element.with_attribute("value", value.as_str());
        }
        if let Some(datatype) = self.datatype {
            element = element.with_attribute("datatype", datatype.name());
        }
        element
    }
}

fn required_attribute<'e>(
    element: &'e Element<'_>,
    name: &'static str,
) -> Result<&'e str, DecodeError> {
    element
        .attribute(name)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| DecodeError::Missing {
            parent: element.label(),
            child: name,
        })
}

const VERSION: &str = "1.1";
