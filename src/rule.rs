//! Auto-enrollment rules: conditions on what is known of a device and its user, and what it becomes.
//!
//! Pure and total: the same facts always meet the same rule, and nothing here reads a clock, a store or a network. A template's rules are compiled once and shared by all requests. The first rule that holds decides; a fact that nobody
//! told is neither true nor false (Kleene), so that withholding it meets no condition, not even a negated one.

mod atom;
mod candidate;
mod check;
mod compile;
mod condition;
mod effect;
mod explain;
mod fact;
mod item;
mod lint;
mod name;
mod ownership;
mod pattern;
mod pinned;
mod truth;

use crate::template::{Action, OnNoMatch, OnUnknown};

pub use self::atom::compare;
pub use self::check::check;
pub use self::compile::Rules;
pub use self::effect::{Given, Made, display_name, given};
pub use self::explain::{Because, Explainer, Step};
pub use self::fact::{Facts, Trust, Value};
pub use self::lint::{lint, sentence};
pub use self::name::{NamePattern, device_name};
pub use self::ownership::ownership;
pub use self::pinned::Pinned;
pub use self::truth::Truth;

use self::condition::Context;

/// What the rules make of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The rule that decided, by its place; none: no rule holds.
    pub matched: Option<usize>,
    /// What is to be done.
    pub action: Action,
    /// Why a device is held although no rule says so: this earlier rule could not be told.
    pub unknown: Option<usize>,
    /// Whether the rules are to be asked again when more is known.
    pub again: bool,
    /// The rules up to the deciding one that are not plainly false, in order.
    pub truths: Vec<(usize, Truth)>,
}

impl Rules {
    /// The first rule that holds, and what becomes of the device.
    pub fn evaluate(&self, facts: &Facts) -> Decision {
        self.decide(facts, false)
    }

    /// The same for a device whose waiting an administrator has ended: nothing holds it any more, but a rule that turns
    /// it away still does.
    pub fn evaluate_approved(&self, facts: &Facts) -> Decision {
        self.decide(facts, true)
    }

    fn decide(&self, facts: &Facts, approved: bool) -> Decision {
        let context = Context::new(self, facts);
        let mut truths = Vec::new();
        let mut again = false;
        for index in self.candidates(&context) {
            let truth = self.rule_holds(index, &context);
            if truth == Truth::False {
                continue;
            }
            truths.push((index, truth));
            if truth == Truth::True {
                return Decision {
                    matched: Some(index),
                    action: released(self.action(index), approved),
                    unknown: None,
                    again,
                    truths,
                };
            }
            match self.on_unknown(index) {
                OnUnknown::Skip => {}
                OnUnknown::Reevaluate => again = true,
                OnUnknown::Hold if approved => {}
                OnUnknown::Hold => {
                    return Decision {
                        matched: None,
                        action: Action::Hold,
                        unknown: Some(index),
                        again,
                        truths,
                    };
                }
            }
        }
        let action = match self.on_no_match() {
            _ if self.is_empty() => Action::Enroll,
            OnNoMatch::Enroll => Action::Enroll,
            OnNoMatch::Hold => Action::Hold,
            OnNoMatch::Reject => Action::Reject,
        };
        Decision {
            matched: None,
            action: released(action, approved),
            unknown: None,
            again,
            truths,
        }
    }
}

/// What is done with a device that need not wait.
fn released(action: Action, approved: bool) -> Action {
    match action {
        Action::Hold if approved => Action::Enroll,
        other => other,
    }
}

#[cfg(test)]
mod tests;
