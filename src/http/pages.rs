//! The pages a person sees: in the enrollment window of Windows, and behind an invitation's link.
//!
//! MS-MDE2 3.1: the federated sign-in runs in a browser embedded in Windows, which ends when a page
//! posts `wresult` to the `appru` it came with. The pages are self-contained, work without script,
//! may be framed where Windows 11 does so, and escape whatever they are given. They decide nothing: what
//! a form brings back is checked by whoever takes it.

mod appru;
mod look;
mod nonce;
mod policy;
mod terms;
mod words;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, VARY};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use jiff::Timestamp;

use crate::enrollment::{Questions, Way, Ways};
use crate::template::{AuxiliaryField, FieldType};
use crate::terms::Terms;

pub use appru::{APPRU_SCHEMES, AppUri};
pub use look::{Look, Theme};
pub use nonce::Nonce;
pub(super) use policy::Form;
use policy::content_security_policy;
pub use terms::TermsPage;

/// The sign-in page: asks for the e-mail address and the enrollment code, and posts to itself.
///
/// The form's fields are `email`, `code`, `flow` and `appru`; the query of the page's own URL is
/// posted to again.
#[derive(Template)]
#[template(path = "auth.html")]
pub struct AuthPage<'a> {
    /// How it looks.
    pub look: &'a Look,
    /// Where the result will be posted, carried through the form.
    pub appru: &'a AppUri,
    /// The address the person typed into Windows: a hint, possibly empty or wrong.
    pub login_hint: &'a str,
    /// The code, where a link brought it along.
    pub code: &'a str,
    /// Where the page posts to.
    pub action: &'a str,
    /// How people may sign in beside a code.
    pub ways: &'a Ways,
    /// The server's name for this sign-in, carried through the form.
    pub flow: &'a str,
    /// What was wrong with the last try, as one sentence.
    pub error: Option<&'a str>,
    /// Whether it is the code that was wrong.
    pub wrong_code: bool,
    /// What to tell the administrator of it: the trace id.
    pub support_id: &'a str,
}

/// The page that asks what a template wants to know, and shows the terms of use.
#[derive(Template)]
#[template(path = "ask.html")]
pub struct AskPage<'a> {
    /// How it looks.
    pub look: &'a Look,
    /// Where the result will be posted, carried through the form.
    pub appru: &'a AppUri,
    /// The address of the person, carried through the form.
    pub login_hint: &'a str,
    /// The code, carried through the form.
    pub code: &'a str,
    /// Where the page posts to.
    pub action: &'a str,
    /// The server's name for this sign-in, carried through the form.
    pub flow: &'a str,
    /// What is asked.
    pub questions: &'a Questions,
    /// What was answered before.
    pub filled_in: &'a [(String, String)],
}

impl AuthPage<'_> {
    /// What a way is called on the page: by its provider, and by its template where several have ways.
    fn called(&self, way: &Way) -> String {
        let name = match way.provider {
            Some(_) => way.name.as_str(),
            None => &self.look.words.local_account,
        };
        match self.ways.several_templates {
            true => format!("{name} ({})", way.template_name),
            false => name.to_owned(),
        }
    }

    /// Whether a way leads to a page that is not ours.
    fn leads_elsewhere(&self) -> bool {
        self.ways.ways.iter().any(|way| !way.takes_password())
    }

    /// Where a way elsewhere begins.
    fn leave(&self, way: &Way) -> String {
        leave(way, self.flow, self.appru, self.error.is_some())
    }
}

/// Where a way elsewhere begins: the provider in the path, what is to come back in the query. `again`: the last try failed.
pub(super) fn leave(way: &Way, flow: &str, appru: &AppUri, again: bool) -> String {
    let provider = way.provider.map(|id| id.to_string()).unwrap_or_default();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("template", &way.template.to_string())
        .append_pair("attempt", flow)
        .append_pair("appru", appru.as_str());
    if again {
        query.append_pair("again", "1");
    }
    let query = query.finish();
    format!("/EnrollmentServer/SignIn/{provider}?{query}")
}

/// A page that goes on to an identity provider by a form that sends itself.
#[derive(Template)]
#[template(path = "leave.html")]
pub struct LeavePage<'a> {
    /// How it looks.
    pub look: &'a Look,
    /// Where the form goes.
    pub action: &'a str,
    /// Its fields.
    pub fields: &'a [(&'static str, String)],
}

impl AskPage<'_> {
    fn text<'a>(&self, terms: &'a Terms) -> &'a str {
        terms.texts.of(self.look.language)
    }

    fn chooses(&self, field: &AuxiliaryField) -> bool {
        field.kind == FieldType::Select
    }

    fn is_missing(&self, field: &AuxiliaryField) -> bool {
        self.questions.missing.contains(&field.key)
    }

    fn said(&self, field: &AuxiliaryField) -> &str {
        let said = self.filled_in.iter().find(|(key, _)| *key == field.key);
        said.map(|(_, value)| value.as_str()).unwrap_or_default()
    }
}

/// The last page: hands `wresult` to Windows by posting itself to `appru`.
#[derive(Template)]
#[template(path = "done.html")]
pub struct DonePage<'a> {
    /// How it looks.
    pub look: &'a Look,
    /// Where Windows expects the result.
    pub appru: &'a AppUri,
    /// The sign-in's result, which Windows encodes into the SOAP header unread (MS-MDE2 3.1).
    pub wresult: &'a str,
    /// Whether it posts itself; otherwise the person does.
    pub automatic: bool,
}

/// A page that says why it goes no further.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage<'a> {
    /// How it looks.
    pub look: &'a Look,
    /// What is wrong and what to do, in plain words.
    pub sentence: &'a str,
    /// What to tell the administrator: the trace id of the attempt.
    pub support_id: &'a str,
}

/// The page at `/`: what answers here, and where to go.
#[derive(Template)]
#[template(path = "landing.html")]
pub struct LandingPage<'a> {
    /// How it looks.
    pub look: &'a Look,
}

/// The page at `/enroll`: asks for the code of an invitation.
#[derive(Template)]
#[template(path = "enroll.html")]
pub struct EnrollPage<'a> {
    /// How it looks.
    pub look: &'a Look,
    /// What was wrong with the last try.
    pub error: Option<&'a str>,
    /// The address that Windows asks for when it does not find the server by itself.
    pub server: &'a str,
}

/// The page behind an invitation's link: the button that opens Settings, and the steps by hand.
#[derive(Template)]
#[template(path = "invite.html")]
pub struct InvitePage<'a> {
    /// How it looks.
    pub look: &'a Look,
    /// The person that it is for.
    pub email: Option<&'a str>,
    /// The code, in groups.
    pub code: &'a str,
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// The link that opens Settings.
    pub deep_link: &'a str,
    /// The address of the page.
    pub link: &'a str,
    /// The same as SVG.
    pub qr: &'a str,
    /// The address that Windows asks for when it does not find the server by itself.
    pub server: &'a str,
    /// Whether the browser runs on Windows.
    pub on_windows: bool,
}

/// A page as a reply.
pub(super) fn reply(
    look: &Look,
    status: StatusCode,
    form: Form<'_>,
    page: &impl Template,
) -> HttpResponse {
    let html = match page.render() {
        Ok(html) => html,
        Err(error) => return Error::from(error).error_response(),
    };
    HttpResponse::build(status)
        .content_type("text/html; charset=UTF-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((VARY, "Accept-Language"))
        .insert_header((
            CONTENT_SECURITY_POLICY,
            content_security_policy(&look.nonce, form),
        ))
        .body(html)
}

/// Why a page cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The random source failed.
    #[error("The server has no random numbers for this page.")]
    Random,
    /// What it shows cannot be read.
    #[error("The server cannot read what this page shows.")]
    Face(#[from] crate::admin::Error),
    /// The template failed.
    #[error("The server could not write this page.")]
    Template(#[from] askama::Error),
}

impl ResponseError for Error {}

#[cfg(test)]
mod tests;
