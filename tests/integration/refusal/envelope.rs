//! Messages that are not the ones they should be.

use portcullis::protocol::discovery::Discover;
use portcullis::protocol::enrollment::RequestSecurityToken;
use portcullis::protocol::policy::GetPolicies;
use portcullis::soap::{Code, Exchange, Subcode};

use super::{Scene, Told, told};
use crate::client::{Answer, SOAP_XML, discover, write};
use crate::pc::{Pc, typed};

const MESSAGE: Told = told("message", Subcode::MessageFormat);

#[tokio::test(flavor = "multi_thread")]
async fn action_body_and_endpoint_must_belong_together() {
    let scene = Scene::new().await;
    let shows = Some(typed(&scene.token));
    let bodies = [
        write::<Discover>("https://x.example", &discover("", &[]), shows.clone()),
        write::<GetPolicies>("https://x.example", &GetPolicies::default(), shows.clone()),
        write::<RequestSecurityToken>("https://x.example", &Pc::new().request(), shows),
    ];
    let own = [
        Discover::ACTION,
        GetPolicies::ACTION,
        RequestSecurityToken::ACTION,
    ];
    let actions = [own[0], own[1], own[2], "http://tempuri.org/Nothing", ""];
    let endpoints = [
        scene.server.discovery(),
        scene.server.policy(),
        scene.server.enrollment(),
    ];
    let mut mismatches = 0;
    for (endpoint, url) in endpoints.iter().enumerate() {
        for (body, text) in bodies.iter().enumerate() {
            for (action, uri) in actions.iter().enumerate() {
                if endpoint == body && body == action {
                    continue;
                }
                let written = format!(">{}</a:Action>", own[body]);
                let text = text.replace(&written, &format!(">{uri}</a:Action>"));
                let answer = scene.server.post_soap(url, text).await;
                refused_at(&scene, endpoint, &answer).await;
                mismatches += 1;
            }
        }
    }
    assert_eq!(mismatches, 3 * 3 * 5 - 3);
    scene.goes_on().await;
}

async fn refused_at(scene: &Scene, endpoint: usize, answer: &Answer) {
    match endpoint {
        0 => scene.refused::<Discover>(answer, MESSAGE).await,
        1 => scene.refused::<GetPolicies>(answer, MESSAGE).await,
        _ => scene.refused::<RequestSecurityToken>(answer, MESSAGE).await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_must_be_understood_and_is_not_is_refused() {
    let scene = Scene::new().await;
    let expected = Told {
        name: "not-understood",
        code: Code::MustUnderstand,
        subcode: Subcode::MessageFormat,
        error_type: None,
    };
    for value in ["1", "true"] {
        let block = format!("<x:Odd xmlns:x=\"urn:x\" s:mustUnderstand=\"{value}\"/>");
        let message = scene
            .message()
            .replace("</s:Header>", &format!("{block}</s:Header>"));
        let answer = scene.enroll(message).await;
        scene
            .refused::<RequestSecurityToken>(&answer, expected)
            .await;
    }
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_need_not_be_understood_is_passed_over() {
    let scene = Scene::new().await;
    let block = "<x:Odd xmlns:x=\"urn:x\" s:mustUnderstand=\"0\"/>";
    let message = scene
        .message()
        .replace("</s:Header>", &format!("{block}</s:Header>"));
    scene.enroll(message).await.reply::<RequestSecurityToken>();
}

#[tokio::test(flavor = "multi_thread")]
async fn soap_1_1_is_told_that_it_is_another_version() {
    let scene = Scene::new().await;
    let message = scene.message().replace(
        "http://www.w3.org/2003/05/soap-envelope",
        "http://schemas.xmlsoap.org/soap/envelope/",
    );
    let expected = Told {
        name: "soap-version",
        code: Code::VersionMismatch,
        subcode: Subcode::MessageFormat,
        error_type: None,
    };
    let answer = scene.enroll(message).await;
    scene
        .refused::<RequestSecurityToken>(&answer, expected)
        .await;
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_xml_or_not_whole_is_refused() {
    let scene = Scene::new().await;
    let message = scene.message();
    let utf_16: Vec<u8> = std::iter::once(0xfeff)
        .chain(message.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let unreadable: [Vec<u8>; 9] = [
        Vec::new(),
        b"   ".to_vec(),
        b"{\"not\":\"xml\"}".to_vec(),
        message[..message.len() / 2].into(),
        message[..message.len() - 1].into(),
        format!("<!DOCTYPE x [<!ENTITY e \"x\">]>{message}").into(),
        format!("<?xml version=\"1.0\" encoding=\"utf-16\"?>{message}").into(),
        utf_16,
        format!("{message}{message}").into(),
    ];
    for (number, bytes) in unreadable.into_iter().enumerate() {
        let answer = scene.enroll(bytes).await;
        eprintln!("case {number}");
        scene
            .refused_unrelated::<RequestSecurityToken>(&answer, MESSAGE, None)
            .await;
    }
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_envelope_with_one_element_in_its_body_is_refused() {
    let scene = Scene::new().await;
    let message = scene.message();
    let start = message.find("<s:Body").unwrap();
    let end = message.find("</s:Body>").unwrap() + "</s:Body>".len();
    let body = &message[start..end];
    let content = &body[body.find('>').unwrap() + 1..body.len() - "</s:Body>".len()];
    for (number, broken) in [
        message.replace(body, ""),
        message.replace(body, "<s:Body/>"),
        message.replace(body, &format!("{body}{body}")),
        message.replace(content, &format!("{content}{content}")),
        message.replace("s:Envelope", "s:envelope"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_ne!(broken, message);
        let answer = scene.enroll(broken).await;
        eprintln!("case {number}");
        scene
            .refused::<RequestSecurityToken>(&answer, MESSAGE)
            .await;
    }
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_order_mark_and_a_declaration_of_utf_8_are_no_reason() {
    let scene = Scene::new().await;
    let message = scene.message();
    let marked = format!("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n{message}");
    for content_type in [
        SOAP_XML,
        "application/soap+xml",
        "application/soap+xml; charset=\"UTF-8\"; action=\"x\"",
        "text/xml; charset=utf-8",
    ] {
        let url = scene.server.enrollment();
        let answer = scene.server.post(&url, content_type, marked.clone()).await;
        answer.reply::<RequestSecurityToken>();
    }
}
