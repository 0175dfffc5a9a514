//! The table of `assess`: one row per lesion and timepoint, or one row per timepoint response.

use super::csv_input::{Cells, Columns, Table, read};
use crate::problem::Problem;
use crate::response::assessment::Overall;
use crate::response::days_between;
use crate::response::facts::{
    Coverage, Finding, LesionFacts, Markers, NewState, NonTargetState, NotEvaluableReason, Role, SubjectFacts, TargetState,
    TimepointFacts, TimepointKind,
};
use crate::response::read_responses::{ReadResponse, ReadResponses};
use crate::units::Micrometres;
use jiff::civil::Date;
use std::collections::BTreeMap;

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
        "absent_basis",
        "pd_basis",
        "comparable",
        "reference_date",
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

/// A lesion row that could be understood.
struct LesionRow {
    line: u64,
    subject: String,
    date: Date,
    visit: String,
    timepoint: Option<String>,
    lesion: LesionFacts,
    nodal: Option<bool>,
    state: State,
    mm: Option<Micrometres>,
    viable: Option<Micrometres>,
    kind: Option<TimepointKind>,
    coverage: Option<Coverage>,
    markers: Option<Markers>,
    reference_date: Option<Date>,
    reader: Option<String>,
    accepted: Option<bool>,
    queries: Vec<&'static str>,
}

impl LesionRow {
    /// What the rows of one timepoint have in common.
    fn key(&self) -> String {
        self.timepoint.clone().unwrap_or_else(|| self.date.to_string())
    }
}

/// A finding, or one piece of a split target.
enum State {
    Whole(Finding),
    Piece(Micrometres),
}

#[derive(Clone, Copy, PartialEq)]
enum TargetWord {
    Measured,
    TooSmall,
    Absent,
    NotEvaluable,
    Split,
    Merged,
}

const TARGET_WORDS: &[(&str, TargetWord)] = &[
    ("measured", TargetWord::Measured),
    ("too_small", TargetWord::TooSmall),
    ("absent", TargetWord::Absent),
    ("not_evaluable", TargetWord::NotEvaluable),
    ("split", TargetWord::Split),
    ("merged", TargetWord::Merged),
];

const NON_TARGET_WORDS: &[(&str, NonTargetState)] = &[
    ("present", NonTargetState::Present),
    ("absent", NonTargetState::Absent),
    ("increased", NonTargetState::Increased),
    ("increased_since_last", NonTargetState::IncreasedSinceLast),
    ("not_evaluable", NonTargetState::NotEvaluable),
    ("unequivocal_progression", NonTargetState::UnequivocalProgression),
];

#[derive(Clone, Copy, PartialEq)]
enum Basis {
    Imaging,
    Other,
}

const ABSENT_BASES: &[(&str, Basis)] = &[("imaging", Basis::Imaging), ("pet", Basis::Other), ("biopsy", Basis::Other)];
/// Whether growth there asks for a second look (recist-rules, W4).
const PD_BASES: &[(&str, bool)] = &[("in-field", true), ("marginal", false), ("out-of-field", false), ("new", false)];

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

fn lesion_row(cells: &mut Cells, line: u64) -> Option<LesionRow> {
    let subject = cells.required("subject");
    let date = cells.required("date").and_then(|_| cells.date("date"));
    let name = cells.required("lesion");
    let role = cells.required("role").and_then(|_| cells.one_of("role", Role::SPELLINGS));
    let nodal = cells.yes_no("nodal");
    let mut queries = Vec::new();
    let mm = cells.millimetres("mm");
    let state = role.and_then(|role| state(cells, role, mm, &mut queries));
    if cells.one_of("pd_basis", PD_BASES) == Some(true) {
        queries.push("in-field-growth");
    }
    let irradiated = cells.yes_no("irradiated");
    let intracranial = cells.yes_no("intracranial");
    let viable = cells.millimetres("viable_mm");
    let kind = cells.one_of("tp_kind", TimepointKind::SPELLINGS);
    let coverage = cells.one_of("coverage", Coverage::SPELLINGS);
    let markers = cells.one_of("markers", Markers::SPELLINGS);
    let reference_date = cells.date("reference_date");
    let accepted = cells.yes_no("accepted");
    let (subject, date, name, role, state) = (subject?, date?, name?, role?, state?);
    let lesion = LesionFacts {
        site: cells.optional("site"),
        nodal: nodal.unwrap_or(false),
        irradiated,
        parent_lesion: cells.optional("parent_lesion"),
        intracranial,
        ..LesionFacts::new(name, role)
    };
    let visit = cells.optional("visit").unwrap_or_else(|| date.to_string());
    let (timepoint, reader) = (cells.optional("timepoint").or(cells.optional("visit")), cells.optional("reader"));
    Some(LesionRow {
        line,
        subject,
        date,
        visit,
        timepoint,
        lesion,
        nodal,
        state,
        mm,
        viable,
        kind,
        coverage,
        markers,
        reference_date,
        reader,
        accepted,
        queries,
    })
}

fn state(cells: &mut Cells, role: Role, mm: Option<Micrometres>, queries: &mut Vec<&'static str>) -> Option<State> {
    let mm_is_bad = mm.is_none() && !cells.text("mm").is_empty();
    let reason = cells.one_of("reason", NotEvaluableReason::SPELLINGS);
    let absent_basis = cells.one_of("absent_basis", ABSENT_BASES);
    if cells.text("state").eq_ignore_ascii_case("absent") && absent_basis == Some(Basis::Other) {
        queries.push("absent-basis");
    }
    let finding = match role {
        Role::New => Finding::New(cells.required("state").and_then(|_| cells.one_of("state", NewState::SPELLINGS))?),
        Role::NonTarget => {
            let state = cells.required("state").and_then(|_| cells.one_of("state", NON_TARGET_WORDS))?;
            if state == NonTargetState::Absent && mm.is_some_and(|mm| mm > Micrometres::ZERO) {
                let message = "a non-target that is absent cannot have a diameter";
                cells.problem("mm-contradicts", message, "empty `mm`, or write present");
                return None;
            }
            // What technique keeps from being compared is not evaluable, target or not (recist-rules, V11).
            let state = if cells.yes_no("comparable") == Some(false) { NonTargetState::NotEvaluable } else { state };
            Finding::NonTarget(state)
        }
        Role::Target => return target_state(cells, mm, mm_is_bad, reason),
    };
    if mm_is_bad { None } else { Some(State::Whole(finding)) }
}

fn target_state(
    cells: &mut Cells,
    mm: Option<Micrometres>,
    mm_is_bad: bool,
    reason: Option<NotEvaluableReason>,
) -> Option<State> {
    let comparable = cells.yes_no("comparable");
    let word = match (cells.text("state").is_empty(), cells.text("mm").is_empty()) {
        (false, _) => cells.one_of("state", TARGET_WORDS)?,
        (true, false) => TargetWord::Measured,
        (true, true) => {
            let advice = "an empty cell is not 0: write absent, too_small or not_evaluable";
            cells.problem("state-empty", "a target has neither `state` nor `mm`", advice);
            return None;
        }
    };
    if mm_is_bad {
        return None;
    }
    let needs_mm = matches!(word, TargetWord::Measured | TargetWord::Split);
    let refuses_mm = match word {
        TargetWord::Absent => mm.is_some_and(|mm| mm > Micrometres::ZERO),
        TargetWord::NotEvaluable | TargetWord::Merged => mm.is_some(),
        TargetWord::Measured | TargetWord::Split | TargetWord::TooSmall => false,
    };
    let state = cells.text("state").to_string();
    if needs_mm && mm.is_none() {
        let advice = "an empty cell is not 0: give `mm`, or write absent, too_small or not_evaluable";
        cells.problem("mm-missing", format!("`mm` is empty although the state is {state}"), advice);
        return None;
    }
    if refuses_mm {
        cells.problem(
            "mm-contradicts",
            format!("a target that is {state} cannot have a diameter"),
            "empty `mm`, or write measured",
        );
        return None;
    }
    // A target that was resected or not imaged is not evaluable; as absent it would count 0 mm (recist-rules, V9).
    if reason.is_some() && !matches!(word, TargetWord::NotEvaluable | TargetWord::Merged) {
        let message = format!("`reason` says why a target is not evaluable, but the state is {state}");
        cells.problem("reason-contradicts", message, "write not_evaluable, or empty `reason`");
        return None;
    }
    if comparable == Some(false) {
        return Some(State::Whole(Finding::Target(TargetState::NotEvaluable(Some(NotEvaluableReason::Technique)))));
    }
    Some(match (word, mm) {
        (TargetWord::Split, Some(piece)) => State::Piece(piece),
        (TargetWord::Measured | TargetWord::TooSmall, Some(diameter)) => {
            State::Whole(Finding::Target(TargetState::Measured(diameter)))
        }
        (TargetWord::TooSmall | TargetWord::Measured | TargetWord::Split, None) => {
            State::Whole(Finding::Target(TargetState::TooSmall))
        }
        (TargetWord::Absent, _) => State::Whole(Finding::Target(TargetState::Absent)),
        (TargetWord::NotEvaluable, _) => State::Whole(Finding::Target(TargetState::NotEvaluable(reason))),
        (TargetWord::Merged, _) => {
            let into = cells.required("merged_into")?;
            State::Whole(Finding::Target(TargetState::Merged { into }))
        }
    })
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
    let (mut kind, mut coverage, mut markers) = (None, None, None);
    let mut queries: Vec<String> = Vec::new();
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
                    (Finding::NonTarget(NonTargetState::Present), Some(short_axis)) if nodal => {
                        Finding::NonTarget(NonTargetState::PresentNode(short_axis))
                    }
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
        ] {
            if differs {
                refuse(row, "rows-differ", format!("`{column}` differs within {}", row.visit), "make the rows agree");
            }
        }
        queries.extend(row.queries.iter().map(|code| code.to_string()));
    }
    queries.sort();
    queries.dedup();
    let kind = kind.unwrap_or(TimepointKind::Scheduled);
    let diameters = |role: Role, length: fn(&LesionRow) -> Option<Micrometres>| {
        let of_role = rows.iter().filter(|row| row.lesion.role == role);
        of_role.filter_map(|row| Some((row.lesion.lesion.clone(), length(row)?))).collect()
    };
    TimepointFacts {
        date_last: last,
        kind,
        coverage: coverage.unwrap_or_else(|| seen_coverage(&findings, lesions, kind)),
        markers: markers.unwrap_or(Markers::NotApplicable),
        findings,
        viable: diameters(Role::Target, |row| row.viable),
        new_lesion_diameters: diameters(Role::New, |row| row.mm),
        queries,
        ..TimepointFacts::on(rows.first().map(|row| row.visit.clone()).unwrap_or_default(), first)
    }
}

/// Takes over a value on which the rows of a timepoint must agree; true when this row differs.
fn agree<T: Copy + PartialEq>(known: &mut Option<T>, given: Option<T>) -> bool {
    let differs = known.zip(given).is_some_and(|(known, given)| known != given);
    *known = known.or(given);
    differs
}

/// What was imaged, as far as the rows tell: a lesion that was not imaged lies in a region that was not imaged, and an
/// unscheduled visit without rows for some lesions did not look at them.
fn seen_coverage(findings: &[(String, Finding)], lesions: &[LesionFacts], kind: TimepointKind) -> Coverage {
    let not_imaged = |(_, finding): &&(String, Finding)| {
        *finding == Finding::Target(TargetState::NotEvaluable(Some(NotEvaluableReason::NotImaged)))
    };
    let missing = findings.iter().filter(not_imaged).count();
    let old = lesions.iter().filter(|lesion| lesion.role != Role::New);
    let unseen = old.into_iter().filter(|lesion| !findings.iter().any(|(name, _)| *name == lesion.lesion)).count();
    if missing == findings.len() {
        Coverage::None
    } else if missing > 0 || (kind == TimepointKind::Unscheduled && unseen > 0) {
        Coverage::Partial
    } else {
        Coverage::Complete
    }
}
