//! OpenID Connect Core 1.0: the code flow with PKCE (RFC 7636), state, nonce and the issuer's name (RFC 9207).

mod claims;
mod issuer;

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::Deserialize;
use url::Url;

use crate::identity::{Identity, ProviderSettings};
use crate::jwks::Missing;

use self::claims::Claims;
pub(super) use self::issuer::Issuers;
use self::issuer::{Issuer, body};

use super::{Addresses, Away, Configured, Error, Pending, Proved};

/// Google's issuer.
const GOOGLE: &str = "https://accounts.google.com";
/// The algorithms that count: those of a key that is published. The key decides which of them.
const ALGORITHMS: [Algorithm; 6] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::ES256,
    Algorithm::ES384,
];

/// Issuer, client and scopes, whatever the preset.
struct Client<'a> {
    issuer: &'a str,
    id: &'a str,
    scopes: Vec<&'a str>,
    trusted: Option<&'a str>,
}

fn client(settings: &ProviderSettings) -> Result<Client<'_>, Error> {
    match settings {
        ProviderSettings::Google(google) => Ok(Client {
            issuer: GOOGLE,
            id: &google.client_id,
            scopes: vec!["email", "profile"],
            trusted: None,
        }),
        ProviderSettings::Oidc(oidc) => Ok(Client {
            issuer: &oidc.issuer,
            id: &oidc.client_id,
            scopes: oidc.scopes.iter().map(String::as_str).collect(),
            trusted: oidc.ca_certificates.as_deref(),
        }),
        ProviderSettings::Ldap(_) | ProviderSettings::Saml(_) => {
            Err(Error::wrong("the provider is not of OpenID Connect"))
        }
    }
}

/// Where a person is sent (section 3.1.2.1).
pub(super) async fn request(
    issuers: &Issuers,
    provider: &Configured,
    addresses: &Addresses,
    pending: &Pending,
    again: bool,
) -> Result<Away, Error> {
    let client = client(&provider.settings)?;
    let issuer = issuers.of(provider, client.issuer, client.trusted).await?;
    let mut url = issuer.authorization.clone();
    let mut scopes = vec!["openid"];
    scopes.extend(client.scopes.iter().filter(|scope| **scope != "openid"));
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", client.id)
        .append_pair("redirect_uri", &addresses.callback)
        .append_pair("scope", &scopes.join(" "))
        .append_pair("state", &pending.state)
        .append_pair("nonce", &pending.nonce)
        .append_pair("code_challenge", &challenge(&pending.verifier))
        .append_pair("code_challenge_method", "S256");
    let mut prompt = "login";
    if let ProviderSettings::Google(google) = &provider.settings {
        prompt = "select_account";
        if let [domain] = google.hosted_domains.as_slice() {
            url.query_pairs_mut().append_pair("hd", domain);
        }
    }
    if again {
        url.query_pairs_mut().append_pair("prompt", prompt);
    }
    Ok(Away::To(url.into()))
}

/// Whether the issuer says where people are sent.
pub(super) async fn test(issuers: &Issuers, provider: &Configured) -> Result<String, Error> {
    let client = client(&provider.settings)?;
    let issuer = issuers.of(provider, client.issuer, client.trusted).await?;
    Ok(format!(
        "the issuer answers, and sends people to {}",
        issuer.authorization
    ))
}

/// What the token endpoint answers (section 3.1.3.3).
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<String>,
}

/// Who came back with a code.
pub(super) async fn believe(
    issuers: &Issuers,
    provider: &Configured,
    addresses: &Addresses,
    pending: &Pending,
    query: &[(String, String)],
    now: Timestamp,
) -> Result<Proved, Error> {
    let client = client(&provider.settings)?;
    let one = |name: &str| -> Result<Option<&str>, Error> {
        let mut found = query.iter().filter(|(known, _)| known == name);
        let first = found.next().map(|(_, value)| value.as_str());
        match found.next() {
            Some(_) => Err(Error::wrong(format!("{name} came twice"))),
            None => Ok(first),
        }
    };
    if one("state")? != Some(&pending.state) {
        return Err(Error::wrong("state is another"));
    }
    let issuer = issuers.of(provider, client.issuer, client.trusted).await?;
    match one("iss")? {
        Some(iss) if iss != issuer.name => return Err(Error::wrong("iss is another issuer")),
        None if issuer.says_iss => return Err(Error::wrong("iss is missing")),
        _ => {}
    }
    if let Some(error) = one("error")? {
        let error: String = error
            .chars()
            .filter(char::is_ascii_graphic)
            .take(64)
            .collect();
        return Err(Error::wrong(format!("the provider answers {error}")));
    }
    let code = one("code")?.ok_or_else(|| Error::wrong("there is no code"))?;
    let tokens = exchange(&issuer, &client, provider, addresses, pending, code).await?;
    let mut claims = verify(&issuer, &client, &tokens.id_token, pending, now).await?;
    let groups = match &provider.settings {
        ProviderSettings::Oidc(oidc) => Some(oidc.groups_claim.as_str()),
        _ => None,
    };
    // Many providers keep the token short: an address or groups that it lacks may stand there (section 5.4).
    if claims.lacks(groups)
        && let (Some(endpoint), Some(token)) = (&issuer.userinfo, &tokens.access_token)
    {
        claims.add(userinfo(&issuer, endpoint, token).await?)?;
    }
    Ok(Proved {
        identity: identity(&provider.settings, &issuer, claims)?,
        once: None,
    })
}

/// The tokens for a code (section 3.1.3): with the client's secret where it has one, and the verifier always.
async fn exchange(
    issuer: &Issuer,
    client: &Client<'_>,
    provider: &Configured,
    addresses: &Addresses,
    pending: &Pending,
    code: &str,
) -> Result<Tokens, Error> {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &addresses.callback),
        ("code_verifier", &pending.verifier),
    ];
    let secret = provider.secret.reveal();
    let mut request = issuer.client.post(issuer.token.clone());
    if secret.is_empty() || !issuer.takes_basic {
        form.push(("client_id", client.id));
    }
    if !secret.is_empty() {
        match issuer.takes_basic {
            // RFC 6749, section 2.3.1: both are form-encoded before they are joined.
            true => request = request.basic_auth(encoded(client.id), Some(encoded(secret))),
            false => form.push(("client_secret", secret)),
        }
    }
    let sent = request.form(&form).send().await;
    let answer = sent.map_err(|_| Error::unreachable("the token endpoint does not answer"))?;
    let status = answer.status();
    let text = body(answer).await?;
    if status.is_client_error() {
        #[derive(Deserialize, Default)]
        struct Refused {
            #[serde(default)]
            error: String,
        }
        let refused: Refused = serde_json::from_slice(&text).unwrap_or_default();
        let error: String = refused
            .error
            .chars()
            .filter(char::is_ascii_graphic)
            .take(64)
            .collect();
        return match error.as_str() {
            "invalid_grant" => Err(Error::wrong("the code is not good")),
            error => Err(Error::unavailable(format!(
                "the token endpoint answers {status} {error}"
            ))),
        };
    }
    if !status.is_success() {
        return Err(Error::unavailable(format!(
            "the token endpoint answers {status}"
        )));
    }
    let unreadable = |_| Error::unavailable("the token endpoint answers no tokens");
    serde_json::from_slice(&text).map_err(unreadable)
}

/// Believes an ID token (section 3.1.3.7).
async fn verify(
    issuer: &Issuer,
    client: &Client<'_>,
    token: &str,
    pending: &Pending,
    now: Timestamp,
) -> Result<Claims, Error> {
    let header = decode_header(token).map_err(|_| Error::wrong("the ID token is not readable"))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(Error::wrong("the algorithm of the ID token is not allowed"));
    }
    let kid = header
        .kid
        .ok_or_else(|| Error::wrong("the ID token names no key"))?;
    let key = issuer
        .keys
        .of(&kid)
        .await
        .map_err(|missing| match missing {
            Missing::Unknown => Error::wrong("the key of the ID token is not published"),
            Missing::Unavailable => Error::unavailable("the keys of the provider cannot be had"),
        })?;
    let mut validation = Validation::new(header.alg);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let decoded = decode::<Claims>(token, &key.decoding, &validation);
    let claims = decoded
        .map_err(|_| Error::wrong("the signature or a claim of the ID token is not good"))?
        .claims;
    claims.check(&issuer.name, client.id, &pending.nonce, now)?;
    Ok(claims)
}

/// What the provider says beside the ID token (section 5.3).
async fn userinfo(issuer: &Issuer, endpoint: &Url, token: &str) -> Result<claims::Person, Error> {
    let asked = issuer.client.get(endpoint.clone()).bearer_auth(token);
    let answer = asked.send().await;
    let answer = answer.map_err(|_| Error::unreachable("the userinfo endpoint does not answer"))?;
    if !answer.status().is_success() {
        let status = answer.status();
        return Err(Error::unavailable(format!(
            "the userinfo endpoint answers {status}"
        )));
    }
    serde_json::from_slice(&body(answer).await?)
        .map_err(|_| Error::unavailable("the userinfo endpoint answers no claims"))
}

fn identity(
    settings: &ProviderSettings,
    issuer: &Issuer,
    claims: Claims,
) -> Result<Identity, Error> {
    let (unverified, groups) = match settings {
        ProviderSettings::Oidc(oidc) => (oidc.allow_unverified_email, oidc.groups_claim.as_str()),
        _ => (false, "groups"),
    };
    if let ProviderSettings::Google(google) = settings {
        claims.of_google(&google.hosted_domains)?;
    }
    claims.identity(&issuer.name, unverified, groups)
}

fn challenge(verifier: &str) -> String {
    use base64::Engine as _;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest)
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
