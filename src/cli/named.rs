//! What policies, templates and identity providers share on the command line: each has a name, is kept as a file, and is applied from it.

use std::io::Read as _;
use std::path::Path;

use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::admin::{self, Admin, Page, PageWish};
use crate::id::ObjectId;
use crate::identity::Actor;

use super::output::{Table, write_json};
use super::remote::{Remote, segment};
use super::{Context, Error};

/// A noun with a name that is unique in its organization.
pub(super) trait Named: Serialize + DeserializeOwned + Sized {
    /// Where a server keeps them.
    const PATH: &str;
    /// The heads of their table.
    const HEADS: [&str; 4];

    /// Its identifier and its name.
    fn called(&self) -> (ObjectId, &str);

    /// Its row in a table.
    fn row(&self) -> [String; 4];

    /// What a file says of it, which can be applied again.
    fn exported(&self) -> Json;

    /// Those with `part` in their name.
    async fn page(
        admin: &Admin,
        actor: &Actor,
        part: Option<String>,
        page: PageWish,
    ) -> Result<Page<Self>, admin::Error>;

    /// Makes one of what a file says.
    async fn make(admin: &Admin, actor: &Actor, wish: Json) -> Result<Self, Error>;

    /// Changes one to what a file says.
    async fn change(admin: &Admin, actor: &Actor, id: ObjectId, wish: Json) -> Result<Self, Error>;
}

/// All of them, or those with `part` in their name, read page by page.
fn found<T: Named>(context: &Context<'_>, part: Option<&str>) -> Result<Vec<T>, Error> {
    let there = context.on_server(async |server| {
        let (mut all, mut next) = (Vec::new(), Some(1));
        let part = part.map(|part| format!("&name={}", segment(part)));
        while let Some(number) = next {
            let path = format!(
                "{}{}?limit=100&page={number}{}",
                Remote::WINDOWS,
                T::PATH,
                part.as_deref().unwrap_or_default()
            );
            let page: Page<T> = server.call(Method::GET, &path, None).await?;
            all.extend(page.items);
            next = page.next_page;
        }
        Ok(all)
    })?;
    if let Some(all) = there {
        return Ok(all);
    }
    context.on_data(async |data| {
        let (mut all, mut next) = (Vec::new(), Some(1));
        while let Some(number) = next {
            let wish = PageWish::new(Some(number), Some(PageWish::MOST));
            let part = part.map(str::to_owned);
            let page = T::page(&data.admin, &data.actor, part, wish).await?;
            all.extend(page.items);
            next = page.next_page;
        }
        Ok(all)
    })
}

/// The one that a person names, by its identifier or its name in any case.
pub(super) fn one<T: Named>(context: &Context<'_>, called: &str) -> Result<Option<T>, Error> {
    let by_id = called.parse::<ObjectId>().ok();
    let part = by_id.is_none().then_some(called);
    let wanted = called.to_lowercase();
    let all = found::<T>(context, part)?;
    Ok(all.into_iter().find(|it| {
        let (id, name) = it.called();
        by_id == Some(id) || name.to_lowercase() == wanted
    }))
}

/// `list`
pub(super) fn list<T: Named>(context: &mut Context<'_>) -> Result<(), Error> {
    let all = found::<T>(context, None)?;
    context.emit(&all, || {
        let mut table = Table::new(T::HEADS);
        for it in &all {
            table.row(it.row());
        }
        table
    })
}

/// `show`
pub(super) fn show<T: Named>(
    context: &mut Context<'_>,
    what: &'static str,
    called: &str,
    table: impl FnOnce(&T) -> Table<2>,
) -> Result<(), Error> {
    let found = one::<T>(context, called)?.ok_or_else(|| missing(what, called))?;
    context.emit(&found, || table(&found))
}

/// `export`: JSON whatever the output is, for a file that `apply` reads.
pub(super) fn export<T: Named>(
    context: &mut Context<'_>,
    what: &'static str,
    called: &str,
) -> Result<(), Error> {
    let found = one::<T>(context, called)?.ok_or_else(|| missing(what, called))?;
    write_json(context.out, &found.exported()).map_err(Error::Output)
}

/// `apply`: makes what a file says, or changes what has its name already.
pub(super) fn apply<T: Named>(
    context: &mut Context<'_>,
    file: &Path,
    table: impl FnOnce(&T) -> Table<2>,
) -> Result<(), Error> {
    apply_wish(context, read_file(file)?, table)
}

/// `apply` of what a file said.
pub(super) fn apply_wish<T: Named>(
    context: &mut Context<'_>,
    wish: Json,
    table: impl FnOnce(&T) -> Table<2>,
) -> Result<(), Error> {
    let name = wish.get("name").and_then(Json::as_str).unwrap_or_default();
    let id = match name {
        "" => None,
        name => one::<T>(context, name)?.map(|found| found.called().0),
    };
    let there = context.on_server(async |server| {
        let path = format!("{}{}", Remote::WINDOWS, T::PATH);
        match id {
            None => server.call(Method::POST, &path, Some(&wish)).await,
            Some(id) => {
                let path = format!("{path}/{id}");
                server.call(Method::PUT, &path, Some(&wish)).await
            }
        }
    })?;
    let applied = match there {
        Some(applied) => applied,
        None => context.on_data(async |data| match id {
            None => T::make(&data.admin, &data.actor, wish).await,
            Some(id) => T::change(&data.admin, &data.actor, id, wish).await,
        })?,
    };
    context.emit(&applied, || table(&applied))
}

/// What a file says, as the wish that it is.
pub(super) fn understood<T: DeserializeOwned>(wish: Json) -> Result<T, Error> {
    serde_path_to_error::deserialize(wish).map_err(|fault| {
        let (path, reason) = (fault.path().to_string(), fault.inner().to_string());
        admin::Error::invalid(path, format!("is not acceptable: {reason}")).into()
    })
}

/// The JSON that a file holds; `-` is the standard input.
pub(super) fn read_file(file: &Path) -> Result<Json, Error> {
    let failed = |source| Error::Read {
        path: file.to_owned(),
        source,
    };
    let text = if file == Path::new("-") {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    serde_json::from_str(&text.map_err(failed)?).map_err(|source| Error::NotJson {
        path: file.to_owned(),
        source,
    })
}

pub(super) fn missing(what: &'static str, called: &str) -> Error {
    Error::NotFound(what, called.to_owned())
}
