//! Tables of rules: their rows, what a cell is compared with, and what is said of a row that does not hold.

use super::day;
use jiff::civil::Date;
use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

/// Cells by the name of their column.
pub type Row = BTreeMap<String, String>;

/// Columns that say what a row is about and what is put in. All others say what must come out.
const PUT_IN: &[&str] = &[
    "id",
    "source",
    "rules",
    "because",
    "settings",
    "course",
    "responses",
    "scope",
    "candidates",
    "site",
    "nodal",
    "long",
    "short",
    "slice",
    "gap",
    "modality",
    "bone",
    "soft_tissue",
    "cystic",
    "prior",
    "progressed",
    "non_measurable",
];

/// The folder of the tables.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recist")
}

/// The rows of one table.
pub fn rows(table: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(folder().join(table)).unwrap_or_else(|error| panic!("{table}: {error}"));
    let rows: Vec<Row> = reader.deserialize().map(|row| row.unwrap_or_else(|error| panic!("{table}: {error}"))).collect();
    assert!(!rows.is_empty(), "{table} has no rows");
    rows
}

/// What the cells of a row expect and was not found, where `found` has the columns in which something comes out. An empty cell
/// expects nothing, nor does a column that the table does not have; a cell that nobody looks at is an error.
pub fn check<const N: usize>(row: &Row, found: [(&str, String); N]) -> Vec<String> {
    let known: BTreeSet<&str> = found.iter().map(|(column, _)| *column).chain(PUT_IN.iter().copied()).collect();
    let ignored: Vec<_> = row.iter().filter(|(column, cell)| !cell.is_empty() && !known.contains(column.as_str())).collect();
    assert!(ignored.is_empty(), "nothing is compared with {ignored:?}");
    let differences = found.into_iter().filter_map(|(column, found)| {
        let expected = row.get(column).filter(|expected| !expected.is_empty() && **expected != found)?;
        Some(format!("{column} is {found}, expected {expected} ({}: {})", row["source"], row["because"]))
    });
    differences.collect()
}

/// What is wrong with the rows of a table by a check of one row. A row that cannot be read, or that breaks the program, is wrong.
pub fn failures(rows: &[Row], check: impl Fn(&Row) -> Vec<String>) -> Vec<String> {
    let of_row = |row: &Row| {
        let wrong = catch_unwind(AssertUnwindSafe(|| check(row))).unwrap_or_else(|panic| vec![message(&*panic)]);
        wrong.into_iter().map(|wrong| format!("{}: {wrong}", row["id"])).collect::<Vec<_>>()
    };
    rows.iter().flat_map(of_row).collect()
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").into()
}

pub fn assert_all_hold(failures: Vec<String>) {
    assert!(failures.is_empty(), "{} cells or rows fail:\n{}", failures.len(), failures.join("\n"));
}

/// Every row of a table passes a check.
pub fn assert_table(table: &str, check: impl Fn(&Row) -> Vec<String>) {
    assert_all_hold(failures(&rows(table), check));
}

/// A list as cells hold it: with a space between; `-` is nothing.
pub fn joined<T: ToString>(parts: impl IntoIterator<Item = T>) -> String {
    let text = parts.into_iter().map(|part| part.to_string()).collect::<Vec<_>>().join(" ");
    if text.is_empty() { "-".into() } else { text }
}

/// A date as the number of days from the start of a course; `-` is none.
pub fn days_from_start(date: Option<Date>) -> String {
    date.map_or("-".into(), |date| (date - day(0)).get_days().to_string())
}
