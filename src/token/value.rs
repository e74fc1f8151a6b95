//! The long face of a secret: a prefix that says what it is, 256 random bits, and a checksum.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::id::fill_random;
use crate::secret::Secret;

/// What a value opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An enrollment token.
    Token,
    /// The result of a sign-in on our own page, good for one flow.
    SignIn,
    /// An administrator's key to the API.
    ApiKey,
}

/// A value such as `ptc_t1_…`: 43 characters of secret and 6 of checksum follow the prefix. Only the exact text is
/// accepted: a cut, padded or changed one fails on length or checksum before any look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    kind: Kind,
    text: Secret,
}

const SECRET: usize = 43;
const CHECKSUM: usize = 6;

impl Kind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Token => "ptc_t1_",
            Self::SignIn => "ptc_s1_",
            Self::ApiKey => "ptc_k1_",
        }
    }
}

impl Value {
    /// A new value.
    pub fn generate(kind: Kind) -> Self {
        let mut bytes = [0; 32];
        fill_random(&mut bytes);
        let secret = URL_SAFE_NO_PAD.encode(bytes);
        let text = format!("{}{secret}{}", kind.prefix(), checksum(&secret));
        Self {
            kind,
            text: Secret::new(text),
        }
    }

    /// Reads a value; surrounding white space is not part of it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let kind = [Kind::Token, Kind::SignIn, Kind::ApiKey]
            .into_iter()
            .find(|kind| text.starts_with(kind.prefix()))?;
        let rest = text.strip_prefix(kind.prefix())?;
        if !rest.is_ascii() || rest.len() != SECRET + CHECKSUM {
            return None;
        }
        let (secret, check) = rest.split_at(SECRET);
        (checksum(secret) == check).then(|| Self {
            kind,
            text: Secret::new(text),
        })
    }

    /// What it opens.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The text itself.
    pub fn reveal(&self) -> &str {
        self.text.reveal()
    }
}

/// The first four bytes of SHA-256: it finds a typing error and lets secret scanners recognise a leak.
fn checksum(secret: &str) -> String {
    let hash = digest::digest(&digest::SHA256, secret.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.as_ref().get(..4).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_value_reads_back_and_says_what_it_is() {
        for kind in [Kind::Token, Kind::SignIn, Kind::ApiKey] {
            let value = Value::generate(kind);
            assert_eq!(
                Value::parse(&format!(" {}\n", value.reveal())),
                Some(value.clone())
            );
            assert_eq!(value.kind(), kind);
            assert_eq!(value.reveal().len(), 7 + 43 + 6);
        }
    }

    #[test]
    fn a_value_does_not_show_in_debug_output() {
        let value = Value::generate(Kind::Token);
        assert!(!format!("{value:?}").contains(value.reveal()));
    }

    proptest! {
        #[test]
        fn a_cut_padded_or_changed_value_is_refused(cut in 1_usize..56, extra in "[A-Za-z0-9_-]{1,4}", at in 7_usize..56) {
            let value = Value::generate(Kind::Token);
            let text = value.reveal();
            prop_assert_eq!(Value::parse(text.get(..cut).unwrap_or_default()), None);
            prop_assert_eq!(Value::parse(&format!("{text}{extra}")), None);
            let swapped: String = text
                .char_indices()
                .map(|(i, c)| if i != at { c } else if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { 'a' })
                .collect();
            prop_assert!(swapped == text || Value::parse(&swapped).is_none());
        }
    }
}
