//! Timepoint responses that were read elsewhere: one row each.

use super::rows::scan_day;
use crate::problem::Problem;
use crate::protocol::csv_input::{Cells, Table};
use crate::response::assessment::Overall;
use crate::response::read_responses::{ReadResponse, ReadResponses};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Reads the rows. Two of one day would both enter the best response, so they are refused.
pub(super) fn responses(table: &Table, file: &str, problems: &mut Vec<Problem>) -> Vec<ReadResponses> {
    let not_done = [("ND", None)];
    let classes: Vec<_> = Overall::SPELLINGS.iter().map(|(text, class)| (*text, Some(*class))).chain(not_done).collect();
    let mut subjects: Vec<ReadResponses> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut days: BTreeMap<(String, Date), u64> = BTreeMap::new();
    for row in &table.rows {
        let mut cells = table.cells(row, file, problems);
        let (subject, date) = (cells.required("subject"), cells.required("date").and_then(|_| scan_day(&mut cells, "date")));
        let overall = cells.required("overall").and_then(|_| cells.one_of("overall", &classes));
        let reference_date = scan_day(&mut cells, "reference_date");
        if let Some((subject, date)) = subject.clone().zip(date) {
            let earlier = *days.entry((subject.clone(), date)).or_insert(row.line);
            if earlier != row.line {
                let message = format!("subject {subject} has a second response of {date}, beside row {earlier}");
                cells.problem("duplicate-row", message, "keep one, or correct a date");
            }
        }
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

/// What is odd about the responses of one subject; `reference` is the day from which they count.
pub fn odd_responses(read: &ReadResponses, reference: Option<Date>) -> Vec<Problem> {
    let mut odd = Vec::new();
    let responses = || read.timepoints.iter().filter_map(|response| Some((response, response.overall?)));
    for (response, class) in responses() {
        if let Some(reference) = reference.filter(|reference| response.date < *reference) {
            let message = format!("{class} of {} lies before the reference date {reference}", response.date);
            let advice = "correct a date, or leave the row out: a response comes after the start";
            odd.push(Problem::warning("response-before-reference", message, advice).at(&response.visit));
        }
    }
    let without_targets = responses().find(|(_, class)| *class == Overall::NonCrNonPd);
    let with_targets = responses().find(|(_, class)| matches!(class, Overall::PR | Overall::SD));
    if let (Some((without, _)), Some((with, class))) = (without_targets, with_targets) {
        let message = format!("{class} of {} needs targets, NON-CR/NON-PD of {} has none", with.date, without.date);
        let advice = "correct one of the two: a subject has targets throughout or not at all";
        odd.push(Problem::warning("classes-mixed", message, advice).at(&without.visit));
    }
    odd
}
