//! What certificates say of where the list, the responder and their issuer are: what is configured, and nothing else.

use portcullis::config::Config;
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{enroll, with};
use crate::openssl::{Openssl, assert_lint, linter};
use crate::pc::{Pc, pem};

/// A change of the configuration.
type Change = fn(&mut Config);

/// The addresses in the list's distribution points and in the access to information, by the last number of the method.
fn pointers(der: &[u8]) -> (Vec<String>, Vec<(String, String)>) {
    let (_, certificate) = X509Certificate::from_der(der).unwrap();
    let (mut lists, mut access) = (Vec::new(), Vec::new());
    let uri = |name: &GeneralName<'_>| match name {
        GeneralName::URI(uri) => (*uri).to_owned(),
        other => panic!("{other:?}"),
    };
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::CRLDistributionPoints(points) => {
                for point in points.iter() {
                    let Some(DistributionPointName::FullName(names)) = &point.distribution_point
                    else {
                        panic!("{point:?}");
                    };
                    assert!(point.reasons.is_none() && point.crl_issuer.is_none());
                    lists.extend(names.iter().map(uri));
                }
            }
            ParsedExtension::AuthorityInfoAccess(info) => {
                access.extend(info.accessdescs.iter().map(|it| {
                    let method = it.access_method.to_id_string();
                    (method, uri(&it.access_location))
                }));
            }
            _ => {}
        }
    }
    (lists, access)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_points_at_what_is_configured_and_at_nothing_else() {
    const OCSP: &str = "1.3.6.1.5.5.7.48.1";
    const ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
    let settings: [(Change, [bool; 3]); 4] = [
        (|_| {}, [false; 3]),
        (
            |config| config.ca.crl_url = "http://pki.example.com/crl/{issuer}.crl".to_owned(),
            [true, false, false],
        ),
        (
            |config| config.ca.ocsp_url = "http://pki.example.com/ocsp".to_owned(),
            [false, true, false],
        ),
        (
            |config| {
                config.ca.crl_url = "http://pki.example.com/crl/{issuer}.crl".to_owned();
                config.ca.ocsp_url = "http://pki.example.com/ocsp".to_owned();
                config.ca.issuer_url = "http://pki.example.com/ca/{issuer}.crt".to_owned();
            },
            [true; 3],
        ),
    ];
    for (change, [list, ocsp, issuer]) in settings {
        let api = with(change).await;
        let one = enroll(&api, Pc::new()).await;
        let (lists, access) = pointers(one.enrolled.certificate());
        let authority = api.server.server.app.authority.current();
        let id = authority.issuing_id();
        let at = format!("http://pki.example.com/crl/{id}.crl");
        assert_eq!(lists, list.then_some(at).into_iter().collect::<Vec<_>>());
        let responder = (OCSP.to_owned(), "http://pki.example.com/ocsp".to_owned());
        let at = format!("http://pki.example.com/ca/{id}.crt");
        let expected = [
            ocsp.then_some(responder),
            issuer.then_some((ISSUERS.to_owned(), at)),
        ];
        assert_eq!(access, expected.into_iter().flatten().collect::<Vec<_>>());
        if let (Some(linter), Some(openssl)) = (linter("lint_pkix_cert"), Openssl::new()) {
            let leaf = pem("CERTIFICATE", one.enrolled.certificate());
            assert_lint(&linter, &[], &[&openssl.write("leaf.pem", leaf)]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_issuing_certificate_is_where_certificates_may_point() {
    let api = with(|_| {}).await;
    let authority = api.server.server.app.authority.current();
    let url = format!("{}/ca/{}.crt", api.server.web, authority.issuing_id());
    let answer = api.server.get(&url).await;
    assert_eq!(answer.header("content-type"), Some("application/pkix-cert"));
    assert_eq!(answer.body, authority.issuing_der());
    let unknown = format!("{}/ca/{}.crt", api.server.web, "0".repeat(64));
    assert_eq!(api.server.get(&unknown).await.status, 404);
}
