//! Certificate status, for whoever relies on a device certificate: the revocation list (RFC 5280) and answers by OCSP
//! (RFC 6960).
//!
//! It tells; it does not decide. Whether a device may use its certificate here is looked up in the store at each request
//! and does not wait for a list.

mod crl;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::ca::{self, Authority, LiveAuthority, OcspFault, OcspQuestion, OcspSigner};
use crate::clock::Clock;
use crate::revocation::Standing;
use crate::store::{self, Store};

use self::crl::Seen;

pub use self::crl::PublishedCrl;

/// The service. Cheap to clone; all clones share the list and the signer.
#[derive(Clone)]
pub struct Status(Arc<Parts>);

struct Parts {
    store: Store,
    authority: Arc<LiveAuthority>,
    clock: Clock,
    /// The lists that are served, by the ids of their issuing CAs.
    lists: Mutex<HashMap<String, Seen>>,
    /// Who compares and makes lists: one at a time.
    turn: tokio::sync::Mutex<()>,
    /// The signers of OCSP answers, by the ids of the issuing CAs that they speak for.
    signers: Mutex<HashMap<String, Arc<OcspSigner>>>,
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Status").finish_non_exhaustive()
    }
}

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database.
    #[error("the database")]
    Store(#[from] store::Error),
    /// The authority did not sign.
    #[error("the certificate authority")]
    Authority(#[from] ca::Error),
    /// The thread that signs ended.
    #[error("the list was not signed to its end")]
    Ended,
}

/// An answer by OCSP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspAnswer {
    /// The `OCSPResponse` in DER.
    pub der: Vec<u8>,
    /// When it was made, if it is for everyone who asks the same: without a nonce, and not a fault.
    pub made_at: Option<Timestamp>,
}

impl Status {
    /// For how long an answer may be kept by caches.
    pub const CACHED: SignedDuration = SignedDuration::from_secs(60);

    /// The service over its parts.
    pub fn new(store: Store, authority: Arc<LiveAuthority>, clock: Clock) -> Self {
        Self(Arc::new(Parts {
            store,
            authority,
            clock,
            lists: Mutex::default(),
            turn: tokio::sync::Mutex::new(()),
            signers: Mutex::default(),
        }))
    }

    /// Answers an `OCSPRequest`; what cannot be answered is told as a status.
    pub async fn ocsp(&self, request: &[u8]) -> OcspAnswer {
        match self.answer(request).await {
            Ok(answer) => answer,
            Err(fault) => OcspAnswer {
                der: fault.answer(),
                made_at: None,
            },
        }
    }

    async fn answer(&self, request: &[u8]) -> Result<OcspAnswer, OcspFault> {
        let question = OcspQuestion::read(request)?;
        let (authority, now) = (self.0.authority.current(), self.0.clock.now());
        // One signer speaks for one issuing CA: that of the first certificate that is ours.
        let ours = question.certificates().find_map(|it| it.issuer(&authority));
        let issuer = ours.unwrap_or_else(|| authority.issuing_id());
        let standings = self.0.store.look(|tx| {
            let asked = question.certificates().map(|asked| {
                if asked.issuer(&authority) == Some(issuer) {
                    tx.standing(issuer, asked.serial())
                } else {
                    Ok(Standing::Unknown)
                }
            });
            asked.collect::<Result<Vec<_>, store::Error>>()
        });
        let standings = standings.map_err(|error| unanswered(&error))?;
        let signer = self.signer(&authority, issuer, now).await?;
        let der = signer.answer(&question, &standings, now)?;
        Ok(OcspAnswer {
            der,
            made_at: (!question.has_nonce()).then_some(now),
        })
    }

    /// The signer in office for an issuing CA; a new one when there is none, or when it ends soon.
    async fn signer(
        &self,
        authority: &Arc<Authority>,
        issuer: &str,
        now: Timestamp,
    ) -> Result<Arc<OcspSigner>, OcspFault> {
        let known = self.signers().get(issuer).cloned();
        if let Some(signer) = known.as_ref().filter(|it| it.is_good_at(now)) {
            return Ok(Arc::clone(signer));
        }
        let made = if authority.signs_quickly() {
            authority.ocsp_signer(issuer, now)
        } else {
            let (authority, issuer) = (Arc::clone(authority), issuer.to_owned());
            tokio::task::spawn_blocking(move || authority.ocsp_signer(&issuer, now))
                .await
                .map_err(|_| OcspFault::Internal)?
        };
        let signer = match made {
            Ok(signer) => Arc::new(signer),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "there is no new signer of OCSP answers"
                );
                // The one before is certified for longer than it is in office.
                return known
                    .filter(|it| it.is_certified_at(now))
                    .ok_or(match error {
                        ca::Error::Expired { .. } => OcspFault::Unauthorized,
                        _ => OcspFault::Internal,
                    });
            }
        };
        let mut signers = self.signers();
        signers.retain(|id, _| authority.issuing_ids().any(|it| it == id));
        signers.insert(issuer.to_owned(), Arc::clone(&signer));
        Ok(signer)
    }

    fn signers(&self) -> MutexGuard<'_, HashMap<String, Arc<OcspSigner>>> {
        let signers = self.0.signers.lock();
        signers.unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is told when the store does not.
fn unanswered(error: &store::Error) -> OcspFault {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "certificates could not be looked up for OCSP"
    );
    match error {
        store::Error::Busy | store::Error::Closed => OcspFault::TryLater,
        _ => OcspFault::Internal,
    }
}
