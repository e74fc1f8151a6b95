//! What a template's rules make of a device that enrolls by its token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::attempt::Learned;
use crate::device::EnrollmentType;
use crate::id::ObjectId;
use crate::policy::Assignment;
use crate::refusal::Refusal;
use crate::rule::{Facts, Made, Rules, Trust, display_name, merged};
use crate::store::{self, Transaction};
use crate::template::{Action, Body, Rule};
use crate::token::EnrollCode;

use super::credential::Identified;
use super::issuance::Request;
use super::{Enrollment, from_store};

/// What the rules add to a device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Effects {
    /// Tags beside the token's.
    pub(super) tags: Vec<String>,
    /// All its policies.
    pub(super) policies: Vec<Assignment>,
    /// Its segment.
    pub(super) segment_id: u32,
    /// Its name.
    pub(super) display_name: Option<String>,
}

/// Compiled rules by template, each of a revision.
#[derive(Default)]
pub(super) struct Compiled(Mutex<HashMap<ObjectId, Arc<Template>>>);

struct Template {
    revision: i64,
    name: String,
    segment_id: u32,
    body: Body,
    rules: Rules,
}

impl Enrollment {
    /// Decides by the rules of the token's template; without one the token's own wishes hold.
    ///
    /// # Errors
    /// The refusal of a rule that turns the device away or holds it.
    pub(super) fn rules_decide(
        &self,
        identified: &Identified,
        request: &Request,
        learned: &mut Learned,
    ) -> Result<Effects, Refusal> {
        let token = &identified.token;
        let own = Effects {
            tags: Vec::new(),
            policies: token.policies.clone(),
            segment_id: token.segment_id,
            display_name: None,
        };
        let Some(id) = token.template_id else {
            return Ok(own);
        };
        let looked = self.store.look(|tx| {
            let template = self.compiled.of(tx, token.organization_id, id)?;
            let facts = facts(tx, identified, request)?;
            let sequence = match &template {
                Some(template) if template.counts() => tx.devices_of_template(id)? + 1,
                _ => 0,
            };
            Ok::<_, store::Error>((template, facts, sequence))
        });
        let (template, facts, sequence) = looked.map_err(|error| from_store(&error))?;
        let Some(template) = template else {
            return Err(Refusal::TokenRevoked);
        };
        let decision = template.rules.evaluate(&facts);
        let called = |index: usize| template.rule(index).map(|rule| rule.called(index));
        for (index, truth) in &decision.truths {
            let name = called(*index).unwrap_or_default();
            learned
                .notes
                .push(format!("rule {name:?} is {truth:?}").to_lowercase());
        }
        let rule = decision.matched.and_then(|index| template.rule(index));
        let message = rule.and_then(|rule| rule.message.clone());
        match decision.action {
            Action::Enroll => {}
            Action::Reject => {
                if decision.matched.is_none() {
                    learned
                        .notes
                        .push("no rule of the template holds".to_owned());
                }
                return Err(Refusal::NotAllowed(message.unwrap_or_default()));
            }
            Action::Hold => return Err(Refusal::WaitingForApproval),
        }
        let Some(rule) = rule else {
            return Ok(Effects {
                segment_id: template.segment_id,
                ..own
            });
        };
        let made = Made {
            template: template.name.clone(),
            random: EnrollCode::generate().reveal().to_owned(),
            sequence,
            date: self.clock.now().strftime("%Y-%m-%d").to_string(),
        };
        Ok(Effects {
            tags: rule.tags.clone(),
            policies: merged(&token.policies, &rule.win_policy_assignments),
            segment_id: rule.segment_id.unwrap_or(template.segment_id),
            display_name: display_name(rule, &facts, &made),
        })
    }
}

impl Template {
    fn rule(&self, index: usize) -> Option<&Rule> {
        self.body.rules.get(index)
    }

    /// Whether a name of its rules has a number.
    fn counts(&self) -> bool {
        let patterns = self
            .body
            .rules
            .iter()
            .filter_map(|it| it.display_name_pattern.as_deref());
        let mut patterns = patterns.map(str::to_lowercase);
        patterns.any(|pattern| pattern.contains("{seq"))
    }
}

impl Compiled {
    /// The template as it is now: compiled again only when it has changed.
    fn of(
        &self,
        tx: &mut Transaction<'_>,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<Option<Arc<Template>>, store::Error> {
        let Some(revision) = tx.template_revision(id)? else {
            return Ok(None);
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(template) = known.get(&id).filter(|it| it.revision == revision) {
            return Ok(Some(Arc::clone(template)));
        }
        let Some(found) = tx.template(organization, id)? else {
            return Ok(None);
        };
        let template = found.template;
        let Ok(rules) = Rules::compile(&template.body) else {
            return Err(store::Error::Row("a template's rules do not compile"));
        };
        let template = Arc::new(Template {
            revision: template.revision,
            name: template.name,
            segment_id: template.segment_id,
            body: template.body,
            rules,
        });
        known.insert(id, Arc::clone(&template));
        Ok(Some(template))
    }
}

/// What is known of the device and its user.
fn facts(
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
    let mut corporate = request.facts.enrollment_type == Some(EnrollmentType::Device);
    for identifier in facts.identifiers() {
        let (kind, value) = (identifier.kind, &identifier.value);
        if tx
            .find_identifier(token.organization_id, kind, value)?
            .is_some()
        {
            facts.list("corporate");
            corporate = true;
        }
    }
    let ownership = if corporate { "corporate" } else { "personal" };
    facts.say("ownership", ownership, Trust::Asserted);
    Ok(facts)
}
