//! Answering a renewal (MS-MDE2 3.5, "ROBO"): the next certificate of a device, in the same two recorded steps as its
//! first.
//!
//! What proves the device is its certificate, three times the same: shown in TLS, named as the signer of the message, and
//! on record. No rule is run, no token spent, and nobody asked.

mod choice;
mod holder;

use std::sync::Arc;

use fail::fail_point;

use crate::attempt::Learned;
use crate::ca::{Csr, Planned, SignedRequest};
use crate::device::{Event, same_identifier};
use crate::protocol::enrollment::{
    BodyToken, RequestSecurityToken, RequestSecurityTokenResponseCollection,
};
use crate::protocol::provisioning::{Certificate, Renewal};
use crate::refusal::Refusal;
use crate::store::{Earlier, IssuanceState, NewIssuance, Transaction};

use self::choice::Choice;
pub(super) use self::holder::Holder;
use super::document::store_of;
use super::issuance::given_up;
use super::{Caller, Enrollment, Stopped, from_store};

/// How often a request whose circumstances change under it is decided anew.
const ROUNDS: usize = 4;

/// A renewal as far as it is understood: who asks, and with which key.
struct Request {
    holder: Holder,
    csr: Csr,
}

impl Enrollment {
    /// Issues the next certificate to the device that shows its present one.
    pub(super) async fn renew(
        &self,
        caller: Caller<'_>,
        request: RequestSecurityToken,
        learned: &mut Learned,
    ) -> Result<RequestSecurityTokenResponseCollection, Refusal> {
        learned
            .notes
            .push("renews with the certificate that it showed in TLS".to_owned());
        let shown = caller.certificate.unwrap_or_default();
        let holder = self.holder(shown, learned)?;
        let request = Arc::new(self.understand_renewal(holder, request, learned)?);
        for _ in 0..ROUNDS {
            let choice = self
                .store
                .look::<_, Stopped, _>(|tx| self.choose_renewal(&request, tx))?;
            let (serial, tbs) = match choice {
                Choice::Replay(certificate) => {
                    learned
                        .notes
                        .push("the same request as before: the same certificate again".to_owned());
                    return Ok(self.renewed(&request.holder, &certificate, learned));
                }
                Choice::Resume { serial, tbs } => (serial, tbs),
                Choice::Plan => match self.plan_renewal(&request).await? {
                    Some(planned) => (planned.serial.as_bytes().to_vec(), planned.tbs),
                    None => continue,
                },
            };
            let certificate = self.keep_renewal(&request, serial, tbs).await?;
            return Ok(self.renewed(&request.holder, &certificate, learned));
        }
        Err(Refusal::Storage(
            "other requests of the same device were always faster".to_owned(),
        ))
    }

    /// The key of a renewal that `holder` asks for, and signed.
    fn understand_renewal(
        &self,
        holder: Holder,
        request: RequestSecurityToken,
        learned: &mut Learned,
    ) -> Result<Request, Refusal> {
        let refused = |why: String| Refusal::NotEligibleToRenew(why);
        let named = request.item("DeviceID").map(str::to_owned);
        let token = request.body_token();
        let items = request.additional_context.into_iter();
        learned.items = Some(items.map(|item| (item.name, item.value)).collect());
        let own = holder.device.facts.device_id.as_deref();
        if named.is_some() && !same_identifier(named.as_deref(), own) {
            return Err(refused(
                "the device calls itself by another DeviceID than the one on record".to_owned(),
            ));
        }
        let Ok(BodyToken::Pkcs7(der)) = token else {
            return Err(refused("its body is not base64".to_owned()));
        };
        let signed = SignedRequest::verify(&der).map_err(|error| refused(error.to_string()))?;
        if signed.signer != holder.certificate {
            return Err(refused(self.other_signer(&signed.signer)?));
        }
        let csr = Csr::verify(&signed.request, self.settings.csr)
            .map_err(|error| refused(error.to_string()))?;
        if !signed.renews_its_signer() {
            return Err(refused(
                "the certificate request says that it renews another certificate".to_owned(),
            ));
        }
        let notes = csr.notes.iter().map(ToString::to_string);
        learned.notes.extend(notes);
        Ok(Request { holder, csr })
    }

    /// The first recorded step. `None`: something changed since it was chosen.
    async fn plan_renewal(&self, request: &Arc<Request>) -> Result<Option<Planned>, Refusal> {
        let now = self.clock.now();
        let subject = request.holder.device.guid.to_string();
        let planned = self
            .authority
            .current()
            .plan(&request.csr, &subject, &self.settings.profile, now)
            .map_err(|error| Refusal::Authority(error.to_string()))?;
        fail_point!("before_plan");
        let (service, request, plan) = (self.clone(), Arc::clone(request), planned.clone());
        let work = move |tx: &mut Transaction<'_>| -> Result<bool, Stopped> {
            if service.choose_renewal(&request, tx)? != Choice::Plan {
                return Ok(false);
            }
            let device = &request.holder.device;
            tx.plan_issuance(&NewIssuance {
                serial: plan.serial.as_bytes(),
                organization_id: device.organization_id,
                device_id: device.id,
                token_id: None,
                issuer: &plan.issuer,
                spki_sha256: &request.csr.spki_sha256,
                tbs: &plan.tbs,
                not_before: plan.not_before,
                not_after: plan.not_after,
                planned_at: now,
            })?;
            Ok(true)
        };
        let stored = self.store.write::<_, Stopped, _>(work).await?;
        fail_point!("after_plan");
        Ok(stored.then_some(planned))
    }

    /// Signs what was promised and records it: the second step. The certificate that asked is accepted for a while yet, also
    /// where an earlier renewal, whose answer was lost, had replaced it already.
    async fn keep_renewal(
        &self,
        request: &Request,
        serial: Vec<u8>,
        tbs: Vec<u8>,
    ) -> Result<Vec<u8>, Refusal> {
        let certificate = self.sign(&tbs).await?;
        let now = self.clock.now();
        let end = now
            .checked_add(self.settings.overlap)
            .unwrap_or(request.holder.issuance.not_after);
        let earlier = Earlier::AcceptedUntil(end);
        let (device, tells) = (request.holder.device.id, self.receiver.is_some());
        let shown = request.holder.issuance.serial.clone();
        let work = move |tx: &mut Transaction<'_>| -> Result<_, crate::store::Error> {
            let (der, sha256) = (certificate.der, certificate.sha256);
            if tx.record_issued(&serial, &der, &sha256, now, earlier)? {
                tx.extend_overlap(&shown, end, now)?;
                if tells {
                    tx.queue_event(device, Event::Renewed, Some(&serial), now)?;
                }
                return Ok(Some(der));
            }
            let issuance = tx
                .issuance(&serial)?
                .filter(|issuance| issuance.state == IssuanceState::Issued);
            Ok(issuance.and_then(|issuance| issuance.certificate))
        };
        let kept = self.store.write(work).await;
        let kept = kept.map_err(|error| from_store(&error))?;
        fail_point!("after_record");
        kept.ok_or_else(given_up)
    }

    /// The reply (MS-MDE2 3.5.4.1.1.2): the new certificate, the authorities when they are others than before, and which
    /// account goes on.
    fn renewed(
        &self,
        holder: &Holder,
        certificate: &[u8],
        learned: &mut Learned,
    ) -> RequestSecurityTokenResponseCollection {
        learned.notes.push(
            "certificate renewed; the earlier one is accepted until this one is used".to_owned(),
        );
        let authority = self.authority.current();
        let before = holder.issuance.issuer.as_str();
        let of_before = authority.issuing_der_of(before);
        let roots = authority.roots_since(before).into_iter();
        let mut roots = roots.map(|root| Certificate::new(root.to_vec()));
        let chain = authority.chain_of(certificate);
        let mut intermediates = chain
            .map(|chain| chain.intermediates)
            .filter(|all| all.first().map(Vec::as_slice) != of_before)
            .into_iter()
            .flatten()
            .map(Certificate::new);
        let document = Renewal {
            root: roots.next(),
            other_roots: roots.collect(),
            intermediate: intermediates.next(),
            other_intermediates: intermediates.collect(),
            leaf: Certificate::new(certificate.to_vec()),
            store: store_of(&holder.device),
            provider_id: self.settings.provisioning.provider_id.clone(),
        };
        RequestSecurityTokenResponseCollection::new(document.to_document().to_text())
    }
}
