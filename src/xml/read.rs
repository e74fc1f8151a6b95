//! Reading a document into an [`Element`] tree.

use std::borrow::Cow;

use quick_xml::NsReader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use quick_xml::name::{NamespaceResolver, PrefixDeclaration, ResolveResult};

use super::character::{is_blank, is_xml_character, is_xml_text};
use super::namespace::{self, XMLNS};
use super::{Attribute, Element, Limits, Name};

/// Why a document was not read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// More bytes than the limit.
    #[error("the document has more than {0} bytes")]
    TooLarge(usize),
    /// Bytes that are no UTF-8, or a declaration that names another encoding.
    #[error("the document is not UTF-8")]
    Encoding,
    /// A character that XML 1.0 does not allow.
    #[error("the document contains a character that XML does not allow")]
    Character,
    /// A document type declaration: never needed, often an attack.
    #[error("a DOCTYPE is not accepted")]
    DocumentType,
    /// A processing instruction other than the XML declaration.
    #[error("a processing instruction is not accepted")]
    ProcessingInstruction,
    /// Elements nested too deeply.
    #[error("elements are nested deeper than {0}")]
    TooDeep(usize),
    /// Too many elements.
    #[error("the document has more than {0} elements")]
    TooManyElements(usize),
    /// Too many attributes on one element.
    #[error("an element has more than {0} attributes")]
    TooManyAttributes(usize),
    /// A start tag that is too long.
    #[error("a start tag is longer than {0} bytes")]
    TagTooLong(usize),
    /// Character data that is too long.
    #[error("the text of an element is longer than {0} bytes")]
    TextTooLong(usize),
    /// Two attributes of the same expanded name.
    #[error("an attribute is given twice")]
    DuplicateAttribute,
    /// A prefix that no declaration binds, or a binding that is not allowed.
    #[error("a namespace prefix is not declared")]
    Namespace,
    /// An entity that is not one of the five of XML.
    #[error("an entity is not defined")]
    UnknownEntity,
    /// Nothing but white space.
    #[error("the document is empty")]
    Empty,
    /// A second root element, or text outside the root.
    #[error("there is content after or around the root element")]
    OutsideRoot,
    /// Not well-formed, for a reason not listed above.
    #[error("the document is not well-formed XML near byte {position}")]
    Syntax {
        /// Offset in bytes.
        position: u64,
    },
}

/// Reads `bytes` within `limits`.
///
/// # Errors
/// The first rule that the document breaks.
pub fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Element<'a>, Error> {
    if bytes.len() > limits.document {
        return Err(Error::TooLarge(limits.document));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Error::Encoding)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !is_xml_text(text) {
        return Err(Error::Character);
    }
    let mut reader = NsReader::from_str(text);
    reader
        .resolver_mut()
        .set_max_namespace_bindings(limits.namespaces);
    let mut tree = Tree {
        limits,
        open: Vec::new(),
        elements: 0,
        root: None,
    };
    loop {
        let event = reader
            .read_event()
            .map_err(|error| syntax(&error, reader.error_position()))?;
        match event {
            Event::Start(tag) => tree.start(&tag, reader.resolver())?,
            Event::Empty(tag) => {
                tree.start(&tag, reader.resolver())?;
                tree.end()?;
            }
            Event::End(_) => tree.end()?,
            Event::Text(text) => tree.text(text.xml10_content())?,
            Event::CData(text) => tree.text(text.xml10_content())?,
            Event::GeneralRef(reference) => tree.text(Cow::Owned(resolve(&reference)?))?,
            Event::Comment(_) => {}
            Event::Decl(_) if tree.elements > 0 => return Err(Error::ProcessingInstruction),
            Event::Decl(declaration) => check_declaration(&declaration)?,
            Event::PI(_) => return Err(Error::ProcessingInstruction),
            Event::DocType(_) => return Err(Error::DocumentType),
            Event::Eof => return tree.finish(reader.buffer_position()),
        }
    }
}

struct Tree<'a, 'l> {
    limits: &'l Limits,
    open: Vec<Element<'a>>,
    elements: usize,
    root: Option<Element<'a>>,
}

impl<'a> Tree<'a, '_> {
    fn start(&mut self, tag: &BytesStart<'a>, resolver: &NamespaceResolver) -> Result<(), Error> {
        if self.root.is_some() {
            return Err(Error::OutsideRoot);
        }
        if self.open.len() >= self.limits.depth {
            return Err(Error::TooDeep(self.limits.depth));
        }
        self.elements += 1;
        if self.elements > self.limits.elements {
            return Err(Error::TooManyElements(self.limits.elements));
        }
        if tag.len() > self.limits.tag {
            return Err(Error::TagTooLong(self.limits.tag));
        }
        let (space, local) = resolver.resolve_element(tag.name());
        let name = Name {
            namespace: uri(&space)?,
            local: Cow::Owned(local.into_inner().to_owned()),
        };
        let attributes = self.attributes(tag, resolver)?;
        self.open.push(Element {
            name,
            attributes,
            children: Vec::new(),
            text: Cow::Borrowed(""),
        });
        Ok(())
    }

    fn attributes(
        &self,
        tag: &BytesStart<'a>,
        resolver: &NamespaceResolver,
    ) -> Result<Vec<Attribute<'a>>, Error> {
        let mut found: Vec<Attribute<'a>> = Vec::new();
        for (index, attribute) in tag.attributes().enumerate() {
            if index >= self.limits.attributes {
                return Err(Error::TooManyAttributes(self.limits.attributes));
            }
            let attribute = attribute.map_err(|error| match error {
                quick_xml::events::attributes::AttrError::Duplicated(..) => {
                    Error::DuplicateAttribute
                }
                _ => Error::Syntax { position: 0 },
            })?;
            if let Some(declaration) = attribute.key.as_namespace_binding() {
                check_binding(&declaration, &attribute.value)?;
                continue;
            }
            let (space, local) = resolver.resolve_attribute(attribute.key);
            let name = Name {
                namespace: uri(&space)?,
                local: Cow::Owned(local.into_inner().to_owned()),
            };
            if found.iter().any(|other| other.name == name) {
                return Err(Error::DuplicateAttribute);
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|_| Error::UnknownEntity)?;
            found.push(Attribute {
                name,
                value: Cow::Owned(value.into_owned()),
            });
        }
        Ok(found)
    }

    fn text(&mut self, chunk: Cow<'a, str>) -> Result<(), Error> {
        let blank = is_blank(&chunk);
        let Some(element) = self.open.last_mut() else {
            return if blank {
                Ok(())
            } else {
                Err(Error::OutsideRoot)
            };
        };
        if blank && !element.children.is_empty() {
            return Ok(());
        }
        if element.text.len() + chunk.len() > self.limits.text {
            return Err(Error::TextTooLong(self.limits.text));
        }
        if element.text.is_empty() {
            element.text = chunk;
        } else {
            element.text.to_mut().push_str(&chunk);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Error> {
        let element = self.open.pop().ok_or(Error::OutsideRoot)?;
        match self.open.last_mut() {
            Some(parent) => {
                if parent.children.is_empty() && is_blank(&parent.text) {
                    parent.text = Cow::Borrowed("");
                }
                parent.children.push(element);
            }
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn finish(self, position: u64) -> Result<Element<'a>, Error> {
        if !self.open.is_empty() {
            return Err(Error::Syntax { position });
        }
        self.root.ok_or(Error::Empty)
    }
}

fn uri(space: &ResolveResult<'_>) -> Result<Cow<'static, str>, Error> {
    match space {
        ResolveResult::Bound(bound) => Ok(namespace::intern(bound.into_inner())),
        ResolveResult::Unbound => Ok(Cow::Borrowed("")),
        ResolveResult::Unknown(_) => Err(Error::Namespace),
    }
}

/// Namespaces in XML 1.0, section 3: a prefix cannot be undeclared, and `xmlns` cannot be bound.
fn check_binding(declaration: &PrefixDeclaration<'_>, value: &str) -> Result<(), Error> {
    let undeclares = matches!(declaration, PrefixDeclaration::Named(_)) && value.is_empty();
    if undeclares || value == XMLNS {
        Err(Error::Namespace)
    } else {
        Ok(())
    }
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, Error> {
    if let Some(character) = reference.resolve_char_ref().map_err(|_| Error::Character)? {
        return if is_xml_character(character) {
            Ok(character.to_string())
        } else {
            Err(Error::Character)
        };
    }
    quick_xml::escape::resolve_predefined_entity(&reference.xml10_content())
        .map(str::to_owned)
        .ok_or(Error::UnknownEntity)
}

fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), Error> {
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(encoding)) if encoding.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(_) => Err(Error::Encoding),
    }
}

fn syntax(error: &quick_xml::Error, position: u64) -> Error {
    match error {
        quick_xml::Error::Namespace(_) => Error::Namespace,
        _ => Error::Syntax { position },
    }
}
