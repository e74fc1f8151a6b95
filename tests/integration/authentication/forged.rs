//! The headers of a proxy, sent by whoever is none.

use base64::engine::general_purpose::STANDARD;
use portcullis::protocol::enrollment::RequestSecurityToken;
use reqwest::Method;

use super::*;
use crate::client::{Answer, SOAP_XML};
use crate::log;
use crate::pc::password;
use crate::raw::Raw;
use crate::server::ProcessServer;

/// A server that takes this machine for a proxy which knows the secret.
async fn behind(trusted: &str) -> Api {
    with(|config| {
        config.proxy.trusted = vec![trusted.to_owned()];
        config.proxy.secret = SECRET.to_owned();
        config.proxy.certificate_header = "Client-Cert".to_owned();
    })
    .await
}

fn value(one: &One) -> String {
    format!(":{}:", STANDARD.encode(one.enrolled.certificate()))
}

async fn send(site: &Site, one: &One, headers: &[(&str, &str)]) -> Answer {
    let kind = ("content-type", "application/vnd.syncml.dm+xml");
    let headers = [&[kind], headers].concat();
    site.send(Method::POST, &site.management(), &headers, hello(&one.pc))
        .await
}

async fn answered(site: &Site, one: &One, headers: &[(&str, &str)]) -> String {
    let answer = send(site, one, headers).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    outcome(&SyncMl::read(&answer.body).unwrap()).0
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_proxy_is_configured_its_headers_mean_nothing() {
    let api = with(|_| {}).await;
    let one = enroll(&api).await;
    let own = api.server.with_identity(&one.enrolled.identity());
    for name in [
        "Client-Cert",
        "X-SSL-Client-Cert",
        "X-Client-Cert",
        "X-ARR-ClientCert",
    ] {
        let forged = [(name, value(&one))];
        let forged = forged
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        assert_eq!(answered(&api.server, &one, &forged).await, "401");
        assert_eq!(answered(&own, &one, &forged).await, "200");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_in_a_header_is_refused_from_whoever_is_no_proxy() {
    let (api, elsewhere) = (behind("127.0.0.1").await, behind("192.0.2.1").await);
    let one = enroll(&api).await;
    let value = value(&one);
    let (cert, secret) = (
        ("Client-Cert", value.as_str()),
        ("Portcullis-Proxy-Secret", SECRET),
    );
    let short = SECRET.strip_suffix('a').unwrap();
    for (why, headers) in [
        ("no secret", vec![cert]),
        ("in capitals", vec![("CLIENT-CERT", value.as_str())]),
        ("in small letters", vec![("client-cert", &value)]),
        ("with an underscore", vec![("Client_Cert", &value)]),
        (
            "a wrong secret",
            vec![cert, ("Portcullis-Proxy-Secret", short)],
        ),
        (
            "a wrong secret alone",
            vec![("Portcullis-Proxy-Secret", short)],
        ),
        ("no certificate and no secret", vec![("Client-Cert", "")]),
        ("two secrets", vec![secret, secret, cert]),
        (
            "two secrets, one with underscores",
            vec![secret, ("Portcullis_Proxy_Secret", SECRET), cert],
        ),
        ("the certificate twice", vec![secret, cert, cert]),
        (
            "beside one with an underscore",
            vec![secret, cert, ("Client_Cert", &value)],
        ),
        ("no certificate", vec![secret, ("Client-Cert", "0")]),
        (
            "a list of two",
            vec![secret, ("Client-Cert", &format!("{value}, {value}"))],
        ),
        (
            "two in one",
            vec![secret, ("Client-Cert", &value.replace("=:", "").repeat(2))],
        ),
    ] {
        let answer = send(&api.server, &one, &headers).await;
        assert_eq!(answer.status, 400, "{why}: {}", answer.text());
    }
    for headers in [&[secret, cert][..], &[secret], &[cert]] {
        let answer = send(&elsewhere.server, &one, headers).await;
        assert_eq!(answer.status, 400, "from another address");
    }
    let url = format!("{}/EnrollmentServer/Discovery.svc", api.server.web);
    let answer = api.server.send(Method::GET, &url, &[cert], "").await;
    assert_eq!(answer.status, 400, "on the web listener too");
    assert_eq!(answered(&api.server, &one, &[]).await, "401");
    let own = api.server.with_identity(&one.enrolled.identity());
    assert_eq!(
        answered(&own, &one, &[]).await,
        "200",
        "who comes straight is who it is"
    );
    assert_eq!(log::lines_with(SECRET), Vec::<String>::new());
    assert!(!log::lines_with("is from no trusted proxy").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_in_several_lines_is_refused() {
    // Refused by the HTTP parser, which logs it as an error: a process of its own.
    let server = ProcessServer::start(&[
        ("PORTCULLIS_PROXY__TRUSTED", "127.0.0.1"),
        ("PORTCULLIS_PROXY__SECRET", SECRET),
        ("PORTCULLIS_PROXY__CERTIFICATE_HEADER", "Client-Cert"),
    ]);
    let token = server.data().json(&["token", "create"]);
    let (pc, code) = (Pc::new(), token["token"].as_str().unwrap());
    let enrolled = pc.enroll(&server, &bearer(code)).await;
    let one = One {
        id: String::new(),
        pc,
        enrolled,
    };
    let (device, root) = (server.device.clone(), server.root().to_owned());
    let value = value(&one);
    let good = [("Portcullis-Proxy-Secret", SECRET), ("Client-Cert", &value)];
    assert_eq!(answered(&server, &one, &good).await, "200");
    let (first, second) = value.split_at(80);
    let body = hello(&one.pc);
    for between in ["\r\n ", "\r\n\t", "\n ", "\r", "\r\n"] {
        let request = format!(
            "POST /ManagementServer/MDM.svc HTTP/1.1\r\nHost: localhost\r\nPortcullis-Proxy-Secret: {SECRET}\r\n\
             Client-Cert: {first}{between}{second}\r\nContent-Type: application/vnd.syncml.dm+xml\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let (device, root) = (device.clone(), root.clone());
        let heard = tokio::task::spawn_blocking(move || {
            let mut raw = Raw::connect(&device, &root, &[]);
            raw.send(&request);
            raw.reply().text
        });
        let heard = heard.await.unwrap();
        assert!(
            heard.starts_with("HTTP/1.1 400") || heard.is_empty(),
            "{between:?}: {heard}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_knows_the_secret_passes_a_certificate_on_which_is_judged_like_one_in_tls() {
    let api = behind("127.0.0.0/8").await;
    let (one, other) = (enroll(&api).await, enroll(&api).await);
    let secret = ("Portcullis-Proxy-Secret", SECRET);
    let (value, others) = (value(&one), value(&other));
    assert_eq!(
        answered(&api.server, &one, &[secret, ("Client-Cert", &value)]).await,
        "200"
    );
    assert_eq!(
        answered(&api.server, &one, &[secret, ("Client-Cert", &others)]).await,
        "401"
    );
    assert_eq!(
        answered(&api.server, &one, &[secret, ("Client-Cert", "")]).await,
        "401"
    );
    assert_eq!(answered(&api.server, &one, &[secret]).await, "401");
    let made = rcgen::generate_simple_self_signed(vec!["pc".to_owned()]).unwrap();
    let foreign = format!(":{}:", STANDARD.encode(made.cert.der()));
    assert_eq!(
        answered(&api.server, &one, &[secret, ("Client-Cert", &foreign)]).await,
        "401"
    );
    // The proxy's own certificate is not its clients'.
    let proxy = api.server.with_identity(&one.enrolled.identity());
    assert_eq!(answered(&proxy, &one, &[secret]).await, "401");
    assert_eq!(
        answered(&proxy, &other, &[secret, ("Client-Cert", &others)]).await,
        "200"
    );
    let path = "/v1/organizations/default/mdm/windows/enterprise/devices";
    let path = format!("{path}/{}/revoke-certificate", one.id);
    api.post(&path, serde_json::json!({})).await.expect(200);
    assert_eq!(
        answered(&api.server, &one, &[secret, ("Client-Cert", &value)]).await,
        "401"
    );
}

/// The status of a digest that is a guess, or right, sent by a client at an address that it may have lied about.
async fn from(api: &Api, one: &One, right: bool, forwarded: &str) -> String {
    let kind = ("content-type", "application/vnd.syncml.dm+xml");
    let headers = [kind, ("X-Forwarded-For", forwarded)];
    let url = api.server.management();
    let guess = cred("syncml:auth-md5", "A/8wiLTB4Rx2xbcy8uFfAw==");
    let cred = match right {
        true => one.digest(&challenge(&api.server, one.package(None)).await),
        false => guess,
    };
    let package = one.package(Some(&cred));
    let answer = api.server.send(Method::POST, &url, &headers, package).await;
    outcome(&SyncMl::read(&answer.body).unwrap()).0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_made_up_addresses_are_one_client_for_the_limits() {
    for (trusted, expected) in [("127.0.0.1", "401"), ("192.0.2.1", "200")] {
        let api = with(|config| {
            config.device.digest_authentication = true;
            config.proxy.trusted = vec![trusted.to_owned(), "198.51.100.0/24".to_owned()];
            config.limits.credential_failures_per_ip = 1000;
        })
        .await;
        let one = enroll(&api).await;
        for number in 0..1000 {
            let made_up = format!(
                "10.9.{}.{}, 203.0.113.7, 198.51.100.9",
                number / 250,
                number % 250
            );
            assert_eq!(from(&api, &one, false, &made_up).await, "401");
        }
        // Without a trusted proxy it is this machine, which is not counted.
        let found = from(&api, &one, true, "10.9.9.9, 203.0.113.7").await;
        assert_eq!(found, expected, "{trusted}");
        assert_eq!(
            from(&api, &one, true, "203.0.113.7, 203.0.113.8").await,
            "200"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_of_an_attempt_has_the_clients_address_and_not_the_proxys() {
    let api = with(|config| config.proxy.trusted = vec!["127.0.0.1".to_owned()]).await;
    let message = crate::client::write::<RequestSecurityToken>(
        &api.server.enrollment(),
        &Pc::new().request(),
        Some(password("ana@contoso.example", "wrong")),
    );
    let headers = [
        ("content-type", SOAP_XML),
        ("X-Forwarded-For", "10.9.9.9, 203.0.113.7"),
    ];
    let url = api.server.enrollment();
    let answer = api.server.send(Method::POST, &url, &headers, message).await;
    let fault = answer.fault::<RequestSecurityToken>();
    let attempt = api.server.attempt_of(&fault).await;
    let remotes = attempt.exchanges.iter().map(|it| it["remote"].as_str());
    assert_eq!(remotes.collect::<Vec<_>>(), [Some("203.0.113.7")]);
}
