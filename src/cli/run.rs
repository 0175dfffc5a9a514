//! `recist run`: a whole trial, from scans to responses.

use super::measure_output::aligned;
use super::{CliError, Exit, Talk};
use crate::pipeline::{self, Outcome, Plan, PlannedTimepoint, RunError, Watch};
use crate::problem::Severity;
use crate::protocol::trial::Trial;
use crate::trial::Results;
use crate::units::percent_text;
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

/// Which trial, and where the results go.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  recist run trial.toml
  recist run trial.toml --out results --strict
  recist run trial.toml --set data.mask_sources=nifti --set response.sd_min_days=35
  recist run trial.toml --dry-run

The folder of results holds measurements.csv, responses.csv, best_responses.csv, the same by other
criteria in other_responses.csv and other_best_responses.csv, assessments.json, queries.csv,
trial.sqlite, report.html and run.json. Answer a query in its column `answer` (yes or no), name the
file under [data] queries, and run again. A second run with the same input into the same folder
changes nothing there.")]
pub struct RunArgs {
    /// The trial file; `recist init DIR` drafts one
    #[arg(value_name = "TRIAL.toml")]
    trial: PathBuf,
    /// Change a setting of the trial file for this run
    #[arg(long, value_name = "SECTION.KEY=VALUE")]
    set: Vec<String>,
    /// Folder of the results
    #[arg(long, value_name = "DIR", default_value = "recist-out")]
    out: PathBuf,
    /// Database; `trial.sqlite` in the folder of the results by default
    #[arg(long, value_name = "FILE|sqlite:FILE")]
    db: Option<String>,
    /// Threads; all cores by default
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Exit with 1 when there is anything to look at: open queries, proposals, warnings
    #[arg(long)]
    strict: bool,
    /// Accepted for scripts: files are only written whole, at the end of a run, so an interrupted run simply starts anew
    #[arg(long)]
    resume: bool,
    /// Say what would be done, from headers alone, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
///
/// # Errors
/// Tables with bad rows, nothing found, or output that cannot be written.
pub fn run(args: &RunArgs, talk: &Talk, out: &mut dyn Write) -> Result<Exit, CliError> {
    let store = store_path(args)?;
    if args.resume {
        talk.detail("nothing of an interrupted run is kept; the run starts anew");
    }
    super::limit_threads(args.jobs)?;
    let earlier = args.out.join("queries.csv");
    let trial = Trial::read(&args.trial, &args.set, Some(&earlier)).map_err(|problems| super::bad_rows(&problems))?;

    let files = talk.progress("reading headers");
    let subjects = talk.progress("measuring subjects");
    let watch = Watch {
        files: &|done, total| {
            files.set_length(total as u64);
            files.set_position(done as u64);
        },
        subjects: &|done, total| {
            files.finish_and_clear();
            subjects.set_length(total as u64);
            subjects.set_position(done as u64);
        },
    };
    if args.dry_run {
        let plan = pipeline::plan(&trial, &watch).map_err(ended)?;
        files.finish_and_clear();
        return tell_plan(&plan, talk, out);
    }
    let outcome = pipeline::run(&trial, &watch).map_err(ended)?;
    subjects.finish_and_clear();
    files.finish_and_clear();
    pipeline::write(&outcome, &args.out, &store).map_err(ended)?;
    tell(&outcome, args, talk, out)
}

fn ended(error: RunError) -> CliError {
    let exit = match error {
        RunError::NothingFound { .. } => Exit::Nothing,
        RunError::StackChoice { .. } => Exit::Usage,
        _ => Exit::CannotWrite,
    };
    CliError { exit, message: error.to_string() }
}

fn store_path(args: &RunArgs) -> Result<PathBuf, CliError> {
    let Some(url) = args.db.as_deref() else { return Ok(args.out.join("trial.sqlite")) };
    let file = match url.split_once(':') {
        Some(("sqlite", file)) => file.trim_start_matches("//"),
        // A letter before a colon is a drive.
        Some((kind, _)) if kind.len() > 1 && kind.chars().all(|c| c.is_ascii_alphanumeric()) => {
            let message = format!("--db {kind}:…: this version stores in SQLite files only; give a file or sqlite:FILE");
            return Err(CliError::usage(message));
        }
        _ => url,
    };
    // SQLite takes these for databases that are gone when it is closed.
    if file.is_empty() || file.starts_with(':') || file.starts_with("file:") {
        return Err(CliError::usage(format!("--db {url}: names no file; give a file or sqlite:FILE")));
    }
    Ok(PathBuf::from(file))
}

fn tell_plan(plan: &Plan, talk: &Talk, out: &mut dyn Write) -> Result<Exit, CliError> {
    plan.problems.iter().for_each(|problem| talk.problem(problem));
    let mut rows = vec![["subject", "date", "masks", "visit"].map(String::from).to_vec()];
    for (subject, timepoints) in &plan.subjects {
        if timepoints.is_empty() {
            rows.push(vec![subject.clone(), "-".to_string(), "-".to_string(), "no scans".to_string()]);
        }
        for PlannedTimepoint { visit, date, masks } in timepoints {
            rows.push(vec![subject.clone(), date.to_string(), masks.to_string(), visit.clone()]);
        }
    }
    write!(out, "{}", aligned(&rows))?;
    plan.failures.iter().for_each(|row| talk.problem_of(&whom(&row.subject, &row.visit), &row.problem));
    talk.say("dry run: nothing was measured and nothing was written");
    Ok(if plan.failures.is_empty() { Exit::Done } else { Exit::SomeFailed })
}

fn tell(outcome: &Outcome, args: &RunArgs, talk: &Talk, out: &mut dyn Write) -> Result<Exit, CliError> {
    let Outcome { results, found, .. } = outcome;
    for row in &results.problems {
        talk.problem_of(&whom(&row.subject, &row.visit), &row.problem);
    }
    write!(out, "{}", response_table(results))?;
    let open = results.record.open_queries;
    talk.say(&format!(
        "{} subjects, {} series, {} masks; results in {}",
        results.record.subjects,
        found.0,
        found.1,
        args.out.display()
    ));
    if results.record.proposal {
        talk.say("targets were PROPOSED by the program (no table of lesions): a reader has to confirm them");
    }
    if open > 0 {
        talk.say(&format!("{open} open queries: see queries.csv; their timepoints are provisional"));
    }
    if !results.failures.is_empty() {
        for row in &results.failures {
            talk.problem_of(&whom(&row.subject, &row.visit), &row.problem);
        }
        talk.error(&format!("{} things could not be done; the rest is done", results.failures.len()));
        return Ok(Exit::SomeFailed);
    }
    let provisional = results.responses.iter().filter_map(|row| row.assessment.as_ref()).any(|judged| judged.provisional);
    let findings = open > 0
        || provisional
        || results.record.proposal
        || results.problems.iter().any(|row| row.problem.severity >= Severity::Warning);
    Ok(if args.strict && findings { Exit::Findings } else { Exit::Done })
}

/// The subject and visit that a problem concerns.
fn whom(subject: &str, visit: &str) -> String {
    [subject, visit].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The responses as people read them.
fn response_table(results: &Results) -> String {
    let head = ["subject", "date", "sum mm", "vs baseline", "vs nadir", "target", "non-target", "new", "overall", "visit"];
    let mut rows = vec![head.map(String::from).to_vec()];
    let percent = |value: Option<f64>| value.map_or("-".to_string(), |pct| format!("{} %", percent_text(pct)));
    for row in &results.responses {
        let mut cells = vec![row.subject.clone(), row.date.to_string()];
        match &row.assessment {
            None => {
                cells.push(row.baseline_sum.map_or("-".to_string(), |mm| format!("{mm}")));
                cells.extend(["-", "-", "", "", "", ""].map(String::from));
            }
            Some(judged) => {
                let provisional = if judged.provisional { " ?" } else { "" };
                cells.push(match (judged.sum_mm, judged.partial_sum_mm) {
                    (Some(sum), _) => sum.to_string(),
                    (None, Some(partial)) => format!("({partial})"),
                    (None, None) => "-".to_string(),
                });
                cells.push(percent(judged.change_from_baseline_pct));
                cells.push(percent(judged.change_from_nadir_pct));
                cells.extend([
                    judged.target.to_string(),
                    judged.nontarget.to_string(),
                    judged.new_lesion.to_string(),
                    format!("{}{provisional}", judged.overall),
                ]);
            }
        }
        cells.push(row.visit.clone());
        rows.push(cells);
    }
    let mut text = aligned(&rows);
    if results.responses.iter().filter_map(|row| row.assessment.as_ref()).any(|judged| judged.provisional) {
        text.push_str("? provisional: an open query could change it\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        run: RunArgs,
    }

    #[test]
    fn a_database_is_a_file_that_stays() {
        let path = |db: &str| store_path(&Line::parse_from(["recist", "trial.toml", "--db", db]).run).ok();
        for db in ["a.db", "sqlite:a.db", "sqlite://a.db"] {
            assert_eq!(path(db), Some(PathBuf::from("a.db")), "{db}");
        }
        assert_eq!(path("sqlite:///tmp/a.db"), Some(PathBuf::from("/tmp/a.db")));
        let refused =
            ["", "sqlite:", ":memory:", "sqlite::memory:", "file:a.db?mode=memory", "sqlite:file:a", "postgresql:a", "mysql://h"];
        for db in refused {
            assert_eq!(path(db), None, "{db}");
        }
    }
}
