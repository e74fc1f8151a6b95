//! Taking an [`Element`] apart: exactly one where one is expected, by namespace and local name.

use super::{Element, namespace};

/// Why an element is not the message it should be.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum DecodeError {
    /// A required element is not there.
    #[error("{parent} has no {child}")]
    Missing {
        /// The element that lacks it.
        parent: String,
        /// What is missing.
        child: &'static str,
    },
    /// An element that may stand once stands more often.
    #[error("{parent} has more than one {child}")]
    Repeated {
        /// The element that has them.
        parent: String,
        /// What is repeated.
        child: &'static str,
    },
    /// Another element than expected.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What should stand here.
        expected: &'static str,
        /// What stands here.
        found: String,
    },
    /// Text that is not of its type.
    #[error("{element} is not {expected}")]
    Value {
        /// The element or attribute.
        element: String,
        /// What its text should be.
        expected: &'static str,
    },
    /// Text over its limit.
    #[error("the text of {element} is longer than {limit} bytes")]
    TooLong {
        /// The element.
        element: String,
        /// Bytes.
        limit: usize,
    },
}

/// What a text may hold unless its field says otherwise, in bytes.
const ORDINARY_TEXT: usize = 4 * 1024;

impl<'a> Element<'a> {
    /// The only child of this name, if there is one.
    ///
    /// # Errors
    /// [`DecodeError::Repeated`] when there are several: first or last would be a guess.
    pub fn only(&self, namespace: &str, local: &'static str) -> Result<Option<&Self>, DecodeError> {
        let mut found = self.each(namespace, local);
        let first = found.next();
        if found.next().is_some() {
            return Err(DecodeError::Repeated {
                parent: self.label(),
                child: local,
            });
        }
        Ok(first)
    }

    /// The only child of this name.
    ///
    /// # Errors
    /// [`DecodeError::Missing`] or [`DecodeError::Repeated`].
    pub fn required(&self, namespace: &str, local: &'static str) -> Result<&Self, DecodeError> {
        self.only(namespace, local)?
            .ok_or_else(|| DecodeError::Missing {
                parent: self.label(),
                child: local,
            })
    }

    /// The only child of this name, unless it is absent or nil.
    ///
    /// # Errors
    /// [`DecodeError::Repeated`].
    pub fn present(
        &self,
        namespace: &str,
        local: &'static str,
    ) -> Result<Option<&Self>, DecodeError> {
        Ok(self.only(namespace, local)?.filter(|child| !child.is_nil()))
    }

    /// The text of the only child of this name without surrounding white space; none when absent or nil.
    ///
    /// # Errors
    /// [`DecodeError::Repeated`] or [`DecodeError::TooLong`].
    pub fn optional_text(
        &self,
        namespace: &str,
        local: &'static str,
    ) -> Result<Option<&str>, DecodeError> {
        self.present(namespace, local)?
            .map(Self::trimmed)
            .transpose()
    }

    /// The text of the only child of this name without surrounding white space.
    ///
    /// # Errors
    /// [`DecodeError::Missing`], [`DecodeError::Repeated`] or [`DecodeError::TooLong`].
    pub fn required_text(&self, namespace: &str, local: &'static str) -> Result<&str, DecodeError> {
        self.required(namespace, local)?.trimmed()
    }

    /// The value of the only child of this name; none when absent or nil.
    ///
    /// # Errors
    /// [`DecodeError::Repeated`] or [`DecodeError::Value`].
    pub fn optional_value<T: std::str::FromStr>(
        &self,
        namespace: &str,
        local: &'static str,
        expected: &'static str,
    ) -> Result<Option<T>, DecodeError> {
        self.present(namespace, local)?
            .map(|child| child.parse(expected))
            .transpose()
    }

    /// The value of the only child of this name.
    ///
    /// # Errors
    /// [`DecodeError::Missing`], [`DecodeError::Repeated`] or [`DecodeError::Value`].
    pub fn required_value<T: std::str::FromStr>(
        &self,
        namespace: &str,
        local: &'static str,
        expected: &'static str,
    ) -> Result<T, DecodeError> {
        self.required(namespace, local)?.parse(expected)
    }

    /// All children of this name, in order.
    pub fn each(&self, namespace: &str, local: &'static str) -> impl Iterator<Item = &Element<'a>> {
        self.children
            .iter()
            .filter(move |child| child.is(namespace, local))
    }

    /// The value of an attribute by local name, whether or not it carries a namespace: published messages write
    /// `ValueType` and `wsse:ValueType` alike.
    pub fn attribute(&self, local: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name.local == local)
            .map(|attribute| attribute.value.as_ref())
    }

    /// Whether the element says `xsi:nil="true"`.
    pub fn is_nil(&self) -> bool {
        self.attributes.iter().any(|attribute| {
            attribute.name.local == "nil"
                && attribute.name.namespace == namespace::XSI
                && matches!(attribute.value.trim(), "true" | "1")
        })
    }

    /// The text without surrounding white space.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] above 4 KiB.
    pub fn trimmed(&self) -> Result<&str, DecodeError> {
        self.trimmed_within(ORDINARY_TEXT)
    }

    /// The text without surrounding white space, at most `limit` bytes of it.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`].
    pub fn trimmed_within(&self, limit: usize) -> Result<&str, DecodeError> {
        let text = self.text.trim();
        if text.len() > limit {
            return Err(DecodeError::TooLong {
                element: self.label(),
                limit,
            });
        }
        Ok(text)
    }

    /// The text as a value of type `T`.
    ///
    /// # Errors
    /// [`DecodeError::Value`] when it does not parse.
    pub fn parse<T: std::str::FromStr>(&self, expected: &'static str) -> Result<T, DecodeError> {
        self.trimmed()?.parse().map_err(|_| DecodeError::Value {
            element: self.label(),
            expected,
        })
    }

    /// The text as an `xs:boolean`; Windows also writes it with a capital.
    ///
    /// # Errors
    /// [`DecodeError::Value`].
    pub fn boolean(&self) -> Result<bool, DecodeError> {
        match self.trimmed()? {
            "true" | "True" | "1" => Ok(true),
            "false" | "False" | "0" => Ok(false),
            _ => Err(DecodeError::Value {
                element: self.label(),
                expected: "true or false",
            }),
        }
    }

    /// Checks the element's own name.
    ///
    /// # Errors
    /// [`DecodeError::Unexpected`].
    pub fn expect(&self, namespace: &str, local: &'static str) -> Result<(), DecodeError> {
        if self.is(namespace, local) {
            return Ok(());
        }
        let mut found = self.label();
        if found == local {
            found.push_str(" of another namespace");
        }
        Err(DecodeError::Unexpected {
            expected: local,
            found,
        })
    }

    /// The local name for messages, cut short: it may come from a stranger.
    pub fn label(&self) -> String {
        self.name.local.chars().take(64).collect()
    }
}
