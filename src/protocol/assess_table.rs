//! The table of `assess`: one row per lesion and timepoint, or one row per timepoint response.

mod checks;
mod join;
mod readers;
mod responses;
mod rows;
mod states;
mod wrong;

pub use self::checks::irradiation_unsaid;
use self::join::subject_facts;
use self::readers::one_reader;
pub use self::responses::odd_responses;
use self::responses::responses;
use self::rows::{LesionRow, lesion_row};
use self::wrong::Wrong;
use super::csv_input::{Columns, Header, Table, read_whatever};
use crate::problem::Problem;
use crate::response::facts::SubjectFacts;
use crate::response::read_responses::ReadResponses;
use std::collections::{BTreeMap, BTreeSet};

/// What the table holds.
#[derive(Debug)]
pub enum AssessTable {
    /// Lesions over timepoints.
    Lesions(Vec<SubjectFacts>),
    /// Responses read elsewhere.
    Responses(Vec<ReadResponses>),
}

/// Warnings of each subject by its code.
pub type Odd = BTreeMap<String, Vec<Problem>>;

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
    read_with_warnings(bytes, file).map(|(table, _)| table)
}

/// The same, with what is odd about the rows of each subject.
///
/// # Errors
/// As [`read_assess_table`].
pub fn read_with_warnings(bytes: &[u8], file: &str) -> Result<(AssessTable, Odd), Vec<Problem>> {
    let header = String::from_utf8_lossy(bytes);
    let header = header.trim_start_matches('\u{feff}').trim_start().lines().next().unwrap_or_default().to_lowercase();
    let names = |wanted: &str| header.split([',', ';']).any(|name| name.trim().trim_matches('"') == wanted);
    let of_responses = names("overall") && !names("lesion");
    let (mut problems, mut odd) = (Vec::new(), Odd::new());
    let columns = if of_responses { &RESPONSE_COLUMNS } else { &LESION_COLUMNS };
    let Some((mut table, header)) = read_whatever(bytes, file, columns, &mut problems) else { return Err(problems) };
    table.refuse_line_breaks(file, &mut problems);
    let of_form = problems.len();
    let read = if of_responses {
        AssessTable::Responses(responses(&table, file, &mut problems))
    } else {
        let mut wrong = Wrong { file, errors: &mut problems, odd: &mut odd };
        AssessTable::Lesions(lesions(&table, of_form == 0, &mut wrong))
    };
    if header == Header::Wrong {
        // A cell may be empty, or rows at odds, because the column is not found; what does stand in a cell is known.
        let of_form = problems.drain(..of_form).collect::<Vec<_>>();
        problems.retain(|problem| ["word", "date", "length", "figure"].contains(&problem.code));
        problems.splice(0..0, of_form);
    }
    if problems.is_empty() { Ok((read, odd)) } else { Err(problems) }
}

/// `whole`: no row was lost before its cells were read.
fn lesions(table: &Table, whole: bool, wrong: &mut Wrong) -> Vec<SubjectFacts> {
    let mut rows = Vec::new();
    // Subjects with rows that could not be understood; an empty name for a row of nobody.
    let mut unread: BTreeSet<String> = BTreeSet::new();
    for row in &table.rows {
        let known = wrong.errors.len();
        let mut cells = table.cells(row, wrong.file, wrong.errors);
        let subject = cells.text("subject").to_string();
        rows.extend(lesion_row(&mut cells, row.line));
        if wrong.errors.len() > known {
            unread.insert(subject);
        }
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
    let whole = whole && !unread.contains("");
    let of_subject = |own: Vec<&LesionRow>| {
        let subject = own[0].subject.clone();
        let all_read = whole && !unread.contains(&subject);
        let own = one_reader(own, all_read, wrong);
        subject_facts(subject, &own, all_read, wrong)
    };
    subjects.into_iter().map(of_subject).collect()
}
