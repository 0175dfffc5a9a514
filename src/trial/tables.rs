//! Results as CSV tables: comma, UTF-8 without BOM, lines end in LF, cells are quoted where they must be.
//!
//! Lengths of type [`Micrometres`](crate::units::Micrometres) are exact decimals; other figures have as many digits as it takes
//! to read back the same double. A value that does not exist is an empty cell. Several codes in one cell are joined by `;`.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and names of lesions come from files that
//! others made. Such a cell of text gets an apostrophe in front ([`guarded`]); numbers, dates and classes stay as they are.
//! The database keeps the text as it was.

use super::{BestResponseRow, MeasurementRow, ResponseRow, Results};
use crate::protocol::queries::QUERY_COLUMNS;
use crate::response::assessment::TimepointAssessment;
use std::borrow::Cow;
use std::io;

/// The columns of `measurements.csv`.
pub const MEASUREMENT_COLUMNS: [&str; 24] = [
    "subject",
    "visit",
    "date",
    "lesion",
    "role",
    "site",
    "nodal",
    "state",
    "diameter_mm",
    "long_axis_mm",
    "short_axis_mm",
    "volume_mm3",
    "max_3d_diameter_mm",
    "slice_index",
    "sop_instance_uid",
    "series_instance_uid",
    "mask",
    "level",
    "warnings",
    "reader_mm",
    "mask_diameter_mm",
    "voxels",
    "modality",
    "proposal",
];

/// The columns of `responses.csv`: the subject, the fields of a timepoint in `recist.assess/1`, and whether targets were proposed.
pub const RESPONSE_COLUMNS: [&str; 22] = [
    "subject",
    "date",
    "visit",
    "sum_mm",
    "partial_sum_mm",
    "nadir_mm",
    "change_from_baseline_pct",
    "change_from_nadir_pct",
    "change_from_nadir_mm",
    "target",
    "nontarget",
    "new_lesion",
    "overall",
    "overall_as_read",
    "after_pd",
    "date_first",
    "date_last",
    "coverage",
    "provisional",
    "queries",
    "reasons",
    "proposal",
];

/// The columns of `best_responses.csv`.
pub const BEST_RESPONSE_COLUMNS: [&str; 11] = [
    "subject",
    "arm",
    "bor",
    "bor_date",
    "confirmed_bor",
    "progression_date",
    "confirmed_bor_date",
    "first_response_date",
    "first_confirmed_response_date",
    "clinical_benefit",
    "proposal",
];

/// `measurements.csv`: one row for each lesion at each timepoint.
///
/// # Errors
/// None that the contents of the rows could cause.
pub fn measurements_csv(results: &Results) -> io::Result<Vec<u8>> {
    table(&MEASUREMENT_COLUMNS, results.measurements.iter().map(measurement_cells))
}

/// `responses.csv`: the baseline of each subject with empty classes, then its timepoints.
///
/// # Errors
/// None that the contents of the rows could cause.
pub fn responses_csv(results: &Results) -> io::Result<Vec<u8>> {
    table(&RESPONSE_COLUMNS, results.responses.iter().map(response_cells))
}

/// `best_responses.csv`: one row for each subject.
///
/// # Errors
/// None that the contents of the rows could cause.
pub fn best_responses_csv(results: &Results) -> io::Result<Vec<u8>> {
    table(&BEST_RESPONSE_COLUMNS, results.best_responses.iter().map(best_response_cells))
}

/// `queries.csv`: open questions and those with an answer, in the form in which a run reads them back.
///
/// # Errors
/// None that the contents of the rows could cause.
pub fn queries_csv(results: &Results) -> io::Result<Vec<u8>> {
    table(&QUERY_COLUMNS, results.queries.iter().map(|query| query.record().map(|cell| guarded(cell).into_owned())))
}

/// A cell of text such that no spreadsheet takes it for a formula: with an apostrophe in front when it begins with `=`, `+`,
/// `-`, `@`, a tab or a carriage return. A guarded cell is not changed when it is guarded again.
pub fn guarded(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}").into() } else { cell.into() }
}

fn table<const N: usize>(columns: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

fn measurement_cells(row: &MeasurementRow) -> [String; 24] {
    [
        text(&row.subject),
        text(&row.visit),
        row.date.to_string(),
        text(&row.lesion),
        row.role.clone(),
        text(&row.site),
        row.nodal.to_string(),
        row.state.clone(),
        or_empty(row.diameter),
        or_empty(row.long_axis_mm),
        or_empty(row.short_axis_mm),
        or_empty(row.volume_mm3),
        or_empty(row.max_3d_diameter_mm),
        or_empty(row.slice_index),
        text(&row.sop_instance_uid),
        text(&row.series_instance_uid),
        text(&row.mask),
        row.level.into(),
        row.warnings.join(";"),
        or_empty(row.reader),
        or_empty(row.mask_diameter),
        or_empty(row.voxels),
        text(&row.modality),
        row.proposal.to_string(),
    ]
}

fn response_cells(row: &ResponseRow) -> [String; 22] {
    let (subject, visit, proposal) = (text(&row.subject), text(&row.visit), row.proposal.to_string());
    let Some(timepoint) = &row.assessment else {
        let mut cells = <[String; 22]>::default();
        cells[..4].clone_from_slice(&[subject, row.date.to_string(), visit, or_empty(row.baseline_sum)]);
        cells[15] = row.date.to_string();
        cells[21] = proposal;
        return cells;
    };
    [
        subject,
        row.date.to_string(),
        visit,
        or_empty(timepoint.sum_mm),
        or_empty(timepoint.partial_sum_mm),
        or_empty(timepoint.nadir_mm),
        or_empty(timepoint.change_from_baseline_pct),
        or_empty(timepoint.change_from_nadir_pct),
        or_empty(timepoint.change_from_nadir_mm),
        timepoint.target.to_string(),
        timepoint.nontarget.to_string(),
        timepoint.new_lesion.to_string(),
        timepoint.overall.to_string(),
        timepoint.overall_as_read.to_string(),
        timepoint.after_pd.to_string(),
        timepoint.date_first.to_string(),
        timepoint.date_last.to_string(),
        timepoint.coverage.to_string(),
        timepoint.provisional.to_string(),
        timepoint.queries.join(";"),
        reason_codes(timepoint),
        proposal,
    ]
}

fn reason_codes(timepoint: &TimepointAssessment) -> String {
    let codes: Vec<_> = timepoint.reasons.iter().map(|reason| reason.code()).collect();
    codes.join(";")
}

fn best_response_cells(row: &BestResponseRow) -> [String; 11] {
    [
        text(&row.subject),
        text(&row.arm),
        row.bor.clone(),
        or_empty(row.bor_date),
        row.confirmed_bor.clone(),
        or_empty(row.progression_date),
        or_empty(row.confirmed_bor_date),
        or_empty(row.first_response_date),
        or_empty(row.first_confirmed_response_date),
        row.clinical_benefit.to_string(),
        row.proposal.to_string(),
    ]
}

fn text(cell: &str) -> String {
    guarded(cell).into_owned()
}

fn or_empty(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
