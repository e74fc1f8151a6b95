//! Names of the Android Management API: `enterprises/{enterprise}/{collection}/{id}`.

use std::fmt;

use crate::policy::Assignment;

/// The full name of something in the enterprise that the caller spelled so.
pub(super) fn full(enterprise: &str, collection: &str, id: impl fmt::Display) -> String {
    format!("enterprises/{enterprise}/{collection}/{id}")
}

/// The full name of the policy that wins among those assigned: the lowest number.
pub(super) fn policy_of(enterprise: &str, assigned: &[Assignment]) -> Option<String> {
    let first = assigned.iter().min_by_key(|assigned| assigned.priority)?;
    Some(full(enterprise, "policies", first.win_policy_id))
}

/// What stands for a policy in `policyName`: a full name of this enterprise, or the last part of one alone.
///
/// # Errors
/// The reason, as the end of a sentence that begins with the name of the field.
pub(super) fn policy<'a>(enterprise: &str, name: &'a str) -> Result<&'a str, &'static str> {
    let parts: Vec<&str> = name.split('/').collect();
    match parts.as_slice() {
        [policy] if !policy.is_empty() => Ok(policy),
        ["enterprises", own, "policies", policy] if *own == enterprise && !policy.is_empty() => {
            Ok(policy)
        }
        ["enterprises", _, "policies", policy] if !policy.is_empty() => {
            Err("names a policy of another enterprise")
        }
        _ => Err("is neither enterprises/{enterprise}/policies/{policy} nor a policy alone"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_named_in_full_or_by_its_last_part() {
        assert_eq!(policy("acme", "kiosk"), Ok("kiosk"));
        assert_eq!(
            policy("acme", "enterprises/acme/policies/Kiosk 1"),
            Ok("Kiosk 1")
        );
        for name in [
            "",
            "/",
            "policies/kiosk",
            "enterprises/acme/policies/",
            "enterprises/other/policies/kiosk",
            "enterprises/acme/policies/kiosk/1",
        ] {
            assert!(policy("acme", name).is_err(), "{name}");
        }
    }
}
