//! Auto-enrollment rules through the API and at the door: who becomes what.

use reqwest::Method;
use serde_json::{Value as Json, json};

use portcullis::protocol::discovery::Discover;
use portcullis::protocol::enrollment::RequestSecurityToken;
use portcullis::protocol::policy::GetPolicies;

use super::{Api, template};
use crate::pc::{Pc, bearer};
use crate::talk::{Says, Talk, told, uri, willing};

const TEMPLATES: &str = "/v1/organizations/default/mdm/windows/enterprise/enrollment-templates";
const DEVICES: &str = "/v1/organizations/default/mdm/windows/enterprise/devices";

fn text(json: &Json, key: &str) -> String {
    json[key].as_str().unwrap().to_owned()
}

/// A template of four rules, one of which assigns each of two policies.
async fn made(api: &Api) -> (Json, [String; 2]) {
    let [kiosk, rest] = [
        template::policy(api, "Kiosk").await,
        template::policy(api, "Rest").await,
    ];
    let rules = json!([
        { "name": "Old", "action": "reject", "message": "Update Windows first.",
          "conditions": [{ "facts": [["os.version<10.0.19041"]] }] },
        { "name": "Kiosks", "tags": ["Kiosk"], "displayNamePattern": "Kiosk-{serial:-4}",
          "conditions": [{ "identifiers": ["serial:KSK*"] }],
          "winPolicyAssignments": [{ "winPolicyId": kiosk, "priority": 5 }, { "winPolicyId": rest, "priority": 1 }] },
        { "name": "Guests", "action": "hold", "conditions": [{ "patterns": ["deviceName=^guest-"] }] },
        { "name": "Everybody else", "winPolicyId": rest },
    ]);
    let told = api
        .post(TEMPLATES, json!({ "name": "Doors", "rules": rules }))
        .await;
    (told.expect(200)["data"].clone(), [kiosk, rest])
}

async fn enrolled(api: &Api, pc: Pc, shows: &portcullis::soap::Security) -> Json {
    let guid = pc.enroll(&api.server, shows).await.guid().to_string();
    let listed = api.get(DEVICES).await.expect(200);
    let mut items = listed["data"]["items"].as_array().unwrap().iter();
    items
        .find(|it| it["guid"] == guid.as_str())
        .unwrap()
        .clone()
}

#[actix_web::test]
async fn the_first_rule_that_holds_gives_tags_policies_and_a_name() {
    let api = Api::start().await;
    let (template, [kiosk, rest]) = made(&api).await;
    let shows = bearer(template["winEnrollmentToken"]["token"].as_str().unwrap());
    let device = enrolled(&api, Pc::new().saying("SerialNumber", "ksk.00 17"), &shows).await;
    assert_eq!(device["displayName"], "Kiosk-0017");
    assert_eq!(device["tags"], json!(["Kiosk"]));
    let assigned: Vec<&Json> = device["winPolicyAssignments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["winPolicyId"])
        .collect();
    assert_eq!(assigned, [&json!(rest), &json!(kiosk)], "by priority");
    let device = enrolled(&api, Pc::new(), &shows).await;
    assert_eq!(device["tags"], json!([]));
    assert_eq!(
        device["winPolicyAssignments"][0]["winPolicyId"],
        json!(rest)
    );
}

#[actix_web::test]
async fn a_rule_turns_a_device_away_with_its_own_message_and_nothing_is_spent() {
    let api = Api::start().await;
    let (template, _) = made(&api).await;
    let shows = bearer(template["winEnrollmentToken"]["token"].as_str().unwrap());
    let fault = Pc::new()
        .saying("OSVersion", "10.0.17763.1")
        .try_enroll(&api.server, &shows)
        .await;
    let fault = fault.err().unwrap();
    assert!(
        format!("{fault:?}").contains("Update Windows first."),
        "{fault:?}"
    );
    let held = Pc::new()
        .saying("DeviceName", "guest-7")
        .try_enroll(&api.server, &shows)
        .await;
    assert!(held.is_err());
    api.server.server.app.recorder.flush().await;
    let path =
        "/v1/organizations/default/mdm/windows/enterprise/enrollment-attempts?outcome=refused";
    let attempts = api.get(path).await.expect(200);
    let mut refusals: Vec<&str> = attempts["data"]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["refusal"].as_str().unwrap())
        .collect();
    refusals.sort_unstable();
    assert_eq!(refusals, ["not-allowed", "waiting-for-approval"]);
    let devices = api.get(DEVICES).await.expect(200);
    assert_eq!(devices["data"]["totalDocs"], 0);
}

#[actix_web::test]
async fn a_template_is_tried_out_with_given_facts_or_those_of_an_attempt() {
    let api = Api::start().await;
    let (template, [kiosk, rest]) = made(&api).await;
    let id = text(&template, "id");
    let facts =
        json!({ "device.serial": "KSK0017", "os.version": "10.0.22631", "device.name": "desk" });
    let path = format!("{TEMPLATES}/evaluate");
    let body = json!({ "templateId": id, "facts": facts });
    let told = api.post(&path, body).await.expect(200)["data"].clone();
    assert_eq!(told["matched"], "Kiosks");
    assert_eq!(told["effects"]["action"], "enroll");
    assert_eq!(
        told["effects"]["winPolicyAssignments"],
        json!([{ "winPolicyId": rest, "priority": 1 }, { "winPolicyId": kiosk, "priority": 5 }])
    );
    let results: Vec<&Json> = told["trace"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["result"])
        .collect();
    assert_eq!(results, ["false", "true"]);
    assert_eq!(told["trace"][0]["because"][0]["got"], "10.0.22631");

    let unsaved =
        json!({ "rules": [{ "name": "Sales", "conditions": [{ "tags": [["sales"]] }] }] });
    let body =
        json!({ "template": unsaved, "facts": { "tags": ["Sales"], "email": "a@b.example" } });
    let told = api
        .post(&format!("{TEMPLATES}/evaluate"), body)
        .await
        .expect(200);
    assert_eq!(told["data"]["matched"], "Sales");

    let shows = bearer(template["winEnrollmentToken"]["token"].as_str().unwrap());
    let refused = Pc::new()
        .saying("OSVersion", "10.0.17763.1")
        .try_enroll(&api.server, &shows)
        .await;
    assert!(refused.is_err());
    api.server.server.app.recorder.flush().await;
    let path = "/v1/organizations/default/enrollment-attempts?outcome=refused";
    let attempts = api.get(path).await.expect(200);
    let attempt = text(&attempts["data"]["items"][0], "id");
    let told = api
        .post(
            &format!("{TEMPLATES}/{id}/evaluate"),
            json!({ "attemptId": attempt }),
        )
        .await
        .expect(200);
    assert_eq!(
        (&told["data"]["matched"], &told["data"]["effects"]["action"]),
        (&json!("Old"), &json!("reject"))
    );
}

#[actix_web::test]
async fn rules_that_cannot_be_understood_are_refused_on_save_with_the_path_of_each_fault() {
    let api = Api::start().await;
    let policy = template::policy(&api, "P").await;
    let save = async |rule: Json| {
        let mut rule = rule;
        rule["winPolicyId"] = json!(policy);
        let told = api
            .post(TEMPLATES, json!({ "name": "x", "rules": [rule] }))
            .await;
        let error = told.expect(400)["error"].clone();
        assert_eq!(error["code"], 5209);
        error["details"][0]["path"].as_str().unwrap().to_owned()
    };
    for (rule, path) in [
        (
            json!({ "displayNamePattern": "{colour}" }),
            "rules[0].displayNamePattern",
        ),
        (
            json!({ "conditions": [{ "patterns": ["(a{1000}){1000}"] }] }),
            "rules[0].conditions[0].patterns[0]",
        ),
        (
            json!({ "conditions": [{ "auxiliaryFields": [["gone:x"]] }] }),
            "rules[0].conditions[0].auxiliaryFields[0][0]",
        ),
        (
            json!({ "conditions": [{ "identifiers": ["list:corporate", "list:no such list"] }] }),
            "rules[0].conditions[0].identifiers[1]",
        ),
        (
            json!({ "conditions": [{ "identifiers": ["!serial:X1"] }] }),
            "rules[0].conditions[0].identifiers[0]",
        ),
        (
            json!({ "conditions": [{ "facts": [["os.version"]] }] }),
            "rules[0].conditions[0].facts[0][0]",
        ),
    ] {
        assert_eq!(save(rule).await, path);
    }
    let rules = json!([{ "name": "all", "winPolicyId": policy }, { "name": "never" }]);
    let told = api
        .post(TEMPLATES, json!({ "name": "y", "rules": rules }))
        .await
        .expect(200);
    assert_eq!(
        told["data"]["warnings"][0],
        "rules 2 to 2 are unreachable: all holds for everybody"
    );
    assert_eq!(told["data"]["sentences"][0], "All devices enroll.");
    // A change holds from the next device on.
    let id = text(&told["data"], "id");
    let shows = bearer(
        told["data"]["winEnrollmentToken"]["token"]
            .as_str()
            .unwrap(),
    );
    Pc::new().enroll(&api.server, &shows).await;
    let change = json!({ "rules": [{ "winPolicyId": policy, "action": "reject" }] });
    api.call(Method::PUT, &format!("{TEMPLATES}/{id}"), Some(change))
        .await
        .expect(200);
    assert!(Pc::new().try_enroll(&api.server, &shows).await.is_err());
}

#[actix_web::test]
async fn a_rule_that_could_not_be_told_is_asked_again_in_the_first_session_and_turns_nobody_away() {
    let api = Api::start().await;
    let [kiosk, rest] = [
        template::policy(&api, "Kiosk").await,
        template::policy(&api, "Rest").await,
    ];
    let rules = json!([
        { "name": "Stolen", "action": "reject", "onUnknown": "reevaluate",
          "conditions": [{ "identifiers": ["list:stolen"] }] },
        { "name": "Kiosks", "tags": ["kiosk"], "displayNamePattern": "K-{serial:-4}", "onUnknown": "reevaluate",
          "conditions": [{ "identifiers": ["serial:KSK*"] }], "winPolicyId": kiosk },
        { "name": "Rest", "winPolicyId": rest, "displayNamePattern": "PC-{rand:4}", "setDeviceName": true },
    ]);
    let made = api
        .post(TEMPLATES, json!({ "name": "Again", "rules": rules }))
        .await;
    let made = made.expect(200)["data"].clone();
    let shows = bearer(made["winEnrollmentToken"]["token"].as_str().unwrap());
    let stolen = json!({ "value": "STOLEN01", "list": "stolen" });
    api.post("/v1/organizations/default/identifiers", stolen)
        .await
        .expect(200);
    for (serial, matched, tags) in [
        ("ksk.00 17", "Kiosks", json!(["kiosk"])),
        ("STOLEN01", "Stolen", json!([])),
        ("PF3X17AB", "Rest", json!([])),
    ] {
        let pc = Pc::new().silent_on("SerialNumber");
        let enrolled = pc.enroll(&api.server, &shows).await;
        let site = api.server.with_identity(&enrolled.identity());
        let shown = async || {
            let listed = api.get(DEVICES).await.expect(200);
            let guid = enrolled.guid().to_string();
            let mut items = listed["data"]["items"].as_array().unwrap().iter();
            items
                .find(|it| it["guid"] == guid.as_str())
                .unwrap()
                .clone()
        };
        let before = shown().await;
        assert_eq!(before["decision"]["matched"], "Rest");
        assert_eq!(before["decision"]["reevaluate"], true);
        let name = before["computerName"].as_str().unwrap().to_owned();
        assert_eq!(Some(name.as_str()), before["displayName"].as_str());

        let mut talk = Talk::new(site, pc.device_id(), "1");
        let commands = talk
            .run(|verb, operation| match (verb, uri(operation)) {
                ("Get", node) if node.ends_with("SMBIOSSerialNumber") => Says::value(serial),
                _ => willing(verb, operation),
            })
            .await;
        let commands = told(&commands);
        let has = |node: &str| commands.iter().find(|(_, uri, _)| uri.ends_with(node));
        assert!(has("SMBIOSSerialNumber").is_some());
        let named = has("ComputerName").unwrap();
        assert_eq!((&*named.0, &named.2), ("Add", &name));
        let after = shown().await;
        assert_eq!(after["decision"]["matched"], matched, "{serial}");
        assert_eq!(after["decision"]["reevaluate"], false);
        assert_eq!(after["tags"], tags);
        assert_eq!(after["state"], "ACTIVE");
        assert_eq!(after["computerName"], Json::Null, "it was told");
        let policy = if matched == "Kiosks" { &kiosk } else { &rest };
        let assigned = &after["winPolicyAssignments"];
        assert_eq!(assigned[0]["winPolicyId"], policy.as_str());
        if matched == "Kiosks" {
            assert_eq!(after["displayName"], "K-0017");
        }
        let site = api.server.with_identity(&enrolled.identity());
        let mut quiet = Talk::new(site, pc.device_id(), "2");
        assert!(quiet.hello().await.is_empty());
    }
}

#[actix_web::test]
async fn a_computers_name_that_another_device_has_receives_a_number() {
    let api = Api::start().await;
    let policy = template::policy(&api, "P").await;
    let rule = json!({ "winPolicyId": policy, "displayNamePattern": "Front desk of Madrid", "setDeviceName": true });
    let body = json!({ "name": "Named", "rules": [rule] });
    let made = api.post(TEMPLATES, body).await.expect(200)["data"].clone();
    let shows = bearer(made["winEnrollmentToken"]["token"].as_str().unwrap());
    let mut names = Vec::new();
    for _ in 0..2 {
        let device = enrolled(&api, Pc::new(), &shows).await;
        names.push(device["computerName"].as_str().unwrap().to_owned());
    }
    assert_eq!(names, ["Front-desk-of-M", "Front-desk-of-2"]);
}

#[actix_web::test]
async fn the_credentials_person_counts_and_another_address_in_discover_is_noted() {
    let api = Api::start().await;
    let policy = template::policy(&api, "P").await;
    let rules = json!([
        { "name": "Ana", "winPolicyId": policy,
          "conditions": [{ "facts": [["email:ana@contoso.example", "discover.email:bob@contoso.example"]] }] },
        { "name": "Bob", "winPolicyId": policy, "conditions": [{ "facts": [["email:bob@contoso.example"]] }] },
    ]);
    let body = json!({ "name": "Two", "rules": rules });
    let made = api.post(TEMPLATES, body).await.expect(200)["data"].clone();
    let path = "/v1/organizations/default/mdm/windows/enterprise/enrollment-tokens";
    let body =
        json!({ "sendEmail": false, "email": "ana@contoso.example", "templateId": made["id"] });
    let token = api.post(path, body).await.expect(200);
    let personal = bearer(token["data"]["token"].as_str().unwrap());
    let shared = bearer(made["winEnrollmentToken"]["token"].as_str().unwrap());
    for (shows, matched) in [(personal, "Ana"), (shared, "Bob")] {
        let discover = Discover {
            email_address: "bob@contoso.example".to_owned(),
            request_version: "5.0".parse().ok(),
            ..Discover::default()
        };
        let answer = api
            .server
            .exchange(&api.server.discovery(), &discover, None)
            .await;
        let told = answer.outcome::<Discover>().1.unwrap();
        let pc = Pc::new();
        let answer = api
            .server
            .exchange(&told.enrollment_service_url, &pc.request(), Some(shows))
            .await;
        assert!(answer.outcome::<RequestSecurityToken>().1.is_ok());
        let listed = api.get(DEVICES).await.expect(200);
        let mut devices = listed["data"]["items"].as_array().unwrap().iter();
        assert!(
            devices.any(|device| device["decision"]["matched"] == matched),
            "{matched}: {listed}"
        );
    }
    api.server.server.app.recorder.flush().await;
    let path = "/v1/organizations/default/mdm/windows/enterprise/enrollment-attempts";
    let attempts = api.get(path).await.expect(200);
    // Both began in the same moment of a clock that stands: neither is the first.
    let mut shown = String::new();
    for attempt in attempts["data"]["items"].as_array().unwrap() {
        let one = format!("{path}/{}", attempt["id"].as_str().unwrap());
        shown += &api.get(&one).await.expect(200).to_string();
    }
    assert!(shown.contains("another than the credential's"), "{shown}");
}

#[actix_web::test]
async fn a_rule_edited_mid_enrollment_decides_for_walks_that_begin_later() {
    let api = Api::start().await;
    let policy = template::policy(&api, "P").await;
    let body = |action: &str| {
        let rule = json!({ "name": action, "action": action, "winPolicyId": policy });
        json!({ "name": "Edited", "rules": [rule] })
    };
    let made = api.post(TEMPLATES, body("enroll")).await;
    let made = made.expect(200)["data"].clone();
    let shows = bearer(made["winEnrollmentToken"]["token"].as_str().unwrap());
    let walk = "?attempt=65f0a1b2c3d4e5f6a7b8c9d0";
    let [seen, asked] = [api.server.policy(), api.server.enrollment()].map(|url| url + walk);
    let policies = GetPolicies::default();
    let answer = api.server.exchange(&seen, &policies, Some(shows.clone()));
    assert!(answer.await.outcome::<GetPolicies>().1.is_ok());
    let path = format!("{TEMPLATES}/{}", made["id"].as_str().unwrap());
    let edited = Some(body("reject"));
    api.call(Method::PUT, &path, edited).await.expect(200);
    let pc = Pc::new();
    let request = pc.request();
    let answer = api.server.exchange(&asked, &request, Some(shows.clone()));
    assert!(answer.await.outcome::<RequestSecurityToken>().1.is_ok());
    let later = Pc::new().try_enroll(&api.server, &shows).await;
    assert!(later.is_err(), "another walk meets the rule as it is now");

    api.server.clock.advance(31 * 60);
    let request = Pc::new().request();
    let answer = api.server.exchange(&asked, &request, Some(shows));
    let old = answer.await.outcome::<RequestSecurityToken>().1;
    assert!(old.is_err(), "a walk does not keep an old rule for ever");
}

#[actix_web::test]
async fn a_policy_that_was_deleted_meanwhile_is_passed_over_and_the_default_one_stands_in() {
    let api = Api::start().await;
    let [gone, kept, default] = [
        template::policy(&api, "Gone").await,
        template::policy(&api, "Kept").await,
        template::policy(&api, "Default").await,
    ];
    let of = |policies: &[&String]| {
        let assigned = policies
            .iter()
            .map(|id| json!({ "winPolicyId": id, "priority": 1 }));
        json!([{ "winPolicyAssignments": assigned.collect::<Vec<_>>() }])
    };
    let mut shows = Vec::new();
    for (name, rules) in [("Both", of(&[&gone, &kept])), ("One", of(&[&gone]))] {
        let made = api
            .post(TEMPLATES, json!({ "name": name, "rules": rules }))
            .await;
        let made = made.expect(200);
        let token = &made["data"]["winEnrollmentToken"]["token"];
        shows.push(bearer(token.as_str().unwrap()));
    }
    let path = format!("/v1/organizations/default/mdm/windows/enterprise/policies/{gone}");
    api.call(Method::DELETE, &path, None).await.expect(200);
    for (shows, left) in shows.iter().zip([kept, default]) {
        let device = enrolled(&api, Pc::new(), shows).await;
        let assigned = device["winPolicyAssignments"].as_array().unwrap();
        assert_eq!(assigned.len(), 1);
        assert_eq!(assigned[0]["winPolicyId"], left.as_str());
    }
}
