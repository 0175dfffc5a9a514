//! One subject from its scans to its assessment.

use super::beside::{beside, problems_beside};
use super::findings::{Case, Cell, QueryKey, derive, is_of};
use super::lesions::{Lesions, lesions_of};
use super::marks::{LoadedTimepoint, Marked, Measured, load_masks};
use super::questions::{all_queries, settle};
use super::scans::{SubjectScans, Timepoint};
use super::technique::Technique;
use crate::problem::{Problem, Severity};
use crate::protocol::queries::{Answer, Query};
use crate::protocol::subjects::SubjectRow;
use crate::protocol::trial::Trial;
use crate::report::KeyImage;
use crate::response::assessment::Assessment;
use crate::response::derive::Derivation;
use crate::response::facts::{Role, TimepointKind};
use crate::response::trend::Trend;
use crate::response::{assess, trend};
use crate::trial::{FailureRow, MeasurementRow, ProblemRow};
use crate::volume::{MaskKind, Segment};
use std::collections::{BTreeMap, BTreeSet};

/// What came of one subject.
pub(super) struct SubjectOutcome {
    pub row: SubjectRow,
    /// Visits in order of date, with the reason when nothing was derived from one.
    pub visits: Vec<Visit>,
    pub lesions: Lesions,
    /// `[timepoint][lesion]`
    pub cells: Vec<Vec<Cell>>,
    /// RECIST 1.1 of the whole patient.
    pub assessment: Assessment,
    /// By the other criteria of the trial, and of what the protocol irradiated.
    pub beside: Vec<Derivation>,
    pub trend: Trend,
    pub measurements: Vec<MeasurementRow>,
    pub queries: Vec<Query>,
    pub failures: Vec<FailureRow>,
    pub problems: Vec<ProblemRow>,
    pub key_images: Vec<KeyImage>,
}

/// A timepoint as the report shows it.
pub(super) struct Visit {
    pub name: String,
    pub date: jiff::civil::Date,
    pub kind: TimepointKind,
    pub failed: Option<String>,
}

/// Measures and assesses one subject.
pub(super) fn run_subject(mut scans: SubjectScans<'_>, trial: &Trial) -> SubjectOutcome {
    let loaded: Vec<LoadedTimepoint<'_>> = scans.timepoints.iter_mut().map(load_masks).collect();
    let timepoints = &scans.timepoints;
    let subject = scans.row.subject.clone();
    let lesions = lesions_of(&subject, timepoints, &loaded, trial);
    let marked = mark_all(timepoints, &loaded, &lesions, trial);
    let case = Case { row: &scans.row, timepoints, lesions: &lesions, marked: &marked, trial };
    let answers: BTreeMap<QueryKey, Answer> = trial
        .queries
        .iter()
        .filter(|query| query.subject == subject)
        .filter_map(|query| Some(((query.timepoint.clone(), query.lesion.clone(), query.code.clone()), query.answered()?)))
        .collect();
    let found = derive(&case, &answers);
    let mut assessment = assess(&found.facts, &trial.file.response);
    let mut beside = beside(&found.facts, trial);
    settle(&mut assessment, &mut beside, trial);
    let trend = trend(&found.facts, &trial.file.response);
    let queries = all_queries(&case, &found, &assessment, &beside, &answers);
    let measurements = super::measurements::measurement_rows(&case, &found);
    let key_images = super::key_images::key_images(&case, trial, &mut scans.problems);

    let mut failures = Vec::new();
    let mut problems = Vec::new();
    let mut note = |visit: &str, problem: &Problem| match problem.severity {
        Severity::Error => {
            failures.push(FailureRow { subject: subject.clone(), visit: visit.to_string(), problem: problem.clone() })
        }
        Severity::Warning | Severity::Info => {
            problems.push(ProblemRow { subject: subject.clone(), visit: visit.to_string(), problem: problem.clone() });
        }
    };
    scans.problems.iter().chain(&lesions.problems).for_each(|problem| note("", problem));
    for ((timepoint, loaded), cells) in timepoints.iter().zip(&loaded).zip(&found.cells) {
        let series = timepoint.series.iter().flat_map(|(series, _)| &series.problems);
        let masks = loaded.masks.iter().flat_map(|(_, mask)| &mask.problems);
        let all = timepoint.failures.iter().chain(&timepoint.problems).chain(series).chain(masks);
        all.for_each(|problem| note(&timepoint.visit, problem));
        for (cell, lesion) in cells.iter().zip(&lesions.all) {
            let of_lesion = |problem: &Problem| problem.clone().or_in(None, Some(&lesion.facts.lesion));
            cell.problems.iter().for_each(|problem| note(&timepoint.visit, &of_lesion(problem)));
        }
    }
    for (at, timepoint) in timepoints.iter().enumerate() {
        for (lesion, marked) in lesions.all.iter().zip(&marked[at]) {
            if let Marked::Measured(measured) = marked {
                let (name, mask) = (&lesion.facts.lesion, &measured.mark.loaded.source.shown);
                for problem in &measured.problems {
                    let problem = Problem { message: format!("{name}: {}", problem.message), ..problem.clone() };
                    note(&timepoint.visit, &problem.or_in(Some(mask), Some(name)));
                }
            }
        }
    }
    let readers: BTreeSet<&str> =
        trial.reads.iter().filter(|read| read.subject == subject).filter_map(|read| read.reader.as_deref()).collect();
    if readers.len() > 1 {
        let message = format!("calls of {} readers count; a sum must not mix readers", readers.len());
        let problem = Problem::warning("several-readers", message, "accept the calls of one reader, with accepted = yes and no");
        note("", &problem.or_in(trial.file.data.reads.as_deref(), None));
    }
    let baseline = timepoints.iter().position(|timepoint| timepoint.kind == TimepointKind::Baseline);
    for (place, lesion) in lesions.all.iter().enumerate().filter(|(_, lesion)| lesion.facts.role == Role::NonTarget) {
        let is_marked = |at: usize| matches!(marked[at][place], Marked::Measured(_));
        let later = baseline.filter(|&at| !is_marked(at)).and_then(|at| (at + 1..timepoints.len()).find(|&at| is_marked(at)));
        if let Some(at) = later {
            let message = format!("the non-target {} has no segment at baseline but one later", lesion.facts.lesion);
            let problem = Problem::warning("marked-later", message, "if it is new, give it the role new");
            note(&timepoints[at].visit, &problem.at(&lesion.facts.lesion));
        }
    }
    let unplaced =
        trial.reads.iter().filter(|read| read.subject == subject && !timepoints.iter().any(|timepoint| is_of(read, timepoint)));
    for read in unplaced {
        let visit = read.timepoint.clone().unwrap_or_default();
        let message = format!("the reader's call of {} at `{visit}` belongs to no timepoint of the subject", read.lesion);
        let problem = Problem::error("call-without-timepoint", message, "correct the timepoint, or give the day of the scan");
        note(&visit, &problem.or_in(trial.file.data.reads.as_deref(), Some(&format!("row {}", read.line))));
    }
    if !timepoints.is_empty() {
        assessment.problems.iter().for_each(|problem| note("", problem));
        problems_beside(&assessment.problems, &beside).iter().for_each(|problem| note("", problem));
    }
    let visit = |timepoint: &Timepoint<'_>| Visit {
        name: timepoint.visit.clone(),
        date: timepoint.date,
        kind: timepoint.kind,
        failed: timepoint.failures.first().map(ToString::to_string),
    };
    let visits = timepoints.iter().map(visit).collect();
    let cells = found.cells;
    drop(marked);
    SubjectOutcome {
        row: scans.row.clone(),
        visits,
        lesions,
        cells,
        assessment,
        beside,
        trend,
        measurements,
        queries,
        failures,
        problems,
        key_images,
    }
}

/// The mark that counts for every lesion at every timepoint.
fn mark_all<'a>(
    timepoints: &[Timepoint<'_>],
    loaded: &'a [LoadedTimepoint<'a>],
    lesions: &Lesions,
    trial: &Trial,
) -> Vec<Vec<Marked<'a>>> {
    let baseline = timepoints.iter().position(|timepoint| timepoint.kind == TimepointKind::Baseline);
    let find = |at: usize, place: usize, technique: Option<&Technique>| {
        let lesion = &lesions.all[place];
        loaded[at].find(&|segment| lesion.is(segment), &lesions.sources, technique, lesion.facts.nodal, trial.file.measure.level)
    };
    let techniques: Vec<Option<Technique>> = (0..lesions.all.len())
        .map(|place| match find(baseline?, place, None) {
            Marked::Measured(measured) => Some(Technique::of(&measured.mark)),
            _ => None,
        })
        .collect();
    (0..timepoints.len())
        .map(|at| {
            (0..lesions.all.len())
                .map(|place| {
                    let mut marked = find(at, place, techniques[place].as_ref());
                    if let Marked::Measured(measured) = &mut marked {
                        let is_lesion = |segment: &Segment| lesions.all[place].is(segment);
                        let is_known = |segment: &Segment| lesions.all.iter().any(|lesion| lesion.is(segment));
                        let silent = loaded[at].silent_kinds(&measured.mark, &is_lesion, &is_known, &lesions.sources);
                        let problems: Vec<Problem> = silent.into_iter().map(|kind| not_marked_by(kind, measured)).collect();
                        measured.problems.extend(problems);
                    }
                    marked
                })
                .collect()
        })
        .collect()
}

fn not_marked_by(kind: MaskKind, measured: &Measured<'_>) -> Problem {
    let (used, diameter) = (measured.mark.loaded.kind.name(), measured.measurement.diameter);
    let message = format!("the {} mask does not mark it, the {used} mask that is used has {diameter} mm", kind.name());
    Problem::warning("sources-differ", message, "find out which one is right")
}
