//! How devices enroll: the ways to sign in, what a token allows, what a repetition receives, what the document says.

mod discovery;
mod federated;
mod poll;
mod repetition;
mod token;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use portcullis::protocol::enrollment::DEVICE_ENROLLMENT_USER_TOKEN;
use portcullis::protocol::provisioning::CertificateStore;
use portcullis::soap::Subcode;
use serde_json::json;

use crate::pc::{Pc, bearer, binary, password, policies, typed};
use crate::server::TestServer;

#[tokio::test(flavor = "multi_thread")]
async fn a_code_lets_its_person_in_however_it_is_typed() {
    let server = TestServer::start().await;
    let spellings: [fn(&str) -> String; 5] = [
        str::to_owned,
        str::to_lowercase,
        |code| code.replace('-', ""),
        |code| code.replace('-', " ").to_lowercase(),
        |code| code.replace('1', "l").replace('0', "o"),
    ];
    for spell in spellings {
        let token = server.token().await;
        let shows = password("Ana@Contoso.Example", &spell(&token.enroll_code));
        policies(&server, &shows).await.unwrap();
        Pc::new().enroll(&server, &shows).await;
        assert_eq!(server.uses(&token).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_shown_with_another_address_is_refused_like_an_unknown_one() {
    let server = TestServer::start().await;
    let token = server.token().await;
    let other = password("ben@contoso.example", &token.enroll_code);
    let unknown = password("ben@contoso.example", "0000-0000-0000");
    let mut sentences = Vec::new();
    for (shows, name) in [
        (other, "credential-of-another"),
        (unknown, "credential-unknown"),
    ] {
        let fault = policies(&server, &shows).await.unwrap_err();
        assert_eq!(fault.subcode, Subcode::Authentication);
        assert_eq!(server.refusal(&fault).await, name);
        sentences.push(fault.reason);
        let fault = Pc::new().try_enroll(&server, &shows).await.err().unwrap();
        assert_eq!(server.refusal(&fault).await, name);
    }
    assert_eq!(sentences[0], sentences[1]);
    assert_eq!(server.uses(&token).await, 0);
    Pc::new().enroll(&server, &typed(&token)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_for_nobody_in_particular_is_good_under_any_name() {
    let server = TestServer::start().await;
    for username in ["ana@contoso.example", r"CONTOSO\ana", "kiosk"] {
        let token = server.token_with(|wish| wish.email = None).await;
        let shows = password(username, &token.enroll_code);
        Pc::new().enroll(&server, &shows).await;
    }
    let devices = server.devices().await;
    assert_eq!(devices.len(), 3);
    assert!(
        devices.iter().all(|device| device.owner.is_none()),
        "a name that was typed proves nobody"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_token_is_read_in_either_alphabet_of_base64() {
    let server = TestServer::start().await;
    let encodings: [fn(&str) -> String; 4] = [
        |value| STANDARD.encode(value),
        |value| URL_SAFE.encode(value),
        |value| URL_SAFE_NO_PAD.encode(value),
        |value| {
            let text = STANDARD.encode(value);
            let (start, end) = text.split_at(20);
            format!("\n  {start}\r\n  {end}\n")
        },
    ];
    for encode in encodings {
        let token = server.token().await;
        let shows = binary(DEVICE_ENROLLMENT_USER_TOKEN, &encode(&token.token));
        policies(&server, &shows).await.unwrap();
        Pc::new().enroll(&server, &shows).await;
    }
    let devices = server.devices().await;
    let owner = Some("ana@contoso.example");
    assert!(
        devices
            .iter()
            .all(|device| device.owner.as_deref() == owner)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_cut_or_changed_is_unknown() {
    let server = TestServer::start().await;
    let token = server.token().await;
    let value = &token.token;
    let swapped: String = value
        .chars()
        .map(|c| {
            if c.is_ascii_lowercase() {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect();
    for text in [
        value[..value.len() - 1].to_owned(),
        value[1..].to_owned(),
        format!("{value}A"),
        swapped,
        String::new(),
    ] {
        let fault = policies(&server, &bearer(&text)).await.unwrap_err();
        assert_eq!(fault.subcode, Subcode::Authentication, "{text:?}");
    }
    Pc::new().enroll(&server, &bearer(value)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_goes_to_the_store_of_the_enrollment_type() {
    let server = TestServer::start().await;
    for (kind, store, path) in [
        ("Full", CertificateStore::User, r"My/User"),
        ("Device", CertificateStore::System, r"My/System"),
    ] {
        let token = server.token().await;
        let pc = Pc::new().saying("EnrollmentType", kind);
        let enrolled = pc.enroll(&server, &typed(&token)).await;
        assert_eq!(enrolled.document.store, store, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_says_where_the_device_is_managed_and_by_whom_it_is_owned() {
    let server = TestServer::start().await;
    let token = server.token().await;
    let enrolled = Pc::new().enroll(&server, &typed(&token)).await;
    let document = &enrolled.document;
    assert_eq!(document.application.address, server.management());
    assert_eq!(
        document.dm_client.upn.as_deref(),
        Some("ana@contoso.example")
    );
    let device = server.devices().await.remove(0);
    assert_eq!(enrolled.guid(), device.guid);
    let authority = server.server.app.authority.current();
    assert_eq!(document.root.der, authority.root_der());
    let intermediate = document.intermediate.as_ref().unwrap();
    assert_eq!(intermediate.der, authority.issuing_der());
    let recorded = server.issuances(device.id).await.remove(0);
    assert_eq!(
        recorded.certificate.as_deref(),
        Some(enrolled.certificate())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_device_says_of_itself_is_kept_and_shown() {
    let server = TestServer::start().await;
    let token = server.token().await;
    let mut pc = Pc::new();
    for (name, value) in [
        ("MAC", "A2-19-7D-41-B3-9C"),
        ("MAC", "00-0C-29-51-60-9D"),
        ("IMEI", "351756051523999"),
        ("SomethingOfNextYear", "Zoë <b>&amp;</b>"),
        ("Empty", ""),
    ] {
        pc.items.push((name.to_owned(), value.to_owned()));
    }
    pc.enroll(&server, &typed(&token)).await;
    let device = server.devices().await.remove(0);
    assert_eq!(device.facts.items, pc.items);
    let id = device.id.to_string();
    let shown = server.data().json(&["device", "show", &id]);
    assert_eq!(shown["facts"]["items"], json!(pc.items));
    assert_eq!(shown["certificates"][0]["state"], "issued");
    let attempt = server.attempts().await.remove(0);
    assert_eq!(attempt.facts, Some(json!(pc.items)));
    assert_eq!(attempt.device_id, Some(device.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_with_the_same_device_id_have_two_devices() {
    let server = TestServer::start().await;
    let mut guids = Vec::new();
    for email in ["ana@contoso.example", "ben@contoso.example"] {
        let token = server
            .token_with(|wish| wish.email = Some(email.to_owned()))
            .await;
        let pc = Pc::new()
            .saying("DeviceID", "B5B954E81FBCB94EB79BD08BE625F4EE")
            .silent_on("HWDevID");
        guids.push(pc.enroll(&server, &typed(&token)).await.guid());
    }
    assert_ne!(guids[0], guids[1]);
    assert_eq!(server.devices().await.len(), 2);
}
