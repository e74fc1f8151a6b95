//! `APPAUTH`: the two credentials of a management account.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::read::{Part, only};
use super::{Characteristic, Csp, Error, Parm};
use crate::secret::Secret;

/// How the server proves itself to the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerCredential {
    /// `AAUTHSECRET`.
    pub secret: Secret,
    /// The bytes of `AAUTHDATA`.
    pub nonce: Vec<u8>,
}

/// How the device proves itself to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCredential {
    /// `AAUTHNAME`.
    pub name: String,
    /// `AAUTHSECRET`.
    pub secret: Secret,
    /// The bytes of `AAUTHDATA`.
    pub nonce: Vec<u8>,
}

impl ServerCredential {
    pub(super) fn to_characteristic(&self) -> Characteristic {
        auth(SERVER_TO_DEVICE, None, &self.secret, &self.nonce)
    }

    pub(super) fn read(account: &Characteristic) -> Result<Self, Error> {
        let part = level(account, SERVER_TO_DEVICE, "APPAUTH of level CLIENT")?;
        let (secret, nonce) = digest(&part)?;
        Ok(Self { secret, nonce })
    }
}

impl DeviceCredential {
    pub(super) fn to_characteristic(&self) -> Characteristic {
        auth(
            DEVICE_TO_SERVER,
            Some(&self.name),
            &self.secret,
            &self.nonce,
        )
    }

    pub(super) fn read(account: &Characteristic) -> Result<Self, Error> {
        let part = level(account, DEVICE_TO_SERVER, "APPAUTH of level APPSRV")?;
        let (secret, nonce) = digest(&part)?;
        Ok(Self {
            name: part.required("AAUTHNAME")?.to_owned(),
            secret,
            nonce,
        })
    }
}

fn auth(level: &'static str, name: Option<&str>, secret: &Secret, nonce: &[u8]) -> Characteristic {
    let mut auth = Characteristic::new("APPAUTH")
        .with_parm(Parm::new("AAUTHLEVEL", level))
        .with_parm(Parm::new("AAUTHTYPE", DIGEST));
    if let Some(name) = name {
        auth = auth.with_parm(Parm::new("AAUTHNAME", name));
    }
    auth.with_parm(Parm::new("AAUTHSECRET", secret.reveal()))
        .with_parm(Parm::new("AAUTHDATA", STANDARD.encode(nonce)))
}

fn level<'d>(
    account: &'d Characteristic,
    level: &str,
    name: &'static str,
) -> Result<Part<'d>, Error> {
    let of_level = account.characteristics().filter(|child| {
        child.kind == "APPAUTH"
            && child
                .parms()
                .any(|parm| parm.name == "AAUTHLEVEL" && parm.value.as_deref() == Some(level))
    });
    let found = only(Csp::Application, name, of_level)?.ok_or(Error::Missing {
        csp: Csp::Application,
        name,
    })?;
    let part = Part::new(Csp::Application, found);
    part.parm("AAUTHLEVEL")?;
    Ok(part)
}

fn digest(part: &Part<'_>) -> Result<(Secret, Vec<u8>), Error> {
    part.fixed("AAUTHTYPE", DIGEST)?;
    let secret = Secret::new(part.required("AAUTHSECRET")?);
    let nonce = STANDARD
        .decode(part.required("AAUTHDATA")?)
        .map_err(|_| Error::Value {
            csp: Csp::Application,
            name: "AAUTHDATA",
            expected: "base64",
        })?;
    Ok((secret, nonce))
}

/// The levels read backwards: `CLIENT` is whom the proof is for.
const SERVER_TO_DEVICE: &str = "CLIENT";
const DEVICE_TO_SERVER: &str = "APPSRV";
/// The only type that does not put the password into every message.
const DIGEST: &str = "DIGEST";
