//! What a fleet went through, counted.

mod applied;

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

use self::applied::Policies;
use crate::simulator::{Enrolled, Error, Latency, Outcome, Report, Step};

/// Counts of one worker, or of all.
pub(super) struct Tally {
    enrolled: u64,
    renewed: u64,
    policies: Option<Policies>,
    refused: Outcomes,
    failed: Outcomes,
    /// Microseconds of each step that went well.
    steps: BTreeMap<Step, Histogram<u64>>,
    /// Microseconds of each whole enrollment.
    whole: Histogram<u64>,
}

/// Counts by HRESULT and sentence.
#[derive(Default)]
struct Outcomes(BTreeMap<(u32, String), u64>);

impl Default for Tally {
    fn default() -> Self {
        Self {
            enrolled: 0,
            renewed: 0,
            policies: None,
            refused: Outcomes::default(),
            failed: Outcomes::default(),
            steps: BTreeMap::new(),
            whole: histogram(),
        }
    }
}

impl Tally {
    pub(super) fn step(&mut self, step: Step, took: Duration) {
        record(self.steps.entry(step).or_insert_with(histogram), took);
    }

    pub(super) fn enrolled(&mut self, enrolled: &Enrolled, took: Duration) {
        if let Some(session) = &enrolled.session {
            let policies = self.policies.get_or_insert_default();
            policies.add(session.undone());
        }
        self.went_well(took);
    }

    fn went_well(&mut self, took: Duration) {
        self.enrolled += 1;
        record(&mut self.whole, took);
    }

    pub(super) fn renewed(&mut self, took: Duration) {
        self.renewed += 1;
        self.step(Step::Renew, took);
    }

    pub(super) fn disappointed(&mut self, error: &Error) {
        let outcomes = if error.is_refusal() {
            &mut self.refused
        } else {
            &mut self.failed
        };
        outcomes.add(error.hresult(), error.sentence(), 1);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.enrolled += other.enrolled;
        self.renewed += other.renewed;
        if let Some(policies) = other.policies {
            self.policies.get_or_insert_default().merge(policies);
        }
        self.refused.merge(other.refused);
        self.failed.merge(other.failed);
        for (step, histogram) in other.steps {
            add(
                self.steps.entry(step).or_insert_with(self::histogram),
                &histogram,
            );
        }
        add(&mut self.whole, &other.whole);
    }

    pub(super) fn report(self, requested: usize, renew: bool, elapsed: Duration) -> Report {
        let seconds = elapsed.as_secs_f64();
        let steps = self
            .steps
            .iter()
            .map(|(step, histogram)| (step.name(), histogram));
        let whole = (self.enrolled > 0).then_some((Report::WHOLE, &self.whole));
        Report {
            requested: u64::try_from(requested).unwrap_or(u64::MAX),
            enrolled: self.enrolled,
            renewed: renew.then_some(self.renewed),
            policies: self.policies.map(Policies::report),
            failed: self.failed.0.values().sum(),
            refused: self.refused.list(),
            failures: self.failed.list(),
            seconds,
            enrollments_per_second: per_second(self.enrolled, seconds),
            latency_ms: steps
                .chain(whole)
                .map(|(name, histogram)| (name.to_owned(), latency(histogram)))
                .collect(),
        }
    }
}

impl Outcomes {
    /// Sentences of a server may all differ: from some number on they are one.
    fn add(&mut self, hresult: u32, sentence: String, count: u64) {
        let key = (hresult, sentence);
        if self.0.len() >= DIFFERENT && !self.0.contains_key(&key) {
            *self.0.entry((hresult, String::new())).or_default() += count;
        } else {
            *self.0.entry(key).or_default() += count;
        }
    }

    fn merge(&mut self, other: Self) {
        for ((hresult, sentence), count) in other.0 {
            self.add(hresult, sentence, count);
        }
    }

    /// The most frequent first.
    fn list(self) -> Vec<Outcome> {
        let outcomes = self
            .0
            .into_iter()
            .map(|((hresult, sentence), count)| Outcome {
                hresult: format!("0x{hresult:08X}"),
                sentence,
                count,
            });
        let mut outcomes: Vec<_> = outcomes.collect();
        outcomes.sort_by_key(|outcome| std::cmp::Reverse(outcome.count));
        outcomes
    }
}

/// A histogram of microseconds to three digits.
#[expect(
    clippy::expect_used,
    reason = "three significant digits are within the five that the histogram allows"
)]
fn histogram() -> Histogram<u64> {
    Histogram::new_with_max(LONGEST, 3).expect("three significant digits")
}

fn record(histogram: &mut Histogram<u64>, took: Duration) {
    histogram.saturating_record(u64::try_from(took.as_micros()).unwrap_or(LONGEST));
}

/// Both have the same bounds, so nothing is refused.
fn add(into: &mut Histogram<u64>, from: &Histogram<u64>) {
    let _ = into.add(from);
}

fn latency(histogram: &Histogram<u64>) -> Latency {
    let at = |quantile| milliseconds(histogram.value_at_quantile(quantile));
    Latency {
        p50: at(0.5),
        p90: at(0.9),
        p99: at(0.99),
        max: milliseconds(histogram.max()),
    }
}

fn milliseconds(microseconds: u64) -> f64 {
    Duration::from_micros(microseconds).as_secs_f64() * 1000.0
}

fn per_second(count: u64, seconds: f64) -> f64 {
    if seconds > 0.0 {
        u32::try_from(count).map_or(f64::MAX, f64::from) / seconds
    } else {
        0.0
    }
}

/// Microseconds of the longest step that is told from longer ones: ten minutes.
const LONGEST: u64 = 600_000_000;
/// How many different sentences are kept.
const DIFFERENT: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::PageFlaw;

    #[test]
    fn workers_add_up_and_refusals_are_told_from_failures() {
        let mut one = Tally::default();
        one.step(Step::Discover, Duration::from_millis(2));
        one.went_well(Duration::from_millis(10));
        let mut other = Tally::default();
        other.step(Step::Discover, Duration::from_millis(4));
        other.disappointed(&Error::Page(PageFlaw::Refused(
            "The code is not known.".to_owned(),
        )));
        other.disappointed(&Error::Status {
            step: Step::Probe,
            status: 503,
        });
        one.merge(other);
        let report = one.report(3, false, Duration::from_secs(2));
        assert_eq!(
            (report.requested, report.enrolled, report.failed),
            (3, 1, 1)
        );
        let [refused] = report.refused.as_slice() else {
            panic!("{:?}", report.refused)
        };
        assert_eq!((refused.hresult.as_str(), refused.count), ("0x8018000F", 1));
        assert_eq!(refused.sentence, "The code is not known.");
        assert_eq!(report.failures[0].hresult, "0x801901F7");
        assert!((report.enrollments_per_second - 0.5).abs() < 1e-9);
        assert!((report.latency_ms["discover"].max - 4.0).abs() < 0.01);
        assert!((report.latency_ms[Report::WHOLE].p50 - 10.0).abs() < 0.01);
    }

    #[test]
    fn endless_different_sentences_do_not_fill_the_memory() {
        let mut tally = Tally::default();
        for number in 0..1000 {
            let sentence = format!("number {number}");
            tally.disappointed(&Error::Page(PageFlaw::Refused(sentence)));
        }
        let report = tally.report(1000, false, Duration::from_secs(1));
        assert!(report.refused.len() <= DIFFERENT + 1);
        let counted: u64 = report.refused.iter().map(|outcome| outcome.count).sum();
        assert_eq!(counted, 1000);
    }
}
