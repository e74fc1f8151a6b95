//! The roots: which are in force, which key is here, and which chain belongs to a certificate.

use rcgen::{KeyPair, PublicKeyData};

use super::armor;
use super::authority::Authority;
use super::certificate::{CERTIFICATE, CaCertificate};
use super::error::Error;
use super::files::{self, Paths};
use super::issuing::Issuing;
use super::master::MasterKey;
use super::sealed::load_key;

/// The roots that are known.
pub(super) struct Roots {
    pub(super) newest: CaCertificate,
    /// All, the newest first, then by when they came into force, the latest first.
    pub(super) all: Vec<CaCertificate>,
    /// The ids of those in force: the newest, those of the CAs in force, and the one of the TLS certificate.
    in_force: Vec<String>,
}

/// The CAs above a device's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The issuing CA, then the CAs between it and the root: DER.
    pub intermediates: Vec<Vec<u8>>,
    /// The root: DER.
    pub root: Vec<u8>,
}

impl Roots {
    pub(super) fn of(
        known: Vec<CaCertificate>,
        active: &Issuing,
        retiring: &[Issuing],
        paths: &Paths,
    ) -> Self {
        let mut all = known;
        let newest = all.first().unwrap_or(&active.root).clone();
        all.sort_by_key(|root| std::cmp::Reverse((root.id == newest.id, root.since)));
        let tls = tls_certificate(paths);
        let needed = |root: &&CaCertificate| {
            root.id == newest.id
                || root.id == active.root.id
                || retiring.iter().any(|it| it.root.id == root.id)
                || tls
                    .as_ref()
                    .is_some_and(|der| root.has_signed(der).is_some())
        };
        let in_force = all.iter().filter(needed).map(|root| root.id.clone());
        Self {
            in_force: in_force.collect(),
            newest,
            all,
        }
    }

    /// Those in force, the newest first.
    pub(super) fn in_force(&self) -> impl Iterator<Item = &CaCertificate> {
        self.all.iter().filter(|root| self.is_in_force(root))
    }

    pub(super) fn is_in_force(&self, root: &CaCertificate) -> bool {
        self.in_force.contains(&root.id)
    }
}

impl CaCertificate {
    /// The key of this root, if it is here.
    pub(super) fn root_key(
        &self,
        paths: &Paths,
        master: &MasterKey,
        known: &[Self],
    ) -> Result<Option<KeyPair>, Error> {
        if let Some(key) = self.load_key(&paths.key("root", self.short_id()), master)? {
            return Ok(Some(key));
        }
        if self.path != paths.root_certificate {
            return Ok(None);
        }
        let key = load_key(&paths.root_key, master)?;
        let Some(key) = key else { return Ok(None) };
        let spki = key.subject_public_key_info();
        if spki == self.spki {
            return Ok(Some(key));
        }
        // An interrupted rotation leaves the earlier root's key here, which stands elsewhere as well.
        let is_earlier = known
            .iter()
            .any(|root| root.path != self.path && root.spki == spki);
        match is_earlier {
            true => Ok(None),
            false => Err(Error::KeyMismatch {
                key: paths.root_key.clone(),
                certificate: self.path.clone(),
            }),
        }
    }

    /// Requires that the key of this root, if it is here, is closed to others and fits.
    pub(super) fn check_key(
        &self,
        paths: &Paths,
        master: &MasterKey,
        known: &[Self],
    ) -> Result<(), Error> {
        self.root_key(paths, master, known).map(drop)
    }
}

impl Chain {
    /// The certificate and its chain in PEM, the root last.
    pub fn to_pem(&self, certificate: &[u8]) -> String {
        let above = self.intermediates.iter().map(Vec::as_slice);
        [certificate]
            .into_iter()
            .chain(above)
            .chain([self.root.as_slice()])
            .map(|der| armor::encode("CERTIFICATE", der))
            .collect()
    }
}

impl Authority {
    /// The chain of a certificate that one of our CAs in force signed with its key; none for anybody else's, whatever
    /// names it bears.
    pub fn chain_of(&self, certificate: &[u8]) -> Option<Chain> {
        let signed = |it: &&Issuing| it.certificate.has_signed(certificate).is_some();
        let issuing = self.issuing().find(signed)?;
        let between = issuing.between.iter().map(|it| it.der.clone());
        let intermediates = std::iter::once(issuing.certificate.der.clone()).chain(between);
        Some(Chain {
            intermediates: intermediates.collect(),
            root: issuing.root.der.clone(),
        })
    }

    /// The roots in force that came after the issuing CA with this id, the newest first: what a device lacks whose
    /// certificate is of that CA. An id that is not known lacks them all.
    pub fn roots_since(&self, issuer: &str) -> Vec<&[u8]> {
        let since = self
            .issuing()
            .find(|it| it.certificate.id == issuer)
            .map(|it| it.certificate.since);
        let had = |root: &CaCertificate| since.is_some_and(|since| root.since <= since);
        let lacking = self.roots.in_force().filter(|root| !had(root));
        lacking.map(|root| root.der.as_slice()).collect()
    }

    /// Whether the TLS certificate may stay: one of the roots in force signed it with its key, and none is to take over
    /// from that one.
    pub fn keeps_tls(&self, certificate: &[u8]) -> bool {
        let signer = self
            .roots
            .in_force()
            .find(|root| root.has_signed(certificate).is_some());
        let Some(signer) = signer else { return false };
        match self.tls_root() {
            Ok((root, _)) => root.id == signer.id || self.cross(root).is_none(),
            Err(_) => true,
        }
    }

    /// The root that signs the TLS certificate, with its key: the newest one where the one before vouches for it, else
    /// the one that devices have had the longest.
    pub(super) fn tls_root(&self) -> Result<(&CaCertificate, KeyPair), Error> {
        let issues = |root: &CaCertificate| self.issuing().any(|it| it.root.id == root.id);
        let mut roots: Vec<&CaCertificate> = self.roots.in_force().collect();
        roots.sort_by_key(|root| (self.cross(root).is_none(), !issues(root), root.since));
        // Of several that were vouched for, the newest.
        let vouched = roots.partition_point(|root| self.cross(root).is_some());
        if let Some(vouched) = roots.get_mut(..vouched) {
            vouched.sort_by_key(|root| std::cmp::Reverse(root.since));
        }
        self.first_with_key(&roots)
    }

    /// The certificate of a root's key by the root before it, in DER.
    pub(super) fn cross(&self, root: &CaCertificate) -> Option<CaCertificate> {
        CaCertificate::load(&self.paths.certificate("cross", root.short_id())).ok()
    }

    /// The first of the roots whose key is here.
    pub(super) fn first_with_key<'r>(
        &self,
        roots: &[&'r CaCertificate],
    ) -> Result<(&'r CaCertificate, KeyPair), Error> {
        for root in roots {
            if let Some(key) = root.root_key(&self.paths, &self.master, &self.roots.all)? {
                return Ok((root, key));
            }
        }
        Err(Error::RootKeyAbsent {
            path: self.paths.root_key.clone(),
        })
    }
}

/// The certificate that the installation made for its listeners, if there is one.
fn tls_certificate(paths: &Paths) -> Option<Vec<u8>> {
    let pem = files::read(&paths.directory.join("tls.pem")).ok()??;
    armor::decode(CERTIFICATE, &pem)
}
