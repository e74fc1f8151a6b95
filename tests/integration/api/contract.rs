//! The published contracts' own examples: accepted as they are printed, and answered in the printed shape, apart from
//! what is decided otherwise (no client secret is echoed, time stamps are RFC 3339).

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::Api;

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
