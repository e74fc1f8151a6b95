//! `doctor`: looks at everything that a server needs, changes nothing, and says what to do about what is wrong.

mod entra;
mod installation;
mod reach;

use serde::Serialize;

use crate::clock::Clock;

use super::arguments::DoctorArguments;
use super::data::runtime;
use super::output::Table;
use super::{Context, Error, ExitCode, config};

/// What was looked at, and how it stands.
#[derive(Serialize)]
struct Check {
    check: String,
    status: Status,
    message: String,
}

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Warn,
    Fail,
}

impl Check {
    fn new(check: impl Into<String>, status: Status, message: impl Into<String>) -> Self {
        Self {
            check: check.into(),
            status,
            message: message.into(),
        }
    }

    fn ok(check: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(check, Status::Ok, message)
    }

    fn warn(check: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(check, Status::Warn, message)
    }

    fn fail(check: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(check, Status::Fail, message)
    }
}

/// Runs the command.
pub(super) fn run(
    context: &mut Context<'_>,
    arguments: &DoctorArguments,
) -> Result<ExitCode, Error> {
    let checks = look(context, arguments)?;
    context.emit(&checks, || {
        let mut table = Table::new(["CHECK", "STATUS", "MESSAGE"]);
        for it in &checks {
            let status = format!("{:?}", it.status).to_lowercase();
            table.row([it.check.clone(), status, it.message.clone()]);
        }
        table
    })?;
    let failed = checks.iter().any(|check| check.status == Status::Fail);
    Ok(if failed {
        ExitCode::Failed
    } else {
        ExitCode::Done
    })
}

/// Everything in turn; without a configuration there is nothing more to look at.
fn look(context: &Context<'_>, arguments: &DoctorArguments) -> Result<Vec<Check>, Error> {
    const CONFIGURATION: &str = "configuration";
    let (config, warnings) = match config::checked(context) {
        Ok(checked) => checked,
        Err(error) => {
            let lines = error.lines().into_iter();
            return Ok(lines.map(|it| Check::fail(CONFIGURATION, it)).collect());
        }
    };
    let mut checks = vec![Check::ok(CONFIGURATION, "is valid")];
    let warnings = warnings.iter();
    checks.extend(warnings.map(|it| Check::warn(CONFIGURATION, it.to_string())));
    crate::http::tls::install_default_provider();
    let now = Clock::system().now();
    let (database, usable) = installation::database(&config);
    let (authority, known) = installation::authority(&config, now);
    checks.extend([database, authority, installation::tls(&config, now)]);
    runtime()?.block_on(async {
        checks.push(reach::mail(&config.smtp).await);
        if let Some(url) = &arguments.from {
            checks.extend(reach::server(url, known.as_ref()).await);
        }
        // Whoever cannot open the secrets can test nothing; that was told already.
        if usable && known.is_some() {
            checks.extend(reach::providers(config.clone()).await);
            checks.extend(entra::applications(config).await);
        }
    });
    Ok(checks)
}
