//! What Entra ID is to be told of devices.

use jiff::Timestamp;

use crate::device::{DirectoryReport, ReportState};
use crate::id::ObjectId;

use super::{Error, Row, Transaction};

/// A report that somebody has taken in hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueReport {
    /// The device.
    pub device_id: ObjectId,
    /// What is told.
    pub report: DirectoryReport,
    /// When it was asked for first.
    pub created_at: Timestamp,
    /// The lease that it was taken with.
    pub leased_until: Timestamp,
}

macro_rules! columns {
    () => {
        "device_id, template_id, directory_device_id, is_managed, is_compliant, state, tries, told_at, problem,
         created_at, due_at"
    };
}

impl Transaction<'_> {
    /// Asks for a report of a device, in the place of an earlier one.
    ///
    /// # Errors
    /// What the engine says.
    pub fn queue_report(
        &mut self,
        device: ObjectId,
        report: &DirectoryReport,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "INSERT INTO directory_report (device_id, template_id, directory_device_id, is_managed, is_compliant, state,
                tries, created_at, due_at)
             VALUES ($1, $2, $3, $4, $5, 'pending', 0, $6, $6)
             ON CONFLICT (device_id) DO UPDATE SET template_id = $2, directory_device_id = $3, is_managed = $4,
                is_compliant = $5, state = 'pending', tries = 0, created_at = $6, due_at = $6, problem = NULL",
            &[
                (&device.to_string()).into(),
                (&report.template_id.to_string()).into(),
                (&report.directory_device_id).into(),
                u32::from(report.is_managed).into(),
                report.is_compliant.map(u32::from).into(),
                now.into(),
            ],
        )?;
        Ok(())
    }

    /// The directory is to forget that a device is managed, if it was told.
    ///
    /// # Errors
    /// What the engine says.
    pub(super) fn take_report_back(
        &mut self,
        device: ObjectId,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "UPDATE directory_report SET is_managed = 0, is_compliant = CASE WHEN is_compliant = 1 THEN 0 END,
                state = 'pending', tries = 0, created_at = $2, due_at = $2, problem = NULL
             WHERE device_id = $1 AND state IN ('pending', 'done') AND is_managed = 1",
            &[(&device.to_string()).into(), now.into()],
        )?;
        Ok(())
    }

    /// Whether a report is due.
    ///
    /// # Errors
    /// What the engine says.
    pub fn reports_are_due(&mut self, now: Timestamp) -> Result<bool, Error> {
        let due = self.first(
            "SELECT 1 FROM directory_report WHERE state = 'pending' AND due_at <= $1 LIMIT 1",
            &[now.into()],
        )?;
        Ok(due.is_some())
    }

    /// Takes due reports in hand: nobody else has them before the lease ends.
    ///
    /// # Errors
    /// What the engine says.
    pub fn due_reports(
        &mut self,
        now: Timestamp,
        lease: Timestamp,
        most: u32,
    ) -> Result<Vec<DueReport>, Error> {
        let rows = self.query(
            concat!(
                "UPDATE directory_report SET due_at = $2, tries = tries + 1 WHERE device_id IN
                    (SELECT device_id FROM directory_report WHERE state = 'pending' AND due_at <= $1
                        ORDER BY due_at, device_id LIMIT $3)
                 AND state = 'pending' AND due_at <= $1 RETURNING ",
                columns!()
            ),
            &[now.into(), lease.into(), most.into()],
        )?;
        rows.iter().map(due).collect()
    }

    /// Records what became of a report, unless it was asked for anew meanwhile.
    ///
    /// # Errors
    /// What the engine says.
    pub fn report_ended(
        &mut self,
        due: &DueReport,
        state: ReportState,
        problem: Option<&str>,
        (again, now): (Timestamp, Timestamp),
    ) -> Result<(), Error> {
        let told = (state == ReportState::Done).then_some(now);
        self.execute(
            "UPDATE directory_report SET state = $2, problem = $3, due_at = $4, told_at = COALESCE($5, told_at)
             WHERE device_id = $1 AND due_at = $6 AND state = 'pending'",
            &[
                (&due.device_id.to_string()).into(),
                state.word().into(),
                problem.into(),
                again.into(),
                told.into(),
                due.leased_until.into(),
            ],
        )?;
        Ok(())
    }

    /// What Entra ID is told of a device.
    ///
    /// # Errors
    /// What the engine says.
    pub fn directory_report(&mut self, device: ObjectId) -> Result<Option<DirectoryReport>, Error> {
        let found = self.first(
            concat!(
                "SELECT ",
                columns!(),
                " FROM directory_report WHERE device_id = $1"
            ),
            &[(&device.to_string()).into()],
        )?;
        Ok(found.map(|row| due(&row)).transpose()?.map(|it| it.report))
    }
}

fn due(row: &Row) -> Result<DueReport, Error> {
    let state = ReportState::from_word(&row.text(5)?);
    Ok(DueReport {
        device_id: row.id(0)?,
        report: DirectoryReport {
            template_id: row.id(1)?,
            directory_device_id: row.text(2)?,
            is_managed: row.optional_count(3)? == Some(1),
            is_compliant: row.optional_count(4)?.map(|it| it == 1),
            state: state.ok_or(Error::Row("an unknown state of a report"))?,
            tries: row.optional_count(6)?.unwrap_or_default(),
            told_at: row.optional_time(7)?,
            problem: row.optional_text(8)?,
        },
        created_at: row.time(9)?,
        leased_until: row.time(10)?,
    })
}
