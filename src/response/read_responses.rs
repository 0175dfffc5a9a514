//! Timepoint responses that were read elsewhere: only best responses and dates are derived.

use super::assessment::{Assessment, NewLesion, NonTargetResponse, Overall, TargetResponse, TimepointAssessment};
use super::facts::Coverage;
use super::reason::Reason;
use super::settings::{AfterCr, Settings};
use super::trajectory::{Course, conclude};
use crate::problem::Problem;
use jiff::civil::Date;

/// The responses of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadResponses {
    /// Identity of the subject in the trial.
    pub subject: String,
    /// Day from which the SD minimum counts; outranks the setting of the same name.
    pub reference_date: Option<Date>,
    /// The responses, in any order; none of them is the baseline.
    pub timepoints: Vec<ReadResponse>,
}

/// The response at one timepoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadResponse {
    /// Name of the visit.
    pub visit: String,
    /// Day of the scan.
    pub date: Date,
    /// The class; `None`: not done, which counts as no assessment.
    pub overall: Option<Overall>,
}

/// Derives best responses and dates. Disease after a CR is PD unless the settings keep it as reported
/// (recist-rules, ambiguity A2).
pub fn assess_read_responses(read: &ReadResponses, settings: &Settings) -> Assessment {
    let mut in_order: Vec<_> = read.timepoints.iter().collect();
    in_order.sort_by(|a, b| (a.date, &a.visit).cmp(&(b.date, &b.visit)));
    let reference = read.reference_date.or(settings.reference_date);
    let mut problems = Vec::new();
    if reference.is_none() {
        let advice = "give reference_date as a setting or a column";
        problems.push(Problem::error("no-reference-date", "responses read elsewhere have no baseline to count from", advice));
    }
    for pair in in_order.windows(2).filter(|pair| pair[0].date == pair[1].date) {
        let message = format!("{} and {} are both of {}", pair[0].visit, pair[1].visit, pair[1].date);
        problems.push(Problem::error("duplicate-date", message, "keep one, or correct a date").at(&pair[1].visit));
    }
    let mut complete_response = None;
    let mut timepoints = Vec::new();
    for response in in_order {
        let mut judged = as_read(response);
        if let (Some(cr), Overall::PR | Overall::SD | Overall::NonCrNonPd) = (complete_response, judged.overall) {
            match settings.after_cr {
                AfterCr::PD => {
                    judged.overall = Overall::PD;
                    judged.reasons.push(Reason::RecurrenceAfterCr { cr, lesions: Vec::new() });
                }
                AfterCr::AsReported => {
                    let message = format!("{} after the CR of {cr} is kept as reported", judged.overall);
                    let advice = "disease after CR is progression by RECIST 1.1";
                    problems.push(Problem::warning("after-cr-as-reported", message, advice).at(&judged.visit));
                    judged.reasons.push(Reason::AfterCrAsReported { cr });
                }
            }
        }
        if judged.overall == Overall::CR {
            complete_response = Some(judged.date);
        }
        timepoints.push(judged);
    }
    let has_targets = timepoints.iter().all(|timepoint| timepoint.overall_as_read != Overall::NonCrNonPd);
    let subject = read.subject.clone();
    conclude(Course { subject, baseline: None, timepoints, reference, has_targets, first_sight: None, problems }, settings)
}

fn as_read(response: &ReadResponse) -> TimepointAssessment {
    let overall = response.overall.unwrap_or(Overall::NE);
    let done = response.overall.is_some();
    TimepointAssessment {
        recurred: Vec::new(),
        pd_day: response.date,
        date: response.date,
        visit: response.visit.clone(),
        sum_mm: None,
        partial_sum_mm: None,
        nadir_mm: None,
        change_from_baseline_pct: None,
        change_from_nadir_pct: None,
        change_from_nadir_mm: None,
        target: TargetResponse::NA,
        nontarget: NonTargetResponse::NA,
        new_lesion: NewLesion::NotAssessed,
        overall,
        overall_as_read: overall,
        after_pd: false,
        date_first: response.date,
        date_last: response.date,
        coverage: if done { Coverage::Complete } else { Coverage::None },
        provisional: false,
        queries: Vec::new(),
        reasons: vec![if done { Reason::AsReported } else { Reason::NotDone }],
        counts: done,
    }
}
