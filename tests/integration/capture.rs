//! What real Windows devices sent, byte for byte, met by the real server: only their credentials are replaced.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis::device::State;
use portcullis::protocol::discovery::{AuthPolicy, Discover, Version};
use portcullis::protocol::enrollment::RequestSecurityToken;
use portcullis::protocol::policy::GetPolicies;
use portcullis::protocol::provisioning::{Enrollment, ProvisioningDocument};
use portcullis::protocol::syncml::{Command, SyncMl};
use reqwest::Method;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::client::Answer;
use crate::pc::{Pc, typed};
use crate::schema::{self, Kind};
use crate::server::TestServer;
use crate::talk::{Talk, willing};

const WIN10_DEVICE_ID: &str = "B5B954E81FBCB94EB79BD08BE625F4EE";

/// A captured file; none when the folder is not there.
fn capture(name: &str) -> Option<String> {
    let path = schema::shared()?.join("protocol/captures").join(name);
    Some(fs::read_to_string(path).unwrap())
}

/// The headers that were captured with a request, but for those that belong to the connection.
fn headers(name: &str) -> Vec<(String, String)> {
    let text = capture(&format!("{name}.headers.txt")).unwrap();
    let fields = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "));
    fields
        .filter(|(name, _)| !matches!(*name, "Host" | "Content-Length"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Sends a captured request with its captured headers.
async fn send(server: &TestServer, url: &str, name: &str, body: String) -> Answer {
    server.send(Method::POST, url, &headers(name), body).await
}

/// What a document installs, checked beyond what a strict device checks.
fn installed(answer: &Answer) -> Enrollment {
    answer.assert_valid::<RequestSecurityToken>();
    let text = answer.reply::<RequestSecurityToken>().provisioning_document;
    schema::assert_valid(Kind::Provisioning, text.as_bytes());
    let document = ProvisioningDocument::parse(&text).unwrap();
    Enrollment::from_document(&document).unwrap()
}

/// The public key of the certificate request in a captured message.
fn key_in(message: &str) -> Vec<u8> {
    let text = message.rsplit("#base64binary\">").next().unwrap();
    let text: String = text
        .chars()
        .take_while(|c| *c != '<')
        .filter(|c| !c.is_whitespace())
        .collect();
    let der = STANDARD.decode(text).unwrap();
    let (_, request) = X509CertificationRequest::from_der(&der).unwrap();
    request.certification_request_info.subject_pki.raw.to_vec()
}

fn key_of(certificate: &[u8]) -> Vec<u8> {
    let (_, certificate) = X509Certificate::from_der(certificate).unwrap();
    certificate.public_key().raw.to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_of_a_windows_10_device_is_answered_with_nothing() {
    let name = "win10-19043-onprem-ngrok-0-get-probe";
    if schema::shared().is_none() {
        return;
    }
    let server = TestServer::start().await;
    let answer = server
        .send(Method::GET, &server.discovery(), &headers(name), "")
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, b"");
    assert_eq!(answer.header("content-length"), Some("0"));
    assert_eq!(answer.header("content-type"), Some("text/html"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_windows_10_device_enrolls_with_the_bytes_that_it_sent() {
    let name = |step: &str| format!("win10-19043-onprem-ngrok-{step}");
    let Some(discover) = capture(&format!("{}.xml", name("1-discovery-request"))) else {
        return;
    };
    let server = TestServer::start().await;
    let token = server.token().await;
    let filled = |step: &str| {
        let text = capture(&format!("{}.xml", name(step))).unwrap();
        let filled = text
            .replace(">demio<", ">ana@contoso.example<")
            .replace(">demo<", &format!(">{}<", token.enroll_code));
        assert_ne!(filled, text);
        filled
    };

    let url = server.discovery();
    let answer = send(&server, &url, &name("1-discovery-request"), discover).await;
    answer.assert_valid::<Discover>();
    let (header, _) = answer.outcome::<Discover>();
    assert_eq!(
        header.relates_to.as_deref(),
        Some("urn:uuid:748132ec-a575-4329-b01b-6171a9cf8478")
    );
    let found = answer.reply::<Discover>();
    assert_eq!(found.auth_policy, AuthPolicy::Federated);

    let url = found.enrollment_policy_service_url.unwrap();
    let step = "2-policy-request";
    let answer = send(&server, &url, &name(step), filled(step)).await;
    answer.assert_valid::<GetPolicies>();
    answer.reply::<GetPolicies>();

    let url = found.enrollment_service_url;
    let step = "3-enrollment-request";
    let answer = send(&server, &url, &name(step), filled(step)).await;
    let installed = installed(&answer);
    assert_eq!(key_of(&installed.leaf.der), key_in(&filled(step)));

    let device = server.devices().await.remove(0);
    assert_eq!(device.owner.as_deref(), Some("ana@contoso.example"));
    assert_eq!(device.facts.device_id.as_deref(), Some(WIN10_DEVICE_ID));
    let macs = device.facts.items.iter().filter(|(name, _)| name == "MAC");
    assert_eq!(macs.count(), 6);
    let attempts = server.attempts().await;
    assert_eq!(attempts.len(), 1, "one walk: {attempts:#?}");
    assert_eq!(attempts[0].exchanges.len(), 3);
    assert!(format!("{:?}", attempts[0].exchanges).contains("SHA-1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_captured_sessions_are_answered_and_the_second_one_ends_the_enrollment() {
    let package = |step: &str| capture(&format!("win10-19043-onprem-ngrok-{step}-mdm-request.xml"));
    let (Some(first), Some(second)) = (package("4"), package("5")) else {
        return;
    };
    let server = TestServer::start().await;
    let token = server.token().await;
    let pc = Pc::new().saying("DeviceID", WIN10_DEVICE_ID);
    let enrolled = pc.enroll(&server, &typed(&token)).await;
    assert_eq!(server.devices().await[0].state, State::Provisioning);
    let url = format!("{}?mode=Maintenance&Platform=WoA", server.management());
    let pc_side = server.with_identity(&enrolled.identity());
    let session = async |package: &str, name: &str| {
        let answer = pc_side
            .send(Method::POST, &url, &headers(name), package)
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        schema::assert_valid(Kind::SyncMl, &answer.body);
        statuses(&SyncMl::read(&answer.body).unwrap())
    };

    let names = ["4", "5"].map(|step| format!("win10-19043-onprem-ngrok-{step}-mdm-request"));
    let answered = session(&first, &names[0]).await;
    let expected = [
        ("0", "SyncHdr"),
        ("2", "Alert"),
        ("3", "Alert"),
        ("4", "Replace"),
    ];
    assert_eq!(answered, good(&expected));
    // What that device would have answered was not captured.
    let mut rest = Talk::new(pc_side.clone(), pc.device_id(), "1");
    rest.run(willing).await;
    assert_eq!(server.devices().await[0].state, State::Active);

    let answered = session(&second, &names[1]).await;
    let expected = [
        ("0", "SyncHdr"),
        ("2", "Alert"),
        ("3", "Alert"),
        ("4", "Alert"),
        ("5", "Replace"),
    ];
    assert_eq!(answered, good(&expected));
    assert_eq!(server.devices().await[0].state, State::Deleted);

    let answered = session(&first, &names[0]).await;
    let refused = [
        ("0", "SyncHdr"),
        ("2", "Alert"),
        ("3", "Alert"),
        ("4", "Replace"),
    ];
    let refused = refused.map(|(cmd_ref, cmd)| own(cmd_ref, cmd, "401"));
    assert_eq!(answered, refused);
    assert_eq!(server.devices().await[0].state, State::Deleted);
}

fn statuses(package: &SyncMl) -> Vec<(String, String, String)> {
    let statuses = package
        .body
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Status(status) => Some(own(&status.cmd_ref, &status.cmd, &status.data)),
            _ => None,
        });
    statuses.collect()
}

fn own(cmd_ref: &str, cmd: &str, data: &str) -> (String, String, String) {
    (cmd_ref.to_owned(), cmd.to_owned(), data.to_owned())
}

fn good(commands: &[(&str, &str)]) -> Vec<(String, String, String)> {
    let good = commands
        .iter()
        .map(|(cmd_ref, cmd)| own(cmd_ref, cmd, "200"));
    good.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_windows_10_device_that_an_agent_enrolls_shows_a_bare_token() {
    let name = |step: &str| format!("win10-19045-programmatic-fleettest-{step}-request.xml");
    let Some(discover) = capture(&name("discovery")) else {
        return;
    };
    let server = TestServer::start().await;
    let token = server.token().await;
    let answer = server.post_soap(&server.discovery(), discover).await;
    answer.assert_valid::<Discover>();
    let found = answer.reply::<Discover>();
    let enroll = capture(&name("enrollment")).unwrap();
    let filled = enroll.replace("aGVsbG93b3JsZA==", &STANDARD.encode(&token.token));
    assert_ne!(filled, enroll);
    let answer = server
        .post_soap(&found.enrollment_service_url, filled)
        .await;
    let installed = installed(&answer);
    assert_eq!(key_of(&installed.leaf.der), key_in(&enroll));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_windows_11_device_that_an_agent_enrolls_walks_through() {
    let name = |step: &str| format!("win11-22598-programmatic-fleet-mdmtest-{step}-request.xml");
    let Some(discover) = capture(&name("discovery")) else {
        return;
    };
    let server = TestServer::start().await;
    let token = server.token().await;
    let placeholder = "QklOQVJZX1NFQ19UT0tFTg==";
    let filled = |step: &str| {
        let text = capture(&name(step)).unwrap();
        assert!(text.contains(placeholder), "{step}");
        text.replace(placeholder, &STANDARD.encode(&token.token))
            .replace("HWDEVID_64_HEX", &"3B3ED6D0EA88CBFC".repeat(4))
    };
    let answer = server.post_soap(&server.discovery(), discover).await;
    answer.assert_valid::<Discover>();
    let found = answer.reply::<Discover>();
    assert_eq!(
        found.enrollment_version,
        Some(Version { major: 5, minor: 0 })
    );
    let url = found.enrollment_policy_service_url.unwrap();
    let answer = server.post_soap(&url, filled("policy")).await;
    answer.assert_valid::<GetPolicies>();
    answer.reply::<GetPolicies>();
    let answer = server
        .post_soap(&found.enrollment_service_url, filled("enrollment"))
        .await;
    let installed = installed(&answer);
    assert_eq!(key_of(&installed.leaf.der), key_in(&filled("enrollment")));
}
