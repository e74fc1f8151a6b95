//! `token bulk`

use std::io::Read as _;
use std::path::Path;

use indicatif::ProgressBar;
use reqwest::Method;
use serde_json::json;

use crate::admin::{Bulk, BulkItem, CreateToken};

use super::super::arguments::TokenBulkArguments;
use super::super::output::Table;
use super::super::remote::Remote;
use super::super::{Context, Error, ExitCode};
use super::{TOKENS, assignments, span};

/// Addresses that one request takes.
const AT_ONCE: usize = 1_000;

/// Makes the tokens and tells of them; it fails when any address got none.
pub(super) fn run(
    context: &mut Context<'_>,
    arguments: TokenBulkArguments,
) -> Result<ExitCode, Error> {
    let text = read(&arguments.file)?;
    let details = arguments.details;
    let made = match arguments.csv {
        true => import(context, &arguments, &text)?,
        false => each_thousand(context, arguments, &addresses(&text))?,
    };
    match &made.items {
        Some(items) if details => context.emit(&made, || each(items))?,
        _ => context.emit(&made, || counted(&made))?,
    }
    Ok(match made.fail {
        0 => ExitCode::Done,
        _ => ExitCode::Failed,
    })
}

/// Makes a token of each row of a table.
fn import(
    context: &Context<'_>,
    arguments: &TokenBulkArguments,
    text: &str,
) -> Result<Bulk, Error> {
    let (details, send) = (arguments.details, arguments.send_email);
    let made = context.on_server(async |server| {
        let path = format!(
            "{}{TOKENS}/import?details={details}&send-email={send}",
            Remote::WINDOWS
        );
        server.send_csv(&path, text).await
    })?;
    match made {
        Some(made) => Ok(made),
        None => context.on_data(async |data| {
            let made = data.admin.import_tokens(&data.actor, text, send).await?;
            Ok(made.told(details))
        }),
    }
}

/// Makes a token for each address, so many at a time as one request takes.
fn each_thousand(
    context: &Context<'_>,
    arguments: TokenBulkArguments,
    emails: &[String],
) -> Result<Bulk, Error> {
    let details = arguments.details;
    let bar = ProgressBar::new(emails.len() as u64);
    let made = make(context, arguments, emails, &bar);
    bar.finish_and_clear();
    Ok(made?.told(details))
}

fn make(
    context: &Context<'_>,
    arguments: TokenBulkArguments,
    emails: &[String],
    bar: &ProgressBar,
) -> Result<Bulk, Error> {
    let details = arguments.details;
    let wish = CreateToken {
        uses: Some(1),
        duration: Some(span(arguments.common.duration)?),
        tags: arguments.common.tag,
        win_policy_assignments: assignments(context, arguments.common.policy)?,
        send_email: arguments.send_email,
        email_text: arguments.email_text,
        language: arguments.language,
        ..CreateToken::default()
    };
    // Without any address the server says what is wrong.
    let none = [[].as_slice()];
    let thousands = emails.chunks(AT_ONCE);
    let thousands: Vec<_> = match emails {
        [] => none.to_vec(),
        _ => thousands.collect(),
    };
    let mut all = Bulk::default();
    for emails in thousands {
        let made = thousand(context, details, &wish, emails)?;
        bar.inc(emails.len() as u64);
        all.add(made);
    }
    Ok(all)
}

fn thousand(
    context: &Context<'_>,
    details: bool,
    wish: &CreateToken,
    emails: &[String],
) -> Result<Bulk, Error> {
    let body = json!({
        "userEmails": emails,
        "duration": wish.duration.map(|it| it.as_secs()),
        "tags": wish.tags,
        "winPolicyAssignments": wish.win_policy_assignments,
        "sendEmail": wish.send_email,
        "emailText": wish.email_text,
        "language": wish.language,
    });
    let made = context.on_server(async |server| {
        let path = format!("{}{TOKENS}/bulk?details={details}", Remote::WINDOWS);
        server.call(Method::POST, &path, Some(&body)).await
    })?;
    match made {
        Some(made) => Ok(made),
        None => context.on_data(async |data| {
            let (wish, emails) = (wish.clone(), emails.to_vec());
            Ok(data.admin.create_tokens(&data.actor, wish, emails).await?)
        }),
    }
}

fn read(file: &Path) -> Result<String, Error> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    text.map_err(|source| Error::Read {
        path: file.to_owned(),
        source,
    })
}

/// The addresses in a file, one a line.
fn addresses(text: &str) -> Vec<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

fn counted(made: &Bulk) -> Table<3> {
    let mut table = Table::new(["TOTAL", "SUCCESS", "FAIL"]);
    table.row([made.total, made.success, made.fail].map(|count| count.to_string()));
    table
}

fn each(items: &[BulkItem]) -> Table<3> {
    let mut table = Table::new(["EMAIL", "ID", "FAULT"]);
    for item in items {
        let id = item.id.map(|id| id.to_string());
        let fault = item.error.as_ref().map(|error| error.message.clone());
        table.row([
            item.email.clone(),
            id.unwrap_or_else(|| "-".to_owned()),
            fault.unwrap_or_default(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stand_one_a_line_beside_blank_lines_and_comments() {
        let text = "\u{feff}# the sales team\r\n ana@contoso.example \r\n\r\n  # gone\nben@contoso.example";
        assert_eq!(
            addresses(text),
            ["ana@contoso.example", "ben@contoso.example"]
        );
    }
}
