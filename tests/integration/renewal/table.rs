//! What is asked for, as which token, in which form, by which proof: of all combinations five are served.

use portcullis::protocol::enrollment::{
    JWT, PKCS7, PKCS7_WSTEP, PKCS10, RequestSecurityToken, RequestType, TOKEN_TYPE, X509_V3,
};
use portcullis::secret::Secret;
use portcullis::soap::Security;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Own, Scene, enroll};
use crate::client::Site;
use crate::pc::{Pc, bearer, binary, typed};

/// By which proof.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Proof {
    Password,
    Token,
    Jwt,
    HeaderCertificate,
    TlsCertificate,
    Nothing,
}

const PROOFS: [Proof; 6] = [
    Proof::Password,
    Proof::Token,
    Proof::Jwt,
    Proof::HeaderCertificate,
    Proof::TlsCertificate,
    Proof::Nothing,
];

fn asked() -> [RequestType; 6] {
    let other = |uri: &str| RequestType::Other(uri.to_owned());
    [
        RequestType::Issue,
        RequestType::Renew,
        RequestType::Recovery,
        RequestType::QueryTokenStatus,
        other("http://schemas.microsoft.com/windows/pki/2009/01/enrollment/KET"),
        other("http://docs.oasis-open.org/ws-sx/ws-trust/200512/renew"),
    ]
}

/// A header with this proof, and the site that it is shown at.
async fn shown(scene: &Scene, own: &Own, proof: Proof) -> (Site, Option<Security>) {
    let plain = || Site::clone(&scene.server);
    let token = scene.server.token().await;
    match proof {
        Proof::Password => (plain(), Some(typed(&token))),
        Proof::Token => (plain(), Some(bearer(&token.token))),
        Proof::Jwt => (plain(), Some(binary(JWT, "ZXlK"))),
        Proof::HeaderCertificate => {
            let certificate = STANDARD.encode(&own.certificate);
            (plain(), Some(binary(X509_V3, &certificate)))
        }
        Proof::TlsCertificate => (own.site.clone(), None),
        Proof::Nothing => (plain(), None),
    }
}

/// What is asked for, as which token, in which form, by which proof.
type Case = (RequestType, &'static str, &'static str, Proof);

/// Whether a request of this kind gets past the table.
async fn is_served(scene: &Scene, case: &Case) -> bool {
    let (request_type, token_type, value_type, proof) = case;
    let pc = Pc::new();
    let own = match proof {
        Proof::TlsCertificate => enroll(&scene.server, &pc).await,
        _ => Own::new(&scene.server, &scene.own.key, &scene.own.certificate),
    };
    let (site, security) = shown(scene, &own, *proof).await;
    let fresh = pc.with_new_key();
    let body = match *value_type {
        PKCS7 | PKCS7_WSTEP => own.message(&fresh),
        _ => fresh.csr(),
    };
    let mut request = fresh.request();
    request.request_type = request_type.clone();
    (*token_type).clone_into(&mut request.token_type);
    let token = request.binary_security_token.as_mut().unwrap();
    (*value_type).clone_into(&mut token.value_type);
    token.text = Secret::new(STANDARD.encode(body));
    let answer = site.exchange(&site.enrollment(), &request, security).await;
    match answer.outcome::<RequestSecurityToken>().1 {
        Ok(_) => true,
        // No access token is taken here: it is refused for what it is, not for where it stands.
        Err(fault) => scene.explanation(&fault).await.contains("Entra ID token"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_all_combinations_five_are_served() {
    let scene = Scene::new().await;
    let mut served = Vec::new();
    for request_type in asked() {
        for token_type in [TOKEN_TYPE, X509_V3, "urn:other"] {
            for value_type in [PKCS10, PKCS7, PKCS7_WSTEP, "urn:other"] {
                for proof in PROOFS {
                    let case = (request_type.clone(), token_type, value_type, proof);
                    if is_served(&scene, &case).await {
                        served.push(case);
                    }
                }
            }
        }
    }
    let issue = |proof| (RequestType::Issue, TOKEN_TYPE, PKCS10, proof);
    let renew = |form| (RequestType::Renew, TOKEN_TYPE, form, Proof::TlsCertificate);
    assert_eq!(
        served,
        [
            issue(Proof::Password),
            issue(Proof::Token),
            issue(Proof::Jwt),
            renew(PKCS7),
            renew(PKCS7_WSTEP),
        ]
    );
}
