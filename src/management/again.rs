//! What the rules left open at enrollment: in a session a PC tells its serial number and model, and the rules are asked
//! again.
//!
//! Asking again may change policies, tags, segment and name. It never turns a device away that was let in.

use crate::device::Device;
use crate::rule::{Explainer, Made, Pinned, Rules, Trust, display_name, given, ownership};
use crate::store::{Asking, Error, Transaction};
use crate::template::Action;

/// Asks the rules with what is known by now.
pub(super) fn decide_again(
    tx: &mut Transaction<'_>,
    device: &mut Device,
    mut made: Made,
) -> Result<(), Error> {
    let organization = device.organization_id;
    let Some(pinned) = device.decision.take() else {
        return Ok(());
    };
    let Some(found) = tx.template(organization, pinned.template_id)? else {
        return Ok(());
    };
    let template = found.template;
    let token = match device.token_id {
        Some(id) => tx.token(id)?,
        None => None,
    };
    let of_token = token.map(|token| (token.tags, token.policies));
    let (token_tags, policies) = of_token.unwrap_or_default();
    let mut facts = tx.facts(&Asking {
        organization,
        token_tags: &token_tags,
        owner: device.owner.as_deref(),
        username: pinned.username.as_deref(),
        items: &device.facts.items,
    })?;
    if let Some(identity) = &pinned.identity {
        identity.tell(&mut facts);
    }
    for (key, value) in &pinned.answers {
        facts.fill_in(key, value);
    }
    let told = device.inventory.clone().unwrap_or_default();
    for (fact, value) in [
        ("device.manufacturer", told.manufacturer),
        ("device.model", told.model),
        ("device.serial", told.serial_number),
    ] {
        if let Some(value) = value.filter(|_| facts.of(fact).is_empty()) {
            facts.say(fact, &value, Trust::Asserted);
        }
    }
    tx.add_lists(organization, &mut facts)?;
    let fixed = device.ownership_fixed.then_some(device.ownership);
    device.ownership = ownership(fixed, Some(&template.body), &mut facts);
    let Ok(rules) = Rules::compile(&template.body) else {
        return Err(Error::Row("a template's rules do not compile"));
    };
    // It was let in: an approval that it needed is given.
    let decision = rules.evaluate_approved(&facts);
    let matched = decision.matched;
    let rule = matched.and_then(|index| Some((index, template.body.rules.get(index)?)));
    if decision.action != Action::Enroll {
        tracing::warn!(device = %device.id, "by what is known now the rules would turn the device away");
    } else if let Some((_, rule)) = rule {
        let given = given(Some(rule), &policies, template.segment_id);
        for tag in given.tags {
            if !device.tags.contains(&tag) {
                device.tags.push(tag);
            }
        }
        device.policies = tx.present_policies(organization, &given.policies)?;
        device.segment_id = given.segment_id;
        made.template.clone_from(&template.name);
        if let Some(name) = display_name(rule, &facts, &made) {
            device.display_name = Some(name);
        }
    }
    let explainer = Explainer::of(&template.body, Pinned::TESTS);
    device.decision = Some(Pinned {
        template_id: template.id,
        template_revision: template.revision,
        matched: rule.map(|(index, rule)| rule.called(index)),
        action: decision.action,
        reevaluate: false,
        approval_id: pinned.approval_id,
        username: pinned.username,
        answers: pinned.answers,
        identity: pinned.identity,
        trace: explainer.steps(&rules, &facts, &decision, Pinned::RULES),
    });
    Ok(())
}
