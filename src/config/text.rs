//! What somebody may have meant by a name that does not exist.

/// The candidate most like `wanted`, if one is like enough.
pub(super) fn nearest<'c>(
    wanted: &str,
    candidates: impl Iterator<Item = &'c str>,
) -> Option<&'c str> {
    // The comparison is quadratic in the lengths.
    if wanted.len() > 128 {
        return None;
    }
    candidates
        .filter(|candidate| !candidate.is_empty())
        .map(|candidate| (likeness(wanted, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= LIKE_ENOUGH)
        // Of two equally like ones the first; `max_by` would take the last.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, candidate)| candidate)
}

fn likeness(wanted: &str, candidate: &str) -> f64 {
    let field = candidate
        .rsplit_once('.')
        .map_or(candidate, |(_, field)| field);
    if wanted == field {
        // The right key in no section or in the wrong one.
        return 1.0;
    }
    let wanted_field = wanted.rsplit_once('.').map_or(wanted, |(_, field)| field);
    let whole = strsim::normalized_damerau_levenshtein(wanted, candidate);
    if wanted_field == field {
        whole.max(LIKE_ENOUGH)
    } else {
        whole
    }
}

const LIKE_ENOUGH: f64 = 0.6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likest_name_is_suggested_and_none_when_none_is_like() {
        let names = ["web.public_url", "web.listen", "log.level", "data"];
        for (wanted, expected) in [
            ("web.public_ur", Some("web.public_url")),
            ("public_url", Some("web.public_url")),
            ("server.public_url", Some("web.public_url")),
            ("log.levle", Some("log.level")),
            ("dta", Some("data")),
            ("kitchen.sink", None),
        ] {
            assert_eq!(nearest(wanted, names.into_iter()), expected, "{wanted}");
        }
        assert_eq!(nearest(&"web.".repeat(1000), names.into_iter()), None);
    }
}
