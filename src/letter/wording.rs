//! The words of letters: ours in each language, and an organization's own over them.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::language::Language;

use super::Kind;

/// The words of one kind of letter. Each text may name values: `{{ name }}`, `{{ device }}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wording {
    /// The subject.
    #[schema(min_length = 1, max_length = 200)]
    pub subject: String,
    /// What is said before the code.
    #[schema(max_items = 20)]
    pub paragraphs: Vec<String>,
    /// What the button says; none: there is no button.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 80)]
    pub button: Option<String>,
    /// What to do, in order.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub steps: Vec<String>,
}

/// What stands in every letter.
#[derive(Debug, Deserialize)]
pub(super) struct Common {
    pub(super) greeting: String,
    pub(super) code: String,
    pub(super) expires: String,
    pub(super) support_id: String,
    pub(super) contact: String,
    pub(super) footer: String,
}

#[derive(Deserialize)]
struct Words {
    common: Common,
    #[serde(flatten)]
    kinds: HashMap<Kind, Wording>,
}

static EN: LazyLock<Words> = LazyLock::new(|| read(include_str!("words/en.toml")));
static ES: LazyLock<Words> = LazyLock::new(|| read(include_str!("words/es.toml")));

impl Wording {
    /// Our words for a kind of letter.
    pub fn ours(kind: Kind, language: Language) -> &'static Self {
        static NOTHING: LazyLock<Wording> = LazyLock::new(Wording::default);
        words(language).kinds.get(&kind).unwrap_or(&NOTHING)
    }
}

pub(super) fn common(language: Language) -> &'static Common {
    &words(language).common
}

fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &EN,
        Language::Es => &ES,
    }
}

#[expect(
    clippy::expect_used,
    reason = "the files are part of the binary, and a test reads them"
)]
fn read(text: &str) -> Words {
    toml::from_str(text).expect("the words of our letters are readable")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_letter_has_words_in_every_language() {
        for language in Language::ALL {
            for kind in Kind::ALL {
                let wording = Wording::ours(kind, language);
                assert!(!wording.subject.is_empty(), "{kind:?} {language:?}");
                assert!(!wording.paragraphs.is_empty(), "{kind:?} {language:?}");
                assert_eq!(wording.steps.len() == 3, kind.invites(), "{kind:?}");
                assert_eq!(wording.button.is_some(), kind.invites(), "{kind:?}");
            }
        }
    }
}
