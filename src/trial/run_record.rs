//! `run.json`: with which program, settings and inputs the results were made, what failed and what is odd.

use super::{FailureRow, ProblemRow, Results, RunRecord};
use crate::protocol::queries::{QUERY_COLUMNS, Query};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::io;

/// The form of the record.
pub const SCHEMA: &str = "recist.run/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    #[serde(flatten)]
    record: &'a RunRecord,
    failures: &'a [FailureRow],
    problems: Vec<ProblemRow>,
    queries: Vec<Map<String, Value>>,
}

/// The record as pretty JSON: the fields of [`RunRecord`], then `failures`, all `problems` (failures among them, sorted by subject,
/// visit and code, each once) and the open `queries`.
///
/// # Errors
/// None that the contents of the rows could cause.
pub fn run_json(results: &Results) -> io::Result<Vec<u8>> {
    let document = Document {
        schema: SCHEMA,
        record: &results.record,
        failures: &results.failures,
        problems: all_problems(results),
        queries: results.queries.iter().filter(|query| query.answered().is_none()).map(query_object).collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&document)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn all_problems(results: &Results) -> Vec<ProblemRow> {
    let failures = results.failures.iter().cloned();
    let failures = failures.map(|FailureRow { subject, visit, problem }| ProblemRow { subject, visit, problem });
    let mut all: Vec<ProblemRow> = failures.chain(results.problems.iter().cloned()).collect();
    all.sort();
    all.dedup();
    all
}

fn query_object(query: &Query) -> Map<String, Value> {
    QUERY_COLUMNS.iter().zip(query.record()).map(|(column, cell)| (column.to_string(), cell.into())).collect()
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;
    use crate::trial::InputDigest;

    #[test]
    fn digests_are_those_of_the_standard() {
        // FIPS 180-4 example values for the empty message and "abc".
        assert_eq!(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn the_record_tells_settings_inputs_and_what_is_open() {
        let query = |code: &str, answer: &str| Query { code: code.into(), answer: answer.into(), ..Query::default() };
        let failure = FailureRow {
            subject: "S1".into(),
            visit: "Month 3".into(),
            problem: Problem::error("gap", "a slice is missing", "").in_file("S1/M03"),
        };
        let input = InputDigest { kind: "mask", name: "seg.dcm".into(), series_instance_uid: None, sha256: sha256_hex("") };
        let record =
            RunRecord { version: "0.1.0", trial: "T".into(), inputs: vec![input], open_queries: 1, ..RunRecord::default() };
        let queries = vec![query("open", ""), query("done", "no")];
        let row = |visit: &str, code| ProblemRow {
            subject: "S1".into(),
            visit: visit.into(),
            problem: Problem::warning(code, "look", "").at("T1"),
        };
        let problems = vec![row("Month 6", "b"), row("Month 3", "z"), row("Month 6", "a"), row("Month 6", "b")];
        let results = Results { queries, failures: vec![failure], problems, record, ..Results::default() };
        let bytes = run_json(&results).unwrap();
        assert!(bytes.starts_with(b"{\n  \"schema\": \"recist.run/1\",\n  \"version\": \"0.1.0\",") && bytes.ends_with(b"}\n"));
        let json: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(json["inputs"][0]["kind"], "mask");
        assert_eq!(
            (&json["open_queries"], &json["queries"][0]["code"], &json["queries"][1]),
            (&1.into(), &"open".into(), &Value::Null)
        );
        let failure = &json["failures"][0];
        assert_eq!((&failure["subject"], &failure["code"], &failure["file"]), (&"S1".into(), &"gap".into(), &"S1/M03".into()));
        let told = json["problems"].as_array().unwrap();
        let order: Vec<_> = told.iter().map(|row| (row["visit"].as_str().unwrap(), row["code"].as_str().unwrap())).collect();
        assert_eq!(order, [("Month 3", "gap"), ("Month 3", "z"), ("Month 6", "a"), ("Month 6", "b")]);
        let fields: Vec<&String> = told[0].as_object().unwrap().keys().collect();
        assert_eq!(fields, ["subject", "visit", "code", "severity", "message", "file", "position", "advice"]);
        assert_eq!((&told[0], &told[1]["position"], &told[1]["file"]), (failure, &"T1".into(), &Value::Null));
    }
}
