//! From the classes of timepoints to best responses: table 3.

use crate::notation::row::{Row, assert_table, check, days_from_start};
use crate::notation::{day, settings, word};
use recist::response::assess_read_responses;
use recist::response::assessment::Overall;
use recist::response::read_responses::{ReadResponse, ReadResponses};

/// Reads `60:CR 90:ND`: a day and the class, timepoint by timepoint.
fn read_responses(text: &str) -> ReadResponses {
    let response = |part: &str| {
        let (when, class) = part.split_once(':').expect("day:class");
        let date = day(when.parse().expect("a number of days"));
        let class = (class != "ND").then(|| word(Overall::SPELLINGS, class).unwrap_or_else(|| panic!("no class {class}")));
        ReadResponse { visit: date.to_string(), date, overall: class }
    };
    let timepoints = text.split_whitespace().map(response).collect();
    ReadResponses { subject: "S".into(), reference_date: Some(day(0)), timepoints }
}

/// What a row of a table of responses gets wrong.
pub fn failures_of(row: &Row) -> Vec<String> {
    let assessment = assess_read_responses(&read_responses(&row["responses"]), &settings(&row["settings"]));
    check(
        row,
        [
            ("bor", assessment.bor.response.to_string()),
            ("confirmed", assessment.confirmed_bor.response.to_string()),
            ("bor_day", days_from_start(assessment.bor.date)),
            ("confirmed_day", days_from_start(assessment.confirmed_bor.date)),
            ("pd_day", days_from_start(assessment.progression_date)),
        ],
    )
}

#[test]
fn best_responses_follow_table_3() {
    assert_table("responses.csv", failures_of);
}
