//! Every reason to turn a device away that can occur: what the device hears, what the administrator reads, what nobody
//! reads.

mod envelope;
mod request;
mod transport;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis::admin::ShownToken;
use portcullis::attempt::Outcome;
use portcullis::protocol::enrollment::{DEVICE_ENROLLMENT_USER_TOKEN, JWT, RequestSecurityToken};
use portcullis::protocol::enrollment::{X509, X509_V3};
use portcullis::protocol::policy::GetPolicies;
use portcullis::soap::{Code, ErrorType, Exchange, Security, Subcode, Timestamp};

use crate::client::{Answer, MESSAGE_ID, reply_action, write};
use crate::log;
use crate::pc::{Pc, bearer, binary, password, typed};
use crate::server::TestServer;

/// What is expected of a refusal.
#[derive(Clone, Copy)]
struct Told {
    /// Its name for the administrator.
    name: &'static str,
    code: Code,
    subcode: Subcode,
    error_type: Option<ErrorType>,
}

const fn told(name: &'static str, subcode: Subcode) -> Told {
    Told {
        name,
        code: Code::Receiver,
        subcode,
        error_type: None,
    }
}

/// A server with one token, whose secrets must never be seen anywhere.
struct Scene {
    server: TestServer,
    token: ShownToken,
}

impl Scene {
    async fn new() -> Self {
        let server = TestServer::start().await;
        let token = server.token().await;
        Self { server, token }
    }

    /// A good request of a PC that shows the token.
    fn message(&self) -> String {
        let url = self.server.enrollment();
        write::<RequestSecurityToken>(&url, &Pc::new().request(), Some(typed(&self.token)))
    }

    async fn enroll(&self, message: impl Into<Vec<u8>>) -> Answer {
        let url = self.server.enrollment();
        self.server.post_soap(&url, message).await
    }

    /// Fails unless `answer` is the fault that `expected` describes, recorded and silent about the token.
    async fn refused<E: Exchange>(&self, answer: &Answer, expected: Told) {
        self.refused_unrelated::<E>(answer, expected, Some(MESSAGE_ID))
            .await;
    }

    async fn refused_unrelated<E: Exchange>(
        &self,
        answer: &Answer,
        expected: Told,
        relates_to: Option<&str>,
    ) {
        let name = expected.name;
        assert_eq!(answer.status, 500, "{name}: {answer:?}");
        answer.assert_valid::<E>();
        let (header, outcome) = answer.outcome::<E>();
        let Err(fault) = outcome else {
            panic!("{name}: not refused");
        };
        let detail = fault.detail.clone().unwrap();
        assert_eq!(fault.code, expected.code, "{name}");
        assert_eq!(fault.subcode, expected.subcode, "{name}");
        assert_eq!(detail.error_type, expected.error_type, "{name}");
        assert_eq!(header.relates_to.as_deref(), relates_to, "{name}");
        assert_eq!(header.activity_id.as_ref(), Some(&detail.trace_id));
        let action = format!(">{}</a:Action>", reply_action::<E>());
        assert!(answer.text().contains(&action), "{name}: {action}");

        let attempt = self.server.attempt_of(&fault).await;
        assert_eq!(attempt.outcome, Outcome::Refused);
        assert_eq!(attempt.refusal.as_deref(), Some(name), "{attempt:#?}");
        assert_eq!(attempt.sentence.as_ref(), Some(&fault.reason));
        assert_eq!(detail.message, fault.reason);
        let explanation = attempt.explanation.clone().unwrap();
        assert!(explanation.len() > 20, "{name}: {explanation}");
        let hresult = u32::from_str_radix(
            attempt.hresult.as_ref().unwrap().trim_start_matches("0x"),
            16,
        );
        assert_eq!(hresult, Ok(fault.hresult()), "{name}");
        let last = attempt.exchanges.last().unwrap();
        assert_eq!(last["status"], 500);
        assert_eq!(last["traceId"], detail.trace_id.as_str());
        let logged = log::lines_with(&detail.trace_id);
        assert_eq!(logged.len(), 1, "logged once: {logged:#?}");

        let record = serde_json::to_string(&attempt).unwrap();
        for secret in self.secrets() {
            assert!(!record.contains(&secret), "{name}: in the record");
            assert!(!answer.text().contains(&secret), "{name}: in the fault");
            let logged = log::lines_with(&secret);
            assert!(logged.is_empty(), "{name}: in the log: {logged:#?}");
        }
    }

    /// What must not be seen: code and value, as they are written and as they are sent.
    fn secrets(&self) -> Vec<String> {
        let ShownToken {
            enroll_code, token, ..
        } = &self.token;
        vec![
            enroll_code.clone(),
            enroll_code.replace('-', ""),
            token.clone(),
            token[5..].to_owned(),
            STANDARD.encode(token),
        ]
    }

    /// After all refusals the token is unspent and the next device enrolls.
    async fn goes_on(self) {
        assert_eq!(self.server.uses(&self.token).await, 0);
        let pc = Pc::new();
        pc.enroll(&self.server, &typed(&self.token)).await;
        assert_eq!(self.server.devices().await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_security_header_that_is_no_use_is_refused() {
    let scene = Scene::new().await;
    let both = Security {
        binary_security_token: bearer(&scene.token.token).binary_security_token,
        ..typed(&scene.token)
    };
    let timestamp = Security {
        timestamp: Some(Timestamp {
            id: None,
            created: "2026-01-01T00:00:00Z".to_owned(),
            expires: "2026-01-01T00:05:00Z".to_owned(),
        }),
        ..Security::default()
    };
    let value = &scene.token.token;
    for (shows, name) in [
        (None, "security"),
        (Some(Security::default()), "security"),
        (Some(timestamp), "security"),
        (Some(both), "security"),
        (
            Some(binary(DEVICE_ENROLLMENT_USER_TOKEN, "a*b")),
            "security",
        ),
        (
            Some(binary("urn:nothing", &STANDARD.encode(value))),
            "security",
        ),
        (
            Some(binary(JWT, &STANDARD.encode("a.b.c"))),
            "credential-kind",
        ),
        (Some(binary(X509_V3, "MIIB")), "credential-kind"),
        (Some(binary(X509, "MIIB")), "security"),
    ] {
        let expected = told(name, Subcode::InvalidSecurity);
        let (policy, enrollment) = (scene.server.policy(), scene.server.enrollment());
        let request = GetPolicies::default();
        let exchange = scene.server.exchange(&policy, &request, shows.clone());
        scene
            .refused::<GetPolicies>(&exchange.await, expected)
            .await;
        let request = Pc::new().request();
        let exchange = scene.server.exchange(&enrollment, &request, shows);
        scene
            .refused::<RequestSecurityToken>(&exchange.await, expected)
            .await;
    }
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_header_or_token_twice_is_refused() {
    let scene = Scene::new().await;
    let message = scene.message();
    let part = |from: &str, to: &str| {
        let start = message.find(from).unwrap();
        let end = message.find(to).unwrap() + to.len();
        message[start..end].to_owned()
    };
    for (from, to) in [
        ("<o:Security", "</o:Security>"),
        ("<o:UsernameToken", "</o:UsernameToken>"),
    ] {
        let part = part(from, to);
        let twice = message.replace(&part, &format!("{part}{part}"));
        let answer = scene.enroll(twice).await;
        let expected = told("security", Subcode::InvalidSecurity);
        scene
            .refused::<RequestSecurityToken>(&answer, expected)
            .await;
    }
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_and_not_known_is_refused_in_one_way() {
    let scene = Scene::new().await;
    let value = &scene.token.token;
    let own = |text: &str| binary(DEVICE_ENROLLMENT_USER_TOKEN, text);
    for shows in [
        password("ana@contoso.example", "Passw0rd!-of-the-person"),
        password("cleo@contoso.example", ""),
        bearer("helloworld"),
        bearer(""),
        bearer(&value.replace(&value[10..14], "AAAA")),
        own(&STANDARD.encode([0xff, 0xfe, 0x00])),
        password("dora@contoso.example", "000000000000"),
    ] {
        let expected = told("credential-unknown", Subcode::Authentication);
        let request = Pc::new().request();
        let url = scene.server.enrollment();
        let exchange = scene.server.exchange(&url, &request, Some(shows));
        scene
            .refused::<RequestSecurityToken>(&exchange.await, expected)
            .await;
    }
    assert!(log::lines_with("Passw0rd!-of-the-person").is_empty());
    let records = serde_json::to_string(&scene.server.attempts().await).unwrap();
    assert!(!records.contains("Passw0rd!-of-the-person"));
    scene.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_can_be_told_with_status_200() {
    let server = TestServer::with(|config| config.enrollment.fault_status = 200).await;
    let answer = Pc::new().ask(&server, &bearer("helloworld")).await;
    assert_eq!(answer.status, 200);
    let fault = answer.fault::<RequestSecurityToken>();
    assert_eq!(fault.subcode, Subcode::Authentication);
    let attempt = server.attempt_of(&fault).await;
    assert_eq!(attempt.exchanges[0]["status"], 200);
    let empty = server.post_soap(&server.discovery(), "").await;
    assert_eq!(empty.status, 200);
}
