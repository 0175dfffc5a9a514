//! mRECIST. Rows were written from the rules.

mod notation;

use notation::row::{assert_table, check, days_from_start, joined};
use notation::{course, settings};
use proptest::prelude::*;
use recist::response::criteria::Criteria;
use recist::response::settings::Settings;
use recist::response::{assess, assess_mrecist};

#[test]
fn only_what_enhances_counts() {
    assert_table("mrecist.csv", |row| {
        let assessment = assess_mrecist(&course(&row["course"]), &settings(&row["settings"]));
        assert_eq!(assessment.criteria, Criteria::Mrecist);
        check(
            row,
            [
                ("target", joined(assessment.timepoints.iter().map(|timepoint| timepoint.target))),
                ("overall", joined(assessment.timepoints.iter().map(|timepoint| timepoint.overall))),
                ("bor", assessment.bor.response.to_string()),
                ("pd_day", days_from_start(assessment.progression_date)),
            ],
        )
    });
}

#[test]
fn recist_does_not_look_at_what_enhances() {
    let facts = course("0 T=60~20 | 60 T=60~24 | 120 T=60~0");
    let overall =
        |assessment: recist::response::assessment::Assessment| joined(assessment.timepoints.iter().map(|at| at.overall));
    assert_eq!(overall(assess(&facts, &settings("mrecist_pd_min_mm=0"))), "SD SD");
    assert_eq!(overall(assess_mrecist(&facts, &Settings::default())), "PD CR");
}

#[test]
fn the_reasons_say_what_progression_takes() {
    let text = |settings: &Settings| {
        let assessment = assess_mrecist(&course("0 T=60~20 | 60 T=60~25"), settings);
        let reason =
            assessment.timepoints[0].reasons.iter().find(|reason| reason.code() == "target-pd").map(|reason| reason.text());
        reason.expect("25 % and 5 mm")
    };
    assert!(text(&Settings::default()).ends_with("(PD needs 20 %)"));
    assert!(text(&settings("mrecist_pd_min_mm=5")).ends_with("(PD needs 20 % and 5 mm)"));
}

#[test]
fn a_target_without_its_viable_diameter_at_baseline_is_told() {
    let codes = |text| {
        let assessment = assess_mrecist(&course(text), &Settings::default());
        assessment.problems.iter().map(|problem| problem.code).collect::<Vec<_>>()
    };
    assert_eq!(codes("0 T=60~40"), Vec::<&str>::new());
    assert_eq!(codes("0 T=60"), ["baseline-missing"]);
    assert_eq!(codes("0 T=60~0"), ["baseline-not-positive"]);
    // A viable part below 10 mm is not measurable.
    assert_eq!(codes("0 T=60~9.9"), ["target-not-measurable"]);
}

#[test]
fn what_is_said_of_a_target_at_baseline_is_said_of_its_viable_part() {
    let told = |text| {
        let assessment = assess_mrecist(&course(text), &Settings::default());
        let problem = assessment.problems.first().expect("a problem").clone();
        (problem.message, problem.advice.expect("an advice"))
    };
    let pair = |message: &str, advice: &str| (message.to_string(), advice.to_string());
    let viable = "measure its viable part, or make it a non-target";
    assert_eq!(told("0 T=60 | 60 T=60~20"), pair("target T has no viable diameter at baseline", viable));
    let zero = "target T has a viable diameter of 0.0 mm at baseline; it must be above 0";
    assert_eq!(told("0 T=60~0"), pair(zero, viable));
    let small = "target T has a viable diameter of 9.9 mm at baseline; measurable is 10.0 mm and above";
    assert_eq!(told("0 T=60~9.9"), pair(small, "make it a non-target"));
    // Nodes have their short axis, and what was gone has no viable part.
    let whole = "measure it, or make it a non-target";
    assert_eq!(told("0 T=60~40 N=ne"), pair("target N has no diameter at baseline", whole));
    assert_eq!(told("0 T=gone"), pair("target T has 0.0 mm at baseline; it must be above 0", whole));
}

#[test]
fn a_lesion_that_was_measured_without_its_viable_part_is_not_said_to_have_another_technique() {
    let assessment = assess_mrecist(&course("0 T=60~40 | 60 T=60"), &Settings::default());
    let sentences: Vec<_> = assessment.timepoints[0].reasons.iter().map(|reason| reason.text()).collect();
    assert!(sentences.iter().any(|sentence| sentence == "no value for T, so the sum is incomplete"), "{sentences:?}");
    assert!(!sentences.iter().any(|sentence| sentence.contains("technique")), "{sentences:?}");
    let other = assess_mrecist(&course("0 T=60~40 | 60 T=ne:technique"), &Settings::default());
    assert!(other.timepoints[0].reasons.iter().any(|reason| reason.text() == "T is not evaluable: technique"));
}

proptest! {
    #[test]
    fn a_lesion_that_enhances_as_a_whole_responds_as_by_recist(
        lengths in prop::collection::vec((0..60_000_i64, 0..60_000_i64), 1..7),
    ) {
        let mm = |micrometres: &i64| *micrometres as f64 / 1000.0;
        let mut text = "0 T1=40~40 T2=20~20 N=15".to_string();
        for (place, (one, two)) in lengths.iter().enumerate() {
            let (one, two) = (mm(one), mm(two));
            text += &format!(" | {} T1={one}~{one} T2={two}~{two} N={one}", 45 * (place + 1));
        }
        let facts = course(&text);
        let [recist, mrecist] = [assess(&facts, &Settings::default()), assess_mrecist(&facts, &settings("mrecist_pd_min_mm=5"))];
        prop_assert_eq!(recist.timepoints, mrecist.timepoints);
        prop_assert_eq!((recist.bor, recist.progression_date), (mrecist.bor, mrecist.progression_date));
    }
}
