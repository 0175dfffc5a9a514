//! The derivation of a subject in plain sentences, visit by visit.

use super::assessment::{Assessment, Baseline, Scope, TimepointAssessment};
use super::facts::Role;
use super::reason::Reason;
use super::trend::Trend;
use crate::problem::Problem;
use jiff::civil::Date;
use std::fmt::Write;

/// Tells how each class came about. One paragraph per timepoint, and one for the best responses.
pub fn explain(assessment: &Assessment) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_all(assessment, &mut text);
    text
}

/// Tells how each lesion went by itself, and where the subject progressed first. Nothing without a lesion that has a figure.
pub fn explain_trend(trend: &Trend) -> String {
    let mut text = String::new();
    if !trend.lesions.is_empty() {
        let _ = write_trend(trend, &mut text);
    }
    text
}

fn write_trend(trend: &Trend, text: &mut String) -> std::fmt::Result {
    writeln!(text, "Subject {}, whole lesions by themselves", trend.subject)?;
    for lesion in &trend.lesions {
        let values = lesion.points.iter().map(|point| point.value_mm.map_or("-".into(), |value| value.to_string()));
        let values = values.collect::<Vec<_>>().join(", ");
        let progression = match lesion.first_progression {
            Some(date) if lesion.role == Role::New => format!("unequivocal from {date} on"),
            Some(date) => format!("progression by itself on {date} (20 % and 5 mm above its own nadir)"),
            None if lesion.role == Role::New => "not unequivocal".to_string(),
            None => "no progression by itself".to_string(),
        };
        writeln!(text, "  {} ({}): {values} mm; {progression}.", lesion.lesion, lesion.role)?;
    }
    for (when, first) in [("before the trial", &trend.before_trial), ("on the trial", &trend.on_trial)] {
        let Some(first) = first else { continue };
        let more = if first.may_be_more { ", perhaps more" } else { "" };
        let oligo = if first.oligoprogression { "oligoprogression" } else { "no oligoprogression" };
        writeln!(
            text,
            "  First progressive sites {when}: {}, {} outside the skull and {} inside{more}; {oligo}.",
            first.date, first.extracranial, first.intracranial
        )?;
    }
    Ok(())
}

fn write_all(assessment: &Assessment, text: &mut String) -> std::fmt::Result {
    let scope = match (assessment.scope, &assessment.lesion) {
        (Scope::Patient, _) => String::new(),
        (scope, None) => format!(", scope {scope}"),
        (_, Some(lesion)) => format!(", lesion {lesion}"),
    };
    writeln!(text, "Subject {}, by {}{scope}", assessment.subject, assessment.criteria)?;
    write_start(&assessment.problems, assessment.baseline.as_ref(), text)?;
    for timepoint in &assessment.timepoints {
        write_timepoint(timepoint, text)?;
    }
    let (bor, confirmed) = (assessment.bor, assessment.confirmed_bor);
    writeln!(text, "\nBest overall response: {} ({}).", bor.response, dated(bor.date))?;
    writeln!(text, "With confirmation: {} ({}).", confirmed.response, dated(confirmed.date))?;
    writeln!(text, "First response: {}.", dated(assessment.first_response_date))?;
    writeln!(text, "First response that was confirmed: {}.", dated(assessment.first_confirmed_response_date))?;
    writeln!(text, "Progression: {}.", dated(assessment.progression_date))
}

/// What is wrong with the input, and what later timepoints are compared with.
pub(super) fn write_start(problems: &[Problem], baseline: Option<&Baseline>, text: &mut String) -> std::fmt::Result {
    for problem in problems {
        writeln!(text, "  {}: {problem}", problem.severity)?;
    }
    let Some(Baseline { visit, date, sum_mm, .. }) = baseline else { return Ok(()) };
    match sum_mm {
        Some(sum) => writeln!(text, "\n{visit}, {date}: baseline, sum of diameters {sum} mm."),
        None => writeln!(text, "\n{visit}, {date}: baseline, no sum of diameters."),
    }
}

/// A day, or that there is none.
pub(super) fn dated(date: Option<Date>) -> String {
    date.map_or("none".into(), |date| date.to_string())
}

fn write_timepoint(timepoint: &TimepointAssessment, text: &mut String) -> std::fmt::Result {
    write!(text, "\n{}, {}: {}", timepoint.visit, timepoint.date, timepoint.overall)?;
    if timepoint.overall_as_read != timepoint.overall {
        write!(text, " (as read: {})", timepoint.overall_as_read)?;
    }
    if timepoint.after_pd {
        write!(text, ", after progression")?;
    }
    if timepoint.provisional {
        write!(text, ", provisional until answered: {}", timepoint.queries.join(", "))?;
    }
    writeln!(text, ".")?;
    let read_elsewhere = |reason: &Reason| matches!(reason, Reason::AsReported | Reason::NotDone);
    if !timepoint.reasons.iter().any(read_elsewhere) {
        let (target, nontarget, new) = (timepoint.target, timepoint.nontarget, timepoint.new_lesion);
        writeln!(text, "  Targets {target}, non-targets {nontarget}, new lesions: {new}.")?;
    }
    for reason in &timepoint.reasons {
        writeln!(text, "  - {} [{}]", reason.text(), reason.source())?;
    }
    Ok(())
}
