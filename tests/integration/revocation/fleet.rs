//! Devices that live by a plan: they enroll, renew, open sessions and are revoked, and each knows what is to be said of
//! every certificate that it ever had.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use portcullis::soap::Security;
use portcullis::store::{Error as StoreError, IssuedTo};
use rcgen::KeyPair;
use serde_json::json;

use super::{REASONS, revoke, serial};
use crate::api::Api;
use crate::pc::Pc;
use crate::renewal::{Own, session};

/// On which days a device enrolls, renews and is revoked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) enrolls: u32,
    pub(super) renews: &'static [u32],
    pub(super) is_revoked: Option<u32>,
}

/// What is to be said of a certificate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Standing {
    Current,
    /// Replaced, and accepted until its successor is used.
    Superseded,
    /// With the place of the reason in [`REASONS`].
    Revoked(usize),
}

/// A certificate that was issued once.
pub(super) struct Certificate {
    pub(super) day: u32,
    pub(super) der: Vec<u8>,
    pub(super) serial: String,
    pub(super) standing: Standing,
    key: Arc<KeyPair>,
}

/// A device of the fleet.
pub(super) struct Member {
    pub(super) id: String,
    /// Whether it opened a session.
    pub(super) seen: bool,
    /// All that it ever had, the newest last.
    pub(super) certificates: Vec<Certificate>,
    plan: Plan,
    /// Its place among those of its plan, by which they differ.
    place: usize,
    pc: Pc,
}

const KEY_COMPROMISE: usize = 1;
const SUPERSEDED: usize = 3;

impl Certificate {
    fn new(day: u32, own: &Own) -> Self {
        Self {
            day,
            der: own.certificate.clone(),
            serial: serial(&own.certificate),
            standing: Standing::Current,
            key: Arc::clone(&own.key),
        }
    }

    /// The file that it is judged in.
    pub(super) fn file(&self) -> String {
        format!("{}.pem", self.serial)
    }

    pub(super) fn is_revoked(&self) -> bool {
        matches!(self.standing, Standing::Revoked(_))
    }

    /// The server as it is met with the certificate, over a connection of its own.
    fn own(&self, api: &Api) -> Own {
        Own::new(&api.server, &self.key, &self.der)
    }
}

impl Member {
    pub(super) fn new(plan: Plan, place: usize) -> Self {
        Self {
            id: String::new(),
            seen: false,
            certificates: Vec::new(),
            plan,
            place,
            pc: Pc::new(),
        }
    }

    /// Does what the plan says of a day. After each certificate some devices open a session and others wait.
    pub(super) async fn live(&mut self, api: &Api, shows: &Security, day: u32) {
        if self.plan.enrolls == day {
            self.enroll(api, shows, day).await;
            if !self.place.is_multiple_of(3) {
                self.appear(api).await;
            }
        }
        if let Some(nth) = self.plan.renews.iter().position(|it| *it == day) {
            self.renew(api, day).await;
            if (self.place >> (nth + 1)).is_multiple_of(2) {
                self.appear(api).await;
            }
        }
        if self.plan.is_revoked == Some(day) {
            let alone = (self.place / REASONS.len()) % 2 == 1;
            self.revoke(api, self.place % REASONS.len(), alone).await;
        }
    }

    async fn enroll(&mut self, api: &Api, shows: &Security, day: u32) {
        let enrolled = self.pc.enroll(&api.server, shows).await;
        let own = Own::enrolled(&api.server, &self.pc, &enrolled);
        let found = issued_to(api, &own.certificate).await;
        self.id = found.device_id.to_string();
        self.certificates.push(Certificate::new(day, &own));
    }

    async fn renew(&mut self, api: &Api, day: u32) {
        let newest = self.certificates.last_mut().unwrap();
        let renewed = newest.own(api).renew(&self.pc.with_new_key()).await;
        let renewed = renewed.unwrap_or_else(|fault| panic!("{:?}: {fault:?}", self.plan));
        newest.standing = Standing::Superseded;
        self.certificates.push(Certificate::new(day, &renewed));
    }

    /// A session with the newest certificate, which ends those before.
    pub(super) async fn appear(&mut self, api: &Api) {
        let newest = self.certificates.last().unwrap().own(api);
        assert_eq!(session(&newest, &self.pc).await, "200", "{:?}", self.plan);
        self.seen = true;
        for certificate in &mut self.certificates {
            if certificate.standing == Standing::Superseded {
                certificate.standing = Standing::Revoked(SUPERSEDED);
            }
        }
    }

    /// Revokes the newest certificate by its serial number, or the device's all.
    async fn revoke(&mut self, api: &Api, reason: usize, alone: bool) {
        let word = REASONS[reason];
        if alone {
            let newest = self.certificates.last_mut().unwrap();
            let wish = json!({ "serial": newest.serial, "reason": word });
            revoke(api, &self.id, wish).await;
            newest.standing = Standing::Revoked(reason);
            return;
        }
        revoke(api, &self.id, json!({ "reason": word })).await;
        for certificate in &mut self.certificates {
            if !certificate.is_revoked() || reason == KEY_COMPROMISE {
                certificate.standing = Standing::Revoked(reason);
            }
        }
    }

    /// Fails unless the server's API says of the device and of its certificates what is to be said.
    pub(super) async fn assert_shown(&self, api: &Api) {
        let path = format!("{}/{}", super::DEVICES, self.id);
        let shown = api.get(&path).await.expect(200);
        let shown = &shown["data"];
        let state = if self.seen { "ACTIVE" } else { "PROVISIONING" };
        let expected = self.certificates.iter().rev().map(|it| {
            let (state, reason) = match it.standing {
                Standing::Current => ("issued", None),
                Standing::Superseded => ("superseded", None),
                Standing::Revoked(reason) => ("revoked", Some(REASONS[reason])),
            };
            let ends = (it.standing == Standing::Superseded, it.is_revoked());
            (it.serial.clone(), state, reason, ends)
        });
        let certificates = shown["certificates"].as_array().unwrap().iter().map(|it| {
            let ends = (it["acceptedUntil"].is_string(), it["revokedAt"].is_string());
            let text = |key: &str| it[key].as_str();
            let (serial, state) = (text("serial").unwrap(), text("state").unwrap());
            (serial.to_owned(), state, text("reason"), ends)
        });
        let expected: Vec<_> = expected.collect();
        assert_eq!(certificates.collect::<Vec<_>>(), expected, "{shown}");
        assert_eq!(shown["state"], state, "{shown}");
    }

    /// Fails unless each certificate but the newest opens a session, or none, as is to be said of it.
    pub(super) async fn assert_met(&mut self, api: &Api) {
        for certificate in &self.certificates {
            let expected = match certificate.standing {
                Standing::Current => continue,
                Standing::Superseded => "200",
                Standing::Revoked(_) => "401",
            };
            let met = session(&certificate.own(api), &self.pc).await;
            assert_eq!(met, expected, "{:?}: {}", self.plan, certificate.serial);
            self.seen |= expected == "200";
        }
    }
}

/// Whom the store says that a certificate stands for.
pub(super) async fn issued_to(api: &Api, certificate: &[u8]) -> IssuedTo {
    let hash = digest(&SHA256, certificate).as_ref().to_vec();
    let work = move |tx: &mut portcullis::store::Transaction<'_>| -> Result<_, StoreError> {
        tx.issued_to(&hash)
    };
    api.server.read(work).await.unwrap()
}
