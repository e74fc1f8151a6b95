//! What became of a fleet, for programs and for people.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Step;

/// What became of a fleet. As JSON it has these fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How many PCs set out.
    pub requested: u64,
    /// How many enrolled.
    pub enrolled: u64,
    /// How many renewed their certificates, where they were to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed: Option<u64>,
    /// What the first management sessions brought, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies: Option<Applied>,
    /// How many failed for another reason than a refusal.
    pub failed: u64,
    /// Refusals by HRESULT and sentence, the most frequent first.
    pub refused: Vec<Outcome>,
    /// What failed, likewise.
    pub failures: Vec<Outcome>,
    /// Seconds from the first to the last.
    pub seconds: f64,
    /// Enrollments that went well, per second.
    pub enrollments_per_second: f64,
    /// Milliseconds of each step by its name, and of whole enrollments as [`Report::WHOLE`].
    pub latency_ms: BTreeMap<String, Latency>,
}

/// One way not to be enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The HRESULT that Windows would show, such as `0x80180003`.
    pub hresult: String,
    /// What it would show in words.
    pub sentence: String,
    /// How many PCs.
    pub count: u64,
}

/// What first management sessions brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// On how many PCs the session ended and all that the server told was done, however often it tried.
    pub applied: u64,
    /// On how many the session ended, and something was not done.
    pub not_applied: u64,
    /// The nodes that were not, the most frequent first; only a few.
    pub nodes: Vec<Node>,
}

/// A node that PCs did not set, remove or run as they were told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// The `LocURI`.
    pub node: String,
    /// The command that was answered last.
    pub command: String,
    /// The SyncML status.
    pub status: u16,
    /// How many PCs.
    pub count: u64,
}

/// Quantiles, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// The median.
    pub p50: f64,
    /// Nine of ten are quicker.
    pub p90: f64,
    /// Ninety-nine of a hundred are quicker.
    pub p99: f64,
    /// The slowest.
    pub max: f64,
}

impl Report {
    /// The key of whole enrollments in [`Report::latency_ms`].
    pub const WHOLE: &'static str = "enrollment";

    /// Whether every PC enrolled, and renewed if it was to.
    pub fn is_complete(&self) -> bool {
        let renewed = self.renewed.unwrap_or(self.enrolled);
        self.enrolled == self.requested && renewed == self.requested
    }

    /// How many were refused.
    pub fn refusals(&self) -> u64 {
        self.refused.iter().map(|outcome| outcome.count).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            enrolled,
            requested,
            seconds,
            enrollments_per_second,
            ..
        } = self;
        writeln!(
            f,
            "{enrolled} of {requested} enrolled in {seconds:.2} s, {enrollments_per_second:.1} per second"
        )?;
        if let Some(renewed) = self.renewed {
            writeln!(f, "{renewed} renewed")?;
        }
        if let Some(policies) = &self.policies {
            policies.fmt(f)?;
        }
        for (count, what, outcomes) in [
            (self.refusals(), "refused", &self.refused),
            (self.failed, "failed", &self.failures),
        ] {
            if count > 0 {
                writeln!(f, "{count} {what}")?;
            }
            for Outcome {
                hresult,
                sentence,
                count,
            } in outcomes
            {
                writeln!(f, "{count:>8}  {hresult}  {sentence}")?;
            }
        }
        if self.latency_ms.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "{:<24}{:>10}{:>10}{:>10}{:>10}",
            "milliseconds", "p50", "p90", "p99", "max"
        )?;
        for name in Step::ALL.map(Step::name).into_iter().chain([Self::WHOLE]) {
            if let Some(Latency { p50, p90, p99, max }) = self.latency_ms.get(name) {
                writeln!(f, "{name:<24}{p50:>10.2}{p90:>10.2}{p99:>10.2}{max:>10.2}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            applied,
            not_applied,
            nodes,
        } = self;
        writeln!(f, "{applied} with their policies applied")?;
        if *not_applied > 0 {
            writeln!(f, "{not_applied} not")?;
        }
        for Node {
            node,
            command,
            status,
            count,
        } in nodes
        {
            writeln!(f, "{count:>8}  {command} {status}  {node}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let latency = Latency {
            p50: 1.5,
            p90: 2.25,
            p99: 10.0,
            max: 1234.567,
        };
        Report {
            requested: 4,
            enrolled: 2,
            renewed: None,
            policies: Some(Applied {
                applied: 1,
                not_applied: 1,
                nodes: vec![Node {
                    node: "./Vendor/MSFT/X".to_owned(),
                    command: "Replace".to_owned(),
                    status: 405,
                    count: 1,
                }],
            }),
            failed: 1,
            refused: vec![Outcome {
                hresult: "0x80180003".to_owned(),
                sentence: "You are not allowed to enroll.".to_owned(),
                count: 1,
            }],
            failures: vec![Outcome {
                hresult: "0x801901F7".to_owned(),
                sentence: "policy: HTTP status 503 without a readable fault".to_owned(),
                count: 1,
            }],
            seconds: 0.5,
            enrollments_per_second: 4.0,
            latency_ms: BTreeMap::from([
                (Report::WHOLE.to_owned(), latency),
                (Step::Manage.name().to_owned(), latency),
                (Step::Discover.name().to_owned(), latency),
            ]),
        }
    }

    #[test]
    fn a_report_is_readable_and_its_steps_stand_in_their_order() {
        insta::assert_snapshot!(report(), @r"
        2 of 4 enrolled in 0.50 s, 4.0 per second
        1 with their policies applied
        1 not
               1  Replace 405  ./Vendor/MSFT/X
        1 refused
               1  0x80180003  You are not allowed to enroll.
        1 failed
               1  0x801901F7  policy: HTTP status 503 without a readable fault
        milliseconds                   p50       p90       p99       max
        discover                      1.50      2.25     10.00   1234.57
        manage                        1.50      2.25     10.00   1234.57
        enrollment                    1.50      2.25     10.00   1234.57
        ");
    }

    #[test]
    fn a_report_survives_json() {
        let text = serde_json::to_string(&report()).expect("JSON");
        assert!(
            text.contains(
                r#""latency_ms":{"discover":{"p50":1.5,"p90":2.25,"p99":10.0,"max":1234.567}"#
            ),
            "{text}"
        );
        assert_eq!(
            serde_json::from_str::<Report>(&text).expect("a report"),
            report()
        );
    }
}
