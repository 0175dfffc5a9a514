//! The main job, step by step: the only place that names every step of `recist run`, and where a measurement becomes a response
//! input.
//!
//! 1. Read the headers of everything below the data root.
//! 2. Sort series into timepoints of subjects; give every mask its series.
//! 3. For each subject: load masks, find its lesions, measure them, join the reader's calls, assess, collect questions.
//! 4. Collect rows, write tables, store and report.
//!
//! A subject or timepoint that fails does not stop the others.

mod beside;
mod draft;
mod findings;
mod key_images;
mod lesions;
mod marks;
mod measurements;
mod questions;
mod rows;
mod scans;
mod subject;
mod technique;

use crate::ingest::{Catalog, Series, StackChoice, StackChoices};
use crate::measure::level_name;
use crate::problem::Problem;
use crate::protocol::trial::Trial;
use crate::report::render;
use crate::trial::{FailureRow, InputDigest, ProblemRow, Results, RunRecord, Store, sha256_hex, write_file, write_tables};
pub use draft::{Draft, DraftError, draft};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What happens while a run goes on; called from several threads.
pub struct Watch<'a> {
    /// Files read so far, and their number.
    pub files: &'a (dyn Fn(usize, usize) + Sync),
    /// Subjects done so far, and their number.
    pub subjects: &'a (dyn Fn(usize, usize) + Sync),
}

/// What a run found out, before anything is written.
pub struct Outcome {
    /// All rows.
    pub results: Results,
    /// The report, ready to be written.
    pub report: String,
    /// Series and masks that were found.
    pub found: (usize, usize),
}

/// What a dry run would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Subjects and their timepoints.
    pub subjects: Vec<(String, Vec<PlannedTimepoint>)>,
    /// What could not be used.
    pub failures: Vec<FailureRow>,
    /// What is odd.
    pub problems: Vec<Problem>,
}

/// A timepoint that a run would measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedTimepoint {
    /// Name of the visit.
    pub visit: String,
    /// Day of the scan.
    pub date: jiff::civil::Date,
    /// Masks that would be read.
    pub masks: usize,
}

/// Why a run ends without results.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// There is nothing below the data root.
    #[error("there is no CT or MR series below the data root `{root}`")]
    NothingFound {
        /// As the trial file names it.
        root: String,
    },
    /// `[data.stacks]` says something that chooses no stack.
    #[error("[data.stacks] `{text}`: {reason}")]
    StackChoice {
        /// As the trial file has it.
        text: String,
        /// What is expected.
        reason: String,
    },
    /// The report cannot be made.
    #[error(transparent)]
    Report(#[from] crate::report::ReportError),
    /// The results cannot be written.
    #[error(transparent)]
    Output(#[from] crate::trial::Error),
}

/// Says what a run would do, from headers alone.
///
/// # Errors
/// Nothing found.
pub fn plan(trial: &Trial, watch: &Watch<'_>) -> Result<Plan, RunError> {
    let catalog = read_catalog(trial, watch)?;
    let sorted = scans::sort_scans(&catalog, trial);
    let mut failures = sorted.failures;
    let mut subjects = Vec::new();
    for subject in sorted.subjects {
        let name = subject.row.subject;
        let timepoints = subject.timepoints.iter().map(|timepoint| {
            let masks = timepoint.series.iter().map(|(_, masks)| masks.len()).sum();
            PlannedTimepoint { visit: timepoint.visit.clone(), date: timepoint.date, masks }
        });
        subjects.push((name.clone(), timepoints.collect()));
        for timepoint in &subject.timepoints {
            let row = |problem: &Problem| FailureRow {
                subject: name.clone(),
                visit: timepoint.visit.clone(),
                problem: problem.clone(),
            };
            failures.extend(timepoint.failures.iter().map(row));
        }
    }
    Ok(Plan { subjects, failures, problems: sorted.problems })
}

/// Measures and assesses a whole trial.
///
/// # Errors
/// Nothing found, or a report that cannot be made. What fails for single files, timepoints or subjects is in the results.
pub fn run(trial: &Trial, watch: &Watch<'_>) -> Result<Outcome, RunError> {
    let catalog = read_catalog(trial, watch)?;
    let sorted = scans::sort_scans(&catalog, trial);
    let total = sorted.subjects.len();
    let done = AtomicUsize::new(0);
    let mut outcomes: Vec<subject::SubjectOutcome> = sorted
        .subjects
        .into_par_iter()
        .map(|scans| {
            let outcome = subject::run_subject(scans, trial);
            (watch.subjects)(done.fetch_add(1, Ordering::Relaxed) + 1, total);
            outcome
        })
        .collect();
    let nobody = |problem: &Problem| ProblemRow { subject: String::new(), visit: String::new(), problem: problem.clone() };
    let problems = trial.problems.iter().chain(&sorted.problems).map(nobody).collect();
    let mut results = rows::results(&outcomes, sorted.failures, problems, &trial.file.response);
    results.record = record(trial, &catalog, &results);
    let report = render(&rows::report(&mut outcomes, &results, trial))?;
    Ok(Outcome { results, report, found: (catalog.series.len(), catalog.masks.len()) })
}

/// Writes everything into a folder: tables, report, record and store.
///
/// # Errors
/// A file cannot be written, or the store is not ours, newer than this program, or locked.
pub fn write(outcome: &Outcome, out: &Path, store: &Path) -> Result<Vec<PathBuf>, RunError> {
    let mut written = write_tables(out, &outcome.results)?;
    written.push(write_file(out, "report.html", outcome.report.as_bytes())?);
    Store::open(store)?.save(&outcome.results)?;
    written.push(store.to_path_buf());
    Ok(written)
}

fn read_catalog(trial: &Trial, watch: &Watch<'_>) -> Result<Catalog, RunError> {
    let choices = stack_choices(&trial.file.data.stacks)?;
    let catalog = Catalog::read(std::slice::from_ref(&trial.root), &choices, watch.files);
    if catalog.series.is_empty() && catalog.broken.is_empty() {
        return Err(RunError::NothingFound { root: trial.file.data.root.clone() });
    }
    Ok(catalog)
}

/// `[data.stacks]` of a trial file: `*` stands for every series.
fn stack_choices(given: &BTreeMap<String, String>) -> Result<StackChoices, RunError> {
    let mut choices = StackChoices::default();
    for (series, text) in given {
        let wrong = |reason: String| RunError::StackChoice { text: text.clone(), reason };
        let own: Result<Vec<StackChoice>, RunError> = text.split(',').map(|one| one.parse().map_err(wrong)).collect();
        match series.as_str() {
            "*" => choices.all = own?,
            uid => drop(choices.by_series.insert(uid.to_string(), own?)),
        }
    }
    Ok(choices)
}

/// What went into the run, so that it can be told years later whether the same input is still there.
fn record(trial: &Trial, catalog: &Catalog, results: &Results) -> RunRecord {
    let mut inputs: Vec<InputDigest> = trial
        .tables
        .iter()
        .map(|(name, bytes)| InputDigest {
            kind: "table",
            name: name.clone(),
            series_instance_uid: None,
            sha256: sha256_hex(bytes),
        })
        .collect();
    let read = catalog.masks.par_iter().filter(|mask| trial.file.data.mask_sources.contains(&mask.kind));
    let masks: Vec<InputDigest> = read
        .filter_map(|mask| {
            let bytes = mask.source.read().ok()?;
            Some(InputDigest {
                kind: "mask",
                name: mask.source.shown.clone(),
                series_instance_uid: None,
                sha256: sha256_hex(&bytes),
            })
        })
        .collect();
    inputs.extend(masks);
    inputs.extend(catalog.series.iter().filter_map(series_digest));
    inputs.sort();
    let mut settings = serde_json::Map::new();
    if let Ok(serde_json::Value::Object(response)) = serde_json::to_value(&trial.file.response) {
        settings.extend(response.into_iter().map(|(key, value)| (format!("response.{key}"), value)));
    }
    settings.insert("set".to_string(), trial.sets.clone().into());
    // Answers change classes, so they are part of what went in.
    let answers = trial.queries.iter().filter(|query| query.answered().is_some());
    let answers: Vec<String> = answers.map(|query| query.record().join("|")).collect();
    settings.insert("answers".to_string(), answers.into());
    let sources: Vec<&str> = trial.file.data.mask_sources.iter().map(|kind| kind.name()).collect();
    settings.insert("data.mask_sources".to_string(), sources.into());
    settings.insert("data.missing_segment".to_string(), trial.file.data.missing_segment.name().into());
    settings.insert("measure.level".to_string(), level_name(trial.file.measure.level).into());
    RunRecord {
        version: env!("CARGO_PKG_VERSION"),
        trial: trial.file.trial.id.clone(),
        criteria: trial.file.trial.criteria.to_string(),
        level: level_name(trial.file.measure.level),
        settings,
        inputs,
        proposal: trial.lesions.is_none(),
        subjects: results.best_responses.len(),
        open_queries: results.queries.iter().filter(|query| query.answered().is_none()).count(),
    }
}

/// A series by what its slices are and where they lie; pixels are not read for it.
fn series_digest(series: &Series) -> Option<InputDigest> {
    let stack = series.stack.as_ref().ok()?;
    let mut text = format!("{:?}\n", stack.geometry);
    for frame in &stack.frames {
        text.push_str(&format!("{} {}\n", frame.sop_instance_uid, frame.frame));
    }
    Some(InputDigest {
        kind: "series",
        name: series.folder.clone(),
        series_instance_uid: Some(series.series_instance_uid.clone()),
        sha256: sha256_hex(text.as_bytes()),
    })
}
