//! A machine that is seen again: its hardware id is a hint, never a right to somebody's record.

use jiff::SignedDuration;
use portcullis::device::{Device, State};
use portcullis::soap::Security;
use portcullis::store::IssuanceState;

use crate::pc::{Pc, hello, leaves, typed};
use crate::server::TestServer;
use crate::talk;

const DAY: i64 = 24 * 60 * 60;

/// The header of a person, or of nobody, with a fresh token that does not end during a test.
async fn fresh(server: &TestServer, email: Option<&str>) -> Security {
    let email = email.map(str::to_owned);
    let token = server
        .token_with(|wish| {
            wish.email = email;
            wish.duration = Some(SignedDuration::from_hours(24 * 3_000));
        })
        .await;
    typed(&token)
}

async fn ana(server: &TestServer) -> Security {
    fresh(server, Some("ana@contoso.example")).await
}

/// The same hardware with Windows installed anew: another DeviceID, another key.
fn reinstalled(pc: &Pc) -> Pc {
    pc.with_new_key()
        .saying("DeviceID", Pc::new().device_id())
        .saying("DeviceName", "DESKTOP-NEW")
}

async fn device(server: &TestServer, guid: uuid::Uuid) -> Device {
    let devices = server.devices().await;
    devices
        .into_iter()
        .find(|device| device.guid == guid)
        .unwrap()
}

/// The status of the header of an ordinary session.
async fn session(server: &TestServer, identity: &str, pc: &Pc) -> String {
    talk::session(&server.with_identity(identity), pc.device_id()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn within_a_day_the_same_hardware_under_another_id_is_perhaps_a_clone() {
    let server = TestServer::start().await;
    let pc = Pc::new();
    let first = pc.enroll(&server, &ana(&server).await).await;
    let before = device(&server, first.guid()).await;
    server.clock.advance(DAY);
    let clone = reinstalled(&pc);
    let second = clone.enroll(&server, &ana(&server).await).await;
    assert_ne!(second.guid(), first.guid());
    assert_eq!(
        device(&server, second.guid()).await.clone_of,
        Some(before.id)
    );
    assert_eq!(
        device(&server, first.guid()).await,
        before,
        "left untouched"
    );
    let issued = server.issuances(before.id).await;
    assert_eq!(issued.len(), 1);
    assert_eq!(issued[0].state, IssuanceState::Issued);
    assert_eq!(session(&server, &first.identity(), &pc).await, "200");
    assert_eq!(session(&server, &second.identity(), &clone).await, "200");
    let attempts = server.attempts().await;
    assert!(
        attempts
            .iter()
            .any(|attempt| { format!("{:?}", attempt.exchanges).contains("possibly a clone") })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_day_of_silence_the_same_owner_keeps_the_record() {
    let server = TestServer::start().await;
    let pc = Pc::new();
    let named = server
        .token_with(|wish| {
            wish.display_name = Some("Ana's laptop".to_owned());
            wish.tags = vec!["Sales".to_owned()];
        })
        .await;
    let first = pc.enroll(&server, &typed(&named)).await;
    let before = device(&server, first.guid()).await;
    server.clock.advance(DAY + 1);
    let fresh = server
        .token_with(|wish| {
            wish.email = Some("ANA@contoso.example".to_owned());
            wish.tags = vec!["sales".to_owned(), "HQ".to_owned()];
        })
        .await;
    let again = reinstalled(&pc);
    let second = again.enroll(&server, &typed(&fresh)).await;
    assert_eq!(second.guid(), first.guid());
    let after = device(&server, second.guid()).await;
    assert_eq!(after.id, before.id);
    assert_eq!(after.display_name.as_deref(), Some("Ana's laptop"));
    assert!(after.tags.contains(&"Sales".to_owned()) && after.tags.contains(&"HQ".to_owned()));
    assert_eq!(after.clone_of, None);
    assert_eq!(after.created_at, before.created_at);
    assert_eq!(after.facts.device_id.as_deref(), Some(again.device_id()));
    assert_eq!(after.state, State::Provisioning);
    let issued = server.issuances(before.id).await;
    let states: Vec<_> = issued.iter().map(|issuance| issuance.state).collect();
    assert_eq!(states, [IssuanceState::Issued, IssuanceState::Revoked]);
    assert_eq!(session(&server, &first.identity(), &pc).await, "401");
    assert_eq!(session(&server, &second.identity(), &again).await, "200");
    assert_eq!(server.devices().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_counts_as_a_sign_of_life() {
    let server = TestServer::start().await;
    let pc = Pc::new();
    let first = pc.enroll(&server, &ana(&server).await).await;
    server.clock.advance(DAY);
    assert_eq!(session(&server, &first.identity(), &pc).await, "200");
    server.clock.advance(DAY);
    let clone = reinstalled(&pc);
    let second = clone.enroll(&server, &ana(&server).await).await;
    assert_ne!(second.guid(), first.guid());
    server.clock.advance(10 * DAY);
    let third = reinstalled(&pc);
    let third = third.enroll(&server, &ana(&server).await).await;
    assert!([first.guid(), second.guid()].contains(&third.guid()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_installation_keeps_its_record_at_once() {
    let server = TestServer::start().await;
    let pc = Pc::new();
    let first = pc.enroll(&server, &ana(&server).await).await;
    let id = pc.device_id().to_lowercase();
    let braced = format!(
        "{{{}-{}-{}-{}-{}}}",
        &id[..8],
        &id[8..12],
        &id[12..16],
        &id[16..20],
        &id[20..]
    );
    let again = pc.with_new_key().saying("DeviceID", &braced);
    let second = again.enroll(&server, &ana(&server).await).await;
    assert_eq!(second.guid(), first.guid());
    assert_eq!(server.devices().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_owner_never_receives_the_record_however_old_it_is() {
    let server = TestServer::start().await;
    let pc = Pc::new();
    let first = pc.enroll(&server, &ana(&server).await).await;
    let before = device(&server, first.guid()).await;
    server.clock.advance(300 * DAY);
    let ben = fresh(&server, Some("ben@contoso.example")).await;
    let same_installation = pc.with_new_key();
    let second = same_installation.enroll(&server, &ben).await;
    assert_ne!(second.guid(), first.guid());
    assert_eq!(
        device(&server, second.guid()).await.clone_of,
        Some(before.id)
    );
    assert_eq!(
        device(&server, first.guid()).await,
        before,
        "left untouched"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hardware_without_an_owner_is_linked_only_when_the_administrator_says_so() {
    for link in [false, true] {
        let server =
            TestServer::with(|config| config.enrollment.link_unowned_hardware = link).await;
        let pc = Pc::new();
        let enroll = async |pc: &Pc, shows: Security| pc.enroll(&server, &shows).await.guid();
        let first = enroll(&pc, fresh(&server, None).await).await;
        server.clock.advance(DAY + 1);
        let second = enroll(&reinstalled(&pc), fresh(&server, None).await).await;
        assert_eq!(second == first, link);
        let flag = device(&server, second).await.clone_of;
        assert_eq!(flag.is_some(), !link);

        let third = enroll(&reinstalled(&pc), ana(&server).await).await;
        assert!(third != first && third != second, "a person is not nobody");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_possible_clone_waits_for_approval_where_the_administrator_says_so() {
    let server = TestServer::with(|config| config.enrollment.hold_clones = true).await;
    let pc = Pc::new();
    let first = pc.enroll(&server, &ana(&server).await).await.guid();
    let clone = reinstalled(&pc);
    let shows = ana(&server).await;
    let fault = clone.try_enroll(&server, &shows).await.err().unwrap();
    assert!(format!("{fault:?}").contains("approval"), "{fault:?}");
    let organization = device(&server, first).await.organization_id;
    let store = &server.server.app.store;
    let waiting = store.look(|tx| tx.approvals(organization, None, None, 10, 0));
    let waiting: Vec<portcullis::approval::Approval> =
        waiting.unwrap_or_else(|error: portcullis::store::Error| panic!("{error}"));
    assert_eq!(waiting.len(), 1);
    let verdict = portcullis::store::Verdict {
        state: portcullis::approval::State::Approved,
        by: None,
        note: None,
        at: server.server.app.clock.now(),
    };
    let approval = waiting[0].clone();
    let decided = store
        .write::<_, portcullis::store::Error, _>(move |tx| tx.decide_approval(&approval, &verdict));
    assert!(decided.await.unwrap());
    let second = clone.enroll(&server, &shows).await.guid();
    assert_ne!(first, second);
    assert!(device(&server, second).await.clone_of.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_device_comes_back_at_once_as_itself() {
    let server = TestServer::start().await;
    let pc = Pc::new();
    let first = pc.enroll(&server, &ana(&server).await).await;
    server
        .with_identity(&first.identity())
        .manage(leaves(&pc))
        .await;
    assert_eq!(device(&server, first.guid()).await.state, State::Deleted);
    let again = reinstalled(&pc);
    let second = again.enroll(&server, &ana(&server).await).await;
    assert_eq!(second.guid(), first.guid());
    let back = device(&server, second.guid()).await;
    assert_eq!((back.state, back.clone_of), (State::Provisioning, None));
    assert_eq!(session(&server, &second.identity(), &again).await, "200");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_certificate_from_before_a_retirement_opens_a_session_after_it() {
    let server = TestServer::start().await;
    let pc = Pc::new();
    let first = pc.enroll(&server, &ana(&server).await).await;
    let renewed = pc.with_new_key();
    let second = renewed.enroll(&server, &ana(&server).await).await;
    let leaving = server.with_identity(&second.identity());
    leaving.manage(leaves(&pc)).await;
    let back = pc.with_new_key();
    let third = back.enroll(&server, &ana(&server).await).await;
    assert_eq!(third.guid(), first.guid());
    assert_eq!(session(&server, &first.identity(), &pc).await, "401");
    assert_eq!(session(&server, &second.identity(), &pc).await, "401");
    assert_eq!(session(&server, &third.identity(), &pc).await, "200");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_names_no_hardware_is_always_new() {
    let server = TestServer::start().await;
    let pc = Pc::new().silent_on("HWDevID");
    let first = pc.enroll(&server, &ana(&server).await).await;
    server.clock.advance(2 * DAY);
    let again = pc.with_new_key();
    let second = again.enroll(&server, &ana(&server).await).await;
    assert_ne!(second.guid(), first.guid());
    assert_eq!(device(&server, second.guid()).await.clone_of, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_of_no_use_under_the_name_of_another_device() {
    let server = TestServer::start().await;
    let (one, other) = (Pc::new(), Pc::new());
    let enrolled = one.enroll(&server, &ana(&server).await).await;
    other.enroll(&server, &ana(&server).await).await;
    assert_eq!(session(&server, &enrolled.identity(), &other).await, "401");
    assert_eq!(session(&server, &enrolled.identity(), &one).await, "200");
    let nobody = server.manage(hello(&one)).await;
    assert!(format!("{nobody:?}").contains("\"401\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_opens_sessions_until_it_ends() {
    let server = TestServer::start().await;
    let pc = Pc::new();
    let enrolled = pc.enroll(&server, &ana(&server).await).await;
    // Dated back by an hour, so its end lies an hour before the year is over.
    server.clock.advance(365 * DAY - 3600 - 1);
    assert_eq!(session(&server, &enrolled.identity(), &pc).await, "200");
    server.clock.advance(1);
    assert_eq!(session(&server, &enrolled.identity(), &pc).await, "401");
}
