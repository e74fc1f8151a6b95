//! Following the authority's files while serving: a rotation needs no restart.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::ca::{self, Authority, LiveAuthority};
use crate::clock::Clock;

use super::tls::ServerTls;

/// The authority and what is told of it when others of its CAs are in force.
#[derive(Clone)]
pub(super) struct Follow {
    pub(super) authority: Arc<LiveAuthority>,
    pub(super) tls: ServerTls,
    pub(super) clock: Clock,
    /// Makes another TLS certificate where the authority asks for it.
    pub(super) complete: Arc<dyn Fn(&Authority) + Send + Sync>,
}

impl Follow {
    /// Reads the files again if they changed.
    pub(super) fn look(&self) {
        self.follow(self.authority.reload(self.clock.now()));
    }

    /// Reads the files again, changed or not, as a signal asks for.
    pub(super) fn look_now(&self) {
        self.follow(self.authority.reload_now(self.clock.now()));
    }

    fn follow(&self, read: Result<bool, ca::Error>) {
        match read {
            Ok(true) => {
                let current = self.authority.current();
                tracing::info!(
                    issuer = current.issuing_id(),
                    "the authority was read again"
                );
                (self.complete)(&current);
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the authority stays as it was"
            ),
        }
        self.tls.name(&names(&self.authority));
    }

    /// Looks at the files every `period`, as long as the process lives.
    pub(super) fn every(self, period: Duration) {
        tokio::spawn(async move {
            let mut ticks = interval(period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let follow = self.clone();
                if tokio::task::spawn_blocking(move || follow.look())
                    .await
                    .is_err()
                {
                    return;
                }
            }
        });
    }
}

/// The names of the CAs in force.
pub(super) fn names(authority: &LiveAuthority) -> Vec<Vec<u8>> {
    let current = authority.current();
    current.subjects().into_iter().map(<[u8]>::to_vec).collect()
}
