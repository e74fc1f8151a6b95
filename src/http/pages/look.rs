//! How a page looks: light or dark, in which words, with whose name and colour.

use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};

use crate::branding::{Face, ink};
use crate::language::Language;

use super::words::Words;
use super::{Error, Nonce};

/// Light or dark, as the window around the page is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the browser says it prefers.
    #[default]
    Preferred,
    /// Dark, as the first-run experience is.
    Dark,
    /// Light, as the Settings app is.
    Light,
}

impl Theme {
    /// Reads the `CXH-HOST` header, in which Windows says which window it shows the page in.
    pub fn of(headers: &HeaderMap) -> Self {
        match headers.get("cxh-host").map(|value| value.as_bytes()) {
            Some(host) if host.eq_ignore_ascii_case(b"FRX") => Self::Dark,
            Some(host) if host.eq_ignore_ascii_case(b"MOSET") => Self::Light,
            _ => Self::Preferred,
        }
    }

    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Preferred => "preferred",
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }
}

/// How one page looks to one person.
#[derive(Debug)]
pub struct Look {
    pub(super) nonce: Nonce,
    pub(super) theme: Theme,
    pub(super) language: Language,
    pub(super) words: &'static Words,
    pub(super) face: Face,
}

impl Look {
    /// How a page of an organization looks to whoever sent these headers: in the language that the browser prefers,
    /// else in `language`, else in the organization's.
    ///
    /// # Errors
    /// [`Error::Random`] when there is no nonce to be had.
    pub fn of(headers: &HeaderMap, face: Face, language: Option<Language>) -> Result<Self, Error> {
        let accepted = headers.get(ACCEPT_LANGUAGE);
        let accepted = accepted.and_then(|header| Language::accepted(header.to_str().ok()?));
        let language = accepted.or(language).unwrap_or(face.language);
        Ok(Self {
            nonce: Nonce::generate()?,
            theme: Theme::of(headers),
            language,
            words: Words::of(language),
            face,
        })
    }

    /// The language of the page.
    pub fn language(&self) -> Language {
        self.language
    }

    /// What whoever opens a page of the enrollment window elsewhere is told.
    pub fn not_windows(&self) -> &'static str {
        self.words.not_windows()
    }

    pub(super) fn ink(&self) -> &'static str {
        ink(&self.face.accent)
    }

    pub(super) fn of_organization(&self, text: &str) -> String {
        text.replace("{organization}", &self.face.name)
    }

    pub(super) fn of_email(&self, email: &str) -> String {
        self.words.invited_as.replace("{email}", email)
    }

    pub(super) fn of_server(&self, server: &str) -> String {
        self.words.button_help.replace("{server}", server)
    }
}
