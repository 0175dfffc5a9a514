//! What contradicts itself in the reader's calls.

use super::{ReadRow, ReadState};
use crate::problem::Problem;
use crate::protocol::csv_input::Cells;
use crate::response::facts::{NotEvaluableReason, Role};
use crate::units::Micrometres;
use std::collections::BTreeMap;

/// From this diameter on a target has a figure (recist-rules, V2).
const MEASURABLE: Micrometres = Micrometres::from_mm(10);

/// One call by itself.
pub(super) fn refuse_contradictions(
    cells: &mut Cells,
    lesion: &str,
    role: Role,
    state: Option<ReadState>,
    reason: Option<NotEvaluableReason>,
    mm: Option<Micrometres>,
    viable: Option<Micrometres>,
) {
    if let (Some(reason), Some(state)) = (reason, state.filter(|state| *state != ReadState::NotEvaluable)) {
        let message = format!("{lesion} is `{}`, and not evaluable for the reason {reason}", state.word());
        cells.problem("reason-contradicts", message, "write not_evaluable, or empty the reason");
    }
    if mm == Some(Micrometres::ZERO) && !matches!(state, Some(ReadState::Absent | ReadState::NotEvaluable)) {
        cells.problem("mm-zero", format!("{lesion} has 0 mm"), "write absent if it is gone, too_small if it has no figure");
    }
    if let (Some(state @ (ReadState::Absent | ReadState::NotEvaluable)), Some(mm)) = (state, mm)
        && mm > Micrometres::ZERO
    {
        let message = format!("{lesion} is `{}` and has {mm} mm", state.word());
        cells.problem("state-and-mm", message, "remove the figure, or write measured");
    }
    if let (Some(ReadState::TooSmall), Role::Target, Some(mm)) = (state, role, mm.filter(|mm| *mm >= MEASURABLE)) {
        let message = format!("a target of {mm} mm is not too small for a figure; too_small is below {MEASURABLE} mm");
        cells.problem("mm-contradicts", message, "write measured, or correct `mm`");
    }
    if let (Some(mm), Some(viable)) = (mm, viable)
        && mm < viable
    {
        let message =
            format!("`viable_mm` of {lesion} is {viable} mm, but the lesion has {mm} mm: a part is no longer than the whole");
        cells.problem("viable-too-long", message, "correct one of the two");
    }
}

/// At each scan one reader counts: the rows say yes or no, or none of them says anything.
pub(super) fn accepted_in_part(reads: &[ReadRow], file: &str) -> Vec<Problem> {
    let mut scans: BTreeMap<_, Vec<&ReadRow>> = BTreeMap::new();
    for read in reads {
        scans.entry((read.subject.as_str(), read.date, read.timepoint.as_deref())).or_default().push(read);
    }
    let mut problems = Vec::new();
    for rows in scans.values() {
        let said = |accepted: Option<bool>| rows.iter().find(|read| read.accepted == accepted);
        match (said(Some(true)), said(None), rows[0]) {
            (Some(yes), Some(open), _) => {
                let message = format!("`accepted` of {} is empty, and yes in row {} of the same scan", open.subject, yes.line);
                let problem = Problem::error("accepted-partly", message, "write yes or no in every row of the scan");
                problems.push(problem.in_file(file).at(format!("row {}", open.line)));
            }
            (None, None, first) => {
                let message = format!("{} has calls of this scan, and none is accepted", first.subject);
                let problem = Problem::error("none-accepted", message, "mark the rows of one reader as accepted");
                problems.push(problem.in_file(file).at(format!("row {}", first.line)));
            }
            _ => {}
        }
    }
    problems
}

/// A scan was made for new symptoms or it was not, whatever lesion a row is about.
pub(super) fn symptoms_differ(reads: &[ReadRow], file: &str) -> Vec<Problem> {
    let mut first: BTreeMap<_, (bool, u64)> = BTreeMap::new();
    let mut problems = Vec::new();
    for read in reads {
        let Some(symptoms) = read.new_symptoms else { continue };
        let key = (read.subject.as_str(), read.date, read.timepoint.as_deref());
        let (other, line) = *first.entry(key).or_insert((symptoms, read.line));
        if other != symptoms {
            let message = format!("`new_symptoms` of {} differs from that in row {line}", read.subject);
            let problem = Problem::error("rows-differ", message, "make the rows of one scan agree");
            problems.push(problem.in_file(file).at(format!("row {}", read.line)));
        }
    }
    problems
}

/// One lesion has one call at one timepoint, except the pieces of a split one.
pub(super) fn called_twice(reads: &[ReadRow], file: &str) -> Vec<Problem> {
    let mut first: BTreeMap<_, &ReadRow> = BTreeMap::new();
    let mut problems = Vec::new();
    for read in reads {
        let key = (read.subject.as_str(), read.lesion.as_str(), read.date, read.timepoint.as_deref());
        let Some(earlier) = first.get(&key) else {
            first.insert(key, read);
            continue;
        };
        if earlier.state == Some(ReadState::Split) && read.state == Some(ReadState::Split) {
            continue;
        }
        let message = format!("{} of {} has a call in row {} too", read.lesion, read.subject, earlier.line);
        let advice = "keep one, or mark the reader whose calls count with accepted = yes and the others with no";
        problems.push(Problem::error("called-twice", message, advice).in_file(file).at(format!("row {}", read.line)));
    }
    problems
}
