//! How an organization shows itself on pages and in letters.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How an organization shows itself; null: as the installation does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Branding {
    /// What it is called.
    #[schema(max_length = 64)]
    pub name: Option<String>,
    /// The colour of buttons, as `#rrggbb`.
    #[schema(pattern = "^#[0-9a-fA-F]{6}$")]
    pub accent_color: Option<String>,
}

impl Branding {
    /// The colour of whoever has chosen none.
    pub const ACCENT: &str = "#005a9e";

    /// Whether a text is a colour.
    pub fn is_color(text: &str) -> bool {
        let digits = text.strip_prefix('#').unwrap_or_default();
        digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}

/// How one organization is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Face {
    /// Its name.
    pub name: String,
    /// Where people find help.
    pub contact: Option<String>,
    /// The language of whoever names none.
    pub language: crate::language::Language,
    /// The colour of buttons.
    pub accent: String,
    /// Where its logo is, on this server.
    pub logo: Option<String>,
}

/// Black or white, whichever is easier to read on a colour (WCAG 2.2, 1.4.3).
pub fn ink(colour: &str) -> &'static str {
    let channel = |at: usize| {
        let digits = colour.get(at..at + 2).unwrap_or("00");
        let value = f64::from(u8::from_str_radix(digits, 16).unwrap_or_default()) / 255.0;
        match value <= 0.040_45 {
            true => value / 12.92,
            false => ((value + 0.055) / 1.055).powf(2.4),
        }
    };
    let luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
    match luminance > 0.179 {
        true => "#000000",
        false => "#ffffff",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ink_can_be_read_on_its_colour() {
        assert_eq!(ink(Branding::ACCENT), "#ffffff");
        assert_eq!(ink("#ffe000"), "#000000");
    }

    #[test]
    fn a_colour_is_six_hexadecimal_digits_and_no_style() {
        assert!(Branding::is_color("#0F6cbd"));
        for text in ["red", "#fff", "#0f6cbd;}", "#0f6cbg", ""] {
            assert!(!Branding::is_color(text), "{text}");
        }
    }
}
