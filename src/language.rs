//! The languages that pages and mails can be in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A language that pages and mails can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::En, Self::Es];

    /// Its tag (RFC 5646).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
        }
    }

    /// The language of a tag, whatever its region.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        let named = |language: &Self| language.tag().eq_ignore_ascii_case(primary);
        Self::ALL.into_iter().find(named)
    }

    /// The language that a browser prefers among ours (RFC 9110, 12.5.4).
    pub fn accepted(header: &str) -> Option<Self> {
        let weighed = header.split(',').filter_map(|part| {
            let (tag, weight) = match part.split_once(';') {
                Some((tag, weight)) => (tag, weight.trim().strip_prefix("q=")?.parse().ok()?),
                None => (part, 1.0_f32),
            };
            Some((Self::of_tag(tag)?, weight)).filter(|(_, weight)| *weight > 0.0)
        });
        // Of two with the same weight the first one is meant.
        weighed
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
            .map(|(language, _)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_with_the_greatest_weight_is_taken() {
        assert_eq!(
            Language::accepted("de, en;q=0.5, es-MX;q=0.8"),
            Some(Language::Es)
        );
        assert_eq!(Language::accepted("en-GB,es"), Some(Language::En));
        assert_eq!(Language::accepted("de,*;q=0.1"), None);
        assert_eq!(Language::accepted("es;q=0"), None);
        assert_eq!(Language::accepted("es;q=often"), None);
    }
}
