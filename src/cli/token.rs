//! `token create|bulk|list|show|resend|revoke`

mod bulk;
mod policy;

use std::time::Duration;

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use crate::admin::{self, CreateToken, Page, PageWish, ResendToken, ShownToken};
use crate::id::ObjectId;
use crate::store::TokenFilter;

use super::arguments::{TokenCommand, TokenCreateArguments, TokenResendArguments};
use super::data::id;
use super::output::Table;
use super::remote::Remote;
use super::value::Uses;
use super::{Context, Error, ExitCode};

pub(crate) use policy::AssignedPolicy;

use policy::assignments;

/// Where the server keeps tokens.
const TOKENS: &str = "/enrollment-tokens";

/// Runs the command.
pub(super) fn run(context: &mut Context<'_>, command: TokenCommand) -> Result<ExitCode, Error> {
    match command {
        TokenCommand::Create(arguments) => {
            let made = create(context, arguments)?;
            context.emit(&made, || one(&made))?;
        }
        TokenCommand::Bulk(arguments) => return bulk::run(context, arguments),
        TokenCommand::List => {
            let tokens = list(context)?;
            context.emit(&tokens, || many(&tokens))?;
        }
        TokenCommand::Show(argument) => {
            let id = id(&argument.id)?;
            let token = match context.on_server(async |server| {
                let path = format!("{}{TOKENS}/{id}", Remote::WINDOWS);
                server.call(Method::GET, &path, None).await
            })? {
                Some(token) => token,
                None => {
                    context.on_data(async |data| Ok(data.admin.token(&data.actor, id).await?))?
                }
            };
            context.emit(&token, || one(&token))?;
        }
        TokenCommand::Resend(arguments) => {
            let sent = resend(context, arguments)?;
            context.emit(&sent, || one(&sent))?;
        }
        TokenCommand::Revoke(argument) => {
            let id = id(&argument.id)?;
            let token = match context.on_server(async |server| {
                let path = format!("{}{TOKENS}/{id}", Remote::WINDOWS);
                server.call(Method::DELETE, &path, None).await
            })? {
                Some(token) => token,
                None => context.on_data(async |data| {
                    let revoked = data.admin.revoke_token(&data.actor, id).await;
                    revoked.map_err(|error| missing(error, id))
                })?,
            };
            context.emit(&token, || one(&token))?;
        }
    }
    Ok(ExitCode::Done)
}

/// Names what is not there.
fn missing(error: admin::Error, id: ObjectId) -> Error {
    match error {
        admin::Error::NotFound(what) => Error::NotFound(what, id.to_string()),
        other => other.into(),
    }
}

fn create(context: &Context<'_>, arguments: TokenCreateArguments) -> Result<ShownToken, Error> {
    let wish = wish(context, arguments)?;
    let body = json!({
        "email": wish.email,
        "uses": wish.uses,
        "unlimited": wish.uses.is_none(),
        "duration": wish.duration.map(|it| it.as_secs()),
        "deviceCap": wish.device_cap,
        "templateId": wish.template_id,
        "displayName": wish.display_name,
        "tags": wish.tags,
        "winPolicyAssignments": wish.win_policy_assignments,
        "sendEmail": false,
    });
    let made = context.on_server(async |server| {
        let path = format!("{}{TOKENS}", Remote::WINDOWS);
        server.call(Method::POST, &path, Some(&body)).await
    })?;
    match made {
        Some(made) => Ok(made),
        None => {
            context.on_data(async |data| Ok(data.admin.create_token(&data.actor, wish).await?))
        }
    }
}

/// All tokens, read page by page.
fn list(context: &Context<'_>) -> Result<Vec<ShownToken>, Error> {
    let found = context.on_server(async |server| {
        let mut tokens = Vec::new();
        let mut next = Some(1);
        while let Some(page) = next {
            let path = format!(
                "{}{TOKENS}?show-deleted=true&limit=100&page={page}",
                Remote::WINDOWS
            );
            let page: Page<ShownToken> = server.call(Method::GET, &path, None).await?;
            tokens.extend(page.items);
            next = page.next_page;
        }
        Ok(tokens)
    })?;
    if let Some(tokens) = found {
        return Ok(tokens);
    }
    context.on_data(async |data| {
        let filter = TokenFilter {
            deleted: true,
            ..TokenFilter::default()
        };
        let mut tokens = Vec::new();
        let mut next = Some(1);
        while let Some(page) = next {
            let wish = PageWish::new(Some(page), Some(PageWish::MOST));
            let page = data
                .admin
                .list_tokens(&data.actor, filter.clone(), wish)
                .await?;
            tokens.extend(page.items);
            next = page.next_page;
        }
        Ok(tokens)
    })
}

fn wish(context: &Context<'_>, arguments: TokenCreateArguments) -> Result<CreateToken, Error> {
    Ok(CreateToken {
        email: arguments.email,
        uses: match arguments.uses {
            Uses::Times(uses) => Some(uses),
            Uses::Unlimited => None,
        },
        duration: Some(span(arguments.common.duration)?),
        device_cap: arguments.device_cap,
        template_id: arguments.template,
        display_name: arguments.display_name,
        tags: arguments.common.tag,
        win_policy_assignments: assignments(context, arguments.common.policy)?,
        ..CreateToken::default()
    })
}

fn span(duration: Duration) -> Result<SignedDuration, Error> {
    SignedDuration::try_from(duration).map_err(|_| Error::Duration)
}

fn resend(context: &Context<'_>, arguments: TokenResendArguments) -> Result<ShownToken, Error> {
    let id = id(&arguments.id)?;
    let wish = ResendToken {
        language: arguments.language,
        email_text: None,
        extend: arguments.extend.map(span).transpose()?,
    };
    let body = json!({
        "language": wish.language,
        "extendSeconds": wish.extend.map(|it| it.as_secs()),
    });
    let sent = context.on_server(async |server| {
        let path = format!("{}{TOKENS}/{id}/resend", Remote::WINDOWS);
        server.call(Method::POST, &path, Some(&body)).await
    })?;
    match sent {
        Some(sent) => Ok(sent),
        None => context.on_data(async |data| {
            let sent = data.admin.resend_token(&data.actor, id, wish).await;
            sent.map_err(|error| missing(error, id))
        }),
    }
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
        ("policies", policies(token)),
        ("mail", mail(token)),
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

fn policies(token: &ShownToken) -> String {
    let assigned = token.win_policy_assignments.iter().map(|it| {
        let id = it.win_policy_id;
        let name = it.win_policy.as_ref().map(|policy| policy.name.clone());
        format!("{}:{}", name.unwrap_or_else(|| id.to_string()), it.priority)
    });
    assigned.collect::<Vec<_>>().join(", ")
}

fn mail(token: &ShownToken) -> String {
    let status = token.record.email_status.word();
    match &token.record.language {
        Some(language) => format!("{status}, {language}"),
        None => status.to_owned(),
    }
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
