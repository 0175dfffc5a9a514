//! `recist assess`: from a table of lesions over timepoints, or of timepoint responses, to responses.

use super::{CliError, Exit, Talk, assess_output as output, bad_rows};
use crate::problem::Severity;
use crate::protocol::assess_table::{AssessTable, Odd, irradiation_unsaid, odd_responses, read_with_warnings};
use crate::protocol::trial_parts::TrialParts;
use crate::response::assessment::Scope;
use crate::response::criteria::Criteria;
use crate::response::derive::{Derivation, derive};
use crate::response::facts::SubjectFacts;
use crate::response::read_responses::ReadResponses;
use crate::response::settings::{SettingError, Settings};
use crate::response::trend::Trend;
use crate::response::{assess_read_responses, explain_trend, trend};
use clap::{Args, ValueEnum};
use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

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
    /// Change one setting, for example sd_min_days=35; outranks the trial file, but a profile only what the file leaves open
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
pub fn run(args: &AssessArgs, talk: &Talk, out: &mut dyn Write) -> Result<Exit, CliError> {
    if args.explain.is_some() && args.format != AssessFormat::Table {
        return Err(usage("--explain gives sentences; leave out --format, whose json has them as reasons".to_string()));
    }
    let (settings, criteria) = settings(args)?;
    let scopes: Vec<Scope> = once_each(args.scope.iter().map(|&choice| choice.into()));
    let bytes = std::fs::read(&args.table).map_err(|error| usage(format!("{}: {error}", args.table.display())))?;
    let file = args.table.display().to_string();
    let (table, mut odd) = read_with_warnings(&bytes, &file).map_err(|problems| bad_rows(&problems))?;
    let (mut derived, trends): (_, Vec<Trend>) = match table {
        AssessTable::Lesions(subjects) => {
            let trends = subjects.iter().map(|facts| trend(facts, &settings)).collect();
            (of_lesions(&subjects, &criteria, &scopes, &settings, &mut odd)?, trends)
        }
        AssessTable::Responses(subjects) => (of_responses(&subjects, &criteria, &scopes, &settings, &file)?, Vec::new()),
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
    // A table on the screen has them below each subject.
    let is_on_screen = args.explain.is_none() && args.format == AssessFormat::Table && std::io::stdout().is_terminal();
    if !is_on_screen {
        say_problems(&derived, talk);
    }
    let failed = |derived: &Derivation| derived.problems().iter().any(|problem| problem.severity == Severity::Error);
    Ok(if derived.iter().any(failed) { Exit::SomeFailed } else { Exit::Done })
}

/// Every problem on stderr, once, although several criteria and scopes may find it.
fn say_problems(derived: &[Derivation], talk: &Talk) {
    let mut said = BTreeSet::new();
    for derived in derived {
        for problem in derived.problems().iter().filter(|problem| said.insert((derived.subject(), *problem))) {
            talk.problem_of(derived.subject(), problem);
        }
    }
}

/// Every subject by all criteria and in all scopes, one below the other. What is odd about its rows goes with the whole patient, or
/// with whatever comes first.
fn of_lesions(
    subjects: &[SubjectFacts],
    criteria: &[Criteria],
    scopes: &[Scope],
    settings: &Settings,
    odd: &mut Odd,
) -> Result<Vec<Derivation>, CliError> {
    let mut all = Vec::new();
    for facts in subjects {
        let first = all.len();
        for &criteria in criteria {
            for &scope in scopes {
                let mut derived = derive(facts, criteria, scope, settings).map_err(|error| usage(error.to_string()))?;
                if scope == Scope::Irradiated {
                    derived.iter_mut().for_each(|derived| derived.problems_mut().extend(irradiation_unsaid(facts)));
                }
                all.extend(derived);
            }
        }
        let own = odd.remove(&facts.subject).unwrap_or_default();
        let of_patient = |derived: &Derivation| match derived {
            Derivation::Recist(assessment) => assessment.scope == Scope::Patient,
            Derivation::Irecist(_) => true,
        };
        let places: Vec<usize> = (first..all.len()).filter(|&place| of_patient(&all[place])).collect();
        let places = if places.is_empty() { (first..all.len()).take(1).collect() } else { places };
        for place in places {
            all[place].problems_mut().splice(0..0, own.iter().cloned());
        }
    }
    Ok(all)
}

/// Responses that were read elsewhere are RECIST 1.1 of the whole patient.
fn of_responses(
    subjects: &[ReadResponses],
    criteria: &[Criteria],
    scopes: &[Scope],
    settings: &Settings,
    file: &str,
) -> Result<Vec<Derivation>, CliError> {
    if criteria != [Criteria::Recist11] || scopes != [Scope::Patient] {
        let message = format!("{file}: responses that were read elsewhere have no lesions");
        return Err(usage(format!("{message}; give --criteria recist-1.1 and --scope patient, or a table of lesions")));
    }
    let unreferenced = subjects.iter().find(|read| read.reference_date.is_none());
    if let (Some(first), None) = (unreferenced, settings.reference_date) {
        let message = format!("{file}: subject {} has no reference date, and responses have no baseline", first.subject);
        return Err(usage(format!("{message}; give --set reference_date=2026-01-05 or a column reference_date")));
    }
    let derived = |read: &ReadResponses| {
        let mut assessment = assess_read_responses(read, settings);
        assessment.problems.splice(0..0, odd_responses(read, read.reference_date.or(settings.reference_date)));
        Derivation::Recist(assessment)
    };
    Ok(subjects.iter().map(derived).collect())
}

fn usage(message: String) -> CliError {
    CliError { exit: Exit::Usage, message }
}

/// Settings and criteria: the profile first, then what the trial file sets beside it, then what the command line sets.
fn settings(args: &AssessArgs) -> Result<(Settings, Vec<Criteria>), CliError> {
    let mut profile = None;
    let mut others = Vec::new();
    for given in &args.set {
        let Some((key, value)) = given.strip_prefix("response.").unwrap_or(given).split_once('=') else {
            return Err(usage(format!("--set {given}: expected KEY=VALUE; keys are {}", Settings::KEYS.join(", "))));
        };
        if key.trim() == "profile" {
            profile = Some((given, value.trim()));
        } else {
            others.push((given, key, value));
        }
    }
    let refuse = |given: &str, error: SettingError| usage(format!("--set {given}: {error}"));
    let mut settings = Settings::default();
    if let Some((given, value)) = profile {
        settings.set("profile", value).map_err(|error| refuse(given, error))?;
    }
    let mut criteria = vec![Criteria::Recist11];
    if let Some(path) = &args.trial {
        let parts = TrialParts::read(path, profile.map(|(_, value)| value)).map_err(|error| usage(error.to_string()))?;
        (settings, criteria) = (parts.response, parts.trial.criteria.0);
    }
    for (given, key, value) in others {
        settings.set(key, value).map_err(|error| refuse(given, error))?;
    }
    if !args.criteria.is_empty() {
        criteria = once_each(args.criteria.iter().map(|&choice| choice.into()));
    }
    Ok((settings, criteria))
}

/// What is named twice is derived once.
fn once_each<T: PartialEq>(given: impl Iterator<Item = T>) -> Vec<T> {
    given.fold(Vec::new(), |mut kept, one| {
        if !kept.contains(&one) {
            kept.push(one);
        }
        kept
    })
}
