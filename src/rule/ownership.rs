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
    // A device that Entra ID joins for the organization: the tenant is verified, and so is what the device says of itself
    // (ENTRA 1).
    let mut tenants = facts.of("entra.tenantid").iter();
    let joined = tenants.any(|tenant| tenant.trust == Trust::Verified)
        && facts.first("enroll.type") == Some("Device");
    let ownership = match fixed {
        Some(fixed) => fixed,
        None if facts.lists().contains(CORPORATE) || claimed || joined => Ownership::Corporate,
        None => template
            .and_then(|body| body.ownership)
            .unwrap_or(Ownership::Personal),
    };
    facts.say("ownership", ownership.word(), Trust::Verified);
    ownership
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(fixed: Option<Ownership>, body: &Body, list: &str, claims: &str) -> Ownership {
        let mut facts = Facts::default();
        facts.list(list);
        facts.say("link.ownership", claims, Trust::Asserted);
        facts.say("enroll.type", "Device", Trust::Asserted);
        let ownership = ownership(fixed, Some(body), &mut facts);
        assert_eq!(facts.first("ownership"), Some(ownership.word()));
        ownership
    }

    #[test]
    fn a_device_is_corporate_by_its_list_its_template_or_where_allowed_by_its_own_word() {
        use Ownership::{Corporate, Personal};
        let plain = Body::default();
        let trusting = Body {
            allow_claimed_ownership: true,
            ..Body::default()
        };
        let corporate = Body {
            ownership: Some(Corporate),
            ..Body::default()
        };
        assert_eq!(owned(None, &plain, "stolen", "3"), Personal);
        assert_eq!(owned(None, &plain, "corporate", ""), Corporate);
        assert_eq!(owned(None, &trusting, "stolen", "3"), Corporate);
        assert_eq!(owned(None, &trusting, "stolen", "1"), Personal);
        assert_eq!(owned(None, &corporate, "stolen", ""), Corporate);
        assert_eq!(
            owned(Some(Personal), &corporate, "corporate", "3"),
            Personal
        );
    }
}
