//! More disease, or less that is known, never makes a response better.

use super::subjects::{any_settings, courses};
use crate::notation::course;
use proptest::prelude::*;
use recist::response::assess;
use recist::response::assessment::Overall;
use recist::response::facts::{Coverage, Finding, NonTargetState, SubjectFacts, TargetState, TimepointKind};
use recist::units::Micrometres;

/// How good a response is; progression is the worst, even beside what could not be evaluated.
fn rank(overall: Overall) -> u8 {
    match overall {
        Overall::CR => 0,
        Overall::PR => 1,
        Overall::SD | Overall::NonCrNonPd => 2,
        Overall::NE => 3,
        Overall::PD => 4,
    }
}

/// Adds a planned timepoint at which nothing could be evaluated, at the latest ten days after the last one.
fn with_nothing_seen(facts: &SubjectFacts, place: usize) -> SubjectFacts {
    let mut facts = facts.clone();
    let last = facts.timepoints.iter().map(|timepoint| timepoint.date).max().expect("a timepoint");
    let taken: Vec<_> = facts.timepoints.iter().map(|timepoint| timepoint.date).collect();
    let baseline =
        facts.timepoints.iter().find(|timepoint| timepoint.kind == TimepointKind::Baseline).expect("a baseline").clone();
    let free: Vec<_> = baseline
        .date
        .series(jiff::Span::new().days(1))
        .skip(1)
        .take_while(|day| (*day - last).get_days() <= 10)
        .filter(|day| !taken.contains(day))
        .collect();
    let day = free[place % free.len()];
    let mut nothing = baseline;
    (nothing.visit, nothing.date, nothing.date_last) = (day.to_string(), day, day);
    (nothing.kind, nothing.coverage) = (TimepointKind::Scheduled, Coverage::None);
    nothing.findings.clear();
    facts.timepoints.push(nothing);
    facts
}

/// Lets one lesion that was measured be longer, at one timepoint.
fn with_one_larger(facts: &SubjectFacts, place: usize, growth: Micrometres) -> Option<(SubjectFacts, usize)> {
    let mut facts = facts.clone();
    let at_follow_up = |kind: TimepointKind| matches!(kind, TimepointKind::Scheduled | TimepointKind::Unscheduled);
    let mut lengths: Vec<(usize, &mut Micrometres)> = Vec::new();
    let timepoints = facts.timepoints.iter_mut().filter(|timepoint| at_follow_up(timepoint.kind));
    for (visit, timepoint) in timepoints.enumerate() {
        for (_, finding) in &mut timepoint.findings {
            match finding {
                Finding::Target(TargetState::Measured(length)) => lengths.push((visit, length)),
                Finding::Target(TargetState::Split(pieces)) => lengths.extend(pieces.iter_mut().map(|piece| (visit, piece))),
                Finding::NonTarget(NonTargetState::PresentNode(short_axis)) => lengths.push((visit, short_axis)),
                _ => {}
            }
        }
    }
    let count = lengths.len();
    let (visit, length) = lengths.into_iter().nth(place % count.max(1))?;
    *length = *length + growth;
    Some((facts, visit))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_timepoint_without_any_value_never_improves_a_response(text in courses(), settings in any_settings(), place in 0usize..500) {
        let facts = course(&text);
        let more = with_nothing_seen(&facts, place);
        let (without, with) = (assess(&facts, &settings), assess(&more, &settings));
        for before in &without.timepoints {
            let after = with.timepoints.iter().find(|after| after.date == before.date).expect("the same timepoint");
            prop_assert!(rank(after.overall) >= rank(before.overall), "{}: {} became {}", before.date, before.overall, after.overall);
            prop_assert_eq!(after.overall_as_read, before.overall_as_read);
        }
        prop_assert!(with.bor.response >= without.bor.response);
        prop_assert!(with.confirmed_bor.response >= without.confirmed_bor.response);
    }

    #[test]
    fn a_larger_lesion_never_improves_its_timepoint(
        text in courses(),
        settings in any_settings(),
        place in 0usize..100,
        growth in 1i64..40_000,
    ) {
        let facts = course(&text);
        let Some((larger, visit)) = with_one_larger(&facts, place, Micrometres(growth)) else { return Ok(()) };
        let (before, after) = (assess(&facts, &settings), assess(&larger, &settings));
        let (before, after) = (&before.timepoints[visit], &after.timepoints[visit]);
        // Where there are only non-targets and not all was looked at, what persists is still seen to persist, while what is gone
        // leaves the class open (recist-rules, W5 and A21): that more is known is no better response.
        let known_now = (before.overall_as_read, after.overall_as_read) == (Overall::NE, Overall::NonCrNonPd);
        prop_assert!(
            known_now || rank(after.overall_as_read) >= rank(before.overall_as_read),
            "{}: {} became {}", before.date, before.overall_as_read, after.overall_as_read
        );
    }
}
