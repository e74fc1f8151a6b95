//! Letters on their way: through a real mail server that may be killed, refuse, or ask for TLS and a password.

mod smtp;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use portcullis::admin::CreateToken;
use portcullis::config::SmtpTls;
use portcullis::token::EmailStatus;
use serde_json::{Value as Json, json};

use self::smtp::{Arrived, MailServer};
use crate::api::Api;
use crate::pc::{Pc, typed};
use crate::server::TestServer;

const TOKENS: &str = "/v1/organizations/default/mdm/windows/enterprise/enrollment-tokens";

/// A server that writes through this mail server.
async fn writing(mail: &MailServer) -> Api {
    let port = mail.port;
    let server = TestServer::with(|config| {
        config.smtp.host = "127.0.0.1".to_owned();
        config.smtp.port = port;
        config.smtp.tls = SmtpTls::None;
        config.smtp.from = "mdm@contoso.example".to_owned();
        config.limits.mail_per_recipient_per_hour = 0;
        config.limits.mail_per_organization_per_hour = 0;
    });
    Api::over(server.await).await
}

/// Waits until `done` says so, and says what it waited for where it does not.
async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if done().await {
            return;
        }
        actix_web::rt::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("waited a minute for {what}");
}

async fn statuses(api: &Api) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for page in 1.. {
        let told = api
            .get(&format!("{TOKENS}?limit=100&page={page}"))
            .await
            .expect(200);
        let items = told["data"]["items"].as_array().unwrap().clone();
        for item in &items {
            let status = item["emailStatus"].as_str().unwrap().to_owned();
            *counted.entry(status).or_default() += 1;
        }
        if items.len() < 100 {
            break;
        }
    }
    counted
}

async fn letters(mail: &MailServer, count: usize) -> Vec<Arrived> {
    until(&format!("{count} letters"), async || {
        mail.arrived().len() >= count
    })
    .await;
    mail.arrived()
}

#[actix_web::test]
async fn a_thousand_invitations_arrive_though_the_mail_server_is_killed_halfway() {
    let Some(mut mail) = MailServer::start() else {
        return;
    };
    let api = writing(&mail).await;
    let emails: Vec<_> = (0..1_000)
        .map(|n| format!("person{n}@contoso.example"))
        .collect();
    let body = json!({ "sendEmail": true, "userEmails": emails });
    let told = api.post(&format!("{TOKENS}/bulk"), body).await.expect(200);
    assert_eq!(told["data"]["success"], 1_000);

    letters(&mail, 300).await;
    mail.kill();
    // Whatever is tried meanwhile fails, and waits.
    actix_web::rt::time::sleep(Duration::from_secs(2)).await;
    let told = statuses(&api).await;
    assert!(!told.contains_key("failed"), "{told:?}");
    assert!(told["queued"] > 0, "{told:?}");
    mail.run();
    until("every invitation to be sent", async || {
        api.server.clock.advance(60);
        statuses(&api).await.get("sent") == Some(&1_000)
    })
    .await;

    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for letter in mail.arrived() {
        let [to] = &letter.to[..] else {
            panic!("one recipient a letter: {:?}", letter.to);
        };
        ids.entry(to.clone())
            .or_default()
            .insert(letter.header("Message-ID"));
    }
    let expected: BTreeSet<_> = emails.into_iter().collect();
    assert_eq!(ids.keys().cloned().collect::<BTreeSet<_>>(), expected);
    assert!(
        ids.values().all(|ids| ids.len() == 1),
        "whoever got a letter twice got the same one"
    );
}

async fn made(api: &Api, body: Json) -> Json {
    api.post(TOKENS, body).await.expect(200)["data"].clone()
}

#[actix_web::test]
async fn an_invitation_says_in_its_language_all_that_is_needed_and_the_token_shows_it_as_sent() {
    let Some(mail) = MailServer::start() else {
        return;
    };
    let api = writing(&mail).await;
    let text = "Trae el PC <b>viejo</b>.\r\n.\r\nGracias.";
    let token = made(
        &api,
        json!({ "sendEmail": true, "email": "ana@contoso.example", "language": "es", "emailText": text }),
    )
    .await;
    let [letter] = &letters(&mail, 1).await[..] else {
        panic!("one letter");
    };
    assert_eq!(letter.to, ["ana@contoso.example"]);
    assert_eq!(letter.header("To"), "ana@contoso.example");
    assert_eq!(letter.header("Auto-Submitted"), "auto-generated");
    let content = decoded(letter);
    assert!(content.contains("configura tu PC de trabajo"), "{content}");
    for part in [
        token["enrollCode"].as_str().unwrap(),
        token["enrollmentLink"].as_str().unwrap(),
        "Gracias.",
        "&lt;b&gt;viejo&lt;",
    ] {
        assert!(content.contains(part), "{part} in {content}");
    }
    let path = format!("{TOKENS}/{}", token["id"].as_str().unwrap());
    until("the status", async || {
        api.get(&path).await.expect(200)["data"]["emailStatus"] == "sent"
    })
    .await;
}

/// A letter as a mail program shows it: Python's own reader of mail.
fn decoded(letter: &Arrived) -> String {
    let read = "import email, email.policy, sys
m = email.message_from_string(sys.stdin.read(), policy=email.policy.default)
print(m['subject']); print(m['from'])
for part in m.iter_parts(): print(part.get_content_type()); print(part.get_content())";
    use std::io::Write as _;
    let mut python = std::process::Command::new("python3")
        .args(["-c", read])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = python.stdin.take().unwrap();
    input.write_all(letter.content.as_bytes()).unwrap();
    drop(input);
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[actix_web::test]
async fn an_address_that_does_not_exist_fails_and_one_that_is_busy_is_tried_again() {
    let Some(mail) = MailServer::start() else {
        return;
    };
    let api = writing(&mail).await;
    made(
        &api,
        json!({ "sendEmail": true, "email": "refused@contoso.example" }),
    )
    .await;
    made(
        &api,
        json!({ "sendEmail": true, "email": "later@contoso.example" }),
    )
    .await;
    until("the refusal", async || {
        let told = statuses(&api).await;
        told.get("failed") == Some(&1) && told.get("queued") == Some(&1)
    })
    .await;
    let path = "/v1/organizations/default/letters?state=failed";
    let failed = api.get(path).await.expect(200)["data"]["items"].clone();
    assert_eq!(failed[0]["recipient"], "refused@contoso.example");
    assert!(
        failed[0]["problem"]
            .as_str()
            .unwrap()
            .contains("nobody of this name")
    );
    // After a day nobody tries any more, and the token says so.
    until("the other to be given up", async || {
        api.server.clock.advance(3_600);
        statuses(&api).await.get("failed") == Some(&2)
    })
    .await;
}

#[actix_web::test]
async fn mail_goes_through_verified_tls_with_a_password_or_not_at_all() {
    let folder = tempfile::TempDir::new().unwrap();
    let signed = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("cert.pem"), signed.cert.pem()).unwrap();
    std::fs::write(path("key.pem"), signed.signing_key.serialize_pem()).unwrap();
    let text = |name: &str| path(name).display().to_string();
    let Some(mail) = MailServer::protected(&text("cert.pem"), &text("key.pem")) else {
        return;
    };
    for (trusted, sent) in [(false, 0), (true, 1)] {
        let (port, authority) = (mail.port, path("cert.pem"));
        let server = TestServer::with(|config| {
            config.smtp.host = "localhost".to_owned();
            config.smtp.port = port;
            config.smtp.tls = SmtpTls::StartTls;
            config.smtp.from = "mdm@contoso.example".to_owned();
            config.smtp.username = "portcullis".to_owned();
            config.smtp.password = "a mail password".to_owned();
            if trusted {
                config.smtp.ca_file = authority;
            }
        })
        .await;
        let token = server.token_with(|wish| wish.send_email = true).await;
        let status = async || {
            let id = token.record.id;
            let found = server.read(move |tx| tx.token(id)).await;
            found.unwrap().email_status
        };
        match trusted {
            true => until("the letter", async || status().await == EmailStatus::Sent).await,
            false => {
                actix_web::rt::time::sleep(Duration::from_secs(3)).await;
                assert_eq!(status().await, EmailStatus::Queued);
            }
        }
        assert_eq!(mail.arrived().len(), sent);
    }
    let [letter] = &mail.arrived()[..] else {
        panic!("one letter");
    };
    assert!(letter.tls);
    assert_eq!(letter.user, "portcullis");
}

#[actix_web::test]
async fn the_limits_of_an_hour_delay_letters_and_lose_none() {
    let crowds: [(u32, &[&str], usize); 2] = [
        // Three to one person, however many more could go.
        (200, &["ana", "ana", "ana", "ana", "ana", "ben"], 4),
        // Two from the organization.
        (2, &["ana", "ben", "eva"], 2),
    ];
    for (per_organization, names, at_once) in crowds {
        let Some(mail) = MailServer::start() else {
            return;
        };
        let port = mail.port;
        let server = TestServer::with(|config| {
            config.smtp.host = "127.0.0.1".to_owned();
            config.smtp.port = port;
            config.smtp.tls = SmtpTls::None;
            config.smtp.from = "mdm@contoso.example".to_owned();
            config.limits.mail_per_organization_per_hour = per_organization;
        })
        .await;
        for name in names {
            let email = Some(format!("{name}@contoso.example"));
            server
                .token_with(|wish| {
                    wish.email = email;
                    wish.send_email = true;
                })
                .await;
        }
        letters(&mail, at_once).await;
        actix_web::rt::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(mail.arrived().len(), at_once);
        server.clock.advance(3_700);
        letters(&mail, names.len()).await;
    }
}

#[actix_web::test]
async fn whoever_has_not_used_an_invitation_is_reminded_once_a_day_before_its_end() {
    let Some(mail) = MailServer::start() else {
        return;
    };
    let api = writing(&mail).await;
    made(
        &api,
        json!({ "sendEmail": true, "email": "ana@contoso.example", "duration": 7 * 86_400 }),
    )
    .await;
    letters(&mail, 1).await;
    let admin = &api.server.server.app.admin;
    assert_eq!(admin.remind().await.unwrap(), 0);
    api.server.clock.advance(6 * 86_400 + 60);
    assert_eq!(admin.remind().await.unwrap(), 1);
    assert_eq!(admin.remind().await.unwrap(), 0);
    let arrived = letters(&mail, 2).await;
    let reminders = arrived
        .iter()
        .filter(|it| decoded(it).contains("your invitation ends soon"));
    assert_eq!(reminders.count(), 1);
    assert_eq!(admin.forget_letters().await.unwrap(), 0);
    api.server.clock.advance(91 * 86_400);
    assert!(
        admin.forget_letters().await.unwrap() > 0,
        "after three months"
    );
}

#[actix_web::test]
async fn a_person_is_written_that_a_device_enrolled_and_what_mends_a_refusal_once() {
    let Some(mail) = MailServer::start() else {
        return;
    };
    let api = writing(&mail).await;
    let language = |wish: &mut CreateToken| wish.language = Some("es".to_owned());
    let token = api.server.token_with(language).await;
    let pc = Pc::new().saying("DeviceName", "ANA-PC");
    pc.enroll(&api.server, &typed(&token)).await;
    let arrived = letters(&mail, 1).await;
    let content = decoded(&arrived[0]);
    assert!(
        content.contains("se ha configurado un PC a tu nombre"),
        "{content}"
    );
    assert!(content.contains("ANA-PC"), "{content}");
    assert_eq!(arrived[0].to, ["ana@contoso.example"]);
    for _ in 0..3 {
        assert!(
            Pc::new()
                .try_enroll(&api.server, &typed(&token))
                .await
                .is_err()
        );
    }
    let arrived = letters(&mail, 2).await;
    actix_web::rt::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(mail.arrived().len(), 2, "told once");
    let told = arrived
        .iter()
        .map(decoded)
        .find(|it| it.contains("no se pudo configurar tu PC"));
    assert!(told.unwrap().contains("Este código ya se ha usado."));
}

#[actix_web::test]
async fn no_field_of_a_mail_brings_a_header_or_a_second_address_along() {
    let Some(mail) = MailServer::start() else {
        return;
    };
    let api = writing(&mail).await;
    let hostile = [
        "ana@contoso.example\r\nBcc: all@contoso.example",
        "ana@contoso.example\nSubject: x",
        "ana@contoso.example,ben@contoso.example",
        "ana@contoso.example;ben@contoso.example",
        "<ana@contoso.example>",
        "Ana <ana@contoso.example>",
        "\"ana ben\"@contoso.example",
        "ana@contoso.example>\r\nRCPT TO:<ben@contoso.example",
        "ana@[127.0.0.1]",
        "ana%0d%0aBcc:x@contoso.example",
        "ana\u{2028}@contoso.example",
        "@contoso.example",
    ];
    let body = json!({ "sendEmail": true, "userEmails": hostile });
    let path = format!("{TOKENS}/bulk?details=true");
    let told = api.post(&path, body).await.expect(200)["data"].clone();
    assert_eq!(told["fail"], hostile.len(), "{told}");

    // Names and texts are values, wherever they stand.
    let name = "Contoso\r\nBcc: all@contoso.example\r\n\r\n<b>";
    let branding = "/v1/organizations/default/branding";
    let wish = Some(json!({ "name": name }));
    let refused = api.call(reqwest::Method::PUT, branding, wish).await;
    refused.expect(400);
    let wish = json!({ "name": name, "slug": "smuggler" });
    let made = api.post("/v1/organizations", wish).await.expect(200);
    let key = made["data"]["apiKey"]["key"].as_str();
    let path = TOKENS.replace("default", "smuggler");
    let body = json!({ "sendEmail": true, "email": "ana@contoso.example",
        "emailText": "Hello\r\n.\r\nMAIL FROM:<x@contoso.example>\r\n\r\nBcc: all@contoso.example" });
    let method = reqwest::Method::POST;
    let sent = api
        .call_with(method, &path, Some(body), key.unwrap(), &[])
        .await;
    sent.expect(200);
    let arrived = letters(&mail, 1).await;
    actix_web::rt::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(mail.arrived().len(), 1, "nothing was smuggled behind it");
    assert_eq!(arrived[0].to, ["ana@contoso.example"]);
    assert_eq!(arrived[0].header("Bcc"), "");
    assert!(arrived[0].header("From").ends_with("<mdm@contoso.example>"));
}
