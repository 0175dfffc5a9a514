//! `queries.csv`: what a person must decide, written by every run and read back with the answers.

use super::csv_input::{Columns, read};
use crate::problem::Problem;

/// A question about one subject, timepoint and lesion.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Query {
    /// The subject.
    pub subject: String,
    /// Name of the visit.
    pub timepoint: String,
    /// The lesion; empty when it concerns the whole timepoint.
    pub lesion: String,
    /// Stable code of the question.
    pub code: String,
    /// The question in words.
    pub question: String,
    /// Overall response if the answer is yes.
    pub class_if_yes: String,
    /// Overall response if the answer is no.
    pub class_if_no: String,
    /// `yes`, `no`, or empty while it is open.
    pub answer: String,
    /// Who answered.
    pub answered_by: String,
    /// When.
    pub answered_on: String,
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// The columns, in order.
pub const QUERY_COLUMNS: [&str; 10] =
    ["subject", "timepoint", "lesion", "code", "question", "class_if_yes", "class_if_no", "answer", "answered_by", "answered_on"];

impl Query {
    /// What tells it from other queries.
    pub fn key(&self) -> (&str, &str, &str, &str) {
        (&self.subject, &self.timepoint, &self.lesion, &self.code)
    }

    /// The answer; `None` while it is open.
    pub fn answered(&self) -> Option<Answer> {
        match self.answer.as_str() {
            "yes" => Some(Answer::Yes),
            "no" => Some(Answer::No),
            _ => None,
        }
    }

    /// The fields in the order of [`QUERY_COLUMNS`].
    pub fn record(&self) -> [&str; 10] {
        [
            &self.subject,
            &self.timepoint,
            &self.lesion,
            &self.code,
            &self.question,
            &self.class_if_yes,
            &self.class_if_no,
            &self.answer,
            &self.answered_by,
            &self.answered_on,
        ]
    }
}

/// Reads the table.
///
/// # Errors
/// All problems: form, empty keys, an answer that is neither yes nor no.
pub fn read_queries(bytes: &[u8], file: &str) -> Result<Vec<Query>, Vec<Problem>> {
    let mut problems = Vec::new();
    let Some(table) = read(bytes, file, &Columns { required: &QUERY_COLUMNS[..4], optional: &QUERY_COLUMNS[4..] }, &mut problems)
    else {
        return Err(problems);
    };
    let (mut queries, mut lines) = (Vec::new(), Vec::new());
    for row in &table.rows {
        let mut cells = table.cells(row, file, &mut problems);
        let (subject, timepoint, code) = (cells.required("subject"), cells.required("timepoint"), cells.required("code"));
        let answer = cells.one_of("answer", &[("yes", "yes"), ("no", "no"), ("y", "yes"), ("n", "no")]).unwrap_or_default();
        let (Some(subject), Some(timepoint), Some(code)) = (subject, timepoint, code) else { continue };
        let text = |column: &str| cells.text(column).to_string();
        lines.push(row.line);
        queries.push(Query {
            subject,
            timepoint,
            code,
            lesion: text("lesion"),
            question: text("question"),
            class_if_yes: text("class_if_yes"),
            class_if_no: text("class_if_no"),
            answer: answer.to_string(),
            answered_by: text("answered_by"),
            answered_on: text("answered_on"),
        });
    }
    for (at, query) in queries.iter().enumerate() {
        let differs = |earlier: &&Query| earlier.key() == query.key() && earlier.answered() != query.answered();
        if queries[..at].iter().any(|earlier| differs(&earlier)) {
            let (subject, timepoint, lesion, code) = query.key();
            let message = format!("the query {code} of {subject} {timepoint} {lesion} stands twice, with different answers");
            let problem = Problem::error("query-twice", message, "keep one").in_file(file);
            problems.push(problem.at(format!("row {}", lines[at])));
        }
    }
    if problems.is_empty() { Ok(queries) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_question_has_one_answer() {
        let table = |second: &str| {
            let row = "S1,Month 3,T1,missing-segment";
            let text = format!("subject,timepoint,lesion,code,answer\n{row},yes\n{row},{second}\n");
            read_queries(text.as_bytes(), "queries.csv")
        };
        assert_eq!(table("yes").map(|queries| queries.len()), Ok(2));
        for other in ["no", ""] {
            let codes: Vec<_> = table(other).unwrap_err().iter().map(|problem| problem.code).collect();
            assert_eq!(codes, ["query-twice"], "{other}");
        }
    }
}
