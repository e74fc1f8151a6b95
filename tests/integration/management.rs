//! The management session (MS-MDM) with the running server.

mod change;
mod delivery;
mod group;
mod large;
mod leaving;
mod message;
mod node;
mod opening;
mod pieces;
mod removal;
mod twice;

use portcullis::policy::Assignment;
use serde_json::{Value as Json, json};

use crate::api::Api;
use crate::pc::{Enrolled, Pc, bearer};
use crate::talk::Talk;

/// A device that enrolled.
pub(crate) struct Managed {
    pub(crate) pc: Pc,
    pub(crate) enrolled: Enrolled,
    pub(crate) id: String,
}

impl Managed {
    /// A device that enrolled by a token with these policies, each with its priority.
    pub(crate) async fn new(api: &Api, policies: &[(&str, u16)]) -> Self {
        let assignments = policies.iter().map(|(id, priority)| Assignment {
            win_policy_id: id.parse().unwrap(),
            priority: *priority,
        });
        let assignments = assignments.collect();
        let token = api
            .server
            .token_with(|wish| wish.win_policy_assignments = assignments);
        let pc = Pc::new();
        let shows = bearer(&token.await.token);
        let enrolled = pc.enroll(&api.server, &shows).await;
        let devices = api.server.devices().await;
        let device = devices.iter().find(|it| it.guid == enrolled.guid());
        let id = device.unwrap().id.to_string();
        Self { pc, enrolled, id }
    }

    /// A session of it.
    pub(crate) fn talk(&self, api: &Api, session: &str) -> Talk {
        let site = api.server.with_identity(&self.enrolled.identity());
        Talk::new(site, self.pc.device_id(), session)
    }

    pub(crate) async fn shown(&self, api: &Api) -> Json {
        api.get(&format!("/v1/organizations/default/devices/{}", self.id))
            .await
            .expect(200)["data"]
            .clone()
    }

    /// Its results, by node.
    pub(crate) async fn results(&self, api: &Api) -> Vec<Json> {
        let path = format!("/v1/organizations/default/devices/{}/results", self.id);
        let found = api.get(&path).await.expect(200)["data"]["items"].clone();
        found.as_array().unwrap().clone()
    }
}

/// A device whose one policy has one setting.
pub(crate) async fn with_one_setting(api: &Api) -> Managed {
    let setting = json!([{ "locUri": "./Vendor/MSFT/X/A", "value": "1" }]);
    let base = policy(api, "Base", setting).await;
    Managed::new(api, &[(&base, 1)]).await
}

/// A policy of these settings.
pub(crate) async fn policy(api: &Api, name: &str, settings: Json) -> String {
    let body = json!({ "name": name, "settings": settings });
    let made = api.post("/v1/organizations/default/policies", body).await;
    made.expect(200)["data"]["id"].as_str().unwrap().to_owned()
}
