//! Results as rows of the database.

use super::others::{Cell, OTHER_BEST_RESPONSE_COLUMNS, OTHER_RESPONSE_COLUMNS, other_best_responses, other_responses};
use super::tables::RESPONSE_COLUMNS;
use super::{Error, Results, RunRecord, sha256_hex};
use crate::problem::Problem;
use crate::units::Micrometres;
use jiff::civil::Date;
use rusqlite::types::Value;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// The rows of one table, by natural key.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The columns of the natural key; the first is the study.
    pub(super) key: &'static [&'static str],
    /// The other columns.
    pub(super) fields: &'static [&'static str],
    /// The values of the fields, in their order.
    pub(super) rows: BTreeMap<Vec<String>, Vec<Value>>,
}

impl Table {
    fn new(name: &'static str, key: &'static [&'static str], fields: &'static [&'static str]) -> Self {
        Self { name, key, fields, rows: BTreeMap::new() }
    }

    fn add(&mut self, key: Vec<String>, values: Vec<Value>) -> Result<(), Error> {
        match self.rows.entry(key) {
            Entry::Vacant(place) => {
                place.insert(values);
                Ok(())
            }
            Entry::Occupied(place) => Err(Error::SameKey { table: self.name, key: place.key().join(", ") }),
        }
    }
}

/// Hash of what a row says: SHA-256 of its values as JSON.
pub(super) fn row_hash(values: &[Value]) -> String {
    let values: Vec<serde_json::Value> = values
        .iter()
        .map(|value| match value {
            Value::Null => serde_json::Value::Null,
            Value::Integer(number) => (*number).into(),
            Value::Real(number) => (*number).into(),
            Value::Text(text) => text.as_str().into(),
            Value::Blob(bytes) => bytes.as_slice().into(),
        })
        .collect();
    sha256_hex(serde_json::Value::from(values).to_string())
}

/// All tables with their rows, parents first.
pub(super) fn tables(results: &Results) -> Result<Vec<Table>, Error> {
    let study = &results.record.trial;
    Ok(vec![
        studies(&results.record)?,
        subjects(results, study)?,
        lesions(results, study)?,
        measurements(results, study)?,
        responses(results, study)?,
        best_responses(results, study)?,
        others(Table::new("other_response", &OTHER_RESPONSE_KEY, &OTHER_RESPONSE_COLUMNS[6..]), study, other_responses(results))?,
        others(
            Table::new("other_best_response", &OTHER_BEST_RESPONSE_KEY, &OTHER_BEST_RESPONSE_COLUMNS[4..]),
            study,
            other_best_responses(results),
        )?,
        queries(results, study)?,
        problems(results, study),
    ])
}

fn studies(record: &RunRecord) -> Result<Table, Error> {
    let mut table = Table::new("study", &["study"], &["criteria"]);
    table.add(vec![record.trial.clone()], vec![text(&record.criteria)])?;
    Ok(table)
}

/// Everyone who is named anywhere.
fn subjects(results: &Results, study: &str) -> Result<Table, Error> {
    let arms: BTreeMap<&str, &str> = results.best_responses.iter().map(|row| (row.subject.as_str(), row.arm.as_str())).collect();
    let measured = results.measurements.iter().map(|row| row.subject.as_str());
    let assessed = results.responses.iter().map(|row| row.subject.as_str());
    let asked = results.queries.iter().map(|row| row.subject.as_str());
    let failed = results.failures.iter().map(|row| row.subject.as_str());
    let odd = results.problems.iter().map(|row| row.subject.as_str());
    let named = measured.chain(assessed).chain(asked).chain(failed).chain(odd).filter(|subject| !subject.is_empty());
    let subjects: BTreeSet<&str> = named.chain(arms.keys().copied()).collect();
    let mut table = Table::new("subject", &["study", "subject"], &["arm"]);
    for subject in subjects {
        table.add(key(&[study, subject]), vec![text(arms.get(subject).copied().unwrap_or_default())])?;
    }
    Ok(table)
}

/// Each lesion as at the first day on which it was recorded.
fn lesions(results: &Results, study: &str) -> Result<Table, Error> {
    let mut first = BTreeMap::new();
    for row in &results.measurements {
        let earliest = first.entry((&row.subject, &row.lesion)).or_insert(row);
        if row.date < earliest.date {
            *earliest = row;
        }
    }
    let mut table = Table::new("lesion", &["study", "subject", "lesion"], &["role", "site", "nodal", "first_seen", "proposal"]);
    for ((subject, lesion), row) in first {
        let values = vec![text(&row.role), text(&row.site), truth(row.nodal), day(row.date), truth(row.proposal)];
        table.add(key(&[study, subject, lesion]), values)?;
    }
    Ok(table)
}

fn measurements(results: &Results, study: &str) -> Result<Table, Error> {
    let mut table = Table::new(
        "measurement",
        &["study", "subject", "visit", "date", "lesion"],
        &[
            "role",
            "site",
            "nodal",
            "state",
            "diameter_mm",
            "reader_mm",
            "mask_diameter_mm",
            "long_axis_mm",
            "short_axis_mm",
            "volume_mm3",
            "max_3d_diameter_mm",
            "voxels",
            "slice_index",
            "sop_instance_uid",
            "series_instance_uid",
            "modality",
            "mask",
            "level",
            "proposal",
            "warnings",
        ],
    );
    for row in &results.measurements {
        let values = vec![
            text(&row.role),
            text(&row.site),
            truth(row.nodal),
            text(&row.state),
            length(row.diameter),
            length(row.reader),
            length(row.mask_diameter),
            real(row.long_axis_mm),
            real(row.short_axis_mm),
            real(row.volume_mm3),
            real(row.max_3d_diameter_mm),
            count(row.voxels),
            count(row.slice_index.map(|index| index as u64)),
            text(&row.sop_instance_uid),
            text(&row.series_instance_uid),
            text(&row.modality),
            text(&row.mask),
            text(row.level),
            truth(row.proposal),
            json(&row.warnings),
        ];
        table.add(key(&[study, &row.subject, &row.visit, &row.date.to_string(), &row.lesion]), values)?;
    }
    Ok(table)
}

fn responses(results: &Results, study: &str) -> Result<Table, Error> {
    let mut table = Table::new(
        "response",
        &["study", "subject", "visit", "date"],
        // The same names as in the table; its first three columns are keys here. The last three would say the same of every row: a
        // run writes RECIST 1.1 of the whole patient.
        &RESPONSE_COLUMNS[3..22],
    );
    for row in &results.responses {
        let assessed = row.assessment.as_ref();
        let class = |class: Option<&'static str>| class.map_or(Value::Null, text);
        let values = vec![
            length(assessed.map_or(row.baseline_sum, |timepoint| timepoint.sum_mm)),
            length(assessed.and_then(|timepoint| timepoint.partial_sum_mm)),
            length(assessed.and_then(|timepoint| timepoint.nadir_mm)),
            real(assessed.and_then(|timepoint| timepoint.change_from_baseline_pct)),
            real(assessed.and_then(|timepoint| timepoint.change_from_nadir_pct)),
            length(assessed.and_then(|timepoint| timepoint.change_from_nadir_mm)),
            class(assessed.map(|timepoint| timepoint.target.as_str())),
            class(assessed.map(|timepoint| timepoint.nontarget.as_str())),
            class(assessed.map(|timepoint| timepoint.new_lesion.as_str())),
            class(assessed.map(|timepoint| timepoint.overall.as_str())),
            class(assessed.map(|timepoint| timepoint.overall_as_read.as_str())),
            assessed.map_or(Value::Null, |timepoint| truth(timepoint.after_pd)),
            day(assessed.map_or(row.date, |timepoint| timepoint.date_first)),
            day(row.date_last),
            class(assessed.map(|timepoint| timepoint.coverage.as_str())),
            assessed.map_or(Value::Null, |timepoint| truth(timepoint.provisional)),
            json(assessed.map_or(&[][..], |timepoint| &timepoint.queries)),
            json(assessed.map_or(&[][..], |timepoint| &timepoint.reasons)),
            truth(row.proposal),
        ];
        table.add(key(&[study, &row.subject, &row.visit, &row.date.to_string()]), values)?;
    }
    Ok(table)
}

fn best_responses(results: &Results, study: &str) -> Result<Table, Error> {
    let mut table = Table::new(
        "best_response",
        &["study", "subject"],
        &[
            "bor",
            "bor_date",
            "confirmed_bor",
            "confirmed_bor_date",
            "first_response_date",
            "first_confirmed_response_date",
            "progression_date",
            "clinical_benefit",
            "proposal",
        ],
    );
    for row in &results.best_responses {
        let values = vec![
            text(&row.bor),
            maybe_day(row.bor_date),
            text(&row.confirmed_bor),
            maybe_day(row.confirmed_bor_date),
            maybe_day(row.first_response_date),
            maybe_day(row.first_confirmed_response_date),
            maybe_day(row.progression_date),
            truth(row.clinical_benefit),
            truth(row.proposal),
        ];
        table.add(key(&[study, &row.subject]), values)?;
    }
    Ok(table)
}

const OTHER_RESPONSE_KEY: [&str; 7] = ["study", "subject", "criteria", "scope", "lesion", "visit", "date"];
const OTHER_BEST_RESPONSE_KEY: [&str; 5] = ["study", "subject", "criteria", "scope", "lesion"];

/// Rows whose first cells are the key, but for the study.
fn others<const N: usize>(mut table: Table, study: &str, rows: Vec<[Cell; N]>) -> Result<Table, Error> {
    for row in rows {
        let mut values = row.into_iter().map(Cell::value);
        let names = values.by_ref().take(table.key.len() - 1).map(|value| match value {
            Value::Text(name) => name,
            _ => String::new(),
        });
        let key = std::iter::once(study.to_string()).chain(names).collect();
        table.add(key, values.collect())?;
    }
    Ok(table)
}

impl Cell {
    fn value(self) -> Value {
        match self {
            Self::Empty => Value::Null,
            Self::Name(name) => Value::Text(name),
            Self::Word(word) => text(word),
            Self::Day(date) => day(date),
            Self::Length(millimetres) => length(Some(millimetres)),
            Self::Percent(percent) => real(Some(percent)),
            Self::Truth(is_true) => truth(is_true),
            Self::Codes(codes) => json(&codes.into_iter().map(|(_, code)| code).collect::<Vec<_>>()),
        }
    }
}

fn queries(results: &Results, study: &str) -> Result<Table, Error> {
    let mut table = Table::new(
        "query",
        &["study", "subject", "timepoint", "lesion", "code"],
        &["question", "class_if_yes", "class_if_no", "answer", "answered_by", "answered_on"],
    );
    for query in &results.queries {
        let [subject, timepoint, lesion, code, fields @ ..] = query.record();
        table.add(key(&[study, subject, timepoint, lesion, code]), fields.map(text).to_vec())?;
    }
    Ok(table)
}

/// Failures and problems. One that is told twice in the same words is one row.
fn problems(results: &Results, study: &str) -> Table {
    let mut table = Table::new(
        "problem",
        &["study", "kind", "subject", "visit", "code", "file", "position", "message"],
        &["severity", "advice"],
    );
    let failures = results.failures.iter().map(|row| ("failure", &row.subject, &row.visit, &row.problem));
    let problems = results.problems.iter().map(|row| ("problem", &row.subject, &row.visit, &row.problem));
    for (kind, subject, visit, problem) in failures.chain(problems) {
        let Problem { code, severity, message, file, position, advice } = problem;
        let (file, position) = (file.as_deref().unwrap_or_default(), position.as_deref().unwrap_or_default());
        let values = vec![text(&severity.to_string()), text(advice.as_deref().unwrap_or_default())];
        table.rows.insert(key(&[study, kind, subject, visit, code, file, position, message]), values);
    }
    table
}

fn key(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| part.to_string()).collect()
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn truth(truth: bool) -> Value {
    Value::Integer(truth.into())
}

fn day(date: Date) -> Value {
    Value::Text(date.to_string())
}

fn maybe_day(date: Option<Date>) -> Value {
    date.map_or(Value::Null, day)
}

fn length(length: Option<Micrometres>) -> Value {
    real(length.map(Micrometres::mm))
}

fn real(number: Option<f64>) -> Value {
    number.map_or(Value::Null, Value::Real)
}

/// Counts of a database are signed.
fn count(number: Option<u64>) -> Value {
    number.map_or(Value::Null, |number| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX)))
}

/// A list as JSON text.
fn json(list: &[impl serde::Serialize]) -> Value {
    let values: Vec<_> = list.iter().map(|item| serde_json::json!(item)).collect();
    Value::Text(serde_json::Value::from(values).to_string())
}
