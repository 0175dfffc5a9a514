//! `recist assess`: from a table of lesions over timepoints, or of timepoint responses, to responses.

use super::{CliError, Exit};
use crate::problem::Severity;
use crate::protocol::assess_table::{AssessTable, read_assess_table};
use crate::response::assessment::{Assessment, BestResponse, TimepointAssessment};
use crate::response::settings::Settings;
use crate::response::{assess, assess_read_responses, explain};
use crate::trial::tables::responses_csv;
use crate::trial::{ResponseRow, Results};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Derive responses from a table of diameters, or from timepoint responses.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  recist assess lesions.csv
  recist assess lesions.csv --explain S1
  recist assess lesions.csv --format json --set sd_min_days=35 --set max_sd_between=1
  recist assess responses.csv --set reference_date=2026-01-05 --format csv

Columns, one row per lesion and timepoint:
  subject,date,visit,lesion,role,site,nodal,state,mm
or one row per timepoint response:
  subject,date,visit,overall")]
pub struct AssessArgs {
    /// Table to read (CSV)
    pub table: PathBuf,
    /// Criteria; without it those of the trial file, else RECIST 1.1
    #[arg(long, value_enum)]
    pub criteria: Option<Criteria>,
    /// Lesions to look at
    #[arg(long, value_enum, default_value_t = ScopeChoice::Patient)]
    pub scope: ScopeChoice,
    /// Trial file whose [response] table gives the settings
    #[arg(long, value_name = "TRIAL.toml")]
    pub trial: Option<PathBuf>,
    /// Change one setting, for example sd_min_days=35; outranks the trial file
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Tell how the classes of one subject came about, visit by visit
    #[arg(long, value_name = "SUBJECT")]
    pub explain: Option<String>,
    /// Form of the result
    #[arg(long, value_enum, default_value_t = AssessFormat::Table)]
    pub format: AssessFormat,
}

/// Response criteria.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Criteria {
    /// RECIST 1.1
    #[value(name = "recist-1.1")]
    Recist11,
    /// iRECIST
    Irecist,
    /// mRECIST for hepatocellular carcinoma
    Mrecist,
}

/// Lesions to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScopeChoice {
    /// All of the patient
    Patient,
    /// Only what the protocol irradiated
    Irradiated,
    /// Each lesion by itself
    Lesion,
}

/// Form of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AssessFormat {
    /// Aligned text
    Table,
    /// recist.assess/1
    Json,
    /// One row per timepoint
    Csv,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    settings: &'a Settings,
    subjects: &'a [Assessment],
}

/// Runs the command.
///
/// # Errors
/// A setting or criteria that make no sense, a table with bad rows (all are listed), output that cannot be written.
pub fn run(args: &AssessArgs, out: &mut dyn Write) -> Result<Exit, CliError> {
    let settings = settings(args)?;
    if args.scope != ScopeChoice::Patient {
        return Err(usage("only --scope patient can be derived; the scopes irradiated and lesion are not available".into()));
    }
    let bytes = std::fs::read(&args.table).map_err(|error| usage(format!("{}: {error}", args.table.display())))?;
    let file = args.table.display().to_string();
    let table = read_assess_table(&bytes, &file).map_err(|problems| {
        let lines: Vec<_> = problems.iter().map(|problem| problem.to_string()).collect();
        usage(lines.join("\n"))
    })?;
    let mut subjects: Vec<Assessment> = match table {
        AssessTable::Lesions(subjects) => subjects.iter().map(|facts| assess(facts, &settings)).collect(),
        AssessTable::Responses(subjects) => {
            let unreferenced: Vec<_> = subjects.iter().filter(|read| read.reference_date.is_none()).collect();
            if let (Some(first), None) = (unreferenced.first(), settings.reference_date) {
                let message = format!("{file}: subject {} has no reference date, and responses have no baseline", first.subject);
                return Err(usage(format!("{message}; give --set reference_date=2026-01-05 or a column reference_date")));
            }
            subjects.iter().map(|read| assess_read_responses(read, &settings)).collect()
        }
    };
    if subjects.is_empty() {
        return Err(CliError { exit: Exit::Nothing, message: format!("{file}: the table has no rows") });
    }
    for problem in subjects.iter_mut().flat_map(|assessment| &mut assessment.problems) {
        *problem = problem.clone().or_in(Some(&file), None);
    }
    let written = match (&args.explain, args.format) {
        (Some(subject), _) => match subjects.iter().find(|assessment| assessment.subject == *subject) {
            Some(assessment) => out.write_all(explain(assessment).as_bytes()),
            None => return Err(usage(format!("{file}: there is no subject {subject}"))),
        },
        (None, AssessFormat::Json) => write_json(&subjects, &settings, out),
        (None, AssessFormat::Csv) => write_csv(&subjects, out),
        (None, AssessFormat::Table) => write_table(&subjects, out),
    };
    written.and_then(|()| out.flush()).map_err(|error| CliError { exit: Exit::CannotWrite, message: error.to_string() })?;
    let failed = |assessment: &Assessment| assessment.problems.iter().any(|problem| problem.severity == Severity::Error);
    Ok(if subjects.iter().any(failed) { Exit::SomeFailed } else { Exit::Done })
}

fn usage(message: String) -> CliError {
    CliError { exit: Exit::Usage, message }
}

/// Settings from the trial file, then from the command line; criteria that cannot be derived are refused.
fn settings(args: &AssessArgs) -> Result<Settings, CliError> {
    let mut settings = Settings::default();
    let mut criteria = args.criteria;
    if let Some(path) = &args.trial {
        let trial = read_trial(path)?;
        settings = trial.0;
        criteria = criteria.or(trial.1);
    }
    if let Some(criteria @ (Criteria::Irecist | Criteria::Mrecist)) = criteria {
        let name = if criteria == Criteria::Irecist { "iRECIST" } else { "mRECIST" };
        return Err(usage(format!("{name} cannot be derived; available is --criteria recist-1.1")));
    }
    let given = args.set.iter().map(|given| given.strip_prefix("response.").unwrap_or(given));
    // The profile first: what is set beside it outranks it, wherever it stands.
    let (profile, others): (Vec<_>, Vec<_>) = given.partition(|given| given.starts_with("profile"));
    for given in profile.into_iter().chain(others) {
        let Some((key, value)) = given.split_once('=') else {
            return Err(usage(format!("--set {given}: expected KEY=VALUE; keys are {}", Settings::KEYS.join(", "))));
        };
        settings.set(key, value).map_err(|error| usage(format!("--set {given}: {error}")))?;
    }
    Ok(settings)
}

/// The parts of a trial file that matter here: `[response]` and the criteria.
fn read_trial(path: &Path) -> Result<(Settings, Option<Criteria>), CliError> {
    let refuse = |what: String| usage(format!("{}: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    let trial: toml::Table = text.parse().map_err(|error: toml::de::Error| refuse(error.to_string()))?;
    let settings = match trial.get("response") {
        Some(response) => response.clone().try_into().map_err(|error| refuse(format!("[response]: {error}")))?,
        None => Settings::default(),
    };
    let criteria = trial.get("trial").and_then(|trial| trial.get("criteria"));
    let names: Vec<&str> = match criteria {
        Some(toml::Value::String(name)) => vec![name],
        Some(toml::Value::Array(names)) => names.iter().filter_map(toml::Value::as_str).collect(),
        Some(_) | None => Vec::new(),
    };
    let mut known = Vec::new();
    for name in names {
        known.push(match name.to_lowercase().replace([' ', '-'], "").as_str() {
            "recist1.1" => Criteria::Recist11,
            "irecist" => Criteria::Irecist,
            "mrecist" => Criteria::Mrecist,
            _ => return Err(refuse(format!("trial.criteria: `{name}`; allowed are RECIST 1.1, iRECIST, mRECIST"))),
        });
    }
    let criteria = known.iter().find(|criteria| **criteria == Criteria::Recist11).or(known.first()).copied();
    Ok((settings, criteria))
}

fn write_json(subjects: &[Assessment], settings: &Settings, out: &mut dyn Write) -> std::io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Document { schema: "recist.assess/1", settings, subjects })?;
    writeln!(out)
}

fn write_csv(subjects: &[Assessment], out: &mut dyn Write) -> std::io::Result<()> {
    let responses = subjects.iter().flat_map(|assessment| ResponseRow::all_of(assessment, false)).collect();
    out.write_all(&responses_csv(&Results { responses, ..Results::default() })?)
}

fn write_table(subjects: &[Assessment], out: &mut dyn Write) -> std::io::Result<()> {
    let width = |name: fn(&TimepointAssessment) -> usize, least: usize| {
        subjects.iter().flat_map(|subject| &subject.timepoints).map(name).chain([least]).max().unwrap_or(least)
    };
    let baselines = subjects.iter().filter_map(|subject| subject.baseline.as_ref());
    let longest_baseline = baselines.map(|baseline| baseline.visit.chars().count()).max().unwrap_or(0);
    let visit = width(|timepoint| timepoint.visit.chars().count(), longest_baseline.max(5));
    for (place, subject) in subjects.iter().enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}", subject.subject)?;
        let (sum, baseline_pct, nadir_pct) = ("sum mm", "baseline %", "nadir %");
        writeln!(
            out,
            "  {:<10}  {:<visit$}  {sum:>8}  {:>8}  {baseline_pct:>10}  {nadir_pct:>8}  {:<7} {:<14} {:<12} overall",
            "date", "visit", "nadir mm", "target", "non-target", "new lesion"
        )?;
        if let Some(baseline) = &subject.baseline {
            writeln!(out, "  {:<10}  {:<visit$}  {:>8}", baseline.date, baseline.visit, or_dash(baseline.sum_mm))?;
        }
        for timepoint in &subject.timepoints {
            write_timepoint(timepoint, visit, out)?;
        }
        let dated = |best: BestResponse| match best.date {
            Some(date) => format!("{} ({date})", best.response),
            None => best.response.to_string(),
        };
        let progression = or_dash(subject.progression_date);
        writeln!(out, "  best {}, confirmed {}, progression {progression}", dated(subject.bor), dated(subject.confirmed_bor))?;
        for problem in &subject.problems {
            writeln!(out, "  {}: {problem}", problem.severity)?;
        }
    }
    Ok(())
}

fn write_timepoint(timepoint: &TimepointAssessment, visit: usize, out: &mut dyn Write) -> std::io::Result<()> {
    let percent = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:+.1}"));
    let mut notes = String::new();
    if timepoint.overall_as_read != timepoint.overall {
        notes += &format!(" (as read {})", timepoint.overall_as_read);
    }
    if timepoint.after_pd {
        notes += " after PD";
    }
    if timepoint.provisional {
        notes += &format!(" provisional: {}", timepoint.queries.join(", "));
    }
    writeln!(
        out,
        "  {:<10}  {:<visit$}  {:>8}  {:>8}  {:>10}  {:>8}  {:<7} {:<14} {:<12} {}{notes}",
        timepoint.date,
        timepoint.visit,
        or_dash(timepoint.sum_mm),
        or_dash(timepoint.nadir_mm),
        percent(timepoint.change_from_baseline_pct),
        percent(timepoint.change_from_nadir_pct),
        timepoint.target,
        timepoint.nontarget,
        timepoint.new_lesion,
        timepoint.overall,
    )
}

fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or("-".into(), |value| value.to_string())
}
