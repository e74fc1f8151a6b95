//! The revocation list: its number, how soon a revocation is on it, how it is served.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use super::{crl, crl_url, enroll, read, revoke, serial, start};
use crate::openssl::Openssl;
use crate::pc::{Pc, bearer};
use crate::server::Data;
#[cfg(feature = "failpoints")]
use crate::server::{ProcessServer, TestServer};

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_is_on_the_list_within_a_minute_and_the_number_rises() {
    let api = start().await;
    let one = enroll(&api, Pc::new()).await;
    let (first, entries) = read(&crl(&api.server).await.body);
    assert!(first >= 1 && entries.is_empty());
    revoke(&api, &one.id, json!({})).await;
    api.server.clock.advance(60);
    let (second, entries) = read(&crl(&api.server).await.body);
    assert!(second > first);
    assert_eq!(entries, [(one.serial, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_made_anew_every_day_and_lasts_seven() {
    let api = start().await;
    let times = |der: &[u8]| {
        use x509_parser::prelude::FromDer as _;
        let (_, list) = x509_parser::prelude::CertificateRevocationList::from_der(der).unwrap();
        let next = list.next_update().unwrap();
        (list.last_update().timestamp(), next.timestamp())
    };
    let first = crl(&api.server).await;
    let (made, next) = times(&first.body);
    assert_eq!(made, api.server.clock.now().as_second());
    assert_eq!(next - made, 7 * 86_400);
    api.server.clock.advance(86_400);
    let second = crl(&api.server).await;
    assert_eq!(times(&second.body).0, made + 86_400);
    assert!(read(&second.body).0 > read(&first.body).0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_ended_by_itself_leaves_the_list_after_one_more() {
    let api = start().await;
    let one = enroll(&api, Pc::new()).await;
    revoke(&api, &one.id, json!({ "reason": "superseded" })).await;
    for (days, there) in [(1, true), (364, true), (1, false)] {
        api.server.clock.advance(days * 86_400);
        let (_, entries) = read(&crl(&api.server).await.body);
        assert_eq!(!entries.is_empty(), there, "{days} days later");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_served_with_its_tag_and_its_time_and_not_twice_to_who_has_it() {
    let api = start().await;
    let first = crl(&api.server).await;
    let tag = first.header("etag").unwrap().to_owned();
    let made = first.header("last-modified").unwrap().to_owned();
    let cached = first.header("cache-control").unwrap();
    assert!(cached.contains("max-age=30"), "{cached}");
    let url = crl_url(&api.server);
    let other = "\"0-0\", ".to_owned() + &tag;
    for (name, value, status) in [
        ("if-none-match", tag.as_str(), 304),
        ("if-none-match", &other, 304),
        ("if-none-match", "*", 304),
        ("if-none-match", "\"0-0\"", 200),
        ("if-modified-since", &made, 304),
        ("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT", 200),
        ("if-modified-since", "yesterday", 200),
    ] {
        let header = [(name, value)];
        let answer = api.server.send(Method::GET, &url, &header, "").await;
        assert_eq!(answer.status, status, "{name}: {value}");
        assert_eq!(answer.header("etag"), Some(tag.as_str()));
    }
    let none: [(&str, &str); 0] = [];
    let head = api.server.send(Method::HEAD, &url, &none, "").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let unknown = format!("{}/crl/{}.crl", api.server.web, "0".repeat(64));
    assert_eq!(api.server.get(&unknown).await.status, 404);
    let one = enroll(&api, Pc::new()).await;
    revoke(&api, &one.id, json!({})).await;
    api.server.clock.advance(60);
    let second = crl(&api.server).await;
    assert_ne!(second.header("etag"), Some(tag.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_never_goes_back_over_restarts_kills_and_beside_commands() {
    let mut data = Data::new();
    let mut highest = 0;
    for _ in 0..3 {
        let server = data.serve(&[]);
        let token = server.data().json(&["token", "create"]);
        let pc = Pc::new();
        let shows = bearer(token["token"].as_str().unwrap());
        let enrolled = pc.enroll(&server, &shows).await;
        let devices = server.data().json(&["device", "list"]);
        let id = devices[0]["id"].as_str().unwrap();
        let one = serial(enrolled.certificate());
        let revoke = ["device", "revoke-certificate", id, "--serial", &one];
        let reason = ["--reason", "privilegeWithdrawn"];
        let told = server.data().json(&[&revoke[..], &reason].concat());
        assert_eq!(told["certificates"][0]["reason"], "privilegeWithdrawn");
        // The command makes the list that the running process has not made yet.
        let told = server.data().json(&["ca", "crl"]);
        let number = told["number"].as_u64().unwrap();
        assert!(number > highest, "{number} after {highest}");
        highest = number;
        let issuer = server.data().json(&["ca", "show"])["issuingSha256"].clone();
        let url = format!("{}/crl/{}.crl", server.web, issuer.as_str().unwrap());
        let began = Instant::now();
        loop {
            let (number, entries) = read(&server.get(&url).await.body);
            if entries
                .iter()
                .any(|(serial, reason)| (serial, *reason) == (&one, 9))
            {
                assert!(number >= highest);
                highest = number;
                break;
            }
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "a minute is over"
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        data = server.kill();
    }
    let output = data.run(&["ca", "crl"]);
    assert!(output.status.success(), "{output:?}");
    let Some(openssl) = Openssl::new() else {
        return;
    };
    openssl.write("crl.pem", &output.stdout);
    openssl.write(
        "issuing.pem",
        std::fs::read(data.path().join("certs/issuing.pem")).unwrap(),
    );
    let judged = openssl.run("crl -in crl.pem -noout -CAfile issuing.pem -verify");
    assert!(judged.status.success(), "{judged:?}");
}

/// Lets a PC ask a server that stands still between plan and signature, and kills it there.
#[cfg(feature = "failpoints")]
async fn killed_after_the_plan(pc: &Pc) -> (Data, String) {
    use portcullis::protocol::enrollment::RequestSecurityToken;
    let server = ProcessServer::start(&[("FAILPOINTS", "after_plan=pause")]);
    let token = server.data().json(&["token", "create"]);
    let token = token["token"].as_str().unwrap().to_owned();
    let site = server.separate();
    let url = site.enrollment();
    let shows = bearer(&token);
    let request = crate::client::write::<RequestSecurityToken>(&url, &pc.request(), Some(shows));
    let asked = tokio::spawn(async move { site.try_post_soap(&url, request).await });
    let began = Instant::now();
    let store = server.data().store();
    let planned = || {
        store.look::<_, portcullis::store::Error, _>(|tx| {
            let organization = tx.organization("default")?.unwrap().id;
            let devices = tx.devices(organization, 10)?;
            let issuances = devices
                .first()
                .map(|device| tx.issuances_of_device(device.id));
            Ok(issuances.transpose()?.is_some_and(|rows| !rows.is_empty()))
        })
    };
    while !planned().unwrap() {
        assert!(began.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(store);
    tokio::time::sleep(Duration::from_millis(150)).await;
    let data = server.kill();
    assert_eq!(asked.await.unwrap(), None);
    (data, token)
}

#[cfg(feature = "failpoints")]
#[tokio::test(flavor = "multi_thread")]
async fn a_serial_number_that_was_promised_and_never_signed_is_on_the_list_after_a_restart() {
    let pc = Pc::new();
    let (data, token) = killed_after_the_plan(&pc).await;
    let server = TestServer::over(data, 120, |_| {}).await;
    let device = server.devices().await.remove(0).id;
    let planned = server.issuances(device).await.remove(0);
    let (_, entries) = read(&crl(&server).await.body);
    assert_eq!(entries, [(super::hex(&planned.serial), 0)]);
    let enrolled = pc.enroll(&server, &bearer(&token)).await;
    assert_ne!(serial(enrolled.certificate()), super::hex(&planned.serial));
    server.clock.advance(60);
    assert_eq!(read(&crl(&server).await.body).1, entries);
}
