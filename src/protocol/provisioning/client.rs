//! `DMClient`: how the device calls its management server, and what it shows of it.

use super::read::Part;
use super::{Characteristic, Csp, Datatype, Error, Parm, ProvisioningDocument};

/// `DMClient/Provider/{provider}`: MS-MDE2 2.2.9.3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DmClient {
    /// `UPN`, shown in Settings.
    pub upn: Option<String>,
    /// `EntDMID`, the server's name of the device; a device does not renew without it.
    pub ent_dm_id: String,
    /// `EntDeviceName`, for consoles.
    pub ent_device_name: String,
    /// `Poll`.
    pub poll: Poll,
    /// `HelpPhoneNumber`.
    pub help_phone: Option<String>,
    /// `HelpWebsite`.
    pub help_website: Option<String>,
    /// `HelpEmailAddress`.
    pub help_email: Option<String>,
    /// `RequireMessageSigning`: the device signs each of its packages in a header. False is the device's own default, and
    /// is not written.
    pub require_message_signing: bool,
}

/// `DMClient/Provider/{provider}/Poll`: three phases, one after the other. Intervals are minutes; a phase with an interval
/// and a count of 0 never ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Poll {
    /// `NumberOfFirstRetries`.
    pub number_of_first_retries: u32,
    /// `IntervalForFirstSetOfRetries`.
    pub interval_for_first_set_of_retries: u32,
    /// `NumberOfSecondRetries`.
    pub number_of_second_retries: u32,
    /// `IntervalForSecondSetOfRetries`.
    pub interval_for_second_set_of_retries: u32,
    /// `NumberOfRemainingScheduledRetries`.
    pub number_of_remaining_scheduled_retries: u32,
    /// `IntervalForRemainingScheduledRetries`.
    pub interval_for_remaining_scheduled_retries: u32,
    /// `PollOnLogin`.
    pub poll_on_login: bool,
}

impl Default for Poll {
    /// Every quarter of an hour five times, every hour ten times, then every day: MS-MDE2 2.2.9.3 advises so.
    fn default() -> Self {
        Self {
            number_of_first_retries: 5,
            interval_for_first_set_of_retries: 15,
            number_of_second_retries: 10,
            interval_for_second_set_of_retries: 60,
            number_of_remaining_scheduled_retries: 0,
            interval_for_remaining_scheduled_retries: 1440,
            poll_on_login: true,
        }
    }
}

impl DmClient {
    pub(super) fn to_characteristic(&self, provider_id: &str) -> Characteristic {
        let mut provider = Characteristic::new(provider_id.to_owned());
        let text = |name: &'static str, value: &str| Parm::new(name, value).typed(Datatype::String);
        if let Some(upn) = &self.upn {
            provider = provider.with_parm(text("UPN", upn));
        }
        provider = provider
            .with_parm(text("EntDMID", &self.ent_dm_id))
            .with_parm(text("EntDeviceName", &self.ent_device_name));
        for (name, value) in [
            ("HelpPhoneNumber", &self.help_phone),
            ("HelpWebsite", &self.help_website),
            ("HelpEmailAddress", &self.help_email),
        ] {
            if let Some(value) = value {
                provider = provider.with_parm(text(name, value));
            }
        }
        if self.require_message_signing {
            let parm = Parm::new(REQUIRE_MESSAGE_SIGNING, "true").typed(Datatype::Boolean);
            provider = provider.with_parm(parm);
        }
        let provider = provider.with(self.poll.to_characteristic());
        Characteristic::new(Csp::DmClient.name())
            .with(Characteristic::new("Provider").with(provider))
    }

    pub(super) fn read(document: &ProvisioningDocument, provider_id: &str) -> Result<Self, Error> {
        let providers = document.at(&[Csp::DmClient.name(), "Provider"]);
        let mut named = providers
            .into_iter()
            .flat_map(Characteristic::characteristics);
        let provider = named.next().ok_or(Error::Missing {
            csp: Csp::DmClient,
            name: "Provider",
        })?;
        if provider.kind != provider_id || named.next().is_some() {
            return Err(Error::Provider);
        }
        let part = Part::new(Csp::DmClient, provider);
        // "Push" cannot be configured here, only in a session.
        part.forbid("Push")?;
        let text = |name| part.typed(name, Datatype::String);
        let required = |name| {
            text(name)?.map(str::to_owned).ok_or(Error::Missing {
                csp: Csp::DmClient,
                name,
            })
        };
        let optional = |name| Ok::<_, Error>(text(name)?.map(str::to_owned));
        Ok(Self {
            upn: optional("UPN")?,
            ent_dm_id: required("EntDMID")?,
            ent_device_name: required("EntDeviceName")?,
            poll: Poll::read(&part.child("Poll")?)?,
            help_phone: optional("HelpPhoneNumber")?,
            help_website: optional("HelpWebsite")?,
            help_email: optional("HelpEmailAddress")?,
            require_message_signing: part.boolean(REQUIRE_MESSAGE_SIGNING)?.unwrap_or(false),
        })
    }
}

impl Poll {
    fn to_characteristic(self) -> Characteristic {
        let number = |name: &'static str, value: u32| {
            Parm::new(name, value.to_string()).typed(Datatype::Integer)
        };
        Characteristic::new("Poll")
            .with_parm(number(FIRST.0, self.number_of_first_retries))
            .with_parm(number(FIRST.1, self.interval_for_first_set_of_retries))
            .with_parm(number(SECOND.0, self.number_of_second_retries))
            .with_parm(number(SECOND.1, self.interval_for_second_set_of_retries))
            .with_parm(number(
                REMAINING.0,
                self.number_of_remaining_scheduled_retries,
            ))
            .with_parm(number(
                REMAINING.1,
                self.interval_for_remaining_scheduled_retries,
            ))
            .with_parm(
                Parm::new(POLL_ON_LOGIN, self.poll_on_login.to_string()).typed(Datatype::Boolean),
            )
    }

    /// Reads the schedule; what is left out is as the device has it by default.
    fn read(part: &Part<'_>) -> Result<Self, Error> {
        let number = |name, default| Ok::<_, Error>(part.integer(name)?.unwrap_or(default));
        let poll = Self {
            number_of_first_retries: number(FIRST.0, 10)?,
            interval_for_first_set_of_retries: number(FIRST.1, 15)?,
            number_of_second_retries: number(SECOND.0, 0)?,
            interval_for_second_set_of_retries: number(SECOND.1, 0)?,
            number_of_remaining_scheduled_retries: number(REMAINING.0, 0)?,
            interval_for_remaining_scheduled_retries: number(REMAINING.1, 0)?,
            poll_on_login: part.boolean(POLL_ON_LOGIN)?.unwrap_or(false),
        };
        poll.check()?;
        Ok(poll)
    }

    /// Whether a device would take this schedule.
    ///
    /// # Errors
    /// [`Error::NeverPolls`] or [`Error::EndlessTwice`].
    pub fn check(&self) -> Result<(), Error> {
        let phases = [
            (
                self.number_of_first_retries,
                self.interval_for_first_set_of_retries,
            ),
            (
                self.number_of_second_retries,
                self.interval_for_second_set_of_retries,
            ),
            (
                self.number_of_remaining_scheduled_retries,
                self.interval_for_remaining_scheduled_retries,
            ),
        ];
        if phases.iter().all(|(count, _)| *count == 0) {
            return Err(Error::NeverPolls);
        }
        let endless = phases
            .iter()
            .filter(|(count, interval)| *count == 0 && *interval != 0);
        if endless.count() > 1 {
            return Err(Error::EndlessTwice);
        }
        Ok(())
    }
}

/// The names of a phase's count and interval.
const FIRST: (&str, &str) = ("NumberOfFirstRetries", "IntervalForFirstSetOfRetries");
const SECOND: (&str, &str) = ("NumberOfSecondRetries", "IntervalForSecondSetOfRetries");
const REMAINING: (&str, &str) = (
    "NumberOfRemainingScheduledRetries",
    "IntervalForRemainingScheduledRetries",
);
const REQUIRE_MESSAGE_SIGNING: &str = "RequireMessageSigning";
const POLL_ON_LOGIN: &str = "PollOnLogin";
