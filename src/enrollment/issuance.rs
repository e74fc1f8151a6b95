//! Answering `RequestSecurityToken` (MS-WSTEP 3.1.4.1): a certificate in two recorded steps.
//!
//! First the token is spent and the plan stored in one durable transaction, then the key signs, then the certificate is
//! recorded in a second one, and only then does the device hear of it. A crash in between loses nothing: the same
//! request with the same key takes up where the first one ended.

mod plan;

use std::sync::Arc;

use fail::fail_point;
use jiff::Timestamp;

use crate::attempt::Learned;
use crate::ca::{Csr, DeviceCertificate};
use crate::device::{Device, DirectoryReport, Facts, SessionCredentials};
use crate::id::ObjectId;
use crate::protocol::enrollment::{
    RequestSecurityToken, RequestSecurityTokenResponseCollection, decode_base64,
};
use crate::refusal::Refusal;
use crate::store::{Earlier, IssuanceState, Transaction};

use super::combination::{self, Walk};
use super::credential::{Credential, Identified};
use super::decision::{Decision, Question};
use super::rules::{Caps, Effects};
use super::settings::Settings;
use super::{Caller, Enrollment, Stopped, event, from_store, notice};

/// How often a request whose circumstances change under it is decided anew.
const ROUNDS: usize = 4;

/// A request as far as it is understood.
pub(super) struct Request {
    pub(super) credential: Credential,
    pub(super) facts: Facts,
    csr: Csr,
}

/// A promise on record: what the key is to sign.
struct Promise {
    device: Device,
    credentials: SessionCredentials,
    serial: Vec<u8>,
    tbs: Vec<u8>,
    /// The approval that is spent on it.
    approval: Option<ObjectId>,
    /// How many devices there may be.
    caps: Caps,
    /// What becomes of the device's earlier certificates.
    earlier: Earlier,
    /// What Entra ID is to be told.
    report: Option<DirectoryReport>,
}

impl Request {
    /// What becomes of the request, from what the store says now.
    fn decide(
        &self,
        identified: &Identified,
        now: Timestamp,
        settings: &Settings,
        tx: &mut Transaction<'_>,
    ) -> Result<Decision, Stopped> {
        let (facts, spki_sha256) = (&self.facts, self.csr.spki_sha256.as_slice());
        Question {
            identified,
            facts,
            spki_sha256,
            now,
            settings,
        }
        .decide(tx)
    }
}

enum Planning {
    /// On record.
    Promised(Box<Promise>),
    /// The certificate that the device has already.
    Repeated(Box<Device>, Vec<u8>),
    /// The store changed between deciding and planning.
    Changed,
}

impl Enrollment {
    /// Issues the device its certificate and the provisioning document around it.
    ///
    /// # Errors
    /// Why the device is turned away; nothing of the token is spent then, unless a promise is on record.
    pub async fn issue(
        &self,
        caller: Caller<'_>,
        request: RequestSecurityToken,
        learned: &mut Learned,
    ) -> Result<RequestSecurityTokenResponseCollection, Refusal> {
        match combination::walk(&caller, &request)? {
            Walk::Renew => return self.renew(caller, request, learned).await,
            Walk::Enroll => self.takes_devices()?,
        }
        let attempt = caller.attempt;
        let credential = self.credential(caller, learned).await?;
        // Who is asking is told before what is wrong with the request, though both take one look into the store.
        let understood = self
            .understand(credential.clone(), request, learned)
            .map(Arc::new);
        let now = self.clock.now();
        let (mut identified, first) =
            self.authenticate(&credential, learned, |identified, tx| {
                let request = understood.as_ref().ok();
                request
                    .map(|request| request.decide(identified, now, &self.settings, tx))
                    .transpose()
            })?;
        let request = understood?;
        identified.is_of(request.facts.device_id.as_deref())?;
        self.has_consented(&identified, &request.facts.items, learned)?;
        let mut decided = first;
        for _ in 0..ROUNDS {
            let decision = match decided.take() {
                Some(decision) => decision,
                None => self.decide(&identified, &request)?,
            };
            // A device that repeats itself was decided on before.
            let effects = match &decision {
                Decision::Enroll(placement) => {
                    self.hear_groups(&mut identified, learned).await;
                    self.rules_decide(attempt, &identified, &request, placement, learned)
                        .await?
                }
                _ => Effects::default(),
            };
            let planned = self.plan(&identified, &request, decision, effects, learned);
            let promise = match planned.await? {
                Planning::Changed => continue,
                Planning::Repeated(device, certificate) => {
                    learned
                        .notes
                        .push("the same request as before: the same certificate again".to_owned());
                    learned.device = Some(device.id);
                    let credentials = self.session_credentials(&device)?;
                    return self.answer(&device, &credentials, &certificate, learned);
                }
                Planning::Promised(promise) => promise,
            };
            learned.device = Some(promise.device.id);
            let certificate = self.keep(&promise).await?;
            return self.answer(&promise.device, &promise.credentials, &certificate, learned);
        }
        Err(Refusal::Storage(
            "other requests for the same device were always faster".to_owned(),
        ))
    }

    fn understand(
        &self,
        credential: Credential,
        request: RequestSecurityToken,
        learned: &mut Learned,
    ) -> Result<Request, Refusal> {
        let items: Vec<(String, String)> = request
            .additional_context
            .into_iter()
            .map(|item| (item.name, item.value))
            .collect();
        learned.items = Some(items.clone());
        let facts = Facts::from_items(items);
        if facts.device_id.is_none() {
            return Err(Refusal::Incomplete("context item DeviceID"));
        }
        if facts.enrollment_type.is_none() {
            return Err(Refusal::Incomplete(
                "context item EnrollmentType of Full or Device",
            ));
        }
        let token = request
            .binary_security_token
            .ok_or(Refusal::Incomplete("certificate request"))?;
        let der = decode_base64(token.text.reveal())
            .map_err(|_| Refusal::CertificateRequest("it is not base64".to_owned()))?;
        let csr = Csr::verify(&der, self.settings.csr)
            .map_err(|error| Refusal::CertificateRequest(error.to_string()))?;
        learned
            .notes
            .extend(csr.notes.iter().map(ToString::to_string));
        Ok(Request {
            credential,
            facts,
            csr,
        })
    }

    /// Signs what was promised and records it: the second step. Whoever records first wins; the other takes that one.
    async fn keep(&self, promise: &Promise) -> Result<Vec<u8>, Refusal> {
        let certificate = self.sign(&promise.tbs).await?;
        let (serial, now) = (promise.serial.clone(), self.clock.now());
        let earlier = promise.earlier;
        let (device, report) = (promise.device.id, promise.report.clone());
        let told = self.settings.letters.then(|| promise.device.clone());
        let tells = self.receiver.is_some();
        let kept = self
            .store
            .write::<_, crate::store::Error, _>(move |tx| {
                if tx.record_issued(&serial, &certificate.der, &certificate.sha256, now, earlier)? {
                    if let Some(report) = &report {
                        tx.queue_report(device, report, now)?;
                    }
                    if let Some(device) = &told {
                        notice::enrolled(tx, device, now)?;
                    }
                    if tells {
                        event::enrolled(tx, device, &serial, now)?;
                    }
                    return Ok(Some(certificate.der));
                }
                let issuance = tx
                    .issuance(&serial)?
                    .filter(|issuance| issuance.state == IssuanceState::Issued);
                Ok(issuance.and_then(|issuance| issuance.certificate))
            })
            .await
            .map_err(|error| from_store(&error))?;
        fail_point!("after_record");
        kept.ok_or_else(given_up)
    }

    /// Signs what is on record.
    pub(super) async fn sign(&self, tbs: &[u8]) -> Result<DeviceCertificate, Refusal> {
        let authority = self.authority.current();
        let signed = if authority.signs_quickly() {
            authority.sign(tbs)
        } else {
            let tbs = tbs.to_vec();
            tokio::task::spawn_blocking(move || authority.sign(&tbs))
                .await
                .map_err(|_| Refusal::Internal)?
        };
        let certificate = signed.map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the certificate was not released"
            );
            Refusal::Authority(error.to_string())
        })?;
        fail_point!("after_sign");
        Ok(certificate)
    }

    /// Gives up on promises that nobody kept within a minute, as after a crash: their serial numbers count as revoked.
    /// Certificates that were replaced are revoked where their time beside the newest is over.
    ///
    /// # Errors
    /// What the store says.
    pub async fn reconcile(&self) -> Result<u64, crate::store::Error> {
        let now = self.clock.now();
        let before = now - jiff::SignedDuration::from_secs(60);
        self.store
            .write(move |tx| {
                tx.end_overlaps(now)?;
                tx.abandon_planned(before, now)
            })
            .await
    }
}

/// What a device hears when its promise was given up while the key signed.
pub(super) fn given_up() -> Refusal {
    Refusal::Storage("the promise was given up meanwhile; the device may try again".to_owned())
}
