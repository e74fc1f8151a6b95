//! What there is of the authority, for whoever looks at it.

use aws_lc_rs::digest;
use jiff::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::authority::Authority;
use super::certificate::CaCertificate;
use super::error::Error;
use super::hex;

/// A CA of the installation, in force or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Root or issuing CA.
    pub kind: Kind,
    /// How it stands.
    pub standing: Standing,
    /// The SHA-256 of the certificate in lower-case hexadecimal.
    pub id: String,
    /// The SHA-1 of the certificate in lower-case hexadecimal: the name Windows gives it.
    pub thumbprint: String,
    /// The subject Name.
    pub subject: String,
    /// Since when it is in force.
    pub since: Timestamp,
    /// The last second.
    pub not_after: Timestamp,
    /// Whether its private key is here.
    pub has_key: bool,
    /// The URI of its private key, where that is in a token.
    pub key_uri: Option<String>,
    /// The certificate in PEM.
    pub pem: String,
}

/// What a CA signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Other CAs.
    Root,
    /// Devices.
    Issuing,
}

/// How a CA stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It issues; of a root: it is the newest.
    Active,
    /// It issues nothing more, and is trusted until its last certificate has ended.
    Retiring,
    /// All that it issued has ended.
    Retired,
}

impl Standing {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
        }
    }
}

impl Authority {
    /// All roots and issuing CAs, retired ones too: roots first, the newest first.
    ///
    /// # Errors
    ///
    /// What is wrong with the files.
    pub fn shown(&self) -> Result<Vec<Shown>, Error> {
        let mut all = Vec::new();
        for root in &self.roots.all {
            let standing = match self.roots.is_in_force(root) {
                _ if root.id == self.roots.newest.id => Standing::Active,
                true => Standing::Retiring,
                false => Standing::Retired,
            };
            let key = root.root_key(&self.paths, &self.master, &self.roots.all)?;
            all.push(shown(root, Kind::Root, standing, key.is_some()));
        }
        for path in self.paths.list("retired-root", "pem")? {
            let root = CaCertificate::load(&path)?;
            all.push(shown(&root, Kind::Root, Standing::Retired, false));
        }
        let standings =
            std::iter::once(Standing::Active).chain(std::iter::repeat(Standing::Retiring));
        for (it, standing) in self.issuing().zip(standings) {
            all.push(Shown {
                key_uri: it.key.uri(),
                ..shown(&it.certificate, Kind::Issuing, standing, true)
            });
        }
        for path in self.paths.list("retired-issuing", "pem")? {
            let issuing = CaCertificate::load(&path)?;
            all.push(shown(&issuing, Kind::Issuing, Standing::Retired, false));
        }
        Ok(all)
    }
}

fn shown(certificate: &CaCertificate, kind: Kind, standing: Standing, has_key: bool) -> Shown {
    let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &certificate.der);
    let subject = X509Certificate::from_der(&certificate.der)
        .map(|(_, x509)| x509.subject().to_string())
        .unwrap_or_default();
    Shown {
        kind,
        standing,
        id: certificate.id.clone(),
        thumbprint: hex(sha1.as_ref()),
        subject,
        since: certificate.since,
        not_after: certificate.not_after,
        has_key,
        key_uri: None,
        pem: certificate.pem.clone(),
    }
}
