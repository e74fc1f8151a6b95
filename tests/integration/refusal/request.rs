//! Requests for a certificate that are not granted.

use portcullis::protocol::enrollment::{PKCS7, RequestSecurityToken, RequestType};
use portcullis::secret::Secret;
use portcullis::soap::{ErrorType, Subcode};

use super::{Scene, Told, told};
use crate::openssl::Openssl;
use crate::pc::{Pc, typed};
use crate::server::TestServer;

const CERTIFICATE_REQUEST: Told = told("certificate-request", Subcode::CertificateRequest);

impl Scene {
    /// Asks with `request` while showing the token.
    async fn asks(&self, request: &RequestSecurityToken, expected: Told) {
        let url = self.server.enrollment();
        let exchange = self
            .server
            .exchange(&url, request, Some(typed(&self.token)));
        self.refused::<RequestSecurityToken>(&exchange.await, expected)
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_offered_is_refused_by_its_name() {
    let scene = Scene::new().await;
    let not_supported = Told {
        error_type: Some(ErrorType::NotSupported),
        ..told("request-type", Subcode::Authorization)
    };
    let not_eligible = Told {
        error_type: Some(ErrorType::NotEligibleToRenew),
        ..told("not-eligible-to-renew", Subcode::Authorization)
    };
    for (request_type, expected) in [
        (RequestType::Renew, not_eligible),
        (RequestType::Recovery, not_supported),
        (RequestType::QueryTokenStatus, not_supported),
        (RequestType::Other("urn:other".to_owned()), not_supported),
    ] {
        let request = RequestSecurityToken {
            request_type,
            ..Pc::new().request()
        };
        scene.asks(&request, expected).await;
    }
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_says_too_little_is_refused() {
    let scene = Scene::new().await;
    let expected = told("incomplete", Subcode::MessageFormat);
    let bare = RequestSecurityToken {
        binary_security_token: None,
        ..Pc::new().request()
    };
    for request in [
        Pc::new().silent_on("DeviceID").request(),
        Pc::new().saying("DeviceID", " ").request(),
        Pc::new().silent_on("EnrollmentType").request(),
        Pc::new().saying("EnrollmentType", "AppManaged").request(),
        bare,
    ] {
        scene.asks(&request, expected).await;
    }
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_request_that_proves_nothing_is_refused() {
    let scene = Scene::new().await;
    let pc = Pc::new();
    let csr = pc.csr();
    let changed = |at: usize| {
        let mut bytes = csr.clone();
        bytes[at] ^= 1;
        bytes
    };
    let mut trailing = csr.clone();
    trailing.push(0);
    for bytes in [
        changed(csr.len() - 1),
        changed(csr.len() / 2),
        changed(60),
        trailing,
        csr[..csr.len() - 1].to_vec(),
        b"not a request".to_vec(),
        Vec::new(),
        vec![0x30; 20_000],
    ] {
        scene
            .asks(&pc.request_with(&bytes), CERTIFICATE_REQUEST)
            .await;
    }
    let with = |change: fn(&mut portcullis::soap::BinarySecurityToken)| {
        let mut request = pc.request();
        change(request.binary_security_token.as_mut().unwrap());
        request
    };
    let typed_otherwise = with(|token| PKCS7.clone_into(&mut token.value_type));
    scene.asks(&typed_otherwise, CERTIFICATE_REQUEST).await;
    let not_base64 = with(|token| token.text = Secret::new("M*B"));
    scene.asks(&not_base64, CERTIFICATE_REQUEST).await;
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn weak_keys_and_weak_hashes_are_refused() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let scene = Scene::new().await;
    let pc = Pc::new();
    for (key, hash, reason) in [
        ("RSA -pkeyopt rsa_keygen_bits:1024", "-sha256", "1024"),
        (
            "RSA -pkeyopt rsa_keygen_bits:2048",
            "-md5",
            "1.2.840.113549.1.1.4",
        ),
        (
            "EC -pkeyopt ec_paramgen_curve:P-521",
            "-sha512",
            "1.3.132.0.35",
        ),
    ] {
        let csr = openssl.request(key, hash);
        let url = scene.server.enrollment();
        let request = pc.request_with(&csr);
        let exchange = scene
            .server
            .exchange(&url, &request, Some(typed(&scene.token)));
        let answer = exchange.await;
        scene
            .refused::<RequestSecurityToken>(&answer, CERTIFICATE_REQUEST)
            .await;
        let fault = answer.fault::<RequestSecurityToken>();
        let attempt = scene.server.attempt_of(&fault).await;
        let explanation = attempt.explanation.unwrap();
        assert!(explanation.contains(reason), "{explanation}");
    }
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sha_1_is_noted_or_refused_as_the_administrator_says() {
    let Some(openssl) = Openssl::new() else {
        return;
    };
    let csr = openssl.request("RSA -pkeyopt rsa_keygen_bits:2048", "-sha1");
    for allow in [true, false] {
        let server = TestServer::with(|config| config.csr.allow_sha1 = allow).await;
        let token = server.token().await;
        let request = Pc::new().request_with(&csr);
        let url = server.enrollment();
        let exchange = server.exchange(&url, &request, Some(typed(&token)));
        let outcome = exchange.await.outcome::<RequestSecurityToken>().1;
        match outcome {
            Ok(_) => {
                assert!(allow);
                let attempts = server.attempts().await;
                assert!(format!("{:?}", attempts[0].exchanges).contains("SHA-1"));
            }
            Err(fault) => {
                assert!(!allow, "{fault:?}");
                assert_eq!(server.refusal(&fault).await, "certificate-request");
            }
        }
    }
}
