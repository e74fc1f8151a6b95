//! The types of arguments that are more than text.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A secret on the command line; it shows in no log.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Secret(String);

impl Secret {
    /// The secret itself, for the one place that needs it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// How often a token may be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Uses {
    /// So many times, at least once.
    Times(u32),
    /// Any number of times.
    Unlimited,
}

impl FromStr for Uses {
    type Err = UsesError;

    fn from_str(text: &str) -> Result<Self, UsesError> {
        match text {
            "unlimited" => Ok(Self::Unlimited),
            number => match number.parse() {
                Ok(times) if times > 0 => Ok(Self::Times(times)),
                Ok(_) | Err(_) => Err(UsesError),
            },
        }
    }
}

/// A number of uses that is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("must be a number from 1 or the word unlimited")]
pub(crate) struct UsesError;

/// Reads a span of time: `90s`, `15m`, `2h`, `1d`, `4w`, or a number of seconds.
///
/// # Errors
///
/// Another form, nothing at all, or more than ten years.
pub(crate) fn duration(text: &str) -> Result<Duration, DurationError> {
    let digits = text.trim_end_matches(|last: char| last.is_ascii_alphabetic());
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DurationError::Form);
    }
    let unit = match text.strip_prefix(digits) {
        Some("" | "s") => 1,
        Some("m") => 60,
        Some("h") => HOUR,
        Some("d") => 24 * HOUR,
        Some("w") => 7 * 24 * HOUR,
        Some(_) | None => return Err(DurationError::Form),
    };
    // Digits alone that do not parse are too many.
    let number: u64 = digits.parse().map_err(|_| DurationError::TooLong)?;
    match number.checked_mul(unit) {
        Some(0) => Err(DurationError::Zero),
        Some(seconds) if seconds <= LONGEST => Ok(Duration::from_secs(seconds)),
        Some(_) | None => Err(DurationError::TooLong),
    }
}

/// Reads a span of whole days: `30d`, `4w`.
///
/// # Errors
///
/// What is no span of time, or has a part of a day.
pub(crate) fn days(text: &str) -> Result<u32, DurationError> {
    let seconds = duration(text)?.as_secs();
    match seconds % (24 * HOUR) {
        0 => u32::try_from(seconds / (24 * HOUR)).map_err(|_| DurationError::TooLong),
        _ => Err(DurationError::Days),
    }
}

/// Why a text is no span of time.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum DurationError {
    /// Not a number and a unit.
    #[error("must be a number and a unit: 90s, 15m, 2h, 1d or 4w")]
    Form,
    /// No time at all.
    #[error("must be longer than nothing")]
    Zero,
    /// A part of a day.
    #[error("must be whole days: 30d or 4w")]
    Days,
    /// More than ten years.
    #[error("must be at most 3650d")]
    TooLong,
}

/// Seconds of an hour.
const HOUR: u64 = 3600;

/// Seconds of ten years.
const LONGEST: u64 = 3650 * 24 * HOUR;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        for (text, seconds) in [
            ("90s", 90),
            ("90", 90),
            ("15m", 900),
            ("2h", 7200),
            ("1d", 86_400),
            ("4w", 2_419_200),
            ("3650d", LONGEST),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused_by_its_reason() {
        for (text, error) in [
            ("", DurationError::Form),
            ("d", DurationError::Form),
            ("1y", DurationError::Form),
            ("1d2h", DurationError::Form),
            ("-1d", DurationError::Form),
            ("1.5h", DurationError::Form),
            ("1 d", DurationError::Form),
            ("0d", DurationError::Zero),
            ("3651d", DurationError::TooLong),
            ("99999999999999999999", DurationError::TooLong),
            ("18446744073709551615w", DurationError::TooLong),
        ] {
            assert_eq!(duration(text), Err(error), "{text}");
        }
    }

    #[test]
    fn uses_are_a_number_from_1_or_unlimited() {
        assert_eq!("1".parse(), Ok(Uses::Times(1)));
        assert_eq!("unlimited".parse(), Ok(Uses::Unlimited));
        for text in ["0", "-1", "", "many", "4294967296"] {
            assert_eq!(text.parse::<Uses>(), Err(UsesError), "{text}");
        }
    }

    #[test]
    fn a_secret_does_not_show_in_debug() {
        let secret: Secret = "hunter2".parse().unwrap();
        assert!(!format!("{secret:?}").contains("hunter2"));
        assert_eq!(secret.expose(), "hunter2");
    }
}
