//! A device that is there for years: it renews whenever it is time, and stays who it is.

use serde_json::Value as Json;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::time::Ahead;
use crate::pc::{Pc, bearer};
use crate::renewal::{Own, session};
use crate::server::ProcessServer;

/// A device, and all the certificates that it ever had.
pub(super) struct Resident {
    pc: Pc,
    id: String,
    /// What `device show` told of it first.
    shown: Json,
    /// Whether it opens a session as soon as it renewed; else the next time that it is met.
    is_eager: bool,
    /// The newest last.
    owns: Vec<Own>,
}

/// Told of a device, and no part of who it is.
const PASSING: [&str; 4] = ["certificates", "enrolledAt", "lastSeenAt", "updatedAt"];

impl Resident {
    /// Three devices of Ana's, of which the last is slow to use what it renewed.
    pub(super) async fn enroll(at: &Ahead, server: &ProcessServer) -> Vec<Self> {
        let wish = "token create --uses unlimited --email ana@contoso.example --display-name Ana's --tag sales --tag hq";
        let wish: Vec<_> = wish.split(' ').collect();
        let token = at.json(server.data(), &wish);
        let shows = bearer(token["token"].as_str().unwrap());
        let mut residents = Vec::new();
        for is_eager in [true, true, false] {
            let (pc, site) = (Pc::new(), server.ahead(at.days));
            let enrolled = pc.enroll(&site, &shows).await;
            let own = Own::enrolled(&site, &pc, &enrolled);
            assert_eq!(session(&own, &pc).await, "200");
            let guid = enrolled.guid().to_string();
            let devices = at.json(server.data(), &["device", "list"]);
            let mut devices = devices.as_array().unwrap().iter();
            let shown = devices.find(|it| it["guid"] == guid).unwrap().clone();
            assert_eq!(shown["owner"], "ana@contoso.example");
            assert_eq!(shown["tags"], serde_json::json!(["sales", "hq"]));
            residents.push(Self {
                id: shown["id"].as_str().unwrap().to_owned(),
                pc,
                shown,
                is_eager,
                owns: vec![own],
            });
        }
        residents
    }

    /// Renews, and is accepted with what it is to use from then on.
    pub(super) async fn renew(&mut self, at: &Ahead, server: &ProcessServer) {
        let fresh = self.pc.with_new_key();
        let newest = self.own(self.owns.len() - 1, at, server);
        let renewed = newest.renew(&fresh).await;
        let renewed = renewed.unwrap_or_else(|fault| panic!("day {}: {fault:?}", at.days));
        self.owns.push(renewed);
        match self.is_eager {
            true => self.assert_at_home(at, server).await,
            false => assert_eq!(session(&newest, &self.pc).await, "200", "day {}", at.days),
        }
    }

    /// Fails unless it is accepted with its newest certificate and with no earlier one, and is who it was, with all its
    /// certificates on record.
    pub(super) async fn assert_at_home(&self, at: &Ahead, server: &ProcessServer) {
        let newest = self.owns.len() - 1;
        for nth in (0..=newest).rev() {
            let status = session(&self.own(nth, at, server), &self.pc).await;
            let expected = if nth == newest { "200" } else { "401" };
            assert_eq!(status, expected, "day {}, certificate {nth}", at.days);
        }
        let shown = at.json(server.data(), &["device", "show", &self.id]);
        assert_eq!(lasting(&shown), lasting(&self.shown), "day {}", at.days);
        assert_eq!(shown["state"], "ACTIVE");
        let certificates = shown["certificates"].as_array().unwrap().iter();
        let told = certificates.map(|it| {
            let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
            (text("serial"), text("state"), text("reason"))
        });
        let expected = self.owns.iter().enumerate().rev().map(|(nth, own)| {
            let (state, reason) = match nth == newest {
                true => ("issued", ""),
                false => ("revoked", "superseded"),
            };
            let serial = crate::revocation::serial(&own.certificate);
            (serial, state.to_owned(), reason.to_owned())
        });
        assert_eq!(told.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }

    /// The name of the CA that issued the newest certificate.
    pub(super) fn issuer(&self) -> String {
        let newest = self.owns.last().unwrap();
        let (_, certificate) = X509Certificate::from_der(&newest.certificate).unwrap();
        certificate.issuer().to_string()
    }

    /// A certificate of its own at a server that may have been started anew.
    fn own(&self, nth: usize, at: &Ahead, server: &ProcessServer) -> Own {
        let own = &self.owns[nth];
        Own::new(&server.ahead(at.days), &own.key, &own.certificate)
    }
}

/// What of a device never passes.
fn lasting(shown: &Json) -> Json {
    let mut lasting = shown.clone();
    let fields = lasting.as_object_mut().unwrap();
    for passing in PASSING {
        fields.remove(passing);
    }
    lasting
}
