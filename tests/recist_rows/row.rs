//! A row of a table: cells by the name of their column, and what they are compared with.

use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub type Row = BTreeMap<String, String>;

/// The folder of the tables.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recist")
}

/// The rows of one table.
pub fn rows(table: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(folder().join(table)).unwrap_or_else(|error| panic!("{table}: {error}"));
    reader.deserialize().map(|row| row.unwrap_or_else(|error| panic!("{table}: {error}"))).collect()
}

/// The complaint when a cell is neither empty nor what was found. A column that the table does not have expects nothing.
pub fn check(row: &Row, column: &str, found: impl ToString) -> Option<String> {
    let (expected, found) = (row.get(column)?, found.to_string());
    let differs = !expected.is_empty() && *expected != found;
    differs.then(|| format!("{}: {column} is {found}, expected {expected} ({}: {})", row["id"], row["source"], row["because"]))
}

/// Cells hold lists with a space between; `-` is nothing.
pub fn joined<T: ToString>(parts: impl IntoIterator<Item = T>) -> String {
    let text = parts.into_iter().map(|part| part.to_string()).collect::<Vec<_>>().join(" ");
    if text.is_empty() { "-".into() } else { text }
}

/// A date as the number of days from the first; `-` is none.
pub fn days_from_start(date: Option<Date>) -> String {
    date.map_or("-".into(), |date| (date - crate::notation::day(0)).get_days().to_string())
}

pub fn assert_all_hold(failures: Vec<String>) {
    assert!(failures.is_empty(), "{} rows fail:\n{}", failures.len(), failures.join("\n"));
}
