//! Many PCs at once: load for a server, and a report of how it took it.

mod tally;

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::{JoinError, JoinSet};

use self::tally::Tally;
use super::random::Random;
use super::{
    Credential, CsrForm, DeviceKey, Identity, KeyError, Network, NetworkError, Odd, Pc, Report,
    Settings,
};

/// Many PCs that enroll with the same settings.
#[derive(Debug, Clone)]
pub struct Fleet {
    /// How each PC enrolls.
    pub settings: Settings,
    /// Credentials that the PCs take in turn, instead of the one of the settings; may be empty.
    pub credentials: Vec<Credential>,
    /// How many PCs.
    pub count: usize,
    /// How many enroll at once.
    pub concurrency: usize,
    /// What makes the PCs the same again; see [`random_seed`](super::random_seed).
    pub seed: u64,
    /// Whether each PC is [`Odd`].
    pub hostile: bool,
    /// Whether each PC renews its certificate once it is enrolled.
    pub renew: bool,
    /// What keys they make, before the clock starts.
    pub key: DeviceKey,
    /// Whose connections they use.
    pub connections: Connections,
    /// Whether progress is shown on standard error, if that is a terminal.
    pub progress: bool,
}

/// Whose connections the PCs of a fleet use. Management sessions, which show a certificate, always have their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Connections {
    /// All share a pool: the load is that of the enrollments.
    #[default]
    Shared,
    /// Each its own, as real PCs: the load is that of TLS as well.
    PerPc,
}

/// Why a fleet could not start or finish.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// The connections could not be prepared.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A key could not be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A PC's certificate request could not be made.
    #[error("a PC could not be prepared")]
    Pc(#[source] super::Error),
    /// A task of the runtime ended early.
    #[error("a task of the fleet ended early")]
    Task(#[from] JoinError),
}

impl Fleet {
    /// `count` PCs of one seed, eight at once.
    pub const fn new(settings: Settings, count: usize, seed: u64) -> Self {
        Self {
            settings,
            credentials: Vec::new(),
            count,
            concurrency: 8,
            seed,
            hostile: false,
            renew: false,
            key: DeviceKey::Rsa2048,
            connections: Connections::Shared,
            progress: false,
        }
    }

    /// Makes the PCs with their keys, then enrolls them all.
    ///
    /// # Errors
    /// [`FleetError`], when the fleet itself fails; what servers do to its PCs is in the report.
    pub async fn run(&self, network: &Network) -> Result<Report, FleetError> {
        let pcs = self.prepare(network).await?;
        let bar = self.bar("enrolling");
        let queue = Arc::new(Mutex::new(VecDeque::from(pcs)));
        let since = Instant::now();
        let mut workers = JoinSet::new();
        for _ in 0..self.concurrency.clamp(1, self.count.max(1)) {
            workers.spawn(work(Arc::clone(&queue), self.renew, bar.clone()));
        }
        let mut tally = Tally::default();
        while let Some(done) = workers.join_next().await {
            tally.merge(done?);
        }
        let elapsed = since.elapsed();
        bar.finish_and_clear();
        Ok(tally.report(self.count, self.renew, elapsed))
    }

    /// Makes the PCs, on all processors.
    async fn prepare(&self, network: &Network) -> Result<Vec<Pc>, FleetError> {
        let bar = self.bar("making keys");
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let mut makers = JoinSet::new();
        for first in 0..threads {
            let (fleet, network, bar) = (self.clone(), network.clone(), bar.clone());
            makers.spawn_blocking(move || {
                let mine = (first..fleet.count).step_by(threads);
                let pcs = mine.map(|number| fleet.pc(number, &network).inspect(|_| bar.inc(1)));
                pcs.collect::<Result<Vec<_>, _>>()
            });
        }
        let mut pcs = Vec::with_capacity(self.count);
        while let Some(made) = makers.join_next().await {
            pcs.extend(made??);
        }
        bar.finish_and_clear();
        Ok(pcs)
    }

    /// The PC of this number; 0 is the first.
    fn pc(&self, number: usize, network: &Network) -> Result<Pc, FleetError> {
        let mut random = Random::fork(self.seed, u64::try_from(number).unwrap_or(u64::MAX));
        let identity = Identity::random(random.next());
        let mut settings = self.settings.clone();
        if let Some(credential) = self.credentials.get(number % self.credentials.len().max(1)) {
            settings.credential = credential.clone();
        }
        if self.hostile && random.once_in(2) {
            settings.csr = CsrForm::Windows10;
        }
        let network = match self.connections {
            Connections::Shared => network.clone(),
            Connections::PerPc => network.separate()?,
        };
        let pc =
            Pc::new(settings, identity, self.key.generate()?, network).map_err(FleetError::Pc)?;
        Ok(if self.hostile {
            pc.oddly(Odd::new(random.next()))
        } else {
            pc
        })
    }

    fn bar(&self, what: &'static str) -> ProgressBar {
        if !self.progress {
            return ProgressBar::hidden();
        }
        // Standard error; nothing is drawn unless it is a terminal.
        let bar =
            ProgressBar::new(u64::try_from(self.count).unwrap_or(u64::MAX)).with_message(what);
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }
}

/// Enrolls one PC after the other until there is none, and renews its certificate if it is to.
async fn work(queue: Arc<Mutex<VecDeque<Pc>>>, renew: bool, bar: ProgressBar) -> Tally {
    let mut tally = Tally::default();
    loop {
        let next = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        let Some(pc) = next else { return tally };
        let since = Instant::now();
        let outcome = pc
            .enroll_observed(&mut |step, took| tally.step(step, took))
            .await;
        match outcome {
            Ok(enrolled) => {
                tally.enrolled(&enrolled, since.elapsed());
                if renew {
                    let since = Instant::now();
                    match pc.renew(&enrolled.enrollment).await {
                        Ok(_) => tally.renewed(since.elapsed()),
                        Err(error) => tally.disappointed(&error),
                    }
                }
            }
            Err(error) => tally.disappointed(&error),
        }
        bar.inc(1);
    }
}

const TEMPLATE: &str = "{msg:12} {wide_bar} {pos}/{len} {per_sec} {eta}";
