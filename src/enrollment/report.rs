//! Telling Entra ID of the devices that it sent (ENTRA 7): asked for with the certificate's record, told afterwards, tried
//! for a day.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::device::{Device, DirectoryReport, ReportState};
use crate::entra::{Confidential, GraphError, Report, Standing};
use crate::id::ObjectId;
use crate::secret::Secret;
use crate::store::{self, DueReport};
use crate::template::entra_secret_purpose;

use super::credential::Identified;
use super::{Enrollment, again};

/// Reports taken in hand at a time.
const BATCH: u32 = 20;
/// How long somebody who has one keeps it.
const LEASE: SignedDuration = SignedDuration::from_mins(2);

impl Enrollment {
    /// What Entra ID is to be told of a device that it sent, where its identifier in the directory is known: it signed
    /// for one (`deviceid`), or a joined device tells its own (`DeviceID`).
    pub(super) fn report_of(
        &self,
        identified: &Identified,
        device: &Device,
    ) -> Option<DirectoryReport> {
        let claims = &identified.entra.as_ref()?.claims;
        let (is_managed, is_compliant) = match self.entra.report() {
            Report::Off => return None,
            Report::Managed => (true, None),
            Report::ManagedAndCompliant => (true, Some(true)),
        };
        let said = claims.device.as_deref();
        let named = said.or(device.facts.device_id.as_deref())?;
        Some(DirectoryReport {
            template_id: claims.template,
            directory_device_id: Uuid::try_parse(named.trim()).ok()?.to_string(),
            is_managed,
            is_compliant,
            state: ReportState::Pending,
            tries: 0,
            told_at: None,
            problem: None,
        })
    }

    /// Tells what is due. How many reports that were.
    ///
    /// # Errors
    /// What the store says.
    pub async fn tell_directory(&self) -> Result<usize, store::Error> {
        let now = self.clock.now();
        if !self
            .store
            .look::<_, store::Error, _>(|tx| tx.reports_are_due(now))?
        {
            return Ok(0);
        }
        let take = move |tx: &mut store::Transaction<'_>| tx.due_reports(now, now + LEASE, BATCH);
        let due = self.store.write::<_, store::Error, _>(take).await?;
        for report in &due {
            let told = self.tell_one(&report.report).await;
            self.told(report.clone(), told).await?;
        }
        Ok(due.len())
    }

    async fn tell_one(&self, report: &DirectoryReport) -> Result<(), GraphError> {
        let app = self.confidential(report.template_id).ok_or_else(|| {
            GraphError::Application("its template names no application any more".to_owned())
        })?;
        let standing = Standing {
            managed: report.is_managed,
            compliant: report.is_compliant,
        };
        let device = &report.directory_device_id;
        self.graph.tell(&app, device, standing).await
    }

    async fn told(&self, due: DueReport, told: Result<(), GraphError>) -> Result<(), store::Error> {
        let now = self.clock.now();
        let device = due.device_id;
        let (state, problem, again) = match told {
            Ok(()) => (ReportState::Done, None, now),
            Err(GraphError::NotPermitted(_)) => (ReportState::NotPermitted, told.err(), now),
            Err(GraphError::Refused(_)) => (ReportState::Failed, told.err(), now),
            Err(ref error) => match next(&due, error, now) {
                Some(again) => (ReportState::Pending, told.err(), again),
                None => (ReportState::Failed, told.err(), now),
            },
        };
        let problem = problem.map(|error| error.to_string());
        let why = problem.as_deref().unwrap_or_default();
        match state {
            ReportState::Done => tracing::info!(%device, "Entra ID was told of a device"),
            ReportState::Pending => {
                tracing::info!(%device, why, "Entra ID is told of a device later");
            }
            ReportState::NotPermitted | ReportState::Failed => {
                tracing::warn!(%device, why, "Entra ID is not told of a device");
            }
        }
        let ended = move |tx: &mut store::Transaction<'_>| {
            tx.report_ended(&due, state, problem.as_deref(), (again, now))
        };
        self.store.write(ended).await
    }

    /// The application of a template, with its secret; none where it has none that can be opened.
    pub(super) fn confidential(&self, template: ObjectId) -> Option<Confidential> {
        let found = self.store.look::<_, store::Error, _>(|tx| {
            let Some(organization) = tx.organization_of_template(template)? else {
                return Ok(None);
            };
            tx.template(organization, template)
        });
        let found = found.ok()??;
        let app = found.template.body.entra_id?;
        let purpose = entra_secret_purpose(template);
        let opened = self.keys.open(&purpose, &found.entra_secret?).ok()?;
        Some(Confidential {
            tenant_id: app.tenant_id,
            client_id: app.client_id,
            secret: Secret::new(std::str::from_utf8(&opened).ok()?),
        })
    }
}

/// When a report is tried again; none: a day is over.
fn next(due: &DueReport, error: &GraphError, now: Timestamp) -> Option<Timestamp> {
    let own = again::pause(due.report.tries);
    let pause = match error {
        GraphError::Later(_, Some(told)) => {
            i64::try_from(*told).map_or(own, |told| told.clamp(1, again::LONGEST))
        }
        _ => own,
    };
    again::after(pause, due.created_at, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(tries: u32) -> DueReport {
        let id = ObjectId::generate(Timestamp::UNIX_EPOCH);
        DueReport {
            device_id: id,
            report: DirectoryReport {
                template_id: id,
                directory_device_id: String::new(),
                is_managed: true,
                is_compliant: None,
                state: ReportState::Pending,
                tries,
                told_at: None,
                problem: None,
            },
            created_at: Timestamp::UNIX_EPOCH,
            leased_until: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn pauses_double_up_to_an_hour_or_are_what_graph_says_and_end_after_a_day() {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(1);
        let later = |after| GraphError::Later(String::new(), after);
        let pause = |tries, error: &GraphError| {
            let again = next(&due(tries), error, now);
            again.map(|again| again.duration_since(now).as_secs())
        };
        assert_eq!(pause(1, &GraphError::Unknown), Some(15));
        assert_eq!(pause(3, &GraphError::Unknown), Some(60));
        assert_eq!(pause(40, &later(None)), Some(3600));
        assert_eq!(pause(1, &later(Some(7))), Some(7));
        let late = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24);
        assert_eq!(next(&due(1), &GraphError::Unknown, late), None);
    }
}
