//! `identity-provider list|show|apply|export|test|delete`

use std::path::Path;

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::admin::{self, Admin, Page, PageWish, TestedProvider};
use crate::id::ObjectId;
use crate::identity::{Actor, IdentityProvider};

use super::arguments::{IdentityProviderCommand, NamedCommand};
use super::named::{self, Named, missing, understood};
use super::output::Table;
use super::remote::Remote;
use super::{Context, Error, ExitCode};

/// How messages call it.
const WHAT: &str = "identity provider";

/// Runs the command.
pub(super) fn run(
    context: &mut Context<'_>,
    command: &IdentityProviderCommand,
) -> Result<ExitCode, Error> {
    let command = match command {
        IdentityProviderCommand::Test(one) => return test(context, &one.called),
        IdentityProviderCommand::Delete(one) => return delete(context, &one.called),
        IdentityProviderCommand::Named(command) => command,
    };
    match command {
        NamedCommand::List => named::list::<IdentityProvider>(context)?,
        NamedCommand::Show(one) => named::show(context, WHAT, &one.called, table)?,
        NamedCommand::Apply(file) => {
            let wish = with_secret(named::read_file(&file.file)?, &file.file)?;
            named::apply_wish(context, wish, table)?;
        }
        NamedCommand::Export(one) => {
            named::export::<IdentityProvider>(context, WHAT, &one.called)?;
        }
    }
    Ok(ExitCode::Done)
}

/// The wish with the secret out of the file that `secretFile` names, beside the file that names it.
fn with_secret(mut wish: Json, file: &Path) -> Result<Json, Error> {
    let Some(fields) = wish.as_object_mut() else {
        return Ok(wish);
    };
    let Some(named) = fields.remove("secretFile") else {
        return Ok(wish);
    };
    let Some(name) = named.as_str().filter(|_| !fields.contains_key("secret")) else {
        let reason = "must be the path of a file, and stand without secret";
        return Err(admin::Error::invalid("secretFile", reason).into());
    };
    let path = file.parent().unwrap_or_else(|| Path::new("")).join(name);
    let secret = std::fs::read_to_string(&path).map_err(|source| Error::Read { path, source })?;
    fields.insert(
        "secret".to_owned(),
        json!(secret.trim_end_matches(['\r', '\n'])),
    );
    Ok(wish)
}

/// `test`: exit code 1 where it does not work.
fn test(context: &mut Context<'_>, called: &str) -> Result<ExitCode, Error> {
    let id = identifier(context, called)?;
    let there = context.on_server(async |server| {
        let path = format!("{}/test", path(id));
        server
            .call::<TestedProvider>(Method::POST, &path, None)
            .await
    })?;
    let tested = match there {
        Some(tested) => tested,
        None => {
            crate::http::tls::install_default_provider();
            context.on_data(async |data| {
                Ok(data.admin.test_identity_provider(&data.actor, id).await?)
            })?
        }
    };
    context.emit(&tested, || {
        let mut table = Table::new(["WORKS", "MESSAGE"]);
        table.row([tested.works.to_string(), tested.message.clone()]);
        table
    })?;
    Ok(match tested.works {
        true => ExitCode::Done,
        false => ExitCode::Failed,
    })
}

/// `delete`
fn delete(context: &mut Context<'_>, called: &str) -> Result<ExitCode, Error> {
    let id = identifier(context, called)?;
    let there =
        context.on_server(async |server| server.call(Method::DELETE, &path(id), None).await)?;
    let deleted: IdentityProvider = match there {
        Some(deleted) => deleted,
        None => context.on_data(async |data| {
            let deleted = data.admin.delete_identity_provider(&data.actor, id, None);
            Ok(deleted.await?)
        })?,
    };
    context.emit(&deleted, || table(&deleted))?;
    Ok(ExitCode::Done)
}

fn identifier(context: &Context<'_>, called: &str) -> Result<ObjectId, Error> {
    let found = named::one::<IdentityProvider>(context, called)?;
    found.map_or_else(|| Err(missing(WHAT, called)), |found| Ok(found.id))
}

fn path(id: ObjectId) -> String {
    format!("{}{}/{id}", Remote::WINDOWS, IdentityProvider::PATH)
}

impl Named for IdentityProvider {
    const PATH: &str = "/identity-providers";
    const HEADS: [&str; 4] = ["ID", "NAME", "TYPE", "ENABLED"];

    fn called(&self) -> (ObjectId, &str) {
        (self.id, &self.name)
    }

    fn row(&self) -> [String; 4] {
        [
            self.id.to_string(),
            self.name.clone(),
            shown(&json!(self.settings.kind())),
            self.enabled.to_string(),
        ]
    }

    fn exported(&self) -> Json {
        json!({
            "name": self.name,
            "enabled": self.enabled,
            "settings": self.settings,
        })
    }

    async fn page(
        admin: &Admin,
        actor: &Actor,
        part: Option<String>,
        page: PageWish,
    ) -> Result<Page<Self>, admin::Error> {
        admin.identity_providers(actor, part, page).await
    }

    async fn make(admin: &Admin, actor: &Actor, wish: Json) -> Result<Self, Error> {
        let wish = understood(wish)?;
        Ok(admin.create_identity_provider(actor, wish).await?)
    }

    async fn change(admin: &Admin, actor: &Actor, id: ObjectId, wish: Json) -> Result<Self, Error> {
        let wish = understood(wish)?;
        let changed = admin.update_identity_provider(actor, id, wish, None);
        Ok(changed.await?)
    }
}

fn table(provider: &IdentityProvider) -> Table<2> {
    let mut table = Table::new(["FIELD", "VALUE"]);
    table.row(["id".to_owned(), provider.id.to_string()]);
    table.row(["name".to_owned(), provider.name.clone()]);
    table.row(["enabled".to_owned(), provider.enabled.to_string()]);
    let settings = json!(provider.settings);
    for (field, value) in settings.as_object().into_iter().flatten() {
        table.row([field.clone(), shown(value)]);
    }
    table.row(["has a secret".to_owned(), provider.has_secret.to_string()]);
    table.row(["changed".to_owned(), provider.updated_at.to_string()]);
    table
}

/// A value of the settings in a cell: as much of it as helps.
fn shown(value: &Json) -> String {
    let text = match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.chars().take(200).collect()
}
