//! Answering `RequestSecurityToken` (MS-WSTEP 3.1.4.1): a certificate in two recorded steps.
//!
//! First the token is spent and the plan stored in one durable transaction, then the key signs, then the certificate is
//! recorded in a second one, and only then does the device hear of it. A crash in between loses nothing: the same
//! request with the same key takes up where the first one ended.

use fail::fail_point;
use uuid::Uuid;

use crate::attempt::Learned;
use crate::ca::{Csr, DeviceCertificate, Planned};
use crate::device::{Device, Facts, State};
use crate::id::ObjectId;
use crate::protocol::enrollment::{
    PKCS10, RequestSecurityToken, RequestSecurityTokenResponseCollection, RequestType, decode_base64,
};
use crate::refusal::Refusal;
use crate::store::{DeviceUpdate, Issuance, IssuanceState, NewIssuance};

use super::credential::{Credential, Identified, Purpose};
use super::decision::{Decision, Placement, Question};
use super::document::SessionCredentials;
use super::{Caller, Enrollment, Stopped, from_store};

/// How often a request whose circumstances change under it is decided anew.
const ROUNDS: usize = 4;

/// A request as far as it is understood.
struct Request {
    credential: Credential,
    facts: Facts,
    csr: Csr,
}

/// A promise on record: what the key is to sign.
struct Promise {
    device: Device,
    credentials: SessionCredentials,
    serial: Vec<u8>,
    tbs: Vec<u8>,
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
        let request_type = request.request_type.clone();
        match request_type {
            RequestType::Issue => {}
            RequestType::Renew => return Err(Refusal::NotEligibleToRenew("renewal is not offered yet".to_owned())),
            other => return Err(Refusal::RequestType(other.to_string())),
        }
        let credential = self.credential(caller, learned)?;
        let identified = self.authenticate(credential.clone(), Purpose::Issuance, learned).await?;
        let request = self.understand(credential, request, learned)?;
        for _ in 0..ROUNDS {
            let promise = match self.plan(&identified, &request, learned).await? {
                Planning::Changed => continue,
                Planning::Repeated(device, certificate) => {
                    learned.notes.push("the same request as before: the same certificate again".to_owned());
                    learned.device = Some(device.id);
                    let credentials = self.session_credentials(&device).await?;
                    return self.answer(&device, &credentials, &certificate, learned);
                }
                Planning::Promised(promise) => promise,
            };
            learned.device = Some(promise.device.id);
            let certificate = self.keep(&promise).await?;
            return self.answer(&promise.device, &promise.credentials, &certificate, learned);
        }
        Err(Refusal::Storage("other requests for the same device were always faster".to_owned()))
    }

    fn understand(
        &self,
        credential: Credential,
        request: RequestSecurityToken,
        learned: &mut Learned,
    ) -> Result<Request, Refusal> {
        let items: Vec<(String, String)> =
            request.additional_context.into_iter().map(|item| (item.name, item.value)).collect();
        learned.items = Some(items.clone());
        let facts = Facts::from_items(items);
        if facts.device_id.is_none() {
            return Err(Refusal::Incomplete("context item DeviceID"));
        }
        if facts.enrollment_type.is_none() {
            return Err(Refusal::Incomplete("context item EnrollmentType of Full or Device"));
        }
        let token = request.binary_security_token.ok_or(Refusal::Incomplete("certificate request"))?;
        if token.value_type != PKCS10 {
            return Err(Refusal::CertificateRequest(format!("its type is {}, expected PKCS#10", token.value_type)));
        }
        let der = decode_base64(token.text.reveal())
            .map_err(|_| Refusal::CertificateRequest("it is not base64".to_owned()))?;
        let csr = Csr::verify(&der, self.settings.csr)
            .map_err(|error| Refusal::CertificateRequest(error.to_string()))?;
        learned.notes.extend(csr.notes.iter().map(ToString::to_string));
        Ok(Request { credential, facts, csr })
    }

    /// The first recorded step.
    async fn plan(
        &self,
        identified: &Identified,
        request: &Request,
        learned: &mut Learned,
    ) -> Result<Planning, Refusal> {
        let decision = self.decide(identified, request).await?;
        if let Decision::Enroll(Placement::New { clone_of: Some(other) }) = &decision {
            learned.notes.push(format!("the hardware is claimed by device {} as well: possibly a clone", other.id));
        }
        if let Decision::Enroll(Placement::Known(device)) = &decision {
            learned.notes.push(format!("device {} enrolls again and keeps its record", device.id));
        }
        let (device, issuance) = match &decision {
            Decision::Replay(issuance) => {
                let device = self.known_device(issuance).await?;
                let certificate = issuance.certificate.clone().ok_or(Refusal::Internal)?;
                return Ok(Planning::Repeated(Box::new(device), certificate));
            }
            Decision::Resume(issuance) => {
                let device = self.known_device(issuance).await?;
                let credentials = self.session_credentials(&device).await?;
                let (serial, tbs) = (issuance.serial.clone(), issuance.tbs.clone());
                return Ok(Planning::Promised(Box::new(Promise { device, credentials, serial, tbs })));
            }
            Decision::Again(issuance) => (self.known_device(issuance).await?, Some(issuance.clone())),
            Decision::Enroll(placement) => (self.place(identified, request, placement), None),
        };
        let credentials = match &issuance {
            Some(_) => self.session_credentials(&device).await?,
            None => SessionCredentials::generate(&device),
        };
        let planned = self
            .authority
            .plan(&request.csr, &device.guid.to_string(), &self.settings.profile, self.clock.now())
            .map_err(|error| Refusal::Authority(error.to_string()))?;
        fail_point!("before_plan");
        let promise = Promise { device, credentials, serial: planned.serial.to_vec(), tbs: planned.tbs.clone() };
        let stored = self.store_plan(identified, request, decision, &promise, planned).await?;
        fail_point!("after_plan");
        Ok(if stored { Planning::Promised(Box::new(promise)) } else { Planning::Changed })
    }

    async fn decide(&self, identified: &Identified, request: &Request) -> Result<Decision, Refusal> {
        let (identified, facts) = (identified.clone(), request.facts.clone());
        let (spki_sha256, now, settings) = (request.csr.spki_sha256, self.clock.now(), self.settings.clone());
        let decided = self.store.read::<_, Stopped, _>(move |tx| {
            Question { identified: &identified, facts: &facts, spki_sha256: &spki_sha256, now, settings: &settings }
                .decide(tx)
        });
        Ok(decided.await?)
    }

    async fn known_device(&self, issuance: &Issuance) -> Result<Device, Refusal> {
        let id = issuance.device_id;
        self.store.read(move |tx| tx.device(id)).await.map_err(from_store)?.ok_or(Refusal::Internal)
    }

    /// The record of an enrollment that spends the token.
    fn place(&self, identified: &Identified, request: &Request, placement: &Placement) -> Device {
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
        tags.extend(token.tags.iter().filter(|tag| !tags.contains(tag)).cloned().collect::<Vec<_>>());
        Device {
            id: known.map_or_else(|| ObjectId::generate(now), |device| device.id),
            guid: known.map_or_else(Uuid::new_v4, |device| device.guid),
            organization_id: token.organization_id,
            state: State::Provisioning,
            owner: identified.owner.clone(),
            token_id: Some(token.id),
            display_name: known
                .and_then(|device| device.display_name.clone())
                .or_else(|| token.display_name.clone())
                .or_else(|| request.facts.device_name.clone()),
            tags,
            clone_of,
            facts: request.facts.clone(),
            created_at: known.map_or(now, |device| device.created_at),
            enrolled_at: now,
            last_seen_at: None,
        }
    }

    /// Spends the token and records the plan, all or nothing. False: something changed since it was decided.
    async fn store_plan(
        &self,
        identified: &Identified,
        request: &Request,
        decision: Decision,
        promise: &Promise,
        planned: Planned,
    ) -> Result<bool, Refusal> {
        let (credential, facts) = (request.credential.clone(), request.facts.clone());
        let (spki_sha256, now, settings) = (request.csr.spki_sha256, self.clock.now(), self.settings.clone());
        let (token, device) = (identified.token.id, promise.device.clone());
        let issuer = self.authority.issuing_id().to_owned();
        let credentials = promise.credentials.seal(&self.keys, device.guid);
        let work = move |tx: &mut crate::store::Transaction<'_>| -> Result<bool, Stopped> {
            let identified = credential.identify(tx)?.ok_or(Refusal::CredentialUnknown)?;
            credential.check(&identified, now)?;
            let question =
                Question { identified: &identified, facts: &facts, spki_sha256: &spki_sha256, now, settings: &settings };
            if question.decide(tx)? != decision {
                return Ok(false);
            }
            if let Decision::Enroll(placement) = &decision {
                if !tx.spend_token(token, now)? {
                    return Err(Refusal::TokenSpent.into());
                }
                let update = DeviceUpdate { device: &device, credentials: &credentials };
                match placement {
                    Placement::New { .. } => tx.insert_device(&update)?,
                    Placement::Known(_) => tx.reenroll_device(&update)?,
                }
                if let Some(sign_in) = &identified.sign_in
                    && !tx.spend_sign_in(sign_in.id, device.id, now)?
                {
                    return Err(Refusal::SignInEnded.into());
                }
            }
            tx.plan_issuance(&NewIssuance {
                serial: planned.serial.as_ref(),
                organization_id: device.organization_id,
                device_id: device.id,
                token_id: Some(token),
                issuer: &issuer,
                spki_sha256: &spki_sha256,
                tbs: &planned.tbs,
                not_before: planned.not_before,
                not_after: planned.not_after,
                planned_at: now,
            })?;
            Ok(true)
        };
        Ok(self.store.write::<_, Stopped, _>(work).await?)
    }

    /// Signs what was promised and records it: the second step. Whoever records first wins; the other takes that one.
    async fn keep(&self, promise: &Promise) -> Result<Vec<u8>, Refusal> {
        let (authority, tbs) = (self.authority.clone(), promise.tbs.clone());
        let signed = tokio::task::spawn_blocking(move || authority.sign(&tbs)).await.map_err(|_| Refusal::Internal)?;
        let certificate: DeviceCertificate = signed.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "the certificate was not released");
            Refusal::Authority(error.to_string())
        })?;
        fail_point!("after_sign");
        let (serial, now) = (promise.serial.clone(), self.clock.now());
        let kept = self
            .store
            .write::<_, crate::store::Error, _>(move |tx| {
                if tx.record_issued(&serial, &certificate.der, &certificate.sha256, now)? {
                    return Ok(Some(certificate.der));
                }
                let issuance = tx.issuance(&serial)?.filter(|issuance| issuance.state == IssuanceState::Issued);
                Ok(issuance.and_then(|issuance| issuance.certificate))
            })
            .await
            .map_err(from_store)?;
        fail_point!("after_record");
        kept.ok_or_else(|| Refusal::Storage("the promise was given up meanwhile; the device may try again".to_owned()))
    }

    /// Gives up on promises that nobody kept within a minute, as after a crash: their serial numbers count as revoked.
    ///
    /// # Errors
    /// What the store says.
    pub async fn reconcile(&self) -> Result<u64, crate::store::Error> {
        let now = self.clock.now();
        let before = now - jiff::SignedDuration::from_secs(60);
        self.store.write(move |tx| tx.abandon_planned(before, now)).await
    }
}
