//! Discovery: any client of Windows 10 and later finds its way, wherever it looks.

use portcullis::config::AuthPolicyPreference;
use portcullis::protocol::discovery::{AuthPolicy, Discover, Version};
use portcullis::soap::{ErrorType, Subcode};

use crate::client::{discover, write};
use crate::pc::{Pc, policies, typed};
use crate::server::TestServer;

use AuthPolicy::{Certificate, Federated, OnPremise};

const EMAIL: &str = "ana@contoso.example";

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_version_from_3_0_on_is_served_in_the_highest_that_both_speak() {
    let server = TestServer::start().await;
    for (requested, answered) in [
        ("3.0", "3.0"),
        ("4.0", "4.0"),
        ("5.0", "5.0"),
        ("6.0", "5.0"),
        ("7.0", "5.0"),
        ("9.0", "5.0"),
        ("99.0", "5.0"),
    ] {
        let request = Discover {
            request_version: Some(version(requested)),
            ..discover(EMAIL, &[OnPremise])
        };
        let found = server.discover(&request).await;
        assert_eq!(found.enrollment_version, Some(version(answered)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_8_1_is_told_that_it_is_too_old() {
    let server = TestServer::start().await;
    for requested in [Some("2.0"), Some("1.0"), Some("2.9"), None] {
        let request = Discover {
            request_version: requested.map(version),
            ..discover(EMAIL, &[])
        };
        let answer = server.exchange(&server.discovery(), &request, None).await;
        let fault = answer.fault::<Discover>();
        assert_eq!(fault.subcode, Subcode::Authorization);
        let detail = fault.detail.as_ref().unwrap();
        assert_eq!(detail.error_type, Some(ErrorType::DeviceNotSupported));
        assert_eq!(server.refusal(&fault).await, "version");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_request_version_is_the_one_of_windows_8_1() {
    let server = TestServer::start().await;
    let request = discover(EMAIL, &[OnPremise]);
    let text = write::<Discover>(&server.discovery(), &request, None);
    let empty = text.replace(">5.0</", "></");
    assert_ne!(empty, text);
    let answer = server.post_soap(&server.discovery(), empty).await;
    assert_eq!(answer.fault::<Discover>().hresult(), 0x8018_0014);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_is_one_that_the_client_offers() {
    let server = TestServer::start().await;
    for (offered, chosen) in [
        (vec![OnPremise], OnPremise),
        (vec![Federated], Federated),
        (vec![OnPremise, Federated], Federated),
        (vec![Federated, OnPremise], Federated),
        (vec![Certificate, OnPremise], OnPremise),
        (vec![], OnPremise),
    ] {
        let found = server.discover(&discover(EMAIL, &offered)).await;
        assert_eq!(found.auth_policy, chosen, "{offered:?}");
        let federated = chosen == Federated;
        assert_eq!(found.authentication_service_url.is_some(), federated);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_offers_nothing_that_is_served_is_told_so() {
    let server = TestServer::start().await;
    let passkey = AuthPolicy::Other("Passkey".to_owned());
    for offered in [vec![Certificate], vec![passkey]] {
        let request = discover(EMAIL, &offered);
        let answer = server.exchange(&server.discovery(), &request, None).await;
        let fault = answer.fault::<Discover>();
        assert_eq!(fault.hresult(), ErrorType::NotSupported.hresult());
        let attempt = server.attempt_of(&fault).await;
        assert_eq!(attempt.refusal.as_deref(), Some("auth-policy"));
        assert!(attempt.explanation.unwrap().contains(offered[0].name()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_premise_can_be_preferred() {
    let server = TestServer::with(|config| {
        config.enrollment.auth_policy = AuthPolicyPreference::OnPremise;
    })
    .await;
    let found = server
        .discover(&discover(EMAIL, &[Federated, OnPremise]))
        .await;
    assert_eq!(found.auth_policy, OnPremise);
    let found = server.discover(&discover(EMAIL, &[Federated])).await;
    assert_eq!(found.auth_policy, Federated);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_and_a_domain_user_are_as_good_as_an_address() {
    let server = TestServer::start().await;
    for email in ["", r"CONTOSO\ana", "ana@localhost", "Zoë@contoso.example"] {
        let found = server.discover(&discover(email, &[OnPremise])).await;
        assert_eq!(found.auth_policy, OnPremise, "{email:?}");
    }
    let attempts = server.attempts().await;
    let mut names: Vec<_> = attempts
        .iter()
        .filter_map(|attempt| attempt.username.as_deref())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [r"CONTOSO\ana", "Zoë@contoso.example", "ana@localhost"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_answers_wherever_a_device_may_look_for_it() {
    let server = TestServer::start().await;
    let request = discover(EMAIL, &[OnPremise]);
    for path in [
        "/EnrollmentServer/Discovery.svc",
        "/ENROLLMENTSERVER/DISCOVERY.SVC",
        "/enrollmentserver/discovery.svc",
        "/EnrollmentServer",
        "/",
        "",
    ] {
        let url = format!("{}{path}", server.web);
        let answer = server.exchange(&url, &request, None).await;
        answer.reply::<Discover>();
    }
    for path in [
        "/EnrollmentServer/Discovery.svc",
        "/ENROLLMENTSERVER/DISCOVERY.SVC",
    ] {
        let url = format!("{}{path}", server.device);
        let answer = server.exchange(&url, &request, None).await;
        answer.reply::<Discover>();
        assert_eq!(server.get(&url).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_walk_works_in_upper_case() {
    let server = TestServer::start().await;
    let token = server.token().await;
    let mut shouting = (*server).clone();
    shouting.device = shouting
        .device
        .replace("https://localhost", "HTTPS://LOCALHOST");
    let policy = format!("{}/ENROLLMENTSERVER/POLICY.SVC", shouting.device);
    let request = portcullis::protocol::policy::GetPolicies::default();
    let answer = server
        .exchange(&policy, &request, Some(typed(&token)))
        .await;
    answer.reply::<portcullis::protocol::policy::GetPolicies>();
    let url = format!("{}/ENROLLMENTSERVER/ENROLLMENT.SVC", shouting.device);
    let answer = server
        .exchange(&url, &Pc::new().request(), Some(typed(&token)))
        .await;
    answer.reply::<portcullis::protocol::enrollment::RequestSecurityToken>();
}

#[tokio::test(flavor = "multi_thread")]
async fn policy_and_enrollment_have_one_host_and_one_walk() {
    let server = TestServer::start().await;
    let token = server.token().await;
    let found = server.discover(&discover(EMAIL, &[OnPremise])).await;
    let policy = found.enrollment_policy_service_url.unwrap();
    let enrollment = found.enrollment_service_url;
    let host = |url: &str| url.split('/').nth(2).unwrap().to_owned();
    assert_eq!(host(&policy), host(&enrollment));
    assert_ne!(host(&policy), host(&server.web), "another listener");

    policies(&server, &typed(&token)).await.unwrap();
    let pc = Pc::new();
    server
        .exchange(&enrollment, &pc.request(), Some(typed(&token)))
        .await
        .reply::<portcullis::protocol::enrollment::RequestSecurityToken>();
    let attempts = server.attempts().await;
    let walk = attempts
        .iter()
        .find(|attempt| attempt.device_id.is_some())
        .unwrap();
    assert_eq!(walk.exchanges.len(), 2, "discovery and enrollment");
    assert_eq!(walk.token_id, Some(token.record.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_is_answered_to_get_and_head_alike() {
    let server = TestServer::start().await;
    for method in [reqwest::Method::GET, reqwest::Method::HEAD] {
        let no: [(&str, &str); 0] = [];
        let answer = server.send(method, &server.discovery(), &no, "").await;
        assert_eq!((answer.status, answer.body.len()), (200, 0));
        assert_eq!(answer.header("content-length"), Some("0"));
    }
    assert!(server.attempts().await.is_empty(), "a probe is no walk");
}
