//! `displayNamePattern`: how the devices of a rule are named.

use std::fmt::Write as _;

/// A pattern, read: texts with placeholders between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    /// A value by name, and how many of its characters: the last so many when negative.
    Value(String, Option<i32>),
}

/// The placeholders, with the name of the value that each stands for.
const NAMES: [(&str, &str); 19] = [
    ("firstname", "user.firstname"),
    ("lastname", "user.lastname"),
    ("email", "email"),
    ("username", "email.username"),
    ("sso.firstname", "user.firstname"),
    ("sso.lastname", "user.lastname"),
    ("sso.username", "email.username"),
    ("sso.email", "email"),
    ("sso.email.username", "email.username"),
    ("serial", "device.serial"),
    ("model", "device.model"),
    ("manufacturer", "device.manufacturer"),
    ("devicename", "device.name"),
    ("template", "template"),
    ("rand", "rand"),
    ("seq", "seq"),
    ("date", "date"),
    ("domain", "email.domain"),
    ("os", "os.version"),
];
/// Characters of a name.
const LONGEST: usize = 128;
/// Characters that a placeholder may ask for.
const WIDEST: i32 = 64;

impl NamePattern {
    /// Reads a pattern: `{name}`, `{{name}}`, `{name:4}`, `{name:-4}`, `%NAME%` and `%NAME:4%`.
    ///
    /// # Errors
    /// What is not understood, as the end of a sentence.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '%']) {
            let (before, from) = rest.split_at(at);
            parts.push(Part::Text(before.to_owned()));
            let (open, close) = match from {
                _ if from.starts_with("{{") => ("{{", "}}"),
                _ if from.starts_with('{') => ("{", "}"),
                _ => ("%", "%"),
            };
            let inside = from.strip_prefix(open).unwrap_or_default();
            let Some((name, after)) = inside.split_once(close) else {
                return Err(format!("has an open {open} without its {close}"));
            };
            parts.push(placeholder(name)?);
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self(parts))
    }

    /// The name that comes of it: `value` tells what stands for a placeholder. Missing ones leave nothing, and no doubled
    /// separators.
    pub fn render(&self, value: impl Fn(&str, Option<i32>) -> Option<String>) -> String {
        let mut name = String::new();
        for part in &self.0 {
            let text = match part {
                Part::Text(text) => Some(text.clone()),
                Part::Value(of, width) => value(of, *width).map(|text| cut(&text, of, *width)),
            };
            let _ = name.write_str(&text.unwrap_or_default());
        }
        collapse(&name).chars().take(LONGEST).collect()
    }
}

fn placeholder(text: &str) -> Result<Part, String> {
    let (name, width) = match text.split_once(':') {
        None => (text, None),
        Some((name, width)) => (name, Some(width)),
    };
    let lower = name.trim().to_lowercase();
    let date = lower == "date";
    let number = match width {
        Some(_) if date => None,
        None => None,
        Some(width) => match width.trim().parse::<i32>() {
            Ok(number) if number != 0 && number.abs() <= WIDEST => Some(number),
            _ => return Err(format!("has a placeholder of an impossible width: {text}")),
        },
    };
    if let Some(key) = lower.strip_prefix("aux.") {
        return Ok(Part::Value(format!("aux.{key}"), number));
    }
    if date {
        let form = width.unwrap_or("yyyy-mm-dd").trim().to_lowercase();
        return Ok(Part::Value(format!("date:{form}"), None));
    }
    let known = NAMES.iter().find(|(known, _)| *known == lower);
    match known {
        Some((_, of)) => Ok(Part::Value((*of).to_owned(), number)),
        None => Err(format!("has an unknown placeholder: {text}")),
    }
}

/// The first or last so many characters; what is made up has its width already.
fn cut(text: &str, of: &str, width: Option<i32>) -> String {
    let Some(width) = width.filter(|_| !matches!(of, "rand" | "seq")) else {
        return text.to_owned();
    };
    let most = usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX);
    let all = text.chars().count();
    match width {
        0.. => text.chars().take(most).collect(),
        _ => text.chars().skip(all.saturating_sub(most)).collect(),
    }
}

/// Without separators at the ends and without two of them in a row.
fn collapse(text: &str) -> String {
    const SEPARATORS: [char; 4] = [' ', '-', '_', '.'];
    let mut name = String::new();
    for c in text.chars() {
        if SEPARATORS.contains(&c) && name.ends_with(SEPARATORS) {
            continue;
        }
        name.push(c);
    }
    name.trim_matches(SEPARATORS).to_owned()
}

/// A name that a computer can have (Autopilot's rule): letters, digits and hyphens, 15 at most, not digits alone.
pub fn device_name(name: &str) -> Option<String> {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let short: String = collapse(&plain).chars().take(15).collect();
    let short = short.trim_matches('-').to_owned();
    (short.chars().any(|c| !c.is_ascii_digit()) && !short.is_empty()).then_some(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(pattern: &str) -> String {
        NamePattern::read(pattern).unwrap().render(|of, _| {
            let text = match of {
                "user.firstname" => "Ana",
                "device.serial" => "PF3X17AB",
                "rand" => "7Q2K",
                "aux.department" => "Sales",
                _ => return None,
            };
            Some(text.to_owned())
        })
    }

    #[test]
    fn each_style_of_placeholder_is_understood() {
        assert_eq!(render("{firstName}-{serial:-4}"), "Ana-17AB");
        assert_eq!(
            render("{{sso.firstname}} %SERIAL:3% {aux.Department}"),
            "Ana PF3 Sales"
        );
        assert_eq!(render("PC-%RAND:4%"), "PC-7Q2K");
    }

    #[test]
    fn what_is_missing_leaves_no_doubled_separator_and_nothing_is_nothing() {
        assert_eq!(render("{firstName}-{lastName}-PC"), "Ana-PC");
        assert_eq!(render("{lastName}"), "");
    }

    #[test]
    fn an_unknown_placeholder_is_refused() {
        for pattern in ["{colour}", "{serial:x}", "{serial", "%SERIAL"] {
            assert!(NamePattern::read(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn a_computer_name_has_letters_digits_and_hyphens_and_not_digits_alone() {
        assert_eq!(
            device_name("Ana's new laptop PC").as_deref(),
            Some("Ana-s-new-lapto")
        );
        assert_eq!(device_name("12345"), None);
        assert_eq!(device_name("***"), None);
    }
}
