//! The derivation of a subject in plain sentences, visit by visit.

use super::assessment::{Assessment, TimepointAssessment};
use std::fmt::Write;

/// Tells how each class came about. One paragraph per timepoint, and one for the best responses.
pub fn explain(assessment: &Assessment) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_all(assessment, &mut text);
    text
}

fn write_all(assessment: &Assessment, text: &mut String) -> std::fmt::Result {
    writeln!(text, "Subject {}", assessment.subject)?;
    for problem in &assessment.problems {
        writeln!(text, "  {}: {problem}", problem.severity)?;
    }
    if let Some(baseline) = &assessment.baseline {
        match baseline.sum_mm {
            Some(sum) => writeln!(text, "\n{}, {}: baseline, sum of diameters {sum} mm.", baseline.visit, baseline.date)?,
            None => writeln!(text, "\n{}, {}: baseline, no sum of diameters.", baseline.visit, baseline.date)?,
        }
    }
    for timepoint in &assessment.timepoints {
        write_timepoint(timepoint, text)?;
    }
    let dated = |date: Option<jiff::civil::Date>| date.map_or("none".into(), |date| date.to_string());
    let (bor, confirmed) = (assessment.bor, assessment.confirmed_bor);
    writeln!(text, "\nBest overall response: {} ({}).", bor.response, dated(bor.date))?;
    writeln!(text, "With confirmation: {} ({}).", confirmed.response, dated(confirmed.date))?;
    writeln!(text, "First response: {}.", dated(assessment.first_response_date))?;
    writeln!(text, "First response that was confirmed: {}.", dated(assessment.first_confirmed_response_date))?;
    writeln!(text, "Progression: {}.", dated(assessment.progression_date))
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
    let (target, nontarget, new) = (timepoint.target, timepoint.nontarget, timepoint.new_lesion);
    writeln!(text, "  Targets {target}, non-targets {nontarget}, new lesions: {new}.")?;
    for reason in &timepoint.reasons {
        writeln!(text, "  - {} [{}]", reason.text(), reason.source())?;
    }
    Ok(())
}
