//! The server's own certificate: swapped while running, and followed in its files.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use aws_lc_rs::digest::{Context, SHA256};
use rustls::InconsistentKeys::KeyMismatch;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use zeroize::Zeroizing;

use super::{Error, provider};

/// The certificate that both listeners present, replaceable without a restart.
///
/// Handshakes under way finish with the certificate they began with.
#[derive(Debug)]
pub struct HotCertificate(ArcSwap<CertifiedKey>);

impl HotCertificate {
    /// Takes a PEM chain, leaf first, and the PEM private key of the leaf.
    ///
    /// # Errors
    /// Whatever makes [`HotCertificate::reload`] refuse a pair.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, Error> {
        Ok(Self(ArcSwap::from_pointee(certified(chain, key)?)))
    }

    /// Puts another chain and key in place; on an error the old pair stays.
    ///
    /// # Errors
    /// When either is not PEM, the chain is empty, or the key is not that of the first certificate.
    pub fn reload(&self, chain: &[u8], key: &[u8]) -> Result<(), Error> {
        self.0.store(Arc::new(certified(chain, key)?));
        Ok(())
    }
}

impl ResolvesServerCert for HotCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// A certificate that follows its two files.
#[derive(Debug)]
pub struct CertificateFiles {
    chain: PathBuf,
    key: PathBuf,
    certificate: Arc<HotCertificate>,
    /// The digest of what was last read, good or bad, so that one bad pair is reported once.
    seen: Mutex<Vec<u8>>,
}

impl CertificateFiles {
    /// Reads the PEM chain and the PEM key from their files.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::FileTooLarge`], or what [`HotCertificate::from_pem`] refuses.
    pub fn open(chain: PathBuf, key: PathBuf) -> Result<Self, Error> {
        let pair = Pair::read(&chain, &key)?;
        Ok(Self {
            certificate: Arc::new(HotCertificate::from_pem(&pair.chain, &pair.key)?),
            seen: Mutex::new(pair.digest()),
            chain,
            key,
        })
    }

    /// The certificate that follows the files.
    pub fn certificate(&self) -> &Arc<HotCertificate> {
        &self.certificate
    }

    /// Reads the files and puts what they hold in place, changed or not: what SIGHUP asks for.
    ///
    /// # Errors
    /// As [`CertificateFiles::open`]; the certificate in use stays.
    pub fn reload(&self) -> Result<(), Error> {
        let pair = Pair::read(&self.chain, &self.key)?;
        self.is_new(&pair);
        self.certificate.reload(&pair.chain, &pair.key)
    }

    /// Reloads when the files' content differs from what was last read; true when it was taken.
    ///
    /// The content is compared and not the file times, which a restored or linked file may keep.
    ///
    /// # Errors
    /// As [`CertificateFiles::reload`]; the same bad content is reported only once.
    pub fn reload_if_changed(&self) -> Result<bool, Error> {
        let pair = Pair::read(&self.chain, &self.key)?;
        if !self.is_new(&pair) {
            return Ok(false);
        }
        self.certificate.reload(&pair.chain, &pair.key)?;
        Ok(true)
    }

    /// Looks at the files every `period` (30 s is customary) until the task is aborted.
    pub fn follow(self: Arc<Self>, period: Duration) -> JoinHandle<()> {
        tokio::spawn(async move {
            let mut ticks = interval(period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let files = Arc::clone(&self);
                match tokio::task::spawn_blocking(move || files.reload_if_changed()).await {
                    Ok(Ok(true)) => tracing::info!("the TLS certificate was reloaded"),
                    Ok(Ok(false)) => {}
                    Ok(Err(error)) => {
                        let cause: &dyn std::error::Error = &error;
                        tracing::warn!(cause, "the TLS certificate stays as it was");
                    }
                    Err(_) => return,
                }
            }
        })
    }

    /// Remembers `pair`; false when it is what was remembered already.
    fn is_new(&self, pair: &Pair) -> bool {
        let digest = pair.digest();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let new = *seen != digest;
        *seen = digest;
        new
    }
}

/// The content of the two files.
struct Pair {
    chain: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

impl Pair {
    fn read(chain: &Path, key: &Path) -> Result<Self, Error> {
        Ok(Self {
            chain: read(chain)?,
            key: Zeroizing::new(read(key)?),
        })
    }

    /// A digest that no other pair of files has, whichever of the two changed.
    fn digest(&self) -> Vec<u8> {
        let mut context = Context::new(&SHA256);
        context.update(&(self.chain.len() as u64).to_be_bytes());
        context.update(&self.chain);
        context.update(&self.key);
        context.finish().as_ref().to_vec()
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::File {
        path: path.to_owned(),
        source,
    };
    let mut content = Vec::with_capacity(16 << 10);
    File::open(path)
        .and_then(|file| file.take(FILE_LIMIT + 1).read_to_end(&mut content))
        .map_err(failed)?;
    if content.len() as u64 > FILE_LIMIT {
        return Err(Error::FileTooLarge {
            path: path.to_owned(),
            limit: FILE_LIMIT,
        });
    }
    Ok(content)
}

fn certified(chain: &[u8], key: &[u8]) -> Result<CertifiedKey, Error> {
    let chain = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<Vec<_>, _>>()
        .map_err(Error::Chain)?;
    if chain.is_empty() {
        return Err(Error::NoCertificate);
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| Error::Key)?;
    CertifiedKey::from_der(chain, key, &provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(KeyMismatch) => Error::Mismatch,
        other => Error::Rejected(other),
    })
}

/// The greatest size of a chain or key file, in bytes.
const FILE_LIMIT: u64 = 1 << 20;
