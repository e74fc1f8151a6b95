//! `token create|list|show|revoke`

use jiff::SignedDuration;

use crate::admin::{CreateToken, ShownToken};

use super::arguments::{TokenCommand, TokenCreateArguments};
use super::data::id;
use super::output::Table;
use super::value::Uses;
use super::{Context, Error, ExitCode};

/// How many tokens are listed.
const LISTED: u32 = 1_000;

/// Runs the command.
pub(super) fn run(context: &mut Context<'_>, command: TokenCommand) -> Result<ExitCode, Error> {
    match command {
        TokenCommand::Create(arguments) => {
            let wish = wish(arguments)?;
            let made = context.on_data(async |data| {
                Ok(data.admin.create_token(data.organization, wish).await?)
            })?;
            context.emit(&made, || one(&made))?;
        }
        TokenCommand::List => {
            let tokens = context
                .on_data(async |data| Ok(data.admin.tokens(data.organization, LISTED).await?))?;
            context.emit(&tokens, || many(&tokens))?;
        }
        TokenCommand::Show(argument) => {
            let id = id(&argument.id)?;
            let found = context
                .on_data(async |data| Ok(data.admin.token(data.organization, id).await?))?;
            let token = found.ok_or(Error::NotFound("token", argument.id))?;
            context.emit(&token, || one(&token))?;
        }
        TokenCommand::Revoke(argument) => {
            let id = id(&argument.id)?;
            let found = context
                .on_data(async |data| Ok(data.admin.revoke_token(data.organization, id).await?))?;
            let token = found.ok_or(Error::NotFound("token", argument.id))?;
            context.emit(&token, || one(&token))?;
        }
    }
    Ok(ExitCode::Done)
}

fn wish(arguments: TokenCreateArguments) -> Result<CreateToken, Error> {
    Ok(CreateToken {
        email: arguments.email,
        uses: match arguments.uses {
            Uses::Times(uses) => Some(uses),
            Uses::Unlimited => None,
        },
        duration: Some(SignedDuration::try_from(arguments.duration).map_err(|_| Error::Duration)?),
        device_cap: arguments.device_cap,
        display_name: arguments.display_name,
        tags: arguments.tag,
    })
}

fn one(token: &ShownToken) -> Table<2> {
    let mut table = Table::new(["FIELD", "VALUE"]);
    let record = &token.record;
    for (field, value) in [
        ("id", record.id.to_string()),
        ("state", state(token)),
        ("code", token.enroll_code.clone()),
        ("token", token.token.clone()),
        ("link", token.enrollment_link.clone()),
        (
            "email",
            record.email.clone().unwrap_or_else(|| "anybody".to_owned()),
        ),
        ("uses", uses(token)),
        (
            "devices at a time",
            record
                .device_cap
                .map_or_else(|| "unlimited".to_owned(), |cap| cap.to_string()),
        ),
        (
            "expires",
            record
                .expires_at
                .map_or_else(|| "never".to_owned(), |at| at.to_string()),
        ),
        ("tags", record.tags.join(", ")),
    ] {
        table.row([field.to_owned(), value]);
    }
    table
}

fn many(tokens: &[ShownToken]) -> Table<6> {
    let mut table = Table::new(["ID", "STATE", "CODE", "EMAIL", "USES", "EXPIRES"]);
    for token in tokens {
        table.row([
            token.record.id.to_string(),
            state(token),
            token.enroll_code.clone(),
            token.record.email.clone().unwrap_or_else(|| "-".to_owned()),
            uses(token),
            token
                .record
                .expires_at
                .map_or_else(|| "never".to_owned(), |at| at.to_string()),
        ]);
    }
    table
}

fn state(token: &ShownToken) -> String {
    serde_json::to_value(token.state)
        .ok()
        .and_then(|state| state.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn uses(token: &ShownToken) -> String {
    match token.record.max_uses {
        Some(most) => format!("{} of {most}", token.record.uses),
        None => format!("{}, unlimited", token.record.uses),
    }
}
