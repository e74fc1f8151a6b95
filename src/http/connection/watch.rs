//! The watch over connections that stand still.

use std::net::Shutdown;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use actix_web::rt::net::TcpStream;
use socket2::{SockRef, Socket};
use tokio::time::{MissedTickBehavior, interval};

use super::Admitted;

/// One open connection as the watch sees it.
#[derive(Debug)]
pub(super) struct Open {
    /// A second handle of the socket; without one (no descriptor left) the watch cannot act.
    socket: Option<Socket>,
    since: Instant,
    /// Requests that a handler is working on.
    busy: AtomicU32,
    /// Milliseconds from `since` to the last sign of progress.
    progress: AtomicU64,
    /// Milliseconds from `since` at which to close come what may.
    deadline: AtomicU64,
    _admitted: Admitted,
}

impl Open {
    pub(super) fn new(tcp: &TcpStream, admitted: Admitted) -> Self {
        Self {
            socket: SockRef::from(tcp).try_clone().ok(),
            since: Instant::now(),
            busy: AtomicU32::new(0),
            progress: AtomicU64::new(0),
            deadline: AtomicU64::new(u64::MAX),
            _admitted: admitted,
        }
    }

    fn elapsed(&self) -> u64 {
        milliseconds(self.since.elapsed())
    }

    fn is_over(&self, stalled_after: Duration) -> bool {
        let now = self.elapsed();
        let stalled = !stalled_after.is_zero()
            && self.busy.load(Relaxed) == 0
            && now.saturating_sub(self.progress.load(Relaxed)) >= milliseconds(stalled_after);
        stalled || now >= self.deadline.load(Relaxed)
    }
}

/// A connection's handle on the watch, in the connection's extensions.
#[derive(Clone, Debug)]
pub struct Tracked(Option<Arc<Open>>);

impl Tracked {
    /// A connection that was over the cap and is shut down.
    pub(super) fn refused() -> Self {
        Self(None)
    }

    /// Whether the connection was over the cap; a request read from it must not be answered.
    pub fn is_refused(&self) -> bool {
        self.0.is_none()
    }

    /// Notes that a handler works on a request, until the result is dropped.
    pub fn busy(&self) -> Busy {
        if let Some(open) = &self.0 {
            open.busy.fetch_add(1, Relaxed);
        }
        Busy(self.clone())
    }

    /// Notes that the client took something of a reply.
    pub fn progress(&self) {
        if let Some(open) = &self.0 {
            open.progress.store(open.elapsed(), Relaxed);
        }
    }

    /// Closes the connection `after` at the latest, for a body that nobody will read to its end.
    pub fn close_within(&self, after: Duration) {
        if let Some(open) = &self.0 {
            let at = open.elapsed().saturating_add(milliseconds(after));
            open.deadline.fetch_min(at, Relaxed);
        }
    }
}

/// A handler at work on a connection, which keeps the watch off it.
#[derive(Debug)]
pub struct Busy(Tracked);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.progress();
        if let Some(open) = &self.0.0 {
            open.busy.fetch_sub(1, Relaxed);
        }
    }
}

/// All open connections.
#[derive(Debug)]
pub(super) struct Watch {
    stalled_after: Duration,
    open: Mutex<Vec<Weak<Open>>>,
}

impl Watch {
    pub(super) fn new(stalled_after: Duration) -> Self {
        Self {
            stalled_after,
            open: Mutex::default(),
        }
    }

    pub(super) fn add(&self, open: Open) -> Tracked {
        let open = Arc::new(open);
        let mut all = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(Arc::downgrade(&open));
        Tracked(Some(open))
    }

    pub(super) async fn sweep(&self) {
        let often = self.stalled_after / 4;
        let mut ticks = interval(often.clamp(SHORTEST, LONGEST));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.close_what_is_over();
        }
    }

    fn close_what_is_over(&self) {
        let mut all = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|open| {
            let Some(open) = open.upgrade() else {
                return false;
            };
            let over = open.is_over(self.stalled_after);
            if let Some(socket) = open.socket.as_ref().filter(|_| over) {
                // What fails here is a socket that is closed already.
                drop(socket.shutdown(Shutdown::Both));
            }
            !over
        });
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// How often the watch looks, at the most and at the least.
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(1);
