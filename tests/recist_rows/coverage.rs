//! Every rule is tested by a row, or by another test that a row names.

use crate::notation::row::{Row, folder, rows};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The rules of recist-rules: a letter and its numbers.
fn all_rules() -> BTreeSet<String> {
    let numbered = [("M", 16), ("S", 8), ("V", 11), ("N", 9), ("C", 2), ("W", 17), ("A", 22)];
    let rules = numbered.iter().flat_map(|(letter, last)| (1..=*last).map(move |number| format!("{letter}{number}")));
    rules.chain(["V9a", "V9b"].map(String::from)).collect()
}

/// Lists what other tests hold.
const ELSEWHERE: &str = "elsewhere.csv";

pub fn tables() -> BTreeMap<String, Vec<Row>> {
    let files = std::fs::read_dir(folder()).expect("the folder of the tables");
    let names = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
    names.filter(|name| name.ends_with(".csv")).map(|name| (name.clone(), rows(&name))).collect()
}

fn rules_of(rows: &[Row]) -> impl Iterator<Item = &str> {
    rows.iter().filter_map(|row| row.get("rules")).flat_map(|rules| rules.split_whitespace())
}

#[test]
fn every_rule_is_named_by_a_row() {
    let tables = tables();
    let all = all_rules();
    let named: BTreeSet<&str> = tables.values().flat_map(|rows| rules_of(rows)).collect();
    let missing: Vec<_> = all.iter().filter(|rule| !named.contains(rule.as_str())).collect();
    assert!(missing.is_empty(), "no row names {missing:?}");
    let unknown: Vec<_> = named.iter().filter(|rule| !all.contains(**rule)).collect();
    assert!(unknown.is_empty(), "no such rules: {unknown:?}");
}

#[test]
fn rows_have_an_id_a_source_and_a_reason() {
    let (mut ids, mut count) = (BTreeSet::new(), 0);
    let tables = tables();
    for (table, rows) in &tables {
        // The other tables, of other criteria, have their rules in the names of their rows.
        let names_rules = rows.iter().all(|row| row.contains_key("rules"));
        for row in rows {
            for column in ["id", "source", "because"] {
                assert!(!row[column].trim().is_empty(), "{table}: {column} is empty in {row:?}");
            }
            assert!(ids.insert((if names_rules { "" } else { table }, &row["id"])), "{table}: {} is there twice", row["id"]);
        }
        count += if table == ELSEWHERE { 0 } else { rows.len() };
    }
    assert!(count >= 300, "{count} rows");
}

#[test]
fn tests_elsewhere_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for row in rows(ELSEWHERE) {
        let (file, test) = row["where"].split_once("::").expect("file::test");
        let Ok(text) = std::fs::read_to_string(root.join(file)) else {
            // The published package is without the kernels and without some tests.
            assert!(!root.join("kernels").is_dir(), "{file} is not there");
            continue;
        };
        let heads: Vec<_> = text.match_indices(&format!("fn {test}(")).map(|(at, _)| &text[..at]).collect();
        let is_test = |head: &&str| head.trim_end().ends_with("#[test]");
        assert!(heads.iter().any(is_test), "{file} has no test {test} ({})", row["id"]);
    }
}
