//! A reply as a device judges it before it reads it.

use std::fmt;

use reqwest::Response;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, TRANSFER_ENCODING,
};
use url::Url;

use super::failed;
use crate::simulator::{Error, Step};

/// A whole reply. `Debug` shows the length of its body alone: it may hold secrets.
#[derive(Clone)]
pub struct Answer {
    /// Where it came from, after redirects.
    pub url: Url,
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`, when it is text.
    pub content_type: Option<String>,
    /// `Content-Length`, when it is a number.
    pub content_length: Option<u64>,
    /// Whether there is a `Transfer-Encoding`.
    pub chunked: bool,
    /// Whether there is a `Content-Encoding`.
    pub encoded: bool,
    /// The body.
    pub body: Vec<u8>,
}

/// A rule of transport that a reply breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HttpFlaw {
    /// A `Transfer-Encoding`, which the enrollment client does not read.
    Chunked,
    /// No `Content-Length`, or another one than the body's.
    Length,
    /// A `Content-Encoding`, which nobody asked the server to support.
    Encoded,
    /// Another `Content-Type` than the expected one.
    ContentType(&'static str),
    /// Nothing where a message should be.
    Empty,
    /// Something where nothing should be.
    NotEmpty,
    /// More bytes than a device takes.
    TooLong(usize),
}

impl Answer {
    pub(super) async fn read(
        step: Step,
        mut response: Response,
        limit: usize,
    ) -> Result<Self, Error> {
        let headers = response.headers();
        let mut answer = Self {
            url: response.url().clone(),
            status: response.status().as_u16(),
            content_type: text(headers, &CONTENT_TYPE).map(str::to_owned),
            content_length: text(headers, &CONTENT_LENGTH).and_then(|length| length.parse().ok()),
            chunked: headers.contains_key(TRANSFER_ENCODING),
            encoded: headers.contains_key(CONTENT_ENCODING),
            body: Vec::new(),
        };
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|source| failed(step, source))?
        {
            if answer.body.len() + chunk.len() > limit {
                let flaw = HttpFlaw::TooLong(limit);
                return Err(Error::Http { step, flaw });
            }
            answer.body.extend_from_slice(&chunk);
        }
        Ok(answer)
    }

    /// Checks what every reply of enrollment must keep to: a length, no chunks, no compression.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check_framing(&self) -> Result<(), HttpFlaw> {
        if self.chunked {
            return Err(HttpFlaw::Chunked);
        }
        if self.encoded {
            return Err(HttpFlaw::Encoded);
        }
        if self
            .content_length
            .and_then(|length| usize::try_from(length).ok())
            != Some(self.body.len())
        {
            return Err(HttpFlaw::Length);
        }
        Ok(())
    }

    /// Checks the framing and that the body is of type `media`, in UTF-8.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self, media: &'static str) -> Result<(), HttpFlaw> {
        self.check_framing()?;
        if self.body.is_empty() {
            return Err(HttpFlaw::Empty);
        }
        let mut parts = self
            .content_type
            .as_deref()
            .unwrap_or_default()
            .split(';')
            .map(str::trim);
        let is_media = parts
            .next()
            .is_some_and(|kind| kind.eq_ignore_ascii_case(media));
        let charset = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("charset")
                .then(|| value.trim().trim_matches('"'))
        });
        if is_media && charset.is_none_or(|charset| charset.eq_ignore_ascii_case("utf-8")) {
            Ok(())
        } else {
            Err(HttpFlaw::ContentType(media))
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("url", &self.url.path())
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("content_length", &self.content_length)
            .field("chunked", &self.chunked)
            .field("encoded", &self.encoded)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}

impl HttpFlaw {
    /// The HRESULT that Windows would show.
    pub const fn hresult(self) -> u32 {
        match self {
            Self::Empty => 0x8018_0029,
            Self::Chunked
            | Self::Length
            | Self::Encoded
            | Self::ContentType(_)
            | Self::NotEmpty
            | Self::TooLong(_) => 0x8019_00c8,
        }
    }
}

impl fmt::Display for HttpFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chunked => f.write_str("is chunked"),
            Self::Length => f.write_str("has no Content-Length that fits it"),
            Self::Encoded => f.write_str("is compressed"),
            Self::ContentType(media) => write!(f, "is not of type {media} in UTF-8"),
            Self::Empty => f.write_str("is empty"),
            Self::NotEmpty => f.write_str("is not empty"),
            Self::TooLong(limit) => write!(f, "has more than {limit} bytes"),
        }
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soap() -> Answer {
        Answer {
            url: Url::parse("https://mdm.example/").expect("a URL"),
            status: 200,
            content_type: Some("application/soap+xml; charset=utf-8".to_owned()),
            content_length: Some(4),
            chunked: false,
            encoded: false,
            body: b"<a/>".to_vec(),
        }
    }

    #[test]
    fn a_reply_with_its_length_and_type_is_accepted() {
        assert_eq!(soap().check("application/soap+xml"), Ok(()));
    }

    #[test]
    fn a_reply_that_breaks_a_rule_of_transport_is_named() {
        const SOAP: &str = "application/soap+xml";
        let broken = |change: fn(&mut Answer)| {
            let mut answer = soap();
            change(&mut answer);
            answer.check(SOAP)
        };
        assert_eq!(broken(|a| a.chunked = true), Err(HttpFlaw::Chunked));
        assert_eq!(broken(|a| a.encoded = true), Err(HttpFlaw::Encoded));
        assert_eq!(broken(|a| a.content_length = None), Err(HttpFlaw::Length));
        assert_eq!(
            broken(|a| a.content_length = Some(5)),
            Err(HttpFlaw::Length)
        );
        let empty = |a: &mut Answer| (a.body.clear(), a.content_length = Some(0)).1;
        assert_eq!(broken(empty), Err(HttpFlaw::Empty));
        let html = broken(|a| a.content_type = Some("text/html".to_owned()));
        assert_eq!(html, Err(HttpFlaw::ContentType(SOAP)));
        let latin = broken(|a| {
            a.content_type = Some("application/soap+xml; charset=iso-8859-1".to_owned());
        });
        assert_eq!(latin, Err(HttpFlaw::ContentType(SOAP)));
    }
}
