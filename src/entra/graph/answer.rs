//! What an answer of Graph or of its tokens means.

use reqwest::{Response, StatusCode};
use serde::Deserialize;

use super::GraphError;

/// Bytes of an answer: 11,000 groups of 39 bytes, and some.
const LARGEST: usize = 1024 * 1024;

/// OAuth's errors are words, Graph's are objects with a word.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Complaint {
    error: serde_json::Value,
}

/// The body of an answer that is a success, else what it means.
pub(super) async fn read(mut answer: Response) -> Result<Vec<u8>, GraphError> {
    let status = answer.status();
    let after = answer.headers().get("retry-after");
    let after = after.and_then(|value| value.to_str().ok()?.parse().ok());
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| silent(&error))? {
        body.extend_from_slice(&piece);
        if body.len() > LARGEST {
            return Err(GraphError::Refused("its answer is too long".to_owned()));
        }
    }
    if status.is_success() {
        return Ok(body);
    }
    let why = complaint(status, &body);
    Err(match status {
        StatusCode::FORBIDDEN => GraphError::NotPermitted(why),
        StatusCode::NOT_FOUND => GraphError::Unknown,
        StatusCode::UNAUTHORIZED => GraphError::Application(why),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
            GraphError::Later(why, after)
        }
        status if status.is_server_error() => GraphError::Later(why, after),
        _ => GraphError::Refused(why),
    })
}

/// The status and the error's own word, and nothing else of what came back.
fn complaint(status: StatusCode, body: &[u8]) -> String {
    let said: Complaint = serde_json::from_slice(body).unwrap_or_default();
    let word = said
        .error
        .as_str()
        .or_else(|| said.error.get("code")?.as_str());
    let word = word.unwrap_or_default().chars();
    let word: String = word.filter(char::is_ascii_graphic).take(64).collect();
    let status = status.as_u16();
    format!("{status} {word}").trim_end().to_owned()
}

pub(super) fn silent(error: &reqwest::Error) -> GraphError {
    let why = if error.is_timeout() {
        "it does not answer in time"
    } else {
        "it does not answer"
    };
    GraphError::Later(why.to_owned(), None)
}
