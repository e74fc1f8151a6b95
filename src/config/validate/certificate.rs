//! The rules of device certificates: their life, and when they are renewed.

use super::{Config, Fault, range};

impl Config {
    pub(super) fn certificate(&self) -> Vec<(&'static str, Fault)> {
        let it = &self.certificate;
        let renew = it.renew_period_days;
        [
            // The issuing CA itself lives five years.
            range("certificate.lifetime_days", it.lifetime_days, 1, 1825),
            range("certificate.renew_period_days", renew, 1, 1000),
            range(
                "certificate.retry_interval_days",
                it.retry_interval_days,
                1,
                1000,
            ),
            range("certificate.backdate_minutes", it.backdate_minutes, 0, 1440),
            range("certificate.overlap_days", it.overlap_days, 1, 90),
            (it.overlap_days >= it.lifetime_days).then_some((
                "certificate.lifetime_days",
                Fault::NotGreater {
                    other: "certificate.overlap_days",
                    than: it.overlap_days,
                },
            )),
            (it.overlap_days <= it.retry_interval_days).then_some((
                "certificate.overlap_days",
                Fault::EndsBeforeRetry {
                    other: "certificate.retry_interval_days",
                    than: it.retry_interval_days,
                },
            )),
            (it.lifetime_days <= renew).then_some((
                "certificate.lifetime_days",
                Fault::NotGreater {
                    other: "certificate.renew_period_days",
                    than: renew,
                },
            )),
            (it.retry_interval_days > renew).then_some((
                "certificate.retry_interval_days",
                Fault::Greater {
                    other: "certificate.renew_period_days",
                    than: renew.to_string(),
                },
            )),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
