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
    problems: &'a [ProblemRow],
    queries: Vec<Map<String, Value>>,
}

/// The record as pretty JSON: the fields of [`RunRecord`], then `failures`, `problems` and the open `queries`.
///
/// # Errors
/// None that the contents of the rows could cause.
pub fn run_json(results: &Results) -> io::Result<Vec<u8>> {
    let document = Document {
        schema: SCHEMA,
        record: &results.record,
        failures: &results.failures,
        problems: &results.problems,
        queries: results.queries.iter().filter(|query| query.answered().is_none()).map(query_object).collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&document)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn query_object(query: &Query) -> Map<String, Value> {
    QUERY_COLUMNS.iter().zip(query.record()).map(|(column, cell)| (column.to_string(), cell.into())).collect()
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
