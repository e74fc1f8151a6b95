//! The log: `tracing` events to the standard error, as `[log]` says.
//!
//! This module decides level, form and colour; what is logged is for each module to say.

use std::env::{self, VarError};
use std::io::{self, IsTerminal as _};

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use crate::config::{Log, LogFormat, LogLevel};

/// Begins to log. `RUST_LOG`, when set, goes before `log.level`.
///
/// # Errors
///
/// `RUST_LOG` names no filter, or the process logs already.
pub fn init(log: &Log) -> Result<(), Error> {
    let directives = match env::var(VARIABLE) {
        Ok(directives) => directives,
        Err(VarError::NotPresent) => String::new(),
        Err(VarError::NotUnicode(_)) => return Err(Error::NotUnicode),
    };
    let colour =
        io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    subscriber(log, filter(log, &directives)?, colour, io::stderr)
        .try_init()
        .map_err(Error::AlreadyLogging)
}

/// Why the process cannot log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `RUST_LOG` is no filter.
    #[error("the variable RUST_LOG is no filter; write, for example, info,portcullis=debug")]
    Filter(#[from] ParseError),
    /// `RUST_LOG` is not UTF-8.
    #[error("the variable RUST_LOG is not UTF-8")]
    NotUnicode,
    /// Somebody logs already.
    #[error("the process logs already")]
    AlreadyLogging(#[source] TryInitError),
}

fn filter(log: &Log, directives: &str) -> Result<EnvFilter, Error> {
    if !directives.trim().is_empty() {
        return Ok(EnvFilter::try_new(directives)?);
    }
    let filter = EnvFilter::try_new(log.level.as_str())?;
    // What the web framework tells at these levels is nobody's news: of its threads, and as an error of whatever bytes a
    // stranger sends it.
    let quiet: &[&str] = match log.level {
        LogLevel::Off => &[],
        LogLevel::Error | LogLevel::Warn => &["actix_http::h1=off"],
        LogLevel::Info => &["actix_server=warn", "actix_http::h1=off"],
        LogLevel::Debug | LogLevel::Trace => &[],
    };
    quiet.iter().try_fold(filter, |filter, directive| {
        Ok(filter.add_directive(directive.parse()?))
    })
}

fn subscriber<W>(
    log: &Log,
    filter: EnvFilter,
    colour: bool,
    writer: W,
) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer);
    match log.format {
        LogFormat::Text => Box::new(builder.with_ansi(colour).finish()),
        LogFormat::Json => Box::new(builder.json().flatten_event(true).finish()),
    }
}

const VARIABLE: &str = "RUST_LOG";

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::subscriber::with_default;
    use tracing::{debug, info};

    use super::*;
    use crate::config::LogLevel;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(log: &Log, directives: &str, colour: bool) -> String {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let filter = filter(log, directives).unwrap();
        let subscriber = subscriber(log, filter, colour, move || writer.clone());
        with_default(subscriber, || {
            info!(device = "d1", "enrolled");
            debug!("a detail");
            tracing::error!(target: "actix_http::h1::dispatcher", "no request");
        });
        let bytes = buffer.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_level_decides_what_is_logged_and_rust_log_wins() {
        let log = Log::default();
        assert!(!logged(&log, "", false).contains("a detail"));
        assert!(logged(&log, "debug", false).contains("a detail"));
        let log = Log {
            level: LogLevel::Off,
            ..Log::default()
        };
        assert_eq!(logged(&log, "", false), "");
        assert!(logged(&log, "info", false).contains("enrolled"));
    }

    #[test]
    fn bytes_that_are_no_request_are_news_for_who_looks_for_them_alone() {
        for (level, told) in [
            (LogLevel::Error, false),
            (LogLevel::Info, false),
            (LogLevel::Debug, true),
        ] {
            let log = Log {
                level,
                ..Log::default()
            };
            assert_eq!(logged(&log, "", false).contains("no request"), told);
        }
    }

    #[test]
    fn text_has_colour_only_when_told() {
        let log = Log::default();
        assert!(!logged(&log, "", false).contains('\u{1b}'));
        assert!(logged(&log, "", true).contains('\u{1b}'));
    }

    #[test]
    fn json_is_one_object_a_line_with_the_fields_in_it() {
        let log = Log {
            format: LogFormat::Json,
            ..Log::default()
        };
        let line = logged(&log, "", true);
        let event: serde_json::Value = serde_json::from_str(line.trim_end()).unwrap();
        assert_eq!(event["device"], "d1");
        assert_eq!(event["message"], "enrolled");
    }

    #[test]
    fn a_filter_that_is_none_is_refused() {
        let error = filter(&Log::default(), "portcullis=loud").unwrap_err();
        assert!(error.to_string().contains("RUST_LOG"));
    }
}
