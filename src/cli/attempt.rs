//! `attempt list|show`

use serde_json::Value as Json;

use crate::attempt;
use crate::store::{AttemptFilter, AttemptRow, Error as StoreError};

use super::arguments::{AttemptCommand, Outcome};
use super::output::Table;
use super::{Context, Error, ExitCode};

/// Runs the command.
pub(super) fn run(context: &mut Context<'_>, command: AttemptCommand) -> Result<ExitCode, Error> {
    match command {
        AttemptCommand::List(arguments) => {
            let outcome = arguments.outcome.map(|outcome| match outcome {
                Outcome::Refused => attempt::Outcome::Refused,
                Outcome::Enrolled => attempt::Outcome::Enrolled,
                Outcome::Open => attempt::Outcome::Open,
            });
            let filter = AttemptFilter {
                outcome,
                limit: arguments.limit,
            };
            let attempts = context.on_data(async |data| {
                Ok(data
                    .installation
                    .store
                    .read::<_, StoreError, _>(move |tx| tx.attempts(filter))
                    .await?)
            })?;
            context.emit(&attempts, || many(&attempts))?;
        }
        AttemptCommand::Show(argument) => {
            let id = argument.id.clone();
            let found = context.on_data(async |data| {
                Ok(data
                    .installation
                    .store
                    .read::<_, StoreError, _>(move |tx| tx.attempt(&id))
                    .await?)
            })?;
            let attempt = found.ok_or(Error::NotFound("attempt or trace", argument.id))?;
            context.emit(&attempt, || one(&attempt))?;
        }
    }
    Ok(ExitCode::Done)
}

fn many(attempts: &[AttemptRow]) -> Table<6> {
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

fn one(attempt: &AttemptRow) -> Table<2> {
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
        for note in exchange
            .get("notes")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
        {
            row("", note.as_str().map(str::to_owned));
        }
    }
    for fact in attempt
        .facts
        .as_ref()
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
    {
        if let Some([name, value]) = fact.as_array().map(Vec::as_slice) {
            let text = value
                .as_str()
                .unwrap_or_default()
                .chars()
                .take(200)
                .collect();
            row(
                &format!("fact {}", name.as_str().unwrap_or_default()),
                Some(text),
            );
        }
    }
    table
}

fn line(exchange: &Json) -> String {
    let text = |key: &str| {
        exchange
            .get(key)
            .and_then(Json::as_str)
            .unwrap_or("-")
            .to_owned()
    };
    let number = |key: &str| exchange.get(key).and_then(Json::as_u64).unwrap_or_default();
    format!(
        "{} {} from {}: status {}, {} bytes in, {} out, {} µs",
        text("at"),
        text("step"),
        text("remote"),
        number("status"),
        number("requestBytes"),
        number("replyBytes"),
        number("microseconds")
    )
}
