//! A person's browser as far as signing in needs one: cookies, and redirects that a test follows by itself.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use url::Url;

/// A browser.
pub(crate) struct Visitor {
    client: reqwest::Client,
    /// By origin and name. Paths mean nothing to it.
    pub(crate) cookies: Mutex<HashMap<(String, String), String>>,
}

/// What came.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: u16,
    /// Where it leads on to.
    pub(crate) location: Option<Url>,
    pub(crate) text: String,
}

impl Visitor {
    /// A browser that trusts these certificates.
    pub(crate) fn new(roots: &[&str]) -> Self {
        let roots = roots.iter();
        let roots = roots.map(|pem| reqwest::Certificate::from_pem(pem.as_bytes()).unwrap());
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .tls_certs_only(roots)
            .build();
        Self {
            client: client.unwrap(),
            cookies: Mutex::default(),
        }
    }

    pub(crate) async fn get(&self, url: &str) -> Page {
        self.send(Method::GET, url, None).await
    }

    /// Sends a form.
    pub(crate) async fn post(&self, url: &str, fields: &[(&str, &str)]) -> Page {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        let body = body.extend_pairs(fields).finish();
        self.send(Method::POST, url, Some(body)).await
    }

    async fn send(&self, method: Method, url: &str, form: Option<String>) -> Page {
        let url = Url::parse(url).unwrap();
        let origin = url.origin().ascii_serialization();
        let known: Vec<String> = {
            let cookies = self.cookies.lock().unwrap();
            let own = cookies.iter().filter(|((of, _), _)| *of == origin);
            own.map(|((_, name), value)| format!("{name}={value}"))
                .collect()
        };
        let mut request = self.client.request(method, url.clone());
        if !known.is_empty() {
            request = request.header(COOKIE, known.join("; "));
        }
        if let Some(form) = form {
            let kind = "application/x-www-form-urlencoded";
            request = request.header("content-type", kind).body(form);
        }
        let answer = request.send().await.unwrap();
        for set in answer.headers().get_all(SET_COOKIE) {
            self.keep(&origin, set.to_str().unwrap());
        }
        let location = answer.headers().get(LOCATION);
        Page {
            location: location.map(|to| url.join(to.to_str().unwrap()).unwrap()),
            status: answer.status().as_u16(),
            url,
            text: answer.text().await.unwrap(),
        }
    }

    fn keep(&self, origin: &str, set: &str) {
        let (pair, attributes) = set.split_once(';').unwrap_or((set, ""));
        let (name, value) = pair.split_once('=').unwrap();
        let key = (origin.to_owned(), name.to_owned());
        let attributes = attributes.to_lowercase();
        let gone = attributes.contains("max-age=0") || attributes.contains("1970");
        let mut cookies = self.cookies.lock().unwrap();
        match gone {
            true => drop(cookies.remove(&key)),
            false => drop(cookies.insert(key, value.to_owned())),
        }
    }

    /// The cookie that goes along with whoever leaves our server.
    pub(crate) fn cookie(&self) -> ((String, String), String) {
        let cookies = self.cookies.lock().unwrap();
        let mut ours = cookies
            .iter()
            .filter(|((_, name), _)| name.starts_with("__Host-portcullis"));
        let (key, value) = ours.next().expect("there is a cookie");
        (key.clone(), value.clone())
    }

    /// Signs in at the provider that a page leads to, and on until somewhere at `home`; that address.
    pub(crate) async fn sign_in(&self, page: &Page, login: &str, home: &str) -> Url {
        let fields = [
            ("login", login),
            ("password", "correct horse"),
            ("button", "in"),
        ];
        self.fill_in(page.location.clone().unwrap(), &fields, home)
            .await
    }

    pub(crate) async fn fill_in(&self, mut to: Url, fields: &[(&str, &str)], home: &str) -> Url {
        for _ in 0..10 {
            if to.as_str().starts_with(home) {
                return to;
            }
            let mut page = self.get(to.as_str()).await;
            if page.location.is_none() {
                assert_eq!(page.status, 200, "{}", page.text);
                page = self.post(page.url.as_str(), fields).await;
            }
            to = page
                .location
                .unwrap_or_else(|| panic!("leads nowhere: {}", page.text));
        }
        panic!("the provider sends people in circles: {to}");
    }
}

impl Page {
    /// The value of a hidden field.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let at = self.text.find(&format!("name=\"{name}\""))?;
        let (_, rest) = self.text.get(at..)?.split_once("value=\"")?;
        Some(
            rest.split('"')
                .next()?
                .replace("&#38;", "&")
                .replace("&#43;", "+")
                .replace("&#61;", "="),
        )
    }
}
