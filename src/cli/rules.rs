//! `rules test`: what a template would make of a device, and why.

use std::fmt::Write as _;

use reqwest::Method;
use serde_json::{Map, Value as Json, json};

use crate::admin::{Evaluation, ShownTemplate};
use crate::template::Action;

use super::arguments::{RulesCommand, RulesTestArguments};
use super::named::{self, Named, understood};
use super::output::Table;
use super::remote::Remote;
use super::{Context, Error, ExitCode};

/// Runs the command.
pub(super) fn run(context: &mut Context<'_>, command: &RulesCommand) -> Result<ExitCode, Error> {
    let RulesCommand::Test(arguments) = command;
    let wish = wish(context, arguments)?;
    let there = context.on_server(async |server| {
        let path = format!("{}{}/evaluate", Remote::WINDOWS, ShownTemplate::PATH);
        server.call(Method::POST, &path, Some(&wish)).await
    })?;
    let evaluation: Evaluation = match there {
        Some(evaluation) => evaluation,
        None => context.on_data(async |data| {
            let wish = understood(wish)?;
            Ok(data.admin.evaluate_template(&data.actor, wish).await?)
        })?,
    };
    context.emit(&evaluation, || table(&evaluation))?;
    Ok(match evaluation.effects.action {
        Action::Enroll => ExitCode::Done,
        Action::Hold | Action::Reject => ExitCode::Refused,
    })
}

/// What is sent to be evaluated.
fn wish(context: &Context<'_>, arguments: &RulesTestArguments) -> Result<Json, Error> {
    let mut wish = Map::new();
    if let Some(file) = &arguments.file {
        wish.insert("template".to_owned(), named::read_file(file)?);
    }
    if let Some(called) = &arguments.template {
        let found = named::one::<ShownTemplate>(context, called)?;
        let found = found.ok_or_else(|| Error::NotFound("template", called.clone()))?;
        wish.insert("templateId".to_owned(), json!(found.id));
    }
    if let Some(attempt) = &arguments.attempt {
        wish.insert("attemptId".to_owned(), json!(attempt));
        return Ok(wish.into());
    }
    let mut facts = match &arguments.facts {
        Some(file) => match named::read_file(file)? {
            Json::Object(facts) => facts,
            _ => Map::new(),
        },
        None => Map::new(),
    };
    for (name, value) in &arguments.fact {
        facts.insert(name.clone(), json!(value));
    }
    wish.insert("facts".to_owned(), facts.into());
    Ok(wish.into())
}

fn table(evaluation: &Evaluation) -> Table<3> {
    let mut table = Table::new(["RULE", "RESULT", "BECAUSE"]);
    for step in &evaluation.trace {
        let mut because = String::new();
        for test in &step.because {
            let got = test.got.as_deref().unwrap_or("not told");
            let _ = write!(because, "{} is {} ({got}); ", test.atom, word(&test.result));
        }
        table.row([step.rule.clone(), word(&step.result), because]);
    }
    let effects = &evaluation.effects;
    for (field, value) in [
        (
            "=> rule",
            evaluation
                .matched
                .clone()
                .unwrap_or_else(|| "none".to_owned()),
        ),
        ("=> action", word(&effects.action)),
        ("=> tags", effects.tags.join(", ")),
        (
            "=> policies",
            effects.win_policy_assignments.len().to_string(),
        ),
        ("=> segment", effects.segment_id.to_string()),
        ("=> name", effects.display_name.clone().unwrap_or_default()),
        ("=> message", effects.message.clone().unwrap_or_default()),
    ] {
        table.row([field.to_owned(), value, String::new()]);
    }
    table
}

/// The word of the API for a value.
fn word(value: &impl serde::Serialize) -> String {
    let json = serde_json::to_value(value).ok();
    json.as_ref()
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_owned()
}
