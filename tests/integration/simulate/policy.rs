//! Policies reach simulated devices, which answer as Windows does; the server that they end at is in this process.

use portcullis::admin::ShownToken;
use portcullis::device::State;
use portcullis::policy::Assignment;
use portcullis::protocol::syncml::Command;
use portcullis::secret::Secret;
use portcullis::simulator::{
    Applied, Credential, DeviceKey, Enrolled, Error, Fleet, Identity, Login, Network, Pc, Report,
    Session, SessionFlaw, Settings, Trust, discovery_url,
};
use serde_json::{Value as Json, json};

use crate::api::Api;

const CAMERA: &str = "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera";
const CORTANA: &str = "./Vendor/MSFT/Policy/Config/Experience/AllowCortana";
const SPOTLIGHT: &str = "./User/Vendor/MSFT/Policy/Config/Experience/AllowWindowsSpotlight";
const POLICIES: &str = "/v1/organizations/default/policies";

/// A setting of text.
fn set(uri: &str, value: &str) -> Json {
    json!({ "locUri": uri, "value": value })
}

fn group(number: u8) -> String {
    format!("./Vendor/MSFT/VPNv2/Contoso/Value{number}")
}

async fn policy(api: &Api, name: &str, atomic: bool, settings: Vec<Json>) -> Assignment {
    let body = json!({ "name": name, "atomic": atomic, "settings": settings });
    let made = api.post(POLICIES, body).await.expect(200);
    Assignment {
        win_policy_id: made["data"]["id"].as_str().unwrap().parse().unwrap(),
        priority: 10,
    }
}

async fn token(api: &Api, policies: Vec<Assignment>) -> ShownToken {
    let token = api.server.token_with(|wish| {
        wish.uses = None;
        wish.win_policy_assignments = policies;
    });
    token.await
}

fn settings(api: &Api, token: &ShownToken) -> (Settings, Network) {
    let url = discovery_url(&api.server.web).unwrap();
    let credential = Credential::Token(Secret::new(token.token.as_str()));
    let settings = Settings::new(url, credential, api.server.clock.now());
    let root = api.server.server.app.authority.current().roots_pem();
    (settings, Network::new(&Trust::Pem(root)).unwrap())
}

/// A PC that is about to enroll.
fn pc(api: &Api, token: &ShownToken, change: impl FnOnce(&mut Settings)) -> Pc {
    let (mut settings, network) = settings(api, token);
    change(&mut settings);
    let key = DeviceKey::P256.generate().unwrap();
    Pc::new(settings, Identity::random(7), key, network).unwrap()
}

/// What the device was told in a session, and the status of each.
fn told(session: &Session) -> Vec<String> {
    let answers = session.answers.iter().filter_map(|answer| match answer {
        Command::Status(it) if !matches!(it.cmd.as_str(), "SyncHdr" | "Get") => Some(format!(
            "{} {} {}",
            it.cmd,
            it.target_refs.first().map_or("", String::as_str),
            it.data
        )),
        _ => None,
    });
    answers.collect()
}

async fn fleet(api: &Api, token: &ShownToken, count: usize, hostile: bool) -> Report {
    let (settings, network) = settings(api, token);
    // Other machines than those of another fleet.
    let seed = count.try_into().unwrap();
    let mut fleet = Fleet::new(settings, count, seed);
    (fleet.key, fleet.hostile, fleet.concurrency) = (DeviceKey::P256, hostile, 16);
    fleet.run(&network).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_device_of_a_fleet_applies_its_policies_and_none_is_stuck() {
    let (many, odd) = match std::env::var_os("PORTCULLIS_LONG") {
        Some(_) => (1_000, 100),
        None => (48, 12),
    };
    let api = Api::start().await;
    let mixed = vec![
        set(CAMERA, "0"),
        set(CORTANA, "0"),
        set(
            "./Vendor/MSFT/Firewall/MdmStore/Global/EnablePacketQueue",
            "2",
        ),
        set(
            "./Device/Vendor/MSFT/WiFi/Profile/Contoso/WlanXml",
            "<a>&b</a>",
        ),
        json!({ "locUri": SPOTLIGHT, "scope": "user", "value": "0" }),
        set("./Vendor/MSFT/X/Large", &"value & ".repeat(7_500)),
    ];
    let all: Vec<_> = (0..5).map(|n| set(&group(n), "1")).collect();
    let policies = vec![
        policy(&api, "Mixed", false, mixed).await,
        policy(&api, "All or none", true, all).await,
    ];
    let token = token(&api, policies).await;
    for (count, hostile) in [(many, false), (odd, true)] {
        let report = fleet(&api, &token, count, hostile).await;
        let applied = Applied {
            applied: count.try_into().unwrap(),
            ..Applied::default()
        };
        assert_eq!(report.policies, Some(applied), "{report}");
        assert!(report.is_complete(), "{report}");
    }
    let devices = api.server.devices().await;
    assert_eq!(devices.len(), (many + odd).min(1_000));
    for device in devices {
        assert_eq!(device.state, State::Active);
        let deliveries = api.server.read(move |tx| tx.deliveries(device.id)).await;
        let of_policies = deliveries.iter().filter(|it| it.policy_id.is_some());
        assert_eq!(of_policies.count(), 11);
        let open = deliveries.iter().find(|it| !it.is_done());
        assert_eq!(open, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_keeps_what_it_was_told_and_its_users_settings_wait_for_the_user() {
    let api = Api::start().await;
    let user = json!({ "locUri": SPOTLIGHT, "scope": "user", "value": "0" });
    let node = "./Vendor/MSFT/X/Kept";
    let settings = vec![set(CAMERA, "0"), set(node, "1"), user];
    let base = policy(&api, "Base", false, settings).await;
    let path = format!("{POLICIES}/{}", base.win_policy_id);
    let token = token(&api, vec![base]).await;
    let mut pc = pc(&api, &token, |settings| settings.login = Login::None);
    let Enrolled {
        enrollment,
        session,
    } = pc.enroll().await.unwrap();
    let session = session.unwrap();
    let first = told(&session);
    let expected = [format!("Replace {CAMERA} 200"), format!("Add {node} 200")];
    assert_eq!(first[..2], expected, "{first:?}");
    assert!(!first.iter().any(|it| it.contains(SPOTLIGHT)), "{first:?}");
    assert_eq!(session.undone(), []);
    pc.settings_mut().login = Login::User;
    let second = told(&pc.manage(&enrollment).await.unwrap());
    assert_eq!(second, [format!("Replace {SPOTLIGHT} 200")]);
    let quiet = pc.manage(&enrollment).await.unwrap();
    assert_eq!((quiet.packages, quiet.commands), (1, Vec::new()));
    // What it is to lose is there, in the same tree as before.
    let change = json!({ "settings": [] });
    let changed = api.call(reqwest::Method::PUT, &path, Some(change)).await;
    changed.expect(200);
    let mut last = told(&pc.manage(&enrollment).await.unwrap());
    last.sort();
    let mut expected = [SPOTLIGHT, CAMERA, node].map(|uri| format!("Delete {uri} 200"));
    expected.sort();
    assert_eq!(last, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_fails_is_reported_by_node_and_nothing_of_it_is_left_to_remove() {
    let api = Api::start().await;
    let all = policy(
        &api,
        "All or none",
        true,
        (0..3).map(|n| set(&group(n), "1")).collect(),
    );
    let all = all.await;
    let path = format!("{POLICIES}/{}", all.win_policy_id);
    let token = token(&api, vec![all]).await;
    let pc = pc(&api, &token, |settings| {
        settings.node_status.insert(group(1), 500);
    });
    let enrolled = pc.enroll().await.unwrap();
    let undone = enrolled.session.unwrap().undone();
    let undone: Vec<_> = undone
        .iter()
        .map(|it| (it.node.clone(), it.status))
        .collect();
    assert_eq!(undone, [(group(0), 216), (group(1), 500), (group(2), 215)]);
    for tries in [true, true, false] {
        let session = pc.manage(&enrolled.enrollment).await.unwrap();
        assert_eq!(!session.commands.is_empty(), tries);
    }
    let device = api.server.devices().await.remove(0).id;
    let deliveries = api.server.read(move |tx| tx.deliveries(device)).await;
    let statuses = deliveries.iter().filter(|it| it.policy_id.is_some());
    let statuses: Vec<_> = statuses.map(|it| it.status).collect();
    assert_eq!(statuses, [Some(216), Some(500), Some(215)]);
    // Nothing was left on the device, so nothing is taken from it.
    let change = json!({ "settings": [] });
    let changed = api.call(reqwest::Method::PUT, &path, Some(change)).await;
    changed.expect(200);
    let session = pc.manage(&enrolled.enrollment).await.unwrap();
    assert_eq!(told(&session), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_retired_says_in_its_next_session_that_it_left_and_is_gone() {
    let api = Api::start().await;
    let token = token(&api, Vec::new()).await;
    let pc = pc(&api, &token, |_| {});
    let enrollment = pc.enroll().await.unwrap().enrollment;
    let state = async || api.server.devices().await.remove(0).state;
    assert_eq!(state().await, State::Active);
    let id = api.server.devices().await.remove(0).id;
    let path = format!("/v1/organizations/default/devices/{id}/retire");
    api.post(&path, json!({})).await.expect(200);
    let broken_off = pc.manage(&enrollment).await.unwrap();
    assert!(broken_off.leaves && broken_off.answers.is_empty());
    assert_eq!(state().await, State::DeleteRequested);
    let farewell = pc.manage(&enrollment).await.unwrap();
    assert!(!farewell.leaves && farewell.commands.is_empty());
    assert_eq!(state().await, State::Deleted);
    let gone = pc.manage(&enrollment).await;
    let is_gone = matches!(gone, Err(Error::Session(SessionFlaw::Left)));
    assert!(is_gone, "{gone:?}");
    // It may enroll again, and begins with a tree of its own.
    let again = pc.enroll().await.unwrap();
    assert_eq!(again.session.unwrap().undone(), []);
}
