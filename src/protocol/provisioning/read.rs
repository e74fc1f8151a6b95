//! Reading a document as a device does: each thing where it must be, once, of its type.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::certificate::ENCODED_CERTIFICATE;
use super::{
    Certificate, CertificateStore, Characteristic, Csp, Datatype, Error, Parm,
    ProvisioningDocument, thumbprint,
};

/// A characteristic of a known provider.
#[derive(Clone, Copy)]
pub(super) struct Part<'d> {
    csp: Csp,
    characteristic: &'d Characteristic,
}

impl<'d> Part<'d> {
    pub(super) const fn new(csp: Csp, characteristic: &'d Characteristic) -> Self {
        Self {
            csp,
            characteristic,
        }
    }

    /// The parm of this name.
    pub(super) fn parm(&self, name: &'static str) -> Result<Option<&'d Parm>, Error> {
        let found = self.characteristic.parms().filter(|parm| parm.name == name);
        only(self.csp, name, found)
    }

    /// The value of the parm of this name, whatever its datatype.
    pub(super) fn value(&self, name: &'static str) -> Result<Option<&'d str>, Error> {
        Ok(self.parm(name)?.and_then(|parm| parm.value.as_deref()))
    }

    /// The value that must be there and not be empty.
    pub(super) fn required(&self, name: &'static str) -> Result<&'d str, Error> {
        self.value(name)?
            .filter(|value| !value.is_empty())
            .ok_or(Error::Missing {
                csp: self.csp,
                name,
            })
    }

    /// The value that must say its datatype.
    pub(super) fn typed(
        &self,
        name: &'static str,
        expected: Datatype,
    ) -> Result<Option<&'d str>, Error> {
        match self.parm(name)? {
            Some(parm) if parm.datatype != Some(expected) => Err(Error::Datatype {
                csp: self.csp,
                name,
                expected,
            }),
            Some(parm) => Ok(parm.value.as_deref()),
            None => Ok(None),
        }
    }

    /// A number with its datatype.
    pub(super) fn integer(&self, name: &'static str) -> Result<Option<u32>, Error> {
        self.typed(name, Datatype::Integer)?
            .map(|value| self.number(name, value))
            .transpose()
    }

    /// A number without one.
    pub(super) fn bare_number(&self, name: &'static str) -> Result<Option<u32>, Error> {
        self.value(name)?
            .map(|value| self.number(name, value))
            .transpose()
    }

    fn number(&self, name: &'static str, value: &str) -> Result<u32, Error> {
        value.parse().map_err(|_| Error::Value {
            csp: self.csp,
            name,
            expected: "a number",
        })
    }

    /// A truth value with its datatype.
    pub(super) fn boolean(&self, name: &'static str) -> Result<Option<bool>, Error> {
        match self.typed(name, Datatype::Boolean)? {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Error::Value {
                csp: self.csp,
                name,
                expected: "true or false",
            }),
        }
    }

    /// Checks that a value is the only one possible.
    pub(super) fn fixed(&self, name: &'static str, expected: &'static str) -> Result<(), Error> {
        if self.required(name)? == expected {
            return Ok(());
        }
        Err(Error::Value {
            csp: self.csp,
            name,
            expected,
        })
    }

    /// Checks that nothing of this name is there.
    pub(super) fn forbid(&self, name: &'static str) -> Result<(), Error> {
        let mut kinds = self.characteristic.characteristics();
        if self.parm(name)?.is_some() || kinds.any(|child| child.kind == name) {
            return Err(Error::Forbidden {
                csp: self.csp,
                name,
            });
        }
        Ok(())
    }

    /// The characteristic of this name inside.
    pub(super) fn child(&self, name: &'static str) -> Result<Self, Error> {
        let mut kinds = self.characteristic.characteristics();
        let found = kinds
            .by_ref()
            .find(|child| child.kind == name)
            .ok_or(Error::Missing {
                csp: self.csp,
                name,
            })?;
        if kinds.any(|child| child.kind == name) {
            return Err(Error::Repeated {
                csp: self.csp,
                name,
            });
        }
        Ok(Self::new(self.csp, found))
    }
}

/// At most one.
pub(super) fn only<T>(
    csp: Csp,
    name: &'static str,
    mut found: impl Iterator<Item = T>,
) -> Result<Option<T>, Error> {
    let first = found.next();
    if found.next().is_some() {
        return Err(Error::Repeated { csp, name });
    }
    Ok(first)
}

/// The only certificate filed below `path` of the store.
pub(super) fn certificate(
    document: &ProvisioningDocument,
    path: &[&str],
    name: &'static str,
) -> Result<Option<Certificate>, Error> {
    let filed = document.at(path);
    let filed = filed
        .into_iter()
        .flat_map(Characteristic::characteristics)
        .filter(|child| child.kind != PRIVATE_KEY_CONTAINER);
    match only(Csp::CertificateStore, name, filed)? {
        Some(filed) => decode(filed).map(Some),
        None => Ok(None),
    }
}

/// The certificates below `path`, each filed under its thumbprint, none twice.
pub(super) fn certificates(
    document: &ProvisioningDocument,
    path: &[&str],
    name: &'static str,
) -> Result<Vec<Certificate>, Error> {
    let mut all: Vec<Certificate> = Vec::new();
    let filed = document.at(path);
    for filed in filed.into_iter().flat_map(Characteristic::characteristics) {
        let certificate = decode(filed)?;
        if all.contains(&certificate) {
            let csp = Csp::CertificateStore;
            return Err(Error::Repeated { csp, name });
        }
        all.push(certificate);
    }
    Ok(all)
}

/// The device's own certificate and the store it stands in.
pub(super) fn leaf(
    document: &ProvisioningDocument,
) -> Result<(Certificate, CertificateStore), Error> {
    let below = |store: CertificateStore| {
        certificate(document, &[STORE, "My", store.name()], "certificate in My")
    };
    let missing = Error::Missing {
        csp: Csp::CertificateStore,
        name: "certificate in My",
    };
    match (
        below(CertificateStore::User)?,
        below(CertificateStore::System)?,
    ) {
        (Some(leaf), None) => Ok((leaf, CertificateStore::User)),
        (None, Some(leaf)) => Ok((leaf, CertificateStore::System)),
        (None, None) => Err(missing),
        (Some(_), Some(_)) => Err(Error::Repeated {
            csp: Csp::CertificateStore,
            name: "certificate in My",
        }),
    }
}

/// Checks that the top-level characteristics are among those that enrollment accepts.
pub(super) fn check_providers(document: &ProvisioningDocument) -> Result<(), Error> {
    match document
        .characteristics
        .iter()
        .find(|top| !ACCEPTED.contains(&top.kind.as_ref()))
    {
        Some(unknown) => Err(Error::Unknown(unknown.kind.chars().take(64).collect())),
        None => Ok(()),
    }
}

fn decode(filed: &Characteristic) -> Result<Certificate, Error> {
    let encoded = Part::new(Csp::CertificateStore, filed).required(ENCODED_CERTIFICATE)?;
    // As strict as the device: one line, the standard alphabet, padded.
    let der = STANDARD.decode(encoded).map_err(|_| Error::Value {
        csp: Csp::CertificateStore,
        name: ENCODED_CERTIFICATE,
        expected: "base64 on one line",
    })?;
    if thumbprint(&der) != filed.kind {
        return Err(Error::Thumbprint);
    }
    Ok(Certificate {
        thumbprint_hex: filed.kind.clone().into_owned(),
        der,
    })
}

pub(super) const STORE: &str = Csp::CertificateStore.name();
pub(super) const PRIVATE_KEY_CONTAINER: &str = "PrivateKeyContainer";

/// MS-MDE2 2.2.9: the providers that may appear at enrollment.
const ACCEPTED: [&str; 8] = [
    "CertificateStore",
    "APPLICATION",
    "DMClient",
    "RootCATrustedCertificates",
    "ClientCertificateInstall",
    "EnterpriseModernAppManagement",
    "PassportForWork",
    "Policy",
];
