//! What `recist assess` prints: a table for people, rows for other programs, or everything.

use crate::response::assessment::{Assessment, BestResponse, Scope, TimepointAssessment};
use crate::response::criteria::Criteria;
use crate::response::derive::{Derivation, Document};
use crate::response::irecist::{IrecistAssessment, IrecistTimepoint};
use crate::response::settings::Settings;
use crate::response::trend::Trend;
use crate::trial::tables::{guarded, responses_csv};
use crate::trial::{ResponseRow, Results};
use crate::units::{Micrometres, percent_text};
use jiff::civil::Date;
use std::io::{Result, Write};

/// Everything, as `recist.assess/1`.
pub fn json(derived: &[Derivation], trends: &[Trend], settings: &Settings, out: &mut dyn Write) -> Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Document::new(settings, derived, trends))?;
    writeln!(out)
}

/// The rows of `responses.csv`, one for each timepoint.
///
/// # Errors
/// iRECIST beside other criteria: its classes have columns of their own.
pub fn csv(derived: &[Derivation], out: &mut dyn Write) -> std::result::Result<Result<()>, String> {
    let (mut recist, mut irecist) = (Vec::new(), Vec::new());
    for derived in derived {
        match derived {
            Derivation::Recist(assessment) => recist.push(assessment),
            Derivation::Irecist(assessment) => irecist.push(assessment),
        }
    }
    match (recist.is_empty(), irecist.is_empty()) {
        (false, false) => {
            Err("the rows of iRECIST have columns of their own; give one of the criteria, or --format json".to_string())
        }
        (true, false) => Ok(irecist_rows(&irecist).and_then(|rows| out.write_all(&rows))),
        (_, true) => {
            let responses = recist.into_iter().flat_map(|assessment| ResponseRow::all_of(assessment, false)).collect();
            Ok(responses_csv(&Results { responses, ..Results::default() }).and_then(|rows| out.write_all(&rows)))
        }
    }
}

const IRECIST_COLUMNS: [&str; 20] = [
    "subject",
    "date",
    "visit",
    "sum_mm",
    "nadir_mm",
    "change_from_baseline_pct",
    "change_from_nadir_pct",
    "new_lesion_sum_mm",
    "target",
    "nontarget",
    "new_lesion",
    "overall",
    "recist",
    "causes",
    "after_icpd",
    "date_last",
    "coverage",
    "provisional",
    "queries",
    "reasons",
];

fn irecist_rows(assessments: &[&IrecistAssessment]) -> Result<Vec<u8>> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(IRECIST_COLUMNS)?;
    for assessment in assessments {
        if let Some(baseline) = &assessment.baseline {
            let row = IRECIST_COLUMNS.map(|column| match column {
                "subject" => guarded(&assessment.subject).into_owned(),
                "date" => baseline.date.to_string(),
                "visit" => guarded(&baseline.visit).into_owned(),
                "sum_mm" => or(baseline.sum_mm, ""),
                "date_last" => baseline.date_last.to_string(),
                _ => String::new(),
            });
            writer.write_record(row)?;
        }
        for timepoint in &assessment.timepoints {
            writer.write_record(irecist_row(assessment, timepoint))?;
        }
    }
    writer.into_inner().map_err(|error| error.into_error())
}

fn irecist_row(assessment: &IrecistAssessment, timepoint: &IrecistTimepoint) -> [String; IRECIST_COLUMNS.len()] {
    let codes: Vec<_> = timepoint.reasons.iter().map(|reason| reason.code()).collect();
    let causes: Vec<_> = timepoint.causes.iter().map(|cause| cause.as_str()).collect();
    [
        guarded(&assessment.subject).into_owned(),
        timepoint.date.to_string(),
        guarded(&timepoint.visit).into_owned(),
        or(timepoint.sum_mm, ""),
        or(timepoint.nadir_mm, ""),
        or(timepoint.change_from_baseline_pct, ""),
        or(timepoint.change_from_nadir_pct, ""),
        or(timepoint.new_lesion_sum_mm, ""),
        timepoint.target.to_string(),
        timepoint.nontarget.to_string(),
        timepoint.new_lesion.to_string(),
        timepoint.overall.to_string(),
        timepoint.recist.to_string(),
        causes.join(";"),
        timepoint.after_icpd.to_string(),
        timepoint.date_last.to_string(),
        timepoint.coverage.to_string(),
        timepoint.provisional.to_string(),
        timepoint.queries.join(";"),
        codes.join(";"),
    ]
}

/// A timepoint as a line for people.
struct Line<'a> {
    date: Date,
    visit: &'a str,
    sum: Option<Micrometres>,
    nadir: Option<Micrometres>,
    change_from_baseline_pct: Option<f64>,
    change_from_nadir_pct: Option<f64>,
    target: &'static str,
    nontarget: &'static str,
    new_lesion: &'static str,
    /// The class, and what stands beside it.
    overall: String,
}

/// A derivation as lines for people.
struct Lines<'a> {
    title: String,
    baseline: Option<(Date, &'a str, Option<Micrometres>)>,
    timepoints: Vec<Line<'a>>,
    summary: String,
}

/// Aligned text, one block for each derivation.
pub fn table(derived: &[Derivation], out: &mut dyn Write) -> Result<()> {
    let several = derived.iter().any(|derived| matches!(derived, Derivation::Irecist(_)))
        || derived.iter().any(|derived| matches!(derived, Derivation::Recist(of) if !is_plain(of)));
    let blocks: Vec<Lines> = derived.iter().map(|derived| lines(derived, several)).collect();
    let visits = blocks
        .iter()
        .flat_map(|block| block.timepoints.iter().map(|line| line.visit).chain(block.baseline.map(|(_, visit, _)| visit)));
    let visit = visits.map(|visit| visit.chars().count()).chain([5]).max().unwrap_or(5);
    for (place, (block, derived)) in blocks.iter().zip(derived).enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}", block.title)?;
        let (sum, baseline_pct, nadir_pct) = ("sum mm", "baseline %", "nadir %");
        writeln!(
            out,
            "  {:<10}  {:<visit$}  {sum:>8}  {:>8}  {baseline_pct:>10}  {nadir_pct:>8}  {:<7} {:<14} {:<12} overall",
            "date", "visit", "nadir mm", "target", "non-target", "new lesion"
        )?;
        if let Some((date, name, sum)) = block.baseline {
            writeln!(out, "  {date:<10}  {name:<visit$}  {:>8}", or(sum, "-"))?;
        }
        let percent = |value: Option<f64>| value.map_or("-".into(), percent_text);
        for line in &block.timepoints {
            writeln!(
                out,
                "  {:<10}  {:<visit$}  {:>8}  {:>8}  {:>10}  {:>8}  {:<7} {:<14} {:<12} {}",
                line.date,
                line.visit,
                or(line.sum, "-"),
                or(line.nadir, "-"),
                percent(line.change_from_baseline_pct),
                percent(line.change_from_nadir_pct),
                line.target,
                line.nontarget,
                line.new_lesion,
                line.overall,
            )?;
        }
        writeln!(out, "  {}", block.summary)?;
        for problem in derived.problems() {
            writeln!(out, "  {}: {problem}", problem.severity)?;
        }
    }
    Ok(())
}

/// RECIST 1.1 of the whole patient, which needs no name.
fn is_plain(assessment: &Assessment) -> bool {
    (assessment.criteria, assessment.scope) == (Criteria::Recist11, Scope::Patient)
}

fn lines(derived: &Derivation, named: bool) -> Lines<'_> {
    match derived {
        Derivation::Recist(assessment) => {
            let scope = match (assessment.scope, &assessment.lesion) {
                (Scope::Patient, _) => String::new(),
                (scope, None) => format!(", {scope}"),
                (scope, Some(lesion)) => format!(", {scope} {lesion}"),
            };
            let named = if named { format!(": {}{scope}", assessment.criteria) } else { String::new() };
            let progression = or(assessment.progression_date, "-");
            let (bor, confirmed) = (dated(assessment.bor), dated(assessment.confirmed_bor));
            Lines {
                title: format!("{}{named}", assessment.subject),
                baseline: assessment.baseline.as_ref().map(|baseline| (baseline.date, baseline.visit.as_str(), baseline.sum_mm)),
                timepoints: assessment.timepoints.iter().map(recist_line).collect(),
                summary: format!("best {bor}, confirmed {confirmed}, progression {progression}"),
            }
        }
        Derivation::Irecist(assessment) => {
            let unconfirmed = if assessment.progression_confirmed == Some(false) { " (not confirmed)" } else { "" };
            let best = match assessment.bor.date {
                Some(date) => format!("{} ({date})", assessment.bor.response),
                None => assessment.bor.response.to_string(),
            };
            Lines {
                title: format!("{}: {}", assessment.subject, assessment.criteria),
                baseline: assessment.baseline.as_ref().map(|baseline| (baseline.date, baseline.visit.as_str(), baseline.sum_mm)),
                timepoints: assessment.timepoints.iter().map(irecist_line).collect(),
                summary: format!("best {best}, progression {}{unconfirmed}", or(assessment.progression_date, "-")),
            }
        }
    }
}

fn recist_line(timepoint: &TimepointAssessment) -> Line<'_> {
    let mut overall = timepoint.overall.to_string();
    if timepoint.overall_as_read != timepoint.overall {
        overall += &format!(" (as read {})", timepoint.overall_as_read);
    }
    if timepoint.after_pd {
        overall += " after PD";
    }
    Line {
        date: timepoint.date,
        visit: &timepoint.visit,
        sum: timepoint.sum_mm,
        nadir: timepoint.nadir_mm,
        change_from_baseline_pct: timepoint.change_from_baseline_pct,
        change_from_nadir_pct: timepoint.change_from_nadir_pct,
        target: timepoint.target.as_str(),
        nontarget: timepoint.nontarget.as_str(),
        new_lesion: timepoint.new_lesion.as_str(),
        overall: overall + &provisional(&timepoint.queries),
    }
}

fn irecist_line(timepoint: &IrecistTimepoint) -> Line<'_> {
    let mut overall = format!("{} (RECIST 1.1: {})", timepoint.overall, timepoint.recist);
    if timepoint.after_icpd {
        overall += " after iCPD";
    }
    Line {
        date: timepoint.date,
        visit: &timepoint.visit,
        sum: timepoint.sum_mm,
        nadir: timepoint.nadir_mm,
        change_from_baseline_pct: timepoint.change_from_baseline_pct,
        change_from_nadir_pct: timepoint.change_from_nadir_pct,
        target: timepoint.target.as_str(),
        nontarget: timepoint.nontarget.as_str(),
        new_lesion: timepoint.new_lesion.as_str(),
        overall: overall + &provisional(&timepoint.queries),
    }
}

fn provisional(queries: &[String]) -> String {
    if queries.is_empty() { String::new() } else { format!(" provisional: {}", queries.join(", ")) }
}

fn dated(best: BestResponse) -> String {
    match best.date {
        Some(date) => format!("{} ({date})", best.response),
        None => best.response.to_string(),
    }
}

fn or(value: Option<impl ToString>, nothing: &str) -> String {
    value.map_or(nothing.to_string(), |value| value.to_string())
}
