//! `subjects.csv`: who takes part, and the days that matter.

use super::csv_input::{Columns, read};
use crate::problem::Problem;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// One subject.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SubjectRow {
    /// The trial's code, the only name that is ever shown.
    pub subject: String,
    /// Patient ID in the images; never shown. Without it the subject's code is looked for.
    pub patient_id: Option<String>,
    /// Treatment arm.
    pub arm: String,
    /// Days by column name (`randomised`, `rt_end`, ...).
    pub dates: BTreeMap<String, Date>,
}

/// Columns of `subjects.csv` that hold a day; each can be an anchor.
pub const DATE_COLUMNS: [&str; 9] =
    ["randomised", "treatment_start", "procedure", "rt_start", "rt_end", "new_therapy", "withdrawn", "last_alive", "death"];

const OPTIONAL: [&str; 14] = [
    "patient_id",
    "arm",
    "randomised",
    "treatment_start",
    "procedure",
    "rt_start",
    "rt_end",
    "new_therapy",
    "withdrawn",
    "last_alive",
    "death",
    "death_cause",
    "stratum",
    "site",
];

/// Reads the table.
///
/// # Errors
/// All problems: form, empty or repeated subjects, one patient for two subjects, days that are no dates.
pub fn read_subjects(bytes: &[u8], file: &str) -> Result<Vec<SubjectRow>, Vec<Problem>> {
    let mut problems = Vec::new();
    let Some(table) = read(bytes, file, &Columns { required: &["subject"], optional: &OPTIONAL }, &mut problems) else {
        return Err(problems);
    };
    let mut subjects: Vec<SubjectRow> = Vec::new();
    let (mut names, mut patients) = (BTreeSet::new(), BTreeSet::new());
    for row in &table.rows {
        let mut cells = table.cells(row, file, &mut problems);
        let Some(subject) = cells.required("subject") else { continue };
        let mut dates = BTreeMap::new();
        for column in DATE_COLUMNS {
            dates.extend(cells.date(column).map(|date| (column.to_string(), date)));
        }
        let patient_id = cells.optional("patient_id");
        if !names.insert(subject.clone()) {
            cells.problem("subject-twice", format!("subject {subject} is listed twice"), "list each subject once");
        }
        if !patients.insert(patient_id.clone().unwrap_or(subject.clone())) {
            cells.problem(
                "patient-twice",
                format!("the patient_id of {subject} belongs to another subject too"),
                "correct one of the two: one patient is one subject",
            );
        }
        let arm = cells.text("arm").to_string();
        subjects.push(SubjectRow { subject, patient_id, arm, dates });
    }
    if problems.is_empty() { Ok(subjects) } else { Err(problems) }
}
