//! A session that begins with a challenge: what is done at its beginning is done all the same.

use portcullis::device::State;
use serde_json::json;

use super::*;
use crate::talk::{Talk, told, willing};

/// A session of a device that has nothing but its digests.
struct Challenged<'a> {
    api: &'a Api,
    one: &'a One,
    talk: Talk,
    nonce: Vec<u8>,
}

impl<'a> Challenged<'a> {
    /// The challenge, and the first package once more.
    async fn begin(api: &'a Api, one: &'a One, session: &str) -> Self {
        let talk = Talk::new((*api.server).clone(), one.pc.device_id(), session);
        let id = format!("<SessionID>{session}</SessionID>");
        let first = hello(&one.pc).replacen("<SessionID>1</SessionID>", &id, 1);
        let nonce = challenge(&api.server, first.clone()).await;
        let mut begun = Self {
            api,
            one,
            talk,
            nonce,
        };
        begun.talk.message = 2;
        let again = first.replacen("<MsgID>1</MsgID>", "<MsgID>2</MsgID>", 1);
        begun.send(&again).await;
        begun
    }

    async fn send(&mut self, package: &str) {
        let package = with_cred(package, Some(&self.one.digest(&self.nonce)));
        let reply = self.api.server.manage(package).await;
        let (status, next) = outcome(&reply);
        assert_eq!(status, "200");
        self.nonce = next.unwrap();
        let commands = reply.body.commands.into_iter();
        let commands = commands.filter(|it| !matches!(it, Command::Status(_)));
        self.talk.told = commands.collect();
    }

    /// Does what it is told, and answers.
    async fn answer(&mut self) {
        let answers = self.talk.answers(willing);
        self.talk.message += 1;
        let package = self.talk.package(self.talk.message, answers);
        self.send(&package.write()).await;
    }

    async fn end(&mut self) {
        while !self.talk.told.is_empty() {
            self.answer().await;
        }
    }

    fn told(&self) -> Vec<(String, String, String)> {
        told(&self.talk.told)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_was_challenged_is_asked_who_it_is() {
    let api = with_digests().await;
    let one = enroll(&api).await;
    let mut session = Challenged::begin(&api, &one, "1").await;
    let questions = session.told();
    assert!(!questions.is_empty(), "it is asked nothing");
    assert!(questions.iter().all(|(verb, ..)| verb == "Get"));
    session.end().await;
    let device = api.server.devices().await.remove(0);
    assert_eq!(device.state, State::Active);
    let serial = device.inventory.and_then(|it| it.serial_number);
    assert_eq!(serial.as_deref(), Some("PF3X17AB"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_was_challenged_is_told_to_leave() {
    let api = with_digests().await;
    let one = enroll(&api).await;
    Challenged::begin(&api, &one, "1").await.end().await;
    let path = format!("/v1/organizations/default/devices/{}/retire", one.id);
    api.post(&path, json!({})).await.expect(200);
    let mut session = Challenged::begin(&api, &one, "2").await;
    let told = session.told();
    assert!(
        matches!(told.as_slice(), [(verb, node, _)] if verb == "Exec" && node.ends_with("/Unenroll")),
        "{told:?}"
    );
    session.answer().await;
    assert!(session.told().is_empty(), "once");
    assert_eq!(api.server.devices().await[0].state, State::Deleted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_was_challenged_is_told_of_a_new_root() {
    let api = with_digests().await;
    let one = enroll(&api).await;
    Challenged::begin(&api, &one, "1").await.end().await;
    api.server.rotate(&["--root"]).await;
    for told in [true, false] {
        let mut session = Challenged::begin(&api, &one, "2").await;
        let root = session.told();
        let root = root
            .iter()
            .filter(|(_, node, _)| node.contains("/RootCATrusted"));
        assert_eq!(root.count(), usize::from(told));
        session.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_command_of_a_package_that_is_not_let_in_is_answered_as_its_header_is() {
    let api = with_digests().await;
    let one = enroll(&api).await;
    let wrong = digest("x", "y", b"z");
    for (cred, code) in [(None, "407"), (Some(wrong.as_str()), "401")] {
        let reply = api.server.manage(one.package(cred)).await;
        let statuses = reply.body.commands.iter().map(|command| match command {
            Command::Status(it) => (it.cmd_ref.as_str(), it.cmd.as_str(), it.data.as_str()),
            other => panic!("{other:?}"),
        });
        let statuses: Vec<_> = statuses.collect();
        let expected = [("0", "SyncHdr"), ("2", "Alert"), ("4", "Replace")];
        assert_eq!(statuses, expected.map(|(id, name)| (id, name, code)));
        assert!(reply.body.is_final);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_proves_nothing_has_few_commands_answered_and_no_long_number_repeated() {
    let api = with(|_| {}).await;
    let one = enroll(&api).await;
    let package = one.package(None);
    let many = "<Get><CmdID>9</CmdID></Get>".repeat(20_000);
    let (before, after) = package.split_once("<Final").unwrap();
    let reply = api
        .server
        .manage(format!("{before}{many}<Final{after}"))
        .await;
    assert_eq!(reply.body.commands.len(), 65);
    let long = package.replacen("<MsgID>1<", &format!("<MsgID>{}<", "1".repeat(65)), 1);
    assert_ne!(long, package);
    let url = api.server.management();
    let answer = api
        .server
        .post(&url, "application/vnd.syncml.dm+xml", long)
        .await;
    assert_eq!(answer.status, 400, "{}", answer.text());
}
