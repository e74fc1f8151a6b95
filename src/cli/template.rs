//! `template list|show|apply|export`

use serde_json::{Value as Json, json};

use crate::admin::{self, Admin, Page, PageWish, ShownTemplate, TemplateFilter};
use crate::id::ObjectId;
use crate::identity::Actor;

use super::arguments::NamedCommand;
use super::named::{self, Named, understood};
use super::output::Table;
use super::{Context, Error, ExitCode};

/// Runs the command.
pub(super) fn run(context: &mut Context<'_>, command: &NamedCommand) -> Result<ExitCode, Error> {
    match command {
        NamedCommand::List => named::list::<ShownTemplate>(context)?,
        NamedCommand::Show(one) => named::show(context, "template", &one.called, table)?,
        NamedCommand::Apply(file) => named::apply(context, &file.file, table)?,
        NamedCommand::Export(one) => {
            named::export::<ShownTemplate>(context, "template", &one.called)?;
        }
    }
    Ok(ExitCode::Done)
}

impl Named for ShownTemplate {
    const PATH: &str = "/enrollment-templates";
    const HEADS: [&str; 4] = ["ID", "NAME", "DEVICES", "CODE"];

    fn called(&self) -> (ObjectId, &str) {
        (self.id, &self.name)
    }

    fn row(&self) -> [String; 4] {
        let token = self.win_enrollment_token.as_ref();
        [
            self.id.to_string(),
            self.name.clone(),
            self.devices_count.to_string(),
            token.map_or_else(|| "-".to_owned(), |token| token.enroll_code.clone()),
        ]
    }

    /// The secret stays where it is: its mask means unchanged when the file is applied.
    fn exported(&self) -> Json {
        json!({
            "name": self.name,
            "description": self.description,
            "rules": self.rules,
            "auxiliaryFields": self.auxiliary_fields,
            "loginProviderTypes": self.login_provider_types,
            "allowAutoContinue": self.allow_auto_continue,
            "entraId": self.entra_id,
            "segmentId": self.segment_id,
            "onNoMatch": self.on_no_match,
            "onUnknown": self.on_unknown,
            "ownership": self.ownership,
            "allowClaimedOwnership": self.allow_claimed_ownership,
            "enrollmentStatusPage": self.enrollment_status_page,
        })
    }

    async fn page(
        admin: &Admin,
        actor: &Actor,
        part: Option<String>,
        page: PageWish,
    ) -> Result<Page<Self>, admin::Error> {
        let filter = TemplateFilter {
            search: part,
            ..TemplateFilter::default()
        };
        admin.templates(actor, filter, None, page).await
    }

    async fn make(admin: &Admin, actor: &Actor, wish: Json) -> Result<Self, Error> {
        Ok(admin.create_template(actor, understood(wish)?).await?)
    }

    async fn change(admin: &Admin, actor: &Actor, id: ObjectId, wish: Json) -> Result<Self, Error> {
        let change = understood(wish)?;
        Ok(admin.update_template(actor, id, change, None).await?)
    }
}

fn table(template: &ShownTemplate) -> Table<2> {
    let mut table = Table::new(["FIELD", "VALUE"]);
    let token = template.win_enrollment_token.as_ref();
    let of_token = |field: fn(&admin::TokenOfTemplate) -> &String| {
        token.map_or_else(|| "-".to_owned(), |token| field(token).clone())
    };
    for (field, value) in [
        ("id", template.id.to_string()),
        ("name", template.name.clone()),
        (
            "description",
            template.description.clone().unwrap_or_default(),
        ),
        ("devices", template.devices_count.to_string()),
        ("code", of_token(|token| &token.enroll_code)),
        ("token", of_token(|token| &token.token)),
        ("link", of_token(|token| &token.enrollment_link)),
    ] {
        table.row([field.to_owned(), value]);
    }
    for (number, rule) in (1..).zip(&template.rules) {
        let name = rule.name.as_deref().unwrap_or("without a name");
        let text = format!("{name}, policies: {}", rule.win_policy_assignments.len());
        table.row([format!("rule {number}"), text]);
    }
    table.row(["changed".to_owned(), template.updated_at.to_string()]);
    table
}
