//! A new root told to the devices that enrolled before it: `RootCATrustedCertificates`, once, until they take it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::id::hex;
use crate::protocol::provisioning::thumbprint;
use crate::protocol::syncml::{Command, Item, Meta, Operation, SyncMl};
use crate::store::{Error, IssuedTo};

use super::Management;

/// The status of a node that is there already (OMA-TS-SyncML_RepPro 10).
const ALREADY_EXISTS: &str = "418";

/// A root that a device is to take.
struct NewRoot {
    /// The SHA-256 of its certificate, by which it is recorded.
    id: String,
    /// A `CmdID` of its own, by which the answer is known.
    cmd_id: String,
    der: Vec<u8>,
}

impl Management {
    /// What a device is told of roots that came into force after its certificate's issuing CA, at the beginning of a session.
    pub(super) fn new_roots(&self, device: &IssuedTo) -> Result<Vec<Command>, Error> {
        let roots = self.lacking(device)?;
        Ok(roots.into_iter().map(|root| root.command()).collect())
    }

    /// Records the roots that the device answers it has.
    pub(super) async fn hear_of_roots(
        &self,
        device: &IssuedTo,
        package: &SyncMl,
    ) -> Result<(), Error> {
        let has_answers =
            |command: &Command| matches!(command, Command::Status(it) if it.cmd == "Add");
        if !package.body.commands.iter().any(has_answers) {
            return Ok(());
        }
        let mut taken = Vec::new();
        for root in self.lacking(device)? {
            match root.answer(package) {
                None => {}
                Some(code) if code.starts_with('2') || code == ALREADY_EXISTS => {
                    taken.push(root.id);
                }
                Some(code) => {
                    tracing::warn!(device = %device.device_id, code, root = root.id, "the device does not take a new root");
                }
            }
        }
        if taken.is_empty() {
            return Ok(());
        }
        let (id, now) = (device.device_id, self.clock.now());
        self.store
            .write(move |tx| {
                for root in &taken {
                    tx.note_root(id, root, now)?;
                }
                Ok(())
            })
            .await
    }

    /// The roots in force that the device was not told of, or did not take.
    fn lacking(&self, device: &IssuedTo) -> Result<Vec<NewRoot>, Error> {
        let authority = self.authority.current();
        let roots = authority.roots_since(&device.issuer);
        if roots.is_empty() {
            return Ok(Vec::new());
        }
        let id = device.device_id;
        let has = self.store.look::<_, Error, _>(|tx| tx.roots_of(id))?;
        let new = roots.into_iter().map(NewRoot::new);
        Ok(new.filter(|root| !has.contains(&root.id)).collect())
    }
}

impl NewRoot {
    fn new(der: &[u8]) -> Self {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, der);
        let number = hash.as_ref().iter().take(3);
        let number = number.fold(0_u32, |number, byte| number * 256 + u32::from(*byte));
        Self {
            id: hex(hash.as_ref()),
            cmd_id: (100_000_000 + number).to_string(),
            der: der.to_vec(),
        }
    }

    fn command(&self) -> Command {
        let uri = format!(
            "./Vendor/MSFT/RootCATrustedCertificates/Root/{}/EncodedCertificate",
            thumbprint(&self.der)
        );
        Command::Add(Operation {
            cmd_id: self.cmd_id.clone(),
            items: vec![Item {
                meta: Some(Meta {
                    format: Some("b64".to_owned()),
                    ..Meta::default()
                }),
                data: Some(STANDARD.encode(&self.der)),
                ..Item::target(uri)
            }],
            ..Operation::default()
        })
    }

    /// The status by which the device answers.
    fn answer<'p>(&self, package: &'p SyncMl) -> Option<&'p str> {
        package
            .body
            .commands
            .iter()
            .find_map(|command| match command {
                Command::Status(status) if status.cmd_ref == self.cmd_id && status.cmd == "Add" => {
                    Some(status.data.as_str())
                }
                _ => None,
            })
    }
}
