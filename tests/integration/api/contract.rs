//! The published contracts' own examples: accepted as they are printed, and answered in the printed shape, apart from
//! what is decided otherwise (no client secret is echoed, time stamps are RFC 3339).

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{Api, template};

const ENTERPRISE: &str = "/v1/organizations/default/mdm/windows/enterprise";

/// The `nth` JSON object that is printed in a contract.
fn printed(file: &str, nth: usize) -> Option<Json> {
    let folder = std::env::var("PORTCULLIS_SHARED").ok()?;
    let text = std::fs::read_to_string(format!("{folder}/contracts/{file}")).ok()?;
    let mut found = Vec::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find('{') {
        let (_, from) = rest.split_at(start);
        let mut stream = serde_json::Deserializer::from_str(from).into_iter::<Json>();
        match stream.next() {
            Some(Ok(value)) => {
                found.push(value);
                rest = from.split_at(stream.byte_offset()).1;
            }
            _ => rest = from.split_at(1).1,
        }
    }
    found.get(nth).cloned()
}

#[actix_web::test]
async fn the_literal_schema_of_the_bulk_page_is_refused_and_told_what_to_send() {
    let file = "applivery-create-enrollment-tokens-bulk.txt";
    let Some(request) = printed(file, 0) else {
        eprintln!("PORTCULLIS_SHARED is not set: the contract's text is not compared");
        return;
    };
    assert!(request.get("children").is_some());
    let api = Api::start().await;
    let told = api
        .post(&format!("{ENTERPRISE}/enrollment-tokens/bulk"), request)
        .await
        .expect(400);
    assert_eq!(told["error"]["code"], 5209);
    assert_eq!(told["error"]["details"][0]["path"], "children");
}

#[actix_web::test]
async fn a_thousand_addresses_with_ten_bad_ones_are_990_tokens_in_one_answer() {
    let api = Api::start().await;
    let emails: Vec<String> = (0..1_000)
        .map(|n| match n % 100 {
            50 => format!("no address {n}"),
            _ => format!("user{n}@contoso.example"),
        })
        .collect();
    let body =
        json!({ "userEmails": emails, "sendEmail": "FALSE", "tags": ["Sales", null, "sales", ""] });
    let headers = [("idempotency-key", "bulk-1")];
    let path = format!("{ENTERPRISE}/enrollment-tokens/bulk");
    let mut answers = Vec::new();
    for _ in 0..2 {
        let began = std::time::Instant::now();
        let told = api
            .call_with(Method::POST, &path, Some(body.clone()), &api.key, &headers)
            .await;
        println!("1,000 addresses: {} ms", began.elapsed().as_millis());
        answers.push(told.expect(200));
    }
    assert_eq!(
        answers[0],
        json!({"status": true, "data": {"total": 1_000, "success": 990, "fail": 10}})
    );
    assert_eq!(answers[0], answers[1]);
    let list = api
        .get(&format!("{ENTERPRISE}/enrollment-tokens?limit=100"))
        .await
        .expect(200);
    assert_eq!(list["data"]["totalDocs"], 990);
    assert_eq!(list["data"]["totalPages"], 10);
    assert_eq!(list["data"]["items"][0]["tags"], json!(["Sales"]));
}

/// Asserts that `told` has each field that `printed` has, with a value of the same kind, at any depth. `free` are the
/// paths where it differs as decided.
#[track_caller]
fn same_shape(path: &str, printed: &Json, told: &Json, free: &[&str]) {
    if free.contains(&path) {
        return;
    }
    match (printed, told) {
        (Json::Object(printed), Json::Object(told)) => {
            for (name, value) in printed {
                let path = format!("{path}.{name}");
                let other = told
                    .get(name)
                    .unwrap_or_else(|| panic!("{path} is missing"));
                same_shape(&path, value, other, free);
            }
        }
        (Json::Array(printed), Json::Array(told)) => {
            assert_eq!(printed.is_empty(), told.is_empty(), "{path}");
            for (printed, told) in printed.iter().zip(told) {
                same_shape(&format!("{path}[]"), printed, told, free);
            }
        }
        (Json::String(_), Json::String(_))
        | (Json::Number(_), Json::Number(_))
        | (Json::Bool(_), Json::Bool(_)) => {}
        _ => panic!("{path}: printed {printed}, told {told}"),
    }
}

#[actix_web::test]
async fn the_printed_template_is_accepted_and_answered_in_the_printed_shape() {
    let file = "applivery-create-enrollment-template.txt";
    let Some((mut request, response)) = printed(file, 0).zip(printed(file, 1)) else {
        eprintln!("PORTCULLIS_SHARED is not set: the contract's text is not compared");
        return;
    };
    let api = Api::start().await;
    // The page prints "string" for identifiers, and the segment that it names must be there.
    let policy = template::policy(&api, "Corporate").await;
    request["rules"][0]["winPolicyId"] = json!(policy);
    request["rules"][0]["winPolicyAssignments"][0]["winPolicyId"] = json!(policy);
    let segment = json!({ "name": "Madrid" });
    let segments = "/v1/organizations/default/segments";
    assert_eq!(
        api.post(segments, segment).await.expect(200)["data"]["id"],
        1
    );

    let path = format!("{ENTERPRISE}/enrollment-templates/");
    let told = api.post(&path, request).await.expect(200);
    // An integer where the page prints its digits as text.
    same_shape("", &response, &told, &[".data.segmentId"]);
    assert_eq!(told["data"]["segmentId"], 1);
    let secret = &told["data"]["entraId"]["mobilityApp"]["clientSecret"];
    assert_eq!(secret, "********", "no client secret is echoed");
    let assigned = &told["data"]["rules"][0]["winPolicyAssignments"];
    assert_eq!(assigned, &json!([{ "winPolicyId": policy, "priority": 0 }]));
    for stamp in ["createdAt", "updatedAt"] {
        let stamp = told["data"][stamp].as_str().unwrap();
        assert!(stamp.parse::<jiff::Timestamp>().is_ok(), "{stamp}");
    }
}

#[actix_web::test]
async fn the_printed_profile_is_accepted_and_answered_in_the_printed_shape() {
    let file = "graph-android-for-work-enrollment-profile.txt";
    let Some((request, response)) = printed(file, 1).zip(printed(file, 2)) else {
        eprintln!("PORTCULLIS_SHARED is not set: the contract's text is not compared");
        return;
    };
    let api = Api::start().await;
    let path = "/beta/deviceManagement/androidForWorkEnrollmentProfiles";
    let told = api.post(path, request.clone()).await.expect(201);
    // Its token would have ended in 2016: there is none until one is created.
    let no_token = [
        ".tokenValue",
        ".tokenExpirationDateTime",
        ".qrCodeContent",
        ".qrCodeImage",
    ];
    same_shape("", &response, &told, &no_token);
    assert_eq!(told["tokenValue"], Json::Null);

    let mut ahead = request;
    ahead["displayName"] = json!("Another");
    ahead["tokenExpirationDateTime"] = json!("2116-12-31T23:59:54.0590989-08:00");
    let told = api.post(path, ahead).await.expect(201);
    same_shape("", &response, &told, &[]);
    let end: jiff::Timestamp = told["tokenExpirationDateTime"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(end.to_string(), "2117-01-01T07:59:54.059Z");
}

#[actix_web::test]
async fn the_documented_token_of_the_android_management_api_is_answered_field_by_field() {
    let file = "amapi-enrollment-tokens.txt";
    let folder = std::env::var("PORTCULLIS_SHARED").ok();
    let page = folder.and_then(|it| std::fs::read_to_string(format!("{it}/contracts/{file}")).ok());
    let Some(page) = page else {
        eprintln!("PORTCULLIS_SHARED is not set: the contract's text is not compared");
        return;
    };
    let api = Api::start().await;
    let body = json!({ "duration": "3600.5s", "additionalData": "unit 7", "oneTimeOnly": true,
        "allowPersonalUsage": "PERSONAL_USAGE_ALLOWED", "user": { "accountIdentifier": "x" },
        "policyName": "enterprises/default/policies/default", "name": "ignored", "value": "ignored" });
    let told = api
        .post("/v1/enterprises/default/enrollmentTokens", body)
        .await
        .expect(200);
    let begins = page.find("JSON representation").unwrap();
    let lines = page.split_at(begins).1.lines().skip(2);
    let fields: Vec<&str> = lines
        .take_while(|line| !line.starts_with("} |"))
        .filter_map(|line| line.strip_prefix('"')?.split_once('"'))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(fields.len(), 10, "{fields:?}");
    for field in fields {
        // A deprecated field whose value is ignored, and a policy that is not there.
        let absent = ["user", "policyName"].contains(&field);
        assert_eq!(told.get(field).is_none(), absent, "{field} of {told}");
    }
}
