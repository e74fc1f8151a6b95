//! `admin create-key`

use jiff::SignedDuration;

use crate::admin::{CreateKey, CreatedKey};
use crate::identity;

use super::arguments::{AdminCommand, Role};
use super::output::Table;
use super::{Context, Error, ExitCode};

/// Runs the command.
pub(super) fn run(context: &mut Context<'_>, command: AdminCommand) -> Result<ExitCode, Error> {
    let AdminCommand::CreateKey(arguments) = command;
    let role = match arguments.role {
        Role::Owner => identity::Role::Owner,
        Role::Admin => identity::Role::Admin,
        Role::Operator => identity::Role::Operator,
        Role::Staging => identity::Role::Staging,
        Role::Auditor => identity::Role::Auditor,
    };
    let wish = CreateKey {
        role,
        name: arguments.name.unwrap_or_default(),
        duration: Some(SignedDuration::try_from(arguments.expires).map_err(|_| Error::Duration)?),
        scopes: None,
        segments: None,
    };
    let organization = arguments.organization;
    let made = context.on_data(async |data| {
        let id = match organization {
            None => data.organization,
            Some(name) => match data.admin.organization(&name).await? {
                Some(organization) => organization.id,
                None => return Err(Error::NotFound("organization", name)),
            },
        };
        Ok(data.admin.create_key(id, wish).await?)
    })?;
    context.emit(&made, || table(&made))?;
    Ok(ExitCode::Done)
}

fn table(made: &CreatedKey) -> Table<2> {
    let mut table = Table::new(["FIELD", "VALUE"]);
    for (field, value) in [
        ("key (shown only now)", made.key.clone()),
        ("id", made.id.to_string()),
        ("role", made.role.word().to_owned()),
        (
            "expires",
            made.expires_at
                .map_or_else(|| "never".to_owned(), |at| at.to_string()),
        ),
    ] {
        table.row([field.to_owned(), value]);
    }
    table
}
