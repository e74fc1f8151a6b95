//! A PC as the tests play it: its identifiers, its key, what it says of itself, and how it shows who is asking.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis::admin::ShownToken;
use portcullis::protocol::enrollment::{
    ContextItem, DEVICE_ENROLLMENT_USER_TOKEN, PKCS10, RequestSecurityToken, RequestType,
    TOKEN_TYPE,
};
use portcullis::protocol::policy::{GetPolicies, GetPoliciesResponse};
use portcullis::protocol::provisioning::{Enrollment, ProvisioningDocument};
use portcullis::secret::Secret;
use portcullis::soap::{
    BASE64_BINARY, BinarySecurityToken, Fault, PASSWORD_TEXT, Security, UsernameToken,
};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256};
use uuid::Uuid;

use crate::client::{Answer, Site};

/// A PC. Clones share the key.
#[derive(Clone)]
pub(crate) struct Pc {
    pub(crate) key: Arc<KeyPair>,
    /// Its context items, in order.
    pub(crate) items: Vec<(String, String)>,
}

impl Pc {
    /// A PC that was never seen before, with a P-256 key for speed.
    pub(crate) fn new() -> Self {
        Self::with_key(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap())
    }

    pub(crate) fn with_key(key: KeyPair) -> Self {
        let items = [
            ("UXInitiated", "true"),
            ("HWDevID", &format!("{}{}", random(), random())),
            ("Locale", "en-US"),
            ("TargetedUserLoggedIn", "true"),
            ("OSEdition", "48"),
            ("DeviceName", "DESKTOP-1A2B3C4"),
            ("MAC", "A2-19-7D-41-B3-9C"),
            ("DeviceID", &random()),
            ("EnrollmentType", "Full"),
            ("DeviceType", "CIMClient_Windows"),
            ("OSVersion", "10.0.22631.3007"),
            ("ApplicationVersion", "10.0.22631.3007"),
            ("NotInOobe", "true"),
            ("RequestVersion", "5.0"),
        ];
        Self {
            key: Arc::new(key),
            items: items
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
        }
    }

    /// The same machine with a new key, as after Windows was installed again.
    pub(crate) fn with_new_key(&self) -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        Self {
            key: Arc::new(key),
            items: self.items.clone(),
        }
    }

    /// The same machine saying `value` where it said something else.
    pub(crate) fn saying(mut self, name: &str, value: &str) -> Self {
        match self.items.iter_mut().find(|(own, _)| own == name) {
            Some(item) => value.clone_into(&mut item.1),
            None => self.items.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// The same machine without a word on `name`.
    pub(crate) fn silent_on(mut self, name: &str) -> Self {
        self.items.retain(|(own, _)| own != name);
        self
    }

    pub(crate) fn item(&self, name: &str) -> &str {
        let found = self.items.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str()).unwrap()
    }

    pub(crate) fn device_id(&self) -> &str {
        self.item("DeviceID")
    }

    /// A PKCS#10 with the subject that Windows writes.
    pub(crate) fn csr(&self) -> Vec<u8> {
        let mut params = CertificateParams::default();
        let id = self.items.iter().find(|(name, _)| name == "DeviceID");
        let id = id.map_or("", |(_, value)| value);
        let name = format!("0F3B8E6C-A271-4556-9B72-A26CBD!{id}");
        params.distinguished_name.remove(DnType::CommonName);
        params.distinguished_name.push(DnType::CommonName, name);
        params.serialize_request(&*self.key).unwrap().der().to_vec()
    }

    pub(crate) fn request(&self) -> RequestSecurityToken {
        self.request_with(&self.csr())
    }

    /// The request around another certificate request.
    pub(crate) fn request_with(&self, csr: &[u8]) -> RequestSecurityToken {
        let items = self.items.iter().map(|(name, value)| ContextItem {
            name: name.clone(),
            value: value.clone(),
        });
        RequestSecurityToken {
            token_type: TOKEN_TYPE.to_owned(),
            request_type: RequestType::Issue,
            binary_security_token: Some(BinarySecurityToken {
                id: None,
                value_type: PKCS10.to_owned(),
                encoding_type: Some(BASE64_BINARY.to_owned()),
                text: Secret::new(STANDARD.encode(csr)),
            }),
            additional_context: items.collect(),
            request_id: None,
        }
    }

    /// Asks for the certificate, whatever comes of it.
    pub(crate) async fn ask(&self, site: &Site, shows: &Security) -> Answer {
        site.exchange(&site.enrollment(), &self.request(), Some(shows.clone()))
            .await
    }

    /// Asks for the certificate; the strictly read document, or the fault.
    pub(crate) async fn try_enroll(
        &self,
        site: &Site,
        shows: &Security,
    ) -> Result<Enrolled, Fault> {
        let answer = self.ask(site, shows).await;
        let reply = answer.outcome::<RequestSecurityToken>().1?;
        Ok(Enrolled::new(&reply.provisioning_document, &self.key))
    }

    pub(crate) async fn enroll(&self, site: &Site, shows: &Security) -> Enrolled {
        self.try_enroll(site, shows)
            .await
            .unwrap_or_else(|fault| panic!("refused: {fault:?}"))
    }
}

/// What an enrolled PC holds.
pub(crate) struct Enrolled {
    /// The document as it came.
    pub(crate) text: String,
    /// The document, read as strictly as a device judges it.
    pub(crate) document: Enrollment,
    key_pem: String,
}

impl Enrolled {
    pub(crate) fn new(text: &str, key: &KeyPair) -> Self {
        let document = ProvisioningDocument::parse(text).unwrap();
        Self {
            text: text.to_owned(),
            document: Enrollment::from_document(&document).unwrap(),
            key_pem: key.serialize_pem(),
        }
    }

    /// The certificate.
    pub(crate) fn certificate(&self) -> &[u8] {
        &self.document.leaf.der
    }

    /// The device's identifier on the wire.
    pub(crate) fn guid(&self) -> Uuid {
        self.document.dm_client.ent_dm_id.parse().unwrap()
    }

    /// Key and certificate in PEM.
    pub(crate) fn identity(&self) -> String {
        format!(
            "{}{}",
            self.key_pem,
            pem("CERTIFICATE", &self.document.leaf.der)
        )
    }
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

/// Asks what key to make.
pub(crate) async fn policies(site: &Site, shows: &Security) -> Result<GetPoliciesResponse, Fault> {
    let request = GetPolicies::default();
    let answer = site
        .exchange(&site.policy(), &request, Some(shows.clone()))
        .await;
    answer.outcome::<GetPolicies>().1
}

/// The header of the OnPremise policy.
pub(crate) fn password(username: &str, password: &str) -> Security {
    Security {
        username_token: Some(UsernameToken {
            id: Some("uuid-cc1ccc1f-2fba-4bcf-b063-ffc0cac77917-4".to_owned()),
            username: username.to_owned(),
            password: Secret::new(password),
            password_type: Some(PASSWORD_TEXT.to_owned()),
        }),
        ..Security::default()
    }
}

/// The header of a token as Windows writes it: the base64 of what it was given.
pub(crate) fn bearer(value: &str) -> Security {
    binary(DEVICE_ENROLLMENT_USER_TOKEN, &STANDARD.encode(value))
}

/// A header with any token.
pub(crate) fn binary(value_type: &str, text: &str) -> Security {
    Security {
        binary_security_token: Some(BinarySecurityToken {
            id: None,
            value_type: value_type.to_owned(),
            encoding_type: Some(BASE64_BINARY.to_owned()),
            text: Secret::new(text),
        }),
        ..Security::default()
    }
}

/// The header of a person who types what the mail says.
pub(crate) fn typed(token: &ShownToken) -> Security {
    let email = token
        .record
        .email
        .as_deref()
        .unwrap_or("ana@contoso.example");
    password(email, &token.enroll_code)
}

fn random() -> String {
    Uuid::new_v4().simple().to_string().to_uppercase()
}

/// The package by which a user disconnects the PC, and that of an ordinary session without `alert`.
fn package(pc: &Pc, alert: &str) -> String {
    let id = pc.device_id();
    format!(
        r#"<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>
        <MsgID>1</MsgID><Target><LocURI>https://localhost/ManagementServer/MDM.svc</LocURI></Target>
        <Source><LocURI>{id}</LocURI></Source></SyncHdr><SyncBody><Alert><CmdID>2</CmdID><Data>1201</Data></Alert>{alert}
        <Replace><CmdID>4</CmdID><Item><Source><LocURI>./DevInfo/DevId</LocURI></Source><Data>{id}</Data></Item></Replace>
        <Final/></SyncBody></SyncML>"#
    )
}

/// A session that says nothing but hello.
pub(crate) fn hello(pc: &Pc) -> String {
    package(pc, "")
}

/// A session in which the user disconnects the PC.
pub(crate) fn leaves(pc: &Pc) -> String {
    let alert = r#"<Alert><CmdID>3</CmdID><Data>1226</Data><Item><Meta>
        <Type xmlns="syncml:metinf">com.microsoft:mdm.unenrollment.userrequest</Type>
        <Format xmlns="syncml:metinf">int</Format></Meta><Data>1</Data></Item></Alert>"#;
    package(pc, alert)
}
