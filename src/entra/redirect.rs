//! Where the page of the terms of use sends people back to (ENTRA 3): an address of Windows or of Entra ID, and nowhere else,
//! since a proof of who somebody is goes along.

use std::fmt;

use url::Url;
use url::form_urlencoded::Serializer;

/// The addresses that are known: Windows' own schemes, and the sign-in of the clouds.
pub const REDIRECTS: [&str; 5] = [
    "ms-appx-web://microsoft.aad.brokerplugin",
    "ms-aadj-redir://auth/mdm",
    "https://login.microsoftonline.com",
    "https://login.microsoftonline.us",
    "https://login.partner.microsoftonline.cn",
];

/// Characters of an address.
const LONGEST: usize = 2048;

/// An address that people may be sent back to.
#[derive(Clone, PartialEq, Eq)]
pub struct Redirect(Url);

impl fmt::Debug for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redirect({}://)", self.0.scheme())
    }
}

impl Redirect {
    /// Reads an address that lies under one of those that are allowed.
    pub fn parse(text: &str, allowed: &[String]) -> Option<Self> {
        if text.len() > LONGEST || text.chars().any(|it| it.is_control() || it == '\\') {
            return None;
        }
        let url = Url::parse(text).ok()?;
        let plain = url.username().is_empty() && url.password().is_none();
        let plain = plain && url.fragment().is_none() && url.has_host();
        let allowed = allowed.iter().filter_map(|it| Url::parse(it).ok());
        let known = allowed.into_iter().any(|it| lies_under(&url, &it));
        (plain && known).then_some(Self(url))
    }

    /// The address with these values behind its own query.
    pub fn with(&self, values: &[(&str, &str)]) -> String {
        let mut added = Serializer::new(String::new());
        added.extend_pairs(values);
        // A plus is a space in forms alone.
        let added = added.finish().replace('+', "%20");
        let query = match self.0.query() {
            Some(own) if !own.is_empty() => format!("{own}&{added}"),
            _ => added,
        };
        let mut url = self.0.clone();
        url.set_query(Some(&query));
        url.into()
    }

    /// What names it in a Content-Security-Policy.
    pub fn source(&self) -> String {
        match self.0.scheme() {
            "https" => self.0.origin().ascii_serialization(),
            scheme => format!("{scheme}:"),
        }
    }

    /// The address itself.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// The same scheme, host and port, and a path at or below.
fn lies_under(url: &Url, allowed: &Url) -> bool {
    let host = |url: &Url| url.host_str().map(str::to_ascii_lowercase);
    let same = url.scheme() == allowed.scheme()
        && host(url) == host(allowed)
        && url.port_or_known_default() == allowed.port_or_known_default();
    let base = allowed.path().trim_end_matches('/');
    let rest = url.path().strip_prefix(base);
    same && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<Redirect> {
        Redirect::parse(text, &REDIRECTS.map(str::to_owned))
    }

    #[test]
    fn people_are_sent_back_to_windows_and_to_entra_id_and_nowhere_else() {
        for good in [
            "ms-appx-web://Microsoft.AAD.BrokerPlugin/DRS",
            "ms-appx-web://Microsoft.AAD.BrokerPlugin/S-1-15-2-1?mode=x",
            "ms-aadj-redir://auth/mdm",
            "ms-aadj-redir://auth/mdm/",
            "https://login.microsoftonline.com/common/wsfed",
            "https://LOGIN.microsoftonline.com:443/x",
        ] {
            assert!(parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "/EnrollmentServer/Auth",
            "//evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://evil.example/",
            "http://login.microsoftonline.com/",
            "https://login.microsoftonline.com.evil.example/",
            "https://login.microsoftonline.com@evil.example/",
            "https://evil.example\\@login.microsoftonline.com/",
            "https://user@login.microsoftonline.com/",
            "https://login.microsoftonline.com:8443/",
            "https://login.microsoftonline.com/#x",
            "ms-aadj-redir://auth/mdmx",
            "ms-aadj-redir://auth/other",
            "ms-aadj-redir://auth/mdm/../other",
            "ms-appx-web://other.app/x",
            "ms-appx-web:Microsoft.AAD.BrokerPlugin",
            "https://login.microsoftonline.com/\r\nx: y",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        let long = format!("https://login.microsoftonline.com/{}", "x".repeat(2048));
        assert_eq!(parse(&long), None);
    }

    #[test]
    fn the_answer_stands_behind_a_query_that_is_there() {
        let redirect = parse("ms-aadj-redir://auth/mdm?a=1").unwrap();
        let answer = redirect.with(&[("error", "server_error"), ("error_description", "a b&c+")]);
        assert_eq!(
            answer,
            "ms-aadj-redir://auth/mdm?a=1&error=server_error&error_description=a%20b%26c%2B"
        );
        assert_eq!(redirect.source(), "ms-aadj-redir:");
        let redirect = parse("https://login.microsoftonline.com/x?").unwrap();
        assert_eq!(
            redirect.with(&[("IsAccepted", "true")]),
            "https://login.microsoftonline.com/x?IsAccepted=true"
        );
        assert_eq!(redirect.source(), "https://login.microsoftonline.com");
    }
}
