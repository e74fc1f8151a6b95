//! The document of an enrollment: certificates, the management account, and when to call.

use super::read::{PRIVATE_KEY_CONTAINER, Part, STORE, certificates, check_providers, leaf, only};
use super::renewal::in_system;
use super::{
    Certificate, CertificateStore, Characteristic, Csp, Datatype, DeviceCredential, DmClient,
    Error, Parm, ProvisioningDocument, ServerCredential,
};

/// What a device installs when it enrolls: MS-MDE2 2.2.9.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrollment {
    /// The root that the device's certificate chains to.
    pub root: Certificate,
    /// The issuing authority between the two.
    pub intermediate: Option<Certificate>,
    /// Further roots to trust: those that come into force or leave it.
    pub other_roots: Vec<Certificate>,
    /// The authorities between the issuing one and the root, the nearest first.
    pub other_intermediates: Vec<Certificate>,
    /// The device's certificate.
    pub leaf: Certificate,
    /// Where the device's certificate goes.
    pub store: CertificateStore,
    /// `CertificateStore/My/WSTEP/Renew`.
    pub renew: Renew,
    /// `APPLICATION`.
    pub application: Application,
    /// `DMClient`.
    pub dm_client: DmClient,
}

/// `CertificateStore/My/WSTEP/Renew`: MS-MDE2 2.2.9.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renew {
    /// `ROBOSupport`: the device may renew by itself.
    pub robo_support: bool,
    /// `RenewPeriod`, days before the certificate's end: 1 to 1000.
    pub renew_period: u32,
    /// `RetryInterval`, days: 1 to `renew_period`.
    pub retry_interval: u32,
}

/// `APPLICATION`, the w7 account: MS-MDE2 2.2.9.5. The encoding is always XML, never WBXML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// `PROVIDER-ID`.
    pub provider_id: String,
    /// `NAME`, shown in Settings.
    pub name: String,
    /// `ADDR`, the URL of the management server.
    pub address: String,
    /// `CONNRETRYFREQ`, attempts.
    pub connection_retry_frequency: u32,
    /// `INITIALBACKOFFTIME`, milliseconds.
    pub initial_backoff_ms: u32,
    /// `MAXBACKOFFTIME`, milliseconds.
    pub max_backoff_ms: u32,
    /// `SSLCLIENTCERTSEARCHCRITERIA`, of
    /// [`client_certificate_criteria`](super::client_certificate_criteria).
    pub ssl_client_cert_search_criteria: Option<String>,
    /// `APPAUTH` of level `CLIENT`: by it the server proves itself to the device.
    pub client: ServerCredential,
    /// `APPAUTH` of level `APPSRV`: by it the device proves itself to the server.
    pub server: DeviceCredential,
}

impl Enrollment {
    /// The document.
    pub fn to_document(&self) -> ProvisioningDocument {
        let roots = std::iter::once(&self.root).chain(&self.other_roots);
        let mut store = Characteristic::new(STORE).with(in_system("Root", roots));
        if let Some(intermediate) = &self.intermediate {
            let all = std::iter::once(intermediate).chain(&self.other_intermediates);
            store = store.with(in_system("CA", all));
        }
        let mine = Characteristic::new(self.store.name())
            .with(self.leaf.to_characteristic())
            .with(Characteristic::new(PRIVATE_KEY_CONTAINER));
        let renew = Characteristic::new("WSTEP").with(self.renew.to_characteristic());
        let store = store.with(Characteristic::new("My").with(mine).with(renew));
        ProvisioningDocument {
            characteristics: vec![
                store,
                self.application.to_characteristic(),
                self.dm_client
                    .to_characteristic(&self.application.provider_id),
            ],
        }
    }

    /// Reads the document as a device does. What a device has a default for may be left out; what it needs, or needs to
    /// renew later, may not.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn from_document(document: &ProvisioningDocument) -> Result<Self, Error> {
        check_providers(document)?;
        let missing = |name| Error::Missing {
            csp: Csp::CertificateStore,
            name,
        };
        let roots = certificates(document, &[STORE, "Root", "System"], "root")?;
        let between = certificates(document, &[STORE, "CA", "System"], "intermediate")?;
        let (mut roots, mut between) = (roots.into_iter(), between.into_iter());
        let (leaf, store) = leaf(document)?;
        let container = [STORE, "My", store.name(), PRIVATE_KEY_CONTAINER];
        if document.at(&container).len() != 1 {
            return Err(missing(PRIVATE_KEY_CONTAINER));
        }
        let application = Application::read(document)?;
        Ok(Self {
            root: roots.next().ok_or_else(|| missing("root"))?,
            intermediate: between.next(),
            other_roots: roots.collect(),
            other_intermediates: between.collect(),
            leaf,
            store,
            renew: Renew::read(document)?,
            dm_client: DmClient::read(document, &application.provider_id)?,
            application,
        })
    }
}

impl Renew {
    fn to_characteristic(self) -> Characteristic {
        let number = |name: &'static str, value: u32| {
            Parm::new(name, value.to_string()).typed(Datatype::Integer)
        };
        Characteristic::new("Renew")
            .with_parm(
                Parm::new("ROBOSupport", self.robo_support.to_string()).typed(Datatype::Boolean),
            )
            .with_parm(number("RenewPeriod", self.renew_period))
            .with_parm(number("RetryInterval", self.retry_interval))
    }

    fn read(document: &ProvisioningDocument) -> Result<Self, Error> {
        let csp = Csp::CertificateStore;
        let found = document.at(&[STORE, "My", "WSTEP", "Renew"]);
        let mut renew = Self {
            robo_support: true,
            renew_period: 42,
            retry_interval: 7,
        };
        if let Some(found) = only(csp, "Renew", found.into_iter())? {
            let part = Part::new(csp, found);
            renew = Self {
                robo_support: part.boolean("ROBOSupport")?.unwrap_or(renew.robo_support),
                renew_period: part.integer("RenewPeriod")?.unwrap_or(renew.renew_period),
                retry_interval: part
                    .integer("RetryInterval")?
                    .unwrap_or(renew.retry_interval),
            };
        }
        let wrong = |name, expected| Error::Value {
            csp,
            name,
            expected,
        };
        if !(1..=1000).contains(&renew.renew_period) {
            return Err(wrong("RenewPeriod", "1 to 1000 days"));
        }
        if !(1..=renew.renew_period).contains(&renew.retry_interval) {
            return Err(wrong("RetryInterval", "1 day to RenewPeriod"));
        }
        Ok(renew)
    }
}

impl Application {
    fn to_characteristic(&self) -> Characteristic {
        let mut account = Characteristic::new(Csp::Application.name())
            .with_parm(Parm::new("APPID", APP_ID))
            .with_parm(Parm::new("PROVIDER-ID", self.provider_id.as_str()))
            .with_parm(Parm::new("NAME", self.name.as_str()))
            .with_parm(Parm::new("ADDR", self.address.as_str()))
            .with_parm(Parm::new(
                RETRIES,
                self.connection_retry_frequency.to_string(),
            ))
            .with_parm(Parm::new(BACK_OFF, self.initial_backoff_ms.to_string()))
            .with_parm(Parm::new(MAX_BACK_OFF, self.max_backoff_ms.to_string()))
            .with_parm(Parm::present(NO_OLD_VERSIONS))
            .with_parm(Parm::new("DEFAULTENCODING", XML));
        if let Some(criteria) = &self.ssl_client_cert_search_criteria {
            account = account.with_parm(Parm::new(CRITERIA, criteria.as_str()));
        }
        account
            .with(self.client.to_characteristic())
            .with(self.server.to_characteristic())
    }

    fn read(document: &ProvisioningDocument) -> Result<Self, Error> {
        let csp = Csp::Application;
        let accounts = document.at(&[csp.name()]);
        let account = only(csp, "account", accounts.into_iter())?.ok_or(Error::Missing {
            csp,
            name: "account",
        })?;
        let part = Part::new(csp, account);
        part.fixed("APPID", APP_ID)?;
        // An operator's parm: a device ends enrollment over it.
        part.forbid("INIT")?;
        part.fixed("DEFAULTENCODING", XML)?;
        part.parm(NO_OLD_VERSIONS)?;
        let address = part.required("ADDR")?;
        if !address.starts_with("https://") || address.contains(char::is_whitespace) {
            return Err(Error::Value {
                csp,
                name: "ADDR",
                expected: "an https URL",
            });
        }
        let number = |name, default| Ok::<_, Error>(part.bare_number(name)?.unwrap_or(default));
        Ok(Self {
            provider_id: part.required("PROVIDER-ID")?.to_owned(),
            name: part.required("NAME")?.to_owned(),
            address: address.to_owned(),
            connection_retry_frequency: number(RETRIES, 3)?,
            initial_backoff_ms: number(BACK_OFF, 16_000)?,
            max_backoff_ms: number(MAX_BACK_OFF, 86_400_000)?,
            ssl_client_cert_search_criteria: part.value(CRITERIA)?.map(str::to_owned),
            client: ServerCredential::read(account)?,
            server: DeviceCredential::read(account)?,
        })
    }
}

/// The w7 account is an OMA DM account.
const APP_ID: &str = "w7";
const RETRIES: &str = "CONNRETRYFREQ";
const BACK_OFF: &str = "INITIALBACKOFFTIME";
const MAX_BACK_OFF: &str = "MAXBACKOFFTIME";
const NO_OLD_VERSIONS: &str = "BACKCOMPATRETRYDISABLED";
const CRITERIA: &str = "SSLCLIENTCERTSEARCHCRITERIA";
/// `DEFAULTENCODING`: SyncML as XML.
const XML: &str = "application/vnd.syncml.dm+xml";
