//! `demo`: a real server on loopback, a simulated PC that enrolls step by step, then the server goes on.

mod policy;
mod renewal;

use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;

use crate::admin::CreateToken;
use crate::app::Installation;
use crate::clock::Clock;
use crate::config::{Config, LoadArguments};
use crate::device::State;
use crate::http::{self, Server};
use crate::id::ObjectId;
use crate::identity::Actor;
use crate::secret::Secret;
use crate::simulator::{
    Credential, DeviceKey, Identity, Network, Pc, Settings, Step, Trust, discovery_url, random_seed,
};
use crate::store::Error as StoreError;

use super::arguments::DemoArguments;
use super::data::runtime;
use super::{Context, Error, ExitCode, tell};

/// The person in the demonstration.
const EMAIL: &str = "alex@contoso.example";

/// Runs the command.
pub(super) fn run(context: &Context<'_>, arguments: &DemoArguments) -> Result<ExitCode, Error> {
    let directory = Scratch::make()?;
    let config = configuration(context, &directory.0, arguments.once)?;
    runtime()?.block_on(async {
        let signals = http::drain::signals().map_err(http::Error::from)?;
        tell("Portcullis demonstration");
        tell("1. A server starts: embedded SQLite, a new certificate authority, TLS on loopback …");
        let installation = Installation::open(config, Clock::system())?;
        let server = Server::start(&installation).await?;
        tell(&format!("   Web listener:    {}", server.web_url));
        tell(&format!("   Device listener: {}", server.device_url));
        let organization = server.app.admin.default_organization().await?;
        enroll(&server, organization).await?;
        if arguments.once {
            server.stop().await;
            tell("The demonstration is complete.");
            return Ok(ExitCode::Done);
        }
        invite(&server, organization, &directory.0).await?;
        server.run(signals).await?;
        Ok(ExitCode::Done)
    })
}

/// The walk of the simulated PC, told as an administrator would read it.
async fn enroll(server: &Server, organization: ObjectId) -> Result<(), Error> {
    tell(&format!(
        "2. The administrator makes a policy, and a one-time token for {EMAIL} that brings it."
    ));
    let policy = policy::make(server, organization).await?;
    let wish = CreateToken {
        email: Some(EMAIL.to_owned()),
        uses: Some(1),
        duration: Some(SignedDuration::from_hours(1)),
        tags: vec!["demonstration".to_owned()],
        win_policy_assignments: vec![policy],
        ..CreateToken::default()
    };
    let token = server
        .app
        .admin
        .create_token(&Actor::local(organization), wish)
        .await?;
    tell(&format!("   Code: {}", token.enroll_code));
    tell(
        "3. A PC enrolls: Settings, Accounts, Access work or school, Enroll only in device management.",
    );
    let credential = Credential::User {
        upn: EMAIL.to_owned(),
        password: Secret::new(token.enroll_code.as_str()),
    };
    let url = discovery_url(&server.web_url).map_err(Error::Url)?;
    let settings = Settings::new(url, credential, server.app.clock.now());
    let trust = Trust::Pem(server.app.authority.current().roots_pem());
    let network = Network::new(&trust).map_err(Error::Network)?;
    let key = DeviceKey::Rsa2048.generate().map_err(Error::Key)?;
    let identity = Identity::random(random_seed());
    let pc = Pc::new(settings, identity, key, network).map_err(Error::Pc)?;
    let mut observe = |step: Step, took: Duration| {
        tell(&format!(
            "   ✓ {} ({:.1} ms)",
            told(step),
            took.as_secs_f64() * 1000.0
        ));
    };
    let enrolled = pc.enroll_observed(&mut observe).await.map_err(Error::Pc)?;
    server.app.recorder.flush().await;
    let devices = server
        .app
        .store
        .read::<_, StoreError, _>(move |tx| tx.devices(organization, 1))
        .await?;
    let device = devices
        .first()
        .filter(|device| device.state == State::Active)
        .ok_or(Error::NotActive)?;
    tell("4. The administrator sees the device:");
    tell(&format!(
        "   {} of {}, state {}, id {}",
        device.display_name.as_deref().unwrap_or("-"),
        device.owner.as_deref().unwrap_or("-"),
        device.state.word(),
        device.id
    ));
    tell(&format!(
        "   Certificate thumbprint: {}",
        enrolled.enrollment.leaf.thumbprint_hex
    ));
    policy::show(server, device.id).await?;
    renewal::show(server, &pc, &enrolled.enrollment, device.id).await
}

fn told(step: Step) -> &'static str {
    match step {
        Step::Probe => "The PC finds the server (GET, MS-MDE2)",
        Step::Discover => "Discover: the server tells how to sign in and where (MS-MDE2)",
        Step::SignIn => "The person signs in on the server's page with e-mail address and code",
        Step::GetPolicies => "GetPolicies: the server tells which key to make (MS-XCEP)",
        Step::RequestSecurityToken => {
            "RequestSecurityToken: token spent, certificate issued, provisioning document accepted (MS-WSTEP)"
        }
        Step::Manage => {
            "First management session with the new certificate: the enrollment took hold (OMA-DM)"
        }
        Step::Renew => "The PC renews its certificate (MS-MDE2)",
    }
}

/// What a person needs to enroll a real PC at the server that goes on running.
async fn invite(server: &Server, organization: ObjectId, data: &Path) -> Result<(), Error> {
    let wish = CreateToken {
        duration: Some(SignedDuration::from_hours(24)),
        ..CreateToken::default()
    };
    let token = server
        .app
        .admin
        .create_token(&Actor::local(organization), wish)
        .await?;
    tell("");
    tell("The server goes on. For a real PC that can reach this machine:");
    tell(&format!("   server address:   {}", server.web_url));
    tell(&format!(
        "   root certificate: {}/ca.crt (install it on the PC first)",
        server.web_url
    ));
    tell(&format!(
        "   code:             {} with any e-mail address, any number of PCs, for a day",
        token.enroll_code
    ));
    tell(&format!("   token:            {}", token.token));
    if let Some(key) = server.app.admin.first_key(organization).await? {
        tell(&format!("   administrator's key: {}", key.key));
    }
    tell(&format!("   data:             --data {}", data.display()));
    tell("Ctrl-C ends the demonstration and removes its data.");
    Ok(())
}

/// The configuration of the demonstration: the usual ports when they are free, any others when not.
fn configuration(context: &Context<'_>, directory: &Path, once: bool) -> Result<Config, Error> {
    let is_free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
    let usual = !once && is_free(8443) && is_free(8444);
    let address = |port: u16| format!("127.0.0.1:{}", if usual { port } else { 0 });
    let overrides = [
        ("data", directory.display().to_string()),
        ("web.listen", address(8443)),
        ("device.listen", address(8444)),
    ];
    let overrides = overrides
        .map(|(key, value)| (key.to_owned(), value))
        .to_vec();
    let file = context.global.config.clone();
    Ok(Config::load(
        LoadArguments { file, overrides },
        context.environment.iter().cloned(),
    )?
    .0)
}

/// A directory that goes when the demonstration ends.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn make() -> Result<Self, Error> {
        let name = format!(
            "portcullis-demo-{}",
            ObjectId::generate(Clock::system().now())
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).map_err(|source| Error::Write {
            path: path.clone(),
            source,
        })?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tell(&format!("{} was not removed: {error}", self.0.display()));
        }
    }
}
