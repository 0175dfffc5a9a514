//! Where the problems of rows go that were understood one by one and do not fit together.

use super::rows::LesionRow;
use crate::problem::Problem;
use std::collections::BTreeMap;

/// What is wrong with a table, and what is odd about it.
pub(super) struct Wrong<'a> {
    pub(super) file: &'a str,
    /// Nothing is derived from the table.
    pub(super) errors: &'a mut Vec<Problem>,
    /// Warnings of each subject: a derivation stands, and says them.
    pub(super) odd: &'a mut BTreeMap<String, Vec<Problem>>,
}

impl Wrong<'_> {
    /// What cannot be meant.
    pub(super) fn refuse(&mut self, row: &LesionRow, code: &'static str, message: String, advice: &str) {
        self.errors.push(Problem::error(code, message, advice).in_file(self.file).at(format!("row {}", row.line)));
    }

    /// What is odd but can be used.
    pub(super) fn doubt(&mut self, row: &LesionRow, code: &'static str, message: String, advice: &str) {
        let problem = Problem::warning(code, message, advice).in_file(self.file).at(format!("row {}", row.line));
        self.odd.entry(row.subject.clone()).or_default().push(problem);
    }
}
