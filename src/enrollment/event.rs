//! Telling another server what happens to devices, and handing them over to it: kept with the certificate's record, posted
//! afterwards, tried for a day.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use crate::device::{Device, EnrollmentType, Event, Ownership, State};
use crate::id::{ObjectId, hex};
use crate::policy::Assignment;
use crate::secret::Secret;
use crate::store::{self, DueEvent, Issuance, Transaction};

use super::{Enrollment, again};

/// Events taken in hand at a time, and posted at the same time.
const BATCH: u32 = 20;
/// How long somebody who has one keeps it: longer than all of them may take.
const LEASE: SignedDuration = SignedDuration::from_mins(2);

/// What is posted.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    event: &'static str,
    id: ObjectId,
    created_at: Timestamp,
    device: Told<'a>,
}

/// The device as it stands when the message is posted.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    id: ObjectId,
    guid: Uuid,
    state: State,
    device_id: Option<&'a str>,
    hardware_id: Option<&'a str>,
    owner: Option<&'a str>,
    display_name: Option<&'a str>,
    tags: &'a [String],
    organization_id: ObjectId,
    segment_id: u32,
    policies: &'a [Assignment],
    template_id: Option<ObjectId>,
    ownership: Ownership,
    enrollment_type: Option<EnrollmentType>,
    enrolled_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<Certificate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<Session>,
}

/// The certificate that the event is about.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Certificate {
    serial: String,
    not_before: Timestamp,
    not_after: Timestamp,
    /// The certificate, its issuing CA and the root, in PEM, in this order.
    chain: String,
}

/// By which the two sides of a management session know each other (MS-MDM 2.2.4.3, MD5).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    /// What the device proves itself with: `APPSRV` in the provisioning document.
    device: Credential,
    /// What the server proves itself with: `CLIENT` in the provisioning document.
    server: Credential,
}

#[derive(Serialize)]
struct Credential {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    secret: String,
    nonce: String,
}

fn give_up(due: &DueEvent) {
    tracing::warn!(
        event = due.event.word(), id = %due.id, device = %due.device_id, tries = due.tries,
        "an event was not taken for a day, and is given up"
    );
}

/// Keeps the event of a certificate that was just recorded: the device's first one, or it enrolled before.
pub(super) fn enrolled(
    tx: &mut Transaction<'_>,
    device: ObjectId,
    serial: &[u8],
    now: Timestamp,
) -> Result<(), store::Error> {
    let event = match tx.was_issued_before(device, serial)? {
        true => Event::Reenrolled,
        false => Event::Enrolled,
    };
    tx.queue_event(device, event, Some(serial), now)
}

impl Enrollment {
    /// Posts what is due. How many events that were.
    ///
    /// # Errors
    /// What the store says.
    pub async fn tell_receiver(&self) -> Result<usize, store::Error> {
        let now = self.clock.now();
        let due = self
            .store
            .look::<_, store::Error, _>(|tx| tx.events_are_due(now))?;
        if !due {
            return Ok(0);
        }
        let take = move |tx: &mut Transaction<'_>| tx.due_events(now, now + LEASE, BATCH);
        let due = self.store.write::<_, store::Error, _>(take).await?;
        let told = due.iter().map(|event| self.tell_of(event));
        let told = join_all(told).await;
        let count = due.len();
        let now = self.clock.now();
        let ended = move |tx: &mut Transaction<'_>| {
            for (event, again) in due.iter().zip(told) {
                let later = again.map(|pause| again::after(pause, event.created_at, now));
                match later {
                    Some(Some(at)) => tx.event_again(event, at)?,
                    Some(None) => {
                        give_up(event);
                        tx.event_ended(event.id)?;
                    }
                    None => tx.event_ended(event.id)?,
                }
            }
            Ok(())
        };
        self.store.write::<_, store::Error, _>(ended).await?;
        Ok(count)
    }

    /// Posts one event; the pause before it is tried again, if it is.
    async fn tell_of(&self, due: &DueEvent) -> Option<i64> {
        let (event, device) = (due.event.word(), due.device_id);
        let why = match (self.message(due), &self.receiver) {
            (Ok(message), Some(receiver)) => match receiver.post(message, self.clock.now()).await {
                Ok(()) => {
                    tracing::info!(event, id = %due.id, %device, "an event was taken");
                    return None;
                }
                Err(refused) => refused.to_string(),
            },
            (Err(why), _) => why,
            (_, None) => "there is no receiver".to_owned(),
        };
        tracing::info!(event, id = %due.id, %device, why, "an event is posted later");
        Some(again::pause(due.tries))
    }

    /// What is posted of an event.
    fn message(&self, due: &DueEvent) -> Result<String, String> {
        let found = self.store.look::<_, store::Error, _>(|tx| {
            let issuance = match &due.serial {
                Some(serial) => tx.issuance(serial)?,
                None => None,
            };
            Ok((tx.device(due.device_id)?, issuance))
        });
        let (device, issuance) = found.map_err(|error| error.to_string())?;
        let device = device.ok_or("its device is not on record")?;
        let enrolls = matches!(due.event, Event::Enrolled | Event::Reenrolled);
        let session = match enrolls && self.settings.external {
            true => Some(self.session_of(&device)?),
            false => None,
        };
        let message = Message {
            event: due.event.word(),
            id: due.id,
            created_at: due.created_at,
            device: Told {
                id: device.id,
                guid: device.guid,
                state: device.state,
                device_id: device.facts.device_id.as_deref(),
                hardware_id: device.facts.hardware_id.as_deref(),
                owner: device.owner.as_deref(),
                display_name: device.display_name.as_deref(),
                tags: &device.tags,
                organization_id: device.organization_id,
                segment_id: device.segment_id,
                policies: &device.policies,
                template_id: device.template_id,
                ownership: device.ownership,
                enrollment_type: device.facts.enrollment_type,
                enrolled_at: device.enrolled_at,
                certificate: issuance.and_then(|issuance| self.certificate_of(&issuance)),
                session,
            },
        };
        serde_json::to_string(&message).map_err(|error| error.to_string())
    }

    fn certificate_of(&self, issuance: &Issuance) -> Option<Certificate> {
        let leaf = issuance.certificate.as_deref()?;
        let chain = self.authority.current().chain_of(leaf)?;
        Some(Certificate {
            serial: hex(&issuance.serial),
            not_before: issuance.not_before,
            not_after: issuance.not_after,
            chain: chain.to_pem(leaf),
        })
    }

    fn session_of(&self, device: &Device) -> Result<Session, String> {
        let opened = self.session_credentials(device);
        let opened = opened.map_err(|_| "its session credentials cannot be opened")?;
        let credential = |name: Option<&str>, secret: Secret, nonce: &[u8]| Credential {
            name: name.map(str::to_owned),
            secret: secret.reveal().to_owned(),
            nonce: STANDARD.encode(nonce),
        };
        Ok(Session {
            device: credential(
                Some(opened.name()),
                opened.device_secret(),
                opened.device_nonce(),
            ),
            server: credential(None, opened.server_secret(), opened.server_nonce()),
        })
    }
}
