//! Why a device would refuse a document, and what it would show.

use std::fmt;

use super::Datatype;
use crate::xml::{self, DecodeError};

/// The configuration service providers that take part in enrollment: MS-MDE2 2.2.9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Csp {
    /// `CertificateStore`.
    CertificateStore,
    /// `APPLICATION`, known as w7.
    Application,
    /// `DMClient`.
    DmClient,
}

/// Why a document is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// No XML, or XML over the limits.
    #[error(transparent)]
    Xml(#[from] xml::Error),
    /// XML that is no provisioning document.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Something that must be there is not.
    #[error("{csp} has no {name}")]
    Missing {
        /// Where.
        csp: Csp,
        /// What.
        name: &'static str,
    },
    /// Something that may be there once is there more often.
    #[error("{csp} has more than one {name}")]
    Repeated {
        /// Where.
        csp: Csp,
        /// What.
        name: &'static str,
    },
    /// Something that must not be there is.
    #[error("{csp} must not have {name}")]
    Forbidden {
        /// Where.
        csp: Csp,
        /// What.
        name: &'static str,
    },
    /// A value of another kind than it must be.
    #[error("{name} of {csp} is not {expected}")]
    Value {
        /// Where.
        csp: Csp,
        /// Which.
        name: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A datatype that is missing or wrong.
    #[error("{name} of {csp} must say that it is of type {}", expected.name())]
    Datatype {
        /// Where.
        csp: Csp,
        /// Which.
        name: &'static str,
        /// What it should say.
        expected: Datatype,
    },
    /// A certificate under a name that is not the SHA-1 of its DER in upper-case hexadecimal digits.
    #[error("a certificate does not have the hash that it is filed under")]
    Thumbprint,
    /// `DMClient` configures another provider than `APPLICATION`.
    #[error("DMClient and APPLICATION name different providers")]
    Provider,
    /// A schedule on which the device would never call.
    #[error("the poll schedule never polls")]
    NeverPolls,
    /// A schedule with two phases that never end.
    #[error("the poll schedule has two phases without an end")]
    EndlessTwice,
    /// A top-level characteristic that enrollment does not accept.
    #[error("{0} is not accepted during enrollment")]
    Unknown(String),
}

impl Error {
    /// The HRESULT that the device shows: MS-MDE2 and the `MENROLL_E_PROV_*` codes of mdmregistration.h.
    pub const fn hresult(&self) -> u32 {
        const CERTSTORE: u32 = 0x8018_001e;
        const W7: u32 = 0x8018_001f;
        const DMCLIENT: u32 = 0x8018_0020;
        const MISC: u32 = 0x8018_0022;
        const UNKNOWN: u32 = 0x8018_0023;
        match self {
            Self::Xml(_) | Self::Decode(_) => UNKNOWN,
            Self::Unknown(_) => MISC,
            Self::Thumbprint => CERTSTORE,
            Self::Provider | Self::NeverPolls | Self::EndlessTwice => DMCLIENT,
            Self::Missing { csp, .. }
            | Self::Repeated { csp, .. }
            | Self::Forbidden { csp, .. }
            | Self::Value { csp, .. }
            | Self::Datatype { csp, .. } => match csp {
                Csp::CertificateStore => CERTSTORE,
                Csp::Application => W7,
                Csp::DmClient => DMCLIENT,
            },
        }
    }
}

impl Csp {
    /// Its name, the `type` of its characteristic.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CertificateStore => "CertificateStore",
            Self::Application => "APPLICATION",
            Self::DmClient => "DMClient",
        }
    }
}

impl fmt::Display for Csp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
