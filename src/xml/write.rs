//! Writing an [`Element`] tree: every value escaped, prefixes chosen by the caller.

use std::borrow::Cow;

use quick_xml::Writer;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::name::QName;

use super::character::{is_xml_character, is_xml_text};
use super::{Element, Name, namespace};

/// Writes `root` on one line. The pairs of `prefixes` (prefix, namespace) are declared on the root and used for their
/// namespaces; every other namespace becomes the default one where it begins.
pub fn write(root: &Element<'_>, prefixes: &[(&str, &str)]) -> String {
    let mut out = Writer::new(Vec::with_capacity(2048));
    let (name, prefixed) = qualified(&root.name, prefixes);
    let mut tag = BytesStart::new(name);
    if !prefixed && !root.name.namespace.is_empty() {
        tag.push_attribute(("xmlns", root.name.namespace.as_ref()));
    }
    for (prefix, uri) in prefixes {
        tag.push_attribute((format!("xmlns:{prefix}").as_str(), *uri));
    }
    element(&mut out, tag, root, prefixes, "");
    String::from_utf8(out.into_inner()).unwrap_or_default()
}

fn element(
    out: &mut Writer<Vec<u8>>,
    mut tag: BytesStart<'_>,
    content: &Element<'_>,
    prefixes: &[(&str, &str)],
    default: &str,
) {
    let (name, prefixed) = qualified(&content.name, prefixes);
    let default = if prefixed {
        default
    } else {
        content.name.namespace.as_ref()
    };
    let mut generated = 0_u32;
    for attribute in &content.attributes {
        let (mut key, prefixed) = qualified(&attribute.name, prefixes);
        if !prefixed && !attribute.name.namespace.is_empty() {
            generated += 1;
            tag.push_attribute((
                format!("xmlns:n{generated}").as_str(),
                attribute.name.namespace.as_ref(),
            ));
            key = Cow::Owned(format!("n{generated}:{}", attribute.name.local));
        }
        tag.push_attribute(Attribute {
            key: QName(&key),
            value: escape(&attribute.value, true),
        });
    }
    // A Vec never refuses a write, so the results carry nothing.
    if content.children.is_empty() && content.text.is_empty() {
        let _ = out.write_event(Event::Empty(tag));
        return;
    }
    let _ = out.write_event(Event::Start(tag));
    if !content.text.is_empty() {
        let _ = out.write_event(Event::Text(BytesText::from_escaped(escape(
            &content.text,
            false,
        ))));
    }
    for child in &content.children {
        let (child_name, child_prefixed) = qualified(&child.name, prefixes);
        let mut child_tag = BytesStart::new(child_name);
        if !child_prefixed && child.name.namespace != default {
            child_tag.push_attribute(("xmlns", child.name.namespace.as_ref()));
        }
        element(out, child_tag, child, prefixes, default);
    }
    let _ = out.write_event(Event::End(BytesEnd::new(name)));
}

/// The name to write, and whether it carries a declared prefix.
fn qualified<'e>(name: &'e Name<'_>, prefixes: &[(&str, &str)]) -> (Cow<'e, str>, bool) {
    if name.namespace == namespace::XMLNS {
        return (Cow::Owned(format!("xmlns:{}", name.local)), true);
    }
    if name.namespace == namespace::XML {
        return (Cow::Owned(format!("xml:{}", name.local)), true);
    }
    match prefixes.iter().find(|(_, uri)| *uri == name.namespace) {
        Some((prefix, _)) => (Cow::Owned(format!("{prefix}:{}", name.local)), true),
        None => (Cow::Borrowed(name.local.as_ref()), false),
    }
}

/// Escapes markup, and white space that a reader would normalise; what XML cannot carry becomes U+FFFD.
fn escape(value: &str, attribute: bool) -> Cow<'_, str> {
    let special = |byte: u8| {
        matches!(byte, b'<' | b'>' | b'&' | b'"' | b'\r')
            || attribute && matches!(byte, b'\n' | b'\t')
    };
    let specials = value
        .bytes()
        .fold(false, |found, byte| found | special(byte));
    if !specials && is_xml_text(value) {
        return Cow::Borrowed(value);
    }
    let mut escaped = String::with_capacity(value.len() + 16);
    for c in value.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            '\n' if attribute => escaped.push_str("&#10;"),
            '\t' if attribute => escaped.push_str("&#9;"),
            c if is_xml_character(c) => escaped.push(c),
            _ => escaped.push('\u{fffd}'),
        }
    }
    Cow::Owned(escaped)
}
