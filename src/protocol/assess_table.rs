//! The table of `assess`: one row per lesion and timepoint, or one row per timepoint response.

use super::assess_rows::{LesionRow, State, lesion_row};
use super::csv_input::{Cells, Columns, Table, read};
use crate::problem::Problem;
use crate::response::assessment::Overall;
use crate::response::days_between;
use crate::response::facts::{
    Coverage, Finding, LesionFacts, Markers, NotEvaluableReason, OpenQuestion, Role, SubjectFacts, TargetState, TimepointFacts,
    TimepointKind,
};
use crate::response::read_responses::{ReadResponse, ReadResponses};
use crate::units::Micrometres;
use std::collections::BTreeMap;
use std::ops::Add;

/// What the table holds.
#[derive(Debug)]
pub enum AssessTable {
    /// Lesions over timepoints.
    Lesions(Vec<SubjectFacts>),
    /// Responses read elsewhere.
    Responses(Vec<ReadResponses>),
}

const LESION_COLUMNS: Columns = Columns {
    required: &["subject", "date", "lesion", "role", "state"],
    optional: &[
        "visit",
        "site",
        "nodal",
        "mm",
        "timepoint",
        "tp_kind",
        "coverage",
        "reason",
        "merged_into",
        "parent_lesion",
        "reader",
        "accepted",
        "irradiated",
        "intracranial",
        "viable_mm",
        "markers",
        "new_symptoms",
        "absent_basis",
        "pd_basis",
        "comparable",
        "reference_date",
        "volume_mm3",
        "max_3d_diameter_mm",
    ],
};
const RESPONSE_COLUMNS: Columns = Columns { required: &["subject", "date", "overall"], optional: &["visit", "reference_date"] };

/// Reads the table of `assess`; a column `overall` makes it one of responses.
///
/// # Errors
/// Every row that cannot be understood, or contradicts another, with its row number.
pub fn read_assess_table(bytes: &[u8], file: &str) -> Result<AssessTable, Vec<Problem>> {
    let header = String::from_utf8_lossy(bytes);
    let header = header.trim_start_matches('\u{feff}').trim_start().lines().next().unwrap_or_default().to_lowercase();
    let names = |wanted: &str| header.split([',', ';']).any(|name| name.trim().trim_matches('"') == wanted);
    let mut problems = Vec::new();
    let table = if names("overall") && !names("lesion") {
        let Some(table) = read(bytes, file, &RESPONSE_COLUMNS, &mut problems) else { return Err(problems) };
        AssessTable::Responses(responses(&table, file, &mut problems))
    } else {
        let Some(table) = read(bytes, file, &LESION_COLUMNS, &mut problems) else { return Err(problems) };
        AssessTable::Lesions(lesions(&table, file, &mut problems))
    };
    if problems.is_empty() { Ok(table) } else { Err(problems) }
}

fn responses(table: &Table, file: &str, problems: &mut Vec<Problem>) -> Vec<ReadResponses> {
    let not_done = [("ND", None)];
    let classes: Vec<_> = Overall::SPELLINGS.iter().map(|(text, class)| (*text, Some(*class))).chain(not_done).collect();
    let mut subjects: Vec<ReadResponses> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for row in &table.rows {
        let mut cells = table.cells(row, file, problems);
        let (subject, date) = (cells.required("subject"), cells.required("date").and_then(|_| cells.date("date")));
        let overall = cells.required("overall").and_then(|_| cells.one_of("overall", &classes));
        let reference_date = cells.date("reference_date");
        let (Some(subject), Some(date), Some(overall)) = (subject, date, overall) else { continue };
        let visit = cells.optional("visit").unwrap_or_else(|| date.to_string());
        let place = *places.entry(subject.clone()).or_insert(subjects.len());
        if place == subjects.len() {
            subjects.push(ReadResponses { subject, reference_date, timepoints: Vec::new() });
        }
        same(&mut subjects[place].reference_date, reference_date, "reference_date", &mut cells);
        subjects[place].timepoints.push(ReadResponse { visit, date, overall });
    }
    subjects
}

/// Takes over what a row says about something that all rows must agree on.
fn same<T: Copy + PartialEq>(known: &mut Option<T>, given: Option<T>, column: &str, cells: &mut Cells) {
    match (*known, given) {
        (Some(known), Some(given)) if known != given => {
            cells.problem("rows-differ", format!("`{column}` differs from an earlier row"), "make the rows agree");
        }
        (None, Some(_)) => *known = given,
        _ => {}
    }
}

fn lesions(table: &Table, file: &str, problems: &mut Vec<Problem>) -> Vec<SubjectFacts> {
    let mut rows = Vec::new();
    for row in &table.rows {
        let mut cells = table.cells(row, file, problems);
        rows.extend(lesion_row(&mut cells, row.line));
    }
    // In the order of their first rows, found by name: tables have a hundred thousand subjects.
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut subjects: Vec<Vec<&LesionRow>> = Vec::new();
    for row in &rows {
        let place = *places.entry(&row.subject).or_insert(subjects.len());
        if place == subjects.len() {
            subjects.push(Vec::new());
        }
        subjects[place].push(row);
    }
    let mut of_subject = |own: Vec<&LesionRow>| {
        let subject = own[0].subject.clone();
        let own = one_reader(own, &subject, file, problems);
        subject_facts(subject, &own, file, problems)
    };
    subjects.into_iter().map(&mut of_subject).collect()
}

/// Readers are never mixed in one sum: the accepted one counts (recist-rules, W9). A timepoint at which no reader is accepted is a
/// problem: leaving it out would move the baseline or the nadir.
fn one_reader<'a>(rows: Vec<&'a LesionRow>, subject: &str, file: &str, problems: &mut Vec<Problem>) -> Vec<&'a LesionRow> {
    let refused = rows.first().copied();
    let rows: Vec<_> = rows.into_iter().filter(|row| row.accepted != Some(false)).collect();
    let several = rows.iter().any(|row| row.reader != rows[0].reader);
    let (accepted, open): (Vec<&LesionRow>, Vec<&LesionRow>) = rows.iter().copied().partition(|row| row.accepted == Some(true));
    let choose = several && !accepted.is_empty();
    let undecided = |row: &&&'a LesionRow| choose && !accepted.iter().any(|other| other.key() == row.key());
    if let Some(row) = open.iter().find(undecided).copied().or(refused.filter(|_| rows.is_empty())) {
        let message = format!("subject {subject} has no accepted reader at {}", row.key());
        let advice = "mark the rows of one reader as accepted at every timepoint";
        problems.push(Problem::error("none-accepted", message, advice).in_file(file).at(format!("row {}", row.line)));
    }
    let rows = if choose { accepted } else { rows };
    let first = rows.first().and_then(|row| row.reader.as_deref());
    if let Some(other) = rows.iter().find(|row| row.reader.as_deref() != first) {
        let message = format!("subject {subject} has rows of more than one reader");
        let advice = "mark the rows of one reader as accepted; readers are never mixed in one sum";
        problems.push(Problem::error("several-readers", message, advice).in_file(file).at(format!("row {}", other.line)));
    }
    rows
}

fn subject_facts(subject: String, rows: &[&LesionRow], file: &str, problems: &mut Vec<Problem>) -> SubjectFacts {
    let mut refuse = |row: &LesionRow, code, message: String, advice: &str| {
        problems.push(Problem::error(code, message, advice).in_file(file).at(format!("row {}", row.line)));
    };
    let mut facts = SubjectFacts { subject, lesions: Vec::new(), timepoints: Vec::new(), reference_date: None };
    let mut nodal: BTreeMap<&str, bool> = BTreeMap::new();
    let mut timepoints: Vec<(String, Vec<&LesionRow>)> = Vec::new();
    for row in rows {
        let name = row.lesion.lesion.as_str();
        match facts.lesions.iter_mut().find(|known| known.lesion == name) {
            None => facts.lesions.push(row.lesion.clone()),
            Some(known) if known.role != row.lesion.role => {
                let message = format!("lesion {name} is a {} here and a {} before", row.lesion.role, known.role);
                refuse(row, "role-changed", message, "a lesion keeps the role it had at baseline");
            }
            Some(known) => {
                known.site = known.site.take().or(row.lesion.site.clone());
                known.irradiated = known.irradiated.or(row.lesion.irradiated);
                known.intracranial = known.intracranial.or(row.lesion.intracranial);
                known.parent_lesion = known.parent_lesion.take().or(row.lesion.parent_lesion.clone());
                known.nodal |= row.lesion.nodal;
            }
        }
        if let Some(stated) = row.nodal
            && *nodal.entry(name).or_insert(stated) != stated
        {
            refuse(row, "nodal-changed", format!("lesion {name} changes `nodal`"), "it is fixed at baseline");
        }
        match (facts.reference_date, row.reference_date) {
            (Some(known), Some(given)) if known != given => {
                refuse(row, "rows-differ", "`reference_date` differs from an earlier row".into(), "make the rows agree");
            }
            (known, given) => facts.reference_date = known.or(given),
        }
        let key = row.key();
        match timepoints.iter_mut().find(|(known, _)| *known == key) {
            Some((_, rows)) => rows.push(row),
            None => timepoints.push((key, vec![row])),
        }
    }
    facts.timepoints = timepoints.iter().map(|(_, rows)| timepoint(rows, &facts.lesions, &mut refuse)).collect();
    if !facts.timepoints.iter().any(|timepoint| timepoint.kind == TimepointKind::Baseline) {
        let stated = timepoints.iter().map(|(_, rows)| rows.iter().find_map(|row| row.kind));
        let candidates = facts.timepoints.iter_mut().zip(stated).filter(|(_, stated)| *stated != Some(TimepointKind::History));
        if let Some((earliest, None)) = candidates.min_by_key(|(timepoint, _)| timepoint.date) {
            earliest.kind = TimepointKind::Baseline;
        }
    }
    facts
}

/// The scans of one timepoint are not further apart than a baseline may be from the start of treatment (RECIST 1.1 section 4.2).
const LONGEST_TIMEPOINT_DAYS: i32 = 28;

/// Joins the rows of one timepoint.
fn timepoint(
    rows: &[&LesionRow],
    lesions: &[LesionFacts],
    refuse: &mut impl FnMut(&LesionRow, &'static str, String, &str),
) -> TimepointFacts {
    let dates = || rows.iter().map(|row| row.date);
    let (first, last) = (dates().min().unwrap_or_default(), dates().max().unwrap_or_default());
    if let Some(row) = rows.iter().find(|row| days_between(first, row.date) > LONGEST_TIMEPOINT_DAYS) {
        let message = format!("{} has rows of {first} and of {}", row.key(), row.date);
        refuse(row, "timepoint-too-long", message, "give each visit its own name, or a column `timepoint`");
    }
    let mut findings: Vec<(String, Finding)> = Vec::new();
    let (mut kind, mut coverage, mut markers, mut new_symptoms) = (None, None, None, None);
    let mut queries: Vec<OpenQuestion> = Vec::new();
    for row in rows {
        let name = &row.lesion.lesion;
        let known = findings.iter_mut().find(|(lesion, _)| lesion == name).map(|(_, finding)| finding);
        match (&row.state, known) {
            (State::Piece(piece), None) => findings.push((name.clone(), Finding::Target(TargetState::Split(vec![*piece])))),
            (State::Piece(piece), Some(Finding::Target(TargetState::Split(pieces)))) => pieces.push(*piece),
            (State::Whole(finding), None) => {
                // A lesion is a node at every timepoint, whether or not each row says so.
                let nodal = lesions.iter().any(|lesion| lesion.lesion == *name && lesion.nodal);
                let finding = match (finding, row.mm) {
                    (Finding::NonTarget(state), Some(short_axis)) if nodal => Finding::NonTarget(state.of_node(short_axis)),
                    _ => finding.clone(),
                };
                findings.push((name.clone(), finding));
            }
            (State::Piece(_) | State::Whole(_), Some(_)) => {
                let message = format!("lesion {name} has a second row at {}", row.visit);
                refuse(row, "duplicate-row", message, "keep one; the pieces of a split target all have state split");
            }
        }
        for (differs, column) in [
            (agree(&mut kind, row.kind), "tp_kind"),
            (agree(&mut coverage, row.coverage), "coverage"),
            (agree(&mut markers, row.markers), "markers"),
            (agree(&mut new_symptoms, row.new_symptoms), "new_symptoms"),
        ] {
            if differs {
                refuse(row, "rows-differ", format!("`{column}` differs within {}", row.visit), "make the rows agree");
            }
        }
        let question = |code: &&str| OpenQuestion { lesion: Some(row.lesion.lesion.clone()), code: code.to_string() };
        queries.extend(row.queries.iter().map(question));
    }
    queries.sort();
    queries.dedup();
    let kind = kind.unwrap_or(TimepointKind::Scheduled);
    let of_role = |row: &LesionRow, role: Role, mm: Option<Micrometres>| mm.filter(|_| row.lesion.role == role);
    let days = rows.iter().map(|row| (row.lesion.lesion.clone(), row.date)).collect();
    let is_treated = |row: &&&LesionRow| row.reason.is_some_and(NotEvaluableReason::is_local_treatment);
    let treated = rows.iter().filter(is_treated);
    TimepointFacts {
        date_last: last,
        kind,
        coverage: coverage.unwrap_or_else(|| seen_coverage(rows, lesions, kind)),
        markers: markers.unwrap_or(Markers::NotApplicable),
        new_symptoms,
        findings,
        viable: figures(rows, |row| of_role(row, Role::Target, row.viable)),
        new_lesion_diameters: figures(rows, |row| of_role(row, Role::New, row.mm)),
        sizes: figures(rows, |row| row.size),
        days: if first == last { BTreeMap::new() } else { days },
        treated: treated.map(|row| row.lesion.lesion.clone()).collect(),
        queries,
        ..TimepointFacts::on(rows.first().map(|row| row.visit.clone()).unwrap_or_default(), first)
    }
}

/// A figure of each lesion that has it; that of a split one is the sum of its pieces, if every piece has it.
fn figures<T: Copy + Add<Output = T>>(rows: &[&LesionRow], figure: impl Fn(&LesionRow) -> Option<T>) -> BTreeMap<String, T> {
    let mut figures: BTreeMap<String, Option<T>> = BTreeMap::new();
    for row in rows {
        let own = figure(row);
        let add = |sum: &mut Option<T>| *sum = sum.zip(own).map(|(sum, own)| sum + own);
        figures.entry(row.lesion.lesion.clone()).and_modify(add).or_insert(own);
    }
    figures.into_iter().filter_map(|(lesion, figure)| Some((lesion, figure?))).collect()
}

/// Takes over a value on which the rows of a timepoint must agree; true when this row differs.
fn agree<T: Copy + PartialEq>(known: &mut Option<T>, given: Option<T>) -> bool {
    let differs = known.zip(given).is_some_and(|(known, given)| known != given);
    *known = known.or(given);
    differs
}

/// What was imaged, as far as the rows tell: a lesion that was not imaged lies in a region that was not imaged, and an
/// unscheduled visit without rows for some lesions did not look at them.
fn seen_coverage(rows: &[&LesionRow], lesions: &[LesionFacts], kind: TimepointKind) -> Coverage {
    let missing = rows.iter().filter(|row| row.reason == Some(NotEvaluableReason::NotImaged)).count();
    let old = lesions.iter().filter(|lesion| lesion.role != Role::New);
    let unseen = old.into_iter().filter(|lesion| !rows.iter().any(|row| row.lesion.lesion == lesion.lesion)).count();
    if missing == rows.len() {
        Coverage::None
    } else if missing > 0 || (kind == TimepointKind::Unscheduled && unseen > 0) {
        Coverage::Partial
    } else {
        Coverage::Complete
    }
}
