//! The Federated policy: a page in the enrollment window, a result for Windows, one device for each result.

use jiff::SignedDuration;
use portcullis::protocol::discovery::AuthPolicy;
use portcullis::soap::Subcode;

use crate::client::{Answer, discover};
use crate::pc::{Pc, bearer, policies};
use crate::server::TestServer;

const APPRU: &str = "ms-app://windows.immersivecontrolpanel";
const EMAIL: &str = "ana@contoso.example";

/// The address of the page, as Windows asks for it.
async fn page(server: &TestServer) -> String {
    let request = discover(EMAIL, &[AuthPolicy::OnPremise, AuthPolicy::Federated]);
    let found = server.discover(&request).await;
    assert_eq!(found.auth_policy, AuthPolicy::Federated);
    let base = found.authentication_service_url.unwrap();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("appru", APPRU)
        .append_pair("login_hint", EMAIL)
        .finish();
    format!("{base}?{query}")
}

/// Types `code` into the form of the page.
async fn submit(server: &TestServer, page: &str, email: &str, code: &str) -> Answer {
    let fields = [
        ("flow", ""),
        ("appru", APPRU),
        ("email", email),
        ("code", code),
    ];
    server.post_form(page, &fields).await
}

/// The attribute `value` of a page's field.
fn field(page: &Answer, name: &str) -> Option<String> {
    let text = page.text();
    let (_, rest) = text.split_once(&format!("name=\"{name}\""))?;
    let (tag, _) = rest.split_once('>')?;
    let (_, rest) = tag.split_once("value=\"")?;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}

/// What Windows takes along from the page.
async fn wresult(server: &TestServer, code: &str) -> String {
    let page = page(server).await;
    let done = submit(server, &page, EMAIL, code).await;
    field(&done, "wresult").unwrap_or_else(|| panic!("{done:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_on_the_page_and_windows_enrolls_with_the_result() {
    let server = TestServer::start().await;
    let token = server.token().await;
    let page = page(&server).await;
    let form = server.get(&page).await;
    assert_eq!(form.status, 200, "{form:?}");
    assert_eq!(field(&form, "email").as_deref(), Some(EMAIL));
    assert_eq!(field(&form, "appru").as_deref(), Some(APPRU));

    let done = submit(&server, &page, EMAIL, &token.enroll_code).await;
    assert_eq!(done.status, 200);
    assert!(done.text().contains(&format!("action=\"{APPRU}\"")));
    assert_eq!(done.header("cache-control"), Some("no-store"));
    let policy = done.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action ms-app:"), "{policy}");
    assert!(!done.text().contains(&token.enroll_code));
    let result = field(&done, "wresult").unwrap();
    assert_ne!(result, token.token, "the token itself stays here");
    assert_eq!(server.uses(&token).await, 0, "the page spends nothing");

    let shows = bearer(&result);
    policies(&server, &shows).await.unwrap();
    let enrolled = Pc::new().enroll(&server, &shows).await;
    assert_eq!(server.uses(&token).await, 1);
    assert_eq!(enrolled.document.dm_client.upn.as_deref(), Some(EMAIL));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_good_for_one_device_whatever_its_token_allows() {
    let server = TestServer::start().await;
    let token = server.token_with(|wish| wish.uses = None).await;
    let shows = bearer(&wresult(&server, &token.enroll_code).await);
    let first = Pc::new();
    let enrolled = first.enroll(&server, &shows).await;
    let fault = Pc::new().try_enroll(&server, &shows).await.err().unwrap();
    assert_eq!(fault.subcode, Subcode::Authentication);
    assert_eq!(server.refusal(&fault).await, "sign-in-ended");
    let again = first.enroll(&server, &shows).await;
    assert_eq!(
        again.text, enrolled.text,
        "its own device may repeat itself"
    );
    assert_eq!(server.uses(&token).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_ends_thirty_minutes_after_the_sign_in() {
    let server = TestServer::start().await;
    let token = server.token_with(|wish| wish.uses = None).await;
    let shows = bearer(&wresult(&server, &token.enroll_code).await);
    let late = bearer(&wresult(&server, &token.enroll_code).await);
    server.clock.advance(30 * 60 - 1);
    Pc::new().enroll(&server, &shows).await;
    server.clock.advance(1);
    let fault = policies(&server, &late).await.unwrap_err();
    assert_eq!(server.refusal(&fault).await, "sign-in-ended");
    let fault = Pc::new().try_enroll(&server, &late).await.err().unwrap();
    assert_eq!(server.refusal(&fault).await, "sign-in-ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_dies_with_its_token() {
    let server = TestServer::start().await;
    let revoked = server.token().await;
    let shows = bearer(&wresult(&server, &revoked.enroll_code).await);
    server.revoke(&revoked).await;
    let fault = Pc::new().try_enroll(&server, &shows).await.err().unwrap();
    assert_eq!(server.refusal(&fault).await, "token-revoked");

    let short = server
        .token_with(|wish| wish.duration = Some(SignedDuration::from_mins(10)))
        .await;
    let shows = bearer(&wresult(&server, &short.enroll_code).await);
    server.clock.advance(10 * 60);
    let fault = Pc::new().try_enroll(&server, &shows).await.err().unwrap();
    assert_eq!(server.refusal(&fault).await, "token-expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_shows_the_form_again_and_is_recorded() {
    let server = TestServer::start().await;
    let token = server.token().await;
    let page = page(&server).await;
    for (email, code) in [
        (EMAIL, "0000-0000-0000"),
        (EMAIL, ""),
        ("ben@contoso.example", token.enroll_code.as_str()),
    ] {
        let again = submit(&server, &page, email, code).await;
        assert_eq!(again.status, 200);
        assert_eq!(field(&again, "wresult"), None);
        assert!(again.text().contains("role=\"alert\""));
        assert!(!again.text().contains(&token.enroll_code));
    }
    let attempts = server.attempts().await;
    assert_eq!(attempts.len(), 1, "one walk");
    assert_eq!(attempts[0].exchanges.len(), 4);
    let refusal = attempts[0].refusal.as_deref();
    assert_eq!(refusal, Some("credential-of-another"));
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_at_a_page_spends_nothing_however_often() {
    let server = TestServer::start().await;
    let token = server.token().await;
    let page = page(&server).await;
    for _ in 0..20 {
        assert_eq!(server.get(&token.enrollment_link).await.status, 200);
        assert_eq!(server.get(&page).await.status, 200);
        let head = server
            .send::<&str, &str>(reqwest::Method::HEAD, &token.enrollment_link, &[], "")
            .await;
        assert!(head.status < 500);
    }
    assert_eq!(server.uses(&token).await, 0);
    Pc::new().enroll(&server, &bearer(&token.token)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_cannot_be_typed_into_the_page() {
    let server = TestServer::start().await;
    let token = server.token_with(|wish| wish.uses = None).await;
    let result = wresult(&server, &token.enroll_code).await;
    let page = page(&server).await;
    let again = submit(&server, &page, EMAIL, &result).await;
    assert_eq!(field(&again, "wresult"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_hands_nothing_to_an_address_that_is_not_windows() {
    let server = TestServer::start().await;
    let token = server.token().await;
    let base = format!("{}/EnrollmentServer/Auth", server.web);
    for appru in [
        "https://evil.example/",
        "javascript:alert(1)",
        "ms-app://x\"><script>alert(1)</script>",
        "",
    ] {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("appru", appru)
            .finish();
        let form = server.get(&format!("{base}?{query}")).await;
        assert_eq!(form.status, 400, "{appru}");
        let fields = [
            ("appru", appru),
            ("email", EMAIL),
            ("code", &token.enroll_code),
        ];
        let done = server.post_form(&base, &fields).await;
        assert_eq!(done.status, 400, "{appru}");
        for answer in [form, done] {
            assert!(!answer.text().contains("evil.example"));
            assert!(!answer.text().contains("alert(1)"));
            assert_eq!(field(&answer, "wresult"), None);
        }
    }
    assert_eq!(server.uses(&token).await, 0);
}
