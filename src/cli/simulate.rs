//! `simulate`: a fleet of simulated PCs against a server.

use std::io::IsTerminal as _;

use crate::clock::Clock;
use crate::protocol::enrollment;
use crate::secret::Secret;
use crate::simulator::{
    self, Credential, Fleet, Network, Report, Settings, Trust, discovery_url,
    fetch_root_of_loopback_server, is_loopback, random_seed,
};

use super::arguments::simulate::{
    Auth, DeviceKey, EnrollmentType, Login, Report as Form, SimulateArguments,
};
use super::data::runtime;
use super::output::write_json;
use super::{Context, Error, ExitCode, tell};

/// Runs the command: 0 when every PC enrolled, 3 when the server refused some, 1 when something else went wrong.
pub(super) fn run(
    context: &mut Context<'_>,
    arguments: &SimulateArguments,
) -> Result<ExitCode, Error> {
    crate::http::tls::install_default_provider();
    let url = discovery_url(&arguments.url).map_err(Error::Url)?;
    let mut settings = Settings::new(url.clone(), credential(arguments)?, Clock::system().now());
    settings.auth = match arguments.auth {
        Auth::Auto => simulator::Auth::Auto,
        Auth::OnPremise => simulator::Auth::OnPremise,
        Auth::Federated => simulator::Auth::Federated,
        Auth::Token => simulator::Auth::Token,
    };
    settings.enrollment_type = match arguments.enrollment_type {
        EnrollmentType::Full => enrollment::EnrollmentType::Full,
        EnrollmentType::Device => enrollment::EnrollmentType::Device,
    };
    settings.login = match arguments.login {
        Login::User => simulator::Login::User,
        Login::Others => simulator::Login::Others,
        Login::None => simulator::Login::None,
    };
    let mut fleet = Fleet::new(settings, size(arguments.count), random_seed());
    fleet.concurrency = size(arguments.concurrency);
    fleet.hostile = arguments.hostile;
    fleet.renew = arguments.renew;
    fleet.progress = std::io::stderr().is_terminal();
    fleet.key = match arguments.key {
        DeviceKey::Rsa2048 => simulator::DeviceKey::Rsa2048,
        DeviceKey::P256 => simulator::DeviceKey::P256,
    };
    let report = runtime()?.block_on(async {
        let trust = match &arguments.ca_file {
            Some(path) => {
                Trust::Pem(std::fs::read_to_string(path).map_err(|source| Error::Read {
                    path: path.clone(),
                    source,
                })?)
            }
            None if is_loopback(&url) => fetch_root_of_loopback_server(&url)
                .await
                .map_err(Error::Network)?,
            None => Trust::Native,
        };
        let network = Network::new(&trust).map_err(Error::Network)?;
        fleet.run(&network).await.map_err(Error::Fleet)
    })?;
    if arguments.report == Form::Json || context.is_json() {
        write_json(context.out, &report).map_err(Error::Output)?;
    } else {
        tell_report(&report);
    }
    Ok(if report.is_complete() {
        ExitCode::Done
    } else if report.failed == 0 {
        ExitCode::Refused
    } else {
        ExitCode::Failed
    })
}

fn tell_report(report: &Report) {
    for line in report.to_string().lines() {
        tell(line);
    }
}

fn credential(arguments: &SimulateArguments) -> Result<Credential, Error> {
    if let Some(path) = &arguments.jwt {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
            path: path.clone(),
            source,
        })?;
        return Ok(Credential::Jwt(Secret::new(text.trim())));
    }
    if let (Some(upn), Some(password)) = (&arguments.upn, &arguments.password) {
        return Ok(Credential::User {
            upn: upn.clone(),
            password: Secret::new(password.expose()),
        });
    }
    let token = arguments
        .token
        .as_ref()
        .map(|token| Secret::new(token.expose()));
    Ok(Credential::Token(token.unwrap_or_default()))
}

fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
