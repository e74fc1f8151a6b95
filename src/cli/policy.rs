//! `policy list|show|apply|export`

use serde_json::{Value as Json, json};

use crate::admin::{self, Admin, Page, PageWish, PolicyFilter};
use crate::id::ObjectId;
use crate::identity::Actor;
use crate::policy::Policy;

use super::arguments::NamedCommand;
use super::named::{self, Named, understood};
use super::output::Table;
use super::{Context, Error, ExitCode};

/// Runs the command.
pub(super) fn run(context: &mut Context<'_>, command: &NamedCommand) -> Result<ExitCode, Error> {
    match command {
        NamedCommand::List => named::list::<Policy>(context)?,
        NamedCommand::Show(one) => named::show(context, "policy", &one.called, table)?,
        NamedCommand::Apply(file) => named::apply(context, &file.file, table)?,
        NamedCommand::Export(one) => named::export::<Policy>(context, "policy", &one.called)?,
    }
    Ok(ExitCode::Done)
}

impl Named for Policy {
    const PATH: &str = "/policies";
    const HEADS: [&str; 4] = ["ID", "NAME", "SETTINGS", "CHANGED"];

    fn called(&self) -> (ObjectId, &str) {
        (self.id, &self.name)
    }

    fn row(&self) -> [String; 4] {
        [
            self.id.to_string(),
            self.name.clone(),
            self.settings.len().to_string(),
            self.updated_at.to_string(),
        ]
    }

    fn exported(&self) -> Json {
        json!({
            "name": self.name,
            "description": self.description,
            "settings": self.settings,
            "atomic": self.atomic,
        })
    }

    async fn page(
        admin: &Admin,
        actor: &Actor,
        part: Option<String>,
        page: PageWish,
    ) -> Result<Page<Self>, admin::Error> {
        let filter = PolicyFilter {
            search: part,
            ..PolicyFilter::default()
        };
        admin.policies(actor, filter, page).await
    }

    async fn make(admin: &Admin, actor: &Actor, wish: Json) -> Result<Self, Error> {
        Ok(admin.create_policy(actor, understood(wish)?).await?)
    }

    async fn change(admin: &Admin, actor: &Actor, id: ObjectId, wish: Json) -> Result<Self, Error> {
        let wish = understood(wish)?;
        Ok(admin.update_policy(actor, id, wish, None).await?)
    }
}

fn table(policy: &Policy) -> Table<2> {
    let mut table = Table::new(["FIELD", "VALUE"]);
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    table.row(["id".to_owned(), policy.id.to_string()]);
    table.row(["name".to_owned(), policy.name.clone()]);
    table.row(["description".to_owned(), text(&policy.description)]);
    for setting in &policy.settings {
        let shown: String = setting.value.chars().take(200).collect();
        let command = setting.command.word();
        table.row([format!("{command} {}", setting.loc_uri), shown]);
    }
    table.row(["changed".to_owned(), policy.updated_at.to_string()]);
    table
}
