//! The policies that a token is made with, as a person names them.

use std::str::FromStr;

use crate::policy::{Assignment, Policy};

use super::super::named;
use super::super::{Context, Error};

/// A policy by its name or identifier, and its priority.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AssignedPolicy {
    called: String,
    priority: u16,
}

/// A text that names no policy with a priority.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "must be a policy's name or id, alone or with a priority between 0 and 10000 behind a colon"
)]
pub(crate) struct AssignedPolicyError;

impl FromStr for AssignedPolicy {
    type Err = AssignedPolicyError;

    fn from_str(text: &str) -> Result<Self, AssignedPolicyError> {
        // A name may have colons of its own: only digits behind the last one are a priority.
        let number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
        let (called, priority) = match text.rsplit_once(':') {
            Some((called, digits)) if number(digits) => (called, digits.parse().ok()),
            _ => (text, Some(Assignment::USUAL)),
        };
        match priority {
            Some(priority) if priority <= Assignment::LAST && !called.trim().is_empty() => {
                Ok(Self {
                    called: called.to_owned(),
                    priority,
                })
            }
            _ => Err(AssignedPolicyError),
        }
    }
}

/// The policies as the service takes them: names are looked up, here or on the server.
pub(super) fn assignments(
    context: &Context<'_>,
    wished: Vec<AssignedPolicy>,
) -> Result<Vec<Assignment>, Error> {
    let mut assignments = Vec::with_capacity(wished.len());
    for AssignedPolicy { called, priority } in wished {
        let win_policy_id = match called.parse() {
            Ok(id) => id,
            Err(_) => match named::one::<Policy>(context, &called)? {
                Some(policy) => policy.id,
                None => return Err(Error::NotFound("policy", called)),
            },
        };
        assignments.push(Assignment {
            win_policy_id,
            priority,
        });
    }
    Ok(assignments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_named_alone_or_with_a_priority_behind_the_last_colon() {
        for (text, called, priority) in [
            ("Kiosk", "Kiosk", 100),
            ("Kiosk:7", "Kiosk", 7),
            ("Site A: desk", "Site A: desk", 100),
            ("Site A: desk:10000", "Site A: desk", 10_000),
        ] {
            let called = called.to_owned();
            assert_eq!(
                text.parse(),
                Ok(AssignedPolicy { called, priority }),
                "{text}"
            );
        }
        for text in ["", ":7", "Kiosk:", "Kiosk:10001", "Kiosk:99999999"] {
            assert_eq!(
                text.parse::<AssignedPolicy>(),
                Err(AssignedPolicyError),
                "{text}"
            );
        }
    }
}
