//! What is known of the device and its user when a certificate is asked for.

use crate::device::Ownership;
use crate::id::ObjectId;
use crate::identifier::CORPORATE;
use crate::rule::{Facts, Trust};
use crate::store::{self, Transaction};
use crate::template::Body;

use super::super::credential::Identified;
use super::super::issuance::Request;

/// The `ownership` of a deep link that says corporate (MS "Mobile device enrollment", deep link parameters).
const CLAIMS_CORPORATE: &str = "3";

/// The facts of a request, ownership left out.
pub(super) fn facts(
    tx: &mut Transaction<'_>,
    identified: &Identified,
    request: &Request,
) -> Result<Facts, store::Error> {
    let mut facts = Facts::default();
    let token = &identified.token;
    facts.say_items(&request.facts.items);
    for tag in &token.tags {
        facts.tag(&format!("token:{tag}"));
    }
    let person = identified
        .owner
        .as_deref()
        .or_else(|| request.credential.username());
    let trust = match identified.owner {
        Some(_) => Trust::Verified,
        None => Trust::Asserted,
    };
    if let Some(email) = person {
        facts.say_person(email, trust);
        // What we know of a person counts only for whoever proved to be that person.
        if identified.owner.is_some()
            && let Some(user) = tx.user_by_email(token.organization_id, email)?
        {
            for tag in &user.tags {
                facts.tag(tag);
            }
            let names = [
                ("user.firstname", user.first_name),
                ("user.lastname", user.last_name),
            ];
            for (fact, name) in names {
                facts.say(fact, name.as_deref().unwrap_or_default(), Trust::Verified);
            }
        }
    }
    lists(tx, token.organization_id, &mut facts)?;
    Ok(facts)
}

/// Adds the lists of identifiers that the device is on.
fn lists(
    tx: &mut Transaction<'_>,
    organization: ObjectId,
    facts: &mut Facts,
) -> Result<(), store::Error> {
    for identifier in facts.identifiers() {
        for list in tx.lists_of_identifier(organization, &identifier)? {
            facts.list(&list);
        }
    }
    Ok(())
}

/// Whose machine it is: what an administrator said of it, else its place on the corporate list, else what its template
/// says. A device's own word counts only where the template allows it; `EnrollmentType` is such a word.
pub(super) fn ownership(
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
