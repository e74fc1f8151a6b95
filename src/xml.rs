//! XML 1.0 with namespaces, as the enrollment protocols use it: an element tree with every limit checked before the
//! tree grows. The only module that names quick-xml.
//!
//! It is no general XML library: no DOCTYPE, no processing instruction but the declaration, no mixed content (the text
//! of an element is the concatenation of its own character data), UTF-8 only.

mod character;
mod decode;
mod limits;
pub mod namespace;
mod read;
mod write;

use std::borrow::Cow;

pub use self::decode::DecodeError;
pub use self::limits::Limits;
pub use self::read::{Error, read};
pub use self::write::write;

/// An expanded name: namespace URI (empty: none) and local part. Prefixes carry no meaning and are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    /// The namespace URI; empty when the name is in no namespace.
    pub namespace: Cow<'static, str>,
    /// The local part.
    pub local: Cow<'a, str>,
}

/// One attribute; namespace declarations are not attributes here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Its expanded name.
    pub name: Name<'a>,
    /// Its value after entity replacement.
    pub value: Cow<'a, str>,
}

/// One element with its attributes, child elements and own character data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// Its expanded name.
    pub name: Name<'a>,
    /// Its attributes in document order.
    pub attributes: Vec<Attribute<'a>>,
    /// Its child elements in document order.
    pub children: Vec<Self>,
    /// Its own character data, concatenated; white space between child elements is dropped.
    pub text: Cow<'a, str>,
}

/// A message that can be read from an element.
pub trait FromXml: Sized {
    /// Decodes `element`.
    ///
    /// # Errors
    /// What is missing, doubled or unreadable, with its path.
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError>;
}

/// A message that can be written as an element.
pub trait ToXml {
    /// Encodes the message; the result may borrow from it.
    fn to_xml(&self) -> Element<'_>;
}

impl<'a> Element<'a> {
    /// An empty element `local` in `namespace`.
    pub fn new(namespace: &'static str, local: &'a str) -> Self {
        Self {
            name: Name {
                namespace: Cow::Borrowed(namespace),
                local: Cow::Borrowed(local),
            },
            attributes: Vec::new(),
            children: Vec::new(),
            text: Cow::Borrowed(""),
        }
    }

    /// An element that says `xsi:nil="true"`.
    pub fn nil(namespace: &'static str, local: &'a str) -> Self {
        Self::new(namespace, local).with_attribute_in(namespace::XSI, "nil", "true")
    }

    /// The element with `text` as its character data.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.text = text.into();
        self
    }

    /// The element with one more child.
    #[must_use]
    pub fn with(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// The element with one more child when there is one.
    #[must_use]
    pub fn with_some(mut self, child: Option<Self>) -> Self {
        self.children.extend(child);
        self
    }

    /// The element with more children.
    #[must_use]
    pub fn with_all(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    /// The element with one more attribute in no namespace.
    #[must_use]
    pub fn with_attribute(self, local: &'a str, value: impl Into<Cow<'a, str>>) -> Self {
        self.with_attribute_in("", local, value)
    }

    /// The element with one more attribute in `namespace`.
    #[must_use]
    pub fn with_attribute_in(
        mut self,
        namespace: &'static str,
        local: &'a str,
        value: impl Into<Cow<'a, str>>,
    ) -> Self {
        self.attributes.push(Attribute {
            name: Name {
                namespace: Cow::Borrowed(namespace),
                local: Cow::Borrowed(local),
            },
            value: value.into(),
        });
        self
    }

    /// Whether the element has this expanded name.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.name.local == local && self.name.namespace == namespace
    }

    /// The same element borrowing nothing.
    pub fn into_owned(self) -> Element<'static> {
        Element {
            name: self.name.into_owned(),
            attributes: self
                .attributes
                .into_iter()
                .map(Attribute::into_owned)
                .collect(),
            children: self.children.into_iter().map(Element::into_owned).collect(),
            text: Cow::Owned(self.text.into_owned()),
        }
    }
}

impl Name<'_> {
    fn into_owned(self) -> Name<'static> {
        Name {
            namespace: self.namespace,
            local: Cow::Owned(self.local.into_owned()),
        }
    }
}

impl Attribute<'_> {
    fn into_owned(self) -> Attribute<'static> {
        Attribute {
            name: self.name.into_owned(),
            value: Cow::Owned(self.value.into_owned()),
        }
    }
}

#[cfg(test)]
mod tests;
