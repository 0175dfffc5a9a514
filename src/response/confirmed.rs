//! Best overall response where CR and PR must be confirmed (RECIST 1.1 table 3; recist-rules, section 8).

use super::assessment::{Best, BestResponse, Overall, TimepointAssessment};
use super::best_response::{Window, best_of, days_between};
use super::settings::{EarlySdAfterResponse, FallenBorDate, Settings};

/// A response and the timepoint that confirms it, as places in the window.
pub(super) struct Confirmation {
    pub(super) first: usize,
    pub(super) confirmed_by: usize,
    pub(super) response: Overall,
}

/// Every CR that a later CR confirms, and every PR that a later PR or CR confirms, in order of the response.
pub(super) fn confirmations(window: &Window, settings: &Settings) -> Vec<Confirmation> {
    let confirmed = |first: usize| {
        let response = window.timepoints[first].overall;
        let confirmed_by = confirming(window, first, settings)?;
        Some(Confirmation { first, confirmed_by, response })
    };
    (0..window.timepoints.len()).filter_map(confirmed).collect()
}

/// The first later timepoint that is far enough away and at least as good, if what lies between allows it.
fn confirming(window: &Window, first: usize, settings: &Settings) -> Option<usize> {
    let response = window.timepoints[first].overall;
    let as_good = |timepoint: &TimepointAssessment| match response {
        Overall::CR => timepoint.overall == Overall::CR,
        Overall::PR => matches!(timepoint.overall, Overall::CR | Overall::PR),
        Overall::SD | Overall::NonCrNonPd | Overall::PD | Overall::NE => false,
    };
    // A response bears the day of the last scan of its timepoint (recist-rules, section 9).
    let start = window.timepoints[first].date_last;
    let far_enough = |timepoint: &TimepointAssessment| days_between(start, timepoint.date_last) >= settings.confirm_min_days;
    let later = window.timepoints.iter().enumerate().skip(first + 1);
    let (second, _) = later.into_iter().find(|(_, timepoint)| as_good(timepoint) && far_enough(timepoint))?;
    let between: Vec<_> = window.timepoints[first + 1..second].iter().map(|timepoint| timepoint.overall).collect();
    let count = |class| between.iter().filter(|overall| **overall == class).count();
    let at_most = |class, most: u32| count(class) <= most as usize;
    let allowed = match response {
        Overall::CR => between.iter().all(|overall| matches!(overall, Overall::CR | Overall::NE)),
        _ => {
            let kinds = between.iter().all(|overall| matches!(overall, Overall::CR | Overall::PR | Overall::NE | Overall::SD));
            let up_to_second = &window.timepoints[first..=second];
            let pr_after_cr = settings.pr_after_cr_confirms || !has_pr_after_cr(up_to_second);
            kinds && at_most(Overall::SD, settings.max_sd_between) && pr_after_cr
        }
    };
    (allowed && at_most(Overall::NE, settings.max_ne_between)).then_some(second)
}

fn has_pr_after_cr(timepoints: &[&TimepointAssessment]) -> bool {
    let after_cr = timepoints.iter().skip_while(|timepoint| timepoint.overall != Overall::CR);
    after_cr.into_iter().any(|timepoint| timepoint.overall == Overall::PR)
}

/// Best of the confirmed responses; a CR or PR that is not confirmed is stable disease past the SD minimum, and nothing
/// before it.
pub(super) fn confirmed_best_response(window: &Window, confirmations: &[Confirmation], settings: &Settings) -> BestResponse {
    let stable = if window.has_targets { Best::SD } else { Best::NonCrNonPd };
    let after_pr = |place: usize| window.timepoints[..place].iter().any(|earlier| earlier.overall == Overall::PR);
    let candidate = |(place, timepoint): (usize, &&TimepointAssessment)| {
        let is_confirmed = confirmations.iter().any(|confirmation| confirmation.first == place);
        let late_enough = window.past_sd_minimum(timepoint, settings);
        // Table 3 has no minimum in its row of a PR and an SD after it (recist-rules, A13).
        let early_sd_counts = settings.early_sd_after_response == EarlySdAfterResponse::SD && after_pr(place);
        match timepoint.overall {
            Overall::CR if is_confirmed => Best::CR,
            Overall::PR if is_confirmed => Best::PR,
            Overall::CR | Overall::PR if late_enough => stable,
            Overall::SD if late_enough || early_sd_counts => Best::SD,
            Overall::NonCrNonPd if late_enough => Best::NonCrNonPd,
            Overall::PD => Best::PD,
            // Before the SD minimum and not seen again (recist-rules, A19).
            Overall::CR | Overall::PR => settings.early_unconfirmed_as.into(),
            Overall::SD | Overall::NonCrNonPd | Overall::NE => Best::NE,
        }
    };
    let best = best_of(window.timepoints.iter().enumerate().map(|entry| (candidate(entry), *entry.1)), settings);
    let is_response = |timepoint: &&&TimepointAssessment| matches!(timepoint.overall, Overall::CR | Overall::PR);
    match window.timepoints.iter().find(is_response) {
        Some(response) if best.response == Best::PD && settings.fallen_bor_date == FallenBorDate::Response => {
            BestResponse { date: Some(response.date_last), ..best }
        }
        _ => best,
    }
}
