//! Whose machine a device is.

use crate::device::Ownership;
use crate::identifier::CORPORATE;
use crate::template::Body;

use super::fact::{Facts, Trust};

/// The `ownership` of a deep link that says corporate (MS "Mobile device enrollment", deep link parameters).
const CLAIMS_CORPORATE: &str = "3";

/// Whose machine it is, which is a fact for the rules from then on.
///
/// What an administrator said of it counts, else its place on the corporate list, else what its template says. A device's
/// own word counts only where the template allows it; `EnrollmentType` is such a word.
pub fn ownership(
    fixed: Option<Ownership>,
    template: Option<&Body>,
    facts: &mut Facts,
) -> Ownership {
    let claimed = template.is_some_and(|body| body.allow_claimed_ownership)
        && facts.first("link.ownership") == Some(CLAIMS_CORPORATE);
    let ownership = match fixed {
        Some(fixed) => fixed,
        None if facts.lists().contains(CORPORATE) || claimed => Ownership::Corporate,
        None => template
            .and_then(|body| body.ownership)
            .unwrap_or(Ownership::Personal),
    };
    facts.say("ownership", ownership.word(), Trust::Verified);
    ownership
}
