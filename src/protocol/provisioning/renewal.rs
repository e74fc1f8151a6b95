//! The document of a renewal: the next certificate, and nothing that is already there.

use super::read::{PRIVATE_KEY_CONTAINER, Part, STORE, certificates, check_providers, leaf, only};
use super::{
    Certificate, CertificateStore, Characteristic, Csp, Error, Parm, ProvisioningDocument,
};

/// What a device installs when it renews: MS-MDE2 3.5.4.1.1.2 and, for `APPLICATION`, Windows' own documentation of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    /// The root, when it is another one than before.
    pub root: Option<Certificate>,
    /// Further roots that came into force since.
    pub other_roots: Vec<Certificate>,
    /// The issuing authority, when it is another one than before.
    pub intermediate: Option<Certificate>,
    /// The authorities between it and the root, when they are others.
    pub other_intermediates: Vec<Certificate>,
    /// The new certificate.
    pub leaf: Certificate,
    /// Where the device's certificate stands.
    pub store: CertificateStore,
    /// `PROVIDER-ID` of the account that goes on.
    pub provider_id: String,
}

impl Renewal {
    /// The document.
    pub fn to_document(&self) -> ProvisioningDocument {
        let filed = self
            .leaf
            .to_characteristic()
            .with(Characteristic::new(PRIVATE_KEY_CONTAINER));
        let mut store = Characteristic::new(STORE);
        for (name, first, others) in [
            ("Root", &self.root, &self.other_roots),
            ("CA", &self.intermediate, &self.other_intermediates),
        ] {
            let mut authorities = first.iter().chain(others).peekable();
            if authorities.peek().is_some() {
                store = store.with(in_system(name, authorities));
            }
        }
        let store = store.with(
            Characteristic::new("My").with(Characteristic::new(self.store.name()).with(filed)),
        );
        let application = Characteristic::new(Csp::Application.name())
            .with_parm(Parm::new("PROVIDER-ID", self.provider_id.as_str()));
        ProvisioningDocument {
            characteristics: vec![store, application],
        }
    }

    /// Reads the document as a device does.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn from_document(document: &ProvisioningDocument) -> Result<Self, Error> {
        check_providers(document)?;
        let (leaf, store) = leaf(document)?;
        let path = [
            STORE,
            "My",
            store.name(),
            leaf.thumbprint_hex.as_str(),
            PRIVATE_KEY_CONTAINER,
        ];
        if document.at(&path).len() != 1 {
            return Err(Error::Missing {
                csp: Csp::CertificateStore,
                name: PRIVATE_KEY_CONTAINER,
            });
        }
        let applications = document.at(&[Csp::Application.name()]);
        let application =
            only(Csp::Application, "account", applications.into_iter())?.ok_or(Error::Missing {
                csp: Csp::Application,
                name: "PROVIDER-ID",
            })?;
        let below = |store: &'static str, name| {
            certificates(document, &[STORE, store, "System"], name).map(Vec::into_iter)
        };
        let mut roots = below("Root", "root")?;
        let mut intermediates = below("CA", "intermediate")?;
        Ok(Self {
            root: roots.next(),
            other_roots: roots.collect(),
            intermediate: intermediates.next(),
            other_intermediates: intermediates.collect(),
            provider_id: Part::new(Csp::Application, application)
                .required("PROVIDER-ID")?
                .to_owned(),
            leaf,
            store,
        })
    }
}

/// Authorities' certificates in one of the machine's stores.
pub(super) fn in_system<'c>(
    store: &'static str,
    authorities: impl Iterator<Item = &'c Certificate>,
) -> Characteristic {
    let system = authorities.fold(Characteristic::new("System"), |system, authority| {
        system.with(authority.to_characteristic())
    });
    Characteristic::new(store).with(system)
}
