//! One message of a device, taken in and answered, in one transaction.

use std::sync::Arc;

use jiff::Timestamp;

use crate::device::{Device, State as DeviceState};
use crate::id::ObjectId;
use crate::policy::Effective;
use crate::protocol::syncml::{Command, SyncMl};
use crate::rule::Made;
use crate::store::{Error, Standing, Transaction};
use crate::template::StatusPage;
use crate::token::EnrollCode;

use super::book::Book;
use super::heard::Heard;
use super::session::{Session, State};
use super::{again, identity, leaving, opening, own, tell};

/// A message, and what is needed to answer it.
pub(super) struct Turn {
    device: ObjectId,
    package: SyncMl,
    provider_id: Arc<str>,
    now: Timestamp,
    made: Made,
}

/// What comes of a message.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// What the device is told next.
    pub(super) commands: Vec<Command>,
    /// Whether its session begins with this.
    pub(super) opens: bool,
    /// Whether it answered that it has left.
    pub(super) has_left: bool,
}

impl Turn {
    pub(super) fn new(
        device: ObjectId,
        package: SyncMl,
        provider_id: &Arc<str>,
        now: Timestamp,
    ) -> Self {
        let made = Made {
            random: EnrollCode::generate().reveal().to_owned(),
            date: now.strftime("%Y-%m-%d").to_string(),
            ..Made::default()
        };
        Self {
            device,
            package,
            provider_id: Arc::clone(provider_id),
            now,
            made,
        }
    }

    /// Takes the answers in, and chooses what the device is told next.
    pub(super) fn take(self, tx: &mut Transaction<'_>) -> Result<Told, Error> {
        let standing = tx.management_standing::<Session>(self.device)?;
        let (Some(mut device), Some(standing)) = (tx.device(self.device)?, standing) else {
            return Ok(Told::default());
        };
        let package = &self.package;
        let heard = Heard::of(package);
        let session = Session::of(package, standing.session.clone());
        let (opens, goes_on) = (session.opens_with(package), opening::goes_on(package));
        if device.state == DeviceState::DeleteRequested {
            self.keep(tx, &standing, &session)?;
            if goes_on {
                return Ok(Told::default());
            }
            let (commands, has_left) = leaving::dismiss(opens, &heard, &self.provider_id);
            return Ok(Told {
                commands,
                opens,
                has_left,
            });
        }
        let mut book = Book::open(tx.deliveries(device.id)?);
        book.hear(&heard, self.now);
        self.learn(tx, &mut device, &heard, &book)?;
        let asks = opens && self.is_to_be_asked(&device);
        let page = status_page(tx, &device)?;
        let policies = tx.assigned_policies(device.organization_id, &device.policies)?;
        let effective = Effective::of(&policies);
        let wishes = own::wishes(
            &device,
            effective,
            page.as_ref(),
            &self.provider_id,
            |uri| book.has(uri),
        );
        book.reconcile(wishes);
        let message = &package.header.msg_id;
        let (state, commands) = match asks {
            _ if goes_on || !Session::goes_on(package) => (State::Done, Vec::new()),
            true => (State::Identity, identity::questions(&self.provider_id)),
            false => {
                let (state, due) = book.due(&session, message, self.now);
                (state, tell::commands(due, &session, message, self.now))
            }
        };
        tracing::debug!(device = %device.id, ?state, commands = commands.len(), "a management session goes on");
        book.write(tx, device.id)?;
        if !commands.is_empty() || goes_on {
            self.keep(tx, &standing, &session)?;
        } else if !book.waits() && !self.is_to_be_asked(&device) {
            tx.settle(self.device, standing.policy_changes)?;
        }
        Ok(Told {
            commands,
            opens,
            has_left: false,
        })
    }

    fn is_to_be_asked(&self, device: &Device) -> bool {
        let reevaluate = device.decision.as_ref().is_some_and(|it| it.reevaluate);
        reevaluate || identity::is_due(device.inventory.as_ref(), self.now)
    }

    /// Takes in what the device told of itself: the rules that waited for it are asked again.
    fn learn(
        &self,
        tx: &mut Transaction<'_>,
        device: &mut Device,
        heard: &Heard<'_>,
        book: &Book,
    ) -> Result<(), Error> {
        let mut inventory = device.inventory.clone().unwrap_or_default();
        let provider_id = &self.provider_id;
        if identity::learn(&mut inventory, &self.package, heard, provider_id, self.now) {
            tx.write_inventory(device.id, &inventory)?;
            device.inventory = Some(inventory.clone());
        }
        let answered = inventory.asked_at == Some(self.now);
        let reevaluate = device.decision.as_ref().is_some_and(|it| it.reevaluate);
        let named = book
            .answered(own::COMPUTER_NAME)
            .filter(|_| device.computer_name.is_some());
        if !(answered && reevaluate) && named.is_none() {
            return Ok(());
        }
        if let Some(code) = named {
            device.computer_name = None;
            if code >= 300 {
                tracing::warn!(device = %device.id, code, "the device does not take its computer name");
            }
        }
        if answered && reevaluate {
            again::decide_again(tx, device, self.made.clone())?;
        }
        device.updated_at = Some(self.now);
        let read = device.revision;
        // Whoever changed the device meanwhile is right: the next session asks again.
        tx.update_decided_device(device, read)?;
        Ok(())
    }

    /// Keeps what has to be known of the session for its next message.
    fn keep(
        &self,
        tx: &mut Transaction<'_>,
        standing: &Standing<Session>,
        session: &Session,
    ) -> Result<(), Error> {
        if standing.session.as_ref() != Some(session) {
            tx.write_session(self.device, session)?;
        }
        Ok(())
    }
}

/// What the template of a device says of the Enrollment Status Page.
fn status_page(tx: &mut Transaction<'_>, device: &Device) -> Result<Option<StatusPage>, Error> {
    let Some(template) = device.template_id else {
        return Ok(None);
    };
    let found = tx.template(device.organization_id, template)?;
    Ok(found.and_then(|found| found.template.body.status_page))
}
