//! `recist assess`: from a table of lesions over timepoints, or of timepoint responses, to responses.

use super::{CliError, Exit, assess_output as output};
use crate::problem::Severity;
use crate::protocol::assess_table::{AssessTable, read_assess_table};
use crate::protocol::trial_file::CriteriaList;
use crate::response::assessment::Scope;
use crate::response::criteria::Criteria;
use crate::response::derive::{Derivation, derive};
use crate::response::facts::SubjectFacts;
use crate::response::read_responses::ReadResponses;
use crate::response::settings::Settings;
use crate::response::trend::Trend;
use crate::response::{assess_read_responses, explain_trend, trend};
use clap::{Args, ValueEnum};
use serde::Deserialize;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Derive responses from a table of diameters, or from timepoint responses.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  recist assess lesions.csv
  recist assess lesions.csv --explain S1
  recist assess lesions.csv --format json --set sd_min_days=35 --set max_sd_between=1
  recist assess lesions.csv --set profile=paper
  recist assess lesions.csv --criteria recist-1.1,irecist --format json
  recist assess lesions.csv --scope patient,irradiated,lesion
  recist assess responses.csv --set reference_date=2026-01-05 --format csv

Columns, one row per lesion and timepoint:
  subject,date,visit,lesion,role,site,nodal,state,mm
  (mRECIST: also viable_mm, the part that enhances; scopes: also irradiated)
or one row per timepoint response:
  subject,date,visit,overall")]
pub struct AssessArgs {
    /// Table to read (CSV)
    pub table: PathBuf,
    /// Criteria, one or several; without it those of the trial file, else RECIST 1.1
    #[arg(long, value_enum, value_delimiter = ',')]
    pub criteria: Vec<CriteriaChoice>,
    /// Lesions to look at, in one way or several; irradiated and lesion go with RECIST 1.1
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [ScopeChoice::Patient])]
    pub scope: Vec<ScopeChoice>,
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
pub enum CriteriaChoice {
    /// RECIST 1.1
    #[value(name = "recist-1.1")]
    Recist11,
    /// iRECIST: progression must be confirmed
    Irecist,
    /// mRECIST for hepatocellular carcinoma: the column viable_mm
    Mrecist,
}

impl From<CriteriaChoice> for Criteria {
    fn from(choice: CriteriaChoice) -> Self {
        match choice {
            CriteriaChoice::Recist11 => Self::Recist11,
            CriteriaChoice::Irecist => Self::Irecist,
            CriteriaChoice::Mrecist => Self::Mrecist,
        }
    }
}

/// Lesions to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScopeChoice {
    /// All of the patient
    Patient,
    /// Only what the protocol irradiated (column irradiated)
    Irradiated,
    /// Each target by itself
    Lesion,
}

impl From<ScopeChoice> for Scope {
    fn from(choice: ScopeChoice) -> Self {
        match choice {
            ScopeChoice::Patient => Self::Patient,
            ScopeChoice::Irradiated => Self::Irradiated,
            ScopeChoice::Lesion => Self::Lesion,
        }
    }
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

/// Runs the command.
///
/// # Errors
/// A setting, criteria or scope that make no sense, a table with bad rows (all are listed), output that cannot be written.
pub fn run(args: &AssessArgs, out: &mut dyn Write) -> Result<Exit, CliError> {
    let (settings, criteria) = settings(args)?;
    let bytes = std::fs::read(&args.table).map_err(|error| usage(format!("{}: {error}", args.table.display())))?;
    let file = args.table.display().to_string();
    let table = read_assess_table(&bytes, &file).map_err(|problems| {
        let lines: Vec<_> = problems.iter().map(|problem| problem.to_string()).collect();
        usage(lines.join("\n"))
    })?;
    let (mut derived, trends): (_, Vec<Trend>) = match table {
        AssessTable::Lesions(subjects) => {
            let trends = subjects.iter().map(|facts| trend(facts, &settings)).collect();
            (of_lesions(&subjects, &criteria, args, &settings)?, trends)
        }
        AssessTable::Responses(subjects) => (of_responses(&subjects, &criteria, args, &settings, &file)?, Vec::new()),
    };
    if derived.is_empty() {
        return Err(CliError { exit: Exit::Nothing, message: format!("{file}: the table has no rows") });
    }
    for problem in derived.iter_mut().flat_map(Derivation::problems_mut) {
        *problem = problem.clone().or_in(Some(&file), None);
    }
    let written = match (&args.explain, args.format) {
        (Some(subject), _) => {
            let mut explained: Vec<_> =
                derived.iter().filter(|derived| derived.subject() == subject).map(Derivation::explain).collect();
            if explained.is_empty() {
                return Err(usage(format!("{file}: there is no subject {subject}")));
            }
            let own = trends.iter().filter(|trend| trend.subject == *subject).map(explain_trend);
            explained.extend(own.filter(|text| !text.is_empty()));
            out.write_all(explained.join("\n").as_bytes())
        }
        (None, AssessFormat::Json) => output::json(&derived, &trends, &settings, out),
        (None, AssessFormat::Csv) => output::csv(&derived, out).map_err(usage)?,
        (None, AssessFormat::Table) => output::table(&derived, out),
    };
    written.and_then(|()| out.flush()).map_err(|error| CliError { exit: Exit::CannotWrite, message: error.to_string() })?;
    let failed = |derived: &Derivation| derived.problems().iter().any(|problem| problem.severity == Severity::Error);
    Ok(if derived.iter().any(failed) { Exit::SomeFailed } else { Exit::Done })
}

/// Every subject by all criteria and in all scopes, one below the other.
fn of_lesions(
    subjects: &[SubjectFacts],
    criteria: &[Criteria],
    args: &AssessArgs,
    settings: &Settings,
) -> Result<Vec<Derivation>, CliError> {
    let mut derived = Vec::new();
    for facts in subjects {
        for &criteria in criteria {
            for &scope in &args.scope {
                derived.extend(derive(facts, criteria, scope.into(), settings).map_err(|error| usage(error.to_string()))?);
            }
        }
    }
    Ok(derived)
}

/// Responses that were read elsewhere are RECIST 1.1 of the whole patient.
fn of_responses(
    subjects: &[ReadResponses],
    criteria: &[Criteria],
    args: &AssessArgs,
    settings: &Settings,
    file: &str,
) -> Result<Vec<Derivation>, CliError> {
    if criteria != [Criteria::Recist11] || args.scope != [ScopeChoice::Patient] {
        let message = format!("{file}: responses that were read elsewhere have no lesions");
        return Err(usage(format!("{message}; give --criteria recist-1.1 and --scope patient, or a table of lesions")));
    }
    let unreferenced = subjects.iter().find(|read| read.reference_date.is_none());
    if let (Some(first), None) = (unreferenced, settings.reference_date) {
        let message = format!("{file}: subject {} has no reference date, and responses have no baseline", first.subject);
        return Err(usage(format!("{message}; give --set reference_date=2026-01-05 or a column reference_date")));
    }
    Ok(subjects.iter().map(|read| Derivation::Recist(assess_read_responses(read, settings))).collect())
}

fn usage(message: String) -> CliError {
    CliError { exit: Exit::Usage, message }
}

/// Settings from the trial file, then from the command line, and the criteria.
fn settings(args: &AssessArgs) -> Result<(Settings, Vec<Criteria>), CliError> {
    let (mut settings, mut criteria) = (Settings::default(), vec![Criteria::Recist11]);
    if let Some(path) = &args.trial {
        (settings, criteria) = read_trial(path)?;
    }
    if !args.criteria.is_empty() {
        criteria = args.criteria.iter().map(|&choice| choice.into()).collect();
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
    Ok((settings, criteria))
}

/// The parts of a trial file that matter here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct TrialParts {
    response: Settings,
    trial: TrialPart,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TrialPart {
    criteria: CriteriaList,
}

fn read_trial(path: &Path) -> Result<(Settings, Vec<Criteria>), CliError> {
    let refuse = |what: String| usage(format!("{}: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    let parts: TrialParts = toml::from_str(&text).map_err(|error| refuse(error.to_string()))?;
    Ok((parts.response, parts.trial.criteria.0))
}
