//! What leads a PC in without anybody typing: the answer file of a provisioning package (Windows Configuration Designer,
//! Runtime settings > Workplace > Enrollments), and a script that calls `RegisterDeviceWithManagement`.
//!
//! The names of the answer file follow the settings tree that Microsoft documents; that a given version of Windows
//! Configuration Designer takes it was not tried.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::id::ObjectId;
use crate::identity::Actor;
use crate::violation::Violations;
use crate::xml::{Element, write};

use super::super::{Admin, Error};

/// What a package is to hold beside the enrollment.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct WishedPackage {
    /// The user name that devices enroll with; it need not be a person's.
    #[schema(max_length = 254)]
    pub upn: Option<String>,
    /// A wireless network to join first.
    pub wifi: Option<WishedWifi>,
}

/// A wireless network.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WishedWifi {
    /// Its name.
    #[schema(min_length = 1, max_length = 32)]
    pub ssid: String,
    /// Its key; none: it is open.
    #[serde(default)]
    #[schema(min_length = 8, max_length = 63)]
    pub key: Option<String>,
    /// Whether it does not tell its name.
    #[serde(default)]
    pub hidden: bool,
}

/// The files of a provisioning package and of a script.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Package {
    /// `customizations.xml`, for Windows Configuration Designer.
    pub customizations: String,
    /// `root.crt`, the root certificate as PEM, which the other files name.
    pub root_certificate: String,
    /// `build.cmd`, which makes the package.
    pub build: String,
    /// `enroll.ps1`, which enrolls a PC at once.
    pub script: String,
}

const SETTINGS: &str = "urn:schemas-microsoft-com:windows-provisioning";
const CONFIG: &str = "urn:schemas-Microsoft-com:Windows-ICD-Package-Config.v1.0";
const SCRIPT: &str = include_str!("package/enroll.ps1");
const BUILD: &str = "@echo off\r\nrem Windows ADK, Windows Configuration Designer\r\n\
    ICD.exe /Build-ProvisioningPackage /CustomizationXML:\"%~dp0customizations.xml\" /PackagePath:\"%~dp0enroll.ppkg\" +Overwrite\r\n";

/// What an answer file says.
struct Answers<'a> {
    name: &'a str,
    id: Uuid,
    upn: &'a str,
    discovery: &'a str,
    secret: &'a str,
    wifi: Option<&'a WishedWifi>,
}

impl Admin {
    /// The files by which devices enroll by a template; `root_pem` is the installation's root.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Conflict`] while the template has no token, [`Error::Invalid`] for names and keys
    /// that no network has.
    pub async fn package(
        &self,
        actor: &Actor,
        id: ObjectId,
        wish: WishedPackage,
        root_pem: &str,
    ) -> Result<Package, Error> {
        check(&wish)?;
        let link = self.deep_link(actor, id).await?;
        let shown = self.template(actor, id).await?;
        let token = shown.win_enrollment_token.map(|token| token.token);
        let secret = token.unwrap_or_default();
        let host = url::Url::parse(&self.web_url).ok();
        let host = host
            .as_ref()
            .and_then(|url| url.host_str())
            .unwrap_or("localhost");
        let upn = wish.upn.unwrap_or_else(|| format!("device@{host}"));
        let answers = Answers {
            name: &shown.name,
            id: Uuid::new_v4(),
            upn: &upn,
            discovery: &link.server_name,
            secret: &secret,
            wifi: wish.wifi.as_ref(),
        };
        Ok(Package {
            customizations: answers.write(),
            root_certificate: root_pem.to_owned(),
            build: BUILD.to_owned(),
            script: script(&answers, root_pem),
        })
    }
}

impl Answers<'_> {
    fn write(&self) -> String {
        let setting = |name: &'static str, text: &str| {
            Element::new(SETTINGS, name).with_text(text.to_owned())
        };
        let node = |name: &'static str| Element::new(SETTINGS, name);
        let enrollment = node("UPN")
            .with_attribute("UPN", self.upn.to_owned())
            .with_attribute("Name", self.upn.to_owned())
            .with(setting("AuthPolicy", "OnPremise"))
            .with(setting("DiscoveryServiceFullUrl", self.discovery))
            .with(setting("Secret", self.secret));
        let root = node("RootCertificate")
            .with_attribute("CertificateName", "Portcullis")
            .with_attribute("Name", "Portcullis")
            .with(setting("CertificatePath", "root.crt"));
        let certificates = node("Certificates").with(node("RootCertificates").with(root));
        let network = self.wifi.map(|wifi| {
            let (kind, key) = match &wifi.key {
                Some(key) => ("WPA2-Personal", Some(setting("SecurityKey", key))),
                None => ("Open", None),
            };
            let hidden = if wifi.hidden { "True" } else { "False" };
            let settings = node("WLANXmlSettings")
                .with(setting("AutoConnect", "True"))
                .with(setting("HiddenNetwork", hidden))
                .with_some(key)
                .with(setting("SecurityType", kind));
            let config = node("WLANConfig")
                .with_attribute("SSID", wifi.ssid.clone())
                .with_attribute("Name", wifi.ssid.clone())
                .with(settings);
            let setting = node("WLANSetting").with(config);
            node("ConnectivityProfiles").with(node("WLAN").with(setting))
        });
        let common = node("Common")
            .with(certificates)
            .with_some(network)
            .with(node("Workplace").with(node("Enrollments").with(enrollment)));
        let config =
            |name: &'static str, text: &str| Element::new(CONFIG, name).with_text(text.to_owned());
        let package = Element::new(CONFIG, "PackageConfig")
            .with(config("ID", &format!("{{{}}}", self.id)))
            .with(config("Name", self.name))
            .with(config("Version", "1.0"))
            .with(config("OwnerType", "ITAdmin"))
            .with(config("Rank", "0"));
        let document = Element::new("", "WindowsCustomizations")
            .with(package)
            .with(node("Settings").with(node("Customizations").with(common)));
        let declaration = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n";
        format!("{declaration}{}", write(&document, &[]))
    }
}

/// The script, its values in strings that PowerShell does not read into.
fn script(answers: &Answers<'_>, root_pem: &str) -> String {
    // PowerShell takes typographic apostrophes for apostrophes.
    let quoted = |text: &str| {
        let mut quoted = String::new();
        for c in text.chars().filter(|c| !c.is_control()) {
            quoted.push(c);
            if matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}') {
                quoted.push(c);
            }
        }
        quoted
    };
    let root: String = root_pem
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    SCRIPT
        .replace("@UPN@", &quoted(answers.upn))
        .replace("@DISCOVERY@", &quoted(answers.discovery))
        .replace("@TOKEN@", &quoted(answers.secret))
        .replace("@ROOT@", &quoted(&root))
}

fn check(wish: &WishedPackage) -> Result<(), Error> {
    let mut faults = Violations::new();
    let plain = |text: &str| !text.chars().any(char::is_control);
    if let Some(upn) = &wish.upn {
        let fits = !upn.trim().is_empty() && plain(upn) && upn.chars().count() <= 254;
        faults.require(fits, "upn", "is not a user name");
    }
    if let Some(wifi) = &wish.wifi {
        let fits = (1..=32).contains(&wifi.ssid.len()) && plain(&wifi.ssid);
        faults.require(
            fits,
            "wifi.ssid",
            "is not the name of a network: 1 to 32 bytes",
        );
        if let Some(key) = &wifi.key {
            let fits = (8..=63).contains(&key.len()) && plain(key) && key.is_ascii();
            faults.require(
                fits,
                "wifi.key",
                "is not a key: 8 to 63 characters of ASCII",
            );
        }
    }
    Ok(faults.into_result()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(wifi: Option<&WishedWifi>) -> Answers<'_> {
        Answers {
            name: "Kiosk & desk",
            id: Uuid::nil(),
            upn: "o'neil@contoso.example",
            discovery: "https://mdm.contoso.example/EnrollmentServer/Discovery.svc",
            secret: "ptc_t1_x",
            wifi,
        }
    }

    fn find<'a>(element: &'a Element<'a>, path: &[&str]) -> &'a Element<'a> {
        path.iter().fold(element, |at, name| {
            let found = at.children.iter().find(|it| it.name.local == *name);
            found.unwrap_or_else(|| panic!("no {name} in {:?}", at.name))
        })
    }

    #[test]
    fn the_answer_file_holds_what_a_bulk_enrollment_needs() {
        let wifi = WishedWifi {
            ssid: "Contoso <guest>".to_owned(),
            key: Some("only for guests".to_owned()),
            hidden: false,
        };
        let text = answers(Some(&wifi)).write();
        let document = crate::xml::read(text.as_bytes(), &crate::xml::Limits::SOAP);
        let document = document.unwrap();
        assert_eq!(
            find(&document, &["PackageConfig", "Name"]).text,
            "Kiosk & desk"
        );
        let common = find(&document, &["Settings", "Customizations", "Common"]);
        let upn = find(common, &["Workplace", "Enrollments", "UPN"]);
        assert_eq!(find(upn, &["AuthPolicy"]).text, "OnPremise");
        assert_eq!(find(upn, &["Secret"]).text, "ptc_t1_x");
        let url = &find(upn, &["DiscoveryServiceFullUrl"]).text;
        assert!(url.ends_with("/EnrollmentServer/Discovery.svc"));
        let root = find(
            common,
            &["Certificates", "RootCertificates", "RootCertificate"],
        );
        assert_eq!(find(root, &["CertificatePath"]).text, "root.crt");
        let network = ["ConnectivityProfiles", "WLAN", "WLANSetting", "WLANConfig"];
        let network = find(common, &network);
        assert_eq!(network.attributes[0].value, "Contoso <guest>");
        let key = find(network, &["WLANXmlSettings", "SecurityKey"]);
        assert_eq!(key.text, "only for guests");
    }

    #[test]
    fn a_value_does_not_leave_its_string_in_the_script() {
        let script = script(&answers(None), "-----BEGIN\nMIIB\n-----END");
        assert!(script.contains("'o''neil@contoso.example'"));
        assert!(script.contains("'MIIB'"));
        assert!(!script.contains('@') || !script.contains("@TOKEN@"));
    }
}
