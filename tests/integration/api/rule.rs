//! Auto-enrollment rules through the API and at the door: who becomes what.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{Api, template};
use crate::pc::{Pc, bearer};

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
