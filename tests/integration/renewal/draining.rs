//! A server that takes no new devices serves those that it has.

use portcullis::protocol::discovery::{AuthPolicy, Discover};
use portcullis::protocol::policy::GetPolicies;
use portcullis::soap::{ErrorType, Fault, Subcode};

use super::{Own, ask, nobody, renewal, session};
use crate::client::discover;
use crate::pc::{Pc, bearer, policies};
use crate::server::{Data, ProcessServer};

const DRAINING: (&str, &str) = ("PORTCULLIS_ENROLLMENT__DRAINING", "true");
const SENTENCE: &str = "New devices cannot be enrolled here any more.";
const SPANISH: &str = "Aquí ya no se pueden inscribir dispositivos nuevos.";

/// A server that was started again to drain, with a device that enrolled before; and the value of a token.
async fn scene() -> (ProcessServer, Pc, Own, String) {
    let server = ProcessServer::start(&[]);
    let token = server.data().json(&["token", "create", "--uses", "5"]);
    let (pc, token) = (Pc::new(), token["token"].as_str().unwrap().to_owned());
    let enrolled = pc.enroll(&server, &bearer(&token)).await;
    let server = server.kill().serve(&[DRAINING]);
    let own = Own::enrolled(&server, &pc, &enrolled);
    (server, pc, own, token)
}

fn is_told(fault: &Fault) {
    assert_eq!(fault.subcode, Subcode::EnrollmentServer);
    let detail = fault.detail.as_ref().unwrap();
    assert_eq!(detail.error_type, Some(ErrorType::InMaintenance));
    assert_eq!(fault.hresult(), 0x8018_0017);
    assert!(fault.reason.starts_with(SENTENCE), "{fault:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draining_server_refuses_new_devices_and_serves_those_that_it_has() {
    let (server, pc, own, token) = scene().await;
    for offered in [AuthPolicy::OnPremise, AuthPolicy::Federated] {
        let asked = discover("ana@contoso.example", &[offered]);
        let answer = server.exchange(&server.discovery(), &asked, None).await;
        is_told(&answer.outcome::<Discover>().1.unwrap_err());
    }
    let shows = bearer(&token);
    is_told(&policies(&server, &shows).await.unwrap_err());
    is_told(&Pc::new().try_enroll(&server, &shows).await.err().unwrap());
    let again = pc.with_new_key().try_enroll(&server, &shows).await;
    is_told(&again.err().unwrap());

    let asked = GetPolicies::default();
    let url = server.policy();
    let answer = own.site.exchange(&url, &asked, Some(nobody())).await;
    assert!(answer.outcome::<GetPolicies>().1.is_ok());
    assert_eq!(session(&own, &pc).await, "200");
    let next = pc.with_new_key();
    let text = ask(&own.site, &next, &own.message(&next), Some(nobody()))
        .await
        .unwrap();
    let renewed = Own::new(&server, &next.key, &renewal(&text).leaf.der);
    assert_eq!(session(&renewed, &pc).await, "200");

    let data = server.data();
    let devices = data.json(&["device", "list"]);
    assert_eq!(devices.as_array().unwrap().len(), 1);
    let key = data.json(&["admin", "create-key", "--role", "owner"]);
    let bearer = format!("Bearer {}", key["key"].as_str().unwrap());
    let path = "/v1/organizations/default/mdm/windows/enterprise/devices";
    let url = format!("{}{path}", server.web);
    let headers = [("authorization", bearer.as_str())];
    let listed = server.send(reqwest::Method::GET, &url, &headers, "").await;
    assert_eq!(listed.status, 200);
    let issuer = data.json(&["ca", "show"])["issuingSha256"].clone();
    let list = format!(
        "{}/crl/{}.crl",
        server.web,
        issuer.as_str().unwrap_or_default()
    );
    assert_eq!(server.get(&list).await.status, 200, "{list}");

    let attempts = data.json(&["attempt", "list"]);
    let refused = attempts.as_array().unwrap().iter();
    let refused: Vec<_> = refused.filter(|it| it["refusal"] == "draining").collect();
    assert!(refused.len() >= 4, "{attempts}");
    let explained = refused[0]["explanation"].as_str().unwrap();
    assert!(explained.contains("enrollment.draining"), "{explained}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_a_draining_server_say_so_in_the_language_of_the_browser() {
    let (server, _, _, token) = scene().await;
    let appru = "appru=ms-app%3A%2F%2Fwindows.immersivecontrolpanel";
    let window = format!("/EnrollmentServer/Auth?{appru}");
    let linked = format!("/enroll?token={token}");
    for (path, status) in [(window.as_str(), 200), ("/enroll", 503), (&linked, 503)] {
        for (language, sentence) in [("en-US", SENTENCE), ("es-ES,en;q=0.5", SPANISH)] {
            let url = format!("{}{path}", server.web);
            let headers = [("accept-language", language)];
            let page = server.send(reqwest::Method::GET, &url, &headers, "").await;
            assert_eq!(page.status, status, "{path}");
            assert!(page.text().contains(sentence), "{path}: {}", page.text());
            assert!(!page.text().contains("<form"), "{path}");
        }
    }
    let fields = [
        ("appru", "ms-app://windows.immersivecontrolpanel"),
        ("email", "ana@contoso.example"),
        ("code", token.as_str()),
    ];
    let url = format!("{}{window}", server.web);
    let page = server.post_form(&url, &fields).await;
    assert!(page.text().contains(SENTENCE), "{}", page.text());
    let url = format!("{}/enroll", server.web);
    let page = server.post_form(&url, &[("code", token.as_str())]).await;
    assert!(page.text().contains(SENTENCE));
}

#[test]
fn whoever_looks_at_the_configuration_is_warned_of_draining() {
    let data = Data::new();
    let run = |arguments: &[&str]| {
        let mut command = data.command(arguments);
        let output = command.env(DRAINING.0, DRAINING.1).output().unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    for arguments in [&["config", "check"][..], &["doctor"]] {
        let told = run(arguments);
        assert!(
            told.contains("enrollment.draining: is on, so no new device can enroll"),
            "{told}"
        );
    }
}
