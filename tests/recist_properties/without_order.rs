//! Order and scale say nothing.

use super::subjects::{any_settings, courses, courses_of};
use crate::notation::course;
use proptest::prelude::*;
use recist::response::assess;
use recist::response::assessment::Assessment;
use recist::response::facts::{Finding, NonTargetState, SubjectFacts, TargetState};
use recist::response::settings::Settings;
use recist::units::Micrometres;

/// Lists of lesions and problems follow the order of the input; their content does not.
fn in_one_order(mut assessment: Assessment) -> Assessment {
    assessment.problems.clear();
    for timepoint in &mut assessment.timepoints {
        timepoint.reasons.clear();
        timepoint.queries.sort();
    }
    assessment
}

/// Codes of the reasons of every timepoint.
fn reasons(assessment: &Assessment) -> Vec<Vec<&'static str>> {
    let sorted = |mut codes: Vec<&'static str>| {
        codes.sort();
        codes
    };
    assessment.timepoints.iter().map(|timepoint| sorted(timepoint.reasons.iter().map(|reason| reason.code()).collect())).collect()
}

/// Codes and places of the problems.
fn problems(assessment: &Assessment) -> Vec<(&'static str, String)> {
    let mut problems: Vec<_> =
        assessment.problems.iter().map(|problem| (problem.code, format!("{:?}", problem.position))).collect();
    problems.sort();
    problems
}

fn in_another_order(facts: &SubjectFacts, seed: u64) -> SubjectFacts {
    // A shuffle that depends on nothing but the seed.
    let mut state = seed;
    let mut key = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut facts = facts.clone();
    facts.lesions.sort_by_cached_key(|_| key());
    facts.timepoints.sort_by_cached_key(|_| key());
    for timepoint in &mut facts.timepoints {
        timepoint.findings.sort_by_cached_key(|_| key());
    }
    facts
}

fn twice_as_large(facts: &SubjectFacts) -> SubjectFacts {
    let mut facts = facts.clone();
    let double = |length: &mut Micrometres| *length = Micrometres(2 * length.0);
    for (_, finding) in facts.timepoints.iter_mut().flat_map(|timepoint| &mut timepoint.findings) {
        match finding {
            Finding::Target(TargetState::Measured(length)) => double(length),
            Finding::Target(TargetState::Split(pieces)) => pieces.iter_mut().for_each(double),
            // What is too small to measure counts 5 mm at any scale, and would not double.
            Finding::Target(state @ TargetState::TooSmall) => *state = TargetState::Measured(Micrometres::from_mm(10)),
            Finding::NonTarget(NonTargetState::PresentNode(short_axis)) => double(short_axis),
            _ => {}
        }
    }
    facts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_order_of_lesions_timepoints_and_findings_is_irrelevant(text in courses(), settings in any_settings(), seed in any::<u64>()) {
        let facts = course(&text);
        let (straight, turned) = (assess(&facts, &settings), assess(&in_another_order(&facts, seed), &settings));
        prop_assert_eq!(reasons(&straight), reasons(&turned));
        prop_assert_eq!(problems(&straight), problems(&turned));
        prop_assert_eq!(in_one_order(straight), in_one_order(turned));
    }

    #[test]
    fn twice_the_size_is_the_same_percentage(text in courses_of(false)) {
        // Classes may differ: 5, 10 and 15 mm do not grow along. So a partial extra visit may count at one scale only, and only
        // planned ones are looked at.
        let facts = course(&text);
        let (once, twice) = (assess(&facts, &Settings::default()), assess(&twice_as_large(&facts), &Settings::default()));
        let doubled = |length: Option<Micrometres>| length.map(|length| Micrometres(2 * length.0));
        for (once, twice) in once.timepoints.iter().zip(&twice.timepoints) {
            prop_assert_eq!(once.change_from_baseline_pct, twice.change_from_baseline_pct);
            prop_assert_eq!(once.change_from_nadir_pct, twice.change_from_nadir_pct);
            prop_assert_eq!((doubled(once.sum_mm), doubled(once.nadir_mm)), (twice.sum_mm, twice.nadir_mm));
        }
    }
}
