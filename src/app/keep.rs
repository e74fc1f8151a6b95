//! What goes on beside the exchanges, again and again.

use std::time::Duration;

use crate::enrollment::Enrollment;
use crate::management::Management;
use crate::status::Status;

/// Promises that a crash left open are given up a minute after they were made, and what was revoked comes onto the list.
pub(super) fn keep_up(enrollment: Enrollment, status: Status) {
    tokio::spawn(async move {
        let mut often = tokio::time::interval(Duration::from_secs(20));
        loop {
            often.tick().await;
            match enrollment.reconcile().await {
                Ok(0) => {}
                Ok(given_up) => tracing::warn!(
                    given_up,
                    "certificates that were promised and never recorded are given up"
                ),
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "promises could not be looked through"
                ),
            }
            if let Err(error) = status.refresh().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the revocation list could not be brought up to date"
                );
            }
        }
    });
}

/// Writes every minute when devices were seen.
pub(super) fn write_seen(management: Management) {
    tokio::spawn(async move {
        let mut every = tokio::time::interval(Duration::from_secs(60));
        loop {
            every.tick().await;
            if let Err(error) = management.write_seen().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "when devices were seen could not be written"
                );
            }
        }
    });
}

/// Tells Entra ID of devices, as soon as there is something to tell.
pub(super) fn tell_directory(enrollment: Enrollment) {
    tokio::spawn(async move {
        loop {
            match enrollment.tell_directory().await {
                Ok(0) => tokio::time::sleep(Duration::from_secs(2)).await,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "reports to Entra ID could not be looked through"
                    );
                    tokio::time::sleep(Duration::from_secs(60)).await;
                }
            }
        }
    });
}

/// Tells another server of devices, as soon as there is something to tell.
pub(super) fn tell_receiver(enrollment: Enrollment) {
    tokio::spawn(async move {
        loop {
            match enrollment.tell_receiver().await {
                Ok(0) => tokio::time::sleep(Duration::from_secs(1)).await,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "events of devices could not be looked through"
                    );
                    tokio::time::sleep(Duration::from_secs(60)).await;
                }
            }
        }
    });
}
