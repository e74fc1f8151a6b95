//! The authority opened: its certificates, and the issuing CA's key ready to sign.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;

use super::certificate::CaCertificate;
use super::create;
use super::error::Error;
use super::files::Paths;
use super::issuing::Issuing;
use super::key::KeyKind;
use super::master::MasterKey;
use super::pkcs11::TokenSettings;
use super::pointer::Pointers;
use super::roots::Roots;

/// Where the authority lies and what it is made of on the first start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthoritySettings {
    /// The directory of `root.pem`, `root.key`, `issuing.pem` and `issuing.key`.
    pub directory: PathBuf,
    /// The root's key.
    pub root_key: KeyKind,
    /// The issuing CA's key.
    pub issuing_key: KeyKind,
    /// The installation's name, which begins the names of both CAs; at most 53 bytes.
    pub name: String,
    /// Where device certificates say that more is to be had.
    pub pointers: Pointers,
    /// The token in which the keys of issuing CAs are made; none: they lie in files.
    pub token: Option<TokenSettings>,
}

impl AuthoritySettings {
    /// The common names of root and issuing CA.
    pub(super) fn common_names(&self) -> Result<(String, String), Error> {
        Ok((
            self.common_name("Root CA", 1)?,
            self.common_name("Issuing CA", 1)?,
        ))
    }

    /// The common name of the so-manieth root or issuing CA: no two have the same. A long name is shortened for it.
    pub(super) fn common_name(&self, what: &str, number: usize) -> Result<String, Error> {
        let first = format!("{} Issuing CA", self.name);
        if self.name.trim().is_empty() || !is_common_name(&first) {
            return Err(Error::Name {
                name: self.name.clone(),
            });
        }
        if number < 2 {
            return Ok(format!("{} {what}", self.name));
        }
        let rest = format!(" {what} {number}");
        let mut name = self.name.clone();
        while name.len() + rest.len() > 64 {
            name.pop();
        }
        Ok(name.trim_end().to_owned() + &rest)
    }
}

/// The certification authority of the installation: what is in force of it at one moment.
///
/// The active issuing CA issues. Retiring ones issue nothing more; what they issued is trusted until it ends. See
/// [`LiveAuthority`](super::LiveAuthority) for how a running server follows a rotation.
pub struct Authority {
    pub(super) paths: Paths,
    pub(super) master: MasterKey,
    pub(super) roots: Roots,
    pub(super) active: Issuing,
    /// Earlier issuing CAs, the latest first.
    pub(super) retiring: Vec<Issuing>,
    pub(super) signatures: AtomicU64,
}

impl Authority {
    /// Opens the authority, making what is missing of it on the first start: a root of twenty years,
    /// then an issuing CA of five (path length 0, EKU `clientAuth`).
    ///
    /// `root.key` may be taken away afterwards; all but [`Authority::issue_tls`] and a rotation works without it.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or written, is open to others, does not fit the others, was sealed
    /// under another master key, or when a certificate is outside its validity at `now`.
    pub fn open(
        settings: &AuthoritySettings,
        master: &MasterKey,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let paths = Paths::of(settings);
        create::complete(settings, &paths, master, now)?;
        Ok(Self::load(paths, master, Some(now))?.pointing_to(&settings.pointers))
    }

    /// Opens what is there; without a time, whether it has ended or not.
    pub(super) fn load(
        paths: Paths,
        master: &MasterKey,
        now: Option<Timestamp>,
    ) -> Result<Self, Error> {
        let in_time = |certificate: &CaCertificate| match now {
            Some(now) => certificate.check_time(now),
            None => Ok(()),
        };
        let newest = CaCertificate::load(&paths.root_certificate)?;
        in_time(&newest)?;
        let mut known = vec![newest];
        for path in paths.list("root", "pem")? {
            let root = CaCertificate::load(&path)?;
            if known.iter().all(|other| other.id != root.id) {
                known.push(root);
            }
        }
        for root in &known {
            root.check_issuer(root)?;
        }
        let bundle = CaCertificate::load_bundle(&paths.issuing_certificate)?;
        let active = Issuing::open(bundle, &known, &paths, master)?;
        in_time(&active.certificate)?;
        in_time(&active.root)?;
        let mut retiring = Vec::new();
        for path in paths.list("issuing", "pem")? {
            let bundle = CaCertificate::load_bundle(&path)?;
            let is_active = |it: &CaCertificate| it.id == active.certificate.id;
            if !bundle.first().is_some_and(is_active) {
                retiring.push(Issuing::open(bundle, &known, &paths, master)?);
            }
        }
        retiring.sort_by_key(|it| std::cmp::Reverse(it.certificate.since));
        let roots = Roots::of(known, &active, &retiring, &paths);
        // A root's key is looked at for its mode and its match, and then dropped.
        roots.newest.check_key(&paths, master, &roots.all)?;
        Ok(Self {
            master: master.clone(),
            signatures: AtomicU64::new(0),
            paths,
            roots,
            active,
            retiring,
        })
    }

    /// The newest root certificate in DER.
    pub fn root_der(&self) -> &[u8] {
        &self.roots.newest.der
    }

    /// The active issuing CA's certificate in DER.
    pub fn issuing_der(&self) -> &[u8] {
        &self.active.certificate.der
    }

    /// The newest root certificate in PEM.
    pub fn root_pem(&self) -> &str {
        &self.roots.newest.pem
    }

    /// The active issuing CA's certificate in PEM.
    pub fn issuing_pem(&self) -> &str {
        &self.active.certificate.pem
    }

    /// All roots in force, the newest first.
    pub fn roots_der(&self) -> impl Iterator<Item = &[u8]> {
        self.roots.in_force().map(|root| root.der.as_slice())
    }

    /// All roots in force in PEM, the newest first.
    pub fn roots_pem(&self) -> String {
        self.roots
            .in_force()
            .map(|root| root.pem.as_str())
            .collect()
    }

    /// The subject Names of all CAs whose certificates are trusted, in DER: the hint of a TLS certificate request.
    pub fn subjects(&self) -> Vec<&[u8]> {
        let mut subjects: Vec<&[u8]> = Vec::new();
        let issuing = self.issuing().map(|it| &it.certificate);
        for certificate in self.roots.in_force().chain(issuing) {
            if !subjects.contains(&certificate.subject.as_slice()) {
                subjects.push(&certificate.subject);
            }
        }
        subjects
    }

    /// The SHA-256 of the active issuing CA's certificate in lower-case hexadecimal.
    pub fn issuing_id(&self) -> &str {
        &self.active.certificate.id
    }

    /// The ids of the issuing CAs that issue nothing more and are trusted still, the latest first.
    pub fn retiring_ids(&self) -> impl Iterator<Item = &str> {
        self.retiring.iter().map(|it| it.certificate.id.as_str())
    }

    /// Since when the active issuing CA is active.
    pub fn active_since(&self) -> Timestamp {
        self.active.certificate.since
    }

    /// The last second of the newest root.
    pub fn root_not_after(&self) -> Timestamp {
        self.roots.newest.not_after
    }

    /// The last second of the active issuing CA.
    pub fn issuing_not_after(&self) -> Timestamp {
        self.active.certificate.not_after
    }

    /// The URI of the active issuing CA's key, where it is in a token.
    pub fn issuing_key_uri(&self) -> Option<String> {
        self.active.key.uri()
    }

    /// Whether a signature takes so little time, half a millisecond at most, that handing it to another thread costs
    /// more than it saves: P-256 and RSA-2048.
    pub fn signs_quickly(&self) -> bool {
        self.active.signs_quickly()
    }

    /// How many device certificates were signed since the authority was opened.
    pub fn signatures(&self) -> u64 {
        self.signatures.load(Ordering::Relaxed)
    }

    /// The ids of all that is in force.
    pub(super) fn in_force(&self) -> Vec<String> {
        let issuing = self.issuing().map(|it| &it.certificate);
        let all = issuing.chain(self.roots.in_force());
        all.map(|it| it.id.clone()).collect()
    }

    /// The certificate in DER of the issuing CA in force with this id.
    pub fn issuing_der_of(&self, issuer: &str) -> Option<&[u8]> {
        let issuing = self.issuing_of(issuer).ok()?;
        Some(&issuing.certificate.der)
    }

    /// The issuing CA in force with this id.
    pub(super) fn issuing_of(&self, issuer: &str) -> Result<&Issuing, Error> {
        let found = self.issuing().find(|it| it.certificate.id == issuer);
        found.ok_or_else(|| Error::NotInForce {
            issuer: issuer.to_owned(),
        })
    }

    /// The ids of the issuing CAs in force: the active one, then the retiring ones.
    pub fn issuing_ids(&self) -> impl Iterator<Item = &str> {
        self.issuing().map(|it| it.certificate.id.as_str())
    }

    /// The active issuing CA, then the retiring ones.
    pub(super) fn issuing(&self) -> impl Iterator<Item = &Issuing> {
        std::iter::once(&self.active).chain(&self.retiring)
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("issuing_id", &self.issuing_id())
            .finish_non_exhaustive()
    }
}

/// Whether a text can be a common name: not empty, at most 64 bytes (X.520), no control characters.
pub(super) fn is_common_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && !text.chars().any(char::is_control)
}
