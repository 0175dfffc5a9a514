//! The derivation of a subject in plain sentences, visit by visit.

use super::{Category, IrecistAssessment, IrecistTimepoint};
use crate::response::explain::{dated, write_start};
use std::fmt::Write;

/// Tells how each class came about. One paragraph per timepoint, and one for the best response and progression.
pub fn explain_irecist(assessment: &IrecistAssessment) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_all(assessment, &mut text);
    text
}

fn write_all(assessment: &IrecistAssessment, text: &mut String) -> std::fmt::Result {
    writeln!(text, "Subject {}, by {}", assessment.subject, assessment.criteria)?;
    write_start(&assessment.problems, assessment.baseline.as_ref(), text)?;
    for timepoint in &assessment.timepoints {
        write_timepoint(timepoint, text)?;
    }
    let bor = assessment.bor;
    writeln!(text, "\nBest overall response (iBOR): {} ({}).", bor.response, dated(bor.date))?;
    writeln!(text, "First response: {}.", dated(assessment.first_response_date))?;
    let confirmed = match assessment.progression_confirmed {
        Some(true) => ", confirmed",
        Some(false) => ", not confirmed",
        None => "",
    };
    writeln!(text, "Progression: {}{confirmed}.", dated(assessment.progression_date))
}

fn write_timepoint(timepoint: &IrecistTimepoint, text: &mut String) -> std::fmt::Result {
    write!(text, "\n{}, {}: {} (RECIST 1.1: {})", timepoint.visit, timepoint.date, timepoint.overall, timepoint.recist)?;
    if timepoint.after_icpd {
        write!(text, ", after confirmed progression")?;
    }
    if !timepoint.causes.is_empty() {
        let causes: Vec<&str> = timepoint.causes.iter().copied().map(Category::words).collect();
        write!(text, ", progression of the {}", causes.join(" and "))?;
    }
    if timepoint.provisional {
        write!(text, ", provisional until answered: {}", timepoint.queries.join(", "))?;
    }
    writeln!(text, ".")?;
    let (target, nontarget, new) = (timepoint.target, timepoint.nontarget, timepoint.new_lesion);
    write!(text, "  Targets {target}, non-targets {nontarget}, new lesions: {new}")?;
    match timepoint.new_lesion_sum_mm {
        Some(sum) => writeln!(text, ", their sum {sum} mm.")?,
        None => writeln!(text, ".")?,
    }
    for reason in &timepoint.reasons {
        writeln!(text, "  - {} [{}]", reason.text(), reason.source())?;
    }
    Ok(())
}
