//! `admin create-key|list-keys|revoke-key`

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;

use crate::admin::{self, CreateKey, CreatedKey, Page, PageWish, ShownKey};
use crate::id::ObjectId;
use crate::identity::{self, Actor};
use crate::organization::Organization;

use super::arguments::{
    AdminCommand, CreateKeyArguments, OrganizationArgument, RevokeKeyArguments, Role,
};
use super::data::{Data, id};
use super::output::Table;
use super::remote::{Error as RemoteError, Remote};
use super::{Context, Error, ExitCode};

/// Where the server keeps keys.
const KEYS: &str = "/api-keys";

/// Runs the command.
pub(super) fn run(context: &mut Context<'_>, command: AdminCommand) -> Result<ExitCode, Error> {
    match command {
        AdminCommand::CreateKey(arguments) => {
            let made = create(context, arguments)?;
            context.emit(&made, || table(&made))?;
        }
        AdminCommand::ListKeys(of) => {
            let keys = list(context, of)?;
            context.emit(&keys, || many(&keys))?;
        }
        AdminCommand::RevokeKey(arguments) => {
            let revoked = revoke(context, arguments)?;
            let keys = std::slice::from_ref(&revoked);
            context.emit(&revoked, || many(keys))?;
        }
    }
    Ok(ExitCode::Done)
}

fn create(context: &Context<'_>, arguments: CreateKeyArguments) -> Result<CreatedKey, Error> {
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
    context.on_data(async |data| {
        let id = organization_of(&data, organization).await?;
        Ok(data.admin.create_key(id, wish).await?)
    })
}

/// All keys, read page by page.
fn list(context: &Context<'_>, of: OrganizationArgument) -> Result<Vec<ShownKey>, Error> {
    let organization = of.organization;
    let named = organization.clone();
    let found = context.on_server(async |server| {
        if !is_of(&server, named.as_deref()).await? {
            return Ok(None);
        }
        let (mut keys, mut next) = (Vec::new(), Some(1));
        while let Some(page) = next {
            let path = format!("{KEYS}?limit=100&page={page}");
            let page: Page<ShownKey> = server.call(Method::GET, &path, None).await?;
            keys.extend(page.items);
            next = page.next_page;
        }
        Ok(Some(keys))
    })?;
    if let Some(found) = found {
        return found.ok_or_else(|| elsewhere(organization));
    }
    context.on_data(async |data| {
        let actor = Actor::local(organization_of(&data, organization).await?);
        let (mut keys, mut next) = (Vec::new(), Some(1));
        while let Some(page) = next {
            let wish = PageWish::new(Some(page), Some(PageWish::MOST));
            let page = data.admin.keys(&actor, wish).await?;
            keys.extend(page.items);
            next = page.next_page;
        }
        Ok(keys)
    })
}

fn revoke(context: &Context<'_>, arguments: RevokeKeyArguments) -> Result<ShownKey, Error> {
    let id = id(&arguments.id)?;
    let organization = arguments.of.organization;
    let named = organization.clone();
    let revoked = context.on_server(async |server| {
        if !is_of(&server, named.as_deref()).await? {
            return Ok(None);
        }
        let path = format!("{KEYS}/{id}");
        server.call(Method::DELETE, &path, None).await.map(Some)
    })?;
    if let Some(revoked) = revoked {
        return revoked.ok_or_else(|| elsewhere(organization));
    }
    context.on_data(async |data| {
        let actor = Actor::local(organization_of(&data, organization).await?);
        let revoked = data.admin.revoke_key(&actor, id).await;
        revoked.map_err(|error| match error {
            admin::Error::NotFound(what) => Error::NotFound(what, id.to_string()),
            other => other.into(),
        })
    })
}

/// The organization of this name; without a name, the one that exists from the first start.
async fn organization_of(data: &Data, named: Option<String>) -> Result<ObjectId, Error> {
    let Some(name) = named else {
        return Ok(data.organization);
    };
    match data.admin.organization(&name).await? {
        Some(organization) => Ok(organization.id),
        None => Err(Error::NotFound("organization", name)),
    }
}

/// Whether a server's key belongs to the organization of this name, if one is named.
async fn is_of(server: &Remote, named: Option<&str>) -> Result<bool, RemoteError> {
    let Some(name) = named else { return Ok(true) };
    let own: Organization = server.call(Method::GET, "", None).await?;
    Ok(own.slug == name || own.id.to_string().eq_ignore_ascii_case(name))
}

/// A server's key belongs to another organization.
fn elsewhere(named: Option<String>) -> Error {
    Error::NotFound("organization", named.unwrap_or_default())
}

fn table(made: &CreatedKey) -> Table<2> {
    let mut table = Table::new(["FIELD", "VALUE"]);
    for (field, value) in [
        ("key (shown only now)", made.key.clone()),
        ("id", made.id.to_string()),
        ("role", made.role.word().to_owned()),
        ("expires", time(made.expires_at, "never")),
    ] {
        table.row([field.to_owned(), value]);
    }
    table
}

fn many(keys: &[ShownKey]) -> Table<7> {
    let header = ["ID", "KEY", "ROLE", "NAME", "USED", "EXPIRES", "REVOKED"];
    let mut table = Table::new(header);
    for key in keys {
        table.row([
            key.id.to_string(),
            format!("{}…", key.prefix),
            key.role.word().to_owned(),
            key.name.clone(),
            time(key.last_used_at, "-"),
            time(key.expires_at, "never"),
            time(key.revoked_at, "-"),
        ]);
    }
    table
}

fn time(at: Option<Timestamp>, none: &str) -> String {
    at.map_or_else(|| none.to_owned(), |at| at.to_string())
}
