//! The authority of the installation: the root, the issuing CA, and the certificates of devices.
//!
//! RFC 5280 certificates, RFC 2986 requests (the PKCS#10 that MS-WSTEP carries). The module decides what
//! a certificate says and signs it; it does not know tokens, devices or a database, and it reads no clock:
//! every moment is a parameter. A device certificate is made in two steps, so that the plan can be stored
//! before anything is signed: [`Authority::plan`], then [`Authority::sign`].

mod armor;
mod authority;
mod certificate;
mod cms;
mod create;
mod crl;
mod csr;
mod der;
mod error;
mod export;
mod files;
mod import;
mod issue;
mod issuing;
mod key;
mod leaf;
mod live;
mod master;
mod ocsp;
mod passphrase;
mod pkcs11;
mod pointer;
mod private_key;
mod profile;
mod public_key;
mod retire;
mod roots;
mod rotate;
mod sealed;
mod shown;
mod signature;
mod signer;
#[cfg(test)]
mod tests;
mod tls;
mod weak;

pub use authority::{Authority, AuthoritySettings};
pub use certificate::issuing_end;
pub use cms::{CmsError, CmsPart, DetachedSignature, SignedAttribute, SignedRequest};
pub use crl::Crl;
pub use csr::{Csr, CsrError, CsrNote, CsrPart, CsrPolicy};
pub use der::ObjectIdentifier;
pub use error::Error;
pub use import::ImportError;
pub use issue::{DeviceCertificate, Planned, Profile, Serial};
pub use key::{KeyKind, UnknownKeyKind};
pub use leaf::Origin;
pub use live::LiveAuthority;
pub use master::{Changed as MasterKeyChanged, MasterKey, Origin as MasterKeyOrigin};
pub use ocsp::{OcspCertificate, OcspFault, OcspQuestion, OcspSigner};
pub use pkcs11::{TokenError, TokenSettings};
pub use pointer::Pointers;
pub use profile::Deviation;
pub use public_key::DeviceKey;
pub use roots::Chain;
pub use rotate::{RemovedKey, Rotation};
pub use shown::{Kind as ShownKind, Shown, Standing};
pub use tls::TlsIdentity;
pub use weak::Weakness;

use crate::id::hex;
