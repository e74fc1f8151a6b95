//! As much HTML as it takes to fill in a form: its action, its inputs, and the page's complaint.

/// A form and what it would send as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Form {
    /// `action`; none means the page's own URL.
    pub(super) action: Option<String>,
    /// Whether `method` is POST.
    pub(super) posts: bool,
    /// The named inputs, in order.
    pub(super) fields: Vec<Field>,
}

/// An `<input>` with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) value: String,
}

impl Form {
    /// The value of the input of this name.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields
            .find(|field| field.name == name)
            .map(|field| field.value.as_str())
    }

    /// Types `value` into the input of this name; false when there is none.
    pub(super) fn fill(&mut self, name: &str, value: &str) -> bool {
        let mut fields = self.fields.iter_mut();
        match fields.find(|field| field.name == name) {
            Some(field) => {
                value.clone_into(&mut field.value);
                true
            }
            None => false,
        }
    }

    /// The body that a browser would post.
    pub(super) fn encode(&self) -> String {
        let pairs = self.fields.iter().map(|field| (&field.name, &field.value));
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish()
    }
}

/// All forms of a page.
pub(super) fn forms(page: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut open = false;
    for tag in tags(page) {
        match tag.name.as_str() {
            "form" => {
                open = true;
                forms.push(Form {
                    action: tag.attribute("action").filter(|action| !action.is_empty()),
                    posts: tag
                        .attribute("method")
                        .is_some_and(|method| method.eq_ignore_ascii_case("post")),
                    fields: Vec::new(),
                });
            }
            "/form" => open = false,
            "input" if open => {
                if let (Some(form), Some(name)) = (forms.last_mut(), tag.attribute("name")) {
                    let value = tag.attribute("value").unwrap_or_default();
                    form.fields.push(Field { name, value });
                }
            }
            _ => {}
        }
    }
    forms
}

/// The text of the first element with `role="alert"`: what the page complains about.
pub(super) fn alert(page: &str) -> Option<String> {
    let tag = tags(page).find(|tag| tag.attribute("role").as_deref() == Some("alert"))?;
    let text = tag.rest.split('<').next()?.trim();
    Some(unescape(text)).filter(|text| !text.is_empty())
}

/// A start tag, or an end tag with `/` before its name.
struct Tag<'p> {
    name: String,
    attributes: &'p str,
    /// The page after the tag.
    rest: &'p str,
}

impl Tag<'_> {
    /// The value of an attribute; empty when it is there without one.
    fn attribute(&self, wanted: &str) -> Option<String> {
        let mut rest = self.attributes.trim_start();
        while !rest.is_empty() {
            let end = rest
                .find(|c: char| c == '=' || c.is_ascii_whitespace())
                .unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let after = after.trim_start();
            let (value, next) = match after.strip_prefix('=') {
                Some(after) => value(after.trim_start()),
                None => ("", after),
            };
            if name.eq_ignore_ascii_case(wanted) {
                return Some(unescape(value));
            }
            // A stray quotation mark must not stand still.
            rest = if end == 0 && next.len() == rest.len() {
                ""
            } else {
                next.trim_start()
            };
        }
        None
    }
}

/// An attribute's value and what follows it.
fn value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    let end = text
        .find(|c: char| c.is_ascii_whitespace())
        .unwrap_or(text.len());
    text.split_at(end)
}

/// The tags of a page, without comments and without what scripts and styles hold.
fn tags(page: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut rest = page;
    std::iter::from_fn(move || {
        loop {
            let (_, after) = rest.split_once('<')?;
            if let Some(comment) = after.strip_prefix("!--") {
                rest = comment.split_once("-->").map_or("", |(_, after)| after);
                continue;
            }
            let end = tag_end(after)?;
            let (inside, after) = after.split_at(end);
            let after = after.get(1..).unwrap_or_default();
            let split = inside
                .find(|c: char| c.is_ascii_whitespace())
                .unwrap_or(inside.len());
            let (name, attributes) = inside.split_at(split);
            let name = name.to_ascii_lowercase();
            rest = match name.as_str() {
                "script" | "style" => after.split_once("</").map_or("", |(_, after)| after),
                _ => after,
            };
            let attributes = attributes.strip_suffix('/').unwrap_or(attributes);
            return Some(Tag {
                name,
                attributes,
                rest,
            });
        }
    })
}

/// Where the tag ends: the first `>` outside quotation marks.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (index, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(index),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

/// Replaces the character references that templates write.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        match after
            .split_once(';')
            .and_then(|(name, after)| Some((character(name)?, after)))
        {
            Some((c, after)) => {
                out.push(c);
                rest = after;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!DOCTYPE html><html><head><title>a</title>
<style>input { width: 1px } /* <form> */</style><!-- <form action="no"> --></head><body>
<p class="bad" id="error" role="alert">The code isn&#39;t known.</p>
<form method="post">
<input type="hidden" name="flow" value="a&amp;b&#x2F;&quot;c&quot;">
<INPUT TYPE='hidden' NAME=appru VALUE='ms-app://windows.immersivecontrolpanel'/>
<input id="email" name="email" value="" required>
<input id="code" name="code" type="text" required autofocus><button type="submit">Go</button>
</form><script nonce="x">if (1 < 2) { document.forms[0].submit(); }</script></body></html>"#;

    #[test]
    fn a_form_is_read_with_its_fields_however_they_are_quoted() {
        let forms = forms(PAGE);
        let [form] = forms.as_slice() else {
            panic!("{forms:?}")
        };
        assert!(form.posts);
        assert_eq!(form.action, None);
        assert_eq!(form.field("flow"), Some(r#"a&b/"c""#));
        assert_eq!(
            form.field("appru"),
            Some("ms-app://windows.immersivecontrolpanel")
        );
        assert_eq!(form.field("code"), Some(""));
        assert_eq!(form.fields.len(), 4);
    }

    #[test]
    fn a_filled_form_is_encoded_as_a_browser_does() {
        let mut form = forms(PAGE).remove(0);
        assert!(form.fill("code", "AB-12 &"));
        assert!(!form.fill("password", "x"));
        let body = form.encode();
        assert!(
            body.starts_with("flow=a%26b%2F%22c%22&appru=ms-app%3A%2F%2F"),
            "{body}"
        );
        assert!(body.ends_with("&email=&code=AB-12+%26"), "{body}");
    }

    #[test]
    fn the_complaint_of_a_page_is_its_alert() {
        assert_eq!(alert(PAGE).as_deref(), Some("The code isn't known."));
        assert_eq!(alert("<p>fine</p>"), None);
    }

    #[test]
    fn broken_pages_end() {
        for page in [
            "<",
            "<form",
            "<form a=\"",
            "<!-- ",
            "<input ''=''' = = >",
            "<form><input name=\"a\" \" \">",
            "&#xFFFFFFFF;<p role=alert>&",
        ] {
            let _ = forms(page);
            let _ = alert(page);
        }
        assert_eq!(forms("<form><input name=a").len(), 1);
    }
}
