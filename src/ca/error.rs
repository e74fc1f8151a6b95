//! What can go wrong with the authority, for its administrator.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;

use super::import::ImportError;
use super::master::Origin;
use super::pkcs11::TokenError;
use super::profile::Deviation;

/// Why the authority cannot be opened or cannot issue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or directory cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file or directory cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A secret's file can be read by others than its owner.
    #[error("{path} is open to other users (mode {mode:04o}): run chmod 600 {path}")]
    LooseMode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A file is larger than any of its kind.
    #[error("{path} is too large to be what its name says")]
    FileTooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The master key is not 32 bytes in base64 or hexadecimal.
    #[error("the master key in {origin} is not 32 bytes in base64 or hexadecimal")]
    MasterKeyFormat {
        /// Where it was found.
        origin: Origin,
    },
    /// Sealed bytes do not open: another master key, another purpose, or altered bytes.
    #[error("sealed data does not open with this master key, or was altered")]
    Unsealing,
    /// A key file does not open.
    #[error("{path} does not open: it was sealed with another master key, or it is damaged")]
    KeyNotOpened {
        /// The file.
        path: PathBuf,
    },
    /// A key file opened, and holds no key of an accepted kind.
    #[error("{path} does not hold an RSA, P-256 or P-384 private key")]
    KeyNotUsable {
        /// The file.
        path: PathBuf,
    },
    /// A file that belongs to the others is not there.
    #[error("{path} is missing: restore it from a backup of this directory")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A file that was named is not there.
    #[error("{path} is not there")]
    NotThere {
        /// The file.
        path: PathBuf,
    },
    /// A file that is to be made is there already.
    #[error("{path} exists already and is left as it is")]
    FileExists {
        /// The file.
        path: PathBuf,
    },
    /// An issuing CA cannot be taken over.
    #[error("{0}")]
    Import(ImportError),
    /// A new master key was not given, and where the present one comes from is not ours to write.
    #[error(
        "the master key comes from {origin}, which is not ours to write: name a file for the new one with --new-key-file"
    )]
    MasterKeyElsewhere {
        /// Where it was found.
        origin: Origin,
    },
    /// The root's key was taken away, and what is asked needs it.
    #[error(
        "{path} is not there, and only the root can sign this: put the file back for as long as it takes, or name it with --root-key"
    )]
    RootKeyAbsent {
        /// Where the key belongs.
        path: PathBuf,
    },
    /// A certificate file holds no usable CA certificate.
    #[error("{path} does not hold a CA certificate that may sign certificates")]
    NotCaCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A private key belongs to another certificate.
    #[error("{key} is not the private key of {certificate}")]
    KeyMismatch {
        /// The key file.
        key: PathBuf,
        /// The certificate file.
        certificate: PathBuf,
    },
    /// A certificate was not signed by the root beside it.
    #[error("{issuing} was not issued by {root}")]
    NotIssuedByRoot {
        /// The certificate.
        issuing: PathBuf,
        /// The root's file.
        root: PathBuf,
    },
    /// A CA certificate has expired.
    #[error("{path} expired at {not_after}: rotate the authority")]
    Expired {
        /// The certificate.
        path: PathBuf,
        /// Its last second.
        not_after: Timestamp,
    },
    /// A CA certificate is not valid yet, so the clock is probably wrong.
    #[error("{path} is valid only from {not_before}: check the clock of this machine")]
    NotYetValid {
        /// The certificate.
        path: PathBuf,
        /// Its first second.
        not_before: Timestamp,
    },
    /// A name is empty, too long, or holds characters that do not belong in it.
    #[error("{name:?} cannot be named in a certificate")]
    Name {
        /// The name.
        name: String,
    },
    /// The validity that was asked for is over before it begins.
    #[error(
        "a certificate of {lifetime_days} days, backdated {backdate_minutes} minutes, would never be valid"
    )]
    Lifetime {
        /// The days asked for.
        lifetime_days: u32,
        /// The minutes it begins earlier.
        backdate_minutes: u32,
    },
    /// A moment lies outside what a certificate can say.
    #[error(
        "the validity of the certificate lies beyond the calendar: check the clock of this machine"
    )]
    BeyondCalendar,
    /// A certificate differs from what the profile says, so it was not signed or not released.
    #[error("the certificate was held back: {0}")]
    HeldBack(Deviation),
    /// An issuing CA that is not, or no longer, in force here.
    #[error("the issuing CA {issuer} is not in force here")]
    NotInForce {
        /// Its id.
        issuer: String,
    },
    /// The encoder or the signer failed.
    #[error("the certificate cannot be made")]
    Encoding(#[from] rcgen::Error),
    /// A token does not make, find or use a key.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The system gave no random bytes.
    #[error("the system gives no random bytes")]
    Randomness,
}
