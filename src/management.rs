//! The management service: the first OMA-DM session after an enrollment (MS-MDM, OMADM.md 3).
//!
//! Until the full session exists it is small and strict: the client certificate says which device speaks, every command
//! is answered with a status, and a reply without commands ends the session. A PC is told its name there, and asked what the
//! rules want to know; it is told of a new root. Policies are not delivered here yet.

mod again;
mod authentication;
mod roots;

use std::sync::Arc;

use jiff::SignedDuration;

pub use self::authentication::{ProofSettings, Proofs, Shown};
use self::authentication::{Speaker, challenging};
use crate::ca::LiveAuthority;
use crate::clock::Clock;
use crate::device::State;
use crate::protocol::syncml::{Alert, Command, Location, Status, SyncBody, SyncHdr, SyncMl};
use crate::revocation::Reason;
use crate::store::{Error, IssuedTo, Store};

/// The service. Cheap to clone.
#[derive(Clone)]
pub struct Management {
    store: Store,
    authority: Arc<LiveAuthority>,
    proofs: Proofs,
    clock: Clock,
}

/// SyncML status codes (OMA-TS-SyncML_RepPro 10).
mod code {
    pub(super) const OK: &str = "200";
    pub(super) const INVALID_CREDENTIALS: &str = "401";
    pub(super) const MISSING_CREDENTIALS: &str = "407";
    pub(super) const NOT_SUPPORTED: &str = "406";
}

/// The alert by which a user leaves (MS-MDM 3.2.5.1).
const USER_UNENROLLS: &str = "com.microsoft:mdm.unenrollment.userrequest";
const GENERIC_ALERT: u16 = 1226;
/// A session younger than this writes nothing: polling must not wear the disk.
const SEEN_AGAIN: SignedDuration = SignedDuration::from_hours(1);

impl Management {
    /// The service over its store.
    pub fn new(store: Store, authority: Arc<LiveAuthority>, proofs: Proofs, clock: Clock) -> Self {
        Self {
            store,
            authority,
            proofs,
            clock,
        }
    }

    /// Answers one package of a device, which `shown` proves. A device that is not who it says receives the status of
    /// the header and nothing else; that, too, is a valid reply.
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
                let reply = reply(package, refused, Vec::new());
                return Ok(challenging(reply, challenge));
            }
        };
        self.note(&device, package).await?;
        self.hear(device.device_id, package).await?;
        self.hear_of_roots(&device, package).await?;
        let mut questions = self.questions(device.device_id, package)?;
        questions.extend(self.new_roots(&device, package)?);
        let statuses = package
            .body
            .commands
            .iter()
            .filter_map(|command| status(package, command))
            .collect();
        let mut reply = reply(package, code::OK, statuses);
        reply.body.commands.extend(questions);
        Ok(challenging(reply, challenge))
    }

    /// Writes what the session changes: the first one, a leave-taking, the first use of a renewed certificate, and now
    /// and then that the device lives.
    async fn note(&self, device: &IssuedTo, package: &SyncMl) -> Result<(), Error> {
        let (id, now) = (device.device_id, self.clock.now());
        if package.body.commands.iter().any(leaves) {
            tracing::info!(device = %id, "the user disconnected the device");
            return self
                .store
                .write(move |tx| {
                    tx.revoke_issuances(id, Reason::CessationOfOperation, now)?;
                    tx.note_leaving(id, now)
                })
                .await;
        }
        let fresh = device
            .last_seen_at
            .is_some_and(|seen| now.duration_since(seen) < SEEN_AGAIN);
        let settled = matches!(device.device_state, State::Active | State::DeleteRequested);
        let renewed = device.ends_an_overlap(now);
        if settled && fresh && !renewed {
            return Ok(());
        }
        if renewed {
            tracing::info!(device = %id, "the first session with a renewed certificate: the earlier one ends");
        }
        if device.device_state == State::Provisioning {
            tracing::info!(device = %id, "the first management session: the enrollment took hold");
        }
        self.store
            .write(move |tx| {
                if renewed {
                    tx.end_overlap(id, now)?;
                }
                tx.note_session(id, now)
            })
            .await
    }
}

/// Whether a command is the user's leave-taking.
fn leaves(command: &Command) -> bool {
    let Command::Alert(alert) = command else {
        return false;
    };
    alert.code() == Some(GENERIC_ALERT)
        && alert_types(alert).any(|kind| kind.trim() == USER_UNENROLLS)
}

fn alert_types(alert: &Alert) -> impl Iterator<Item = &str> {
    alert
        .items
        .iter()
        .filter_map(|item| item.meta.as_ref()?.kind.as_deref())
}

/// The status that answers a command; statuses and results are not answered.
fn status(package: &SyncMl, command: &Command) -> Option<Status> {
    let data = match command {
        Command::Status(_) | Command::Results(_) => return None,
        Command::Alert(_) | Command::Replace(_) => code::OK,
        // A device sends nothing else; it asks and never manages.
        Command::Get(_)
        | Command::Add(_)
        | Command::Delete(_)
        | Command::Copy(_)
        | Command::Exec(_)
        | Command::Atomic(_)
        | Command::Sequence(_)
        | Command::Unknown(_) => code::NOT_SUPPORTED,
    };
    Some(answer_to(package, command.cmd_id()?, command.name(), data))
}

fn answer_to(package: &SyncMl, cmd_ref: &str, cmd: &str, data: &str) -> Status {
    Status {
        msg_ref: package.header.msg_id.clone(),
        cmd_ref: cmd_ref.to_owned(),
        cmd: cmd.to_owned(),
        data: data.to_owned(),
        ..Status::default()
    }
}

/// The reply: the status of the header first, then one for each command, numbered from one.
fn reply(package: &SyncMl, header: &str, statuses: Vec<Status>) -> SyncMl {
    let first = answer_to(package, "0", "SyncHdr", header);
    let numbered =
        std::iter::once(first)
            .chain(statuses)
            .zip(1_u32..)
            .map(|(mut status, number)| {
                status.cmd_id = number.to_string();
                Command::Status(status)
            });
    SyncMl {
        header: SyncHdr {
            ver_dtd: "1.2".to_owned(),
            ver_proto: "DM/1.2".to_owned(),
            session_id: package.header.session_id.clone(),
            msg_id: package.header.msg_id.clone(),
            target: Location::from(package.header.source.loc_uri.as_str()),
            source: Location::from(package.header.target.loc_uri.as_str()),
            cred: None,
            meta: None,
        },
        body: SyncBody {
            commands: numbered.collect(),
            is_final: true,
        },
    }
}
