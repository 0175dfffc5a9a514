//! Best overall response where confirmation is not required (RECIST 1.1 section 4.4.3).

use super::assessment::{Best, BestResponse, Overall, TimepointAssessment};
use super::settings::Settings;
use jiff::civil::Date;

/// Days from one date to another; the day after is 1.
pub fn days_between(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

/// The timepoints that best responses look at, and the day from which the SD minimum counts.
pub(super) struct Window<'a> {
    pub(super) timepoints: Vec<&'a TimepointAssessment>,
    pub(super) reference: Date,
    /// The subject has targets, so that stable disease is called SD.
    pub(super) has_targets: bool,
}

impl<'a> Window<'a> {
    /// Timepoints that count, up to the cut-off, and up to and including the first PD when the settings say so.
    pub(super) fn new(timepoints: &'a [TimepointAssessment], reference: Date, has_targets: bool, settings: &Settings) -> Self {
        let in_time = |timepoint: &&TimepointAssessment| settings.is_in_time(timepoint.date_last);
        let mut seen = Vec::with_capacity(timepoints.len());
        seen.extend(timepoints.iter().filter(|timepoint| timepoint.counts).filter(in_time));
        if settings.stop_at_pd
            && let Some(first_pd) = seen.iter().position(|timepoint| timepoint.overall == Overall::PD)
        {
            seen.truncate(first_pd + 1);
        }
        Self { timepoints: seen, reference, has_targets }
    }

    /// Whether stability at this timepoint is late enough to count.
    pub(super) fn past_sd_minimum(&self, timepoint: &TimepointAssessment, settings: &Settings) -> bool {
        days_between(self.reference, timepoint.date) >= settings.sd_min_days
    }
}

/// The best of what the timepoints give, and the day of the first that gives it. Responses are dated by the last scan of
/// their timepoint, everything else by the first (recist-rules, section 9).
pub(super) fn best_of<'a>(
    candidates: impl Iterator<Item = (Best, &'a TimepointAssessment)>,
    settings: &Settings,
) -> BestResponse {
    let mut best: Option<(Best, &TimepointAssessment)> = None;
    for (response, timepoint) in candidates {
        if best.is_none_or(|(so_far, _)| response < so_far) {
            best = Some((response, timepoint));
        }
    }
    match best {
        Some((response, timepoint)) => BestResponse { response, date: Some(dated(response, timepoint)) },
        None => BestResponse { response: settings.missing_as.into(), date: None },
    }
}

fn dated(response: Best, timepoint: &TimepointAssessment) -> Date {
    match response {
        Best::CR | Best::PR => timepoint.date_last,
        Best::PD => timepoint.pd_day,
        Best::SD | Best::NonCrNonPd | Best::NE | Best::Missing | Best::NonMeasurable => timepoint.date,
    }
}

impl From<super::settings::MissingAs> for Best {
    fn from(missing_as: super::settings::MissingAs) -> Self {
        match missing_as {
            super::settings::MissingAs::NE => Self::NE,
            super::settings::MissingAs::Missing => Self::Missing,
        }
    }
}

/// Best of CR, PR, SD, NON-CR/NON-PD, PD, NE. SD and NON-CR/NON-PD count from the SD minimum on, and are NE before it.
pub(super) fn best_response(window: &Window, settings: &Settings) -> BestResponse {
    let candidate = |timepoint: &&'_ TimepointAssessment| match timepoint.overall {
        Overall::CR => Best::CR,
        Overall::PR => Best::PR,
        Overall::SD if window.past_sd_minimum(timepoint, settings) => Best::SD,
        Overall::NonCrNonPd if window.past_sd_minimum(timepoint, settings) => Best::NonCrNonPd,
        Overall::PD => Best::PD,
        Overall::SD | Overall::NonCrNonPd | Overall::NE => Best::NE,
    };
    best_of(window.timepoints.iter().map(|timepoint| (candidate(timepoint), *timepoint)), settings)
}
