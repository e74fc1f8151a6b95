//! The name of a key in a token: a PKCS#11 URI (RFC 7512), of which only the path is used. It holds no PIN.

use std::fmt;

use super::TokenError;

/// Which private key is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct KeyUri {
    /// The token's label.
    pub(super) token: Option<String>,
    /// `CKA_LABEL`.
    pub(super) object: Option<String>,
    /// `CKA_ID`.
    pub(super) id: Option<Vec<u8>>,
}

impl KeyUri {
    /// Whether a text is meant as one.
    pub(in super::super) fn is_meant(text: &str) -> bool {
        text.trim_start().starts_with(SCHEME)
    }

    /// Reads one, which names a key by its id or its label.
    pub(in super::super) fn parse(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        Self::read(text).ok_or_else(|| TokenError::Uri {
            uri: shown(text).to_owned(),
        })
    }

    fn read(text: &str) -> Option<Self> {
        let path = text
            .strip_prefix(SCHEME)
            .filter(|_| text.len() <= LONGEST)?;
        let mut uri = Self {
            token: None,
            object: None,
            id: None,
        };
        let mut is_private = None;
        for attribute in path.split(';') {
            let (name, value) = attribute.split_once('=')?;
            let bytes = decoded(value)?;
            let text = String::from_utf8(bytes.clone());
            let before = match name {
                "token" => uri.token.replace(text.ok()?).is_some(),
                "object" => uri.object.replace(text.ok()?).is_some(),
                "id" => uri.id.replace(bytes).is_some(),
                "type" if value == "private" => is_private.replace(()).is_some(),
                _ => return None,
            };
            if before {
                return None;
            }
        }
        let names = uri.id.as_ref().is_some_and(|id| !id.is_empty())
            || uri.object.as_ref().is_some_and(|it| !it.is_empty());
        names.then_some(uri)
    }
}

impl fmt::Display for KeyUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCHEME)?;
        if let Some(token) = &self.token {
            write!(f, "token={};", encoded(token.as_bytes(), false))?;
        }
        if let Some(object) = &self.object {
            write!(f, "object={};", encoded(object.as_bytes(), false))?;
        }
        if let Some(id) = &self.id {
            write!(f, "id={};", encoded(id, true))?;
        }
        f.write_str("type=private")
    }
}

/// What a message may repeat of a text that is no URI: nothing that could be a PIN.
fn shown(text: &str) -> &str {
    let path = text.split('?').next().unwrap_or_default();
    path.lines()
        .next()
        .and_then(|line| line.get(..line.floor_char_boundary(LONGEST)))
        .unwrap_or_default()
}

/// RFC 7512 wants every byte of an id escaped, of texts those that are not unreserved (RFC 3986, 2.3).
fn encoded(bytes: &[u8], all: bool) -> String {
    let mut text = String::new();
    for byte in bytes {
        match *byte {
            plain if !all && (plain.is_ascii_alphanumeric() || b"-._~".contains(&plain)) => {
                text.push(char::from(plain));
            }
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        bytes.push(match first {
            b'%' => {
                let (digits, after) = rest.split_at_checked(2)?;
                rest = after;
                let plain = digits.iter().all(u8::is_ascii_hexdigit);
                let digits = str::from_utf8(digits).ok().filter(|_| plain)?;
                u8::from_str_radix(digits, 16).ok()?
            }
            plain if plain.is_ascii_graphic() && !b"?#/".contains(plain) => *plain,
            _ => return None,
        });
    }
    Some(bytes)
}

const SCHEME: &str = "pkcs11:";
const LONGEST: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_as_it_was_written() {
        let uri = KeyUri {
            token: Some("Größe; 1".to_owned()),
            object: Some("Portcullis Issuing CA".to_owned()),
            id: Some(vec![0, 0xab, b'a']),
        };
        let text = uri.to_string();
        assert_eq!(
            text,
            "pkcs11:token=Gr%C3%B6%C3%9Fe%3B%201;object=Portcullis%20Issuing%20CA;id=%00%AB%61;type=private"
        );
        assert_eq!(KeyUri::parse(&format!("{text}\n")).unwrap(), uri);
        let short = KeyUri::parse("pkcs11:id=%01").unwrap();
        assert_eq!((short.id, short.token), (Some(vec![1]), None));
    }

    #[test]
    fn what_names_no_key_is_refused_and_a_pin_is_not_repeated() {
        for text in [
            "pkcs11:",
            "pkcs11:token=x",
            "pkcs11:id=",
            "pkcs11:id=%1",
            "pkcs11:id=%+1",
            "pkcs11:id=%01;id=%02",
            "pkcs11:id=%01;type=public",
            "pkcs11:id=%01;slot-id=1",
            "pkcs11:id=%01;object=%FF",
            "pkcs11:id=%01?pin-value=1234",
            "pkcs11:id=%01 ",
            "file:id=%01",
        ] {
            let read = KeyUri::parse(text);
            if text.ends_with(' ') {
                assert!(read.is_ok(), "space around it does not matter");
                continue;
            }
            assert!(!read.unwrap_err().to_string().contains("1234"), "{text}");
        }
    }
}
