//! The graceful stop: not ready at once, replies that close, then no new connections, then the end.
//!
//! A load balancer needs a moment to see that readiness is gone. In that moment everything is still
//! answered, every reply says `Connection: close`, and only then do the listeners stop accepting.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;

use super::listener::{self, Listeners};

/// Where the process stands, for the health routes and for every reply; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<AtomicU8>);

/// The three stages of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Not everything is up yet.
    Starting,
    /// Requests are welcome.
    Ready,
    /// On the way out: answering, not asking for more.
    Draining,
}

impl Readiness {
    /// A process that starts.
    pub fn new() -> Self {
        Self::default()
    }

    /// The present stage.
    pub fn stage(&self) -> Stage {
        match self.0.load(Ordering::Acquire) {
            STARTING => Stage::Starting,
            READY => Stage::Ready,
            _ => Stage::Draining,
        }
    }

    /// Whether the process should be sent requests.
    pub fn is_ready(&self) -> bool {
        self.stage() == Stage::Ready
    }

    /// Starting becomes ready; a draining process stays so.
    pub fn ready(&self) {
        // An error says that the process is not starting, and then there is nothing to do.
        let _ = self
            .0
            .compare_exchange(STARTING, READY, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Any stage becomes draining, for good.
    pub fn drain(&self) {
        self.0.store(DRAINING, Ordering::Release);
    }
}

/// What the operating system asks of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM: stop, gracefully and behind a load balancer.
    Terminate,
    /// SIGINT: stop gracefully, without the delay for a load balancer.
    Interrupt,
    /// SIGHUP: read the certificates again.
    HangUp,
}

/// Starts to listen for signals; from here on they no longer end the process by themselves.
///
/// # Errors
/// [`Error::Signals`] when the system refuses a handler.
pub fn signals() -> Result<mpsc::Receiver<Signal>, Error> {
    let (sender, receiver) = mpsc::channel(8);
    os::forward(&sender).map_err(Error::Signals)?;
    Ok(receiver)
}

/// Serves until a signal asks to stop, and stops.
///
/// On SIGTERM readiness ends at once, `delay` later the listeners close, and what is in flight has
/// the listeners' shutdown timeout to finish; SIGINT leaves out the delay. A second one of either
/// ends everything at once. SIGHUP calls `reload`.
///
/// # Errors
/// [`Error::Listener`] when a listener ends without having been asked to.
pub async fn run_until_signal(
    mut listeners: Listeners,
    readiness: &Readiness,
    delay: Duration,
    mut signals: mpsc::Receiver<Signal>,
    reload: impl Fn(),
) -> Result<(), Error> {
    let delay = loop {
        let signal = tokio::select! {
            signal = received(&mut signals) => signal,
            error = listeners.failed() => return Err(error.into()),
        };
        match signal {
            Signal::HangUp => reload(),
            Signal::Interrupt => break Duration::ZERO,
            Signal::Terminate => break delay,
        }
    };
    readiness.drain();
    tracing::info!(delay_seconds = delay.as_secs(), "draining");
    let gently = async {
        sleep(delay).await;
        listeners.stop().await;
    };
    let finished = tokio::select! {
        () = gently => true,
        () = asked_again(&mut signals) => false,
    };
    if finished {
        tracing::info!("stopped");
    } else {
        tracing::warn!("stopped at once by a second signal");
        listeners.abort();
    }
    Ok(())
}

async fn asked_again(signals: &mut mpsc::Receiver<Signal>) {
    while received(signals).await == Signal::HangUp {}
}

/// The next signal; never, once nobody can send one.
async fn received(signals: &mut mpsc::Receiver<Signal>) -> Signal {
    match signals.recv().await {
        Some(signal) => signal,
        None => pending().await,
    }
}

#[cfg(unix)]
mod os {
    use super::{Signal, io, mpsc};
    use tokio::signal::unix::{SignalKind, signal};

    pub(super) fn forward(sender: &mpsc::Sender<Signal>) -> io::Result<()> {
        let kinds = [
            (SignalKind::terminate(), Signal::Terminate),
            (SignalKind::interrupt(), Signal::Interrupt),
            (SignalKind::hangup(), Signal::HangUp),
        ];
        for (kind, meaning) in kinds {
            let mut stream = signal(kind)?;
            let sender = sender.clone();
            tokio::spawn(async move {
                while stream.recv().await.is_some() && sender.send(meaning).await.is_ok() {}
            });
        }
        Ok(())
    }
}

#[cfg(not(unix))]
mod os {
    use super::{Signal, io, mpsc};
    use tokio::signal::ctrl_c;

    pub(super) fn forward(sender: &mpsc::Sender<Signal>) -> io::Result<()> {
        let sender = sender.clone();
        tokio::spawn(async move {
            while ctrl_c().await.is_ok() && sender.send(Signal::Interrupt).await.is_ok() {}
        });
        Ok(())
    }
}

/// Why serving ended badly.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refuses a signal handler.
    #[error("cannot listen for signals")]
    Signals(#[source] io::Error),
    /// A listener ended by itself.
    #[error(transparent)]
    Listener(#[from] listener::Error),
}

const STARTING: u8 = 0;
const READY: u8 = 1;
const DRAINING: u8 = 2;

#[cfg(test)]
mod tests;
