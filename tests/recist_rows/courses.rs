//! From what was seen to the classes of every timepoint.

use crate::notation::row::{Row, assert_table, check, days_from_start, joined, rows};
use crate::notation::{course, settings};
use recist::response::assess;
use recist::response::settings::Settings;

#[test]
fn tables_1_and_2_hold_in_every_cell() {
    assert_eq!(rows("tables.csv").len(), 6 * 5 * 3, "the full cross product");
    assert_table("tables.csv", |row| {
        let (mut at_baseline, mut at_follow_up) = (String::from("0"), String::from("60"));
        let mut seen = |baseline: &str, follow_up: &str| {
            at_baseline += &format!(" {baseline}");
            at_follow_up += &format!(" {follow_up}");
        };
        match row["target"].as_str() {
            "CR" => seen("T=40", "T=gone"),
            "PR" => seen("T=40", "T=20"),
            "SD" => seen("T=40", "T=40"),
            "PD" => seen("T=40", "T=60"),
            "NE" => seen("T=40", "T=ne"),
            "NA" => {}
            other => panic!("no class {other} of targets"),
        }
        match row["nontarget"].as_str() {
            "CR" => seen("L=present", "L=gone"),
            "NON-CR/NON-PD" => seen("L=present", "L=present"),
            "PD" => seen("L=present", "L=pd"),
            "NE" => seen("L=present", "L=ne"),
            "NA" => {}
            other => panic!("no class {other} of non-targets"),
        }
        match row["new_lesion"].as_str() {
            "equivocal" => at_follow_up += " X=eq",
            "unequivocal" => at_follow_up += " X=uneq",
            "no" => {}
            other => panic!("no state {other} of new lesions"),
        }
        let assessment = assess(&course(&format!("{at_baseline} | {at_follow_up}")), &Settings::default());
        let timepoint = &assessment.timepoints[0];
        check(
            row,
            [
                ("target", timepoint.target.to_string()),
                ("nontarget", timepoint.nontarget.to_string()),
                ("new_lesion", timepoint.new_lesion.to_string()),
                ("expected", timepoint.overall.to_string()),
            ],
        )
    });
}

/// What a row of a table of courses gets wrong.
pub fn failures_of(row: &Row) -> Vec<String> {
    let assessment = assess(&course(&row["course"]), &settings(&row["settings"]));
    let timepoints = &assessment.timepoints;
    check(
        row,
        [
            ("target", joined(timepoints.iter().map(|timepoint| timepoint.target))),
            ("nontarget", joined(timepoints.iter().map(|timepoint| timepoint.nontarget))),
            ("overall", joined(timepoints.iter().map(|timepoint| timepoint.overall))),
            ("as_read", joined(timepoints.iter().map(|timepoint| timepoint.overall_as_read))),
            ("queries", joined(timepoints.last().map(|timepoint| timepoint.queries.clone()).unwrap_or_default())),
            ("bor", assessment.bor.response.to_string()),
            ("confirmed", assessment.confirmed_bor.response.to_string()),
            ("response_day", days_from_start(assessment.first_response_date)),
            ("pd_day", days_from_start(assessment.progression_date)),
        ],
    )
}

#[test]
fn courses_give_the_responses_of_the_rules() {
    assert_table("courses.csv", failures_of);
}

#[test]
fn values_at_follow_up_enter_the_sum_as_they_should() {
    assert_table("values.csv", failures_of);
}

#[test]
fn new_lesions_keep_their_identity() {
    assert_table("new_lesions.csv", failures_of);
}

#[test]
fn what_happens_every_week_is_derived_and_asked() {
    assert_table("practice.csv", failures_of);
}

#[test]
fn timepoints_after_the_first_progression_are_marked() {
    let assessment = assess(&course("0 T=40 | 60 T=60 | 120 T=20 | 180 T=60"), &Settings::default());
    let after: Vec<bool> = assessment.timepoints.iter().map(|timepoint| timepoint.after_pd).collect();
    assert_eq!(after, [false, true, true]);
}

#[test]
fn values_near_a_threshold_say_so() {
    let near = |text: &str| {
        let assessment = assess(&course(text), &Settings::default());
        assessment.timepoints[0].reasons.iter().any(|reason| reason.code() == "near-threshold")
    };
    assert!(near("0 T=100 | 60 T=68"), "32 % is within 2 percentage points of 30 %");
    assert!(!near("0 T=100 | 60 T=67.9"));
    assert!(near("0 T=100 | 60 T=118"));
    assert!(!near("0 T=100 | 60 T=100"));
    assert!(near("0 T=20 | 60 T=12"), "12 mm is within 2 mm of 14 mm");
    assert!(near("0 N=20 | 60 N=8.5"), "8.5 mm is within 2 mm of 10 mm");
    assert!(!near("0 N=20 | 60 N=7.9"));
}
