//! What the product logs while tests run: collected for the whole process, since many threads serve one test.
//!
//! Servers inside this process must log no error at all; what provokes one runs in a process of its own.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// One event.
struct Line {
    level: Level,
    text: String,
}

static LINES: Mutex<Vec<Line>> = Mutex::new(Vec::new());

fn lines() -> MutexGuard<'static, Vec<Line>> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins to collect, once for the process.
pub(crate) fn collect() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing_subscriber::registry().with(Collector).init());
}

/// How many lines there are by now.
pub(crate) fn mark() -> usize {
    lines().len()
}

/// The errors that were logged since `mark`, but for what the web framework says of bytes that are no request: those are
/// the client's, and at no level but the finest are they logged (`src/logging.rs`).
pub(crate) fn errors_since(mark: usize) -> Vec<String> {
    lines()
        .iter()
        .skip(mark)
        .filter(|line| line.level == Level::ERROR && !line.text.starts_with("actix_http::h1"))
        .map(|line| line.text.clone())
        .collect()
}

/// The lines, of whatever level, that hold `text`.
pub(crate) fn lines_with(text: &str) -> Vec<String> {
    lines()
        .iter()
        .filter(|line| line.text.contains(text))
        .map(|line| line.text.clone())
        .collect()
}

/// Keeps what the product and its web server say, down to the finest level.
struct Collector;

impl<S: Subscriber> Layer<S> for Collector {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let target = metadata.target();
        if !target.starts_with("portcullis") && !target.starts_with("actix") {
            return;
        }
        let mut text = Text(format!("{target}:"));
        event.record(&mut text);
        lines().push(Line {
            level: *metadata.level(),
            text: text.0,
        });
    }
}

struct Text(String);

impl Visit for Text {
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut error = Some(value);
        while let Some(one) = error {
            self.add(field, &format_args!("{one}"));
            error = one.source();
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, value);
    }
}

impl Text {
    fn add(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}
