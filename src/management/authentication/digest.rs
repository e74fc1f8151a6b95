//! The digest of OMA DM (`syncml:auth-md5`, OMA-TS-DM_Security 5.3), which proves that a device knows its secret.
//!
//! Every message must carry a digest of its own, over the nonce of the reply before it: that is why a right one is
//! answered with 200 and the next nonce, not with 212 (OMA-TS-SyncML_RepPro), by which the rest of a session would go
//! without. There is no identity in TLS then, and whoever knows a session's id could go on with it.
//!
//! The nonce of the provisioning document is never accepted: whether it was used before this process began, nobody knows. So a
//! session without a certificate begins with a challenge.
//!
//! MD5 is what the protocol prescribes. It stands for no signature and no collision matters here; the secret has 256 random
//! bits.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use uuid::Uuid;

use super::nonce::Nonces;
use crate::ca::MasterKey;
use crate::device::SessionCredentials;
use crate::protocol::syncml::{Cred, Meta};
use crate::store::{Claimant, IssuedTo};

/// Judges digests.
pub(super) struct Digests {
    keys: Arc<MasterKey>,
    nonces: Nonces,
    /// Credentials of nobody, tried where no device is.
    decoy: (Uuid, Vec<u8>),
}

impl Digests {
    pub(super) fn new(keys: Arc<MasterKey>) -> Self {
        let nobody = Uuid::nil();
        let decoy = SessionCredentials::named(nobody).seal(&keys, nobody);
        Self {
            keys,
            nonces: Nonces::new(),
            decoy: (nobody, decoy),
        }
    }

    /// The challenge to whoever calls itself `source`.
    pub(super) fn challenge(&self, source: &str, now: Timestamp) -> Meta {
        Meta {
            format: Some(BASE64.to_owned()),
            kind: Some(MD5_DIGEST.to_owned()),
            next_nonce: Some(STANDARD.encode(self.nonces.next(source, now))),
            ..Meta::default()
        }
    }

    /// Which of those who call themselves `source` the digest is of. Its nonce is spent then.
    pub(super) fn judge(
        &self,
        cred: &Cred,
        source: &str,
        claimants: Vec<Claimant>,
        now: Timestamp,
    ) -> Option<IssuedTo> {
        let given = given(cred)?;
        let is_right = |inner: &str| {
            self.nonces.spend(source, now, |nonce| {
                let expected = outer(inner, nonce.as_bytes());
                verify_slices_are_equal(&expected, &given).is_ok()
            })
        };
        let mut tried: Vec<(Option<IssuedTo>, Uuid, Vec<u8>)> = claimants
            .into_iter()
            .map(|it| (Some(it.device), it.guid, it.credentials))
            .collect();
        if tried.is_empty() {
            let (nobody, sealed) = self.decoy.clone();
            tried.push((None, nobody, sealed));
        }
        let right = tried.into_iter().find(|(_, guid, sealed)| {
            let inner = self.inner(*guid, sealed);
            inner.is_some_and(|inner| is_right(&inner))
        });
        right.and_then(|(device, ..)| device)
    }

    /// The part of a digest that does not change: base64 of MD5 over name and secret.
    fn inner(&self, device: Uuid, sealed: &[u8]) -> Option<String> {
        let Some(credentials) = SessionCredentials::open(&self.keys, device, sealed) else {
            tracing::error!(%device, "the session credentials cannot be opened: was the master key changed?");
            return None;
        };
        Some(inner(
            credentials.name(),
            credentials.device_secret().reveal(),
        ))
    }
}

/// The digest in a `Cred`, if it is one.
fn given(cred: &Cred) -> Option<[u8; 16]> {
    let meta = cred.meta.as_ref()?;
    let is =
        |value: Option<&str>, word: &str| value.is_some_and(|it| it.eq_ignore_ascii_case(word));
    let formatted = meta.format.is_none() || is(meta.format.as_deref(), BASE64);
    if !is(meta.kind.as_deref(), MD5_DIGEST) || !formatted {
        return None;
    }
    let digest = STANDARD.decode(cred.data.reveal().trim()).ok()?;
    digest.try_into().ok()
}

fn inner(name: &str, secret: &str) -> String {
    let mut hash = Md5::new();
    for part in [name, ":", secret] {
        hash.update(part);
    }
    STANDARD.encode(hash.finalize())
}

fn outer(inner: &str, nonce: &[u8]) -> [u8; 16] {
    let mut hash = Md5::new();
    hash.update(inner);
    hash.update(":");
    hash.update(nonce);
    hash.finalize().into()
}

const BASE64: &str = "b64";
const MD5_DIGEST: &str = "syncml:auth-md5";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn a_digest_is_made_as_others_make_it() {
        let folder = std::env::var_os("PORTCULLIS_SHARED").map(std::path::PathBuf::from);
        let folder = folder.unwrap_or_else(|| "../shared".into());
        let path = folder.join("protocol/samples/syncml-md5-vector.json");
        let Ok(text) = std::fs::read(&path) else {
            eprintln!("skipped: {} is not there", path.display());
            return;
        };
        let vector: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let text = |name: &str| vector[name].as_str().unwrap();
        let inner = inner(text("username"), text("password"));
        assert_eq!(inner, text("B64(MD5(user:pass))"));
        let digest = outer(&inner, text("nonce_raw").as_bytes());
        assert_eq!(STANDARD.encode(digest), text("Cred/Data"));
    }

    #[test]
    fn nothing_but_a_digest_is_taken_for_one() {
        let cred = |kind: Option<&str>, format: Option<&str>, data: &str| Cred {
            meta: Some(Meta {
                kind: kind.map(str::to_owned),
                format: format.map(str::to_owned),
                ..Meta::default()
            }),
            data: Secret::new(data),
        };
        let (md5, right) = (Some(MD5_DIGEST), "A/8wiLTB4Rx2xbcy8uFfAw==");
        assert!(given(&cred(md5, Some("b64"), right)).is_some());
        assert!(given(&cred(md5, None, right)).is_some());
        for wrong in [
            cred(Some("syncml:auth-basic"), Some("b64"), right),
            cred(None, Some("b64"), right),
            cred(md5, Some("chr"), right),
            cred(md5, Some("b64"), ""),
            cred(md5, Some("b64"), "A/8wiLTB4Rx2xbcy8uFf"),
            cred(md5, Some("b64"), "A/8wiLTB4Rx2xbcy8uFfA"),
            Cred {
                meta: None,
                data: Secret::new(right),
            },
        ] {
            assert!(given(&wrong).is_none(), "{wrong:?}");
        }
    }
}
