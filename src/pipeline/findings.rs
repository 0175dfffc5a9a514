//! From marks and the reader's calls to what is known of every lesion at every timepoint, with the questions that remain.

use super::lesions::{Lesion, Lesions};
use super::marks::Marked;
use super::scans::Timepoint;
use super::technique::Technique;
use crate::problem::Problem;
use crate::protocol::queries::{Answer, Query};
use crate::protocol::reads::{ReadRow, ReadState};
use crate::protocol::subjects::SubjectRow;
use crate::protocol::trial::Trial;
use crate::protocol::trial_file::MissingSegment;
use crate::response::beside::Size;
use crate::response::facts::{
    Coverage, Finding, NewState, NonTargetState, NotEvaluableReason, OpenQuestion, Role, SubjectFacts, TargetState,
    TimepointFacts, TimepointKind,
};
use crate::units::Micrometres;
use std::collections::BTreeMap;

/// A query: timepoint, lesion, code.
pub(super) type QueryKey = (String, String, String);

/// Everything that findings are derived from.
pub(super) struct Case<'a> {
    pub row: &'a SubjectRow,
    pub timepoints: &'a [Timepoint<'a>],
    pub lesions: &'a Lesions,
    /// `[timepoint][lesion]`
    pub marked: &'a [Vec<Marked<'a>>],
    pub trial: &'a Trial,
}

/// What is known of one lesion at one timepoint, and where that comes from.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    /// `None` when nothing is said: a new lesion that is not there.
    pub finding: Option<Finding>,
    /// The figure that entered the response, or that stands for the lesion.
    pub diameter: Option<Micrometres>,
    /// The reader's own figure.
    pub reader: Option<Micrometres>,
    pub problems: Vec<Problem>,
}

/// The result.
pub(super) struct Findings {
    pub facts: SubjectFacts,
    /// `[timepoint][lesion]`
    pub cells: Vec<Vec<Cell>>,
    /// Queries with the answer that was used.
    pub queries: Vec<(Query, Option<Answer>)>,
}

/// The question that is put when a lesion has no segment.
const MISSING: &str = "missing-segment";
/// ... when an unlisted or new lesion turns up.
const NEW: &str = "possible-new-lesion";
/// ... when it was imaged in another way than at baseline.
const TECHNIQUE: &str = "technique-changed";
/// ... when two masks disagree.
const TWICE: &str = "marked-twice";

/// Collects questions while findings are derived.
struct Asking<'a> {
    answers: &'a BTreeMap<QueryKey, Answer>,
    subject: &'a str,
    queries: Vec<(Query, Option<Answer>)>,
    /// The open ones of the current timepoint.
    open: Vec<OpenQuestion>,
}

impl Asking<'_> {
    fn open_once(&mut self, lesion: &str, code: &str) {
        let question = OpenQuestion { lesion: Some(lesion.to_string()), code: code.to_string() };
        if !self.open.contains(&question) {
            self.open.push(question);
        }
    }

    fn ask(&mut self, visit: &str, lesion: &str, code: &str, question: String) -> Option<Answer> {
        let answer = self.answers.get(&(visit.to_string(), lesion.to_string(), code.to_string())).copied();
        if answer.is_none() {
            self.open_once(lesion, code);
        }
        let query = Query {
            subject: self.subject.to_string(),
            timepoint: visit.to_string(),
            lesion: lesion.to_string(),
            code: code.to_string(),
            question,
            ..Query::default()
        };
        self.queries.push((query, answer));
        answer
    }
}

/// Derives the findings of a subject under the given answers.
pub(super) fn derive(case: &Case<'_>, answers: &BTreeMap<QueryKey, Answer>) -> Findings {
    let mut asking = Asking { answers, subject: &case.row.subject, queries: Vec::new(), open: Vec::new() };
    let baseline = case.timepoints.iter().position(|timepoint| timepoint.kind == TimepointKind::Baseline);
    let techniques: Vec<Option<Technique>> = (0..case.lesions.all.len())
        .map(|lesion| match baseline.map(|at| &case.marked[at][lesion]) {
            Some(Marked::Measured(measured)) => Some(Technique::of(&measured.mark)),
            _ => None,
        })
        .collect();
    // A new lesion that was decided once stays decided.
    let mut proved: Vec<bool> = vec![false; case.lesions.all.len()];
    let mut cells = Vec::new();
    let mut timepoints = Vec::new();
    for (at, timepoint) in case.timepoints.iter().enumerate() {
        asking.open.clear();
        let row: Vec<Cell> = (0..case.lesions.all.len())
            .map(|place| {
                let lesion = &case.lesions.all[place];
                let read: Vec<&ReadRow> = reads_of(case, timepoint, lesion);
                if !timepoint.failures.is_empty() {
                    return failed(lesion, timepoint.kind);
                }
                let marked = &case.marked[at][place];
                let mut cell = match lesion.facts.role {
                    Role::Target => target(lesion, timepoint, &read, marked, techniques[place].as_ref(), case.trial, &mut asking),
                    Role::NonTarget => non_target(lesion, timepoint, &read, marked, case.trial, &mut asking),
                    Role::New => new_lesion(lesion, timepoint, &read, marked, &mut proved[place], &mut asking),
                };
                let table = case.trial.file.data.reads.as_deref();
                cell.problems.extend(called_twice(lesion, &read).map(|problem| problem.or_in(table, None)));
                cell.problems.extend(longer_than_its_lesion(lesion, &read, &cell).map(|problem| problem.or_in(table, None)));
                cell
            })
            .collect();
        let lesion_name = |place: usize| case.lesions.all[place].facts.lesion.clone();
        let viable = |(place, lesion): (usize, &Lesion)| {
            let read = reads_of(case, timepoint, lesion).iter().find_map(|read| read.viable)?;
            Some((lesion_name(place), read)).filter(|_| lesion.facts.role == Role::Target)
        };
        let new_lesion = |(place, cell): (usize, &Cell)| {
            let is_new = case.lesions.all[place].facts.role == Role::New;
            Some((lesion_name(place), cell.diameter?)).filter(|_| is_new)
        };
        let is_treated = |lesion: &&Lesion| {
            let reasons = reads_of(case, timepoint, lesion).into_iter().filter_map(|read| read.reason);
            reasons.into_iter().any(NotEvaluableReason::is_local_treatment)
        };
        let calls = || case.lesions.all.iter().flat_map(|lesion| reads_of(case, timepoint, lesion));
        for read in calls() {
            read.questions.iter().for_each(|code| asking.open_once(&read.lesion, code));
        }
        timepoints.push(TimepointFacts {
            new_symptoms: calls().filter_map(|read| read.new_symptoms).max(),
            treated: case.lesions.all.iter().filter(is_treated).map(|lesion| lesion.facts.lesion.clone()).collect(),
            viable: case.lesions.all.iter().enumerate().filter_map(viable).collect(),
            new_lesion_diameters: row.iter().enumerate().filter_map(new_lesion).collect(),
            date_last: timepoint.date_last,
            kind: timepoint.kind,
            coverage: if timepoint.failures.is_empty() { Coverage::Complete } else { Coverage::None },
            findings: row
                .iter()
                .enumerate()
                .filter_map(|(place, cell)| Some((lesion_name(place), cell.finding.clone()?)))
                .collect(),
            sizes: (0..row.len())
                .filter(|_| timepoint.failures.is_empty())
                .filter_map(|place| Some((lesion_name(place), size(&case.marked[at][place])?)))
                .collect(),
            queries: std::mem::take(&mut asking.open),
            new_lesions_assessed: timepoint.failures.is_empty(),
            ..TimepointFacts::on(&timepoint.visit, timepoint.date)
        });
        cells.push(row);
    }
    let lesions = case.lesions.all.iter().map(|lesion| lesion.facts.clone()).collect();
    let facts = SubjectFacts { subject: case.row.subject.clone(), lesions, timepoints, reference_date: None };
    Findings { facts, cells, queries: asking.queries }
}

/// How large a lesion is by its mask, beside RECIST.
fn size(marked: &Marked<'_>) -> Option<Size> {
    let Marked::Measured(measured) = marked else { return None };
    let (volume, diameter) = (measured.measurement.volume_mm3, measured.measurement.max_3d_diameter_mm);
    Some(Size { volume_mm3: Some(volume), max_3d_diameter_mm: Some(diameter) })
}

/// The reader's calls for one lesion at one timepoint.
pub(super) fn reads_of<'a>(case: &Case<'a>, timepoint: &Timepoint<'_>, lesion: &Lesion) -> Vec<&'a ReadRow> {
    let of_lesion = |read: &&ReadRow| read.subject == case.row.subject && read.lesion == lesion.facts.lesion;
    case.trial.reads.iter().filter(of_lesion).filter(|read| is_of(read, timepoint)).collect()
}

/// Whether a call belongs to a timepoint: by the name of the visit if it has one, else by the day.
pub(super) fn is_of(read: &ReadRow, timepoint: &Timepoint<'_>) -> bool {
    match (&read.timepoint, read.date) {
        (Some(visit), _) => visit.eq_ignore_ascii_case(&timepoint.visit),
        (None, Some(date)) => (timepoint.date..=timepoint.date_last).contains(&date),
        (None, None) => false,
    }
}

/// What enhances of a target is no longer than the target, whose figure may be that of a mask.
fn longer_than_its_lesion(lesion: &Lesion, reads: &[&ReadRow], cell: &Cell) -> Option<Problem> {
    let (line, viable) = reads.iter().find_map(|read| Some((read.line, read.viable?)))?;
    let mm = cell.diameter.filter(|mm| *mm < viable && lesion.facts.role == Role::Target && !lesion.facts.nodal)?;
    let name = &lesion.facts.lesion;
    let message = format!("`viable_mm` of {name} is {viable} mm, but the lesion has {mm} mm; the reader's figure counts");
    Some(Problem::warning("viable-beyond-mask", message, "correct the one that is wrong").at(format!("row {line}")))
}

/// Two calls of one lesion that differ in how they name the timepoint, by day and by visit; the table alone does not show it.
fn called_twice(lesion: &Lesion, reads: &[&ReadRow]) -> Option<Problem> {
    let [first, second, ..] = reads else { return None };
    if reads.iter().all(|read| read.state == Some(ReadState::Split)) {
        return None;
    }
    let name = &lesion.facts.lesion;
    let message =
        format!("{name} has two calls at one timepoint, in rows {} and {}; the first was used", first.line, second.line);
    Some(Problem::error("called-twice", message, "keep one of them in reads.csv").at(format!("row {}", second.line)))
}

/// Nothing is derived from a timepoint with a broken series or mask, also not from the reader's calls: the visit is to be mended.
fn failed(lesion: &Lesion, kind: TimepointKind) -> Cell {
    let finding = match (lesion.facts.role, kind) {
        (Role::Target, _) => Some(Finding::Target(TargetState::NotEvaluable(None))),
        (Role::NonTarget, _) => Some(Finding::NonTarget(NonTargetState::NotEvaluable)),
        (Role::New, _) => None,
    };
    Cell { finding, ..Cell::default() }
}

fn is_follow_up(timepoint: &Timepoint<'_>) -> bool {
    matches!(timepoint.kind, TimepointKind::Scheduled | TimepointKind::Unscheduled)
}

fn target(
    lesion: &Lesion,
    timepoint: &Timepoint<'_>,
    reads: &[&ReadRow],
    marked: &Marked<'_>,
    baseline: Option<&Technique>,
    trial: &Trial,
    asking: &mut Asking<'_>,
) -> Cell {
    let name = &lesion.facts.lesion;
    let mut cell = Cell::default();
    let state = match reads.split_first() {
        Some((read, _)) if read.state == Some(ReadState::Split) => {
            let pieces: Option<Vec<Micrometres>> = reads.iter().map(|read| read.mm).collect();
            pieces.map_or(TargetState::NotEvaluable(None), TargetState::Split)
        }
        Some((read, _)) => {
            cell.reader = read.mm;
            match (read.state, read.mm) {
                (Some(ReadState::Absent), _) => TargetState::Absent,
                (Some(ReadState::TooSmall), None) => TargetState::TooSmall,
                (Some(ReadState::NotEvaluable), _) => TargetState::NotEvaluable(read.reason),
                (_, Some(mm)) => TargetState::Measured(mm),
                (_, None) => from_mask(name, timepoint, marked, baseline, read.comparable, trial, asking),
            }
        }
        None => from_mask(name, timepoint, marked, baseline, None, trial, asking),
    };
    if let (Marked::Measured(measured), false) = (marked, reads.is_empty()) {
        let mask = measured.measurement.diameter;
        let differs = match &state {
            TargetState::Measured(mm) => *mm != mask,
            _ => true,
        };
        if differs && state != TargetState::Absent {
            let message = format!("the mask has {mask} mm, the reader's call counts");
            cell.problems.push(Problem::info(
                "reader-outranks-mask",
                message,
                "correct the one that is wrong, if the difference is not meant",
            ));
        }
    }
    if state == TargetState::Absent {
        cell.problems.extend(absent_but_marked(name, marked));
    }
    if state == TargetState::TooSmall {
        cell.problems.extend(too_small_but_marked(name, marked));
    }
    if let Marked::Twice(why) = marked {
        cell.problems.push(Problem::warning(
            "marked-twice",
            format!("{name}: {why}"),
            "remove the wrong mask, or give the reader's mm in reads.csv",
        ));
    }
    cell.diameter = match &state {
        TargetState::Measured(mm) => Some(*mm),
        // What enters the sum for a lesion that is visible but too small, and for one that is gone (recist-rules, V2 and V3).
        TargetState::TooSmall => Some(Micrometres::from_mm(5)),
        TargetState::Absent => Some(Micrometres::ZERO),
        TargetState::Split(pieces) => Some(pieces.iter().copied().sum()),
        TargetState::NotEvaluable(_) | TargetState::Merged { .. } => None,
    };
    cell.finding = Some(Finding::Target(state));
    cell
}

/// The state of a target for which the reader gave no figure.
fn from_mask(
    name: &str,
    timepoint: &Timepoint<'_>,
    marked: &Marked<'_>,
    baseline: Option<&Technique>,
    comparable: Option<bool>,
    trial: &Trial,
    asking: &mut Asking<'_>,
) -> TargetState {
    let visit = &timepoint.visit;
    match marked {
        Marked::Measured(measured) => {
            let changed =
                baseline.filter(|_| is_follow_up(timepoint)).and_then(|baseline| baseline.change(&Technique::of(&measured.mark)));
            let usable = match (changed, comparable) {
                (None, _) | (Some(_), Some(true)) => true,
                (Some(_), Some(false)) => false,
                (Some(how), None) => {
                    let question = format!("{name} was imaged in another way than at baseline ({how}). Is it comparable?");
                    asking.ask(visit, name, TECHNIQUE, question) == Some(Answer::Yes)
                }
            };
            if usable {
                TargetState::Measured(measured.measurement.diameter)
            } else {
                TargetState::NotEvaluable(Some(NotEvaluableReason::Technique))
            }
        }
        Marked::Twice(why) => {
            asking.ask(
                visit,
                name,
                TWICE,
                format!("{name}: {why}. Which one is right? Remove the other, or give mm in reads.csv"),
            );
            TargetState::NotEvaluable(None)
        }
        Marked::Nowhere => match gone(name, timepoint, trial, asking) {
            true => TargetState::Absent,
            false => TargetState::NotEvaluable(None),
        },
    }
}

/// Whether a lesion without a segment is gone. Nobody said so unless the trial file, or an answer, does.
fn gone(name: &str, timepoint: &Timepoint<'_>, trial: &Trial, asking: &mut Asking<'_>) -> bool {
    if !is_follow_up(timepoint) {
        return false;
    }
    // Readers who draw every lesion have said something only where there is a mask of theirs.
    let has_mask = timepoint.series.iter().any(|(_, masks)| !masks.is_empty());
    if has_mask && trial.file.data.missing_segment == MissingSegment::Absent {
        return true;
    }
    let missing = if has_mask { "no segment" } else { "no mask" };
    let question = format!("{name} has {missing} at {}. Is it gone (and was its region imaged)?", timepoint.visit);
    asking.ask(&timepoint.visit, name, MISSING, question) == Some(Answer::Yes)
}

fn non_target(
    lesion: &Lesion,
    timepoint: &Timepoint<'_>,
    reads: &[&ReadRow],
    marked: &Marked<'_>,
    trial: &Trial,
    asking: &mut Asking<'_>,
) -> Cell {
    let name = &lesion.facts.lesion;
    let read = reads.first();
    let reader = read.and_then(|read| read.mm);
    let mask = match marked {
        Marked::Measured(measured) => Some(measured.measurement.diameter),
        _ => None,
    };
    let figure = reader.or(mask);
    let state = match read.and_then(|read| read.state) {
        Some(ReadState::Absent) => NonTargetState::Absent,
        Some(ReadState::Decreased) => NonTargetState::Decreased,
        Some(ReadState::Increased) => NonTargetState::Increased,
        Some(ReadState::IncreasedSinceLast) => NonTargetState::IncreasedSinceLast,
        Some(ReadState::NotEvaluable) => NonTargetState::NotEvaluable,
        Some(ReadState::UnequivocalProgression) => NonTargetState::UnequivocalProgression,
        Some(_) => NonTargetState::Present,
        None if figure.is_some() || matches!(marked, Marked::Twice(_)) => NonTargetState::Present,
        None if timepoint.kind == TimepointKind::Baseline => NonTargetState::Present,
        None if gone(name, timepoint, trial, asking) => NonTargetState::Absent,
        None => NonTargetState::NotEvaluable,
    };
    let state = match figure {
        Some(short_axis) if lesion.facts.nodal => state.of_node(short_axis),
        _ => state,
    };
    let problems = match state {
        NonTargetState::Absent => absent_but_marked(name, marked).into_iter().collect(),
        _ => Vec::new(),
    };
    Cell { finding: Some(Finding::NonTarget(state)), diameter: figure, reader, problems }
}

/// A target that is called too small to be measured while its mask has a figure from 10 mm on.
fn too_small_but_marked(name: &str, marked: &Marked<'_>) -> Option<Problem> {
    let Marked::Measured(measured) = marked else { return None };
    let mask = Some(measured.measurement.diameter).filter(|mask| *mask >= Micrometres::from_mm(10))?;
    let message = format!("{name} is called too small and counts 5 mm, but its mask has {mask} mm; the call counts");
    Some(Problem::warning("too-small-but-marked", message, "correct the call in reads.csv, or the mask"))
}

/// A lesion that is called absent while a mask marks it: one of the two is wrong, and the call counts.
fn absent_but_marked(name: &str, marked: &Marked<'_>) -> Option<Problem> {
    let Marked::Measured(measured) = marked else { return None };
    let message = format!("{name} is called absent, but its mask has {} mm; the call counts", measured.measurement.diameter);
    Some(Problem::warning("absent-but-marked", message, "correct the call in reads.csv, or remove the segment"))
}

fn new_lesion(
    lesion: &Lesion,
    timepoint: &Timepoint<'_>,
    reads: &[&ReadRow],
    marked: &Marked<'_>,
    proved: &mut bool,
    asking: &mut Asking<'_>,
) -> Cell {
    let name = &lesion.facts.lesion;
    let read = reads.first();
    let mask = match marked {
        Marked::Measured(measured) => Some(measured.measurement.diameter),
        _ => None,
    };
    let reader = read.and_then(|read| read.mm);
    let mut cell = Cell { diameter: reader.or(mask), reader, ..Cell::default() };
    if !is_follow_up(timepoint) {
        if !matches!(marked, Marked::Nowhere) || read.is_some() {
            let message = format!("{name} has the role `new` but is there at {}; it is not followed", timepoint.visit);
            cell.problems.push(Problem::warning("new-at-baseline", message, "give it the role target or nontarget"));
        }
        return cell;
    }
    let state = match read.and_then(|read| read.state) {
        Some(ReadState::Unequivocal) => Some(NewState::Unequivocal),
        Some(ReadState::IncreasedSinceLast) => Some(NewState::IncreasedSinceLast),
        Some(ReadState::Equivocal) => Some(NewState::Equivocal),
        Some(ReadState::Absent) => Some(NewState::Absent),
        Some(ReadState::NotEvaluable) => Some(NewState::NotEvaluable),
        _ if matches!(marked, Marked::Nowhere) && read.is_none() => None,
        _ if *proved => Some(NewState::Unequivocal),
        _ => {
            let figure = cell.diameter.map_or(String::new(), |mm| format!(" ({mm} mm)"));
            let question = format!("{name}{figure} was not followed from baseline on. Is it unequivocally a new lesion?");
            cell.problems.push(Problem::warning(
                "possible-new-lesion",
                format!("{name} is a possible new lesion at {}", timepoint.visit),
                "answer the query",
            ));
            match asking.ask(&timepoint.visit, name, NEW, question) {
                Some(Answer::Yes) => Some(NewState::Unequivocal),
                Some(Answer::No) => Some(NewState::Absent),
                None => Some(NewState::Equivocal),
            }
        }
    };
    if state == Some(NewState::Absent) && read.is_some() {
        cell.problems.extend(absent_but_marked(name, marked));
    }
    match state {
        Some(NewState::Unequivocal | NewState::IncreasedSinceLast) => *proved = true,
        Some(NewState::Absent) => *proved = false,
        _ => {}
    }
    cell.finding = state.map(Finding::New);
    cell
}
