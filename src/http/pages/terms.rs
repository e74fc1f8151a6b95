//! The page of the terms of use that Entra ID opens.

use askama::Template;

use super::Look;

/// Shows the terms, to accept or to decline.
#[derive(Template)]
#[template(path = "terms.html")]
pub struct TermsPage<'a> {
    /// How it looks.
    pub look: &'a Look,
    /// The text.
    pub terms: &'a str,
    /// What the form brings back.
    pub state: &'a str,
    /// Whether they can be declined.
    pub declinable: bool,
}
