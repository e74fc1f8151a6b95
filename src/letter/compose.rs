//! A letter put into words: the subject, the text, and the same as HTML.
//!
//! Values are put in as they are; the HTML is escaped as a whole, so that neither a value nor an organization's own words
//! can bring markup along.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Serialize;

use crate::branding::ink;
use crate::language::Language;

use super::wording::{Wording, common};

/// What letters tell of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Content {
    /// Who writes.
    pub name: String,
    /// Where people find help.
    pub contact: Option<String>,
    /// The colour of the button, as `#rrggbb`.
    pub accent: String,
    /// The server's name.
    pub server: String,
    /// The address that it goes to.
    pub email: String,
    /// The code, in groups.
    pub code: Option<String>,
    /// The page behind the button.
    pub link: Option<String>,
    /// When the invitation ends.
    pub expires: Option<String>,
    /// The administrator's own paragraph.
    pub text: Option<String>,
    /// The device.
    pub device: Option<String>,
    /// Why, and what to do.
    pub reason: Option<String>,
    /// What to tell the administrator.
    pub support_id: Option<String>,
}

/// A letter in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// Its subject, one line.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// Why a letter cannot be put into words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

impl From<minijinja::Error> for Error {
    fn from(error: minijinja::Error) -> Self {
        let detail = error.detail().unwrap_or("it is not readable");
        Self(format!("{}: {detail}", error.kind()))
    }
}

/// Steps that one letter may take: an organization's words cannot keep the server busy.
const FUEL: u64 = 50_000;
/// Characters of a subject.
const SUBJECT: usize = 200;

/// Puts a letter into words.
///
/// # Errors
/// What is wrong with an organization's own words; ours have no errors.
pub fn compose(
    wording: &Wording,
    language: Language,
    content: &Content,
) -> Result<Composed, Error> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    environment.set_auto_escape_callback(|name| match name {
        "letter.html" => AutoEscape::Html,
        _ => AutoEscape::None,
    });
    let values = Value::from(Serde(content));
    let said =
        |text: &str| -> Result<String, Error> { Ok(environment.render_str(text, values.clone())?) };
    let all = |texts: &[String]| -> Result<Vec<String>, Error> {
        texts.iter().map(|text| said(text)).collect()
    };
    let common = common(language);
    let mut paragraphs = all(&wording.paragraphs)?;
    paragraphs.retain(|text| !text.trim().is_empty());
    let subject = one_line(&said(&wording.subject)?);
    let when = |there: bool, text: &str| there.then(|| said(text)).transpose();
    let letter = context! {
        language => language.tag(),
        subject => &subject,
        greeting => said(&common.greeting)?,
        paragraphs,
        button => wording.button.as_deref().map(said).transpose()?,
        code_label => &common.code,
        expires_line => when(content.expires.is_some(), &common.expires)?,
        support_line => when(content.support_id.is_some(), &common.support_id)?,
        contact_line => when(content.contact.is_some(), &common.contact)?,
        footer => said(&common.footer)?,
        steps => all(&wording.steps)?,
        own => content.text.as_deref().map(lines).unwrap_or_default(),
        link => content.link.as_deref(),
        code => content.code.as_deref(),
        accent => &content.accent,
        ink => ink(&content.accent),
    };
    let ours = |name, source| -> Result<String, Error> {
        Ok(environment.render_named_str(name, source, &letter)?)
    };
    Ok(Composed {
        text: ours("letter.txt", include_str!("words/letter.txt"))?,
        html: ours("letter.html", include_str!("words/letter.html"))?,
        subject,
    })
}

/// The lines of a text, without what is no text.
fn lines(text: &str) -> Vec<String> {
    let line = |line: &str| line.chars().filter(|c| !c.is_control()).collect();
    text.lines().map(line).collect()
}

/// A text as the one line that a header can be.
fn one_line(text: &str) -> String {
    let spaced = text.replace(char::is_control, " ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    words.join(" ").chars().take(SUBJECT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letter::Kind;

    fn content() -> Content {
        Content {
            name: "Contoso".to_owned(),
            accent: "#0f6cbd".to_owned(),
            server: "mdm.contoso.example".to_owned(),
            email: "ana@contoso.example".to_owned(),
            code: Some("K7QF-3M9T-XW2R".to_owned()),
            link: Some("https://mdm.contoso.example/enroll?token=x&y".to_owned()),
            expires: Some("2026-11-25 10:00 UTC".to_owned()),
            ..Content::default()
        }
    }

    #[test]
    fn an_invitation_has_its_code_link_expiry_and_three_steps_in_both_forms() {
        for language in Language::ALL {
            let wording = Wording::ours(Kind::Invite, language);
            let letter = compose(wording, language, &content()).unwrap();
            for part in ["K7QF-3M9T-XW2R", "2026-11-25 10:00 UTC", "3."] {
                assert!(letter.text.contains(part), "{part} in {}", letter.text);
            }
            assert!(
                letter
                    .text
                    .contains("https://mdm.contoso.example/enroll?token=x&y")
            );
            assert!(
                letter.html.contains("enroll?token=x&amp;y"),
                "{}",
                letter.html
            );
            assert!(
                letter
                    .html
                    .contains(&format!("<html lang=\"{}\"", language.tag()))
            );
            assert_eq!(letter.html.matches("<li>").count(), 3);
        }
    }

    #[test]
    fn an_administrators_paragraph_is_escaped_and_keeps_its_lines() {
        let content = Content {
            text: Some("<script>alert(1)</script>\r\nSecond line & more\u{7}".to_owned()),
            ..content()
        };
        let wording = Wording::ours(Kind::Invite, Language::En);
        let letter = compose(wording, Language::En, &content).unwrap();
        assert!(!letter.html.contains("<script"), "{}", letter.html);
        assert!(letter.html.contains("&lt;script&gt;"));
        assert!(
            letter.html.contains("<br>Second line &amp; more"),
            "{}",
            letter.html
        );
        assert!(
            letter.text.contains("<script>alert(1)<&#x2f;script>")
                || letter
                    .text
                    .contains("<script>alert(1)</script>\nSecond line & more\n")
        );
    }

    #[test]
    fn a_subject_is_one_line_whatever_its_values_hold() {
        let content = Content {
            name: "Contoso\r\nBcc: everybody@contoso.example".to_owned(),
            ..content()
        };
        let wording = Wording::ours(Kind::Invite, Language::En);
        let letter = compose(wording, Language::En, &content).unwrap();
        assert!(!letter.subject.contains(['\r', '\n']), "{}", letter.subject);
    }

    #[test]
    fn words_that_run_for_ever_are_stopped() {
        let wording = Wording {
            subject:
                "{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}"
                    .to_owned(),
            ..Wording::default()
        };
        assert!(compose(&wording, Language::En, &content()).is_err());
    }
}
