//! The queue of devices that wait for an administrator.

use crate::approval::{Approval, State};
use crate::device::identifier;
use crate::id::ObjectId;
use crate::refusal::Refusal;
use crate::store;

use super::super::credential::Identified;
use super::super::issuance::Request;
use super::super::notice;
use super::super::{Enrollment, from_store};
use super::Effects;

/// The `DeviceID` of a request in the form in which two are compared.
pub(super) fn device_key(request: &Request) -> Option<String> {
    request.facts.device_id.as_deref().map(identifier)
}

impl Enrollment {
    /// Puts a device into the queue, unless that is full; one that is there has asked once more.
    pub(super) async fn ask(
        &self,
        attempt: ObjectId,
        identified: &Identified,
        request: &Request,
        effects: Effects,
    ) -> Result<(), Refusal> {
        let Some(device_key) = device_key(request) else {
            return Ok(());
        };
        let (token, now) = (&identified.token, self.clock.now());
        let asked = Approval {
            id: ObjectId::generate(now),
            organization_id: token.organization_id,
            state: State::Pending,
            token_id: token.id,
            template_id: effects.decision.as_ref().map(|it| it.template_id),
            segment_id: effects.given.segment_id,
            device_key,
            hardware_id: request.facts.hardware_id.clone(),
            owner: identified.owner.clone(),
            device_name: request.facts.device_name.clone(),
            facts: request.facts.items.clone(),
            decision: effects.decision,
            attempt_id: Some(attempt),
            asked: 1,
            created_at: now,
            updated_at: now,
            decided_at: None,
            decided_by: None,
            note: None,
            device_id: None,
            revision: 1,
        };
        let (most, letters) = (self.settings.pending_approvals, self.settings.letters);
        let work = move |tx: &mut store::Transaction<'_>| {
            let known = tx.open_approval(asked.token_id, &asked.device_key)?;
            let full = known.is_none()
                && most > 0
                && tx.pending_approvals(asked.organization_id, most)? >= most;
            if full {
                tracing::warn!(
                    most,
                    "the queue of approvals is full: a device that waits is not in it"
                );
                return Ok(());
            }
            tx.ask_approval(&asked)?;
            match letters && known.is_none() {
                true => notice::waiting(tx, &asked),
                false => Ok(()),
            }
        };
        let asked = self.store.write::<_, store::Error, _>(work).await;
        asked.map_err(|error| from_store(&error))
    }
}
