//! The scan that shows a lesion or a progression, where the scans of one timepoint were made on several days (recist-rules, section 9
//! and N3).

use super::assessment::{Overall, TargetResponse, TimepointAssessment};
use super::facts::{Finding, NewState, TargetState, TimepointFacts};
use super::reason::Reason;
use super::settings::{Backdate, PdDate, Settings};
use super::target::Targets;
use jiff::civil::Date;

/// The day of the first scan that shows a lesion; the first of the timepoint where nothing is known.
pub(super) fn scan_day(timepoint: &TimepointFacts, lesion: &str) -> Date {
    let carrier = timepoint.findings.iter().find_map(|(name, finding)| match finding {
        Finding::Target(TargetState::Merged { into }) if name == lesion => Some(into.as_str()),
        _ => None,
    });
    timepoint.days.get(carrier.unwrap_or(lesion)).map_or(timepoint.date, |days| days.first)
}

/// First and last day of the scans that show these lesions; the days of the timepoint where nothing is known.
pub(super) fn scan_days<'a>(timepoint: &TimepointFacts, lesions: impl Iterator<Item = &'a str>) -> (Date, Date) {
    let whole = (timepoint.date, timepoint.date_last);
    let days = lesions.map(|lesion| timepoint.days.get(lesion).map_or(whole, |days| (days.first, days.last)));
    days.reduce(|(first, last), (from, to)| (first.min(from), last.max(to))).unwrap_or(whole)
}

/// The earliest scan that shows the PD of a timepoint; one of the sum is shown by the first or the last scan of a target, as the
/// setting says (recist-rules, section 9 and A14).
pub(super) fn pd_day(judged: &TimepointAssessment, timepoint: &TimepointFacts, targets: &Targets, settings: &Settings) -> Date {
    let day = |lesion: &String| scan_day(timepoint, lesion);
    let mut days: Vec<Date> = Vec::new();
    if judged.target == TargetResponse::PD {
        let scans = || targets.evaluated().filter_map(|lesion| timepoint.days.get(lesion).copied());
        days.push(match settings.pd_date {
            PdDate::First => scans().map(|days| days.first).min().unwrap_or(timepoint.date),
            PdDate::Last => scans().map(|days| days.last).max().unwrap_or(timepoint.date_last),
        });
    }
    let mut doubts = Vec::new();
    for reason in &judged.reasons {
        match reason {
            Reason::NonTargetPd { lesions } => days.extend(lesions.iter().map(day)),
            Reason::NewLesionUnequivocal { lesion } if is_unequivocal(timepoint, lesion) => days.push(day(lesion)),
            Reason::BackDated { lesion, .. } if settings.backdate == Backdate::RetroPd => doubts.push(day(lesion)),
            _ => {}
        }
    }
    days.extend(judged.recurred.iter().map(day));
    if days.is_empty() && judged.overall_as_read == Overall::PD {
        days.push(timepoint.date);
    }
    days.into_iter().chain(doubts).min().unwrap_or(timepoint.date)
}

fn is_unequivocal(timepoint: &TimepointFacts, lesion: &str) -> bool {
    let is_one = |finding: &Finding| matches!(finding, Finding::New(NewState::Unequivocal | NewState::IncreasedSinceLast));
    timepoint.findings.iter().any(|(name, finding)| name == lesion && is_one(finding))
}
