//! `attempt list|show`

use reqwest::Method;

use crate::admin::{self, AttemptQuery, Page, PageWish, ShownAttempt};
use crate::attempt::{self, Exchange};

use super::arguments::{AttemptCommand, AttemptListArguments, Outcome};
use super::output::Table;
use super::remote::{Remote, segment};
use super::{Context, Error, ExitCode};

/// Where the server keeps attempts.
const ATTEMPTS: &str = "/enrollment-attempts";

/// Runs the command.
pub(super) fn run(context: &mut Context<'_>, command: AttemptCommand) -> Result<ExitCode, Error> {
    match command {
        AttemptCommand::List(arguments) => {
            let attempts = list(context, &arguments)?;
            context.emit(&attempts, || many(&attempts))?;
        }
        AttemptCommand::Show(argument) => {
            let attempt = show(context, &argument.id)?;
            context.emit(&attempt, || one(&attempt))?;
        }
    }
    Ok(ExitCode::Done)
}

/// The latest attempts, read page by page.
fn list(
    context: &Context<'_>,
    arguments: &AttemptListArguments,
) -> Result<Vec<ShownAttempt>, Error> {
    let outcome = arguments.outcome.map(|outcome| match outcome {
        Outcome::Refused => attempt::Outcome::Refused,
        Outcome::Enrolled => attempt::Outcome::Enrolled,
        Outcome::Open => attempt::Outcome::Open,
    });
    let wanted = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    let on_page = arguments.limit.min(PageWish::MOST);
    let found = context.on_server(async |server| {
        let only = outcome.map(|outcome| format!("&outcome={}", outcome.word()));
        let only = only.unwrap_or_default();
        let mut listed = Vec::new();
        let mut next = Some(1);
        while let Some(page) = next {
            let path = format!(
                "{}{ATTEMPTS}?limit={on_page}&page={page}{only}",
                Remote::WINDOWS
            );
            let page: Page<ShownAttempt> = server.call(Method::GET, &path, None).await?;
            listed.extend(page.items);
            next = page.next_page.filter(|_| listed.len() < wanted);
        }
        Ok(listed)
    })?;
    let mut listed = match found {
        Some(listed) => listed,
        None => context.on_data(async |data| {
            let mut listed = Vec::new();
            let mut next = Some(1);
            while let Some(page) = next {
                let query = AttemptQuery {
                    outcome,
                    trace: None,
                };
                let wish = PageWish::new(Some(page), Some(on_page));
                let page = data.admin.attempts(&data.actor, query, wish).await?;
                listed.extend(page.items);
                next = page.next_page.filter(|_| listed.len() < wanted);
            }
            Ok(listed)
        })?,
    };
    listed.truncate(wanted);
    Ok(listed)
}

fn show(context: &Context<'_>, id_or_trace: &str) -> Result<ShownAttempt, Error> {
    let found = context.on_server(async |server| {
        let path = format!("{}{ATTEMPTS}/{}", Remote::WINDOWS, segment(id_or_trace));
        server.call(Method::GET, &path, None).await
    })?;
    if let Some(attempt) = found {
        return Ok(attempt);
    }
    context.on_data(async |data| {
        let attempt = data.admin.attempt(&data.actor, id_or_trace).await;
        attempt.map_err(|error| match error {
            admin::Error::NotFound(_) => {
                Error::NotFound("attempt or trace", id_or_trace.to_owned())
            }
            other => other.into(),
        })
    })
}

fn many(attempts: &[ShownAttempt]) -> Table<6> {
    let mut table = Table::new(["ID", "WHEN", "OUTCOME", "WHO", "WHY", "CODE"]);
    for attempt in attempts {
        table.row([
            attempt.id.to_string(),
            attempt.updated_at.to_string(),
            attempt.outcome.word().to_owned(),
            attempt.username.clone().unwrap_or_else(|| "-".to_owned()),
            attempt.refusal.clone().unwrap_or_default(),
            attempt.hresult.clone().unwrap_or_default(),
        ]);
    }
    table
}

fn one(attempt: &ShownAttempt) -> Table<2> {
    let mut table = Table::new(["FIELD", "VALUE"]);
    let mut row = |field: &str, value: Option<String>| {
        if let Some(value) = value {
            table.row([field.to_owned(), value]);
        }
    };
    row("id", Some(attempt.id.to_string()));
    row("outcome", Some(attempt.outcome.word().to_owned()));
    row("who", attempt.username.clone());
    row("refusal", attempt.refusal.clone());
    row("code on the device", attempt.hresult.clone());
    row("what the user saw", attempt.sentence.clone());
    row("explanation", attempt.explanation.clone());
    row("token", attempt.token_id.map(|id| id.to_string()));
    row("device", attempt.device_id.map(|id| id.to_string()));
    row("trace id", Some(attempt.trace_id.clone()));
    for exchange in &attempt.exchanges {
        row("exchange", Some(line(exchange)));
        for note in &exchange.notes {
            row("", Some(note.clone()));
        }
    }
    for (name, value) in attempt.facts.iter().flatten() {
        let text = value.chars().take(200).collect();
        row(&format!("fact {name}"), Some(text));
    }
    table
}

fn line(exchange: &Exchange) -> String {
    format!(
        "{} {:?} from {}: status {}, {} bytes in, {} out, {} µs",
        exchange.at,
        exchange.step,
        exchange.remote.as_deref().unwrap_or("-"),
        exchange.status,
        exchange.request_bytes,
        exchange.reply_bytes,
        exchange.microseconds
    )
}
