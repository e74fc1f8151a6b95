//! The management service: the OMA-DM session (MS-MDM, OMADM.md).
//!
//! A session is a few messages. What the device was told and how it answered lies in the database and nowhere else, so
//! that each message is one transaction: the answers are taken in, the next commands are chosen and noted, and then the
//! reply is sent. A crash at any moment loses no answer, and the device's next message, the same once more, receives the
//! same reply. A device for which there is nothing to do is known by the look that its certificate takes anyway.

mod again;
mod authentication;
mod book;
mod heard;
mod identity;
mod leaving;
mod opening;
mod own;
mod reply;
mod roots;
mod seen;
mod session;
mod tell;
mod turn;

use std::sync::Arc;

use jiff::SignedDuration;

pub use self::authentication::{ProofSettings, Proofs, Shown};
use self::authentication::{Speaker, challenging};
use self::seen::Seen;
use self::turn::Turn;
use crate::ca::LiveAuthority;
use crate::clock::Clock;
use crate::device::State;
use crate::protocol::syncml::{Command, SyncMl};
use crate::store::{Error, IssuedTo, Store};

/// The service. Cheap to clone.
#[derive(Clone)]
pub struct Management {
    store: Store,
    authority: Arc<LiveAuthority>,
    proofs: Proofs,
    clock: Clock,
    /// `PROVIDER-ID`: the place of this server in a device's `DMClient`.
    provider_id: Arc<str>,
    seen: Arc<Seen>,
}

/// SyncML status codes (OMA-TS-SyncML_RepPro 10).
mod code {
    pub(super) const OK: &str = "200";
    pub(super) const CHUNK_TAKEN: &str = "213";
    pub(super) const INVALID_CREDENTIALS: &str = "401";
    pub(super) const MISSING_CREDENTIALS: &str = "407";
    pub(super) const NOT_SUPPORTED: &str = "406";
}

/// How much later a device must be seen again for that to be written: polling must not wear the disk.
const SEEN_AGAIN: SignedDuration = SignedDuration::from_hours(1);

impl Management {
    /// The service over its store; `provider_id` is what the provisioning document calls this server.
    pub fn new(
        store: Store,
        authority: Arc<LiveAuthority>,
        proofs: Proofs,
        clock: Clock,
        provider_id: &str,
    ) -> Self {
        Self {
            store,
            authority,
            proofs,
            clock,
            provider_id: provider_id.into(),
            seen: Arc::default(),
        }
    }

    /// Answers one package of a device, which `shown` proves. A device that is not who it says receives one status for
    /// the header and for each command, and nothing else; that, too, is a valid reply.
    ///
    /// # Errors
    /// What the store says.
    pub async fn answer(&self, shown: &Shown<'_>, package: &SyncMl) -> Result<SyncMl, Error> {
        let (device, challenge) = match self.authenticate(shown, package)? {
            Speaker::Device(device, challenge) => (device, challenge),
            Speaker::Refused(refused, challenge) => {
                if refused == code::INVALID_CREDENTIALS {
                    tracing::warn!(source = %package.header.source.loc_uri.chars().take(64).collect::<String>(),
                        "a management session without a good proof of its device");
                }
                let reply = reply::refusal(package, refused);
                return Ok(challenging(reply, challenge));
            }
        };
        let commands = if leaving::leaves(package) {
            self.let_go(device.device_id).await?;
            Vec::new()
        } else {
            let commands = self.commands(&device, package).await?;
            let ended = commands.is_empty() && !opening::goes_on(package);
            self.note(&device, ended).await?;
            commands
        };
        Ok(challenging(reply::to(package, commands), challenge))
    }

    /// What the device is told in the reply; nothing ends the session.
    async fn commands(&self, device: &IssuedTo, package: &SyncMl) -> Result<Vec<Command>, Error> {
        self.hear_of_roots(device, package).await?;
        let whole = opening::begins(package) && !opening::goes_on(package);
        if whole && !device.has_work {
            return self.new_roots(device);
        }
        let now = self.clock.now();
        let turn = Turn::new(device.device_id, package.clone(), &self.provider_id, now);
        let told = self
            .store
            .write::<_, Error, _>(move |tx| turn.take(tx))
            .await?;
        if told.has_left {
            self.let_go(device.device_id).await?;
        }
        let mut commands = Vec::new();
        if told.opens {
            commands = self.new_roots(device)?;
        }
        commands.extend(told.commands);
        Ok(commands)
    }

    /// Notes that a device was here: in its record where that changes something at once, else in memory.
    ///
    /// The enrollment took hold when the first session has come to its end.
    async fn note(&self, device: &IssuedTo, ended: bool) -> Result<(), Error> {
        let (id, now) = (device.device_id, self.clock.now());
        let renewed = device.ends_an_overlap(now);
        let first = ended && device.device_state == State::Provisioning;
        if !renewed && !first {
            let fresh = device
                .last_seen_at
                .is_some_and(|seen| now.duration_since(seen) < SEEN_AGAIN);
            if !fresh {
                self.seen.note(id, now);
            }
            return Ok(());
        }
        if renewed {
            tracing::info!(device = %id, "the first session with a renewed certificate: the earlier one ends");
        }
        if first {
            tracing::info!(device = %id, "the first management session: the enrollment took hold");
        }
        self.store
            .write(move |tx| {
                if renewed {
                    tx.end_overlap(id, now)?;
                }
                tx.note_session(id, first, now)
            })
            .await
    }

    /// Writes when devices were seen; called every minute and at the end.
    ///
    /// # Errors
    /// What the store says; nothing is forgotten then.
    pub async fn write_seen(&self) -> Result<(), Error> {
        self.seen.write(&self.store).await
    }
}
