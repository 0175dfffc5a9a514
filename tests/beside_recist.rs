//! Volumes and three-dimensional diameters beside RECIST, against closed forms; and the columns of `assess` that other criteria need.

mod notation;

use notation::{course, mm, settings};
use proptest::prelude::*;
use recist::protocol::assess_table::{AssessTable, read_assess_table};
use recist::response::beside::{Size, SizeTrend, beside, doubling_days};
use recist::response::facts::{Finding, SubjectFacts, TargetState};
use recist::response::{assess, assess_mrecist};
use std::f64::consts::{E, LN_2, PI};

/// A course with sizes: lesion, place of the timepoint, volume and diameter.
fn with_sizes(text: &str, sizes: &[(&str, usize, f64, f64)]) -> SubjectFacts {
    let mut facts = course(text);
    for (lesion, place, volume, diameter) in sizes {
        let size = Size { volume_mm3: Some(*volume), max_3d_diameter_mm: Some(*diameter) };
        facts.timepoints[*place].sizes.insert(lesion.to_string(), size);
    }
    facts
}

fn of<'a>(trends: &'a [SizeTrend], lesion: Option<&str>) -> &'a SizeTrend {
    trends.iter().find(|trend| trend.lesion.as_deref() == lesion).expect("a trend of this lesion")
}

fn assert_near(found: Option<f64>, expected: f64) {
    let found = found.expect("a figure");
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{found} is not {expected}");
}

#[test]
fn doubling_times_are_those_of_exponential_growth() {
    assert_near(doubling_days(30, 100.0, 200.0), 30.0);
    assert_near(doubling_days(30, 100.0, 400.0), 15.0);
    assert_near(doubling_days(30, 100.0, 100.0 * 2_f64.sqrt()), 60.0);
    assert_near(doubling_days(50, 1.0, E), 50.0 * LN_2);
    // A sphere of 1.26 times the diameter has twice the volume: doubling takes a third of the time in volume.
    let sphere = |diameter: f64| PI * diameter.powi(3) / 6.0;
    assert_near(doubling_days(90, sphere(10.0), sphere(20.0)), 30.0);
    // Shrinking: the time in which it halves.
    assert_near(doubling_days(40, 200.0, 100.0), -40.0);
    assert_near(doubling_days(40, 800.0, 100.0), -40.0 / 3.0);
    for (days, from, to) in [(30, 100.0, 100.0), (30, 0.0, 100.0), (30, 100.0, 0.0), (0, 100.0, 200.0), (-5, 100.0, 200.0)] {
        assert_eq!(doubling_days(days, from, to), None, "{days} days from {from} to {to}");
    }
}

proptest! {
    #[test]
    fn a_volume_that_grows_at_a_rate_has_its_doubling_time(doubling in 1.0..2000.0_f64, days in 1..1000_i32, from in 1.0..1e6_f64) {
        let to = from * 2_f64.powf(f64::from(days) / doubling);
        prop_assume!(to.is_finite() && to / from > 1.0 + 1e-3);
        let found = doubling_days(days, from, to).unwrap();
        prop_assert!((found - doubling).abs() < 1e-6 * doubling);
        prop_assert!((doubling_days(days, to, from).unwrap() + found).abs() < 1e-6 * doubling);
    }
}

#[test]
fn changes_are_those_since_baseline_and_since_the_nadir() {
    let text = "-60 T=10 history | 0 T=20 | 60 T=10 | 120 T=20";
    let sizes = [("T", 0, 500.0, 11.0), ("T", 1, 4000.0, 22.0), ("T", 2, 1000.0, 11.0), ("T", 3, 8000.0, 33.0)];
    let trends = beside(&with_sizes(text, &sizes));
    let points = &of(&trends, Some("T")).points;
    let [history, baseline, first, second] = [0, 1, 2, 3].map(|place: usize| points[place].change);
    assert_eq!((history.volume_change_from_baseline_pct, history.volume_doubling_days), (None, None));
    // Eight times as large in 60 days, before the trial.
    assert_eq!(baseline.volume_change_from_baseline_pct, None);
    assert_near(baseline.volume_doubling_days, 20.0);
    assert_eq!(baseline.volume_doubling_from_baseline_days, None);
    assert_near(first.volume_change_from_baseline_pct, -75.0);
    assert_near(first.volume_change_from_nadir_pct, -75.0);
    assert_near(first.max_3d_change_from_baseline_pct, -50.0);
    assert_near(first.volume_doubling_days, -30.0);
    assert_near(second.volume_change_from_baseline_pct, 100.0);
    assert_near(second.volume_change_from_nadir_pct, 700.0);
    assert_near(second.max_3d_change_from_baseline_pct, 50.0);
    assert_near(second.max_3d_change_from_nadir_pct, 200.0);
    assert_near(second.volume_doubling_days, 20.0);
    assert_near(second.volume_doubling_from_baseline_days, 120.0);
    // One target is all of them.
    assert_eq!(of(&trends, None).points, *points);
}

#[test]
fn a_figure_that_is_missing_is_passed_over() {
    let trends =
        beside(&with_sizes("0 T=20 | 60 T=ne | 120 T=20", &[("T", 0, 1000.0, 20.0), ("T", 1, 9.0, 9.0), ("T", 2, 4000.0, 30.0)]));
    let points = &of(&trends, Some("T")).points;
    assert_eq!(points[1].size, Size::default(), "what cannot be evaluated has no size");
    assert_near(points[2].change.volume_doubling_days, 60.0);
}

#[test]
fn targets_are_added_when_each_has_a_figure() {
    let text = "0 T1=20 T2=20 L=present | 60 T1=gone T2=20 L=present | 120 T1=ne T2=20 L=present";
    let sizes =
        [("T1", 0, 100.0, 10.0), ("T2", 0, 300.0, 20.0), ("L", 0, 7.0, 7.0), ("T2", 1, 200.0, 16.0), ("T2", 2, 200.0, 16.0)];
    let trends = beside(&with_sizes(text, &sizes));
    let names: Vec<_> = trends.iter().map(|trend| trend.lesion.as_deref()).collect();
    assert_eq!(names, [Some("T1"), Some("T2"), Some("L"), None]);
    let sum = &of(&trends, None).points;
    assert_eq!(sum[0].size, Size { volume_mm3: Some(400.0), max_3d_diameter_mm: Some(30.0) });
    assert_near(sum[1].change.volume_change_from_baseline_pct, -50.0);
    assert_eq!(sum[2].size, Size::default());
    assert_near(of(&trends, Some("T1")).points[1].change.volume_change_from_baseline_pct, -100.0);
    assert_eq!(of(&trends, Some("T1")).points[1].change.volume_doubling_days, None);
}

#[test]
fn a_confluent_mass_is_added_once() {
    let text = "0 T1=20 T2=20 | 60 T1=30 T2=>T1 | 120 T1=>T9 T2=>T9 T9=40";
    let sizes = [("T1", 0, 100.0, 10.0), ("T2", 0, 100.0, 10.0), ("T1", 1, 300.0, 20.0), ("T9", 2, 500.0, 30.0)];
    let trends = beside(&with_sizes(text, &sizes));
    let volumes: Vec<_> = of(&trends, None).points.iter().map(|point| point.size.volume_mm3).collect();
    assert_eq!(volumes, [Some(200.0), Some(300.0), Some(500.0)]);
}

#[test]
fn what_was_treated_outside_the_protocol_is_not_gone() {
    let trends = beside(&with_sizes("0 T=20 | 60 T=ne:resected | 120 T=gone", &[("T", 0, 100.0, 10.0)]));
    assert_eq!(of(&trends, Some("T")).points[2].size, Size::default());
}

#[test]
fn no_class_looks_at_a_volume() {
    let text = "0 T=20 | 60 T=20";
    let [small, large] = [1.0, 1e6].map(|volume| with_sizes(text, &[("T", 0, 100.0, 10.0), ("T", 1, volume, 10.0)]));
    assert_eq!(assess(&small, &settings("")), assess(&large, &settings("")));
}

fn read(rows: &[&str]) -> Result<SubjectFacts, Vec<&'static str>> {
    let header = "subject,date,lesion,role,state,mm,viable_mm,volume_mm3,max_3d_diameter_mm";
    let text = std::iter::once(header).chain(rows.iter().copied()).collect::<Vec<_>>().join("\n");
    match read_assess_table(text.as_bytes(), "t.csv") {
        Ok(AssessTable::Lesions(mut subjects)) => Ok(subjects.remove(0)),
        Ok(AssessTable::Responses(_)) => panic!("rows of lesions"),
        Err(problems) => Err(problems.iter().map(|problem| problem.code).collect()),
    }
}

#[test]
fn a_table_has_sizes_and_viable_diameters() {
    let facts = read(&["S1,2026-01-05,T1,target,,40,30,1234.5,42.25", "S1,2026-01-05,T2,target,,20,,,21"]).unwrap();
    let at = &facts.timepoints[0];
    assert_eq!(at.sizes["T1"], Size { volume_mm3: Some(1234.5), max_3d_diameter_mm: Some(42.25) });
    assert_eq!(at.sizes["T2"], Size { volume_mm3: None, max_3d_diameter_mm: Some(21.0) });
    assert_eq!((at.viable.get("T1"), at.viable.get("T2")), (Some(&mm("30")), None));
    for bad in ["-1", "x", "inf", "1,5"] {
        assert_eq!(read(&[&format!("S1,2026-01-05,T1,target,,40,,\"{bad}\",")]), Err(vec!["figure"]), "{bad}");
    }
}

#[test]
fn the_pieces_of_a_split_target_are_added() {
    let piece = |figures: &str| format!("S1,2026-01-05,T,target,split,{figures}");
    let facts = read(&[&piece("12,10,100,13"), &piece("9,8,50,10")]).unwrap();
    let at = &facts.timepoints[0];
    assert_eq!(at.findings[0].1, Finding::Target(TargetState::Split(vec![mm("12"), mm("9")])));
    assert_eq!(at.viable["T"], mm("18"));
    assert_eq!(at.sizes["T"], Size { volume_mm3: Some(150.0), max_3d_diameter_mm: Some(23.0) });
    // A piece without a figure leaves none for the whole.
    let facts = read(&[&piece("12,10,100,13"), &piece("9,,,10")]).unwrap();
    assert!(facts.timepoints[0].viable.is_empty());
    assert_eq!(facts.timepoints[0].sizes["T"], Size { volume_mm3: None, max_3d_diameter_mm: Some(23.0) });
}

#[test]
fn a_viable_diameter_may_stand_alone() {
    let facts = read(&["S1,2026-01-05,T,target,,,40,,", "S1,2026-04-06,T,target,measured,,28,,"]).unwrap();
    let class = |assessment: recist::response::assessment::Assessment| assessment.timepoints[0].overall.as_str();
    assert_eq!(class(assess_mrecist(&facts, &settings(""))), "PR");
    // RECIST has no diameter to look at, and says so.
    assert_eq!(class(assess(&facts, &settings(""))), "NE");
    assert_eq!(read(&["S1,2026-01-05,T,target,absent,,3,,"]), Err(vec!["mm-contradicts"]));
    assert_eq!(read(&["S1,2026-01-05,T,target,not_evaluable,,3,,"]), Err(vec!["mm-contradicts"]));
    assert_eq!(read(&["S1,2026-01-05,T,target,,,,,"]), Err(vec!["state-empty"]));
    assert_eq!(read(&["S1,2026-01-05,T,target,measured,,,,"]), Err(vec!["mm-missing"]));
}
