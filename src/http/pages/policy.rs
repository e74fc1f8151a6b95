//! The Content-Security-Policy of the pages.

use super::{AppUri, Nonce};

/// Where a page's form may go, and whether the page may be framed.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) enum Form<'a> {
    /// To the page itself, from which a done page follows.
    Own(&'a AppUri),
    /// To the enrollment window.
    Result(&'a AppUri),
    /// To an identity provider, over TLS. Browsers hold the redirects that follow against this, too, and a provider may send
    /// people on to any of its hosts.
    Elsewhere,
    /// To this server, which sends on to that place.
    Back(&'a str),
    /// There is none.
    None,
    /// To this server, and nobody frames the page.
    Unframed,
}

/// The policy for one page. Without `frame-ancestors` it may be framed, which Windows 11 does with
/// the pages of the enrollment window.
pub(super) fn content_security_policy(nonce: &Nonce, form: Form<'_>) -> String {
    let forms = match form {
        Form::Own(appru) => format!("'self' {}:", appru.scheme()),
        Form::Result(appru) => format!("{}:", appru.scheme()),
        Form::Elsewhere => "https:".to_owned(),
        Form::Back(source) => format!("'self' {source}"),
        Form::None => "'none'".to_owned(),
        Form::Unframed => "'self'; frame-ancestors 'none'".to_owned(),
    };
    format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; \
         img-src 'self'; base-uri 'none'; form-action {forms}"
    )
}
