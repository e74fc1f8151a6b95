//! Messages of every form: what is published, in pieces, too many, and those for which there is nothing to do.

use portcullis::protocol::syncml::{Command, Location, Status, SyncMl};
use serde_json::json;

use super::{Managed, policy, with_one_setting};
use crate::api::Api;
use crate::talk::{Says, Talk, told, uri, willing};

/// The published packages of clients, and the types of the commands that each holds.
const PUBLISHED: [(&str, &[&str]); 6] = [
    (
        "samples/mdm-syncml-package1-client.xml",
        &["Alert", "Replace"],
    ),
    (
        "samples/observed-syncml-package1.xml",
        &["Alert", "Alert", "Replace"],
    ),
    ("samples/mdm-syncml-package3-client-results.xml", &[]),
    ("samples/mde2-syncml-keepalive-alert.xml", &["Alert"]),
    (
        "captures/win10-19043-onprem-ngrok-4-mdm-request.xml",
        &["Alert", "Alert", "Replace"],
    ),
    (
        "captures/win10-19043-onprem-ngrok-5-mdm-request.xml",
        &["Alert", "Alert", "Alert", "Replace"],
    ),
];

/// A published package in the name of a device.
fn published(name: &str, device: &Managed) -> Option<SyncMl> {
    let folder = std::env::var_os("PORTCULLIS_SHARED")?;
    let path = std::path::Path::new(&folder).join("protocol").join(name);
    let mut package = SyncMl::read(&std::fs::read(path).ok()?).unwrap();
    package.header.source = Location::from(device.pc.device_id());
    Some(package)
}

/// The commands that a reply answers, with their statuses.
pub(super) fn statuses(reply: &SyncMl) -> Vec<(String, String)> {
    let statuses = reply.body.commands.iter().filter_map(|it| match it {
        Command::Status(Status { cmd, data, .. }) => Some((cmd.clone(), data.clone())),
        _ => None,
    });
    statuses.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_published_package_is_answered_command_by_command() {
    let api = Api::start().await;
    for (name, commands) in PUBLISHED {
        let device = Managed::new(&api, &[]).await;
        let Some(package) = published(name, &device) else {
            return crate::openssl::skip("the published samples are not here");
        };
        let mut talk = device.talk(&api, "1");
        let reply = talk.post(&package).await;
        let header = &reply.header;
        assert_eq!(header.session_id, package.header.session_id, "{name}");
        assert_eq!(header.msg_id, package.header.msg_id, "{name}");
        assert_eq!(header.target, package.header.source, "{name}");
        assert_eq!(header.source, package.header.target, "{name}");
        let expected = std::iter::once(&"SyncHdr").chain(commands);
        let expected: Vec<_> = expected
            .map(|it| ((*it).to_owned(), "200".to_owned()))
            .collect();
        assert_eq!(statuses(&reply), expected, "{name}");
        if !package.body.is_final {
            // The device is asked to go on, and told nothing yet.
            let [Command::Alert(alert)] = talk.told.as_slice() else {
                panic!("{name}: {:?}", talk.told);
            };
            assert_eq!(alert.code(), Some(1222));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wbxml_is_answered_with_415_and_what_to_send_instead() {
    let api = Api::start().await;
    let device = Managed::new(&api, &[]).await;
    let site = api.server.with_identity(&device.enrolled.identity());
    let package = device.talk(&api, "1").package(1, Vec::new()).write();
    for kind in [
        "application/vnd.syncml.dm+wbxml",
        "Application/VND.SyncML.DM+WBXML; charset=utf-8",
    ] {
        let answer = site.post(&site.management(), kind, package.clone()).await;
        assert_eq!(answer.status, 415);
        assert!(
            answer.text().contains("application/vnd.syncml.dm+xml"),
            "{}",
            answer.text()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_after_a_hundred_messages_whatever_there_is_to_say() {
    let api = Api::start().await;
    let device = with_one_setting(&api).await;
    let mut talk = device.talk(&api, "1");
    talk.hello().await;
    talk.message = 98;
    let told = talk.answer(willing).await.len();
    assert_eq!((talk.message, told), (99, 1));
    talk.message = 99;
    assert!(talk.answer(|_, _| Says::status(418)).await.is_empty());
    let mut next = device.talk(&api, "2");
    assert_eq!(
        next.hello().await.len(),
        1,
        "the rest comes in the next session"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_in_with_nothing_to_do_writes_nothing() {
    let api = Api::start().await;
    let device = with_one_setting(&api).await;
    device.talk(&api, "1").run(willing).await;
    let log = api.server.data().path().join("portcullis.db-wal");
    let written = || {
        let log = std::fs::metadata(&log).unwrap();
        (log.len(), log.modified().unwrap())
    };
    let before = written();
    // It was seen last so long ago that this is worth a line, which waits in memory.
    api.server.clock.advance(8 * 60 * 60);
    for session in 2..22 {
        assert!(
            device
                .talk(&api, &session.to_string())
                .hello()
                .await
                .is_empty()
        );
    }
    assert_eq!(written(), before);
    let seen = api.server.clock.now();
    assert_eq!(
        api.server.devices().await[0].last_seen_at,
        Some(seen),
        "written with the next minute"
    );
    assert_ne!(written(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_in_of_a_device_that_waits_for_its_user_writes_nothing_either() {
    let api = Api::start().await;
    let setting = json!([{ "locUri": "./User/Vendor/MSFT/X/A", "scope": "user", "value": "1" }]);
    let base = policy(&api, "Base", setting).await;
    let device = Managed::new(&api, &[(&base, 1)]).await;
    let mut first = device.talk(&api, "1");
    first.login = "none";
    first.run(willing).await;
    let log = api.server.data().path().join("portcullis.db-wal");
    let written = || std::fs::metadata(&log).unwrap().modified().unwrap();
    let before = written();
    for session in 2..12 {
        let mut talk = device.talk(&api, &session.to_string());
        talk.login = "others";
        assert!(talk.hello().await.is_empty());
    }
    assert_eq!(written(), before);
    assert_eq!(device.talk(&api, "12").hello().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_enrollment_status_page_opens_before_the_policies_and_closes_after_them() {
    let api = Api::start().await;
    let node = "./Device/Vendor/MSFT/Policy/Config/Experience/AllowCortana";
    let base = policy(
        &api,
        "Base",
        json!([{ "locUri": node, "format": "int", "value": "0" }]),
    )
    .await;
    let page = json!({ "timeoutMinutes": 90, "afterFailure": ["retry", "continue"], "customErrorText": "Call us." });
    let body = json!({ "name": "Paged", "rules": [{ "winPolicyId": base }], "enrollmentStatusPage": page });
    let path = "/v1/organizations/default/mdm/windows/enterprise/enrollment-templates";
    let made = api.post(path, body).await.expect(200)["data"].clone();
    assert_eq!(made["enrollmentStatusPage"]["timeoutMinutes"], 90);
    let pc = crate::pc::Pc::new();
    let token = made["winEnrollmentToken"]["token"].as_str().unwrap();
    let enrolled = pc.enroll(&api.server, &crate::pc::bearer(token)).await;
    let site = api.server.with_identity(&enrolled.identity());
    let commands = told(&Talk::new(site, pc.device_id(), "1").run(willing).await);
    let first_sync: Vec<_> = commands
        .iter()
        .filter_map(|(_, uri, value)| {
            Some((uri.split_once("/FirstSyncStatus/")?.1, value.as_str()))
        })
        .collect();
    let expected = [
        ("SkipDeviceStatusPage", "false"),
        ("SkipUserStatusPage", "true"),
        ("TimeOutUntilSyncFailure", "90"),
        ("BlockInStatusPage", "6"),
        ("AllowCollectLogsButton", "false"),
        ("CustomErrorText", "Call us."),
        ("ExpectedPolicies", node),
        ("ServerHasFinishedProvisioning", "true"),
    ];
    assert_eq!(first_sync, expected);
    let at = |part: &str| {
        commands
            .iter()
            .position(|(_, uri, _)| uri.ends_with(part))
            .unwrap()
    };
    assert!(at("ExpectedPolicies") < at("AllowCortana"));
    assert!(at("AllowCortana") < at("ServerHasFinishedProvisioning"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_told_its_new_name_and_the_old_one_when_it_has_that_again() {
    let api = Api::start().await;
    let device = Managed::new(&api, &[]).await;
    let first = device.shown(&api).await["displayName"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/organizations/default/devices/{}", device.id);
    for (session, name) in [
        ("1", first.as_str()),
        ("2", "Desk 7"),
        ("3", first.as_str()),
    ] {
        let change = json!({ "displayName": name });
        api.call(reqwest::Method::PUT, &path, Some(change))
            .await
            .expect(200);
        let commands = device
            .talk(&api, session)
            .run(|verb, operation| {
                match uri(operation).ends_with("EntDeviceName") && verb == "Get" {
                    true => Says::value(&first),
                    false => willing(verb, operation),
                }
            })
            .await;
        let named = told(&commands);
        let named: Vec<_> = named
            .iter()
            .filter(|(verb, uri, _)| uri.ends_with("EntDeviceName") && verb == "Replace")
            .map(|(_, _, value)| value.as_str())
            .collect();
        let expected = if session == "1" { vec![] } else { vec![name] };
        assert_eq!(named, expected, "session {session}");
    }
}
