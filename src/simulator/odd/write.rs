//! A writer without habits: prefixes, quotation marks, white space, comments and sections as they come.

use crate::simulator::random::Random;
use crate::xml::{Attribute, Element, namespace};

/// What kind of document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// White space around values means nothing, but for passwords.
    Soap,
    /// White space around values is part of them.
    SyncMl,
}

/// Writes `root`.
pub(super) fn write(random: &mut Random, root: &Element<'_>, style: Style) -> String {
    let mut out = String::with_capacity(8 * 1024);
    if random.once_in(2) {
        out.push_str(random.pick(&[
            "<?xml version=\"1.0\"?>",
            "<?xml version='1.0' encoding='UTF-8'?>\r\n",
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\" ?>\n",
        ]));
    }
    let mut writer = Writer {
        out,
        random,
        style,
        scope: Vec::new(),
        declared: 0,
    };
    writer.noise();
    writer.element(root);
    writer.noise();
    writer.out
}

struct Writer<'r> {
    out: String,
    random: &'r mut Random,
    style: Style,
    /// Bindings of prefixes, the innermost last; the empty prefix is the default namespace.
    scope: Vec<(String, String)>,
    /// How many prefixes were made up.
    declared: usize,
}

impl Writer<'_> {
    fn element(&mut self, element: &Element<'_>) {
        let outer = self.scope.len();
        let space = element.name.namespace.as_ref();
        let prefix = self.prefix(space, true);
        let name = qualified(&prefix, &element.name.local);
        let attributes: Vec<(String, &str)> = element
            .attributes
            .iter()
            .map(|attribute| (self.attribute_name(attribute), attribute.value.as_ref()))
            .collect();
        let declarations = self.scope.iter().skip(outer).map(|(prefix, uri)| {
            let name = if prefix.is_empty() {
                "xmlns".to_owned()
            } else {
                format!("xmlns:{prefix}")
            };
            (name, uri.clone())
        });
        let mut all: Vec<(String, String)> = declarations.collect();
        all.extend(
            attributes
                .into_iter()
                .map(|(name, value)| (name, value.to_owned())),
        );
        self.random.shuffle(&mut all);
        self.out.push('<');
        self.out.push_str(&name);
        for (name, value) in all {
            self.attribute(&name, &value);
        }
        let space = self.random.pick(&["", "", " ", "\n"]);
        self.out.push_str(space);
        if element.children.is_empty() && element.text.is_empty() && self.random.once_in(2) {
            self.out.push_str("/>");
        } else {
            self.out.push('>');
            self.content(element);
            let end = self.random.pick(&["", "", " "]);
            self.out.push_str("</");
            self.out.push_str(&name);
            self.out.push_str(end);
            self.out.push('>');
        }
        self.scope.truncate(outer);
    }

    fn content(&mut self, element: &Element<'_>) {
        if !element.children.is_empty() {
            for child in &element.children {
                self.noise();
                self.element(child);
            }
            self.noise();
            return;
        }
        if element.is_nil() {
            return;
        }
        let exact = self.style == Style::SyncMl || element.name.local == "Password";
        let padding = |writer: &mut Self| {
            let space = if exact {
                ""
            } else {
                writer.random.pick(&["", "", " ", "\r\n\t\t", "\n    "])
            };
            writer.out.push_str(space);
        };
        padding(self);
        self.text(&element.text, exact);
        padding(self);
    }

    fn text(&mut self, text: &str, exact: bool) {
        if self.random.once_in(6)
            && !text.is_empty()
            && !text.contains("]]>")
            && !text.contains('\r')
        {
            self.out.push_str("<![CDATA[");
            self.out.push_str(text);
            self.out.push_str("]]>");
            return;
        }
        for c in text.chars() {
            match c {
                '<' => self.out.push_str("&lt;"),
                '&' => self.out.push_str("&amp;"),
                '>' => self.out.push_str("&gt;"),
                '\r' if exact => self.out.push_str("&#13;"),
                c if self.random.once_in(60) => {
                    self.out.push_str(&format!("&#x{:X};", u32::from(c)));
                }
                c => self.out.push(c),
            }
            if self.random.once_in(200) {
                self.out.push_str("<!-- in between -->");
            }
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let space = self.random.pick(&[" ", " ", "\r\n    ", "\t"]);
        let equals = self.random.pick(&["=", "=", " = "]);
        let quote = self.random.pick(&["\"", "'"]);
        self.out.push_str(space);
        self.out.push_str(name);
        self.out.push_str(equals);
        self.out.push_str(quote);
        for c in value.chars() {
            match c {
                '<' => self.out.push_str("&lt;"),
                '&' => self.out.push_str("&amp;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&apos;"),
                '\r' | '\n' | '\t' => self.out.push_str(&format!("&#{};", u32::from(c))),
                c => self.out.push(c),
            }
        }
        self.out.push_str(quote);
    }

    /// What may stand between elements.
    fn noise(&mut self) {
        let noise = self.random.pick(&[
            "",
            "",
            "\n",
            "\r\n  ",
            "<!-- a comment & <more> -->",
            " <!---->\n",
        ]);
        self.out.push_str(noise);
    }

    fn attribute_name(&mut self, attribute: &Attribute<'_>) -> String {
        match attribute.name.namespace.as_ref() {
            "" => attribute.name.local.to_string(),
            namespace::XML => format!("xml:{}", attribute.name.local),
            space => {
                let prefix = self.prefix(space, false);
                qualified(&prefix, &attribute.name.local)
            }
        }
    }

    /// A prefix for `space`, one in scope or a new one. Only an element may go without.
    fn prefix(&mut self, space: &str, of_element: bool) -> String {
        let known: Vec<String> = self
            .scope
            .iter()
            .filter(|(prefix, uri)| {
                uri == space
                    && self.bound(prefix) == Some(space)
                    && (of_element || !prefix.is_empty())
            })
            .map(|(prefix, _)| prefix.clone())
            .collect();
        if space.is_empty() {
            if self.bound("").is_some_and(|uri| !uri.is_empty()) {
                self.scope.push((String::new(), String::new()));
            }
            return String::new();
        }
        if !known.is_empty() && !self.random.once_in(5) {
            let index = self.random.below(known.len());
            return known.into_iter().nth(index).unwrap_or_default();
        }
        let prefix = if of_element && self.random.once_in(3) {
            String::new()
        } else {
            self.declared += 1;
            let stem = self
                .random
                .pick(&["s", "a", "wsse", "ns", "_", "x.y-", "é"]);
            format!("{stem}{}", self.declared)
        };
        self.scope.push((prefix.clone(), space.to_owned()));
        prefix
    }

    fn bound(&self, prefix: &str) -> Option<&str> {
        let mut bindings = self.scope.iter().rev();
        bindings
            .find(|(bound, _)| bound == prefix)
            .map(|(_, uri)| uri.as_str())
    }
}

fn qualified(prefix: &str, local: &str) -> String {
    if prefix.is_empty() {
        local.to_owned()
    } else {
        format!("{prefix}:{local}")
    }
}
