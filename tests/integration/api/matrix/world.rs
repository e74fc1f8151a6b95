//! Two organizations with something of everything in each, made through the operations themselves.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::document::{Contract, Document, Known, Operation};
use crate::client::{Answer, Site};
use crate::pc::{Pc, bearer};

/// An organization with a key to it, and the identifiers of what is in it, by list.
pub(crate) struct Side {
    pub(crate) slug: String,
    pub(crate) key: String,
    pub(crate) known: Known,
    objects: BTreeMap<String, Vec<String>>,
    /// What could not be made, for the message when it is missed.
    failures: Vec<String>,
}

/// What is sent as a body.
#[derive(Debug, Clone)]
pub(crate) enum Sent {
    /// As little as the media type lets through.
    Least,
    /// This.
    Json(Json),
}

/// Sends a request of an operation.
pub(crate) async fn ask(
    site: &Site,
    operation: &Operation,
    path: &str,
    key: Option<&str>,
    sent: Sent,
) -> Answer {
    let mut headers = Vec::new();
    if let Some(key) = key {
        headers.push(("authorization".to_owned(), format!("Bearer {key}")));
    }
    let mut body = String::new();
    if let Some(media) = operation.media() {
        headers.push(("content-type".to_owned(), media.to_owned()));
        body = match sent {
            Sent::Least => "{}".to_owned(),
            Sent::Json(json) => json.to_string(),
        };
    }
    let url = format!("{}{path}", site.web);
    site.send(operation.method.clone(), &url, &headers, body)
        .await
}

impl Side {
    pub(crate) fn new(slug: &str, key: &str) -> Self {
        Self {
            slug: slug.to_owned(),
            key: key.to_owned(),
            known: Known::from([("segmentId".to_owned(), json!(0))]),
            objects: BTreeMap::new(),
            failures: Vec::new(),
        }
    }

    /// Makes so many of everything that can be made; the answers of what was made.
    pub(crate) async fn fill(
        &mut self,
        site: &Site,
        document: &Document,
        rounds: usize,
    ) -> Vec<(Operation, Json)> {
        let mut made = Vec::new();
        for _ in 0..rounds {
            self.enroll(site).await;
            let mut makers = makers(document);
            // Other things refer to policies.
            makers.sort_by_key(|it| !it.path.ends_with("/policies"));
            for maker in makers {
                let body = document.body(maker, &self.known).unwrap();
                let path = maker.at(&self.slug, "");
                let sent = Sent::Json(body.clone());
                let answer = ask(site, maker, &path, Some(&self.key), sent).await;
                let json: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
                if answer.status >= 300 {
                    let failure = format!("{} {body}: {}", maker.name(), answer.text());
                    self.failures.push(failure);
                } else if maker.path.ends_with("/policies") {
                    let id = json["data"]["id"].clone();
                    self.known.insert("winPolicyId".to_owned(), id);
                    made.push((maker.clone(), json));
                } else {
                    made.push((maker.clone(), json));
                }
            }
        }
        self.hold(site).await;
        self.look(site, document).await;
        made
    }

    /// Has a PC wait for approval.
    async fn hold(&self, site: &Site) {
        let rule = json!({ "action": "hold", "winPolicyId": self.known["winPolicyId"] });
        let body = json!({ "name": format!("Desk {}", uuid::Uuid::new_v4()), "rules": [rule] });
        let made = self.post(site, "enrollment-templates", &body).await;
        let token = &made["data"]["winEnrollmentToken"]["token"];
        let shows = bearer(token.as_str().unwrap_or_else(|| panic!("{made}")));
        assert!(Pc::new().try_enroll(site, &shows).await.is_err());
    }

    /// Enrolls a PC, so that there is a device and an attempt.
    async fn enroll(&self, site: &Site) {
        let body = json!({ "sendEmail": false });
        let made = self.post(site, "enrollment-tokens", &body).await;
        let token = made["data"]["token"].as_str().unwrap();
        Pc::new().enroll(site, &bearer(token)).await;
    }

    /// Makes one thing of the organization.
    async fn post(&self, site: &Site, list: &str, body: &Json) -> Json {
        let slug = &self.slug;
        let url = format!(
            "{}/v1/organizations/{slug}/mdm/windows/enterprise/{list}",
            site.web
        );
        let headers = [
            ("authorization", format!("Bearer {}", self.key)),
            ("content-type", "application/json".to_owned()),
        ];
        let body = body.to_string();
        let answer = site.send(Method::POST, &url, &headers, body.as_str()).await;
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// Reads every list.
    async fn look(&mut self, site: &Site, document: &Document) {
        for list in document.lists() {
            let path = list.at(&self.slug, "");
            let answer = ask(site, list, &path, Some(&self.key), Sent::Least).await;
            let json: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
            let ids = identifiers(list.contract(), &json);
            if list.path.ends_with("enterprise/devices")
                && let Some(first) = ids.first()
            {
                self.known.insert("intoId".to_owned(), json!(first));
            }
            self.objects.insert(list.path.clone(), ids);
        }
    }

    /// What is in the list.
    pub(crate) fn objects(&self, list: &str) -> &[String] {
        self.objects.get(list).map_or(&[], Vec::as_slice)
    }

    /// Something in the list that `other` does not have. Lists without such a thing fail the test: it would prove
    /// nothing.
    pub(crate) fn alone(&self, other: &Self, list: &str) -> &str {
        let theirs = other.objects(list);
        let mut own = self.objects(list).iter().rev();
        own.find(|id| !theirs.contains(id)).unwrap_or_else(|| {
            panic!(
                "nothing of {list} is in {} alone: please teach tests/integration/api/matrix how it is made: {:#?}",
                self.slug, self.failures
            )
        })
    }

    /// Every list as it is now, apart from when keys were used.
    pub(crate) async fn seen(&self, site: &Site, document: &Document) -> BTreeMap<String, String> {
        let mut seen = BTreeMap::new();
        for list in document.lists() {
            let path = list.at(&self.slug, "");
            let answer = ask(site, list, &path, Some(&self.key), Sent::Least).await;
            assert!(answer.status < 300, "{}: {answer:?}", list.name());
            let text = match serde_json::from_slice::<Json>(&answer.body) {
                Ok(mut json) => {
                    forget(&mut json, &["lastUsedAt"]);
                    json.to_string()
                }
                Err(_) => answer.text(),
            };
            seen.insert(list.path.clone(), text);
        }
        seen
    }
}

/// The operations that make one thing that can then be listed.
fn makers(document: &Document) -> Vec<&Operation> {
    let all = document.operations.iter();
    all.filter(|it| {
        it.method == Method::POST
            && it.permission != "mdm.windows.organization.create"
            && it.media() == Some("application/json")
            && !it.names_an_object()
            && document.find(&Method::GET, &it.path).is_some()
    })
    .collect()
}

/// The identifiers of what a list shows.
fn identifiers(contract: Contract, json: &Json) -> Vec<String> {
    let items = match contract {
        Contract::Applivery => [&json["data"]["items"], &json["data"]]
            .into_iter()
            .find_map(Json::as_array),
        Contract::Google => json
            .as_object()
            .and_then(|it| it.values().find_map(Json::as_array)),
        Contract::Graph => json["value"].as_array(),
    };
    let items = items.into_iter().flatten();
    items
        .filter_map(|item| match (&item["id"], &item["name"]) {
            (Json::String(id), _) => Some(id.clone()),
            (Json::Number(id), _) => Some(id.to_string()),
            (_, Json::String(name)) => name.rsplit('/').next().map(str::to_owned),
            _ => None,
        })
        .collect()
}

/// Removes what differs from answer to answer.
pub(crate) fn forget(json: &mut Json, names: &[&str]) {
    match json {
        Json::Object(map) => {
            map.retain(|name, _| !names.contains(&name.as_str()));
            map.values_mut().for_each(|it| forget(it, names));
        }
        Json::Array(list) => list.iter_mut().for_each(|it| forget(it, names)),
        _ => {}
    }
}
