//! What the answers of a directory mean, and those of the library that asks it.

use ldap3::{LdapError, LdapResult};

use super::super::Error;

/// What the answer to a person's bind means.
pub(super) fn judge(answer: &LdapResult) -> Result<(), Error> {
    match answer.rc {
        0 => Ok(()),
        INVALID_CREDENTIALS => Err(Error::wrong(active_directory(&answer.text))),
        code if NOT_NOW.contains(&code) => Err(Error::unavailable(format!(
            "the directory answers {code} to the bind of a person"
        ))),
        code => Err(Error::wrong(format!("the directory answers {code}"))),
    }
}

/// What `invalidCredentials` means, where Active Directory says it: `..., data 533, v4563`.
fn active_directory(text: &str) -> &'static str {
    let data = text.split(", data ").nth(1);
    match data.and_then(|data| data.split(',').next()) {
        Some("530" | "531") => "the directory does not let this account in now, or from here",
        Some("532" | "773") => "the password has expired and must be changed first",
        Some("533") => "the account is disabled in the directory",
        Some("701") => "the account has expired in the directory",
        Some("775") => "the account is locked in the directory",
        _ => "the directory knows another password",
    }
}

/// What the library says, without what was sent.
pub(super) fn silent(error: &LdapError) -> Error {
    match error {
        LdapError::Timeout { .. } => Error::unreachable("it does not answer within 5 seconds"),
        LdapError::Io { source } => Error::unreachable(format!("the directory: {source}")),
        LdapError::OpSend { .. }
        | LdapError::ResultRecv { .. }
        | LdapError::IdScrubSend { .. }
        | LdapError::MiscSend { .. }
        | LdapError::EndOfStream => Error::unreachable("the connection ended early"),
        LdapError::LdapResult { result } => {
            Error::unavailable(format!("the directory answers {}", result.rc))
        }
        LdapError::FilterParsing => Error::unavailable("userFilter or groupFilter is no filter"),
        other => Error::unavailable(other.to_string()),
    }
}

/// `invalidCredentials`.
const INVALID_CREDENTIALS: u32 = 49;
/// `timeLimitExceeded`, `adminLimitExceeded`, `busy`, `unavailable`, `other`: nothing that the person did.
const NOT_NOW: [u32; 5] = [3, 11, 51, 52, 80];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_person_did_makes_a_password_wrong() {
        let answer = |rc, text: &str| LdapResult {
            rc,
            matched: String::new(),
            text: text.to_owned(),
            refs: Vec::new(),
            ctrls: Vec::new(),
        };
        assert_eq!(judge(&answer(0, "")), Ok(()));
        for code in [1, 10, 19, 32, 34, 48, 49, 50, 53] {
            let judged = judge(&answer(code, ""));
            assert!(matches!(judged, Err(Error::Wrong(_))), "{code}");
        }
        for code in NOT_NOW {
            let judged = judge(&answer(code, ""));
            assert!(matches!(judged, Err(Error::Unavailable(_))), "{code}");
        }
        let text = "80090308: LdapErr: DSID-0C09041C, comment: AcceptSecurityContext error, data 533, v4563";
        let disabled = Error::wrong("the account is disabled in the directory");
        assert_eq!(judge(&answer(49, text)), Err(disabled));
    }
}
