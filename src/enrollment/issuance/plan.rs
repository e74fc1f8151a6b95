//! The first recorded step: deciding, spending the token, and writing down what will be signed.

use std::sync::Arc;

use fail::fail_point;
use uuid::Uuid;

use crate::attempt::Learned;
use crate::ca::Planned;
use crate::device::{Device, SessionCredentials, State};
use crate::id::ObjectId;
use crate::refusal::Refusal;
use crate::store::{DeviceUpdate, Earlier, Issuance, NewIssuance, Transaction};

use super::super::credential::Identified;
use super::super::decision::{Decision, Placement};
use super::super::rules::{Caps, Effects};
use super::super::{Enrollment, Stopped, from_store};
use super::{Planning, Promise, Request};

impl Enrollment {
    /// The first recorded step.
    pub(super) async fn plan(
        &self,
        identified: &Identified,
        request: &Arc<Request>,
        decision: Decision,
        effects: Effects,
        learned: &mut Learned,
    ) -> Result<Planning, Refusal> {
        if let Decision::Enroll(Placement::New {
            clone_of: Some(other),
        }) = &decision
        {
            learned.notes.push(format!(
                "the hardware is claimed by device {} as well: possibly a clone",
                other.id
            ));
        }
        if let Decision::Enroll(Placement::Known(device)) = &decision {
            learned.notes.push(format!(
                "device {} enrolls again and keeps its record",
                device.id
            ));
        }
        let (approval, caps) = (effects.approval, effects.caps.clone());
        let (device, issuance) = match &decision {
            Decision::Replay(issuance) => {
                let device = self.known_device(issuance)?;
                let certificate = issuance.certificate.clone().ok_or(Refusal::Internal)?;
                return Ok(Planning::Repeated(Box::new(device), certificate));
            }
            Decision::Resume(issuance) => {
                let device = self.known_device(issuance)?;
                let credentials = self.session_credentials(&device)?;
                let report = self.report_of(identified, &device);
                let (serial, tbs) = (issuance.serial.clone(), issuance.tbs.clone());
                return Ok(Planning::Promised(Box::new(Promise {
                    device,
                    credentials,
                    serial,
                    tbs,
                    approval: None,
                    caps: Caps::default(),
                    earlier: Earlier::Revoked,
                    report,
                })));
            }
            Decision::Again(issuance) => (self.known_device(issuance)?, Some(issuance.clone())),
            Decision::Enroll(placement) => {
                (self.place(identified, request, placement, effects), None)
            }
        };
        let credentials = match &issuance {
            Some(_) => self.session_credentials(&device)?,
            None => SessionCredentials::generate(&device),
        };
        let planned = self
            .authority
            .current()
            .plan(
                &request.csr,
                &device.guid.to_string(),
                &self.settings.profile,
                self.clock.now(),
            )
            .map_err(|error| Refusal::Authority(error.to_string()))?;
        fail_point!("before_plan");
        let promise = Promise {
            report: self.report_of(identified, &device),
            device,
            credentials,
            serial: planned.serial.as_bytes().to_vec(),
            tbs: planned.tbs.clone(),
            approval,
            caps,
            earlier: match decision {
                Decision::Enroll(Placement::New { .. }) => Earlier::None,
                _ => Earlier::Revoked,
            },
        };
        let stored = self
            .store_plan(identified, request, decision, &promise, planned)
            .await?;
        fail_point!("after_plan");
        Ok(if stored {
            Planning::Promised(Box::new(promise))
        } else {
            Planning::Changed
        })
    }

    /// Decides again, after something changed.
    pub(super) fn decide(
        &self,
        identified: &Identified,
        request: &Request,
    ) -> Result<Decision, Refusal> {
        let now = self.clock.now();
        let look = |tx: &mut Transaction<'_>| request.decide(identified, now, &self.settings, tx);
        Ok(self.store.look::<_, Stopped, _>(look)?)
    }

    fn known_device(&self, issuance: &Issuance) -> Result<Device, Refusal> {
        let found = self.store.look(|tx| tx.device(issuance.device_id));
        found
            .map_err(|error| from_store(&error))?
            .ok_or(Refusal::Internal)
    }

    /// The record of an enrollment that spends the token.
    fn place(
        &self,
        identified: &Identified,
        request: &Request,
        placement: &Placement,
        effects: Effects,
    ) -> Device {
        let now = self.clock.now();
        let (token, known) = match placement {
            Placement::Known(device) => (&identified.token, Some(device)),
            Placement::New { .. } => (&identified.token, None),
        };
        let clone_of = match placement {
            Placement::New { clone_of } => clone_of.as_ref().map(|device| device.id),
            Placement::Known(_) => None,
        };
        let mut tags = known.map(|device| device.tags.clone()).unwrap_or_default();
        for tag in token.tags.iter().chain(&effects.given.tags) {
            if !tags.contains(tag) {
                tags.push(tag.clone());
            }
        }
        Device {
            id: known.map_or_else(|| ObjectId::generate(now), |device| device.id),
            guid: known.map_or_else(Uuid::new_v4, |device| device.guid),
            organization_id: token.organization_id,
            state: State::Provisioning,
            owner: identified.owner.clone(),
            token_id: Some(token.id),
            display_name: effects
                .display_name
                .or_else(|| known.and_then(|device| device.display_name.clone()))
                .or_else(|| token.display_name.clone())
                .or_else(|| request.facts.device_name.clone()),
            tags,
            segment_id: effects.given.segment_id,
            policies: effects.given.policies,
            template_id: token.template_id,
            merged_into: None,
            clone_of,
            ownership: effects.ownership,
            ownership_fixed: false,
            computer_name: effects.computer_name,
            inventory: None,
            decision: effects.decision,
            facts: request.facts.clone(),
            created_at: known.map_or(now, |device| device.created_at),
            enrolled_at: now,
            last_seen_at: None,
            updated_at: Some(now),
            revision: 1,
        }
    }

    /// Spends the token and records the plan, all or nothing. False: something changed since it was decided.
    async fn store_plan(
        &self,
        identified: &Identified,
        request: &Arc<Request>,
        decision: Decision,
        promise: &Promise,
        planned: Planned,
    ) -> Result<bool, Refusal> {
        let request = Arc::clone(request);
        let (now, settings) = (self.clock.now(), Arc::clone(&self.settings));
        let (token, device) = (identified.token.id, promise.device.clone());
        let (approval, caps) = (promise.approval, promise.caps.clone());
        let credentials = promise.credentials.seal(&self.keys, device.guid);
        let work = move |tx: &mut Transaction<'_>| -> Result<bool, Stopped> {
            let found = request.credential.identify(tx)?;
            let identified = found.ok_or(Refusal::CredentialUnknown)?;
            request.credential.check(&identified, now)?;
            if request.decide(&identified, now, &settings, tx)? != decision {
                return Ok(false);
            }
            if let Decision::Enroll(placement) = &decision {
                let known = match placement {
                    Placement::Known(known) => Some(known),
                    Placement::New { .. } => None,
                };
                caps.hold(tx, &identified, known)?;
                if let Some(approval) = approval
                    && !tx.spend_approval(approval, device.id, now)?
                {
                    return Ok(false);
                }
                if !tx.spend_token(token, now)? {
                    return Err(Refusal::TokenSpent.into());
                }
                let update = DeviceUpdate {
                    device: &device,
                    credentials: &credentials,
                };
                match placement {
                    Placement::New { .. } => tx.insert_device(&update)?,
                    Placement::Known(_) => tx.reenroll_device(&update)?,
                }
                if let Some(first) = identified.first_sign_in(now, settings.sign_in) {
                    tx.insert_sign_in(&first.0, &first.1, now)?;
                    tx.spend_sign_in(first.0.id, device.id, now)?;
                }
                if let Some(sign_in) = &identified.sign_in
                    && !tx.spend_sign_in(sign_in.id, device.id, now)?
                {
                    return Err(Refusal::SignInEnded.into());
                }
            }
            tx.plan_issuance(&NewIssuance {
                serial: planned.serial.as_bytes(),
                organization_id: device.organization_id,
                device_id: device.id,
                token_id: Some(token),
                issuer: &planned.issuer,
                spki_sha256: &request.csr.spki_sha256,
                tbs: &planned.tbs,
                not_before: planned.not_before,
                not_after: planned.not_after,
                planned_at: now,
            })?;
            Ok(true)
        };
        Ok(self.store.write::<_, Stopped, _>(work).await?)
    }
}
