//! Another server is told what happens to devices, and takes them over.

mod receiver;

use std::net::TcpListener;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis::config::{Config, ManagementMode};
use reqwest::Method;
use serde_json::Value as Json;

use crate::api::Api;
use crate::log::lines_with;
use crate::pc::{Enrolled, Pc, bearer, hello, leaves, pem, typed};
use crate::renewal::{Own, ask, nobody};
use crate::server::{Data, TestServer};

use receiver::{Receiver, SECRET};

const DEVICES: &str = "/v1/organizations/default/mdm/windows/enterprise/devices";
const ELSEWHERE: &str = "https://manage.contoso.example/dm?tenant=7";

fn tells(config: &mut Config, receiver: &Receiver) {
    let it = &mut config.management;
    it.webhook_url.clone_from(&receiver.url);
    it.webhook_secret = SECRET.to_owned();
    it.webhook_ca_file = receiver.ca_file();
    it.webhook_allow_private = true;
}

fn hands_over(config: &mut Config, receiver: &Receiver) {
    tells(config, receiver);
    config.management.mode = ManagementMode::External;
    ELSEWHERE.clone_into(&mut config.management.url);
}

async fn enroll(server: &TestServer, pc: &Pc) -> Enrolled {
    let token = server
        .token_with(|wish| wish.tags = vec!["sales".to_owned()])
        .await;
    pc.enroll(server, &typed(&token)).await
}

async fn waiting(server: &TestServer) -> u64 {
    server.read(|tx| tx.waiting_events()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_enrolls_is_handed_over_once_with_all_that_its_sessions_need() {
    let receiver = Receiver::start(&[]);
    let server = TestServer::with(|config| hands_over(config, &receiver)).await;
    let pc = Pc::new();
    let enrolled = enroll(&server, &pc).await;
    let application = &enrolled.document.application;
    assert_eq!(application.address, ELSEWHERE);
    let heard = receiver.wait_for(1, || {}).await;
    let (told, time) = heard[0].verified();
    assert_eq!(time, server.clock.now().as_second());
    assert_eq!(told["event"], "device.enrolled");
    assert_eq!(told["createdAt"], server.clock.now().to_string());
    let (device, record) = (&told["device"], server.devices().await.remove(0));
    assert_eq!(device["id"], record.id.to_string());
    assert_eq!(device["guid"], enrolled.guid().to_string());
    assert_eq!(device["organizationId"], record.organization_id.to_string());
    assert_eq!(device["deviceId"], pc.device_id());
    assert_eq!(device["owner"], "ana@contoso.example");
    assert_eq!(device["displayName"], "DESKTOP-1A2B3C4");
    assert_eq!(device["tags"], serde_json::json!(["sales"]));
    assert_eq!(
        (&device["segmentId"], &device["policies"]),
        (&0.into(), &serde_json::json!([]))
    );
    let chain = device["certificate"]["chain"].as_str().unwrap();
    assert!(chain.starts_with(&pem("CERTIFICATE", enrolled.certificate())));
    assert!(chain.ends_with(&pem("CERTIFICATE", &enrolled.document.root.der)));
    assert_eq!(chain.matches("BEGIN").count(), 3);
    let session = &device["session"];
    assert_eq!(session["device"]["name"], application.server.name);
    assert_eq!(
        session["device"]["secret"],
        application.server.secret.reveal()
    );
    assert_eq!(
        session["device"]["nonce"],
        STANDARD.encode(&application.server.nonce)
    );
    assert_eq!(
        session["server"]["secret"],
        application.client.secret.reveal()
    );
    assert_eq!(
        session["server"]["nonce"],
        STANDARD.encode(&application.client.nonce)
    );
    // A device that was here before keeps its sessions here.
    server
        .with_identity(&enrolled.identity())
        .manage(hello(&pc))
        .await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    server.clock.advance(3600);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(receiver.heard().len(), 1);
    assert_eq!(waiting(&server).await, 0);
    let secret = application.server.secret.reveal();
    assert!(lines_with(secret).is_empty() && lines_with(SECRET).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_to_a_device_is_told_in_its_order_and_without_secrets_where_it_is_managed_here()
 {
    let receiver = Receiver::start(&["503 Not now"]);
    let server = TestServer::with(|config| tells(config, &receiver)).await;
    let api = Api::over(server).await;
    let pc = Pc::new();
    let first = enroll(&api.server, &pc).await;
    assert!(
        first
            .document
            .application
            .address
            .starts_with(&api.server.device)
    );
    api.server.clock.advance(1);
    let again = pc.with_new_key();
    let enrolled = enroll(&api.server, &again).await;
    api.server.clock.advance(1);
    let own = Own::enrolled(&api.server, &again, &enrolled);
    let next = again.with_new_key();
    let renewed = ask(&own.site, &next, &own.message(&next), Some(nobody())).await;
    assert!(renewed.is_ok());
    api.server.clock.advance(1);
    let id = api.server.devices().await[0].id;
    let path = format!("{DEVICES}/{id}/retire");
    for _ in 0..2 {
        api.call(Method::POST, &path, None).await.expect(200);
    }
    api.server.clock.advance(1);
    let site = api.server.with_identity(&enrolled.identity());
    for _ in 0..2 {
        site.manage(leaves(&again)).await;
    }
    let heard = receiver.wait_for(6, || api.server.clock.advance(2)).await;
    let told: Vec<Json> = heard.iter().map(|heard| heard.verified().0).collect();
    let events: Vec<_> = told
        .iter()
        .map(|it| it["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        events,
        [
            "device.enrolled",
            "device.enrolled",
            "device.reenrolled",
            "device.renewed",
            "device.retired",
            "device.retired"
        ]
    );
    assert_eq!(told[0]["id"], told[1]["id"]);
    assert!(told.iter().all(|it| it["device"]["id"] == id.to_string()));
    assert!(told.iter().all(|it| it["device"]["session"].is_null()));
    assert_eq!(told[5]["device"]["state"], "DELETED");
    assert!(told[5]["device"]["certificate"].is_null());
    let serials: Vec<_> = (1..4)
        .map(|at| &told[at]["device"]["certificate"]["serial"])
        .collect();
    assert!(
        serials[0] != serials[1] && serials[1] != serials[2],
        "{serials:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_twice_hears_the_same_event_three_times_and_no_redirect_is_followed()
{
    let receiver = Receiver::start(&["500 No", "307 There\r\nLocation: /hook?for=portcullis"]);
    let server = TestServer::with(|config| tells(config, &receiver)).await;
    enroll(&server, &Pc::new()).await;
    let heard = receiver.wait_for(3, || server.clock.advance(1)).await;
    let told: Vec<_> = heard.iter().map(receiver::Heard::verified).collect();
    assert!(told.iter().all(|it| it.0["id"] == told[0].0["id"]));
    assert!(told[1].1 - told[0].1 >= 15, "{told:?}");
    assert!(told[2].1 - told[1].1 >= 30, "{told:?}");
    server.clock.advance(7200);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(receiver.heard().len(), 3);
    assert_eq!(waiting(&server).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_hangs_slows_no_enrollment_and_after_a_day_an_event_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut receiver = Receiver::start(&[]);
    receiver.url = format!("https://{}/", silent.local_addr().unwrap());
    let server = TestServer::with(|config| tells(config, &receiver)).await;
    let began = Instant::now();
    for _ in 0..8 {
        enroll(&server, &Pc::new()).await;
    }
    // Waiting for the receiver would cost ten seconds each.
    let took = began.elapsed();
    assert!(took < Duration::from_secs(40), "{took:?}");
    assert_eq!(waiting(&server).await, 8);
    drop(silent);
    let began = Instant::now();
    server.clock.advance(23 * 3600);
    while waiting(&server).await > 0 {
        server.clock.advance(600);
        assert!(began.elapsed() < Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    for device in server.devices().await {
        let lines = lines_with(&device.id.to_string());
        assert!(
            lines.iter().any(|line| line.contains("is given up")),
            "{lines:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_tells_after_its_start_what_it_had_not_told() {
    let receiver = Receiver::start(&[]);
    receiver.down.store(true, Ordering::SeqCst);
    let file = receiver.ca_file().display().to_string();
    let environment = [
        ("PORTCULLIS_MANAGEMENT__WEBHOOK_URL", receiver.url.as_str()),
        ("PORTCULLIS_MANAGEMENT__WEBHOOK_SECRET", SECRET),
        ("PORTCULLIS_MANAGEMENT__WEBHOOK_CA_FILE", &file),
        ("PORTCULLIS_MANAGEMENT__WEBHOOK_ALLOW_PRIVATE", "true"),
    ];
    let server = Data::new().serve(&environment);
    let token = server.data().json(&["token", "create", "--uses", "3"]);
    let shows = bearer(token["token"].as_str().unwrap());
    let mut guids = Vec::new();
    for _ in 0..3 {
        guids.push(Pc::new().enroll(&server, &shows).await.guid().to_string());
    }
    let data = server.kill();
    receiver.down.store(false, Ordering::SeqCst);
    let _server = data.serve(&environment);
    let heard = receiver.wait_for(3, || {}).await;
    let mut told: Vec<String> = heard
        .iter()
        .map(|it| {
            it.verified().0["device"]["guid"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    told.sort();
    guids.sort();
    assert_eq!(told, guids);
}

#[test]
fn a_server_that_cannot_hand_over_does_not_start() {
    for (settings, sentence) in [
        (
            &[("MODE", "external")][..],
            "management.url: must be set while management.mode is external",
        ),
        (
            &[("MODE", "external"), ("URL", "http://mdm.contoso.example/")],
            "management.url: must be an https URL",
        ),
        (
            &[("WEBHOOK_URL", "https://mdm.contoso.example/")],
            "management.webhook_url: must be set together with management.webhook_secret",
        ),
        (
            &[
                ("WEBHOOK_URL", "https://mdm.contoso.example/"),
                ("WEBHOOK_SECRET", "short"),
            ],
            "management.webhook_secret: must have at least 16 characters",
        ),
        (
            &[
                ("WEBHOOK_URL", "https://169.254.169.254/"),
                ("WEBHOOK_SECRET", SECRET),
            ],
            "management.webhook_url lies in a private network",
        ),
    ] {
        let data = Data::new();
        let mut command = data.command(&["serve"]);
        for (name, value) in settings {
            command.env(format!("PORTCULLIS_MANAGEMENT__{name}"), value);
        }
        let output = command.output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && told.contains(sentence),
            "{told}"
        );
    }
}
