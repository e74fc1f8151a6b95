//! What is wrong with a provider's settings, as far as it can be told without asking the provider.

use ldap3::parse_filter;
use url::Url;

use crate::identity::{GoogleSettings, LdapSettings, OidcSettings, ProviderSettings, SamlSettings};
use crate::violation::Violations;

use super::client;
use super::saml::{CERTIFICATES, keys};

/// Adds what is wrong with settings that stand at `path`.
pub fn check(settings: &ProviderSettings, path: &str, faults: &mut Violations) {
    let mut checked = Checked { path, faults };
    match settings {
        ProviderSettings::Ldap(settings) => checked.ldap(settings),
        ProviderSettings::Google(settings) => checked.google(settings),
        ProviderSettings::Oidc(settings) => checked.oidc(settings),
        ProviderSettings::Saml(settings) => checked.saml(settings),
    }
}

struct Checked<'a> {
    path: &'a str,
    faults: &'a mut Violations,
}

impl Checked<'_> {
    fn ldap(&mut self, ldap: &LdapSettings) {
        self.require(
            ldap.url.len() <= 256 && is_address(&ldap.url, &["ldaps://", "ldap://"], Rest::None),
            "url",
            "must be ldaps://host or ldap://host, in small letters, a port behind it where it is another than usual",
        );
        self.named("baseDn", &ldap.base_dn, 512);
        self.at_most("bindDn", ldap.bind_dn.as_deref(), 512);
        self.at_most("groupBaseDn", ldap.group_base_dn.as_deref(), 512);
        self.filter("userFilter", &ldap.user_filter, "{login}");
        self.filter("groupFilter", &ldap.group_filter, "{dn}");
        for (field, name) in [
            ("idAttribute", &ldap.id_attribute),
            ("emailAttribute", &ldap.email_attribute),
            ("firstNameAttribute", &ldap.first_name_attribute),
            ("lastNameAttribute", &ldap.last_name_attribute),
            ("groupAttribute", &ldap.group_attribute),
        ] {
            let holds = is_name(name, 64, |c| c == '-');
            self.require(holds, field, "is no name of an attribute");
        }
        self.trusted(ldap.ca_certificates.as_deref());
    }

    fn google(&mut self, google: &GoogleSettings) {
        self.named("clientId", &google.client_id, 256);
        let domains = &google.hosted_domains;
        self.require(
            !domains.is_empty(),
            "hostedDomains",
            "is empty: an account of Google without a domain is anybody's",
        );
        self.few("hostedDomains", domains, 50, |domain| {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            (3..=253).contains(&domain.len())
                && domain.starts_with(plain)
                && domain.chars().all(|c| plain(c) || matches!(c, '.' | '-'))
        });
    }

    fn oidc(&mut self, oidc: &OidcSettings) {
        self.require(
            oidc.issuer.len() <= 512 && is_address(&oidc.issuer, &["https://"], Rest::Path),
            "issuer",
            "must be the issuer's address, https://, as it calls itself, without a query",
        );
        self.named("clientId", &oidc.client_id, 256);
        self.few("scopes", &oidc.scopes, 20, |scope| {
            (1..=128).contains(&scope.len()) && scope.chars().all(is_wordy)
        });
        self.require(
            is_name(&oidc.groups_claim, 128, is_wordy),
            "groupsClaim",
            "is no name of a claim",
        );
        self.trusted(oidc.ca_certificates.as_deref());
    }

    fn saml(&mut self, saml: &SamlSettings) {
        self.named("entityId", &saml.entity_id, 1024);
        self.require(
            saml.sso_url.len() <= 1024 && is_address(&saml.sso_url, &["https://"], Rest::Query),
            "ssoUrl",
            "must be the address where people sign in, https://",
        );
        for (field, name) in [
            ("emailAttribute", &saml.email_attribute),
            ("firstNameAttribute", &saml.first_name_attribute),
            ("lastNameAttribute", &saml.last_name_attribute),
            ("groupAttribute", &saml.group_attribute),
        ] {
            self.at_most(field, name.as_deref(), 256);
        }
        let count = self.pem("certificates", &saml.certificates);
        match count {
            Some(count) if count > CERTIFICATES => {
                self.require(false, "certificates", "holds more than five certificates");
            }
            Some(_) => {
                let usable = keys(&saml.certificates).is_ok();
                let reason = "holds a certificate whose key is of no kind that counts here";
                self.require(usable, "certificates", reason);
            }
            None => {}
        }
    }

    fn require(&mut self, holds: bool, field: &str, reason: &str) {
        let path = format!("{}.{field}", self.path);
        self.faults.require(holds, path, reason);
    }

    fn at_most(&mut self, field: &str, text: Option<&str>, most: usize) {
        let path = format!("{}.{field}", self.path);
        self.faults.at_most(path, text.unwrap_or_default(), most);
    }

    /// A text that must be there.
    fn named(&mut self, field: &str, text: &str, most: usize) {
        self.require(!text.trim().is_empty(), field, "is missing");
        self.at_most(field, Some(text), most);
    }

    /// A list of words of one form.
    fn few(&mut self, field: &str, words: &[String], most: usize, fits: impl Fn(&str) -> bool) {
        let reason = format!("has more than {most} entries");
        self.require(words.len() <= most, field, &reason);
        for (place, word) in words.iter().take(most).enumerate() {
            let entry = format!("{field}[{place}]");
            self.require(fits(word), &entry, "is not of the form that it must have");
        }
    }

    /// A filter (RFC 4515) with its placeholder.
    fn filter(&mut self, field: &str, filter: &str, placeholder: &str) {
        self.at_most(field, Some(filter), 1024);
        let placed = filter.contains(placeholder);
        self.require(placed, field, &format!("must hold {placeholder}"));
        let bare = filter.replace(placeholder, "x");
        let whole = bare.starts_with('(') && bare.ends_with(')') && parse_filter(&bare).is_ok();
        let reason = "is no filter in parentheses (RFC 4515): are they balanced?";
        self.require(whole, field, reason);
    }

    fn trusted(&mut self, pem: Option<&str>) {
        if let Some(pem) = pem {
            self.pem("caCertificates", pem);
        }
    }

    /// How many certificates a text holds; none: it is not readable, or too long.
    fn pem(&mut self, field: &str, pem: &str) -> Option<usize> {
        self.at_most(field, Some(pem), 65_536);
        let read = client::read(pem).unwrap_or_default();
        let certificate = |der: &_| x509_parser::parse_x509_certificate(der).is_ok();
        let readable = !read.is_empty() && read.iter().all(|der| certificate(der));
        self.require(readable, field, "is no PEM text of certificates");
        readable.then_some(read.len())
    }
}

/// What may follow host and port of an address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    None,
    Path,
    Query,
}

/// Whether a text is an address of one of the schemes, as plain as addresses of such servers are.
fn is_address(text: &str, schemes: &[&str], rest: Rest) -> bool {
    let Some(after) = schemes.iter().find_map(|scheme| text.strip_prefix(scheme)) else {
        return false;
    };
    let end = after.find(['/', '?']).unwrap_or(after.len());
    let (authority, behind) = after.split_at(end);
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let (path, query) = match behind.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (behind, None),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '~' | '%' | '-');
    let in_path = |c: char| plain(c) || c == '/';
    let in_query = |c: char| plain(c) || matches!(c, '=' | '&');
    let in_host = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    host.chars().all(in_host)
        && !host.is_empty()
        && port.is_none_or(is_port)
        && (path.is_empty() || rest != Rest::None)
        && path.chars().all(in_path)
        && !path.contains("//")
        && query.is_none_or(|query| rest == Rest::Query && query.chars().all(in_query))
        && Url::parse(text).is_ok()
}

fn is_port(text: &str) -> bool {
    let digits = text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && text.parse::<u16>().is_ok_and(|port| port > 0)
}

/// A letter, then letters, digits and what `more` allows.
fn is_name(text: &str, most: usize, more: impl Fn(char) -> bool) -> bool {
    text.len() <= most
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || more(c))
}

fn is_wordy(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.' | '/' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_scheme_a_host_and_no_more_than_it_may() {
        let ldap = ["ldaps://", "ldap://"];
        for (text, rest, holds) in [
            ("ldaps://dc.contoso.example", Rest::None, true),
            ("ldap://10.0.0.1:65535", Rest::None, true),
            ("ldaps://dc.contoso.example/", Rest::None, false),
            ("ldaps://DC", Rest::None, false),
            ("ldaps://", Rest::None, false),
            ("ldaps://dc:0", Rest::None, false),
            ("ldaps://dc:70000", Rest::None, false),
            ("ldaps://dc:+1", Rest::None, false),
            ("ldaps://ana@dc", Rest::None, false),
            ("https://dc", Rest::None, false),
        ] {
            assert_eq!(is_address(text, &ldap, rest), holds, "{text}");
        }
        for (text, rest, holds) in [
            ("https://id.contoso.example/realms/main/", Rest::Path, true),
            ("https://id.contoso.example/a?b=c", Rest::Path, false),
            (
                "https://id.contoso.example/o/saml2/idp?idpid=C03",
                Rest::Query,
                true,
            ),
            ("https://id.contoso.example//a", Rest::Query, false),
            ("https://id.contoso.example/a#b", Rest::Query, false),
            ("https://id.contoso.example/a b", Rest::Query, false),
            ("http://id.contoso.example", Rest::Query, false),
        ] {
            assert_eq!(is_address(text, &["https://"], rest), holds, "{text}");
        }
    }
}
