//! The words of the pages, in each language.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::language::Language;

/// The words of the pages in one language. `{organization}` and the like stand for values.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Words {
    pub(super) set_up: String,
    pub(super) email: String,
    pub(super) code: String,
    pub(super) code_help: String,
    pub(super) go_on: String,
    pub(super) user_name: String,
    pub(super) password: String,
    pub(super) sign_in: String,
    pub(super) sign_in_with: String,
    pub(super) local_account: String,
    pub(super) or_code: String,
    pub(super) few_questions: String,
    pub(super) few_questions_help: String,
    pub(super) choose: String,
    pub(super) optional: String,
    pub(super) answer_missing: String,
    pub(super) terms: String,
    pub(super) accept: String,
    pub(super) accept_missing: String,
    pub(super) terms_help: String,
    pub(super) accept_short: String,
    pub(super) decline: String,
    pub(super) signed_in: String,
    pub(super) going_on: String,
    pub(super) last_step: String,
    pub(super) leaving: String,
    pub(super) failed: String,
    pub(super) support_id: String,
    pub(super) contact: String,
    pub(super) not_windows: String,
    pub(super) invited: String,
    pub(super) invited_as: String,
    pub(super) expires: String,
    pub(super) button: String,
    pub(super) button_help: String,
    pub(super) by_hand: String,
    pub(super) step_settings: String,
    pub(super) step_enroll: String,
    pub(super) step_email: String,
    pub(super) step_code: String,
    pub(super) server: String,
    pub(super) copy: String,
    pub(super) copied: String,
    pub(super) other_device: String,
    pub(super) other_device_help: String,
    pub(super) link: String,
    pub(super) qr: String,
    pub(super) before: String,
    pub(super) before_admin: String,
    pub(super) before_account: String,
    pub(super) before_edge: String,
    pub(super) privacy: String,
    pub(super) can_see: String,
    pub(super) cannot_see: String,
    pub(super) type_code: String,
    pub(super) show: String,
    pub(super) welcome: String,
    pub(super) enroll_this: String,
    pub(super) root_certificate: String,
}

static EN: LazyLock<Words> = LazyLock::new(|| read(include_str!("words/en.toml")));
static ES: LazyLock<Words> = LazyLock::new(|| read(include_str!("words/es.toml")));

impl Words {
    /// The words in a language.
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::En => &EN,
            Language::Es => &ES,
        }
    }

    /// What whoever opens a page of the enrollment window elsewhere is told.
    pub(in crate::http) fn not_windows(&self) -> &str {
        &self.not_windows
    }
}

#[expect(
    clippy::expect_used,
    reason = "the files are part of the binary, and a test reads them"
)]
fn read(text: &str) -> Words {
    toml::from_str(text).expect("the words of our pages are readable")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_every_language_are_readable() {
        for language in Language::ALL {
            assert!(!Words::of(language).set_up.is_empty());
        }
    }
}
