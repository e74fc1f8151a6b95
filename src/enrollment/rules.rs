//! What a template's rules make of a device that enrolls by its token.

mod compiled;
mod naming;
mod queue;
mod restrict;

use std::sync::Arc;

use crate::approval::{Approval, State};
use crate::attempt::Learned;
use crate::device::Ownership;
use crate::id::ObjectId;
use crate::policy::Assignment;
use crate::refusal::Refusal;
use crate::restriction::Restriction;
use crate::rule::{Facts, Given, Pinned, given, ownership};
use crate::store::{self, Asking};
use crate::template::Action;

use super::credential::Identified;
use super::decision::Placement;
use super::issuance::Request;
use super::walk::Walk;
use super::{Enrollment, from_store};

pub(super) use compiled::Compiled;
pub(super) use compiled::Template;
use queue::device_key;
pub(super) use restrict::Caps;

/// What the rules add to a device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Effects {
    /// Tags beside the token's, policies and segment.
    pub(super) given: Given,
    /// Its name.
    pub(super) display_name: Option<String>,
    /// What the computer is to be called.
    pub(super) computer_name: Option<String>,
    /// Whose machine it is.
    pub(super) ownership: Ownership,
    /// What was decided, and why.
    pub(super) decision: Option<Pinned>,
    /// The approval that it comes in by.
    pub(super) approval: Option<ObjectId>,
    /// How many devices there may be.
    pub(super) caps: Caps,
}

/// What is known when the rules are asked.
struct Known {
    template: Option<Arc<Template>>,
    facts: Facts,
    ownership: Ownership,
    /// Its place in the queue of approvals.
    approval: Option<Approval>,
    restrictions: Vec<Restriction>,
    /// What the next name of a number receives.
    sequence: u64,
    /// The name that was given, proved or not.
    username: Option<String>,
    organization: ObjectId,
    /// The device that keeps its record.
    device: Option<ObjectId>,
}

/// The tokens of the Android Management API that let in no device of a user's own (`allowPersonalUsage`).
const COMPANY_OWNED: [&str; 3] = [
    "PERSONAL_USAGE_DISALLOWED",
    "PERSONAL_USAGE_DISALLOWED_USERLESS",
    "DEDICATED_DEVICE",
];

/// What the rules say.
enum Judged {
    /// The device enrolls.
    Enroll(Effects),
    /// It waits, and its user is told so.
    Wait(Effects, String),
}

impl Enrollment {
    /// Decides by the rules of the token's template; without one the token's own wishes hold. A device that is to wait
    /// is put into the queue of approvals, and comes in when it asks again after it was approved.
    ///
    /// # Errors
    /// The refusal of a rule that turns the device away or holds it.
    pub(super) async fn rules_decide(
        &self,
        attempt: ObjectId,
        identified: &Identified,
        request: &Request,
        placement: &Placement,
        learned: &mut Learned,
    ) -> Result<Effects, Refusal> {
        let walk = self
            .walks
            .of(attempt, self.clock.now(), self.settings.sign_in);
        let known = self.known(identified, request, placement, &walk)?;
        if let (Some(owner), Some(email)) = (&identified.owner, &walk.said.email)
            && !owner.eq_ignore_ascii_case(email)
        {
            learned.notes.push(
                "the address of Discover is another than the credential's, which counts".to_owned(),
            );
        }
        let clone =
            self.settings.hold_clones && matches!(placement, Placement::New { clone_of: Some(_) });
        let judged = self.judge(identified, &known, clone, learned)?;
        let (effects, message) = match judged {
            Judged::Enroll(mut effects) => {
                let organization = known.organization;
                self.leave_out_deleted(organization, &mut effects.given.policies, learned)?;
                return Ok(effects);
            }
            Judged::Wait(effects, message) => (effects, message),
        };
        match known.approval {
            Some(approval) if approval.state == State::Denied => {
                learned.notes.push("an administrator denied it".to_owned());
                Err(Refusal::NotAllowed(approval.note.unwrap_or_default()))
            }
            _ => {
                self.ask(attempt, identified, request, effects).await?;
                Err(Refusal::WaitingForApproval(message))
            }
        }
    }

    fn known(
        &self,
        identified: &Identified,
        request: &Request,
        placement: &Placement,
        walk: &Walk,
    ) -> Result<Known, Refusal> {
        let token = &identified.token;
        let (device, fixed) = match placement {
            Placement::Known(device) => (Some(device.id), device.fixed_ownership),
            Placement::New { .. } => (None, None),
        };
        let username = request.credential.username().or(walk.said.email.as_deref());
        let looked = self.store.look(|tx| {
            let template = match token.template_id {
                // The revision that the walk saw when its credential was checked first, unless the template is gone.
                Some(id) => match walk.template.as_ref().filter(|it| it.id == id) {
                    Some(seen) => tx.template_revision(id)?.map(|_| Arc::clone(seen)),
                    None => self.compiled.of(tx, token.organization_id, id)?,
                },
                None => None,
            };
            let mut facts = tx.facts(&Asking {
                organization: token.organization_id,
                token_tags: &token.tags,
                owner: identified.owner.as_deref(),
                username,
                items: &request.facts.items,
            })?;
            walk.said.tell(&mut facts);
            if let Some(identity) = identified.identity() {
                identity.tell(&mut facts);
            }
            for (key, value) in identified.answers() {
                facts.fill_in(key, value);
            }
            let body = template.as_ref().map(|template| &template.body);
            let ownership = ownership(fixed, body, &mut facts);
            let approval = match device_key(request) {
                Some(key) => tx.open_approval(token.id, &key)?,
                None => None,
            };
            let sequence = match (&template, token.template_id) {
                (Some(template), Some(id)) if template.counts() => tx.devices_of_template(id)? + 1,
                _ => 0,
            };
            let restrictions = tx.restrictions(token.organization_id)?;
            Ok::<_, store::Error>(Known {
                restrictions,
                template,
                facts,
                ownership,
                // Whoever shows the same DeviceID from other hardware is somebody else.
                approval: approval.filter(|it| it.hardware_id == request.facts.hardware_id),
                sequence,
                username: username.map(str::to_owned),
                organization: token.organization_id,
                device,
            })
        });
        let known = looked.map_err(|error| from_store(&error))?;
        if token.template_id.is_some() && known.template.is_none() {
            return Err(Refusal::TokenRevoked);
        }
        Ok(known)
    }

    /// Passes over policies that were deleted meanwhile; where nothing is left the one called `default` counts.
    fn leave_out_deleted(
        &self,
        organization: ObjectId,
        policies: &mut Vec<Assignment>,
        learned: &mut Learned,
    ) -> Result<(), Refusal> {
        let looked = self
            .store
            .look(|tx| tx.present_policies(organization, policies));
        let present = looked.map_err(|error| from_store(&error))?;
        for gone in policies.iter().filter(|it| !present.contains(it)) {
            let id = gone.win_policy_id;
            learned.notes.push(format!(
                "policy {id} was deleted meanwhile: it is passed over"
            ));
        }
        *policies = present;
        Ok(())
    }

    fn judge(
        &self,
        identified: &Identified,
        known: &Known,
        clone: bool,
        learned: &mut Learned,
    ) -> Result<Judged, Refusal> {
        let token = &identified.token;
        let usage = token.allow_personal_usage.as_deref();
        if usage.is_some_and(|usage| COMPANY_OWNED.contains(&usage))
            && known.ownership == Ownership::Personal
        {
            return Err(Refusal::PersonalDevice(format!("token {}", token.id)));
        }
        let mut effects = Effects {
            caps: known.restrict(identified)?,
            given: given(None, &token.policies, token.segment_id),
            ownership: known.ownership,
            ..Effects::default()
        };
        let (mut waits, mut message) = (clone, String::new());
        if let Some(template) = &known.template {
            let mut decision = template.rules.evaluate(&known.facts);
            if decision.action == Action::Hold {
                waits = true;
                if known.approved().is_some() {
                    decision = template.rules.evaluate_approved(&known.facts);
                }
            }
            let mut pinned = template.pin(&known.facts, &decision);
            pinned.username.clone_from(&known.username);
            pinned.answers = identified.answers().to_vec();
            pinned.identity = identified.identity().cloned();
            learned.decision = Some(pinned.clone());
            effects.decision = Some(pinned);
            let rule = decision.matched.and_then(|index| template.rule(index));
            effects.given = given(rule, &token.policies, template.segment_id);
            if let Some(rule) = rule {
                message = rule.message.clone().unwrap_or_default();
                self.name(rule, template, known, &mut effects)?;
            }
            if decision.action == Action::Reject {
                return Err(Refusal::NotAllowed(message));
            }
        }
        match known.approved() {
            _ if !waits => Ok(Judged::Enroll(effects)),
            Some(approval) => {
                effects.approval = Some(approval);
                if let Some(pinned) = &mut effects.decision {
                    pinned.approval_id = Some(approval);
                }
                Ok(Judged::Enroll(effects))
            }
            None => Ok(Judged::Wait(effects, message)),
        }
    }
}

impl Known {
    /// The approval by which the device may come in.
    fn approved(&self) -> Option<ObjectId> {
        let approval = self.approval.as_ref()?;
        (approval.state == State::Approved).then_some(approval.id)
    }
}
