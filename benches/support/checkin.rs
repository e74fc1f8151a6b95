//! Devices that are managed: enrolled, and past their first session.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portcullis::admin::CreateToken;
use portcullis::protocol::enrollment::RequestSecurityToken;
use portcullis::protocol::provisioning::{Enrollment as Document, ProvisioningDocument};
use portcullis::protocol::syncml::{
    Alert, Command, Item, Location, Meta, Operation, Status, SyncBody, SyncHdr, SyncMl,
};
use portcullis::soap::{Exchange, read_reply};

use super::load::{Enrollment, post};
use super::{Device, Error, ServerProcess};

/// A managed device.
pub(crate) struct Managed {
    device_id: String,
    /// Key and certificate, PEM.
    identity: String,
    root: Vec<u8>,
    url: String,
}

impl Managed {
    /// Enrolls devices, and lets each hold its first session.
    pub(crate) async fn make(
        server: &ServerProcess,
        devices: &[Device],
    ) -> Result<Vec<Self>, Error> {
        let admin = server.installation()?.admin(server.web.clone());
        let organization = admin.default_organization().await?;
        let actor = portcullis::identity::Actor::local(organization);
        let token = admin.create_token(&actor, CreateToken::default()).await?;
        let plain = client(&server.root, None)?;
        let mut managed = Vec::new();
        for device in devices {
            let request = Enrollment::write(device, &token.enroll_code).token;
            let url = format!("{}/EnrollmentServer/Enrollment.svc", server.device);
            let reply = post(&plain, &url, &request).await?;
            let one = Self {
                device_id: format!("{:032X}", device.number),
                identity: identity(device, &reply)?,
                root: server.root.clone(),
                url: format!(
                    "{}/ManagementServer/MDM.svc?mode=Maintenance&Platform=WoA",
                    server.device
                ),
            };
            one.first_session().await?;
            managed.push(one);
        }
        Ok(managed)
    }

    /// A client with connections of its own.
    pub(crate) fn client(&self) -> Result<reqwest::Client, Error> {
        client(&self.root, Some(&self.identity))
    }

    /// The first package of a session.
    pub(crate) fn hello(&self, session: u32) -> SyncMl {
        let login = Item {
            meta: Some(Meta {
                kind: Some("com.microsoft/MDM/LoginStatus".to_owned()),
                ..Meta::default()
            }),
            data: Some("user".to_owned()),
            ..Item::default()
        };
        let alert = |cmd_id: &str, code: &str, items| {
            Command::Alert(Alert {
                cmd_id: cmd_id.to_owned(),
                data: Some(code.to_owned()),
                items,
                ..Alert::default()
            })
        };
        let values = [
            ("./DevInfo/DevId", self.device_id.as_str()),
            ("./DevInfo/Man", "Contoso"),
            ("./DevInfo/Mod", "Book 9"),
            ("./DevInfo/DmV", "1.3"),
            ("./DevInfo/Lang", "en-US"),
        ];
        let values = values.map(|(node, value)| Item {
            source: Some(Location::from(node)),
            data: Some(value.to_owned()),
            ..Item::default()
        });
        let info = Command::Replace(Operation {
            cmd_id: "4".to_owned(),
            items: values.to_vec(),
            ..Operation::default()
        });
        let body = vec![
            alert("2", "1201", Vec::new()),
            alert("3", "1224", vec![login]),
            info,
        ];
        self.package(session, 1, body)
    }

    /// Sends a package; the reply.
    pub(crate) async fn send(
        &self,
        client: &reqwest::Client,
        package: String,
    ) -> Result<SyncMl, Error> {
        let reply = client
            .post(&self.url)
            .header("content-type", "application/vnd.syncml.dm+xml")
            .body(package);
        let reply = reply.send().await?.error_for_status()?.bytes().await?;
        Ok(SyncMl::read(&reply)?)
    }

    /// Has nothing that it is asked for and does all that it is told.
    async fn first_session(&self) -> Result<(), Error> {
        let client = self.client()?;
        let mut package = self.hello(1);
        for message in 2..20 {
            let reply = self.send(&client, package.write()).await?;
            let told = reply.body.commands.iter();
            let told = told.filter(|it| !matches!(it, Command::Status(_)));
            let answers: Vec<_> = told.map(|it| answer(message - 1, it)).collect();
            if answers.is_empty() {
                return Ok(());
            }
            package = self.package(1, message, answers);
        }
        Err("the first session does not end".into())
    }

    fn package(&self, session: u32, message: u32, commands: Vec<Command>) -> SyncMl {
        SyncMl {
            header: SyncHdr {
                ver_dtd: "1.2".to_owned(),
                ver_proto: "DM/1.2".to_owned(),
                session_id: session.to_string(),
                msg_id: message.to_string(),
                target: Location::from(self.url.as_str()),
                source: Location::from(self.device_id.as_str()),
                cred: None,
                meta: None,
            },
            body: SyncBody {
                commands,
                is_final: true,
            },
        }
    }
}

fn answer(msg_ref: u32, command: &Command) -> Command {
    let cmd_ref = command.cmd_id().unwrap_or_default().to_owned();
    let found = !matches!(command, Command::Get(_));
    Command::Status(Status {
        cmd_id: format!("s{cmd_ref}"),
        msg_ref: msg_ref.to_string(),
        cmd_ref,
        cmd: command.name().to_owned(),
        data: if found { "200" } else { "404" }.to_owned(),
        ..Status::default()
    })
}

/// The key of a device and the certificate that a reply brought, PEM.
fn identity(device: &Device, reply: &str) -> Result<String, Error> {
    let (_, reply) = read_reply::<<RequestSecurityToken as Exchange>::Reply>(reply.as_bytes())?;
    let reply = reply.map_err(|fault| format!("{fault:?}"))?;
    let document = ProvisioningDocument::parse(&reply.provisioning_document)?;
    let document = Document::from_document(&document)?;
    let leaf = STANDARD.encode(&document.leaf.der);
    Ok(format!(
        "{}-----BEGIN CERTIFICATE-----\n{leaf}\n-----END CERTIFICATE-----\n",
        device.key
    ))
}

fn client(root: &[u8], identity: Option<&str>) -> Result<reqwest::Client, Error> {
    let root = reqwest::Certificate::from_pem(root)?;
    let mut builder = reqwest::Client::builder().tls_certs_only([root]);
    if let Some(pem) = identity {
        builder = builder.identity(reqwest::Identity::from_pem(pem.as_bytes())?);
    }
    Ok(builder.build()?)
}
