//! What is wrong with a value that somebody sent: where it stands, and why it is not acceptable.

mod unsaid;

use std::fmt::Display;

use serde::{Deserialize, Serialize};

pub(crate) use self::unsaid::unsaid;

/// One fault of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Violation {
    /// Where it stands: `rules[0].winPolicyAssignments[1].priority`.
    pub path: String,
    /// Why it is not acceptable, as the end of a sentence that begins with the path.
    pub reason: String,
}

impl Violation {
    /// What a decoder did not understand, and where; without what it read, which may be a secret in a wrong place.
    pub fn misread(path: &str, fault: &impl Display) -> Self {
        Self {
            path: unsaid::path(path).to_owned(),
            reason: format!("is not acceptable: {}", unsaid(&fault.to_string())),
        }
    }
}

/// The faults of one input, all of them.
#[derive(Debug, Default)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault.
    pub fn add(&mut self, path: impl Into<String>, reason: impl Into<String>) {
        self.0.push(Violation {
            path: path.into(),
            reason: reason.into(),
        });
    }

    /// Adds a fault unless `holds`.
    pub fn require(&mut self, holds: bool, path: impl Into<String>, reason: impl Into<String>) {
        if !holds {
            self.add(path, reason);
        }
    }

    /// Adds a fault when `text` has more than `most` characters.
    pub fn at_most(&mut self, path: impl Into<String>, text: &str, most: usize) {
        if text.chars().count() > most {
            self.add(path, format!("has more than {most} characters"));
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the faults of others.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Nothing, when there is no fault.
    ///
    /// # Errors
    /// The faults, when there is any.
    pub fn into_result(self) -> Result<(), Vec<Violation>> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_told_not_only_the_first() {
        let mut faults = Violations::new();
        faults.require(false, "name", "is missing");
        faults.at_most("description", "abcd", 3);
        faults.at_most("tags[0]", "abc", 3);
        let faults = faults.into_result().unwrap_err();
        assert_eq!(faults.len(), 2);
        assert_eq!(faults[1].reason, "has more than 3 characters");
    }
}
