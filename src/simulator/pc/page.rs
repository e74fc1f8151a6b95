//! The web page of the Federated policy, as the browser embedded in Windows and a person in front of it see it.

use std::fmt;

use reqwest::Method;
use url::Url;

use super::Pc;
use super::discovery::Services;
use crate::protocol::discovery::{AuthPolicy, DiscoverResponse};
use crate::secret::Secret;
use crate::simulator::html::{Form, alert, forms};
use crate::simulator::network::Answer;
use crate::simulator::{Auth, Credential, Error};

/// Why the sign-in page led to no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageFlaw {
    /// An HTTP status that is not 200.
    Status(u16),
    /// A reply that is no HTML.
    NotHtml,
    /// No form that is posted and asks for a code.
    NoForm,
    /// A form whose action is no https URL.
    Action,
    /// A result that would be posted somewhere else than to the `appru` that was asked for.
    AppRu,
    /// A result without text.
    EmptyResult,
    /// The page stayed, with this complaint.
    Refused(String),
}

impl Pc {
    /// Whether this PC goes through the web page, given what discovery said.
    pub fn signs_in(&self, reply: &DiscoverResponse) -> bool {
        let typed = matches!(self.settings.credential, Credential::User { .. });
        match self.settings.auth {
            Auth::Federated => true,
            Auth::Auto => typed && reply.auth_policy == AuthPolicy::Federated,
            Auth::OnPremise | Auth::Token => false,
        }
    }

    /// Signs in on the web page: types the address and the code, and takes the result that the page posts.
    ///
    /// # Errors
    /// [`Error::Page`], or that there is no reply.
    pub async fn sign_in(&self, reply: &DiscoverResponse) -> Result<Secret, Error> {
        let mut url = Services::of(reply)?
            .page
            .ok_or(super::DiscoveryFlaw::NoPage)?;
        let email = self.settings.email_address();
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("appru", APP_RU);
            if !email.is_empty() {
                query.append_pair("login_hint", email);
            }
        }
        let answer = self.network.browse(Method::GET, &url, None).await?;
        let mut form = code_form(&answer)?;
        let code = match &self.settings.credential {
            Credential::Token(code)
            | Credential::Jwt(code)
            | Credential::User { password: code, .. } => code,
        };
        form.fill(CODE, code.reveal());
        if form.field(EMAIL) == Some("") {
            form.fill(EMAIL, email);
        }
        let action = target(&answer.url, &form)?;
        let answer = self
            .network
            .browse(Method::POST, &action, Some(form.encode()))
            .await?;
        Ok(result(&answer)?)
    }
}

/// The form that asks for the code.
fn code_form(answer: &Answer) -> Result<Form, PageFlaw> {
    let page = page(answer)?;
    let mut forms = forms(page).into_iter();
    forms
        .find(|form| form.posts && form.field(CODE).is_some())
        .ok_or_else(|| alert(page).map_or(PageFlaw::NoForm, PageFlaw::Refused))
}

/// The result in the form that posts itself to Windows.
fn result(answer: &Answer) -> Result<Secret, PageFlaw> {
    if answer.status != 200
        && let Some(complaint) = page_of_any_status(answer).and_then(alert)
    {
        return Err(PageFlaw::Refused(complaint));
    }
    let page = page(answer)?;
    let forms = forms(page);
    let Some((form, wresult)) = forms
        .iter()
        .find_map(|form| Some((form, form.field("wresult")?)))
    else {
        return Err(alert(page).map_or(PageFlaw::NoForm, PageFlaw::Refused));
    };
    if form.action.as_deref() != Some(APP_RU) || !form.posts {
        return Err(PageFlaw::AppRu);
    }
    if wresult.is_empty() {
        return Err(PageFlaw::EmptyResult);
    }
    Ok(Secret::new(wresult))
}

/// Where the form is posted to: its action, or the page it stands on.
fn target(page: &Url, form: &Form) -> Result<Url, Error> {
    let target = match &form.action {
        Some(action) => page.join(action).map_err(|_| PageFlaw::Action)?,
        None => page.clone(),
    };
    if target.scheme() == "https" {
        Ok(target)
    } else {
        Err(PageFlaw::Action.into())
    }
}

fn page(answer: &Answer) -> Result<&str, PageFlaw> {
    if answer.status != 200 {
        return Err(PageFlaw::Status(answer.status));
    }
    page_of_any_status(answer).ok_or(PageFlaw::NotHtml)
}

fn page_of_any_status(answer: &Answer) -> Option<&str> {
    let kind = answer.content_type.as_deref()?.split(';').next()?;
    if !kind.trim().eq_ignore_ascii_case("text/html") {
        return None;
    }
    std::str::from_utf8(&answer.body).ok()
}

impl fmt::Display for PageFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "HTTP status {status}"),
            Self::NotHtml => f.write_str("the reply is no HTML"),
            Self::NoForm => f.write_str("there is no form for the code"),
            Self::Action => f.write_str("the form is posted to no https URL"),
            Self::AppRu => f.write_str("the result is not posted to the appru that was asked for"),
            Self::EmptyResult => f.write_str("the result is empty"),
            Self::Refused(complaint) => f.write_str(complaint),
        }
    }
}

impl std::error::Error for PageFlaw {}

/// `appru` of the Settings app.
const APP_RU: &str = "ms-app://windows.immersivecontrolpanel";
const CODE: &str = "code";
const EMAIL: &str = "email";

#[cfg(test)]
mod tests {
    use super::*;

    fn html(status: u16, body: &str) -> Answer {
        Answer {
            url: Url::parse("https://mdm.example/EnrollmentServer/Auth?flow=1").expect("a URL"),
            status,
            content_type: Some("text/html; charset=utf-8".to_owned()),
            content_length: None,
            chunked: false,
            encoded: false,
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn the_result_is_taken_from_the_form_that_goes_to_the_appru() {
        let page = r#"<form method="post" action="ms-app://windows.immersivecontrolpanel"><input type="hidden" name="wresult" value="a&#60;b"></form>"#;
        let wresult = result(&html(200, page)).expect("a result");
        assert_eq!(wresult.reveal(), "a<b");
    }

    #[test]
    fn a_result_for_another_place_is_not_taken() {
        for action in [
            "ms-app://windows.immersivecontrolpanel/",
            "https://evil.example/",
            "MS-APP://windows.immersivecontrolpanel",
        ] {
            let page = format!(
                r#"<form method="post" action="{action}"><input name="wresult" value="a"></form>"#
            );
            assert_eq!(result(&html(200, &page)), Err(PageFlaw::AppRu), "{action}");
        }
    }

    #[test]
    fn a_page_that_stays_is_a_refusal_with_its_complaint() {
        let page = r#"<p role="alert">The code is not known.</p><form method="post"><input name="code"></form>"#;
        let refused = Err(PageFlaw::Refused("The code is not known.".to_owned()));
        assert_eq!(result(&html(200, page)), refused);
        assert_eq!(result(&html(403, page)), refused);
        assert_eq!(
            result(&html(503, "<p>later</p>")),
            Err(PageFlaw::Status(503))
        );
    }

    #[test]
    fn a_form_without_action_is_posted_to_its_own_page() {
        let answer = html(200, r#"<form method="post"><input name="code"></form>"#);
        let form = code_form(&answer).expect("a form");
        let target = target(&answer.url, &form).expect("a URL");
        assert_eq!(target, answer.url);
    }
}
