//! Through real proxies: `nginx` and `HAProxy`, each ending TLS in front of the server.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use portcullis::protocol::enrollment::{PKCS7, RequestSecurityToken, RequestType};
use portcullis::protocol::provisioning::{ProvisioningDocument, Renewal};
use portcullis::secret::Secret;
use reqwest::Method;

use super::proxy::{Make, Proxy};
use super::*;
use crate::client::{SOAP_XML, write};
use crate::pc::{password, pem};

pub(crate) const MAKES: [Make; 2] = [Make::Nginx, Make::Haproxy];

/// A server behind a proxy; none where the proxy is not installed.
pub(crate) async fn behind(make: Make) -> Option<(Api, Proxy)> {
    let api = with(|config| {
        config.proxy.trusted = vec!["127.0.0.1".to_owned()];
        config.proxy.secret = SECRET.to_owned();
        config.proxy.certificate_header = make.header().to_owned();
    })
    .await;
    let proxy = Proxy::start(make, &api.server)?;
    Some((api, proxy))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_enrolls_is_managed_and_renews_through_each_proxy() {
    for make in MAKES {
        let Some((api, proxy)) = behind(make).await else {
            return;
        };
        let token = api.server.token().await;
        let pc = Pc::new();
        let shows = bearer(&token.token);
        let enrolled = pc.try_enroll(&proxy.site, &shows).await.unwrap();
        let own = proxy.site.with_identity(&enrolled.identity());
        for _ in 0..3 {
            assert_eq!(status(&own, hello(&pc)).await, "200", "{make:?}");
        }
        let next = renew(&proxy, &own, &pc, &enrolled).await;
        let (old, key) = (own, pc.key.serialize_pem());
        let own = format!("{key}{}", pem("CERTIFICATE", &next));
        let own = proxy.site.with_identity(&own);
        assert_eq!(status(&own, hello(&pc)).await, "200", "{make:?}");
        assert_eq!(
            status(&old, hello(&pc)).await,
            "401",
            "{make:?}: the new one was used"
        );
    }
}

/// Renews with OpenSSL as the signer; the new certificate.
async fn renew(proxy: &Proxy, own: &Site, pc: &Pc, enrolled: &Enrolled) -> Vec<u8> {
    let openssl = &proxy.openssl;
    openssl.write("pc.key", pc.key.serialize_pem());
    openssl.write("pc.pem", pem("CERTIFICATE", enrolled.certificate()));
    openssl.write("pc.csr", pc.csr());
    let made = openssl.run(
        "cms -sign -binary -nodetach -md sha256 -in pc.csr -signer pc.pem -inkey pc.key -outform DER -out pc.p7",
    );
    assert!(made.status.success(), "{made:?}");
    let message = fs::read(openssl.path("pc.p7")).unwrap();
    let mut request = pc.request();
    request.request_type = RequestType::Renew;
    let token = request.binary_security_token.as_mut().unwrap();
    PKCS7.clone_into(&mut token.value_type);
    token.text = Secret::new(STANDARD.encode(message));
    let nobody = Some(password("ana@contoso.example", ""));
    let url = own.enrollment();
    let bare = proxy.site.exchange(&url, &request, nobody.clone()).await;
    let refused = bare.outcome::<RequestSecurityToken>().1;
    assert!(refused.is_err(), "without the certificate");
    let answer = own.exchange(&url, &request, nobody).await;
    let reply = answer.reply::<RequestSecurityToken>();
    let document = ProvisioningDocument::parse(&reply.provisioning_document).unwrap();
    Renewal::from_document(&document).unwrap().leaf.der
}

/// The status of a session, or of the reply where there is none.
async fn send(site: &Site, one: &One, headers: &[(&str, &str)]) -> String {
    let kind = ("content-type", "application/vnd.syncml.dm+xml");
    let headers = [&[kind], headers].concat();
    let url = site.management();
    let answer = site
        .send(Method::POST, &url, &headers, hello(&one.pc))
        .await;
    match answer.status {
        200 => outcome(&SyncMl::read(&answer.body).unwrap()).0,
        status => format!("HTTP {status}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_shows_no_certificate_or_makes_one_up_in_a_header_is_refused_through_each_proxy() {
    for make in MAKES {
        let Some((api, proxy)) = behind(make).await else {
            return;
        };
        let (one, other) = (enroll(&api).await, enroll(&api).await);
        assert_eq!(send(&proxy.site, &one, &[]).await, "401", "{make:?}");
        let der = one.enrolled.certificate();
        let sequence = format!(":{}:", STANDARD.encode(der));
        let escaped = pem("CERTIFICATE", der);
        let escaped: String = url::form_urlencoded::byte_serialize(escaped.as_bytes()).collect();
        let escaped = escaped.replace('+', "%20");
        let underscored = make.header().replace('-', "_");
        let others = proxy.site.with_identity(&other.enrolled.identity());
        for value in [&sequence, &escaped] {
            for name in [make.header(), &make.header().to_uppercase()] {
                let forged = [(name, value.as_str()), ("Portcullis-Proxy-Secret", SECRET)];
                for headers in [&forged[..1], &forged] {
                    assert_eq!(send(&proxy.site, &one, headers).await, "401", "{make:?}");
                    assert_eq!(send(&others, &one, headers).await, "401", "{make:?}");
                    assert_eq!(send(&others, &other, headers).await, "200", "{make:?}");
                }
            }
            let twice = [(make.header(), value.as_str()), (make.header(), value)];
            assert_eq!(send(&proxy.site, &one, &twice).await, "401", "{make:?}");
            // nginx drops such a name, HAProxy passes it on.
            let expected = match make {
                Make::Nginx => "401",
                Make::Haproxy => "HTTP 400",
            };
            let forged = [(underscored.as_str(), value.as_str())];
            assert_eq!(send(&proxy.site, &one, &forged).await, expected, "{make:?}");
        }
        for word in ["0", "SUCCESS", "true"] {
            let verified = [
                ("X-SSL-Client-Verify", word),
                ("X-SSL-Client-Cert-Used", word),
            ];
            assert_eq!(send(&proxy.site, &one, &verified).await, "401", "{make:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_proxy_tells_where_the_client_is_whatever_that_says_of_itself() {
    for make in MAKES {
        let Some((api, proxy)) = behind(make).await else {
            return;
        };
        let root = reqwest::Certificate::from_pem(proxy.site.root().as_bytes()).unwrap();
        let client = reqwest::Client::builder()
            .no_proxy()
            .local_address(IpAddr::from([127, 0, 0, 2]))
            .resolve("localhost", SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .tls_certs_only([root])
            .build()
            .unwrap();
        let url = proxy.site.enrollment();
        let shows = password("ana@contoso.example", "wrong");
        let message = write::<RequestSecurityToken>(&url, &Pc::new().request(), Some(shows));
        let request = client.post(&url).header("content-type", SOAP_XML);
        let request = request.header("X-Forwarded-For", "10.9.9.9").body(message);
        assert_eq!(request.send().await.unwrap().status(), 500);
        let attempts = api.server.attempts().await;
        let remote = attempts[0].exchanges[0]["remote"].as_str();
        assert_eq!(remote, Some("127.0.0.2"), "{make:?}");
        let page = proxy.site.get(&format!("{}/ca.pem", proxy.site.web)).await;
        assert_eq!(page.text(), api.server.root(), "the web listener, too");
    }
}
