use actix_web::body::to_bytes;
use actix_web::http::header::HeaderMap;

use super::*;
use crate::branding::{Branding, Face};
use crate::enrollment::Ways;
use crate::id::ObjectId;
use crate::language::Language;
use crate::secret::Secret;
use crate::template::LoginProviderType;
use crate::terms::Texts;
use appru::tests::HOSTILE;

fn appru() -> AppUri {
    AppUri::parse("ms-app://windows.immersivecontrolpanel", APPRU_SCHEMES).unwrap()
}

fn look(name: &str) -> Look {
    let face = Face {
        name: name.to_owned(),
        contact: Some(name.to_owned()),
        language: Language::En,
        accent: Branding::ACCENT.to_owned(),
        logo: None,
    };
    Look::of(&HeaderMap::new(), face, None).unwrap()
}

fn auth<'a>(look: &'a Look, appru: &'a AppUri, ways: &'a Ways, text: &'a str) -> AuthPage<'a> {
    AuthPage {
        look,
        appru,
        login_hint: text,
        code: text,
        action: text,
        ways,
        flow: text,
        error: Some(text),
        wrong_code: true,
        support_id: text,
    }
}

fn ways(text: &str) -> Ways {
    let id = ObjectId::generate(Timestamp::UNIX_EPOCH);
    let way = |kind, provider| Way {
        template: id,
        template_name: text.to_owned(),
        provider,
        name: text.to_owned(),
        kind,
        automatic: false,
    };
    Ways {
        organization: id,
        ways: vec![
            way(LoginProviderType::Ldap, Some(id)),
            way(LoginProviderType::Oidc, Some(id)),
            way(LoginProviderType::Local, None),
        ],
        several_templates: true,
    }
}

fn questions(text: &str) -> Questions {
    let field = |kind| AuxiliaryField {
        kind,
        key: "dept".to_owned(),
        title: Some(text.to_owned()),
        description: Some(text.to_owned()),
        options: vec![text.to_owned()],
    };
    Questions {
        organization: ObjectId::generate(Timestamp::UNIX_EPOCH),
        fields: vec![field(FieldType::Select), field(FieldType::Text)],
        terms: Some(Terms {
            version: 1,
            texts: Texts {
                en: Some(text.to_owned()),
                es: None,
            },
            created_at: Timestamp::UNIX_EPOCH,
        }),
        missing: vec!["dept".to_owned()],
        unaccepted: true,
        proof: Some(Secret::new(text)),
    }
}

/// Every page with `text` in every place that takes text.
fn pages(text: &str) -> Vec<(Look, String)> {
    let appru = &appru();
    let mut pages = Vec::new();
    for page in 0..7 {
        let look = look(text);
        let html = {
            let look = &look;
            match page {
                0 => auth(look, appru, &ways(text), text).render(),
                1 => DonePage {
                    look,
                    appru,
                    wresult: text,
                    automatic: true,
                }
                .render(),
                2 => ErrorPage {
                    look,
                    sentence: text,
                    support_id: text,
                }
                .render(),
                3 => LandingPage { look }.render(),
                4 => EnrollPage {
                    look,
                    error: Some(text),
                    server: text,
                }
                .render(),
                5 => AskPage {
                    look,
                    appru,
                    login_hint: text,
                    code: text,
                    action: text,
                    flow: text,
                    questions: &questions(text),
                    filled_in: &[("dept".to_owned(), text.to_owned())],
                }
                .render(),
                _ => InvitePage {
                    look,
                    email: Some(text),
                    code: text,
                    expires: None,
                    deep_link: text,
                    link: text,
                    qr: "",
                    server: text,
                    on_windows: true,
                }
                .render(),
            }
        };
        pages.push((look, html.unwrap()));
    }
    pages
}

#[test]
fn hostile_text_never_becomes_markup() {
    let markup = |(look, page): &(Look, String)| {
        let page = page.replace(&look.nonce.to_string(), "");
        ['<', '>', '"', '\'', '`'].map(|mark| page.chars().filter(|found| *found == mark).count())
    };
    let harmless: Vec<_> = pages("harmless").iter().map(markup).collect();
    for text in HOSTILE.iter().filter(|text| !text.contains('`')) {
        let hostile: Vec<_> = pages(text).iter().map(markup).collect();
        // The empty text moves the focus from the code to the address and adds no markup either.
        assert_eq!(hostile, harmless, "{text}");
    }
}

#[test]
fn a_page_is_small_self_contained_and_passes_only_its_own_script_and_style() {
    for (look, page) in pages("text") {
        assert!(page.len() < 100_000);
        assert!(page.starts_with("<!DOCTYPE html>"));
        assert!(!page.contains("http://") && !page.contains("https://"));
        assert!(!page.contains(" style=") && !page.contains(" onload="));
        let tags = page.matches("<script").count() + page.matches("<style").count();
        let nonces = page.matches(&format!("nonce=\"{}\"", look.nonce)).count();
        assert_eq!(tags, nonces);
    }
}

#[test]
fn the_sign_in_page_has_labelled_fields_and_the_hint_filled_in() {
    let (appru, look) = (appru(), look("Contoso"));
    let none = Ways {
        ways: Vec::new(),
        several_templates: false,
        ..ways("")
    };
    let page = AuthPage {
        error: None,
        wrong_code: false,
        ..auth(&look, &appru, &none, "ada@contoso.com")
    };
    let html = page.render().unwrap();
    for part in [
        "<form method=\"post\" action=\"ada@contoso.com\">",
        "<label for=\"email\">",
        "<label for=\"code\">",
        "name=\"email\" type=\"text\" inputmode=\"email\" maxlength=\"320\" value=\"ada@contoso.com\"",
        "name=\"appru\" value=\"ms-app://windows.immersivecontrolpanel\"",
        "aria-describedby=\"code-help\"",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("role=\"alert\"") && !html.contains("<script"));
    let wrong = auth(&look, &appru, &none, "The code is not right.").render();
    let wrong = wrong.unwrap();
    assert!(wrong.contains("role=\"alert\">The code is not right.</p>"));
    assert!(wrong.contains("aria-describedby=\"error code-help\" aria-invalid=\"true\""));
}

#[tokio::test]
async fn the_done_page_posts_to_the_window_with_and_without_script() {
    let (appru, look) = (appru(), look("Contoso"));
    let page = DonePage {
        look: &look,
        appru: &appru,
        wresult: "token<&>",
        automatic: true,
    };
    let reply = reply(&look, StatusCode::OK, Form::Result(&appru), &page);
    let header = |name: &str| {
        reply
            .headers()
            .get(name)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(header("content-type"), "text/html; charset=UTF-8");
    assert_eq!(header("cache-control"), "no-store");
    let policy = header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'nonce-"));
    assert!(
        policy.ends_with("base-uri 'none'; form-action ms-app:"),
        "{policy}"
    );
    assert!(!policy.contains("frame-ancestors"));
    let html = to_bytes(reply.into_body()).await.unwrap();
    let html = String::from_utf8(html.to_vec()).unwrap();
    assert!(html.contains("method=\"post\" action=\"ms-app://windows.immersivecontrolpanel\""));
    assert!(
        html.contains("name=\"wresult\" value=\"token&#60;&#38;&#62;\""),
        "{html}"
    );
    assert!(html.contains("<button type=\"submit\" autofocus>Continue</button>"));
    let nonce = policy.split("script-src 'nonce-").nth(1).unwrap();
    let nonce = nonce.split('\'').next().unwrap();
    assert!(
        html.contains(&format!("<script nonce=\"{nonce}\">")),
        "{nonce}: {html}"
    );
}

#[test]
fn each_page_says_where_its_form_may_go_and_who_may_frame_it() {
    let (appru, look) = (appru(), look("Contoso"));
    let page = LandingPage { look: &look };
    let policy = |form| {
        let reply = reply(&look, StatusCode::FORBIDDEN, form, &page);
        assert_eq!(reply.status(), StatusCode::FORBIDDEN);
        let policy = reply.headers().get("content-security-policy").unwrap();
        policy.to_str().unwrap().to_owned()
    };
    let sign_in = policy(Form::Own(&appru));
    assert!(sign_in.ends_with("form-action 'self' ms-app:"), "{sign_in}");
    let unframed = policy(Form::Unframed);
    assert!(unframed.ends_with("form-action 'self'; frame-ancestors 'none'"));
    assert!(policy(Form::None).ends_with("form-action 'none'"));
}

#[test]
fn a_nonce_is_128_bits_and_new_each_time() {
    let (one, other) = (Nonce::generate().unwrap(), Nonce::generate().unwrap());
    assert_eq!(one.to_string().len(), 24);
    assert_ne!(one, other);
}

#[test]
fn the_window_decides_between_light_and_dark() {
    use actix_web::http::header::{HeaderName, HeaderValue};
    let theme = |host: &'static str| {
        let mut headers = HeaderMap::new();
        let name = HeaderName::from_static("cxh-host");
        headers.insert(name, HeaderValue::from_static(host));
        Theme::of(&headers)
    };
    assert_eq!(theme("FRX"), Theme::Dark);
    assert_eq!(theme("MOSET"), Theme::Light);
    assert_eq!(theme("else"), Theme::Preferred);
    assert_eq!(Theme::of(&HeaderMap::new()), Theme::Preferred);
}
