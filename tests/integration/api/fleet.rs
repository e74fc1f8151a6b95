//! A fleet of 200 PCs over the example template: who becomes what, as the API shows it.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use portcullis::soap::Security;

use super::{Api, template};
use crate::pc::{Pc, bearer};

const BASE: &str = "/v1/organizations/default/mdm/windows/enterprise";
const IDENTIFIERS: &str = "/v1/organizations/default/identifiers";
const USERS: &str = "/v1/organizations/default/mdm-users";
/// PCs in each group.
const EACH: usize = 25;

/// The template R1-R5, and its policies P1-P4.
async fn example(api: &Api) -> (Json, Vec<String>) {
    let mut policies = Vec::new();
    for name in ["P1", "P2", "P3", "P4"] {
        policies.push(template::policy(api, name).await);
    }
    let [p1, p2, p3, p4] = policies.as_slice() else {
        panic!("four policies")
    };
    let rules = json!([
        { "name": "Blocked", "action": "reject", "message": "This PC was reported stolen.",
          "conditions": [{ "identifiers": ["list:stolen"] }] },
        { "name": "Execs", "tags": ["exec"], "displayNamePattern": "{firstName}-{lastName}-PC",
          "conditions": [{ "tags": [["executive"], ["manager", "director"]], "facts": [["ownership:corporate"]] }],
          "winPolicyAssignments": [{ "winPolicyId": p1, "priority": 10 }] },
        { "name": "Sales HQ or kiosk", "tags": ["kiosk"], "winPolicyId": p2,
          "conditions": [{ "auxiliaryFields": [["department:sales", "location:hq"]] },
                         { "identifiers": ["serial:KSK*"], "facts": [["os.version>=10.0.22621"]] }] },
        { "name": "Contractors", "action": "hold", "winPolicyId": p3, "tags": ["contractor"],
          "conditions": [{ "patterns": ["email=@(ext|partner)\\.contoso\\.com$"] }] },
        { "name": "Everyone else", "winPolicyId": p4 },
    ]);
    let fields =
        json!([{ "key": "department", "type": "text" }, { "key": "location", "type": "text" }]);
    let body = json!({ "name": "Example", "rules": rules, "auxiliaryFields": fields });
    let path = format!("{BASE}/enrollment-templates");
    let made = api.post(&path, body).await.expect(200)["data"].clone();
    (made, policies)
}

/// What a PC of one person shows: a token of the template that belongs to this person.
async fn personal(api: &Api, template: &Json, user: &Json) -> Security {
    let body = json!({ "sendEmail": false, "mdmUserId": user, "templateId": template["id"] });
    let path = format!("{BASE}/enrollment-tokens");
    let made = api.post(&path, body).await.expect(200);
    bearer(made["data"]["token"].as_str().unwrap())
}

async fn person(api: &Api, email: &str, last: &str, tags: &[&str]) -> Json {
    let body = json!({ "email": email, "firstName": "Ana", "lastName": last, "tags": tags });
    api.post(USERS, body).await.expect(200)["data"]["id"].clone()
}

async fn listed(api: &Api, serial: &str, list: &str) {
    let body = json!({ "type": "serial", "value": serial, "list": list });
    api.post(IDENTIFIERS, body).await.expect(200);
}

/// All devices by the policy that they received.
async fn devices(api: &Api) -> Vec<Json> {
    let mut found = Vec::new();
    for page in 1..=3 {
        let path = format!("{BASE}/devices?limit=100&page={page}");
        let listed = api.get(&path).await.expect(200);
        found.extend(listed["data"]["items"].as_array().unwrap().iter().cloned());
    }
    found
}

/// How many devices each rule of the fleet has let in.
fn by_rule(devices: &[Json]) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for device in devices {
        let rule = device["decision"]["matched"].as_str().unwrap().to_owned();
        *counted.entry(rule).or_default() += 1;
    }
    counted
}

#[actix_web::test]
async fn two_hundred_devices_become_what_the_rules_of_the_example_say() {
    let api = Api::start().await;
    let (template, policies) = example(&api).await;
    let shared = bearer(template["winEnrollmentToken"]["token"].as_str().unwrap());
    let new = |serial: &str, os: &str| {
        Pc::new()
            .saying("SerialNumber", serial)
            .saying("OSVersion", os)
    };
    let now = "10.0.22631.4169";
    let mut contractors = Vec::new();
    for n in 0..EACH {
        // R1: on the list of stolen devices, kiosk or not.
        let serial = format!("KSK9{n:03}");
        listed(&api, &serial, "stolen").await;
        let fault = new(&serial, now).try_enroll(&api.server, &shared).await;
        let fault = fault.err().unwrap();
        assert!(
            format!("{fault:?}").contains("reported stolen"),
            "{fault:?}"
        );

        // R2: manager and director with a corporate device; R5 with one of their own.
        let email = format!("exec{n}@contoso.com");
        let user = person(&api, &email, &format!("No{n}"), &["manager", "Director"]).await;
        let serial = format!("EXE{n:04}");
        listed(&api, &serial, "corporate").await;
        let shows = personal(&api, &template, &user).await;
        new(&serial, now).enroll(&api.server, &shows).await;
        let shows = personal(&api, &template, &user).await;
        let own = format!("OWN{n:04}");
        new(&own, now).enroll(&api.server, &shows).await;

        // R5: a manager who is no director, with a corporate device.
        let email = format!("manager{n}@contoso.com");
        let user = person(&api, &email, "Sole", &["manager"]).await;
        let serial = format!("MAN{n:04}");
        listed(&api, &serial, "corporate").await;
        let shows = personal(&api, &template, &user).await;
        new(&serial, now).enroll(&api.server, &shows).await;

        // R3: a kiosk, its number written with the dots of its firmware; R5 with an older Windows.
        let kiosk = format!("ksk.{n:02} 17");
        new(&kiosk, now).enroll(&api.server, &shared).await;
        let old = format!("KSK8{n:03}");
        new(&old, "10.0.19045").enroll(&api.server, &shared).await;

        // R4: somebody of a partner waits.
        let email = format!("x{n}@partner.contoso.com");
        let user = person(&api, &email, "Guest", &[]).await;
        let shows = personal(&api, &template, &user).await;
        let pc = new(&format!("EXT{n:04}"), now);
        assert!(pc.try_enroll(&api.server, &shows).await.is_err());
        contractors.push((pc, shows));

        // R5: a build that sends no serial number cannot be told to be stolen or a kiosk.
        let pc = Pc::new().saying("OSVersion", "10.0.19045");
        pc.silent_on("SerialNumber")
            .enroll(&api.server, &shared)
            .await;
    }
    let before = devices(&api).await;
    assert_eq!(
        by_rule(&before),
        BTreeMap::from([
            ("Execs".to_owned(), EACH),
            ("Sales HQ or kiosk".to_owned(), EACH),
            ("Everyone else".to_owned(), 4 * EACH),
        ])
    );
    let path = "/v1/organizations/default/approvals?state=PENDING&limit=100";
    let waiting = api.get(path).await.expect(200);
    assert_eq!(waiting["data"]["totalDocs"], EACH);
    for approval in waiting["data"]["items"].as_array().unwrap() {
        let id = approval["id"].as_str().unwrap();
        let path = format!("/v1/organizations/default/approvals/{id}/approve");
        api.post(&path, json!({})).await.expect(200);
    }
    for (pc, shows) in &contractors {
        pc.enroll(&api.server, shows).await;
    }
    let all = devices(&api).await;
    assert_eq!(all.len(), 7 * EACH, "all but the stolen ones");
    for device in &all {
        let (tag, policy, name) = match device["decision"]["matched"].as_str().unwrap() {
            "Execs" => (json!(["exec"]), 0, Some("Ana-No")),
            "Sales HQ or kiosk" => (json!(["kiosk"]), 1, None),
            "Contractors" => (json!(["contractor"]), 2, None),
            _ => (json!([]), 3, None),
        };
        assert_eq!(device["tags"], tag);
        let assigned = device["winPolicyAssignments"].as_array().unwrap();
        assert_eq!(assigned.len(), 1);
        assert_eq!(assigned[0]["winPolicyId"], policies[policy].as_str());
        if let Some(name) = name {
            let shown = device["displayName"].as_str().unwrap();
            assert!(shown.starts_with(name) && shown.ends_with("-PC"), "{shown}");
            assert_eq!(device["ownership"], "corporate");
        }
    }
    api.server.server.app.recorder.flush().await;
    let path = format!("{BASE}/enrollment-attempts?outcome=refused&limit=100");
    let refused = api.get(&path).await.expect(200);
    assert_eq!(refused["data"]["totalDocs"], 2 * EACH);
}
