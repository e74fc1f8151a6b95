//! Rotation while devices enroll: nobody is turned away, and both generations go on.

use jiff::SignedDuration;
use portcullis::app;
use portcullis::protocol::syncml::{Command, SyncMl};
use portcullis::soap::Security;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair};

use crate::openssl::Openssl;
use crate::pc::{Enrolled, Pc, hello, pem, typed};
use crate::server::TestServer;

use super::states;

/// A token for as many as come.
async fn token(server: &TestServer) -> Security {
    let token = server.token_with(|wish| {
        wish.uses = None;
        wish.duration = None;
    });
    typed(&token.await)
}

async fn enroll(server: &TestServer, shows: &Security, count: usize) -> Vec<(Pc, Enrolled)> {
    let mut enrolled = Vec::new();
    for _ in 0..count {
        let pc = Pc::new();
        let device = pc.enroll(server, shows).await;
        enrolled.push((pc, device));
    }
    enrolled
}

/// Rotates by the command, and lets the server read its files again.
async fn rotate(server: &TestServer, more: &[&'static str]) {
    server.rotate(more).await;
}

async fn session(server: &TestServer, pc: &Pc, device: &Enrolled) -> SyncMl {
    let reply = server.with_identity(&device.identity());
    let reply = reply.manage(hello(pc)).await;
    let Command::Status(status) = &reply.body.commands[0] else {
        panic!("{reply:?}")
    };
    assert_eq!(status.data, "200");
    reply
}

/// What OpenSSL says of the device's certificate under the chain of its own document.
fn judged(openssl: Option<&Openssl>, device: &Enrolled) {
    let Some(openssl) = openssl else { return };
    let document = &device.document;
    openssl.write("root.pem", pem("CERTIFICATE", &document.root.der));
    let between = document.intermediate.as_ref().unwrap();
    openssl.write("between.pem", pem("CERTIFICATE", &between.der));
    openssl.write("leaf.pem", pem("CERTIFICATE", device.certificate()));
    let command =
        "verify -x509_strict -purpose sslclient -CAfile root.pem -untrusted between.pem leaf.pem";
    let verdict = openssl.run(command);
    assert!(verdict.status.success(), "{verdict:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_enroll_while_the_authority_rotates_and_both_generations_go_on() {
    let openssl = Openssl::new();
    let server = TestServer::start().await;
    let shows = token(&server).await;
    let first = server.server.app.authority.current();
    let mut all = enroll(&server, &shows, 20).await;
    let (meanwhile, ()) = tokio::join!(enroll(&server, &shows, 20), rotate(&server, &[]));
    let second = server.server.app.authority.current();
    assert_ne!(first.issuing_id(), second.issuing_id());
    all.extend(meanwhile);
    let after = enroll(&server, &shows, 20).await;
    let new = |device: &Enrolled| {
        let between = device.document.intermediate.as_ref().unwrap();
        between.der == second.issuing_der()
    };
    assert!(after.iter().all(|(_, device)| new(device)));
    all.extend(after);
    assert_eq!(all.len(), 60);
    for (pc, device) in &all {
        judged(openssl.as_ref(), device);
        let reply = session(&server, pc, device).await;
        let adds = reply.body.commands.iter();
        assert_eq!(adds.filter(|it| matches!(it, Command::Add(_))).count(), 0);
    }
    let shown = server.data().json(&["ca", "show"]);
    assert_eq!(states(&shown, "issuing"), ["active", "retiring"]);
    assert_eq!(states(&shown, "root"), ["active"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_after_a_rotation_gets_the_same_certificate_with_its_own_chain() {
    let openssl = Openssl::new();
    let server = TestServer::start().await;
    let (shows, pc) = (token(&server).await, Pc::new());
    let first = pc.enroll(&server, &shows).await;
    rotate(&server, &["--root"]).await;
    let again = pc.enroll(&server, &shows).await;
    assert_eq!(first.certificate(), again.certificate());
    assert_eq!(first.document.intermediate, again.document.intermediate);
    assert_eq!(again.document.other_roots.len(), 1, "and the new root");
    judged(openssl.as_ref(), &again);
}

/// The second package of a session: the device took what it was told to add.
fn took(pc: &Pc, cmd_id: &str, code: &str) -> String {
    let id = pc.device_id();
    format!(
        r#"<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>
        <MsgID>2</MsgID><Target><LocURI>https://localhost/ManagementServer/MDM.svc</LocURI></Target>
        <Source><LocURI>{id}</LocURI></Source></SyncHdr><SyncBody><Status><CmdID>2</CmdID><MsgRef>1</MsgRef>
        <CmdRef>{cmd_id}</CmdRef><Cmd>Add</Cmd><Data>{code}</Data></Status><Final/></SyncBody></SyncML>"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_root_is_in_the_next_documents_and_told_to_earlier_devices_until_they_take_it() {
    let openssl = Openssl::new();
    let server = TestServer::start().await;
    let shows = token(&server).await;
    let (old_pc, old) = enroll(&server, &shows, 1).await.remove(0);
    rotate(&server, &["--root"]).await;
    let authority = server.server.app.authority.current();
    let (new_pc, new) = enroll(&server, &shows, 1).await.remove(0);
    assert_eq!(new.document.root.der, authority.root_der());
    assert_eq!(
        new.document.other_roots,
        std::slice::from_ref(&old.document.root)
    );
    judged(openssl.as_ref(), &new);
    let told = async |pc: &Pc, device: &Enrolled| {
        let reply = session(&server, pc, device).await;
        let adds = reply.body.commands.into_iter();
        let adds = adds.filter_map(|it| match it {
            Command::Add(add) => Some(add),
            _ => None,
        });
        adds.collect::<Vec<_>>()
    };
    assert!(told(&new_pc, &new).await.is_empty());
    for code in ["500", "200"] {
        let adds = told(&old_pc, &old).await;
        assert_eq!(adds.len(), 1, "again until it took it");
        let uri = &adds[0].items[0].target.as_ref().unwrap().loc_uri;
        let thumbprint = &new.document.root.thumbprint_hex;
        assert_eq!(
            *uri,
            format!("./Vendor/MSFT/RootCATrustedCertificates/Root/{thumbprint}/EncodedCertificate")
        );
        let site = server.with_identity(&old.identity());
        site.manage(took(&old_pc, &adds[0].cmd_id, code)).await;
    }
    assert!(
        told(&old_pc, &old).await.is_empty(),
        "once taken, never again"
    );
    let downloads = server.get(&format!("{}/ca.pem", server.web)).await;
    let downloads = String::from_utf8(downloads.body).unwrap();
    assert_eq!(downloads, authority.roots_pem());
    assert_eq!(downloads.matches("BEGIN CERTIFICATE").count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_ca_is_retired_after_its_last_certificate_and_not_before() {
    let server = TestServer::start().await;
    let shows = token(&server).await;
    enroll(&server, &shows, 1).await;
    rotate(&server, &["--root"]).await;
    let app = &server.server.app;
    let retire = async || app::retire(&app.authority, &app.store, server.clock.now()).await;
    assert!(!retire().await.unwrap());
    let year = SignedDuration::from_hours(365 * 24).as_secs();
    server.clock.advance(year - 2 * 3600);
    assert!(!retire().await.unwrap(), "an hour before the end");
    server.clock.advance(2 * 3600);
    assert!(retire().await.unwrap());
    assert!(!retire().await.unwrap(), "once");
    assert_eq!(app.authority.current().retiring_ids().count(), 0);
    assert_eq!(app.authority.current().roots_der().count(), 1);
    let shown = server.data().json(&["ca", "show"]);
    assert_eq!(states(&shown, "issuing"), ["active", "retired"]);
    assert_eq!(states(&shown, "root"), ["active", "retired"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_by_another_key_under_our_name_opens_no_session() {
    let server = TestServer::start().await;
    let shows = token(&server).await;
    let (pc, device) = enroll(&server, &shows, 1).await.remove(0);
    let authority = server.server.app.authority.current();
    let rogue = KeyPair::generate().unwrap();
    let issuer = Issuer::from_ca_cert_der(&authority.issuing_der().into(), rogue).unwrap();
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, device.guid().to_string());
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate().unwrap();
    let forged = params.signed_by(&key, &issuer).unwrap();
    assert!(authority.chain_of(forged.der()).is_none());
    assert!(authority.chain_of(device.certificate()).is_some());
    let identity = key.serialize_pem() + &pem("CERTIFICATE", forged.der());
    let reply = server.with_identity(&identity).manage(hello(&pc)).await;
    let Command::Status(status) = &reply.body.commands[0] else {
        panic!("{reply:?}")
    };
    assert_eq!(status.data, "401");
}
