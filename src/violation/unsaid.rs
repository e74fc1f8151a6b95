//! Sentences about input that was not understood, without the input: what stands in a wrong place may be a secret, and
//! answers are kept where requests are not.

/// What a decoder said, less what the caller said. Names of fields stay, if they can be names of fields.
pub(crate) fn unsaid(told: &str) -> String {
    // The place in the text means nothing to whoever reads the path.
    let told = told.rsplit_once(" at line ").map_or(told, |(told, _)| told);
    let (found, expected) = match told.rsplit_once(", expected ") {
        Some((found, expected)) => (found, Some(expected)),
        None => (told, None),
    };
    let found = without_quotes(found);
    match expected {
        // The name of a type of ours means nothing to the caller.
        Some(expected) if expected.starts_with("struct ") => format!("{found}, expected an object"),
        Some(expected) => format!("{found}, expected {expected}"),
        None => found,
    }
}

/// The text without what stands between its first quotation mark and its last one, unless that names a field.
fn without_quotes(text: &str) -> String {
    let mark = |c: char| matches!(c, '"' | '`');
    let (Some(first), Some(last)) = (text.find(mark), text.rfind(mark)) else {
        return text.to_owned();
    };
    let before = text.get(..first).unwrap_or_default().trim_end();
    // After a single mark anything may stand.
    let Some(quoted) = text.get(first + 1..last) else {
        return before.to_owned();
    };
    let of_a_field = [
        "missing field",
        "unknown field",
        "duplicate field",
        "the key",
    ];
    if of_a_field.contains(&before) && is_name(quoted) {
        return text.to_owned();
    }
    format!("{before}{}", text.get(last + 1..).unwrap_or_default())
}

/// The path of a fault as far as it consists of names; elsewhere the caller chose the words.
pub(super) fn path(told: &str) -> &str {
    let mut end = 0;
    for segment in told.split('.') {
        let (name, _) = segment.split_once('[').unwrap_or((segment, ""));
        if !is_name(name) {
            break;
        }
        end += segment.len() + 1;
    }
    told.get(..end.saturating_sub(1))
        .filter(|path| !path.is_empty())
        .unwrap_or("body")
}

/// Whether a text can be the name of a field: no key, value or code is of that form.
fn is_name(text: &str) -> bool {
    let digits = text.bytes().any(|c| c.is_ascii_digit());
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
    let name = text.strip_prefix('@').unwrap_or(text);
    name.len() <= if digits { 16 } else { 40 }
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_caller_said_is_left_out() {
        for (told, kept) in [
            (
                r#"invalid type: string "ptc_k1_x, expected \"y", expected a boolean at line 1 column 9"#,
                "invalid type: string, expected a boolean",
            ),
            (
                "unknown variant `K7QF-3M9T-XW2R`, expected `owner` or `admin`",
                "unknown variant, expected `owner` or `admin`",
            ),
            (
                r#"the key "ptc_k1_x-y" stands twice"#,
                "the key stands twice",
            ),
            (
                r#"invalid type: string "7f", expected struct ChangedToken"#,
                "invalid type: string, expected an object",
            ),
            (
                "unknown field `ptc_t1_x-y`, there are no fields",
                "unknown field, there are no fields",
            ),
            ("expected `:", "expected"),
        ] {
            assert_eq!(unsaid(told), kept);
        }
    }

    #[test]
    fn a_name_of_a_field_stays() {
        for told in [
            "missing field `sendEmail`",
            "unknown field `sendMail`, expected `sendEmail` or `tags`",
            "the key \"tags\" stands twice",
            "EOF while parsing an object",
        ] {
            assert_eq!(unsaid(told), told);
        }
    }

    #[test]
    fn a_path_ends_where_the_callers_words_begin() {
        for (told, kept) in [
            ("rules[2].winPolicyId", "rules[2].winPolicyId"),
            ("tags[0]", "tags[0]"),
            ("@odata.type", "@odata.type"),
            ("settings.K7QF-3M9T-XW2R.x", "settings"),
            ("ptc_t1_0123456789", "body"),
            (".", "body"),
            ("?", "body"),
        ] {
            assert_eq!(path(told), kept);
        }
    }
}
