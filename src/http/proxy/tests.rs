use std::net::IpAddr;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Forged, Proxies};
use crate::config;
use crate::http::connection::Peer;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn proxies() -> Proxies {
    Proxies::new(&config::Proxy {
        trusted: ["192.0.2.10", "10.0.0.0/8", "2001:db8::/32"]
            .map(str::to_owned)
            .to_vec(),
        secret: SECRET.to_owned(),
        certificate_header: "Client-Cert".to_owned(),
    })
}

fn peer(address: &str) -> Peer {
    let address: IpAddr = address.parse().unwrap();
    Peer {
        certificate: Some(b"of the connection".to_vec()),
        address: (address, 50_000).into(),
    }
}

fn headers(all: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in all {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn certificate() -> Vec<u8> {
    let made = rcgen::generate_simple_self_signed(vec!["pc".to_owned()]).unwrap();
    made.cert.der().to_vec()
}

fn sequence(der: &[u8]) -> String {
    format!(":{}:", STANDARD.encode(der))
}

#[test]
fn a_certificate_is_taken_from_a_proxy_that_knows_the_secret_in_either_form() {
    let der = certificate();
    let lines = STANDARD.encode(&der).replace('+', "%2B");
    let pem = format!("-----BEGIN%20CERTIFICATE-----%0A{lines}%0A-----END%20CERTIFICATE-----%0A");
    for value in [sequence(&der), pem] {
        let sent = headers(&[("Portcullis-Proxy-Secret", SECRET), ("client-cert", &value)]);
        let origin = proxies()
            .origin(&peer("192.0.2.10"), &sent)
            .unwrap()
            .unwrap();
        assert_eq!(origin.certificate.as_deref(), Some(der.as_slice()));
    }
}

#[test]
fn a_proxy_without_a_certificate_passes_none_on_and_its_own_is_not_the_clients() {
    for more in [&[][..], &[("client-cert", "")]] {
        let sent = headers(&[&[("portcullis-proxy-secret", SECRET)], more].concat());
        let origin = proxies().origin(&peer("10.1.2.3"), &sent).unwrap().unwrap();
        assert_eq!(origin.certificate, None);
    }
}

#[test]
fn whoever_is_no_proxy_is_refused_with_a_header_of_one() {
    let value = sequence(&certificate());
    let (secret, own) = (
        ("portcullis-proxy-secret", SECRET),
        ("client-cert", value.as_str()),
    );
    let wrong = (
        "portcullis-proxy-secret",
        "0123456789abcdef0123456789abcdeF",
    );
    for (address, sent, refused) in [
        ("192.0.2.10", &[own][..], Forged::Certificate),
        ("192.0.2.11", &[own], Forged::Certificate),
        ("192.0.2.11", &[secret, own], Forged::Secret),
        ("192.0.2.11", &[secret], Forged::Secret),
        ("192.0.2.10", &[wrong], Forged::Secret),
        ("192.0.2.10", &[wrong, own], Forged::Secret),
        ("192.0.2.10", &[secret, secret], Forged::Repeated),
        ("192.0.2.10", &[secret, own, own], Forged::Repeated),
        (
            "192.0.2.10",
            &[secret, own, ("client_cert", "x")],
            Forged::Repeated,
        ),
        (
            "192.0.2.10",
            &[secret, ("client_cert", &value)],
            Forged::Repeated,
        ),
        ("192.0.2.11", &[("client_cert", &value)], Forged::Repeated),
    ] {
        let found = proxies().origin(&peer(address), &headers(sent));
        assert_eq!(found.err(), Some(refused), "{address} {sent:?}");
    }
    assert!(matches!(
        proxies().origin(&peer("192.0.2.11"), &headers(&[])),
        Ok(None)
    ));
    assert!(matches!(
        proxies().origin(&peer("192.0.2.10"), &headers(&[])),
        Ok(None)
    ));
}

#[test]
fn what_is_not_one_whole_certificate_is_refused() {
    let (one, two) = (certificate(), certificate());
    let pem = |der: &[u8]| {
        let text = STANDARD.encode(der).replace('+', "%2B");
        format!("-----BEGIN%20CERTIFICATE-----%0A{text}%0A-----END%20CERTIFICATE-----")
    };
    for value in [
        "0".to_owned(),
        "SUCCESS".to_owned(),
        ":".to_owned(),
        "::".to_owned(),
        STANDARD.encode(&one),
        format!("{};a=1", sequence(&one)),
        format!("{}, {}", sequence(&one), sequence(&two)),
        sequence(&[one.clone(), two.clone()].concat()),
        sequence(&[one.clone(), vec![0]].concat()),
        sequence(one.split_last().unwrap().1),
        format!("{}%0A{}", pem(&one), pem(&two)),
        format!("{}%0Ax", pem(&one)),
        pem(&one).replace("%0A", "%0"),
        pem(&[one.clone(), two].concat()),
        "x".repeat(17_000),
    ] {
        let sent = headers(&[("portcullis-proxy-secret", SECRET), ("client-cert", &value)]);
        let found = proxies().origin(&peer("192.0.2.10"), &sent);
        assert_eq!(found.err(), Some(Forged::Unreadable), "{value}");
    }
}

#[test]
fn the_client_is_the_right_most_address_that_is_no_proxys() {
    for (values, client) in [
        (&["198.51.100.7"][..], "198.51.100.7"),
        (&["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
        (&["203.0.113.9", "198.51.100.7, 10.0.0.3"], "198.51.100.7"),
        (&["203.0.113.9, nonsense, 10.0.0.3"], "10.0.0.3"),
        (&["10.0.0.4, 10.0.0.3"], "10.0.0.4"),
        (&["198.51.100.7:4711"], "198.51.100.7"),
        (&["[2001:db9::7]:4711"], "2001:db9::7"),
        (&["[2001:db9::7]"], "2001:db9::7"),
        (&["::ffff:198.51.100.7"], "198.51.100.7"),
        (&[""], "192.0.2.10"),
        (&[], "192.0.2.10"),
    ] {
        let mut sent = vec![("portcullis-proxy-secret", SECRET)];
        sent.extend(values.iter().map(|value| ("X-Forwarded-For", *value)));
        let origin = proxies().origin(&peer("192.0.2.10"), &headers(&sent));
        let address = origin.unwrap().unwrap().address.ip();
        assert_eq!(address.to_string(), client, "{values:?}");
    }
    let sent = headers(&[("x-forwarded-for", "198.51.100.7")]);
    for address in ["192.0.2.10", "192.0.2.11"] {
        assert!(matches!(proxies().origin(&peer(address), &sent), Ok(None)));
    }
}

#[test]
fn nothing_is_believed_that_is_not_configured() {
    let value = sequence(&certificate());
    let sent = headers(&[("client-cert", &value), ("x-forwarded-for", "198.51.100.7")]);
    let none = Proxies::new(&config::Proxy::default());
    assert!(matches!(none.origin(&peer("192.0.2.10"), &sent), Ok(None)));
    let address_alone = Proxies::new(&config::Proxy {
        trusted: vec!["192.0.2.10".to_owned()],
        certificate_header: "Client-Cert".to_owned(),
        ..config::Proxy::default()
    });
    let origin = address_alone
        .origin(&peer("192.0.2.10"), &sent)
        .unwrap()
        .unwrap();
    let own = peer("192.0.2.10").certificate;
    assert_eq!(origin.certificate, own, "the one of the connection");
    assert_eq!(origin.address.ip().to_string(), "198.51.100.7");
}
