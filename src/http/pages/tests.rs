use actix_web::body::to_bytes;

use super::*;
use appru::tests::HOSTILE;

fn appru() -> AppUri {
    AppUri::parse("ms-app://windows.immersivecontrolpanel", APPRU_SCHEMES).unwrap()
}

fn auth<'a>(appru: &'a AppUri, text: &'a str) -> AuthPage<'a> {
    AuthPage {
        appru,
        login_hint: text,
        flow: text,
        error: Some(text),
        provider: text,
        theme: Theme::Preferred,
    }
}

/// Every page with `text` in every place that takes text.
fn pages(text: &str, nonce: &Nonce) -> Vec<String> {
    let appru = appru();
    let theme = Theme::Dark;
    let done = DonePage {
        appru: &appru,
        wresult: text,
        theme,
    };
    let error = ErrorPage {
        status: StatusCode::FORBIDDEN,
        sentence: text,
        support_id: text,
        theme,
    };
    let landing = LandingPage {
        name: text,
        links: &[("/ca.crt", text)],
    };
    vec![
        auth(&appru, text).render(nonce).unwrap(),
        done.render(nonce).unwrap(),
        error.render(nonce).unwrap(),
        landing.render(nonce).unwrap(),
    ]
}

#[test]
fn hostile_text_never_becomes_markup() {
    let nonce = Nonce::generate().unwrap();
    let markup = |page: &str| {
        ['<', '>', '"', '\'', '`'].map(|mark| page.chars().filter(|found| *found == mark).count())
    };
    let harmless: Vec<_> = pages("harmless", &nonce)
        .iter()
        .map(|page| markup(page))
        .collect();
    for text in HOSTILE.iter().filter(|text| !text.contains('`')) {
        let hostile: Vec<_> = pages(text, &nonce)
            .iter()
            .map(|page| markup(page))
            .collect();
        // The empty text moves the focus from the code to the address and adds no markup either.
        assert_eq!(hostile, harmless, "{text}");
    }
}

#[test]
fn a_page_is_small_self_contained_and_passes_only_its_own_script_and_style() {
    let nonce = Nonce::generate().unwrap();
    for page in pages("text", &nonce) {
        assert!(page.len() < 100_000);
        assert!(page.starts_with("<!DOCTYPE html>"));
        assert!(!page.contains("http://") && !page.contains("https://"));
        assert!(!page.contains(" style=") && !page.contains(" onload="));
        let tags = page.matches("<script").count() + page.matches("<style").count();
        let nonces = page.matches(&format!("nonce=\"{nonce}\"")).count();
        assert_eq!(tags, nonces);
    }
}

#[test]
fn the_sign_in_page_has_labelled_fields_and_the_hint_filled_in() {
    let appru = appru();
    let nonce = Nonce::generate().unwrap();
    let page = AuthPage {
        error: None,
        ..auth(&appru, "ada@contoso.com")
    };
    let html = page.render(&nonce).unwrap();
    for part in [
        "<form method=\"post\">",
        "<label for=\"email\">",
        "<label for=\"code\">",
        "name=\"email\" type=\"text\" inputmode=\"email\" maxlength=\"320\" value=\"ada@contoso.com\"",
        "name=\"appru\" value=\"ms-app://windows.immersivecontrolpanel\"",
        "aria-describedby=\"code-help\"",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("role=\"alert\"") && !html.contains("<script"));
    let wrong = auth(&appru, "The code is not right.")
        .render(&nonce)
        .unwrap();
    assert!(wrong.contains("role=\"alert\">The code is not right.</p>"));
    assert!(wrong.contains("aria-describedby=\"error code-help\" aria-invalid=\"true\""));
}

#[tokio::test]
async fn the_done_page_posts_to_the_window_with_and_without_script() {
    let appru = appru();
    let page = DonePage {
        appru: &appru,
        wresult: "token<&>",
        theme: Theme::Preferred,
    };
    let reply = page.response().unwrap();
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
    assert!(html.contains("<button type=\"submit\">Continue</button>"));
    let nonce = policy.split("script-src 'nonce-").nth(1).unwrap();
    let nonce = nonce.split('\'').next().unwrap();
    assert!(
        html.contains(&format!("<script nonce=\"{nonce}\">")),
        "{nonce}: {html}"
    );
}

#[test]
fn each_page_says_where_its_form_may_go_and_who_may_frame_it() {
    let appru = appru();
    let policy = |reply: HttpResponse| {
        let policy = reply.headers().get("content-security-policy").unwrap();
        policy.to_str().unwrap().to_owned()
    };
    let sign_in = policy(auth(&appru, "x").response().unwrap());
    assert!(sign_in.ends_with("form-action 'self' ms-app:"), "{sign_in}");
    let landing = LandingPage {
        name: "x",
        links: &[],
    };
    let landing = policy(landing.response().unwrap());
    assert!(landing.ends_with("form-action 'none'; frame-ancestors 'none'"));
    let error = ErrorPage {
        status: StatusCode::FORBIDDEN,
        sentence: "No.",
        support_id: "7F3A",
        theme: Theme::Light,
    };
    let reply = error.response().unwrap();
    assert_eq!(reply.status(), StatusCode::FORBIDDEN);
    assert!(policy(reply).ends_with("form-action 'none'"));
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
