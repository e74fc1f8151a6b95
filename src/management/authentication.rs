//! Which device speaks: by its certificate or its signature, or else by its digest; each bound to its record and to the
//! `Source` of the package.
//!
//! A certificate shown in TLS, or by a trusted proxy, is what Windows has; a signature over the package (`MS-Signature`)
//! and a digest (`syncml:auth-md5`) are for proxies that keep the certificate to themselves. Whatever is shown must be good:
//! nothing better makes up for a bad proof, and without a proof nobody is let in.

mod digest;
mod nonce;
mod signature;

use std::net::IpAddr;
use std::sync::Arc;

use aws_lc_rs::digest as hashed;
use jiff::{SignedDuration, Timestamp};

use crate::ca::MasterKey;
use crate::device::{identifier, same_identifier};
use crate::protocol::syncml::{Command, Meta, SyncMl};
use crate::store::{Error, IssuedTo};
use crate::tally::Tally;

use self::digest::Digests;
use self::signature::Signatures;
use super::{Management, code};

/// What came with a package, to prove which device speaks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown<'a> {
    /// The certificate whose key the device holds, DER.
    pub certificate: Option<&'a [u8]>,
    /// Where the package came from.
    pub address: Option<IpAddr>,
    /// The headers with the signature of the package: both names of it, as often as they came.
    pub signatures: &'a [&'a [u8]],
    /// The package as it was transmitted.
    pub body: &'a [u8],
}

/// What is accepted beside certificates, and how often it may be wrong.
#[derive(Debug, Clone, Copy)]
pub struct ProofSettings {
    /// Whether digests are accepted.
    pub digests: bool,
    /// Wrong digests for one device; 0: any number.
    pub per_device: u32,
    /// Wrong proofs from one address; 0: any number. Addresses of this machine are not counted.
    pub per_address: u32,
    /// The time in which they are counted.
    pub window: SignedDuration,
}

/// What is needed to judge proofs, and what is remembered of them. Cheap to clone.
#[derive(Clone)]
pub struct Proofs(Arc<Remembered>);

struct Remembered {
    settings: ProofSettings,
    digests: Option<Digests>,
    signatures: Signatures,
    wrong: Tally<Tried>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Tried {
    Device(String),
    Address(IpAddr),
}

/// Who speaks. What the device is to prove itself with next goes along.
pub(super) enum Speaker {
    /// This device, which may.
    Device(IssuedTo, Option<Meta>),
    /// Nobody who may: the status of the header.
    Refused(&'static str, Option<Meta>),
}

impl Proofs {
    /// Nothing remembered yet; `now` is when the process began.
    pub fn new(keys: Arc<MasterKey>, settings: ProofSettings, now: Timestamp) -> Self {
        Self(Arc::new(Remembered {
            settings,
            digests: settings.digests.then(|| Digests::new(keys)),
            signatures: Signatures::new(now),
            wrong: Tally::new(settings.window),
        }))
    }
}

impl Remembered {
    /// What is counted when a proof is wrong, with its limit.
    fn tried(
        &self,
        source: Option<&str>,
        address: Option<IpAddr>,
    ) -> impl Iterator<Item = (Tried, u32)> + use<> {
        let limits = self.settings;
        let device = source.map(|source| (Tried::Device(source.to_owned()), limits.per_device));
        let address = address.filter(|address| !address.is_loopback());
        let address = address.map(|address| (Tried::Address(address), limits.per_address));
        let tried = device.into_iter().chain(address);
        tried.filter(|(_, limit)| *limit > 0)
    }
}

impl Management {
    /// The device that is proved: recorded, current, not revoked, and the one that the package names.
    pub(super) fn authenticate(
        &self,
        shown: &Shown<'_>,
        package: &SyncMl,
    ) -> Result<Speaker, Error> {
        let (proofs, now) = (&self.proofs.0, self.clock.now());
        let source = package.header.source.loc_uri.as_str();
        let refused = Speaker::Refused(code::INVALID_CREDENTIALS, None);
        let signed = match signature::read(shown) {
            Ok(signed) => signed,
            Err(fault) => {
                tracing::warn!(reason = %fault, "the signature of a package is refused");
                proofs.wrong.count(proofs.tried(None, shown.address), now);
                return Ok(refused);
            }
        };
        let signer = signed.as_ref().map(|signed| signed.signer.as_slice());
        let mut device: Option<IssuedTo> = None;
        for certificate in shown.certificate.into_iter().chain(signer) {
            let Some(found) = self.holder(certificate, source, now)? else {
                return Ok(refused);
            };
            match &device {
                Some(device) if device.device_id != found.device_id => return Ok(refused),
                Some(_) => {}
                None => device = Some(found),
            }
        }
        // A certificate that was shown proves each message by itself, also one that comes again.
        let beside = shown.certificate.is_some();
        if let (Some(device), Some(signed)) = (&device, &signed)
            && let Err(fault) = proofs.signatures.take(device.device_id, signed, now)
            && !beside
        {
            tracing::warn!(reason = %fault, "the signature of a package is refused");
            return Ok(refused);
        }
        match (device, &proofs.digests) {
            (Some(device), _) => {
                if beside || signed.is_none() {
                    proofs.signatures.go_on(device.device_id);
                }
                Ok(Speaker::Device(device, None))
            }
            (None, Some(digests)) => self.by_digest(digests, shown, package),
            (None, None) => Ok(refused),
        }
    }

    /// Whom a certificate stands for, if that is who the package is from.
    fn holder(
        &self,
        certificate: &[u8],
        source: &str,
        now: Timestamp,
    ) -> Result<Option<IssuedTo>, Error> {
        let hash = hashed::digest(&hashed::SHA256, certificate);
        let look = |hash: &[u8]| {
            self.store
                .look::<_, Error, _>(|tx| tx.usable_certificate(hash, now))
        };
        let found = look(hash.as_ref())?;
        Ok(found.filter(|device| same_identifier(device.client_id.as_deref(), Some(source))))
    }

    /// The device that answers a challenge. Who does not is challenged, whether there is such a device or not.
    fn by_digest(
        &self,
        digests: &Digests,
        shown: &Shown<'_>,
        package: &SyncMl,
    ) -> Result<Speaker, Error> {
        let (proofs, now) = (&self.proofs.0, self.clock.now());
        let named = package.header.source.loc_uri.as_str();
        let source = identifier(named);
        let challenged = |code| {
            Ok(Speaker::Refused(
                code,
                Some(digests.challenge(&source, now)),
            ))
        };
        let Some(cred) = &package.header.cred else {
            return challenged(code::MISSING_CREDENTIALS);
        };
        let tried = || proofs.tried(Some(&source), shown.address);
        if proofs.wrong.is_full(tried(), now) {
            tracing::warn!("too many wrong proofs came before this one, which is not looked at");
            return challenged(code::INVALID_CREDENTIALS);
        }
        let claimants = self.store.look::<_, Error, _>(|tx| {
            let found = tx.claimants(named, now)?;
            if found.is_empty() {
                // As much work as for a device that is there.
                tx.usable_certificate(&[0; 32], now)?;
            }
            Ok(found)
        })?;
        let Some(device) = digests.judge(cred, &source, claimants, now) else {
            proofs.wrong.count(tried(), now);
            return challenged(code::INVALID_CREDENTIALS);
        };
        proofs.signatures.go_on(device.device_id);
        let next = digests.challenge(&source, now);
        // A digest does not tell which of its certificates the device uses now.
        let device = IssuedTo {
            overlap_until: None,
            ..device
        };
        Ok(Speaker::Device(device, Some(next)))
    }
}

/// The reply with the next challenge in the status of its header.
pub(super) fn challenging(mut reply: SyncMl, challenge: Option<Meta>) -> SyncMl {
    if let Some(Command::Status(status)) = reply.body.commands.first_mut() {
        status.chal = challenge;
    }
    reply
}
