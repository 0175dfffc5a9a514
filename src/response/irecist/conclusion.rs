//! From the classes of the timepoints to the best response and the day of progression.

use super::walk::Judged;
use super::{Category, IrecistAssessment, IrecistBest, IrecistBestResponse, IrecistResponse, IrecistTimepoint};
use crate::response::assessment::{Assessment, Overall};
use crate::response::criteria::Criteria;
use crate::response::days_between;
use crate::response::facts::SubjectFacts;
use crate::response::settings::{AfterPd, Backdate, MissingAs, Settings};
use jiff::civil::Date;

/// Best response, dates, and what follows from the course for single timepoints.
pub(super) fn conclude(facts: &SubjectFacts, read: Assessment, judged: Vec<Judged>, settings: &Settings) -> IrecistAssessment {
    let in_time = |judged: &&Judged| settings.is_in_time(judged.timepoint.date_last);
    let mut seen: Vec<&Judged> = judged.iter().filter(|judged| judged.timepoint.counts).filter(in_time).collect();
    let first_icpd = seen.iter().position(|judged| judged.timepoint.overall == IrecistResponse::ICpd);
    // Without an iCPD, what is pending at the end is the progression, confirmed or not.
    let decisive = first_icpd.map(|place| seen[place]).or(seen.last().copied());
    let start = decisive.and_then(|decisive| decisive.pending_since);
    let progression_date = start.map(|start| progression_day(start, &judged, settings));
    if let Some(first_icpd) = first_icpd.filter(|_| settings.stop_at_pd) {
        seen.truncate(first_icpd + 1);
    }
    let baseline_date = read.baseline.as_ref().map(|baseline| baseline.date);
    let reference = facts.reference_date.or(settings.reference_date).or(baseline_date);
    let bor = best_response(&seen, reference, settings);
    let is_response = |timepoint: &&IrecistTimepoint| matches!(timepoint.overall, IrecistResponse::ICr | IrecistResponse::IPr);
    let first_response = seen.iter().map(|judged| &judged.timepoint).find(is_response);
    let first_response_date = first_response.map(|timepoint| timepoint.date_last);
    let first_icpd_place =
        judged.iter().position(|judged| judged.timepoint.counts && judged.timepoint.overall == IrecistResponse::ICpd);
    let mut timepoints: Vec<_> = judged.into_iter().map(|judged| judged.timepoint).collect();
    for timepoint in timepoints.iter_mut().skip(first_icpd_place.map_or(usize::MAX, |place| place + 1)) {
        timepoint.after_icpd = true;
    }
    persist(&mut timepoints);
    if settings.after_pd == AfterPd::LeftOut {
        timepoints.retain(|timepoint| !timepoint.after_icpd);
    }
    IrecistAssessment {
        subject: read.subject,
        criteria: Criteria::Irecist,
        scope: read.scope,
        baseline: read.baseline,
        timepoints,
        bor,
        first_response_date,
        progression_date,
        progression_confirmed: start.map(|_| first_icpd.is_some()),
        problems: read.problems,
    }
}

/// The day an iUPD is dated to: the scan that shows it; where only the date moves, the first sight of a new lesion that proved real
/// at it.
fn progression_day(start: usize, judged: &[Judged], settings: &Settings) -> Date {
    let Judged { timepoint, shown_on, .. } = &judged[start];
    if settings.backdate == Backdate::RetroPd || !timepoint.causes.contains(&Category::NewLesion) {
        return *shown_on;
    }
    let doubts = judged[..start].iter().flat_map(|judged| &judged.doubts);
    let first_sight = doubts.filter(|(proved, _)| *proved == timepoint.date).map(|(_, day)| *day).min();
    first_sight.unwrap_or(*shown_on)
}

/// The best of iCR, iPR, iSD and NON-iCR/NON-iUPD, whatever unconfirmed progression lies before; then iCPD, iUPD, NE. Stability counts
/// from the SD minimum on. Responses are dated by the last scan of their timepoint, progression by the scan that shows it, everything else
/// by the first.
fn best_response(seen: &[&Judged], reference: Option<Date>, settings: &Settings) -> IrecistBestResponse {
    let late_enough = |timepoint: &IrecistTimepoint| {
        let reference = reference.unwrap_or(timepoint.date);
        days_between(reference, timepoint.date) >= settings.sd_min_days
    };
    let candidate = |timepoint: &IrecistTimepoint| match timepoint.overall {
        IrecistResponse::ICr => IrecistBest::ICr,
        IrecistResponse::IPr => IrecistBest::IPr,
        IrecistResponse::ISd if late_enough(timepoint) => IrecistBest::ISd,
        IrecistResponse::NonIcrNonIupd if late_enough(timepoint) => IrecistBest::NonIcrNonIupd,
        IrecistResponse::ICpd => IrecistBest::ICpd,
        IrecistResponse::IUpd => IrecistBest::IUpd,
        IrecistResponse::ISd | IrecistResponse::NonIcrNonIupd | IrecistResponse::NE => IrecistBest::NE,
    };
    // The first of equals is kept.
    match seen.iter().min_by_key(|judged| candidate(&judged.timepoint)) {
        Some(Judged { timepoint, shown_on, .. }) => {
            let response = candidate(timepoint);
            let date = match response {
                IrecistBest::ICr | IrecistBest::IPr => timepoint.date_last,
                IrecistBest::IUpd | IrecistBest::ICpd => *shown_on,
                IrecistBest::ISd | IrecistBest::NonIcrNonIupd | IrecistBest::NE | IrecistBest::Missing => timepoint.date,
            };
            IrecistBestResponse { response, date: Some(date) }
        }
        None => {
            let response = match settings.missing_as {
                MissingAs::NE => IrecistBest::NE,
                MissingAs::Missing => IrecistBest::Missing,
            };
            IrecistBestResponse { response, date: None }
        }
    }
}

/// A PR that stays PR by the settings is an iPR that stays iPR, as long as there is no PD by RECIST 1.1 (ambiguity A1). Applied last:
/// best responses do not see it.
fn persist(timepoints: &mut [IrecistTimepoint]) {
    for timepoint in timepoints {
        if timepoint.overall == IrecistResponse::ISd && timepoint.recist == Overall::PR {
            timepoint.overall = IrecistResponse::IPr;
        }
    }
}
