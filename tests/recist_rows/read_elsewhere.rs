//! From the classes of timepoints to best responses: table 3.

use super::row::{Row, assert_all_hold, check, days_from_start, rows};
use crate::notation::{day, settings};
use recist::response::assess_read_responses;
use recist::response::assessment::Overall;
use recist::response::read_responses::{ReadResponse, ReadResponses};

/// Reads `60:CR 90:ND`: a day and the class, timepoint by timepoint.
fn read_responses(text: &str) -> ReadResponses {
    let response = |part: &str| {
        let (when, class) = part.split_once(':').expect("day:class");
        let date = day(when.parse().expect("a number of days"));
        let class = (class != "ND").then(|| {
            let known = Overall::SPELLINGS.iter().find(|(text, _)| *text == class);
            known.unwrap_or_else(|| panic!("no class {class}")).1
        });
        ReadResponse { visit: date.to_string(), date, overall: class }
    };
    let timepoints = text.split_whitespace().map(response).collect();
    ReadResponses { subject: "S".into(), reference_date: Some(day(0)), timepoints }
}

/// What a row of a table of responses gets wrong.
pub fn failures_of(row: &Row) -> Vec<String> {
    let assessment = assess_read_responses(&read_responses(&row["responses"]), &settings(&row["settings"]));
    let checks = [
        check(row, "bor", assessment.bor.response),
        check(row, "confirmed", assessment.confirmed_bor.response),
        check(row, "bor_day", days_from_start(assessment.bor.date)),
        check(row, "confirmed_day", days_from_start(assessment.confirmed_bor.date)),
        check(row, "pd_day", days_from_start(assessment.progression_date)),
    ];
    checks.into_iter().flatten().collect()
}

#[test]
fn best_responses_follow_table_3() {
    assert_all_hold(rows("responses.csv").iter().flat_map(failures_of).collect());
}
