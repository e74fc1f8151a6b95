//! The `appru` of MS-MDE2 3.1: where the enrollment window expects the result of the sign-in.

use std::fmt;

/// An `appru` that may be written into a page: an allowed scheme, `//` and one plain name.
///
/// Windows sends `ms-app://windows.immersivecontrolpanel` or the `ms-app://s-1-15-2-...` of an
/// `AppContainer`. Anything with a character that means something to HTML, to a script or to a URL
/// parser is not one, and is never repeated to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppUri {
    uri: String,
    scheme: usize,
}

impl AppUri {
    /// Takes `text` as it came (percent-decoded once), or `None` when it is not to be reflected.
    ///
    /// `schemes` are compared exactly; those in which a browser runs code are refused even when
    /// they are listed.
    pub fn parse(text: &str, schemes: &[&str]) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        if !schemes.contains(&scheme) || !is_harmless(scheme) {
            return None;
        }
        let name = rest.strip_suffix('/').unwrap_or(rest);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
        let fits = (1..=NAME_LIMIT).contains(&name.len()) && name.bytes().all(plain);
        fits.then(|| Self {
            uri: text.to_owned(),
            scheme: scheme.len(),
        })
    }

    /// The URI, byte for byte as it was received.
    pub fn as_str(&self) -> &str {
        &self.uri
    }

    /// The scheme, without its colon.
    pub fn scheme(&self) -> &str {
        self.uri.get(..self.scheme).unwrap_or_default()
    }
}

impl fmt::Display for AppUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.uri)
    }
}

/// A scheme of RFC 3986 in lower case that no browser takes for a program or a document.
fn is_harmless(scheme: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase();
    let other =
        |byte: u8| letter(byte) || byte.is_ascii_digit() || matches!(byte, b'+' | b'.' | b'-');
    let valid = scheme.bytes().next().is_some_and(letter) && scheme.bytes().all(other);
    valid && !RUNS_CODE.contains(&scheme)
}

/// The schemes that Windows is known to use.
pub const APPRU_SCHEMES: &[&str] = &["ms-app"];

/// The greatest length of the name after `//`, in characters.
const NAME_LIMIT: usize = 200;

const RUNS_CODE: [&str; 7] = [
    "javascript",
    "vbscript",
    "data",
    "blob",
    "file",
    "about",
    "view-source",
];

#[cfg(test)]
pub(super) mod tests;
