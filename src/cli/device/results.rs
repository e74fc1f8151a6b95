//! `device results`

use reqwest::Method;

use crate::admin::{self, DeviceResults};

use super::super::output::Table;
use super::super::remote::{Remote, segment};
use super::super::{Context, Error, ExitCode};
use super::DEVICES;

/// Shows what came of the settings of a device's policies.
pub(super) fn run(context: &mut Context<'_>, called: &str) -> Result<ExitCode, Error> {
    let results = results(context, called)?;
    context.emit(&results, || table(&results))?;
    Ok(ExitCode::Done)
}

fn results(context: &Context<'_>, called: &str) -> Result<DeviceResults, Error> {
    let found = context.on_server(async |server| {
        let path = format!("{}{DEVICES}/{}/results", Remote::WINDOWS, segment(called));
        server.call(Method::GET, &path, None).await
    })?;
    if let Some(results) = found {
        return Ok(results);
    }
    context.on_data(async |data| {
        let results = data.admin.device_results(&data.actor, called).await;
        results.map_err(|error| match error {
            admin::Error::NotFound(what) => Error::NotFound(what, called.to_owned()),
            other => other.into(),
        })
    })
}

fn table(results: &DeviceResults) -> Table<5> {
    let mut table = Table::new(["NODE", "POLICY", "STATE", "STATUS", "WHAT THAT MEANS"]);
    for item in &results.items {
        let policy = item.win_policy.as_ref();
        table.row([
            item.loc_uri.clone(),
            policy.map_or_else(|| "-".to_owned(), |policy| policy.name.clone()),
            item.state.word().to_owned(),
            item.status
                .map_or_else(|| "-".to_owned(), |status| status.to_string()),
            item.explanation.clone(),
        ]);
    }
    table
}
