//! `serve`

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::app::{Installation, outlives_issuing_ca};
use crate::clock::Clock;
use crate::http::{self, Server};
use crate::logging;

use super::arguments::ServeArguments;
use super::data::runtime;
use super::{Context, Error, ExitCode, tell};

/// What `--ready-file` receives.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ready<'a> {
    web: &'a str,
    device: &'a str,
    discovery: String,
    ca_file: String,
    pid: u32,
}

/// Runs the command: serves until a signal says to stop.
pub(super) fn run(context: &Context<'_>, arguments: &ServeArguments) -> Result<ExitCode, Error> {
    // What the variable FAILPOINTS names, for the crash tests; never in a release.
    #[cfg(feature = "failpoints")]
    let _scenario = fail::FailScenario::setup();
    let (config, sources) = context.load()?;
    logging::init(&config.log)?;
    for warning in config.warnings(&sources) {
        tracing::warn!("{}: {}", warning.key, warning.text);
    }
    let directory = config.ca_directory();
    if let Some(warning) = outlives_issuing_ca(&config, Clock::system().now()) {
        tracing::warn!("{warning}");
    }
    runtime()?.block_on(async {
        let signals = http::drain::signals().map_err(http::Error::from)?;
        let installation = Installation::open(config, Clock::system())?;
        let server = Server::start(&installation).await?;
        first_key(&server).await?;
        tell(&format!(
            "Portcullis serves at {}; devices enroll at {}",
            server.web_url, server.device_url
        ));
        if let Some(path) = &arguments.ready_file {
            let ca_file = roots(&directory, &server)?;
            let ca_file = std::path::absolute(&ca_file).unwrap_or(ca_file);
            let ready = Ready {
                web: &server.web_url,
                device: &server.device_url,
                discovery: format!("{}/EnrollmentServer/Discovery.svc", server.web_url),
                ca_file: ca_file.display().to_string(),
                pid: std::process::id(),
            };
            write_ready(path, &ready)?;
        }
        server.run(signals).await?;
        Ok(ExitCode::Done)
    })
}

/// On the very first start there is no administrator yet: the first key is told once.
async fn first_key(server: &Server) -> Result<(), Error> {
    let admin = &server.app.admin;
    let organization = admin.default_organization().await?;
    if let Some(key) = admin.first_key(organization).await? {
        tell(
            "The first administrator's key, shown only now (another: portcullis admin create-key --role owner):",
        );
        tell(&format!("  {}", key.key));
    }
    Ok(())
}

/// The file of the roots by which the server is trusted: one of all of them where there is more than the newest.
fn roots(directory: &Path, server: &Server) -> Result<PathBuf, Error> {
    let authority = server.app.authority.current();
    if authority.roots_der().count() < 2 {
        return Ok(directory.join("root.pem"));
    }
    let path = directory.join("roots.pem");
    std::fs::write(&path, authority.roots_pem()).map_err(|source| Error::Write {
        path: path.clone(),
        source,
    })?;
    Ok(path)
}

/// Writes beside and renames: whoever waits for the file finds it whole.
fn write_ready(path: &Path, ready: &Ready<'_>) -> Result<(), Error> {
    let failed = |source| Error::Write {
        path: path.to_owned(),
        source,
    };
    let beside = path.with_extension("new");
    let json = serde_json::to_string(ready).unwrap_or_default();
    std::fs::write(&beside, json + "\n").map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}
