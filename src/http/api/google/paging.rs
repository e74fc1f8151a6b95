//! Lists of the Android Management API: a size that is brought within its limits, and an opaque token for what follows.

use crate::id::ObjectId;

/// Entries on a page when nobody says.
const USUAL: u32 = 10;
/// Entries on a page at most.
const MOST: u32 = 100;

/// How many entries a page has: what was asked for within its limits; nothing, none and less than none mean the usual.
pub(super) fn size(wished: Option<i64>) -> u32 {
    match wished {
        Some(wished) if wished > 0 => u32::try_from(wished).map_or(MOST, |size| size.min(MOST)),
        _ => USUAL,
    }
}

/// The token of what follows the entry `last`.
pub(super) fn token(last: ObjectId) -> String {
    last.to_string()
}

/// The entry that a token stands behind; none: the list's beginning, which an empty token means too.
///
/// # Errors
/// The reason, as the end of a sentence that begins with the name of the parameter.
pub(super) fn after(token: Option<&str>) -> Result<Option<ObjectId>, &'static str> {
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return Ok(None);
    };
    token
        .parse()
        .ok()
        .map(Some)
        .ok_or("is not one that a list gave")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_size_is_brought_within_its_limits_and_never_refused() {
        for (wished, size_of_page) in [
            (None, 10),
            (Some(0), 10),
            (Some(-5), 10),
            (Some(1), 1),
            (Some(100), 100),
            (Some(101), 100),
            (Some(i64::MAX), 100),
        ] {
            assert_eq!(size(wished), size_of_page, "{wished:?}");
        }
    }

    #[test]
    fn a_token_leads_to_what_follows_and_anything_else_is_refused() {
        let last = ObjectId::generate(Timestamp::UNIX_EPOCH);
        assert_eq!(after(Some(&token(last))), Ok(Some(last)));
        assert_eq!(after(None), Ok(None));
        assert_eq!(after(Some("")), Ok(None));
        for text in ["1", "!", "abcd", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(after(Some(text)).is_err(), "{text}");
        }
    }
}
