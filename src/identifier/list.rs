//! Lists that identifiers lie on: rules name them.

/// The list whose devices are the organization's own.
pub const CORPORATE: &str = "corporate";
/// The expression that all names of lists match.
pub const LIST_NAME: &str = "^[a-z0-9][a-z0-9._-]{0,63}$";

/// Whether a list can be called so.
pub fn names_a_list(text: &str) -> bool {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() <= 64
        && text.bytes().next().is_some_and(plain)
        && text.bytes().all(|c| plain(c) || b"._-".contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_called_by_a_short_plain_word() {
        for name in [CORPORATE, "stolen", "2026-lost.pcs_a"] {
            assert!(names_a_list(name), "{name}");
        }
        for name in ["", "Stolen", "-a", "a b", "\u{fc}", &"a".repeat(65)] {
            assert!(!names_a_list(name), "{name}");
        }
    }
}
