//! The pages a person sees in the enrollment window, and the small page at `/`.
//!
//! MS-MDE2 3.1: the federated sign-in runs in a browser embedded in Windows, which ends when a page
//! posts `wresult` to the `appru` it came with. The pages are self-contained, work without script,
//! may be framed (Windows 11 does so) and escape whatever they are given. They decide nothing: what
//! a form brings back is checked by whoever takes it.

mod appru;
mod nonce;
mod policy;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;

pub use appru::{APPRU_SCHEMES, AppUri};
pub use nonce::Nonce;
use policy::{Form, content_security_policy};

/// Light or dark, as the window around the page is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the browser says it prefers.
    #[default]
    Preferred,
    /// Dark, as the first-run experience is.
    Dark,
    /// Light, as the Settings app is.
    Light,
}

impl Theme {
    /// Reads the `CXH-HOST` header, in which Windows says which window it shows the page in.
    pub fn of(headers: &HeaderMap) -> Self {
        match headers.get("cxh-host").map(|value| value.as_bytes()) {
            Some(host) if host.eq_ignore_ascii_case(b"FRX") => Self::Dark,
            Some(host) if host.eq_ignore_ascii_case(b"MOSET") => Self::Light,
            _ => Self::Preferred,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Preferred => "preferred",
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }
}

/// The sign-in page: asks for the e-mail address and the enrollment code, and posts to itself.
///
/// The form's fields are `email`, `code`, `flow` and `appru`; the query of the page's own URL is
/// posted to again.
#[derive(Clone, Copy, Debug)]
pub struct AuthPage<'a> {
    /// Where the result will be posted, carried through the form.
    pub appru: &'a AppUri,
    /// The address the person typed into Windows: a hint, possibly empty or wrong.
    pub login_hint: &'a str,
    /// The server's name for this sign-in, carried through the form.
    pub flow: &'a str,
    /// What was wrong with the last try, as one sentence.
    pub error: Option<&'a str>,
    /// Who provides the sign-in: the organization's name.
    pub provider: &'a str,
    /// Light or dark.
    pub theme: Theme,
}

impl AuthPage<'_> {
    /// The page as HTML.
    ///
    /// # Errors
    /// [`Error::Template`], which a page without formatting code of its own does not meet.
    pub fn render(&self, nonce: &Nonce) -> Result<String, Error> {
        let page = self;
        Ok(AuthTemplate { page, nonce }.render()?)
    }

    /// The page as a reply, with a nonce of its own.
    ///
    /// # Errors
    /// [`Error::Random`] when there is no nonce to be had, [`Error::Template`] never.
    pub fn response(&self) -> Result<HttpResponse, Error> {
        respond(StatusCode::OK, Form::Own(self.appru), |nonce| {
            self.render(nonce)
        })
    }
}

/// The last page: hands `wresult` to Windows by posting itself to `appru`.
#[derive(Clone, Copy)]
pub struct DonePage<'a> {
    /// Where Windows expects the result.
    pub appru: &'a AppUri,
    /// The sign-in's result, which Windows encodes into the SOAP header unread (MS-MDE2 3.1).
    pub wresult: &'a str,
    /// Light or dark.
    pub theme: Theme,
}

impl DonePage<'_> {
    /// The page as HTML.
    ///
    /// # Errors
    /// As [`AuthPage::render`].
    pub fn render(&self, nonce: &Nonce) -> Result<String, Error> {
        let page = self;
        Ok(DoneTemplate { page, nonce }.render()?)
    }

    /// The page as a reply, with a nonce of its own.
    ///
    /// # Errors
    /// As [`AuthPage::response`].
    pub fn response(&self) -> Result<HttpResponse, Error> {
        respond(StatusCode::OK, Form::Result(self.appru), |nonce| {
            self.render(nonce)
        })
    }
}

/// A page that says why it goes no further.
#[derive(Clone, Copy, Debug)]
pub struct ErrorPage<'a> {
    /// The reply's status.
    pub status: StatusCode,
    /// What is wrong and what to do, in plain words.
    pub sentence: &'a str,
    /// What to tell the administrator: the trace id of the attempt.
    pub support_id: &'a str,
    /// Light or dark.
    pub theme: Theme,
}

impl ErrorPage<'_> {
    /// The page as HTML.
    ///
    /// # Errors
    /// As [`AuthPage::render`].
    pub fn render(&self, nonce: &Nonce) -> Result<String, Error> {
        let page = self;
        Ok(ErrorTemplate { page, nonce }.render()?)
    }

    /// The page as a reply, with a nonce of its own.
    ///
    /// # Errors
    /// As [`AuthPage::response`].
    pub fn response(&self) -> Result<HttpResponse, Error> {
        respond(self.status, Form::None, |nonce| self.render(nonce))
    }
}

/// The page at `/`: what answers here, and where to go.
#[derive(Clone, Copy, Debug)]
pub struct LandingPage<'a> {
    /// The installation's name.
    pub name: &'a str,
    /// Path and text of each page that this server really has.
    pub links: &'a [(&'a str, &'a str)],
}

impl LandingPage<'_> {
    /// The page as HTML.
    ///
    /// # Errors
    /// As [`AuthPage::render`].
    pub fn render(&self, nonce: &Nonce) -> Result<String, Error> {
        let page = self;
        Ok(LandingTemplate { page, nonce }.render()?)
    }

    /// The page as a reply, with a nonce of its own.
    ///
    /// # Errors
    /// As [`AuthPage::response`].
    pub fn response(&self) -> Result<HttpResponse, Error> {
        respond(StatusCode::OK, Form::Unframed, |nonce| self.render(nonce))
    }
}

/// The page behind an invitation's link: the steps on the PC. It knows nothing of the token.
#[derive(Clone, Copy, Debug)]
pub struct EnrollPage<'a> {
    /// The installation's name.
    pub name: &'a str,
    /// The address that Windows asks for when it does not find the server by itself.
    pub server: &'a str,
}

impl EnrollPage<'_> {
    /// The page as HTML.
    ///
    /// # Errors
    /// As [`AuthPage::render`].
    pub fn render(&self, nonce: &Nonce) -> Result<String, Error> {
        let page = self;
        Ok(EnrollTemplate { page, nonce }.render()?)
    }

    /// The page as a reply, with a nonce of its own.
    ///
    /// # Errors
    /// As [`AuthPage::response`].
    pub fn response(&self) -> Result<HttpResponse, Error> {
        respond(StatusCode::OK, Form::Unframed, |nonce| self.render(nonce))
    }
}

fn respond(
    status: StatusCode,
    form: Form<'_>,
    render: impl FnOnce(&Nonce) -> Result<String, Error>,
) -> Result<HttpResponse, Error> {
    let nonce = Nonce::generate()?;
    let html = render(&nonce)?;
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=UTF-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((
            CONTENT_SECURITY_POLICY,
            content_security_policy(&nonce, form),
        ))
        .body(html))
}

#[derive(Template)]
#[template(path = "auth.html")]
struct AuthTemplate<'a> {
    page: &'a AuthPage<'a>,
    nonce: &'a Nonce,
}

#[derive(Template)]
#[template(path = "done.html")]
struct DoneTemplate<'a> {
    page: &'a DonePage<'a>,
    nonce: &'a Nonce,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate<'a> {
    page: &'a ErrorPage<'a>,
    nonce: &'a Nonce,
}

#[derive(Template)]
#[template(path = "landing.html")]
struct LandingTemplate<'a> {
    page: &'a LandingPage<'a>,
    nonce: &'a Nonce,
}

#[derive(Template)]
#[template(path = "enroll.html")]
struct EnrollTemplate<'a> {
    page: &'a EnrollPage<'a>,
    nonce: &'a Nonce,
}

/// Why a page cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The random source failed.
    #[error("The server has no random numbers for this page.")]
    Random,
    /// The template failed.
    #[error("The server could not write this page.")]
    Template(#[from] askama::Error),
}

impl ResponseError for Error {}

#[cfg(test)]
mod tests;
