//! What is wrong with the facts of a subject, all of it.

use crate::notation::row::{assert_table, check, joined};
use crate::notation::{course, day, lesion, settings};
use recist::response::assess;
use recist::response::assessment::{Best, Overall};
use recist::response::facts::{Finding, LesionFacts, Role, SubjectFacts, TargetState, TimepointKind};

/// Codes of the problems of a subject.
fn problems(facts: &SubjectFacts) -> Vec<&'static str> {
    recist::response::problems::check(facts).iter().map(|problem| problem.code).collect()
}

#[test]
fn problems_are_those_of_the_rules() {
    assert_table("problems.csv", |row| check(row, [("problems", joined(problems(&course(&row["course"]))))]));
}

#[test]
fn facts_that_no_table_can_hold_are_listed_too() {
    let mut wrong = course("0 T=40 | 60 T=40 | 60 T=40");
    wrong.timepoints[0].kind = TimepointKind::Scheduled;
    wrong.timepoints[1].date_last = day(59);
    wrong.timepoints[1].findings.push(("T9".into(), Finding::Target(TargetState::Absent)));
    wrong.lesions.push(LesionFacts { role: Role::NonTarget, ..lesion("T") });
    wrong.lesions.push(LesionFacts { parent_lesion: Some("T9".into()), ..lesion("L") });
    assert_eq!(
        problems(&wrong),
        [
            "role-changed",
            "parent-unknown",
            "dates-out-of-order",
            "duplicate-timepoint",
            "duplicate-date",
            "no-baseline",
            "role-mismatch",
            "role-mismatch",
            "lesion-unknown",
            "role-mismatch"
        ]
    );
}

#[test]
fn an_undefined_baseline_gives_ne_throughout() {
    for text in ["0 T1=40 T2=ne | 60 T1=10 T2=10 X=uneq", "0 T=0 | 60 T=10", "0 T=gone | 60 T=gone"] {
        let assessment = assess(&course(text), &settings(""));
        assert_eq!(assessment.timepoints[0].overall, Overall::NE, "{text}");
        assert_eq!(assessment.bor.response, Best::NE, "{text}");
        assert!(!assessment.problems.is_empty(), "{text}");
    }
}
