//! The load: every request is written before the clock starts, so that the generator only sends.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis::admin::CreateToken;
use portcullis::protocol::discovery::{AuthPolicy, Discover, Version};
use portcullis::protocol::enrollment::{
    ContextItem, PKCS10, RequestSecurityToken, RequestType, TOKEN_TYPE,
};
use portcullis::protocol::policy::GetPolicies;
use portcullis::secret::Secret;
use portcullis::soap::{
    BASE64_BINARY, BinarySecurityToken, Exchange, Header, PASSWORD_TEXT, Security, UsernameToken,
    write_request,
};
use tokio::runtime::Runtime;

use super::{Device, Error, ServerProcess};

/// Enrollments ready to be sent.
pub(crate) struct Load {
    runtime: Runtime,
    addresses: Addresses,
    enrollments: Arc<Vec<Enrollment>>,
    clients: Vec<reqwest::Client>,
    /// How many of them warm the server up.
    warm: usize,
}

#[derive(Clone)]
struct Addresses {
    discovery: String,
    device_discovery: String,
    policy: String,
    enrollment: String,
}

/// The three requests of an enrollment.
pub(crate) struct Enrollment {
    discover: String,
    policies: String,
    /// `RequestSecurityToken`.
    pub(crate) token: String,
}

impl Load {
    /// Makes a one-time token for each device and writes its three requests.
    pub(crate) fn prepare(
        server: &ServerProcess,
        devices: &[Device],
        concurrency: usize,
    ) -> Result<Self, Error> {
        portcullis::http::tls::install_default_provider();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let admin = server.installation()?.admin(server.web.clone());
        let codes = runtime.block_on(async {
            let organization = admin.default_organization().await?;
            let mut codes = Vec::new();
            for _ in devices {
                let wish = CreateToken {
                    uses: Some(1),
                    ..CreateToken::default()
                };
                codes.push(
                    admin
                        .create_token(&portcullis::identity::Actor::local(organization), wish)
                        .await?
                        .enroll_code,
                );
            }
            Ok::<_, Error>(codes)
        })?;
        let clients = (0..concurrency)
            .map(|_| Self::client(&server.root))
            .collect::<Result<Vec<_>, _>>()?;
        let addresses = Addresses {
            discovery: format!("{}/EnrollmentServer/Discovery.svc", server.web),
            device_discovery: format!("{}/EnrollmentServer/Discovery.svc", server.device),
            policy: format!("{}/EnrollmentServer/Policy.svc", server.device),
            enrollment: format!("{}/EnrollmentServer/Enrollment.svc", server.device),
        };
        let enrollments = devices
            .iter()
            .zip(&codes)
            .map(|(device, code)| Enrollment::write(device, code))
            .collect();
        Ok(Self {
            runtime,
            addresses,
            clients,
            warm: devices.len() / 4,
            enrollments: Arc::new(enrollments),
        })
    }

    /// How many enrollments are measured.
    pub(crate) fn len(&self) -> usize {
        self.enrollments.len() - self.warm
    }

    /// Opens every connection, then sends the first enrollments, so that caches, statements and threads are there.
    pub(crate) fn warm_up(&self) -> Result<(), Error> {
        self.send(0..self.warm, true)?;
        self.send(0..self.warm, false)
    }

    /// Sends the other enrollments once each; any refusal is an error.
    pub(crate) fn run(&self) -> Result<(), Error> {
        self.send(self.warm..self.enrollments.len(), false)
    }

    fn send(&self, range: Range<usize>, only_discover: bool) -> Result<(), Error> {
        let next = Arc::new(AtomicUsize::new(range.start));
        self.runtime.block_on(async {
            let mut tasks = Vec::new();
            for client in &self.clients {
                let (next, enrollments) = (Arc::clone(&next), Arc::clone(&self.enrollments));
                let (addresses, client) = (self.addresses.clone(), client.clone());
                let end = range.end;
                tasks.push(tokio::spawn(async move {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(enrollment) = enrollments.get(index).filter(|_| index < end)
                        else {
                            return Ok::<(), Error>(());
                        };
                        let discovered =
                            post(&client, &addresses.discovery, &enrollment.discover).await?;
                        if only_discover {
                            // The device listener answers discovery as well: its connection opens here.
                            post(&client, &addresses.device_discovery, &enrollment.discover)
                                .await?;
                            continue;
                        }
                        let (policy, enroll) = addresses.of(attempt_in(&discovered));
                        post(&client, &policy, &enrollment.policies).await?;
                        post(&client, &enroll, &enrollment.token).await?;
                    }
                }));
            }
            for task in tasks {
                task.await??;
            }
            Ok(())
        })
    }

    fn client(root: &[u8]) -> Result<reqwest::Client, Error> {
        let root = reqwest::Certificate::from_pem(root)?;
        Ok(reqwest::Client::builder()
            .tls_certs_only([root])
            .pool_max_idle_per_host(1)
            .build()?)
    }
}

/// What discovery put behind the addresses, as a device sends it back.
fn attempt_in(discovered: &str) -> &str {
    discovered
        .split_once("?attempt=")
        .and_then(|(_, rest)| rest.split_once('<'))
        .map_or("", |(attempt, _)| attempt)
}

impl Addresses {
    /// Policy and enrollment addresses as discovery gave them out.
    fn of(&self, attempt: &str) -> (String, String) {
        let with = |url: &str| format!("{url}?attempt={attempt}");
        (with(&self.policy), with(&self.enrollment))
    }
}

/// Posts SOAP; the reply.
pub(crate) async fn post(client: &reqwest::Client, url: &str, body: &str) -> Result<String, Error> {
    let reply = client
        .post(url)
        .header("content-type", "application/soap+xml; charset=utf-8")
        .body(body.to_owned())
        .send()
        .await?;
    let status = reply.status();
    let text = reply.text().await?;
    if status.is_success() {
        Ok(text)
    } else {
        Err(format!("{url} answered {status}: {text}").into())
    }
}

impl Enrollment {
    /// Writes the requests of a device.
    pub(crate) fn write(device: &Device, code: &str) -> Self {
        let security = Security {
            username_token: Some(UsernameToken {
                id: Some("uuid-cc1ccc1f-2fba-4bcf-b063-ffc0cac77917-4".to_owned()),
                username: format!("user{}@contoso.example", device.number),
                password: Secret::new(code),
                password_type: Some(PASSWORD_TEXT.to_owned()),
            }),
            ..Security::default()
        };
        let discover = Discover {
            email_address: format!("user{}@contoso.example", device.number),
            request_version: Some(Version::new(5, 0)),
            device_type: Some("CIMClient_Windows".to_owned()),
            application_version: Some("10.0.22631.4460".to_owned()),
            os_edition: Some(4),
            os_version: None,
            auth_policies: vec![AuthPolicy::OnPremise, AuthPolicy::Federated],
        };
        let token = RequestSecurityToken {
            token_type: TOKEN_TYPE.to_owned(),
            request_type: RequestType::Issue,
            binary_security_token: Some(BinarySecurityToken {
                id: None,
                value_type: PKCS10.to_owned(),
                encoding_type: Some(BASE64_BINARY.to_owned()),
                text: Secret::new(device.csr_base64()),
            }),
            additional_context: context(device),
            request_id: None,
        };
        Self {
            discover: request(&discover, "748132ec-a575-4329-b01b-6171a9cf8478", None),
            policies: request(
                &GetPolicies::default(),
                "72048B64-0F19-448F-8C2E-B4C661860AA0",
                Some(security.clone()),
            ),
            token: request(
                &token,
                "0d5a1441-5891-453b-becf-a2e5f6ea3749",
                Some(security),
            ),
        }
    }
}

fn request<E: Exchange>(message: &E, id: &str, security: Option<Security>) -> String {
    let header = Header {
        action: E::ACTION.to_owned(),
        message_id: Some(format!("urn:uuid:{id}")),
        reply_to: Some("http://www.w3.org/2005/08/addressing/anonymous".to_owned()),
        to: None,
        security,
    };
    write_request(message, &header)
}

/// The context items of a Windows 11 device.
fn context(device: &Device) -> Vec<ContextItem> {
    let number = device.number;
    [
        ("UXInitiated", "true".to_owned()),
        ("HWDevID", format!("{number:064X}")),
        ("Locale", "en-US".to_owned()),
        ("TargetedUserLoggedIn", "true".to_owned()),
        ("OSEdition", "4".to_owned()),
        ("DeviceName", format!("DESKTOP-{number:07}")),
        ("MAC", "00-0C-29-51-60-9D".to_owned()),
        ("MAC", "1A-77-20-52-41-53".to_owned()),
        ("DeviceID", format!("{number:032X}")),
        ("EnrollmentType", "Full".to_owned()),
        ("DeviceType", "CIMClient_Windows".to_owned()),
        ("OSVersion", "10.0.22631.4460".to_owned()),
        ("ApplicationVersion", "10.0.22631.4460".to_owned()),
        ("NotInOobe", "true".to_owned()),
        ("RequestVersion", "5.0".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| ContextItem {
        name: name.to_owned(),
        value,
    })
    .collect()
}
