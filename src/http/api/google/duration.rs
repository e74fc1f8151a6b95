//! Durations and timestamps as Protocol Buffers writes them in JSON: `3.5s`, `2014-10-02T15:01:23.045Z`.

use jiff::{SignedDuration, Timestamp};

/// How long a token lasts when nobody says.
pub(super) const USUAL: SignedDuration = SignedDuration::from_hours(1);
/// The shortest that is accepted.
const SHORTEST: SignedDuration = SignedDuration::from_mins(1);
/// The longest `google.protobuf.Duration`.
const LONGEST: SignedDuration = SignedDuration::from_secs(315_576_000_000);
/// The last `google.protobuf.Timestamp`: it stands for an end that never comes.
const LAST: &str = "9999-12-31T23:59:59.999999999Z";

/// Reads a duration to the nanosecond.
///
/// # Errors
/// The reason, as the end of a sentence that begins with the name of the field.
pub(super) fn parse(text: &str) -> Result<SignedDuration, &'static str> {
    let duration = read(text).ok_or(
        "is not a number of seconds with up to nine fractional digits and an s, like 3.5s",
    )?;
    if duration < SHORTEST {
        Err("is shorter than one minute")
    } else if duration > LONGEST {
        Err("is longer than 315576000000s")
    } else {
        Ok(duration)
    }
}

fn read(text: &str) -> Option<SignedDuration> {
    let number = text.strip_suffix('s')?;
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number, None),
    };
    let nanoseconds = match fraction {
        None => 0,
        Some(digits) if digits.len() <= 9 && are_digits(digits) => {
            format!("{digits:0<9}").parse().ok()?
        }
        Some(_) => return None,
    };
    // Twelve digits hold the longest; leading zeros beyond them are nobody's.
    if whole.len() > 18 || !are_digits(whole) {
        return None;
    }
    Some(SignedDuration::new(whole.parse().ok()?, nanoseconds))
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Writes a duration with 0, 3, 6 or 9 fractional digits.
pub(super) fn written(duration: SignedDuration) -> String {
    let fraction = fraction(duration.subsec_nanos());
    format!("{}{fraction}s", duration.as_secs())
}

/// When something ends that begins at `start`; none: beyond all time, which [`end_written`] writes as the last moment.
pub(super) fn end(start: Timestamp, duration: SignedDuration) -> Option<Timestamp> {
    start.checked_add(duration).ok()
}

/// Writes a moment with 0, 3, 6 or 9 fractional digits.
pub(super) fn moment_written(moment: Timestamp) -> String {
    // Whole seconds by rounding toward the past, also before 1970.
    let (second, nanosecond) = match (moment.as_second(), moment.subsec_nanosecond()) {
        (second, nanosecond) if nanosecond < 0 => (second - 1, nanosecond + 1_000_000_000),
        whole => whole,
    };
    let fraction = fraction(nanosecond);
    match Timestamp::from_second(second) {
        Ok(whole) => format!("{whole:.0}").replace('Z', &format!("{fraction}Z")),
        Err(_) => moment.to_string(),
    }
}

/// Writes the end of something; none: it never ends.
pub(super) fn end_written(end: Option<Timestamp>) -> String {
    end.map_or_else(|| LAST.to_owned(), moment_written)
}

fn fraction(nanoseconds: i32) -> String {
    match nanoseconds {
        0 => String::new(),
        some if some % 1_000_000 == 0 => format!(".{:03}", some / 1_000_000),
        some if some % 1_000 == 0 => format!(".{:06}", some / 1_000),
        some => format!(".{some:09}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_read_to_the_nanosecond_and_written_in_its_normal_form() {
        for (text, normal) in [
            ("3600s", "3600s"),
            ("60s", "60s"),
            ("0060s", "60s"),
            ("60.5s", "60.500s"),
            ("60.000s", "60s"),
            ("61.0001s", "61.000100s"),
            ("61.123456789s", "61.123456789s"),
            ("315576000000s", "315576000000s"),
        ] {
            assert_eq!(written(parse(text).unwrap()), normal, "{text}");
        }
        assert_eq!(
            parse("61.000000001s").unwrap(),
            SignedDuration::new(61, 1),
            "the ninth digit counts"
        );
    }

    #[test]
    fn what_is_no_duration_is_refused_in_words() {
        for text in [
            "",
            "s",
            "60",
            "60 s",
            " 60s",
            "60S",
            "-60s",
            "+60s",
            "60.s",
            ".5s",
            "60.1234567890s",
            "6e1s",
            "1m",
            "60,5s",
            "٦٠s",
            "60.5.5s",
            "0x60s",
            "99999999999999999999999s",
        ] {
            let reason = parse(text).unwrap_err();
            assert!(
                reason.starts_with("is not a number of seconds"),
                "{text}: {reason}"
            );
        }
    }

    #[test]
    fn a_duration_has_its_bounds() {
        for short in ["0s", "3.5s", "59.999999999s"] {
            assert_eq!(
                parse(short).unwrap_err(),
                "is shorter than one minute",
                "{short}"
            );
        }
        for long in ["315576000000.000000001s", "315576000001s"] {
            assert_eq!(
                parse(long).unwrap_err(),
                "is longer than 315576000000s",
                "{long}"
            );
        }
    }

    #[test]
    fn a_moment_has_no_three_six_or_nine_fractional_digits() {
        for (moment, written) in [
            ("2014-10-02T15:01:23Z", "2014-10-02T15:01:23Z"),
            ("2014-10-02T15:01:23.5Z", "2014-10-02T15:01:23.500Z"),
            ("2014-10-02T15:01:23.0001Z", "2014-10-02T15:01:23.000100Z"),
            (
                "2014-10-02T15:01:23.045123456Z",
                "2014-10-02T15:01:23.045123456Z",
            ),
            ("2014-10-02T15:01:23+05:30", "2014-10-02T09:31:23Z"),
            ("1969-12-31T23:59:59.25Z", "1969-12-31T23:59:59.250Z"),
        ] {
            assert_eq!(moment_written(moment.parse().unwrap()), written, "{moment}");
        }
    }

    #[test]
    fn an_end_beyond_all_time_is_the_last_moment() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let longest = parse("315576000000s").unwrap();
        assert_eq!(end_written(end(now, longest)), LAST);
        assert_eq!(end_written(end(now, USUAL)), "2026-01-01T01:00:00Z");
        // The last moment is a day beyond what a timestamp here can hold, so it is never one of them.
        assert!(LAST.parse::<Timestamp>().is_err());
    }
}
