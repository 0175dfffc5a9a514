//! From the classes of the timepoints to best responses and dates (recist-rules, sections 8 and 9).

use super::assessment::{Assessment, Baseline, Best, Overall, Scope, TimepointAssessment as Timepoint};
use super::best_response::{Window, best_response};
use super::confirmed::{confirmations, confirmed_best_response};
use super::criteria::Criteria;
use super::reason::Reason;
use super::settings::{AfterPd, PrPersistence, Settings};
use crate::problem::Problem;
use jiff::civil::Date;

/// A subject whose timepoints have their classes.
pub(super) struct Course {
    pub(super) subject: String,
    pub(super) baseline: Option<Baseline>,
    pub(super) timepoints: Vec<Timepoint>,
    /// Day from which the SD minimum counts.
    pub(super) reference: Option<Date>,
    pub(super) has_targets: bool,
    /// First sight of a new lesion that proved real, where only the date moves.
    pub(super) first_sight: Option<Date>,
    pub(super) problems: Vec<Problem>,
}

/// Best responses, dates, and what follows from the course for single timepoints.
pub(super) fn conclude(mut course: Course, settings: &Settings) -> Assessment {
    mark_after_pd(&mut course.timepoints);
    // Without any reference there is no timepoint either that could need one.
    let reference = course.reference.or(course.timepoints.first().map(|timepoint| timepoint.date)).unwrap_or_default();
    let window = Window::new(&course.timepoints, reference, course.has_targets, settings);
    let bor = best_response(&window, settings);
    let confirmations = confirmations(&window, settings);
    let confirmed_bor = confirmed_best_response(&window, &confirmations, settings);
    let is_response = |timepoint: &&&Timepoint| matches!(timepoint.overall, Overall::CR | Overall::PR);
    let first_response_date = window.timepoints.iter().find(is_response).map(|timepoint| timepoint.date_last);
    let first_confirmed = confirmations.first().map(|confirmation| window.timepoints[confirmation.first]);
    let first_confirmed_response_date = first_confirmed.map(|timepoint| timepoint.date_last);
    let first_pd = window.timepoints.iter().find(|timepoint| timepoint.overall == Overall::PD);
    let first_pd = first_pd.map(|timepoint| timepoint.pd_day);
    let progression_date = first_pd.into_iter().chain(course.first_sight).min();
    let persists_from = match settings.pr_persistence {
        PrPersistence::None => None,
        PrPersistence::Any => {
            window.timepoints.iter().find(|timepoint| timepoint.overall == Overall::PR).map(|pr| (pr.date, pr.date))
        }
        PrPersistence::Confirmed => {
            let first = confirmations.iter().find(|confirmation| confirmation.response == Overall::PR);
            first.map(|pair| (window.timepoints[pair.first].date, window.timepoints[pair.confirmed_by].date))
        }
    };
    if let Some((since, confirmed)) = persists_from {
        persist(&mut course.timepoints, since, confirmed);
    }
    if settings.after_pd == AfterPd::LeftOut {
        course.timepoints.retain(|timepoint| !timepoint.after_pd);
    }
    Assessment {
        subject: course.subject,
        criteria: Criteria::Recist11,
        scope: Scope::Patient,
        lesion: None,
        baseline: course.baseline,
        timepoints: course.timepoints,
        bor,
        confirmed_bor,
        first_response_date,
        first_confirmed_response_date,
        progression_date,
        clinical_benefit: matches!(bor.response, Best::CR | Best::PR | Best::SD | Best::NonCrNonPd),
        problems: course.problems,
    }
}

fn mark_after_pd(timepoints: &mut [Timepoint]) {
    let first_pd = timepoints.iter().position(|timepoint| timepoint.counts && timepoint.overall == Overall::PD);
    for timepoint in timepoints.iter_mut().skip(first_pd.map_or(usize::MAX, |place| place + 1)) {
        timepoint.after_pd = true;
    }
}

/// A PR stays PR while the sum drifts up without progression. Applied last: best responses do not see it.
fn persist(timepoints: &mut [Timepoint], since: Date, confirmed: Date) {
    let drifting =
        |timepoint: &&mut Timepoint| timepoint.date > confirmed && !timepoint.after_pd && timepoint.overall == Overall::SD;
    for timepoint in timepoints.iter_mut().filter(drifting) {
        timepoint.overall = Overall::PR;
        timepoint.reasons.push(Reason::PrPersists { since });
    }
}
