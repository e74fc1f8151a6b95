//! The pages that people see, and the files that lead a PC in without them.

mod artefact;
pub(crate) mod browser;

use serde_json::{Value as Json, json};

use crate::api::Api;
use crate::api::template::policy;
use crate::pc::{Pc, bearer};

const BASE: &str = "/v1/organizations/default/mdm/windows/enterprise";
const ORGANIZATION: &str = "/v1/organizations/default";
const APPRU: &str = "ms-app://windows.immersivecontrolpanel";

/// A template that asks for a department, and tags whoever is of sales.
pub(crate) async fn asking(api: &Api, automatic: bool) -> Json {
    let policy = policy(api, "Everybody").await;
    let rules = json!([
        { "name": "Sales", "conditions": [{ "auxiliaryFields": [["department:sales"]] }],
          "tags": ["seller"], "winPolicyId": policy },
        { "name": "Others", "tags": ["other"], "winPolicyId": policy },
    ]);
    let fields = json!([
        { "type": "select", "key": "department", "title": "Department", "options": ["Sales", "IT"] },
        { "type": "text", "key": "room", "title": "Room", "description": "Where the PC stands" },
    ]);
    let body = json!({ "name": "Office", "rules": rules, "auxiliaryFields": fields, "allowAutoContinue": automatic });
    let made = api
        .post(&format!("{BASE}/enrollment-templates"), body)
        .await;
    made.expect(200)["data"].clone()
}

pub(crate) async fn publish_terms(api: &Api) -> Json {
    let texts =
        json!({ "en": "The PC belongs to Contoso.\nBe kind to it.", "es": "El PC es de Contoso." });
    let path = format!("{ORGANIZATION}/terms");
    let added = api.post(&path, json!({ "texts": texts })).await;
    added.expect(200)["data"].clone()
}

/// The value of a hidden field of a page.
pub(crate) fn hidden<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\""))?;
    rest.split('"').next()
}

#[actix_web::test]
async fn whoever_follows_an_invitation_sees_it_and_spends_nothing() {
    let api = Api::start().await;
    let body = json!({ "email": "ana@contoso.example", "sendEmail": false, "language": "es" });
    let token = api.post(&format!("{BASE}/enrollment-tokens"), body).await;
    let token = token.expect(200)["data"].clone();
    let text = |key: &str| token[key].as_str().unwrap().to_owned();
    for _ in 0..100 {
        let page = api.server.get(&text("enrollmentLink")).await;
        assert_eq!(page.status, 200);
    }
    let page = api.server.get(&text("enrollmentLink")).await.text();
    assert!(page.contains("<html lang=\"es\""), "the token's language");
    assert!(page.contains(&text("enrollCode")));
    assert!(page.contains("ana@contoso.example"));
    let shown = api
        .get(&format!("{BASE}/enrollment-tokens/{}", text("id")))
        .await;
    assert_eq!(shown.expect(200)["data"]["state"], "PENDING");
    // The button is for Windows, where Edge knows such links.
    assert!(!page.contains("ms-device-enrollment:"));
    let agent = [
        (
            "user-agent",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Edg/140",
        ),
        ("accept-language", "en-GB,en;q=0.8"),
    ];
    let method = reqwest::Method::GET;
    let page = api
        .server
        .send(method, &text("enrollmentLink"), &agent, "")
        .await;
    let page = page.text();
    assert!(page.contains("<html lang=\"en\""), "the browser's language");
    let link = "ms-device-enrollment:?mode=mdm&#38;username=ana%40contoso.example&#38;servername=https%3A%2F%2F";
    assert!(page.contains(link), "{page}");

    let enroll = format!("{}/enroll", api.server.web);
    let found = api
        .server
        .post_form(&enroll, &[("code", &text("enrollCode"))])
        .await;
    assert!(found.text().contains("ana@contoso.example"));
    let wrong = api
        .server
        .post_form(&enroll, &[("code", "AAAA-AAAA-AAAA")])
        .await;
    assert_eq!(wrong.status, 404);
    assert!(wrong.text().contains("role=\"alert\""));
}

#[actix_web::test]
async fn a_person_is_asked_what_the_template_wants_and_the_rules_hear_the_answers() {
    let api = Api::start().await;
    let template = asking(&api, true).await;
    let terms = publish_terms(&api).await;
    let code = template["winEnrollmentToken"]["token"].as_str().unwrap();
    let url = format!("{}/EnrollmentServer/Auth?appru={APPRU}", api.server.web);
    let post = async |more: &[(&str, &str)]| {
        let mut fields = vec![
            ("appru", APPRU),
            ("email", "ana@contoso.example"),
            ("code", code),
        ];
        fields.extend_from_slice(more);
        api.server.post_form(&url, &fields).await.text()
    };
    let page = post(&[]).await;
    assert!(
        page.contains("<label for=\"field-1\">Department</label>"),
        "{page}"
    );
    assert!(page.contains("Be kind to it.") && !page.contains("role=\"alert\""));
    // A choice that is none, and terms that were not accepted.
    let page = post(&[
        ("asked", "1"),
        ("field.department", "Chief"),
        ("field.room", "12"),
    ])
    .await;
    assert_eq!(page.matches("role=\"alert\"").count(), 2, "{page}");
    assert!(page.contains("value=\"12\""), "what was written stays");
    assert!(hidden(&page, "wresult").is_none());
    let page = post(&[
        ("asked", "1"),
        ("field.department", "Sales"),
        ("field.room", "12"),
        ("accepted", "7"),
    ])
    .await;
    assert!(hidden(&page, "wresult").is_none(), "another version");
    let answers = [
        ("asked", "1"),
        ("field.department", "Sales"),
        ("field.room", "12"),
        ("accepted", "1"),
    ];
    let page = post(&answers).await;
    let wresult = hidden(&page, "wresult").unwrap().to_owned();
    assert!(page.contains("<script"), "it goes on by itself");

    Pc::new().enroll(&api.server, &bearer(&wresult)).await;
    let devices = api.get(&format!("{BASE}/devices")).await.expect(200);
    let device = &devices["data"]["items"][0];
    assert_eq!(device["tags"], json!(["seller"]));
    assert_eq!(device["decision"]["matched"], "Sales");
    assert_eq!(
        device["decision"]["answers"][0],
        json!(["department", "Sales"])
    );
    let accepted = api.get(&format!("{ORGANIZATION}/terms/acceptances")).await;
    let accepted = accepted.expect(200)["data"]["items"].clone();
    assert_eq!(accepted.as_array().unwrap().len(), 1);
    assert_eq!(accepted[0]["version"], terms["version"]);
    assert!(accepted[0]["attemptId"].is_string() && accepted[0]["remote"].is_string());
}

#[actix_web::test]
async fn a_template_without_auto_continue_lets_the_person_take_the_last_step() {
    let api = Api::start().await;
    let template = asking(&api, false).await;
    let code = template["winEnrollmentToken"]["token"].as_str().unwrap();
    let url = format!("{}/EnrollmentServer/Auth?appru={APPRU}", api.server.web);
    let fields = [
        ("appru", APPRU),
        ("code", code),
        ("asked", "1"),
        ("field.department", "IT"),
        ("field.room", ""),
    ];
    let page = api.server.post_form(&url, &fields).await.text();
    assert!(hidden(&page, "wresult").is_some());
    assert!(!page.contains("<script"));
}

#[actix_web::test]
async fn an_organization_shows_its_name_colour_and_the_pixels_of_its_logo() {
    let api = Api::start().await;
    let branding = format!("{ORGANIZATION}/branding");
    let put = async |path: &str, body: Json| api.call(reqwest::Method::PUT, path, Some(body)).await;
    let wish = json!({ "name": "Contoso <IT>", "accentColor": "#ffe000" });
    put(&branding, wish).await.expect(200);
    let bad = json!({ "accentColor": "red;}body{display:none" });
    put(&branding, bad).await.expect(400);
    let png = portcullis::admin::qr::png("pixels").unwrap();
    let logo = format!("{branding}/logo");
    put(&logo, json!({ "png": "PHN2Zz4=" })).await.expect(400);
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(&png);
    let shown = put(&logo, json!({ "png": encoded })).await.expect(200);
    assert_eq!(shown["data"]["hasLogo"], true);

    let page = api
        .server
        .get(&format!("{}/enroll", api.server.web))
        .await
        .text();
    assert!(
        page.contains("Contoso &#60;IT&#62;") && page.contains("--own: #ffe000; --on-own: #000000")
    );
    let (_, path) = page.split_once("<img class=\"logo\" src=\"").unwrap();
    let path = path.split('"').next().unwrap();
    let image = api.server.get(&format!("{}{path}", api.server.web)).await;
    assert_eq!(image.header("content-type"), Some("image/png"));
    assert!(image.body.starts_with(b"\x89PNG"));
}

#[actix_web::test]
async fn an_organizations_own_words_are_checked_when_they_are_saved() {
    let api = Api::start().await;
    let path = format!("{ORGANIZATION}/wordings");
    let listed = api.get(&path).await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 16);
    let own = |subject: &str| {
        let wording =
            json!({ "subject": subject, "paragraphs": ["Come to {{ server }}."], "steps": [] });
        json!({ "kind": "invite", "language": "en", "wording": wording })
    };
    let put = async |body: Json| api.call(reqwest::Method::PUT, &path, Some(body)).await;
    for subject in [
        "{% for %}",
        "{{ name",
        "Two\r\nBcc: all@contoso.example",
        "",
    ] {
        put(own(subject)).await.expect(400);
    }
    assert_eq!(
        put(own("Hi from {{ name }}")).await.expect(200)["data"]["own"],
        true
    );
    let preview = json!({ "kind": "invite", "language": "en" });
    let shown = api
        .post(&format!("{path}/preview"), preview)
        .await
        .expect(200);
    assert_eq!(shown["data"]["subject"], "Hi from Default organization");
    let back = json!({ "kind": "invite", "language": "en", "wording": null });
    assert_eq!(put(back).await.expect(200)["data"]["own"], false);
}
