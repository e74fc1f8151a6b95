//! Changes to a request that leave it the same request.

use std::borrow::Cow;

use crate::simulator::random::Random;
use crate::xml::{Element, Name, namespace};

/// Changes a SOAP request.
pub(super) fn envelope(random: &mut Random, root: &mut Element<'_>) {
    if let Some(header) = child(root, "Header") {
        self::header(random, header);
    }
    if let Some(request) = child(root, "Body").and_then(|body| body.children.first_mut()) {
        match request.name.local.as_ref() {
            // MS-MDE2 3.1.4.1.3.2: xs:all.
            "Discover" => {
                if let Some(request) = child(request, "request") {
                    random.shuffle(&mut request.children);
                }
            }
            "RequestSecurityToken" => {
                random.shuffle(&mut request.children);
                if let Some(context) = child(request, "AdditionalContext") {
                    self::context(random, context);
                }
            }
            _ => {}
        }
    }
    tokens(random, root);
}

fn header(random: &mut Random, header: &mut Element<'_>) {
    for block in &mut header.children {
        for attribute in &mut block.attributes {
            if attribute.name.local == "mustUnderstand" && random.once_in(2) {
                attribute.value = Cow::Borrowed("true");
            }
        }
    }
    if random.once_in(2) {
        let id = format!("{}-0000-4000-8000-{}", random.hex(8), random.hex(12));
        header.children.push(
            Element::new(namespace::DIAGNOSTICS, "ActivityId")
                .with_attribute("CorrelationId", id.clone())
                .with_text(id),
        );
    }
    if random.once_in(2) {
        // Nobody has to understand it.
        header
            .children
            .push(Element::new(ODD, "Weather").with_text("fair"));
    }
    random.shuffle(&mut header.children);
}

/// More items, in another order; a machine may have two adapters with one address.
fn context(random: &mut Random, context: &mut Element<'_>) {
    let mac = context
        .children
        .iter()
        .find(|item| item.attribute("Name") == Some("MAC"));
    if let Some(mac) = mac.cloned() {
        context.children.push(mac);
    }
    for item in &mut context.children {
        for value in &mut item.children {
            if value.text == "true" && random.once_in(2) {
                value.text = Cow::Borrowed("True");
            }
        }
    }
    for _ in 0..random.below(3) {
        let name = format!("Contoso{}", random.hex(6));
        let value =
            Element::new(namespace::AUTHORIZATION, "Value").with_text("<unheard of & \"odd\">");
        context.children.push(
            Element::new(namespace::AUTHORIZATION, "ContextItem")
                .with_attribute("Name", name)
                .with(value),
        );
    }
    random.shuffle(&mut context.children);
}

/// Base64 in lines that end as on Windows, and attributes with or without a namespace.
fn tokens(random: &mut Random, element: &mut Element<'_>) {
    if element.is(namespace::WSSE, "BinarySecurityToken") {
        if random.once_in(2) {
            element.text = Cow::Owned(lines(&element.text, 60 + random.below(17)));
        }
        qualify(random, element, &["ValueType", "EncodingType"]);
    }
    if element.is(namespace::WSSE, "Password") {
        qualify(random, element, &["Type"]);
        if random.once_in(2) {
            element.text.to_mut().push('\n');
        }
    }
    for child in &mut element.children {
        tokens(random, child);
    }
}

fn qualify(random: &mut Random, element: &mut Element<'_>, names: &[&str]) {
    for attribute in &mut element.attributes {
        if names.contains(&attribute.name.local.as_ref()) {
            let namespace = if random.once_in(2) {
                namespace::WSSE
            } else {
                ""
            };
            attribute.name = Name {
                namespace: Cow::Borrowed(namespace),
                local: attribute.name.local.clone(),
            };
        }
    }
}

fn lines(base64: &str, width: usize) -> String {
    let mut out = String::with_capacity(base64.len() + base64.len() / 16);
    let letters = base64.chars().filter(|c| !c.is_ascii_whitespace());
    for (index, c) in letters.enumerate() {
        if index % width == 0 {
            out.push_str("\r\n");
        }
        out.push(c);
    }
    out.push_str("\r\n");
    out
}

fn child<'e, 'a>(element: &'e mut Element<'a>, local: &str) -> Option<&'e mut Element<'a>> {
    element
        .children
        .iter_mut()
        .find(|child| child.name.local == local)
}

const ODD: &str = "urn:example:odd";
