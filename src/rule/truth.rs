//! Three-valued logic (Kleene): true, false, and unknown for what nobody told.

use serde::{Deserialize, Serialize};

/// Whether something holds, as far as is known. The order makes "and" the least and "or" the greatest.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Truth {
    /// It does not.
    False,
    /// Nobody told.
    Unknown,
    /// It does.
    True,
}

impl Truth {
    /// Both hold.
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// One of them holds.
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// All of them hold; of none it is true.
    pub fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut whole = Self::True;
        for truth in truths {
            whole = whole.and(truth);
            if whole == Self::False {
                break;
            }
        }
        whole
    }

    /// One of them holds; of none it is false.
    pub fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut whole = Self::False;
        for truth in truths {
            whole = whole.or(truth);
            if whole == Self::True {
                break;
            }
        }
        whole
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::Unknown => Self::Unknown,
            Self::False => Self::True,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{False, True, Unknown};
    use super::*;

    #[test]
    fn unknown_and_false_is_false_unknown_or_true_is_true_and_not_unknown_is_unknown() {
        assert_eq!(Unknown.and(False), False);
        assert_eq!(Unknown.and(True), Unknown);
        assert_eq!(Unknown.or(True), True);
        assert_eq!(Unknown.or(False), Unknown);
        assert_eq!(!Unknown, Unknown);
        assert_eq!(Truth::all([]), True);
        assert_eq!(Truth::any([]), False);
    }
}
