//! What a PC keeps between its sessions: the tree, the number of the latest session, and whether it is about to leave.

use std::sync::{Arc, Mutex, PoisonError};

use super::SessionFlaw;
use super::package::{leaves, unenrollment};
use super::tree::Tree;
use crate::protocol::provisioning::Enrollment;
use crate::protocol::syncml::Alert;
use crate::simulator::Pc;

/// What a PC keeps; clones share it.
#[derive(Debug, Clone, Default)]
pub(in crate::simulator) struct Machine(Arc<Mutex<Option<Account>>>);

/// The account at a server.
#[derive(Debug)]
struct Account {
    /// `PROVIDER-ID` and `EntDMID`.
    of: [String; 2],
    tree: Tree,
    sessions: u32,
    departure: Departure,
}

/// Whether a PC leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Departure {
    /// It stays.
    None,
    /// Its next session says that it leaves, and is its last.
    Announced,
    /// It has no account any more.
    Over,
}

/// A session that begins.
pub(super) struct Begun {
    /// `SessionID`: the sessions are counted, in hexadecimal since the second version of the session protocol.
    pub(super) id: String,
    pub(super) alerts: Vec<Alert>,
}

impl Machine {
    /// Begins a session: with what the PC has to say of its own accord if it is about to leave.
    pub(super) fn begin(&self, alerts: &[Alert]) -> Result<Begun, SessionFlaw> {
        let mut account = self.lock();
        let account = account.as_mut().ok_or(SessionFlaw::Left)?;
        let mut alerts = alerts.to_vec();
        match account.departure {
            Departure::None => {}
            Departure::Announced => alerts.push(unenrollment()),
            Departure::Over => return Err(SessionFlaw::Left),
        }
        if alerts.iter().any(leaves) {
            // One attempt, and whatever comes of it the account is gone.
            account.departure = Departure::Over;
        }
        account.sessions += 1;
        Ok(Begun {
            id: format!("{:X}", account.sessions),
            alerts,
        })
    }

    /// The next session says that the PC leaves.
    pub(super) fn announce_departure(&self) {
        if let Some(account) = self.lock().as_mut() {
            account.departure = Departure::Announced;
        }
    }

    /// Does something with the tree.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Tree) -> T) -> Result<T, SessionFlaw> {
        let mut account = self.lock();
        let account = account.as_mut().ok_or(SessionFlaw::Left)?;
        Ok(work(&mut account.tree))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Account>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pc {
    /// Installs an account: the tree begins anew, as what an earlier one left was removed with it.
    pub(in crate::simulator) fn enter(&self, enrollment: &Enrollment) {
        *self.machine.lock() = Some(self.account(enrollment));
    }

    /// Installs an account unless it is the one that the PC has.
    pub(super) fn enter_once(&self, enrollment: &Enrollment) {
        let mut account = self.machine.lock();
        if account.as_ref().is_none_or(|it| it.of != name(enrollment)) {
            *account = Some(self.account(enrollment));
        }
    }

    fn account(&self, enrollment: &Enrollment) -> Account {
        let kind = &self.settings.enrollment_type;
        Account {
            of: name(enrollment),
            tree: Tree::new(&self.identity, kind, enrollment),
            sessions: 0,
            departure: Departure::None,
        }
    }
}

fn name(enrollment: &Enrollment) -> [String; 2] {
    [
        enrollment.application.provider_id.clone(),
        enrollment.dm_client.ent_dm_id.clone(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> Machine {
        let account = Account {
            of: Default::default(),
            tree: Tree::default(),
            sessions: 8,
            departure: Departure::None,
        };
        Machine(Arc::new(Mutex::new(Some(account))))
    }

    #[test]
    fn sessions_are_counted_over_all_clones() {
        let machine = machine();
        let clone = machine.clone();
        let ids = [&machine, &clone].map(|it| it.begin(&[]).ok().map(|begun| begun.id));
        assert_eq!(ids, [Some("9".to_owned()), Some("A".to_owned())]);
    }

    #[test]
    fn the_session_in_which_a_pc_says_that_it_leaves_is_its_last() {
        let (told, of_its_own_accord) = (machine(), machine());
        assert!(told.begin(&[]).is_ok_and(|begun| begun.alerts.is_empty()));
        told.announce_departure();
        let last = told.begin(&[]).ok();
        assert_eq!(last.map(|begun| begun.alerts), Some(vec![unenrollment()]));
        assert!(of_its_own_accord.begin(&[unenrollment()]).is_ok());
        for machine in [told, of_its_own_accord, Machine::default()] {
            assert_eq!(machine.begin(&[]).err(), Some(SessionFlaw::Left));
        }
    }
}
