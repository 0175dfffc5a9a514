//! What holds within the assessment of one subject.

use super::subjects::{any_settings, courses};
use crate::notation::course;
use proptest::prelude::*;
use recist::response::assess;
use recist::response::assessment::{Best, Overall};
use recist::response::settings::{Backdate, PdDate};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn progression_comes_first_once(text in courses(), settings in any_settings()) {
        let assessment = assess(&course(&text), &settings);
        let timepoints = &assessment.timepoints;
        let first: Vec<_> = timepoints.iter().filter(|at| at.counts && at.overall == Overall::PD && !at.after_pd).collect();
        prop_assert!(first.len() <= 1, "{} first progressions", first.len());
        let after = timepoints.iter().position(|at| at.after_pd).unwrap_or(timepoints.len());
        prop_assert!(timepoints[after..].iter().all(|at| at.after_pd), "after progression is after progression");
        let place = first.first().and_then(|first| timepoints.iter().position(|at| at.date == first.date));
        match place {
            Some(place) if place + 1 < timepoints.len() => prop_assert_eq!(after, place + 1),
            _ => prop_assert_eq!(after, timepoints.len()),
        }
        // With the defaults the date of progression is the day of that timepoint.
        if settings.backdate == Backdate::RetroPd && settings.cutoff_date.is_none() && settings.pd_date == PdDate::First {
            prop_assert_eq!(assessment.progression_date, first.first().map(|first| first.date));
        }
    }

    #[test]
    fn confirmation_never_improves_the_best_response(text in courses(), settings in any_settings()) {
        let assessment = assess(&course(&text), &settings);
        prop_assert!(assessment.confirmed_bor.response >= assessment.bor.response);
        let (first, confirmed) = (assessment.first_response_date, assessment.first_confirmed_response_date);
        prop_assert!(confirmed.is_none() || first.is_some_and(|first| Some(first) <= confirmed));
    }

    #[test]
    fn best_responses_are_those_of_a_timepoint(text in courses(), settings in any_settings()) {
        let assessment = assess(&course(&text), &settings);
        let is_response = |best: Best| matches!(best, Best::CR | Best::PR);
        prop_assert_eq!(is_response(assessment.bor.response), assessment.first_response_date.is_some());
        prop_assert_eq!(is_response(assessment.confirmed_bor.response), assessment.first_confirmed_response_date.is_some());
        let days: Vec<_> = assessment.timepoints.iter().filter(|at| at.counts).flat_map(|at| [at.date, at.date_last]).collect();
        for best in [assessment.bor, assessment.confirmed_bor] {
            prop_assert!(best.date.is_none_or(|date| days.contains(&date)));
        }
    }

    #[test]
    fn the_nadir_is_the_least_complete_sum_before(text in courses(), settings in any_settings()) {
        let assessment = assess(&course(&text), &settings);
        let mut sums: Vec<_> = assessment.baseline.iter().filter_map(|baseline| baseline.sum_mm).collect();
        for timepoint in &assessment.timepoints {
            prop_assert_eq!(timepoint.nadir_mm, sums.iter().min().copied());
            if timepoint.counts {
                sums.extend(timepoint.sum_mm);
            }
        }
    }
}
