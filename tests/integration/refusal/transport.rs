//! What HTTP itself refuses: no envelope is read, so the answer is none.

use portcullis::protocol::enrollment::RequestSecurityToken;
use reqwest::Method;

use super::Scene;
use crate::client::SOAP_XML;

#[tokio::test(flavor = "multi_thread")]
async fn another_media_type_or_another_encoding_is_refused() {
    let scene = Scene::new().await;
    let message = scene.message();
    for content_type in [
        "application/x-www-form-urlencoded",
        "multipart/related; type=\"application/xop+xml\"",
        "application/json",
        "text/html",
        "application/soap+xml; charset=utf-16",
        "text/xml; charset=iso-8859-1",
        "text/xml; charset=utf-7",
    ] {
        for url in [
            scene.server.discovery(),
            scene.server.policy(),
            scene.server.enrollment(),
        ] {
            let answer = scene.server.post(&url, content_type, message.clone()).await;
            assert_eq!(answer.status, 415, "{content_type}: {answer:?}");
        }
    }
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_a_byte_too_many_is_refused_and_one_of_the_limit_is_read() {
    let scene = Scene::new().await;
    let message = scene.message();
    let padded = |length: usize| format!("{message}{}", " ".repeat(length - message.len()));
    let answer = scene.enroll(padded(131_073)).await;
    assert_eq!(answer.status, 413, "{answer:?}");
    let compressed = [("content-type", SOAP_XML), ("content-encoding", "gzip")];
    let url = scene.server.enrollment();
    let send = scene
        .server
        .send(Method::POST, &url, &compressed, message.clone());
    assert_eq!(send.await.status, 415);
    assert_eq!(scene.server.uses(&scene.token).await, 0);
    let answer = scene.enroll(padded(131_072)).await;
    answer.reply::<RequestSecurityToken>();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_soap_actions_are_refused_and_one_is_passed_over() {
    let scene = Scene::new().await;
    let url = scene.server.enrollment();
    let action = ("soapaction", "\"http://tempuri.org/Nothing\"");
    let twice = [("content-type", SOAP_XML), action, action];
    let send = scene
        .server
        .send(Method::POST, &url, &twice, scene.message());
    let answer = send.await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(scene.server.uses(&scene.token).await, 0);
    let once = [("content-type", SOAP_XML), action];
    let send = scene
        .server
        .send(Method::POST, &url, &once, scene.message());
    send.await.reply::<RequestSecurityToken>();
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_and_other_addresses_lead_nowhere() {
    let scene = Scene::new().await;
    let none: [(&str, &str); 0] = [];
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let url = scene.server.enrollment();
        let answer = scene.server.send(method.clone(), &url, &none, "").await;
        assert!(matches!(answer.status, 404 | 405), "{method}: {answer:?}");
    }
    for path in [
        "/EnrollmentServer/Policy.svc",
        "/EnrollmentServer/Enrollment.svc",
        "/ManagementServer/MDM.svc",
    ] {
        let url = format!("{}{path}", scene.server.web);
        let answer = scene.server.post_soap(&url, scene.message()).await;
        assert!(
            matches!(answer.status, 404 | 405),
            "{path} on the web listener"
        );
    }
    for path in ["/enroll", "/EnrollmentServer/Auth", "/ca.crt", "/"] {
        let url = format!("{}{path}", scene.server.device);
        let answer = scene.server.get(&url).await;
        assert_eq!(answer.status, 404, "{path} on the device listener");
    }
    scene.goes_on().await;
}
